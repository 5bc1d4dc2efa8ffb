"""Who inspects: the session of an inspector in a browser. It reads the inspector's pages and opens nothing else.

The door holds the sessions; a cookie only says which of them it is. So a session that the door has ended is over in every
browser at once. On the kiosk's own screen, which visitors need, it is over as well when nobody touches it for a while.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import Literal

from flask import session

from kiosk.gate.commands import InspectionOpen, InspectorEnter, InspectorLeave
from kiosk.gate.protocol import Answer, DoorUnreachableError, Pin
from kiosk.gate.snapshot import InspectionView, Snapshot
from kiosk.web.context import web
from kiosk.web.invitations import Invitation

#: Seconds that a cookie is looked at; the door ends the session itself.
COOKIE_S = 3600
#: Seconds without a tap after which the kiosk's own screen goes back to the visitors.
SCREEN_IDLE_S = 180
#: Seconds to wait for the picture in which the session is.
_SETTLE_S = 3.0

_NUMBER, _UNTIL, _SCREEN, _SEEN = "inspection", "inspection_until", "inspection_screen", "inspection_seen"


@dataclass(frozen=True)
class Inspection:
    """A session, and the picture of the door that goes with it.

    ``version`` names that picture. A page is drawn from what is read later: a page that bore a newer name than what it shows
    would not be told to look again.
    """

    view: InspectionView
    snapshot: Snapshot
    version: str


def current() -> Inspection | None:
    """The inspector's session of this browser, while the door holds it."""
    number, seen = _number(), web().feed.view
    if number is None or seen.snapshot is None or _is_idle() or _has_left(number):
        return None
    found = next((one for one in seen.snapshot.inspections if one.session == number), None)
    return Inspection(found, seen.snapshot, seen.version) if found else None


def is_unsure() -> bool:
    """Whether there may be a session, and the door does not say."""
    return _number() is not None and not _is_idle() and web().feed.view.snapshot is None


def on_screen() -> bool:
    """Whether this is, or just was, a session on the kiosk's own screen."""
    return bool(session.get(_SCREEN))


def touch() -> None:
    """Somebody tapped. Pages that refresh themselves do not call this."""
    session[_SEEN] = int(time.time())


def forget() -> None:
    """This browser knows of no session any more; one that was left alone on the kiosk's own screen ends.

    That it was the kiosk's own screen stays known: page and script may ask at once, and both belong back to the visitors.
    """
    number = _number()
    if number is not None and _is_idle() and not _has_left(number):
        _leave(number, "idle")
    for key in (_NUMBER, _UNTIL, _SEEN):
        session.pop(key, None)


def leave() -> None:
    """The inspector signs out; where the door does not hear of it, at least in this browser."""
    number = _number()
    if number is not None and not _has_left(number):
        _leave(number, "left")
    screen = on_screen()
    session.clear()
    if screen:
        session[_SCREEN] = True


def enter_invited(invitation: Invitation, *, screen: bool) -> Answer:
    """Let in whoever brought an invitation, on the word of its manager.

    Raises:
        DoorUnreachableError: no answer; the invitation is as good as before.
    """
    try:
        answer = web().door.command(
            InspectionOpen(department=invitation.department), by=invitation.by, command_id=invitation.token
        )
    except DoorUnreachableError:
        web().invitations.give_back(invitation)
        raise
    if answer.ok:
        web().invitations.used(invitation, _begin(answer, screen=screen))
    return answer


def enter_with_badge(number: str, pin: str, *, screen: bool) -> Answer:
    """Let in whoever gave the PIN of the badge that was just read.

    Raises:
        DoorUnreachableError: no answer.
    """
    answer = web().door.command(InspectorEnter(number=number), by=None, pin=Pin(name=number, pin=pin))
    if answer.ok:
        _begin(answer, screen=screen)
    return answer


def go_on_here(number: int) -> None:
    """This browser has a session that was begun on the kiosk's own screen."""
    # Whoever was signed in here before is so no more.
    session.clear()
    _keep(number, screen=False)


def _keep(number: int, *, screen: bool) -> None:
    now = int(time.time())
    session.update({_NUMBER: number, _UNTIL: now + COOKIE_S, _SCREEN: screen, _SEEN: now})


def _has_left(number: int) -> bool:
    """Whether a session of the kiosk's own screen goes on elsewhere."""
    return on_screen() and web().carrying.is_carried(number)


def _begin(answer: Answer, *, screen: bool) -> int:
    number = int(answer.values["entry"])
    # Whoever was signed in here before is so no more.
    session.clear()
    _keep(number, screen=screen)
    feed, ends = web().feed, time.monotonic() + _SETTLE_S
    view = feed.view
    while (left := ends - time.monotonic()) > 0 and not _holds(view.snapshot, number):
        view = feed.wait(view.version, left)
    return number


def _holds(snapshot: Snapshot | None, number: int) -> bool:
    return snapshot is not None and any(one.session == number for one in snapshot.inspections)


def _number() -> int | None:
    number, until = session.get(_NUMBER), session.get(_UNTIL)
    if not isinstance(number, int) or not isinstance(until, int) or time.time() > until:
        return None
    return number


def _is_idle() -> bool:
    seen = session.get(_SEEN)
    return on_screen() and (not isinstance(seen, int) or time.time() - seen > SCREEN_IDLE_S)


def _leave(number: int, why: Literal["left", "idle"]) -> None:
    with contextlib.suppress(DoorUnreachableError):
        web().door.command(InspectorLeave(session=number, why=why), by=None)
