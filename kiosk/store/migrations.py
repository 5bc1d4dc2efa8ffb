"""The tables, as numbered steps that are only ever added to.

SQLite's ``user_version`` says how many steps a database has taken. Each is one transaction together with its number.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from kiosk.ledger.tree import Tree
from kiosk.store import rows
from kiosk.store.connection import transaction
from kiosk.store.errors import (
    OtherKioskError,
    StoreDamagedError,
    StoreLostError,
    StoreTooNewError,
    told_as_ours,
)
from kiosk.store.nodes import grow

#: "KLOG": marks the file as a kiosk's log.
APPLICATION_ID = 0x4B4C4F47


def _log(db: Any) -> None:
    """Entries with their final bytes, what was sealed beside them, and how far central has them."""
    db["entry"].create(
        {"idx": int, "at": str, "type": str, "leaf": bytes, "leaf_hash": bytes},
        pk="idx",
        not_null={"at", "type", "leaf", "leaf_hash"},
        strict=True,
    )
    db["sealed"].create(
        {"idx": int, "ciphertext": bytes, "visit_date": str},
        pk="idx",
        not_null={"ciphertext", "visit_date"},
        strict=True,
    )
    db["sync"].create({"id": int, "acknowledged": int}, pk="id", not_null={"acknowledged"}, strict=True)
    db["sync"].insert({"id": 1, "acknowledged": 0})
    db["meta"].create({"key": str, "value": str}, pk="key", not_null={"value"}, strict=True)


def _staff(db: Any) -> None:
    """The register of staff, a document a member; no document where somebody left and only the number stays given."""
    db["staff"].create({"id": str, "document": str}, pk="id", strict=True)


def _evidence(db: Any) -> None:
    """The inner nodes of the tree, those of the entries there are included; what was signed; what contradicted it."""
    db["node"].create({"id": int, "hash": bytes}, pk="id", not_null={"hash"}, strict=True)
    hashes = db.conn.execute("SELECT leaf_hash FROM entry ORDER BY idx")
    grow(db.conn, Tree(), (row[0] for row in hashes))
    db["checkpoint"].create(
        {"size": int, "root": bytes, "note": str, "made_at": str, "cosignature": str, "cosigned_at": str},
        pk="size",
        not_null={"root", "note", "made_at"},
        strict=True,
    )
    db["contradiction"].create(
        {"id": int, "at": str, "kind": str, "detail": str, "ours": str, "theirs": str},
        pk="id",
        not_null={"at", "kind", "detail", "ours", "theirs"},
        strict=True,
    )
    db["contradiction"].create_index(["kind", "detail", "ours", "theirs"], unique=True)


def _states(db: Any) -> None:
    """What the log adds up to, kept at the entries that name it, with Hong Kong's date."""
    db["state"].create(
        {"idx": int, "day": str, "body": bytes}, pk="idx", not_null={"day", "body"}, strict=True
    )


MIGRATIONS: tuple[Callable[[Any], None], ...] = (_log, _staff, _evidence, _states)


def check_version(connection: sqlite3.Connection, file: Path, *, begun: bool = False) -> int:
    """How many steps the database has taken.

    Raises:
        StoreTooNewError: more than this program knows.
        StoreDamagedError: it is some other program's database.
        StoreLostError: it must have ``begun``, and no log is in it yet.
    """
    with told_as_ours(file):
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        application: int = connection.execute("PRAGMA application_id").fetchone()[0]
        empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if application != APPLICATION_ID and not empty:
        raise StoreDamagedError("is not a kiosk's log", where=str(file), mend="name the kiosk's own database")
    if version > len(MIGRATIONS):
        raise StoreTooNewError(
            f"has the form {version}, this program knows {len(MIGRATIONS)} at most",
            where=str(file),
            mend="install the program that wrote it, or a newer one",
        )
    if begun and version == 0:
        raise StoreLostError("has no log in it yet", where=str(file), mend="start the door first")
    return version


def migrate(connection: sqlite3.Connection, file: Path) -> None:
    """Take the steps that are missing, each whole or not at all.

    Raises:
        StoreError: as `check_version`, or the disk failed.
    """
    version = check_version(connection, file)
    db = Database(connection, execute_plugins=False)
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        # sqlite-utils' own transactions are deferred; inside this one its methods do not commit.
        with transaction(connection, file):
            step(db)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {number}")


def claim(connection: sqlite3.Connection, path: Path, kiosk: str) -> None:
    """Say whose log it is, or find that it is ours. It is also the first write: the disk takes writes.

    Raises:
        OtherKioskError: it is another kiosk's.
        StoreError: the disk or the database failed.
    """
    with transaction(connection, path):
        connection.execute("INSERT OR IGNORE INTO meta (key, value) VALUES ('kiosk', ?)", (kiosk,))
        connection.execute("UPDATE sync SET acknowledged = acknowledged")
        owner = rows.kiosk(connection, path)
    if owner != kiosk:
        raise OtherKioskError(
            f"is the log of kiosk {owner}, not of {kiosk}",
            where=str(path),
            mend="check `kiosk` and `data` in the venue file",
        )
