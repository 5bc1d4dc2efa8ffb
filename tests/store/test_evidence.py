"""The stored tree, what is signed of it, and what is never signed."""

from __future__ import annotations

import stat
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from kiosk.ledger.certificate import Certificate
from kiosk.ledger.checkpoint import open_checkpoint, origin_of
from kiosk.ledger.entries import Closed
from kiosk.ledger.leaf import leaf_hash
from kiosk.ledger.notes import COSIGNATURE, NoteError, Signer, open_note, parse_note
from kiosk.ledger.proof import verify_consistency, verify_inclusion, verify_range
from kiosk.ledger.tree import Tree
from kiosk.store import (
    LogContradictedError,
    Notary,
    Store,
    StoreDamagedError,
    StoreError,
    StoreReader,
    keys,
    migrations,
)
from kiosk.store.checkpoints import Contradiction
from kiosk.store.nodes import inner_nodes, row_of
from kiosk.store.notary import EVERY_S
from tests.store.logs import KIOSK, admission, fill, leaving, open_log, tamper

NOW = datetime(2021, 5, 1, 12, tzinfo=UTC)
SIGNER = Signer.generate(origin_of(KIOSK))
WITNESS = Signer.generate("venue-central/witness", COSIGNATURE)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.sqlite"


def leaf_hashes(file: Path) -> list[bytes]:
    with StoreReader(file) as reader:
        return [leaf_hash(item.leaf) for item in reader.leaves(0, limit=10**6, max_bytes=10**9)]


# The tree


@given(st.integers(1, 3000))
def test_nodes_are_numbered_in_the_order_in_which_they_are_completed(size: int) -> None:
    tree, expected = Tree(), 0
    for index in range(size):
        for level, _ in enumerate(tree.append(bytes(32)), start=1):
            assert row_of(level, index >> level) == expected
            expected += 1
    assert expected == inner_nodes(size)


@settings(max_examples=30, deadline=None)
@given(steps=st.lists(st.integers(1, 9), min_size=1, max_size=8), data=st.data())
def test_every_root_and_proof_comes_from_stored_nodes(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], data: st.DataObject
) -> None:
    file = tmp_path_factory.mktemp("log") / "log.sqlite"
    for count in steps:
        # Opened anew each time: the tree goes on from what is stored.
        store = open_log(file)
        fill(store, count)
        store.close()
    hashes = leaf_hashes(file)
    size = data.draw(st.integers(1, len(hashes)))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    root = Tree(hashes[:size]).root()
    with StoreReader(file) as reader:
        assert reader.root(size) == root
        verify_inclusion(index, size, hashes[index], reader.inclusion(index, size), root)
        verify_consistency(old, Tree(hashes[:old]).root(), size, root, reader.consistency(old, size))
        verify_range(index, size, hashes[index:size], reader.range_proof(index, size, size), root)


def test_a_failed_commit_leaves_the_tree_as_it_was(file: Path) -> None:
    store = open_log(file)
    fill(store, 5)
    with pytest.raises(StoreError):
        store.append([leaving(), leaving().model_copy(update={"entry": _unwritable()})], expected_index=5)
    store._connection.execute(
        "CREATE TEMP TRIGGER no BEFORE INSERT ON main.node BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    with pytest.raises(StoreError):
        store.append([leaving()], expected_index=5)
    store._connection.execute("DROP TRIGGER no")
    fill(store, 6)
    assert store.root(11) == Tree(leaf_hashes(file)).root()
    store.close()
    open_log(file).close()


def _unwritable() -> object:
    return leaving().entry.model_copy(update={"zone": "\ud800"})


def test_a_log_from_before_the_tree_gets_its_nodes(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_log(file)
    fill(store, 77)
    store.close()
    # As the version before left it.
    tamper(
        file,
        "DROP TABLE node",
        "DROP TABLE checkpoint",
        "DROP TABLE contradiction",
        "DROP TABLE state",
        "PRAGMA user_version = 2",
    )
    assert len(migrations.MIGRATIONS) >= 3
    store = open_log(file)
    fill(store, 3)
    assert store.root(80) == Tree(leaf_hashes(file)).root()
    store.close()
    assert Database(file)["node"].count == inner_nodes(80)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM node WHERE id = (SELECT max(id) FROM node)",
        "INSERT INTO node SELECT max(id) + 1, hash FROM node",
    ],
)
def test_a_tree_with_nodes_too_few_or_too_many_is_not_written_on(file: Path, damage: str) -> None:
    store = open_log(file)
    fill(store, 9)
    store.close()
    tamper(file, damage)
    with pytest.raises(StoreDamagedError, match="nodes"):
        open_log(file)


