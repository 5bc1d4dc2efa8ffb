"""What every page of an inspector has around it: whose session it is, until when, and the way to the other pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from flask import current_app, g, render_template, request, url_for

from kiosk import law
from kiosk.gate.inspections import LIFE_S
from kiosk.settings import WHOLE, Names
from kiosk.texts import every_language
from kiosk.web import inspecting
from kiosk.web.context import say, web
from kiosk.web.inspecting import Inspection

_INSTRUMENTS = "inspect-instruments"


def framed(template: str, part: str, *, refreshes: bool = False, **values: Any) -> str:
    """A page of an inspector.

    Args:
        template: of the page.
        part: which of the pages it is.
        refreshes: whether its main part is drawn anew whenever something has changed; its head always is.
        **values: for the template.
    """
    inspection: Inspection = g.inspection
    return render_template(
        template,
        part=part,
        refresh_from=request.full_path.rstrip("?") if refreshes else url_for("inspect.top", part=part),
        inspection=inspection.view,
        until=inspection.view.since + timedelta(seconds=LIFE_S),
        snapshot=inspection.snapshot,
        version=inspection.version,
        on_screen=inspecting.on_screen(),
        tls=web().tls,
        zone_name=zone_name,
        **values,
    )


def instruments() -> law.Instruments:
    """Read once: the pages start anew with a new instrument, as the door does."""
    if _INSTRUMENTS not in current_app.extensions:
        settings = web().settings
        current_app.extensions[_INSTRUMENTS] = law.load_instruments(
            settings.instruments, include_unofficial=settings.include_unofficial
        )
    return cast("law.Instruments", current_app.extensions[_INSTRUMENTS])


def zone_name(zone: str | None) -> str:
    """What a zone is called now, in the reader's language; one that the venue has no more is told by its id."""
    names: dict[str, Names] = web().settings.zone_names
    if zone is None or (zone == WHOLE and zone not in names):
        return say(every_language("report.premises"))
    return say(names.get(zone)) or zone
