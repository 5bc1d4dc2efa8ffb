"""EU certificates for the tests: issuers of their own, and codes made by hand from the layers, right and wrong."""

from __future__ import annotations

import copy
import hashlib
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

import base45
import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from kiosk import HONG_KONG
from kiosk.proofs.trust import TrustedKey, TrustStore

AT = datetime(2022, 6, 1, 19, 30, tzinfo=HONG_KONG)
EC = ec.derive_private_key(20210429, ec.SECP256R1())
OTHER_EC = ec.derive_private_key(20210430, ec.SECP256R1())
P384 = ec.derive_private_key(20210429, ec.SECP384R1())
RSA = rsa.generate_private_key(65537, 2048)
ED = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KID = bytes.fromhex("0102030405060708")
ES256, PS256, EDDSA, HS256 = -7, -37, -8, 5

VACCINATION = {
    "v": [
        {
            "tg": "840539006", "vp": "1119349007", "mp": "EU/1/20/1528", "ma": "ORG-100030215", "dn": 2, "sd": 2,
            "dt": "2021-10-15", "co": "HK", "is": "Department of Health", "ci": "URN:UVCI:01:HK:ABC123#7",
        }
    ]
}  # fmt: skip
TEST = {
    "t": [
        {
            "tg": "840539006", "tt": "LP6464-4", "sc": "2022-05-31T17:15:12Z", "tr": "260415000",
            "tc": "Central Laboratory", "co": "HK", "is": "Department of Health", "ci": "URN:UVCI:01:HK:TEST#1",
        }
    ]
}  # fmt: skip
RECOVERY = {
    "r": [
        {
            "tg": "840539006", "fr": "2022-03-01", "df": "2022-03-12", "du": "2022-08-28", "co": "HK",
            "is": "Department of Health", "ci": "URN:UVCI:01:HK:REC#2",
        }
    ]
}  # fmt: skip
PERSON = {
    "ver": "1.3.0",
    "nam": {"fn": "Chan", "fnt": "CHAN", "gn": "Tai Man", "gnt": "TAI<MAN"},
    "dob": "1980-02-29",
}


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def claims(content=VACCINATION, **changes):
    """The CWT's claims; ``changes`` go into the one event, a change to ... takes the field out."""
    certificate = copy.deepcopy(PERSON | content)
    for key in "vtr" if changes else "":
        for event in certificate.get(key) or ():
            event.update(changes)
            for name in [name for name, value in event.items() if value is ...]:
                del event[name]
    return {1: "HK", 4: seconds("2023-05-01"), 6: seconds("2022-05-01"), -260: {1: certificate}}


def sign(key, message: bytes) -> bytes:
    """As COSE has it, with the algorithm of the key."""
    if isinstance(key, rsa.RSAPrivateKey):
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt_length=32)
        return key.sign(message, pss, hashes.SHA256())
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    octets = (key.curve.key_size + 7) // 8
    numbers = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
    return b"".join(number.to_bytes(octets) for number in numbers)


def wrap(cose: bytes) -> str:
    return "HC1:" + base45.b45encode(zlib.compress(cose)).decode()


@dataclass(frozen=True)
class Code:
    """The parts of a code; each test changes what it is about."""

    payload: bytes
    key: object = EC
    protected: dict = field(default_factory=lambda: {1: ES256, 4: KID})
    unprotected: dict = field(default_factory=dict)
    signature: bytes | None = None

    @property
    def head(self) -> bytes:
        return cbor2.dumps(self.protected)

    @property
    def signed(self) -> bytes:
        return cbor2.dumps(["Signature1", self.head, b"", self.payload])

    @property
    def cose(self) -> bytes:
        signature = sign(self.key, self.signed) if self.signature is None else self.signature
        return cbor2.dumps(cbor2.CBORTag(18, [self.head, self.unprotected, self.payload, signature]))

    @property
    def text(self) -> str:
        return wrap(self.cose)


def code(content=VACCINATION, *, key=EC, protected=None, unprotected=None, signature=None, **changes) -> Code:
    payload = content if isinstance(content, bytes) else cbor2.dumps(claims(content, **changes))
    return Code(
        payload, key, {1: ES256, 4: KID} if protected is None else protected, unprotected or {}, signature
    )


def signed_claims(said: dict, **options) -> str:
    return code(cbor2.dumps(said), **options).text


def trusted(key=EC, **changes) -> TrustedKey:
    fields = {"issuer": "Issuer of the tests", "key_ids": frozenset({KID})} | changes
    return TrustedKey(key.public_key(), **fields)


def store(*keys: TrustedKey) -> TrustStore:
    return TrustStore(keys or (trusted(),))


def digest(name: str | bytes) -> bytes:
    return hashlib.sha256(name.encode() if isinstance(name, str) else name).digest()[:16]
