"""The register of staff beside the log: written in the commit of the entry that tells of it, and truly gone when removed."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from sqlite_utils import Database

from kiosk.store.errors import told_as_ours

log = logging.getLogger(__name__)

_WRITE = "INSERT INTO staff (id, document) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET document = excluded.document"


def write_staff(connection: sqlite3.Connection, rows: Mapping[str, str | None]) -> None:
    """Write the changed rows, within the caller's transaction."""
    connection.executemany(_WRITE, rows.items())
    # As with sealed data: what is kept moves to a new table, so that no page holds a copy of what was there before.
    Database(connection, execute_plugins=False).table("staff").transform()


def read_staff(connection: sqlite3.Connection, file: Path) -> dict[str, str | None]:
    """Every row.

    Raises:
        StoreError: the database cannot be read.
    """
    with told_as_ours(file):
        return dict(connection.execute("SELECT id, document FROM staff").fetchall())


def forget_old_pages(connection: sqlite3.Connection) -> None:
    """Cut the write-ahead file, in which the rows from before can still be read.

    The commit stands whatever happens here: a reader in the way is tried again by the daily erasure.
    """
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        log.warning("the write-ahead file could not be cleared yet: %s", error)
        return
    if busy:
        log.info("the write-ahead file is being read and is cleared later")
