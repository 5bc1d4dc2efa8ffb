"""A legal instrument as it is loaded: what it says of each kind and mode, and in which days it is in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StrictStr, model_validator

from kiosk import HONG_KONG
from kiosk.law.facts import Day, Premises, ScenarioError
from kiosk.law.faults import shown
from kiosk.law.rules import Rule, Rules
from kiosk.law.words import Para, Words
from kiosk.texts import Language

Sentence = Annotated[StrictStr, Field(min_length=1)]


class ThreeLanguages(Words):
    """The same text in the three languages of the screens."""

    en: Sentence
    zh_hant: Annotated[Sentence, Field(alias="zh-Hant")]
    zh_hans: Annotated[Sentence, Field(alias="zh-Hans")]

    def text(self, language: Language) -> str:
        """The text in one of them."""
        return {"en": self.en, "zh-Hant": self.zh_hant, "zh-Hans": self.zh_hans}[language]


class InForce(Words):
    """The first and the last day, both whole days in Hong Kong."""

    first: Annotated[Day, Field(alias="from")]
    last: Annotated[Day, Field(alias="until")]

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.last < self.first:
            raise ValueError("the last day is before the first")
        return self


class Source(Words):
    """Where the words come from."""

    title: Sentence
    publisher: Sentence
    issued: Day
    #: ``press_reports`` is not the gazetted text: such an instrument is off unless it is asked for.
    text: Literal["gazette", "government_press_release", "press_reports"]
    note: Sentence | None = None


class Mode(Words):
    """One way of operating: rules of its own beside those of its kind."""

    para: Para
    name: ThreeLanguages
    rules: tuple[Rule, ...] = ()


class Kind(Words):
    """A kind of place: rules for all of it, and for each of its modes where it has any."""

    para: Para
    name: ThreeLanguages
    rules: tuple[Rule, ...] = ()
    modes: Annotated[dict[StrictStr, Mode], Field(min_length=1)] | None = None


class Penalty(Words):
    """What a breach costs whom: for the screens and reports of these kinds of place."""

    para: Para
    kinds: Annotated[tuple[StrictStr, ...], Field(min_length=1)]
    who: Literal["responsible", "staff", "customer"]
    #: What it is cited beside, where that is one thing alone: what people declare or tell.
    about: Literal["declaration"] | None = None
    text: ThreeLanguages


class InstrumentText(Words):
    """The content of one file in ``config/instruments``."""

    id: Annotated[StrictStr, Field(min_length=1)]
    title: ThreeLanguages
    in_force: InForce
    source: Source
    #: Every paragraph that may be cited.
    paragraphs: Annotated[tuple[Para, ...], Field(min_length=1)]
    kinds: Annotated[dict[StrictStr, Kind], Field(min_length=1)]
    #: What is cited to a kind that other instruments know and this one does not name: it may not open.
    unnamed_kinds: Para
    penalties: tuple[Penalty, ...] = ()

    @model_validator(mode="after")
    def _penalties_name_kinds(self) -> Self:
        for penalty in self.penalties:
            if unknown := set(penalty.kinds) - set(self.kinds):
                raise ValueError(f"penalties: the instrument has no kind {min(unknown)!r}")
        return self


class Instrument(InstrumentText):
    """A loaded instrument; ``digest`` is the SHA-256 of its file in hex."""

    digest: StrictStr
    file: Path

    @property
    def gazetted(self) -> bool:
        """Whether the Government's own words stand behind it."""
        return self.source.text != "press_reports"

    @cached_property
    def modes(self) -> frozenset[str]:
        """All modes of all its kinds."""
        return frozenset(mode for kind in self.kinds.values() for mode in kind.modes or ())

    @cached_property
    def lapses(self) -> datetime:
        """The end of its last day."""
        day = self.in_force.last + timedelta(days=1)
        return datetime(day.year, day.month, day.day, tzinfo=HONG_KONG)

    @cached_property
    def _rules(self) -> dict[tuple[str, str | None], Rules]:
        table: dict[tuple[str, str | None], Rules] = {}
        for name, kind in self.kinds.items():
            table[name, None] = Rules(kind.rules)
            for mode, said in (kind.modes or {}).items():
                table[name, mode] = Rules(kind.rules + said.rules)
        return table

    def rules(self, kind: str, mode: str | None) -> Rules | None:
        """The rules for a kind in a mode (None where the kind has none); None: it may not open so."""
        said = self.kinds.get(kind)
        if said is None:
            return None
        return self._rules.get((kind, mode if said.modes else None))

    def penalties_for(self, kind: str, who: str | None = None) -> tuple[Penalty, ...]:
        """The penalties that may be cited at a place of this kind, to one sort of person or to all."""
        return tuple(
            penalty for penalty in self.penalties if kind in penalty.kinds and who in {None, penalty.who}
        )


@dataclass(frozen=True)
class Instruments:
    """All instruments at hand, by their first day; no two are in force on the same day."""

    all: tuple[Instrument, ...] = ()
    _kinds: frozenset[str] = field(init=False, repr=False)
    _modes: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_kinds", frozenset(kind for one in self.all for kind in one.kinds))
        object.__setattr__(self, "_modes", frozenset().union(*(one.modes for one in self.all)))

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def in_force(self, at: datetime) -> Instrument | None:
        """The instrument in force at that instant, by the date in Hong Kong."""
        return self.on(at.astimezone(HONG_KONG).date())

    def on(self, day: date) -> Instrument | None:
        """The instrument in force on that day."""
        return next((one for one in self.all if one.in_force.first <= day <= one.in_force.last), None)

    def require_known(self, premises: Premises) -> None:
        """Refuse words that no instrument at hand uses: they are mistakes, not kinds that are shut.

        Raises:
            ScenarioError: the kind or a mode is unknown to all of them.
        """
        if not self.all:
            return
        if premises.kind not in self._kinds:
            raise ScenarioError(
                f"premises.kind: {shown(premises.kind)} is not a kind that any instrument knows",
                mend=f"one of {', '.join(sorted(self._kinds))}",
                field=("premises", "kind"),
            )
        named: list[tuple[tuple[str | int, ...], str | None]] = [(("premises", "mode"), premises.mode)]
        named += [(("premises", "zones", i, "mode"), zone.mode) for i, zone in enumerate(premises.zones)]
        for way, mode in named:
            if mode is not None and mode not in self._modes:
                raise ScenarioError(
                    f"{'.'.join(map(str, way))}: {shown(mode)} is not a mode that any instrument knows",
                    mend=f"one of {', '.join(sorted(self._modes))}",
                    field=way,
                )
