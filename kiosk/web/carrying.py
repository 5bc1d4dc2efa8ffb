"""A session that was begun on the kiosk's own screen, carried over to the inspector's own device.

Rules:

* The screen shows a link (as a QR code) that is good once, for a few minutes, in memory alone.
* Whoever brings it has the same session on their device; the screen goes back to the visitors at once, and leaves the session be.
* Only over TLS: on the venue's network anybody may listen.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

#: Seconds that a link is good for.
LINK_S = 300.0
_MOST = 8
_CARRIED = 64


@dataclass(frozen=True)
class Link:
    """A way to carry one session over."""

    token: str = field(repr=False)
    session: int
    #: In seconds of the clock.
    ends: float


class Carrying:
    """Open links, and which sessions have left the screen. Thread-safe.

    Args:
        clock: monotonic seconds.
        changed: told whenever there is another link, or one was used.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, changed: Callable[[], None] = lambda: None
    ) -> None:
        self._clock = clock
        self._changed = changed
        self._lock = threading.Lock()
        self._open: OrderedDict[int, Link] = OrderedDict()
        self._carried: OrderedDict[int, None] = OrderedDict()

    def open(self, session: int) -> Link:
        """Another link for a session; an older one is good no more."""
        made = Link(secrets.token_urlsafe(24), session, self._clock() + LINK_S)
        with self._lock:
            self._open.pop(session, None)
            self._open[session] = made
            while len(self._open) > _MOST:
                self._open.popitem(last=False)
        self._changed()
        return made

    def of(self, session: int) -> Link | None:
        """The link of a session, while it is good."""
        with self._lock:
            found = self._open.get(session)
            return found if found and found.ends > self._clock() else None

    def knows(self, token: str) -> bool:
        """Whether this link is still good."""
        return self._find(token, take=False) is not None

    def take(self, token: str) -> int | None:
        """The session of this link, which is used up, and is from now on not the screen's; None where there is none."""
        return self._find(token, take=True)

    def is_carried(self, session: int) -> bool:
        """Whether a session has left the kiosk's own screen."""
        with self._lock:
            return session in self._carried

    def _find(self, token: str, *, take: bool) -> int | None:
        now = self._clock()
        with self._lock:
            found = next(
                (
                    one
                    for one in self._open.values()
                    if one.ends > now and hmac.compare_digest(one.token.encode(), token.encode())
                ),
                None,
            )
            if found is None or not take:
                return found.session if found else None
            del self._open[found.session]
            self._carried[found.session] = None
            while len(self._carried) > _CARRIED:
                self._carried.popitem(last=False)
        self._changed()
        return found.session
