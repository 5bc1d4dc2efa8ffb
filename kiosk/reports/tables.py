"""The tables of an export, for people: who was let in by which evidence, every entry, and the duties of staff.

* They are CSV that spreadsheet programs open as it is: UTF-8 with a byte-order mark, so that Chinese stays whole, and CRLF.
* Every row is one line, and no cell is run as a formula: reasons and departments are what people typed.
* They say in words, in one language, what the entries beside them say exactly; each row names its entry.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Any, Protocol, cast

from pydantic import BaseModel

from kiosk.ledger.entries import (
    Admission,
    AnyEntry,
    Evidence,
    LegalReason,
    Passage,
    PlacesReturned,
    Recorded,
    Settled,
    StaffChanged,
    StaffDuties,
    Undone,
)
from kiosk.reports.tally import shown_by
from kiosk.settings import WHOLE
from kiosk.staff.spreadsheet import guarded
from kiosk.texts import Language, text

#: Says an entry in a sentence, as the desk does.
Tell = Callable[[AnyEntry], str]

_BOM = "\ufeff".encode()
#: What would end a line, or show as nothing.
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029], " ")
#: Where in a time the day ends, and the second.
_DAY, _SECOND = len("2021-05-01"), len("2021-05-01T19:30:00")
#: What has a column of its own, or is nobody's concern.
_TOLD = frozenset({"type", "command", "zone", "people"})

PEOPLE = (
    *(
        "number",
        "date",
        "time",
        "zone",
        "party",
        "evidence",
        "proofs",
        "papers",
        "age",
        "place",
        "door",
        "by",
    ),
    *("override", "later", "entry"),
)
ENTRIES = ("entry", "date", "time", "type", "sentence", "zone", "people", "details")
STAFF = (
    *(
        "date",
        "time",
        "zone",
        "what",
        "staff",
        "in_order",
        "missing",
        "paragraphs",
        "member",
        "changed",
        "by",
    ),
    "entry",
)


class Sink(Protocol):
    """Takes bytes."""

    def write(self, data: bytes, /) -> object:
        """Take some more."""


def cell(value: str) -> str:
    """``value`` on one line, and so that no spreadsheet program runs it as a formula."""
    if not value.isprintable():
        value = value.translate(_CONTROLS)
    return guarded(value.strip())


class Sheet:
    """One table.

    Args:
        sink: where its bytes go.
        columns: their names in the catalogue ``export``.
        language: of the headings.
    """

    def __init__(self, sink: Sink, columns: Sequence[str], language: Language) -> None:
        self._sink = sink
        # The writer of the library calls nothing but ``write``.
        self._writer = csv.writer(cast("Any", self), lineterminator="\r\n")
        sink.write(_BOM)
        self.row([text(f"export.column.{column}", language) for column in columns])

    def row(self, values: Iterable[object]) -> None:
        """Write a row; texts must have gone through `cell` where people typed them."""
        self._writer.writerow(values)

    def write(self, line: str) -> None:
        """Take a line of the library's writer."""
        self._sink.write(line.encode())


@dataclass(frozen=True)
class Later:
    """What became of admissions, from entries that come later: told in the row of each person of the party."""

    #: By the index of the admission, one line or more.
    said: Mapping[int, str]

    @classmethod
    def of(cls, recorded: Iterable[Recorded], words: Words) -> Later:
        """From the entries `LATER` of the days."""
        said: dict[int, str] = {}
        for one in recorded:
            entry = one.entry
            if not isinstance(entry, Undone | PlacesReturned | Settled):
                continue
            values = entry.model_dump(include={"people", "entered", "by"})
            told = words(f"later.{entry.type}", entry=one.index, **values)
            before = said.get(entry.admission)
            said[entry.admission] = f"{before}{words('and')}{told}" if before else told
        return cls(said)


#: The types of entries that say what became of an admission.
LATER = ("undone", "places_returned", "settled")


class Words:
    """What tables say, in one language."""

    def __init__(self, language: Language, zones: Mapping[str, Mapping[Language, str]]) -> None:
        self.language = language
        self._fixed = lru_cache(maxsize=None)(partial(text, language=language))
        self._zones = {
            WHOLE: self("premises"),
            **{zone: f"{names[language]} ({zone})" for zone, names in zones.items()},
        }

    def __call__(self, key: str, **values: object) -> str:
        """A text of the catalogue ``export``."""
        return text(f"export.{key}", self.language, **values) if values else self._fixed(f"export.{key}")

    def of(self, key: str, code: str) -> str:
        """What another catalogue calls ``code``; a code that it does not know stays as it is."""
        try:
            return self._fixed(f"{key}{code}")
        except KeyError:
            return cell(code)

    def zone(self, zone: str | None) -> str:
        """What a zone is called, with its id."""
        return "" if zone is None else self._zones.get(zone) or cell(zone)

    def listed(self, parts: Iterable[str]) -> str:
        """Several things in one cell."""
        return self("and").join(parts)

    def against(self, reasons: Iterable[LegalReason]) -> str:
        """Reasons of the law by code, with paragraphs."""
        return self.listed(f"{one.code} {one.para}".strip() for one in reasons)


