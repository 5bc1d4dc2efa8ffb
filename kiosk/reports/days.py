"""What the log shows of each day, in one pass over its entries.

* The fold of the log says who is inside (`kiosk.premises.apply`); nothing is counted beside it.
* Days are Hong Kong's. A day begins with what carries over from the one before: a place that is open until 01:59 stands in two.
* Nothing is said beyond what is known: without ``until`` the last day ends with the last entry.
* Whatever range is asked for, a day reads the same: it hangs on its own entries and on what they add up to before it.
* Memory does not grow with the range: a day is forgotten when it has been told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from types import MappingProxyType

from kiosk import HONG_KONG
from kiosk.law import Instruments
from kiosk.ledger.entries import Closed, DayOpened, Recorded
from kiosk.premises import Premises, apply
from kiosk.reports.asked import Asked
from kiosk.reports.contraventions import Watch
from kiosk.reports.counting import Counting, same_counts
from kiosk.reports.figures import DayFigures, Over
from kiosk.reports.occupancy import Occupancy
from kiosk.reports.stretches import Stretch, Stretches
from kiosk.reports.tally import Tally


def figures(
    entries: Iterable[Recorded],
    before: Premises,
    instruments: Instruments,
    first: date,
    last: date,
    *,
    until: datetime | None = None,
) -> Iterator[DayFigures]:
    """One `DayFigures` a day, the days without entries included.

    Args:
        entries: in the order of the log, from the next after ``before`` on. Those before ``first`` are only added up; the first
            after ``last`` ends it.
        before: what the log adds up to before ``entries``.
        instruments: those at hand, whose paragraphs may be cited.
        first: the first day (Hong Kong's).
        last: the last day, included.
        until: when the log was read: what was so after its last entry held until then, and later is not known.

    Raises:
        ValueError: an entry is not the next one.
    """
    asked = Asked(instruments)
    premises, counting = before, Counting(before)
    day: _Day | None = None
    begin = midnight(first)
    for recorded in entries:
        if day is None and recorded.at >= begin:
            day = _Day(first, premises, counting, asked)
        while day is not None and recorded.at >= day.ends:
            yield day.told(premises, day.ends)
            if day.date == last:
                return
            day = _Day(day.date + timedelta(days=1), premises, counting, asked)
        counting.note(recorded.entry)
        after = apply(premises, recorded)
        if day is not None:
            day.note(recorded, premises, after, counting)
        premises = after
    day = day or _Day(first, premises, counting, asked)
    known = until or premises.last_at
    while True:
        yield day.told(premises, day.begins if known is None else max(day.begins, min(known, day.ends)))
        if day.date >= last:
            return
        day = _Day(day.date + timedelta(days=1), premises, counting, asked)


def midnight(day: date) -> datetime:
    """The first moment of a day in Hong Kong."""
    return datetime(day.year, day.month, day.day, tzinfo=HONG_KONG)


class _Day:
    """One day while it is being told."""

    def __init__(self, day: date, premises: Premises, counting: Counting, asked: Asked) -> None:
        self.date = day
        self.begins, self.ends = midnight(day), midnight(day + timedelta(days=1))
        counts = counting.counts(premises)
        self._start = premises.next_index
        self._tally = Tally()
        self._occupancy = Occupancy(self.begins, premises, counts)
        self._stretches = Stretches(self.begins, premises, counts)
        self._watch = Watch(day, asked)
        self._instruments: dict[str, None] = {}
        if premises.rules is not None:
            self._ruled(premises.rules)

    def note(self, recorded: Recorded, before: Premises, after: Premises, counting: Counting) -> None:
        """One more entry."""
        entry, at = recorded.entry, recorded.at
        self._tally.note(recorded, after)
        self._watch.note(recorded, before)
        self._stretches.entry(entry, before, after)
        if isinstance(entry, Closed):
            self._occupancy.closed(at, entry)
        if same_counts(before, after):
            return
        counts = counting.counts(after)
        if isinstance(entry, DayOpened):
            self._ruled(entry)
            self._occupancy.opened(at, entry, counts)
        else:
            self._occupancy.count(at, counts)
        self._stretches.note(at, recorded.index, after, counts)

    def _ruled(self, opened: DayOpened) -> None:
        if opened.instrument is not None:
            self._instruments[opened.instrument] = None

    def told(self, premises: Premises, until: datetime) -> DayFigures:
        """The day, of which nothing is known after ``until``."""
        tally, entries = self._tally, premises.next_index > self._start
        stretches = self._stretches.told(until)
        zones, whole = self._occupancy.told(
            entries=entries, until=None if until >= self.ends else until, over=_by_zone(stretches)
        )
        return DayFigures(
            day=self.date,
            start=self._start,
            end=premises.next_index,
            kind=premises.rules.kind if premises.rules else None,
            instruments=tuple(self._instruments),
            zones=zones,
            whole=whole,
            parties=tally.parties,
            people=tally.people,
            shown=MappingProxyType(dict(tally.shown)),
            proofs=MappingProxyType(dict(tally.proofs)),
            refused_parties=tally.refused_parties,
            refused_people=tally.refused_people,
            refusals=tally.refusals,
            rejected=MappingProxyType(dict(tally.rejected)),
            passages=tally.passages,
            uncounted=tally.uncounted,
            exits=tally.exits,
            returned=tally.returned,
            alarms=tally.lines("alarms"),
            overrides=tally.lines("overrides"),
            corrections=tally.lines("corrections"),
            staff=tally.lines("staff"),
            others=tally.lines("others"),
            contraventions=self._watch.told(stretches),
            left_out=tally.left_out + self._stretches.left_out,
        )


def _by_zone(stretches: tuple[Stretch, ...]) -> dict[str, tuple[Over, ...]]:
    """The stretches of each zone ("" is the whole premises), its own before those of its rooms."""
    found: dict[str, tuple[Over, ...]] = {}
    for stretch in sorted(stretches, key=lambda stretch: stretch.over.room is not None):
        zone = stretch.area[0]
        found[zone] = (*found.get(zone, ()), stretch.over)
    return found
