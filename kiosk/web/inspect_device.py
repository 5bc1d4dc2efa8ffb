"""From the kiosk's own screen to the inspector's own device: a link that is good once, over TLS alone.

The page that shows the link is an inspector's; the one behind it is open, as whoever brings the link is not signed in yet.
"""

from __future__ import annotations

import math
import time

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kiosk.web import inspecting, qr
from kiosk.web.context import web
from kiosk.web.inspect_frame import framed


def add_to(inspect: Blueprint) -> None:
    """Add the page of the kiosk's own screen to the inspector's."""
    inspect.add_url_rule("/device", "device", _page, methods=["GET"])
    inspect.add_url_rule("/device", "device_open", _open, methods=["POST"])


def add_link_to(inspect_in: Blueprint) -> None:
    """Add what the link leads to, to where inspectors sign in."""
    inspect_in.add_url_rule("/inspect/carry/<token>", "carry", _link, methods=["GET"])
    inspect_in.add_url_rule("/inspect/carry/<token>", "carried", _take, methods=["POST"])


def _page() -> ResponseReturnValue:
    _here_only()
    tls = web().tls
    found = web().carrying.of(g.inspection.view.session)
    link = f"{tls.address}{url_for('inspect_in.carry', token=found.token)}" if found and tls else None
    minutes = math.ceil((found.ends - time.monotonic()) / 60) if found else 0
    return framed("inspect/device.html", "device", refreshes=True, link=link, minutes=minutes, qr=qr.drawn)


def _open() -> ResponseReturnValue:
    _here_only()
    web().carrying.open(g.inspection.view.session)
    return redirect(url_for("inspect.device"), 303)


def _here_only() -> None:
    """On the kiosk's own screen, and where there is TLS; elsewhere there is nothing to carry over, or no safe way."""
    if not inspecting.on_screen() or web().tls is None:
        abort(404)


def _link(token: str) -> ResponseReturnValue:
    """A button, because programs look at links before people do."""
    if not request.is_secure or not web().carrying.knows(token):
        return redirect(url_for("inspect_in.form"), 303)
    return render_template("inspect/carry.html", token=token)


def _take(token: str) -> ResponseReturnValue:
    session = web().carrying.take(token) if request.is_secure else None
    if session is None:
        return render_template("error.html", what="sign_in"), 401
    inspecting.go_on_here(session)
    return redirect(url_for("inspect.page"), 303)
