"""What Hong Kong's three records (``HKSARG|VAC|…``, ``…|EVT|…``, ``…|MEC|…``) have in common.

Fields of UTF-8 text between ``|``, the last of them a signature. The rules, in the order in which the formats apply them:

1. The number of fields is the layout's, there are no characters that cannot be seen, and what could grant something stands in
   the one spelling that the layout knows; else ``malformed``.
2. The signature field is base64 of an ASN.1 DER ECDSA signature; else ``bad_signature``, whatever the version: no authority
   can have signed it.
3. The version's number picks the keys. No key: ``cannot_verify``. The record may be genuine; it is not *invalid*.
4. ECDSA P-256 with SHA-256 over everything up to and including the last ``|``, under any of those keys; else
   ``bad_signature``.
5. A record issued after the visit is ``not_yet_valid``, one that ended before it ``expired``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Literal

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from pydantic import AfterValidator, Field

from kiosk import HONG_KONG
from kiosk.proofs import signatures, strict_base64
from kiosk.proofs.marks import mark
from kiosk.proofs.model import Facts, Format, Proof, in_force
from kiosk.proofs.trust import TrustedKey, TrustStore

_ALGORITHM: signatures.Algorithm = "ES256-DER"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

#: Control, format, surrogate, private and line-breaking characters: they can hide or reorder what staff read.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}

#: The parts of a date's form, as Hong Kong's records are described: ``dd-MM-yyyy HH:mm``.
_PARTS = {
    "yyyy": "(?P<year>[0-9]{4})",
    "MMM": "(?P<name>[A-Za-z]{3})",
    "MM": "(?P<month>[0-9]{2})",
    "dd": "(?P<day>[0-9]{2})",
    "HH": "(?P<hour>[0-9]{2})",
    "mm": "(?P<minute>[0-9]{2})",
    "ss": "(?P<second>[0-9]{2})",
}
_DAY = "dd-MM-yyyy"
_MINUTE = ("dd-MM-yyyy HH:mm", "dd-MMM-yyyy HH:mm")

#: The DER signature of its argument, ECDSA P-256 with SHA-256.
Sign = Callable[[bytes], bytes]


class RecordError(ValueError):
    """The text is not a record in the official layout."""


def _one_field(value: str) -> str:
    if "|" in value or _hides_something(value):
        raise ValueError("holds a | or a character that cannot be seen")
    return value


#: The text of one field.
FieldText = Annotated[str, AfterValidator(_one_field)]
#: The version of a record; the number before its point picks the key.
Version = Annotated[str, Field(pattern=r"^[0-9]{1,2}(\.[0-9]{1,2})?$")]


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


def signer(
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


def vouched(format_: Format, facts: Facts, by: TrustedKey, at: datetime) -> Proof:
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
    return in_force(proof, at)


def moment(text: str, form: str) -> datetime:
    """The time that ``text`` writes in that form (``dd-MM-yyyy HH:mm``), on Hong Kong's clock; a form without hours: midnight.

    Raises:
        RecordError: it is written otherwise, or the calendar has no such day.
    """
    match = re.fullmatch(_pattern(form), text)
    if not match:
        raise RecordError(f"a date is not {form}")
    said = match.groupdict()
    name = said.pop("name", None)
    try:
        if name:
            said["month"] = f"{_MONTHS.index(name.title()) + 1}"
        return datetime(**{part: int(digits) for part, digits in said.items()}, tzinfo=HONG_KONG)  # type: ignore[arg-type]
    except ValueError as error:
        raise RecordError("a date is not in the calendar") from error


def check_form(form: str) -> str:
    """``form``, once it is known to name a day.

    Raises:
        ValueError: it does not.
    """
    try:
        named = re.compile(_pattern(form)).groupindex.keys()
    except re.error as error:  # the same part twice
        raise ValueError("is no form of a date, such as dd-MM-yyyy HH:mm") from error
    if not {"year", "day"} <= named or not {"month", "name"} & named:
        raise ValueError("is no form of a date, such as dd-MM-yyyy HH:mm")
    return form


def _pattern(form: str) -> str:
    pieces = re.split(f"({'|'.join(_PARTS)})", form)
    return "".join(_PARTS.get(piece, re.escape(piece)) for piece in pieces)


def day(text: str) -> date:
    """The day that ``text`` writes as ``dd-MM-yyyy``.

    Raises:
        RecordError: it does not.
    """
    return moment(text, _DAY).date()


def day_text(written: date) -> str:
    """``dd-MM-yyyy``."""
    return f"{written.day:02}-{written.month:02}-{written.year:04}"


def minute(text: str) -> datetime:
    """The time of issue, ``dd-MM-yyyy HH:mm`` or ``dd-MMM-yyyy HH:mm``.

    Raises:
        RecordError: it is written otherwise.
    """
    figures, name = _MINUTE
    return moment(text, name if re.match("..-[A-Za-z]", text) else figures)


def minute_text(written: datetime) -> str:
    """``dd-MM-yyyy HH:mm`` on Hong Kong's clock."""
    here = written.astimezone(HONG_KONG)
    return f"{day_text(here)} {here:%H:%M}"


def _hides_something(text: str) -> bool:
    return any(unicodedata.category(character) in _HIDDEN for character in text)
