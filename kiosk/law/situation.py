"""A scenario seen from one area of the place under one instrument, and whether a rule applies in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from kiosk.law.facts import WHOLE, Party, Premises, Scenario
from kiosk.law.instrument import Instrument
from kiosk.law.measures import NumberBefore
from kiosk.law.people import staff_do
from kiosk.law.rules import Guard, Rule, Rules


@dataclass(frozen=True, slots=True)
class Area:
    """The zone that the party wants, or the whole premises: its key in ``inside``, its mode and its capacity."""

    key: str
    mode: str | None
    capacity: int | None


def areas(premises: Premises) -> tuple[Area, ...]:
    """All areas of the premises."""
    if premises.zones:
        return tuple(Area(zone.id, zone.mode, zone.capacity) for zone in premises.zones)
    return (Area(WHOLE, premises.mode, premises.capacity),)


@dataclass(frozen=True, slots=True)
class Situation:
    """What rules look at. ``minute`` is from midnight in Hong Kong, with the seconds as its fraction."""

    instrument: Instrument
    premises: Premises
    party: Party
    inside: dict[str, int]
    area: Area
    rules: Rules
    today: date
    minute: float
    setting: Literal["indoor", "outdoor"] | None
    takeaway: bool
    banquet: int

    @property
    def here(self) -> int:
        """People in the area before the party."""
        return self.inside.get(self.area.key, 0)

    @property
    def coming(self) -> int:
        """People in the party."""
        return len(self.party.customers)

    def gathered(self, *, by_room: bool) -> int:
        """People at the gathering before the party; in the party's room where it is split into rooms."""
        return self.party.in_room if by_room and self.party.in_room else self.here

    def of_the_place(self) -> Situation:
        """The same without what the party alone brings: what limits hold for anybody."""
        if not self.takeaway and not self.banquet:
            return self
        return replace(self, takeaway=False, banquet=0)

    def elsewhere(self, area: Area) -> Situation | None:
        """The same place seen from another of its areas; None where that has no rules."""
        rules = self.instrument.rules(self.premises.kind, area.mode)
        return None if rules is None else replace(self, area=area, rules=rules)


def situation(instrument: Instrument, scenario: Scenario, area: Area, rules: Rules) -> Situation:
    """The scenario from ``area``, where ``rules`` hold."""
    at = scenario.at
    return Situation(
        instrument=instrument,
        premises=scenario.premises,
        party=scenario.party,
        inside=scenario.inside,
        area=area,
        rules=rules,
        today=at.date(),
        minute=(at.hour * 60 + at.minute) + (at.second + at.microsecond / 1e6) / 60,
        setting=scenario.premises.setting,
        takeaway=scenario.party.takeaway,
        banquet=scenario.party.banquet_size,
    )


def applies(rule: Rule, seen: Situation, *, day: date | None = None) -> bool | None:
    """Whether the rule applies (on ``day``, else today); None where that hangs on an unknown capacity."""
    wanted = True if rule.when is None else _holds(rule.when, seen, day)
    if wanted is False:
        return False
    barred = False if rule.unless is None else _holds(rule.unless, seen, day)
    if barred is True:
        return False
    return None if wanted is None or barred is None else True


def _holds(guard: Guard, seen: Situation, day: date | None) -> bool | None:
    premises = seen.premises
    facts = (
        (guard.takeaway, seen.takeaway),
        (guard.food_or_drink, premises.food_or_drink),
        (guard.qualifies, premises.qualifies),
        (guard.country_park, premises.country_park),
        (guard.setting, seen.setting),
    )
    if any(wanted is not None and wanted != actual for wanted, actual in facts):
        return False
    if guard.days is not None and (day or seen.today).weekday() not in guard.weekdays:
        return False
    if guard.banquet_over is not None and seen.banquet <= guard.banquet_over:
        return False
    if guard.staff is not None and not (
        premises.staff and all(staff_do(guard.staff, one, seen.today) for one in premises.staff)
    ):
        return False
    return True if guard.people_over is None else _more_than(guard.people_over, seen)


def _more_than(before: NumberBefore, seen: Situation) -> bool | None:
    people = seen.gathered(by_room=before.by_room) + seen.coming
    number = before.of(seen.area.capacity)
    if number is not None:
        return people > number
    # Nobody has told the capacity, but nobody at all is never more than a share of it.
    return None if people else False
