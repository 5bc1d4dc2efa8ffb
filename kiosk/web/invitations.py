"""Invitations of inspectors without a badge: a manager opens one, and whoever brings its code or link first may sign in.

Rules:

* An invitation lives for ten minutes, is good once, and is kept in memory alone; so is the name that the manager typed.
* The code is for the kiosk's own screen, the link (in a QR code) for the inspector's own device.
* Who guesses codes has to wait, by address.
"""

from __future__ import annotations

import hmac
import math
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.accounts import Tries

#: Seconds that an invitation is good for.
INVITED_S = 600.0
#: Digits of a code.
DIGITS = 8
_MOST = 8
_NAMES = 64


@dataclass(frozen=True)
class Invitation:
    """A manager's word that somebody is an inspector."""

    id: str
    code: str = field(repr=False)
    token: str = field(repr=False)
    department: str
    #: For the manager's own screen; it goes no further.
    name: str = field(repr=False)
    #: The manager.
    by: str
    #: In seconds of the clock.
    ends: float


class Invitations:
    """Open invitations. Thread-safe.

    Args:
        clock: monotonic seconds.
        changed: told whenever there is another invitation, or one fewer.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, changed: Callable[[], None] = lambda: None
    ) -> None:
        self._clock = clock
        self._changed = changed
        self._lock = threading.Lock()
        self._open: OrderedDict[str, Invitation] = OrderedDict()
        self._names: OrderedDict[int, str] = OrderedDict()
        self._tries = Tries(clock)

    @property
    def open(self) -> tuple[Invitation, ...]:
        """Those that are still good, the oldest first."""
        with self._lock:
            self._forget_old()
            return tuple(self._open.values())

    def minutes(self, invitation: Invitation) -> int:
        """For how many more minutes it is good, begun ones counted."""
        return max(0, math.ceil((invitation.ends - self._clock()) / 60))

    def invite(self, *, department: str, name: str, by: str) -> Invitation:
        """Open one."""
        with self._lock:
            self._forget_old()
            taken = {one.code for one in self._open.values()}
            made = Invitation(
                id=secrets.token_hex(4),
                code=next(code for code in iter(_code, "") if code not in taken),
                token=secrets.token_urlsafe(24),
                department=department,
                name=name,
                by=by,
                ends=self._clock() + INVITED_S,
            )
            self._open[made.id] = made
            while len(self._open) > _MOST:
                self._open.popitem(last=False)
        self._changed()
        return made

    def withdraw(self, invitation_id: str) -> Invitation | None:
        """Take one back; None where there is none."""
        return self._take(lambda one: hmac.compare_digest(one.id.encode(), invitation_id.encode()))

    def wait(self, address: str) -> float:
        """Seconds that somebody at this address must wait before a code is looked at."""
        return self._tries.wait(address)

    def by_code(self, code: str, address: str) -> Invitation | None:
        """The invitation with this code, which is used up; None where there is none, or ``address`` has to wait."""
        if self.wait(address) > 0:
            return None
        found = self._take(lambda one: hmac.compare_digest(one.code.encode(), code.encode()))
        self._tries.count(address, right=found is not None)
        return found

    def by_token(self, token: str) -> Invitation | None:
        """The invitation whose link holds this token, which is used up; None where there is none."""
        return self._take(lambda one: hmac.compare_digest(one.token.encode(), token.encode()))

    def knows(self, token: str) -> bool:
        """Whether the link with this token is still good."""
        return any(hmac.compare_digest(one.token.encode(), token.encode()) for one in self.open)

    def give_back(self, invitation: Invitation) -> None:
        """The door did not answer: it was not used."""
        with self._lock:
            self._open[invitation.id] = invitation

    def used(self, invitation: Invitation, session: int) -> None:
        """The invitation became a session."""
        with self._lock:
            self._names[session] = invitation.name
            while len(self._names) > _NAMES:
                self._names.popitem(last=False)

    def name(self, session: int) -> str:
        """The name that a manager typed for a session, while this process remembers it."""
        with self._lock:
            return self._names.get(session, "")

    def _take(self, fits: Callable[[Invitation], bool]) -> Invitation | None:
        with self._lock:
            self._forget_old()
            found = next((one for one in self._open.values() if fits(one)), None)
            if found is None:
                return None
            del self._open[found.id]
        self._changed()
        return found

    def _forget_old(self) -> None:
        now = self._clock()
        for name in [name for name, one in self._open.items() if one.ends <= now]:
            del self._open[name]


def _code() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
