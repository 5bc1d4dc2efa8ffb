"""Which kiosks may send, each with a bearer token of which central keeps the SHA-256 only."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select, update

from central.checkpoints import pin, unpin
from central.errors import CentralError
from central.schema import kiosk
from kiosk.ledger.checkpoint import origin_of
from kiosk.ledger.notes import ED25519, NoteKey

_IDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
#: Compared with where there is no such kiosk, so that both answers take the same time.
_NOBODY = hashlib.sha256(secrets.token_bytes(32)).hexdigest()


def enrol(
    engine: Engine, kiosk_id: str, *, now: datetime, key: NoteKey | None = None, new_key: bool = False
) -> str:
    """Let ``kiosk_id`` send, and return its token. Enrolled again, it gets a new one and keeps its log and its key.

    Args:
        engine: the database.
        kiosk_id: the kiosk's id.
        now: the time.
        key: whose signature counts on its checkpoints from now on.
        new_key: its key is forgotten: the next that comes under the token counts.

    Raises:
        CentralError: not a kiosk's id, or not a key for its checkpoints.
    """
    if not _IDENT.fullmatch(kiosk_id):
        raise CentralError(
            f"{kiosk_id!r} is not a kiosk's id",
            mend="use up to 32 letters, digits, - and _, as in its venue file",
        )
    if key is not None and (key.name, key.algorithm) != (origin_of(kiosk_id), ED25519):
        raise CentralError(
            f"{key} is not a key for checkpoints of {kiosk_id}", mend="give the kiosk's own log-public.key"
        )
    token = secrets.token_urlsafe(32)
    with engine.begin() as connection:
        known = connection.execute(select(kiosk.c.id).where(kiosk.c.id == kiosk_id)).first()
        if known:
            connection.execute(update(kiosk).where(kiosk.c.id == kiosk_id).values(token_sha256=_hash(token)))
        else:
            connection.execute(
                insert(kiosk).values(
                    id=kiosk_id, token_sha256=_hash(token), enrolled_at=now, next=0, tree=b""
                )
            )
        if key is not None:
            pin(connection, kiosk_id, key, now)
        elif new_key:
            unpin(connection, kiosk_id)
    return token


def shut_out(connection: Connection, kiosk_id: str) -> None:
    """Let ``kiosk_id`` send no more until it is enrolled again."""
    token = _hash(secrets.token_urlsafe(32))
    connection.execute(update(kiosk).where(kiosk.c.id == kiosk_id).values(token_sha256=token))


def knows(engine: Engine, kiosk_id: str, token: str) -> bool:
    """Whether ``token`` is the one of ``kiosk_id``."""
    with engine.begin() as connection:
        kept = connection.execute(select(kiosk.c.token_sha256).where(kiosk.c.id == kiosk_id)).scalar()
    return hmac.compare_digest(kept or _NOBODY, _hash(token)) and kept is not None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
