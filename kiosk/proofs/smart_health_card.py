"""SMART Health Card: ``shc:/`` and figures, which are a signed and compressed bundle of FHIR (framework 1.4).

``docs/formats.md`` tells what is read. The rules, in the order in which `read` applies them:

1. Two figures a character, a JWS in compact form, the header's ``zip`` is ``DEF``, the payload inflates within bounds to
   JSON with every key once, with an issuer's https address, a time of issue and a health card in it; else ``malformed``
   or ``too_large``. One code of a card in several is ``cannot_verify``: perhaps genuine, but read only in one.
2. ``alg`` is ES256; else ``unsupported_algorithm``.
3. The key is one that we already hold, its RFC 7638 thumbprint is the ``kid``, and where it is bound to an issuer's address,
   that is the card's ``iss``; else ``unknown_issuer``. The address is never asked for anything.
4. The signature holds; else ``bad_signature``.
5. A certificate that limits its key allows what the card says; else ``wrong_key_usage``.
6. ``nbf``, ``exp`` and the certificate's dates hold at ``at``; else ``not_yet_valid`` or ``expired``.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kiosk import HONG_KONG, strict_json
from kiosk.proofs import fhir, jose, signatures
from kiosk.proofs.inflate import TooLargeError, inflate
from kiosk.proofs.marks import mark
from kiosk.proofs.model import Facts, Format, Proof, ProofError, in_force, refused
from kiosk.proofs.revocation import shc_scope
from kiosk.proofs.trust import TrustedKey, TrustStore, Usage

NAME: Format = "smart-health-card"

_ALGORITHM: signatures.Algorithm = "ES256"
_HEAD = "shc:/"
#: One code alone, or the n-th of several; figures stand in pairs.
_TEXT = re.compile(r"shc:/(?:([1-9][0-9]?)/([1-9][0-9]?)/)?((?:[0-9]{2})+)")
#: A pair of figures is the character's code less that of ``-``, the first that a JWS is written with.
_FIRST, _LAST = ord("-"), ord("z")
_HEALTH_CARD = "https://smarthealth.cards#health-card"
#: An issuer's address, as the framework writes it: https, and no slash behind.
ADDRESS = r"^https://[^\s?#]*[^\s?#/]$"
#: Moments after this are no dates of people: a time in milliseconds is one.
_END_OF_TIME = datetime(9000, 1, 1, tzinfo=HONG_KONG)
_ID_OCTETS = 8


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Header(_Model):
    alg: str
    zip: Literal["DEF"]
    kid: str = Field(min_length=1, max_length=128)
    #: Extensions that must be understood (RFC 7515); none are.
    crit: None = None


#: Of a number, not of a text that holds one.
_Seconds = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]


class _Subject(_Model):
    fhirBundle: dict[str, Any]  # noqa: N815 -- the framework's name


class _Credential(_Model):
    type: tuple[str, ...] = Field(max_length=32)
    credentialSubject: _Subject  # noqa: N815 -- the framework's name
    rid: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,24}$")


class _Payload(_Model):
    iss: str = Field(pattern=ADDRESS, max_length=512)
    nbf: _Seconds
    exp: _Seconds | None = Field(default=None, le=_END_OF_TIME.timestamp())
    vc: _Credential


@dataclass(frozen=True)
class _Card:
    """A card taken apart; nothing vouches for it yet."""

    header: _Header
    payload: _Payload
    facts: Facts
    #: What names the card under its issuer; its ``rid`` first, where it has one.
    identifiers: tuple[str, ...]
    signed: bytes
    signature: bytes


def claims(text: str) -> bool:
    """Whether ``text`` says that it is such a card, or a part of one."""
    return text.startswith(_HEAD)


def read(text: str, *, trust: TrustStore, at: datetime) -> Proof:
    """Read and verify a card at the time ``at``; the rules stand above."""
    if _is_part(text):
        return Proof(format=NAME, verified=False, error="cannot_verify", hint="one_code")
    try:
        card = _parse(_letters(text))
    except TooLargeError:
        return refused(NAME, "too_large")
    except (ValueError, RecursionError):  # RecursionError: thousands of brackets
        return refused(NAME, "malformed")
    return _judged(card, trust, at)


def from_letters(jws: str) -> str:
    """The text of the code that shows a JWS."""
    return _HEAD + "".join(f"{ord(letter) - _FIRST:02}" for letter in jws)


def _is_part(text: str) -> bool:
    match = _TEXT.fullmatch(text)
    return match is not None and match[2] not in {None, "1"} and int(match[1]) <= int(match[2])


def _letters(text: str) -> str:
    match = _TEXT.fullmatch(text)
    if match is None or match[2] not in {None, "1"} or match[1] not in {None, "1"}:
        raise ValueError("not the figures of one card")
    figures = match[3]
    codes = [int(figures[n : n + 2]) + _FIRST for n in range(0, len(figures), 2)]
    if max(codes) > _LAST:
        raise ValueError("a pair of figures is no letter")
    return "".join(map(chr, codes))


def _parse(jws: str) -> _Card:
    header, payload, signature = jws.split(".")
    said = _Header.model_validate(strict_json.loads(jose.decode_url(header)))
    content = inflate(jose.decode_url(payload), raw=True)
    body = _Payload.model_validate(strict_json.loads(content))
    if _HEALTH_CARD not in body.vc.type:
        raise ValueError("no health card")
    issued_at = _moment(body.nbf)
    dates = {
        "valid_from": issued_at,
        "valid_until": None if body.exp is None else _moment(body.exp),
        "issued_at": issued_at,
    }
    found = fhir.facts(body.vc.credentialSubject.fhirBundle)
    return _Card(
        said,
        body,
        found.model_copy(update=dates | {"reference": body.vc.rid}),
        _identifiers(body.vc),
        f"{header}.{payload}".encode(),
        jose.decode_url(signature),
    )


def _moment(seconds: float) -> datetime:
    """A time of the payload; one beyond all calendars is the last of ours."""
    return datetime.fromtimestamp(min(seconds, _END_OF_TIME.timestamp()), HONG_KONG)


def _judged(card: _Card, trust: TrustStore, at: datetime) -> Proof:
    if card.header.alg != _ALGORITHM:
        return refused(NAME, "unsupported_algorithm", facts=card.facts)
    keys = _keys(card, trust)
    if not keys:
        return refused(NAME, "unknown_issuer", facts=card.facts)
    signers = [key for key in keys if signatures.holds(key.key, _ALGORITHM, card.signature, card.signed)]
    if not signers:
        return refused(NAME, "bad_signature", facts=card.facts)
    # One key may stand in several certificates, of which one is enough.
    proofs = [_signed(card, signer, at) for signer in signers]
    return next((proof for proof in proofs if proof.verified), proofs[0])


def _signed(card: _Card, signer: TrustedKey, at: datetime) -> Proof:
    """The proof, where that key's word is enough."""
    fault = _fault(card.facts, signer, at)
    if fault:
        return refused(NAME, fault, facts=card.facts, issuer=signer.issuer)
    iss, kid = card.payload.iss, card.header.kid
    proof = Proof(
        format=NAME,
        verified=True,
        issuer=signer.issuer,
        facts=card.facts,
        demo=signer.demo,
        marks=(mark("shc-rid", shc_scope(iss, kid), card.identifiers[0], card.facts.issued_at),),
        identities=tuple(f"{iss}|{identifier}" for identifier in card.identifiers),
    )
    return in_force(proof, at)


