"""What can go wrong at central, beyond a batch that is refused."""

from __future__ import annotations

from typing import ClassVar

from kiosk.errors import KioskError


class CentralError(KioskError):
    """Something that whoever runs central has to mend."""

    code: ClassVar[str] = "central_failed"


class MalformedError(CentralError, ValueError):
    """What a kiosk sent is not a batch; ``where`` names the part."""

    code = "malformed"
