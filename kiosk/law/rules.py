"""The closed vocabulary in which an instrument is written: rules, each with one condition, and their guards.

`docs/instruments.md` explains each word with the sentence of a law that needs it. Every word here is a condition;
none is the name of a kind of place or of a mode.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from kiosk.law.asked import CustomerRequirement, StaffRequirement
from kiosk.law.measures import Amount, HeadCount, Hours, NumberBefore
from kiosk.law.words import Asked, Number, Para, Words

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
LimitName = Literal["hours", "capacity", "table"]


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

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one fact")
        return self

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
        guards = [guard for guard in (self.when, self.unless) if guard is not None]
        if not (self.customers or self.staff) and any(guard.people_over for guard in guards):
            raise ValueError("people_over is for what is asked of people, not for a number of places")
        return self

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """The conditions on which it has a say: its own, or those that it leaves to the premises."""
        if self.left_to_premises is not None:
            return self.left_to_premises
        return tuple(name for name in CONDITIONS if getattr(self, name) is not None)

    @cached_property
    def asks_setting(self) -> bool:
        """Whether it matters if the place is indoors."""
        return any(guard is not None and guard.setting is not None for guard in (self.when, self.unless))


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that hold for a kind in a mode, found by their condition."""

    all: tuple[Rule, ...]
    _by_condition: dict[str, tuple[Rule, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        table: dict[str, tuple[Rule, ...]] = {}
        for rule in self.all:
            for name in rule.conditions:
                table[name] = (*table.get(name, ()), rule)
        object.__setattr__(self, "_by_condition", table)

    def on(self, condition: str) -> tuple[Rule, ...]:
        """Those with a say on that condition, as the file orders them."""
        return self._by_condition.get(condition, ())

    @property
    def ask_setting(self) -> bool:
        """Whether it matters to any of them if the place is indoors."""
        return any(rule.asks_setting for rule in self.all)
