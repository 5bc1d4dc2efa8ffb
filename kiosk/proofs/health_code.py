"""Our own Health Code, after the notice on the Hong Kong Health Code: a colour that holds to the end of its day.

The payload of the Government's own code is not known; this one is ours, and says so. Name and number are masked, so that
staff can compare them with a document and nobody can read more from a picture of the code.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, ConfigDict, Field

from kiosk import HONG_KONG
from kiosk.proofs import signed_code
from kiosk.proofs.model import Facts, Format, HealthColour, Proof
from kiosk.proofs.signed_code import Envelope, Kind
from kiosk.proofs.trust import TrustStore

NAME: Format = "health-code"
#: "Valid until 23:59 of the day applied for."
KIND = Kind(NAME, "VKH1:", timedelta(days=1))

_Masked = Field(min_length=1, max_length=120)


class HealthCode(BaseModel):
    """The colour, and whose."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    colour: HealthColour
    #: Masked, as `kiosk.proofs.masking` does.
    name: str = _Masked
    document: str = _Masked


def claims(text: str) -> bool:
    """Whether ``text`` says that it is such a code."""
    return text.startswith(KIND.prefix)


def read(text: str, *, trust: TrustStore, at: datetime) -> Proof:
    """Read and verify a Health Code at the time ``at``."""
    return signed_code.read(KIND, text, HealthCode, _facts, trust=trust, at=at)


def encode(envelope: Envelope, code: HealthCode, key: Ed25519PrivateKey) -> str:
    """The text of a Health Code.

    Raises:
        ValueError: it would outlive the Hong Kong day on which it was issued.
    """
    _facts(envelope, code)
    return signed_code.encode(KIND, envelope, code, key)


def _facts(envelope: Envelope, code: HealthCode) -> Facts:
    day, last = (moment.astimezone(HONG_KONG).date() for moment in (envelope.issued_at, envelope.valid_until))
    if day != last:
        raise ValueError("a Health Code ends with its day")
    return Facts(
        health_colour=code.colour,
        name=code.name,
        document=code.document,
        issued_at=envelope.issued_at,
        valid_until=envelope.valid_until,
        reference=envelope.code_id.hex(),
    )
