"""What would put a customer's reasons right, as far as staff can see it: so the desk asks for nothing else.

The law's reasons name the ways that are open to the customer as they stand. Whether it matters that they are unfit for
vaccination, or 5 years old or below, no reason says: the law is asked again as if they were.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from kiosk.gate.party import Customer, Hand
from kiosk.gate.question import Judgement, VenueLaw
from kiosk.premises import Premises

#: Reasons that another way, for the unfit, may answer.
_OF_THE_UNFIT = frozenset(
    {"not_vaccinated", "missing_declaration", "missing_certificate", "missing_test", "unknown_fact"}
)


def staff_can_see(
    law: VenueLaw, hand: Hand, premises: Premises, at: datetime, judgement: Judgement
) -> tuple[frozenset[str], ...]:
    """For each customer: the names of the law's ways (``doses``, ``test``, …), ``age``, ``unfit`` and ``infant``."""
    asks = [_named(judgement, index) for index in range(len(hand.customers))]
    if not judgement.codes & _OF_THE_UNFIT:
        return tuple(asks)
    for name, changed in (
        ("unfit", [_unfit(customer) for customer in hand.customers]),
        ("infant", [_infant(customer) for customer in hand.customers]),
    ):
        if all(customer is None for customer in changed):
            continue
        tried = tuple(new or old for new, old in zip(changed, hand.customers, strict=True))
        then = law.judge(replace(hand, customers=tried), premises, at)
        for index, customer in enumerate(changed):
            if customer is not None and _codes(then, index) != _codes(judgement, index):
                asks[index] |= {name}
    return tuple(asks)


def _named(judgement: Judgement, index: int) -> frozenset[str]:
    names: set[str] = set()
    for reason in judgement.reasons:
        if reason.customer != index:
            continue
        if reason.values.get("fact") == "age":
            names.add("age")
        for remedy in reason.remedies:
            names.update(remedy.way.asks)
    return frozenset(names)


def _unfit(customer: Customer) -> Customer | None:
    return None if customer.unfit or customer.exempt else replace(customer, unfit=True)


def _infant(customer: Customer) -> Customer | None:
    able = (customer.unfit or customer.exempt) and customer.age in {None, "child"}
    return replace(customer, age="infant") if able else None


def _codes(judgement: Judgement, index: int) -> frozenset[str]:
    return frozenset(reason.code for reason in judgement.reasons if reason.customer == index)
