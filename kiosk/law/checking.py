"""What is wrong with a directory of instruments, all of it at once, and what is only worth knowing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from kiosk.law.instrument import Instrument, Instruments
from kiosk.law.loader import read_instruments

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Gap:
    """Days without an instrument in force; ``unofficial``: those that would be, were they asked for."""

    days: Span
    unofficial: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """``faults`` must be mended, a line each; the rest is told. ``uncited``: paragraphs that no value cites."""

    faults: tuple[str, ...]
    instruments: Instruments
    gaps: tuple[Gap, ...]
    uncited: tuple[tuple[Instrument, tuple[str, ...]], ...]


def check_instruments(directory: Path, first: date | None = None, last: date | None = None) -> Findings:
    """Everything about the files of a directory, and about the days from ``first`` to ``last``.

    Where no days are named: from the first to the last day of any of them.

    Raises:
        InstrumentError: there is no such directory.
    """
    reading = read_instruments(directory)
    known = reading.instruments
    uncited = ((one, reading.uncited[one.id]) for one in known if reading.uncited[one.id])
    first = first or min((one.in_force.first for one in known), default=None)
    last = last or max((one.in_force.last for one in known), default=None)
    span = None if first is None or last is None or last < first else Span(first, last)
    return Findings(
        faults=tuple(line for fault in reading.faults for line in str(fault).splitlines()),
        instruments=known,
        gaps=() if span is None else tuple(_gaps(known, span)),
        uncited=tuple(uncited),
    )


def _gaps(known: Instruments, span: Span) -> list[Gap]:
    found: list[Gap] = []
    begins = span.first
    official = [one.in_force for one in known if one.gazetted]
    for one in sorted(official, key=lambda one: one.first):
        if begins < one.first:
            found.append(_gap(known, begins, min(one.first - _DAY, span.last)))
        begins = max(begins, one.last + _DAY)
        if begins > span.last:
            break
    if begins <= span.last:
        found.append(_gap(known, begins, span.last))
    return [gap for gap in found if gap.days.first <= gap.days.last]


def _gap(known: Instruments, first: date, last: date) -> Gap:
    names = (
        one.id
        for one in known
        if not one.gazetted and one.in_force.first <= last and first <= one.in_force.last
    )
    return Gap(Span(first, last), tuple(names))
