"""Opening what kiosks sealed, for contact tracing: only with the private key, and never without a record of who and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, insert, select

from central.errors import CentralError
from central.schema import leaf, sealed, unsealing, visit_day
from central.sealing_keys import HeldKey
from kiosk.ledger.entries import Registration
from kiosk.ledger.leaf import Leaf, parse_leaf
from kiosk.ledger.sealing import SealingError, digest, unseal


@dataclass(frozen=True)
class Asked:
    """Who opens what, and why: it is written down before anything is opened."""

    kiosk: str
    day: date
    by: str
    why: str


@dataclass(frozen=True)
class Opened:
    """What one entry had sealed."""

    index: int
    at: datetime | None
    key: str
    registrations: tuple[Registration | None, ...]


def open_day(engine: Engine, asked: Asked, keys: Sequence[HeldKey], *, now: datetime) -> Iterator[Opened]:
    """What was sealed at one kiosk's visits of a day (Hong Kong's), in the order of the log.

    Raises:
        CentralError: nothing is kept of that day, or who and why are not said.
        SealingError: no key opens an entry.
    """
    if not asked.by.strip() or not asked.why.strip():
        raise CentralError("who opens it and why has to be said", where="--by, --why", mend="give both")
    with engine.begin() as connection:
        rows = connection.execute(
            select(leaf.c.idx, leaf.c.leaf, sealed.c.ciphertext)
            .join(sealed, (sealed.c.kiosk == leaf.c.kiosk) & (sealed.c.idx == leaf.c.idx))
            .join(visit_day, (visit_day.c.kiosk == leaf.c.kiosk) & (visit_day.c.idx == leaf.c.idx))
            .where(leaf.c.kiosk == asked.kiosk, visit_day.c.day == asked.day)
            .order_by(leaf.c.idx)
        ).all()
        # Committed before anything is opened, also where nothing is found: what was asked for stays on record.
        connection.execute(
            insert(unsealing).values(
                kiosk=asked.kiosk, day=asked.day, by=asked.by, why=asked.why, visits=len(rows), at=now
            )
        )
    if not rows:
        raise CentralError(
            f"nothing sealed is kept of {asked.kiosk} on {asked.day}",
            mend="check kiosk and day; after 31 days it is erased",
        )
    return (_opened(asked.kiosk, row.idx, row.leaf, row.ciphertext, keys) for row in rows)


def _opened(kiosk: str, index: int, data: bytes, ciphertext: bytes, keys: Sequence[HeldKey]) -> Opened:
    said = parse_leaf(data)
    if said.sealed != digest(ciphertext):
        raise SealingError("is not what the leaf says", where=f"{kiosk} entry {index}", mend="report it")
    for key in _fitting(said, keys, f"{kiosk} entry {index}"):
        try:
            personal = unseal(key.key, ciphertext, kiosk, index)
        except SealingError:
            if said.sealed_to is not None:
                raise
            continue
        return Opened(index, said.at, key.id, personal.registrations)
    raise SealingError(
        "none of the keys opens it", where=f"{kiosk} entry {index}", mend="give --private FILE"
    )


def _fitting(said: Leaf, keys: Sequence[HeldKey], where: str) -> Sequence[HeldKey]:
    """The key that the leaf names; every one, the newest first, where it names none."""
    if said.sealed_to is None:
        return tuple(reversed(keys))
    fitting = tuple(key for key in keys if key.id == said.sealed_to)
    if not fitting:
        raise SealingError(f"is sealed to the key {said.sealed_to}", where=where, mend="give --private FILE")
    return fitting
