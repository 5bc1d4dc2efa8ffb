"""The unattended door: one person at once, asked for what the law's own reasons name as missing.

* A reason that one of a visitor's own actions can put right becomes a question: a code for a missing dose, a
  declaration or a registration for a missing scan; what is offered follows from the ways that the reason names and
  from the venue's setting for evidence. A verified record without the dose is an answer, not a question.
* Any other reason refuses, with all such reasons and "please see our staff". So does a question that this venue
  lets nobody answer at the door.
* Nothing missing: a tap admits; whoever has just done something is admitted at once.
* Where the venue has steps of its own at the door, or the law counts rooms, which nobody can choose here, the visitor is
  sent to the staff.
* Nobody knows the visitor's age.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from kiosk import law
from kiosk.gate.admitting import admit, refuse, refused_view
from kiosk.gate.lines import moment
from kiosk.gate.party import Hand, is_anothers
from kiosk.gate.question import Judgement
from kiosk.gate.reentry import again
from kiosk.gate.snapshot import Texts, VerdictView
from kiosk.gate.turn import NotDoneError, Turn, zone_of_unattended
from kiosk.gate.words import step_names
from kiosk.ledger.entries import CodeRejected, Registration
from kiosk.proofs.model import Facts, Format, Proof
from kiosk.texts import every_language

Ask = Literal["code", "declare", "register", "enter"]
Sound = Literal["vaccinated", "exempt", "invalid", "none"]

#: What a visitor can do about what a way of the law asks.
_ANSWERS: dict[str, Ask] = {"doses": "code", "lhs_scan": "declare", "registered": "register"}
_ORDER: tuple[Ask, ...] = ("code", "declare", "register")
#: Reasons that a visitor may put right at the door.
_ASKABLE = frozenset({"not_vaccinated", "no_lhs_scan", "not_registered"})
#: Codes that say nothing of vaccinations: whoever showed one of them may still show a record.
_NO_RECORDS: frozenset[Format] = frozenset({"health-code", "hk-evt"})


@dataclass(frozen=True)
class Wants:
    """What is still missing of a visitor: questions to ask, and reasons that no answer puts right."""

    asks: tuple[Ask, ...]
    final: tuple[law.Reason, ...]


def unattended_zone(turn: Turn) -> str | None:
    """The zone that an unattended door admits to."""
    return zone_of_unattended(turn.settings)


def wants(judgement: Judgement, visitor: Hand, evidence: Iterable[str]) -> Wants:
    """What follows from the law's reasons for the one visitor, where `evidence` counts as proof of a scan."""
    offered: set[Ask] = {"register"}
    if "declared" in evidence:
        offered.add("declare")
    if set(visitor.customers[0].proofs) <= _NO_RECORDS:
        offered.add("code")
    asks: set[Ask] = set()
    final = []
    for reason in judgement.reasons:
        answers = _answers(reason) & offered if reason.code in _ASKABLE else set()
        asks |= answers
        if not answers:
            final.append(reason)
    return Wants(tuple(ask for ask in _ORDER if ask in asks), tuple(final))


def _answers(reason: law.Reason) -> set[Ask]:
    """What the visitor could do, by the ways that the reason names and that ask for nothing else."""
    answers: set[Ask] = set()
    for remedy in reason.remedies:
        asked = remedy.way.asks
        if all(name in _ANSWERS for name in asked):
            answers |= {_ANSWERS[name] for name in asked}
    return answers


def code_read(turn: Turn, proof: Proof, tags: frozenset[bytes]) -> None:
    """A visitor showed a code, whose person is known again by ``tags``."""
    visitor = turn.state.visitor or Hand(zone=unattended_zone(turn))
    facts = proof.evidence
    if facts is None or proof.format is None:
        show_rejected(turn, proof)
        turn.change(visitor=visitor, visitor_since=turn.mono)
        return
    if is_anothers(visitor.customers[0], facts):
        # Two people's records do not add up to one person's: whoever shows the second starts over with it.
        visitor = Hand(zone=unattended_zone(turn))
    customer = visitor.customers[0].shown(proof.format, facts, tags)
    _acted(turn, visitor.with_customer(0, customer), command=None, sound=sound_of(facts))


def receipt_read(turn: Turn, proof: Proof, tags: frozenset[bytes]) -> None:
    """A visitor showed a receipt of our own: it counts as the scan where the venue says so."""
    fault = receipt_fault(turn, proof)
    if fault is not None:
        turn.show(VerdictView(state="invalid", number=0, message=fault, sound="invalid"))
        return
    visitor = _visitor(turn)
    customer = visitor.customers[0]
    _acted(
        turn,
        visitor.with_customer(0, replace(customer, lhs="receipt", tags=customer.tags | tags)),
        command=None,
    )


def receipt_fault(turn: Turn, proof: Proof) -> Texts | None:
    """Why a verified receipt counts for nothing here; None if it counts."""
    venue = proof.evidence.venue if proof.evidence else None
    if venue is None or venue.id != turn.settings.leavehomesafe_id:
        return moment("receipt_elsewhere")
    return None if "receipt" in turn.settings.admission.lhs_evidence else moment("receipt_not_accepted")


