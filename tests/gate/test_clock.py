"""When the law's clock may not be believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import BUILD_DATE, HONG_KONG
from kiosk.gate.clock import JUMP_S, LawClock, Look, doubt

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
