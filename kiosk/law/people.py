"""What is asked of people: customers one by one, a share of a table, and the staff.

A requirement lists ways, any of which will do. Who does none is told what is missing: of the way for the unfit, if it
is open to that person, and of the first way otherwise. An unknown age counts only where the answer turns on it: the
requirement is tried at one age of each band that it tells apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import cast

from kiosk.law.asked import (
    Alternative,
    CustomerAlternative,
    CustomerRequirement,
    Doses,
    StaffRequirement,
    Test,
)
from kiosk.law.decision import Code, Reason, Remedy
from kiosk.law.facts import Customer, Person, Staff

_CODES: Mapping[str, Code] = MappingProxyType(
    {
        "doses": "not_vaccinated",
        "test": "missing_test",
        "declaration": "missing_declaration",
        "certificate": "missing_certificate",
        "lhs_scan": "no_lhs_scan",
        "form": "no_lhs_scan",
        "with_adult": "no_lhs_scan",
        "registered": "not_registered",
        "mask": "mask_required",
    }
)
_STAFF_CODES: Mapping[str, Code] = MappingProxyType(
    {
        "doses": "staff_not_vaccinated",
        "test": "staff_not_tested",
        "declaration": "staff_missing_declaration",
        "certificate": "staff_missing_certificate",
    }
)


def has_doses(person: Person, asked: Doses, today: date) -> bool:
    """Whether the doses taken by ``today`` are enough and old enough; two on one day are one."""
    taken = sorted({day for day in person.doses if day <= today})
    if len(taken) < asked.at_least:
        return False
    return taken[asked.at_least - 1] + timedelta(days=asked.days_after) <= today


def has_test(person: Person, asked: Test, today: date) -> bool:
    """Whether there is a negative sample of the last days, or none is due yet."""
    if asked.first_due_by is not None and today <= asked.first_due_by:
        return True
    return any(
        sample.negative and 0 <= (today - sample.date).days <= asked.within_days
        for sample in person.pcr_samples
    )


def _does(name: str, way: Alternative, person: Person, today: date) -> bool:
    if name == "doses":
        return has_doses(person, cast("Doses", way.doses), today)
    if name == "test":
        return has_test(person, cast("Test", way.test), today)
    if name == "certificate":
        return person.medical_certificate
    return bool(getattr(person, name))


def _open_to(way: Alternative, person: Person, age: int | None) -> bool:
    if way.unfit and not person.unfit:
        return False
    ages = way.ages if isinstance(way, CustomerAlternative) else None
    return ages is None or (age is not None and ages.include(age))


@dataclass(frozen=True, slots=True)
class _Shortfall:
    """What somebody who does none of the ways is told."""

    way: Alternative
    names: tuple[str, ...]
    remedies: tuple[Remedy, ...]


def _shortfall(
    ways: tuple[Alternative, ...], person: Person, age: int | None, today: date
) -> _Shortfall | None:
    # Nearly everybody does the first way, which is open to all.
    first = ways[0]
    lacking = tuple(name for name in first.asks if not _does(name, first, person, today))
    if not lacking:
        return None
    told, ways_open = (first, lacking), [first]
    for way in ways[1:]:
        if not _open_to(way, person, age):
            continue
        missing = tuple(name for name in way.asks if not _does(name, way, person, today))
        if not missing:
            return None
        ways_open.append(way)
        if way.unfit and not told[0].unfit:
            told = (way, missing)
    return _Shortfall(told[0], told[1], tuple(Remedy(way) for way in ways_open))


def staff_do(asked: StaffRequirement, member: Staff, today: date) -> bool:
    """Whether a member of staff does what is asked."""
    return _shortfall(asked.any_of, member, None, today) is None


def staff_reasons(asked: StaffRequirement, staff: tuple[Staff, ...], today: date) -> list[Reason]:
    """What the staff lack, a reason a code; its ``values`` say how many and, for the manager, who."""
    lacking: dict[Code, tuple[_Shortfall, list[str]]] = {}
    for member in staff:
        short = _shortfall(asked.any_of, member, None, today)
        for name in short.names if short else ():
            assert short is not None  # noqa: S101 - for the type checker
            lacking.setdefault(_STAFF_CODES[name], (short, []))[1].append(member.id)
    return [
        Reason(
            code,
            short.way.para,
            values={"count": len(who), "staff": tuple(who)},
            remedies=short.remedies,
        )
        for code, (short, who) in lacking.items()
    ]


def _reasons_at(
    asked: CustomerRequirement, customer: Customer, index: int, age: int, today: date
) -> dict[Code, Reason]:
    if asked.ages is not None and not asked.ages.include(age):
        return {}
    short = _shortfall(asked.any_of, customer, age, today)
    if short is None:
        return {}
    codes = {_CODES[name]: None for name in short.names}
    return {code: Reason(code, short.way.para, index, remedies=short.remedies) for code in codes}


def _customer_reasons(
    asked: CustomerRequirement, customer: Customer, index: int, today: date
) -> Iterator[Reason]:
    if customer.age is not None or len(asked.telling_ages) == 1:
        age = asked.telling_ages[0] if customer.age is None else customer.age
        yield from _reasons_at(asked, customer, index, age, today).values()
        return
    tried = [_reasons_at(asked, customer, index, age, today) for age in asked.telling_ages]
    for code, reason in {code: one for answer in tried for code, one in answer.items()}.items():
        if all(code in answer for answer in tried):
            yield min((answer[code] for answer in tried), key=lambda one: len(one.remedies))
        else:
            yield Reason("unknown_fact", reason.para, index, values={"fact": "age"})


def customers_reasons(
    asked: CustomerRequirement, para: str, customers: tuple[Customer, ...], today: date
) -> list[Reason]:
    """What the customers lack: each of them, or, where a share of a table is asked, the party as a whole."""
    if asked.share_of_table is not None:
        return _share_reasons(asked, para, customers, today)
    return [
        reason
        for index, customer in enumerate(customers)
        for reason in _customer_reasons(asked, customer, index, today)
    ]


def _share_reasons(
    asked: CustomerRequirement, para: str, customers: tuple[Customer, ...], today: date
) -> list[Reason]:
    """Those already at the table have met the share among themselves; if the party does too, all of them do."""
    assert asked.share_of_table is not None  # noqa: S101 - for the type checker
    share = asked.share_of_table.at_least
    best_asked = best_done = worst_asked = worst_done = 0
    for customer in customers:
        ages = (customer.age,) if customer.age is not None else asked.telling_ages
        states = {
            (1, int(_shortfall(asked.any_of, customer, age, today) is None))
            if asked.ages is None or asked.ages.include(age)
            else (0, 0)
            for age in ages
        }
        best = max(states, key=lambda state: (state[1], -state[0]))
        worst = min(states, key=lambda state: (state[1] - state[0], state[1]))
        best_asked, best_done = best_asked + best[0], best_done + best[1]
        worst_asked, worst_done = worst_asked + worst[0], worst_done + worst[1]
    if worst_done >= worst_asked * share:
        return []
    if best_done >= best_asked * share:
        return [Reason("unknown_fact", para, values={"fact": "age"})]
    first = asked.any_of[0]
    needed = -(-worst_asked * share.numerator // share.denominator)
    return [
        Reason(
            _CODES[first.asks[0]],
            para,
            values={"needed": needed, "asked": worst_asked, "done": worst_done},
            variant="share",
            remedies=(Remedy(first),),
        )
    ]
