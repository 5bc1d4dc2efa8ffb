"""What the venue's file says at this start, beside what it said at the last one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from kiosk.premises.said import Said, said_by
from kiosk.settings import Settings
from kiosk.store import Store


def said_at_start(settings: Settings, store: Store) -> Said:
    """What it says, and what of it is new since the last start of this log.

    Raises:
        StoreError: the database cannot be read.
        OSError: a file that the settings name cannot be read.
    """
    files = {"keyrings": content_of(settings.keyrings), "trust_sources": content_of(settings.trust_sources)}
    return said_by(settings, files, store.settings())


def content_of(paths: Iterable[Path]) -> bytes:
    """What is in files, and in the files of folders, wherever they lie: one digest a file, in order."""
    digests = [
        hashlib.sha256(file.read_bytes()).digest()
        for path in paths
        for file in ([path] if path.is_file() else sorted(path.glob("*")))
        if file.is_file()
    ]
    return b"".join(digests)
