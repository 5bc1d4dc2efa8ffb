"""What the law is asked about: a place, who is inside, and the party at its door, as plain frozen facts.

These models are the input of ``kiosk decide`` to the letter: unknown fields are refused, ``null`` is the same as
absent (booleans false, lists empty, counts 0), and nothing is converted on the quiet: ``true`` is not a count, ``"3"``
is not 3. Kinds and modes are plain words here; the instrument in force knows them or does not.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)

from kiosk import HONG_KONG
from kiosk.errors import KioskError
from kiosk.law.faults import fault, shown

#: The key of ``inside`` for a place without zones.
WHOLE = "premises"

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_MOST_FAULTS = 5


class ScenarioError(KioskError, ValueError):
    """A scenario that cannot be decided as it stands; ``what`` begins with the name of the field at fault.

    ``field`` is the way to it from the top: names and indices, empty where it is the whole.
    """

    code = "bad_scenario"

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        mend: str | None = None,
        field: tuple[str | int, ...] = (),
    ) -> None:
        super().__init__(what, where=where, mend=mend)
        self.field = field


def _date(value: object) -> date:
    if isinstance(value, datetime):
        raise ValueError("a date is wanted, not a time")  # noqa: TRY004 - pydantic collects ValueErrors
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("a date is written YYYY-MM-DD")
    return date.fromisoformat(value)


def _moment(value: object) -> datetime:
    """An instant, moved to Hong Kong's wall clock."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise ValueError("a time is written YYYY-MM-DDTHH:MM:SS+08:00") from error
    if not isinstance(value, datetime):
        raise ValueError("a time is written YYYY-MM-DDTHH:MM:SS+08:00")  # noqa: TRY004 - pydantic collects ValueErrors
    if value.utcoffset() is None:
        raise ValueError("the offset from UTC is missing, such as +08:00")
    try:
        return value.astimezone(HONG_KONG)
    except OverflowError as error:
        raise ValueError("the year is out of range") from error


def _clock(value: object) -> str:
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        raise ValueError('a time of day is written "HH:MM", in quotes')
    return value


Count = Annotated[StrictInt, Field(ge=0)]
Percent = Annotated[StrictInt, Field(ge=0, le=100)]
Day = Annotated[date, BeforeValidator(_date)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
#: A time of day on Hong Kong's wall clock, ``HH:MM``; ``24:00`` is the end of the day.
ClockTime = Annotated[str, BeforeValidator(_clock)]
NullIsZero = Annotated[Count, BeforeValidator(lambda value: 0 if value is None else value)]


def minutes(clock: str) -> int:
    """Minutes from midnight of a `ClockTime`."""
    return int(clock[:2]) * 60 + int(clock[3:])


class Facts(BaseModel):
    """The manners of all facts: frozen, no unknown fields, and null is absent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = cls.model_fields
        return {key: value for key, value in data.items() if value is not None or key not in known}


class PcrSample(Facts):
    """A sample taken for a nucleic acid test; a bare date in its place is a negative one."""

    date: Day
    negative: StrictBool = False

    @model_validator(mode="before")
    @classmethod
    def _bare_date(cls, data: Any) -> Any:
        return {"date": data, "negative": True} if isinstance(data, str | date) else data


class Person(Facts):
    """What the law may ask of anybody: doses, and the papers of those unfit to be vaccinated."""

    doses: tuple[Day, ...] = ()
    unfit: StrictBool = False
    declaration: StrictBool = False
    medical_certificate: StrictBool = False
    pcr_samples: tuple[PcrSample, ...] = ()


class Staff(Person):
    """One member of staff."""

    id: StrictStr = ""


class Customer(Person):
    """One customer or participant; ``age`` in whole years, None when nobody knows it."""

    age: Count | None = None
    lhs_scan: StrictBool = False
    form: StrictBool = False
    registered: StrictBool = False
    with_adult: StrictBool = False
    mask: StrictBool = False


class Zone(Facts):
    """A designated part of the premises with a mode and a capacity of its own."""

    id: StrictStr
    mode: StrictStr | None = None
    capacity: Count | None = None


class PremisesLimits(Facts):
    """What the law leaves to other directions; an absent part is not limited by them."""

    capacity_percent: Percent | None = None
    table: Count | None = None
    hours: tuple[ClockTime, ClockTime] | None = None

    @property
    def said(self) -> bool:
        """Whether anything at all has been said."""
        return any(part is not None for part in (self.capacity_percent, self.table, self.hours))


class Premises(Facts):
    """The place: what it is, how many it holds (people), and what its licence and other directions say."""

    kind: StrictStr
    capacity: Count | None = None
    mode: StrictStr | None = None
    zones: tuple[Zone, ...] = ()
    staff: tuple[Staff, ...] = ()
    setting: Literal["indoor", "outdoor"] | None = None
    food_or_drink: StrictBool = False
    qualifies: StrictBool = True
    country_park: StrictBool = False
    opens_at: ClockTime | None = None
    closes_at: ClockTime | None = None
    limits: PremisesLimits | None = None

    @model_validator(mode="after")
    def _zones_differ(self) -> Self:
        ids = [zone.id for zone in self.zones]
        if len(set(ids)) != len(ids):
            raise ValueError("zones: two of them have the same id")
        return self

    def areas(self) -> frozenset[str]:
        """The keys that ``inside`` may have."""
        return frozenset(zone.id for zone in self.zones) if self.zones else frozenset({WHOLE})


class Party(Facts):
    """Who asks to come in together; counts are of people already there."""

    zone: StrictStr | None = None
    seated_at_table: Count = 0
    in_room: Count = 0
    banquet_size: Count = 0
    takeaway: StrictBool = False
    customers: tuple[Customer, ...] = ()


class Scenario(Facts):
    """One question to the law: at this time, at this place, with so many inside, may this party enter?"""

    at: Moment
    premises: Premises
    inside: dict[StrictStr, NullIsZero] = {}
    party: Party = Party()

    @model_validator(mode="after")
    def _zones_are_known(self) -> Self:
        areas = self.premises.areas()
        named = ", ".join(map(shown, sorted(areas)))
        for area in self.inside:
            if area not in areas:
                raise ValueError(f"inside: there is no zone {shown(area)}, only {named}")
        if self.party.zone is not None and self.party.zone not in areas:
            raise ValueError(f"party.zone: there is no zone {shown(self.party.zone)}, only {named}")
        return self


def scenario(data: object) -> Scenario:
    """The scenario in decoded JSON.

    Raises:
        ScenarioError: it cannot be decided; one line that names the field and what is wrong with it.
    """
    if not isinstance(data, dict):
        raise ScenarioError("a scenario is a JSON object")
    try:
        return Scenario.model_validate(data)
    except ValidationError as problem:
        errors = problem.errors(include_url=False)
        faults = [fault(item) for item in errors]
        more = f"; and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
        raise ScenarioError(
            "; ".join(faults[:_MOST_FAULTS]) + more, field=tuple(errors[0]["loc"])
        ) from problem
