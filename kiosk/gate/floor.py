"""What staff do with those inside, with alarms, with the way the door is run, and with the clock.

* Undo takes an admission back whole; release again opens for those who still wait; a release that a restart cut
  short is settled first.
* Leaving, stepping out and back concern no more people than there are. Where a beam counts exits and the
  premises are one zone, only a party can be said to have left: the people themselves are counted at the door.
* A change of zones counts once its floor plan is displayed: until staff say that it is, nobody is admitted.
* Confirming the clock needs a supervisor; the time is never before the last entry.
"""

from __future__ import annotations

from datetime import datetime

from kiosk import HONG_KONG
from kiosk.gate import reentry
from kiosk.gate.commands import (
    AdmissionRelease,
    AdmissionSettle,
    AdmissionUndo,
    AlarmClear,
    ClockConfirm,
    Leave,
    PlanDisplayedDo,
    RecountDo,
    StaffPassDo,
    StepBack,
    StepOut,
    WaySet,
)
from kiosk.gate.desk import Doer
from kiosk.gate.doorway import forget, open_for
from kiosk.gate.events import Commanded, SetClock
from kiosk.gate.state import OpenRelease
from kiosk.gate.turn import NotDoneError, Turn
from kiosk.gate.visitors import unattended_zone
from kiosk.ledger.entries import (
    AlarmCleared,
    ClockConfirmed,
    Exit,
    PlanDisplayed,
    Recount,
    Settled,
    StaffPass,
    SteppedBack,
    SteppedOut,
    Undone,
    WayChanged,
)
from kiosk.premises import Party
from kiosk.settings import WHOLE


def _staff(event: Commanded) -> str:
    return event.by or event.supervisor or ""


def _admitted(turn: Turn, admission: int) -> Party:
    party = turn.premises.admitted(admission)
    if party is None:
        raise NotDoneError("unknown_admission")
    return party


def _party(turn: Turn, name: str) -> Party:
    party = turn.premises.parties.get(name)
    if party is None:
        raise NotDoneError("unknown_party")
    return party


def _at_most(people: int, most: int) -> None:
    if people > most:
        raise NotDoneError("too_many", people=most)


def _undo(turn: Turn, command: AdmissionUndo, event: Commanded) -> None:
    party = _admitted(turn, command.admission)
    if party.not_undone_for:
        raise NotDoneError(party.not_undone_for)
    turn.write(Undone(command=event.id, admission=party.admission, by=_staff(event)))
    forget(turn, party.admission)
    reentry.forget(turn, party.admission)
    turn.end_alarm("uncertain_release", str(party.admission), _staff(event))


def _release(turn: Turn, command: AdmissionRelease, event: Commanded) -> None:
    del event
    party = _admitted(turn, command.admission)
    if party.uncertain:
        raise NotDoneError("settle_first")
    if not party.waiting:
        raise NotDoneError("nobody_waits")
    kept = tuple(
        release
        for release in turn.state.open
        if release.kind != "admission" or release.ticket != party.admission
    )
    turn.change(open=kept)
    open_for(
        turn,
        OpenRelease(
            ticket=party.admission,
            kind="admission",
            admission=party.admission,
            remaining=party.waiting,
            since=turn.mono,
        ),
    )


def _settle(turn: Turn, command: AdmissionSettle, event: Commanded) -> None:
    party = _admitted(turn, command.admission)
    if not party.uncertain:
        raise NotDoneError("not_uncertain")
    _at_most(command.entered, party.waiting)
    turn.write(
        Settled(command=event.id, admission=party.admission, entered=command.entered, by=_staff(event))
    )
    turn.end_alarm("uncertain_release", str(party.admission), _staff(event))


def _leave(turn: Turn, command: Leave, event: Commanded) -> None:
    premises = turn.premises
    zone: str | None = command.zone
    if command.party is not None:
        party = _party(turn, command.party)
        zone = party.zone
        _at_most(command.people, party.inside + party.out)
    elif command.zone == WHOLE and not premises.single:
        # Those of whom nobody knows the zone.
        zone = None
        _at_most(command.people, premises.unplaced)
    elif command.zone not in turn.settings.zone_ids:
        raise NotDoneError("unknown_zone", zone=command.zone)
    elif premises.single and premises.door.counts_exits:
        raise NotDoneError("beam_counts_exits")
    else:
        uncertain = sum(each.waiting for each in premises.parties_in(command.zone) if each.uncertain)
        _at_most(command.people, premises.inside(command.zone) + uncertain)
    turn.write(
        Exit(
            command=event.id,
            people=command.people,
            source="staff",
            zone=zone,
            party=command.party,
            by=_staff(event),
        )
    )


