"""A signed log and central as it is run: co-signed when it is true, refused and put on record for good when it is not."""

from __future__ import annotations

import math
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from central import keys as central_keys
from central.cli import main
from kiosk.ledger.certificate import open_certificate
from kiosk.ledger.checkpoint import open_checkpoint
from kiosk.ledger.leaf import leaf_hash
from kiosk.ledger.notes import NoteError, NoteKey, cosigned_at, open_note, parse_note
from kiosk.ledger.tree import Tree
from kiosk.store import Notary, Store, StoreReader, keys
from kiosk.sync import Replicator, SyncStatus, evidence_of
from kiosk.sync.replicator import ASK_EVERY_S, SIGNING_S, Clock
from tests.central.servers import CentralServer, kept
from tests.store.logs import KIOSK, fill, leaving, open_log

NOW = datetime(2021, 5, 1, 12, tzinfo=UTC)


class Box:
    """A kiosk's data folder with its writer, its notary and its replicator."""

    def __init__(self, data: Path, token: Path) -> None:
        data.mkdir(exist_ok=True)
        self.data = data
        self.token = token
        self.mono = 0.0
        self.pokes = 0
        self.statuses: list[SyncStatus] = []
        self.open()

    def open(self) -> None:
        self.store: Store = open_log(self.data / "log.sqlite")
        self.signer = keys.open_signer(self.data, KIOSK)
        self.notary = Notary(self.store, self.signer, pytest.fail, now=lambda: NOW, mono=lambda: self.mono)

    def close(self) -> None:
        self.store.close()

    def replicator(self, url: str) -> Replicator:
        def poke() -> None:
            self.pokes += 1

        return Replicator(
            self.data / "log.sqlite",
            kiosk=KIOSK,
            url=url,
            token_file=self.token,
            acknowledged=self.store.acknowledged,
            on_acknowledged=self.store.acknowledge,
            on_status=self.statuses.append,
            evidence=evidence_of(self.store, self.notary, self.signer, self.data, lambda do: do(), poke),
            clock=Clock(now=lambda: NOW, mono=lambda: self.mono, chance=lambda: 1.0),
        )

    def sync(self, url: str) -> Replicator:
        """Until there is nothing to do for a minute, or for ever."""
        replicator = self.replicator(url)
        for _ in range(50):
            if replicator.step() >= ASK_EVERY_S:
                return replicator
        raise AssertionError("there is always something to do")

    def send(self, url: str, entries: int) -> Replicator:
        """So many more entries, and central has them."""
        fill(self.store, entries)
        return self.sync(url)

    def copied(self, to: Path) -> Box:
        """The folder as it is now, on another disk."""
        self.close()
        shutil.copytree(self.data, to)
        self.open()
        return Box(to, self.token)

    def reader(self) -> StoreReader:
        return StoreReader(self.data / "log.sqlite")


@pytest.fixture
def central(tmp_path: Path) -> Iterator[CentralServer]:
    server = CentralServer(tmp_path / "central")
    server.enrol(KIOSK)
    yield server
    server.kill()


@pytest.fixture
def url(central: CentralServer) -> str:
    """Where central answers."""
    return central.start()


@pytest.fixture
def box(tmp_path: Path, central: CentralServer) -> Iterator[Box]:
    box = Box(tmp_path / "box", central.data / f"{KIOSK}.token")
    yield box
    box.close()


def witness_of(central: CentralServer) -> NoteKey:
    return central_keys.witness(central.data).key


def on_record(central: CentralServer) -> list[tuple[str, str, str]]:
    with sqlite3.connect(central.data / "central.sqlite", timeout=30) as raw:
        return raw.execute("SELECT kind, offered, known FROM contradiction ORDER BY id").fetchall()


def both_of(first: str, second: str, key: NoteKey, hashes: list[bytes]) -> bool:
    """Whether two checkpoints that ``key`` signed are both of the log with these leaves."""
    found = [open_checkpoint(note.encode(), key)[0] for note in (first, second)]
    return all(Tree(hashes[: checkpoint.size]).root() == checkpoint.root for checkpoint in found)


def test_what_is_sent_is_signed_and_co_signed(box: Box, central: CentralServer, url: str) -> None:
    fill(box.store, 7)
    replicator = box.replicator(url)
    assert replicator.step() == SIGNING_S
    assert box.pokes == 1
    assert replicator.step() == ASK_EVERY_S
    with box.reader() as reader:
        found = reader.cosigned_checkpoint()
    assert found is not None
    assert found.size == 7
    signatures = open_note(parse_note(found.note), (box.signer.key, witness_of(central)))
    assert set(signatures) == {box.signer.key, witness_of(central)}
    assert found.cosigned_at == cosigned_at(signatures[witness_of(central)])
    # The same goes on, entry by entry.
    fill(box.store, 2)
    assert replicator.step() == SIGNING_S
    assert replicator.step() == ASK_EVERY_S
    with box.reader() as reader:
        assert (reader.cosigned_checkpoint() or found).size == 9
    assert on_record(central) == []


