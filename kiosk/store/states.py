"""What the log adds up to, kept beside it: so that a start, or a look at one day, need not begin at the first entry.

Rules:

* A state stands at the index of the entry `StateKept` that names its SHA-256: it is what all entries before add up to.
* It counts only if it is just that. One that is missing, altered or of another version is passed over for an older one,
  and at last for the beginning of the log: it saves time and is never needed.
* Those of the last 40 days stay, and of each week before them the first.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.ledger.entries import StateKept
from kiosk.premises import Premises, fold
from kiosk.premises.kept import KeptError, loads, name_of
from kiosk.store import rows
from kiosk.store.errors import StoreDamagedError, told_as_ours

if TYPE_CHECKING:
    from kiosk.store.reader import StoreReader

log = logging.getLogger(__name__)

#: For as long every state is kept; somebody who asks about a day asks about a recent one.
EVERY_DAY = timedelta(days=40)
_INSERT = "INSERT INTO state (idx, day, body) VALUES (?, ?, ?)"


@dataclass(frozen=True)
class Nearest:
    """What can be gone on from: the premises after as many entries as they say, and the day on which they were kept."""

    premises: Premises = field(default_factory=Premises)
    #: Hong Kong's; None where it is the beginning of the log.
    day: date | None = None


@dataclass(frozen=True)
class StoredState:
    """A state on disk: where it stands, of which day it is, and why it is not to be used, where it is not."""

    index: int
    day: date
    fault: str | None = None


def premises_before(reader: StoreReader, index: int) -> Premises:
    """What the entries before ``index`` add up to, from the nearest state that can be used.

    Raises:
        ValueError: the log has no ``index`` entries.
        StoreDamagedError: an entry is missing or altered.
        LogContradictedError: the entries that were read are not those under the log's tree.
    """
    if not 0 <= index <= reader.length:
        raise ValueError(f"the log has no {index} entries")
    found = reader.nearest_state(index)
    start = found.premises.next_index
    # The entry that names the state is read in any case: that it is the log's own is what the state rests on.
    end = index if found.day is None else max(index, start + 1)
    read = reader.proved(start, end)
    return fold((item for item in read if item.index < index), found.premises)


def nearest(connection: sqlite3.Connection, file: Path, index: int) -> Nearest:
    """The last state at or before ``index`` that can be used.

    Raises:
        StoreError: the database cannot be read.
    """
    for at, day in _places(connection, file, index):
        try:
            return Nearest(_usable(connection, file, at), day)
        except (KeptError, StoreDamagedError) as error:
            log.info("the state kept at entry %d is passed over: %s", at, error)
    return Nearest()


def stored(connection: sqlite3.Connection, file: Path) -> Iterator[StoredState]:
    """Every state there is, the newest first, each tried.

    Raises:
        StoreError: the database cannot be read.
    """
    for at, day in _places(connection, file, None):
        try:
            _usable(connection, file, at)
        except (KeptError, StoreDamagedError) as error:
            yield StoredState(at, day, str(error))
        else:
            yield StoredState(at, day)


def write_state(connection: sqlite3.Connection, index: int, day: date, body: bytes) -> None:
    """Keep a state and let go of old ones, within the caller's transaction."""
    connection.execute(_INSERT, (index, day.isoformat(), body))
    states = connection.execute("SELECT idx, day FROM state ORDER BY idx").fetchall()
    old = surplus([(at, date.fromisoformat(kept)) for at, kept in states], day)
    connection.executemany("DELETE FROM state WHERE idx = ?", [(at,) for at in old])


def surplus(states: list[tuple[int, date]], today: date) -> list[int]:
    """Which of the states, index and day from the first to the last, need not be kept any longer."""
    weeks: set[tuple[int, int]] = set()
    gone: list[int] = []
    for index, day in states:
        if day > today - EVERY_DAY:
            continue
        week = day.isocalendar()[:2]
        if week in weeks:
            gone.append(index)
        weeks.add(week)
    return gone


def _places(connection: sqlite3.Connection, file: Path, index: int | None) -> list[tuple[int, date]]:
    """Where states stand at or before ``index``, the last first, and their days."""
    with told_as_ours(file):
        known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'state'").fetchone()
        if not known:
            # A log that an older program wrote, and this one has not been the writer of yet.
            return []
        found = connection.execute(
            "SELECT idx, day FROM state WHERE idx <= coalesce(?, idx) ORDER BY idx DESC", (index,)
        ).fetchall()
    return [(at, date.fromisoformat(day)) for at, day in found]


def _usable(connection: sqlite3.Connection, file: Path, index: int) -> Premises:
    """The state at ``index``.

    Raises:
        KeptError: it is not what the log says of it, or cannot be read.
        StoreDamagedError: the entry that names it is missing or altered.
    """
    with told_as_ours(file):
        row = connection.execute("SELECT body FROM state WHERE idx = ?", (index,)).fetchone()
    said = next(rows.recorded(connection, file, index, 1), None)
    if row is None or said is None or not isinstance(said.entry, StateKept):
        raise KeptError("the log says nothing of it")
    if name_of(row[0]) != said.entry.state:
        raise KeptError("is not what the log says of it")
    premises = loads(row[0])
    if premises.next_index != index:
        raise KeptError(f"is what {premises.next_index} entries add up to")
    return premises
