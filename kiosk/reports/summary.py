"""Several days taken together: sums, the most at one time, and what was against the law, grouped as a reader asks for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from kiosk.ledger.entries import Alarm, AlarmKind, StaffPass
from kiosk.reports.figures import (
    Contravention,
    DayFigures,
    Doubt,
    Line,
    Point,
    Refused,
    Rules,
    Shown,
    ZoneDay,
)

_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Peak:
    """The most at one time in a zone, and the limit then."""

    zone: str
    at: datetime
    taken: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class Group:
    """Contraventions of one sort, in one place, under one instrument: one line of the first page."""

    #: The worst: over the limit by most, otherwise the one with most people.
    worst: Contravention
    kind: str | None
    people: int
    count: int
    days: tuple[date, ...]
    #: The first few, in order, and whether there are more.
    times: tuple[tuple[datetime, datetime], ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What the first page says."""

    parties: int
    people: int
    shown: Mapping[Shown, int]
    proofs: Mapping[str, int]
    refused_parties: int
    refused_people: int
    refusals: tuple[Refused, ...]
    rejected: Mapping[tuple[str, str], int]
    passages: int
    uncounted: int
    exits: int
    returned: int
    staff_passes: int
    overrides: int
    alarms: Mapping[AlarmKind, int]
    peaks: tuple[Peak, ...]
    against: tuple[Group, ...]
    questions: tuple[Group, ...]


#: So many times are told for a group.
TIMES = 4


def summarise(days: Sequence[DayFigures]) -> Summary:
    """All of the days together."""
    peaks: dict[str, Peak] = {}
    for day in days:
        for found in peaks_of(day):
            if found.zone not in peaks or _fullness(found) > _fullness(peaks[found.zone]):
                peaks[found.zone] = found
    alarms = Counter(line.entry.kind for day in days for line in day.alarms if isinstance(line.entry, Alarm))
    return Summary(
        parties=sum(day.parties for day in days),
        people=sum(day.people for day in days),
        shown=_summed(day.shown for day in days),
        proofs=_summed(day.proofs for day in days),
        refused_parties=sum(day.refused_parties for day in days),
        refused_people=sum(day.refused_people for day in days),
        refusals=_refusals(days),
        rejected=_summed(day.rejected for day in days),
        passages=sum(day.passages for day in days),
        uncounted=sum(day.uncounted for day in days),
        exits=sum(day.exits for day in days),
        returned=sum(day.returned for day in days),
        staff_passes=sum(staff_passes(day) for day in days),
        overrides=sum(len(day.overrides) for day in days),
        alarms=dict(alarms.most_common()),
        peaks=tuple(peaks.values()),
        against=_groups(days, lambda doubt: doubt is None),
        questions=_groups(days, lambda doubt: doubt is not None),
    )


def is_quiet(day: DayFigures) -> bool:
    """Whether a day takes a line and no section: nobody came, and nothing happened that anybody would ask about."""
    return not (
        day.parties
        or day.refused_parties
        or day.rejected
        or day.passages
        or day.contraventions
        or day.overrides
        or any(isinstance(line.entry, Alarm) for line in day.alarms)
        or any(not isinstance(line.entry, StaffPass) for line in day.corrections)
    )


def staff_passes(day: DayFigures) -> int:
    """How often staff passed by their own tap, as far as there are lines."""
    return sum(isinstance(line.entry, StaffPass) for line in day.corrections)


def corrections(day: DayFigures) -> tuple[Line, ...]:
    """The corrections without the passages of staff."""
    return tuple(line for line in day.corrections if not isinstance(line.entry, StaffPass))


def peaks_of(day: DayFigures) -> tuple[Peak, ...]:
    """The most of the day in each zone."""
    return tuple(_peak(zone, zone.peak) for zone in day.zones if zone.peak is not None)


def rules_at(zone: ZoneDay, at: datetime) -> Rules | None:
    """What bound a zone at a time of the day."""
    held = [rules for rules in zone.rules if rules.at <= at]
    return held[-1] if held else None


def _peak(zone: ZoneDay, peak: Point) -> Peak:
    held = rules_at(zone, peak.at)
    return Peak(zone.zone, peak.at, peak.taken, held.rules.limit if held and held.rules else None)


def _fullness(peak: Peak) -> tuple[float, int]:
    return (peak.taken / peak.limit if peak.limit else 0.0), peak.taken


def _summed(sums: Iterable[Mapping[_Key, int]]) -> Mapping[_Key, int]:
    total: Counter[_Key] = Counter()
    for one in sums:
        total.update(one)
    return dict(total.most_common())


def _refusals(days: Sequence[DayFigures]) -> tuple[Refused, ...]:
    total: dict[tuple[str, str], Refused] = {}
    for one in (one for day in days for one in day.refusals):
        had = total.get((one.code, one.para), Refused(one.code, one.para, 0, 0))
        total[one.code, one.para] = Refused(
            one.code, one.para, had.parties + one.parties, had.people + one.people
        )
    return tuple(sorted(total.values(), key=lambda one: (-one.people, one.code, one.para)))


def _groups(days: Sequence[DayFigures], wanted: Callable[[Doubt | None], bool]) -> tuple[Group, ...]:
    sorts: dict[tuple[object, ...], list[tuple[DayFigures, Contravention]]] = {}
    for day in days:
        for one in day.contraventions:
            if wanted(one.doubt):
                key = one.what, one.code, one.para, one.instrument, one.zone, one.room, one.limit, one.doubt
                sorts.setdefault(key, []).append((day, one))
    return tuple(_group(found) for found in sorts.values())


def _group(found: Sequence[tuple[DayFigures, Contravention]]) -> Group:
    ones = [one for _, one in found]
    # A stretch over midnight is told on each of its days, and is one.
    count = sum(not (one.carried and number) for number, one in enumerate(ones))
    over = ones[0].what == "over_limit"
    return Group(
        worst=max(ones, key=lambda one: one.people),
        kind=found[0][0].kind,
        people=max(one.people for one in ones) if over else sum(one.people for one in ones),
        count=count if over else sum(one.count for one in ones),
        days=tuple(dict.fromkeys(day.day for day, _ in found)),
        times=tuple((one.first, one.last) for one in ones[:TIMES]),
        more=len(ones) > TIMES,
    )
