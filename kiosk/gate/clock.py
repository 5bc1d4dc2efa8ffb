"""The law's clock, and when it must not be believed.

Three rules, checked against clocks that cannot lie together: the system's wall clock, the monotonic clock, the log.

* ``behind_log``: the law's clock stands before the last entry. Time has been set back, or the clock lost it.
* ``behind_build``: it stands before the day of this release. A Pi without a clock battery starts in the past.
* ``jumped``: the wall clock moved against the monotonic clock by more than `JUMP_S` between two looks.

A doubtful clock stops admission until a supervisor says what time it is. Each jump that is found is an alarm in the log
with its size, also while the clock is in doubt already. Small corrections (a network time
service slews) follow the wall clock without a word.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kiosk import BUILD_DATE, HONG_KONG

#: Seconds that the wall clock may move against the monotonic clock between two looks, which follow each other within half a second.
JUMP_S = 5.0
#: How far behind the last entry the clock may stand: entries take the later of the two times.
BEHIND = timedelta(seconds=2)


@dataclass(frozen=True)
class LawClock:
    """What time it is for the law.

    Either it follows the wall clock (``anchor`` is null) at an ``offset`` that a supervisor gave, or, for a demo, it
    started at ``anchor`` when the monotonic clock stood at ``anchor_mono`` and runs ``pace`` times as fast as real time.
    """

    offset: timedelta = timedelta(0)
    anchor: datetime | None = None
    anchor_mono: float = 0.0
    pace: float = 1.0

    @property
    def shifted(self) -> bool:
        """Whether the clock was set by hand for a demo."""
        return self.anchor is not None

    def now(self, wall: datetime, mono: float) -> datetime:
        """The law's time, in Hong Kong; ``wall`` is aware, ``mono`` in seconds."""
        if self.anchor is None:
            return (wall + self.offset).astimezone(HONG_KONG)
        return (self.anchor + timedelta(seconds=(mono - self.anchor_mono) * self.pace)).astimezone(HONG_KONG)

    def set(self, time: datetime, wall: datetime, mono: float) -> LawClock:
        """The clock after a supervisor said that it is ``time`` now."""
        if self.anchor is None:
            return replace(self, offset=time - wall)
        return replace(self, anchor=time, anchor_mono=mono)


@dataclass(frozen=True)
class Look:
    """One look at the clocks."""

    wall: datetime
    mono: float


def doubt(clock: LawClock, last: Look | None, look: Look, last_entry: datetime | None) -> str | None:
    """Why the clock cannot be right, or None. ``last`` is the look before this one."""
    now = clock.now(look.wall, look.mono)
    if last_entry is not None and now < last_entry - BEHIND:
        return "behind_log"
    if clock.anchor is None and now < BUILD_DATE:
        return "behind_build"
    return None if jump(last, look) is None else "jumped"


def jump(last: Look | None, look: Look) -> float | None:
    """By how many seconds the wall clock has been set since ``last``, below zero backwards; None where it has not."""
    if last is None:
        return None
    moved = (look.wall - last.wall).total_seconds() - (look.mono - last.mono)
    return moved if abs(moved) > JUMP_S else None
