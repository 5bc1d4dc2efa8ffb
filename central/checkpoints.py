"""What kiosks sign of their logs, judged by the replica.

Rules:

* A kiosk's key is pinned: given at enrolment, or the first that comes under its token. Another one is refused.
* A checkpoint must have the root that the replica has at its size. The replica only grows, so every checkpoint that is kept is
  consistent with every other. One for more leaves than there are is not judged yet.
* The longest is co-signed (cosignature/v1): as of now, this is the longest log of the kiosk that we know, and we hold it.
* Whatever contradicts the replica is kept for good, with the signed notes of both sides.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection, Engine, delete, func, insert, select

from central.batch import Batch, OfferedCheckpoint
from central.schema import checkpoint, contradiction, leaf, log_key
from kiosk.ledger.notes import NoteKey, Signer
from kiosk.ledger.tree import Tree

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kept:
    """A checkpoint as it is kept: the kiosk's note, and our signature line where there is one."""

    size: int
    note: str
    cosignature: str
    received_at: datetime


@dataclass(frozen=True)
class Standing:
    """What is known of a kiosk's key and checkpoints."""

    key: NoteKey | None
    last: Kept | None
    #: Kind, detail and time, the first first.
    contradictions: tuple[tuple[str, str, datetime], ...]


def extend(tree: Tree, hashes: Iterable[bytes], offered: OfferedCheckpoint | None) -> bytes | None:
    """Append to ``tree``; the root that it has at the offered checkpoint's size, if it comes by there."""
    size = None if offered is None else offered.checkpoint.size
    root = tree.root() if tree.size == size else None
    for leaf_hash in hashes:
        tree.append(leaf_hash)
        if tree.size == size:
            root = tree.root()
    return root


class Said:
    """What a kiosk says of its log in one batch, within the transaction that takes it."""

    def __init__(self, connection: Connection, kiosk: str, batch: Batch, now: datetime) -> None:
        self._connection = connection
        self._kiosk = kiosk
        self._offered = batch.offered
        self._now = now

    def judge(self, root: bytes | None, size: int) -> tuple[str, str] | None:
        """What is wrong with the checkpoint, as kind and detail; None when nothing is, or it cannot be known yet.

        Args:
            root: the replica's at the checkpoint's size, where the batch came by there.
            size: of the replica with the batch.
        """
        offered = self._offered
        if offered is None:
            return None
        if self._pinned not in {None, offered.key}:
            return "other_key", f"its checkpoint is signed by {offered.key}, its key is {self._pinned}"
        if offered.checkpoint.size > size:
            return None
        if (root or self._root_at(offered.checkpoint.size)) != offered.checkpoint.root:
            return "fork", f"its checkpoint of {offered.checkpoint.size} entries is of another log"
        return None

    def keep(self, size: int, witness: Signer | None) -> tuple[int, str] | None:
        """Keep the checkpoint, which was judged, and co-sign it if none is longer; its size and our signature line."""
        offered = self._offered
        if offered is None:
            return None
        if self._pinned is None:
            pin(self._connection, self._kiosk, offered.key, self._now)
        at = offered.checkpoint.size
        if at > size:
            return None
        known = self._connection.execute(self._of_this_kiosk.where(checkpoint.c.size == at)).one_or_none()
        if known is not None and known.cosignature:
            return at, known.cosignature
        longest = self._connection.execute(
            select(func.max(checkpoint.c.size)).where(
                checkpoint.c.kiosk == self._kiosk, checkpoint.c.cosignature.is_not(None)
            )
        ).scalar()
        line = None
        if witness is not None and at >= (longest or 0):
            line = str(witness.cosign(offered.checkpoint.text(), self._now))
        if known is not None:
            self._connection.execute(
                delete(checkpoint).where(checkpoint.c.kiosk == self._kiosk, checkpoint.c.size == at)
            )
        self._connection.execute(
            insert(checkpoint).values(
                kiosk=self._kiosk,
                size=at,
                root=offered.checkpoint.root,
                note=offered.note,
                cosignature=line,
                received_at=self._now,
            )
        )
        return (at, line) if line else None

    def contradicts(self, kind: str, detail: str) -> str:
        """Keep that the kiosk contradicts its replica; the checkpoint of it that is kept here, or nothing."""
        offered = self._offered.note if self._offered else ""
        last = self._connection.execute(
            self._of_this_kiosk.order_by(checkpoint.c.size.desc()).limit(1)
        ).first()
        known = "" if last is None else last.note + (last.cosignature or "")
        digest = hashlib.sha256(repr((kind, detail, offered, known)).encode()).hexdigest()
        where = (contradiction.c.kiosk == self._kiosk, contradiction.c.digest == digest)
        log.critical("kiosk %s contradicts its replica: %s", self._kiosk, detail)
        if self._connection.execute(select(contradiction.c.id).where(*where)).first() is None:
            self._connection.execute(
                insert(contradiction).values(
                    kiosk=self._kiosk,
                    kind=kind,
                    detail=detail,
                    offered=offered,
                    known=known,
                    at=self._now,
                    digest=digest,
                )
            )
        return known

    @cached_property
    def _pinned(self) -> NoteKey | None:
        return pinned(self._connection, self._kiosk)

    @property
    def _of_this_kiosk(self):  # type: ignore[no-untyped-def]  # noqa: ANN202 - SQLAlchemy's own generic
        return select(checkpoint).where(checkpoint.c.kiosk == self._kiosk)

    def _root_at(self, size: int) -> bytes:
        """The replica's root at an earlier size: that of a checkpoint that is kept, else from the leaves."""
        known = self._connection.execute(self._of_this_kiosk.where(checkpoint.c.size == size)).one_or_none()
        if known is not None:
            return bytes(known.root)
        hashes = self._connection.execute(
            select(leaf.c.leaf_hash)
            .where(leaf.c.kiosk == self._kiosk, leaf.c.idx < size)
            .order_by(leaf.c.idx)
            .execution_options(yield_per=5000)
        ).scalars()
        return Tree(hashes).root()


def pinned(connection: Connection, kiosk: str) -> NoteKey | None:
    """Whose signature counts on a kiosk's checkpoints."""
    key = connection.execute(select(log_key.c.key).where(log_key.c.kiosk == kiosk)).scalar()
    return None if key is None else NoteKey.parse(key)


def pin(connection: Connection, kiosk: str, key: NoteKey, now: datetime) -> None:
    """From now on, only that key's signature counts."""
    unpin(connection, kiosk)
    connection.execute(insert(log_key).values(kiosk=kiosk, key=str(key), pinned_at=now))


def unpin(connection: Connection, kiosk: str) -> None:
    """The next key that comes under the kiosk's token counts."""
    connection.execute(delete(log_key).where(log_key.c.kiosk == kiosk))


def standing(engine: Engine, kiosk: str) -> Standing:
    """What is known of a kiosk's key and checkpoints."""
    with engine.begin() as connection:
        last = connection.execute(
            select(checkpoint).where(checkpoint.c.kiosk == kiosk).order_by(checkpoint.c.size.desc()).limit(1)
        ).first()
        rows = connection.execute(
            select(contradiction.c.kind, contradiction.c.detail, contradiction.c.at)
            .where(contradiction.c.kiosk == kiosk)
            .order_by(contradiction.c.id)
        ).all()
        return Standing(
            key=pinned(connection, kiosk),
            last=None
            if last is None
            else Kept(last.size, last.note, last.cosignature or "", last.received_at),
            contradictions=tuple((kind, detail, at) for kind, detail, at in rows),
        )
