"""Kept states: what is gone on from is just what the log adds up to, and nothing hangs on any of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.ledger.entries import Draft, StateKept
from kiosk.ledger.leaf import leaf_hash
from kiosk.premises import Premises, fold
from kiosk.premises.kept import dumps, name_of
from kiosk.store import LogContradictedError, Store, StoreReader
from kiosk.store.states import EVERY_DAY, premises_before, surplus
from tests.store.logs import admission, at, open_log, tamper

DAY = date(2021, 5, 1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.sqlite"


def keep(store: Store, moment: datetime) -> int:
    """Keep a state as the door does; where it stands."""
    index = store.length
    body = dumps(fold(store.read()))
    draft = Draft(at=moment, entry=StateKept(state=name_of(body)), state=body)
    store.append([draft], expected_index=index)
    return index


def days_of(file: Path, days: int, parties: int = 4) -> list[int]:
    """A log of some days, with a state in each; where the states stand."""
    store = open_log(file)
    kept = []
    for number in range(days):
        day = DAY + timedelta(days=number)
        kept.append(keep(store, at(day, 0)))
        store.append(
            [admission(store.length + n, day=day) for n in range(parties)], expected_index=store.length
        )
    store.close()
    return kept


@pytest.fixture
def reader(file: Path) -> Iterator[StoreReader]:
    days_of(file, 3)
    with StoreReader(file) as opened:
        yield opened


def test_the_premises_before_any_entry_are_the_fold_of_all_before_it(reader: StoreReader) -> None:
    for index in range(reader.length + 1):
        assert premises_before(reader, index) == fold(reader.read(0, index))
    with pytest.raises(ValueError, match="has no 16 entries"):
        premises_before(reader, 16)


def test_no_more_is_read_than_from_the_nearest_state_on(
    reader: StoreReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int]] = []
    real = StoreReader.proved

    def proved(self: StoreReader, start: int, end: int) -> object:
        asked.append((start, end))
        return real(self, start, end)

    monkeypatch.setattr(StoreReader, "proved", proved)
    for index in (0, 3, 5, 9, 10, 12):
        premises_before(reader, index)
    assert asked == [(0, 1), (0, 3), (5, 6), (5, 9), (10, 11), (10, 12)], (
        "the entry that names it is looked at"
    )


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM state WHERE idx = 10",
        "UPDATE state SET body = CAST(replace(CAST(body AS TEXT), '\"whole\":8', '\"whole\":7') AS BLOB) WHERE idx = 10",
        "UPDATE state SET body = x'' WHERE idx = 10",
        "UPDATE state SET body = (SELECT body FROM state WHERE idx = 5) WHERE idx = 10",
        "INSERT INTO state SELECT 11, day, body FROM state WHERE idx = 10",
        "INSERT INTO state SELECT 99, day, body FROM state WHERE idx = 10",
    ],
)
def test_a_state_that_is_missing_or_altered_is_passed_over(file: Path, damage: str) -> None:
    days_of(file, 3)
    tamper(file, damage)
    with StoreReader(file) as reader:
        assert premises_before(reader, 13) == fold(reader.read(0, 13))
        assert reader.nearest_state(13).premises.next_index == (10 if damage.startswith("INSERT") else 5)
    store = open_log(file)
    assert store.nearest_state().premises.next_index == (10 if damage.startswith("INSERT") else 5)
    store.close()


def test_where_no_state_can_be_used_the_log_is_folded_from_its_beginning(file: Path) -> None:
    days_of(file, 3)
    tamper(file, "UPDATE state SET body = x'7b7d'")
    with StoreReader(file) as reader:
        assert reader.nearest_state(15).premises == Premises()
        assert premises_before(reader, 15) == fold(reader.read(0, 15))
        assert [(state.index, bool(state.fault)) for state in reader.states()] == [
            (10, True),
            (5, True),
            (0, True),
        ]


def test_a_state_of_another_version_is_passed_over_though_the_log_names_it(file: Path) -> None:
    days_of(file, 2)
    store = open_log(file)
    form = json.loads(dumps(fold(store.read())))
    body = json.dumps({**form, "v": 0}, sort_keys=True, separators=(",", ":")).encode()
    draft = Draft(at=at(DAY + timedelta(days=2)), entry=StateKept(state=name_of(body)), state=body)
    store.append([draft], expected_index=store.length)
    assert store.nearest_state().premises.next_index == 5
    store.close()


def test_a_log_that_an_older_program_wrote_has_no_states(file: Path) -> None:
    days_of(file, 1)
    tamper(file, "DROP TABLE state", "PRAGMA user_version = 3")
    with StoreReader(file) as reader:
        assert premises_before(reader, 3) == fold(reader.read(0, 3))
        assert list(reader.states()) == []


@pytest.mark.parametrize("index", [11, 12])
def test_an_entry_after_the_state_that_was_changed_with_its_hash_is_found(file: Path, index: int) -> None:
    days_of(file, 3)
    change(file, index)
    with StoreReader(file) as reader, pytest.raises(LogContradictedError, match="not those under its tree"):
        premises_before(reader, 13)
    store = open_log(file)
    with pytest.raises(LogContradictedError, match="not those under its tree"):
        list(store.read(store.nearest_state().premises.next_index))
    store.close()


def test_an_entry_that_names_a_state_cannot_be_changed_to_fit_another(file: Path) -> None:
    days_of(file, 3)
    body = dumps(Premises(next_index=10, whole=1))
    with sqlite3.connect(file) as raw:
        named = raw.execute("SELECT body FROM state WHERE idx = 10").fetchone()[0]
        raw.execute("UPDATE state SET body = ? WHERE idx = 10", (body,))
    change(file, 10, name_of(named), name_of(body))
    store = open_log(file)
    state = store.nearest_state().premises
    assert (state.next_index, state.whole) == (10, 1), "by itself it cannot be told from a good one"
    with pytest.raises(LogContradictedError, match="not those under its tree"):
        list(store.read(10))
    store.close()
    with StoreReader(file) as reader:
        for index in (10, 12):
            with pytest.raises(LogContradictedError):
                premises_before(reader, index)


def change(file: Path, index: int, was: str = "mei", now: str = "may") -> None:
    """Another leaf at ``index``, with the hash that fits it."""
    with sqlite3.connect(file) as raw:
        (leaf,) = raw.execute("SELECT leaf FROM entry WHERE idx = ?", (index,)).fetchone()
        leaf = leaf.replace(was.encode(), now.encode())
        raw.execute("UPDATE entry SET leaf = ?, leaf_hash = ? WHERE idx = ?", (leaf, leaf_hash(leaf), index))
    raw.close()


def test_a_state_is_durable_with_the_entry_that_names_it_or_not_at_all(file: Path) -> None:
    store = open_log(file)
    body = dumps(Premises())
    draft = Draft(at=at(), entry=StateKept(state=name_of(body)), state=body)
    tamper(file, "INSERT INTO state (idx, day, body) VALUES (0, '2021-05-01', x'00')")
    with pytest.raises(Exception, match="UNIQUE"):
        store.append([draft], expected_index=0)
    assert (store.length, list(store.read())) == (0, [])
    store.close()


def test_states_of_the_last_days_stay_and_one_of_each_week_before(file: Path) -> None:
    kept = days_of(file, 100, parties=1)
    with StoreReader(file) as reader:
        left = {state.index for state in reader.states()}
        last = DAY + timedelta(days=99)
        days = {state.day for state in reader.states()}
    every = {last - timedelta(days=n) for n in range(EVERY_DAY.days)}
    assert every <= days
    older = sorted(days - every)
    assert {day.isocalendar()[:2] for day in older} == {
        (DAY + timedelta(days=n)).isocalendar()[:2] for n in range(100 - EVERY_DAY.days)
    }, "no week is without one"
    assert len(older) <= (100 - EVERY_DAY.days) // 7 + 2
    assert left <= set(kept)


@settings(max_examples=50)
@given(st.lists(st.integers(1, 30), max_size=60), st.integers(0, 90))
def test_thinned_today_or_day_by_day_the_same_states_are_left(steps: list[int], later: int) -> None:
    day, states = DAY, []
    thinned: list[tuple[int, date]] = []
    for index, step in enumerate(steps):
        day += timedelta(days=step)
        states.append((index, day))
        thinned.append((index, day))
        gone = set(surplus(thinned, day))
        thinned = [state for state in thinned if state[0] not in gone]
    today = day + timedelta(days=later)
    at_once = [state for state in states if state[0] not in surplus(states, today)]
    assert [state for state in thinned if state[0] not in surplus(thinned, today)] == at_once
