"""What Hong Kong's three records (``HKSARG|VAC|…``, ``…|EVT|…``, ``…|MEC|…``) have in common.

Fields of UTF-8 text between ``|``, the last of them a signature. The rules, in the order in which the formats apply them:

1. The number of fields is the layout's, there are no characters that cannot be seen, and what could grant something stands in
   the one spelling that the layout knows; else ``malformed``.
2. The signature field is base64 of an ASN.1 DER ECDSA signature; else ``bad_signature``, whatever the version: no authority
   can have signed it.
3. The version's number picks the keys. No key: ``cannot_verify``. The record may be genuine; it is not *invalid*.
4. ECDSA P-256 with SHA-256 over everything up to and including the last ``|``, under any of those keys; else
   ``bad_signature``.
5. A record issued after the visit is ``not_yet_valid``, one that ended before it ``expired``; so is one whose key came in a
   certificate that does not hold at the visit.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal, Protocol

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from pydantic import AfterValidator, Field

from kiosk.proofs import signatures, strict_base64
from kiosk.proofs.hk_dates import RecordError
from kiosk.proofs.hk_words import TestWords
from kiosk.proofs.marks import mark
from kiosk.proofs.model import Facts, Format, Proof, in_force, refused
from kiosk.proofs.trust import TrustedKey, TrustStore

_ALGORITHM: signatures.Algorithm = "ES256-DER"

#: Control, format, surrogate, private and line-breaking characters: they can hide or reorder what staff read.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}

#: The DER signature of its argument, ECDSA P-256 with SHA-256.
Sign = Callable[[bytes], bytes]


def _one_field(value: str) -> str:
    if "|" in value or _hides_something(value):
        raise ValueError("holds a | or a character that cannot be seen")
    return value


#: The text of one field.
FieldText = Annotated[str, AfterValidator(_one_field)]
#: The version of a record; the number before its point picks the key.
Version = Annotated[str, Field(pattern=r"^[0-9]{1,2}(\.[0-9]{1,2})?$")]


class Record(Protocol):
    """What the fields of one of the records say."""

    @property
    def version(self) -> str:
        """Its number before the point picks the key."""

    def facts(self, words: TestWords) -> Facts:
        """The record in the project's words; ``words`` are the issuer's of test results, as far as its ring knows them."""


def read(
    format_: Format, text: str, parse: Callable[[str], Record], *, trust: TrustStore, at: datetime
) -> Proof:
    """Read and verify a record at the time ``at``, by the rules above; ``parse`` raises `RecordError`."""
    try:
        record = parse(text)
    except RecordError:
        return refused(format_, "malformed")
    by = _signer(format_, text, record.version, trust)
    if isinstance(by, str):
        return refused(format_, by, facts=record.facts(TestWords()))
    return _vouched(format_, record.facts(by.test_words or TestWords()), by, at)


def key_number(version: str) -> str:
    """The number before the point of a record's version: it picks the key."""
    return version.partition(".")[0]


def split(text: str, head: str, counts: set[int]) -> list[str]:
    """The fields of a record that begins with ``head`` and has one of so many fields.

    Raises:
        RecordError: it is laid out otherwise, or holds a character that cannot be seen.
    """
    fields = text.split("|")
    if not text.startswith(head) or len(fields) not in counts:
        raise RecordError(f"{len(fields)} fields, not {sorted(counts)} that begin with {head}")
    if _hides_something(text):
        raise RecordError("a character that cannot be seen")
    return fields


def join(fields: list[str], sign: Sign) -> str:
    """The text of a record: its fields, and the signature over them."""
    signed = "|".join(fields) + "|"
    return signed + strict_base64.encode(sign(signed.encode()))


def _signer(
    format_: Format, text: str, version: str, trust: TrustStore
) -> TrustedKey | Literal["bad_signature", "cannot_verify"]:
    """Whose key signed a record of that version, or why nobody's did."""
    head, _, last = text.rpartition("|")
    try:
        signature = strict_base64.decode(last)
        decode_dss_signature(signature)
    except ValueError:
        return "bad_signature"
    candidates = trust.candidates(format_, key_number(version))
    keys = [key for key in candidates if signatures.fits(key.key, _ALGORITHM)]
    if not keys:
        return "cannot_verify"
    signed = f"{head}|".encode()
    found = (key for key in keys if signatures.holds(key.key, _ALGORITHM, signature, signed))
    return next(found, "bad_signature")


def _vouched(format_: Format, facts: Facts, by: TrustedKey, at: datetime) -> Proof:
    """A record whose signature holds, as it stands at the time ``at``."""
    reference = facts.reference
    proof = Proof(
        format=format_,
        verified=True,
        issuer=by.issuer,
        facts=facts,
        demo=by.demo,
        marks=(mark("hk-reference", "", reference),) if reference else (),
        identities=(f"{by.issuer}|{reference}",) if reference else (),
    )
    # The keys that are known have no dates; one that came in a certificate has.
    if by.valid_from is not None and at < by.valid_from:
        return refused(format_, "not_yet_valid", facts=facts, issuer=by.issuer)
    if by.valid_until is not None and at > by.valid_until:
        return refused(format_, "expired", facts=facts, issuer=by.issuer)
    return in_force(proof, at)


def _hides_something(text: str) -> bool:
    return any(unicodedata.category(character) in _HIDDEN for character in text)
