"""Rows of the log, checked as they are read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from kiosk.ledger.entries import Recorded
from kiosk.ledger.leaf import LeafError, leaf_hash, parse_recorded
from kiosk.ledger.proof import ProofError, RangeCheck, range_proof
from kiosk.store.checkpoints import contradicted
from kiosk.store.errors import StoreDamagedError, told_as_ours
from kiosk.store.nodes import reader_of

#: Rows fetched at once: no read stays open between two batches, so that a checkpoint is never held up.
_BATCH = 500


def length(connection: sqlite3.Connection, file: Path) -> int:
    """How many entries there are; indices run from 0 without a gap."""
    return _number(connection, file, "SELECT coalesce(max(idx) + 1, 0) FROM entry")


def acknowledged(connection: sqlite3.Connection, file: Path) -> int:
    """How many of the first entries central has."""
    return _number(connection, file, "SELECT acknowledged FROM sync")


def kiosk(connection: sqlite3.Connection, file: Path) -> str | None:
    """Whose log it is, once it has been said."""
    with told_as_ours(file):
        row = connection.execute("SELECT value FROM meta WHERE key = 'kiosk'").fetchone()
    return None if row is None else str(row[0])


def settings(connection: sqlite3.Connection, file: Path) -> dict[str, str]:
    """SHA-256, in hex, by field, of the settings of the last start that said them."""
    with told_as_ours(file):
        row = connection.execute("SELECT value FROM meta WHERE key = 'settings'").fetchone()
    return {} if row is None else dict(json.loads(row[0]))


def recorded(connection: sqlite3.Connection, file: Path, start: int, limit: int | None) -> Iterator[Recorded]:
    """Entries from ``start`` on, ``limit`` at most.

    Raises:
        StoreDamagedError: an entry is missing, or its bytes are not those that were hashed.
    """
    end = length(connection, file) if limit is None else start + limit
    for index, leaf in _leaves(connection, file, start, end):
        yield _entry(file, index, leaf)


def _leaves(connection: sqlite3.Connection, file: Path, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    while start < end:
        rows = leaf_rows(connection, file, start, min(_BATCH, end - start))
        if not rows:
            return
        yield from rows
        start = rows[-1][0] + 1


def proved(
    connection: sqlite3.Connection, file: Path, start: int, end: int, size: int, root: bytes
) -> Iterator[Recorded]:
    """Entries from ``start`` to ``end`` (exclusive), which must be just there in the tree of ``size`` entries with ``root``.

    What stands left and right of them in the tree is taken from its stored nodes.

    Raises:
        StoreDamagedError: an entry is missing, or its bytes are not those that were hashed.
        LogContradictedError: after the last entry, that they are not those under the tree.
    """
    for index, leaf in enumerate(proved_leaves(connection, file, start, end, size, root), start=start):
        yield _entry(file, index, leaf)


def proved_leaves(
    connection: sqlite3.Connection, file: Path, start: int, end: int, size: int, root: bytes
) -> Iterator[bytes]:
    """The final bytes of the entries from ``start`` to ``end`` (exclusive); otherwise as `proved`.

    Raises:
        StoreDamagedError: an entry is missing, or its bytes are not those that were hashed.
        LogContradictedError: after the last entry, that they are not those under the tree.
    """
    if start >= end:
        return
    check = RangeCheck(start, end, size, range_proof(start, end, size, reader_of(connection, file)))
    for _, leaf in _leaves(connection, file, start, end):
        check.append(leaf_hash(leaf))
        yield leaf
    try:
        check.finish(root)
    except ProofError as error:
        raise contradicted(file, f"its entries are not those under its tree: {error}") from error


def of_types(
    connection: sqlite3.Connection,
    file: Path,
    types: Sequence[str],
    start: int,
    end: int,
    *,
    newest: bool = False,
) -> Iterator[Recorded]:
    """Entries of some types from ``start`` to ``end`` (exclusive); ``newest``: of all these, only the last.

    Raises:
        StoreDamagedError: an entry's bytes are not those that were hashed.
    """
    wanted = ", ".join("?" * len(types))
    order = "DESC LIMIT 1" if newest else f"LIMIT {_BATCH}"
    query = (
        f"SELECT idx, leaf, leaf_hash FROM entry WHERE type IN ({wanted}) AND idx >= ? AND idx < ? "  # noqa: S608 - marks only
        f"ORDER BY idx {order}"
    )
    while start < end:
        with told_as_ours(file):
            found = connection.execute(query, (*types, start, end)).fetchall()
        for index, leaf, known in found:
            if leaf_hash(leaf) != known:
                raise StoreDamagedError(f"entry {index} is not what was written", where=str(file), mend=_MEND)
            yield _entry(file, index, leaf)
        if newest or len(found) < _BATCH:
            return
        start = found[-1][0] + 1


def first_on(connection: sqlite3.Connection, file: Path, day: date) -> int:
    """The index of the first entry of that day (Hong Kong's) or later: no entry is dated before the one before it."""
    low, high = 0, length(connection, file)
    while low < high:
        middle = (low + high) // 2
        with told_as_ours(file):
            row = connection.execute(
                "SELECT substr(at, 1, 10) FROM entry WHERE idx = ?", (middle,)
            ).fetchone()
        if row is None:
            raise StoreDamagedError(f"entry {middle} is missing", where=str(file), mend=_MEND)
        low, high = (middle + 1, high) if row[0] < day.isoformat() else (low, middle)
    return low


def leaf_rows(connection: sqlite3.Connection, file: Path, start: int, limit: int) -> list[tuple[int, bytes]]:
    """Indices and leaves as they stand.

    Raises:
        StoreDamagedError: an entry is missing, or its bytes are not those that were hashed.
    """
    with told_as_ours(file):
        rows = connection.execute(
            "SELECT idx, leaf, leaf_hash FROM entry WHERE idx >= ? ORDER BY idx LIMIT ?", (start, limit)
        ).fetchall()
    for expected, (index, leaf, known) in enumerate(rows, start=start):
        if index != expected:
            raise StoreDamagedError(f"entry {expected} is missing", where=str(file), mend=_MEND)
        if leaf_hash(leaf) != known:
            raise StoreDamagedError(f"entry {index} is not what was written", where=str(file), mend=_MEND)
    return [(index, leaf) for index, leaf, _ in rows]


_MEND = "put the database of the last backup in its place"


def _entry(file: Path, index: int, leaf: bytes) -> Recorded:
    try:
        entry = parse_recorded(leaf)
    except LeafError as error:
        raise StoreDamagedError(str(error), where=str(file), mend=error.mend or _MEND) from error
    if entry.index != index:
        raise StoreDamagedError(
            f"entry {index} holds the leaf of entry {entry.index}", where=str(file), mend=_MEND
        )
    return entry


def _number(connection: sqlite3.Connection, file: Path, query: str) -> int:
    with told_as_ours(file):
        row = connection.execute(query).fetchone()
    if row is None:
        raise StoreDamagedError("a row that must be there is missing", where=str(file), mend=_MEND)
    return int(row[0])
