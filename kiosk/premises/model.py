"""What the log adds up to: the premises at one entry, as frozen data.

Counts are people. The words: *waiting* were released and have not been seen to pass (reserved places); *out* stepped
out for a moment (kept places); *uncertain* is a release that a restart cut short: its waiting count as entered until
staff settle it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from kiosk.ledger.entries import AlarmKind, DayOpened, StaffDuties, TableShare, Way

#: How many of the last commands are remembered, so that none of them is done twice.
REMEMBERED_COMMANDS = 512
#: How many parties are kept for staff to tap; the oldest is forgotten before another comes.
MOST_PARTIES = 1000


@dataclass(frozen=True, kw_only=True)
class DoorForm:
    """What the door can do and see."""

    has_lock: bool = False
    counts_entries: bool = False
    counts_exits: bool = False


@dataclass(frozen=True)
class Done:
    """What a command wrote first: the entry's index and type."""

    index: int
    type: str


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
    #: Whether a sensor sees it pass.
    sensed: bool = True
    #: Its zone has been counted since it came in: how many of those counted are of this party, nobody said.
    recounted: bool = False
    room: str | None = None
    #: The banquet that it joined.
    banquet: str | None = None

    @property
    def places(self) -> int:
        """The places that it takes: occupied, reserved, kept or uncertain."""
        return self.inside + self.waiting + self.out

    @property
    def not_undone_for(self) -> Literal["stepped_out", "recounted"] | None:
        """Why its admission cannot be taken back: some are outside, or nobody knows any more who of them is inside."""
        if self.out:
            return "stepped_out"
        return "recounted" if self.recounted and self.inside else None


@dataclass(frozen=True, kw_only=True)
class Banquet:
    """A banquet that parties can join."""

    #: Its running number, such as ``B1``; none is given twice.
    id: str
    zone: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """A session of an inspector that has not ended."""

    #: The index of its beginning.
    session: int
    how: Literal["badge", "manager"]
    department: str
    #: The badge's number; None without a badge.
    number: str | None
    #: The manager who opened it; None with a badge.
    by: str | None
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Premises:
    """Everything the log says of the premises after `next_index` entries."""

    next_index: int = 0
    last_at: datetime | None = None
    door: DoorForm = DoorForm()
    way: Way | None = None
    #: The floor plan that staff last said hangs at the entrance.
    plan: str | None = None
    rules: DayOpened | None = None
    #: How the law found the staff by zone, as far as the log has said so since the rules in force were written.
    duties: Mapping[str, StaffDuties] = field(default_factory=dict)
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
    #: Banquets under way, by their running number.
    banquets: Mapping[str, Banquet] = field(default_factory=dict)
    #: How many banquets there have been.
    banquets_opened: int = 0
    alarms: Mapping[tuple[AlarmKind, str], datetime] = field(default_factory=dict)
    #: When admission to a zone last ended.
    closed: Mapping[str, datetime] = field(default_factory=dict)
    #: The last commands that wrote something.
    commands: Mapping[str, Done] = field(default_factory=dict)
    #: Sessions of inspectors by number, in the order in which they began.
    inspections: Mapping[int, Inspection] = field(default_factory=dict)
    #: The day (Hong Kong's) of the last admission against the decision, and how many there were on it.
    overridden_on: date | None = None
    overridden: int = 0

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones of the rules in force; none before the first day is opened."""
        return tuple(zone.zone for zone in self.rules.zones) if self.rules else ()

    @property
    def single(self) -> bool:
        """Whether the premises are one area, so that its count is the premises' count."""
        return self.rules is None or len(self.rules.zones) <= 1

    def parties_in(self, zone: str) -> list[Party]:
        """The parties whose places count in `zone`; one whose zone is no more counts in every zone."""
        if self.single:
            return list(self.parties.values())
        known = self.zones
        return [party for party in self.parties.values() if party.zone == zone or party.zone not in known]

    def inside(self, zone: str) -> int:
        """People known to be inside `zone`."""
        return max(0, self.whole) if self.single else self.by_zone.get(zone, 0)

    def taken(self, zone: str) -> int:
        """What counts against the limit of `zone`: occupied, reserved, kept, uncertain and unplaced people."""
        return self.placed(zone) + self.unplaced

    def placed(self, zone: str) -> int:
        """Of these, all but those of whom nobody knows the zone."""
        if self.single:
            return self.taken_whole
        held = sum(party.waiting + party.out for party in self.parties_in(zone))
        return self.by_zone.get(zone, 0) + held

    @property
    def inside_whole(self) -> int:
        """People known to be inside the premises."""
        return max(0, self.whole)

    @property
    def taken_whole(self) -> int:
        """The places taken in the premises: occupied, reserved, kept and uncertain."""
        return max(0, self.whole + sum(party.waiting + party.out for party in self.parties.values()))

    @property
    def uncertain(self) -> int:
        """People of whom only a restart knows whether they entered; they count as entered."""
        return sum(party.waiting for party in self.parties.values() if party.uncertain)

    @property
    def open(self) -> int:
        """People released and not seen to pass, certain and uncertain."""
        return sum(party.waiting for party in self.parties.values())

    def at_table(self, table: str) -> int:
        """People who have a place at `table`. Who of a split party left is not known, so each share counts whole."""
        return sum(
            min(share.people, party.places)
            for party in self.parties.values()
            for share in party.tables
            if share.table == table
        )

    def in_room(self, room: str) -> int:
        """People who have a place in `room`."""
        return sum(party.places for party in self.parties.values() if party.room == room)

    def at_banquet(self, banquet: str) -> int:
        """People of `banquet` who have a place."""
        return sum(party.places for party in self.parties.values() if party.banquet == banquet)

    def admitted(self, admission: int) -> Party | None:
        """The party of an admission, while any of its places is taken."""
        # Who passes has just been admitted: from the last on, the party is found at once.
        newest_first = reversed([*self.parties.values()])
        return next((party for party in newest_first if party.admission == admission), None)
