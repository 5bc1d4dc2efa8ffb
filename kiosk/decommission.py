"""A box goes out of service: a last entry, central has the log, and nothing readable of persons is left on it.

Rules:

* The door is stopped: the log has one writer. What waits for central is sent first.
* Nothing is destroyed while central lacks entries, unless whoever does it says so; then the last entry tells how many.
* The last entry, the erasing of what is sealed and that of the staff register are one commit. It can be done again: a
  log that ends with that entry gets no second one.
* Files are overwritten before they are removed. Flash storage writes elsewhere than where it is told to: what it has
  kept aside is out of reach of any program. Whoever must be sure encrypts the disk or destroys the card.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from kiosk.errors import KioskError
from kiosk.ledger.entries import Decommissioned, Draft, Recorded
from kiosk.ledger.notes import Signer
from kiosk.ledger.sealing import load_public_key
from kiosk.settings import Settings
from kiosk.store import Notary, Store
from kiosk.store import keys as log_keys
from kiosk.sync import Replicator, SyncStatus
from kiosk.sync.evidence import evidence_of

#: What is kept of the folder where the log is kept: the log, and what it is verified with.
LOG_FILES = ("log.sqlite", "log-public.key", "certificate.note")
#: More exchanges than this a log of any length needs none; so that a central that answers oddly ends it.
_MOST_EXCHANGES = 100_000
_CHUNK = 1 << 20


class DecommissionError(KioskError):
    """A kiosk cannot be taken out of service yet, or has been already."""

    code = "decommission"


@dataclass(frozen=True)
class Done:
    """What became of it."""

    entries: int
    visits: int
    unsent: int
    destroyed: int


def demand_in_service(last: Iterable[Recorded], data: Path) -> None:
    """Raise `DecommissionError` if the log's last entries say that the kiosk is out of service."""
    if any(entry.entry.type == "decommissioned" for entry in last):
        raise DecommissionError(
            "this kiosk was taken out of service, and its log has ended",
            where=str(data),
            mend="give the box a new id and an empty folder; `central enrol NEW --replaces` where it goes on",
        )


def decommission(
    settings: Settings, *, by: str, leave_unsent: bool, log_to: Path | None, keep_log: bool
) -> Done:
    """Do it.

    Args:
        settings: the venue's file.
        by: the manager's sign-in name.
        leave_unsent: go on where central lacks entries.
        log_to: a folder to which the log goes, with what it is verified with.
        keep_log: the log stays where it is.

    Raises:
        StoreLockedError: the door runs.
        DecommissionError: central lacks entries, or the log cannot be put where it should go.
        StoreError: the disk or the database failed.
    """
    data = settings.data
    _demand_room(log_to)
    store = Store.open(
        data / "log.sqlite", kiosk=settings.kiosk, sealing_key=load_public_key(settings.sealing_key_file)
    )
    try:
        done = _end(store, settings, by=by, leave_unsent=leave_unsent)
    finally:
        store.close()
    if log_to:
        _copy(data, log_to)
    kept = {data / name for name in LOG_FILES} if keep_log else set()
    further = [settings.central.token_file] if settings.central else []
    return Done(*done, destroyed=destroy(data, kept, further))


def _end(store: Store, settings: Settings, *, by: str, leave_unsent: bool) -> tuple[int, int, int]:
    """The last entry, and central's word that it has it: entries, ciphertexts erased, entries that central lacks."""
    send = _Sender(store, settings)
    waits = send()
    ended = next(iter(store.read(store.length - 1)), None) if store.length else None
    if ended is None or not isinstance(ended.entry, Decommissioned):
        _demand_sent(waits, settings, leave_unsent=leave_unsent, what="entries")
        last = Decommissioned(by=by, visits=store.due(date.max), unsent=waits)
        at = max(datetime.now(UTC), store.last_at) if store.last_at else datetime.now(UTC)
        gone: dict[str, str | None] = dict.fromkeys(store.staff())
        store.append(
            [Draft(at=at, entry=last, staff=gone, erase_before=date.max)], expected_index=store.length
        )
        waits = send()
    else:
        last = ended.entry
    store.clear()
    _demand_sent(waits, settings, leave_unsent=leave_unsent, what="entries, the last one among them")
    return store.length, last.visits, waits


