"""What the instruments threaten for what the log shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from kiosk.law import Instruments
from kiosk.reports.figures import DayFigures
from kiosk.texts import LANGUAGES, Language


@dataclass(frozen=True, slots=True)
class PenaltyTold:
    """What an instrument threatens at a kind of place."""

    instrument: str
    kind: str
    who: Literal["responsible", "staff", "customer"]
    para: str
    text: Mapping[Language, str]


def penalties(instruments: Instruments, days: Iterable[DayFigures]) -> tuple[PenaltyTold, ...]:
    """The penalties of the instruments that the contraventions of ``days`` are against; none where there is no contravention.

    Without those for false declarations: no log shows one.
    """
    cited = dict.fromkeys(
        (found.instrument, day.kind) for day in days for found in day.contraventions if day.kind is not None
    )
    return tuple(
        PenaltyTold(
            instrument=one.id,
            kind=kind,
            who=penalty.who,
            para=penalty.para,
            text={language: penalty.text.text(language) for language in LANGUAGES},
        )
        for one in instruments
        for instrument, kind in cited
        if one.id == instrument and kind is not None
        for penalty in one.penalties_for(kind)
        if penalty.about is None
    )
