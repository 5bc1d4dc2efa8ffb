"""What a bundle of FHIR R4 resources says about one person's vaccinations and tests.

Read are Patient, Immunization and Observation; whatever else is in the bundle is passed over. The rules:

1. More than one Patient: nobody can tell whose the rest is, so the bundle is refused. None: it speaks of nobody, and so
   proves neither dose nor test. What refers to another person than the one in the bundle is passed over.
2. A dose counts when its status is ``completed`` and its vaccine stands in the value sets (`kiosk.proofs.valuesets`). Of a
   date that names a month or a year only it is the last day, from which the dose counts latest.
3. A test counts when it is final and its LOINC code is of a test for the virus itself (its RNA or antigen; no antibodies, no
   single genes, which are parts of a test). Of a date that names no day it is the first, so that the sample is oldest.
4. A date that is none is a fault of the bundle; a missing one grants nothing. A code that we do not know grants nothing and
   harms nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from kiosk.proofs import sloppy, valuesets
from kiosk.proofs.model import Dose, Facts, LabTest, days

_VALUES = valuesets.load("fhir")
#: The code systems, as the value sets call them for short.
_SYSTEMS = {
    "http://hl7.org/fhir/sid/cvx": "cvx",
    "http://snomed.info/sct": "sct",
    "http://loinc.org": "loinc",
    "http://id.who.int/icd/release/11/mms": "icd11",
    "http://id.who.int/icd11/mms": "icd11",
}
_FINAL = {"final", "amended", "corrected"}

_MOST_RESOURCES = 256
_MOST_CODES = 32
_MOST_NAMES = 16

_Meaning = TypeVar("_Meaning", bound=str)
_Text = Annotated[str, AfterValidator(sloppy.words)]


def _one_text(value: Any) -> Any:
    """Older FHIR had a list of family names; cards of Québec still have it."""
    if isinstance(value, list) and len(value) <= _MOST_NAMES and all(isinstance(one, str) for one in value):
        return " ".join(value)
    return value


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

    def is_to(self, url: str) -> bool:
        """Whether it is to the resource at ``url``; where either is missing, there is nobody else to mean."""
        return not self.reference or not url or url == self.reference or url.endswith(f"/{self.reference}")


class _HumanName(_Model):
    use: str = ""
    text: _Text = ""
    family: Annotated[_Text, BeforeValidator(_one_text)] = ""
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


class _Immunization(_Model):
    status: str = ""
    vaccineCode: _Concept = _Concept()  # noqa: N815 -- FHIR's name
    patient: _Reference = _Reference()
    occurrenceDateTime: str | None = None  # noqa: N815 -- FHIR's name
    #: Less was given than the dose should hold.
    isSubpotent: bool = False  # noqa: N815 -- FHIR's name

    def doses(self) -> Iterator[Dose]:
        """The dose, if it is one that counts."""
        day = sloppy.day(self.occurrenceDateTime, missing="last") if self.occurrenceDateTime else None
        product = next(self.vaccineCode.meanings(_VALUES.products), None)
        done = self.status.lower() == "completed"  # Québec writes it with a capital
        if day and product and done and not self.isSubpotent:
            yield Dose(date=day, product=product)


class _Observation(_Model):
    status: str = ""
    code: _Concept = _Concept()
    subject: _Reference = _Reference()
    effectiveDateTime: str | None = None  # noqa: N815 -- FHIR's name
    valueCodeableConcept: _Concept = _Concept()  # noqa: N815 -- FHIR's name

    def tests(self) -> Iterator[LabTest]:
        """The test, if it is one that counts."""
        taken = self.effectiveDateTime
        sampled_at = sloppy.moment(taken) if taken else None
        method = next(self.code.meanings(_VALUES.methods), None)
        if taken and sampled_at and method and self.status in _FINAL:
            said = set(self.valueCodeableConcept.meanings(_VALUES.results))
            yield LabTest(
                date=sampled_at.date(),
                negative=said == {"negative"},
                positive=said == {"positive"},
                method=method,
                sampled_at=sampled_at if "T" in taken else None,
            )


class _Entry(_Model):
    fullUrl: str = ""  # noqa: N815 -- FHIR's name
    resource: dict[str, Any]


class _Bundle(_Model):
    resourceType: Literal["Bundle"]  # noqa: N815 -- FHIR's name
    entry: tuple[_Entry, ...] = Field(default=(), max_length=_MOST_RESOURCES)

    def resources(self, kind: str) -> list[dict[str, Any]]:
        """The resources of that kind."""
        return [entry.resource for entry in self.entry if entry.resource.get("resourceType") == kind]


def facts(bundle: Mapping[str, Any]) -> Facts:
    """The name, birth date, doses and tests of the bundle's person.

    Raises:
        ValueError: it is no bundle, speaks of several people, or holds a date that is none.
    """
    said = _Bundle.model_validate(bundle)
    people = [entry for entry in said.entry if entry.resource.get("resourceType") == "Patient"]
    if not people:
        return Facts()
    if len(people) > 1:
        raise ValueError("several people in one bundle")
    person, url = _Patient.model_validate(people[0].resource), people[0].fullUrl
    given = [_Immunization.model_validate(one) for one in said.resources("Immunization")]
    seen = [_Observation.model_validate(one) for one in said.resources("Observation")]
    return Facts(
        name=person.written_name,
        birth_date=sloppy.partial_date(person.birthDate),
        doses=days(dose for one in given if one.patient.is_to(url) for dose in one.doses()),
        tests=tuple(test for one in seen if one.subject.is_to(url) for test in one.tests()),
    )