def _demand_sent(waits: int, settings: Settings, *, leave_unsent: bool, what: str) -> None:
    if waits and not leave_unsent:
        raise DecommissionError(
            f"central lacks {waits} {what}; nothing has been destroyed",
            where=settings.central.url if settings.central else "central",
            mend=f"let it answer, and call again; or give them up: --unsent {settings.kiosk}",
        )


class _Sender:
    """Sends what central lacks, in this thread; called, it says how many entries central still lacks."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._status: SyncStatus | None = None
        signer = log_keys.open_signer(settings.data, settings.kiosk)
        self._notary = Notary(store, signer, lambda _: None)
        self._replicator = self._make_replicator(settings, signer)

    def _make_replicator(self, settings: Settings, signer: Signer) -> Replicator | None:
        central = settings.central
        if central is None:
            return None
        return Replicator(
            settings.data / "log.sqlite",
            kiosk=settings.kiosk,
            url=central.url,
            token_file=central.token_file,
            acknowledged=self._store.acknowledged,
            on_acknowledged=self._store.acknowledge,
            on_status=self._heard,
            evidence=evidence_of(self._store, self._notary, signer, settings.data, _at_once, lambda: None),
        )

    def __call__(self) -> int:
        self._notary.sign()
        if self._replicator is not None:
            for _ in range(_MOST_EXCHANGES):
                self._replicator.step()
                if self._over():
                    break
            self._replicator.stop()
        return self._store.length - self._store.acknowledged

    def _heard(self, status: SyncStatus) -> None:
        self._status = status

    def _over(self) -> bool:
        status = self._status
        return status is not None and (
            status.error is not None or self._store.acknowledged == self._store.length
        )


def _at_once(write: Callable[[], object]) -> None:
    """There is no thread of the writer's own here."""
    write()


def _demand_room(log_to: Path | None) -> None:
    if log_to is not None and log_to.exists() and any(log_to.iterdir() if log_to.is_dir() else [log_to]):
        raise DecommissionError(
            "is there already", where=str(log_to), mend="name a folder that is not there yet"
        )


def _copy(data: Path, target: Path) -> None:
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name in LOG_FILES:
            if (data / name).exists():
                shutil.copy(data / name, target / name)
                with (target / name).open("rb") as stream:
                    os.fsync(stream.fileno())
    except OSError as error:
        raise DecommissionError(
            f"the log could not be put there ({error.strerror}); nothing of it has been destroyed",
            where=str(target),
            mend="name another folder, and call again",
        ) from error


def destroy(data: Path, kept: set[Path], further: Iterable[Path] = ()) -> int:
    """Overwrite and remove every file of the folder but those, and further ones outside; how many."""
    files = [path for path in sorted(data.rglob("*")) if path not in kept and not path.is_dir()]
    files += [path for path in further if path.exists() and path not in files]
    for path in files:
        # SQLite's index of the write-ahead file holds page numbers only, and whoever reads has it mapped into memory:
        # cut off, it would end that process.
        if not path.name.endswith("-shm"):
            overwrite(path)
        path.unlink()
    for folder in sorted((path for path in data.rglob("*") if path.is_dir()), reverse=True):
        folder.rmdir()
    handle = os.open(data, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return len(files)


def overwrite(path: Path) -> None:
    """Write noise over a file's content, and cut it off."""
    if path.is_symlink() or not path.is_file():
        return
    path.chmod(0o600)
    with path.open("r+b") as stream:
        left = path.stat().st_size
        while left > 0:
            left -= stream.write(secrets.token_bytes(min(left, _CHUNK)))
        stream.flush()
        os.fsync(stream.fileno())
        stream.truncate(0)
        os.fsync(stream.fileno())
