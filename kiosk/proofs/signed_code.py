"""The codes that this project's own servers sign: a CWT (RFC 8392) in COSE_Sign1 with Ed25519, in base45.

They are ours, and no government's: ``docs/formats.md`` has the layout. All three kinds are short-lived. The kind stands in
the protected header (RFC 9596), so that no key can be made to vouch for a receipt as if it were a badge, and a key in a
ring is bound to one kind. Encoder and decoder stand side by side: what one writes the other reads, and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import base45
import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import BaseModel, ConfigDict, Field

from kiosk.proofs import cose, signatures, strict_cbor
from kiosk.proofs.marks import mark
from kiosk.proofs.model import Facts, Format, Proof, in_force, refused
from kiosk.proofs.trust import TrustStore

#: Octets of a key's id: the start of the SHA-256 of its DER SubjectPublicKeyInfo.
KEY_ID_OCTETS = 8
CODE_ID_OCTETS = 16
_EDDSA = -8
_ALGORITHM, _KEY_ID, _TYPE = 1, 4, 16  # labels of headers
_ISSUER, _EXPIRES, _ISSUED, _CODE_ID = 1, 4, 6, 7  # claims of RFC 8392
_BODY = -70001  # a claim for private use

_Body = TypeVar("_Body", bound=BaseModel)


@dataclass(frozen=True)
class Kind:
    """One kind of our codes."""

    format: Format
    #: What the text begins with.
    prefix: str
    #: The longest that such a code may be valid; a longer one is not a code of this kind, whoever signed it.
    longest: timedelta

    @property
    def type(self) -> str:
        """The kind as the protected header names it."""
        return f"{self.format}+cwt"


class Envelope(BaseModel):
    """What stands around the body of each of our codes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    #: The server that issued it, for people to read.
    issuer: str = Field(min_length=1, max_length=80)
    #: Seconds since 1970, as CWT has them.
    issued: int = Field(ge=0, lt=2**33)
    expires: int = Field(ge=0, lt=2**33)
    #: A random number that names this code alone.
    code_id: bytes = Field(min_length=CODE_ID_OCTETS, max_length=CODE_ID_OCTETS)

    @property
    def issued_at(self) -> datetime:
        """When it was issued."""
        return datetime.fromtimestamp(self.issued, UTC)

    @property
    def valid_until(self) -> datetime:
        """The last moment at which it holds."""
        return datetime.fromtimestamp(self.expires, UTC)


def key_id(key: Ed25519PublicKey) -> bytes:
    """The id under which our codes name the key."""
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(info).digest()[:KEY_ID_OCTETS]


def encode(kind: Kind, envelope: Envelope, body: BaseModel, key: Ed25519PrivateKey) -> str:
    """The text of a code.

    Raises:
        ValueError: it would be valid for longer than its kind allows.
    """
    _check_life(kind, envelope)
    headers = {_ALGORITHM: _EDDSA, _KEY_ID: key_id(key.public_key()), _TYPE: kind.type}
    claims = {
        _ISSUER: envelope.issuer,
        _EXPIRES: envelope.expires,
        _ISSUED: envelope.issued,
        _CODE_ID: envelope.code_id,
        _BODY: body.model_dump(exclude_none=True),
    }
    payload = cbor2.dumps(claims)
    signature = key.sign(cose.to_be_signed(cose.protect(headers), payload))
    return kind.prefix + _encode(cose.encode(headers, payload, signature))


def read(
    kind: Kind,
    text: str,
    body: type[_Body],
    facts: Callable[[Envelope, _Body], Facts],
    *,
    trust: TrustStore,
    at: datetime,
) -> Proof:
    """Read and verify a code of that kind; never raises."""
    try:
        data = _decode(text.removeprefix(kind.prefix))
        signed = cose.parse(data)
        _check_frame(kind, signed, data)
        envelope, said = _claims(kind, signed, body)
        claimed = facts(envelope, said)
    except ValueError:
        return refused(kind.format, "malformed")
    if signed.algorithm != "EdDSA":
        return refused(kind.format, "unsupported_algorithm", facts=claimed)
    keys = [key for key in trust.signers(kind.format, signed.key_id) if signatures.fits(key.key, "EdDSA")]
    if not keys:
        return refused(kind.format, "unknown_issuer", facts=claimed)
    signer = next(
        (key for key in keys if signatures.holds(key.key, "EdDSA", signed.signature, signed.signed)), None
    )
    if signer is None:
        return refused(kind.format, "bad_signature", facts=claimed)
    name = envelope.code_id.hex()
    proof = Proof(
        format=kind.format,
        verified=True,
        issuer=signer.issuer,
        facts=claimed,
        demo=signer.demo,
        marks=(mark("certificate", str(kind.format), envelope.code_id, envelope.issued_at),),
        identities=(f"{kind.format}|{name}",),
    )
    return in_force(proof, at)


def _decode(text: str) -> bytes:
    data: bytes = base45.b45decode(text)
    if _encode(data) != text:
        raise ValueError("not base45 as encoding writes it")
    return data


def _encode(data: bytes) -> str:
    encoded: bytes = base45.b45encode(data)
    return encoded.decode("ascii")


def _check_frame(kind: Kind, signed: cose.Sign1, data: bytes) -> None:
    headers = signed.protected
    if signed.unprotected or set(headers) != {_ALGORITHM, _KEY_ID, _TYPE} or headers[_TYPE] != kind.type:
        raise ValueError("a code of another kind")
    if not isinstance(headers[_KEY_ID], bytes):
        raise ValueError("no key id")
    ours = signed.algorithm == "EdDSA"  # of any other nothing is looked at
    if ours and cose.encode(headers, signed.payload, signed.signature) != data:
        raise ValueError("not COSE as encoding writes it")


def _claims(kind: Kind, signed: cose.Sign1, body: type[_Body]) -> tuple[Envelope, _Body]:
    claims: Any = strict_cbor.loads(signed.payload)
    if not isinstance(claims, dict) or set(claims) != {_ISSUER, _EXPIRES, _ISSUED, _CODE_ID, _BODY}:
        raise ValueError("other claims than ours")
    envelope = Envelope(
        issuer=claims[_ISSUER],
        issued=claims[_ISSUED],
        expires=claims[_EXPIRES],
        code_id=claims[_CODE_ID],
    )
    _check_life(kind, envelope)
    said = body.model_validate(claims[_BODY])
    if cbor2.dumps(claims) != signed.payload:
        raise ValueError("not CBOR as encoding writes it")
    return envelope, said


def _check_life(kind: Kind, envelope: Envelope) -> None:
    if not timedelta() < envelope.valid_until - envelope.issued_at <= kind.longest:
        raise ValueError("valid for longer than such a code may be")
