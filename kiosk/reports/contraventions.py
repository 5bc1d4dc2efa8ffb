"""What the log itself shows to be against the law, each with the paragraph of the instrument that was in force.

An accusation that is not true is worse than none. So:

* **Only who entered.** An admission shows a contravention by as many of its people as entered on its day: all of them where no
  sensor sees them, unless staff took the admission back; those seen to pass where one does; those whom staff counted after a
  restart. Of a party of whom some were in order and some did not enter, only as many as cannot have been others.
* **Each fact once.** What a supervisor overrode goes under what it was about: staff, hours, evidence. That a zone or room was too
  full is told by the stretch in which it was so (`stretches` says what of it is claimed); an override of that number is told
  beside it only if no such stretch shows it, and then as a question, because places may have been reserved and not occupied.
* **Questions are marked** (`Contravention.doubt`): people who passed without an admission may have been staff; tables and banquets
  count places, and some who held them may have left; a fact that nobody told the kiosk may have been in order.
* **No rule is guessed.** Without the very instrument of that day at hand nothing is said of what it asks; what hangs on facts that
  the log does not tell (`asked`) is not claimed. A venue whose instrument asks nothing of customers breaks nothing by not looking.
* **The minute of change.** The rules of a new minute are written after what happened in it. An admission that the rules or duties
  written within a minute would allow is not claimed.

Not claimed at all: people who stay after closing (whether they were served nobody sees), a limit that only reserved, kept or
uncertain places exceed, who passed before opening, and what concerns an admission of the day before: that is told on its day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from kiosk.ledger.entries import (
    Admission,
    DayOpened,
    Passage,
    Recorded,
    Settled,
    StaffDuties,
    Undone,
    ZoneRules,
)
from kiosk.premises import Party, Premises
from kiosk.reports.asked import Asked, Cited
from kiosk.reports.facts import NUMBERS, Fact, of_duties, overridden, zone_rules
from kiosk.reports.figures import Contravention, Doubt
from kiosk.reports.penalties import PenaltyTold, penalties
from kiosk.reports.stretches import NAMED, Stretch

__all__ = ["PenaltyTold", "Watch", "penalties"]

#: How long after an admission the rules of its minute are surely written.
_SETTLES = timedelta(minutes=1)


@dataclass(slots=True)
class _Entered:
    """People of one entry about whom there is something to say, and how many of them have entered."""

    index: int
    at: datetime
    zone: str | None
    instrument: str | None
    party: int
    facts: list[Fact]
    entered: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def enter(self, people: int, at: datetime) -> None:
        """So many more."""
        self.entered = min(self.party, self.entered + people)
        self.first, self.last = self.first or at, at

    def concerned(self, fact: Fact) -> int:
        """How many of those who entered must be among those whom the fact concerns."""
        if not fact.people:
            return self.entered
        return max(0, self.entered + min(fact.people, self.party) - self.party)


@dataclass(slots=True)
class _Group:
    first: datetime
    last: datetime
    people: int = 0
    count: int = 0
    entries: list[int] = field(default_factory=list)


class Watch:
    """Looks at the entries of one day."""

    def __init__(self, day: date, asked: Asked) -> None:
        self._day = day
        self._asked = asked
        self._known: dict[int, _Entered] = {}
        self._unsettled: list[_Entered] = []

    def note(self, recorded: Recorded, before: Premises) -> None:
        """One more entry, and the premises before it."""
        entry, at = recorded.entry, recorded.at
        match entry:
            case Passage(admission=None):
                self._unchecked(recorded, before)
            case Passage(admission=admission):
                # Who comes back from a moment outside passes again, and has entered once.
                if (
                    admission in self._known
                    and (waits := _waiting(before, admission))
                    and not waits.uncertain
                ):
                    self._known[admission].enter(1, at)
            case Admission():
                self._admitted(recorded, entry, before)
            case Settled(admission=admission, entered=entered):
                if admission in self._known and (waits := _waiting(before, admission)) and waits.uncertain:
                    self._known[admission].enter(entered, at)
            case Undone():
                known = self._known.get(entry.admission)
                party = before.admitted(entry.admission)
                if known is not None and (party is None or not party.sensed):
                    del self._known[entry.admission]
            case DayOpened() | StaffDuties():
                self._settle(entry, at)
            case _:
                pass

    def told(self, stretches: tuple[Stretch, ...]) -> tuple[Contravention, ...]:
        """All contraventions of the day, in the order in which they began."""
        found = [self._over(stretch) for stretch in stretches]
        groups: dict[tuple[object, ...], _Group] = {}
        for known in self._known.values():
            for fact in known.facts:
                people = known.concerned(fact)
                if not people or (fact.code in NUMBERS and _shown_by(stretches, known)):
                    continue
                key = fact.what, fact.code, fact.para, known.instrument, known.zone, fact.doubt
                group = groups.setdefault(key, _Group(known.at, known.at))
                group.last = known.at
                group.people += people
                group.count += 1
                group.entries += [known.index][: NAMED - len(group.entries)]
        found += [_told(key, group) for key, group in groups.items()]
        return tuple(sorted(found, key=lambda one: (one.first, one.what)))

    def _add(self, entered: _Entered) -> None:
        if entered.facts:
            self._known[entered.index] = entered
            if any(fact.until_settled for fact in entered.facts):
                self._unsettled.append(entered)

    def _admitted(self, recorded: Recorded, entry: Admission, before: Premises) -> None:
        opened = before.rules
        zone = zone_rules(opened, entry.zone)
        if entry.override is not None:
            facts = [overridden(reason, entry, zone) for reason in entry.override.against]
        elif opened is None or zone is None:
            return
        else:
            facts = [
                *self._hours(opened, zone, recorded.at, takeaway=entry.takeaway),
                *of_duties(before.duties.get(entry.zone)),
                *self._shows_nothing(opened, zone, entry),
            ]
        people = len(entry.people)
        entered = _Entered(recorded.index, recorded.at, entry.zone, entry.instrument, people, facts)
        if not entry.waits_for_passage:
            entered.enter(people, recorded.at)
        self._add(entered)

    def _hours(
        self, opened: DayOpened, zone: ZoneRules, at: datetime, *, takeaway: bool, doubt: Doubt | None = None
    ) -> list[Fact]:
        if zone.closes_at is None or at < zone.closes_at:
            return []
        cited = self._asked.hours(opened, zone, takeaway=takeaway)
        if cited is None:
            return []
        return [Fact("outside_hours", cited.code, cited.para, doubt=doubt, until_settled="hours")]

    def _shows_nothing(self, opened: DayOpened, zone: ZoneRules, entry: Admission) -> list[Fact]:
        asks = self._asked.asks(
            opened, zone, takeaway=entry.takeaway, banquet=entry.banquet is not None, day=self._day
        )
        if asks is None:
            return []
        missing: dict[Cited, int] = {}
        for person in entry.people:
            for cited in asks.missing(person):
                missing[cited] = missing.get(cited, 0) + 1
        return [Fact("no_evidence", cited.code, cited.para, people) for cited, people in missing.items()]

    def _unchecked(self, recorded: Recorded, before: Premises) -> None:
        """Somebody passed whom nobody had admitted: a customer whom nobody checked, unless they were staff."""
        opened, at = before.rules, recorded.at
        if opened is None or not opened.zones:
            return
        facts: list[Fact] = []
        if any(self._is_open(opened, zone, at) for zone in opened.zones):
            para = self._asked.checks(opened)
            if para is not None:
                facts = [Fact("uncounted", None, para, doubt="unchecked")]
        elif all(zone.closes_at is not None for zone in opened.zones):
            # The last to close is the one that they were too late for.
            zone = max(opened.zones, key=lambda zone: zone.closes_at or at)
            facts = self._hours(opened, zone, at, takeaway=False, doubt="unchecked")
        where = opened.zones[0].zone if before.single else None
        entered = _Entered(recorded.index, at, where, opened.instrument, 1, facts)
        entered.enter(1, at)
        self._add(entered)

    def _is_open(self, opened: DayOpened, zone: ZoneRules, at: datetime) -> bool:
        if zone.closes_at is None:
            return not self._asked.knows_hours(opened, zone)
        return at < zone.closes_at

    def _settle(self, entry: DayOpened | StaffDuties, at: datetime) -> None:
        """Rules or duties were written: what they allow of the last minute is no contravention."""
        self._unsettled = [known for known in self._unsettled if at - known.at <= _SETTLES]
        for known in self._unsettled:
            known.facts = [fact for fact in known.facts if not _allowed(fact, known, entry)]

    def _over(self, stretch: Stretch) -> Contravention:
        over, opened = stretch.over, stretch.opened
        if stretch.rules is None:
            cited = self._asked.limits(opened)
        elif over.room is not None:
            cited = self._asked.room(opened, stretch.rules)
        else:
            cited = self._asked.limit(opened, stretch.rules)
        return Contravention(
            what="over_limit",
            code=cited.code,
            para=cited.para,
            instrument=stretch.instrument,
            zone=stretch.area[0] or None,
            first=over.first,
            last=over.last,
            people=over.most - over.limit,
            entries=tuple(stretch.entries),
            count=stretch.count,
            limit=over.limit,
            room=over.room,
            carried=over.carried,
            goes_on=over.goes_on,
            doubt=over.doubt,
        )


def _allowed(fact: Fact, known: _Entered, entry: DayOpened | StaffDuties) -> bool:
    if isinstance(entry, StaffDuties):
        return fact.until_settled == "duties" and entry.zone == known.zone and not entry.reasons
    if fact.until_settled != "hours":
        return False
    zones = [zone for zone in entry.zones if known.zone in {None, zone.zone}]
    return any(zone.closes_at is None or zone.closes_at > known.at for zone in zones)


def _waiting(premises: Premises, admission: int) -> Party | None:
    """The party of an admission, while some of it were released and not seen to pass."""
    party = premises.admitted(admission)
    return party if party is not None and party.waiting else None


def _shown_by(stretches: Iterable[Stretch], known: _Entered) -> bool:
    """Whether a stretch shows the very number that was overridden."""
    return any(
        stretch.area[0] in {"", known.zone}
        and known.first is not None
        and known.last is not None
        and stretch.over.first <= known.last
        and stretch.over.last >= known.first
        for stretch in stretches
    )


def _told(key: tuple[object, ...], group: _Group) -> Contravention:
    what, code, para, instrument, zone, doubt = key
    return Contravention(
        what=what,  # type: ignore[arg-type]
        code=code,  # type: ignore[arg-type]
        para=para,  # type: ignore[arg-type]
        instrument=instrument,  # type: ignore[arg-type]
        zone=zone,  # type: ignore[arg-type]
        first=group.first,
        last=group.last,
        people=group.people,
        entries=tuple(group.entries),
        count=group.count,
        doubt=doubt,  # type: ignore[arg-type]
    )
