"""A replica of every kiosk's log.

Rules:

* A leaf is kept as it came, byte for byte, under its kiosk and index, and never changed.
* A batch is taken whole or not at all.
* What is known already may come again. A leaf that differs from the known one is a conflict: an incident is kept,
  nothing is taken.
* A batch that begins beyond the head is a gap: nothing is taken, and the kiosk is told where to begin.
* A kiosk whose log is shorter than its replica is told so (ahead); it was set back. A checkpoint by another key, or with another
  root than the replica has at its size, is refused (fork). Each is kept for good, and nothing is taken.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, func, insert, select, update

from central.batch import Batch, OfferedLeaf
from central.checkpoints import Said, extend
from central.retention import day_of
from central.schema import incident, kiosk, leaf, sealed, visit_day
from kiosk.ledger.leaf import leaf_hash
from kiosk.ledger.notes import Signer
from kiosk.ledger.tree import Tree


@dataclass(frozen=True)
class Taken:
    """Everything in the batch is kept; ``next`` is the next index that central lacks."""

    next: int
    #: The checkpoint that came with it, co-signed: its size and our signature line.
    cosigned: tuple[int, str] | None = None


@dataclass(frozen=True)
class Gap:
    """The batch begins beyond ``next``, the next index that central lacks."""

    next: int


@dataclass(frozen=True)
class Conflict:
    """Another leaf is known under ``index``."""

    index: int
    #: The last checkpoint of the kiosk's log as it is known here; empty where there is none.
    known: str = ""


@dataclass(frozen=True)
class Ahead:
    """The kiosk's log is shorter than its replica of ``next`` entries."""

    next: int
    known: str = ""


@dataclass(frozen=True)
class Fork:
    """The checkpoint is not one of this log, or not by its key."""

    kind: str
    detail: str
    known: str = ""


@dataclass(frozen=True)
class Head:
    """How far a kiosk's log has come, and the root of its tree."""

    next: int
    root: bytes
    last_received_at: datetime | None

    @property
    def root_text(self) -> str:
        """The root in base64, as checkpoints write it."""
        return base64.b64encode(self.root).decode()


@dataclass(frozen=True)
class Summary:
    """A kiosk's log at a glance."""

    head: Head
    by_type: tuple[tuple[str, int], ...]
    last: tuple[tuple[int, str], ...]
    incidents: int


def take(
    engine: Engine, kiosk_id: str, batch: Batch, *, now: datetime, witness: Signer | None = None
) -> Taken | Gap | Conflict | Ahead | Fork:
    """Keep what is new in ``batch``, and co-sign the checkpoint that came with it. The kiosk must be enrolled."""
    with engine.begin() as connection:
        head = connection.execute(
            select(kiosk.c.next, kiosk.c.tree).where(kiosk.c.id == kiosk_id).with_for_update()
        ).one()
        if batch.first > head.next:
            return Gap(head.next)
        known = min(head.next - batch.first, len(batch.leaves))
        differing = _first_difference(connection, kiosk_id, batch, known)
        if differing is not None:
            return _conflict(connection, kiosk_id, batch, differing, now)
        new = batch.leaves[known:]
        tree = Tree.resume(head.next, head.tree)
        said = Said(connection, kiosk_id, batch, now)
        if batch.length is not None and batch.length < head.next:
            detail = f"its log has {batch.length} entries, its replica {head.next}"
            return Ahead(head.next, said.contradicts("ahead", detail))
        roots = extend(tree, (item.hash for item in new), batch.offered)
        wrong = said.judge(roots, tree.size)
        if wrong is not None:
            kind, detail = wrong
            return Fork(kind, detail, said.contradicts(kind, detail))
        if new:
            _keep(connection, kiosk_id, batch.first + known, new, now)
            connection.execute(
                update(kiosk)
                .where(kiosk.c.id == kiosk_id)
                .values(next=tree.size, tree=tree.state(), last_received_at=now)
            )
        return Taken(tree.size, said.keep(tree.size, witness))