def _step_out(turn: Turn, command: StepOut, event: Commanded) -> None:
    party = _party(turn, command.party)
    _at_most(command.people, party.inside)
    turn.write(SteppedOut(command=event.id, party=party.id, people=command.people, by=_staff(event)))


def _step_back(turn: Turn, command: StepBack, event: Commanded) -> None:
    party = _party(turn, command.party)
    _at_most(command.people, party.out)
    index = turn.write(SteppedBack(command=event.id, party=party.id, people=command.people, by=_staff(event)))
    open_for(
        turn,
        OpenRelease(
            ticket=index, kind="back", admission=party.admission, remaining=command.people, since=turn.mono
        ),
    )


def _recount(turn: Turn, command: RecountDo, event: Commanded) -> None:
    for zone in command.inside:
        if zone not in turn.settings.zone_ids:
            raise NotDoneError("unknown_zone", zone=zone)
    before = turn.premises
    was = {zone: before.inside(zone) for zone in command.inside}
    turn.write(
        Recount(command=event.id, inside=command.inside, was=was, by=_staff(event), reason=command.reason)
    )
    for party in before.parties.values():
        now = turn.premises.parties.get(party.id)
        if party.uncertain and not (now and now.uncertain):
            turn.end_alarm("uncertain_release", str(party.admission), _staff(event))


def _clear(turn: Turn, command: AlarmClear, event: Commanded) -> None:
    if (command.kind, command.subject) not in turn.premises.alarms:
        raise NotDoneError("no_such_alarm")
    if command.kind == "clock_doubtful" and turn.state.doubt is not None:
        raise NotDoneError("confirm_clock")
    turn.write(AlarmCleared(command=event.id, kind=command.kind, subject=command.subject, by=_staff(event)))


def _staff_pass(turn: Turn, command: StaffPassDo, event: Commanded) -> None:
    del command
    index = turn.write(StaffPass(command=event.id, by=_staff(event)))
    open_for(turn, OpenRelease(ticket=index, kind="staff", admission=None, remaining=1, since=turn.mono))


def _plan_displayed(turn: Turn, command: PlanDisplayedDo, event: Commanded) -> None:
    del command
    plan = turn.state.plan
    if plan is not None and turn.premises.plan != plan:
        turn.write(PlanDisplayed(command=event.id, plan=plan, by=_staff(event)))


def _way(turn: Turn, command: WaySet, event: Commanded) -> None:
    if command.way == "unattended" and unattended_zone(turn) is None:
        raise NotDoneError("no_unattended_zone")
    if command.way != turn.way:
        turn.write(WayChanged(command=event.id, way=command.way, by=_staff(event)))
    turn.change(hand=None, visitor=None)
    turn.hush()


def _clock(turn: Turn, command: ClockConfirm, event: Commanded) -> None:
    if event.supervisor is None:
        raise NotDoneError("supervisor_needed")
    time = _time(command.time) if command.time is not None else turn.said_at
    last = turn.premises.last_at
    if last is not None and time < last:
        raise NotDoneError("before_last_entry", last=last.astimezone(HONG_KONG).isoformat(timespec="seconds"))
    why = turn.state.doubt or "by_hand"
    was = turn.said_at
    turn.believe(time)
    turn.write(ClockConfirmed(command=event.id, why=why, was=was, by=event.supervisor))
    for kind, subject in turn.premises.alarms:
        if kind == "clock_doubtful":
            turn.end_alarm(kind, subject, event.supervisor)
    turn.effect(SetClock(time))


def _time(said: str) -> datetime:
    try:
        time = datetime.fromisoformat(said)
    except ValueError as error:
        raise NotDoneError("bad_time") from error
    if time.utcoffset() is None:
        raise NotDoneError("bad_time")
    return time.astimezone(HONG_KONG)


COMMANDS: dict[type, Doer] = {
    AdmissionUndo: _undo,
    AdmissionRelease: _release,
    AdmissionSettle: _settle,
    Leave: _leave,
    StepOut: _step_out,
    StepBack: _step_back,
    RecountDo: _recount,
    AlarmClear: _clear,
    PlanDisplayedDo: _plan_displayed,
    StaffPassDo: _staff_pass,
    WaySet: _way,
    ClockConfirm: _clock,
}
