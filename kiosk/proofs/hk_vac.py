"""Hong Kong's electronic vaccination record: ``HKSARG|VAC|…``, 19 fields, the last a signature.

``docs/formats.md`` has the table. The rules, in the order in which `read` applies them:

1. Exactly 19 fields, no control characters, every date and number in the one spelling that the layout knows; else
   ``malformed``. A field that could grant something must be right; an indicator that we do not know grants nothing.
2. The signature field is base64 of an ASN.1 DER ECDSA signature; else ``bad_signature``, whatever the version: no
   authority can have signed it.
3. The version's number picks the keys. No key: ``cannot_verify``. The record may be genuine; it is not *invalid*.
4. ECDSA P-256 with SHA-256 over everything up to and including the last ``|``, under any of those keys; else
   ``bad_signature``.
5. A record issued after ``at`` is ``not_yet_valid``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from kiosk import HONG_KONG
from kiosk.proofs import signatures, strict_base64
from kiosk.proofs.marks import mark
from kiosk.proofs.model import Dose, Facts, Format, Proof, days, in_force, refused
from kiosk.proofs.trust import TrustStore

NAME: Format = "hk-vac"

_ALGORITHM: signatures.Algorithm = "ES256-DER"
_HEAD = "HKSARG|VAC|"
_FIELDS = 19
_ROOM = 3  # doses that the layout has fields for
_RECOVERED = "001"
_NO_DOSE = {"", "-", "NA"}  # NA: the second dose of a recovered person, who needs none
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

#: Control, format, surrogate, private and line-breaking characters: they can hide or reorder what staff read.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}

Sign = Callable[[bytes], bytes]


class RecordError(ValueError):
    """The text is not a record in the official layout."""


def _hides_something(text: str) -> bool:
    return any(unicodedata.category(character) in _HIDDEN for character in text)


def _one_field(value: str) -> str:
    if "|" in value or _hides_something(value):
        raise ValueError("holds a | or a character that cannot be seen")
    return value


_Text = Annotated[str, AfterValidator(_one_field)]


class RecordDose(BaseModel):
    """A dose as the record writes it, with the vaccine's name in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: date
    name_en: _Text = ""
    name_zh: _Text = ""


class Record(BaseModel):
    """What the 18 signed fields say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = Field(pattern=r"^[0-9]{1,2}(\.[0-9]{1,2})?$")
    key_version: _Text = "1"
    reference: _Text = ""
    #: Masked, as printed: ``****987(6)``.
    document: _Text
    #: Masked, as printed: ``CHAN, T** M**``.
    name: _Text
    doses: tuple[RecordDose, ...] = Field(default=(), max_length=_ROOM)
    recovered: bool = False
    birth_date: date | None = None
    #: Given together with the birth date, or not at all: they share a field.
    dose_count: int | None = Field(default=None, ge=0, le=99)
    #: To the minute, on Hong Kong's clock.
    issued_at: AwareDatetime

    @model_validator(mode="after")
    def _birth_and_count_share_a_field(self) -> Record:
        if (self.birth_date is None) != (self.dose_count is None):
            raise ValueError("the birth date and the number of doses share a field")
        return self

    @property
    def key_number(self) -> str:
        """The number before the point of the version: it picks the key."""
        return self.version.partition(".")[0]

    def facts(self) -> Facts:
        """The record in the project's words."""
        doses = days(Dose(date=dose.date, product=dose.name_en or dose.name_zh) for dose in self.doses)
        return Facts(
            doses=doses,
            dose_count=self.dose_count,
            name=self.name,
            document=self.document,
            birth_date=self.birth_date.isoformat() if self.birth_date else None,
            recovered=self.recovered,
            issued_at=self.issued_at,
            reference=self.reference or None,
        )


def claims(text: str) -> bool:
    """Whether ``text`` says that it is such a record."""
    return text.startswith(_HEAD)


def read(text: str, *, trust: TrustStore, at: datetime) -> Proof:
    """Read and verify a record at the time ``at``; the rules stand above."""
    try:
        record = parse(text)
    except RecordError:
        return refused(NAME, "malformed")
    facts = record.facts()
    signed, signature = _split(text)
    if signature is None:
        return refused(NAME, "bad_signature", facts=facts)
    keys = [key for key in trust.candidates(NAME, record.key_number) if signatures.fits(key.key, _ALGORITHM)]
    if not keys:
        return refused(NAME, "cannot_verify", facts=facts)
    signer = next((key for key in keys if signatures.holds(key.key, _ALGORITHM, signature, signed)), None)
    if signer is None:
        return refused(NAME, "bad_signature", facts=facts)
    proof = Proof(
        format=NAME,
        verified=True,
        issuer=signer.issuer,
        facts=facts,
        demo=signer.demo,
        marks=(mark("hk-reference", "", record.reference),) if record.reference else (),
        identities=(f"{signer.issuer}|{record.reference}",) if record.reference else (),
    )
    return in_force(proof, at)


