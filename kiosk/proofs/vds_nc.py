"""ICAO's visible digital seal for proofs of vaccination and testing (VDS-NC): JSON, signed in its canonical form.

The rules, in the order in which `read` applies them:

1. JSON with an object ``data`` and an object ``sig``; one such object in a list is in use too. Every key stands once, numbers are
   whole, dates are real; else ``malformed``. Another version of the seal is ``cannot_verify``, another kind of document
   ``unknown_format``.
2. ``sig.alg`` is ES256; else ``unsupported_algorithm``.
3. The certificate inside the code is only a name: its key must be one that we trust, or an authority that we trust signed it
   (`kiosk.proofs.seal_chain`); else ``unknown_issuer``.
4. That key signed the canonical form (RFC 8785) of ``data``; else ``bad_signature``.
5. The certificate is one of a signer of seals; else ``wrong_key_usage``. It and its authority's hold at ``at``, and sample and
   report lie before it; else ``not_yet_valid`` or ``expired``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import rfc8785

from kiosk import strict_json
from kiosk.proofs import seal_chain, seal_data, signatures
from kiosk.proofs.certificates import Certificate
from kiosk.proofs.jose import decode_url
from kiosk.proofs.marks import mark
from kiosk.proofs.model import Facts, Format, Proof, in_force, refused
from kiosk.proofs.trust import TrustStore

NAME: Format = "vds-nc"

_ALGORITHM: signatures.Algorithm = "ES256"
_VERSION = 1


@dataclass(frozen=True)
class _Seal:
    """A seal taken apart. Nothing says yet that anybody signed it."""

    algorithm: str
    certificate: Certificate
    signature: bytes
    #: The canonical octets.
    signed: bytes
    data: seal_data.Data


def claims(text: str) -> bool:
    """Whether ``text`` says that it is such a seal."""
    return text[:1] in {"{", "["} and '"data"' in text and '"sig"' in text


def read(text: str, *, trust: TrustStore, at: datetime) -> Proof:
    """Read and verify a seal at the time ``at``; the rules stand above."""
    try:
        seal = _parse(text)
        if seal.data.hdr.v != _VERSION:
            return refused(NAME, "cannot_verify")
        if seal.data.hdr.t not in seal_data.KINDS:
            return refused(NAME, "unknown_format")
        facts = seal.data.facts()
    except ValueError:
        return refused(NAME, "malformed")
    return _judged(seal, facts, trust, at)


def _judged(seal: _Seal, facts: Facts, trust: TrustStore, at: datetime) -> Proof:
    no = partial(refused, NAME, facts=facts)
    if seal.algorithm != _ALGORITHM:
        return no("unsupported_algorithm")
    signers = seal_chain.signers(seal.certificate, trust.signers(NAME))
    if not signers:
        return no("unknown_issuer")
    if not signatures.holds(seal.certificate.key, _ALGORITHM, seal.signature, seal.signed):
        return no("bad_signature")
    # Several may vouch for one key (an old and a new authority): one whose dates and usage are right is enough.
    faults = [seal_chain.fault(signer, at) for signer in signers]
    best = faults.index(None) if None in faults else 0
    signer, fault = signers[best], faults[best]
    if fault is not None:
        return no(fault, issuer=signer.issuer)
    return in_force(_proof(facts, seal.data.hdr.issuer.upper(), signer.issuer, demo=signer.demo), at)


def _proof(facts: Facts, country: str, issuer: str, *, demo: bool) -> Proof:
    number = facts.reference
    return Proof(
        format=NAME,
        verified=True,
        issuer=issuer,
        facts=facts,
        demo=demo,
        marks=(mark("certificate", country, number, facts.issued_at),) if number else (),
        # Under the issuing country: its keys change, its certificates' numbers do not.
        identities=(f"{country}|{number}",) if number else (),
    )


def _parse(text: str) -> _Seal:
    value = strict_json.loads(text)
    if isinstance(value, list) and len(value) == 1:
        (value,) = value
    given = seal_data.Document.model_validate(value)
    data = seal_data.whole_numbers(value["data"])
    return _Seal(
        algorithm=given.sig.alg,
        certificate=Certificate.parse(_octets(given.sig.cer)),
        signature=_signature(given.sig.sigvl),
        signed=rfc8785.dumps(data),
        data=seal_data.Data.model_validate(data),
    )


def _signature(text: str) -> bytes:
    """The signature, or nothing, which never holds."""
    try:
        return _octets(text)
    except ValueError:
        return b""


def _octets(text: str) -> bytes:
    """Base64url, padded as the specification has it or not at all."""
    bare = text.rstrip("=")
    padding = len(text) - len(bare)
    if padding not in {0, -len(bare) % 4}:
        raise ValueError("not base64url")
    return decode_url(bare)
