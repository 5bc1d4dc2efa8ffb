"""What an instrument may ask of people: ways of doing it, for whom, and of how many of them."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from kiosk.law.facts import Day
from kiosk.law.words import Asked, Number, Para, Positive, Share, Words


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


class Alternative(Words):
    """One way to do what is asked: everything that it names. ``unfit``: only for those unfit to be vaccinated."""

    para: Para
    unfit: Asked | None = None
    doses: Doses | None = None
    test: Test | None = None
    declaration: Asked | None = None
    certificate: Asked | None = None

    @cached_property
    def asks(self) -> tuple[str, ...]:
        """The names of what it asks."""
        return tuple(name for name in ASKS if getattr(self, name, None) is not None)


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
    if not first.asks:
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
