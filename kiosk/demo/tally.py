"""What the simulated people know themselves: who of them is where. The kiosk never sees it; the two are compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from kiosk.demo.watching import EveningError
from kiosk.gate.snapshot import Snapshot


@dataclass
class Guests:
    """A party that a later step speaks of: its id at the kiosk, its admission, where it went, and who is there."""

    party: str
    admission: int
    zone: str
    inside: int


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
    parties: dict[str, Guests] = field(default_factory=dict)
    #: The script's names of the banquets, in the order in which they began.
    banquets: list[str] = field(default_factory=list)

    def guests(self, name: str) -> Guests:
        """The party that the script calls ``name``.

        Raises:
            EveningError: no such party was admitted.
        """
        if name not in self.parties:
            raise EveningError(f"no party {name!r} was admitted")
        return self.parties[name]

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
