"""The one writer: whole or not at all, durable, and never on the wrong database."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.ledger import sealing
from kiosk.ledger.entries import Draft, Recorded
from kiosk.ledger.leaf import leaf_hash, parse_leaf, parse_recorded, to_the_millisecond
from kiosk.store import (
    DiskFullError,
    LogGapError,
    OtherKioskError,
    Store,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreLockedError,
    StoreLostError,
    StoreReader,
    StoreTooNewError,
    migrations,
)
from tests.ledger.samples import DRAFTS
from tests.store.logs import KEY, KIOSK, admission, at, fill, leaving, open_log, person


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.sqlite"


def indices(store: Store | StoreReader) -> list[int]:
    return [entry.index for entry in store.read()]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(DRAFTS, max_size=4), max_size=6))
def test_what_is_appended_is_what_is_read(steps: list[list[Draft]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_log(Path(folder) / "log.sqlite")
        expected: list[Recorded] = []
        for drafts in steps:
            written = store.append(drafts, expected_index=len(expected))
            expected += [
                Recorded(index=len(expected) + i, at=to_the_millisecond(draft.at), entry=draft.entry)
                for i, draft in enumerate(drafts)
            ]
            assert list(written) == expected[len(expected) - len(drafts) :]
            assert store.last_at == (expected[-1].at if expected else None)
        store.close()
        store = open_log(Path(folder) / "log.sqlite")
        assert list(store.read()) == expected
        assert (store.length, store.last_at) == (len(expected), expected[-1].at if expected else None)
        store.close()


def test_leaves_are_final_as_written(file: Path) -> None:
    store = open_log(file)
    store.append([admission(0, personal=person()), leaving()], expected_index=0)
    rows = sqlite3.connect(file).execute("SELECT idx, leaf, leaf_hash, type FROM entry").fetchall()
    for index, leaf, hash_, kind in rows:
        assert leaf_hash(leaf) == hash_
        assert (parse_leaf(leaf).kiosk, parse_leaf(leaf).index, parse_leaf(leaf).type) == (KIOSK, index, kind)
        assert parse_recorded(leaf) == list(store.read())[index]


def test_personal_data_is_beside_the_leaf_and_sealed(file: Path) -> None:
    store = open_log(file)
    store.append([admission(0, personal=person("Chan Siu Ming", "91234567"))], expected_index=0)
    first = StoreReader(file).leaves(0, limit=1, max_bytes=10**6)[0]
    assert first.ciphertext is not None
    assert parse_leaf(first.leaf).sealed == sealing.digest(first.ciphertext)
    assert sealing.unseal(KEY, first.ciphertext, KIOSK, 0) == person("Chan Siu Ming", "91234567")
    on_disk = b"".join(part.read_bytes() for part in file.parent.iterdir())
    assert b"Siu Ming" not in on_disk
    assert b"91234567" not in on_disk


def test_reading_starts_and_ends_where_it_is_told(file: Path) -> None:
    store = open_log(file)
    for _ in range(3):
        fill(store, 400)
    assert indices(store) == list(range(1200))
    assert [entry.index for entry in store.read(498, 505)] == list(range(498, 1003))
    assert [entry.index for entry in store.read(1190, 50)] == list(range(1190, 1200))
    assert list(store.read(5000)) == []


@pytest.mark.parametrize("wrong", [0, 2, 4, 99])
def test_an_entry_for_another_index_is_refused(file: Path, wrong: int) -> None:
    store = open_log(file)
    fill(store, 3)
    with pytest.raises(LogGapError):
        store.append([leaving()], expected_index=wrong)
    assert store.length == 3


def test_nothing_is_written_when_nothing_is_asked(file: Path) -> None:
    assert open_log(file).append([], expected_index=0) == ()


def test_a_full_disk_leaves_nothing_behind_and_writing_goes_on_when_there_is_room(file: Path) -> None:
    store = open_log(file)
    fill(store, 10)
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    many = [admission(10 + i, personal=person()) for i in range(200)]
    with pytest.raises(DiskFullError):
        store.append(many, expected_index=10)
    assert store.length == 10
    assert indices(StoreReader(file)) == list(range(10))
    store._connection.execute("PRAGMA max_page_count = 1000000")
    store.check()
    store.append(many, expected_index=10)
    assert indices(store) == list(range(210))


def test_the_check_says_whether_the_log_can_be_written(file: Path) -> None:
    store = open_log(file)
    fill(store, 5)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store._connection.execute("PRAGMA busy_timeout = 10")
    with pytest.raises(StoreBusyError):
        store.check()
    with pytest.raises(StoreBusyError):
        store.append([leaving()], expected_index=5)
    other.execute("ROLLBACK")
    store.check()
    assert store.length == 5


def test_a_file_that_cannot_grow_is_an_error_and_the_log_stays_whole(file: Path) -> None:
    open_log(file).close()
    script = f"""
