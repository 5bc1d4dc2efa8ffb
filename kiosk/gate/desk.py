"""What staff do with the party at hand: every command that builds it, admits it or overrides the law for it.

* The first touch of a fresh party starts it with one customer. A change asks the law anew (`machine`).
* A code goes to the selected customer if they have none yet, otherwise to the next one without, otherwise to a new
  customer; a code that is no evidence marks one of those that are there. The same record twice is not two people.
* Admitting decides again at that very moment. The law's refusal is logged; a fault of seating, or a step of the venue's
  own that has not been taken, is not the law's and only answered. After an admission no party is at hand.
* An override needs a supervisor and a reason. It overcomes the law's refusal, never a stop, missing chairs or steps.
* Tables, rooms, banquets and steps are in `places`, parties that wait in `waiting`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from kiosk.gate import reentry
from kiosk.gate.admitting import admit, refuse
from kiosk.gate.commands import (
    AnyCommand,
    CustomerAdd,
    CustomerAge,
    CustomerAttest,
    CustomerCompare,
    CustomerPaper,
    CustomerRecord,
    CustomerRemove,
    CustomerSelect,
    PartyAdmit,
    PartyNew,
    PartyOverride,
    PartyTakeaway,
    PartyZone,
    VisitorDeclare,
    VisitorRegister,
)
from kiosk.gate.events import Commanded
from kiosk.gate.lines import moment
from kiosk.gate.party import Customer, Hand, next_without_proof, take_code
from kiosk.gate.snapshot import Texts, VerdictView
from kiosk.gate.turn import NotDoneError, Turn
from kiosk.gate.visitors import Sound, receipt_fault, show_rejected, sound_of
from kiosk.ledger.entries import Override, Registration
from kiosk.proofs.masking import document_matches, name_matches
from kiosk.proofs.model import Proof
from kiosk.texts import every_language

#: More people are checked in as a second party.
MOST_CUSTOMERS = 60

#: Does a command; answers with an error code where it was done and the answer is still no.
Doer = Callable[[Turn, Any, Commanded], str | None]


def fresh(turn: Turn, zone: str | None = None) -> Hand:
    """A party of one; where there is a single zone, they want to go there."""
    zones = turn.settings.zone_ids
    if zone is not None and zone not in zones:
        raise NotDoneError("unknown_zone", zone=zone)
    return Hand(zone=zone or (zones[0] if len(zones) == 1 else None))


def at_hand(turn: Turn) -> Hand:
    """The party at hand, or a fresh one."""
    return turn.state.hand or fresh(turn)


def look_view(hand: Hand, sound: Sound = "none") -> VerdictView:
    """What the display says while staff build a party."""
    customer = hand.customers[hand.selected]
    return VerdictView(
        state="look",
        number=0,
        zone=hand.zone,
        masked_name=customer.masked_name,
        masked_document=customer.masked_document,
        people=len(hand.customers),
        message=moment("recovered") if customer.recovered else None,
        sound=sound,
    )


def code_read(turn: Turn, proof: Proof, tags: frozenset[bytes]) -> None:
    """A code was held up while staff run the door; ``tags`` know its person again."""
    hand = at_hand(turn)
    facts = proof.evidence
    if facts is None or proof.format is None:
        index = next_without_proof(hand)
        index = hand.selected if index == len(hand.customers) else index
        rejected = every_language(proof.sentence_key("staff"))
        turn.change(hand=hand.with_customer(index, replace(hand.customers[index], rejected=rejected)))
        show_rejected(turn, proof)
        return
    if len(hand.customers) >= MOST_CUSTOMERS and next_without_proof(hand) == len(hand.customers):
        return
    hand, index, theirs = take_code(hand, proof.format, facts, tags)
    if theirs:
        turn.change(hand=hand)
        turn.show(look_view(replace(hand, selected=index), sound_of(facts)))
    else:
        _told(turn, hand, moment("same_person", customer=index + 1), but=index)


def receipt_read(turn: Turn, proof: Proof, tags: frozenset[bytes]) -> None:
    """A receipt of our own was held up: it is the scan of whoever of the party has none, once."""
    hand = at_hand(turn)
    shown = next((index for index, customer in enumerate(hand.customers) if customer.tags & tags), None)
    fault = receipt_fault(turn, proof)
    if shown is not None:
        fault = moment("same_person", customer=shown + 1)
    if fault is not None:
        _told(turn, hand, fault, but=shown)
        return
    people = len(hand.customers)
    order = [(hand.selected + step) % people for step in range(people)]
    index = next((index for index in order if hand.customers[index].lhs is None), hand.selected)
    customer = replace(hand.customers[index], lhs="receipt", tags=hand.customers[index].tags | tags)
    hand = hand.with_customer(index, customer)
    turn.change(hand=hand)
    turn.show(look_view(replace(hand, selected=index)))


def _told(turn: Turn, hand: Hand, said: Texts, *, but: int | None = None) -> None:
    """Say why a code gives nobody anything; it stands with the selected customer, unless it is theirs anyway."""
    if but != hand.selected:
        hand = hand.with_customer(hand.selected, replace(hand.customers[hand.selected], rejected=said))
    turn.change(hand=hand)
    turn.show(look_view(hand).model_copy(update={"message": said}))


def _new(turn: Turn, command: PartyNew, event: Commanded) -> None:
    del event
    turn.change(hand=fresh(turn, command.zone))
    turn.hush()


def _zone(turn: Turn, command: PartyZone, event: Commanded) -> None:
    del event
    turn.change(hand=in_zone(turn, at_hand(turn), command.zone))


def in_zone(turn: Turn, hand: Hand, zone: str) -> Hand:
    """The party, wanting to go to ``zone``; what it chose elsewhere is void."""
    if zone not in turn.settings.zone_ids:
        raise NotDoneError("unknown_zone", zone=zone)
    if hand.zone == zone:
        return hand
    return replace(hand, zone=zone, tables=(), room=None, banquet=None)


def _takeaway(turn: Turn, command: PartyTakeaway, event: Commanded) -> None:
    del event
    turn.change(hand=replace(at_hand(turn), takeaway=command.takeaway))


def _add(turn: Turn, command: CustomerAdd, event: Commanded) -> None:
    del event
    hand = turn.state.hand
    if hand is None:
        turn.change(hand=replace(fresh(turn), customers=(Customer(age=command.age),)))
        return
    if len(hand.customers) >= MOST_CUSTOMERS:
        raise NotDoneError("party_too_large", most=MOST_CUSTOMERS)
    customers = (*hand.customers, Customer(age=command.age))
    turn.change(hand=replace(hand, customers=customers, selected=len(customers) - 1))


def _remove(turn: Turn, command: CustomerRemove, event: Commanded) -> None:
    del event
    hand, index = at_hand(turn), command.customer
    _customer(hand, index)
    if len(hand.customers) == 1:
        raise NotDoneError("last_customer")
    customers = (*hand.customers[:index], *hand.customers[index + 1 :])
    selected = hand.selected - 1 if hand.selected > index else min(hand.selected, len(customers) - 1)
    turn.change(hand=replace(hand, customers=customers, selected=selected))


def _select(turn: Turn, command: CustomerSelect, event: Commanded) -> None:
    del event
    hand = at_hand(turn)
    _customer(hand, command.customer)
    turn.change(hand=replace(hand, selected=command.customer))


def _customer(hand: Hand, index: int) -> Customer:
    if index >= len(hand.customers):
        raise NotDoneError("unknown_customer", customer=index + 1)
    return hand.customers[index]


def _update(turn: Turn, index: int, **changes: Any) -> None:
    hand = at_hand(turn)
    turn.change(hand=hand.with_customer(index, replace(_customer(hand, index), **changes)))


def _age(turn: Turn, command: CustomerAge, event: Commanded) -> None:
    del event
    _update(turn, command.customer, age=command.age)


def _attest(turn: Turn, command: CustomerAttest, event: Commanded) -> None:
    del event
    if command.what == "lhs_seen":
        if command.value and "staff_saw" not in turn.settings.admission.lhs_evidence:
            raise NotDoneError("lhs_seen_not_accepted")
        _update(turn, command.customer, lhs="staff_saw" if command.value else None)
    elif command.what == "registered" and not command.value:
        _update(turn, command.customer, registered=False, registration=None, on_form=False)
    else:
        _update(turn, command.customer, **{command.what: command.value})


def _compare(turn: Turn, command: CustomerCompare, event: Commanded) -> None:
    del event
    customer = _customer(at_hand(turn), command.customer)
    if customer.masked_document is None and customer.masked_name is None:
        raise NotDoneError("nothing_to_compare")
    number, name = customer.masked_document, customer.masked_name
    if not (
        (number and document_matches(command.document, number))
        or (name and name_matches(command.document, name))
    ):
        raise NotDoneError("document_differs", customer=command.customer + 1)
    _update(turn, command.customer, document_seen=True)


def _paper(turn: Turn, command: CustomerPaper, event: Commanded) -> None:
    del event
    papers = [paper for paper in _customer(at_hand(turn), command.customer).papers if paper != command.paper]
    _update(turn, command.customer, papers=(*papers, *([command.paper] if command.value else [])))


def _record(turn: Turn, command: CustomerRecord, event: Commanded) -> None:
    del event
    days = []
    for said in command.doses:
        try:
            days.append(date.fromisoformat(said))
        except ValueError as error:
            raise NotDoneError("bad_date", date=said) from error
    _update(turn, command.customer, record=tuple(sorted(set(days))))


def _ready(turn: Turn) -> Hand:
    """The party, if nothing but the law can be against it."""
    if turn.stops:
        raise NotDoneError(turn.stops[0])
    hand = turn.state.hand
    if hand is None:
        raise NotDoneError("no_party")
    if hand.zone is None:
        raise NotDoneError("no_zone")
    return hand


def _seated(turn: Turn, hand: Hand) -> None:
    reentry.check(turn, hand.customers)
    fault = turn.law.place_fault(hand, turn.premises, turn.state.law)
    if fault:
        code, values = fault
        raise NotDoneError(code, **values)
    missing = hand.steps_missing(turn.settings.admission.steps)
    if missing:
        raise NotDoneError("steps_missing", steps=missing)


def _admit(turn: Turn, command: PartyAdmit, event: Commanded) -> str | None:
    del command
    hand = _ready(turn)
    judgement = turn.law.judge(hand, turn.premises, turn.at)
    if not judgement.admit:
        refuse(turn, hand, judgement, way="staffed", by=event.by, command=event.id, see_staff=False)
        return "refused"
    _seated(turn, hand)
    admit(turn, hand, judgement, way="staffed", by=event.by, command=event.id)
    turn.change(hand=None)
    return None


def _override(turn: Turn, command: PartyOverride, event: Commanded) -> None:
    if event.supervisor is None:
        raise NotDoneError("supervisor_needed")
    hand = _ready(turn)
    _seated(turn, hand)
    judgement = turn.law.judge(hand, turn.premises, turn.at)
    override = None
    if not judgement.admit:
        override = Override(by=event.supervisor, reason=command.reason, against=judgement.legal())
    admit(turn, hand, judgement, way="staffed", by=event.by, command=event.id, override=override)
    turn.change(hand=None)


def visitor_said(turn: Turn, command: AnyCommand) -> None:
    """A visitor declares or registers on the display while staff build the party: for the selected customer."""
    hand = turn.state.hand
    if hand is None or not isinstance(command, VisitorDeclare | VisitorRegister):
        raise NotDoneError("staffed")
    if isinstance(command, VisitorRegister):
        registration = Registration(name=command.name, contact=command.contact)
        _update(turn, hand.selected, registered=True, registration=registration)
        return
    if "declared" not in turn.settings.admission.lhs_evidence:
        raise NotDoneError("declare_not_accepted")
    _update(turn, hand.selected, lhs=hand.customers[hand.selected].lhs or "declared")


COMMANDS: dict[type, Doer] = {
    PartyNew: _new,
    PartyZone: _zone,
    PartyTakeaway: _takeaway,
    CustomerAdd: _add,
    CustomerRemove: _remove,
    CustomerSelect: _select,
    CustomerAge: _age,
    CustomerAttest: _attest,
    CustomerCompare: _compare,
    CustomerPaper: _paper,
    CustomerRecord: _record,
    PartyAdmit: _admit,
    PartyOverride: _override,
}
