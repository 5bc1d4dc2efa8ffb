"""Signatures against the nasty ones that others have collected (wycheproof), and each algorithm with its own keys only."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from asn1crypto import algos
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from kiosk.proofs import certificate_signatures, signatures

VECTORS = Path(os.environ.get("KIOSK_VECTORS", Path(__file__).parents[3] / "shared" / "vectors"))
WYCHEPROOF = VECTORS / "wycheproof"
pytestmark = pytest.mark.skipif(not WYCHEPROOF.is_dir(), reason=f"no vectors in {VECTORS}: set KIOSK_VECTORS")

FILES = {
    "ES256": "ecdsa_secp256r1_sha256_p1363_test.json",
    "ES256-COSE": "ecdsa_secp256r1_sha256_p1363_test.json",
    "ES256-DER": "ecdsa_secp256r1_sha256_test.json",
    "PS256": "rsa_pss_2048_sha256_mgf1_32_test.json",
    "EdDSA": "ed25519_test.json",
}
#: None of the four files has a signature that its authors leave open; were there one, it would stand here with our reason.
ACCEPTABLE: dict[tuple[str, int], str] = {}

_PSS = algos.RSASSAPSSParams(
    {
        "hash_algorithm": {"algorithm": "sha256"},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
        "salt_length": 32,
    }
)
X509 = {
    "ES256-DER": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
    "PS256": algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": _PSS}),
}


def cases(algorithm):
    """Every case of the algorithm's file: its number, key, message, signature and result."""
    content = json.loads((WYCHEPROOF / FILES[algorithm]).read_text(encoding="utf-8"))
    found = [
        (
            case["tcId"],
            serialization.load_der_public_key(bytes.fromhex(group["publicKeyDer"])),
            bytes.fromhex(case["msg"]),
            bytes.fromhex(case["sig"]),
            case["result"],
        )
        for group in content["testGroups"]
        for case in group["tests"]
    ]
    assert len(found) == content["numberOfTests"] > 100
    return found


@pytest.mark.parametrize("algorithm", FILES)
def test_every_valid_signature_holds_and_no_invalid_one(algorithm):
    wrong = [
        (number, result)
        for number, key, message, signature, result in cases(algorithm)
        if signatures.holds(key, algorithm, signature, message) is not (result == "valid")
        and (algorithm, number) not in ACCEPTABLE
    ]
    assert wrong == []


@pytest.mark.parametrize("algorithm", X509)
def test_the_same_holds_for_signatures_under_certificates(algorithm):
    wrong = [
        (number, result)
        for number, key, message, signature, result in cases(algorithm)
        if certificate_signatures.holds(key, X509[algorithm], signature, message) is not (result == "valid")
    ]
    assert wrong == []


@pytest.mark.parametrize("algorithm", ["ES256", "ES256-DER", "PS256", "EdDSA"])
def test_a_signature_holds_under_its_own_algorithm_only(algorithm):
    valid = [case for case in cases(algorithm) if case[4] == "valid"]
    others = {"ES256", "ES256-DER", "PS256", "EdDSA"} - {algorithm}
    for _, key, message, signature, _ in valid:
        assert not any(signatures.holds(key, other, signature, message) for other in others)


def test_a_key_of_another_kind_fits_no_algorithm_of_this_one():
    keys = {
        "P-256": ec.generate_private_key(ec.SECP256R1()),
        "P-384": ec.generate_private_key(ec.SECP384R1()),
        "K-256": ec.generate_private_key(ec.SECP256K1()),
        "Ed25519": ed25519.Ed25519PrivateKey.generate(),
        "RSA-2048": rsa.generate_private_key(65537, 2048),
        "RSA-1024": rsa.generate_private_key(65537, 1024),
    }
    fits = {
        algorithm: {name for name, key in keys.items() if signatures.fits(key.public_key(), algorithm)}
        for algorithm in FILES
    }
    assert fits == {
        "ES256": {"P-256"},
        "ES256-DER": {"P-256"},
        "ES256-COSE": {"P-256", "P-384"},
        "PS256": {"RSA-2048"},
        "EdDSA": {"Ed25519"},
    }
