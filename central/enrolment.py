"""Which kiosks may send, each with a bearer token of which central keeps the SHA-256 only."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime

from sqlalchemy import Engine, insert, select, update

from central.errors import CentralError
from central.schema import kiosk

_IDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
#: Compared with where there is no such kiosk, so that both answers take the same time.
_NOBODY = hashlib.sha256(secrets.token_bytes(32)).hexdigest()


def enrol(engine: Engine, kiosk_id: str, *, now: datetime) -> str:
    """Let ``kiosk_id`` send, and return its token. Enrolled again, it gets a new one and keeps its log.

    Raises:
        CentralError: not a kiosk's id.
    """
    if not _IDENT.fullmatch(kiosk_id):
        raise CentralError(
            f"{kiosk_id!r} is not a kiosk's id",
            mend="use up to 32 letters, digits, - and _, as in its venue file",
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
    return token


def knows(engine: Engine, kiosk_id: str, token: str) -> bool:
    """Whether ``token`` is the one of ``kiosk_id``."""
    with engine.begin() as connection:
        kept = connection.execute(select(kiosk.c.token_sha256).where(kiosk.c.id == kiosk_id)).scalar()
    return hmac.compare_digest(kept or _NOBODY, _hash(token)) and kept is not None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
