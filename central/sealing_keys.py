"""The health authority's keys to which kiosks seal personal data: several in time, the newest of which counts.

A folder has ``sealing-private.key``, the first, and ``sealing-private-ID.key`` for each later one. A key is never
overwritten: what was sealed to it opens with it for as long as it is kept. ``sealing-public.key`` is the newest's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from central.errors import CentralError
from kiosk.ledger import sealing
from kiosk.ledger.sealing import OpeningKey, key_id

_FIRST = "sealing-private.key"
_LATER = "sealing-private-*.key"
PUBLIC = "sealing-public.key"


@dataclass(frozen=True)
class HeldKey:
    """A key that opens."""

    key: OpeningKey
    made: date | None
    file: Path

    @property
    def id(self) -> str:
        """What entries call it by."""
        return key_id(self.key.public_key())

    @property
    def public_text(self) -> str:
        """The content of its public file."""
        return sealing.public_text(self.key.public_key(), self.made)


def held(data: Path, further: tuple[Path, ...] = ()) -> tuple[HeldKey, ...]:
    """The keys of the folder, the oldest first, and those in further files.

    Raises:
        SealingError: a file is not a private key.
    """
    files = [data / _FIRST, *sorted(data.glob(_LATER)), *further]
    keys = [
        HeldKey(*sealing.read_private_key(file), file) for file in files if file.exists() or file in further
    ]
    return tuple(sorted(keys, key=lambda key: (key.made or date.min, key.file.stat().st_mtime_ns)))


def current(data: Path) -> HeldKey:
    """The newest.

    Raises:
        CentralError: there is none.
        SealingError: a file is not a private key.
    """
    keys = held(data)
    if not keys:
        raise CentralError("there is no sealing key", where=str(data), mend="`central init` makes one")
    return keys[-1]


def found(data: Path, today: date) -> HeldKey:
    """The newest key; the first is made if there is none."""
    if not held(data):
        sealing.save_private_key(data / _FIRST, sealing.generate(), today)
    return current(data)


def renew(data: Path, today: date) -> HeldKey:
    """Make another key, which counts from now on."""
    key = sealing.generate()
    file = data / f"sealing-private-{key_id(key.public_key())}.key"
    sealing.save_private_key(file, key, today)
    return HeldKey(key, today, file)


def publish(key: HeldKey, data: Path, further: Path | None) -> None:
    """Write the public half where kiosks' installers find it."""
    for file in (data / PUBLIC, further):
        if file is not None:
            file.write_text(key.public_text, encoding="ascii")
