"""Exports of this box's log: who writes the entry that each of them is (ADR 20).

* Where the door runs, it alone writes, and signs; it is asked over its socket.
* Where it does not, the command takes its place as the one writer, for as long as the entry takes. An inspector's export is
  never made so: sessions end with the door.
* Where the log takes no more entries (the kiosk is out of service, its key is gone, or it lies on a medium that cannot be
  written) the export is made without one, and says so.
* Times are those of the log's own clock: a demo's was set by hand.
"""

from __future__ import annotations

import os
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from kiosk.accounts import Accounts
from kiosk.gate.commands import LogDownload
from kiosk.gate.lines import event_text
from kiosk.gate.protocol import DoorClient, DoorRefusedError, DoorUnreachableError
from kiosk.ledger.entries import Decommissioned, Downloaded, Draft, Recorded, Started
from kiosk.ledger.sealing import load_public_key
from kiosk.reports import export
from kiosk.reports.export import ExportError, Made, Order, Progress, Record
from kiosk.settings import Settings
from kiosk.store import Store, StoreError, StoreLockedError, StoreReader
from kiosk.store import keys as log_keys
from kiosk.store.connection import is_read_only, wal_of

__all__ = ["ExportError", "Made", "Order", "make"]

#: Seconds for which the entry is tried to be written while the door starts, stops or is busy.
_WRITTEN_WITHIN_S = 30.0
_AGAIN_S = 0.2
_MEND_RIGHTS = "run it as root or as the door's user"


def make(
    settings: Settings, order: Order, file: Path, *, progress: Progress = lambda _done, _of: None
) -> Made:
    """Make the export ``file``, whole or not at all; the log has an entry about it, wherever it takes one.

    Args:
        settings: the venue's file.
        order: what is wanted, and for whom.
        file: where to; what is there is replaced.
        progress: told how many of how many entries were read.

    Raises:
        ExportError: there are no such days, or nobody may have them.
        DoorRefusedError: the door does not write it down for whoever asks.
        DoorUnreachableError: the door does not answer, and nobody but it could write.
        ArchiveError: the file cannot be written.
        StoreError: the log cannot be read or written.
    """
    way = _way(settings, order)
    tell = partial(event_text, names=settings.zone_names, language=order.language)
    return export.make(
        settings,
        order,
        file,
        now=way.now,
        record=way.record,
        tell=tell,
        progress=progress,
        still=way.still,
    )


@dataclass(frozen=True)
class _Way:
    """How the entry comes into the log."""

    #: By the log's clock.
    now: datetime
    #: None where it takes no more.
    record: Record | None
    #: Nobody can write the log, and it lies in one file.
    still: bool = False


def _way(settings: Settings, order: Order) -> _Way:
    recorder = _Recorder(settings, order)
    try:
        snapshot = next(recorder.door.watch(5.0))
    except DoorUnreachableError:
        if order.session is not None:
            raise
        return _without_door(settings, order, recorder)
    if order.session is not None and all(one.session != order.session for one in snapshot.inspections):
        raise ExportError(f"there is no open session {order.session}", mend="sign in again")
    return _Way(snapshot.at, recorder)


def _without_door(settings: Settings, order: Order, recorder: _Recorder) -> _Way:
    file = settings.data / "log.sqlite"
    read_only, has_key = _state_of(settings)
    still = read_only and not wal_of(file).exists()
    with StoreReader(file, still=still) as reader:
        last = next(reader.read(reader.length - 1, 1), None) if reader.length else None
        started = reader.newest_of("started")
    if read_only or not has_key or (last is not None and isinstance(last.entry, Decommissioned)):
        return _Way(datetime.now(UTC), None, still=still)
    if not os.access(file, os.W_OK):
        raise ExportError("cannot be written", where=str(file), mend=_MEND_RIGHTS)
    if order.by is not None:
        account = Accounts(settings.data / "accounts.json").account(order.by)
        if account is None or account.role != "manager":
            raise ExportError(f"{order.by} is no manager", where="--by", mend="name a manager, or nobody")
    return _Way(_now(last, started), recorder)


def _state_of(settings: Settings) -> tuple[bool, bool]:
    """Whether the log lies where nobody can write it, and whether there is a key to sign it with."""
    try:
        # In this order: whoever may not look at the key, as the pages, is not told what the rest looks like to them.
        has_key = log_keys.has_signer(settings.data)
        return is_read_only(settings.data / "log.sqlite"), has_key
    except OSError as error:
        raise ExportError(
            f"cannot be looked at ({error.strerror})", where=str(settings.data), mend=_MEND_RIGHTS
        ) from error


def _now(last: Recorded | None, started: Recorded | None) -> datetime:
    """The time by the log's clock; never before its last entry."""
    if last is None:
        return datetime.now(UTC)
    shifted = started is not None and isinstance(started.entry, Started) and started.entry.clock_shifted
    return last.at if shifted else max(datetime.now(UTC), last.at)


class _Recorder:
    """Has one entry written, by the door or in its place; called again with the same entry, it is written once."""

    def __init__(self, settings: Settings, order: Order) -> None:
        self.door = DoorClient(settings.socket_path)
        self._settings = settings
        self._order = order
        self._id = uuid.uuid4().hex

    def __call__(self, entry: Downloaded) -> int:
        """Write it; its index."""
        end = time.monotonic() + _WRITTEN_WITHIN_S
        while True:
            try:
                return self._by_the_door(entry)
            except DoorUnreachableError:
                found = self._in_its_place(entry)
                if found is not None:
                    return found
                if time.monotonic() >= end:
                    raise
            time.sleep(_AGAIN_S)

    def _by_the_door(self, entry: Downloaded) -> int:
        command = LogDownload(
            first=entry.first,
            last=entry.last,
            start=entry.start,
            end=entry.end,
            manifest=entry.manifest,
            session=entry.session,
        )
        answer = self.door.command(command, by=self._order.by, command_id=self._id)
        if answer.ok:
            return int(answer.values["entry"])
        if answer.error in {"no_answer", "starting"}:
            raise DoorUnreachableError(
                "the door does not answer in time", where=str(self._settings.socket_path)
            )
        raise DoorRefusedError(answer)

    def _in_its_place(self, entry: Downloaded) -> int | None:
        """The index; None where somebody else is the writer."""
        if self._order.session is not None:
            return None
        settings = self._settings
        try:
            store = Store.open(
                settings.data / "log.sqlite",
                kiosk=settings.kiosk,
                sealing_key=load_public_key(settings.sealing_key_file),
            )
        except StoreLockedError:
            return None
        try:
            return self._write(store, entry)
        finally:
            store.close()

    def _write(self, store: Store, entry: Downloaded) -> int:
        with StoreReader(self._settings.data / "log.sqlite") as reader:
            known, started = reader.newest_of("downloaded"), reader.newest_of("started")
        if known is not None and known.entry.command == self._id:
            # The door wrote it, and went away before it could say so.
            index = known.index
        else:
            last = next(store.read(store.length - 1), None)
            draft = Draft(at=_now(last, started), entry=entry.model_copy(update={"command": self._id}))
            (recorded,) = store.append([draft], expected_index=store.length)
            index = recorded.index
        signer = log_keys.open_signer(self._settings.data, self._settings.kiosk)
        if store.checkpoint(signer, now=datetime.now(UTC)) is None:
            raise StoreError("the log could not be signed", where=str(self._settings.data))
        return index
