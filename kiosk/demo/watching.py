"""Watching the door as its screens do: the newest snapshot, and waiting for it to say something."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from kiosk.errors import KioskError
from kiosk.gate.protocol import DoorClient, DoorUnreachableError
from kiosk.gate.snapshot import Snapshot

_Seen = TypeVar("_Seen")

#: Seconds that people wait for something to happen before the evening is called broken.
PATIENCE_S = 20.0


class EveningError(KioskError):
    """The evening did not go as its script says."""

    code = "evening_broken"


class Watch:
    """The newest snapshot of a door, from `start` on."""

    def __init__(self, door: DoorClient) -> None:
        self._door = door
        self._news = threading.Condition()
        self._snapshot: Snapshot | None = None

    def start(self) -> None:
        """Watch, in a thread of its own."""
        threading.Thread(target=self._follow, name="demo-watch", daemon=True).start()

    def now(self) -> Snapshot:
        """The newest snapshot."""
        return self.until("a picture", lambda snapshot: snapshot)

    def until(
        self, what: str, look: Callable[[Snapshot], _Seen | None], patience: float = PATIENCE_S
    ) -> _Seen:
        """Wait until ``look`` sees something (neither None nor False) in the newest snapshot.

        Raises:
            EveningError: it did not within ``patience`` seconds.
        """
        end = time.monotonic() + patience
        with self._news:
            while True:
                seen = look(self._snapshot) if self._snapshot else None
                if seen is not None and seen is not False:
                    return seen
                if not self._news.wait(max(0.0, end - time.monotonic())):
                    raise EveningError(f"waited {patience:.0f} s for {what}, in vain")

    def _follow(self) -> None:
        while True:
            try:
                for snapshot in self._door.watch():
                    with self._news:
                        self._snapshot = snapshot
                        self._news.notify_all()
            except (DoorUnreachableError, ConnectionError, ValueError):
                time.sleep(0.5)
