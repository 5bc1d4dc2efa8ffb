"""Numbers of people: capacity of the area and of the whole place, tables, rooms, banquets and gatherings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.law.decision import Code, Reason
from kiosk.law.measures import Amount, HeadCount
from kiosk.law.rules import Rule
from kiosk.law.situation import Area, Situation, applies, areas


@dataclass(frozen=True, slots=True)
class Bound:
    """The most people that one rule allows; ``number`` None where ``fact`` is missing.

    ``lost`` names what keeps the place from a larger number, where the rule is for those alone.
    """

    para: str
    number: int | None
    fact: str = "capacity"
    by_room: bool = False
    lost: str = ""


def bounds(seen: Situation, condition: str) -> list[Bound]:
    """What all rules say of one sort of number."""
    return [
        bound
        for rule in seen.rules.on(condition)
        if (bound := _bound(rule, seen, condition)) is not None and applies(rule, seen)
    ]


def _bound(rule: Rule, seen: Situation, condition: str) -> Bound | None:
    if rule.left_to_premises is not None:
        return _left_to_premises(rule, seen, condition)
    said = getattr(rule, condition)
    if isinstance(said, Amount):
        by_room = isinstance(said, HeadCount) and said.by_room
        return Bound(rule.para, said.of(seen.area.capacity), by_room=by_room, lost=_lost(rule))
    return Bound(rule.para, said)


def _lost(rule: Rule) -> str:
    if rule.when is not None and rule.when.food_or_drink:
        return "food_or_drink"
    return "qualifies" if rule.when is not None and rule.when.qualifies is False else ""


def _left_to_premises(rule: Rule, seen: Situation, condition: str) -> Bound | None:
    limits = seen.premises.limits
    if limits is None or not limits.said:
        return Bound(rule.para, None, "limits")
    if condition == "table":
        return None if limits.table is None else Bound(rule.para, limits.table)
    if limits.capacity_percent is None:
        return None
    return Bound(rule.para, Amount(percent=limits.capacity_percent).of(seen.area.capacity))


def smallest(found: list[Bound]) -> int | None:
    """The number that binds; None where there is none, or where one of them is not known."""
    numbers = [bound.number for bound in found]
    known = [number for number in numbers if number is not None]
    return min(known) if known and len(known) == len(numbers) else None


def number_reasons(seen: Situation, condition: str) -> Iterator[Reason]:
    """The reasons of one sort of number."""
    found = sorted(bounds(seen, condition), key=lambda bound: bound.number or 0)
    for bound in found:
        code, already, coming = _counted(seen, condition, bound)
        count = already + coming
        if bound.number is None:
            if count:
                yield Reason("unknown_fact", bound.para, values={"fact": bound.fact})
        elif count > bound.number:
            left = max(0, bound.number - already)
            yield Reason(
                code,
                bound.para,
                values={"limit": bound.number, "count": count, "left": left, "party": seen.coming},
                variant=bound.lost or ("by_room" if bound.by_room else ""),
            )
    if condition == "capacity" and seen.premises.zones and found:
        yield from _place_reasons(seen, found[0].para)


def _counted(seen: Situation, condition: str, bound: Bound) -> tuple[Code, int, int]:
    if condition == "capacity":
        return "over_capacity", seen.here, seen.coming
    if condition == "table":
        return "table_full", seen.party.seated_at_table, seen.coming
    if condition == "room":
        return "room_full", seen.party.in_room, seen.coming
    if condition == "banquet":
        return "banquet_too_large", seen.banquet, 0
    return "gathering_too_large", seen.gathered(by_room=bound.by_room), seen.coming


@dataclass(frozen=True, slots=True)
class Place:
    """All areas together: the sum of the numbers that are known, and whether that is all of them."""

    number: int
    whole: bool
    inside: int


def place(seen: Situation) -> Place | None:
    """The most people in all areas together; None where one of them has no limit."""
    number, whole = 0, True
    for area in areas(seen.premises):
        there = seen if area == seen.area else seen.elsewhere(area)
        if there is None:
            # A mode that nobody has told may allow any number; one that is shut allows none.
            whole = whole and not _untold(area, seen)
            continue
        found = bounds(there, "capacity")
        if not found:
            return None
        smallest_there = smallest(found)
        whole = whole and smallest_there is not None
        number += smallest_there or 0
    return Place(number, whole, sum(seen.inside.values()))


def _untold(area: Area, seen: Situation) -> bool:
    return area.mode is None and bool(seen.instrument.kinds[seen.premises.kind].modes)


def _place_reasons(seen: Situation, para: str) -> Iterator[Reason]:
    all_areas = place(seen)
    if all_areas is None or all_areas.inside + seen.coming <= all_areas.number:
        return
    if not all_areas.whole:
        yield Reason("unknown_fact", para, values={"fact": "capacity"})
        return
    yield Reason(
        "over_capacity",
        para,
        values={
            "limit": all_areas.number,
            "count": all_areas.inside + seen.coming,
            "left": max(0, all_areas.number - all_areas.inside),
            "party": seen.coming,
        },
        variant="place",
    )


def capacity_and_left(seen: Situation) -> tuple[int | None, int | None]:
    """The number that binds the area, and how many of it are left before the party."""
    found = bounds(seen, "capacity")
    already = seen.here
    if not found:
        found = bounds(seen, "people")
        already = seen.gathered(by_room=any(bound.by_room for bound in found))
    number = smallest(found)
    if number is None:
        return None, None
    left = number - already
    if seen.premises.zones and (all_areas := place(seen)) is not None and all_areas.whole:
        left = min(left, all_areas.number - all_areas.inside)
    return number, max(0, left)
