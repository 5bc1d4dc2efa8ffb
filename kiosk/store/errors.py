"""What can go wrong with the log on disk, named by what went wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from kiosk.errors import KioskError


class StoreError(KioskError):
    """The log cannot be written or read; whatever was being written has left no trace."""

    code: ClassVar[str] = "store_failed"


class DiskFullError(StoreError):
    """There is no room for another entry."""

    code = "disk_full"


class StoreBusyError(StoreError):
    """Another program holds the database for longer than we wait."""

    code = "store_busy"


class StoreLockedError(StoreError):
    """Another door service already writes this log."""

    code = "store_locked"


class StoreLostError(StoreError):
    """The database is missing, or has been taken away or replaced under the running service."""

    code = "store_lost"


class StoreDamagedError(StoreError):
    """What is on the disk is not what was written."""

    code = "store_damaged"


class StoreTooNewError(StoreError):
    """A newer program wrote this database."""

    code = "store_too_new"


class OtherKioskError(StoreError):
    """The database belongs to another kiosk."""

    code = "other_kiosk"


class LogGapError(StoreError):
    """An entry was meant for another index than the log's next."""

    code = "log_gap"


class LogContradictedError(StoreError):
    """The log is not the one over which checkpoints were signed: nothing more is signed or written."""

    code = "log_contradicted"


#: SQLite's primary result code -> what it means for the log, and the mend.
_MEANING: dict[int, tuple[type[StoreError], str]] = {
    sqlite3.SQLITE_FULL: (DiskFullError, "make room on the disk"),
    sqlite3.SQLITE_BUSY: (StoreBusyError, "end the other program that has the database open"),
    sqlite3.SQLITE_LOCKED: (StoreBusyError, "end the other program that has the database open"),
    sqlite3.SQLITE_CORRUPT: (StoreDamagedError, "put the database of the last backup in its place"),
    sqlite3.SQLITE_NOTADB: (StoreDamagedError, "name the kiosk's own database"),
    sqlite3.SQLITE_CANTOPEN: (StoreLostError, "check that the folder exists and is ours to write"),
    sqlite3.SQLITE_READONLY: (StoreError, "make the database and its folder writable"),
    sqlite3.SQLITE_IOERR: (StoreError, "check the disk"),
}


@contextmanager
def told_as_ours(file: Path) -> Iterator[None]:
    """Within it, SQLite's errors leave as `StoreError` with the file and the mend."""
    try:
        yield
    except sqlite3.Error as error:
        # The lowest byte is the primary code, the rest says it more finely.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        kind, mend = _MEANING.get(code, (StoreError, "check the disk and the database"))
        raise kind(str(error), where=str(file), mend=mend) from error
