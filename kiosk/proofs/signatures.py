"""Signatures over octets, each algorithm bound to its kind of key."""

from __future__ import annotations

from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

#: ``ES256`` has the two numbers side by side (JOSE), ``ES256-DER`` in ASN.1, as Hong Kong's records do; both are on P-256.
#: ``ES256-COSE`` has them side by side on the key's own curve: RFC 9053 leaves it open, and P-384 is in use.
Algorithm = Literal["ES256", "ES256-DER", "ES256-COSE", "PS256", "EdDSA"]

#: From so many octets on, DER writes a length in two octets; a signature of P-521 has fewer than 256.
_LONG = 0x80
_COSE_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
#: Weaker keys prove little, larger ones only cost time.
RSA_BITS = range(2048, 8193)
_SHA256 = hashes.SHA256()
_ECDSA = ec.ECDSA(_SHA256)
_PSS = padding.PSS(padding.MGF1(_SHA256), salt_length=_SHA256.digest_size)


def fits(key: PublicKeyTypes, algorithm: Algorithm) -> bool:
    """Whether the key is of the kind that the algorithm asks for."""
    if algorithm == "PS256":
        return isinstance(key, rsa.RSAPublicKey) and key.key_size in RSA_BITS
    if algorithm == "EdDSA":
        return isinstance(key, ed25519.Ed25519PublicKey)
    curves = _COSE_CURVES if algorithm == "ES256-COSE" else ec.SECP256R1
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, curves)


def holds(key: PublicKeyTypes, algorithm: Algorithm, signature: bytes, signed: bytes) -> bool:
    """Whether ``signature`` is the key's over ``signed``; False for a key of another kind."""
    if not fits(key, algorithm):
        return False
    try:
        _verify(key, algorithm, signature, signed)
    except (InvalidSignature, ValueError):  # ValueError: no two numbers side by side
        return False
    return True


def _verify(key: PublicKeyTypes, algorithm: Algorithm, signature: bytes, signed: bytes) -> None:
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature if algorithm == "ES256-DER" else _der(signature, key), signed, _ECDSA)
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, _PSS, _SHA256)
    elif isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, signed)


def _der(signature: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    octets = (key.key_size + 7) // 8  # of a number of the curve
    if len(signature) != 2 * octets:
        raise ValueError("not two numbers of the curve")
    numbers = _integer(signature[:octets]) + _integer(signature[octets:])
    return (b"\x30" if len(numbers) < _LONG else b"\x30\x81") + bytes((len(numbers),)) + numbers


def _integer(octets: bytes) -> bytes:
    """A number that is not negative, in DER: as short as it goes, the first bit no sign."""
    number = octets.lstrip(b"\0")
    if not number or number[0] & 0x80:
        number = b"\0" + number
    return bytes((0x02, len(number))) + number
