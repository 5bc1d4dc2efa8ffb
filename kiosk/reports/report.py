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
from pathlib import Path
from typing import Any

import segno

from kiosk import HONG_KONG
from kiosk.law import Instruments
from kiosk.ledger.checkpoint import Checkpoint
from kiosk.ledger.notes import NoteKey, parse_note
from kiosk.reports.contraventions import penalties
from kiosk.reports.daily import day_section, overview_section, sums_section
from kiosk.reports.figures import DayFigures
from kiosk.reports.pdf import write_pdf
from kiosk.reports.summary import is_quiet, summarise
from kiosk.reports.threats import Threats
from kiosk.reports.told import Teller, ZoneNames
from kiosk.texts import Language

#: A busy day takes a thirtieth of a second on a desk; on a small Pi that has other things to do, many times that.
_TIMEOUT_S, _TIMEOUT_A_DAY_S = 60.0, 2.0


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
    told = tuple(days)
    timeout_s = _TIMEOUT_S + _TIMEOUT_A_DAY_S * len(told)
    write_pdf("report", make_report(about, told, language), file, timeout_s=timeout_s)


def make_report(about: ReportFacts, days: Sequence[DayFigures], language: Language) -> dict[str, Any]:
    """What the report says, as plain data in the order of its pages; ``templates/report.typ`` lays it out.

    ``days`` are those of ``about``, in order.
    """
    teller = Teller(language, about.zones)
    say = teller.say
    made = about.made_at.astimezone(HONG_KONG)
    venue = about.venue.get(language) or next(iter(about.venue.values()))
    summary = summarise(days)
    threats = Threats(teller, penalties(about.instruments, days))
    return {
        "language": language,
        "kiosk": about.kiosk,
        "made": {name: getattr(made, name) for name in ("year", "month", "day", "hour", "minute", "second")},
        "title": say("title"),
        "venue": venue,
        "others": [{"language": other, "said": said} for other, said in about.venue.items() if said != venue],
        "demo": say("demo") if about.demo else None,
        "head": f"{venue} · {teller.days(about.first, about.last)}",
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
            "penalty": say("penalty_if"),
        },
        "sums": sums_section(teller, summary),
        "overview": overview_section(teller, days),
        "days": [day_section(teller, day, threats) for day in days if not is_quiet(day)],
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
