"""Who vouches for the certificate that a seal brings along.

The certificate may be anybody's: it is believed when its key is one that we trust, or when an authority that we trust signed it.
There is no further link: what an authority's child signs as an authority counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from kiosk.proofs.certificates import Certificate
from kiosk.proofs.model import ProofError
from kiosk.proofs.trust import TrustedKey

_USAGE = "seal"


def signers(certificate: Certificate, trusted: Iterable[TrustedKey]) -> tuple[TrustedKey, ...]:
    """All that ``trusted`` says of the certificate's key; nothing: nobody vouches for it.

    A key that we trust itself counts within the dates and usages under which it came to us, not those that the code tells.
    """
    known = tuple(trusted)
    own = [key for key in known if key.key == certificate.key]
    return (*own, *(_child(certificate, key) for key in known if _certifies(key, certificate)))


def fault(signer: TrustedKey, at: datetime) -> ProofError | None:
    """Why a seal by ``signer`` is no evidence at the time ``at``, or None."""
    certificate = _parsed(signer.certificate) if signer.certificate else None
    allowed = signer.usages is None or _USAGE in signer.usages
    if not allowed or (certificate is not None and not certificate.signs_proofs):
        return "wrong_key_usage"
    if signer.valid_from is not None and at < signer.valid_from:
        return "not_yet_valid"
    if signer.valid_until is not None and at > signer.valid_until:
        return "expired"
    return None


def _certifies(key: TrustedKey, certificate: Certificate) -> bool:
    """Whether the key is an authority's and signed the certificate. A bare key may be either: it is as its owner uses it."""
    if key.certificate is not None:
        authority = _parsed(key.certificate)
        if not authority.signs_certificates or authority.subject != certificate.issuer:
            return False
    return certificate.is_signed_by(key.key)


def _child(certificate: Certificate, authority: TrustedKey) -> TrustedKey:
    """The certificate's key as the authority makes it trusted: while both certificates hold."""
    return replace(
        authority,
        key=certificate.key,
        usages=certificate.usages,
        valid_from=max(certificate.valid_from, authority.valid_from or certificate.valid_from),
        valid_until=min(certificate.valid_until, authority.valid_until or certificate.valid_until),
        certificate=certificate.der,
    )


@lru_cache(maxsize=2048)  # the trusted ones, which are parsed again at every code otherwise
def _parsed(der: bytes) -> Certificate:
    return Certificate.parse(der)
