"""Issuers of the fuzzer's own, whose keys are public: they sign what is fuzzed behind the signature."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from kiosk import HONG_KONG
from kiosk.proofs import jose, signed_code
from kiosk.proofs.certificates import Certificate
from kiosk.proofs.hk_words import TestWords
from kiosk.proofs.trust import TrustedKey, TrustStore

AT = datetime(2022, 6, 1, 19, 30, tzinfo=HONG_KONG)

EU = ec.derive_private_key(2101, ec.SECP256R1())
#: May vouch for tests alone, and on another curve.
EU_TESTS = ec.derive_private_key(2102, ec.SECP384R1())
HONG_KONG_KEY = ec.derive_private_key(2103, ec.SECP256R1())
CARDS = ec.derive_private_key(2104, ec.SECP256R1())
AUTHORITY = ec.derive_private_key(2105, ec.SECP256R1())
SEALS = ec.derive_private_key(2106, ec.SECP256R1())
LISTS = ec.derive_private_key(2107, ec.SECP256R1())
OWN = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NOBODY = ec.derive_private_key(2999, ec.SECP256R1())

EU_ID, EU_TESTS_ID = b"fuzz-eu1", b"fuzz-eu2"
OWN_ID = signed_code.key_id(OWN.public_key())
CARDS_ID = jose.thumbprint(CARDS.public_key())
CARDS_ADDRESS = "https://cards.example.org/issuer"

_SEAL = x509.ObjectIdentifier("2.23.136.1.1.14.2")
_START = datetime(2021, 1, 1, tzinfo=UTC)
_WORDS = TestWords(
    dates=("dd-MM-yyyy HH:mm", "dd-MM-yyyy"),
    negative=("negative",),
    positive=("positive",),
    pcr=("nucleic acid test",),
    antigen=("rapid antigen test",),
)


def certificate(
    key: Any, by: ec.EllipticCurvePrivateKey = AUTHORITY, *, subject: str = "Signer", authority: bool = False
) -> bytes:
    """A certificate of ``key`` in DER, signed ``by`` the authority; the same every time."""
    builder = x509.CertificateBuilder(
        _name("Authority"), _name(subject), key.public_key(), 7, _START, _START + timedelta(days=3650)
    )
    if authority:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    else:
        builder = builder.add_extension(x509.ExtendedKeyUsage([_SEAL]), critical=True)
    signed = builder.sign(by, hashes.SHA256(), ecdsa_deterministic=True)
    return signed.public_bytes(serialization.Encoding.DER)


def _name(common: str) -> x509.Name:
    names = {x509.NameOID.COUNTRY_NAME: "UT", x509.NameOID.COMMON_NAME: common}
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in names.items()])


AUTHORITY_CERTIFICATE = certificate(AUTHORITY, subject="Authority", authority=True)
SEAL_CERTIFICATE = certificate(SEALS)


def _authority() -> TrustedKey:
    said = Certificate.parse(AUTHORITY_CERTIFICATE)
    return TrustedKey(
        said.key,
        "Authority of the fuzzer",
        "vds-nc",
        valid_from=said.valid_from,
        valid_until=said.valid_until,
        certificate=said.der,
    )


def _hong_kong() -> list[TrustedKey]:
    key = HONG_KONG_KEY.public_key()
    return [
        TrustedKey(key, "Hong Kong of the fuzzer", format_, version, test_words=_WORDS)
        for format_ in ("hk-vac", "hk-evt", "hk-mec")
        for version in ("2", "3")
    ]


def _own() -> list[TrustedKey]:
    return [
        TrustedKey(OWN.public_key(), "Servers of the fuzzer", format_, key_ids=frozenset({OWN_ID}))
        for format_ in ("visit-receipt", "health-code", "inspector-badge")
    ]


TRUST = TrustStore(
    (
        TrustedKey(EU.public_key(), "EU of the fuzzer", "eu-dcc", key_ids=frozenset({EU_ID})),
        TrustedKey(
            EU_TESTS.public_key(),
            "Tests of the fuzzer",
            "eu-dcc",
            key_ids=frozenset({EU_TESTS_ID}),
            usages=frozenset({"test"}),
        ),
        TrustedKey(
            CARDS.public_key(),
            "Cards of the fuzzer",
            "smart-health-card",
            key_ids=frozenset({CARDS_ID.encode()}),
            address=CARDS_ADDRESS,
        ),
        _authority(),
        *_hong_kong(),
        *_own(),
    )
)


def der(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """ECDSA with SHA-256, in DER."""
    return key.sign(message, ec.ECDSA(hashes.SHA256()))


def numbers(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """ECDSA with SHA-256, the two numbers side by side."""
    octets = (key.curve.key_size + 7) // 8
    return b"".join(number.to_bytes(octets) for number in decode_dss_signature(der(key, message)))


#: What stands where a signature belongs, and is none (CVE-2022-21449).
NO_SIGNATURE: Mapping[str, bytes] = {"numbers": bytes(64), "der": bytes.fromhex("3006020100020100")}
