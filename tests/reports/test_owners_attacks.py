"""What the owner of a box, with root, may do to its log: caught by central at the next exchange, and by an inspector who kept one
checkpoint from before, whatever the box says since. Central and its keys are the real ones."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from central import keys as central_keys
from central.cli import main as central_main
from kiosk import exporting
from kiosk.cli import main
from kiosk.exporting import Order
from kiosk.ledger.entries import Draft, Exit
from kiosk.ledger.leaf import leaf_hash
from kiosk.ledger.tree import Tree
from kiosk.reports.verify import Verdict, verify
from kiosk.store import Notary, Store, StoreReader, keys, nodes
from kiosk.sync import Replicator, SyncStatus, evidence_of
from kiosk.sync.replicator import ASK_EVERY_S, Clock
from tests.central.servers import CentralServer
from tests.reports.boxes import KIOSK, MAY_1, Box, busy_day, moment, started

MAY_2 = MAY_1 + timedelta(days=1)
NOW = datetime(2021, 5, 2, 15, tzinfo=UTC)


class Owned(Box):
    """A box that exchanges with central, as its door does."""

    token: Path

    def sync(self, url: str) -> SyncStatus:
        """Until there is nothing to do for a minute, or for ever; how it stands then."""
        statuses: list[SyncStatus] = []
        store = self.store()
        try:
            self._exchange(store, url, statuses)
        finally:
            store.close()
        return statuses[-1]

    def _exchange(self, store: Store, url: str, statuses: list[SyncStatus]) -> None:
        signer = keys.open_signer(self.data, KIOSK)
        notary = Notary(store, signer, pytest.fail, now=lambda: NOW, mono=lambda: 0.0)
        replicator = Replicator(
            self.data / "log.sqlite",
            kiosk=KIOSK,
            url=url,
            token_file=self.token,
            acknowledged=store.acknowledged,
            on_acknowledged=store.acknowledge,
            on_status=statuses.append,
            evidence=evidence_of(store, notary, signer, self.data, lambda do: do(), lambda: None),
            clock=Clock(now=lambda: NOW, mono=lambda: 0.0, chance=lambda: 1.0),
        )
        for _ in range(50):
            if replicator.step() >= ASK_EVERY_S:
                return
        raise AssertionError("there is always something to do")

    def copied(self, to: Path) -> Owned:
        """The whole folder as it is now."""
        shutil.copytree(self.folder, to)
        other = Owned.__new__(Owned)
        other.__dict__ |= {**self.__dict__, "folder": to, "file": to / "venue.yaml"}
        return other

    def checkpoint(self) -> bytes:
        """What the inspector's screen shows as a code."""
        with StoreReader(self.data / "log.sqlite") as reader:
            newest = reader.checkpoint()
        assert newest is not None
        return newest.note

    def export(self) -> Path:
        return exporting.make(self.settings, Order(MAY_1, MAY_2), self.folder / "export.zip").file


@pytest.fixture
def central(tmp_path: Path) -> Iterator[CentralServer]:
    server = CentralServer(tmp_path / "central")
    server.enrol(KIOSK)
    yield server
    server.kill()


@pytest.fixture
def url(central: CentralServer) -> str:
    return central.start()


@pytest.fixture
def box(tmp_path: Path, central: CentralServer, url: str) -> Owned:
    """Two evenings, all of it sent, co-signed and certified."""
    folder = tmp_path / "box"
    folder.mkdir()
    box = Owned(folder)
    box.token = central.data / f"{KIOSK}.token"
    box.write([(moment(MAY_1, 11), started()), *busy_day(MAY_1)])
    assert box.sync(url).error is None
    assert central_main(["certify", KIOSK, "--venue", "v", "--data", str(central.data)]) == 0
    box.write(busy_day(MAY_2))
    assert box.sync(url).error is None
    assert keys.certificate(box.data) is not None
    return box


@pytest.fixture
def authority(central: CentralServer) -> Path:
    return central.data / "authority-public.key"


