"""The one writer of the log.

Rules:

* Entries are written in one transaction or not at all; when `Store.append` returns they are on the disk.
* The index of an entry is its place: from 0, without a gap, never used twice.
* The tree over the entries grows in the same transaction; a log that is not what was signed takes no more entries.
* A database that is gone, replaced, full or foreign is an error that says so, never a silent new beginning.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from kiosk.ledger.entries import Draft, Recorded
from kiosk.ledger.notes import Signature, Signer
from kiosk.ledger.proof import root_at
from kiosk.ledger.sealing import SealingKey
from kiosk.store import checkpoints, rows, states
from kiosk.store.batch import Sealer, make_batch
from kiosk.store.checkpoints import Contradiction, StoredCheckpoint
from kiosk.store.connection import Identity, connect_writer, transaction, wal_of
from kiosk.store.errors import (
    LogContradictedError,
    LogGapError,
    StoreBusyError,
    told_as_ours,
)
from kiosk.store.lock import WriterLock
from kiosk.store.migrations import claim, migrate
from kiosk.store.nodes import reader_of, stored_tree
from kiosk.store.retention import count_sealed
from kiosk.store.staff import forget_old_pages, read_staff
from kiosk.store.states import Nearest

#: After these the log is signed soon: the rules of a day, its end, and an export that waits for a checkpoint over its entry.
_MARKS = frozenset({"day_opened", "closed", "stopped", "downloaded"})


class Store:
    """The log of one kiosk, open for writing. Make one with `Store.open`; use it from one thread at a time."""

    def __init__(
        self,
        path: Path,
        lock: WriterLock,
        connection: sqlite3.Connection,
        *,
        kiosk: str,
        sealing_key: SealingKey,
    ) -> None:
        self._file = path
        self._lock = lock
        self._connection = connection
        self._sealer = Sealer.of(kiosk, sealing_key)
        self._identity = Identity.of(path, wal_of(path))
        self._length = rows.length(connection, path)
        last = next(rows.recorded(connection, path, self._length - 1, 1), None) if self._length else None
        self._last_at = last.at if last else None
        self._acknowledged = rows.acknowledged(connection, path)
        self._contradicted: LogContradictedError | None = None
        self._tree = stored_tree(connection, path, self._length)
        self._signed = checkpoints.demand_beginning(connection, path, self._length)
        self._marked = False

    @classmethod
    def open(cls, path: Path, *, kiosk: str, sealing_key: SealingKey) -> Store:
        """Open the log at ``path`` for writing, making it or bringing it up to date first.

        Raises:
            StoreLockedError: another process writes it.
            OtherKioskError: it is the log of another kiosk.
            StoreTooNewError: a newer program wrote it.
            LogContradictedError: it is not the log over which checkpoints were signed.
            StoreError: it cannot be opened or written.
        """
        lock = WriterLock(path)
        connection = None
        try:
            if not path.exists():
                # Made by us first, so that SQLite's own files beside it get the same narrow rights.
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o640))
            connection = connect_writer(path)
            migrate(connection, path)
            claim(connection, path, kiosk)
            return cls(path, lock, connection, kiosk=kiosk, sealing_key=sealing_key)
        except BaseException:
            if connection is not None:
                connection.close()
            lock.release()
            raise

    def close(self) -> None:
        """Let go of the database and let the next writer in."""
        self._connection.close()
        self._lock.release()

    @property
    def length(self) -> int:
        """How many entries there are, and so the next index."""
        return self._length

    @property
    def last_at(self) -> datetime | None:
        """The time of the last entry."""
        return self._last_at

    @property
    def acknowledged(self) -> int:
        """How many of the first entries central has said that it holds."""
        return self._acknowledged

    @property
    def signed(self) -> int:
        """How many of the first entries the last checkpoint covers."""
        return self._signed

    @property
    def marked(self) -> bool:
        """Whether a day was opened or ended, or an export taken, since the last checkpoint."""
        return self._marked

    def append(self, drafts: Sequence[Draft], *, expected_index: int) -> tuple[Recorded, ...]:
        """Write all of ``drafts`` in one durable commit, the first at ``expected_index``.

        What a draft wants erased is erased in the same commit, before what the drafts have sealed is written.

        Raises:
            LogGapError: ``expected_index`` is not the log's next.
            StoreError: the disk or the database failed; nothing of it was written.
        """
        if expected_index != self._length:
            raise LogGapError(
                f"an entry was meant for {expected_index}, but the log is at {self._length}",
                where=str(self._file),
                mend="start the door again",
            )
        batch = make_batch(drafts, expected_index, self._sealer, self._file)
        if batch.recorded:
            tree = self._tree.copy()
            with self._transaction() as connection:
                batch.write(connection, tree)
            self._tree = tree
            self._length += len(batch.recorded)
            self._marked = self._marked or any(item.entry.type in _MARKS for item in batch.recorded)
            self._last_at = batch.recorded[-1].at
            if batch.leaves_old_pages:
                forget_old_pages(self._connection)
        return batch.recorded

    def nearest_state(self) -> Nearest:
        """What the log adds up to as it was last kept, as far as that can be used; `read` the rest from there.

        Raises:
            StoreError: the database cannot be read.
        """
        return states.nearest(self._connection, self._file, self._length)

    def settings(self) -> dict[str, str]:
        """SHA-256, in hex, by field, of the settings of the last start that said them; none before the first.

        Raises:
            StoreError: the database cannot be read.
        """
        return rows.settings(self._connection, self._file)

    def staff(self) -> dict[str, str | None]:
        """The register of staff as it was last written beside an entry: number to JSON, None where only the number stays."""
        return read_staff(self._connection, self._file)

    def read(self, start: int = 0, limit: int | None = None) -> Iterator[Recorded]:
        """Entries from ``start`` on, all or ``limit`` at most, which must be just there in the log's tree.

        Raises:
            StoreDamagedError: an entry is missing or altered.
            LogContradictedError: after the last of them, that they are not those under the tree.
        """
        end = self._length if limit is None else min(self._length, start + limit)
        size, root = self._tree.size, self._tree.root()
        return rows.proved(self._connection, self._file, start, end, size, root)

    def root(self, size: int) -> bytes:
        """The root over the first ``size`` entries, from stored nodes.

        Raises:
            StoreError: the database cannot be read, or a node is missing.
        """
        return root_at(size, reader_of(self._connection, self._file))

    def checkpoint(self, signer: Signer, *, now: datetime) -> StoredCheckpoint | None:
        """Sign the log as it stands; what comes back is durable. None for a log without entries.

        Args:
            signer: the kiosk's key.
            now: the real time, to be noted beside the checkpoint.

        Raises:
            LogContradictedError: the log is not what was signed before; from now on it takes nothing more.
            StoreError: the disk or the database failed.
        """
        if not self._length:
            return None
        try:
            made = checkpoints.sign(
                self._connection, self._file, self._length, signer, now, self._transaction
            )
        except LogContradictedError as error:
            self._contradicted = error
            self.contradict(Contradiction(now, "contradicted", error.what))
            raise
        self._signed, self._marked = made.size, False
        return made

    def cosigned(self, size: int, signature: Signature) -> None:
        """Keep central's co-signature of the checkpoint of ``size`` entries.

        Raises:
            StoreError: the disk or the database failed.
        """
        with self._transaction() as connection:
            checkpoints.cosigned(connection, size, signature)

    def contradict(self, found: Contradiction) -> None:
        """Keep for good what contradicts this log, whether it still takes entries or not.

        Raises:
            StoreError: the disk or the database failed.
        """
        with transaction(self._connection, self._file) as connection:
            checkpoints.keep_contradiction(connection, found)

    def acknowledge(self, count: int) -> None:
        """Central holds the first ``count`` entries. It never goes back: a lower count changes nothing.

        Raises:
            LogGapError: central cannot hold more than there is.
            StoreError: the disk or the database failed.
        """
        if count > self._length:
            raise LogGapError(
                f"central holds {count} entries, this log only {self._length}",
                where=str(self._file),
                mend="restore the newest database of this kiosk, or enrol it under a new id",
            )
        if count <= self._acknowledged:
            return
        with self._transaction() as connection:
            connection.execute("UPDATE sync SET acknowledged = ?", (count,))
        self._acknowledged = count

    def check(self) -> None:
        """Write something that changes nothing, durably: raises `StoreError` while the log cannot be written."""
        with self._transaction() as connection:
            connection.execute("UPDATE sync SET acknowledged = acknowledged")

    def due(self, before: date) -> int:
        """How many entries have sealed data of visits before that date (Hong Kong's).

        Raises:
            StoreError: the database cannot be read.
        """
        return count_sealed(self._connection, self._file, before)

    def clear(self) -> None:
        """Cut the write-ahead file to nothing: what was erased stays readable in it until then.

        Raises:
            StoreBusyError: somebody reads; call again to finish.
            StoreError: the disk or the database failed.
        """
        with told_as_ours(self._file):
            busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StoreBusyError(
                "the write-ahead file is being read and could not be cleared",
                where=str(self._file),
                mend="it is tried again; end long-running reports",
            )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        if self._contradicted:
            raise self._contradicted
        with transaction(self._connection, self._file) as connection:
            yield connection
            self._identity.check()
