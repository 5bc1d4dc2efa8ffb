"""Numbers of people and hours of the day, as an instrument states them."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import Field, StrictBool, StrictInt, StrictStr, model_validator

from kiosk.law.facts import minutes
from kiosk.law.words import Number, Para, Share, Words

DAY = 24 * 60
NEXT_DAY = " next day"
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


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
