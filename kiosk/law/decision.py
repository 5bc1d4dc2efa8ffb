"""The answer of the law: admit or refuse, every reason with its paragraph, and the limits of the place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from kiosk.law.asked import Alternative, Doses, Test
from kiosk.texts import Language, catalogue, text

Code = Literal[
    "no_instrument",
    "must_close",
    "outside_hours",
    "over_capacity",
    "table_full",
    "room_full",
    "banquet_too_large",
    "gathering_too_large",
    "not_vaccinated",
    "no_lhs_scan",
    "not_registered",
    "missing_declaration",
    "missing_certificate",
    "missing_test",
    "staff_not_vaccinated",
    "staff_not_tested",
    "staff_missing_declaration",
    "staff_missing_certificate",
    "mask_required",
    "unknown_fact",
]


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way to put a person right: everything of ``way`` that is asked, in the words of the law's vocabulary."""

    way: Alternative

    def text(self, language: Language) -> str:
        """The way as part of a sentence."""
        parts = [_ask_text(name, self.way, language) for name in self.way.asks]
        return text("law.and", language).join(parts)


_DOSES = {
    (True, False): "one",
    (False, False): "many",
    (True, True): "days_one",
    (False, True): "days",
}


def _ask_text(name: str, way: Alternative, language: Language) -> str:
    asked = getattr(way, name)
    if isinstance(asked, Doses):
        variant = _DOSES[asked.at_least == 1, asked.days_after > 0]
        return text(
            f"law.ask_doses_{variant}", language, at_least=asked.at_least, days_after=asked.days_after
        )
    if isinstance(asked, Test):
        return text("law.ask_test", language, within_days=asked.within_days)
    return text(f"law.ask_{name}", language)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not: a code, the paragraph behind it, whom it concerns, and what would put it right.

    ``customer`` is the index in the party, or None where it concerns the place or all of them. ``variant`` picks
    between texts of one code; ``values`` fill them in; ``remedies`` are the ways open to the person.
    """

    code: Code
    para: str | None
    customer: int | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    variant: str = ""
    remedies: tuple[Remedy, ...] = ()

    @property
    def key(self) -> tuple[str, int | None]:
        """One reason is given for each customer and code."""
        return self.code, self.customer

    def message(self, language: Language) -> str:
        """What is missing and what would put it right, in a sentence or two."""
        values = dict(self.values)
        if self.remedies:
            ways = [remedy.text(language) for remedy in self.remedies]
            values["remedies"] = text("law.or", language).join(way for way in ways if way)
        if "fact" in values:
            values["fact"] = text(f"law.fact_{values['fact']}", language)
        variant = f"{self.code}_{self.variant}"
        known = self.variant and variant in catalogue("law")
        return text(f"law.{variant if known else self.code}", language, **values)


@dataclass(frozen=True, slots=True)
class Limits:
    """What binds the area in question, before the party; None: no limit of that sort, or nobody can tell.

    ``capacity`` and ``left`` are people, ``left`` never below 0; ``table`` and ``room`` people at one table and in
    one room; ``closes_at`` the end of the hours that run now, None outside them.
    """

    capacity: int | None = None
    left: int | None = None
    table: int | None = None
    closes_at: datetime | None = None
    room: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome with every reason that holds; none on ``admit``. ``limits`` is None without an instrument."""

    outcome: Literal["admit", "refuse"]
    reasons: tuple[Reason, ...]
    instrument: str | None
    limits: Limits | None

    def as_json(self) -> str:
        """The line that ``kiosk decide`` prints, messages in English."""
        limits = self.limits
        return json.dumps(
            {
                "outcome": self.outcome,
                "reasons": [
                    {
                        "code": reason.code,
                        "para": reason.para,
                        "customer": reason.customer,
                        "message": reason.message("en"),
                    }
                    for reason in self.reasons
                ],
                "instrument": self.instrument,
                "limits": limits
                and {
                    "capacity": limits.capacity,
                    "left": limits.left,
                    "table": limits.table,
                    "closes_at": limits.closes_at and limits.closes_at.isoformat(),
                },
            }
        )
