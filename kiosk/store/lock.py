"""One writer: whoever holds the lock file's lock. The system lets go of it when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from kiosk.store.errors import StoreError, StoreLockedError


class WriterLock:
    """Held from its making until `release`.

    The lock is on a file of its own: closing any other handle on the database itself would drop SQLite's locks.

    Raises:
        StoreLockedError: somebody else holds it.
    """

    def __init__(self, database: Path) -> None:
        file = database.with_name(database.name + ".lock")
        try:
            self._handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o640)
        except OSError as error:
            raise StoreError(
                f"cannot be locked ({error.strerror})",
                where=str(file),
                mend="make the folder exist and ours to write",
            ) from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._handle)
            raise StoreLockedError(
                f"another door service writes this log (process {holder})",
                where=str(database),
                mend="stop it first, or name another folder",
            ) from error
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let the next writer in."""
        os.close(self._handle)
