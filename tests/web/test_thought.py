"""What the display says, and to whom."""

from __future__ import annotations

import pytest

from kiosk.web.thought import think
from tests.web import scenes


def test_without_a_door_there_is_one_thought() -> None:
    assert think(None, is_paired=True).state == "lost"
    assert think(None, is_paired=False).state == "lost"


@pytest.mark.parametrize("name", scenes.DISPLAY)
def test_an_unpaired_screen_gets_nothing_of_the_visitor(name: str) -> None:
    thought = think(scenes.DISPLAY[name], is_paired=False)
    assert thought.verdict is None
    assert thought.reasons == ()
    assert thought.sound == "none"
    assert thought.state in {"idle", "full", "stopped", "closed"}


def test_the_same_reason_of_several_customers_stands_once() -> None:
    shared = think(scenes.DISPLAY["refused-five"], is_paired=True).reasons
    assert [(reason.code, reason.people) for reason in shared] == [
        ("not_vaccinated", 1),
        ("no_lhs_scan", 2),
        ("table_full", 0),
        ("over_capacity", 0),
        ("unknown_fact", 1),
    ]


def test_a_step_is_forgotten_with_the_thought_in_which_it_was_chosen() -> None:
    asks = scenes.DISPLAY["ask-either"]
    assert think(asks, is_paired=True, step="register", step_of="2").state == "register"
    assert think(asks, is_paired=True, step="register", step_of="1").state == "ask"
    assert think(asks, is_paired=False, step="register", step_of="2").state == "idle"
    idle = scenes.DISPLAY["idle"]
    assert think(idle, is_paired=True, step="register", step_of="1").state == "idle"


def test_the_house_is_full_only_when_every_open_zone_is() -> None:
    full, free = scenes.zone_d(left=0), scenes.main_hall()
    shut = scenes.main_hall(phase="closed", left=None)
    assert think(scenes.snapshot(zones=(full, free)), is_paired=True).state == "idle"
    assert think(scenes.snapshot(zones=(full, shut)), is_paired=True).state == "full"
    refused = scenes.DISPLAY["refused"].model_copy(update={"zones": (full,)})
    assert think(refused, is_paired=True).state == "refused"


def test_people_are_asked_to_leave_where_somebody_is_still_inside() -> None:
    empty = scenes.main_hall(phase="closed", inside=0)
    late = scenes.zone_d(phase="closed", inside=2)
    soon = scenes.zone_d(phase="last_call", minutes_left=9)
    shown = think(scenes.snapshot(zones=(empty, late, soon)), is_paired=True).notices
    assert shown == (late, soon)


@pytest.mark.parametrize(
    ("name", "aims"),
    [
        ("idle", True),
        ("ask-code", True),
        ("look", True),
        ("welcome", False),
        ("refused", False),
        ("closed", False),
    ],
)
def test_the_camera_is_shown_while_a_code_may_be_held_up(name: str, aims: bool) -> None:
    assert think(scenes.DISPLAY[name], is_paired=True).aims == aims
