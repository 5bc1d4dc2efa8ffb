"""Central's tables, on whichever engine SQLAlchemy speaks to.

Each kiosk has one head row. It is locked first in every transaction that takes leaves, and advanced in the same one:
so (kiosk, index) stays unique however the leaves themselves are partitioned later.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Dialect,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    create_engine,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from central.errors import CentralError

#: The form of the tables; raised with each change, and a database of a later form is refused. So far later forms have
#: only added tables, which are made as the database is opened.
FORM = 3
_BUSY_S = 30.0


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC; SQLite forgets the zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  SQLAlchemy's signature
        """To the database."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  SQLAlchemy's signature
        """From the database."""
        return None if value is None else (value if value.tzinfo else value.replace(tzinfo=UTC))


metadata = MetaData()

form = Table("form", metadata, Column("number", Integer, primary_key=True, autoincrement=False))

kiosk = Table(
    "kiosk",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("token_sha256", String(64), nullable=False),
    Column("enrolled_at", Moment, nullable=False),
    # The head: how many leaves there are, and the roots of the tree's complete subtrees.
    Column("next", BigInteger, nullable=False),
    Column("tree", LargeBinary, nullable=False),
    Column("last_received_at", Moment),
)

leaf = Table(
    "leaf",
    metadata,
    Column("kiosk", String(32), primary_key=True),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    Column("type", Text),
    Column("received_at", Moment, nullable=False),
)

#: Apart from the leaves, because it is erased while they stay.
sealed = Table(
    "sealed",
    metadata,
    Column("kiosk", String(32), primary_key=True),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("ciphertext", LargeBinary, nullable=False),
)

#: Leaves that differ from what is known under their index: kept, never taken.
incident = Table(
    "incident",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kiosk", String(32), nullable=False),
    Column("idx", BigInteger, nullable=False),
    Column("offered", LargeBinary, nullable=False),
    Column("offered_hash", LargeBinary, nullable=False),
    Column("known_hash", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
    # A kiosk that repeats itself is one incident.
    UniqueConstraint("kiosk", "idx", "offered_hash"),
)

#: Whose signature counts on a kiosk's checkpoints: given at enrolment, or the first that came under its token.
log_key = Table(
    "log_key",
    metadata,
    Column("kiosk", String(32), primary_key=True),
    Column("key", Text, nullable=False),
    Column("pinned_at", Moment, nullable=False),
)

#: What the authority says of a kiosk's key; the last one counts.
certificate = Table(
    "certificate",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kiosk", String(32), nullable=False, index=True),
    Column("key", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("issued_at", Moment, nullable=False),
)

#: Checkpoints that are true of the replica, with our co-signature where it was the longest log known.
checkpoint = Table(
    "checkpoint",
    metadata,
    Column("kiosk", String(32), primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    Column("cosignature", Text),
    Column("received_at", Moment, nullable=False),
)

#: What a kiosk said that cannot be reconciled with its log as it is kept: never erased, the signed notes beside it.
contradiction = Table(
    "contradiction",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kiosk", String(32), nullable=False),
    # ``conflict``, ``ahead``, ``fork`` or ``other_key``.
    Column("kind", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("offered", Text, nullable=False),
    Column("known", Text, nullable=False),
    Column("at", Moment, nullable=False),
    # SHA-256 over all but the time: a kiosk that repeats itself is one contradiction.
    Column("digest", String(64), nullable=False),
    UniqueConstraint("kiosk", "digest"),
)

#: The day of the visit (Hong Kong's) of whatever is sealed: it is erased by it.
visit_day = Table(
    "visit_day",
    metadata,
    Column("kiosk", String(32), primary_key=True),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, nullable=False, index=True),
)

#: How many ciphertexts of a kiosk's visits before a day were erased, and when.
erasure = Table(
    "erasure",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kiosk", String(32), nullable=False, index=True),
    Column("before", Date, nullable=False),
    Column("visits", Integer, nullable=False),
    Column("at", Moment, nullable=False),
)

#: Who had sealed data opened, of which kiosk and day, and why: never erased.
unsealing = Table(
    "unsealing",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kiosk", String(32), nullable=False),
    Column("day", Date, nullable=False),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("visits", Integer, nullable=False),
    Column("at", Moment, nullable=False),
)

#: Who has an inspector's badge. ``verifier`` is the argon2id hash of the PIN; null once they are revoked.
inspector = Table(
    "inspector",
    metadata,
    Column("number", String(20), primary_key=True),
    Column("name", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("verifier", Text),
    Column("added_at", Moment, nullable=False),
    # The last badge's end; its code is not kept.
    Column("badge_until", Moment, nullable=False),
    Column("revoked_at", Moment),
)

#: A log that goes on where another was lost, and how far that one was known then.
succession = Table(
    "succession",
    metadata,
    Column("kiosk", String(32), primary_key=True),
    Column("replaces", String(32), nullable=False, unique=True),
    Column("entries", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
)


def open_database(url: str) -> Engine:
    """Connect to ``url`` and make the tables that are missing.

    Raises:
        CentralError: an unknown or unreachable engine, or tables of a later form.
    """
    try:
        # What an error repeats goes into a log: statements may, their values may not.
        engine = create_engine(url, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise CentralError(
            f"cannot be used ({error})",
            where="--database",
            mend="give a SQLAlchemy URL and install its driver",
        ) from error
    if engine.dialect.name == "sqlite":
        _settle_sqlite(engine)
    where = engine.url.render_as_string()
    try:
        with engine.begin() as connection:
            metadata.create_all(connection)
            number = connection.execute(select(form.c.number)).scalar()
            if number is None:
                connection.execute(insert(form).values(number=FORM))
            elif number < FORM:
                connection.execute(update(form).values(number=FORM))
    except DBAPIError as error:
        raise CentralError(
            f"cannot be opened ({error.orig})", where=where, mend="check that it exists and is ours to write"
        ) from error
    if number is not None and number > FORM:
        raise CentralError(
            f"has the form {number}, this program knows {FORM}", where=where, mend="install the newer program"
        )
    return engine


def _settle_sqlite(engine: Engine) -> None:
    """Explicit transactions that take the write lock at once, on the disk when they are done.

    A rollback journal, not a write-ahead log: server threads and other commands write too, and SQLite before 3.51.3
    can damage a WAL database that two connections write or checkpoint.
    """

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout = {int(_BUSY_S * 1000)}",
            "journal_mode = DELETE",
            "synchronous = EXTRA",
            "mmap_size = 0",
            "secure_delete = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
