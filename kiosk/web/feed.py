"""The pages' one view of the door: a thread that watches its snapshots and says when something changed."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from kiosk.errors import KioskError
from kiosk.gate.snapshot import Snapshot

log = logging.getLogger(__name__)

#: Seconds before the first and the later tries to reach the door again.
_BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 3.0)


class Source(Protocol):
    """Where snapshots come from: `kiosk.gate.protocol.DoorClient`."""

    def watch(self) -> Iterator[Snapshot]:
        """Snapshots as they come, until the door goes away."""


@dataclass(frozen=True)
class View:
    """What the pages know at one moment.

    ``snapshot`` is None whenever the door service does not answer: an old count is no count.
    ``version`` names this moment, also across restarts of the page server.
    """

    snapshot: Snapshot | None
    version: str


class Feed:
    """Holds the newest view for every page. Thread-safe."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._changed = threading.Condition()
        self._boot = secrets.token_hex(3)
        self._count = 0
        self._view = View(None, f"{self._boot}-0")
        self._stopped = threading.Event()

    @property
    def view(self) -> View:
        """The newest view."""
        with self._changed:
            return self._view

    @property
    def stopped(self) -> bool:
        """Whether the server is going down; streams end then."""
        return self._stopped.is_set()

    def start(self) -> None:
        """Begin to watch, in a thread of its own."""
        threading.Thread(target=self._watch, name="feed", daemon=True).start()

    def nudge(self) -> None:
        """Something that the pages show besides the door's picture has changed: have them look again."""
        with self._changed:
            self._count += 1
            self._view = View(self._view.snapshot, f"{self._boot}-{self._count}")
            self._changed.notify_all()

    def stop(self) -> None:
        """Watch no more, and wake everybody who waits."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()

    def wait(self, version: str, timeout: float) -> View:
        """The newest view once it is another than ``version``, or whatever there is after ``timeout`` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._view.version != version or self.stopped, timeout)
            return self._view

    def _watch(self) -> None:
        tries = 0
        while not self._stopped.is_set():
            try:
                for snapshot in self._source.watch():
                    tries = 0
                    self._publish(snapshot)
                    if self._stopped.is_set():
                        return
            except (KioskError, OSError, ValueError, KeyError) as error:
                if tries == 0:
                    log.warning("the door service does not answer: %s", type(error).__name__)
            self._publish(None)
            self._stopped.wait(_BACKOFF_S[min(tries, len(_BACKOFF_S) - 1)])
            tries += 1

    def _publish(self, snapshot: Snapshot | None) -> None:
        with self._changed:
            if _same(self._view.snapshot, snapshot):
                return
            self._count += 1
            self._view = View(snapshot, f"{self._boot}-{self._count}")
            self._changed.notify_all()


def _same(old: Snapshot | None, new: Snapshot | None) -> bool:
    """Whether a page would look the same: the time counts to the minute only."""
    if old is None or new is None:
        return old is new
    minute = new.at.replace(second=0, microsecond=0)
    plain = {"number": 0, "at": minute}
    return old.at.replace(second=0, microsecond=0) == minute and old.model_copy(
        update=plain
    ) == new.model_copy(update=plain)


class Streams:
    """Counts open event streams, so that they never use up the server's threads.

    Args:
        limit: streams in all.
        guests: of these, streams of callers who are neither signed in nor paired.
    """

    def __init__(self, limit: int, guests: int) -> None:
        self._lock = threading.Lock()
        self._limit = limit
        self._guests = guests
        self._open = {True: 0, False: 0}

    def take(self, *, guest: bool) -> bool:
        """Whether there is room for one more; whoever got it gives it back."""
        with self._lock:
            if sum(self._open.values()) >= self._limit or (guest and self._open[True] >= self._guests):
                return False
            self._open[guest] += 1
            return True

    def give_back(self, *, guest: bool) -> None:
        """A stream has ended."""
        with self._lock:
            self._open[guest] -= 1


#: Seconds between signs of life, and the longest that one stream lasts before the page asks anew.
BEAT_S = 4.0
LONGEST_S = 300.0


def events(feed: Feed) -> Iterator[str]:
    """A stream that says no more than "it is now number N"."""
    ends = time.monotonic() + LONGEST_S
    version = ""
    yield "retry: 1500\n\n"
    while not feed.stopped and time.monotonic() < ends:
        view = feed.wait(version, BEAT_S)
        yield f"event: {'beat' if view.version == version else 'changed'}\ndata: {view.version}\n\n"
        version = view.version
