"""People being checked in: what has been seen of each of them so far, as frozen data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from kiosk import law
from kiosk.gate.snapshot import Texts
from kiosk.ledger.entries import (
    AgeBand,
    Evidence,
    LhsEvidence,
    Paper,
    Personal,
    Registration,
    Step,
    TableShare,
)
from kiosk.proofs.masking import mask_document, mask_name
from kiosk.proofs.model import Dose, Facts, Format, HealthColour
from kiosk.proofs.person import may_be_one

#: An age in whole years for each band that staff can judge: 5, 15 and 65 are the law's own edges.
_YEARS: dict[AgeBand, int] = {"infant": 5, "child": 15, "adult": 40, "elder": 65}
#: From the best to the worst.
_COLOURS: tuple[HealthColour, ...] = ("green", "amber", "red")


@dataclass(frozen=True, kw_only=True)
class Customer:
    """One customer. Names and numbers are masked; what they registered is held only until they are admitted."""

    age: AgeBand | None = None
    #: The formats of verified codes.
    proofs: tuple[Format, ...] = ()
    #: By which `reentry` knows the person again; never stored.
    tags: frozenset[bytes] = field(default=frozenset(), repr=False)
    #: Staff say that the person left and really comes again.
    comes_again: bool = False
    masked_name: str | None = None
    masked_document: str | None = None
    doses: tuple[Dose, ...] = ()
    recovered: bool = False
    exempt: bool = False
    #: The colour of a Health Code.
    health: HealthColour | None = None
    #: Days of negative nucleic acid samples, from verified codes.
    samples: tuple[date, ...] = ()
    #: Why the last code was no evidence, in words.
    rejected: Texts | None = None
    #: Days of doses that staff read on a record that the kiosk cannot.
    record: tuple[date, ...] = ()
    document_seen: bool = False
    lhs: LhsEvidence | None = None
    form: bool = False
    registered: bool = False
    #: They filled in our form themselves; it is the specified form for those of whom the law asks one.
    on_form: bool = False
    with_adult: bool = False
    mask: bool = False
    unfit: bool = False
    papers: tuple[Paper, ...] = ()
    registration: Registration | None = field(default=None, repr=False)

    @property
    def has_form(self) -> bool:
        """Whether the specified form was filled in: on paper, or on ours by somebody who needs one."""
        return self.form or (self.on_form and self.age not in {None, "adult"})

    def shown(self, format_: Format, facts: Facts, tags: frozenset[bytes]) -> Customer:
        """The customer after a verified code, whose person is known again by ``tags``."""
        return replace(
            self,
            proofs=(*self.proofs, *([] if format_ in self.proofs else [format_])),
            tags=self.tags | tags,
            masked_name=self.masked_name or (mask_name(facts.name) if facts.name else None),
            masked_document=self.masked_document
            or (mask_document(facts.document) if facts.document else None),
            doses=tuple(sorted({*self.doses, *facts.doses}, key=lambda dose: (dose.date, dose.product))),
            recovered=self.recovered or facts.recovered,
            exempt=self.exempt or facts.exemption,
            health=_worse(self.health, facts.health_colour),
            samples=(
                *self.samples,
                *(test.date for test in facts.tests if test.negative and test.method == "pcr"),
            ),
            rejected=None,
        )

    def as_law(self, today: date) -> law.Customer:
        """What the law asks about them; papers that staff saw today hold today."""
        samples = [*self.samples, *([today] if "test" in self.papers else [])]
        return law.Customer(
            age=_YEARS[self.age] if self.age else None,
            doses=tuple(sorted({*(dose.date for dose in self.doses), *self.record})),
            unfit=self.unfit or self.exempt,
            declaration="declaration" in self.papers,
            medical_certificate="medical_certificate" in self.papers,
            pcr_samples=tuple(law.PcrSample(date=day, negative=True) for day in samples),
            lhs_scan=self.lhs is not None,
            form=self.has_form,
            registered=self.registered,
            with_adult=self.with_adult,
            mask=self.mask,
        )

    def evidence(self) -> Evidence:
        """What the log says of them: kinds of evidence, nobody's name."""
        return Evidence(
            proofs=self.proofs,
            record_seen=bool(self.record),
            document_seen=self.document_seen,
            lhs=self.lhs,
            form=self.has_form,
            registered=self.registered,
            with_adult=self.with_adult,
            mask=self.mask or None,
            papers=self.papers,
            age=self.age,
            comes_again=self.comes_again or None,
        )


