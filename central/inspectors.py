"""The authority's inspectors: who has a badge, and what each PIN is checked by.

* A number is one inspector's. Added again, they get another PIN and another badge; what is known of them is replaced.
* A badge is a code that holds for some days (`inspector_badge`); the PIN's verifier is never on it. It is not kept here, only
  when it ends.
* The list that kiosks import has every inspector who is not revoked. Whoever is revoked loses the verifier here as well.
* Badges and lists are signed with a key of their own (``codes-private.pem``), so that the key that vouches for kiosks' logs can be
  kept elsewhere. What kiosks need to believe them are a key ring and a source, which this module writes as text.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from pydantic import ValidationError
from sqlalchemy import Connection, Engine, RowMapping, insert, select, update

from central import private_files
from central.errors import CentralError
from central.schema import inspector
from kiosk.proofs import inspector_badge, inspector_list, strict_base64
from kiosk.proofs.inspector_badge import InspectorBadge
from kiosk.proofs.rings import DEMO_MARK
from kiosk.proofs.signed_code import CODE_ID_OCTETS, Envelope

KEY_FILE = "codes-private.pem"
#: The longest that a badge may hold, in days.
MOST_DAYS = inspector_badge.KIND.longest.days
#: Digits of a PIN that is made here.
PIN_DIGITS = 8
#: How long kiosks believe a list that was signed here, in days: as long without a word, and as long with a warning.
LIFE_DAYS, GRACE_DAYS = 30, 30

_FROM = "central's codes-private.pem"


@dataclass(frozen=True)
class Inspector:
    """One inspector, as central knows them."""

    number: str
    name: str
    department: str
    #: The last badge's end.
    badge_until: datetime
    revoked_at: datetime | None


def signing_key(data: Path) -> Ed25519PrivateKey:
    """The key that signs badges and lists; made where there is none yet.

    Raises:
        CentralError: the file holds no such key, or cannot be written.
    """
    file = data / KEY_FILE
    if not file.exists():
        made = Ed25519PrivateKey.generate()
        private_files.write(file, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise CentralError(
            "is no private key", where=str(file), mend="put back the one that was there"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise CentralError("is no Ed25519 key", where=str(file), mend="put back the one that was there")
    return key


def new_pin() -> str:
    """A PIN that nobody has chosen."""
    return f"{secrets.randbelow(10**PIN_DIGITS):0{PIN_DIGITS}}"


def add(engine: Engine, badge: InspectorBadge, pin: str, *, now: datetime) -> None:
    """Have an inspector in the list from now on, or again, with this PIN.

    Raises:
        CentralError: it is no PIN.
    """
    try:
        verifier = inspector_list.verifier(pin)
    except ValueError as error:
        raise CentralError(f"{error}", mend="choose another") from error
    values = {
        "name": badge.name,
        "department": badge.department,
        "verifier": verifier,
        "added_at": now,
        "revoked_at": None,
    }
    with engine.begin() as connection:
        if _row(connection, badge.number) is None:
            connection.execute(insert(inspector).values(number=badge.number, badge_until=now, **values))
        else:
            connection.execute(update(inspector).where(inspector.c.number == badge.number).values(**values))


def issue(
    engine: Engine,
    number: str,
    key: Ed25519PrivateKey,
    *,
    issuer: str,
    days: int,
    at: datetime,
) -> str:
    """The text of a badge that holds for ``days`` from ``at`` on.

    Raises:
        CentralError: no such inspector, revoked, or a badge cannot hold so long.
    """
    demand_days(days)
    # CWT has whole seconds.
    issued = at.replace(microsecond=0)
    until = issued + timedelta(days=days)
    envelope = Envelope(
        issuer=issuer,
        issued=int(issued.timestamp()),
        expires=int(until.timestamp()),
        code_id=secrets.token_bytes(CODE_ID_OCTETS),
    )
    with engine.begin() as connection:
        row = _demand(connection, number)
        badge = InspectorBadge(number=number, name=row["name"], department=row["department"])
        connection.execute(update(inspector).where(inspector.c.number == number).values(badge_until=until))
    return inspector_badge.encode(envelope, badge, key)


def demand_days(days: int) -> None:
    """Raise `CentralError` where a badge cannot hold so long."""
    if not 1 <= days <= MOST_DAYS:
        raise CentralError(
            f"a badge holds for 1 to {MOST_DAYS} days", where="--days", mend="give another badge when it ends"
        )


def revoke(engine: Engine, number: str, *, now: datetime) -> None:
    """Have an inspector in no list any more.

    Raises:
        CentralError: there is no such inspector, or they are revoked already.
    """
    with engine.begin() as connection:
        _demand(connection, number)
        connection.execute(
            update(inspector).where(inspector.c.number == number).values(verifier=None, revoked_at=now)
        )


def known(engine: Engine) -> tuple[Inspector, ...]:
    """All of them, the revoked included, by number."""
    with engine.begin() as connection:
        rows = connection.execute(select(inspector).order_by(inspector.c.number)).mappings().all()
    return tuple(
        Inspector(row["number"], row["name"], row["department"], row["badge_until"], row["revoked_at"])
        for row in rows
    )


def signed_list(engine: Engine, key: Ed25519PrivateKey, *, now: datetime) -> tuple[bytes, int]:
    """The list that kiosks import, and how many inspectors stand in it."""
    with engine.begin() as connection:
        rows = connection.execute(
            select(inspector.c.number, inspector.c.verifier).where(inspector.c.revoked_at.is_(None))
        ).all()
    verifiers = {row.number: row.verifier for row in rows}
    return inspector_list.write(verifiers, issued_at=now, key=key), len(verifiers)


def said(number: str, name: str, department: str) -> InspectorBadge:
    """What a badge says.

    Raises:
        CentralError: one of them cannot stand on a badge.
    """
    try:
        return InspectorBadge(number=number, name=name, department=department)
    except ValidationError as error:
        field = str(error.errors(include_input=False)[0]["loc"][0])
        raise CentralError(
            f"this {field} cannot stand on a badge",
            mend="a number has up to 20 of A-Z, 0-9 and -; name and department have up to 80 characters",
        ) from error


def key_ring(key: Ed25519PrivateKey, issuer: str) -> str:
    """The key ring (YAML) under which kiosks believe badges."""
    ring = {
        "issuer": issuer,
        "demo": issuer.startswith(DEMO_MARK),
        "keys": [{"format": str(inspector_badge.NAME), "key": _public(key), "source": _FROM}],
    }
    return _yaml(ring)


def source(key: Ed25519PrivateKey, issuer: str) -> str:
    """The source (YAML) under which kiosks believe lists."""
    return _yaml(
        {
            "name": dict.fromkeys(("en", "zh-Hant", "zh-Hans"), issuer),
            "form": "kiosk-list",
            "demo": issuer.startswith(DEMO_MARK),
            "life_days": LIFE_DAYS,
            "grace_days": GRACE_DAYS,
            "signers": [{"key": _public(key), "source": _FROM}],
        }
    )


def _demand(connection: Connection, number: str) -> RowMapping:
    row = _row(connection, number)
    if row is None or row["revoked_at"] is not None:
        why = "there is no such inspector" if row is None else "is revoked"
        raise CentralError(why, where=number, mend="`central inspectors add` gives a badge and a PIN")
    return row


def _row(connection: Connection, number: str) -> RowMapping | None:
    return connection.execute(select(inspector).where(inspector.c.number == number)).mappings().first()


def _public(key: Ed25519PrivateKey) -> str:
    info = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return strict_base64.encode(info)


def _yaml(said: dict[str, Any]) -> str:
    return yaml.safe_dump(said, sort_keys=False, allow_unicode=True)
