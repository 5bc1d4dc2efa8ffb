"""The pages of the set-up: a link that is good once, one step a page, and an end.

It knows no door and no log. What was typed is held in memory until the last page writes it.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from kiosk.errors import KioskError
from kiosk.law import Instruments
from kiosk.settings import Settings
from kiosk.texts import LANGUAGES, every_language
from kiosk.web import language
from kiosk.web.app import asset, harden
from kiosk.web.context import reader, t
from kiosk.web.setup import writing
from kiosk.web.setup.draft import FACTS, MOST_ROOMS, MOST_ROWS, MOST_ZONES, Draft, Places
from kiosk.web.setup.run import EXTENSION, Setup, left_to_premises, setup
from kiosk.web.setup.steps import STEPS, Checked, check, facts_asked, modes_of
from kiosk.web.setup.view import for_step

#: Fields that are never sent back to the page; left empty, they stay as they were.
SECRET = frozenset({"manager_password", "manager_again", "manager_pin", "central_token"})
_LONGEST = 500
_MAX_BODY = 128 * 1024

pages = Blueprint("setup", __name__)


def create_setup(
    places: Places,
    instruments: Instruments,
    clock: Callable[[], datetime],
    finished: Callable[[], None],
) -> Flask:
    """The app; its part `Setup` holds the token. ``finished`` is called once the file is written.

    ``instruments`` are all that came along; those known from press reports only count once they are asked for.
    """
    app = Flask("kiosk.web", static_url_path="/static")
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_NAME="kiosk-setup",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=_MAX_BODY,
        MAX_FORM_MEMORY_SIZE=_MAX_BODY,
        MAX_FORM_PARTS=1000,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    CSRFProtect(app)
    made = Setup(places, instruments, clock, finished)
    made.draft.typed.update(
        {
            "kiosk": "door-1",
            "areas": "whole",
            "zone.0.id": "Z1",
            "zone.1.id": "Z2",
            "door": "none",
            "way": "staffed",
            "setting": "indoor",
            "leavehomesafe_type": Settings.model_fields["leavehomesafe_type"].default,
        }
    )
    app.extensions[EXTENSION] = made
    app.register_blueprint(pages)
    app.context_processor(_helpers)
    app.after_request(harden)
    app.register_error_handler(CSRFError, lambda error: _error("stale", error.code or 400))
    app.register_error_handler(HTTPException, _wrong)
    return app


def _helpers() -> dict[str, object]:
    named = {code: setup().draft.get(f"name.{code}") for code in LANGUAGES}
    return {
        "t": t,
        "reader": reader(),
        "tags": language.TAGS,
        "own_names": language.OWN_NAMES,
        "venue": {code: name or every_language("setup.title")[code] for code, name in named.items()},
        "asset": asset,
    }


@pages.before_request
def _guests_only() -> ResponseReturnValue | None:
    if request.endpoint == "setup.start":
        return None
    guest = session.get("guest")
    if not guest or not setup().guest or not hmac.compare_digest(str(guest), setup().guest):
        return _error("link", 403)
    return None


@pages.get("/start/<token>")
def start(token: str) -> ResponseReturnValue:
    """The link on the terminal: it lets one browser in, once."""
    made = setup()
    with made.lock:
        if session.get("guest") and session.get("guest") == made.guest:
            return redirect(url_for("setup.step", name=STEPS[0]), 303)
        if made.guest or not hmac.compare_digest(token.encode(), made.token.encode()):
            return _error("link", 403)
        made.guest = secrets.token_urlsafe(16)
    session["guest"] = made.guest
    return redirect(url_for("setup.step", name=STEPS[0]), 303)


@pages.get("/")
def root() -> ResponseReturnValue:
    """To the first step."""
    return redirect(url_for("setup.step", name=STEPS[0]), 303)


@pages.get("/language/<code>/<page>")
def choose_language(code: str, page: str) -> ResponseReturnValue:
    """Keep the reader's choice, and go back to the step."""
    answer = redirect(url_for("setup.step", name=page if page in STEPS else STEPS[0]), 303)
    if chosen := language.known(code):
        answer.set_cookie(language.COOKIE, chosen, httponly=True, samesite="Strict", secure=request.is_secure)
    return answer


@pages.get("/setup/<name>")
def step(name: str) -> ResponseReturnValue:
    """One step, with what was typed before; its faults are shown once it was left by "continue"."""
    if name not in STEPS:
        abort(404)
    return _page(name, told=name in setup().draft.done or name == "check")


