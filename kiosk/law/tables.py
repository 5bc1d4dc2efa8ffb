"""The tables that a lawyer checks: all that an instrument says of each place, by topic, beside its paragraphs."""

from __future__ import annotations

import re

from kiosk.law.instrument import Instrument
from kiosk.law.sentences import TOPICS, lines, said, topics
from kiosk.law.sheet import Cell, Line, Row, Section, Sheet
from kiosk.texts import Language

#: A kind of place, and the mode in which it operates where it has any.
Place = tuple[str, str | None]


def instrument_sheet(instrument: Instrument, language: Language) -> Sheet:
    """All that the instrument says, a section for each kind and mode."""
    return Sheet(
        language=language,
        title=instrument.title.text(language),
        warnings=warnings(language, instrument),
        facts=_facts(instrument, language),
        columns=tuple(said(f"column_{name}", language) for name in ("topic", "says", "para")),
        marks=(),
        sections=(
            *(_section(instrument, place, language) for place in places(instrument)),
            _others(instrument, language),
        ),
    )


def places(instrument: Instrument) -> tuple[Place, ...]:
    """Every kind with each of its modes, or with None where it has none, as the file orders them."""
    return tuple((name, mode) for name, kind in instrument.kinds.items() for mode in kind.modes or (None,))


def provisions(instrument: Instrument, place: Place, language: Language) -> dict[str, Cell]:
    """What the instrument says of a place, by topic in the order of `TOPICS`; empty where it may not open."""
    kind, mode = place
    rules = instrument.rules(kind, mode)
    if rules is None:
        return {}
    found: dict[str, list[Line]] = {topic: [] for topic in TOPICS}
    for rule in rules.all:
        for topic in topics(rule):
            found[topic] += lines(rule, language)
    found["penalty"] += [
        Line(said(f"penalty_{penalty.who}", language, said=penalty.text.text(language)), penalty.para)
        for penalty in instrument.penalties_for(kind)
    ]
    return {topic: tuple(told) for topic, told in found.items() if told}


def place_name(instrument: Instrument, place: Place, language: Language) -> str:
    """The place in words.

    Raises:
        KeyError: the instrument does not name it.
    """
    kind, mode = place
    known = instrument.kinds[kind]
    name = known.name.text(language)
    if mode is None:
        return said("place", language, kind=name)
    return said("place_mode", language, kind=name, mode=(known.modes or {})[mode].name.text(language))


def place_key(place: Place) -> str:
    """The place as an anchor of a page."""
    return "-".join(re.sub(r"[^0-9A-Za-z]+", "-", part) for part in place if part is not None)


def place_para(instrument: Instrument, place: Place) -> str:
    """The paragraph that names the place, or that shuts it."""
    kind, mode = place
    known = instrument.kinds.get(kind)
    if known is None:
        return instrument.unnamed_kinds
    named = (known.modes or {}).get(mode) if mode is not None else None
    return known.para if named is None else named.para


def warnings(language: Language, *instruments: Instrument) -> tuple[str, ...]:
    """What must stand above the tables of instruments that are not the gazetted text."""
    return tuple(said("not_gazetted", language, id=one.id) for one in instruments if not one.gazetted)


def in_force(instrument: Instrument, language: Language) -> str:
    """Its first and last day in words."""
    span = instrument.in_force
    return said("span", language, first=span.first, last=span.last)


def _facts(instrument: Instrument, language: Language) -> tuple[tuple[str, str], ...]:
    source = instrument.source
    told = {
        "id": instrument.id,
        "in_force": in_force(instrument, language),
        "source": said(
            "source", language, title=source.title, publisher=source.publisher, issued=source.issued
        ),
        "note": source.note or "",
        "reading": said("reading", language),
        "digest": instrument.digest,
    }
    return tuple((said(f"fact_{name}", language), value) for name, value in told.items() if value)


def _section(instrument: Instrument, place: Place, language: Language) -> Section:
    told = provisions(instrument, place, language)
    return Section(
        key=place_key(place),
        title=place_name(instrument, place, language),
        para=place_para(instrument, place),
        rows=tuple(Row(said(f"topic_{topic}", language), (cell,)) for topic, cell in told.items()),
    )


def _others(instrument: Instrument, language: Language) -> Section:
    para = instrument.unnamed_kinds
    shut = Row(said("topic_opening", language), ((Line(said("shut_kind", language), para),),))
    return Section("unnamed", said("unnamed", language), para, (shut,))