def enter(turn: Turn, command: str) -> None:
    """A tap to come in."""
    _acted(turn, _visitor(turn), command=command)


def declare(turn: Turn, command: str) -> None:
    """The visitor says that they scanned the venue's code."""
    if "declared" not in turn.settings.admission.lhs_evidence:
        raise NotDoneError("declare_not_accepted")
    visitor = _visitor(turn)
    _acted(turn, visitor.with_customer(0, replace(visitor.customers[0], lhs="declared")), command=command)


def register(turn: Turn, registration: Registration, command: str) -> None:
    """The visitor leaves name and contact number."""
    visitor = _visitor(turn)
    customer = replace(visitor.customers[0], registered=True, registration=registration)
    _acted(turn, visitor.with_customer(0, customer), command=command)


def cancel(turn: Turn) -> None:
    """The visitor starts over."""
    turn.change(visitor=None)
    turn.hush()


def time_out(turn: Turn) -> None:
    """Forget a visitor who does nothing any more."""
    if turn.state.visitor and turn.mono - turn.state.visitor_since >= turn.settings.admission.idle_s:
        turn.change(visitor=None)


def show_rejected(turn: Turn, proof: Proof) -> None:
    """Say why a code is no evidence, and log that it was shown."""
    if turn.state.failed is None:
        turn.write(CodeRejected(format=proof.format or "unknown", error=proof.error or "malformed"))
    state: Literal["unreadable", "see_staff", "invalid"] = "invalid"
    if proof.error in {"unreadable", "no_code_found"}:
        state = "unreadable"
    elif proof.error == "cannot_verify":
        # What nobody here can verify is not false.
        state = "see_staff"
    turn.show(
        VerdictView(
            state=state,
            number=0,
            message=every_language(proof.sentence_key("visitor")),
            sound="invalid" if state == "invalid" else "none",
        )
    )


def sound_of(facts: Facts) -> Sound:
    """The sound that staff know from the official scanner."""
    if facts.exemption:
        return "exempt"
    return "vaccinated" if facts.doses else "none"


def _visitor(turn: Turn) -> Hand:
    return turn.state.visitor or Hand(zone=unattended_zone(turn))


def _acted(turn: Turn, visitor: Hand, *, command: str | None, sound: Sound = "none") -> None:
    """The visitor has just done something: let them in, ask for more, or refuse."""
    turn.change(visitor=visitor, visitor_since=turn.mono)
    turn.hush()
    if turn.stops:
        return
    judgement = turn.law.judge(visitor, turn.premises, turn.at)
    wanted = wants(judgement, visitor, turn.settings.admission.lhs_evidence)
    if for_staff(turn, visitor) and not wanted.final:
        turn.show(staff_view(turn, visitor))
        if turn.needs_staff:
            turn.change(visitor=None)
    elif wanted.final:
        told = Judgement(wanted.final, judgement.instrument)
        refuse(turn, visitor, told, way="unattended", by=None, command=command, see_staff=True)
        turn.change(visitor=None)
    elif not wanted.asks:
        admit(turn, visitor, judgement, way="unattended", by=None, command=command)
        turn.change(visitor=None)
    if sound != "none":
        _sound(turn, visitor, wanted, sound)


def _sound(turn: Turn, visitor: Hand, wanted: Wants, sound: Sound) -> None:
    """Give the thought of this moment its sound; where there is none, the next question stands with it."""
    view = turn.state.moment or ask_view(visitor, wanted)
    turn.change(moment=None)
    turn.show(view.model_copy(update={"sound": sound}))


def for_staff(turn: Turn, visitor: Hand) -> Texts | None:
    """Why staff see to a visitor against whom nothing is to be said in law; None if they need not."""
    customer = visitor.customers[0]
    if again(turn, customer):
        return moment("came_in_already")
    if customer.health in {"amber", "red"}:
        return moment(f"health_{customer.health}")
    if not turn.needs_staff:
        return None
    steps = turn.settings.admission.steps
    return moment("steps", steps=step_names(steps)) if steps else moment("see_staff")


def staff_view(turn: Turn, visitor: Hand) -> VerdictView:
    """Nothing is against the visitor, but staff have to do something at the door."""
    said = for_staff(turn, visitor) or moment("see_staff")
    return VerdictView(state="see_staff", number=0, zone=visitor.zone, message=said)


def ask_view(visitor: Hand, wanted: Wants) -> VerdictView:
    """The next question."""
    if wanted.final:
        return refused_view(visitor, Judgement(wanted.final, None).views, see_staff=True)
    customer = visitor.customers[0]
    return VerdictView(
        state="ask",
        number=0,
        zone=visitor.zone,
        masked_name=customer.masked_name,
        masked_document=customer.masked_document,
        people=1,
        message=moment("recovered") if customer.recovered else None,
        asks=wanted.asks or ("enter",),
    )


def poster_shown(turn: Turn) -> None:
    """Somebody held up the venue's own poster: it proves nothing of anybody."""
    turn.show(VerdictView(state="invalid", number=0, message=moment("poster"), sound="invalid"))
