"""Sealed data whose time is over (`kiosk.ledger.keeping`): counted, and erased so that no page holds a copy."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

from sqlite_utils import Database

from kiosk.store.errors import told_as_ours


def count_sealed(connection: sqlite3.Connection, file: Path, before: date) -> int:
    """How many entries of visits before that date still have sealed data.

    Raises:
        StoreError: the database cannot be read.
    """
    query = "SELECT count(*) FROM sealed WHERE visit_date < ?"
    with told_as_ours(file):
        return int(connection.execute(query, (before.isoformat(),)).fetchone()[0])


def erase_sealed(connection: sqlite3.Connection, before: date) -> None:
    """Erase what was sealed at visits before that date, within the caller's transaction.

    Leaves stay, and the log still verifies. The write-ahead file shows the rows until it is cut (`Store.clear`).
    """
    connection.execute("DELETE FROM sealed WHERE visit_date < ?", (before.isoformat(),))
    # SQLite overwrites what it frees (`secure_delete`), but when it balances its pages it leaves copies
    # of rows behind in them. So what is kept moves to a new table, and the old one is freed whole.
    Database(connection, execute_plugins=False).table("sealed").transform()
