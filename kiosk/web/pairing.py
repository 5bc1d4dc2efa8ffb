"""Which screens are ours: a display shows a six-digit code, staff type it on the desk, and its cookie counts from then on.

Rules:

* A code lives for ten minutes and is good for one display; only the newest few are kept.
* Staff approve a code; the display itself, and nobody else, then fetches its cookie with the nonce it was given.
* The kiosk's own browser is paired by a link that is good once and for one start of the page server.
* The file holds what is needed to recognise a display; taking a display out of it ends its pairing at once.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from kiosk.errors import KioskError
from kiosk.web.keys import write_private

#: Seconds that a code on a display is good for.
CODE_S = 600.0
_PENDING = 12
_DISPLAYS = 8


class PairingError(KioskError, ValueError):
    """The file of paired displays cannot be used."""

    code = "bad_pairing"


class Display(BaseModel):
    """One paired display. ``digest`` is the SHA-256 of its cookie, in hex."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    digest: str
    since: datetime
    address: str
    #: The kiosk's own browser: a new start of the page server replaces it.
    own: bool = False


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    displays: tuple[Display, ...] = ()


@dataclass
class _Pending:
    code: str
    address: str
    ends: float
    approved: bool = False


class Pairing:
    """Displays that are paired, and those that would like to be. Thread-safe."""

    def __init__(self, file: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._clock = clock
        self._lock = threading.Lock()
        self._pending: OrderedDict[str, _Pending] = OrderedDict()
        self._own_token: str | None = None
        self._displays = self._load()

    @property
    def displays(self) -> tuple[Display, ...]:
        """The paired displays, oldest first."""
        return self._displays

    def knows(self, cookie: str | None) -> bool:
        """Whether a paired display holds this cookie."""
        if not cookie:
            return False
        digest = _digest(cookie)
        return any(hmac.compare_digest(digest, display.digest) for display in self._displays)

    def ask(self, nonce: str | None, address: str) -> tuple[str, str]:
        """The nonce and the code of a display that would like to be paired; the same ones while they are good."""
        with self._lock:
            self._forget_old()
            if nonce is None or nonce not in self._pending:
                nonce = secrets.token_urlsafe(16)
                taken = {pending.code for pending in self._pending.values()}
                code = next(code for code in iter(_code, "") if code not in taken)
                self._pending[nonce] = _Pending(code, address, self._clock() + CODE_S)
                while len(self._pending) > _PENDING:
                    self._pending.popitem(last=False)
            return nonce, self._pending[nonce].code

    def approve(self, code: str) -> str | None:
        """Staff typed ``code``: the address of the display that shows it, or None if none does."""
        with self._lock:
            self._forget_old()
            for pending in self._pending.values():
                if hmac.compare_digest(pending.code.encode(), code.encode()):
                    pending.approved = True
                    return pending.address
            return None

    def collect(self, nonce: str | None) -> str | None:
        """The cookie for the display with this nonce, once, if staff have approved it."""
        with self._lock:
            self._forget_old()
            if nonce is None or nonce not in self._pending or not self._pending[nonce].approved:
                return None
            return self._add(self._pending.pop(nonce).address, own=False)

    def make_own_token(self) -> str:
        """A token for the kiosk's own browser, good once."""
        with self._lock:
            self._own_token = secrets.token_urlsafe(24)
            return self._own_token

    def redeem(self, token: str, address: str) -> str | None:
        """The cookie for whoever brings the token of `make_own_token` first."""
        with self._lock:
            held = self._own_token
            if held is None or not hmac.compare_digest(held.encode(), token.encode()):
                return None
            self._own_token = None
            return self._add(address, own=True)

    def remove(self, display_id: str) -> bool:
        """End the pairing of a display; False if there was none."""
        with self._lock:
            kept = tuple(display for display in self._displays if display.id != display_id)
            if len(kept) == len(self._displays):
                return False
            self._save(kept)
            return True

    def _add(self, address: str, *, own: bool) -> str:
        cookie = secrets.token_urlsafe(32)
        display = Display(
            id=secrets.token_hex(4),
            digest=_digest(cookie),
            since=datetime.now(UTC),
            address=address,
            own=own,
        )
        others = tuple(other for other in self._displays if not (own and other.own))
        self._save((*others, display)[-_DISPLAYS:])
        return cookie

    def _forget_old(self) -> None:
        now = self._clock()
        for nonce in [nonce for nonce, pending in self._pending.items() if pending.ends <= now]:
            del self._pending[nonce]

    def _load(self) -> tuple[Display, ...]:
        try:
            return _File.model_validate_json(self._file.read_bytes()).displays
        except FileNotFoundError:
            return ()
        except (OSError, ValidationError) as error:
            raise PairingError(
                "the paired displays cannot be read",
                where=str(self._file),
                mend="remove the file and pair them anew",
            ) from error

    def _save(self, displays: tuple[Display, ...]) -> None:
        write_private(self._file, _File(displays=displays).model_dump_json(indent=1))
        self._displays = displays


def _code() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"


def _digest(cookie: str) -> str:
    return sha256(cookie.encode()).hexdigest()
