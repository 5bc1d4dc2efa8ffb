"""The inspector's pages: what this door does now. Read-only; whoever inspects is refused everywhere else.

What is shown of staff is what their duty sheet shows; of visitors nothing is shown at all, not even masked.
"""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk import law
from kiosk.gate.commands import StaffInspect
from kiosk.gate.inspections import LIFE_S
from kiosk.gate.protocol import DoorUnreachableError, StaffBook
from kiosk.staff.duties import AHEAD
from kiosk.texts import text
from kiosk.web import inspecting
from kiosk.web.context import live, reader, web
from kiosk.web.inspect_now import instrument, staff_duties
from kiosk.web.inspecting import Inspection
from kiosk.web.office import area_name, needed
from kiosk.web.streams import stream

inspect = Blueprint("inspect", __name__, url_prefix="/inspect")

_INSTRUMENTS = "inspect-instruments"
#: Pages that refresh themselves: nobody tapped.
_BY_THEMSELVES = {"inspect.fragment", "inspect.changes"}


@inspect.before_request
def _inspectors_only() -> ResponseReturnValue | None:
    if inspecting.is_unsure():
        return render_template("inspect/no_door.html"), 503
    found = inspecting.current()
    if found is not None:
        g.inspection = found
        if request.endpoint not in _BY_THEMSELVES:
            inspecting.touch()
        return None
    screen = inspecting.on_screen()
    if request.method == "GET" and not live() and request.endpoint not in _BY_THEMSELVES:
        inspecting.forget()
        return redirect(url_for("display.page" if screen else "inspect_in.form"), 303)
    return Response(render_template("error.html", what="sign_in"), 401)


@inspect.get("")
def page() -> str:
    """The whole page."""
    return _render("inspect/page.html")


@inspect.get("/live")
def fragment() -> str:
    """The changing part of the page."""
    return _render("inspect/live.html")


@inspect.get("/stream")
def changes() -> Response:
    """Says when the page should look again."""
    return stream(guest=False)


@inspect.post("/leave")
def leave() -> ResponseReturnValue:
    """Sign out."""
    screen = inspecting.on_screen()
    inspecting.leave()
    return redirect(url_for("display.page" if screen else "inspect_in.form"), 303)


def _render(template: str) -> str:
    inspection: Inspection = g.inspection
    snapshot, settings = inspection.snapshot, web().settings
    book = _book(inspection.view.session)
    return render_template(
        template,
        inspection=inspection.view,
        until=inspection.view.since + timedelta(seconds=LIFE_S),
        snapshot=snapshot,
        version=web().feed.view.version,
        sheet=staff_duties(settings, _instruments(), snapshot, book.staff) if book else None,
        from_file=len(settings.premises.staff),
        instrument=instrument(settings, _instruments(), snapshot),
        area_name=area_name,
        needed=needed,
        ahead=AHEAD,
        tls=web().tls,
        comma=text("office.comma", reader()),
    )


def _book(session: int) -> StaffBook | None:
    """The register, by which the duties of staff are worked out; None while the door does not tell."""
    try:
        answer = web().door.command(StaffInspect(session=session), by=None)
    except DoorUnreachableError:
        return None
    return StaffBook.model_validate(answer.values) if answer.ok else None


def _instruments() -> law.Instruments:
    """Read once: the pages start anew with a new instrument, as the door does."""
    if _INSTRUMENTS not in current_app.extensions:
        settings = web().settings
        current_app.extensions[_INSTRUMENTS] = law.load_instruments(
            settings.instruments, include_unofficial=settings.include_unofficial
        )
    return cast("law.Instruments", current_app.extensions[_INSTRUMENTS])
