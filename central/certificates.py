"""The authority's certificates for kiosks' keys: issued by command, handed to the kiosk when it next asks."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, insert, select

from central.checkpoints import pinned
from central.errors import CentralError
from central.schema import certificate
from kiosk import HONG_KONG
from kiosk.ledger.certificate import Certificate
from kiosk.ledger.notes import NoteKey, Signer

#: Days, unless told otherwise.
VALID_DAYS = 730


def issue(
    engine: Engine,
    kiosk: str,
    *,
    venue: str,
    authority: Signer,
    witness: NoteKey,
    now: datetime,
    days: int = VALID_DAYS,
) -> str:
    """Vouch for the kiosk's pinned key from today on; the certificate, a signed note.

    Raises:
        CentralError: no key of the kiosk is known yet.
        CertificateError: the venue's id, or the days, cannot be written into one.
    """
    first = now.astimezone(HONG_KONG).date()
    with engine.begin() as connection:
        key = pinned(connection, kiosk)
        if key is None:
            raise CentralError(
                f"no key of {kiosk!r} is known yet",
                mend="give it with --key, or let the kiosk send once with its token",
            )
        last = first + timedelta(days=days - 1)
        note = str(Certificate(kiosk, venue, key, witness, first, last).sign(authority))
        connection.execute(insert(certificate).values(kiosk=kiosk, key=str(key), note=note, issued_at=now))
    return note


def newer(engine: Engine, kiosk: str, held: str | None) -> str | None:
    """The last certificate for the kiosk's pinned key, unless it is the one it holds (by SHA-256 in hex)."""
    with engine.begin() as connection:
        note = _last(connection, kiosk)
    if note is None or hashlib.sha256(note.encode()).hexdigest() == held:
        return None
    return note


def _last(connection: Connection, kiosk: str) -> str | None:
    key = pinned(connection, kiosk)
    if key is None:
        return None
    return connection.execute(
        select(certificate.c.note)
        .where(certificate.c.kiosk == kiosk, certificate.c.key == str(key))
        .order_by(certificate.c.id.desc())
        .limit(1)
    ).scalar()