import resource, signal, sys
from pathlib import Path
from tests.store.logs import admission, open_log, person
from kiosk.store import StoreError
store = open_log(Path({str(file)!r}))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
while True:
    try:
        store.append([admission(store.length, personal=person())] * 5, expected_index=store.length)
    except StoreError as error:
        print(store.length, error.code)
        break
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    length, code = done.stdout.split()
    assert code in {"store_failed", "disk_full"}
    assert indices(open_log(file)) == list(range(int(length)))


@pytest.mark.parametrize("what", ["database moved", "database replaced", "folder moved", "wal deleted"])
def test_a_database_that_is_taken_away_is_noticed(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    file = folder / "log.sqlite"
    store = open_log(file)
    fill(store, 3)
    reader = StoreReader(file)
    if what == "database moved":
        file.rename(folder / "old")
    elif what == "database replaced":
        shutil.copy(file, folder / "copy")
        (folder / "copy").replace(file)
    elif what == "folder moved":
        folder.rename(tmp_path / "old")
    else:
        (folder / "log.sqlite-wal").unlink()
    with pytest.raises(StoreLostError) as caught:
        store.append([leaving()], expected_index=3)
    assert caught.value.mend
    assert store.length == 3
    with pytest.raises(StoreLostError):
        store.check()
    if what != "wal deleted":
        with pytest.raises(StoreLostError):
            _ = reader.length


def test_there_is_one_writer(file: Path) -> None:
    store = open_log(file)
    with pytest.raises(StoreLockedError, match=str(os.getpid())):
        open_log(file)
    script = f"from pathlib import Path; from tests.store.logs import open_log; open_log(Path({str(file)!r}))"
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "StoreLockedError" in other.stderr
    store.append([leaving()], expected_index=0)
    store.close()
    open_log(file).close()


@pytest.mark.crash
def test_what_was_said_to_be_written_outlives_a_kill(tmp_path: Path) -> None:
    file = tmp_path / "log.sqlite"
    script = f"""
from pathlib import Path
from tests.store.logs import admission, leaving, open_log, person
store = open_log(Path({str(file)!r}))
while True:
    store.append([admission(store.length, personal=person()), leaving()], expected_index=store.length)
    print(store.length, flush=True)
"""
    said = 0
    for lines in (1, 7, 30, 2, 90):
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout
            for _ in range(lines):
                said = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            rest = writer.stdout.read().split()
            # The last line may be cut off in the middle of its number.
            said = max([said, *(int(line) for line in rest[:-1])])
        store = open_log(file)
        assert store.length >= said
        assert store.length % 2 == 0
        assert indices(store) == list(range(store.length))
        sealed = sqlite3.connect(file).execute("SELECT count(*) FROM sealed").fetchone()[0]
        assert sealed * 2 == store.length
        store.close()


def test_central_is_acknowledged_forwards_only(file: Path) -> None:
    store = open_log(file)
    fill(store, 5)
    assert store.acknowledged == 0
    store.acknowledge(3)
    store.acknowledge(2)
    assert (store.acknowledged, StoreReader(file).acknowledged) == (3, 3)
    with pytest.raises(LogGapError):
        store.acknowledge(6)
    store.acknowledge(5)
    store.close()
    assert open_log(file).acknowledged == 5


def test_another_kiosks_log_is_refused(file: Path) -> None:
    open_log(file).close()
    with pytest.raises(OtherKioskError, match="hk-1, not of hk-2"):
        open_log(file, kiosk="hk-2")
    open_log(file).close()


def test_a_newer_programs_log_is_refused(file: Path) -> None:
    open_log(file).close()
    with sqlite3.connect(file) as raw:
        raw.execute("PRAGMA user_version = 99")
    for opening in (lambda: open_log(file), lambda: StoreReader(file)):
        with pytest.raises(StoreTooNewError, match="99"):
            opening()


def test_a_step_of_migration_is_taken_whole_or_not_at_all(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_log(file)
    fill(store, 4)
    store.close()

    def breaks(db: object) -> None:
        db["extra"].create({"id": int})  # type: ignore[index]
        db["meta"].insert({"key": "kiosk", "value": "twice"})  # type: ignore[index]

    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, breaks))
    with pytest.raises(StoreError):
        open_log(file)
    monkeypatch.undo()
    tables = {name for (name,) in sqlite3.connect(file).execute("SELECT name FROM sqlite_master")}
    assert "extra" not in tables
    assert indices(open_log(file)) == list(range(4))


