"""How many were where after each entry: what the fold says, without adding up all parties anew each time.

There is no second count here: every figure is read off `kiosk.premises.Premises`. Only which parties hold places without being
inside (they wait, or stepped out) is remembered from entry to entry, so that hundreds of parties at their tables cost nothing.
"""

from __future__ import annotations

from typing import NamedTuple

from kiosk.ledger.entries import Admission, AnyEntry, DayOpened, SteppedBack, SteppedOut
from kiosk.premises import Premises


class Count(NamedTuple):
    """People of one area."""

    #: What counts against its limit.
    taken: int
    #: Who is known to be inside.
    inside: int
    #: How many of these are inside by the log alone: without those who were let back in and have not been seen to pass; and where a
    #: beam counts who leaves the premises, and only the taps of staff say from which zone, people whom nobody has tapped yet
    #: stand in their zone's figure although they have left.
    sure: int


class Counts(NamedTuple):
    """People by zone, and in the whole premises."""

    zones: dict[str, Count]
    whole: Count


class Counting:
    """Follows the entries of one log, beginning with `premises`."""

    def __init__(self, premises: Premises) -> None:
        self._holding = {
            party.id for party in premises.parties.values() if party.waiting or party.out or party.returning
        }

        self._rules: DayOpened | None = None
        self._zones: tuple[str, ...] = ()

    def note(self, entry: AnyEntry) -> None:
        """One more entry: places are only ever reserved by an admission, and kept for somebody who steps out or back."""
        if isinstance(entry, Admission | SteppedOut | SteppedBack):
            self._holding.add(entry.party)

    def counts(self, premises: Premises) -> Counts:
        """What `premises`, after the last entry noted, say."""
        if premises.rules is not self._rules:
            self._rules, self._zones = premises.rules, premises.zones
        zones = self._zones
        held, anywhere, back = self._held(premises, zones)
        inside, everything = premises.inside_whole, anywhere + sum(held.values())
        whole = Count(
            max(0, premises.whole + everything),
            inside,
            max(0, inside - sum(back.values())) if back else inside,
        )
        if len(zones) <= 1:
            return Counts(dict.fromkeys(zones, whole), whole)
        by_zone, unplaced = premises.by_zone, premises.unplaced
        gone = max(0, sum(by_zone.values()) + unplaced - inside)
        counted = {}
        for zone in zones:
            there = by_zone.get(zone, 0)
            taken = there + held.get(zone, 0) + anywhere + unplaced
            counted[zone] = Count(taken, there, max(0, there - gone - back.get(zone, 0)))
        return Counts(counted, whole)

    def _held(self, premises: Premises, zones: tuple[str, ...]) -> tuple[dict[str, int], int, dict[str, int]]:
        """Places held for people who are not inside: by zone, and of parties whose zone is no more; and who is on the way back."""
        held: dict[str, int] = {}
        back: dict[str, int] = {}
        anywhere = 0
        if not self._holding:
            return held, anywhere, back
        for name in tuple(self._holding):
            party = premises.parties.get(name)
            places = party.waiting + party.out if party is not None else 0
            if party is None or not (places or party.returning):
                self._holding.discard(name)
                continue
            if party.zone in zones:
                held[party.zone] = held.get(party.zone, 0) + places
            else:
                anywhere += places
            if party.returning:
                back[party.zone] = back.get(party.zone, 0) + party.returning
        return held, anywhere, back


def same_counts(before: Premises, after: Premises) -> bool:
    """Whether an entry surely changed no figure and no rule."""
    return (
        after.parties is before.parties
        and after.by_zone is before.by_zone
        and after.whole == before.whole
        and after.unplaced == before.unplaced
        and after.rules is before.rules
    )
