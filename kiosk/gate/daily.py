"""What is due once a day of the law, between two events of the loop.

* Sealed data whose time is over is erased, in the commit of the entry that says so: neither is there without the other.
* What the log adds up to is kept, so that the next start need not begin at the first entry: when nobody waits at the door.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol

from kiosk.gate.events import DataDue, Event, StateDue
from kiosk.store import StoreError, erase_before

log = logging.getLogger(__name__)

#: Seconds until what could not be erased is tried again.
ERASE_RETRY_S = 600.0


class Retention(Protocol):
    """What has to do with erasing, of the store."""

    def due(self, before: date) -> int:
        """How many entries have sealed data of visits before a day."""

    def clear(self) -> None:
        """Leave nothing of what was erased in any file, or raise `StoreError`."""


class Daily:
    """Knows what has been done today.

    Args:
        store: where sealed data lies.
        kept_on: the last day of the law on which what the log adds up to was kept; None: it is to be kept now.
    """

    def __init__(self, store: Retention, kept_on: date | None) -> None:
        self._store = store
        self._kept_on = kept_on
        self._erased_on: date | None = None
        self._erase_again = 0.0

    def look(self, at: datetime, mono: float, write: Callable[[Event], bool], *, idle: bool) -> None:
        """Do what has not been done on the day of ``at``.

        Args:
            at: the law's time, which is not in doubt.
            mono: the monotonic clock, in seconds.
            write: has the gate take an event; whether the log could be written.
            idle: no event waits.
        """
        today = at.date()
        if today != self._erased_on and mono >= self._erase_again and not self._erase(at, mono, write):
            return
        if today != self._kept_on and idle and write(StateDue(at=at, mono=mono)):
            self._kept_on = today

    def _erase(self, at: datetime, mono: float, write: Callable[[Event], bool]) -> bool:
        """Whether the log could be written, and what was to be erased is gone."""
        before = erase_before(at.date())
        try:
            if (visits := self._store.due(before)) and not write(
                DataDue(at=at, mono=mono, before=before, visits=visits)
            ):
                return False
            self._store.clear()
        except StoreError as error:
            log.warning("old sealed data could not be erased yet: %s", error)
            self._erase_again = mono + ERASE_RETRY_S
            return False
        self._erased_on = at.date()
        return True
