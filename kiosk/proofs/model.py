"""What a code says, in the project's own words, and whether it may be believed.

Every format lands in the same `Facts`, so that the gate and the law never learn how a record is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, InstanceOf, model_validator

from kiosk import texts
from kiosk.proofs.marks import Mark
from kiosk.texts import Language

#: Every format that the project has a word for; `kiosk.proofs.FORMATS` are those that it reads.
Format = Literal[
    "hk-vac",
    "hk-evt",
    "hk-mec",
    "lhs-poster",
    "eu-dcc",
    "smart-health-card",
    "vds-nc",
    "visit-receipt",
    "health-code",
    "inspector-badge",
    "unknown",
]

#: Why a code is no evidence: a closed list (``kiosk read`` in the contracts).
ProofError = Literal[
    "no_code_found",
    "unreadable",
    "unknown_format",
    "malformed",
    "too_large",
    "unknown_issuer",
    "cannot_verify",
    "bad_signature",
    "wrong_key_usage",
    "expired",
    "not_yet_valid",
    "revoked",
    "unsupported_algorithm",
]

#: Of a Health Code: free to go, at risk, and confirmed, suspected or under quarantine.
HealthColour = Literal["green", "amber", "red"]

#: ISO 8601, to the day, the month or the year: certificates know some birth dates no better.
PartialDate = Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Dose(_Model):
    """One dose of a vaccine."""

    date: date
    #: The vaccine as the record names it (a trade name, or a code of the format's own list).
    product: str


class LabTest(_Model):
    """One test for COVID-19."""

    #: The Hong Kong date on which the sample was taken.
    date: date
    #: A result that the format's own lists do not know is neither negative nor positive.
    negative: bool
    positive: bool = False
    method: Literal["pcr", "antigen", "unknown"] = "unknown"
    #: When the sample was taken, where the record says it to the minute.
    sampled_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one_result(self) -> LabTest:
        if self.negative and self.positive:
            raise ValueError("a test is not both negative and positive")
        return self


class Venue(_Model):
    """The premises that a poster or a receipt names. The names and the type may be blank."""

    id: str
    name_en: str
    name_zh: str
    type: str


class Badge(_Model):
    """An inspector's badge."""

    number: str
    department: str


class Facts(_Model):
    """What a proof says; what it does not speak of is empty, None or False.

    Name and document stand as the record has them, which for Hong Kong's own records means masked
    (`kiosk.proofs.masking` compares).
    """

    #: In date order, one for each day. A dose dated after the visit stays here: the law counts it from its day on.
    doses: tuple[Dose, ...] = ()
    #: How many doses the person has had, where the record says so; it may date fewer.
    dose_count: int | None = None
    name: str | None = None
    document: str | None = None
    birth_date: PartialDate | None = None
    tests: tuple[LabTest, ...] = ()
    #: Recovered from COVID-19, in the record's own judgement.
    recovered: bool = False
    #: Exempt from vaccination for health reasons (a medical exemption certificate).
    exemption: bool = False
    #: The first and the last moment at which the proof holds, where it has such bounds.
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    issued_at: AwareDatetime | None = None
    #: The issuer's own number for the record.
    reference: str | None = None
    #: The premises that a poster or a receipt speaks of.
    venue: Venue | None = None
    health_colour: HealthColour | None = None
    badge: Badge | None = None


def days(doses: Iterable[Dose]) -> tuple[Dose, ...]:
    """The doses in date order, one for each day: nobody is given two on one day, so a day told twice is one dose."""
    by_day: dict[date, Dose] = {}
    for dose in doses:
        by_day.setdefault(dose.date, dose)
    return tuple(by_day[day] for day in sorted(by_day))


class Proof(_Model):
    """The answer to one code.

    ``facts`` are what the code *claims*, also where nothing vouches for it: staff compare them with the person
    and explain. Decisions use `evidence`, which is empty unless the proof is verified.
    """

    #: None when no code was found at all.
    format: Format | None
    #: True only when every check that the format has holds: form, signature, key usage, dates.
    verified: bool
    error: ProofError | None = None
    #: The words for the error that fit better than its usual ones: a card in several codes is read in one only.
    hint: Literal["one_code"] | None = Field(default=None, exclude=True)
    #: Who vouches for the facts: the owner of the key under which the signature holds.
    issuer: str | None = None
    facts: Facts | None = None
    #: The key belongs to a demo authority, which vouches for nothing outside a demo.
    demo: bool = Field(default=False, exclude=True)
    #: Under which names lists of revoked proofs may name this one.
    marks: tuple[InstanceOf[Mark], ...] = Field(default=(), exclude=True, repr=False)
    #: The issuer's names for the certificate, the issuer's own name within: the same certificate in another picture,
    #: or under another signature, has the same. Held in memory only.
    identities: tuple[str, ...] = Field(default=(), exclude=True, repr=False)

    #: The name in the passport's letters, where the facts have it in the person's own.
    also_named: str | None = Field(default=None, exclude=True, repr=False)

    @model_validator(mode="after")
    def _verdict_and_error_agree(self) -> Proof:
        if self.verified == (self.error is not None):
            raise ValueError("a proof is either verified or says why not")
        if self.verified and self.facts is None:
            raise ValueError("a verified proof says something")
        return self

    @property
    def evidence(self) -> Facts | None:
        """The facts that a decision may rest on; None unless verified."""
        return self.facts if self.verified else None

    def as_json(self, source: str) -> dict[str, Any]:
        """The line of ``kiosk read`` for ``source``."""
        return {"source": source} | self.model_dump(mode="json")

    def sentence(self, reader: Literal["visitor", "staff"], language: Language) -> str | None:
        """What is wrong and what to do about it, for that reader; None for a verified proof."""
        return texts.text(self.sentence_key(reader), language) if self.error else None

    def sentence_key(self, reader: Literal["visitor", "staff"]) -> str:
        """The key of the text that says what is wrong."""
        return "_".join(filter(None, (f"proofs.{reader}_{self.error}", self.hint)))

    @property
    def format_key(self) -> str:
        """The key of the text that names the format."""
        return f"proofs.format_{self.format or 'unknown'}"


def refused(
    format_: Format | None, error: ProofError, *, facts: Facts | None = None, issuer: str | None = None
) -> Proof:
    """A proof that is no evidence, for ``error``."""
    return Proof(format=format_, verified=False, error=error, facts=facts, issuer=issuer)


def in_force(proof: Proof, at: datetime) -> Proof:
    """``proof``, or its refusal where ``at`` lies outside the dates that its facts give."""
    facts = proof.evidence
    if facts is None:
        return proof
    error: ProofError | None = None
    starts = [moment for moment in (facts.valid_from, facts.issued_at) if moment]
    if any(moment > at for moment in starts):
        error = "not_yet_valid"
    elif facts.valid_until and facts.valid_until < at:
        error = "expired"
    return proof.model_copy(update={"verified": False, "error": error}) if error else proof
