"""Key rings: files of keys that came with the software, or that somebody put there by hand.

A key ring is a YAML file of ours (``docs/formats.md``): one issuer, its keys, each bound to a format and to the version of
the record that it signs. A key in bare base64, PEM or DER names neither, so it is tried on every record: good for looking
at a code (``kiosk read``), not for a door in production, which must know whose keys it believes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from asn1crypto import parser
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, model_validator

from kiosk import documents
from kiosk.proofs import signed_code, strict_base64
from kiosk.proofs.certificates import Certificate
from kiosk.proofs.hk_words import TestWords
from kiosk.proofs.jose import thumbprint
from kiosk.proofs.model import Format
from kiosk.proofs.trust import DemoTrustError, TrustedKey, TrustError, TrustStore

#: A demo issuer says so in its name, and nobody else may: the name stands on screens and in logs.
DEMO_MARK = "DEMO"

#: Formats whose records name the version of the key.
_BY_VERSION: frozenset[Format] = frozenset({"hk-vac", "hk-evt", "hk-mec"})
#: Class, method and tag of DER's SEQUENCE.
_SEQUENCE = (0, 1, 16)
#: Formats of our own, whose codes name the key by its digest.
_OURS: frozenset[Format] = frozenset({"visit-receipt", "health-code", "inspector-badge"})


def load(*paths: Path, production: bool) -> TrustStore:
    """The keys of key rings (``.yaml``), of folders of key rings, and of bare keys (DER, PEM, base64).

    Raises:
        TrustError: a path cannot be read, a ring or key is broken, or, in production, names no issuer.
        DemoTrustError: in production, a ring of a demo authority.
    """
    files = [file for path in paths for file in (_rings(path) if path.is_dir() else [path])]
    return TrustStore(tuple(key for file in files for key in _load(file, production=production)))


def from_base64(keys: Iterable[str]) -> TrustStore:
    """Bare DER public keys or certificates, base64 each.

    What is DER and yet no key that we can use (of a curve that nobody knows, a certificate that says nothing) vouches for
    nothing: one odd certificate among many does not keep the others from being used.

    Raises:
        TrustError: one of them is no DER at all; ``where`` counts from 1.
    """
    found = (_bare(key, where=f"trust {n}") for n, key in enumerate(keys, 1))
    return TrustStore(tuple(key for key in found if key is not None))


def _given(value: Any) -> TrustedKey:
    if not isinstance(value, str):
        raise ValueError("must be a public key or certificate in base64 (DER)")
    return _trusted(strict_base64.decode("".join(value.split())))


class RingKey(BaseModel):
    """One key of a ring."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    format: Format
    #: The number before the point in the record's version field, where the format picks keys by it.
    version: str | None = Field(default=None, pattern=r"^[0-9]{1,2}$")
    #: A public key, or a certificate, which brings its dates and usages along.
    key: Annotated[InstanceOf[TrustedKey], BeforeValidator(_given)]
    source: str
    note: str = ""

    @model_validator(mode="after")
    def _picked_as_the_format_picks(self) -> RingKey:
        by_version = self.format in _BY_VERSION
        if by_version != (self.version is not None):
            raise ValueError(
                f"{self.format} picks its keys by the record's version: name it"
                if by_version
                else f"{self.format} picks its keys by their id: leave out the version"
            )
        if self.format in _OURS and not isinstance(self.key.key, Ed25519PublicKey):
            raise ValueError(f"{self.format} is signed with Ed25519 keys")
        return self

    def trusted(self, ring: KeyRing) -> TrustedKey:
        """The key as the store holds it."""
        key, ids = self.key.key, self.key.key_ids
        if self.format in _OURS and isinstance(key, Ed25519PublicKey):
            ids = frozenset({signed_code.key_id(key)})
        return replace(
            self.key,
            issuer=ring.issuer,
            format=self.format,
            version=self.version,
            demo=ring.demo,
            key_ids=ids,
            test_words=ring.test_words if self.format == "hk-evt" else None,
        )


