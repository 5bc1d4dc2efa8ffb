"""Where a party goes: tables, rooms, banquets, and the venue's own steps on the way there.

* A table that stands in a room brings its room with it; a room leaves the party's tables elsewhere behind.
* A banquet lies in one zone: who joins it goes there, and who goes elsewhere has not joined it.
* A party inside moves only to where there are chairs and places, and room by the law.
* A banquet gets the next number and is open until staff end it; those of it who are inside go on counting as its people.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kiosk.gate.commands import (
    BanquetEnd,
    BanquetOpen,
    PartyBanquet,
    PartyMove,
    PartyPlace,
    PartyRoom,
    PartyStep,
    PartyTables,
)
from kiosk.gate.desk import Doer, at_hand, in_zone
from kiosk.gate.events import Commanded
from kiosk.gate.turn import NotDoneError, Turn
from kiosk.ledger.entries import BanquetEnded, BanquetOpened, Moved, TableShare
from kiosk.premises import Party


def _tables(turn: Turn, command: PartyTables, event: Commanded) -> None:
    del event
    hand = at_hand(turn)
    tables = shares(turn, hand.zone, command.tables)
    room = room_of(turn, hand.zone, tables) or (None if tables else hand.room)
    turn.change(hand=replace(hand, tables=tables, room=room))


def _place(turn: Turn, command: PartyPlace, event: Commanded) -> None:
    del event
    hand = in_zone(turn, at_hand(turn), command.zone)
    people = len(hand.customers)
    said = (TableShare(table=command.table, people=people),) if command.table else ()
    tables = shares(turn, hand.zone, said)
    room = command.room or room_of(turn, hand.zone, tables)
    _in_one_room(turn, hand.zone, tables, room)
    turn.change(hand=replace(hand, tables=tables, room=_known(turn, hand.zone, room)))


def _room(turn: Turn, command: PartyRoom, event: Commanded) -> None:
    del event
    hand = at_hand(turn)
    if command.room is not None and hand.zone is None:
        raise NotDoneError("no_zone")
    room = _known(turn, hand.zone, command.room)
    turn.change(hand=replace(hand, room=room, tables=_of_room(turn, hand.zone, hand.tables, room)))


def _banquet(turn: Turn, command: PartyBanquet, event: Commanded) -> None:
    del event
    hand = at_hand(turn)
    if command.banquet is not None:
        banquet = turn.premises.banquets.get(command.banquet)
        if banquet is None:
            raise NotDoneError("unknown_banquet", banquet=command.banquet)
        hand = in_zone(turn, hand, banquet.zone)
    turn.change(hand=replace(hand, banquet=command.banquet))


def _step(turn: Turn, command: PartyStep, event: Commanded) -> None:
    del event
    if command.step not in turn.settings.admission.steps:
        raise NotDoneError("unknown_step")
    hand = at_hand(turn)
    taken = {*hand.steps, command.step} if command.value else {*hand.steps} - {command.step}
    turn.change(
        hand=replace(hand, steps=tuple(step for step in turn.settings.admission.steps if step in taken))
    )


def shares(turn: Turn, zone: str | None, tables: tuple[TableShare, ...]) -> tuple[TableShare, ...]:
    """The shares, one for each table; all tables stand in the zone."""
    if tables and zone is None:
        raise NotDoneError("no_zone")
    people: dict[str, int] = {}
    for share in tables:
        if all(table.id != share.table for table in turn.law.tables.get(zone or "", ())):
            raise NotDoneError("unknown_table", table=share.table)
        people[share.table] = people.get(share.table, 0) + share.people
    return tuple(TableShare(table=table, people=count) for table, count in people.items())


def room_of(turn: Turn, zone: str | None, tables: tuple[TableShare, ...]) -> str | None:
    """The one room in which all of the tables stand; None where they stand in none or in several."""
    rooms = {turn.law.room_of_table(zone, share.table) for share in tables}
    return rooms.pop() if len(rooms) == 1 else None


def _of_room(
    turn: Turn, zone: str | None, tables: tuple[TableShare, ...], room: str | None
) -> tuple[TableShare, ...]:
    """The tables, if all of them stand in the room; none otherwise."""
    return tables if all(turn.law.room_of_table(zone, share.table) == room for share in tables) else ()


def _in_one_room(turn: Turn, zone: str | None, tables: tuple[TableShare, ...], room: str | None) -> None:
    for share in tables:
        stands = turn.law.room_of_table(zone, share.table)
        if room is not None and stands != room:
            raise NotDoneError("table_elsewhere", table=share.table, room=room)


def _known(turn: Turn, zone: str | None, room: str | None) -> str | None:
    if room is not None and turn.law.room(zone, room) is None:
        raise NotDoneError("unknown_room", room=room)
    return room


def _move(turn: Turn, command: PartyMove, event: Commanded) -> None:
    party = turn.premises.parties.get(command.party)
    if party is None:
        raise NotDoneError("unknown_party")
    tables = shares(turn, party.zone, command.tables)
    room = _known(turn, party.zone, command.room) or room_of(turn, party.zone, tables)
    if tables or room is None:
        _sit(turn, party, tables)
    else:
        tables = _of_room(turn, party.zone, party.tables, room)
    _in_one_room(turn, party.zone, tables, room)
    if room is not None:
        _fit(turn, party, room)
    turn.write(Moved(command=event.id, party=party.id, tables=tables, room=room, by=_by(event)))


def _sit(turn: Turn, party: Party, tables: tuple[TableShare, ...]) -> None:
    seated = sum(share.people for share in tables)
    if seated != party.places:
        raise NotDoneError("tables_do_not_add_up", people=party.places, seated=seated)
    now = turn.state.law.zone(party.zone)
    for share in tables:
        others = turn.premises.at_table(share.table) - sum(
            min(old.people, party.places) for old in party.tables if old.table == share.table
        )
        _no_fault(turn.law.table_fault(party.zone, share.table, share.people, others))
        if now and now.table is not None and others + share.people > now.table:
            raise NotDoneError("table_full", table=share.table, limit=now.table)


def _fit(turn: Turn, party: Party, room: str) -> None:
    others = turn.premises.in_room(room) - (party.places if party.room == room else 0)
    _no_fault(turn.law.room_fault(party.zone, room, party.places, others))
    now = turn.state.law.zone(party.zone)
    if now and now.room is not None and others + party.places > now.room:
        raise NotDoneError("room_full", room=room, limit=now.room)


def _no_fault(fault: tuple[str, dict[str, Any]] | None) -> None:
    if fault:
        code, values = fault
        raise NotDoneError(code, **values)


def _open(turn: Turn, command: BanquetOpen, event: Commanded) -> None:
    if command.zone not in turn.settings.zone_ids:
        raise NotDoneError("unknown_zone", zone=command.zone)
    number = turn.premises.banquets_opened + 1
    turn.write(BanquetOpened(command=event.id, banquet=f"B{number}", zone=command.zone, by=_by(event)))


def _end(turn: Turn, command: BanquetEnd, event: Commanded) -> None:
    if command.banquet not in turn.premises.banquets:
        raise NotDoneError("unknown_banquet", banquet=command.banquet)
    turn.write(BanquetEnded(command=event.id, banquet=command.banquet, by=_by(event)))
    hand = turn.state.hand
    if hand is not None and hand.banquet == command.banquet:
        turn.change(hand=replace(hand, banquet=None))


def _by(event: Commanded) -> str:
    return event.by or event.supervisor or ""


#: For the party at hand.
COMMANDS: dict[type, Doer] = {
    PartyTables: _tables,
    PartyPlace: _place,
    PartyRoom: _room,
    PartyBanquet: _banquet,
    PartyStep: _step,
}
#: For those inside, however the door is run.
INSIDE: dict[type, Doer] = {
    PartyMove: _move,
    BanquetOpen: _open,
    BanquetEnd: _end,
}
