"""Stretches in which more people were inside than the law allowed.

What is claimed, and what is not:

* Only people who are known to be inside count: a reserved place, a place kept for somebody who stepped out, an uncertain release
  and, in a zone, people of whom nobody knows the zone count against the limit at the door, but that they were there, or there,
  nobody has seen. Of the whole premises the last do count.
* Where a beam counts who leaves and only taps say from which zone or room, as many as have left untapped are taken to have left
  just from the zone or room in question.
* People who passed without an admission may have been staff. Where the stretch hangs on them it is in doubt (`unchecked`).
  How many of them there are is forgotten with a recount of all zones; over midnight only whether their alarm still stands is
  known, and then anybody inside may be one of them.
* A stretch ends when the number, the limit or the instrument changes so that another holds; one that lasts no time at all is none.
* The whole premises are over their sum of limits only while no single zone is over its own: one fact, one finding.
* After a recount nobody knows which room its people are in; of rooms nothing is claimed then where a beam counts exits, and
  elsewhere nothing of the parties that were inside at the recount.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from kiosk.ledger.entries import AnyEntry, DayOpened, Passage, Recount, ZoneRules
from kiosk.premises import Premises
from kiosk.reports.counting import Counts
from kiosk.reports.figures import Over

#: So many stretches of one area in one day are told; the rest are counted as left out.
MOST_STRETCHES = 200
#: So many entries are named for each.
NAMED = 5
#: A zone, or "" for the whole premises; and a room of it, or "".
Area = tuple[str, str]
_WHOLE: Area = ("", "")
#: How many are there, how many may be, and the rules of the zone.
_Too = tuple[int, int, ZoneRules | None]


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
        self._running: dict[Area, Stretch] = {}
        self._ended: list[Stretch] = []
        self._told: dict[Area, int] = {}
        self._opening = True
        self.left_out = 0
        if premises.rules is not None:
            self.note(start, None, premises, counts)
        self._opening = False

    def entry(self, entry: AnyEntry, premises: Premises) -> None:
        """Take note of who passed unchecked; before `note`."""
        if isinstance(entry, Passage) and entry.admission is None:
            self._unchecked += 1
        elif isinstance(entry, Recount) and (premises.single or set(premises.zones) <= set(entry.inside)):
            self._unchecked = 0
        self._unchecked = min(self._unchecked, premises.inside_whole)

    def note(self, at: datetime, index: int | None, premises: Premises, counts: Counts) -> None:
        """Figures or rules changed with the entry ``index``, or the day begins (None)."""
        opened = premises.rules
        if opened is None:
            return
        areas: dict[Area, _Too] = {}
        for rules in opened.zones:
            sure = counts.zones[rules.zone].sure
            if rules.limit is not None and sure > rules.limit:
                areas[rules.zone, ""] = sure, rules.limit, rules
            if rules.room is not None:
                areas |= self._rooms(premises, rules, rules.room)
        if not any(room == "" for _, room in areas) and len(opened.zones) > 1:
            limits = [rules.limit for rules in opened.zones]
            most = sum(limit for limit in limits if limit is not None)
            if None not in limits and counts.whole.sure > most:
                areas[_WHOLE] = counts.whole.sure, most, None
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
        if premises.door.counts_exits:
            if any(party.recounted for party in parties):
                return {}
            gone = max(0, sum(party.inside for party in parties) + self._unchecked - premises.inside_whole)
        people: dict[str, int] = {}
        for party in parties:
            if party.room is not None and party.zone == rules.zone and not party.recounted:
                people[party.room] = people.get(party.room, 0) + party.inside
        return {
            (rules.zone, room): (count - gone, limit, rules)
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
            now = areas.get(area)
            if now is None or (now[1], opened.instrument) != (stretch.over.limit, stretch.instrument):
                self._end(stretch, at, goes_on=False)
        for area, (people, limit, rules) in areas.items():
            stretch = self._running.get(area) or self._begin(at, area, limit, rules, opened)
            over = stretch.over
            if people <= over.most and over.doubt is None:
                continue
            proved = people - (self._unchecked if area in self._hang_on_unchecked(opened) else 0) > limit
            if people > over.most:
                if index is not None:
                    stretch.count += 1
                    stretch.entries += [index][: NAMED - len(stretch.entries)]
                over = replace(over, most=people, worst_at=at)
            stretch.over = replace(over, doubt=None) if proved else over

    @staticmethod
    def _hang_on_unchecked(opened: DayOpened) -> tuple[Area, ...]:
        """Where those who passed without an admission are counted: not in rooms, and in no zone where there are several."""
        return (_WHOLE,) if len(opened.zones) > 1 else tuple((rules.zone, "") for rules in opened.zones)

    def _begin(
        self, at: datetime, area: Area, limit: int, rules: ZoneRules | None, opened: DayOpened
    ) -> Stretch:
        over = Over(
            first=at,
            last=at,
            limit=limit,
            most=limit,
            worst_at=at,
            carried=self._opening,
            doubt="unchecked",
            room=area[1] or None,
        )
        stretch = Stretch(area, opened.instrument, rules, opened, over)
        self._running[area] = stretch
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
