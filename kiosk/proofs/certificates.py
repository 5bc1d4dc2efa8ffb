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

from kiosk.proofs import signatures
from kiosk.proofs.trust import Usage

#: Octets of a certificate's digest that are its key id (EU digital COVID certificate, and ours).
KEY_ID_OCTETS = 8

#: What a key may vouch for, by the extended key usages of the EU's certificates; the second arc is an older writing.
_NUMBERS: dict[int, Usage] = {1: "test", 2: "vaccination", 3: "recovery"}
_USAGES = {
    f"{arc}.{number}": usage
    for arc in ("1.3.6.1.4.1.1847.2021.1", "1.3.6.1.4.1.0.1847.2021.1")
    for number, usage in _NUMBERS.items()
}
_ALGORITHMS: dict[str, signatures.Algorithm] = {"sha256_ecdsa": "ES256-DER"}


@dataclass(frozen=True)
class Certificate:
    """What we need of a certificate. Nothing says yet that its own signature holds."""

    der: bytes
    key: PublicKeyTypes
    valid_from: datetime
    valid_until: datetime
    #: None: any use. Empty: uses that are none of ours.
    usages: frozenset[Usage] | None
    #: The names of owner and issuer in DER, to chain by.
    subject: bytes
    issuer: bytes
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
        except (
            ValueError,
            TypeError,
            KeyError,
            OverflowError,
            RecursionError,
            UnsupportedAlgorithm,
        ) as error:
            raise ValueError("no certificate in DER") from error

    def is_signed_by(self, key: PublicKeyTypes) -> bool:
        """Whether the certificate's own signature is that key's."""
        parsed = x509.Certificate.load(self.der)
        algorithm = _ALGORITHMS.get(parsed["signature_algorithm"].signature_algo_oid())
        return (
            False
            if algorithm is None
            else signatures.holds(
                key, algorithm, parsed["signature_value"].native, parsed["tbs_certificate"].dump()
            )
        )


def _certificate(der: bytes, body: Any) -> Certificate:
    validity = body["validity"]
    countries = [
        pair["value"].native
        for name in body["subject"].chosen
        for pair in name
        if pair["type"].native == "country_name"
    ]
    return Certificate(
        der=der,
        key=serialization.load_der_public_key(body["subject_public_key_info"].dump()),
        valid_from=validity["not_before"].native,
        valid_until=validity["not_after"].native,
        usages=_usages(body["extensions"]),
        subject=body["subject"].dump(),
        issuer=body["issuer"].dump(),
        country=str(countries[0]) if countries else "",
    )


def _usages(extensions: Any) -> frozenset[Usage] | None:
    for extension in extensions:
        if extension["extn_id"].native == "extended_key_usage":
            named = [identifier.dotted for identifier in extension["extn_value"].parsed]
            if named:
                return frozenset(_USAGES[name] for name in named if name in _USAGES)
    return None
