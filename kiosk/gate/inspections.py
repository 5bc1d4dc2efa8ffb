"""Inspectors at this door: whose badge was just read, who is signed in, and until when.

* A badge that the camera reads opens nothing. Where the authority's list has a PIN for it, the kiosk offers
  the inspector to sign in with that PIN, for `BADGE_S` seconds and once; the door service has checked the PIN before the
  command comes here.
* Without a badge a manager vouches for the inspector: the entry says which department, and who let them in. No name.
* A session lasts `LIFE_S` seconds of the monotonic clock, ends earlier by the inspector or a manager, and with
  a restart of the door service, which cannot know how long it was away.
* Who is signed in is the fold of the log, as everything else; the gate adds only from when on their time runs.
"""

from __future__ import annotations

from typing import Any

from kiosk.gate.commands import (
    InspectionEnd,
    InspectionOpen,
    InspectorEnter,
    InspectorLeave,
    StaffInspect,
)
from kiosk.gate.desk import Doer
from kiosk.gate.events import Commanded
from kiosk.gate.lines import moment
from kiosk.gate.snapshot import VerdictView
from kiosk.gate.state import BadgeRead
from kiosk.gate.turn import NotDoneError, Turn
from kiosk.ledger.entries import InspectorSignedIn, InspectorSignedOut, SignedOutWhy
from kiosk.proofs.model import Proof

#: Seconds that an inspector has to type the PIN after the badge was read.
BADGE_S = 120.0
#: Seconds that a session lasts.
LIFE_S = 3600.0
#: Sessions at once: more is no inspection.
MOST = 8


def badge_shown(turn: Turn, proof: Proof, *, has_pin: bool) -> None:
    """An inspector's badge: it opens no door. ``has_pin``: the authority's list has a PIN for it."""
    badge = proof.evidence.badge if proof.evidence else None
    if badge is None or not has_pin:
        turn.show(VerdictView(state="see_staff", number=0, message=moment("badge")))
        return
    turn.change(badge=BadgeRead(badge.number, badge.department, turn.mono))
    turn.show(VerdictView(state="see_staff", number=0, message=moment("badge_pin")))


def end_all(turn: Turn) -> None:
    """The door service has just started: nobody knows for how long it was away."""
    for session in turn.premises.inspections:
        turn.write(InspectorSignedOut(session=session, why="restart"))


def time_out(turn: Turn) -> None:
    """Withdraw the offer of a badge, and end sessions that have lasted long enough."""
    badge = turn.state.badge
    if badge is not None and turn.mono - badge.since >= BADGE_S:
        turn.change(badge=None)
    for session in turn.premises.inspections:
        if turn.mono - turn.state.inspecting.get(session, turn.mono - LIFE_S) >= LIFE_S:
            _end(turn, session, "time")


def _opened(turn: Turn, command: InspectionOpen, event: Commanded) -> None:
    _begin(
        turn,
        InspectorSignedIn(command=event.id, how="manager", department=command.department, by=event.by or ""),
    )


def _entered(turn: Turn, command: InspectorEnter, event: Commanded) -> None:
    badge = turn.state.badge
    if badge is None or badge.number != command.number:
        raise NotDoneError("no_badge_read")
    _begin(
        turn,
        InspectorSignedIn(
            command=event.id, how="badge", department=badge.department[:80], number=badge.number
        ),
    )
    turn.change(badge=None)


def _begin(turn: Turn, entry: InspectorSignedIn) -> None:
    if len(turn.premises.inspections) >= MOST:
        raise NotDoneError("too_many_inspectors")
    session = turn.write(entry)
    turn.change(inspecting={**turn.state.inspecting, session: turn.mono})


def _ended(turn: Turn, command: InspectionEnd, event: Commanded) -> None:
    if command.session not in turn.premises.inspections:
        raise NotDoneError("no_such_inspection")
    _end(turn, command.session, "manager", by=event.by, command=event.id)


def _left(turn: Turn, command: InspectorLeave, event: Commanded) -> None:
    if command.session in turn.premises.inspections:
        _end(turn, command.session, command.why, command=event.id)


def _end(
    turn: Turn, session: int, why: SignedOutWhy, *, by: str | None = None, command: str | None = None
) -> None:
    turn.write(InspectorSignedOut(command=command, session=session, why=why, by=by))
    turn.change(
        inspecting={number: since for number, since in turn.state.inspecting.items() if number != session}
    )


def _do(turn: Turn, command: Any, event: Commanded) -> None:
    match command:
        case InspectionOpen():
            _opened(turn, command, event)
        case InspectionEnd():
            _ended(turn, command, event)
        case InspectorEnter():
            _entered(turn, command, event)
        case InspectorLeave():
            _left(turn, command, event)
        case _:
            # The register goes to those who are signed in (`Gate`); here come the others.
            raise NotDoneError("no_such_inspection")


#: What a manager does for inspectors, and what inspectors do themselves.
COMMANDS: dict[type, Doer] = dict.fromkeys((InspectionOpen, InspectionEnd), _do)
OWN: dict[type, Doer] = dict.fromkeys((InspectorEnter, InspectorLeave, StaffInspect), _do)
