"""Sign-in of staff: a session that ends when nobody has touched the desk for a while, and each morning at five."""

from __future__ import annotations

import math
import secrets
import time
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Flask, Request, redirect, render_template, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue

from kiosk import HONG_KONG
from kiosk.accounts import Account
from kiosk.web.context import t, web

#: Seconds without a tap after which staff sign in again. A page that only watches does not count as a tap.
IDLE_S = 60 * 60
#: A working day ends at five: at midnight Zone D still has guests.
DAY_BEGINS = timedelta(hours=5)
#: A tap renews the session at most this often, in seconds.
_RENEW_S = 30
_SIGNED_OUT_KEPT = 1000

signin = Blueprint("signin", __name__, url_prefix="/desk")


class Sessions(SecureCookieSessionInterface):
    """Flask's signed cookies, for HTTPS only as soon as the page came over HTTPS."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - the base class's signature
        """Whether the browser may send the cookie over HTTPS only."""
        return request.is_secure


def current_account() -> Account | None:
    """Whoever is signed in, or None if nobody is, or no longer."""
    name, stamp, sid = session.get("name"), session.get("stamp"), session.get("sid")
    if not (isinstance(name, str) and isinstance(sid, str)) or sid in web().signed_out:
        return None
    now = time.time()
    if session.get("day") != _working_day(now) or now - session.get("seen", 0) > IDLE_S:
        return None
    account = web().accounts.account(name)
    return account if account and account.stamp == stamp else None


def touch(asked: Request) -> None:
    """Somebody tapped: the session lasts a while longer. Pages that refresh themselves do not call this."""
    now = int(time.time())
    if now - session.get("seen", 0) >= _RENEW_S or asked.method == "POST":
        session["seen"] = now


def _working_day(now: float) -> str:
    return (datetime.fromtimestamp(now, UTC).astimezone(HONG_KONG) - DAY_BEGINS).date().isoformat()


@signin.get("/sign-in")
def form() -> ResponseReturnValue:
    """The sign-in page."""
    if current_account():
        return redirect(url_for("desk.page"), 303)
    return _page()


@signin.post("/sign-in")
def enter() -> ResponseReturnValue:
    """Check name and password."""
    accounts = web().accounts
    name, password = request.form.get("name", "").strip()[:64], request.form.get("password", "")[:1000]
    waited = accounts.password_wait(name)
    account = accounts.check_password(name, password) if waited == 0 else None
    if account is None:
        wait = accounts.password_wait(name)
        if wait:
            return _page(t("web.sign_in.wait", minutes=math.ceil(wait / 60)), name), 429
        return _page(t("web.sign_in.wrong"), name), 401
    session.clear()
    now = time.time()
    session.update(
        name=account.name,
        stamp=account.stamp,
        sid=secrets.token_urlsafe(12),
        day=_working_day(now),
        seen=int(now),
    )
    return redirect(url_for("desk.page"), 303)


@signin.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End the session, also for a copy of its cookie."""
    signed_out = web().signed_out
    if sid := session.get("sid"):
        while len(signed_out) >= _SIGNED_OUT_KEPT:
            signed_out.pop()
        signed_out.add(sid)
    session.clear()
    return redirect(url_for("signin.form"), 303)


def _page(error: str = "", name: str = "") -> str:
    return render_template("sign_in.html", error=error, name=name, none_yet=web().accounts.empty())
