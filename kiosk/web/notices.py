"""The notices of the entrance for signed-in staff, as a page to print: ``/desk/notices``."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue

from kiosk.law import load_instruments
from kiosk.reports.notice import make_notice
from kiosk.reports.page import notices_page, style
from kiosk.reports.poster import venue_poster
from kiosk.web.context import web
from kiosk.web.signin import current_account

notices = Blueprint("notices", __name__, url_prefix="/desk/notices")


@notices.get("")
def page() -> ResponseReturnValue:
    """The notices as the door's own clock has it; staff print it from the browser."""
    if current_account() is None:
        return redirect(url_for("signin.form"), 303)
    settings, snapshot = web().settings, web().feed.view.snapshot
    instruments = load_instruments(settings.instruments, include_unofficial=settings.include_unofficial)
    notice = make_notice(settings, instruments, snapshot.at if snapshot else datetime.now(UTC))
    return notices_page(
        notice,
        venue_poster(settings),
        style_link=url_for("notices.sheet"),
        icon_link=url_for("static", filename="icon.svg"),
    )


@notices.get("/notices.css")
def sheet() -> Response:
    """Its style sheet, a file of its own: our pages carry no styles in them."""
    return Response(style(), mimetype="text/css")
