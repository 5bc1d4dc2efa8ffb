"""What the instruments at hand asked of a zone, with the paragraphs: nothing here knows a paragraph by heart.

An instrument is only cited where its file is the very one that decided then, by the digest in the log. What an instrument
asks hangs on some facts that no entry tells (the setting, food and drink, how many gather): a rule with such a guard is left out,
so that less is asked here than may have been, and never more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from kiosk.law.asked import CustomerRequirement
from kiosk.law.facts import Customer
from kiosk.law.instrument import Instrument, Instruments
from kiosk.law.measures import Amount
from kiosk.law.people import customers_reasons
from kiosk.law.rules import Guard, Rule, Rules
from kiosk.ledger.entries import AgeBand, DayOpened, Evidence, ZoneRules

#: An age in whole years for each band that staff can judge, as the gate asks the law.
_YEARS: dict[AgeBand, int] = {"infant": 5, "child": 15, "adult": 40, "elder": 65}
#: More doses, and longer ago, than any instrument asks.
_DOSES = tuple(date(2020, 1, 1) + timedelta(days=28 * number) for number in range(6))
_TODAY = _DOSES[-1] + timedelta(days=400)
#: What an entry tells of the facts on which a rule may hang.
_KNOWN_GUARDS = frozenset({"takeaway", "days", "banquet_over"})


class Cited(NamedTuple):
    """A code of the law and the paragraph behind it; None where the instrument is not at hand."""

    code: str
    para: str | None


class Asked:
    """Look-ups in the instruments at hand, each made once."""

    def __init__(self, instruments: Instruments) -> None:
        self._instruments = {one.id: one for one in instruments}
        self._asks: dict[tuple[object, ...], Asks | None] = {}

    def instrument(self, opened: DayOpened | None) -> Instrument | None:
        """The instrument that decided then, if its very file is at hand."""
        if opened is None or opened.instrument is None:
            return None
        found = self._instruments.get(opened.instrument)
        return None if found is None or found.digest != opened.instrument_digest else found

    def rules(self, opened: DayOpened | None, zone: ZoneRules | None) -> Rules | None:
        """The rules for a zone then; None where nobody can tell."""
        instrument = self.instrument(opened)
        if instrument is None or opened is None or opened.kind is None or zone is None:
            return None
        return instrument.rules(opened.kind, zone.mode)

    def limit(self, opened: DayOpened, zone: ZoneRules) -> Cited:
        """What the limit of a zone rests on."""
        rules = self.rules(opened, zone)
        for rule in rules.on("capacity") if rules else ():
            if _allows(rule.capacity, zone, zone.limit):
                return Cited("over_capacity", rule.para)
        for rule in rules.on("people") if rules else ():
            if _allows(rule.people, zone, zone.limit):
                return Cited("gathering_too_large", rule.para)
        return Cited("over_capacity", None)

    def limits(self, opened: DayOpened) -> Cited:
        """What the limit of the whole premises rests on: the limits of all zones."""
        cited = [self.limit(opened, zone) for zone in opened.zones]
        paras = dict.fromkeys(one.para for one in cited if one.para is not None)
        return Cited(cited[0].code, ", ".join(paras) or None)

    def room(self, opened: DayOpened, zone: ZoneRules) -> Cited:
        """What the limit of the rooms of a zone rests on."""
        rules = self.rules(opened, zone)
        for rule in rules.on("room") if rules else ():
            if rule.room == zone.room:
                return Cited("room_full", rule.para)
        for rule in rules.on("people") if rules else ():
            if _allows(rule.people, zone, zone.room):
                return Cited("gathering_too_large", rule.para)
        return Cited("room_full", None)

    def hours(self, opened: DayOpened, zone: ZoneRules, *, takeaway: bool) -> Cited | None:
        """What the closing hour rests on; None where the instrument waives it for what is taken away, or may."""
        rules = self.rules(opened, zone)
        if rules is None:
            return None if takeaway else Cited("outside_hours", None)
        for rule in rules.on("hours"):
            waived = takeaway and rule.unless is not None and rule.unless.takeaway
            if not waived and (rule.when is None or rule.when.takeaway is None):
                return Cited("outside_hours", rule.para)
        return None

    def knows_hours(self, opened: DayOpened, zone: ZoneRules) -> bool:
        """Whether the zone may have hours: then one that has no closing time may be one that is shut."""
        rules = self.rules(opened, zone)
        return rules is None or bool(rules.on("hours"))

    def checks(self, opened: DayOpened) -> str | None:
        """The paragraphs by which every customer has to show something before entering; None where there are none."""
        found = [
            rule.para
            for zone in opened.zones
            if (rules := self.rules(opened, zone)) is not None
            for rule in rules.on("customers")
            if rule.when is None
        ]
        return ", ".join(dict.fromkeys(found)) or None

    def asks(
        self, opened: DayOpened, zone: ZoneRules, *, takeaway: bool, banquet: bool, day: date
    ) -> Asks | None:
        """What was surely asked of everybody in a party that came to a zone; None where nobody can tell."""
        key = (
            opened.instrument,
            opened.instrument_digest,
            opened.kind,
            zone.mode,
            takeaway,
            banquet,
            day.weekday(),
        )
        if key not in self._asks:
            rules = self.rules(opened, zone)
            self._asks[key] = (
                None
                if rules is None
                else Asks(
                    (rule.customers, rule.para)
                    for rule in rules.on("customers")
                    if rule.customers is not None
                    and rule.customers.share_of_table is None
                    and _applies(rule, takeaway=takeaway, banquet=banquet, day=day)
                )
            )
        return self._asks[key]


class Asks:
    """What was asked of each person, and who shows nothing of it; each sort of person is looked at once."""

    def __init__(self, asked: Iterable[tuple[CustomerRequirement, str]]) -> None:
        self._asked = tuple(asked)
        self._missing: dict[tuple[object, ...], tuple[Cited, ...]] = {}

    def missing(self, person: Evidence) -> tuple[Cited, ...]:
        """What somebody shows nothing of, though everybody like them was asked for it."""
        papers = bool(person.proofs or person.record_seen or person.papers)
        key = (
            person.age,
            papers,
            person.lhs is None,
            person.form,
            person.registered,
            person.with_adult,
            person.mask,
        )
        found = self._missing.get(key)
        if found is None:
            found = self._missing[key] = tuple(
                cited
                for asked, para in self._asked
                for cited in _shows_nothing(asked, para, person, papers=papers)
            )
        return found


def _allows(amount: Amount | None, zone: ZoneRules, number: int | None) -> bool:
    """Whether it may be what set that number; what is left to other directions may."""
    return amount is None or amount.of(zone.capacity) == number


def _applies(rule: Rule, *, takeaway: bool, banquet: bool, day: date) -> bool:
    """Whether the rule surely applies to somebody who was let in."""
    if rule.when is not None and not _holds(rule.when, takeaway=takeaway, banquet=banquet, day=day):
        return False
    if rule.unless is None:
        return True
    known = _facts(rule.unless) <= _KNOWN_GUARDS and not (banquet and "banquet_over" in _facts(rule.unless))
    return known and not _holds(rule.unless, takeaway=takeaway, banquet=banquet, day=day)


def _facts(guard: Guard) -> frozenset[str]:
    return frozenset(guard.model_fields_set)


def _holds(guard: Guard, *, takeaway: bool, banquet: bool, day: date) -> bool:
    """Whether all facts of a guard are known from the log, and so; how large a banquet was nobody looks up."""
    facts = _facts(guard)
    if not facts <= _KNOWN_GUARDS or "banquet_over" in facts:
        return False
    del banquet
    return guard.takeaway in {None, takeaway} and ("days" not in facts or day.weekday() in guard.weekdays)


def _shows_nothing(
    asked: CustomerRequirement, para: str, person: Evidence, *, papers: bool
) -> tuple[Cited, ...]:
    """What is missing if everything that was shown is taken for the best that it may have been."""
    customer = Customer(
        age=_YEARS[person.age] if person.age else None,
        doses=_DOSES if papers else (),
        lhs_scan=person.lhs is not None,
        form=person.form,
        registered=person.registered,
        with_adult=person.with_adult,
        mask=bool(person.mask),
    )
    found = _certain(asked, para, customer)
    # The log does not say who was unfit to be vaccinated, and some of them need no paper.
    unfit = customer.model_copy(update={"unfit": True})
    return found if found and _certain(asked, para, unfit) else ()


def _certain(asked: CustomerRequirement, para: str, customer: Customer) -> tuple[Cited, ...]:
    reasons = customers_reasons(asked, para, (customer,), _TODAY)
    return tuple(Cited(one.code, one.para) for one in reasons if one.code != "unknown_fact")
