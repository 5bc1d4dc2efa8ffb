"""The days of a report: their sums, a row for each, and a section for each on which something happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from kiosk import HONG_KONG
from kiosk.reports import curve
from kiosk.reports.figures import DayFigures, Refused, Shown, ZoneDay
from kiosk.reports.summary import Peak, Summary, corrections, is_quiet, peaks_of, rules_at, staff_passes
from kiosk.reports.threats import Threats
from kiosk.reports.told import Teller, Told
from kiosk.texts import Language, catalogue, text

#: So many lines of each kind are told for a day; the rest stand in entries.csv.
MOST_LINES = 14
#: So many zones have a column in the overview.
_MOST_ZONES = 5
#: Of a curve over the whole width, and of one of two beside each other, in pixels; printed, letters are about 7 points high.
_WIDE, _HALF = (860, 250), (450, 250)
_FONTS: Mapping[Language, str] = {
    "en": "Noto Sans CJK HK",
    "zh-Hant": "Noto Sans CJK HK",
    "zh-Hans": "Noto Sans CJK SC",
}
Row = tuple[str, int]


def _shown(teller: Teller, sums: Mapping[Shown, int]) -> list[Row]:
    """By what people were let in; what nobody recorded comes last."""
    order = sorted(sums.items(), key=lambda one: (one[0] == "none", -one[1]))
    return [(text(f"figures.shown.{name}", teller.language), count) for name, count in order]


def _proof(teller: Teller, name: str) -> str:
    key = f"proof.{name}"
    known = key in catalogue("figures")
    return text(f"figures.{key}" if known else f"proofs.format_{name}", teller.language)


def _rejected(teller: Teller, sums: Mapping[tuple[str, str], int]) -> list[Row]:
    """Codes that were no evidence: what they were, and why not."""
    return [
        (
            _proof(teller, format_) + teller.say("colon") + text(f"proofs.error_{error}", teller.language),
            count,
        )
        for (format_, error), count in sums.items()
    ]


def _refused(teller: Teller, refusals: Iterable[Refused]) -> list[tuple[str, str, int]]:
    return [(teller.code(one.code), one.para, one.people) for one in refusals]


def sums_section(teller: Teller, summary: Summary) -> dict[str, Any]:
    """All days together."""
    say = teller.say
    door = [
        (say("door_passages"), summary.passages),
        (say("door_uncounted"), summary.uncounted),
        (say("door_exits"), summary.exits),
        (say("door_returned"), summary.returned),
        (say("door_staff"), summary.staff_passes),
    ]
    alarms = [
        (text(f"gate.alarm_name.{kind}", teller.language), count) for kind, count in summary.alarms.items()
    ]
    left = [
        {"title": say("admitted_by"), "rows": _shown(teller, summary.shown)},
        {
            "title": say("admitted_proofs"),
            "rows": [(_proof(teller, name), count) for name, count in summary.proofs.items()],
        },
        {"title": say("rejected"), "rows": _rejected(teller, summary.rejected)},
    ]
    right = [
        {
            "title": say("refused_by"),
            "rows": _refused(teller, summary.refusals),
            "note": say("refused_several"),
        },
        {"title": say("alarms"), "rows": alarms},
        {"title": say("door"), "rows": door if any(count for _, count in door) else []},
    ]
    return {
        "title": say("sums"),
        "big": [
            (summary.people, say("sum_admitted"), say("sum_parties", parties=summary.parties)),
            (summary.refused_people, say("sum_refused"), say("sum_parties", parties=summary.refused_parties)),
            (summary.overrides, say("sum_overrides"), ""),
            (sum(summary.alarms.values()), say("sum_alarms"), ""),
        ],
        "left": [one for one in left if one["rows"]],
        "right": [one for one in right if one["rows"]],
        "peaks": {
            "title": say("peaks"),
            "head": [say(f"peak_{name}") for name in ("zone", "taken", "limit", "when")],
            "rows": [
                (
                    teller.zone(one.zone),
                    str(one.taken),
                    say("nobody") if one.limit is None else str(one.limit),
                    teller.minute(one.at),
                )
                for one in summary.peaks
            ],
            "note": say("peak_text"),
        },
    }


def overview_section(teller: Teller, days: Sequence[DayFigures]) -> dict[str, Any]:
    """A row a day; quiet days that follow one another share one."""
    say = teller.say
    zones = list(dict.fromkeys(one.zone for day in days for one in peaks_of(day)))[:_MOST_ZONES]
    rows: list[dict[str, Any]] = []
    for _, same in groupby(days, key=lambda day: day.day if not is_quiet(day) else day.end > day.start):
        told = tuple(same)
        first, last = told[0], told[-1]
        if is_quiet(first):
            entries = last.end - first.start
            quiet = say("quiet", n=entries) if entries else say("empty")
            rows.append({"day": teller.days(first.day, last.day, "day_short"), "quiet": quiet})
            continue
        peaks = {one.zone: one for one in peaks_of(first)}
        cells = [first.people, first.refused_people, len(first.overrides)]
        cells.append(sum(line.entry.type == "alarm" for line in first.alarms))
        rows.append(
            {
                "day": teller.day(first.day, "day_row"),
                "cells": [
                    *(str(cell) for cell in cells),
                    *(_peak(teller, peaks.get(zone)) for zone in zones),
                    str(sum(one.doubt is None for one in first.contraventions)),
                    str(sum(one.doubt is not None for one in first.contraventions)),
                ],
            }
        )
    return {
        "title": say("days"),
        "head": [
            *(say(key) for key in ("column_day", "admitted", "refused", "overrides", "alarms")),
            *(f"{teller.zone(zone)} *" for zone in zones),
            *(say(key) for key in ("column_against", "column_questions")),
        ],
        "rows": rows,
        "note": f"* {say('column_peak')}" if zones else "",
    }


def _peak(teller: Teller, peak: Peak | None) -> str:
    if peak is None:
        return ""
    return f"{peak.taken}/{teller.say('nobody') if peak.limit is None else peak.limit}"


def day_section(teller: Teller, day: DayFigures, threats: Threats) -> dict[str, Any]:
    """A day that has a section of its own."""
    say = teller.say
    found = [threats.line(one, day.kind) for one in day.contraventions]
    shown = [*day.zones, *([day.whole] if day.whole and day.whole.over else [])]
    door = [
        f"{day.passages} {say('door_passages')}",
        *([f"{day.uncounted} {say('door_uncounted')}"] if day.uncounted else []),
        f"{day.exits} {say('door_exits')}",
        f"{day.returned} {say('door_returned')}",
        f"{staff_passes(day)} {say('door_staff')}",
    ]
    findings = [
        (say("against"), [one for one in found if not one["doubt"]]),
        (say("questions"), [one for one in found if one["doubt"]]),
    ]
    return {
        "title": teller.day(day.day, "day_weekday"),
        "entries": say("entries", n=day.end - day.start, first=day.start, last=day.end - 1),
        "findings": [
            {"title": title, "rows": rows[:MOST_LINES], "more": _more(teller, rows)}
            for title, rows in findings
            if rows
        ],
        "zones": [_zone(teller, zone, day.day, wide=len(shown) == 1) for zone in shown],
        "admitted": {
            "title": f"{say('admitted')} {day.people}",
            "note": say("admitted_people", parties=day.parties),
            "rows": _shown(teller, day.shown),
        },
        "refused": {
            "title": f"{say('refused')} {day.refused_people}",
            "note": say("refused_people", parties=day.refused_parties),
            "rows": [*_refused(teller, day.refusals), *_rejected(teller, day.rejected)],
        },
        "door": say("door") + say("colon") + teller.join(door, "semicolon")
        if day.passages or day.exits
        else "",
        "lists": _lists(teller, day),
    }


def _lists(teller: Teller, day: DayFigures) -> list[dict[str, Any]]:
    """What is told line by line, the first few of each kind."""
    told: list[tuple[str, tuple[Told, ...]]] = [
        ("overrides", teller.lines(day.overrides)),
        ("alarms", teller.alarms(day.alarms)),
        ("corrections", teller.lines(corrections(day))),
        ("staff", teller.lines(day.staff)),
        ("others", teller.lines(day.others)),
    ]
    return [
        {
            "title": teller.say(key),
            "rows": [(line.at, line.said, str(line.index)) for line in lines[:MOST_LINES]],
            "more": _more(teller, lines),
        }
        for key, lines in told
        if lines
    ]


def _more(teller: Teller, lines: Sequence[object]) -> str:
    left_out = len(lines) - MOST_LINES
    return teller.say("more", n=left_out) if left_out > 0 else ""


def _zone(teller: Teller, zone: ZoneDay, day: date, *, wide: bool) -> dict[str, str]:
    width, height = _WIDE if wide else _HALF
    name = teller.zone(zone.zone)
    drawn = curve.svg(zone, day, teller.language, width=width, height=height, name=name)
    # A drawing in a PDF does not know the page's font.
    drawn = drawn.replace('font-family="inherit"', f'font-family="{_FONTS[teller.language]}"', 1)
    said = curve.summary(zone, day, teller.language)
    return {"name": name, "rules": _zone_rules(teller, zone), "svg": drawn, "said": said}


def _zone_rules(teller: Teller, zone: ZoneDay) -> str:
    """What bound the zone when most people were there, or at the day's end."""
    held = rules_at(zone, zone.peak.at) if zone.peak else zone.rules[-1] if zone.rules else None
    rules = held.rules if held else None
    if rules is None:
        return ""
    limit = "zone_limit_none" if rules.limit is None else "zone_limit"
    said = [
        *([teller.say("zone_mode", mode=rules.mode)] if rules.mode else []),
        teller.say(limit, limit=rules.limit),
        *([teller.say("zone_table", n=rules.table)] if rules.table is not None else []),
        *([teller.say("zone_closes", time=_clock(rules.closes_at))] if rules.closes_at is not None else []),
        *(teller.say("zone_closed", time=_clock(one.at), n=one.inside) for one in zone.closed),
    ]
    return teller.join(said)


def _clock(at: datetime) -> str:
    return f"{at.astimezone(HONG_KONG):%H:%M}"
