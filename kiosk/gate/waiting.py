"""Parties that wait for a place: in memory, each with the number that it got when it came to the desk.

* A party that is parked keeps everything that was seen of it; the law is asked anew when it comes to hand again.
* One that comes back takes the place of the party at hand, which waits instead, unless nothing was seen of it yet.
* They are forgotten when their zone closes, when the door is left to run by itself, and with the process: nothing of
  them is in the log.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.gate.commands import CustomerRegister, PartyForget, PartyResume, PartyWait
from kiosk.gate.desk import Doer, at_hand
from kiosk.gate.events import Commanded
from kiosk.gate.party import Customer, Hand
from kiosk.gate.state import Parked
from kiosk.gate.turn import NotDoneError, Turn
from kiosk.ledger.entries import Registration

#: More people than any venue asks to wait; what visitors left is not gathered without end.
MOST_WAITING = 50


def number_the_hand(turn: Turn) -> None:
    """Give a party that has just come the next number."""
    hand = turn.state.hand
    if hand is not None and not hand.number:
        number = turn.state.numbered + 1
        turn.change(numbered=number, hand=replace(hand, number=number))


def time_the_hand(turn: Turn, before: Hand | None) -> None:
    """Note when the party at hand was last touched; ``before`` is as it was."""
    if turn.state.hand is not None and turn.state.hand != before:
        turn.change(hand_since=turn.mono)


def forget_closed(turn: Turn) -> None:
    """Forget those who wait for a zone that has closed; who chose none, when all have."""
    if not turn.state.parked:
        return
    zones = turn.state.law.zones
    open_zones = {zone.zone for zone in zones if not zone.closed}
    kept = tuple(
        parked
        for parked in turn.state.parked
        if (parked.hand.zone in open_zones if parked.hand.zone else open_zones)
    )
    turn.change(parked=kept if turn.way == "staffed" else ())


def _wait(turn: Turn, command: PartyWait, event: Commanded) -> None:
    del command, event
    hand = turn.state.hand
    if hand is None:
        raise NotDoneError("no_party")
    if len(turn.state.parked) >= MOST_WAITING:
        raise NotDoneError("too_many_waiting", most=MOST_WAITING)
    turn.change(parked=(*turn.state.parked, Parked(hand=hand, since=turn.at)), hand=None)
    turn.hush()


def _resume(turn: Turn, command: PartyResume, event: Commanded) -> None:
    del event
    found = _parked(turn, command.number)
    hand = turn.state.hand
    instead = () if hand is None or hand.untouched else (Parked(hand=hand, since=turn.at),)
    others = tuple(parked for parked in turn.state.parked if parked is not found)
    turn.change(hand=found.hand, parked=(*others, *instead))
    turn.hush()


def _forget(turn: Turn, command: PartyForget, event: Commanded) -> None:
    del event
    found = _parked(turn, command.number)
    turn.change(parked=tuple(parked for parked in turn.state.parked if parked is not found))


def _parked(turn: Turn, number: int) -> Parked:
    found = next((parked for parked in turn.state.parked if parked.hand.number == number), None)
    if found is None:
        raise NotDoneError("nobody_with_number", number=number)
    return found


def _register(turn: Turn, command: CustomerRegister, event: Commanded) -> None:
    """A registration goes to the party whose customer it is, at hand or waiting, and to no other."""
    del event
    registration = Registration(name=command.name, contact=command.contact)
    hand = at_hand(turn) if command.party is None else turn.state.hand
    if hand is not None and command.party in {None, hand.number}:
        turn.change(hand=_registered(hand, command, registration))
        return
    parked = next((each for each in turn.state.parked if each.hand.number == command.party), None)
    if parked is None:
        raise NotDoneError("party_gone")
    now = replace(parked, hand=_registered(parked.hand, command, registration))
    turn.change(parked=tuple(now if each is parked else each for each in turn.state.parked))


def _registered(hand: Hand, command: CustomerRegister, registration: Registration) -> Hand:
    if command.customer >= len(hand.customers):
        raise NotDoneError("unknown_customer", customer=command.customer + 1)
    customer: Customer = replace(
        hand.customers[command.customer],
        registered=True,
        registration=registration,
        on_form=command.by_visitor,
    )
    return hand.with_customer(command.customer, customer)


COMMANDS: dict[type, Doer] = {
    PartyWait: _wait,
    PartyResume: _resume,
    PartyForget: _forget,
    CustomerRegister: _register,
}
