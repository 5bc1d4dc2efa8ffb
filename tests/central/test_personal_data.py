"""What kiosks sealed: erased at central after 31 days, opened with either key and never without a record."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, select

from central import enrolment, replicas, retention, schema, sealing_keys
from central.batch import parse_batch
from central.cli import main
from kiosk.ledger import sealing
from kiosk.ledger.entries import Personal, Registration
from kiosk.ledger.leaf import canonical, leaf_hash
from kiosk.ledger.tree import Tree
from tests.central.batches import KIOSK, body

DAY = date(2021, 5, 1)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


class Replica:
    """A kiosk's log at central, whose visits register."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "central.sqlite"
        self.engine: Engine = schema.open_database(f"sqlite:///{self.file}")
        self.keys = sealing_keys.found(folder, DAY), sealing_keys.renew(folder, DAY + timedelta(days=30))
        enrolment.enrol(self.engine, KIOSK, now=noon(DAY))
        self.sent: dict[int, bytes] = {}
        self.leaves: list[bytes] = []

    def visit(self, at: str, *, received: datetime, key: int = 0, names_key: bool = True) -> None:
        index = len(self.leaves)
        public = self.keys[key].key.public_key()
        person = Personal(registrations=(Registration(name=f"Wong {index}", contact="61239876"), None))
        ciphertext = sealing.seal(public, person, KIOSK, index)
        said = {"v": 1, "kiosk": KIOSK, "index": index, "at": at, "entry": {"type": "admission"}}
        said["sealed"] = sealing.digest(ciphertext)
        if names_key:
            said["sealed_to"] = sealing.key_id(public)
        self.leaves.append(canonical(said))
        self.sent[index] = ciphertext
        batch = parse_batch(body(index, self.leaves[index:], [ciphertext]), KIOSK)
        assert replicas.take(self.engine, KIOSK, batch, now=received) == replicas.Taken(index + 1)

    def on_disk(self) -> set[int]:
        """The visits of whose ciphertexts any piece is in the database's files."""
        disk = b"".join(file.read_bytes() for file in self.file.parent.glob("central.sqlite*"))
        return {
            index
            for index, text in self.sent.items()
            if any(text[i : i + 24] in disk for i in range(0, len(text) - 24, 24))
        }


@pytest.fixture
def replica(tmp_path: Path) -> Replica:
    return Replica(tmp_path)


