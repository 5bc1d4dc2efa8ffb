"""People at the door: releases, passages, time-outs, exits, and what the door says of itself.

* A release is for as many passages as people were admitted; the door opens again after each until all have passed.
* Passages serve the open admissions, the oldest first; then whoever was let back in; then staff. So no passage of
  staff can make a visitor disappear from the count. With nothing open, the person counts and an alarm is raised.
* Each passage, and the relay's own report, restarts the wait for the rest. When it is over the rest's places are
  returned; whoever was on the way back, and staff, are waited for no more.
* The next passage after a staff pass, in or out, is the member of staff and counts nowhere.
* An exit is counted, whatever stops admission.
"""

from __future__ import annotations

from dataclasses import replace

from firmware_bridge.interface import (
    DoorEvent,
    ForcedOpen,
    HeldOpen,
    HeldOpenEnded,
    LineAlarm,
    LinkLost,
    LinkUp,
    PassedIn,
    PassedOut,
    Released,
    Tampered,
    TamperEnded,
)
from kiosk.gate import reentry
from kiosk.gate.events import Release
from kiosk.gate.state import OpenRelease
from kiosk.gate.turn import Turn
from kiosk.ledger.entries import Exit, Passage, PlacesReturned

_SERVED_FIRST = ("admission", "back", "staff")


def open_for(turn: Turn, release: OpenRelease) -> None:
    """Open the door and wait for people to pass, as far as the door can do either."""
    if turn.door.counts_entries or release.kind == "staff":
        turn.change(open=(*turn.state.open, release))
    if turn.door.has_lock:
        turn.effect(Release(release.ticket))


def forget(turn: Turn, admission: int) -> None:
    """Wait no more for anybody of an admission."""
    turn.change(open=tuple(release for release in turn.state.open if release.admission != admission))


def door_reported(turn: Turn, event: DoorEvent) -> None:
    """Take note of what the door saw or did."""
    match event:
        case PassedIn():
            _passed_in(turn)
        case PassedOut():
            _passed_out(turn)
        case Released(ticket=ticket):
            _released(turn, ticket)
        case ForcedOpen():
            turn.raise_alarm("forced_open")
        case HeldOpen():
            turn.raise_alarm("held_open")
        case HeldOpenEnded():
            turn.end_alarm("held_open")
        case LinkLost():
            turn.change(linked=False)
            turn.raise_alarm("door_link_lost")
        case LinkUp():
            turn.change(linked=True)
            turn.end_alarm("door_link_lost")
        case _:
            # The contact's moves and presses of the exit button need nothing of the gate: nobody is held inside.
            _reader_reported(turn, event)


def _reader_reported(turn: Turn, event: DoorEvent) -> None:
    match event:
        case Tampered(reader=reader):
            turn.raise_alarm("door_tampered", reader)
        case TamperEnded(reader=reader):
            turn.end_alarm("door_tampered", reader)
        case LineAlarm(reader=reader):
            # Nothing that came so was believed, so the door goes on; staff look at it and clear it.
            turn.raise_alarm("door_line_doubtful", reader)
        case _:
            pass


def time_out(turn: Turn) -> None:
    """Return the places of those who did not come."""
    wait = turn.settings.admission.passage_timeout_s
    for release in turn.state.open:
        if turn.mono - release.since < wait:
            continue
        turn.change(open=tuple(each for each in turn.state.open if each is not release))
        if release.kind == "admission":
            turn.write(PlacesReturned(admission=release.ticket, people=release.remaining))
            reentry.forget(turn, release.ticket, release.remaining)


def _next_to_pass(turn: Turn) -> OpenRelease | None:
    for kind in _SERVED_FIRST:
        for release in turn.state.open:
            if release.kind == kind:
                return release
    return None


def _passed_in(turn: Turn) -> None:
    release = _next_to_pass(turn)
    if release is None:
        turn.write(Passage(admission=None))
        turn.raise_alarm("passage_without_admission")
        return
    _one_passed(turn, release)
    if release.kind != "staff":
        turn.write(Passage(admission=release.admission))


def _passed_out(turn: Turn) -> None:
    staff = next((release for release in turn.state.open if release.kind == "staff"), None)
    if staff is not None:
        _one_passed(turn, staff)
        return
    turn.write(Exit(people=1, source="beam"))


def _one_passed(turn: Turn, release: OpenRelease) -> None:
    rest = replace(release, remaining=release.remaining - 1, since=turn.mono)
    turn.change(
        open=tuple(
            rest if each is release else each
            for each in turn.state.open
            if each is not release or rest.remaining
        )
    )
    if rest.remaining and turn.door.has_lock:
        turn.effect(Release(release.ticket))


def _released(turn: Turn, ticket: int) -> None:
    turn.change(
        open=tuple(
            replace(release, since=max(release.since, turn.mono)) if release.ticket == ticket else release
            for release in turn.state.open
        )
    )
