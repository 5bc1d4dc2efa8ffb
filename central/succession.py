"""A kiosk that takes the place of one that is lost: a log of its own under a name of its own, and the break on record.

Two logs under one name could not be told from a log that was tampered with. So a new box gets a new id; what is kept
of the old log stays as it is, and both are bound together here, at the length and root that central knows of the old.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select

from central.enrolment import shut_out
from central.errors import CentralError
from central.replicas import Head, head_of
from central.schema import kiosk, leaf, succession
from kiosk.ledger.leaf import LeafError, parse_leaf


@dataclass(frozen=True)
class Break:
    """Where one log ends, as far as central knows it, and another goes on."""

    kiosk: str
    replaces: str
    entries: int
    root: bytes
    at: datetime

    @property
    def root_text(self) -> str:
        """The root in base64, as checkpoints write it."""
        return base64.b64encode(self.root).decode()

    @property
    def venue_lines(self) -> str:
        """What belongs into the new kiosk's venue file, so that its first entry tells of the break."""
        return f"continues:\n  kiosk: {self.replaces}\n  entries: {self.entries}\n  root: {self.root_text}\n"


def demand_replaceable(engine: Engine, new: str, old: str) -> Head:
    """What is known of the log that is to be continued.

    Raises:
        CentralError: the old one is unknown or replaced already, or the new one has a log.
    """
    head = head_of(engine, old)
    if head is None:
        raise CentralError(f"no kiosk {old!r} is enrolled", where="--replaces", mend="check its id")
    if head_of(engine, new) is not None:
        raise CentralError(
            f"the kiosk {new!r} is enrolled already",
            where="KIOSK",
            mend="give the new box an id that no box had: its log begins anew",
        )
    with engine.begin() as connection:
        known = connection.execute(
            select(succession.c.kiosk).where(succession.c.replaces == old)
        ).scalar_one_or_none()
    if known is not None:
        raise CentralError(
            f"{old} was replaced by {known} already",
            where="--replaces",
            mend=f"replace {known}, if it is lost",
        )
    return head


def record(engine: Engine, new: str, old: str, head: Head, *, now: datetime) -> Break:
    """Bind the new log to the old one; the old box, should it come back to life, is let in no more."""
    with engine.begin() as connection:
        connection.execute(
            insert(succession).values(kiosk=new, replaces=old, entries=head.next, root=head.root, at=now)
        )
        shut_out(connection, old)
    return Break(new, old, head.next, head.root, now)


def breaks(engine: Engine, kiosk_id: str) -> tuple[str, ...]:
    """Lines that tell of the breaks before and after a kiosk's log."""
    with engine.begin() as connection:
        before = connection.execute(select(succession).where(succession.c.kiosk == kiosk_id)).one_or_none()
        after = connection.execute(select(succession).where(succession.c.replaces == kiosk_id)).one_or_none()
        lines = []
        if before is not None:
            lines.append(
                f"BREAK: continues {before.replaces} after {before.entries} entries "
                f"(root {base64.b64encode(before.root).decode()}), enrolled {before.at:%Y-%m-%d %H:%M} UTC; "
                + _said(connection, kiosk_id, before.replaces, before.entries, before.root)
            )
        if after is not None:
            length = connection.execute(select(kiosk.c.next).where(kiosk.c.id == kiosk_id)).scalar_one()
            late = length - after.entries
            lines.append(
                f"BREAK: replaced by {after.kiosk} after {after.entries} entries, {after.at:%Y-%m-%d %H:%M} UTC"
                + (f"; {late} MORE CAME LATER" if late else "")
            )
    return tuple(lines)


def _said(connection: Connection, kiosk_id: str, old: str, entries: int, root: bytes) -> str:
    """Whether the first entry of the new log says the same."""
    first = connection.execute(
        select(leaf.c.leaf).where(leaf.c.kiosk == kiosk_id, leaf.c.idx == 0)
    ).scalar_one_or_none()
    if first is None:
        return "it has sent nothing yet"
    try:
        entry = parse_leaf(first).entry
    except LeafError:
        entry = None
    expected = {
        "type": "continues",
        "kiosk": old,
        "entries": entries,
        "root": base64.b64encode(root).decode(),
    }
    if isinstance(entry, dict) and {key: entry.get(key) for key in expected} == expected:
        return "its first entry says so"
    return "ITS FIRST ENTRY DOES NOT SAY SO"