def head_of(engine: Engine, kiosk_id: str) -> Head | None:
    """The head of a kiosk's log; None when it is not enrolled."""
    with engine.begin() as connection:
        row = connection.execute(
            select(kiosk.c.next, kiosk.c.tree, kiosk.c.last_received_at).where(kiosk.c.id == kiosk_id)
        ).one_or_none()
    return (
        None if row is None else Head(row.next, Tree.resume(row.next, row.tree).root(), row.last_received_at)
    )


def summary(engine: Engine, kiosk_id: str, *, last: int = 10) -> Summary | None:
    """Counts, head and the types of the last entries; None when the kiosk is not enrolled."""
    head = head_of(engine, kiosk_id)
    if head is None:
        return None
    with engine.begin() as connection:
        by_type = connection.execute(
            select(func.coalesce(leaf.c.type, "?"), func.count())
            .where(leaf.c.kiosk == kiosk_id)
            .group_by(leaf.c.type)
            .order_by(leaf.c.type)
        ).all()
        tail = connection.execute(
            select(leaf.c.idx, func.coalesce(leaf.c.type, "?"))
            .where(leaf.c.kiosk == kiosk_id)
            .order_by(leaf.c.idx.desc())
            .limit(last)
        ).all()
        incidents = connection.execute(
            select(func.count()).select_from(incident).where(incident.c.kiosk == kiosk_id)
        ).scalar_one()
    return Summary(
        head=head,
        by_type=tuple((kind, count) for kind, count in by_type),
        last=tuple((index, kind) for index, kind in reversed(tail)),
        incidents=incidents,
    )


def _first_difference(connection: Connection, kiosk_id: str, batch: Batch, known: int) -> int | None:
    """Which of the batch's first ``known`` leaves is not the one that is kept."""
    if not known:
        return None
    rows = connection.execute(
        select(leaf.c.leaf)
        .where(leaf.c.kiosk == kiosk_id, leaf.c.idx >= batch.first, leaf.c.idx < batch.first + known)
        .order_by(leaf.c.idx)
    ).scalars()
    pairs = zip(rows, batch.leaves, strict=False)
    return next((number for number, (kept, offered) in enumerate(pairs) if kept != offered.leaf), None)


def _conflict(connection: Connection, kiosk_id: str, batch: Batch, number: int, now: datetime) -> Conflict:
    index, offered = batch.first + number, batch.leaves[number]
    kept = connection.execute(
        select(leaf.c.leaf).where(leaf.c.kiosk == kiosk_id, leaf.c.idx == index)
    ).scalar_one()
    seen = connection.execute(
        select(incident.c.id).where(
            incident.c.kiosk == kiosk_id, incident.c.idx == index, incident.c.offered_hash == offered.hash
        )
    ).first()
    if seen is None:
        connection.execute(
            insert(incident).values(
                kiosk=kiosk_id,
                idx=index,
                offered=offered.leaf,
                offered_hash=offered.hash,
                known_hash=leaf_hash(kept),
                at=now,
            )
        )
    said = Said(connection, kiosk_id, batch, now)
    detail = f"at {index} stands the leaf {leaf_hash(kept).hex()}, it offers {offered.hash.hex()}"
    return Conflict(index, said.contradicts("conflict", detail))


def _keep(
    connection: Connection, kiosk_id: str, first: int, new: tuple[OfferedLeaf, ...], now: datetime
) -> None:
    connection.execute(
        insert(leaf),
        [
            {
                "kiosk": kiosk_id,
                "idx": index,
                "leaf": item.leaf,
                "leaf_hash": item.hash,
                "type": item.type,
                "received_at": now,
            }
            for index, item in enumerate(new, start=first)
        ],
    )
    ciphertexts = [
        {"kiosk": kiosk_id, "idx": index, "ciphertext": item.ciphertext}
        for index, item in enumerate(new, start=first)
        if item.ciphertext is not None
    ]
    if ciphertexts:
        connection.execute(insert(sealed), ciphertexts)
        days = [
            {"kiosk": kiosk_id, "idx": index, "day": day_of(item.leaf, now)}
            for index, item in enumerate(new, start=first)
            if item.ciphertext is not None
        ]
        connection.execute(insert(visit_day), days)
