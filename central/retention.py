"""Sealed data is erased at central by the kiosk's own rule: 31 days after the visit, by Hong Kong's calendar.

Rules:

* The day of a visit is the one that its leaf says, and never later than the day on which it came: a kiosk whose clock
  runs ahead keeps nothing here for longer.
* Data goes in the transaction that records how many went. Leaves stay, so the replica still verifies.
* Erased means gone from the files. On SQLite what is still kept moves to a new table and the old one is overwritten
  (`secure_delete`): pages that were balanced hold copies of rows. On PostgreSQL ``VACUUM FULL`` writes the table anew;
  its archive of write-ahead files and its backups are with whoever runs it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime

from sqlalchemy import Connection, Engine, MetaData, delete, exists, func, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateTable, DropTable

from central.schema import erasure, leaf, sealed, visit_day
from kiosk import HONG_KONG
from kiosk.ledger.keeping import erase_before
from kiosk.ledger.leaf import LeafError, parse_leaf

log = logging.getLogger(__name__)

#: Seconds between two looks. A day begins once in a while, and a kiosk that was offline may bring what is long due.
EVERY_S = 3600.0


def day_of(leaf_bytes: bytes, received_at: datetime) -> date:
    """The day of the visit that a leaf tells of, Hong Kong's."""
    received = received_at.astimezone(HONG_KONG).date()
    try:
        at = parse_leaf(leaf_bytes).at
    except LeafError:
        at = None
    return received if at is None else min(at.astimezone(HONG_KONG).date(), received)


def erase(engine: Engine, *, now: datetime) -> int:
    """Erase what is due at ``now``; how many ciphertexts went."""
    before = erase_before(now.astimezone(HONG_KONG).date())
    with engine.begin() as connection:
        _date_what_is_undated(connection)
        due = connection.execute(
            select(visit_day.c.kiosk, func.count())
            .where(visit_day.c.day < before)
            .group_by(visit_day.c.kiosk)
            .order_by(visit_day.c.kiosk)
        ).all()
        if not due:
            return 0
        _erase(connection, before)
        connection.execute(
            insert(erasure),
            [{"kiosk": kiosk, "before": before, "visits": count, "at": now} for kiosk, count in due],
        )
        if engine.dialect.name == "sqlite":
            _rewrite_sqlite(connection)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM FULL sealed")
    visits = sum(int(count) for _, count in due)
    log.info("the sealed data of %d visits before %s has been erased", visits, before)
    return visits


def erased(engine: Engine, kiosk_id: str, *, last: int = 5) -> tuple[tuple[date, int], ...]:
    """The last erasures of a kiosk's sealed data: visits before which day, and how many."""
    with engine.begin() as connection:
        rows = connection.execute(
            select(erasure.c.before, erasure.c.visits)
            .where(erasure.c.kiosk == kiosk_id)
            .order_by(erasure.c.id.desc())
            .limit(last)
        ).all()
    return tuple((before, visits) for before, visits in reversed(rows))


def _date_what_is_undated(connection: Connection) -> None:
    """What an older program kept has no day beside it yet."""
    undated = connection.execute(
        select(sealed.c.kiosk, sealed.c.idx, leaf.c.leaf, leaf.c.received_at)
        .join(leaf, (leaf.c.kiosk == sealed.c.kiosk) & (leaf.c.idx == sealed.c.idx))
        .where(~exists().where(visit_day.c.kiosk == sealed.c.kiosk, visit_day.c.idx == sealed.c.idx))
    ).all()
    if undated:
        rows = [
            {"kiosk": row.kiosk, "idx": row.idx, "day": day_of(row.leaf, row.received_at)} for row in undated
        ]
        connection.execute(insert(visit_day), rows)


def _erase(connection: Connection, before: date) -> None:
    due = exists().where(
        visit_day.c.kiosk == sealed.c.kiosk, visit_day.c.idx == sealed.c.idx, visit_day.c.day < before
    )
    connection.execute(delete(sealed).where(due))
    connection.execute(delete(visit_day).where(visit_day.c.day < before))


def _rewrite_sqlite(connection: Connection) -> None:
    kept = sealed.to_metadata(MetaData(), name="sealed_kept")
    connection.execute(CreateTable(kept))
    connection.execute(insert(kept).from_select([column.name for column in kept.columns], select(sealed)))
    connection.execute(DropTable(sealed))
    connection.exec_driver_sql("ALTER TABLE sealed_kept RENAME TO sealed")


class Keeper:
    """Erases what is due as long as the service runs: once before it serves, then every hour.

    Args:
        engine: the database.
        now: the time.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._engine = engine
        self._now = now
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="retention", daemon=True)

    def start(self) -> None:
        """Erase what is due, then go on in a thread of its own."""
        self.look()
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()

    def look(self) -> None:
        """Erase what is due; a database that does not answer is asked again an hour later."""
        try:
            erase(self._engine, now=self._now())
        except DBAPIError as error:
            log.warning("what is due could not be erased yet: %s", type(error.orig).__name__)

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            self.look()