def test_later_steps_keep_the_log(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_log(file)
    fill(store, 4)
    store.close()
    later = (*migrations.MIGRATIONS, lambda db: db["extra"].create({"id": int}))
    monkeypatch.setattr(migrations, "MIGRATIONS", later)
    store = open_log(file)
    assert indices(store) == list(range(4))
    assert store._connection.execute("PRAGMA user_version").fetchone()[0] == len(later)


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to have a header" * 20, b"SQLite format 3\0" + b"x" * 4096]
)
def test_what_is_no_database_is_refused_and_left_alone(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(StoreDamagedError):
        open_log(file)
    assert file.read_bytes() == content


def test_some_other_programs_database_is_refused(file: Path) -> None:
    with sqlite3.connect(file) as raw:
        raw.execute("CREATE TABLE recipes (id)")
    with pytest.raises(StoreDamagedError, match="not a kiosk's log"):
        open_log(file)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (
            "UPDATE entry SET leaf = cast(replace(cast(leaf AS text), 'mei', 'may') AS blob) WHERE idx = 2",
            "entry 2",
        ),
        ("DELETE FROM entry WHERE idx = 1", "entry 1 is missing"),
        ("UPDATE entry SET idx = 9 WHERE idx = 4", "entry 4 is missing"),
    ],
)
def test_altered_and_missing_entries_are_noticed(file: Path, damage: str, why: str) -> None:
    store = open_log(file)
    fill(store, 5)
    store.close()
    with sqlite3.connect(file) as raw:
        raw.execute(damage)
    with pytest.raises(StoreDamagedError, match=why):
        list(StoreReader(file).read())
    with pytest.raises(StoreDamagedError, match=why):
        StoreReader(file).leaves(0, limit=10, max_bytes=10**6)


def test_a_leaf_in_anothers_place_is_noticed(file: Path) -> None:
    store = open_log(file)
    fill(store, 3)
    store._connection.execute(
        "UPDATE entry SET (leaf, leaf_hash) = (SELECT leaf, leaf_hash FROM entry WHERE idx = 0) WHERE idx = 1"
    )
    with pytest.raises(StoreDamagedError, match="entry 1 holds the leaf of entry 0"):
        list(store.read())


def test_a_folder_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="make the folder"):
        open_log(tmp_path / "nowhere" / "log.sqlite")
    with pytest.raises(StoreLostError):
        StoreReader(tmp_path / "log.sqlite")


def test_a_failed_opening_lets_the_next_one_in(file: Path) -> None:
    open_log(file).close()
    with pytest.raises(OtherKioskError):
        open_log(file, kiosk="hk-2")
    open_log(file).close()


def test_every_connection_asks_for_durable_commits(file: Path) -> None:
    store = open_log(file)
    reader = StoreReader(file)
    for connection in (store._connection, reader._connection):
        settings_ = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "mmap_size")
        }
        assert settings_ == {"journal_mode": "wal", "synchronous": 2, "mmap_size": 0}
    assert store._connection.execute("PRAGMA secure_delete").fetchone()[0] == 1


def test_a_reader_cannot_write(file: Path) -> None:
    store = open_log(file)
    fill(store, 2)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        StoreReader(file)._connection.execute("DELETE FROM entry")


def test_a_reader_sees_what_the_writer_writes(file: Path) -> None:
    store = open_log(file)
    with StoreReader(file) as reader:
        fill(store, 4)
        assert (reader.length, reader.kiosk, indices(reader)) == (4, KIOSK, [0, 1, 2, 3])
        store.append([leaving()], expected_index=4)
        assert indices(reader) == [0, 1, 2, 3, 4]


def test_a_batch_keeps_to_its_size_but_is_never_empty(file: Path) -> None:
    store = open_log(file)
    fill(store, 20)
    reader = StoreReader(file)
    one = len(reader.leaves(1, limit=1, max_bytes=1)[0].leaf)
    assert [leaf.index for leaf in reader.leaves(1, limit=1, max_bytes=1)] == [1]
    assert [leaf.index for leaf in reader.leaves(1, limit=20, max_bytes=2 * one)] == [1, 2]
    assert [leaf.index for leaf in reader.leaves(15, limit=20, max_bytes=10**6)] == [15, 16, 17, 18, 19]
    assert reader.leaves(20, limit=20, max_bytes=10**6) == ()
    assert [leaf.index for leaf in reader.leaves(0, limit=20, max_bytes=10**6) if leaf.ciphertext] == list(
        range(0, 20, 3)
    )


def test_nobody_else_may_read_the_files(file: Path) -> None:
    store = open_log(file)
    fill(store, 1)
    for part in file.parent.iterdir():
        assert part.stat().st_mode & 0o007 == 0, part


def test_times_are_kept_to_the_millisecond(file: Path) -> None:
    store = open_log(file)
    late = at().replace(microsecond=999_999)
    [recorded] = store.append([leaving().model_copy(update={"at": late})], expected_index=0)
    assert recorded.at.microsecond == 999_000
