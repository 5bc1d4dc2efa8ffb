"""Stretches in which more people were inside than the law allowed.

What is claimed, and what is not:

* Only people who are known to be inside count: a reserved place, a place kept for somebody who stepped out, an uncertain release
  and, in a zone, people of whom nobody knows the zone count against the limit at the door, but that they were there, or there,
  nobody has seen. Of the whole premises the last do count.
* Where a beam counts who leaves and only taps say from which zone or room, as many as have left untapped are taken to have left
  just from the zone or room in question. People of whom the premises know and their zone does not any more (their admission was
  taken back, or a recount of that zone alone did not find them) could hide as many, and count as such. Of rooms even what is left
  is in doubt there (`count`).
* People who passed without an admission may have been staff. Where the stretch hangs on them it is in doubt (`unchecked`); while
  the others alone are too many, it is a stretch of its own, and they are not counted in it.
  How many of them there are is forgotten with a recount of all zones; over midnight only whether their alarm still stands is
  known, and then anybody inside may be one of them.
* A stretch ends when it is so no more, or when another limit or instrument holds; one that lasts no time at all is none.
* The whole premises are over their sum of limits only while no single zone is over its own: one fact, one finding.
* After a recount nobody knows which room its people are in; of rooms nothing is claimed then where a beam counts exits, and
  elsewhere nothing of the parties that were inside at the recount.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from kiosk.ledger.entries import AnyEntry, DayOpened, Passage, Recount, Undone, ZoneRules
from kiosk.premises import Premises
from kiosk.reports.counting import Counts
from kiosk.reports.figures import Doubt, Over

#: So many stretches of one area in one day are told; the rest are counted as left out.
MOST_STRETCHES = 200
#: So many entries are named for each.
NAMED = 5
#: After these somebody may be inside of whom it is not known who they are, or where.
_TELLING = frozenset({Passage, Undone, Recount})
#: A zone, or "" for the whole premises; and a room of it, or "".
Area = tuple[str, str]
_WHOLE: Area = ("", "")


class _Too(NamedTuple):
    """Too many people: how many there are, how many may be, the rules of the zone, and whether it is in doubt."""

    people: int
    limit: int
    rules: ZoneRules | None
    doubt: Doubt | None


@dataclass(slots=True)
class Stretch:
    """One stretch while it lasts, and afterwards."""

    area: Area
    instrument: str | None
    #: The rules under which it was; None for the whole premises.
    rules: ZoneRules | None
    opened: DayOpened
    over: Over
    entries: list[int] = field(default_factory=list)
    count: int = 0


def unchecked_at_midnight(premises: Premises) -> int:
    """How many of those inside may have passed without an admission, as far as the state at midnight tells."""
    alarmed = any(kind == "passage_without_admission" for kind, _ in premises.alarms)
    return premises.inside_whole if alarmed else 0


class Stretches:
    """Those of one day."""

    def __init__(self, start: datetime, premises: Premises, counts: Counts) -> None:
        self._unchecked = unchecked_at_midnight(premises)
        #: Inside, and in no zone's figure.
        self._nowhere = 0
        self._running: dict[Area, Stretch] = {}
        self._ended: list[Stretch] = []
        self._told: dict[Area, int] = {}
        self._opening = True
        self.left_out = 0
        if premises.rules is not None:
            self.note(start, None, premises, counts)
        self._opening = False

    def entry(self, entry: AnyEntry, before: Premises, after: Premises) -> None:
        """Take note of who passed unchecked, and of who is inside without a zone; before `note`."""
        if type(entry) in _TELLING:
            self._take(entry, before)
        if self._unchecked or self._nowhere:
            inside = after.inside_whole
            self._unchecked, self._nowhere = min(self._unchecked, inside), min(self._nowhere, inside)

    def _take(self, entry: AnyEntry, before: Premises) -> None:
        match entry:
            case Passage(admission=None):
                self._unchecked += 1
            case Undone() if before.door.counts_exits:
                party = before.admitted(entry.admission)
                self._nowhere += party.inside if party is not None and party.sensed else 0
            case Recount() if before.single or set(before.zones) <= set(entry.inside):
                self._unchecked = self._nowhere = 0
            case Recount() if before.door.counts_exits:
                self._nowhere += sum(
                    max(0, before.by_zone.get(zone, 0) - counted) for zone, counted in entry.inside.items()
                )
            case _:
                pass

    def note(self, at: datetime, index: int | None, premises: Premises, counts: Counts) -> None:
        """Figures or rules changed with the entry ``index``, or the day begins (None)."""
        opened = premises.rules
        if opened is None:
            return
        areas: dict[Area, _Too] = {}
        several = len(opened.zones) > 1
        # Who passed without an admission is in no zone where there are several.
        hidden, unchecked = (self._nowhere, 0) if several else (0, self._unchecked)
        for rules in opened.zones:
            sure = counts.zones[rules.zone].sure - hidden
            if rules.limit is not None and sure > rules.limit:
                areas[rules.zone, ""] = _too(sure, unchecked, rules.limit, rules)
            if rules.room is not None:
                areas |= self._rooms(premises, rules, rules.room)
        if several and not any(room == "" for _, room in areas):
            limits = [rules.limit for rules in opened.zones]
            most = sum(limit for limit in limits if limit is not None)
            if None not in limits and counts.whole.sure > most:
                areas[_WHOLE] = _too(counts.whole.sure, self._unchecked, most, None)
        if areas or self._running:
            self._compare(at, index, opened, areas)

    def told(self, until: datetime) -> tuple[Stretch, ...]:
        """All of the day; those that still run go on after ``until``. In the order in which they began."""
        for stretch in tuple(self._running.values()):
            self._end(stretch, until, goes_on=True)
        return tuple(sorted(self._ended, key=lambda stretch: stretch.over.first))

    def _rooms(self, premises: Premises, rules: ZoneRules, limit: int) -> dict[Area, _Too]:
        parties = [party for party in premises.parties.values() if party.inside]
        gone = 0
        doubt: Doubt | None = None
        if premises.door.counts_exits:
            doubt = "count"
            if any(party.recounted for party in parties):
                return {}
            hidden = self._unchecked + self._nowhere
            gone = max(0, sum(party.inside for party in parties) + hidden - premises.inside_whole)
        people: dict[str, int] = {}
        for party in parties:
            if party.room is not None and party.zone == rules.zone and not party.recounted:
                people[party.room] = people.get(party.room, 0) + party.inside
        return {
            (rules.zone, room): _Too(count - gone, limit, rules, doubt)
            for room, count in people.items()
            if count - gone > limit
        }

    def _compare(
        self,
        at: datetime,
        index: int | None,
        opened: DayOpened,
        areas: dict[Area, _Too],
    ) -> None:
        for area, stretch in tuple(self._running.items()):
            now, over = areas.get(area), stretch.over
            if now is None or (now.limit, now.doubt, opened.instrument) != (
                over.limit,
                over.doubt,
                stretch.instrument,
            ):
                self._end(stretch, at, goes_on=False)
        for area, too in areas.items():
            stretch = self._running.get(area) or self._begin(at, area, too, opened)
            if too.people > stretch.over.most:
                if index is not None:
                    stretch.count += 1
                    stretch.entries += [index][: NAMED - len(stretch.entries)]
                stretch.over = replace(stretch.over, most=too.people, worst_at=at)

    def _begin(self, at: datetime, area: Area, too: _Too, opened: DayOpened) -> Stretch:
        over = Over(
            first=at,
            last=at,
            limit=too.limit,
            most=too.limit,
            worst_at=at,
            carried=self._opening,
            doubt=too.doubt,
            room=area[1] or None,
        )
        stretch = self._running[area] = Stretch(area, opened.instrument, too.rules, opened, over)
        return stretch

    def _end(self, stretch: Stretch, at: datetime, *, goes_on: bool) -> None:
        del self._running[stretch.area]
        if at <= stretch.over.first:
            return
        if self._told.get(stretch.area, 0) >= MOST_STRETCHES:
            self.left_out += 1
            return
        self._told[stretch.area] = self._told.get(stretch.area, 0) + 1
        stretch.over = replace(stretch.over, last=at, goes_on=goes_on)
        self._ended.append(stretch)


def _too(people: int, unchecked: int, limit: int, rules: ZoneRules | None) -> _Too:
    """Proved by those who came in with an admission alone, or else in doubt."""
    if people - unchecked > limit:
        return _Too(people - unchecked, limit, rules, None)
    return _Too(people, limit, rules, "unchecked")
