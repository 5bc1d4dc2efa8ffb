"""The export of some days, for an inspector: to their own device, or to a stick."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, g

from kiosk.web import inspecting
from kiosk.web.downloads import Desk, Who
from kiosk.web.inspect_frame import framed


def add_to(inspect: Blueprint) -> None:
    """Add the form and what follows it to the inspector's addresses."""
    render = partial(framed, "inspect/download.html", "download", refreshes=True)
    Desk("inspect", _who, render).add_to(inspect)


def _who() -> Who:
    session = g.inspection.view.session
    return Who(holder=f"session {session}", session=session, on_screen=inspecting.on_screen())
