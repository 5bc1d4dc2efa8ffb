"""Exports that are taken away: each is an entry, written while the file is made (ADR 20).

* An inspector takes one in an open session, and a manager under their own name. The door service has looked up the role of
  whoever gives a name, and lets nobody without name and session ask but those who work on the box itself.
* The entry names the days, their entries and the digest of the list of files; the log is signed soon after it.
"""

from __future__ import annotations

from kiosk.gate.commands import LogDownload
from kiosk.gate.desk import Doer
from kiosk.gate.events import Commanded
from kiosk.gate.turn import NotDoneError, Turn
from kiosk.ledger.entries import Downloaded


def _download(turn: Turn, command: LogDownload, event: Commanded) -> None:
    if command.session is not None and command.session not in turn.premises.inspections:
        raise NotDoneError("no_such_inspection")
    if command.last < command.first or not command.start <= command.end <= turn.premises.next_index:
        raise NotDoneError("not_understood")
    turn.write(
        Downloaded(
            command=event.id,
            first=command.first,
            last=command.last,
            start=command.start,
            end=command.end,
            manifest=command.manifest,
            session=command.session,
            by=event.by,
        )
    )


#: What inspectors, managers and the box's own command line do alike.
COMMANDS: dict[type, Doer] = {LogDownload: _download}
