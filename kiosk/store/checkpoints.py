"""What was signed of the log, and what contradicted it.

Rules of `sign`:

* Only what is committed is signed, and what was signed is committed before anybody gets it.
* The last signed checkpoint must be proved, from the stored nodes, to be a beginning of what is there now. Otherwise the
  log is contradicted and nothing is signed.
* The same length is signed once.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kiosk.ledger.checkpoint import Checkpoint
from kiosk.ledger.notes import NoteError, Signature, Signer, cosigned_at, open_note, parse_note
from kiosk.ledger.proof import ProofError, consistency_proof, root_at, verify_consistency
from kiosk.store.errors import LogContradictedError, StoreDamagedError, told_as_ours
from kiosk.store.nodes import reader_of

log = logging.getLogger(__name__)

_COLUMNS = "size, root, note, made_at, cosignature, cosigned_at"
_INSERT = "INSERT INTO checkpoint (size, root, note, made_at) VALUES (?, ?, ?, ?)"
#: An hour of UTC, as the first characters of a time say it.
_HOUR = len("2021-05-01T12")
_MEND = (
    "keep this database and the key as evidence, tell the authority, and begin a new log under a new kiosk id"
)


@dataclass(frozen=True)
class StoredCheckpoint:
    """A checkpoint that the kiosk signed."""

    size: int
    root: bytes
    #: The note as the kiosk signed it.
    signed: bytes
    made_at: datetime
    #: Central's signature line, with its newline.
    cosignature: str | None = None
    cosigned_at: datetime | None = None

    @property
    def note(self) -> bytes:
        """The note with the co-signature, where there is one."""
        return self.signed + (self.cosignature or "").encode()


@dataclass(frozen=True)
class Contradiction:
    """Something that is not to be reconciled with this log; kept for good."""

    at: datetime
    #: ``conflict`` and ``ahead``: central holds another log, or more of it; ``new_key``: the signing key is another one;
    #: ``contradicted``: this log itself is not what was signed.
    kind: str
    detail: str
    #: Signed notes of this kiosk and of whoever contradicts it; empty where there is none.
    ours: str = ""
    theirs: str = ""


def newest(connection: sqlite3.Connection, file: Path, *, cosigned: bool = False) -> StoredCheckpoint | None:
    """The last checkpoint, or the last that central co-signed.

    Raises:
        StoreError: the database cannot be read.
    """
    condition = "WHERE cosignature IS NOT NULL" if cosigned else ""
    found = _select(connection, file, f"{condition} ORDER BY size DESC LIMIT 1", ())
    return found[0] if found else None


def between(connection: sqlite3.Connection, file: Path, start: int, end: int) -> tuple[StoredCheckpoint, ...]:
    """The checkpoints of sizes from ``start`` to ``end``, both included, the smallest first.

    Raises:
        StoreError: the database cannot be read.
    """
    return _select(connection, file, "WHERE size BETWEEN ? AND ? ORDER BY size", (start, end))


def contradictions(connection: sqlite3.Connection, file: Path) -> tuple[Contradiction, ...]:
    """What was found to contradict this log, the first first.

    Raises:
        StoreError: the database cannot be read.
    """
    with told_as_ours(file):
        rows = connection.execute(
            "SELECT at, kind, detail, ours, theirs FROM contradiction ORDER BY id"
        ).fetchall()
    return tuple(Contradiction(datetime.fromisoformat(at), *rest) for at, *rest in rows)


def keep_contradiction(connection: sqlite3.Connection, found: Contradiction) -> None:
    """Write it down, once, within the caller's transaction."""
    connection.execute(
        "INSERT OR IGNORE INTO contradiction (at, kind, detail, ours, theirs) VALUES (?, ?, ?, ?, ?)",
        (_moment(found.at), found.kind, found.detail, found.ours, found.theirs),
    )


def contradicted(file: Path, what: str) -> LogContradictedError:
    """The error that says so."""
    return LogContradictedError(what, where=str(file), mend=_MEND)


def demand_beginning(connection: sqlite3.Connection, file: Path, size: int) -> int:
    """See that the last signed checkpoint is a beginning of the ``size`` entries that are there, by their stored nodes.

    Returns its size; 0 where nothing was signed yet.

    Raises:
        LogContradictedError: it is not.
        StoreError: the database cannot be read.
    """
    last = newest(connection, file)
    if last is None:
        return 0
    nodes = reader_of(connection, file)
    try:
        proof = consistency_proof(last.size, size, nodes)
        verify_consistency(last.size, last.root, size, root_at(size, nodes), proof)
    except (ProofError, StoreDamagedError) as error:
        raise contradicted(
            file, f"a checkpoint of {last.size} entries was signed over another log: {error}"
        ) from error
    return last.size


def sign(
    connection: sqlite3.Connection,
    file: Path,
    size: int,
    signer: Signer,
    now: datetime,
    transaction: Callable[[], AbstractContextManager[sqlite3.Connection]],
) -> StoredCheckpoint:
    """Sign the ``size`` entries that are there, which is what the signer's name says of whom.

    Raises:
        LogContradictedError: they are not what was signed before.
        StoreError: the disk or the database failed; nothing was signed.
    """
    demand_beginning(connection, file, size)
    last = newest(connection, file)
    if last and last.size == size and _by(last, signer):
        return last
    checkpoint = Checkpoint(signer.key.name, size, root_at(size, reader_of(connection, file)))
    made = StoredCheckpoint(size, checkpoint.root, checkpoint.sign(signer).encode(), now)
    with transaction():
        if last and not _by(last, signer):
            keep_contradiction(connection, _new_key(last, made))
        if last and last.size == size:
            connection.execute("DELETE FROM checkpoint WHERE size = ?", (size,))
        connection.execute(_INSERT, (size, made.root, made.signed.decode(), _moment(now)))
    return made


def cosigned(
    connection: sqlite3.Connection,
    size: int,
    signature: Signature,
) -> None:
    """Keep central's co-signature, within the caller's transaction. Earlier checkpoints of that hour have served."""
    at = _moment(cosigned_at(signature))
    connection.execute(
        "UPDATE checkpoint SET cosignature = ?, cosigned_at = ? WHERE size = ?", (str(signature), at, size)
    )
    connection.execute(
        "DELETE FROM checkpoint WHERE size < ? AND substr(made_at, 1, ?) = "
        "(SELECT substr(made_at, 1, ?) FROM checkpoint WHERE size = ?)",
        (size, _HOUR, _HOUR, size),
    )


def _new_key(last: StoredCheckpoint, made: StoredCheckpoint) -> Contradiction:
    detail = f"the key that signed {last.size} entries is not the one that signs {made.size}"
    log.critical("%s: central will refuse it until the kiosk is enrolled with its new key", detail)
    return Contradiction(made.made_at, "new_key", detail, made.signed.decode(), last.note.decode())


def _by(checkpoint: StoredCheckpoint, signer: Signer) -> bool:
    try:
        open_note(parse_note(checkpoint.signed), (signer.key,))
    except NoteError:
        return False
    return True


def _select(
    connection: sqlite3.Connection, file: Path, condition: str, values: tuple[int, ...]
) -> tuple[StoredCheckpoint, ...]:
    with told_as_ours(file):
        rows = connection.execute(f"SELECT {_COLUMNS} FROM checkpoint {condition}", values).fetchall()  # noqa: S608 - our own words only
    return tuple(
        StoredCheckpoint(
            size,
            root,
            note.encode(),
            datetime.fromisoformat(made),
            cosignature,
            None if at is None else datetime.fromisoformat(at),
        )
        for size, root, note, made, cosignature, at in rows
    )


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
