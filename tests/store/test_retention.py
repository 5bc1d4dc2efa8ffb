"""What the law wants erased is erased from the disk, and the log still verifies."""

from __future__ import annotations

import sqlite3
import tempfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.ledger.entries import Draft, Erased, Exit, Personal, Registration
from kiosk.ledger.tree import Tree
from kiosk.store import KEPT_DAYS, Store, StoreBusyError, StoreError, StoreReader, erase_before
from tests.store.logs import admission, at, erase, leaving, open_log, person

DAY = date(2021, 5, 1)


def on_disk(file: Path) -> bytes:
    return file.read_bytes() + file.with_name(file.name + "-wal").read_bytes()


def ciphertexts(file: Path) -> dict[int, bytes]:
    return {
        leaf.index: leaf.ciphertext
        for leaf in StoreReader(file).leaves(0, limit=10**6, max_bytes=10**9)
        if leaf.ciphertext
    }


def root(file: Path, size: int) -> bytes:
    hashes = sqlite3.connect(file).execute("SELECT leaf_hash FROM entry WHERE idx < ? ORDER BY idx", (size,))
    return Tree(row[0] for row in hashes).root()


def visit(store: Store, day: date, personal: Personal) -> None:
    store.append([admission(store.length, day=day, personal=personal)], expected_index=store.length)


def stale(disk: bytes, ciphertext: bytes, piece: int = 24) -> bool:
    """Whether any piece of a ciphertext is still on the disk."""
    return any(ciphertext[i : i + piece] in disk for i in range(0, len(ciphertext) - piece, piece))


def test_a_visit_is_kept_for_31_days_and_not_a_day_longer(tmp_path: Path) -> None:
    file = tmp_path / "log.sqlite"
    store = open_log(file)
    visit(store, DAY, person())
    last_day = DAY + timedelta(days=KEPT_DAYS)
    assert last_day == date(2021, 6, 1)
    assert erase(store, erase_before(last_day)) == 0
    assert list(ciphertexts(file)) == [0]
    assert erase(store, erase_before(last_day + timedelta(days=1))) == 1
    assert ciphertexts(file) == {}


def test_the_day_of_a_visit_is_hong_kongs(tmp_path: Path) -> None:
    file = tmp_path / "log.sqlite"
    store = open_log(file)
    early = admission(0, personal=person())
    # 00:30 on 1 May in Hong Kong is still April in Greenwich.
    early = early.model_copy(update={"at": early.at.replace(hour=0)})
    store.append([early], expected_index=0)
    assert erase(store, DAY) == 0
    assert erase(store, DAY + timedelta(days=1)) == 1


def test_nothing_of_what_is_erased_is_left_on_the_disk_and_the_log_still_verifies(tmp_path: Path) -> None:
    file = tmp_path / "log.sqlite"
    store = open_log(file)
    for number in range(300):
        visit(store, DAY + timedelta(days=number // 100), person("x" * (1 + number % 90)))
    known, before, entries = ciphertexts(file), root(file, 300), list(store.read())
    assert all(stale(on_disk(file), text) for text in known.values())
    assert erase(store, DAY + timedelta(days=1)) == 100
    disk = on_disk(file)
    assert [index for index in range(100) if stale(disk, known[index])] == []
    assert ciphertexts(file) == {index: known[index] for index in range(100, 300)}
    assert root(file, 300) == before
    assert list(store.read())[:300] == entries
    store.append([leaving()], expected_index=301)
    store.close()
    assert len(list(open_log(file).read())) == 302


SIZES = st.lists(st.integers(1, 24), max_size=40)


@settings(max_examples=15, deadline=None)
@given(st.lists(SIZES, min_size=4, max_size=12), st.integers(1, 4))
def test_erasing_day_by_day_never_leaves_a_copy_behind(days: list[list[int]], kept: int) -> None:
    """SQLite moves rows about as others are deleted; a copy that is left in a corner would outlive its row."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "log.sqlite"
        store = open_log(file)
        known: dict[int, tuple[date, bytes]] = {}
        for number, sizes in enumerate(days):
            today = DAY + timedelta(days=number)
            first = store.length
            people = [
                Personal(registrations=(Registration(name="x" * 50, contact="9" * 8),) * size)
                for size in sizes
            ]
            store.append(
                [admission(first + i, day=today, personal=personal) for i, personal in enumerate(people)],
                expected_index=first,
            )
            known |= {i: (today, text) for i, text in ciphertexts(file).items() if i >= first}
            limit = today - timedelta(days=kept)
            erase(store, limit)
            disk = on_disk(file)
            for index, (day, text) in known.items():
                assert stale(disk, text) == (day >= limit), (index, day, limit)
        store.close()


def test_a_reader_in_the_way_is_said_and_erasing_is_finished_later(tmp_path: Path) -> None:
    file = tmp_path / "log.sqlite"
    store = open_log(file)
    visit(store, DAY, person())
    [text] = ciphertexts(file).values()
    slow = sqlite3.connect(file, isolation_level=None)
    slow.execute("BEGIN")
    slow.execute("SELECT * FROM entry").fetchall()
    store._connection.execute("PRAGMA busy_timeout = 10")
    with pytest.raises(StoreBusyError):
        erase(store, DAY + timedelta(days=1))
    assert [entry.entry.type for entry in store.read()] == ["admission", "erased"], "the count is not lost"
    slow.execute("ROLLBACK")
    assert erase(store, DAY + timedelta(days=1)) == 0
    assert not stale(on_disk(file), text)
    assert ciphertexts(file) == {}
    store.append([leaving()], expected_index=2)


def test_data_goes_with_the_entry_that_says_so_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "log.sqlite"
    store = open_log(file)
    visit(store, DAY, person())
    visit(store, DAY, person())
    said = Draft(at=at(), entry=Erased(before=DAY, visits=2), erase_before=DAY + timedelta(days=1))
    broken = leaving().model_copy(update={"entry": Exit(people=1, source="beam", zone="\ud800")})
    with pytest.raises(StoreError):
        store.append([said, broken], expected_index=2)
    assert store.due(DAY + timedelta(days=1)) == 2
    store._connection.execute(
        "CREATE TEMP TRIGGER no BEFORE INSERT ON main.entry BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    with pytest.raises(StoreError):
        store.append([said], expected_index=2)
    assert sorted(ciphertexts(file)) == [0, 1]
    store._connection.execute("DROP TRIGGER no")
    store.append([said], expected_index=2)
    assert ciphertexts(file) == {}
