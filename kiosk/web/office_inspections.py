"""Inspectors without a badge, as most come: the manager opens a read-only session for them, and ends it.

A part of the office: its blueprint asks for a manager before any of these views runs.
"""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.gate.commands import InspectionEnd
from kiosk.gate.protocol import DoorUnreachableError
from kiosk.gate.snapshot import Texts
from kiosk.texts import every_language
from kiosk.web import inspecting, qr
from kiosk.web.context import new_id, staff, web
from kiosk.web.invitations import Invitation

_LONGEST = 80
#: Seconds to wait for the picture that a command has changed.
_SETTLE_S = 0.5


def add_to(office: Blueprint) -> None:
    """Add these addresses to the office's."""
    office.add_url_rule("/inspections", "inspections", _page, methods=["GET"])
    office.add_url_rule("/inspections/open", "inspection_open", _open, methods=["POST"])
    office.add_url_rule("/inspections/withdraw", "inspection_withdraw", _withdraw, methods=["POST"])
    office.add_url_rule("/inspections/here", "inspection_here", _here, methods=["POST"])
    office.add_url_rule("/inspections/end", "inspection_end", _end, methods=["POST"])


def _page() -> ResponseReturnValue:
    return _list()


def _open() -> ResponseReturnValue:
    """Invite an inspector of a department."""
    department = " ".join(request.form.get("department", "").split())
    name = " ".join(request.form.get("name", "").split())
    if not 0 < len(department) <= _LONGEST or len(name) > _LONGEST:
        return _list(every_language("office.inspections.check")), 422
    web().invitations.invite(department=department, name=name, by=_by())
    return redirect(url_for("office.inspections"), 303)


def _withdraw() -> ResponseReturnValue:
    """Take an invitation back."""
    if web().invitations.withdraw(request.form.get("invitation", "")) is None:
        abort(404)
    flash("withdrawn")
    return redirect(url_for("office.inspections"), 303)


def _here() -> ResponseReturnValue:
    """The inspector uses this very device: the manager is signed in on it no more."""
    invitation = web().invitations.withdraw(request.form.get("invitation", ""))
    if invitation is None:
        return _list(every_language("inspect.sign_in.gone")), 409
    try:
        answer = inspecting.enter_invited(invitation, screen=False)
    except DoorUnreachableError:
        return _list(every_language("inspect.sign_in.no_door")), 503
    if not answer.ok:
        return _list(answer.message), 409
    return redirect(url_for("inspect.page"), 303)


def _end() -> ResponseReturnValue:
    """End a session."""
    number = request.form.get("session", "")
    if not number.isascii() or not number.isdigit() or len(number) > len("1000000000000"):
        abort(400)
    command_id = request.form.get("command_id", "")[:64] or new_id()
    before = web().feed.view.version
    try:
        answer = web().door.command(InspectionEnd(session=int(number)), by=_by(), command_id=command_id)
    except DoorUnreachableError:
        return _list(every_language("inspect.sign_in.no_door")), 503
    if not answer.ok and answer.error != "no_such_inspection":
        return _list(answer.message), 409
    web().feed.wait(before, _SETTLE_S)
    flash("ended")
    return redirect(url_for("office.inspections"), 303)


def _by() -> str:
    account = staff()
    return account.name if account else ""


def _list(error: Texts | None = None) -> str:
    snapshot, invitations = web().feed.view.snapshot, web().invitations
    return render_template(
        "office/inspections.html",
        error=error,
        invitations=[(one, invitations.minutes(one), _link(one)) for one in invitations.open],
        sessions=snapshot.inspections if snapshot else None,
        name_of=invitations.name,
        tls=web().tls,
        qr=qr.drawn,
        typed=request.form if error else {},
    )


def _link(invitation: Invitation) -> str | None:
    """Where the inspector's own device gets in; None where the pages are not reached over TLS."""
    path, tls = url_for("inspect_in.link", token=invitation.token), web().tls
    if tls:
        return f"{tls.address}{path}"
    return f"{request.host_url.rstrip('/')}{path}" if request.is_secure else None
