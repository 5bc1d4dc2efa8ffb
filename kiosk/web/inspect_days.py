"""What the log shows of a day, or of several: first of all what of it is against the law.

Days are Hong Kong's, as the law counts them. One day is shown whole; several with their sums and a line each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from flask import Blueprint, current_app, g, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from kiosk import HONG_KONG
from kiosk.errors import KioskError
from kiosk.gate.snapshot import Texts
from kiosk.reports import curve
from kiosk.reports.figures import Contravention, DayFigures, ZoneDay
from kiosk.reports.penalties import penalties
from kiosk.reports.summary import Peak, peaks_of, rules_at, summarise
from kiosk.reports.told import Teller, Told
from kiosk.web.context import reader, web
from kiosk.web.days import MOST_DAYS, Around, Days
from kiosk.web.inspect_checkpoint import LOG
from kiosk.web.inspect_frame import framed, instruments, zone_name

_DAYS = "inspect-days"
#: Days in the range that is offered first.
_WEEK = timedelta(days=7)
#: Of a curve, in pixels: for a screen, and for a phone.
_WIDE, _NARROW = (580, 280), (330, 260)


@dataclass(frozen=True)
class Drawn:
    """A zone's curve, ready for the page."""

    name: str
    zone: ZoneDay
    #: When it was fullest.
    limit: int | None
    wide: Markup
    narrow: Markup


@dataclass(frozen=True)
class Row:
    """One day among several; ``figures`` is None while they are worked out."""

    day: date
    figures: DayFigures | None

    @property
    def found(self) -> int:
        """How many contraventions there are, questions left out."""
        return sum(one.doubt is None for one in self.figures.contraventions) if self.figures else 0

    @property
    def peaks(self) -> tuple[Peak, ...]:
        """The most of the day in each zone."""
        return peaks_of(self.figures) if self.figures else ()


def add_to(inspect: Blueprint) -> None:
    """Add these addresses to the inspector's."""
    inspect.add_url_rule("/day", "day", _day, methods=["GET"])
    inspect.add_url_rule("/days", "days", _several, methods=["GET"])


def _day() -> ResponseReturnValue:
    """One day: the newest of the log, unless one is named."""
    now = g.inspection.snapshot.at
    today = now.astimezone(HONG_KONG).date()
    try:
        wanted = _asked("day", today)
        around = _days().around(wanted)
        if around is None:
            return framed("inspect/day.html", "days", problem="empty", **_chosen(None, today)), 404
        if "day" not in request.args and wanted > around.last:
            wanted = around.last
            around = _days().around(wanted) or around
        figures = _days().day(wanted, now) if around.first <= wanted <= max(today, around.last) else None
    except ValueError:
        return framed("inspect/day.html", "days", problem="bad_day", **_chosen(None, today)), 422
    except KioskError as error:
        current_app.logger.warning("the log cannot be read: %s", error.code)
        return framed("inspect/day.html", "days", problem="unread", **_chosen(None, today)), 503
    values = _chosen(around, wanted)
    if figures is None:
        return framed("inspect/day.html", "days", problem="outside", **values)
    found, questions = _against(figures.contraventions)
    teller = _teller()
    return framed(
        "inspect/day.html",
        "days",
        problem=None,
        figures=figures,
        running=wanted >= today,
        found=found,
        questions=questions,
        penalties=_penalties([figures]),
        curves=_curves(figures),
        teller=teller,
        lines=_lines(figures, teller),
        **values,
    )


