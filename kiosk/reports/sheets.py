"""The notices as they are printed: plain data, one sheet after the other; ``templates/notices.typ`` lays them out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kiosk.proofs.lhs_poster import Poster
from kiosk.reports.notice import Area, Notice, Said, Sentence
from kiosk.reports.plan import floor_plan
from kiosk.reports.poster import poster_svg
from kiosk.texts import LANGUAGES, every_language

_FONT = 'font-family="Noto Sans CJK HK"'


def notice_sheets(notice: Notice, poster: Poster | None) -> dict[str, Any]:
    """What `notices_page` says, for paper.

    Args:
        notice: what is said.
        poster: what the LeaveHomeSafe code says; None leaves it out.
    """
    licence = notice.licence
    warnings = [
        every_language(key)
        for key, so in (
            ("notices.not_gazetted", not notice.gazetted),
            ("notices.no_instrument", notice.instrument is None),
        )
        if so
    ]
    return {
        "title": " · ".join([*every_language("notices.title").values(), _named(notice.venue)["en"]]),
        "kiosk": _named(notice.venue)["en"],
        "made": {
            name: getattr(notice.at, name) for name in ("year", "month", "day", "hour", "minute", "second")
        },
        "venue": _named(notice.venue),
        "demo": notice.demo,
        "foot": _foot(notice),
        "plan": {
            "title": every_language("notices.plan"),
            "warnings": warnings,
            # A drawing on paper does not know the sheet's font.
            "svg": floor_plan(notice).replace('font-family="inherit"', _FONT, 1),
            "columns": [every_language(f"notices.column_{word}") for word in ("zone", "limit", "hours")],
            "licence": every_language("notices.licence", opens=licence[0] or "…", closes=licence[1] or "…")
            if any(licence)
            else None,
            "note": every_language("notices.schematic"),
        },
        "areas": [_area(area) for area in notice.areas],
        "words": {word: every_language(f"notices.{word}") for word in ("asked", "banquets", "penalties")},
        "code": {
            "title": every_language("notices.lhs"),
            "svg": poster_svg(poster, alone=True),
            "own": every_language("notices.lhs_own"),
            "said": every_language("notices.lhs_code", id=poster.id, type=poster.type),
        }
        if poster
        else None,
        "penalties": _sentences(notice.penalties),
    }


def _area(area: Area) -> dict[str, Any]:
    return {
        "name": _named(area.name),
        "mode": area.mode or "",
        "limit": "–" if area.limit is None else str(area.limit),  # noqa: RUF001 - nothing
        "shut": area.shut,
        "para": area.para,
        "place": {"said": area.place, "para": area.para} if area.place else None,
        "numbers": [
            {
                "value": str(one.value),
                "said": every_language(f"notices.number_{one.topic}"),
                "para": one.para,
            }
            for one in area.numbers
        ],
        "hours": _sentences(area.hours),
        "asked": _sentences(area.asked),
        "banquets": _sentences(area.banquets),
    }


def _sentences(told: Iterable[Sentence]) -> list[dict[str, Any]]:
    return [{"said": one.said, "para": one.para, "inset": one.inset} for one in told]


def _named(names: Said) -> Said:
    """A name in each language, whichever of them the settings have."""
    return {language: names.get(language) or next(iter(names.values())) for language in LANGUAGES}


def _foot(notice: Notice) -> Said:
    printed = every_language("notices.printed", at=notice.at)
    if notice.title is None:
        return printed
    return {language: f"{notice.title[language]} · {printed[language]}" for language in LANGUAGES}
