"""The report that an inspector prints.

The first page answers what an inspector asks in half a minute; then come the days, and at the end how to check all of it. Nobody
who visited is named: entries name nobody. What staff typed as a reason stands there as they typed it.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import segno

from kiosk import HONG_KONG
from kiosk.law import Instruments
from kiosk.ledger.checkpoint import Checkpoint
from kiosk.ledger.notes import NoteKey, parse_note
from kiosk.reports import curve
from kiosk.reports.contraventions import PenaltyTold, penalties
from kiosk.reports.figures import Contravention, DayFigures, Refused, Shown, ZoneDay
from kiosk.reports.pdf import write_pdf
from kiosk.reports.summary import (
    TIMES,
    Group,
    Peak,
    Summary,
    corrections,
    is_quiet,
    peaks_of,
    rules_at,
    staff_passes,
    summarise,
)
from kiosk.reports.told import Teller, Told, ZoneNames
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


@dataclass(frozen=True, slots=True)
class TakenBy:
    """Who takes the report away: an inspector (``department``), somebody of the venue, or whoever has the box itself in hand."""

    department: str | None = None
    #: Of the badge, where there was one.
    number: str | None = None
    #: The sign-in name of the manager who let the inspector in, or of whoever of the venue takes it.
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Cosigned:
    """Up to where, and when, central vouches for the log."""

    size: int
    at: datetime


@dataclass(frozen=True)
class ReportFacts:
    """What a report says beside its days."""

    venue: Mapping[Language, str]
    kiosk: str
    #: Whether the people are invented.
    demo: bool
    first: date
    last: date
    #: Indices of the entries of these days, ``end`` excluded.
    start: int
    end: int
    made_at: datetime
    taken_by: TakenBy
    #: The newest signed checkpoint (a note) when the report was made, and the key that signed it.
    checkpoint: bytes
    key: NoteKey
    cosigned: Cosigned | None
    #: Those at hand; the report lists the ones that the days name.
    instruments: Instruments
    #: The names of the zones as they are now.
    zones: ZoneNames


def write_report(about: ReportFacts, days: Iterable[DayFigures], language: Language, file: Path) -> None:
    """Write the report as PDF to ``file``, whole or not at all. It is laid out in a process of its own, bounded in time.

    Raises:
        PdfError: it could not be made; an export can do without.
    """
    write_pdf("report", make_report(about, tuple(days), language), file)


def make_report(about: ReportFacts, days: Sequence[DayFigures], language: Language) -> dict[str, Any]:
    """What the report says, as plain data in the order of its pages; ``templates/report.typ`` lays it out.

    ``days`` are those of ``about``, in order.
    """
    teller = Teller(language, about.zones)
    say = teller.say
    made = about.made_at.astimezone(HONG_KONG)
    summary = summarise(days)
    threats = _Threats(teller, penalties(about.instruments, days))
    return {
        "language": language,
        "kiosk": about.kiosk,
        "made": {name: getattr(made, name) for name in ("year", "month", "day", "hour", "minute", "second")},
        "title": say("title"),
        "venue": about.venue[language],
        "others": [
            {"language": other, "said": said} for other, said in about.venue.items() if other != language
        ],
        "demo": say("demo") if about.demo else None,
        "head": f"{about.venue[language]} · {teller.days(about.first, about.last)}",
        "foot": f"{about.kiosk} · {teller.moment(about.made_at)}",
        "page": say("page"),
        "facts": _facts(teller, about, days),
        "against": {
            "title": say("against"),
            "groups": threats.grouped(summary.against),
            "none": say("against_none"),
            "note": say("against_limits"),
            "penalty": say("penalty"),
        },
        "questions": {
            "title": say("questions"),
            "note": say("questions_text"),
            "groups": threats.grouped(summary.questions),
            "penalty": say("penalty"),
        },
        "sums": _sums(teller, summary),
        "overview": _overview(teller, days),
        "days": [_day(teller, day, threats) for day in days if not is_quiet(day)],
        "directions": _directions(teller, about, days),
        "check": _check(teller, about),
    }


def _facts(teller: Teller, about: ReportFacts, days: Sequence[DayFigures]) -> list[tuple[str, str]]:
    kinds = dict.fromkeys(
        instrument.kinds[day.kind].name.text(teller.language)
        for day in days
        for instrument in about.instruments
        if day.kind in instrument.kinds and instrument.id in day.instruments
    )
    entries = (
        teller.say("entries", n=about.end - about.start, first=about.start, last=about.end - 1)
        if about.end > about.start
        else teller.say("entries_none")
    )
    directions = dict.fromkeys(name for day in days for name in day.instruments)
    titles = {one.id: one.title.text(teller.language) for one in about.instruments}
    said = [
        ("fact_days", teller.days(about.first, about.last)),
        ("fact_kind", teller.join(kinds)),
        ("fact_directions", teller.join((titles.get(name, name) for name in directions), "semicolon")),
        ("fact_kiosk", about.kiosk),
        ("fact_entries", entries),
        ("fact_for", _taken_by(teller, about.taken_by)),
        ("fact_made", teller.moment(about.made_at)),
    ]
    return [
        (teller.say(key), value or teller.say("directions_none"))
        for key, value in said
        if value or key == "fact_directions"
    ]


def _taken_by(teller: Teller, who: TakenBy) -> str:
    if who.department is not None:
        if who.number is not None:
            return teller.say("for_badge", department=who.department, number=who.number)
        return teller.say("for_manager", department=who.department, by=who.by or "-")
    return teller.say("for_staff", by=who.by) if who.by else teller.say("for_command")


class _Threats:
    """What each contravention costs, by the instrument that it is against."""

    def __init__(self, teller: Teller, told: Iterable[PenaltyTold]) -> None:
        self._teller = teller
        self._told = tuple(told)

    def grouped(self, groups: Iterable[Group]) -> list[dict[str, Any]]:
        """What costs the same together: the penalties in sentences, and all that they threaten."""
        found: dict[tuple[str, ...], list[dict[str, str]]] = {}
        for group in groups:
            sentences = self._sentences(group.worst, group.kind)
            found.setdefault(tuple(sentences), []).append(self._group(group))
        return [{"penalties": sentences, "items": told} for sentences, told in found.items()]

    def line(self, found: Contravention, kind: str | None) -> dict[str, str]:
        """One contravention of one day."""
        teller = self._teller
        goes_on = [
            text(f"figures.{key}", teller.language)
            for key, so in (("carried", found.carried), ("goes_on", found.goes_on))
            if so
        ]
        entries = teller.join(str(index) for index in found.entries)
        more = found.count > len(found.entries)
        return {
            "what": teller.against(found),
            "para": found.para or "",
            "where": self._where(found),
            "how_much": "" if found.what == "over_limit" else teller.count("people", found.people),
            "when": teller.join([_span(found.first, found.last, seconds=True), *goes_on]),
            "penalty": self._items(found, kind),
            "doubt": _doubt(teller, found),
            "entries": entries + (" …" if more else ""),
        }

    def _group(self, group: Group) -> dict[str, str]:
        teller, one = self._teller, group.worst
        times = [
            f"{teller.day(first.astimezone(HONG_KONG).date(), 'day_short')} {_span(first, last)}"
            for first, last in group.times
        ]
        if group.count > TIMES:
            times.append("…")
        over = one.what == "over_limit"
        return {
            "what": teller.against(one),
            "para": one.para or "",
            "where": self._where(one),
            "how_much": teller.count("times", group.count) if over else teller.count("people", group.people),
            "when": teller.join(times),
            "penalty": self._items(one, group.kind),
            "doubt": _doubt(teller, one),
        }

    def _where(self, found: Contravention) -> str:
        teller = self._teller
        place = [teller.zone(found.zone)]
        if found.room is not None:
            place.append(teller.say("what_room", room=found.room))
        return teller.join(place)

    def _of(self, found: Contravention, kind: str | None) -> list[PenaltyTold]:
        concerned = {"responsible", "staff"} if found.what == "staff_not_in_order" else {"responsible"}
        return [
            one
            for one in self._told
            if one.who in concerned and (one.instrument, one.kind) == (found.instrument, kind)
        ]

    def _sentences(self, found: Contravention, kind: str | None) -> list[str]:
        teller = self._teller
        told = [
            teller.say(
                "penalty_told",
                para=one.para,
                said=text(f"lawbook.penalty_{one.who}", teller.language, said=one.text[teller.language]),
            )
            for one in self._of(found, kind)
        ]
        if told:
            return told
        if found.instrument is None:
            return [teller.say("penalty_none")]
        return [teller.say("penalty_unknown", instrument=found.instrument)]

    def _items(self, found: Contravention, kind: str | None) -> str:
        items = dict.fromkeys(one.para for one in self._of(found, kind))
        return self._teller.join(self._teller.say("item", para=para) for para in items)


def _doubt(teller: Teller, found: Contravention) -> str:
    return text(f"figures.doubt.{found.doubt}", teller.language) if found.doubt else ""


def _span(first: datetime, last: datetime, *, seconds: bool = False) -> str:
    form = "%H:%M:%S" if seconds else "%H:%M"
    told = [f"{at.astimezone(HONG_KONG):{form}}" for at in (first, last)]
    return "–".join(dict.fromkeys(told))  # noqa: RUF001 - a dash between two times


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


def _sums(teller: Teller, summary: Summary) -> dict[str, Any]:
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
            (summary.people, say("admitted"), say("admitted_people", parties=summary.parties)),
            (summary.refused_people, say("refused"), say("refused_people", parties=summary.refused_parties)),
            (summary.overrides, say("overrides"), ""),
            (sum(summary.alarms.values()), say("alarms"), ""),
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


def _overview(teller: Teller, days: Sequence[DayFigures]) -> dict[str, Any]:
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


def _day(teller: Teller, day: DayFigures, threats: _Threats) -> dict[str, Any]:
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
        "findings": [{"title": title, "rows": rows} for title, rows in findings if rows],
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
            "more": teller.say("more", n=len(lines) - MOST_LINES) if len(lines) > MOST_LINES else "",
        }
        for key, lines in told
        if lines
    ]


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


def _directions(teller: Teller, about: ReportFacts, days: Sequence[DayFigures]) -> dict[str, Any]:
    named = {name for day in days for name in day.instruments}
    say = teller.say
    return {
        "title": say("directions"),
        "none": say("directions_none"),
        "label": say("directions_digest"),
        "items": [
            {
                "title": one.title.text(teller.language),
                "force": say(
                    "directions_force",
                    first=teller.day(one.in_force.first),
                    last=teller.day(one.in_force.last),
                ),
                "press": "" if one.gazetted else say("press_reports"),
                "digest": one.digest,
            }
            for one in about.instruments
            if one.id in named
        ],
    }


def _check(teller: Teller, about: ReportFacts) -> dict[str, Any]:
    """How to check the file, what the verdicts mean, and the log's checkpoint."""
    say = teller.say
    checkpoint = Checkpoint.parse(parse_note(about.checkpoint).text)
    cosigned = about.cosigned
    return {
        "title": say("check"),
        "paras": [say(f"check_{name}") for name in ("paper", "page", "tools", "code")],
        "verdicts": {
            "title": say("verdicts"),
            "items": [
                (say(f"verdict_{name}"), say(f"verdict_{name}_text"))
                for name in ("genuine", "unproved", "bad")
            ],
        },
        "log": {
            "title": say("log"),
            "size": (say("log_size"), str(checkpoint.size)),
            "root": (say("log_root"), base64.b64encode(checkpoint.root).decode()),
            "key": (say("log_key"), about.key.fingerprint),
            "cosigned": (
                say("log_cosigned"),
                say("log_cosigned_at", size=cosigned.size, moment=teller.moment(cosigned.at))
                if cosigned
                else say("log_cosigned_none"),
            ),
        },
        "qr": {"svg": _qr(about.checkpoint), "label": say("log_qr")},
        "note": say("privacy"),
    }


def _qr(checkpoint: bytes) -> str:
    """The note as a code, black on white, with its quiet zone."""
    made = segno.make(checkpoint, mode="byte", error="l", micro=False)
    out = io.BytesIO()
    made.save(out, kind="svg", border=4, dark="#000", light="#fff", omitsize=True, xmldecl=False, svgns=True)
    return out.getvalue().decode("ascii")