def _several() -> ResponseReturnValue:
    """Several days: the last week, unless they are named."""
    now = g.inspection.snapshot.at
    today = now.astimezone(HONG_KONG).date()
    first = last = today
    problem, status, ready = None, 200, dict[date, DayFigures]()
    around: Around | None = None
    try:
        around = _days().around(today)
        first, last = _range(around, today)
        if around is None:
            problem, status = "empty", 404
        elif not first <= last:
            problem, status = "bad_range", 422
        elif last - first >= timedelta(days=MOST_DAYS):
            problem, status = "too_long", 422
        else:
            ready = _days().ready(_dates(first, last), now)
    except ValueError:
        problem, status = "bad_day", 422
    except KioskError as error:
        current_app.logger.warning("the log cannot be read: %s", error.code)
        problem, status = "unread", 503
    rows = [Row(day, ready.get(day)) for day in _dates(first, last)] if problem is None else []
    done = [row.figures for row in rows if row.figures]
    page = framed(
        "inspect/days.html",
        "days",
        refreshes=problem is None,
        problem=problem,
        first=first,
        last=last,
        around=around,
        most=MOST_DAYS,
        rows=rows,
        sums=summarise(done) if done else None,
        penalties=_penalties(done),
        missing=len(rows) - len(done),
        teller=_teller(),
        here="range",
        query=f"?first={first}&last={last}",
        today=today,
    )
    return page, status


def _range(around: Around | None, today: date) -> tuple[date, date]:
    """The days that are asked for; otherwise the last week of the log.

    Raises:
        ValueError: they are no days.
    """
    newest = max(today, around.last) if around and around.last > today else today
    newest = around.last if around and around.last < newest else newest
    last = _asked("last", newest)
    oldest = around.first if around else last
    return _asked("first", max(min(oldest, last), last - _WEEK + timedelta(days=1))), last


def _asked(name: str, otherwise: date) -> date:
    """The day in the address.

    Raises:
        ValueError: it is none.
    """
    said = request.args.get(name, "")
    return date.fromisoformat(said) if said else otherwise


def _dates(first: date, last: date) -> Sequence[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _chosen(around: Around | None, day: date) -> dict[str, Any]:
    return {"around": around, "day": day, "query": f"?day={day}"}


def _against(
    contraventions: Sequence[Contravention],
) -> tuple[tuple[Contravention, ...], tuple[Contravention, ...]]:
    """What the log shows as it stands, and what is a question to the venue."""
    return (
        tuple(one for one in contraventions if one.doubt is None),
        tuple(one for one in contraventions if one.doubt is not None),
    )


def _curves(figures: DayFigures) -> list[Drawn]:
    whole = [figures.whole] if figures.whole else []
    return [
        Drawn(
            name=zone_name(zone.zone),
            zone=zone,
            limit=_limit(zone),
            wide=_drawing(zone, figures.day, _WIDE),
            narrow=_drawing(zone, figures.day, _NARROW),
        )
        for zone in (*figures.zones, *whole)
    ]


def _limit(zone: ZoneDay) -> int | None:
    """How many were allowed when it was fullest."""
    held = rules_at(zone, zone.peak.at) if zone.peak else None
    return held.rules.limit if held and held.rules else None


def _penalties(figures: Sequence[DayFigures]) -> list[tuple[str, Texts]]:
    """Paragraph and sentence, each sentence once, whomever it threatens."""
    found: dict[tuple[str, str], Texts] = {}
    for one in penalties(instruments(), figures):
        found.setdefault((one.para, one.text["en"]), dict(one.text))
    return [(para, said) for (para, _), said in found.items()]


def _drawing(zone: ZoneDay, day: date, size: tuple[int, int]) -> Markup:
    # Drawn by us from numbers; the name in it is escaped there.
    return Markup(curve.svg(zone, day, reader(), width=size[0], height=size[1], name=zone_name(zone.zone)))  # noqa: S704


def _lines(figures: DayFigures, teller: Teller) -> Mapping[str, tuple[Told, ...]]:
    """What is told as it is, by kind, in the order in which an inspector asks for it."""
    return {
        "alarms": teller.alarms(figures.alarms),
        "overrides": teller.lines(figures.overrides),
        "corrections": teller.lines(figures.corrections),
        "staff": teller.lines(figures.staff),
        "others": teller.lines(figures.others),
    }


def _teller() -> Teller:
    return Teller(reader(), web().settings.zone_names)


def _days() -> Days:
    """One for the whole app."""
    if _DAYS not in current_app.extensions:
        parts, found = web(), instruments()
        current_app.extensions[_DAYS] = Days(parts.settings.data / LOG, lambda: found, parts.feed.nudge)
    return cast("Days", current_app.extensions[_DAYS])