def judged(file: Path, central: CentralServer, *earlier: bytes) -> Verdict:
    return verify(file, central_keys.authority(central.data).key, earlier)


def codes(verdict: Verdict) -> set[str]:
    assert verdict.status == "faulty"
    return {fault.code for fault in verdict.faults}


def rebuild(box: Owned, change: tuple[bytes, bytes]) -> None:
    """Edit an entry, and with root's patience all that hangs on it: hashes, nodes; what was signed of it is thrown away."""
    with closing(sqlite3.connect(box.data / "log.sqlite")) as raw, raw:
        tree, inner = Tree(), []
        for index, leaf in raw.execute("SELECT idx, leaf FROM entry ORDER BY idx").fetchall():
            other = leaf.replace(*change)
            raw.execute(
                "UPDATE entry SET leaf = ?, leaf_hash = ? WHERE idx = ?", (other, leaf_hash(other), index)
            )
            for level, node in enumerate(tree.append(leaf_hash(other)), start=1):
                inner.append((node, nodes.row_of(level, index >> level)))
        raw.executemany("UPDATE node SET hash = ? WHERE id = ?", inner)
        raw.execute("DELETE FROM checkpoint")


def test_nothing_is_wrong_before_anybody_does_anything(
    box: Owned, central: CentralServer, url: str, authority: Path
) -> None:
    taken = box.checkpoint()
    file = box.export()
    assert judged(file, central, taken).status == "genuine"
    assert box.sync(url).error is None
    words = ["log", "verify", str(file), "--authority", str(authority), "--checkpoint", taken.decode()]
    assert main(words) == 0


@pytest.mark.parametrize("acknowledged", [True, False])
def test_an_owner_who_edits_the_database_and_all_that_hangs_on_it_is_caught(
    box: Owned, central: CentralServer, url: str, acknowledged: bool
) -> None:
    """Nobody was overridden that evening, he says. The box itself believes him: everything in it fits."""
    taken = box.checkpoint()
    rebuild(box, (b"regular guest", b"old customer!"))
    if not acknowledged:
        with closing(sqlite3.connect(box.data / "log.sqlite")) as raw, raw:
            raw.execute("UPDATE sync SET acknowledged = 0")
    file = box.export()
    alone = judged(file, central)
    assert alone.status == "genuine"
    assert alone.claims is not None
    assert (alone.claims.cosigned, alone.claims.beyond) == (None, alone.claims.entries), "and says so"
    assert codes(judged(file, central, taken)) == {"earlier_contradicts"}
    status = box.sync(url)
    assert (status.error, status.halted) == ("conflict", True)


def test_an_owner_who_edits_an_entry_and_keeps_what_central_signed_is_caught_by_the_file_itself(
    box: Owned, central: CentralServer
) -> None:
    """He needs the co-signature to look well; it is of what the entry said before."""
    with StoreReader(box.data / "log.sqlite") as reader:
        cosigned = reader.cosigned_checkpoint()
    assert cosigned is not None
    with closing(sqlite3.connect(box.data / "log.sqlite")) as raw, raw:
        kept = raw.execute("SELECT * FROM checkpoint WHERE size = ?", (cosigned.size,)).fetchone()
    rebuild(box, (b"regular guest", b"old customer!"))
    box.write([(moment(MAY_2, 22), Exit(people=1, source="beam"))])
    with closing(sqlite3.connect(box.data / "log.sqlite")) as raw, raw:
        raw.execute(f"INSERT INTO checkpoint VALUES ({', '.join('?' * len(kept))})", kept)
    assert codes(judged(box.export(), central)) == {"within_contradicts", "cosigned_contradicts"}


