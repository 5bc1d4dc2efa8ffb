"""What the notices at the entrance say: from the venue's settings and the instrument in force, nothing of our own.

Every sentence about the law comes from `kiosk.law` with its paragraph, in the three languages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from kiosk import HONG_KONG, law
from kiosk.law.instrument import Instrument, ThreeLanguages
from kiosk.law.rules import Rule
from kiosk.law.sentences import lines, topics
from kiosk.law.sheet import Line
from kiosk.law.tables import place_name, place_para
from kiosk.premises.venue import venue_facts
from kiosk.settings import WHOLE, Names, RoomSettings, Settings, TableSettings
from kiosk.texts import LANGUAGES, Language, every_language, text

#: What concerns those who come in, in the order in which a notice tells it.
_TOLD = ("opening", "people", "evidence", "doses", "masks", "banquet")
#: What a notice shows as a number to be seen from afar, in that order.
_NUMBERS = ("capacity", "table", "room")
#: What the settings say of the premises for good.
_SETTLED = ("setting", "food_or_drink", "qualifies", "country_park")

Said = dict[Language, str]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing said in three languages with its paragraph; ``inset``: one of the ways of the sentence before."""

    said: Said
    para: str
    inset: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A limit to be read from afar; ``topic`` is ``capacity``, ``table`` or ``room``, ``value`` counts people."""

    topic: str
    value: int
    para: str


@dataclass(frozen=True, slots=True)
class Area:
    """A zone, or the whole premises, as the notices show it. ``shut``: why the law lets nobody in."""

    id: str
    name: Names
    mode: str | None
    place: Said
    para: str
    capacity: int
    tables: tuple[TableSettings, ...]
    rooms: tuple[RoomSettings, ...]
    numbers: tuple[Number, ...] = ()
    hours: tuple[Sentence, ...] = ()
    asked: tuple[Sentence, ...] = ()
    #: What is asked of the participants of large banquets only.
    banquets: tuple[Sentence, ...] = ()
    shut: Said | None = None

    @property
    def limit(self) -> int | None:
        """How many customers at one time, or None where no such limit holds."""
        return next((number.value for number in self.numbers if number.topic == "capacity"), None)


@dataclass(frozen=True, slots=True)
class Notice:
    """Everything that hangs at the entrance at ``at``; ``instrument`` is None where no directions are in force."""

    at: datetime
    venue: Names
    demo: bool
    kind: Said
    areas: tuple[Area, ...]
    licence: tuple[str | None, str | None]
    penalties: tuple[Sentence, ...]
    instrument: str | None
    title: Said | None
    in_force: tuple[str, str] | None
    gazetted: bool


def make_notice(settings: Settings, instruments: law.Instruments, at: datetime) -> Notice:
    """The notices of a venue for the moment ``at`` (aware).

    Raises:
        SettingsError: the law cannot be asked about the part ``premises``.
        ScenarioError: its kind, or a mode, is one that no instrument knows.
    """
    at = at.astimezone(HONG_KONG)
    facts = venue_facts(settings)
    instruments.require_known(facts)
    instrument = instruments.in_force(at)
    said = settings.premises
    areas = [
        (zone.id, zone.name, zone.mode, zone.capacity, zone.tables, zone.rooms) for zone in said.zones
    ] or [(WHOLE, settings.name, said.mode, said.capacity, said.tables, said.rooms)]
    told = tuple(
        _area(
            Area(
                id=key,
                name=name,
                mode=mode,
                place={},
                para="",
                capacity=capacity,
                tables=tuple(tables),
                rooms=rooms,
            ),
            facts,
            instruments,
            instrument,
            at,
        )
        for key, name, mode, capacity, tables, rooms in areas
    )
    return Notice(
        at=at,
        venue=settings.name,
        demo=not settings.production,
        kind=_kind(said.kind, instruments, instrument),
        areas=told,
        licence=(facts.opens_at, facts.closes_at),
        penalties=_penalties(instrument, said.kind),
        instrument=instrument.id if instrument else None,
        title=_every(instrument.title) if instrument else None,
        in_force=(str(instrument.in_force.first), str(instrument.in_force.last)) if instrument else None,
        gazetted=instrument.gazetted if instrument else True,
    )


def _area(
    area: Area,
    facts: law.Premises,
    instruments: law.Instruments,
    instrument: Instrument | None,
    at: datetime,
) -> Area:
    if instrument is None:
        return replace(area, shut=every_language("notices.no_instrument"))
    rules = instrument.rules(facts.kind, area.mode)
    place = (facts.kind, area.mode)
    para = place_para(instrument, place)
    if rules is None or any(rule.closed and not (rule.when or rule.unless) for rule in rules.all):
        return replace(area, para=para, shut=every_language("notices.shut"))
    concerned = [rule for rule in rules.all if _concerns(rule, facts)]
    held = law.limits(instruments, facts, None if area.id == WHOLE else area.id, {}, at)
    values = {name: getattr(held, name, None) for name in _NUMBERS}
    numbers = tuple(
        Number(name, value, next((rule.para for rule in concerned if _sets(rule, name)), para))
        for name in _NUMBERS
        if (value := values[name]) is not None
    )
    told = sorted(
        ((topic, rule) for rule in concerned for topic in topics(rule) if topic in _TOLD),
        key=lambda pair: _TOLD.index(pair[0]),
    )
    large = [rule for _, rule in told if rule.when is not None and rule.when.banquet_over is not None]
    return replace(
        area,
        place={
            language: place_name(instrument, (facts.kind, _known_mode(instrument, place)), language)
            for language in LANGUAGES
        },
        para=para,
        numbers=numbers,
        hours=tuple(
            one for rule in concerned if "hours" in rule.conditions for one in _sentences(_bare(rule))
        ),
        asked=tuple(one for _, rule in told if rule not in large for one in _sentences(rule)),
        banquets=tuple(one for rule in large for one in _sentences(rule)),
    )


def _concerns(rule: Rule, facts: law.Premises) -> bool:
    """Whether the rule may apply to these premises, by what is settled of them whoever comes."""
    if rule.when is not None and any(
        (wanted := getattr(rule.when, name)) is not None and wanted != getattr(facts, name)
        for name in _SETTLED
        if getattr(facts, name) is not None
    ):
        return False
    spared = rule.unless
    if spared is None or not spared.model_fields_set <= set(_SETTLED):
        return True
    return any(getattr(spared, name) != getattr(facts, name) for name in spared.model_fields_set)


def _sets(rule: Rule, number: str) -> bool:
    """Whether the rule is behind a number; that of a gathering is its capacity."""
    return number in rule.conditions or (number == "capacity" and rule.people is not None)


def _known_mode(instrument: Instrument, place: tuple[str, str | None]) -> str | None:
    """A kind without modes has one way only, whatever mode the settings name."""
    return place[1] if instrument.kinds[place[0]].modes else None


def _bare(rule: Rule) -> Rule:
    """The hours without those to whom they do not apply: these ask at the door."""
    return rule.model_copy(update={"unless": None}) if rule.unless and rule.unless.takeaway else rule


def _sentences(rule: Rule) -> tuple[Sentence, ...]:
    by_language: list[tuple[Line, ...]] = [lines(rule, language) for language in LANGUAGES]
    return tuple(
        Sentence(
            {language: line.text for language, line in zip(LANGUAGES, told, strict=True)},
            told[0].para,
            inset=told[0].inset,
        )
        for told in zip(*by_language, strict=True)
    )


def _every(told: ThreeLanguages) -> Said:
    return {language: told.text(language) for language in LANGUAGES}


def _kind(kind: str, instruments: law.Instruments, instrument: Instrument | None) -> Said:
    """The kind's name where the instrument in force, or else any, names it."""
    for one in (instrument, *reversed(instruments.all)):
        if one is not None and kind in one.kinds:
            return _every(one.kinds[kind].name)
    return dict.fromkeys(LANGUAGES, kind)


def _penalties(instrument: Instrument | None, kind: str) -> tuple[Sentence, ...]:
    if instrument is None:
        return ()
    return tuple(
        Sentence(
            {
                language: text(f"lawbook.penalty_{penalty.who}", language, said=penalty.text.text(language))
                for language in LANGUAGES
            },
            penalty.para,
        )
        for penalty in instrument.penalties_for(kind)
        if penalty.who != "staff"
    )
