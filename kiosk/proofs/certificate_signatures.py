"""Signatures of authorities under certificates: what the world's passport authorities use, and nothing that is broken.

ECDSA on the curves of NIST and Brainpool, RSA as PKCS #1 v1.5 and as PSS, each with SHA-256, SHA-384 or SHA-512.
"""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from kiosk.proofs.signatures import RSA_BITS

_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_CURVES = (
    ec.SECP256R1,
    ec.SECP384R1,
    ec.SECP521R1,
    ec.BrainpoolP256R1,
    ec.BrainpoolP384R1,
    ec.BrainpoolP512R1,
)


def holds(key: PublicKeyTypes, algorithm: Any, signature: bytes, signed: bytes) -> bool:
    """Whether ``signature`` is the key's over ``signed``, by an X.509 algorithm (`asn1crypto.algos.SignedDigestAlgorithm`).

    False for an algorithm that we do not believe, and for a key of another kind.
    """
    try:
        family, hash_ = algorithm.signature_algo, _HASHES[algorithm.hash_algo]
        if family == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
            return isinstance(key.curve, _CURVES) and _ecdsa(key, hash_, signature, signed)
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size not in RSA_BITS:
            return False
        pad = _padding(family, algorithm, hash_)
        if pad is None:
            return False
        key.verify(signature, signed, pad, hash_)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError, KeyError, OverflowError):
        return False
    return True


def _ecdsa(
    key: ec.EllipticCurvePublicKey, hash_: hashes.HashAlgorithm, signature: bytes, signed: bytes
) -> bool:
    key.verify(signature, signed, ec.ECDSA(hash_))
    return True


def _padding(family: str, algorithm: Any, hash_: hashes.HashAlgorithm) -> padding.AsymmetricPadding | None:
    if family == "rsassa_pkcs1v15":
        return padding.PKCS1v15()
    if family != "rsassa_pss":
        return None
    parameters = algorithm["parameters"]
    mask = parameters["mask_gen_algorithm"]
    if mask["algorithm"].native != "mgf1" or mask["parameters"]["algorithm"].native != hash_.name:
        return None
    return padding.PSS(padding.MGF1(hash_), salt_length=parameters["salt_length"].native)