class Tables:
    """The three tables, filled entry by entry.

    Args:
        words: in which language.
        tell: says an entry in a sentence.
        later: what became of admissions.
        people, entries, staff: where the bytes of each go.
    """

    def __init__(
        self, words: Words, tell: Tell, later: Later, *, people: Sink, entries: Sink, staff: Sink
    ) -> None:
        self._words = words
        self._tell = tell
        self._later = later
        self._people = Sheet(people, PEOPLE, words.language)
        self._entries = Sheet(entries, ENTRIES, words.language)
        self._staff = Sheet(staff, STAFF, words.language)
        self._number = 0
        #: Half of all lines of a log are the same few.
        self._evidence = lru_cache(maxsize=4096)(self._shown)

    @property
    def people(self) -> int:
        """How many people were admitted so far."""
        return self._number

    def add(self, recorded: Recorded) -> None:
        """One more entry."""
        entry = recorded.entry
        # Hong Kong's time, as the log has it: faster to cut up than to write anew.
        at = recorded.at.isoformat()
        day, time = at[:_DAY], at[_DAY + 1 : _SECOND]
        self._entries.row(
            (
                recorded.index,
                day,
                time,
                entry.type,
                cell(self._tell(entry)),
                self._words.zone(getattr(entry, "zone", None)),
                _people(entry),
                cell(details(entry)),
            )
        )
        if isinstance(entry, Admission):
            self._admitted(recorded.index, day, time, entry)
        elif isinstance(entry, StaffDuties):
            self._duties(recorded.index, day, time, entry)
        elif isinstance(entry, StaffChanged):
            self._changed(recorded.index, day, time, entry)

    def _admitted(self, index: int, day: str, time: str, entry: Admission) -> None:
        words = self._words
        zone, party, by = words.zone(entry.zone), cell(entry.party), cell(entry.by or "")
        place, override = cell(_place(entry)), cell(self._override(entry))
        way, later = words(f"way.{entry.way}"), self._later.said.get(index, "")
        for person in entry.people:
            self._number += 1
            shown = self._evidence(person, entry.takeaway)
            self._people.row(
                (self._number, day, time, zone, party, *shown, place, way, by, override, later, index)
            )

    def _shown(self, person: Evidence, takeaway: bool) -> tuple[str, str, str, str]:  # noqa: FBT001 - cached by place
        """Evidence, proofs, papers and age of a person, in words."""
        words = self._words
        first = shown_by(person, takeaway=takeaway)
        also = [word for word in _seen(person) if word != first]
        proofs = [words.of("proofs.format_", one) for one in person.proofs]
        proofs += [words("record_seen")] if person.record_seen else []
        papers = [words(f"paper.{one}") for one in person.papers]
        papers += [words(key) for key in ("document_seen", "mask", "comes_again") if getattr(person, key)]
        return (
            words.listed(words(f"shown.{word}") for word in (first, *also)),
            words.listed(proofs),
            words.listed(papers),
            words(f"age.{person.age}") if person.age else "",
        )

    def _override(self, entry: Admission) -> str:
        override = entry.override
        if override is None:
            return ""
        against = self._words.against(override.against)
        return self._words("overridden", by=override.by, reason=override.reason, against=against)

    def _duties(self, index: int, day: str, time: str, entry: StaffDuties) -> None:
        words = self._words
        missing = [f"{words.of('staff.what.', one.code)} {one.people}" for one in entry.reasons]
        paragraphs = dict.fromkeys(one.para for one in entry.reasons if one.para)
        self._staff.row(
            (
                *(day, time, words.zone(entry.zone), words("staff.duties"), entry.staff),
                *(
                    words(f"in_order.{'no' if entry.reasons else 'yes'}"),
                    words.listed(missing),
                    cell(words.listed(paragraphs)),
                ),
                *("", "", "", index),
            )
        )

    def _changed(self, index: int, day: str, time: str, entry: StaffChanged) -> None:
        words = self._words
        for change in entry.changes:
            kinds = words.listed(words(f"staff.{kind}") for kind in change.kinds)
            self._staff.row(
                (
                    *(day, time, "", words("staff.register"), "", "", "", ""),
                    *(cell(change.member), kinds, cell(entry.by), index),
                )
            )


def details(entry: AnyEntry) -> str:
    """What an entry says beside what has a column of its own, by the names that the log has for it."""
    return "; ".join(_pairs(entry, _TOLD))


def _pairs(model: BaseModel, but: frozenset[str] = frozenset()) -> Iterator[str]:
    for name, value in model.__dict__.items():
        if name not in but and value is not None and value is not False and value != ():
            yield f"{name}={_told(value)}"


def _told(value: object) -> str:
    match value:
        case BaseModel():
            return f"({', '.join(_pairs(value))})"
        case tuple():
            return " ".join(map(_told, value))
        case dict():
            return " ".join(f"{key}:{_told(one)}" for key, one in value.items())
        case True:
            return "yes"
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _people(entry: AnyEntry) -> int | str:
    if isinstance(entry, Admission):
        return len(entry.people)
    if isinstance(entry, Passage):
        return 1
    people = getattr(entry, "people", "")
    return people if isinstance(people, int) else ""


def _seen(person: Evidence) -> Iterator[str]:
    """By what it could have been told that the code was scanned or the visit registered."""
    if person.lhs:
        yield person.lhs
    for name in ("form", "registered", "with_adult"):
        if getattr(person, name):
            yield name


def _place(entry: Admission) -> str:
    places = [share.table for share in entry.tables]
    return " ".join(filter(None, (*places, entry.room, entry.banquet)))