def _fault(facts: Facts, signer: TrustedKey, at: datetime) -> ProofError | None:
    """Why the key's word is not enough."""
    if signer.usages is not None and not _usages(facts) <= signer.usages:
        return "wrong_key_usage"
    samples = (test.sampled_at or _morning(test.date) for test in facts.tests)
    if any(start > at for start in (*samples, *filter(None, [signer.valid_from]))):
        return "not_yet_valid"
    return "expired" if signer.valid_until and signer.valid_until < at else None


def _morning(day: date) -> datetime:
    return datetime.combine(day, time.min, HONG_KONG)


def _keys(card: _Card, trust: TrustStore) -> list[TrustedKey]:
    """The keys that the card may be signed with: their thumbprint is its ``kid``, whatever they are filed under."""
    kid = card.header.kid
    filed = trust.signers(NAME, kid.encode(), address=card.payload.iss)
    return [key for key in filed if signatures.fits(key.key, _ALGORITHM) and jose.thumbprint(key.key) == kid]


def _usages(facts: Facts) -> set[Usage]:
    said: dict[Usage, object] = {"vaccination": facts.doses, "test": facts.tests}
    return {usage for usage, found in said.items() if found}


def _identifiers(credential: _Credential) -> tuple[str, ...]:
    """The card's ``rid``, and what its bundle hashes to.

    The hash does not change with another signature or another time of issue. It is the id that a card without ``rid`` is
    revoked by in the framework's draft for older cards (RFC 002, ``hash-fhir``).
    """
    bundle = json.dumps(credential.credentialSubject.fhirBundle, separators=(",", ":"), ensure_ascii=False)
    data = jose.encode_url(bundle.encode("utf-8", "surrogatepass")).encode()
    digest = jose.encode_url(hashlib.sha256(data).digest()[:_ID_OCTETS])
    return (credential.rid, digest) if credential.rid else (digest,)
