"""The form that a visitor fills in on a tablet turned round: name, contact number, date and time; nothing else.

Handing the tablet over ends the staff's session in that browser. What is left is a leave to fill in this one form, for one
customer of one party and for a few minutes. When it is saved, or given back empty, that leave is over as well:
staff go on behind their sign-in. What was written is never sent back to any page but the one that it was typed into.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from kiosk.gate.commands import CustomerRegister
from kiosk.gate.protocol import DoorUnreachableError
from kiosk.gate.snapshot import Texts
from kiosk.texts import every_language
from kiosk.web import language
from kiosk.web.context import new_id, staff, web
from kiosk.web.sentences import check_field
from kiosk.web.signin import leave

#: Seconds that a visitor has for the form.
LEAVE_S = 15 * 60
#: Views that need no sign-in, as they look after themselves.
OPEN = frozenset({"desk.form_page", "desk.form_save", "desk.form_back", "desk.form_done"})

_KEY = "form"
_DONE = "form_done"


@dataclass(frozen=True)
class Grant:
    """Who may fill in what: a customer of a party, on the word of a member of staff."""

    customer: int
    party: int
    by: str
    command_id: str


def add_to(desk: Blueprint) -> None:
    """Add the form's addresses to the desk's."""
    desk.add_url_rule("/form/<int:customer>/hand-over", "form_hand", _hand_over, methods=["POST"])
    desk.add_url_rule("/form/<int:customer>", "form_page", _page, methods=["GET"])
    desk.add_url_rule("/form/<int:customer>", "form_save", _save, methods=["POST"])
    desk.add_url_rule("/form/<int:customer>/back", "form_back", _back, methods=["POST"])
    desk.add_url_rule("/form/done", "form_done", _done, methods=["GET"])


def _hand_over(customer: int) -> ResponseReturnValue:
    """Staff turn the tablet round: their session ends here."""
    snapshot, account = web().feed.view.snapshot, staff()
    if account is None:
        abort(403)
    party = snapshot.party if snapshot else None
    if party is None or customer >= len(party.customers):
        return redirect(url_for("desk.page"), 303)
    leave()
    session[_KEY] = {
        "customer": customer,
        "party": party.number,
        "by": account.name,
        "until": int(time.time()) + LEAVE_S,
        "command_id": new_id(),
    }
    return redirect(url_for("desk.form_page", customer=customer), 303)


def _page(customer: int) -> ResponseReturnValue:
    grant = _grant(customer)
    return _elsewhere() if grant is None else _form(customer)


def _save(customer: int) -> ResponseReturnValue:
    grant = _grant(customer)
    if grant is None:
        return _elsewhere()
    try:
        command = CustomerRegister(
            customer=customer,
            name=request.form.get("name", "").strip(),
            contact=request.form.get("contact", "").strip(),
            by_visitor=True,
            party=grant.party,
        )
    except ValidationError as error:
        return _form(customer, check_field(str(error.errors()[0]["loc"][0]))), 422
    try:
        answer = web().door.command(command, by=grant.by, pin=None, command_id=grant.command_id)
    except DoorUnreachableError:
        return _form(customer, every_language("desk.unreachable")), 503
    if not answer.ok:
        said = answer.message or every_language("desk.refused_by_door", code=answer.error or "?")
        # A command id is answered once: a second attempt is a new command.
        session[_KEY] = {**session[_KEY], "command_id": new_id()}
        return _form(customer, said), 409
    return _give_back(saved=True)


def _back(customer: int) -> ResponseReturnValue:
    """Given back without being filled in."""
    return _elsewhere() if _grant(customer) is None else _give_back(saved=False)


def _done() -> ResponseReturnValue:
    if _DONE not in session:
        return _elsewhere()
    _speak()
    return render_template("desk/form_done.html", saved=session[_DONE])


def _give_back(*, saved: bool) -> ResponseReturnValue:
    session.clear()
    session[_DONE] = saved
    return redirect(url_for("desk.form_done", lang=request.args.get("lang")), 303)


def _form(customer: int, error: Texts | None = None) -> str:
    _speak()
    snapshot = web().feed.view.snapshot
    return render_template(
        "desk/form.html",
        customer=customer,
        error=error,
        at=snapshot.at if snapshot else None,
        penalty=snapshot.penalty if snapshot else None,
        given=request.form if error else {},
        lang=request.args.get("lang"),
    )


def _speak() -> None:
    """The visitor's language, which need not be the one of the staff."""
    if chosen := language.known(request.args.get("lang")):
        g.language = chosen


def _grant(customer: int) -> Grant | None:
    """The leave to fill in the form of this customer, while it holds."""
    said: Any = session.get(_KEY)
    if not isinstance(said, dict) or said["customer"] != customer or time.time() > said["until"]:
        return None
    if web().accounts.account(said["by"]) is None:
        return None
    return Grant(said["customer"], said["party"], said["by"], said["command_id"])


def _elsewhere() -> ResponseReturnValue:
    if request.method == "POST" and staff() is None:
        return Response(render_template("error.html", what="sign_in"), 401)
    return redirect(url_for("desk.page" if staff() else "signin.form"), 303)
