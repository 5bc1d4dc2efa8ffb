"""Replication of the log to central: the only state is how many entries central has."""

from kiosk.sync.client import CentralClient
from kiosk.sync.errors import RejectedError, SyncError, TokenError, UnauthorisedError, UnreachableError
from kiosk.sync.evidence import Evidence, evidence_of
from kiosk.sync.replicator import Replicator, SyncStatus

__all__ = [
    "CentralClient",
    "Evidence",
    "RejectedError",
    "Replicator",
    "SyncError",
    "SyncStatus",
    "TokenError",
    "UnauthorisedError",
    "UnreachableError",
    "evidence_of",
]
