"""X.509 certificates of issuers, read as tolerantly as the field needs and not more.

`cryptography` turns away certificates that are in use (a default value written out in basicConstraints, an empty key
usage, an ECDSA algorithm with a NULL), so the parts are read with `asn1crypto`. What is checked is the same for all:
the key, the dates and what the key may be used for.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from kiosk.proofs import certificate_signatures
from kiosk.proofs.trust import Usage

#: Octets of a certificate's digest that are its key id (EU digital COVID certificate, and ours).
KEY_ID_OCTETS = 8

#: What a key may vouch for, by the extended key usages of the EU's certificates; the second arc is an older writing.
_NUMBERS: dict[int, Usage] = {1: "test", 2: "vaccination", 3: "recovery"}
_USAGES: dict[str, Usage] = {
    f"{arc}.{number}": usage
    for arc in ("1.3.6.1.4.1.1847.2021.1", "1.3.6.1.4.1.0.1847.2021.1")
    for number, usage in _NUMBERS.items()
}
#: Who signs ICAO's proofs (VDS-NC).
_USAGES["2.23.136.1.1.14.2"] = "seal"
#: What a parser raises over octets that strangers wrote.
_FAULTS = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError)


@dataclass(frozen=True)
class Certificate:
    """What we need of a certificate. Nothing says yet that its own signature holds."""

    der: bytes
    key: PublicKeyTypes
    valid_from: datetime
    valid_until: datetime
    #: None: any use. Empty: uses that are none of ours.
    usages: frozenset[Usage] | None
    #: The names of owner and issuer as RFC 5280 compares them, to chain by.
    subject: str
    issuer: str
    #: Whether its key may sign proofs, and whether it may sign certificates (an authority's).
    signs_proofs: bool
    signs_certificates: bool
    #: The owner's country, two letters, or nothing.
    country: str

    @property
    def key_id(self) -> bytes:
        """The first 8 octets of the SHA-256 of the certificate."""
        return hashlib.sha256(self.der).digest()[:KEY_ID_OCTETS]

    @classmethod
    def parse(cls, der: bytes) -> Certificate:
        """The certificate in ``der``.

        Raises:
            ValueError: it is none, or its key is of a kind that we cannot use.
        """
        try:
            parsed = x509.Certificate.load(der, strict=True)
            return _certificate(der, parsed["tbs_certificate"])
        except (*_FAULTS, UnsupportedAlgorithm) as error:
            raise ValueError("no certificate in DER") from error

    def is_signed_by(self, key: PublicKeyTypes) -> bool:
        """Whether the certificate's own signature is that key's."""
        try:
            parsed = x509.Certificate.load(self.der)
            outside, body = parsed["signature_algorithm"], parsed["tbs_certificate"]
            signature = parsed["signature_value"].native
            if outside.dump() != body["signature"].dump():  # only the inner one is signed
                return False
            return certificate_signatures.holds(key, outside, signature, body.dump())
        except _FAULTS:
            return False


def _certificate(der: bytes, body: Any) -> Certificate:
    validity = body["validity"]
    countries = [
        pair["value"].native
        for name in body["subject"].chosen
        for pair in name
        if pair["type"].native == "country_name"
    ]
    extensions = {extension["extn_id"].native: extension["extn_value"] for extension in body["extensions"]}
    purposes = extensions["key_usage"].native if "key_usage" in extensions else None
    authority = "basic_constraints" in extensions and extensions["basic_constraints"].native["ca"]
    return Certificate(
        der=der,
        key=serialization.load_der_public_key(body["subject_public_key_info"].dump()),
        valid_from=_moment(validity["not_before"]),
        valid_until=_moment(validity["not_after"]),
        usages=_usages(extensions),
        subject=body["subject"].hashable,
        issuer=body["issuer"].hashable,
        # An empty key usage is in use, and means what none means.
        signs_proofs=not purposes or "digital_signature" in purposes,
        signs_certificates=bool(authority) and (not purposes or "key_cert_sign" in purposes),
        country=str(countries[0]) if countries else "",
    )


def _moment(time: Any) -> datetime:
    said = time.native
    # The parser knows years before 1 and local times too.
    if not isinstance(said, datetime) or said.utcoffset() is None:
        raise ValueError("a time that is nobody's")
    return said


def _usages(extensions: dict[str, Any]) -> frozenset[Usage] | None:
    if "extended_key_usage" not in extensions:
        return None
    named = [identifier.dotted for identifier in extensions["extended_key_usage"].parsed]
    return frozenset(_USAGES[name] for name in named if name in _USAGES) if named else None
