"""The inspector's pages: what this door does now, and what its log shows of each day. Read-only; whoever inspects is refused
everywhere else.

What is shown of staff is what their duty sheet shows; of visitors nothing is shown at all, not even masked.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.gate.commands import StaffInspect
from kiosk.gate.protocol import DoorUnreachableError, StaffBook
from kiosk.staff.duties import AHEAD
from kiosk.texts import text
from kiosk.web import inspect_checkpoint, inspecting, qr
from kiosk.web.context import live, reader, web
from kiosk.web.inspect_days import add_to as add_days_to
from kiosk.web.inspect_device import add_to as add_device_to
from kiosk.web.inspect_download import add_to as add_download_to
from kiosk.web.inspect_frame import framed, instruments
from kiosk.web.inspect_now import instrument, staff_duties
from kiosk.web.inspecting import Inspection
from kiosk.web.office import area_name, needed
from kiosk.web.streams import stream

inspect = Blueprint("inspect", __name__, url_prefix="/inspect")
add_days_to(inspect)
add_download_to(inspect)
add_device_to(inspect)

#: Pages that are asked for without a tap, beside those that our script asks for.
_BY_THEMSELVES = {"inspect.changes", "inspect.top"}
_PARTS = {"now", "days", "download", "device"}


@inspect.before_request
def _inspectors_only() -> ResponseReturnValue | None:
    if inspecting.is_unsure():
        return render_template("inspect/no_door.html"), 503
    by_itself = live() or request.endpoint in _BY_THEMSELVES
    found = inspecting.current()
    if found is not None:
        g.inspection = found
        if not by_itself:
            inspecting.touch()
        return None
    screen = inspecting.on_screen()
    if request.method == "GET" and not by_itself:
        inspecting.forget()
        return redirect(url_for("display.page" if screen else "inspect_in.form"), 303)
    return Response(render_template("error.html", what="sign_in"), 401)


@inspect.get("")
def page() -> str:
    """What the door does now."""
    inspection: Inspection = g.inspection
    snapshot, settings = inspection.snapshot, web().settings
    book = _book(inspection.view.session)
    return framed(
        "inspect/now.html",
        "now",
        refreshes=True,
        sheet=staff_duties(settings, instruments(), snapshot, book.staff) if book else None,
        from_file=len(settings.premises.staff),
        instrument=instrument(settings, instruments(), snapshot),
        area_name=area_name,
        needed=needed,
        ahead=AHEAD,
        comma=text("office.comma", reader()),
        checkpoint=inspect_checkpoint.newest(settings.data),
        qr=qr.drawn,
    )


@inspect.get("/top")
def top() -> str:
    """What changes on a page whose main part does not: its head."""
    part = request.args.get("part", "now")
    return framed("inspect/frame.html", part if part in _PARTS else "now")


@inspect.get("/stream")
def changes() -> Response:
    """Says when the page should look again."""
    return stream(guest=False)


@inspect.get("/checkpoint.note")
def note() -> ResponseReturnValue:
    """The last checkpoint as a file, for whoever inspects on a device of their own."""
    found = inspect_checkpoint.newest(web().settings.data)
    if found is None or inspecting.on_screen():
        abort(404)
    name = f"venue-kiosk_{web().settings.kiosk}_{found.size}.note"
    return Response(
        found.note.encode(),
        mimetype="text/plain",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@inspect.post("/leave")
def leave() -> ResponseReturnValue:
    """Sign out."""
    screen = inspecting.on_screen()
    inspecting.leave()
    return redirect(url_for("display.page" if screen else "inspect_in.form"), 303)


def _book(session: int) -> StaffBook | None:
    """The register, by which the duties of staff are worked out; None while the door does not tell."""
    try:
        answer = web().door.command(StaffInspect(session=session), by=None)
    except DoorUnreachableError:
        return None
    return StaffBook.model_validate(answer.values) if answer.ok else None
