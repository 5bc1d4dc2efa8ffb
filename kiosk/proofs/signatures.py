"""Signatures over octets, each algorithm bound to its kind of key."""

from __future__ import annotations

from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

#: ``ES256`` has the two numbers side by side (JOSE, COSE), ``ES256-DER`` in ASN.1, as Hong Kong's records do.
Algorithm = Literal["ES256", "ES256-DER", "PS256", "EdDSA"]

_NUMBER = 32  # octets of a number of P-256
_RSA_BITS = range(2048, 8193)  # weaker proves little, larger only costs time
_SHA256 = hashes.SHA256()
_ECDSA = ec.ECDSA(_SHA256)
_PSS = padding.PSS(padding.MGF1(_SHA256), salt_length=_SHA256.digest_size)


def fits(key: PublicKeyTypes, algorithm: Algorithm) -> bool:
    """Whether the key is of the kind that the algorithm asks for."""
    if algorithm == "PS256":
        return isinstance(key, rsa.RSAPublicKey) and key.key_size in _RSA_BITS
    if algorithm == "EdDSA":
        return isinstance(key, ed25519.Ed25519PublicKey)
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)


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
        key.verify(_der(signature) if algorithm == "ES256" else signature, signed, _ECDSA)
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, _PSS, _SHA256)
    elif isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, signed)


def _der(signature: bytes) -> bytes:
    if len(signature) != 2 * _NUMBER:
        raise ValueError("not two numbers of 32 octets")
    return encode_dss_signature(int.from_bytes(signature[:_NUMBER]), int.from_bytes(signature[_NUMBER:]))
