"""Records for the tests of proofs: an issuer of their own, and texts made by hand from the layout."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk import HONG_KONG
from kiosk.proofs.trust import TrustedKey, TrustStore

AT = datetime(2021, 12, 1, 19, 30, tzinfo=HONG_KONG)
KEY = ec.derive_private_key(20210429, ec.SECP256R1())
#: The same text always carries the same signature, so that a failure can be had again.
_ALGORITHM = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
TRUST = TrustStore((TrustedKey(KEY.public_key(), "Issuer of the tests", "hk-vac", "3"),))

#: The layout's fields up to the signature; each test changes what it is about.
FIELDS = (
    "HKSARG", "VAC", "3.00", "1", "TC1", "****456(3)", "CHAN, T** M**",
    "10-03-2021", "CoronaVac", "克爾來福", "", "", "07-04-2021", "CoronaVac", "克爾來福", "", "",
    "30-04-2021 10:30",
)  # fmt: skip

#: From the facts of the field: invented data, and a signature that is none.
MUST_FAIL = (
    "HKSARG|VAC|6.4|1|TC89C64721831101_CVCC19@EHS|****987(6)|CHAN, T** M**|01-04-2021|Comirnaty|復必泰||"
    "04-06-2021,Comirnaty|12-11-2021|Comirnaty|復必泰||復必泰|12-11-2021 13:41|"
    "TNM2d05395af18a3656570df90d9bf84cc7b6678e9c11b045a7a39abaec2131f2c6=="
)


def sign(message: bytes) -> bytes:
    return KEY.sign(message, _ALGORITHM)


def record(changes: dict[int, str] | None = None, key: ec.EllipticCurvePrivateKey = KEY) -> str:
    """A signed text, built from fields here and not by the encoder under test."""
    return signed_text(FIELDS, changes, key)


def signed_text(
    fields: Sequence[str], changes: dict[int, str] | None = None, key: ec.EllipticCurvePrivateKey = KEY
) -> str:
    """The text of a record of those fields, some of them changed."""
    changed = list(fields)
    for place, value in (changes or {}).items():
        changed[place] = value
    signed = "|".join(changed) + "|"
    return signed + base64.b64encode(key.sign(signed.encode(), _ALGORITHM)).decode()


def public_der(key: ec.EllipticCurvePrivateKey = KEY) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
