"""When the law's clock may not be believed."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import BUILD_DATE, HONG_KONG
from kiosk.gate import loop
from kiosk.gate.clock import JUMP_S, LawClock, Look, doubt, jump
from kiosk.gate.commands import WaySet
from kiosk.gate.events import Commanded
from kiosk.gate.machine import Gate
from kiosk.ledger.entries import Draft, Recorded
from kiosk.premises import Premises
from tests.gate.bench import INSTRUMENTS, OPEN_DOOR, venue

NOW = BUILD_DATE + timedelta(days=30)
START = datetime(2021, 5, 1, 19, 30, tzinfo=HONG_KONG)


def look(seconds_wall: float, seconds_mono: float) -> Look:
    return Look(NOW + timedelta(seconds=seconds_wall), 1000.0 + seconds_mono)


def test_the_law_reads_hong_kong_time() -> None:
    assert (
        LawClock().now(datetime(2027, 1, 1, 16, 0, tzinfo=UTC), 0.0).isoformat()
        == "2027-01-02T00:00:00+08:00"
    )


@pytest.mark.parametrize(
    ("wall", "mono", "why"),
    [
        (0.5, 0.5, None),
        (JUMP_S + 0.4, 0.5, None),
        (JUMP_S + 0.6, 0.5, "jumped"),
        (-JUMP_S + 0.4, 0.5, "jumped"),
        (-JUMP_S + 0.6, 0.5, None),
        (86400.0, 86400.0, None),
    ],
)
def test_a_clock_that_moves_against_the_monotonic_clock_has_jumped(
    wall: float, mono: float, why: str | None
) -> None:
    assert doubt(LawClock(), look(0, 0), look(wall, mono), None) == why


@pytest.mark.parametrize("moved", [JUMP_S + 0.1, -JUMP_S - 0.1, 86400.0])
def test_a_jump_is_told_with_its_size_and_direction(moved: float) -> None:
    assert jump(look(0, 0), look(moved + 0.25, 0.25)) == pytest.approx(moved)
    assert jump(look(0, 0), look(0.25 + JUMP_S / 2, 0.25)) is None
    assert jump(None, look(moved, 0)) is None


@pytest.mark.parametrize(("behind", "why"), [(0, None), (2, None), (3, "behind_log"), (86400, "behind_log")])
def test_a_clock_behind_the_last_entry_is_doubtful(behind: float, why: str | None) -> None:
    assert doubt(LawClock(), None, look(0, 0), NOW + timedelta(seconds=behind)) == why


def test_a_clock_behind_the_release_is_doubtful_unless_it_was_set_for_a_demo() -> None:
    early = Look(BUILD_DATE - timedelta(seconds=1), 5.0)
    assert doubt(LawClock(), None, early, None) == "behind_build"
    assert doubt(LawClock(anchor=START, anchor_mono=5.0), None, early, None) is None


def test_what_a_supervisor_said_holds_from_then_on() -> None:
    early = Look(BUILD_DATE - timedelta(days=9), 5.0)
    clock = LawClock().set(NOW, early.wall, early.mono)
    assert clock.now(early.wall + timedelta(seconds=7), 12.0) == NOW + timedelta(seconds=7)
    assert doubt(clock, early, Look(early.wall + timedelta(seconds=7), 12.0), NOW) is None


@given(st.floats(0, 1e5), st.floats(0.1, 100))
def test_a_demo_clock_runs_from_its_start_at_its_pace_whatever_the_wall_says(
    seconds: float, pace: float
) -> None:
    clock = LawClock(anchor=START, anchor_mono=50.0, pace=pace)
    for wall in (NOW, BUILD_DATE - timedelta(days=3000)):
        moved = (clock.now(wall, 50.0 + seconds) - START).total_seconds()
        assert moved == pytest.approx(seconds * pace, abs=1e-3)


class Memory:
    """A log that only remembers."""

    def __init__(self) -> None:
        self.entries: list[Recorded] = []

    def append(self, drafts: tuple[Draft, ...], *, expected_index: int) -> None:
        assert expected_index == len(self.entries)
        for draft in drafts:
            self.entries.append(Recorded(index=len(self.entries), at=draft.at, entry=draft.entry))

    def check(self) -> None: ...

    def clear(self) -> None: ...

    def due(self, before: date) -> int:
        del before
        return 0


def test_what_happens_right_after_a_jump_is_not_dated_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = [NOW]
    monkeypatch.setattr(loop, "datetime", SimpleNamespace(now=lambda _zone: wall[0]))
    memory, gate = Memory(), Gate(venue(), INSTRUMENTS, OPEN_DOOR)
    nothing = Mock()
    rim = loop.Rim(memory, nothing, nothing, nothing, nothing)
    running = loop.Loop(
        gate, *gate.begin(Premises(), at=NOW, mono=time.monotonic()), LawClock(), rim, kept_on=NOW.date()
    )
    running.prepare()
    wall[0] += timedelta(hours=3)
    running.put(
        lambda at, mono: Commanded(at=at, mono=mono, id="1", command=WaySet(way="unattended"), by="mei")
    )
    running.stop()
    running.run()
    kinds = [recorded.entry.type for recorded in memory.entries]
    assert kinds[kinds.index("alarm") :] == ["alarm", "way_changed", "stopped"]
    assert memory.entries[kinds.index("alarm")].entry.subject == "jumped +10800 s"
    assert all(recorded.at < NOW + timedelta(hours=1) for recorded in memory.entries)