@dataclass(frozen=True, kw_only=True)
class Hand:
    """The party at hand, or the one visitor at an unattended door."""

    zone: str | None
    customers: tuple[Customer, ...] = (Customer(),)
    #: The index of the customer to whom the next code belongs.
    selected: int = 0
    tables: tuple[TableShare, ...] = ()
    room: str | None = None
    #: The banquet that they join.
    banquet: str | None = None
    takeaway: bool = False
    #: The venue's own steps that have been taken.
    steps: tuple[Step, ...] = ()
    #: Its number at the desk; 0 until it has one.
    number: int = 0

    @property
    def untouched(self) -> bool:
        """Whether nobody has said or seen anything of this party yet but where it might go."""
        return self == Hand(zone=self.zone, number=self.number)

    def steps_missing(self, asked: tuple[Step, ...]) -> tuple[Step, ...]:
        """The venue's own steps that have not been taken."""
        return tuple(step for step in asked if step not in self.steps)

    def seating(self) -> tuple[TableShare, ...]:
        """Who sits where; at a single table all of them do, however many have joined since it was chosen."""
        if self.takeaway:
            return ()
        if len(self.tables) == 1:
            return (TableShare(table=self.tables[0].table, people=len(self.customers)),)
        return self.tables

    def groups(self) -> Iterator[tuple[str | None, int, tuple[Customer, ...]]]:
        """Those who sit together: table (None: one that nobody else sits at), index of the first, and who they are."""
        start = 0
        for share in self.seating():
            group = self.customers[start : start + share.people]
            if group:
                yield share.table, start, group
            start += len(group)
        if start < len(self.customers):
            yield None, start, self.customers[start:]

    def with_customer(self, index: int, customer: Customer) -> Hand:
        """The party with one customer as they are now."""
        customers = (*self.customers[:index], customer, *self.customers[index + 1 :])
        return replace(self, customers=customers)

    def personal(self) -> Personal | None:
        """What is sealed when they are admitted; None when nobody registered."""
        registrations = tuple(customer.registration for customer in self.customers)
        return Personal(registrations=registrations) if any(registrations) else None


def _worse(one: HealthColour | None, other: HealthColour | None) -> HealthColour | None:
    """The worse of two colours: an older green takes nothing back."""
    return max(filter(None, (one, other)), key=_COLOURS.index, default=None)


def take_code(hand: Hand, format_: Format, facts: Facts, tags: frozenset[bytes]) -> tuple[Hand, int, bool]:
    """Give a verified code to a customer of the party.

    It goes to the selected customer if they have none yet, otherwise to the next one without, otherwise to a new one.
    One person is not two customers: a record that tells of nobody and nothing new goes to nobody, another of theirs (the
    test beside the vaccination) to whom they are.

    Returns:
        The party, the index of the customer concerned, and whether the code is theirs.
    """
    for index, customer in enumerate(hand.customers):
        if customer.tags & tags:
            if tags <= customer.tags and format_ in customer.proofs:
                return hand, index, False
            return hand.with_customer(index, customer.shown(format_, facts, tags)), index, True
    index = next_without_proof(hand)
    if index == len(hand.customers):
        hand = replace(hand, customers=(*hand.customers, Customer()))
    hand = hand.with_customer(index, hand.customers[index].shown(format_, facts, tags))
    return replace(hand, selected=index), index, True


def is_anothers(customer: Customer, facts: Facts) -> bool:
    """Whether a code cannot be of the person whose code this customer showed before: other initials, another number."""
    masked = mask_name(facts.name) if facts.name else None
    number = mask_document(facts.document) if facts.document else None
    differs = customer.masked_document and number and customer.masked_document != number
    return bool(differs) or not may_be_one(customer.masked_name, masked)


def next_without_proof(hand: Hand) -> int:
    """The selected customer, or the next without a proof (round the party); the party's length if all have one."""
    people = len(hand.customers)
    order = [(hand.selected + step) % people for step in range(people)]
    return next((index for index in order if not hand.customers[index].proofs), people)
