"""The notices as one HTML page that needs nothing else: to read, to print, and to make the PDF from."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kiosk.proofs.lhs_poster import Poster
from kiosk.reports.notice import Notice
from kiosk.reports.plan import floor_plan
from kiosk.reports.poster import poster_svg
from kiosk.texts import every_language

_HERE = Path(__file__).parent


def notices_page(
    notice: Notice, poster: Poster | None, *, style_link: str | None = None, icon_link: str | None = None
) -> str:
    """The page: the plan, a sheet for each zone, penalties and the venue's own LeaveHomeSafe code.

    Args:
        notice: what is said.
        poster: what the LeaveHomeSafe code says, from `venue_poster`; None leaves it out.
        style_link: the address of the style sheet; None puts it into the page.
        icon_link: the address of the page's icon, where it has one.
    """
    return (
        _environment()
        .get_template("notices.html")
        .render(
            notice=notice,
            plan=Markup(floor_plan(notice)),  # noqa: S704 - made by `floor_plan`, which escapes each text
            poster=poster,
            qr=Markup(poster_svg(poster)) if poster else None,  # noqa: S704 - drawn by segno
            style=None if style_link else Markup(style()),  # noqa: S704 - our own file
            style_link=style_link,
            icon_link=icon_link,
        )
    )


def style() -> str:
    """The style sheet of the notices."""
    return (_HERE / "static" / "notices.css").read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["every"] = every_language
    return made
