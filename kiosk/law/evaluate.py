"""`decide`: the instruments, the facts and the time in, the answer out; nothing is read, written or remembered.

The rules of the evaluator:

* The instrument in force on the Hong Kong date of the question answers alone; without one nobody is admitted.
* The rules of the place's kind, and of the mode of the party's area, all hold. Every reason is given, once for each
  customer and code.
* A fact that is missing counts only where the answer turns on it: an age is tried in each band, an untold setting
  both indoors and outdoors, and what differs is `unknown_fact`.
* The limits are those of the area, before the party, whatever the party brings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal

from kiosk import HONG_KONG
from kiosk.law.decision import Decision, Limits, Reason
from kiosk.law.facts import Party, Premises, Scenario
from kiosk.law.hours import Opening, opening
from kiosk.law.instrument import Instrument, Instruments
from kiosk.law.measures import DAY
from kiosk.law.numbers import bounds, capacity_and_left, number_reasons, smallest
from kiosk.law.people import customers_reasons, staff_reasons
from kiosk.law.situation import Situation, applies, areas, situation

_SETTINGS: tuple[Literal["indoor", "outdoor"], ...] = ("indoor", "outdoor")
_NUMBERS = ("capacity", "table", "room", "banquet", "people")
_FURTHEST = 400


def decide(instruments: Instruments, scenario: Scenario) -> Decision:
    """Whether the party may enter, with every reason why not.

    Raises:
        ScenarioError: the kind or a mode is one that none of the instruments knows.
    """
    instruments.require_known(scenario.premises)
    instrument = instruments.in_force(scenario.at)
    if instrument is None:
        return Decision("refuse", (Reason("no_instrument", None),), None, None)
    seen = _situation(instrument, scenario)
    if isinstance(seen, Reason):
        return Decision("refuse", (seen,), instrument.id, Limits())
    if seen.setting is None and seen.rules.ask_setting:
        tried = [replace(seen, setting=setting) for setting in _SETTINGS]
        reasons = _agreed([_reasons(one, instruments) for one in tried], "setting")
        limits_of = _common([_limits(one, instruments) for one in tried])
    else:
        reasons, limits_of = _reasons(seen, instruments), _limits(seen, instruments)
    return Decision("refuse" if reasons else "admit", reasons, instrument.id, limits_of)


def limits(
    instruments: Instruments, premises: Premises, zone: str | None, inside: dict[str, int], at: datetime
) -> Limits | None:
    """What binds the area now, whoever comes; None without an instrument in force.

    Of premises with zones and no ``zone`` named: all zones together, without a table, open until the last closes.

    Raises:
        ScenarioError: as `decide`; ``zone`` and ``inside`` are checked as in a scenario.
    """
    if zone is None and premises.zones:
        zones = [limits(instruments, premises, area.id, inside, at) for area in premises.zones]
        return _of_all([one for one in zones if one is not None])
    return decide(
        instruments, Scenario(at=at, premises=premises, inside=inside, party=Party(zone=zone))
    ).limits


def _of_all(zones: list[Limits]) -> Limits | None:
    if not zones:
        return None
    closings = [one.closes_at for one in zones if one.closes_at is not None]
    capacities = [one.capacity for one in zones if one.capacity is not None]
    lefts = [one.left for one in zones if one.left is not None]
    known = len(capacities) == len(lefts) == len(zones)
    return Limits(
        capacity=sum(capacities) if known else None,
        left=sum(lefts) if known else None,
        closes_at=max(closings, default=None),
    )


def next_opening(
    instruments: Instruments, premises: Premises, zone: str | None, at: datetime
) -> datetime | None:
    """The first instant from ``at`` on at which the hours let the area admit anybody; ``at`` itself if they do now.

    None where no instrument at hand opens it again, or where a fact is missing that the hours hang on.
    """
    now = at.astimezone(HONG_KONG)
    for ahead in range(_FURTHEST):
        day = now.date() + timedelta(days=ahead)
        midnight = datetime(day.year, day.month, day.day, tzinfo=HONG_KONG)
        moment = now if ahead == 0 else midnight
        minute = _first_open_minute(
            instruments, Scenario(at=moment, premises=premises, party=Party(zone=zone))
        )
        if minute is not None:
            return max(moment, midnight + timedelta(minutes=minute))
        if not any(one.in_force.last > day for one in instruments):
            break
    return None


def _first_open_minute(instruments: Instruments, scenario: Scenario) -> int | None:
    """The first open minute of the scenario's day, from its time on; it may lie before a time that is open."""
    instrument = instruments.in_force(scenario.at)
    seen = None if instrument is None else _situation(instrument, scenario)
    if (
        seen is None
        or isinstance(seen, Reason)
        or any(applies(rule, seen) for rule in seen.rules.on("closed"))
    ):
        return None
    hours = opening(seen)
    if hours is None:
        return 0
    starts = (start for start, end in hours.spans if end > seen.minute and start < DAY)
    return next(starts, None)


