"""The EU's list of certificates that sign digital COVID certificates, as verifiers publish it.

Two envelopes (``docs/formats.md``): a first line with the signature in base64, then the JSON that it signs, as the German
list has it; or the JSON alone, as the EU's gateway hands it out, with the signature in a file of its own. The signature is ECDSA
(P-256, SHA-256), its two numbers side by side or in DER. The rules:

1. Nothing is read before the signature holds under the pinned key. JSON without a signature is refused.
2. An entry is taken when it is a ``DSC`` with a country, a key id and a certificate that can be read, of the thumbprint that the entry
   names. What is not taken is counted, and the rest serves.
3. The key id is the one that is listed. Several certificates under one id are all kept.
4. The list has no date of its own: the newest time within is its date of issue.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from kiosk import strict_json
from kiosk.proofs import signatures
from kiosk.proofs.certificates import Certificate
from kiosk.proofs.trust import TrustedKey, TrustError

#: Why an entry is not taken: a certificate of another type · no country · no key id · no certificate that can be read · another
#: certificate than the thumbprint says · a key that signs no such proofs.
Reason = Literal["other_type", "no_country", "no_key_id", "no_certificate", "other_thumbprint", "other_key"]

_DSC = "DSC"
_AGAIN = "get the list again, with its signature"
_LINE = b"\n"
#: What the proofs are signed with.
_ALGORITHMS: tuple[signatures.Algorithm, ...] = ("ES256-COSE", "PS256")
#: A signature is 64 octets, in DER a few more.
_LONGEST_SIGNATURE = 256
_TIME: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


@dataclass(frozen=True)
class EuList:
    """What the list says."""

    issued_at: datetime
    keys: tuple[TrustedKey, ...]
    left_out: tuple[Reason, ...]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


def read(content: bytes, signature: bytes | None, signer: PublicKeyTypes) -> EuList:
    """The list in ``content``, which ``signer`` signed.

    Raises:
        TrustError: it has no signature, the signature does not hold, or it is no such list.
    """
    signed = _signed(content, signature, signer)
    entries = _entries(signed)
    times = [time for entry in entries if (time := _time(entry.get("timestamp")))]
    if not times:
        raise TrustError("no entry says when it was listed, so its age is not known", mend=_AGAIN)
    taken = [_key(entry) for entry in entries]
    keys = {  # an entry that stands twice is one
        (key.key_ids, key.certificate): key for key in taken if isinstance(key, TrustedKey)
    }
    left_out = tuple(part for part in taken if not isinstance(part, TrustedKey))
    return EuList(max(times), tuple(keys.values()), left_out)


def _signed(content: bytes, signature: bytes | None, signer: PublicKeyTypes) -> bytes:
    """The octets of JSON that the signature is over."""
    if signature is None:
        line, newline, content = content.partition(_LINE)
        if not newline or line[:1] in {b"{", b"["}:
            raise TrustError(
                "has no signature: neither a first line with one, nor a second file",
                mend="give the signature's file too, or get the list of a source that signs",
            )
        signature = line
    octets = _octets(signature)
    # An editor may have put an empty line behind it; the signed list has none.
    for body in (content, content.strip()):
        if signatures.holds(signer, "ES256", octets, body) or signatures.holds(
            signer, "ES256-DER", octets, body
        ):
            return body
    raise TrustError("its signature does not hold under the key that is pinned", mend=_AGAIN)


def _octets(signature: bytes) -> bytes:
    """The signature out of base64, or as it is."""
    try:
        return base64.b64decode(signature[:_LONGEST_SIGNATURE].strip(), validate=True)
    except binascii.Error:
        return signature


def _entries(signed: bytes) -> list[dict[str, Any]]:
    try:
        said = strict_json.loads(signed)
    except ValueError as error:
        raise TrustError(f"is no JSON: {error}", mend=_AGAIN) from error
    entries = said.get("certificates") if isinstance(said, dict) else said
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise TrustError("holds no list of certificates", mend=_AGAIN)
    return entries


def _time(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        return _TIME.validate_python(text)
    except ValidationError:
        return None


def _key(entry: dict[str, Any]) -> TrustedKey | Reason:
    if entry.get("certificateType") != _DSC:
        return "other_type"
    try:
        country = _Entry.model_validate(entry).country
    except ValidationError:
        return "no_country"
    key_id = _base64(entry.get("kid"))
    return _certified(entry, country, key_id) if key_id else "no_key_id"


def _certified(entry: dict[str, Any], country: str, key_id: bytes) -> TrustedKey | Reason:
    der = _base64(entry.get("rawData"))
    try:
        certificate = Certificate.parse(der)
    except ValueError:
        return "no_certificate"
    if not _is_of(der, entry.get("thumbprint")):
        return "other_thumbprint"
    if not any(signatures.fits(certificate.key, algorithm) for algorithm in _ALGORITHMS):
        return "other_key"
    return TrustedKey(
        certificate.key,
        issuer=country,
        format="eu-dcc",
        key_ids=frozenset({key_id}),
        usages=certificate.usages,
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
        certificate=der,
    )


def _base64(text: object) -> bytes:
    """The octets, or none."""
    if not isinstance(text, str):
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""


def _is_of(der: bytes, thumbprint: object) -> bool:
    """Whether the certificate's SHA-256 is what the entry says; an entry may say nothing."""
    return not thumbprint or (
        isinstance(thumbprint, str) and thumbprint.lower() == hashlib.sha256(der).hexdigest()
    )