class KeyRing(BaseModel):
    """A file of keys of one issuer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str = Field(min_length=1)
    demo: bool = False
    #: How the issuer words its test records, where that is known.
    test_words: TestWords | None = None
    keys: tuple[RingKey, ...]

    @model_validator(mode="after")
    def _demo_says_so(self) -> KeyRing:
        if self.demo != self.issuer.startswith(DEMO_MARK):
            raise ValueError(f"the issuer's name begins with {DEMO_MARK} where demo is true, and only there")
        return self


def _rings(folder: Path) -> list[Path]:
    rings = sorted(folder.glob("*.yaml"))
    if not rings:
        raise TrustError("holds no key ring (*.yaml)", where=str(folder), mend="check the path")
    return rings


def _load(file: Path, *, production: bool) -> list[TrustedKey]:
    if file.suffix not in {".yaml", ".yml"}:
        if production:
            raise TrustError(
                "is a bare key, which names no issuer", where=str(file), mend="put it into a key ring (.yaml)"
            )
        return [_bare_file(file)]
    document = documents.load(file)
    ring = documents.check(document, KeyRing, error=TrustError)
    if production and ring.demo:
        raise DemoTrustError(
            f"{ring.issuer} is a demo authority, and this door is in production",
            where=document.where(("demo",)),
            mend="take the key ring out of the settings",
        )
    return [key.trusted(ring) for key in ring.keys]


def _bare_file(file: Path) -> TrustedKey:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise TrustError(
            f"cannot be read ({error.strerror})", where=str(file), mend="check the path"
        ) from error
    try:
        return _trusted(_der(content))
    except ValueError as error:
        raise TrustError(
            "is no public key or certificate", where=str(file), mend="give DER, PEM or base64"
        ) from error


def _bare(text: str, *, where: str) -> TrustedKey | None:
    der = b""
    try:
        der = strict_base64.decode("".join(text.split()))
        return _trusted(der)
    except ValueError as error:
        if _is_sequence(der):
            return None
        raise TrustError(
            "is no public key or certificate", where=where, mend="give its DER in base64"
        ) from error


def _trusted(der: bytes) -> TrustedKey:
    """A bare key or certificate. A certificate has key ids: the usual digest, and its key's thumbprint for SMART cards."""
    certificate = _certificate(der)
    if certificate is None:
        key = _key(der)
        return TrustedKey(key, issuer=_name(key))
    return TrustedKey(
        certificate.key,
        issuer=_name(certificate.key),
        key_ids=frozenset({certificate.key_id, *_thumbprint(certificate.key)}),
        usages=certificate.usages,
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
        certificate=der,
    )


def _name(key: PublicKeyTypes) -> str:
    info = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"key {hashlib.sha256(info).hexdigest()[:16]}"


def _thumbprint(key: PublicKeyTypes) -> list[bytes]:
    try:
        return [thumbprint(key).encode()]
    except ValueError:  # of no kind that SMART cards use
        return []


def _certificate(der: bytes) -> Certificate | None:
    try:
        return Certificate.parse(der)
    except ValueError:
        return None


def _is_sequence(der: bytes) -> bool:
    """Whether it begins with a whole DER SEQUENCE of something, as every key and certificate is."""
    try:
        found = parser.parse(der)
    except (ValueError, IndexError):
        return False
    class_, method, tag = found[:3]
    return (class_, method, tag) == _SEQUENCE and bool(found[4])


def _key(der: bytes) -> PublicKeyTypes:
    try:
        return serialization.load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("no public key or certificate in DER") from error


def _der(content: bytes) -> bytes:
    """DER out of DER itself, PEM or base64."""
    if content.startswith(b"0"):  # SEQUENCE, which base64 of DER never begins with
        return content
    lines = content.decode("ascii").splitlines()
    return strict_base64.decode("".join(line.strip() for line in lines if not line.startswith("-----")))
