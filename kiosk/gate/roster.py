"""What managers do with the register of staff.

* Every change is one entry in the log, by number and kind: no name, no date of a dose, nothing about health. The
  register's rows become durable in the same commit, so that neither is ever there without the other.
* From the next decision on the law is asked with the new staff.
* What changes nothing is done and writes nothing.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from kiosk import HONG_KONG
from kiosk.gate.commands import SignInResetDo, StaffImport, StaffRemove, StaffSave, StaffSeen
from kiosk.gate.desk import Doer
from kiosk.gate.events import Commanded
from kiosk.gate.turn import NotDoneError, Turn
from kiosk.ledger.entries import SignInReset, StaffChanged, StaffMemberChange
from kiosk.staff.register import Change, Register, RegisterError


def told(turn: Turn) -> dict[str, Any]:
    """The register as a manager reads it, and the day."""
    return {"staff": turn.state.register.model_dump(mode="json"), "today": _today(turn).isoformat()}


def _today(turn: Turn) -> date:
    return turn.at.astimezone(HONG_KONG).date()


def _take(turn: Turn, event: Commanded, register: Register, changes: tuple[Change, ...]) -> None:
    if not changes:
        return
    turn.write(
        StaffChanged(
            command=event.id,
            changes=tuple(StaffMemberChange(member=change.id, kinds=change.kinds) for change in changes),
            by=event.by or "",
        ),
        staff=register.rows(changes),
    )
    # What the law said of the party at hand was said with the staff from before.
    turn.change(register=register, asked=None)
    turn.change(law=turn.law.now(turn.at))


def _do(turn: Turn, command: Any, event: Commanded) -> None:
    register, by, today = turn.state.register, event.by or "", _today(turn)
    try:
        match command:
            case StaffSave(member=member):
                done = register.tell((member,), by=by, on=today)
            case StaffSeen(member=member, what=what, negative=negative):
                done = register.see(member, what, negative=negative, by=by, on=today)
            case StaffRemove(member=member):
                done = register.without(member)
            case StaffImport(members=members):
                done = register.tell(members, by=by, on=today)
    except RegisterError as error:
        raise NotDoneError(f"register_{error.reason}", **error.values) from error
    _take(turn, event, *done)


def _reset(turn: Turn, command: Any, event: Commanded) -> None:
    """The entry about new secrets; the secrets themselves never come this far."""
    turn.write(SignInReset(command=event.id, name=command.name, what=command.what, by=event.by or ""))


COMMANDS: dict[type, Doer] = {
    SignInResetDo: _reset,
    StaffSave: _do,
    StaffSeen: _do,
    StaffRemove: _do,
    StaffImport: _do,
}
