"""Who can sign in, and new passwords and PINs for those who forgot theirs. A part of the office, for managers.

The door service checks and keeps what is typed here; this process cannot write the accounts. A manager's own password is renewed
on the kiosk itself (`kiosk account`): whoever took over one manager's session shall not become another.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from kiosk.accounts import SUPERVISING
from kiosk.gate.commands import SignInResetDo
from kiosk.gate.protocol import DoorUnreachableError, NewSecrets
from kiosk.gate.snapshot import Texts
from kiosk.texts import every_language
from kiosk.web.context import staff, web


def add_to(office: Blueprint) -> None:
    """Add these addresses to the office's."""
    office.add_url_rule("/sign-ins", "sign_ins", _page, methods=["GET"])
    office.add_url_rule("/sign-ins/reset", "sign_in_reset", _reset, methods=["POST"])


def _page() -> ResponseReturnValue:
    return _list()


def _reset() -> ResponseReturnValue:
    """A new password or PIN, typed twice; nothing of it is ever sent back."""
    form = request.form
    name = form.get("name", "")[:64]
    what = "pin" if form.get("what") == "pin" else "password"
    secret = form.get("secret", "")
    if not secret or secret != form.get("again", ""):
        return _list(every_language("office.sign_ins.differ"), name), 422
    try:
        command = SignInResetDo.model_validate({"name": name, "what": (what,)})
        secrets = NewSecrets.model_validate({what: secret})
    except ValidationError:
        return _list(every_language("office.sign_ins.differ"), name), 422
    account = staff()
    try:
        answer = web().door.command(command, by=account.name if account else "", secrets=secrets)
    except DoorUnreachableError:
        return _list(every_language("office.unsure"), name), 503
    if not answer.ok:
        said = answer.message or every_language("office.refused", code=answer.error or "?")
        return _list(said, name), 409
    web().accounts.forget_tries(name)
    flash("renewed")
    return redirect(url_for("office.sign_ins"), 303)


def _list(error: Texts | None = None, of: str = "") -> str:
    return render_template(
        "office/sign_ins.html",
        accounts=web().accounts.names(),
        supervising=SUPERVISING,
        waits={one.name: web().accounts.password_wait(one.name) for one in web().accounts.names()},
        error=error,
        of=of,
    )