def test_an_owner_who_puts_yesterdays_copy_back_is_caught(
    box: Owned, central: CentralServer, url: str, tmp_path: Path
) -> None:
    yesterday = box.copied(tmp_path / "yesterday")
    box.write([(moment(MAY_2, 21, minute), Exit(people=1, source="beam")) for minute in range(20)])
    assert box.sync(url).error is None
    taken = box.checkpoint()
    file = yesterday.export()
    assert codes(judged(file, central, taken)) == {"earlier_longer"}
    # He goes on from the copy until his log is the longer one.
    yesterday.write([(moment(MAY_2, 22, minute), Exit(people=2, source="beam")) for minute in range(30)])
    file = yesterday.export()
    assert judged(file, central).status == "genuine"
    assert codes(judged(file, central, taken)) == {"earlier_contradicts"}
    status = yesterday.sync(url)
    assert (status.error, status.halted) == ("conflict", True)


def test_an_owner_who_puts_a_copy_back_and_does_nothing_more_is_caught_at_the_next_exchange(
    box: Owned, url: str, tmp_path: Path
) -> None:
    yesterday = box.copied(tmp_path / "yesterday")
    box.write([(moment(MAY_2, 21), Exit(people=1, source="beam"))])
    assert box.sync(url).error is None
    status = yesterday.sync(url)
    assert (status.error, status.halted) == ("ahead", True)


def test_an_owner_who_swaps_the_key_is_caught(box: Owned, central: CentralServer, url: str) -> None:
    taken = box.checkpoint()
    shutil.rmtree(box.data / "keys")
    box.signer = keys.open_signer(box.data, KIOSK)
    rebuild(box, (b"regular guest", b"old customer!"))
    file = box.export()
    # The certificate that lies there names the old key.
    assert "certificate_other_key" in codes(judged(file, central))
    (box.data / "certificate.note").unlink()
    file = box.export()
    bare = judged(file, central)
    assert (bare.status, bare.unproved) == ("unproved", ("no_certificate",))
    assert codes(judged(file, central, taken)) == {"earlier_other_key"}
    status = box.sync(url)
    assert (status.error, status.halted) == ("conflict", True)


def test_an_owner_who_has_a_swapped_key_certified_again_shows_the_break(
    box: Owned, central: CentralServer, url: str
) -> None:
    """A key that was lost may be replaced in order; the break stays to be seen."""
    taken = box.checkpoint()
    shutil.rmtree(box.data / "keys")
    box.signer = keys.open_signer(box.data, KIOSK)
    words = ["enrol", KIOSK, "--data", str(central.data), "--token-file", str(box.token), "--new-key"]
    assert central_main(words) == 0
    box.write([(moment(MAY_2, 22), Exit(people=1, source="beam"))])
    assert box.sync(url).error is None
    assert central_main(["certify", KIOSK, "--venue", "v", "--data", str(central.data)]) == 0
    assert box.sync(url).error is None
    verdict = judged(box.export(), central)
    assert verdict.status == "genuine"
    assert codes(judged(box.folder / "export.zip", central, taken)) == {"earlier_other_key"}


def test_an_owner_who_deletes_the_last_entries_before_the_inspector_comes_is_caught(
    box: Owned, central: CentralServer, url: str
) -> None:
    """The table is cut back with its tree, as if the evening had ended earlier."""
    taken = box.checkpoint()
    store = box.store()
    length = store.length
    store.close()
    with closing(sqlite3.connect(box.data / "log.sqlite")) as raw, raw:
        raw.execute("DELETE FROM entry WHERE idx >= ?", (length - 5,))
        raw.execute("DELETE FROM node WHERE id >= ?", (nodes.inner_nodes(length - 5),))
        raw.execute("DELETE FROM checkpoint WHERE size > ?", (length - 5,))
        raw.execute("UPDATE sync SET acknowledged = ?", (length - 5,))
    file = box.export()
    assert codes(judged(file, central, taken)) == {"earlier_longer"}
    store = box.store()
    entry = Draft(at=moment(MAY_2, 23), entry=Exit(people=1, source="beam"))
    store.append([entry] * 10, expected_index=store.length)
    store.close()
    assert codes(judged(box.export(), central, taken)) == {"earlier_contradicts"}
    assert box.sync(url).error == "conflict"
