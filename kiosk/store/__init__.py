"""The log on disk: one writer, any number of readers, nothing kept that the law wants erased."""

from kiosk.ledger.keeping import KEPT_DAYS, erase_before
from kiosk.store.checkpoints import Contradiction, StoredCheckpoint
from kiosk.store.errors import (
    DiskFullError,
    LogContradictedError,
    LogGapError,
    OtherKioskError,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreLockedError,
    StoreLostError,
    StoreTooNewError,
)
from kiosk.store.notary import Notary
from kiosk.store.reader import StoredLeaf, StoreReader
from kiosk.store.writer import Store

__all__ = [
    "KEPT_DAYS",
    "Contradiction",
    "DiskFullError",
    "LogContradictedError",
    "LogGapError",
    "Notary",
    "OtherKioskError",
    "Store",
    "StoreBusyError",
    "StoreDamagedError",
    "StoreError",
    "StoreLockedError",
    "StoreLostError",
    "StoreReader",
    "StoreTooNewError",
    "StoredCheckpoint",
    "StoredLeaf",
    "erase_before",
]
