"""Sign-in of inspectors: a manager's code or link, or a badge that the camera has just read and its PIN.

Three ways in, each with its own guard:

* ``/inspect/sign-in`` and ``/inspect/with/TOKEN``: anybody may try, with a code or link that a manager has just opened.
* ``/display/inspector``: the kiosk's own paired screen, for codes and for the PIN of a badge.
* ``/desk/inspector``: a device of staff, likewise; their own session ends as it is handed over.
"""

from __future__ import annotations

import math
from typing import Literal

from flask import Blueprint, Response, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.gate.protocol import Answer, DoorUnreachableError
from kiosk.gate.snapshot import BadgeView, Texts
from kiosk.texts import every_language
from kiosk.web import inspect_device, inspecting
from kiosk.web.context import web
from kiosk.web.display import paired
from kiosk.web.invitations import DIGITS
from kiosk.web.signin import current_account

At = Literal["own", "display", "desk"]

inspect_in = Blueprint("inspect_in", __name__)
inspect_device.add_link_to(inspect_in)


@inspect_in.get("/inspect/sign-in")
def form() -> ResponseReturnValue:
    """On the inspector's own device, or any other: for the code alone."""
    if inspecting.current():
        return redirect(url_for("inspect.page"), 303)
    return _page("own")


@inspect_in.post("/inspect/sign-in")
def enter() -> ResponseReturnValue:
    """Take the code."""
    return _by_code("own")


@inspect_in.get("/inspect/with/<token>")
def link(token: str) -> ResponseReturnValue:
    """The page behind the QR code: a button, because programs look at links before people do."""
    if not web().invitations.knows(token):
        return redirect(url_for("inspect_in.form"), 303)
    return render_template("inspect/link.html", token=token)


@inspect_in.post("/inspect/with/<token>")
def enter_link(token: str) -> ResponseReturnValue:
    """Take the link."""
    invitation = web().invitations.by_token(token)
    if invitation is None:
        return _page("own", every_language("inspect.sign_in.gone")), 401
    try:
        return _answered(inspecting.enter_invited(invitation, screen=False), "own")
    except DoorUnreachableError:
        return _page("own", every_language("inspect.sign_in.no_door")), 503


@inspect_in.get("/display/inspector")
def display_form() -> ResponseReturnValue:
    """On the kiosk's own screen."""
    return _page("display") if paired() else _refused()


@inspect_in.post("/display/inspector")
def display_enter() -> ResponseReturnValue:
    """Take the code, or the PIN of the badge."""
    return _take("display") if paired() else _refused()


@inspect_in.get("/desk/inspector")
def desk_form() -> ResponseReturnValue:
    """On a device of staff."""
    g.account = current_account()
    return _page("desk") if g.account else redirect(url_for("signin.form"), 303)


@inspect_in.post("/desk/inspector")
def desk_enter() -> ResponseReturnValue:
    """Take the code, or the PIN of the badge; from then on staff are not signed in here."""
    if current_account() is None:
        return Response(render_template("error.html", what="sign_in"), 401)
    return _take("desk")


def _refused() -> ResponseReturnValue:
    abort(403)


def _take(at: At) -> ResponseReturnValue:
    if "pin" not in request.form:
        return _by_code(at)
    badge = _badge(at)
    if badge is None:
        return _page(at, every_language("gate.error.no_badge_read")), 401
    try:
        answer = inspecting.enter_with_badge(badge.number, request.form["pin"][:12], screen=at == "display")
    except DoorUnreachableError:
        return _page(at, every_language("inspect.sign_in.no_door")), 503
    return _answered(answer, at)


def _by_code(at: At) -> ResponseReturnValue:
    invitations, address = web().invitations, request.remote_addr or "?"
    code = "".join(sign for sign in request.form.get("code", "")[:40] if sign.isdigit())
    invitation = invitations.by_code(code, address)
    if invitation is None:
        if wait := invitations.wait(address):
            return _page(at, every_language("web.sign_in.wait", minutes=math.ceil(wait / 60))), 429
        return _page(at, every_language("inspect.sign_in.wrong_code")), 401
    try:
        return _answered(inspecting.enter_invited(invitation, screen=at == "display"), at)
    except DoorUnreachableError:
        return _page(at, every_language("inspect.sign_in.no_door")), 503


def _answered(answer: Answer, at: At) -> ResponseReturnValue:
    if answer.ok:
        return redirect(url_for("inspect.page"), 303)
    said = answer.message or every_language("inspect.sign_in.no_door")
    return _page(at, said), 401 if answer.error == "wrong_badge_pin" else 409


def _badge(at: At) -> BadgeView | None:
    """The badge that the camera has just read; only beside the camera is it asked for."""
    snapshot = web().feed.view.snapshot
    return snapshot.badge if snapshot and at != "own" else None


def _page(at: At, error: Texts | None = None) -> str:
    return render_template(
        "inspect/sign_in.html",
        at=at,
        badge=_badge(at),
        digits=DIGITS,
        error=error,
        tls=web().tls,
        action=url_for(
            {
                "own": "inspect_in.enter",
                "display": "inspect_in.display_enter",
                "desk": "inspect_in.desk_enter",
            }[at]
        ),
    )
