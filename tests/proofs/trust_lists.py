"""Trust lists for the tests, of signers of their own, in every form."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from kiosk.proofs import kiosk_list, sources
from kiosk.proofs.lists import Source
from tests.proofs import dcc

NOW = datetime(2022, 6, 1, 12, 0, tzinfo=UTC)
SIGNER = ec.derive_private_key(20210618, ec.SECP256R1())
#: Signs the list of the EU's test environment.
TEST_SIGNER = ec.derive_private_key(20210619, ec.SECP256R1())
OWN_SIGNER = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
NAME = {"en": "Certificates of the EU", "zh-Hant": "歐盟證明書", "zh-Hans": "欧盟证明书"}


def public(key: Any) -> str:
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(der).decode()


def certificate(key: Any = dcc.EC, *, usages: tuple[str, ...] = (), number: int = 1) -> bytes:
    """A signer's certificate, valid from 2021 to 2031."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "AT")])
    start = datetime(2021, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), number, start, start + timedelta(days=3652)
    )
    if usages:
        oids = [x509.ObjectIdentifier(usage) for usage in usages]
        builder = builder.add_extension(x509.ExtendedKeyUsage(oids), critical=False)
    return builder.sign(dcc.EC, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(
        serialization.Encoding.DER
    )


def entry(der: bytes | None = None, **changes: Any) -> dict[str, Any]:
    """As the gateway has it; the key id is the certificate's own."""
    der = certificate() if der is None else der
    digest = hashlib.sha256(der)
    return {
        "certificateType": "DSC",
        "country": "AT",
        "kid": base64.b64encode(digest.digest()[:8]).decode(),
        "rawData": base64.b64encode(der).decode(),
        "signature": "MIIG",
        "thumbprint": digest.hexdigest(),
        "timestamp": "2022-05-20T14:00:25+02:00",
    } | changes


def signature(body: bytes, signer: Any = SIGNER) -> bytes:
    """The two numbers side by side, in base64."""
    return base64.b64encode(dcc.sign(signer, body))


def body(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"certificates": entries or [entry()]}).encode()


def eu_file(*entries: dict[str, Any], signer: Any = SIGNER) -> bytes:
    """As the German list is published."""
    return signature(body(*entries), signer) + b"\n" + body(*entries)


def own_file(*rings: dict[str, Any], issued_at: datetime = NOW, key: Any = OWN_SIGNER) -> bytes:
    ring = {
        "issuer": "Somebody",
        "keys": [{"format": "eu-dcc", "key": public(dcc.EC), "source": "the test"}],
    }
    return kiosk_list.write(rings or [ring], issued_at=issued_at, key=key)


def source_file(folder: Path, name: str = "eu", /, **changes: Any) -> Path:
    said = {
        "name": NAME,
        "form": "eu-list",
        "life_days": 30,
        "grace_days": 60,
        "signers": [{"key": public(SIGNER), "source": "the test"}],
    } | changes
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def source(folder: Path, name: str = "eu", /, **changes: Any) -> Source:
    return sources.read(source_file(folder, name, **changes))
