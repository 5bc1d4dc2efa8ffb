"""Hong Kong's electronic vaccination record: ``HKSARG|VAC|…``, 19 fields, the last a signature.

``docs/formats.md`` has the table, `kiosk.proofs.hk_record` the rules. An indicator that we do not know grants nothing.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from kiosk.proofs import hk_dates, hk_record
from kiosk.proofs.hk_dates import RecordError
from kiosk.proofs.hk_record import FieldText, Sign, Version
from kiosk.proofs.hk_words import TestWords
from kiosk.proofs.model import Dose, Facts, Format, Proof, days
from kiosk.proofs.trust import TrustStore

NAME: Format = "hk-vac"

_HEAD = "HKSARG|VAC|"
_FIELDS = 19
_ROOM = 3  # doses that the layout has fields for
_RECOVERED = "001"
_NO_DOSE = {"", "-", "NA"}  # NA: the second dose of a recovered person, who needs none


class RecordDose(BaseModel):
    """A dose as the record writes it, with the vaccine's name in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    date: date
    name_en: FieldText = ""
    name_zh: FieldText = ""


class Record(BaseModel):
    """What the 18 signed fields say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Version
    key_version: FieldText = "1"
    reference: FieldText = ""
    #: Masked, as printed: ``****987(6)``.
    document: FieldText
    #: Masked, as printed: ``CHAN, T** M**``.
    name: FieldText
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

    def facts(self, words: TestWords | None = None) -> Facts:
        """The record in the project's words; those of test results do not matter."""
        del words
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
    """Read and verify a record at the time ``at``; the rules stand in `kiosk.proofs.hk_record`."""
    return hk_record.read(NAME, text, parse, trust=trust, at=at)


def parse(text: str) -> Record:
    """The record's fields, the signature left aside.

    Raises:
        RecordError: the text is not in the official layout.
    """
    fields = hk_record.split(text, _HEAD, {_FIELDS})
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
            issued_at=hk_dates.minute(fields[17]),
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
    birth = f"{hk_dates.day_text(record.birth_date)},{record.dose_count}" if record.birth_date else ""
    fields = [
        *_HEAD.rstrip("|").split("|"),
        record.version,
        record.key_version,
        record.reference,
        record.document,
        record.name,
        *(_dose_fields(first) if first else ("-", "", "")),
        _RECOVERED if record.recovered else "",
        f"{hk_dates.day_text(third.date)},{third.name_en}" if third else "",
        *(_dose_fields(last) if last else ("NA" if none_needed else "-", "", "")),
        birth,
        third.name_zh if third else "",
        hk_dates.minute_text(record.issued_at),
    ]
    return hk_record.join(fields, sign)


def _dose_fields(dose: RecordDose) -> tuple[str, str, str]:
    return hk_dates.day_text(dose.date), dose.name_en, dose.name_zh


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
        RecordDose(date=hk_dates.day(day), name_en=name_en, name_zh=name_zh)
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
    return hk_dates.day(day), int(count)
