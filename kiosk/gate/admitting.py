"""Letting a party in, or not: the one place where an admission is written."""

from __future__ import annotations

from kiosk.gate import reentry
from kiosk.gate.doorway import open_for
from kiosk.gate.lines import both, moment
from kiosk.gate.party import Hand
from kiosk.gate.question import Judgement
from kiosk.gate.snapshot import ReasonView, Texts, VerdictView
from kiosk.gate.state import OpenRelease
from kiosk.gate.turn import Turn
from kiosk.ledger.entries import Admission, Override, Refusal, Way


def admit(
    turn: Turn,
    hand: Hand,
    judgement: Judgement,
    *,
    way: Way,
    by: str | None,
    command: str | None,
    override: Override | None = None,
) -> None:
    """Reserve the party's places, open the door for them, and say welcome. The zone is known."""
    people = len(hand.customers)
    waits = turn.door.counts_entries
    index = turn.write(
        Admission(
            command=command,
            party=f"P{turn.premises.next_index}",
            zone=hand.zone or "",
            people=tuple(customer.evidence() for customer in hand.customers),
            tables=hand.seating(),
            room=hand.room,
            banquet=hand.banquet,
            takeaway=hand.takeaway,
            steps=hand.steps or None,
            way=way,
            by=by,
            waits_for_passage=waits,
            override=override,
            instrument=judgement.instrument,
        ),
        personal=hand.personal(),
    )
    reentry.remember(turn, hand, index)
    open_for(
        turn,
        OpenRelease(ticket=index, kind="admission", admission=index, remaining=people, since=turn.mono),
    )
    first = hand.customers[0]
    turn.show(
        VerdictView(
            state="welcome",
            number=0,
            zone=hand.zone,
            masked_name=first.masked_name if people == 1 else None,
            masked_document=first.masked_document if people == 1 else None,
            people=people,
            message=both(
                _room_words(turn, hand), moment("recovered") if first.recovered and people == 1 else None
            ),
        )
    )


def _room_words(turn: Turn, hand: Hand) -> Texts | None:
    room = turn.law.room(hand.zone, hand.room) if hand.room else None
    return moment("room", room=room.name) if room else None


def refuse(
    turn: Turn,
    hand: Hand,
    judgement: Judgement,
    *,
    way: Way,
    by: str | None,
    command: str | None,
    see_staff: bool,
) -> None:
    """Log the refusal, naming nobody, and show every reason."""
    turn.write(
        Refusal(
            command=command,
            zone=hand.zone,
            people=len(hand.customers),
            reasons=judgement.legal(),
            way=way,
            by=by,
            instrument=judgement.instrument,
        )
    )
    turn.show(refused_view(hand, judgement.views, see_staff=see_staff))


def refused_view(hand: Hand, reasons: tuple[ReasonView, ...], *, see_staff: bool) -> VerdictView:
    """No, and why."""
    return VerdictView(
        state="refused",
        number=0,
        zone=hand.zone,
        people=len(hand.customers),
        reasons=reasons,
        message=moment("see_staff") if see_staff else None,
    )
