"""What `kiosk doctor` finds of the log and of what vouches for it."""

from __future__ import annotations

import sqlite3
from argparse import Namespace
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge import DoorConfig
from kiosk import HONG_KONG, settings
from kiosk.accounts import Accounts
from kiosk.commands import doctor as command
from kiosk.doctor import Finding, examine
from kiosk.ledger import sealing
from kiosk.ledger.certificate import Certificate
from kiosk.ledger.checkpoint import origin_of
from kiosk.ledger.entries import Draft, StateKept
from kiosk.ledger.leaf import leaf_hash
from kiosk.ledger.notes import COSIGNATURE, Signer
from kiosk.premises import fold
from kiosk.premises.kept import dumps, name_of
from kiosk.store import Store
from kiosk.store import keys as log_keys
from kiosk.store.checkpoints import Contradiction
from kiosk.web.tls import own_certificate, own_names
from tests.service.venues import found_venue
from tests.store.logs import admission, at

NOW = datetime(2021, 5, 1, 12, tzinfo=UTC)
AT = datetime(2021, 5, 1, 19, 30, tzinfo=HONG_KONG)
KIOSK = "test-1"
INDEX = 4


@pytest.fixture
def venue(tmp_path: Path) -> Path:
    """A venue with a signed log of ten entries and a kept state at its fifth."""
    file = found_venue(tmp_path)
    data = tmp_path / "data"
    data.mkdir()
    Accounts(data / "accounts.json").save("mei", "manager", "a long enough phrase", "739154")
    store = Store.open(data / "log.sqlite", kiosk=KIOSK, sealing_key=sealing.generate().public_key())
    store.append([admission(number) for number in range(INDEX)], expected_index=0)
    state = dumps(fold(store.read()))
    kept = Draft(at=at(), entry=StateKept(state=name_of(state)), state=state)
    store.append([kept, *(admission(5 + number) for number in range(5))], expected_index=INDEX)
    store.checkpoint(log_keys.open_signer(data, KIOSK), now=NOW)
    store.close()
    return file


def look(file: Path) -> dict[str, Finding]:
    loaded = settings.load(file, door=DoorConfig)
    return {finding.part: finding for finding in examine(loaded, at=AT)}


def change(file: Path, *statements: tuple[str, tuple[Any, ...]]) -> None:
    with closing(sqlite3.connect(file.parent / "data" / "log.sqlite", isolation_level=None)) as raw:
        for statement, values in statements:
            raw.execute(statement, values)


def replace_leaf(file: Path, index: int) -> None:
    with closing(sqlite3.connect(file.parent / "data" / "log.sqlite", isolation_level=None)) as raw:
        (leaf,) = raw.execute("SELECT leaf FROM entry WHERE idx = ?", (index,)).fetchone()
        leaf = leaf.replace(b"mei", b"may")
        raw.execute("UPDATE entry SET leaf = ?, leaf_hash = ? WHERE idx = ?", (leaf, leaf_hash(leaf), index))


def test_a_sound_log_is_looked_at_whole(venue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = look(venue)
    assert str(found["log"]) == (
        "ok      log: 10 entries, every one of them and the tree over them looked at; signed at 10 (2021-05-01 20:00)"
    )
    assert found["kept states"].said == "1, the newest of 2021-05-01"
    assert found["contradictions"].ok
    assert command.run(Namespace(config=venue, at=AT.isoformat())) == 0
    assert "The door can serve." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE entry SET leaf = x'00' WHERE idx = 1", "entry 1 is not what was written"),
        ("DELETE FROM entry WHERE idx = 1", "entry 1 is missing"),
        ("UPDATE node SET hash = zeroblob(32) WHERE id = 0", "the stored tree is not that of the entries"),
        ("UPDATE checkpoint SET size = 3", "signed over other"),
    ],
)
def test_what_was_changed_before_the_kept_state_is_found_though_the_door_starts(
    venue: Path, statement: str, said: str
) -> None:
    if "checkpoint" in statement:
        change(
            venue,
            (
                "INSERT INTO checkpoint (size, root, note, made_at) SELECT 3, root, note, made_at FROM checkpoint",
                (),
            ),
        )
    else:
        change(venue, (statement, ()))
    found = look(venue)["log"]
    assert (found.ok, found.fatal) == (False, False)
    assert said in found.said


def test_an_old_entry_that_was_changed_with_its_hash_is_found(venue: Path) -> None:
    replace_leaf(venue, 1)
    found = look(venue)["log"]
    assert (found.ok, found.fatal) == (False, False)
    assert "no evidence any more" in found.said


