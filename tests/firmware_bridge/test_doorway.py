"""The rules of one door, on times that the test makes up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.config import GpioConfig
from firmware_bridge.doorway import Doorway, Input
from firmware_bridge.interface import (
    ContactChanged,
    DoorEvent,
    ExitPressed,
    ForcedOpen,
    HeldOpen,
    HeldOpenEnded,
    PassedIn,
    PassedOut,
)

CONFIG = GpioConfig(
    relay_pin=17, pulse_s=3, debounce_ms=30, held_open_s=20, latch_grace_s=1, passage_window_s=1
)
IDLE = dict.fromkeys(Input, False)


def door(**active: bool) -> Doorway:
    return Doorway(CONFIG, IDLE | {Input(name): level for name, level in active.items()}, 0.0)


def later(doorway: Doorway, now: float) -> list[DoorEvent]:
    return [event for event in doorway.advance(now) if not isinstance(event, ContactChanged)]


def opened(doorway: Doorway, at: float) -> list[DoorEvent]:
    doorway.edge(Input.CONTACT, True, at)
    return later(doorway, at + 0.1)


def test_a_release_is_one_pulse_and_a_second_one_makes_it_longer() -> None:
    doorway = door()
    assert not doorway.relay(1)
    doorway.release(1)
    doorway.release(2.5)
    assert doorway.relay(5.4)
    assert not doorway.relay(5.5)


def test_a_release_that_failed_moves_nothing_later() -> None:
    doorway = door()
    doorway.release(1)
    doorway.release_failed(1)
    assert not doorway.relay(1)


def test_an_exit_press_opens_at_once_and_as_long_as_it_is_held() -> None:
    doorway = door()
    doorway.edge(Input.EXIT, True, 1.0)
    assert later(doorway, 1.03) == [ExitPressed(1.0)]
    assert doorway.relay(1.03)
    assert doorway.relay(60)
    doorway.edge(Input.EXIT, False, 60)
    later(doorway, 60.03)
    assert doorway.relay(63)
    assert not doorway.relay(63.1)


def test_a_release_that_fails_does_not_shut_the_door_on_somebody_who_leaves() -> None:
    doorway = door()
    doorway.edge(Input.EXIT, True, 1.0)
    later(doorway, 1.03)
    doorway.release(1.5)
    doorway.release_failed(1.5)
    assert doorway.relay(1.5)


def test_an_exit_button_held_down_while_the_service_starts_opens() -> None:
    doorway = door(exit_button=True)
    assert later(doorway, 0.0) == [ExitPressed(0.0)]
    assert doorway.relay(0.0)


def test_the_start_tells_how_the_door_stands() -> None:
    assert door(contact=True).advance(0) == [ContactChanged(0, open=True)]
    assert door(contact=False).advance(0) == [ContactChanged(0, open=False)]


def test_a_door_that_opens_by_itself_was_forced() -> None:
    assert opened(door(), 5) == [ForcedOpen(5)]


def test_a_door_that_was_released_is_not_forced_until_the_latch_has_fallen() -> None:
    for at, forced in [(1.1, False), (4.9, False), (5.1, True)]:
        doorway = door()
        doorway.release(1)
        assert opened(doorway, at) == ([ForcedOpen(at)] if forced else [])


def test_a_door_opened_from_inside_is_not_forced() -> None:
    doorway = door()
    doorway.edge(Input.EXIT, True, 1.0)
    later(doorway, 1.03)
    assert opened(doorway, 30.0) == []


def test_a_door_that_stands_open_is_held_open_until_it_closes() -> None:
    doorway = door()
    doorway.release(1)
    opened(doorway, 2)
    assert doorway.due is not None
    assert later(doorway, 21.9) == []
    assert doorway.due == 22
    assert later(doorway, 22) == [HeldOpen(22)]
    assert later(doorway, 40) == []
    doorway.edge(Input.CONTACT, False, 50)
    assert later(doorway, 51) == [HeldOpenEnded(50)]


def test_a_door_through_which_people_are_still_let_in_is_not_held_open() -> None:
    doorway = door()
    doorway.release(1)
    opened(doorway, 2)
    doorway.release(18)
    assert later(doorway, 37.9) == []
    assert later(doorway, 38) == [HeldOpen(38)]


def test_people_pass_in_and_out() -> None:
    doorway = door()
    seen: list[DoorEvent] = []
    doorway.advance(0)
    walk_in = [(Input.OUTER, True), (Input.INNER, True), (Input.OUTER, False), (Input.INNER, False)]
    walk_out = [(Input.INNER, True), (Input.OUTER, True), (Input.INNER, False), (Input.OUTER, False)]
    for step, (which, active) in enumerate(walk_in + walk_out):
        seen += doorway.edge(which, active, step * 0.2)
    assert [*seen, *later(doorway, 5)] == [PassedIn(0.2 * 3), PassedOut(0.2 * 7)]


def test_inputs_that_settle_late_are_told_in_the_order_of_their_times() -> None:
    doorway = door()
    doorway.edge(Input.OUTER, True, 1.0)
    doorway.edge(Input.INNER, True, 1.01)
    doorway.edge(Input.OUTER, False, 9.0)
    doorway.edge(Input.INNER, False, 9.01)
    assert later(doorway, 10) == [PassedIn(9.01)]


EDGES = st.lists(
    st.tuples(st.sampled_from([*Input, "release"]), st.booleans(), st.floats(0, 10)), max_size=60
)


@given(EDGES)
def test_whatever_happens_a_steady_press_of_the_exit_button_opens(
    happenings: list[tuple[Input | str, bool, float]],
) -> None:
    doorway, now = door(), 0.0
    for what, active, pause in happenings:
        now += pause
        if isinstance(what, Input):
            doorway.edge(what, active, now)
        else:
            doorway.release(now)
    doorway.edge(Input.EXIT, True, now)
    doorway.advance(now + 0.03 + 1e-6)
    assert doorway.relay(now + 0.03 + 1e-6)


@given(EDGES)
def test_the_relay_moves_only_when_it_was_due_to(happenings: list[tuple[Input | str, bool, float]]) -> None:
    """Between happenings the rim looks at `due` alone: the relay must not have to move at any other time."""
    doorway, now = door(), 0.0
    doorway.advance(now)
    for what, active, pause in happenings:
        until = now + pause
        while (due := doorway.due) is not None and due < until:
            before = doorway.relay(now)
            assert doorway.relay((now + due) / 2) is before
            now = max(now, due)
            doorway.advance(now)
        now = until
        if isinstance(what, Input):
            doorway.edge(what, active, now)
        else:
            doorway.release(now)
            doorway.advance(now)
