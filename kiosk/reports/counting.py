"""How many were where after each entry: what the fold says, without adding up all parties anew each time.

There is no second count here: every figure is read off `kiosk.premises.Premises`. Only which parties hold places without being
inside (they wait, or stepped out) is remembered from entry to entry, so that hundreds of parties at their tables cost nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from kiosk.ledger.entries import Admission, AnyEntry, SteppedOut
from kiosk.premises import Premises


class Count(NamedTuple):
    """People of one area."""

    #: What counts against its limit.
    taken: int
    #: Who is known to be inside.
    inside: int
    #: How many of these are inside by the log alone. Where a beam counts who leaves the premises, and only the taps of staff say
    #: from which zone, people whom nobody has tapped yet stand in their zone's figure although they have left.
    sure: int


class Counts(NamedTuple):
    """People by zone, and in the whole premises."""

    zones: dict[str, Count]
    whole: Count


class Counting:
    """Follows the entries of one log, beginning with `premises`."""

    def __init__(self, premises: Premises) -> None:
        self._holding = {party.id for party in premises.parties.values() if party.waiting or party.out}

    def note(self, entry: AnyEntry) -> None:
        """One more entry: places are only ever reserved by an admission, and kept for somebody who stepped out."""
        if isinstance(entry, Admission | SteppedOut):
            self._holding.add(entry.party)

    def counts(self, premises: Premises) -> Counts:
        """What `premises`, after the last entry noted, say."""
        zones = premises.zones
        held, anywhere, everything = self._held(premises, zones)
        inside = premises.inside_whole
        whole = Count(max(0, premises.whole + everything), inside, inside)
        if len(zones) <= 1:
            return Counts(dict.fromkeys(zones, whole), whole)
        by_zone, unplaced = premises.by_zone, premises.unplaced
        gone = max(0, sum(by_zone.values()) + unplaced - inside)
        counted = {}
        for zone in zones:
            there = by_zone.get(zone, 0)
            taken = there + held.get(zone, 0) + anywhere + unplaced
            counted[zone] = Count(taken, there, max(0, there - gone))
        return Counts(counted, whole)

    def _held(self, premises: Premises, zones: tuple[str, ...]) -> tuple[dict[str, int], int, int]:
        """Places held for people who are not inside: by zone, of parties whose zone is no more, and all together."""
        held: dict[str, int] = {}
        anywhere = everything = 0
        for name in tuple(self._holding):
            party = premises.parties.get(name)
            places = party.waiting + party.out if party is not None else 0
            if party is None or not places:
                self._holding.discard(name)
                continue
            everything += places
            if party.zone in zones:
                held[party.zone] = held.get(party.zone, 0) + places
            else:
                anywhere += places
        return held, anywhere, everything


def same_counts(before: Premises, after: Premises) -> bool:
    """Whether an entry surely changed no figure and no rule."""
    return (
        after.parties is before.parties
        and after.by_zone is before.by_zone
        and after.whole == before.whole
        and after.unplaced == before.unplaced
        and after.rules is before.rules
    )