def test_sealed_data_goes_31_days_after_the_visit_and_the_replica_still_verifies(replica: Replica) -> None:
    for number in range(120):
        day = DAY + timedelta(days=number // 40)
        replica.visit(f"{day}T00:30:00.000+08:00", received=noon(day))
    last = DAY + timedelta(days=31)
    assert retention.erase(replica.engine, now=noon(last)) == 0
    assert replica.on_disk() == set(range(120))
    # A day begins in Hong Kong while it is still the day before in Greenwich.
    midnight = datetime(2021, 6, 1, 16, 0, tzinfo=UTC)
    assert retention.erase(replica.engine, now=midnight - timedelta(seconds=1)) == 0
    assert retention.erase(replica.engine, now=midnight) == 40
    assert replica.on_disk() == set(range(40, 120))
    assert retention.erase(replica.engine, now=midnight) == 0
    assert retention.erased(replica.engine, KIOSK) == ((date(2021, 5, 2), 40),)
    head = replicas.head_of(replica.engine, KIOSK)
    assert head is not None
    assert head.root == Tree(leaf_hash(data) for data in replica.leaves).root()
    # The kiosk sends again what it has: the same leaves without what it erased itself.
    again = parse_batch(body(0, replica.leaves), KIOSK)
    assert replicas.take(replica.engine, KIOSK, again, now=midnight) == replicas.Taken(120)


@pytest.mark.parametrize(
    ("at", "received", "day"),
    [
        ("2021-05-01T23:59:59.999+08:00", noon(date(2021, 5, 3)), date(2021, 5, 1)),
        ("2031-05-01T12:00:00.000+08:00", noon(date(2021, 5, 3)), date(2021, 5, 3)),
        ("no time", noon(date(2021, 5, 3)), date(2021, 5, 3)),
        ("2021-05-01T20:00:00.000+00:00", noon(date(2021, 5, 3)), date(2021, 5, 2)),
    ],
)
def test_the_day_is_the_leafs_in_hong_kong_and_never_later_than_its_receipt(
    at: str, received: datetime, day: date
) -> None:
    leaf = canonical({"v": 1, "kiosk": KIOSK, "index": 0, "at": at, "entry": {}})
    assert retention.day_of(leaf, received) == day


def test_what_an_older_program_kept_is_erased_too(replica: Replica) -> None:
    replica.visit("2021-05-01T12:00:00.000+08:00", received=noon(DAY))
    with replica.engine.begin() as connection:
        connection.execute(delete(schema.visit_day))
    assert retention.erase(replica.engine, now=noon(DAY + timedelta(days=40))) == 1
    assert replica.on_disk() == set()


def test_the_service_erases_before_it_serves_and_says_how_many(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--data", str(tmp_path)]) == 0
    replica = Replica(tmp_path)
    replica.visit("2021-05-01T12:00:00.000+08:00", received=noon(DAY))
    retention.Keeper(replica.engine).look()
    assert replica.on_disk() == set()
    capsys.readouterr()
    assert main(["log", KIOSK, "--data", str(tmp_path)]) == 0
    assert "erased: what 1 visits before" in capsys.readouterr().out
    assert main(["erase", "--data", str(tmp_path)]) == 0
    assert "of 0 visits" in capsys.readouterr().out


def unseal(
    folder: Path, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, list[dict[str, object]], str]:
    capsys.readouterr()
    status = main(["unseal", KIOSK, "--by", "Dr Ho", "--data", str(folder), *words])
    said = capsys.readouterr()
    return status, [json.loads(line) for line in said.out.splitlines()], said.err


def on_record(replica: Replica) -> list[tuple[object, ...]]:
    with replica.engine.begin() as connection:
        columns = (
            schema.unsealing.c.by,
            schema.unsealing.c.why,
            schema.unsealing.c.day,
            schema.unsealing.c.visits,
        )
        return [tuple(row) for row in connection.execute(select(*columns))]


def test_a_day_is_opened_with_the_key_of_each_entry_and_put_on_record(
    replica: Replica, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replica.visit("2021-05-01T12:00:00.000+08:00", received=noon(DAY), key=0, names_key=False)
    replica.visit("2021-05-01T13:00:00.000+08:00", received=noon(DAY), key=0)
    replica.visit("2021-05-01T14:00:00.000+08:00", received=noon(DAY), key=1)
    tomorrow = DAY + timedelta(days=1)
    replica.visit("2021-05-02T14:00:00.000+08:00", received=noon(tomorrow), key=1)
    status, opened, _ = unseal(tmp_path, capsys, "--day", "2021-05-01", "--why", "case 1184")
    assert status == 0
    old, new = (key.id for key in replica.keys)
    assert [(line["index"], line["key"]) for line in opened] == [(0, old), (1, old), (2, new)]
    assert opened[2]["registrations"] == [{"name": "Wong 2", "contact": "61239876"}, None]
    assert on_record(replica) == [("Dr Ho", "case 1184", DAY, 3)]


def test_a_key_that_is_kept_elsewhere_is_asked_for_by_its_id(
    replica: Replica, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replica.visit("2021-05-01T14:00:00.000+08:00", received=noon(DAY), key=1)
    (tmp_path / "safe").mkdir()
    away = replica.keys[1].file.rename(tmp_path / "safe" / "key")
    status, opened, said = unseal(tmp_path, capsys, "--day", "2021-05-01", "--why", "x")
    assert (status, opened) == (2, [])
    assert f"is sealed to the key {replica.keys[1].id}" in said
    assert unseal(tmp_path, capsys, "--day", "2021-05-01", "--why", "x", "--private", str(away))[0] == 0
    assert len(on_record(replica)) == 2, "what was tried is on record as well"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--day", "2021-05-02", "--why", "x"], "nothing sealed is kept"),
        (["--day", "May Day", "--why", "x"], "is no date"),
        (["--day", "2021-05-01", "--why", " "], "why has to be said"),
    ],
)
def test_nothing_is_opened_without_a_day_and_a_reason(
    replica: Replica, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    replica.visit("2021-05-01T14:00:00.000+08:00", received=noon(DAY))
    status, opened, error = unseal(tmp_path, capsys, *words)
    assert (status, opened) == (2, [])
    assert said in error
    assert error.count("\n") == 1


def test_a_new_key_counts_from_now_on_and_the_old_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(tmp_path / "c")
    assert main(["init", "--data", data]) == 0
    first = capsys.readouterr().out
    public = tmp_path / "public.key"
    assert main(["sealing-key", "new", "--data", data, "--public", str(public)]) == 0
    second = capsys.readouterr().out
    assert second != first
    assert public.read_text() == second == (tmp_path / "c" / "sealing-public.key").read_text()
    assert main(["init", "--data", data]) == 0
    assert capsys.readouterr().out == second, "init does not bring the old key back"
    assert main(["sealing-key", "list", "--data", data]) == 0
    old, new = capsys.readouterr().out.splitlines()
    assert "in use" in new
    assert "in use" not in old
    assert sealing.read_public_key(public).id in new


def test_the_table_that_is_written_anew_is_the_one_that_was(replica: Replica) -> None:
    def shape() -> list[object]:
        with closing(sqlite3.connect(replica.file)) as raw:
            return raw.execute("PRAGMA table_info(sealed)").fetchall()

    before = shape()
    replica.visit("2021-05-01T14:00:00.000+08:00", received=noon(DAY))
    replica.visit("2021-05-05T14:00:00.000+08:00", received=noon(DAY + timedelta(days=5)))
    assert retention.erase(replica.engine, now=noon(DAY + timedelta(days=33))) == 1
    assert shape() == before
    replica.visit("2021-06-05T14:00:00.000+08:00", received=noon(DAY + timedelta(days=35)))
    with replica.engine.begin() as connection:
        rows = connection.execute(select(schema.sealed.c.idx, schema.sealed.c.ciphertext)).all()
    assert {row.idx: row.ciphertext for row in rows} == {1: replica.sent[1], 2: replica.sent[2]}
