"""What the log adds up to: the premises at one entry, as frozen data.

Counts are people. The words: *waiting* were released and have not been seen to pass (reserved places); *out* stepped
out for a moment (kept places); *uncertain* is a release that a restart cut short: its waiting count as entered until
staff settle it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kiosk.ledger.entries import AlarmKind, DayOpened, TableShare, Way

#: How many of the last commands are remembered, so that none of them is done twice.
REMEMBERED_COMMANDS = 512


@dataclass(frozen=True, kw_only=True)
class DoorForm:
    """What the door can do and see."""

    has_lock: bool = False
    counts_entries: bool = False
    counts_exits: bool = False


@dataclass(frozen=True, kw_only=True)
class Party:
    """A party that was admitted, while any of its places is taken."""

    id: str
    #: The index of its admission.
    admission: int
    zone: str
    #: How many were admitted.
    people: int
    since: datetime
    takeaway: bool
    tables: tuple[TableShare, ...]
    inside: int
    #: Released and not yet passed.
    waiting: int
    #: Stepped out; their places are kept.
    out: int = 0
    #: Stepped back and not yet seen to pass; they already count in `inside`.
    returning: int = 0
    #: A restart cut the release short: `waiting` count as entered until settled.
    uncertain: bool = False
    #: Whether any of `inside` was seen to pass by a sensor.
    seen: bool = False

    @property
    def places(self) -> int:
        """The places that it takes: occupied, reserved, kept or uncertain."""
        return self.inside + self.waiting + self.out


@dataclass(frozen=True, kw_only=True)
class Premises:
    """Everything the log says of the premises after `next_index` entries."""

    next_index: int = 0
    last_at: datetime | None = None
    door: DoorForm = DoorForm()
    way: Way | None = None
    rules: DayOpened | None = None
    #: People of whom the premises know that they are inside; by how much exits exceed them is negative, and never
    #: more than there are uncertain people: these must then have entered.
    whole: int = 0
    #: The same by zone. Where there is a single zone, `whole` is its figure too.
    by_zone: Mapping[str, int] = field(default_factory=dict)
    #: Inside, and nobody knows in which of several zones.
    unplaced: int = 0
    #: People who stepped out, and whom the exit beam has yet to see.
    stepping: int = 0
    #: By id, in the order of admission.
    parties: Mapping[str, Party] = field(default_factory=dict)
    alarms: Mapping[tuple[AlarmKind, str], datetime] = field(default_factory=dict)
    #: When admission to a zone last ended.
    closed: Mapping[str, datetime] = field(default_factory=dict)
    #: The last commands that wrote something, with the index of their entry.
    commands: Mapping[str, int] = field(default_factory=dict)