def test_a_long_backlog_is_signed_once_and_co_signed_at_its_end(box: Box, central: CentralServer) -> None:
    for _ in range(3):
        fill(box.store, 400)
    box.sync(central.start())
    assert [len(kept(central.data, KIOSK).leaves), box.store.acknowledged] == [1200, 1200]
    with box.reader() as reader:
        assert [item.size for item in reader.checkpoints(0, 9999)] == [1200]
        assert reader.cosigned_checkpoint() is not None


def test_an_idle_kiosk_has_its_minutes_checkpoint_co_signed(box: Box, url: str) -> None:
    replicator = box.send(url, 3)
    assert replicator.step() > 0
    box.notary.tick()
    assert replicator.step() > 0, "nothing new, nothing to send"
    box.mono += ASK_EVERY_S
    assert replicator.step() == ASK_EVERY_S
    assert box.statuses[-1].error is None


def test_an_answer_that_was_lost_is_given_again(box: Box, url: str) -> None:
    box.send(url, 5)
    with box.reader() as reader:
        first = reader.cosigned_checkpoint()
    box.store._connection.execute("UPDATE checkpoint SET cosignature = NULL, cosigned_at = NULL")
    box.sync(url)
    with box.reader() as reader:
        assert reader.cosigned_checkpoint() == first


def test_central_set_back_behind_what_it_co_signed_gets_all_again(
    box: Box, central: CentralServer, url: str
) -> None:
    replicator = box.send(url, 5)
    central.end()
    (central.data / "central.sqlite").unlink()
    central.enrol(KIOSK)
    central.start()
    box.mono += ASK_EVERY_S
    while replicator.step() < ASK_EVERY_S:
        pass
    assert len(kept(central.data, KIOSK).leaves) == 5
    assert box.statuses[-1].error is None


# Contradictions


def test_yesterdays_copy_put_back_is_caught_with_proof_on_both_sides(
    box: Box, central: CentralServer, url: str, tmp_path: Path
) -> None:
    box.send(url, 6)
    old = box.copied(tmp_path / "old")
    box.send(url, 6)
    with box.reader() as reader:
        true = [leaf_hash(item.leaf) for item in reader.leaves(0, limit=99, max_bytes=10**9)]
    # Somebody goes on from the copy: other entries at the places of those that central has.
    old.store.append([leaving(3)], expected_index=6)
    replicator = old.sync(url)
    assert replicator.step() == math.inf
    assert (old.statuses[-1].error, old.statuses[-1].halted) == ("conflict", True)
    ((kind, offered, known),) = on_record(central)
    assert kind == "conflict"
    # Two notes that one key signed, and that no log can have both: the proof that history was changed.
    key = box.signer.key
    assert open_checkpoint(offered.encode(), key)[0].size == 7
    assert open_checkpoint(known.encode(), key)[0].size == 12
    assert both_of(known, known, key, true)
    assert not both_of(offered, known, key, true)
    with old.reader() as reader:
        (ours,) = reader.contradictions()
    assert (ours.kind, ours.ours, ours.theirs) == ("conflict", offered, known)
    assert set(open_note(parse_note(ours.theirs.encode()), (key, witness_of(central)))) == {
        key,
        witness_of(central),
    }
    old.close()


def test_a_copy_put_back_is_caught_before_anything_new_happens(
    box: Box, central: CentralServer, url: str, tmp_path: Path
) -> None:
    box.send(url, 6)
    old = box.copied(tmp_path / "old")
    box.send(url, 1)
    for _ in range(2):
        assert old.sync(url).step() == math.inf
        assert (old.statuses[-1].error, old.statuses[-1].halted) == ("ahead", True)
    assert [kind for kind, _, _ in on_record(central)] == ["ahead"]
    with old.reader() as reader:
        assert [item.kind for item in reader.contradictions()] == ["ahead"]
    old.close()