def test_a_node_that_is_missing_is_said_when_it_is_asked_for(file: Path) -> None:
    store = open_log(file)
    fill(store, 9)
    store.close()
    tamper(file, "DELETE FROM node WHERE id = 0")
    with pytest.raises(StoreDamagedError, match="node 0 of level 1"):
        StoreReader(file).inclusion(2, 9)


def test_the_days_of_a_range_are_hong_kongs(file: Path) -> None:
    store = open_log(file)
    first = date(2021, 5, 1)
    for number in range(5):
        # None on the third day.
        if number != 2:
            day = first + timedelta(days=number)
            drafts = [admission(number, day=day), admission(number, day=day)]
            early = drafts[0].at.replace(hour=0, minute=10)
            drafts[0] = drafts[0].model_copy(update={"at": early})
            store.append(drafts, expected_index=store.length)
    with StoreReader(file) as reader:
        assert reader.days(first, first) == range(2)
        assert reader.days(first, first + timedelta(days=1)) == range(4)
        assert reader.days(first + timedelta(days=1), first + timedelta(days=3)) == range(2, 6)
        assert list(reader.days(first + timedelta(days=2), first + timedelta(days=2))) == []
        assert list(reader.days(date(2020, 1, 1), date(2020, 2, 1))) == []
        assert reader.days(date(2020, 1, 1), date(2022, 1, 1)) == range(8)
        assert list(reader.days(first, first - timedelta(days=1))) == []


# Checkpoints


def test_a_checkpoint_says_what_is_durable_and_whose_it_is(file: Path) -> None:
    store = open_log(file)
    assert store.checkpoint(SIGNER, now=NOW) is None
    fill(store, 7)
    made = store.checkpoint(SIGNER, now=NOW)
    assert made is not None
    checkpoint, _ = open_checkpoint(made.note, SIGNER.key)
    assert (checkpoint.origin, checkpoint.size) == (origin_of(KIOSK), 7)
    assert checkpoint.root == Tree(leaf_hashes(file)).root()
    with StoreReader(file) as reader:
        assert reader.checkpoint() == made
        assert reader.cosigned_checkpoint() is None


def test_the_same_length_is_signed_once(file: Path) -> None:
    store = open_log(file)
    fill(store, 7)
    made = store.checkpoint(SIGNER, now=NOW)
    assert store.checkpoint(SIGNER, now=NOW + timedelta(hours=1)) == made
    store.close()
    assert open_log(file).checkpoint(SIGNER, now=NOW + timedelta(days=1)) == made


def test_a_cosignature_is_kept_with_its_checkpoint_and_the_last_of_an_hour_stays(file: Path) -> None:
    store = open_log(file)
    for number in range(8):
        fill(store, 1)
        made = store.checkpoint(SIGNER, now=NOW + timedelta(minutes=20 * number))
        assert made is not None
        if number != 6:
            text = parse_note(made.signed).text
            store.cosigned(made.size, WITNESS.cosign(text, NOW + timedelta(minutes=20 * number)))
    with StoreReader(file) as reader:
        assert [item.size for item in reader.checkpoints(0, 99)] == [3, 6, 8]
        assert [item.size for item in reader.checkpoints(4, 6)] == [6]
        last = reader.cosigned_checkpoint()
        assert last is not None
        assert (last.size, last.cosigned_at) == (8, NOW + timedelta(minutes=140))
        assert set(open_note(parse_note(last.note), (SIGNER.key, WITNESS.key))) == {SIGNER.key, WITNESS.key}


