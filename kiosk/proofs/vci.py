"""The VCI directory's signed snapshot: who issues SMART Health Cards, with which keys, and which cards were taken back.

The directory publishes two files, ``vci_snapshot.json`` and ``vci_snapshot.sig``: the second is an ECDSA signature (P-521,
SHA-512, DER) over the octets of the first. The rules:

1. Nothing is read before the signature holds under the key that we pinned (``config/signers/vci-directory.pem``).
2. A key is taken when it is for ES256 signatures on P-256 and its ``kid`` is its RFC 7638 thumbprint; it is bound to the address
   of its issuer, so that no issuer of the directory can sign in another's name.
3. A revocation list is taken from the issuer whose key it is for.
4. What is not taken is counted (`Snapshot.left_out`), and the rest serves: one issuer's slip must not shut out all others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from kiosk import strict_json
from kiosk.proofs import jose, revocation, smart_health_card
from kiosk.proofs.revocation import Batch, RevocationError
from kiosk.proofs.trust import TrustedKey, TrustError

#: Why something of the snapshot is not taken: the address is no https address · the key is for something else · it is no key
#: of P-256 · it is named by something else than its thumbprint · the list is none · the list is for a key that is not its issuer's.
Reason = Literal["address", "other_use", "no_key", "other_key_id", "no_list", "foreign_list"]

_WHERE = "VCI snapshot"
_AGAIN = "fetch vci_snapshot.json and vci_snapshot.sig again, both of the same day"
_FIGURES = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class LeftOut:
    """Something of the snapshot that is not taken."""

    #: The issuer's address.
    issuer: str
    #: As the snapshot names it; may be blank.
    key_id: str
    reason: Reason


@dataclass(frozen=True)
class Snapshot:
    """What the directory says."""

    issued_at: datetime
    issuers: int
    keys: tuple[TrustedKey, ...]
    revocations: tuple[Batch, ...]
    left_out: tuple[LeftOut, ...]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Issuer(_Model):
    iss: str
    name: str = ""


class _Entry(_Model):
    issuer: _Issuer
    keys: tuple[dict[str, Any], ...]
    crls: tuple[dict[str, Any], ...] = ()


class _Snapshot(_Model):
    time: AwareDatetime
    entries: tuple[_Entry, ...] = Field(alias="issuerInfo")


def signer_key(pem: bytes) -> ec.EllipticCurvePublicKey:
    """The key in a certificate or public key (PEM) of those who sign the snapshot.

    Raises:
        TrustError: it is none.
    """
    key: object
    try:
        if b"BEGIN CERTIFICATE" in pem:
            key = x509.load_pem_x509_certificate(pem).public_key()
        else:
            key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _no_key() from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise _no_key()
    return key


def _no_key() -> TrustError:
    return TrustError(
        "is no certificate or public key on an elliptic curve",
        where="signer of the VCI snapshot",
        mend="take vci_snapshot.crt from the directory's repository",
    )


def read_snapshot(content: bytes, signature: bytes, signer: ec.EllipticCurvePublicKey) -> Snapshot:
    """The snapshot in ``content`` (JSON), which ``signer`` signed.

    Raises:
        TrustError: the signature does not hold, or the content is no snapshot.
    """
    try:
        signer.verify(signature, content, ec.ECDSA(hashes.SHA512()))
    except InvalidSignature as error:
        raise TrustError("its signature does not hold", where=_WHERE, mend=_AGAIN) from error
    try:
        said = _Snapshot.model_validate(strict_json.loads(content))
    except ValidationError as error:
        fault = error.errors()[0]
        path = ".".join(map(str, fault["loc"])) or "the whole"
        raise TrustError(f"{path}: {fault['msg']}", where=_WHERE, mend=_AGAIN) from error
    except ValueError as error:
        raise TrustError(f"is no JSON: {error}", where=_WHERE, mend=_AGAIN) from error
    taken = [part for entry in said.entries for part in _parts(entry)]
    return Snapshot(
        issued_at=said.time,
        issuers=len(said.entries),
        keys=tuple(part for part in taken if isinstance(part, TrustedKey)),
        revocations=tuple(part for part in taken if isinstance(part, Batch)),
        left_out=tuple(part for part in taken if isinstance(part, LeftOut)),
    )


def _parts(entry: _Entry) -> Iterator[TrustedKey | Batch | LeftOut]:
    """What an issuer brings: each key once, and the lists for those keys."""
    own: set[str] = set()
    for jwk in entry.keys:
        part = _key(entry.issuer, jwk)
        if isinstance(part, LeftOut):
            yield part
        elif jwk["kid"] not in own:  # the same key stands once for each of its certificates
            own.add(jwk["kid"])
            yield part
    for listed in entry.crls:
        yield _revocations(entry.issuer.iss, listed, own)


def _key(issuer: _Issuer, jwk: dict[str, Any]) -> TrustedKey | LeftOut:
    kid = str(jwk.get("kid", ""))

    def left_out(reason: Reason) -> LeftOut:
        return LeftOut(issuer.iss, kid, reason)

    if not re.fullmatch(smart_health_card.ADDRESS, issuer.iss):
        return left_out("address")
    if jwk.get("use") != "sig" or jwk.get("alg") != "ES256":
        return left_out("other_use")
    try:
        key = jose.public_key(jwk)
    except ValueError:
        return left_out("no_key")
    if jose.thumbprint(key) != jwk.get("kid"):
        return left_out("other_key_id")
    return TrustedKey(
        key,
        issuer=issuer.name.strip() or issuer.iss,
        format=smart_health_card.NAME,
        key_ids=frozenset({kid.encode()}),
        address=issuer.iss,
    )


def _revocations(address: str, listed: dict[str, Any], own: set[str]) -> Batch | LeftOut:
    kid = str(listed.get("kid", ""))
    if kid not in own:
        return LeftOut(address, kid, "foreign_list")
    number = listed.get("ctr")
    if isinstance(number, str) and _FIGURES.fullmatch(number):  # one issuer puts the number in quotes
        listed = listed | {"ctr": int(number)}
    try:
        return revocation.shc_list(json.dumps(listed), issuer=address, where=_WHERE)
    except RevocationError:
        return LeftOut(address, kid, "no_list")
