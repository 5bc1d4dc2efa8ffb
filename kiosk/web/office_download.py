"""The same export for a manager of the venue, under their name. A part of the office: its blueprint asks for a manager first."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, render_template

from kiosk.web.context import staff, web
from kiosk.web.downloads import Desk, Who


def add_to(office: Blueprint) -> None:
    """Add the form and what follows it to the office's addresses."""
    Desk("office", _who, partial(_render)).add_to(office)


def _who() -> Who:
    account = staff()
    name = account.name if account else ""
    return Who(holder=f"account {name}", by=name)


def _render(**values: object) -> str:
    return render_template("office/download.html", version=web().feed.view.version, **values)
