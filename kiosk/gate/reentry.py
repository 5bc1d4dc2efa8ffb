"""One person, one entry: whether a proof has let somebody in lately.

A proof is known again by its issuer and number, and by name and birth date or document across formats, never by its text
or signature: one record has many of either. One that has nothing of these is known by all that it says. What is kept are
HMACs under a key that lives in this process's memory only, beside the time and the admission; neither ever reaches the log,
the pages or the disk. A receipt of our own serves once in all its life, however short the venue's window is.

Whoever really comes again is let in when staff say so. An admission that was taken back, or that nobody used, counts for
nothing.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from kiosk.gate.party import Customer, Hand
from kiosk.gate.snapshot import SeenAgain
from kiosk.gate.state import Entered, State
from kiosk.gate.turn import NotDoneError, Turn
from kiosk.proofs import visit_receipt
from kiosk.proofs.model import Proof
from kiosk.proofs.person import names_of

_KEY_OCTETS = 32
_MINUTE_S = 60.0
#: What the tags of receipts begin with, so that their own time counts.
_RECEIPT = b"receipt|"
_RECEIPT_S = visit_receipt.KIND.longest.total_seconds()


@dataclass(frozen=True)
class Tagger:
    """Makes tags of proofs under a key that is lost with the process."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(_KEY_OCTETS), repr=False)

    def tags(self, proof: Proof) -> frozenset[bytes]:
        """The tags of a verified proof, none of one that is not."""
        facts = proof.evidence
        if facts is None:
            return frozenset()
        names = [
            *(f"certificate|{name}" for name in proof.identities),
            *names_of(facts),
            *(names_of(facts.model_copy(update={"name": proof.also_named})) if proof.also_named else ()),
        ] or [f"content|{facts.model_dump_json()}"]
        kind = _RECEIPT if proof.format == visit_receipt.NAME else b""
        return frozenset(
            kind + hmac.digest(self.key, name.encode("utf-8", "surrogatepass"), "sha256") for name in names
        )


def remember(turn: Turn, hand: Hand, admission: int) -> None:
    """Whoever is admitted now is known again for as long as the settings say."""
    minutes, mono = turn.settings.admission.reentry_minutes, turn.mono
    now = Entered(admission, len(hand.customers), mono)
    entered = {**turn.state.entered, **{tag: now for customer in hand.customers for tag in customer.tags}}
    kept = {tag: was for tag, was in entered.items() if mono - was.mono < _window(tag, minutes)}
    turn.change(entered=kept)


def _window(tag: bytes, minutes: int) -> float:
    """For how many seconds an admission by ``tag`` counts."""
    window = minutes * _MINUTE_S
    return max(window, _RECEIPT_S) if tag.startswith(_RECEIPT) else window


def forget(turn: Turn, admission: int, people: int | None = None) -> None:
    """An admission was taken back, or ``people`` of it never came; unless all of them, nobody knows who."""
    kept = {
        tag: was
        for tag, was in turn.state.entered.items()
        if was.admission != admission or (people is not None and people != was.people)
    }
    if len(kept) != len(turn.state.entered):
        turn.change(entered=kept)


def seen_again(state: State, customer: Customer, *, minutes: int, mono: float) -> SeenAgain | None:
    """When the person came in by one of these proofs; None if not within the last ``minutes`` (or a receipt's life).

    ``mono`` is now, in seconds of the monotonic clock.
    """
    known = ((tag, mono - state.entered[tag].mono) for tag in customer.tags if tag in state.entered)
    since = [ago for tag, ago in known if ago < _window(tag, minutes)]
    if not since:
        return None
    return SeenAgain(minutes=int(min(since) // _MINUTE_S), confirmed=customer.comes_again)


def again(turn: Turn, customer: Customer) -> SeenAgain | None:
    """`seen_again` as things stand."""
    minutes = turn.settings.admission.reentry_minutes
    return seen_again(turn.state, customer, minutes=minutes, mono=turn.mono)


def check(turn: Turn, customers: Iterable[Customer]) -> None:
    """Refuse to admit whoever came in lately and whom staff have not confirmed.

    Raises:
        NotDoneError: ``came_in_already``, with the number of the customer.
    """
    for number, customer in enumerate(customers, 1):
        before = again(turn, customer)
        if before and not before.confirmed:
            raise NotDoneError("came_in_already", customer=number, minutes=before.minutes)
