"""Why replication does not get on."""

from __future__ import annotations

from typing import ClassVar

from kiosk.errors import KioskError


class SyncError(KioskError):
    """An exchange with central failed; it is tried again."""

    code: ClassVar[str] = "sync_failed"


class UnreachableError(SyncError):
    """Central does not answer, or answers that it cannot."""

    code = "unreachable"


class UnauthorisedError(SyncError):
    """Central does not know this kiosk by this token."""

    code = "unauthorised"


class TokenError(SyncError):
    """There is no token to show."""

    code = "no_token"


class RejectedError(SyncError):
    """Central, or whatever stands at its address, answered what it never should."""

    code = "rejected"
