"""The closed vocabulary in which an instrument is written: rules, their guards, and what is asked of people.

`docs/instruments.md` explains each word with the sentence of a law that needs it. Every word here is a condition;
none is the name of a kind of premises or of a mode.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictStr, model_validator
from pydantic.types import StrictBool, StrictInt

from kiosk.law.facts import Day, minutes

DAY = 24 * 60
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NEXT_DAY = " next day"
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
LimitName = Literal["hours", "capacity", "table"]
#: A paragraph of the instrument, as the instrument writes it: ``1(d)``.
Para = Annotated[StrictStr, Field(min_length=1)]
Number = Annotated[StrictInt, Field(ge=0)]
Positive = Annotated[StrictInt, Field(ge=1)]


def _true(value: bool) -> bool:  # noqa: FBT001 - pydantic calls it with the value
    if not value:
        raise ValueError("is either true or left out")
    return value


#: Something that is asked or is not mentioned: ``false`` would read as a rule of its own.
Asked = Annotated[StrictBool, AfterValidator(_true)]


def _share(value: object) -> Fraction:
    if isinstance(value, Fraction):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,4}/[1-9][0-9]{0,3}", value):
        raise ValueError('a share is written "2/3", in quotes')
    share = Fraction(value)
    if share > 1:
        raise ValueError("a share is at most the whole")
    return share


Share = Annotated[Fraction, BeforeValidator(_share)]


class Words(BaseModel):
    """The manners of an instrument's parts: frozen, no unknown fields."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True
    )


class Amount(Words):
    """A number of people, or a share of the capacity, rounded down."""

    people: Number | None = None
    percent: Annotated[StrictInt, Field(ge=0, le=100)] | None = None
    share: Share | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(part is not None for part in (self.people, self.percent, self.share)) != 1:
            raise ValueError("say one of people, percent or share")
        return self

    @property
    def needs_capacity(self) -> bool:
        """Whether the number follows from the capacity."""
        return self.people is None

    def of(self, capacity: int | None) -> int | None:
        """How many people that is; None when it hangs on a capacity that nobody has told."""
        if self.people is not None:
            return self.people
        if capacity is None:
            return None
        if self.percent is not None:
            return capacity * self.percent // 100
        share = self.share or Fraction(0)
        return capacity * share.numerator // share.denominator


class HeadCount(Amount):
    """The most people at one gathering, or, where it is split, in one room of it."""

    by_room: StrictBool = False


class NumberBefore(HeadCount):
    """The number up to which a condition is not asked, with the paragraph that states it."""

    para: Para


class Hours(Words):
    """Opening hours on each day, by the wall clock in Hong Kong.

    ``until`` is the last minute, as the law writes it: "5.59pm" is ``17:59``, and open until 18:00:00. With
    `` next day`` it is on the day after. ``licence`` leaves an end to the licence of the premises.
    """

    opens: Annotated[StrictStr, Field(alias="from")]
    until: StrictStr

    @model_validator(mode="before")
    @classmethod
    def _quoted(cls, data: Any) -> Any:
        if isinstance(data, dict) and any(isinstance(data.get(end), int) for end in ("from", "until")):
            raise ValueError('put times of day in quotes ("22:00"): YAML reads them as numbers otherwise')
        return data

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.opens != "licence" and not _CLOCK.fullmatch(self.opens):
            raise ValueError('from is "HH:MM" or "licence"')
        if self.until != "licence" and not _CLOCK.fullmatch(self.until.removesuffix(NEXT_DAY)):
            raise ValueError('until is "HH:MM", "HH:MM next day" or "licence"')
        if self.start is not None and self.end is not None and not 0 < self.end - self.start <= DAY:
            raise ValueError(
                "the hours end before they begin, or last longer than a day; is it the next day?"
            )
        return self

    @cached_property
    def start(self) -> int | None:
        """Minutes from midnight of the opening day; None when the licence says."""
        return None if self.opens == "licence" else minutes(self.opens)

    @cached_property
    def end(self) -> int | None:
        """Minutes from the same midnight at which nobody may be served any more; None when the licence says."""
        if self.until == "licence":
            return None
        clock = minutes(self.until.removesuffix(NEXT_DAY)) + 1
        return clock + DAY if self.until.endswith(NEXT_DAY) else clock


class Ages(Words):
    """Ages in whole years, both ends included."""

    youngest: Annotated[Number, Field(alias="from")] = 0
    oldest: Annotated[Number | None, Field(alias="to")] = None

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.oldest is not None and self.oldest < self.youngest:
            raise ValueError("the ages end before they begin")
        return self

    def include(self, age: int) -> bool:
        """Whether somebody of that age is meant."""
        return age >= self.youngest and (self.oldest is None or age <= self.oldest)

    def turning_points(self) -> set[int]:
        """The ages at which the answer changes."""
        return {self.youngest} if self.oldest is None else {self.youngest, self.oldest + 1}


