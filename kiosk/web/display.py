"""The display: what visitors see. Anybody may look at the public part; only a paired display sees more or posts."""

from __future__ import annotations

import re

from flask import Blueprint, Response, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from kiosk.gate.commands import Visitor, VisitorRegister
from kiosk.gate.protocol import DoorUnreachableError
from kiosk.gate.snapshot import Texts
from kiosk.texts import Language, every_language
from kiosk.web.context import live, new_id, web
from kiosk.web.forms import FormError, command_from
from kiosk.web.streams import stream
from kiosk.web.thought import think

display = Blueprint("display", __name__, url_prefix="/display")

COOKIE = "display"
ZH_COOKIE = "display_zh"
_COOKIE_S = 400 * 24 * 3600
#: Seconds after which the display goes back to Traditional Chinese by itself, for the next visitor.
_ZH_S = 120
_SETTLE_S = 0.5
#: Eight digits in Hong Kong; visitors from elsewhere have longer numbers.
_CONTACT = re.compile(r"^\+?[0-9][0-9 -]{6,18}[0-9]$")


def paired() -> bool:
    """Whether the caller is a paired display."""
    return web().pairing.knows(request.cookies.get(COOKIE))


@display.get("")
def page() -> ResponseReturnValue:
    """The whole page."""
    return render_template("display/page.html", **_context())


@display.get("/live")
def fragment() -> str:
    """The changing part of the page."""
    return render_template("display/live.html", **_context())


@display.get("/stream")
def changes() -> Response:
    """Says when the page should look again."""
    return stream(guest=not paired())


@display.get("/language/<zh>")
def language(zh: str) -> ResponseReturnValue:
    """Simplified or Traditional Chinese, for this visitor."""
    chosen = "zh-Hans" if zh == "hans" else "zh-Hant"
    if live():
        answer = Response(render_template("display/live.html", **_context(zh=chosen)))
    else:
        answer = Response(status=303, headers={"Location": url_for("display.page")})
    answer.set_cookie(
        ZH_COOKIE,
        chosen,
        max_age=_ZH_S,
        path="/display",
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
    )
    return answer


@display.get("/aim.jpg")
def aim() -> Response:
    """The camera's last small picture, to aim by; kept nowhere."""
    if not paired():
        abort(403)
    names = {camera.name for camera in web().settings.cameras if camera.preview}
    name = request.args.get("camera", "")
    thought = think(web().feed.view.snapshot, is_paired=True)
    if name not in names or not thought.aims:
        abort(404)
    try:
        picture = web().door.preview(name)
    except DoorUnreachableError:
        picture = None
    if picture is None:
        abort(404)
    return Response(picture, mimetype="image/jpeg")


@display.post("/do")
def do() -> ResponseReturnValue:
    """What the visitor in front of a paired display declares."""
    if not paired():
        abort(403)
    try:
        command = command_from(request.form)
    except FormError:
        return _answer(every_language("display.error.form"), 422)
    if not isinstance(command, Visitor):
        abort(403)
    if isinstance(command, VisitorRegister) and not _CONTACT.match(command.contact):
        return _answer(every_language("display.error.contact"), 422)
    before = web().feed.view.version
    try:
        answer = web().door.command(
            command, by=None, command_id=request.form.get("command_id", "")[:64] or new_id()
        )
    except DoorUnreachableError:
        return _answer(every_language("display.error.unreachable"), 503, unsure=True)
    if answer.ok:
        web().feed.wait(before, _SETTLE_S)
        return _answer(None, 200)
    unsure = answer.error == "no_answer"
    return _answer(answer.message or every_language("display.error.form"), 409, unsure=unsure)


@display.get("/pair")
def pair() -> ResponseReturnValue:
    """A code for staff to type on the desk; once they have, this display becomes ours."""
    if paired():
        return redirect(url_for("display.page"), 303)
    cookie = web().pairing.collect(session.get("nonce"))
    if cookie:
        session.pop("nonce", None)
        return _paired(cookie)
    nonce, code = web().pairing.ask(session.get("nonce"), request.remote_addr or "?")
    session["nonce"] = nonce
    return render_template("display/pair.html", code=code)


@display.get("/pair/<token>")
def pair_own(token: str) -> ResponseReturnValue:
    """The kiosk's own browser comes with the link that the page server wrote at its start."""
    cookie = web().pairing.redeem(token, request.remote_addr or "?")
    return _paired(cookie) if cookie else redirect(url_for("display.page"), 303)


def _paired(cookie: str) -> ResponseReturnValue:
    answer = redirect(url_for("display.page"), 303)
    answer.set_cookie(
        COOKIE,
        cookie,
        max_age=_COOKIE_S,
        path="/display",
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
    )
    return answer


def _answer(error: Texts | None, status: int, *, unsure: bool = False) -> ResponseReturnValue:
    if error is None and not live():
        return redirect(url_for("display.page"), 303)
    context = _context(error=error)
    if live():
        body = render_template("display/live.html", **context)
        return Response(body, status, headers={"X-Outcome": "unsure" if unsure else "known"})
    return Response(render_template("display/page.html", **context), status)


def _context(*, zh: str | None = None, error: Texts | None = None) -> dict[str, object]:
    view = web().feed.view
    chosen: Language = "zh-Hans" if (zh or request.cookies.get(ZH_COOKIE)) == "zh-Hans" else "zh-Hant"
    is_paired = paired()
    step = request.values.get("step") if request.values.get("n", "") else None
    thought = think(view.snapshot, is_paired=is_paired, step=step, step_of=request.values.get("n"))
    return {
        "snapshot": view.snapshot,
        "version": view.version,
        "zh": chosen,
        "paired": is_paired,
        "inspector": is_paired and bool(web().invitations.open or (view.snapshot and view.snapshot.badge)),
        "thought": thought,
        "error": error,
        "kept": request.form if error else {},
        "aim_cameras": _aim_cameras() if is_paired and thought.aims else (),
    }


def _aim_cameras() -> tuple[str, ...]:
    snapshot = web().feed.view.snapshot
    up = {camera.name for camera in snapshot.cameras if camera.up} if snapshot else set()
    return tuple(camera.name for camera in web().settings.cameras if camera.preview and camera.name in up)[:1]
