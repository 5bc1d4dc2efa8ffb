"""The last checkpoint on the inspector's page: whoever photographs it can have any later change of the log proved."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kiosk import HONG_KONG
from kiosk.errors import KioskError
from kiosk.ledger.notes import NoteError
from kiosk.store import StoreReader
from kiosk.store.keys import log_key

log = logging.getLogger(__name__)

#: The log within the data folder.
LOG = "log.sqlite"


@dataclass(frozen=True)
class Shown:
    """A checkpoint as the page shows it."""

    #: The signed note, character by character.
    note: str
    size: int
    #: In Hong Kong, by the system's clock, as central's.
    made_at: datetime
    #: When central co-signed it; None: it has not.
    cosigned_at: datetime | None
    #: SHA-256, in hex, over all entries: the root of their tree.
    root: str
    #: SHA-256, in hex, of the kiosk's key.
    key: str | None

    @property
    def groups(self) -> tuple[str, ...]:
        """The root in groups of four signs, for people to compare."""
        return tuple(self.root[at : at + 4] for at in range(0, len(self.root), 4))


def newest(data: Path) -> Shown | None:
    """The newest checkpoint of the log in the folder ``data``; None while there is none, or it cannot be read."""
    try:
        with StoreReader(data / LOG) as reader:
            found = reader.checkpoint()
        key = log_key(data)
    except (KioskError, NoteError, OSError) as error:
        log.warning("the checkpoint cannot be read: %s", type(error).__name__)
        return None
    if found is None:
        return None
    return Shown(
        note=found.note.decode("utf-8"),
        size=found.size,
        made_at=found.made_at.astimezone(HONG_KONG),
        cosigned_at=found.cosigned_at.astimezone(HONG_KONG) if found.cosigned_at else None,
        root=found.root.hex(),
        key=key.fingerprint if key else None,
    )
