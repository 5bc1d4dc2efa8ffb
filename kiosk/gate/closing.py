"""The day: which rules bind, when a zone closes, and who is still inside then.

* The log has the rules at each start and whenever they change: another instrument, other numbers, another closing time.
  That a zone has closed for the day is no new rule.
* Admission to a zone ends on the minute; the log then says once who is still inside, even when the door was
  switched off at that minute.
* How the law finds the staff of each zone follows the rules and is written again whenever it changes: a test has become too
  old, or the register has changed. Of a venue that lists no staff the log says nothing, because the law asks nothing of it;
  that the last member has gone it says. Nor does it say anything while no instrument is in force.
* More people in a zone than the law allows is an alarm from the moment it is so until it is so no more.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from kiosk.gate.question import ZoneNow, minute_of
from kiosk.gate.turn import Turn
from kiosk.ledger.entries import Closed, DayOpened, ZoneRules

Phase = Literal["open", "notice", "last_call", "closed"]

NOTICE = timedelta(minutes=30)
LAST_CALL = timedelta(minutes=10)


def phase_of(zone: ZoneNow, at: datetime) -> Phase:
    """How near closing the zone is."""
    if zone.closed:
        return "closed"
    if zone.closes_at is None:
        return "open"
    left = zone.closes_at - at
    if left <= timedelta(0):
        return "closed"
    if left <= LAST_CALL:
        return "last_call"
    return "notice" if left <= NOTICE else "open"


def minutes_left(zone: ZoneNow, at: datetime) -> int | None:
    """Whole minutes to closing, begun ones counted; None where the zone is closed or has no closing time."""
    if zone.closed or zone.closes_at is None:
        return None
    return max(0, -int((at - zone.closes_at).total_seconds() // 60))


def keep_time(turn: Turn, *, anew: bool = False) -> None:
    """Ask the law again when a new minute has begun, and write what it changes; ``anew``: write the rules anyway."""
    minute = minute_of(turn.at)
    if minute != turn.state.law.minute:
        turn.change(law=turn.law.now(minute))
        if turn.state.doubt is None:
            turn.change(trusted=(turn.at, turn.mono))
    _close(turn)
    if anew or _changed(turn):
        _open_day(turn)
    _say_duties(turn)


def _open_day(turn: Turn) -> None:
    law = turn.state.law
    turn.write(
        DayOpened(
            instrument=law.instrument,
            instrument_digest=law.digest,
            way=turn.way,
            zones=tuple(zone.rules() for zone in law.zones),
            kind=turn.settings.premises.kind,
        )
    )


def _say_duties(turn: Turn) -> None:
    """Write how the law finds the staff, where the log does not say so since the day was opened."""
    if turn.state.law.instrument is None:
        return
    for zone in turn.state.law.zones:
        said = turn.premises.duties.get(zone.zone)
        if (zone.staff or said) and said != zone.duties:
            turn.write(zone.duties)


def watch_limits(turn: Turn) -> None:
    """Raise an alarm for each zone and room that holds more people than it may."""
    zones = turn.state.law.zones
    over = frozenset(
        zone.zone for zone in zones if zone.limit is not None and turn.premises.taken(zone.zone) > zone.limit
    ) | frozenset(
        room.id
        for zone in zones
        for room in turn.law.rooms[zone.zone]
        if zone.room is not None and turn.premises.in_room(room.id) > zone.room
    )
    for zone in sorted(over - turn.state.over):
        turn.raise_alarm("over_limit", zone)
    for zone in sorted(turn.state.over - over):
        turn.end_alarm("over_limit", zone)
    turn.change(over=over)


def _close(turn: Turn) -> None:
    rules = turn.premises.rules
    for zone in rules.zones if rules else ():
        if zone.closes_at is None or zone.closes_at > turn.at:
            continue
        said = turn.premises.closed.get(zone.zone)
        if said is None or said < zone.closes_at:
            turn.write(Closed(zone=zone.zone, inside=turn.premises.inside(zone.zone)))


def _changed(turn: Turn) -> bool:
    law, written = turn.state.law, turn.premises.rules
    if written is None or (law.instrument, law.digest) != (written.instrument, written.instrument_digest):
        return True
    if len(law.zones) != len(written.zones):
        return True
    return any(_differs(now.rules(), then) for now, then in zip(law.zones, written.zones, strict=True))


def _differs(now: ZoneRules, then: ZoneRules) -> bool:
    if now.closes_at is None:
        now = now.model_copy(update={"closes_at": then.closes_at})
    return now != then
