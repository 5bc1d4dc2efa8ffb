"""Our own check-in receipt: "this phone checked in at this venue at this time", signed by our central servers.

LeaveHomeSafe leaves nothing that a venue could verify; this closes the gap for those who use our web wallet, and is no
government's code. It names no person: only the venue, the time, and a number of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, ConfigDict, Field

from kiosk.proofs import signed_code
from kiosk.proofs.model import Facts, Format, Proof, Venue
from kiosk.proofs.signed_code import Envelope, Kind
from kiosk.proofs.trust import TrustStore

NAME: Format = "visit-receipt"
#: A receipt is shown at the door at which it was just made.
KIND = Kind(NAME, "VKR1:", timedelta(hours=1))


class VisitReceipt(BaseModel):
    """Where the phone checked in; when is the envelope's time of issue."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    #: The venue's id, as its poster has it.
    venue: str = Field(pattern=r"^[A-Za-z0-9]{8}$")


def claims(text: str) -> bool:
    """Whether ``text`` says that it is such a receipt."""
    return text.startswith(KIND.prefix)


def read(text: str, *, trust: TrustStore, at: datetime) -> Proof:
    """Read and verify a receipt at the time ``at``."""
    return signed_code.read(KIND, text, VisitReceipt, _facts, trust=trust, at=at)


def encode(envelope: Envelope, receipt: VisitReceipt, key: Ed25519PrivateKey) -> str:
    """The text of a receipt."""
    return signed_code.encode(KIND, envelope, receipt, key)


def _facts(envelope: Envelope, receipt: VisitReceipt) -> Facts:
    return Facts(
        venue=Venue(id=receipt.venue, name_en="", name_zh="", type=""),
        issued_at=envelope.issued_at,
        valid_until=envelope.valid_until,
        reference=envelope.code_id.hex(),
    )
