"""What the log shows of each day, for pages: worked out once, and kept while it is asked for.

* A day that is over does not change; the running one is worked out anew when it has new entries.
* One day is worked out while its page waits; several days in a thread of their own, one after the other, and pages show what is
  ready. So a month of a busy place holds nothing up.
* No more than a few weeks are kept.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from kiosk import HONG_KONG
from kiosk.errors import KioskError
from kiosk.law import Instruments
from kiosk.reports import days as report
from kiosk.reports.figures import DayFigures
from kiosk.store import StoreReader
from kiosk.store.states import premises_before

log = logging.getLogger(__name__)

#: Days in one range, and days that are kept.
MOST_DAYS = 31
_KEPT = 2 * MOST_DAYS
#: Seconds for which the running day is shown as it was, where several are.
_FRESH_S = 60.0
#: Seconds between two looks of the pages at how far it is.
_TELL_S = 1.0


@dataclass(frozen=True)
class Around:
    """Where a day stands in the log: the first and the last day of it, and the nearest days that have entries."""

    first: date
    last: date
    before: date | None
    after: date | None
    #: How many entries it has.
    entries: int


@dataclass(frozen=True)
class _Kept:
    figures: DayFigures
    #: Whether it can change no more.
    over: bool
    #: Monotonic.
    made: float


class Days:
    """The figures of the days of one log. Thread-safe.

    Args:
        file: the log.
        instruments: those at hand.
        changed: told whenever another day is ready.
    """

    def __init__(
        self, file: Path, instruments: Callable[[], Instruments], changed: Callable[[], None] = lambda: None
    ) -> None:
        self._file = file
        self._instruments = instruments
        self._changed = changed
        self._lock = threading.Lock()
        self._kept: OrderedDict[date, _Kept] = OrderedDict()
        self._working = False
        self._failed = False

    def around(self, day: date) -> Around | None:
        """Where ``day`` stands; None while the log is empty.

        Raises:
            StoreError: the log cannot be read.
        """
        with StoreReader(self._file) as reader:
            length = reader.length
            if not length:
                return None
            found = reader.days(day, day)
            return Around(
                first=_day_of(reader, 0),
                last=_day_of(reader, length - 1),
                before=_day_of(reader, found.start - 1) if found.start else None,
                after=_day_of(reader, found.stop) if found.stop < length else None,
                entries=len(found),
            )

    def day(self, day: date, now: datetime) -> DayFigures:
        """One day, as it stands at ``now`` (the door's own time).

        Raises:
            StoreError: the log cannot be read.
        """
        with self._lock:
            kept = self._kept.get(day)
        if kept and kept.over:
            return kept.figures
        (found,) = self._work_out([day], now)
        return found

    def ready(self, days: Sequence[date], now: datetime) -> dict[date, DayFigures]:
        """Those of ``days`` that are worked out; the others are begun with.

        Raises:
            StoreError: the log could not be read; the next call tries again.
        """
        with self._lock:
            if self._failed:
                self._failed = False
                raise _NotReadError
            fresh = time.monotonic() - _FRESH_S
            kept = {day: self._kept[day] for day in days if day in self._kept}
            missing = [
                day for day in days if day not in kept or not (kept[day].over or kept[day].made > fresh)
            ]
            if missing and not self._working:
                self._working = True
                threading.Thread(target=self._work, args=(missing, now), name="days", daemon=True).start()
        return {day: one.figures for day, one in kept.items()}

    def _work(self, days: list[date], now: datetime) -> None:
        told = time.monotonic()
        try:
            for _ in self._work_out(days, now):
                if time.monotonic() - told > _TELL_S:
                    told = time.monotonic()
                    self._changed()
        except Exception as error:  # noqa: BLE001 - a page waits, and has to say so whatever it was
            log.warning("the days cannot be worked out: %s", type(error).__name__)
            with self._lock:
                self._failed = True
        with self._lock:
            self._working = False
        self._changed()

    def _work_out(self, days: Sequence[date], now: datetime) -> Iterator[DayFigures]:
        today = now.astimezone(HONG_KONG).date()
        with StoreReader(self._file) as reader:
            for first, last in _runs(days):
                entries = reader.days(first, last)
                found = report.figures(
                    reader.proved(entries.start, entries.stop),
                    premises_before(reader, entries.start),
                    self._instruments(),
                    first,
                    last,
                    until=now,
                )
                for figures in found:
                    self._keep(figures, over=figures.day < today)
                    yield figures

    def _keep(self, figures: DayFigures, *, over: bool) -> None:
        with self._lock:
            self._kept.pop(figures.day, None)
            self._kept[figures.day] = _Kept(figures, over, time.monotonic())
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)


class _NotReadError(KioskError, RuntimeError):
    """The log could not be read in the thread that works days out."""

    code = "days_not_read"

    def __init__(self) -> None:
        super().__init__("the log cannot be read", mend="run kiosk doctor")


def _day_of(reader: StoreReader, index: int) -> date:
    (recorded,) = reader.read(index, 1)
    return recorded.at.astimezone(HONG_KONG).date()


def _runs(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Days that follow each other, as first and last."""
    first = last = None
    for day in sorted(days):
        if first is None or last is None:
            first = last = day
        elif day == last + timedelta(days=1):
            last = day
        else:
            yield first, last
            first = last = day
    if first is not None and last is not None:
        yield first, last
