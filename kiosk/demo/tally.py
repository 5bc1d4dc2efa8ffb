"""What the simulated people know themselves: who of them is where. The kiosk never sees it; the two are compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from kiosk.demo.watching import EveningError
from kiosk.gate.snapshot import Snapshot


@dataclass
class Guests:
    """A party that was admitted: its id at the kiosk, its admission, where it went, and who is there."""

    party: str
    admission: int
    zone: str
    inside: int
    #: They stepped out, and their places are kept.
    out: int = 0
    #: How many sit at which table; at a single one all of them.
    tables: dict[str, int] = field(default_factory=dict)
    #: None where the script does not say.
    room: str | None = None
    #: The script's name of the banquet that they joined.
    banquet: str | None = None


@dataclass(frozen=True)
class Waiting:
    """A party that waits for a place: its number at the desk, and its people."""

    number: int
    people: int
    zone: str


@dataclass
class Tally:
    """The simulated people's own count."""

    inside: Counter[str] = field(default_factory=Counter)
    #: By zone: they stepped out, and their places are kept.
    out: Counter[str] = field(default_factory=Counter)
    #: By zone: they left, and no sensor and nobody of the staff saw it.
    unseen: Counter[str] = field(default_factory=Counter)
    admitted: int = 0
    refused: int = 0
    #: By the script's name for them; without one, by their id.
    parties: dict[str, Guests] = field(default_factory=dict)
    #: Who waits, the first first.
    waiting: dict[str, Waiting] = field(default_factory=dict)
    #: The highest number that a party has got at the desk.
    numbered: int = 0
    #: The script's names of the banquets, in the order in which they began, and those of them that are over.
    banquets: list[str] = field(default_factory=list)
    over: set[str] = field(default_factory=set)

    def guests(self, name: str) -> Guests:
        """The party that the script calls ``name``.

        Raises:
            EveningError: no such party was admitted.
        """
        if name not in self.parties:
            raise EveningError(f"no party {name!r} was admitted")
        return self.parties[name]

    def waits(self, name: str) -> Waiting:
        """The party that the script calls ``name``, while it waits.

        Raises:
            EveningError: no such party waits.
        """
        if name not in self.waiting:
            raise EveningError(f"no party {name!r} waits")
        return self.waiting[name]

    def emptied(self, zone: str) -> None:
        """Nobody is inside ``zone`` any more, from whatever party."""
        for guests in self.parties.values():
            if guests.zone == zone:
                guests.inside = 0

    def banquet(self, name: str) -> str:
        """The number that the desk gave to the banquet ``name``: they count from B1.

        Raises:
            EveningError: it has not begun.
        """
        if name not in self.banquets:
            raise EveningError(f"no banquet {name!r} has begun")
        return f"B{self.banquets.index(name) + 1}"

    def agrees(self, snapshot: Snapshot) -> bool:
        """Whether the kiosk's count is the people's."""
        return not self.differences(snapshot)

    def differences(self, snapshot: Snapshot) -> list[str]:
        """Where the kiosk's count is not what the people know; those who left unseen still count for it."""
        found = []
        believed = sum(self.inside.values()) + sum(self.unseen.values())
        if snapshot.inside != believed:
            found.append(f"inside: the kiosk counts {snapshot.inside}, the people {believed}")
        if snapshot.unplaced:
            found.append(f"the kiosk does not know where {snapshot.unplaced} people are")
        for zone in snapshot.zones:
            inside = self.inside[zone.id] + self.unseen[zone.id]
            taken = inside + self.out[zone.id]
            if (zone.inside, zone.taken) != (inside, taken):
                found.append(
                    f"{zone.id}: the kiosk counts {zone.inside} inside and {zone.taken} places taken, "
                    f"the people {inside} and {taken}"
                )
        return found

    def misplaced(self, snapshot: Snapshot) -> list[str]:
        """Where the desk has somebody sit, wait or feast who is elsewhere by what the people know."""
        return [*self._misseated(snapshot), *self._misqueued(snapshot), *self._misfeasting(snapshot)]

    def _misseated(self, snapshot: Snapshot) -> list[str]:
        """Parties of which the kiosk knows nothing any more are left out: where they sat is told by nobody."""
        seen = {party.party: party for party in snapshot.parties}
        found = []
        for name, guests in self.parties.items():
            party = seen.get(guests.party)
            if party is None:
                continue
            tables = {share.table: share.people for share in party.tables}
            # Some may have left: who of them sat where, nobody says, but no more sit anywhere than the desk still counts.
            left = party.inside + party.waiting + party.out
            known = {table: min(people, left) for table, people in guests.tables.items()}
            room = party.room if guests.room else None
            if (tables, room, party.out) != (known, guests.room, guests.out):
                found.append(
                    f"{name}: the kiosk has them at {tables or party.room}, {party.out} of them out, "
                    f"the people at {known or guests.room}, {guests.out} of them out"
                )
        return found

    def _misqueued(self, snapshot: Snapshot) -> list[str]:
        closed = {zone.id for zone in snapshot.zones if zone.phase == "closed"}
        seen = [(party.number, party.people, party.zone) for party in snapshot.waiting]
        # Nobody waits for a place in a zone that has closed.
        known = [
            (each.number, each.people, each.zone) for each in self.waiting.values() if each.zone not in closed
        ]
        return [] if seen == known else [f"waiting: the kiosk has {seen}, the people {known}"]

    def _misfeasting(self, snapshot: Snapshot) -> list[str]:
        seen = {banquet.id: banquet.people for banquet in snapshot.banquets}
        known = {
            self.banquet(name): sum(
                guests.inside + guests.out for guests in self.parties.values() if guests.banquet == name
            )
            for name in self.banquets
            if name not in self.over
        }
        return [] if seen == known else [f"banquets: the kiosk counts {seen}, the people {known}"]
