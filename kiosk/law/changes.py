"""What changes from one instrument to another: for whom, on which topic, in words, with both paragraphs."""

from __future__ import annotations

from kiosk.law.instrument import Instrument
from kiosk.law.sentences import TOPICS, said
from kiosk.law.sheet import Cell, Line, Row, Section, Sheet
from kiosk.law.tables import (
    Place,
    in_force,
    place_key,
    place_name,
    place_para,
    places,
    provisions,
    warnings,
)
from kiosk.texts import Language


def changes_sheet(before: Instrument, after: Instrument, language: Language) -> Sheet:
    """A section for each place that changes; the others are named among the facts.

    A paragraph that moves while its words stay is no change.
    """
    sections, same = [], []
    for place in _all_places(before, after):
        rows = _rows(before, after, place, language)
        named = after if after.rules(*place) is not None and place[0] in after.kinds else before
        title = place_name(named, _own(named, place), language)
        if rows:
            sections.append(Section(place_key(place), title, "", rows))
        else:
            same.append(title)
    return Sheet(
        language=language,
        title=said("changes_title", language, before=before.id, after=after.id),
        warnings=warnings(language, before, after),
        facts=_facts(before, after, same, changed=bool(sections), language=language),
        columns=(
            said("column_topic", language),
            said("column_before", language, id=before.id),
            said("column_after", language, id=after.id),
        ),
        marks=(said("before", language), said("after", language)),
        sections=tuple(sections),
    )


def _all_places(before: Instrument, after: Instrument) -> tuple[Place, ...]:
    """The places of both, in the order of the later one; those that only the earlier one has stand with their kind."""
    found: dict[Place, None] = {}
    for kind in dict.fromkeys((*after.kinds, *before.kinds)):
        own = [place for one in (before, after) for place in places(one) if place[0] == kind]
        modes = [place for place in own if place[1] is not None]
        found.update(dict.fromkeys(modes or own))
    return tuple(found)


def _own(instrument: Instrument, place: Place) -> Place:
    """The place as the instrument knows it: without a mode where its kind has none."""
    kind, mode = place
    return (kind, mode if mode in (instrument.kinds[kind].modes or {}) else None)


def _rows(before: Instrument, after: Instrument, place: Place, language: Language) -> tuple[Row, ...]:
    was, now = _told(before, place, language), _told(after, place, language)
    if was is None or now is None:
        opening = Row(
            said("topic_opening", language),
            (_opening(before, place, "opened", language), _opening(after, place, "opens", language)),
        )
        if now is None:
            return (opening,)
        terms = (topic for topic in TOPICS if topic in now and topic != "opening")
        return (opening, *(_row(topic, (), now[topic], language) for topic in terms))
    return tuple(
        _row(topic, was.get(topic, ()), now.get(topic, ()), language)
        for topic in TOPICS
        if _words(was.get(topic, ())) != _words(now.get(topic, ()))
    )


def _told(instrument: Instrument, place: Place, language: Language) -> dict[str, Cell] | None:
    return None if instrument.rules(*place) is None else provisions(instrument, place, language)


def _words(cell: Cell) -> tuple[tuple[str, bool], ...]:
    return tuple((line.words, line.inset) for line in cell)


def _row(topic: str, was: Cell, now: Cell, language: Language) -> Row:
    none = (Line(said("nothing_asked", language), ""),)
    return Row(said(f"topic_{topic}", language), (was or none, now or none))


def _opening(instrument: Instrument, place: Place, opened: str, language: Language) -> Cell:
    if instrument.rules(*place) is not None:
        return (Line(said(opened, language), place_para(instrument, place)),)
    shut = "shut_mode" if place[0] in instrument.kinds else "shut_kind"
    return (Line(said(shut, language), place_para(instrument, place)),)


def _facts(
    before: Instrument, after: Instrument, same: list[str], *, changed: bool, language: Language
) -> tuple[tuple[str, str], ...]:
    gap = (after.in_force.first - before.in_force.last).days - 1
    if after.in_force.first < before.in_force.first:
        between = said("reversed", language)
    elif gap > 0:
        between = said("apart", language, days=gap)
    else:
        between = said("adjacent", language)
    told = {
        "before": _named(before, language),
        "after": _named(after, language),
        "between": between,
        "same": said("same_places_join", language).join(same) if changed else said("no_change", language),
        "reading": said("reading", language),
    }
    return tuple((said(f"fact_{name}", language), value) for name, value in told.items() if value)


def _named(instrument: Instrument, language: Language) -> str:
    title = said("instrument", language, id=instrument.id, title=instrument.title.text(language))
    return said("list", language).join((title, in_force(instrument, language)))
