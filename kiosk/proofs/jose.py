"""Keys as JWK (RFC 7517, 7638) and base64url, as SMART cards and ICAO's proofs write them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_NUMBER = 32  # octets of a coordinate of P-256


def decode_url(text: str) -> bytes:
    """The bytes of unpadded base64url, in the one spelling that encoding gives.

    Raises:
        ValueError: it is anything else.
    """
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not base64url") from error
    if text != encode_url(data):
        raise ValueError("not base64url as encoding writes it")
    return data


def encode_url(data: bytes) -> str:
    """``data`` in base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def public_key(jwk: Mapping[str, object]) -> ec.EllipticCurvePublicKey:
    """The P-256 key of a JWK.

    Raises:
        ValueError: it is no such key, or its point is not on the curve.
    """
    x, y = jwk.get("x"), jwk.get("y")
    if (
        jwk.get("kty") != "EC"
        or jwk.get("crv") != "P-256"
        or not isinstance(x, str)
        or not isinstance(y, str)
    ):
        raise ValueError("no P-256 key")
    return ec.EllipticCurvePublicNumbers(_number(x), _number(y), ec.SECP256R1()).public_key()


def _number(text: str) -> int:
    octets = decode_url(text)
    if len(octets) != _NUMBER:
        raise ValueError("a coordinate has another length")
    return int.from_bytes(octets)


def thumbprint(key: PublicKeyTypes) -> str:
    """The key's SHA-256 thumbprint (RFC 7638), which is its id in a SMART card.

    Raises:
        ValueError: it is no P-256 key.
    """
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("no P-256 key")
    point = key.public_numbers()
    members = {
        "crv": "P-256",
        "kty": "EC",
        "x": encode_url(point.x.to_bytes(_NUMBER)),
        "y": encode_url(point.y.to_bytes(_NUMBER)),
    }
    compact = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return encode_url(hashlib.sha256(compact.encode()).digest())