def test_an_owner_who_rewrites_entries_tree_and_signatures_is_caught(
    box: Box, central: CentralServer, url: str, tmp_path: Path
) -> None:
    box.send(url, 10)
    forged = Box(tmp_path / "forged", box.token)
    shutil.copytree(box.data / "keys", forged.data / "keys", dirs_exist_ok=True)
    forged.close()
    forged.open()
    # All is consistent in itself, signed with the true key, and said to have been acknowledged.
    fill(forged.store, 10)
    forged.store.acknowledge(10)
    forged.send(url, 1)
    assert forged.statuses[-1].error == "conflict"
    assert "checkpoint of 11 entries" in (forged.statuses[-1].detail or "")
    ((kind, offered, known),) = on_record(central)
    assert kind == "fork"
    assert open_checkpoint(offered.encode(), box.signer.key)[0].size == 11
    assert open_checkpoint(known.encode(), box.signer.key)[0].size == 10
    assert len(kept(central.data, KIOSK).leaves) == 10, "nothing of a forged log is taken"
    forged.close()


def test_another_key_is_refused_until_the_kiosk_is_enrolled_with_it(
    box: Box, central: CentralServer, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    box.send(url, 4)
    box.close()
    shutil.rmtree(box.data / "keys")
    box.open()
    box.send(url, 1)
    assert box.statuses[-1].error == "conflict"
    assert [kind for kind, _, _ in on_record(central)] == ["other_key"]
    with box.reader() as reader:
        assert [item.kind for item in reader.contradictions()] == ["new_key", "conflict"]
    again = ["enrol", KIOSK, "--data", str(central.data), "--token-file", str(box.token), "--new-key"]
    assert main(again) == 0
    box.sync(url)
    assert box.statuses[-1].error is None
    capsys.readouterr()
    assert main(["log", KIOSK, "--data", str(central.data)]) == 0
    said = capsys.readouterr().out
    assert str(box.signer.key) in said
    assert box.signer.key.fingerprint in said
    assert "last checkpoint: 5 entries, co-signed" in said
    assert "other_key: " in said


# The certificate


def test_the_certificate_reaches_the_kiosk_once_the_authority_vouches_for_its_key(
    box: Box, central: CentralServer, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    certify = ["certify", KIOSK, "--venue", "golden-harbour", "--data", str(central.data)]
    assert main(certify) == 2
    assert "no key of 'hk-1' is known yet" in capsys.readouterr().err
    replicator = box.send(url, 1)
    assert keys.certificate(box.data) is None
    assert main(certify) == 0
    printed = capsys.readouterr().out
    box.mono += ASK_EVERY_S
    replicator.step()
    note = keys.certificate(box.data)
    assert note is not None
    assert note.decode() == printed
    authority = central_keys.authority(central.data).key
    certificate = open_certificate(note, authority)
    assert (certificate.kiosk, certificate.venue) == (KIOSK, "golden-harbour")
    assert (certificate.key, certificate.witness) == (box.signer.key, witness_of(central))
    assert certificate.covers(datetime.now(UTC))
    with pytest.raises(NoteError):
        open_certificate(note, box.signer.key)


def test_enrolment_takes_the_key_and_certifies_it_at_once(
    box: Box, central: CentralServer, url: str, tmp_path: Path
) -> None:
    words = [
        *("enrol", KIOSK, "--data", str(central.data), "--token-file", str(box.token)),
        *("--key", str(box.data / "log-public.key"), "--venue", "v", "--days", "10"),
        *("--certificate-file", str(box.data / "certificate.note")),
    ]
    assert main(words) == 0
    note = keys.certificate(box.data)
    assert note is not None
    certificate = open_certificate(note, central_keys.authority(central.data).key)
    assert (certificate.last - certificate.first).days == 9
    box.send(url, 1)
    assert box.statuses[-1].error is None
    other = Box(tmp_path / "other", box.token)
    other.send(url, 1)
    assert other.statuses[-1].error == "conflict"
    other.close()


@pytest.mark.parametrize("key", ["nonsense", "hk-1+00000000+AAAA"])
def test_a_key_that_is_none_is_refused_at_enrolment(
    central: CentralServer, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    assert main(["enrol", KIOSK, "--data", str(central.data), "--key", key]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_another_kiosks_key_is_refused_at_enrolment(
    box: Box, central: CentralServer, capsys: pytest.CaptureFixture[str]
) -> None:
    key = str(box.data / "log-public.key")
    assert main(["enrol", "hk-2", "--data", str(central.data), "--key", key]) == 2
    assert "not a key for checkpoints of hk-2" in capsys.readouterr().err


def test_a_checkpoint_of_more_than_central_has_is_kept_for_later(box: Box, url: str) -> None:
    fill(box.store, 600)
    replicator = box.replicator(url)
    replicator.step()
    assert replicator.step() == 0
    with box.reader() as reader:
        assert reader.cosigned_checkpoint() is None
        newest = reader.checkpoint()
    assert newest is not None
    assert newest.size == 600
    replicator.step()
    with box.reader() as reader:
        assert reader.cosigned_checkpoint() is not None