def test_what_a_start_reads_and_finds_changed_is_fatal(venue: Path) -> None:
    replace_leaf(venue, 7)
    found = look(venue)["log"]
    assert (found.ok, found.fatal) == (False, True)


def test_a_checkpoint_of_another_log_is_fatal(venue: Path) -> None:
    change(venue, ("UPDATE checkpoint SET root = zeroblob(32)", ()))
    found = look(venue)["log"]
    assert (found.ok, found.fatal) == (False, True)


def test_a_checkpoint_by_another_key_is_told(venue: Path) -> None:
    data = venue.parent / "data"
    (data / "keys" / "log-signing.key").unlink()
    log_keys.open_signer(data, KIOSK)
    found = look(venue)["log"]
    assert (found.ok, found.fatal) == (False, False)
    assert "is not signed with this kiosk's key" in found.said


def certify(file: Path, *, first: date, last: date, kiosk: str = KIOSK, other_key: bool = False) -> None:
    data = file.parent / "data"
    key = Signer.generate(origin_of(kiosk)).key if other_key else log_keys.log_key(data)
    assert key
    witness = Signer.generate("venue-central/witness", COSIGNATURE).key
    made = Certificate(kiosk, "test-venue", key, witness, first, last)
    note = made.sign(Signer.generate("venue-central/authority"))
    (data / "certificate.note").write_bytes(note.encode())


def test_the_certificate_is_none_valid_out_or_for_another_key(venue: Path) -> None:
    today = datetime.now(HONG_KONG).date()
    year = timedelta(days=365)
    assert "nobody vouches" in look(venue)["certificate"].said
    certify(venue, first=today - year, last=today + year)
    found = look(venue)["certificate"]
    assert found.ok
    assert f"until {today + year}" in found.said
    assert "venue-central/authority" in found.said
    certify(venue, first=today - year, last=today - timedelta(days=1))
    assert not look(venue)["certificate"].ok
    certify(venue, first=today - year, last=today + year, other_key=True)
    assert "another key" in look(venue)["certificate"].said
    (venue.parent / "data" / "certificate.note").write_bytes(b"no note")
    found = look(venue)["certificate"]
    assert (found.ok, found.fatal) == (False, False)


def test_each_contradiction_is_told(venue: Path) -> None:
    data = venue.parent / "data"
    store = Store.open(data / "log.sqlite", kiosk=KIOSK, sealing_key=sealing.generate().public_key())
    store.contradict(Contradiction(NOW, "fork", "central holds another log"))
    store.close()
    found = look(venue)["contradictions"]
    assert found.said == "fork on 2021-05-01 20:00: central holds another log"
    assert not found.fatal


def test_a_kept_state_that_cannot_be_used_is_told_and_the_door_serves(venue: Path) -> None:
    change(venue, ("UPDATE state SET body = x'7b7d'", ()))
    found = look(venue)
    assert (found["kept states"].ok, found["kept states"].fatal) == (False, False)
    assert "entry 4" in found["kept states"].said
    assert found["log"].ok


def test_the_certificate_of_the_pages(venue: Path) -> None:
    assert look(venue)["TLS"].ok, "where none is wanted"
    folder = venue.parent / "data" / "web"
    text = venue.read_text(encoding="utf-8") + "\ntls: {names: [kiosk.lan], port: 1}\n"
    venue.write_text(text, encoding="utf-8")
    assert "no certificate yet" in look(venue)["TLS"].said
    own_certificate(folder, own_names(), datetime.now(UTC))
    assert "does not name kiosk.lan" in look(venue)["TLS"].said
    own_certificate(folder, own_names() | {"kiosk.lan"}, datetime.now(UTC))
    found = look(venue)["TLS"]
    assert found.ok
    assert "kiosk.lan" in found.said
    assert "395 days left" in found.said
    (folder / "tls.pem").unlink()
    own_certificate(folder, own_names() | {"kiosk.lan"}, datetime.now(UTC) - timedelta(days=380))
    assert "16 days left" in look(venue)["TLS"].said or "15 days left" in look(venue)["TLS"].said
    (folder / "tls.pem").write_text("nothing", encoding="ascii")
    found = look(venue)["TLS"]
    assert (found.ok, found.fatal) == (False, False)


def test_without_a_list_of_inspectors_managers_let_them_in(venue: Path) -> None:
    found = look(venue)["inspectors"]
    assert (found.ok, found.fatal) == (False, False)
    assert "kiosk inspectors import" in found.mend
