"""Our own badge of an inspector, signed by the authority that runs the central servers.

It says who comes; that it is in the right hand is for the PIN, whose verifier is not on the badge.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, ConfigDict, Field

from kiosk.proofs import signed_code
from kiosk.proofs.model import Badge, Facts, Format, Proof
from kiosk.proofs.signed_code import Envelope, Kind
from kiosk.proofs.trust import TrustStore

NAME: Format = "inspector-badge"
#: A lost badge is worth nothing soon.
KIND = Kind(NAME, "VKB1:", timedelta(days=7))


class InspectorBadge(BaseModel):
    """Who the inspector is."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    #: The authority's number for the inspector, which the log keeps.
    number: str = Field(pattern=r"^[A-Z0-9-]{1,20}$")
    name: str = Field(min_length=1, max_length=80)
    department: str = Field(min_length=1, max_length=80)


def claims(text: str) -> bool:
    """Whether ``text`` says that it is such a badge."""
    return text.startswith(KIND.prefix)


def read(text: str, *, trust: TrustStore, at: datetime) -> Proof:
    """Read and verify a badge at the time ``at``."""
    return signed_code.read(KIND, text, InspectorBadge, _facts, trust=trust, at=at)


def encode(envelope: Envelope, badge: InspectorBadge, key: Ed25519PrivateKey) -> str:
    """The text of a badge."""
    return signed_code.encode(KIND, envelope, badge, key)


def _facts(envelope: Envelope, badge: InspectorBadge) -> Facts:
    return Facts(
        badge=Badge(number=badge.number, department=badge.department),
        name=badge.name,
        issued_at=envelope.issued_at,
        valid_until=envelope.valid_until,
        reference=envelope.code_id.hex(),
    )
