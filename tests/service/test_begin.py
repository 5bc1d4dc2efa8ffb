"""A start goes on from the newest kept state as it would from the first entry, and reads no more than it needs."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest

from kiosk.decommission import DecommissionError
from kiosk.gate.state import SHOWN_EVENTS
from kiosk.ledger.entries import Decommissioned, Draft, SettingsChanged, Started, StateKept
from kiosk.ledger.leaf import leaf_hash
from kiosk.premises import fold
from kiosk.premises.kept import dumps
from kiosk.service import begin as beginning
from kiosk.service.begin import begin
from kiosk.store import LogContradictedError, StoreReader
from tests.service.test_door_service import door, until
from tests.service.venues import found_venue
from tests.store.logs import admission, at, open_log, tamper
from tests.store.test_states import DAY, days_of

TODAY = date(2021, 5, 9)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.sqlite"


def begun(file: Path) -> beginning.Begun:
    store = open_log(file)
    try:
        return begin(store, file.parent, TODAY)
    finally:
        store.close()


@pytest.mark.parametrize("parties", [0, 1, 4, SHOWN_EVENTS, SHOWN_EVENTS + 5])
def test_a_start_from_a_kept_state_is_the_start_from_the_first_entry(file: Path, parties: int) -> None:
    days_of(file, 3, parties)
    with_state = begun(file)
    tamper(file, "DELETE FROM state")
    without = begun(file)
    assert dumps(with_state.premises) == dumps(without.premises)
    assert with_state.recent == without.recent
    assert len(with_state.recent) == min(SHOWN_EVENTS, 3 * (parties + 1))
    assert (with_state.kept_on, without.kept_on) == (DAY + timedelta(days=2), DAY)


def test_what_comes_before_the_state_is_not_read(file: Path) -> None:
    days_of(file, 3, SHOWN_EVENTS)
    tamper(file, "UPDATE entry SET leaf = x'00' WHERE idx < 10")
    assert begun(file).premises.next_index == 3 * (SHOWN_EVENTS + 1)


@pytest.mark.parametrize("where", ["last", "shown"])
def test_what_is_read_must_be_what_was_signed(file: Path, where: str) -> None:
    days_of(file, 3, 4)
    index = 13 if where == "last" else 2
    with sqlite3.connect(file) as raw:
        (leaf,) = raw.execute("SELECT leaf FROM entry WHERE idx = ?", (index,)).fetchone()
        leaf = leaf.replace(b"mei", b"may")
        raw.execute("UPDATE entry SET leaf = ?, leaf_hash = ? WHERE idx = ?", (leaf, leaf_hash(leaf), index))
    raw.close()
    with pytest.raises(LogContradictedError):
        begun(file)


def test_after_many_entries_without_a_state_one_is_due(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days_of(file, 2, 6)
    monkeypatch.setattr(beginning, "MANY", 7)
    assert begun(file).kept_on == DAY + timedelta(days=1)
    monkeypatch.setattr(beginning, "MANY", 6)
    assert begun(file).kept_on is None


def test_a_new_log_has_nothing_to_keep_on_its_first_day(file: Path) -> None:
    assert begun(file).kept_on == TODAY
    store = open_log(file)
    store.append([admission(0)], expected_index=0)
    store.close()
    assert begun(file).kept_on == DAY


def test_a_log_that_ended_for_good_is_not_gone_on_with(file: Path) -> None:
    days_of(file, 2, 0)
    store = open_log(file)
    end = Draft(at=at(TODAY), entry=Decommissioned(by="mei", visits=0, unsent=0))
    store.append([end], expected_index=2)
    store.close()
    with pytest.raises(DecommissionError):
        begun(file)


def test_a_door_keeps_a_state_at_midnight_and_begins_from_it(tmp_path: Path) -> None:
    file = found_venue(tmp_path)
    with door(file, "--at", "2021-05-01T23:59:57+08:00") as (process, client):
        until(
            client, lambda s: s.at.day == 2 and any("quick start" in event.text["en"] for event in s.events)
        )
        process.terminate()
        assert process.wait(30) == 0
    with StoreReader(tmp_path / "data" / "log.sqlite") as reader:
        [kept] = [item for item in reader.read() if isinstance(item.entry, StateKept)]
        assert (kept.at.day, kept.at.hour) == (2, 0)
        [state] = reader.states()
        assert (state.index, state.fault) == (kept.index, None)
        assert reader.nearest_state(reader.length).premises == fold(reader.read(0, kept.index))
    with door(file, "--at", "2021-05-02T08:00:00+08:00") as (process, client):
        until(client, lambda s: True)
    with door(file, "--at", "2021-05-03T08:00:00+08:00") as (process, client):
        until(client, lambda s: any("quick start" in event.text["en"] for event in s.events[:3]))
    with StoreReader(tmp_path / "data" / "log.sqlite") as reader:
        days = [item.at.day for item in reader.read() if isinstance(item.entry, StateKept)]
    assert days == [2, 3], "once a day, whenever the door starts"


def test_settings_that_changed_are_named_at_the_next_start(tmp_path: Path) -> None:
    file = found_venue(tmp_path)
    starts: list[tuple[str, ...]] = []
    premises = {"kind": "catering", "mode": "D", "capacity": 30}
    for hour, changes in enumerate(({}, {}, {"premises": premises}, {"premises": premises}), start=9):
        if changes:
            found_venue(tmp_path, **changes)
        with door(file, "--at", f"2021-05-01T{hour:02}:00:00+08:00") as (_, client):
            until(client, lambda s: True)
        with StoreReader(tmp_path / "data" / "log.sqlite") as reader:
            said = [item.entry for item in reader.read()]
        last = max(place for place, entry in enumerate(said) if isinstance(entry, Started))
        starts.append(
            tuple(name for entry in said[last:] if isinstance(entry, SettingsChanged) for name in entry.what)
        )
    assert starts == [(), (), ("premises.capacity",), ()]
    digests = [entry.settings for entry in said if isinstance(entry, Started)]
    assert digests[0] == digests[1] != digests[2] == digests[3]
