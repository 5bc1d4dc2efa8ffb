"""Reading the log beside its writer: for replication, pages and reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from kiosk.ledger import proof
from kiosk.ledger.entries import Recorded
from kiosk.ledger.proof import Nodes
from kiosk.store import checkpoints, rows, states
from kiosk.store.checkpoints import Contradiction, StoredCheckpoint
from kiosk.store.connection import Identity, connect_reader
from kiosk.store.errors import told_as_ours
from kiosk.store.migrations import check_version
from kiosk.store.nodes import reader_of
from kiosk.store.states import Nearest, StoredState
from kiosk.store.whole import Progress, check_whole


@dataclass(frozen=True)
class StoredLeaf:
    """A leaf as it goes to central: final bytes, and the ciphertext beside it unless there is none (any more)."""

    index: int
    leaf: bytes
    ciphertext: bytes | None


class StoreReader:
    """The log, read-only. To be used in the thread that opened it."""

    def __init__(self, path: Path, *, still: bool = False) -> None:
        """Open the database at ``path``; ``still``: nobody can write it, and there is no write-ahead file.

        Raises:
            StoreLostError: there is none yet, or none any more.
            StoreError: it cannot be read, or a newer program wrote it.
        """
        self._file = path
        self._identity = Identity.of(path)
        self._connection = connect_reader(path, still=still)
        try:
            check_version(self._connection, path, begun=True)
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    @property
    def length(self) -> int:
        """How many entries there are."""
        self._identity.check()
        return rows.length(self._connection, self._file)

    @property
    def acknowledged(self) -> int:
        """How many of the first entries central has."""
        self._identity.check()
        return rows.acknowledged(self._connection, self._file)

    @property
    def kiosk(self) -> str | None:
        """Whose log it is."""
        return rows.kiosk(self._connection, self._file)

    def read(self, start: int = 0, limit: int | None = None) -> Iterator[Recorded]:
        """Entries from ``start`` on, all or ``limit`` at most.

        Raises:
            StoreDamagedError: an entry is missing or altered.
        """
        self._identity.check()
        return rows.recorded(self._connection, self._file, start, limit)

    def proved(self, start: int, end: int) -> Iterator[Recorded]:
        """Entries from ``start`` to ``end`` (exclusive), which must be just there in the log's stored tree.

        Raises:
            StoreDamagedError: an entry is missing or altered.
            LogContradictedError: after the last entry, that they are not those under the tree.
        """
        size = self.length
        return rows.proved(self._connection, self._file, start, end, size, self.root(size))

    def proved_leaves(self, start: int, end: int) -> Iterator[bytes]:
        """The final bytes of the entries from ``start`` to ``end`` (exclusive), which must be just there in the log's tree.

        Raises:
            StoreDamagedError: an entry is missing or altered.
            LogContradictedError: after the last entry, that they are not those under the tree.
        """
        size = self.length
        return rows.proved_leaves(self._connection, self._file, start, end, size, self.root(size))

    def of_types(self, *types: str, start: int, end: int) -> Iterator[Recorded]:
        """Entries of these types from ``start`` to ``end`` (exclusive), in order.

        Raises:
            StoreDamagedError: an entry is altered.
        """
        self._identity.check()
        return rows.of_types(self._connection, self._file, types, start, end)

    def newest_of(self, *types: str) -> Recorded | None:
        """The last entry of these types; None where there is none.

        Raises:
            StoreDamagedError: it is altered.
        """
        self._identity.check()
        found = rows.of_types(self._connection, self._file, types, 0, self.length, newest=True)
        return next(found, None)

    def nearest_state(self, index: int) -> Nearest:
        """What was kept of the premises at or before ``index``: `kiosk.store.states.premises_before` goes on from it.

        Raises:
            StoreError: the database cannot be read.
        """
        self._identity.check()
        return states.nearest(self._connection, self._file, index)

    def states(self) -> Iterator[StoredState]:
        """Every state that was kept and is still there, the newest first, each tried."""
        self._identity.check()
        return states.stored(self._connection, self._file)

    def leaves(self, start: int, *, limit: int, max_bytes: int) -> tuple[StoredLeaf, ...]:
        """The next leaves with their ciphertexts: ``limit`` and ``max_bytes`` at most, but one if there is one.

        Raises:
            StoreDamagedError: an entry is missing or altered.
        """
        self._identity.check()
        leaves = rows.leaf_rows(self._connection, self._file, start, limit)
        with told_as_ours(self._file):
            sealed: dict[int, bytes] = dict(
                self._connection.execute(
                    "SELECT idx, ciphertext FROM sealed WHERE idx >= ? AND idx < ?", (start, start + limit)
                ).fetchall()
            )
        taken: list[StoredLeaf] = []
        size = 0
        for index, leaf in leaves:
            ciphertext = sealed.get(index)
            size += len(leaf) + len(ciphertext or b"")
            if taken and size > max_bytes:
                break
            taken.append(StoredLeaf(index, leaf, ciphertext))
        return tuple(taken)

    def days(self, first: date, last: date) -> range:
        """The indices of the entries of those days (Hong Kong's), both included; entries stand in the order of their times.

        Raises:
            StoreError: the database cannot be read.
        """
        self._identity.check()
        start, end = (
            rows.first_on(self._connection, self._file, day) for day in (first, last + timedelta(days=1))
        )
        return range(start, max(start, end))

    def check_whole(self, progress: Progress = lambda _done, _all: None) -> int:
        """Hold the whole log against itself (`kiosk.store.whole`); how many entries there are.

        Raises:
            StoreDamagedError: an entry or a node is missing, or not what was written.
            LogContradictedError: a checkpoint was signed over something else.
        """
        self._identity.check()
        return check_whole(self._connection, self._file, self.kiosk or "", progress)

    def demand_beginning(self) -> None:
        """See, as a start does, that what was signed last is a beginning of what is there.

        Raises:
            LogContradictedError: it is not.
        """
        checkpoints.demand_beginning(self._connection, self._file, self.length)

    def checkpoint(self) -> StoredCheckpoint | None:
        """The last checkpoint that was signed."""
        self._identity.check()
        return checkpoints.newest(self._connection, self._file)

    def cosigned_checkpoint(self) -> StoredCheckpoint | None:
        """The last checkpoint that central co-signed: up to there somebody else vouches for the log."""
        self._identity.check()
        return checkpoints.newest(self._connection, self._file, cosigned=True)

    def checkpoints(self, start: int, end: int) -> tuple[StoredCheckpoint, ...]:
        """Those of sizes from ``start`` to ``end``, both included, the smallest first."""
        self._identity.check()
        return checkpoints.between(self._connection, self._file, start, end)

    def contradictions(self) -> tuple[Contradiction, ...]:
        """What was found to contradict this log, the first first."""
        self._identity.check()
        return checkpoints.contradictions(self._connection, self._file)

    def root(self, size: int) -> bytes:
        """The root over the first ``size`` entries.

        Raises (as the proofs below):
            StoreDamagedError: a node of the tree is missing.
        """
        return proof.root_at(size, self._nodes)

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """The proof that the entry at ``index`` is among the first ``size``.

        Raises:
            ProofError: it is not.
        """
        return proof.inclusion_proof(index, size, self._nodes)

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """The proof that the first ``new`` entries begin with the first ``old``.

        Raises:
            ProofError: not 0 < old <= new.
        """
        return proof.consistency_proof(old, new, self._nodes)

    def range_proof(self, start: int, end: int, size: int) -> tuple[bytes, ...]:
        """The proof that the entries from ``start`` to ``end`` (exclusive) are just there among the first ``size``.

        Raises:
            ProofError: not 0 <= start < end <= size.
        """
        return proof.range_proof(start, end, size, self._nodes)

    @property
    def _nodes(self) -> Nodes:
        return reader_of(self._connection, self._file)
