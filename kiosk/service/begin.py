"""What a start takes from the log: who is inside, its last entries, and whether it ended for good.

It goes on from the last state that was kept (`kiosk.store.states`) and reads the entries from there on. Each of them is
held against its hash, all of them against the tree as it was signed; what the state rests on, the entry that names it, is
among them. Older entries are not read: `kiosk doctor` and exports look at them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kiosk import HONG_KONG
from kiosk.decommission import demand_in_service
from kiosk.gate.state import SHOWN_EVENTS
from kiosk.ledger.entries import Recorded
from kiosk.premises import Premises, apply
from kiosk.store import Store

#: A start that had to fold more entries than this keeps what they add up to at once, for the next one.
MANY = 5000


@dataclass(frozen=True)
class Begun:
    """Where a door goes on."""

    premises: Premises
    #: The log's last entries, for the desk.
    recent: tuple[Recorded, ...]
    #: Of which day (Hong Kong's) the state is that the next start would go on from; None: it is time to keep one.
    kept_on: date | None


def begin(store: Store, data: Path, today: date) -> Begun:
    """Read what the door needs of its log.

    Args:
        store: the log, open for writing.
        data: its folder.
        today: the day of the law, by Hong Kong's clock.

    Raises:
        StoreDamagedError: an entry is missing or altered.
        LogContradictedError: the entries that were read are not those under the log's tree.
        DecommissionError: the kiosk was taken out of service.
    """
    found = store.nearest_state()
    premises, first = found.premises, found.premises.next_index
    recent: deque[Recorded] = deque(maxlen=SHOWN_EVENTS)
    for recorded in store.read(min(first, max(0, store.length - SHOWN_EVENTS))):
        recent.append(recorded)
        if recorded.index >= first:
            premises = apply(premises, recorded)
    demand_in_service(recent, data)
    if store.length - first > MANY:
        return Begun(premises, tuple(recent), None)
    return Begun(premises, tuple(recent), found.day or _first_day(store) or today)


def _first_day(store: Store) -> date | None:
    """The day on which the log began: until it is over there is little to keep."""
    first = next(store.read(0, 1), None)
    return first.at.astimezone(HONG_KONG).date() if first else None
