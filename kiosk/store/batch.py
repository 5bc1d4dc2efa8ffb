"""One commit: what drafts become on the disk, made before the transaction begins and written within it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kiosk.ledger.entries import Draft, Recorded
from kiosk.ledger.leaf import LeafError, leaf_bytes, leaf_hash, to_the_millisecond
from kiosk.ledger.sealing import SealingKey, digest, key_id, seal
from kiosk.ledger.tree import Tree
from kiosk.store.errors import StoreError
from kiosk.store.nodes import grow
from kiosk.store.retention import erase_sealed
from kiosk.store.staff import write_staff
from kiosk.store.states import write_state

_INSERT_ENTRY = "INSERT INTO entry (idx, at, type, leaf, leaf_hash) VALUES (?, ?, ?, ?, ?)"
_INSERT_SEALED = "INSERT INTO sealed (idx, ciphertext, visit_date) VALUES (?, ?, ?)"
_KEEP_META = (
    "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)


@dataclass(frozen=True)
class Sealer:
    """Whose log it is, and to which key what is personal is sealed."""

    kiosk: str
    key: SealingKey
    key_id: str

    @classmethod
    def of(cls, kiosk: str, key: SealingKey) -> Sealer:
        """With the key's id, which costs more than a look."""
        return cls(kiosk, key, key_id(key))


@dataclass(frozen=True)
class Batch:
    """The rows of some drafts that follow one another."""

    recorded: tuple[Recorded, ...]
    entries: tuple[tuple[int, str, str, bytes, bytes], ...]
    sealed: tuple[tuple[int, bytes, str], ...]
    staff: dict[str, str | None]
    #: Sealed data of visits before this date goes, before anything of the batch is sealed.
    erase_before: date | None
    states: tuple[tuple[int, date, bytes], ...]
    settings: dict[str, str]

    @property
    def leaves_old_pages(self) -> bool:
        """Whether the write-ahead file shows afterwards what is to be read no more."""
        return bool(self.staff or self.erase_before)

    def write(self, connection: sqlite3.Connection, tree: Tree) -> None:
        """Write all of it, within the caller's transaction; ``tree`` grows by its entries."""
        if self.erase_before:
            erase_sealed(connection, self.erase_before)
        connection.executemany(_INSERT_ENTRY, self.entries)
        grow(connection, tree, (row[-1] for row in self.entries))
        if self.sealed:
            connection.executemany(_INSERT_SEALED, self.sealed)
        if self.staff:
            write_staff(connection, self.staff)
        for state in self.states:
            write_state(connection, *state)
        if self.settings:
            connection.execute(_KEEP_META, ("settings", json.dumps(self.settings, sort_keys=True)))


def make_batch(drafts: Sequence[Draft], start: int, sealer: Sealer, file: Path) -> Batch:
    """The rows of ``drafts``, the first at ``start``.

    Raises:
        StoreError: an entry holds what cannot be written down.
    """
    recorded: list[Recorded] = []
    entries: list[tuple[int, str, str, bytes, bytes]] = []
    sealed: list[tuple[int, bytes, str]] = []
    for index, draft in enumerate(drafts, start=start):
        at = to_the_millisecond(draft.at)
        sealed_digest = None
        if draft.personal is not None:
            ciphertext = seal(sealer.key, draft.personal, sealer.kiosk, index)
            sealed_digest = digest(ciphertext)
            sealed.append((index, ciphertext, at.date().isoformat()))
        try:
            leaf = leaf_bytes(sealer.kiosk, index, draft, sealed_digest, sealer.key_id)
        except LeafError as error:
            raise StoreError(str(error), where=str(file), mend="report this fault") from error
        entries.append((index, at.isoformat(), draft.entry.type, leaf, leaf_hash(leaf)))
        recorded.append(Recorded(index=index, at=at, entry=draft.entry))
    return Batch(
        recorded=tuple(recorded),
        entries=tuple(entries),
        sealed=tuple(sealed),
        staff={name: document for draft in drafts for name, document in draft.staff.items()},
        erase_before=max((draft.erase_before for draft in drafts if draft.erase_before), default=None),
        states=tuple(
            (item.index, item.at.date(), draft.state)
            for item, draft in zip(recorded, drafts, strict=True)
            if draft.state is not None
        ),
        settings={name: said for draft in drafts for name, said in draft.settings.items()},
    )