#: Beyond the last checkpoint, at 7 of 13 entries, lie the nodes over 8 to 11; the peaks at 7 are the nodes over 0 to 3, 4 and 5.
CHANGES = [
    "UPDATE entry SET leaf_hash = zeroblob(32) WHERE idx = 6",
    f"UPDATE node SET hash = zeroblob(32) WHERE id = {row_of(2, 0)}",
    f"UPDATE node SET hash = zeroblob(32) WHERE id = {row_of(1, 2)}",
    "UPDATE node SET hash = zeroblob(32)",
    "UPDATE checkpoint SET root = zeroblob(32)",
    "UPDATE checkpoint SET size = 8",
    "UPDATE checkpoint SET size = 14",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_log_that_is_not_what_was_signed_is_not_opened(file: Path, change: str) -> None:
    store = open_log(file)
    fill(store, 7)
    store.checkpoint(SIGNER, now=NOW)
    fill(store, 6)
    store.close()
    tamper(file, change)
    with pytest.raises(LogContradictedError) as caught:
        open_log(file)
    assert caught.value.mend


@pytest.mark.parametrize("change", CHANGES)
def test_a_log_that_is_not_what_was_signed_is_not_signed_and_takes_nothing_more(
    file: Path, change: str
) -> None:
    store = open_log(file)
    fill(store, 7)
    store.checkpoint(SIGNER, now=NOW)
    fill(store, 6)
    store._connection.execute(change)
    with pytest.raises(LogContradictedError) as caught:
        store.checkpoint(SIGNER, now=NOW)
    assert caught.value.code == "log_contradicted"
    for attempt in (lambda: store.append([leaving()], expected_index=13), store.check):
        with pytest.raises(LogContradictedError):
            attempt()
    with StoreReader(file) as reader:
        assert (reader.length, len(reader.checkpoints(0, 99))) == (13, 1)
        (found,) = reader.contradictions()
        assert (found.kind, found.at) == ("contradicted", NOW)


@pytest.mark.parametrize("where", [2, 12])
def test_a_changed_entry_under_an_unchanged_tree_is_found_when_the_log_is_read(
    file: Path, where: int
) -> None:
    store = open_log(file)
    fill(store, 13)
    leaf = (
        store._connection.execute("SELECT leaf FROM entry WHERE idx = ?", (where,))
        .fetchone()[0]
        .replace(b"mei", b"may")
    )
    store._connection.execute(
        "UPDATE entry SET leaf = ?, leaf_hash = ? WHERE idx = ?", (leaf, leaf_hash(leaf), where)
    )
    with pytest.raises(LogContradictedError, match="not those under its tree"):
        list(store.read())


def test_a_log_cut_back_behind_what_was_signed_is_refused(file: Path) -> None:
    store = open_log(file)
    fill(store, 4)
    fill(store, 9)
    store.checkpoint(SIGNER, now=NOW)
    store.close()
    tamper(file, "DELETE FROM entry WHERE idx >= 4", f"DELETE FROM node WHERE id >= {inner_nodes(4)}")
    with pytest.raises(LogContradictedError, match="13 entries"):
        open_log(file)


def test_another_key_is_said_for_good(file: Path) -> None:
    store = open_log(file)
    fill(store, 4)
    first = store.checkpoint(SIGNER, now=NOW)
    other = Signer.generate(origin_of(KIOSK))
    second = store.checkpoint(other, now=NOW)
    assert first is not None
    assert second is not None
    with pytest.raises(NoteError):
        open_checkpoint(second.note, SIGNER.key)
    (found,) = StoreReader(file).contradictions()
    assert (found.kind, found.ours, found.theirs) == ("new_key", second.note.decode(), first.note.decode())


def test_what_contradicts_the_log_is_kept_once(file: Path) -> None:
    store = open_log(file)
    for hours in range(3):
        store.contradict(
            Contradiction(NOW + timedelta(hours=hours), "ahead", "central holds 9, we 4", "a", "b")
        )
    store.contradict(Contradiction(NOW, "ahead", "central holds 9, we 5"))
    assert [(item.at, item.detail) for item in StoreReader(file).contradictions()] == [
        (NOW, "central holds 9, we 4"),
        (NOW, "central holds 9, we 5"),
    ]


def test_checkpoints_outlive_erasure_and_verify_after_it(file: Path) -> None:
    store: Store = open_log(file)
    fill(store, 30)
    made = store.checkpoint(SIGNER, now=NOW)
    assert made is not None
    store._connection.execute("DELETE FROM sealed")
    fill(store, 3)
    assert store.checkpoint(SIGNER, now=NOW) is not None
    with StoreReader(file) as reader:
        verify_consistency(30, made.root, 33, reader.root(33), reader.consistency(30, 33))


# Keys


def test_the_kiosks_key_is_made_once_for_the_doors_user_alone(tmp_path: Path) -> None:
    assert keys.log_key(tmp_path) is None
    signer = keys.open_signer(tmp_path, KIOSK)
    private = tmp_path / "keys" / "log-signing.key"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE(private.parent.stat().st_mode) == 0o700
    assert keys.open_signer(tmp_path, KIOSK).key == signer.key == keys.log_key(tmp_path)
    assert signer.key.name == origin_of(KIOSK)
    readable = [path for path in tmp_path.rglob("*") if path.is_file() and path != private]
    assert readable
    assert not any(signer.secret().split("+", 4)[4].encode() in path.read_bytes() for path in readable)
    with pytest.raises(StoreError, match="hk-1, not of"):
        keys.open_signer(tmp_path, "hk-2")


def test_a_broken_key_is_not_replaced(tmp_path: Path) -> None:
    keys.open_signer(tmp_path, KIOSK)
    file = tmp_path / "keys" / "log-signing.key"
    file.write_text("PRIVATE+KEY+broken\n")
    with pytest.raises(NoteError):
        keys.open_signer(tmp_path, KIOSK)
    assert file.read_text() == "PRIVATE+KEY+broken\n"


def test_only_a_certificate_for_this_key_is_kept(tmp_path: Path) -> None:
    authority = Signer.generate("venue-central/authority")
    day = date(2021, 4, 29)

    def issued(signer: Signer) -> bytes:
        return Certificate(KIOSK, "v", signer.key, WITNESS.key, day, day).sign(authority).encode()

    assert keys.certificate(tmp_path) is None
    assert not keys.keep_certificate(tmp_path, b"no note", SIGNER.key)
    assert not keys.keep_certificate(tmp_path, issued(Signer.generate(origin_of(KIOSK))), SIGNER.key)
    assert keys.certificate(tmp_path) is None
    assert keys.keep_certificate(tmp_path, issued(SIGNER), SIGNER.key)
    assert keys.certificate(tmp_path) == issued(SIGNER)


# When


class Hands:
    mono = 1000.0


def test_the_log_is_signed_at_a_days_marks_and_else_once_a_minute_if_something_is_new(file: Path) -> None:
    store, hands = open_log(file), Hands()
    notary = Notary(store, SIGNER, pytest.fail, now=lambda: NOW, mono=lambda: hands.mono)
    notary.tick()
    assert store.signed == 0
    fill(store, 2)
    notary.tick()
    assert store.signed == 2
    fill(store, 2)
    hands.mono += EVERY_S - 1
    notary.tick()
    assert store.signed == 2
    hands.mono += 1
    notary.tick()
    assert store.signed == 4
    closed = leaving().model_copy(update={"entry": Closed(zone="B1", inside=0)})
    store.append([closed], expected_index=4)
    notary.tick()
    assert (store.signed, store.marked) == (5, False)
    fill(store, 1)
    made = notary.sign()
    assert made is not None
    assert made.size == store.signed == 6
    store.close()
    store = open_log(file)
    assert store.signed == 6


def test_a_contradicted_log_is_told_once_and_a_disk_that_fails_is_tried_again(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store, hands = open_log(file), Hands()
    told: list[LogContradictedError] = []
    notary = Notary(store, SIGNER, told.append, now=lambda: NOW, mono=lambda: hands.mono)
    fill(store, 3)
    store._connection.execute(
        "CREATE TEMP TRIGGER no BEFORE INSERT ON main.checkpoint BEGIN SELECT RAISE(ABORT, 'no'); END"
    )
    notary.tick()
    assert (store.signed, told) == (0, [])
    store._connection.execute("DROP TRIGGER no")
    hands.mono += EVERY_S
    notary.tick()
    assert store.signed == 3
    fill(store, 1)
    store._connection.execute("UPDATE checkpoint SET root = zeroblob(32)")
    for _ in range(3):
        hands.mono += EVERY_S
        notary.tick()
    assert [error.code for error in told] == ["log_contradicted"]
    assert [record.levelname for record in caplog.records].count("CRITICAL") == 1