@pages.post("/setup/<name>")
def save(name: str) -> ResponseReturnValue:
    """Keep what was typed, then do what the button says."""
    if name not in STEPS:
        abort(404)
    made = setup()
    with made.lock:
        _keep(made.draft)
        _fit(made)
    go = request.form.get("go", "next")
    if go.startswith(("add_", "remove_")):
        _more_or_less(made.draft, go)
        return redirect(url_for("setup.step", name=name), 303)
    if go == "write":
        return _write(made)
    path = [one for one in STEPS if _asked(made, one)]
    if go.startswith("step."):
        wanted = go.removeprefix("step.")
        return redirect(url_for("setup.step", name=wanted if wanted in path else name), 303)
    here = path.index(name) if name in path else 0
    if go == "back":
        return redirect(url_for("setup.step", name=path[max(0, here - 1)]), 303)
    made.draft.done.add(name)
    if _checked(made).of(name):
        return _page(name, told=True), 422
    return redirect(url_for("setup.step", name=path[min(len(path) - 1, here + 1)]), 303)


def _keep(draft: Draft) -> None:
    for key, values in request.form.lists():
        # A box comes after a hidden field of its name, which says that it was there and not ticked.
        value = values[-1]
        if key in {"csrf_token", "go", "replace"} or len(key) > _LONGEST or (key in SECRET and not value):
            continue
        draft.typed[key] = value[:_LONGEST]


def _fit(made: Setup) -> None:
    """What a kind does not know is not asked of it, whatever was typed for the kind before."""
    draft = made.draft
    if not modes_of(made.instruments, draft.get("kind")):
        draft.typed["areas"] = "whole"
        draft.typed.pop("whole.mode", None)
    if not left_to_premises(made):
        for key in [key for key in draft.typed if key.startswith("limits.")]:
            del draft.typed[key]
    asked = facts_asked(made.instruments, draft.get("kind"))
    for fact in FACTS:
        if fact not in asked:
            draft.typed.pop(fact, None)


def _asked(made: Setup, name: str) -> bool:
    return name != "zones" or bool(modes_of(made.instruments, made.draft.get("kind")))


def _more_or_less(draft: Draft, go: str) -> None:
    what, _, area = go.partition(".")
    if what == "add_zone":
        draft.typed["zones"] = str(min(draft.zones + 1, MOST_ZONES))
        draft.typed.setdefault(f"zone.{draft.zones - 1}.id", f"Z{draft.zones}")
    elif what == "remove_zone":
        draft.typed["zones"] = str(max(draft.zones - 1, 1))
    elif what == "add_row":
        draft.typed[f"{area}.rows"] = str(min(draft.rows(area) + 1, MOST_ROWS))
    elif what == "add_room":
        draft.typed[f"{area}.rooms"] = str(min(draft.rooms(area) + 1, MOST_ROOMS))
    elif what == "remove_room":
        draft.typed[f"{area}.rooms"] = str(max(draft.rooms(area) - 1, 0))


def _checked(made: Setup) -> Checked:
    return check(made.draft, made.places, made.instruments)


def _write(made: Setup) -> ResponseReturnValue:
    checked = _checked(made)
    if checked.wrong or checked.settings is None:
        return _page("check", told=True), 422
    try:
        writing.write(checked.settings, made.draft, made.places, replace=request.form.get("replace") == "yes")
    except writing.ExistsError:
        return _page("check", told=True, problem=t("setup.check.exists_ask")), 409
    except KioskError as error:
        return _page("check", told=True, problem=t("setup.check.not_written", said=str(error))), 500
    for key in SECRET:
        made.draft.typed.pop(key, None)
    made.written = True
    page = render_template("setup/done.html", file=made.places.file, installed=made.places.socket is not None)
    made.finished()
    return page


def _page(name: str, *, told: bool, problem: object = "") -> str:
    made = setup()
    checked = _checked(made)
    path = [one for one in STEPS if _asked(made, one)]
    wrong = {one.field: one.text(reader()) for one in checked.of(name)} if told else {}
    values: dict[str, Any] = {
        "step": name,
        "path": path,
        "number": path.index(name) + 1 if name in path else 1,
        "draft": made.draft,
        "wrong": wrong,
        "secret": SECRET,
        "problem": problem,
    }
    return render_template(f"setup/{name}.html", **values, **for_step(name, made, checked))


def _wrong(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    known = {404: "not_found", 405: "not_found", 413: "too_large"}
    return _error(known.get(error.code or 500, "broken"), error.code or 500)


def _error(what: str, status: int) -> Response:
    return Response(render_template("setup/error.html", what=what), status)
