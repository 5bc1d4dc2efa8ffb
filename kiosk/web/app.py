"""The Flask app: parts put together, every answer hardened, every error a page of ours.

Rules:

* What moves the door or the count lies in the blueprint ``desk``, which asks for a signed-in member of staff before
  any of its views runs, and in ``POST /display/do``, which asks for a paired display. There is no third way.
* Every POST carries a CSRF token; cookies are HttpOnly and SameSite=Strict.
* Nothing is fetched from elsewhere, nothing is framed, nothing is cached but what never changes.
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from kiosk.accounts import Accounts, AccountsError
from kiosk.gate.protocol import DoorClient
from kiosk.settings import Settings
from kiosk.web import language
from kiosk.web.carrying import Carrying
from kiosk.web.context import EXTENSION, Web, helpers, live
from kiosk.web.desk import desk
from kiosk.web.display import display
from kiosk.web.exports import Exports, export_name, program
from kiosk.web.feed import Feed, Streams
from kiosk.web.inspect import inspect
from kiosk.web.inspect_signin import inspect_in
from kiosk.web.invitations import Invitations
from kiosk.web.keys import session_secret
from kiosk.web.notices import notices
from kiosk.web.office import office
from kiosk.web.pairing import Pairing
from kiosk.web.signin import Sessions, signin
from kiosk.web.tls import Tls

#: Threads of the server, and how many of them streams may hold: the rest answer taps, whatever happens.
THREADS = 24
MAX_STREAMS = 12
MAX_GUEST_STREAMS = 4

_MAX_BODY = 64 * 1024
_YEAR_S = 365 * 24 * 3600
_STATIC = Path(__file__).parent / "static"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

#: Where the switch of languages leads back to.
_PAGES = {
    "desk": "desk.page",
    "sign-in": "signin.form",
    "office": "office.page",
    "inspections": "office.inspections",
    "sign-ins": "office.sign_ins",
    "inspect": "inspect.page",
    "inspect-days": "inspect.day",
    "inspect-range": "inspect.days",
    "inspect-download": "inspect.download",
    "inspect-device": "inspect.device",
    "office-download": "office.download",
    "inspect-own": "inspect_in.form",
    "inspect-display": "inspect_in.display_form",
    "inspect-desk": "inspect_in.desk_form",
}

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class _Pages(Flask):
    def log_exception(self, exc_info: Any) -> None:
        """Name the view, not the address: whoever mistypes may have typed a name into it."""
        self.logger.error("%s failed", request.endpoint, exc_info=exc_info)


def create_app(
    settings: Settings,
    door: DoorClient,
    accounts: Accounts,
    *,
    tls: Tls | None = None,
    venue_file: Path | None = None,
) -> Flask:
    """The pages of one kiosk; the thread that watches the door runs from here on.

    Args:
        settings: of the venue.
        door: the door service.
        accounts: of staff.
        tls: how the pages are reached over TLS.
        venue_file: where the settings come from, for the program that makes exports; None: the one that `kiosk` finds.

    Raises:
        KioskError: the data folder cannot hold what the pages need.
    """
    app = _Pages(__name__, static_url_path="/static")
    app.session_interface = Sessions()
    app.config.update(
        SECRET_KEY=session_secret(settings.data / "web" / "secret"),
        SESSION_COOKIE_NAME="kiosk",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=24),
        # The token lives as long as the session: a display stands for hours between two taps.
        WTF_CSRF_TIME_LIMIT=None,
        # Behind our own Referrer-Policy there is no referrer to compare; SameSite and the token stand guard.
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=_MAX_BODY,
        MAX_FORM_MEMORY_SIZE=_MAX_BODY,
        MAX_FORM_PARTS=200,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    CSRFProtect(app)
    feed = Feed(door)
    parts = Web(
        settings=settings,
        door=door,
        accounts=accounts,
        feed=feed,
        pairing=Pairing(settings.data / "web" / "displays.json"),
        streams=Streams(MAX_STREAMS, MAX_GUEST_STREAMS),
        invitations=Invitations(changed=feed.nudge),
        carrying=Carrying(changed=feed.nudge),
        exports=Exports(
            settings.data / "web" / "exports",
            program(venue_file),
            partial(export_name, settings),
            feed.nudge,
        ),
        tls=tls,
    )
    app.extensions[EXTENSION] = parts
    app.register_blueprint(signin)
    app.register_blueprint(desk)
    app.register_blueprint(notices)
    app.register_blueprint(display)
    app.register_blueprint(office)
    app.register_blueprint(inspect_in)
    app.register_blueprint(inspect)
    app.context_processor(helpers)
    app.context_processor(lambda: {"asset": asset})
    app.add_url_rule("/", view_func=_start, methods=["GET"])
    app.add_url_rule("/language/<code>/<page>", view_func=_language, methods=["GET"])
    app.after_request(harden)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(HTTPException, _wrong)
    app.register_error_handler(AccountsError, _no_accounts)
    parts.feed.start()
    return app


def _start() -> ResponseReturnValue:
    return redirect(url_for("display.page"), 303)


def _language(code: str, page: str) -> ResponseReturnValue:
    """Keep the reader's choice of language, and go back to where they were."""
    back = _PAGES.get(page, "desk.page")
    answer = redirect(url_for(back) + _same_days(), 303)
    if chosen := language.known(code):
        answer.set_cookie(
            language.COOKIE,
            chosen,
            max_age=_YEAR_S,
            httponly=True,
            samesite="Strict",
            secure=request.is_secure,
        )
    return answer


def _same_days() -> str:
    """The days that the page showed, where it showed some, as a query."""
    said = {
        name: day for name in ("day", "first", "last") if _DAY.fullmatch(day := request.args.get(name, ""))
    }
    return f"?{urlencode(said)}" if said else ""


def harden(response: Response) -> Response:
    """Every answer's headers."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint == "static" and request.args.get("v"):
        response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


@cache
def asset(name: str) -> str:
    """The address of a static file, which changes with its content."""
    digest = hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def _stale(error: CSRFError) -> ResponseReturnValue:
    return _error_page("stale", error.code or 400)


def _wrong(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    known = {404: "not_found", 405: "not_found", 413: "too_large", 403: "not_paired"}
    return _error_page(known.get(error.code or 500, "broken"), error.code or 500)


def _no_accounts(_: AccountsError) -> ResponseReturnValue:
    return _error_page("accounts", 500)


def _error_page(what: str, status: int) -> ResponseReturnValue:
    if live():
        return Response(status=status, headers={"X-Error": what})
    return render_template("error.html", what=what), status
