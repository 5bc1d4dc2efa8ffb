"""The desk: one page on which staff build a party, see why not, and let it in.

Every view here needs a sign-in, but for the form that staff hand to a visitor (`handover`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.gate.commands import Desk, Supervised
from kiosk.gate.protocol import Answer, DoorUnreachableError, Pin
from kiosk.gate.snapshot import Texts
from kiosk.texts import every_language
from kiosk.web import handover
from kiosk.web.context import live, new_id, staff, web
from kiosk.web.forms import FormError, command_from
from kiosk.web.sentences import check_field
from kiosk.web.signin import current_account, touch
from kiosk.web.streams import stream

desk = Blueprint("desk", __name__, url_prefix="/desk")
handover.add_to(desk)

#: Seconds to wait for the picture that a command has changed, so that the answer already shows it.
_SETTLE_S = 0.5
#: Answers of the door after which nobody knows whether the command was carried out: the same id asks again.
_UNSURE = {"no_answer"}
#: Fields that are never sent back to the page: secrets, and a document's number, which is compared and forgotten.
_SECRET = {"pin", "csrf_token", "document"}


@dataclass(frozen=True)
class Said:
    """What became of a form, to be said where it stands."""

    form: str
    ok: bool
    status: int
    texts: Texts
    command_id: str = ""
    kept: dict[str, list[str]] = field(default_factory=dict)

    @property
    def unsure(self) -> bool:
        """Whether the same command id must be used again."""
        return bool(self.command_id)


@desk.before_request
def _staff_only() -> ResponseReturnValue | None:
    g.account = current_account()
    if g.account is not None:
        if request.endpoint not in {"desk.fragment", "desk.changes"}:
            touch(request)
        return None
    if request.endpoint in handover.OPEN:
        # They look after themselves: a visitor fills in the one form that staff handed over.
        return None
    if request.method == "GET" and not live() and request.endpoint != "desk.changes":
        return redirect(url_for("signin.form"), 303)
    return Response(render_template("error.html", what="sign_in"), 401)


@desk.get("")
def page() -> str:
    """The whole page."""
    return _render("desk/page.html", None)


@desk.get("/live")
def fragment() -> Response:
    """The changing part of the page."""
    return _fragment(None)


@desk.get("/stream")
def changes() -> Response:
    """Says when the page should look again."""
    return stream(guest=False)


@desk.post("/do")
def do() -> ResponseReturnValue:
    """Carry out one form."""
    return _answer(_carry_out())


@desk.post("/pair")
def pair() -> ResponseReturnValue:
    """Pair the display that shows the code that staff typed."""
    code = "".join(request.form.get("code", "").split())
    address = web().pairing.approve(code)
    if address is None:
        return _answer(Said("pair", ok=False, status=409, texts=every_language("desk.pair.unknown")))
    return _answer(Said("pair", ok=True, status=200, texts=every_language("desk.pair.done", address=address)))


@desk.post("/unpair")
def unpair() -> ResponseReturnValue:
    """End the pairing of a display."""
    if not web().pairing.remove(request.form.get("display", "")):
        abort(404)
    return _answer(Said("unpair", ok=True, status=200, texts=every_language("desk.done")))


def _carry_out() -> Said:
    form = request.form
    name = form.get("form", "")[:64]
    kept = {key: form.getlist(key) for key in form if key not in _SECRET}
    command_id = form.get("command_id", "")[:64] or new_id()
    try:
        command = command_from(form)
    except FormError as error:
        return Said(name, ok=False, status=422, texts=check_field(error.field), kept=kept)
    account = staff()
    if account is None or not isinstance(command, Desk):
        abort(403)
    pin = (
        Pin(name=form.get("pin_name", ""), pin=form.get("pin", ""))
        if isinstance(command, Supervised)
        else None
    )
    before = web().feed.view.version
    try:
        answer = web().door.command(command, by=account.name, pin=pin, command_id=command_id)
    except DoorUnreachableError:
        return Said(
            name,
            ok=False,
            status=503,
            texts=every_language("desk.unreachable"),
            command_id=command_id,
            kept=kept,
        )
    if answer.ok:
        web().feed.wait(before, _SETTLE_S)
        return Said(name, ok=True, status=200, texts=every_language("desk.done"))
    return Said(
        name,
        ok=False,
        status=409,
        texts=_words(answer),
        command_id=command_id if answer.error in _UNSURE else "",
        kept=kept,
    )


def _words(answer: Answer) -> Texts:
    return answer.message or every_language("desk.refused_by_door", code=answer.error or "?")


def _answer(said: Said) -> ResponseReturnValue:
    if live():
        return _fragment(said)
    if said.ok:
        flash(said.form)
        return redirect(url_for("desk.page"), 303)
    return _render("desk/page.html", said), said.status


def _fragment(said: Said | None) -> Response:
    response = Response(_render("desk/live.html", said), said.status if said else 200)
    response.headers["X-Outcome"] = "unsure" if said and said.unsure else "known"
    return response


def _render(template: str, said: Said | None) -> str:
    view = web().feed.view
    return render_template(
        template,
        snapshot=view.snapshot,
        version=view.version,
        said=said,
        displays=web().pairing.displays,
        settings=web().settings,
        invited=bool(web().invitations.open),
    )
