"""The sums and the lines of a day: who was let in by what, who was refused why, what passed, and what is told as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from kiosk.ledger.entries import (
    Admission,
    Alarm,
    AlarmCleared,
    AnyEntry,
    ClockConfirmed,
    CodeRejected,
    Continues,
    Decommissioned,
    Downloaded,
    Erased,
    Evidence,
    Exit,
    InspectorSignedIn,
    InspectorSignedOut,
    Passage,
    PlacesReturned,
    PlanDisplayed,
    Recorded,
    Recount,
    Refusal,
    SettingsChanged,
    Settled,
    SignInReset,
    StaffChanged,
    StaffDuties,
    StaffPass,
    Started,
    Stopped,
    Undone,
    WayChanged,
)
from kiosk.premises import Premises
from kiosk.reports.figures import Line, Refused, Shown

#: So many lines of each kind are told for a day; the rest are counted.
MOST_LINES = 500

#: Where an entry is told as it is.
_LINES: Mapping[type, str] = MappingProxyType(
    {
        **dict.fromkeys((Alarm, AlarmCleared), "alarms"),
        **dict.fromkeys((Undone, Settled, Recount, StaffPass), "corrections"),
        **dict.fromkeys((StaffDuties, StaffChanged), "staff"),
        **dict.fromkeys(
            (
                Started,
                Stopped,
                Continues,
                Decommissioned,
                SettingsChanged,
                WayChanged,
                PlanDisplayed,
                ClockConfirmed,
                Erased,
                SignInReset,
                InspectorSignedIn,
                InspectorSignedOut,
                Downloaded,
            ),
            "others",
        ),
    }
)


def shown_by(person: Evidence, *, takeaway: bool) -> Shown:
    """By what a person was let in: each counts once, by the first of these that was there."""
    if person.lhs is not None:
        return person.lhs
    if person.form:
        return "form"
    if person.registered:
        return "registered"
    if person.with_adult:
        return "with_adult"
    return "takeaway" if takeaway else "none"


class Tally:
    """One day while it is being told."""

    def __init__(self) -> None:
        self.parties = self.people = 0
        self.shown: Counter[Shown] = Counter()
        self.proofs: Counter[str] = Counter()
        self.refused_parties = self.refused_people = 0
        self._refused: dict[tuple[str, str], list[int]] = {}
        self.rejected: Counter[tuple[str, str]] = Counter()
        self.passages = self.uncounted = self.exits = self.returned = 0
        self._lines: dict[str, list[Line]] = {}
        self.left_out = 0

    def note(self, recorded: Recorded, premises: Premises) -> None:
        """One more entry, and what the premises are with it."""
        entry = recorded.entry
        match entry:
            case Passage():
                self.passages += 1
                self.uncounted += entry.admission is None
            case Exit():
                # A beam and a tap tell of the same people.
                if (entry.source == "beam") == premises.door.counts_exits:
                    self.exits += entry.people
            case Admission():
                self._admitted(recorded, entry)
            case Refusal():
                self._refuse(entry)
            case CodeRejected():
                self.rejected[entry.format, entry.error] += 1
            case PlacesReturned():
                self.returned += entry.people
            case _:
                kind = _LINES.get(type(entry))
                if kind is not None:
                    self._line(kind, recorded, entry)

    def lines(self, kind: str) -> tuple[Line, ...]:
        """The lines of one kind."""
        return tuple(self._lines.get(kind, ()))

    @property
    def refusals(self) -> tuple[Refused, ...]:
        """By reason, the most frequent first."""
        found = [
            Refused(code, para, parties, people) for (code, para), (parties, people) in self._refused.items()
        ]
        return tuple(sorted(found, key=lambda one: (-one.parties, one.code, one.para)))

    def _admitted(self, recorded: Recorded, entry: Admission) -> None:
        self.parties += 1
        self.people += len(entry.people)
        for person in entry.people:
            self.shown[shown_by(person, takeaway=entry.takeaway)] += 1
            for format_ in person.proofs:
                self.proofs[format_] += 1
            if person.record_seen:
                self.proofs["record_seen"] += 1
            if person.papers:
                self.proofs["papers"] += 1
        if entry.override is not None:
            self._line("overrides", recorded, entry)

    def _refuse(self, entry: Refusal) -> None:
        self.refused_parties += 1
        self.refused_people += entry.people
        for reason in entry.reasons:
            sums = self._refused.setdefault((reason.code, reason.para), [0, 0])
            sums[0] += 1
            sums[1] += reason.people or entry.people

    def _line(self, kind: str, recorded: Recorded, entry: AnyEntry) -> None:
        lines = self._lines.setdefault(kind, [])
        if len(lines) >= MOST_LINES:
            self.left_out += 1
        else:
            lines.append(Line(recorded.index, recorded.at, entry))
