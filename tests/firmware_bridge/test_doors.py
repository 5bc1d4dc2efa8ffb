"""One suite for every form of a door that has hardware, and what holds for the one that has none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from time import sleep

import pytest

from firmware_bridge import (
    ContactChanged,
    Door,
    DoorConfig,
    DoorEvent,
    ExitPressed,
    ForcedOpen,
    HeldOpen,
    HeldOpenEnded,
    LinkLost,
    LinkUp,
    PassedIn,
    PassedOut,
    Released,
    make_door,
)
from firmware_bridge.doorway import Input
from tests.firmware_bridge.rigs import FULL, LOW, RIGS, Heard, Rig, until


@pytest.fixture(params=[(form, config) for form in RIGS for config in ("high", "low")], ids="-".join)
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    form, polarity = request.param
    made = RIGS[form](FULL if polarity == "high" else LOW)
    yield made
    made.close()


@pytest.fixture
def heard(rig: Rig) -> Heard:
    listener = Heard()
    rig.door.start(listener)
    assert listener.wait(ContactChanged).open is False
    return listener


def walk(rig: Rig, *steps: tuple[Input, bool]) -> None:
    for which, active in steps:
        rig.set(which, active)
        sleep(rig.stride_s)


def test_it_is_a_door_with_lock_and_sensors(rig: Rig) -> None:
    assert isinstance(rig.door, Door)
    assert rig.door.has_lock
    assert rig.door.counts_entries
    assert rig.door.counts_exits


def test_the_door_is_shut_when_it_starts(rig: Rig, heard: Heard) -> None:
    assert not rig.relay()
    assert rig.openings() == 0


def test_a_release_moves_the_relay_for_one_pulse_and_echoes_its_ticket(rig: Rig, heard: Heard) -> None:
    rig.door.release(41)
    assert heard.wait(Released).ticket == 41
    assert until(lambda: rig.openings() == 1)
    assert until(lambda: not rig.relay())


def test_releases_that_overlap_are_one_longer_opening_and_each_has_its_echo(rig: Rig, heard: Heard) -> None:
    for ticket in (1, 2, 2, 3):
        rig.door.release(ticket)
    heard.wait(Released, 4)
    assert [event.ticket for event in heard.of(Released)] == [1, 2, 2, 3]
    assert until(lambda: not rig.relay() and rig.openings() > 0)
    assert rig.openings() == 1


def test_the_exit_button_opens_without_the_gate(rig: Rig, heard: Heard) -> None:
    rig.set(Input.EXIT, active=True)
    heard.wait(ExitPressed)
    assert until(rig.relay)
    rig.set(Input.EXIT, active=False)
    assert until(lambda: not rig.relay())
    assert heard.of(Released) == []


def test_the_exit_button_opens_while_the_gate_hangs(rig: Rig) -> None:
    stuck = threading.Event()

    def hang(_event: DoorEvent) -> None:
        stuck.wait()

    rig.door.start(hang)
    try:
        rig.set(Input.EXIT, active=True)
        assert until(rig.relay)
    finally:
        stuck.set()


def test_a_listener_that_raises_hears_the_next_event_all_the_same(rig: Rig) -> None:
    listener = Heard()

    def raising(event: DoorEvent) -> None:
        listener(event)
        raise RuntimeError("not ready")

    rig.door.start(raising)
    rig.door.release(1)
    assert listener.wait(Released).ticket == 1


def test_people_are_seen_passing(rig: Rig, heard: Heard) -> None:
    outer, inner = Input.OUTER, Input.INNER
    walk(rig, (outer, True), (inner, True), (outer, False), (inner, False))
    heard.wait(PassedIn)
    walk(rig, (inner, True), (outer, True), (inner, False), (outer, False))
    heard.wait(PassedOut)
    walk(rig, (outer, True), (outer, False))
    walk(rig, (outer, True), (inner, True), (outer, False), (inner, False))
    heard.wait(PassedIn, 2)
    assert len(heard.of(PassedOut)) == 1


def test_a_door_that_opens_unasked_is_forced_and_one_that_stays_open_is_held(rig: Rig, heard: Heard) -> None:
    rig.set(Input.CONTACT, active=True)
    forced = heard.wait(ForcedOpen)
    assert heard.wait(ContactChanged, 2) == ContactChanged(forced.mono, open=True)
    heard.wait(HeldOpen)
    rig.set(Input.CONTACT, active=False)
    heard.wait(HeldOpenEnded)
    assert heard.wait(ContactChanged, 3).open is False


def test_a_released_door_is_not_forced(rig: Rig, heard: Heard) -> None:
    rig.door.release(1)
    rig.set(Input.CONTACT, active=True)
    heard.wait(HeldOpen)
    assert heard.of(ForcedOpen) == []


def test_a_door_that_is_open_at_the_start_is_open_and_not_forced(rig: Rig) -> None:
    rig.set(Input.CONTACT, active=True)
    listener = Heard()
    rig.door.start(listener)
    assert listener.wait(ContactChanged).open is True
    listener.wait(HeldOpen)
    assert listener.of(ForcedOpen) == []


def test_closing_lets_the_relay_fall_and_may_be_done_twice(rig: Rig, heard: Heard) -> None:
    rig.door.release(1)
    heard.wait(Released)
    rig.door.close()
    rig.door.close()
    rig.door.release(2)
    assert until(lambda: not rig.relay())
    assert [event.ticket for event in heard.of(Released)] == [1]


def test_a_sound_door_reports_no_trouble(rig: Rig, heard: Heard) -> None:
    rig.door.release(1)
    heard.wait(Released)
    assert until(lambda: not rig.relay())
    assert heard.of(LinkLost) == heard.of(LinkUp) == []


def test_only_what_is_wired_is_counted() -> None:
    for form in RIGS.values():
        bare = FULL.model_copy(update={"beam_outer_pin": None, "beam_inner_pin": None})
        single = FULL.model_copy(update={"beam_inner_pin": None})
        leaving = single.model_copy(update={"single_beam_counts": "out"})
        for config, counts in [(bare, (False, False)), (single, (True, False)), (leaving, (False, True))]:
            made = form(config)
            assert (made.door.counts_entries, made.door.counts_exits) == counts
            made.close()


def test_a_single_beam_counts_people_in() -> None:
    made = RIGS["gpio"](FULL.model_copy(update={"beam_inner_pin": None}))
    listener = Heard()
    made.door.start(listener)
    walk(made, (Input.OUTER, True), (Input.OUTER, False))
    listener.wait(PassedIn)
    made.close()


def test_a_venue_without_lock_or_sensor_has_a_door_that_promises_nothing() -> None:
    door, listener = make_door(DoorConfig(kind="none")), Heard()
    assert isinstance(door, Door)
    assert (door.has_lock, door.counts_entries, door.counts_exits) == (False, False, False)
    door.start(listener)
    door.release(1)
    door.close()
    assert listener.events == []
