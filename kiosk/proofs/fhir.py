"""What a bundle of FHIR R4 resources says about one person's vaccinations and tests.

Read are Patient, Immunization and Observation; whatever else is in the bundle is passed over. The rules:

1. More than one Patient: nobody can tell whose the rest is, so the bundle is refused. None: it speaks of nobody, and so
   proves neither dose nor test. What refers to another person than the one in the bundle is passed over.
2. A dose counts when its status is ``completed``, its vaccine stands in the value sets (`kiosk.proofs.valuesets`), and its
   date names a day. One whose date names a month or a year only cannot be counted from: it is in ``dose_count`` alone.
3. A test counts when it is final, its LOINC code is of a test for the virus itself (its RNA or antigen; no antibodies, no
   single genes, which are parts of a test), and its date names a day.
4. A date that is none is a fault of the bundle; a code that we do not know grants nothing and harms nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from kiosk import HONG_KONG
from kiosk.proofs import valuesets
from kiosk.proofs.model import Dose, Facts, LabTest, PartialDate, days

#: The code systems, as the value sets call them for short.
_SYSTEMS = {
    "http://hl7.org/fhir/sid/cvx": "cvx",
    "http://snomed.info/sct": "sct",
    "http://loinc.org": "loinc",
    "http://id.who.int/icd/release/11/mms": "icd11",
    "http://id.who.int/icd11/mms": "icd11",
}
_VALUES = valuesets.load("fhir")
_FINAL = {"final", "amended", "corrected"}

_MOST_RESOURCES = 256
_MOST_CODES = 32
_MOST_NAMES = 16
_LONGEST_NAME = 200
#: Control, surrogate, private and line-breaking characters, and those that cannot be seen or turn the direction of writing.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_TO_THE_DAY = len("2021-01-01")


def _visible(value: Any) -> Any:
    """Text without what hides or reorders the rest of it, blanks being one each."""
    if not isinstance(value, str):
        return value
    return " ".join("".join(c if unicodedata.category(c) not in _HIDDEN else " " for c in value).split())


_Text = Annotated[str, BeforeValidator(_visible), Field(max_length=_LONGEST_NAME)]


_Meaning = TypeVar("_Meaning", bound=str)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Coding(_Model):
    system: str = ""
    code: str = ""


class _Concept(_Model):
    coding: tuple[_Coding, ...] = Field(default=(), max_length=_MOST_CODES)

    def meanings(self, words: Mapping[str, _Meaning]) -> Iterator[_Meaning]:
        """What those of the codes mean that are in a value set."""
        for one in self.coding:
            meaning = words.get(f"{_SYSTEMS.get(one.system, '')}|{one.code}")
            if meaning is not None:
                yield meaning


class _Reference(_Model):
    reference: str = ""


class _HumanName(_Model):
    use: str = ""
    text: _Text = ""
    family: _Text = ""
    given: tuple[_Text, ...] = Field(default=(), max_length=_MOST_NAMES)

    @property
    def written(self) -> str:
        """The family name first, as Hong Kong's records write names."""
        given = " ".join(filter(None, self.given))
        return ", ".join(filter(None, (self.family, given))) or self.text


class _Patient(_Model):
    name: tuple[_HumanName, ...] = Field(default=(), max_length=_MOST_NAMES)
    birthDate: str | None = None  # noqa: N815 -- FHIR's name

    @property
    def written_name(self) -> str | None:
        """The name that the issuer calls official, else the first."""
        names = sorted(self.name, key=lambda name: name.use != "official")
        return next((name.written for name in names if name.written), None)

    @property
    def born(self) -> PartialDate | None:
        """The birth date, as exact as it is known."""
        return _partial(self.birthDate.strip()) if self.birthDate else None


class _Immunization(_Model):
    status: str = ""
    vaccineCode: _Concept = _Concept()  # noqa: N815 -- FHIR's name
    patient: _Reference = _Reference()
    occurrenceDateTime: str | None = None  # noqa: N815 -- FHIR's name
    #: Less was given than the dose should hold.
    isSubpotent: bool = False  # noqa: N815 -- FHIR's name