class Doses(Words):
    """At least so many doses; with ``days_after``, that many days after the last of these."""

    at_least: Positive
    days_after: Number = 0


class Test(Words):
    """A negative sample at most so many days old; nobody is in breach on or before ``first_due_by``."""

    within_days: Number
    first_due_by: Day | None = None


class Alternative(Words):
    """One way to do what is asked: everything that it names. ``unfit``: only for those unfit to be vaccinated."""

    para: Para
    unfit: Asked | None = None
    doses: Doses | None = None
    test: Test | None = None
    declaration: Asked | None = None
    certificate: Asked | None = None


class CustomerAlternative(Alternative):
    """What customers may also be asked; ``ages``: a way that is open to these ages only."""

    ages: Ages | None = None
    lhs_scan: Asked | None = None
    registered: Asked | None = None
    form: Asked | None = None
    with_adult: Asked | None = None
    mask: Asked | None = None


class ShareOfTable(Words):
    """How many of those at each table must do what is asked; exactly that share is enough."""

    at_least: Share


def _first_is_for_all(ways: tuple[Alternative, ...]) -> None:
    first = ways[0]
    if first.unfit or getattr(first, "ages", None):
        raise ValueError("the first way is the one that is open to everybody")
    if not asks(first):
        raise ValueError("the first way asks for nothing")


class StaffRequirement(Words):
    """What every member of staff must do; the first way names what is missing where none is done."""

    any_of: Annotated[tuple[Alternative, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _first_way(self) -> Self:
        _first_is_for_all(self.any_of)
        return self


class CustomerRequirement(Words):
    """What every customer must do, or those of certain ages, or a share of those at each table."""

    any_of: Annotated[tuple[CustomerAlternative, ...], Field(min_length=1)]
    ages: Ages | None = None
    share_of_table: ShareOfTable | None = None

    @model_validator(mode="after")
    def _first_way(self) -> Self:
        _first_is_for_all(self.any_of)
        return self

    @cached_property
    def telling_ages(self) -> tuple[int, ...]:
        """One age out of each band that this requirement tells apart."""
        bands = [self.ages, *(way.ages for way in self.any_of)]
        return tuple(sorted({0}.union(*(band.turning_points() for band in bands if band))))


#: What an alternative may ask, in the order in which people are told of it.
ASKS = (
    "doses",
    "lhs_scan",
    "registered",
    "form",
    "with_adult",
    "declaration",
    "certificate",
    "test",
    "mask",
)


def asks(way: Alternative) -> tuple[str, ...]:
    """The names of what one way asks."""
    return tuple(name for name in ASKS if getattr(way, name, None) is not None)


class Guard(Words):
    """When a rule applies: all the facts that are named must be so."""

    takeaway: StrictBool | None = None
    food_or_drink: StrictBool | None = None
    qualifies: StrictBool | None = None
    country_park: StrictBool | None = None
    setting: Literal["indoor", "outdoor"] | None = None
    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] | None = None
    banquet_over: Number | None = None
    people_over: NumberBefore | None = None
    staff: StaffRequirement | None = None

    @cached_property
    def weekdays(self) -> frozenset[int]:
        """The days as `datetime.date.weekday` counts them; all of them where none is named."""
        return frozenset(map(WEEKDAYS.index, self.days if self.days is not None else WEEKDAYS))


CONDITIONS = (
    "closed",
    "hours",
    "capacity",
    "table",
    "room",
    "banquet",
    "people",
    "customers",
    "staff",
    "left_to_premises",
)


class Rule(Words):
    """One condition with its paragraph, and when it applies."""

    para: Para
    when: Guard | None = None
    unless: Guard | None = None
    closed: Asked | None = None
    hours: Hours | None = None
    capacity: Amount | None = None
    table: Number | None = None
    room: Number | None = None
    banquet: Number | None = None
    people: HeadCount | None = None
    customers: CustomerRequirement | None = None
    staff: StaffRequirement | None = None
    left_to_premises: Annotated[tuple[LimitName, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        named = [name for name in CONDITIONS if getattr(self, name) is not None]
        if len(named) != 1:
            said = " and ".join(named) if named else "none"
            raise ValueError(
                f"a rule has one condition, this one has {said}; they are {', '.join(CONDITIONS)}"
            )
        if self.limits_of_area and any(guard and guard.people_over for guard in (self.when, self.unless)):
            raise ValueError("people_over is for what is asked of people, not for a number of places")
        return self

    @cached_property
    def condition(self) -> str:
        """The name of its condition."""
        return next(name for name in CONDITIONS if getattr(self, name) is not None)

    @cached_property
    def limits_of_area(self) -> bool:
        """Whether the condition is a number of people or hours, which bind the place and not the party."""
        return not (self.customers or self.staff or self.closed)

    @cached_property
    def asks_setting(self) -> bool:
        """Whether it matters if the place is indoors."""
        return any(guard is not None and guard.setting is not None for guard in (self.when, self.unless))