def _situation(instrument: Instrument, scenario: Scenario) -> Situation | Reason:
    """The scenario as its rules see it, or the one reason for which there is nothing to see."""
    kind = instrument.kinds.get(scenario.premises.kind)
    if kind is None:
        return Reason("must_close", instrument.unnamed_kinds)
    found = areas(scenario.premises)
    if scenario.premises.zones:
        found = tuple(area for area in found if area.key == scenario.party.zone)
        if not found:
            return Reason("unknown_fact", kind.para, values={"fact": "zone"})
    area = found[0]
    if kind.modes and area.mode is None:
        return Reason("unknown_fact", kind.para, values={"fact": "mode"})
    rules = instrument.rules(scenario.premises.kind, area.mode)
    if rules is None:
        return Reason("must_close", kind.para, variant="mode")
    return situation(instrument, scenario, area, rules)


def _reasons(seen: Situation, instruments: Instruments) -> tuple[Reason, ...]:
    """Every reason that holds, the place's own first, one for each customer and code."""
    found: dict[tuple[str, int | None], Reason] = {}
    for reason in _every_reason(seen, instruments):
        found.setdefault(reason.key, reason)
    return tuple(found.values())


def _every_reason(seen: Situation, instruments: Instruments) -> Iterator[Reason]:
    for rule in seen.rules.on("closed"):
        if applies(rule, seen):
            yield Reason("must_close", rule.para)
    yield from _hours_reasons(seen, instruments)
    for condition in _NUMBERS:
        yield from number_reasons(seen, condition)
    yield from _people_reasons(seen, "staff")
    yield from _people_reasons(seen, "customers")


def _people_reasons(seen: Situation, condition: Literal["staff", "customers"]) -> Iterator[Reason]:
    for rule in seen.rules.on(condition):
        if (applying := applies(rule, seen)) is False:
            continue
        found = (
            staff_reasons(rule.staff, seen.premises.staff, seen.today)
            if rule.staff is not None
            else customers_reasons(rule.customers, rule.para, seen.party.customers, seen.today)
            if rule.customers is not None
            else []
        )
        if applying is None and found:
            # Whether the condition is asked at all hangs on a number that is a share of the capacity.
            yield Reason("unknown_fact", rule.para, values={"fact": "capacity"})
        elif applying:
            yield from found


def _hours_reasons(seen: Situation, instruments: Instruments) -> Iterator[Reason]:
    hours = opening(seen)
    if hours is None:
        return
    if hours.unknown is not None:
        yield Reason("unknown_fact", hours.para, values={"fact": hours.unknown})
    elif hours.span_at(seen.minute) is None:
        opens = _opens_again(hours, seen, instruments)
        yield Reason(
            "outside_hours",
            hours.para,
            values={} if opens is None else {"opens": opens},
            variant="" if opens is None else "opens",
        )


def _opens_again(hours: Opening, seen: Situation, instruments: Instruments) -> datetime | None:
    start = hours.next_start(seen.minute)
    if start is None:
        return None
    opens = _instant(seen.today, start)
    return opens if instruments.on(opens.date()) is not None else None


def _instant(day: date, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=HONG_KONG) + timedelta(minutes=minute)


def _limits(seen: Situation, instruments: Instruments) -> Limits:
    of_place = seen.of_the_place()
    capacity, left = capacity_and_left(of_place)
    return Limits(
        capacity=capacity,
        left=left,
        table=smallest(bounds(of_place, "table")),
        closes_at=_closes_at(of_place, instruments),
        room=smallest(bounds(of_place, "room")),
    )


def _closes_at(seen: Situation, instruments: Instruments) -> datetime | None:
    """The end of the hours that run now, or of the instrument where nothing follows it."""
    hours = opening(seen)
    span = hours.span_at(seen.minute) if hours else None
    if span is None:
        return None
    lapses = seen.instrument.lapses
    ends_with_it = instruments.on(lapses.date()) is None
    if span[1] >= 2 * DAY:
        # Open around the clock, as far as anybody looked.
        return lapses if ends_with_it and lapses <= _instant(seen.today, span[1]) else None
    closes = _instant(seen.today, span[1])
    return min(closes, lapses) if ends_with_it else closes


def _agreed(answers: list[tuple[Reason, ...]], fact: str) -> tuple[Reason, ...]:
    """The reasons that hold whatever the missing fact is; the others turn on it."""
    keys = [{reason.key for reason in answer} for answer in answers]
    merged: dict[tuple[str, int | None], Reason] = {}
    for reason in (one for answer in answers for one in answer):
        certain = all(reason.key in known for known in keys)
        told = reason if certain else Reason("unknown_fact", reason.para, values={"fact": fact})
        # Of two numbers that are both exceeded only the larger is sure to be one that the law allows.
        if _limit(told) > _limit(merged.setdefault(told.key, told)):
            merged[told.key] = told
    return tuple(merged.values())


def _limit(reason: Reason) -> int:
    limit = reason.values.get("limit")
    return limit if isinstance(limit, int) else 0


def _common(answers: list[Limits]) -> Limits:
    first, *others = answers
    agreed = {
        name: getattr(first, name)
        for name in ("capacity", "left", "table", "closes_at", "room")
        if all(getattr(other, name) == getattr(first, name) for other in others)
    }
    return Limits(**agreed)
