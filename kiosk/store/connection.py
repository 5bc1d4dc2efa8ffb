"""Connections to the log's database, set so that what is committed is on the disk.

FULL is asked for on every connection: with less, a power cut may take back a commit that a door has already acted on.
No memory mapping, and no second connection that writes or checkpoints: SQLite before 3.51.3 can damage a WAL database
otherwise.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from kiosk.store.errors import StoreLostError, told_as_ours

#: Seconds to wait for whoever else has the database open.
BUSY_S = 2.0

_EVERY = ("PRAGMA synchronous = FULL", "PRAGMA mmap_size = 0", "PRAGMA trusted_schema = OFF")


def connect_writer(file: Path) -> sqlite3.Connection:
    """The one connection that writes. Transactions are explicit; it may move between threads, one at a time.

    Raises:
        StoreError: the file cannot be opened, or is no database.
    """
    with told_as_ours(file):
        connection = sqlite3.connect(file, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        for pragma in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA secure_delete = ON",
            "PRAGMA temp_store = MEMORY",
            *_EVERY,
        ):
            connection.execute(pragma)
    return connection


def connect_reader(file: Path, *, still: bool = False) -> sqlite3.Connection:
    """A connection that cannot write; ``still``: nobody else can either, and there is no write-ahead file.

    Raises:
        StoreError: there is no database, or it cannot be read.
    """
    how = "mode=ro&immutable=1" if still else "mode=ro"
    with told_as_ours(file):
        connection = sqlite3.connect(
            f"file:{quote(str(file))}?{how}", uri=True, timeout=BUSY_S, isolation_level=None
        )
        for pragma in _EVERY:
            connection.execute(pragma)
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection, file: Path) -> Iterator[sqlite3.Connection]:
    """Everything within it or, on any error, nothing; it takes the write lock at once.

    A transaction that began as a read and writes later would fail where somebody else wrote in between.

    Raises:
        StoreError: the disk or the database failed.
    """
    with told_as_ours(file):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


@dataclass(frozen=True)
class Identity:
    """Which files we opened: a database that is deleted or replaced still takes writes, and loses them all."""

    files: tuple[tuple[Path, int, int], ...]

    @classmethod
    def of(cls, *files: Path) -> Identity:
        """As they are now.

        Raises:
            StoreLostError: one is not there.
        """
        return cls(tuple((file, *_inode(file)) for file in files))

    def check(self) -> None:
        """Raise `StoreLostError` unless every file is still the one that was opened."""
        for file, device, inode in self.files:
            if _inode(file) != (device, inode):
                raise StoreLostError("was replaced while it was in use", where=str(file), mend=_MEND)


_MEND = "put the database back and start the door again"


def _inode(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError as error:
        raise StoreLostError(f"is gone ({error.strerror})", where=str(file), mend=_MEND) from error
    return found.st_dev, found.st_ino


def is_read_only(file: Path) -> bool:
    """Whether the database lies on a medium that is mounted read-only, such as a disk kept as evidence.

    The pages' service sees the log's folder so while the door writes it: not for them.

    Raises:
        OSError: whoever asks may not know.
    """
    return bool(os.statvfs(file.parent).f_flag & os.ST_RDONLY)


def wal_of(file: Path) -> Path:
    """The write-ahead file beside a database."""
    return file.with_name(file.name + "-wal")