class _Observation(_Model):
    status: str = ""
    code: _Concept = _Concept()
    subject: _Reference = _Reference()
    effectiveDateTime: str | None = None  # noqa: N815 -- FHIR's name
    valueCodeableConcept: _Concept = _Concept()  # noqa: N815 -- FHIR's name


class _Entry(_Model):
    fullUrl: str = ""  # noqa: N815 -- FHIR's name
    resource: dict[str, Any]


class _Bundle(_Model):
    resourceType: Literal["Bundle"]  # noqa: N815 -- FHIR's name
    entry: tuple[_Entry, ...] = Field(default=(), max_length=_MOST_RESOURCES)

    def resources(self, kind: str) -> list[_Entry]:
        return [entry for entry in self.entry if entry.resource.get("resourceType") == kind]


def facts(bundle: Mapping[str, Any]) -> Facts:
    """The name, birth date, doses and tests of the bundle's person.

    Raises:
        ValueError: it is no bundle, speaks of several people, or holds a date that is none.
    """
    read = _Bundle.model_validate(bundle)
    people = read.resources("Patient")
    if not people:
        return Facts()
    if len(people) > 1:
        raise ValueError("several people in one bundle")
    person, url = _Patient.model_validate(people[0].resource), people[0].fullUrl
    given = [_Immunization.model_validate(entry.resource) for entry in read.resources("Immunization")]
    seen = [_Observation.model_validate(entry.resource) for entry in read.resources("Observation")]
    doses, undated = _doses(dose for dose in given if _is_of(dose.patient, url))
    return Facts(
        name=person.written_name,
        birth_date=person.born,
        doses=doses,
        dose_count=len(doses) + undated if undated else None,
        tests=tuple(test for one in seen if _is_of(one.subject, url) for test in _tests(one)),
    )


def _is_of(named: _Reference, url: str) -> bool:
    """Whether the reference is to the bundle's person; without one, nobody else can be meant."""
    return not named.reference or not url or url == named.reference or url.endswith(f"/{named.reference}")


def _doses(given: Iterable[_Immunization]) -> tuple[tuple[Dose, ...], int]:
    """The doses that have a day, and how many have none."""
    dated, undated = [], 0
    for one in given:
        day = _day(one.occurrenceDateTime)
        product = next(one.vaccineCode.meanings(_VALUES.products), None)
        if one.status != "completed" or one.isSubpotent or product is None:
            continue
        if day is None:
            undated += 1
        else:
            dated.append(Dose(date=day, product=product))
    return days(dated), undated


def _tests(seen: _Observation) -> Iterable[LabTest]:
    day = _day(seen.effectiveDateTime)
    method = next(seen.code.meanings(_VALUES.methods), None)
    if day is None or method is None or seen.status not in _FINAL:
        return
    said = set(seen.valueCodeableConcept.meanings(_VALUES.results))
    yield LabTest(
        date=day,
        negative=said == {"negative"},
        positive=said == {"positive"},
        method=method,
        sampled_at=_instant(seen.effectiveDateTime),
    )


def _partial(text: str) -> str:
    """A date to the day, the month or the year, unless it is none."""
    if not _DATE.fullmatch(text):
        raise ValueError("not a date of FHIR")
    date.fromisoformat((text + "-01-01")[:_TO_THE_DAY])
    return text


def _day(text: str | None) -> date | None:
    """The day of a FHIR dateTime: of an instant, the day in Hong Kong; None where it names none."""
    text = (text or "").strip()
    instant = _instant(text)
    if instant:
        return instant.astimezone(HONG_KONG).date()
    match = _INSTANT.fullmatch(text)  # without an offset, which FHIR forbids: the day that was written
    written = _partial(match[1] if match else text) if text else ""
    return date.fromisoformat(written) if len(written) == _TO_THE_DAY else None


def _instant(text: str | None) -> datetime | None:
    """The moment of a FHIR dateTime, or None where it is a date only."""
    match = _INSTANT.fullmatch((text or "").strip())
    if not match:
        return None
    try:
        moment = datetime.fromisoformat(match[0])
        if moment.tzinfo is None:
            return None
        moment.astimezone(HONG_KONG)
    except OverflowError as error:
        raise ValueError("not in the calendar") from error
    return moment