def parse(text: str) -> Record:
    """The record's fields, the signature left aside.

    Raises:
        RecordError: the text is not in the official layout.
    """
    fields = text.split("|")
    if not claims(text) or len(fields) != _FIELDS:
        raise RecordError(f"{len(fields)} fields, not {_FIELDS} that begin with {_HEAD}")
    if _hides_something(text):
        raise RecordError("a character that cannot be seen")
    recovered, (birth_date, dose_count) = _RECOVERED in {fields[10], fields[15]}, _birth(fields[15])
    try:
        return Record(
            version=fields[2],
            key_version=fields[3],
            reference=fields[4],
            document=fields[5],
            name=fields[6],
            doses=_doses(fields),
            recovered=recovered,
            birth_date=birth_date,
            dose_count=dose_count,
            issued_at=_minute(fields[17]),
        )
    except RecordError:
        raise
    except ValueError as error:
        raise RecordError(str(error)) from error


def encode(record: Record, sign: Sign) -> str:
    """The text of a record; ``sign`` gives the DER signature of its argument.

    As the official records do it: one or two doses fill the fields "second-last" and "last" from the left.
    """
    doses = sorted(record.doses, key=lambda dose: dose.date)
    third, first, last = doses if len(doses) == _ROOM else [None, *doses, None, None][:_ROOM]
    none_needed = record.recovered and len(doses) == 1
    birth = f"{_day_text(record.birth_date)},{record.dose_count}" if record.birth_date else ""
    fields = [
        *_HEAD.rstrip("|").split("|"),
        record.version,
        record.key_version,
        record.reference,
        record.document,
        record.name,
        *(_dose_fields(first) if first else ("-", "", "")),
        _RECOVERED if record.recovered else "",
        f"{_day_text(third.date)},{third.name_en}" if third else "",
        *(_dose_fields(last) if last else ("NA" if none_needed else "-", "", "")),
        birth,
        third.name_zh if third else "",
        record.issued_at.astimezone(HONG_KONG).strftime("%d-%m-%Y %H:%M"),
    ]
    signed = "|".join(fields) + "|"
    return signed + strict_base64.encode(sign(signed.encode()))


def _dose_fields(dose: RecordDose) -> tuple[str, str, str]:
    return _day_text(dose.date), dose.name_en, dose.name_zh


def _doses(fields: list[str]) -> tuple[RecordDose, ...]:
    third_date, comma, third_name = fields[11].partition(",")
    if third_date not in _NO_DOSE and not comma:
        raise RecordError("the third-last dose has no name")
    written = (
        (third_date, third_name, fields[16]),
        (fields[7], fields[8], fields[9]),
        (fields[12], fields[13], fields[14]),
    )
    doses = [
        RecordDose(date=_day(day), name_en=name_en, name_zh=name_zh)
        for day, name_en, name_zh in written
        if day not in _NO_DOSE
    ]
    return tuple(sorted(doses, key=lambda dose: dose.date))


def _birth(field: str) -> tuple[date | None, int | None]:
    """Birth date and number of doses, which the records of 2022 have in the second indicator."""
    day, comma, count = field.partition(",")
    if not comma:
        return None, None
    if not re.fullmatch(r"[0-9]{1,2}", count):
        raise RecordError("the number of doses is not one")
    return _day(day), int(count)


def _day(text: str) -> date:
    match = re.fullmatch(r"([0-9]{2})-([0-9]{2})-([0-9]{4})", text)
    if not match:
        raise RecordError("a date is not dd-MM-yyyy")
    day, month, year = map(int, match.groups())
    try:
        return date(year, month, day)
    except ValueError as error:
        raise RecordError("a date is not in the calendar") from error


def _day_text(day: date) -> str:
    return f"{day.day:02}-{day.month:02}-{day.year:04}"


def _minute(text: str) -> datetime:
    match = re.fullmatch(
        r"([0-9]{2}-)([0-9]{2}|[A-Za-z]{3})(-[0-9]{4}) ([01][0-9]|2[0-3]):([0-5][0-9])", text
    )
    if not match:
        raise RecordError("the time of issue is not dd-MM-yyyy HH:mm")
    before, month, after, hour, minute = match.groups()
    if not month.isdigit():
        if month.title() not in _MONTHS:
            raise RecordError("the month of issue is not one")
        month = f"{_MONTHS.index(month.title()) + 1:02}"
    day = _day(before + month + after)
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=HONG_KONG)


def _split(text: str) -> tuple[bytes, bytes | None]:
    """The signed bytes, and the DER signature, or None where the last field is none."""
    head, _, last = text.rpartition("|")
    try:
        signature = strict_base64.decode(last)
        decode_dss_signature(signature)
    except ValueError:
        return b"", None
    return f"{head}|".encode(), signature
