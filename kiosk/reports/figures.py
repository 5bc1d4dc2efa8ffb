"""What the log shows of each day: the models. `kiosk.reports.days` makes them from entries, pages and the report show them.

Days are Hong Kong's: an entry after midnight belongs to the new day. People are counted as the gate counts them: *taken* is what
counts against a limit (occupied, reserved, kept, uncertain and unplaced), *inside* is who is known to be inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from kiosk.ledger.entries import AnyEntry, ZoneRules

#: By what a person was let in: the row an inspector wants. ``staff_saw``, ``declared`` and ``receipt`` are ways to show that
#: the LeaveHomeSafe code was scanned; ``none``: the log shows no evidence of it at all.
Shown = Literal["staff_saw", "declared", "receipt", "form", "registered", "with_adult", "takeaway", "none"]
#: What the log itself shows to be against the law.
Against = Literal[
    "over_limit", "outside_hours", "staff_not_in_order", "no_evidence", "overridden", "uncounted"
]
#: Why the log alone does not prove it, so that it is a question to the venue and no finding. ``unchecked``: it hangs on people who
#: passed without an admission, who may have been staff; ``count``: on places that were taken and perhaps free again; ``fact``:
#: on something that nobody told the kiosk, such as an age.
Doubt = Literal["unchecked", "count", "fact"]


@dataclass(frozen=True, slots=True)
class Point:
    """From ``at`` on, until the next point: people."""

    at: datetime
    taken: int
    inside: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What bound a zone from ``at`` on; ``rules`` is None while the log does not say."""

    at: datetime
    instrument: str | None
    rules: ZoneRules | None


@dataclass(frozen=True, slots=True)
class Over:
    """A stretch in which more people were known to be inside than the law allowed; the days before and after may have more of it."""

    first: datetime
    last: datetime
    #: The limit, and how many were inside at worst, and when that was first so.
    limit: int
    most: int
    worst_at: datetime
    #: Whether it had begun before this day, and whether it went on at the end of what is told.
    carried: bool = False
    goes_on: bool = False
    doubt: Doubt | None = None
    room: str | None = None


@dataclass(frozen=True, slots=True)
class ZoneDay:
    """One zone on one day (``zone`` is ``premises`` where the premises are one area)."""

    zone: str
    #: In order, the first at the beginning of the day or of the log; thinned to the highest of each few minutes where many.
    curve: tuple[Point, ...]
    #: In order; the first holds from the beginning of the day.
    rules: tuple[Rules, ...]
    #: The most that was ever taken, never lost by thinning; None on a day without entries.
    peak: Point | None
    #: When admission ended, and who was still inside then.
    closed: tuple[Point, ...] = ()
    #: In order; those of the zone first, then those of its rooms.
    over: tuple[Over, ...] = ()
    #: Where the curve ends; None: with the day.
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Refusals for one reason."""

    code: str
    para: str
    parties: int
    people: int


@dataclass(frozen=True, slots=True)
class Line:
    """An entry that is told as it is: an alarm, an override, a recount, a sign-in, a download and the like."""

    index: int
    at: datetime
    entry: AnyEntry


@dataclass(frozen=True, slots=True)
class Contravention:
    """Something against the law that the log itself shows.

    ``code`` is the law's code where there is one (see CONTRACTS: `over_capacity`, `no_lhs_scan` …); ``para`` the instrument's paragraph;
    ``zone`` where it was, if anywhere.
    """

    what: Against
    code: str | None
    para: str | None
    instrument: str | None
    zone: str | None
    #: From when to when, both included; one moment where it was one entry.
    first: datetime
    last: datetime
    #: How many people it concerns (over the limit: by how many at worst), the entries that show it (the first few), and how
    #: many entries there are.
    people: int
    entries: tuple[int, ...]
    count: int
    #: Over the limit: the limit, and the room where it was one room's.
    limit: int | None = None
    room: str | None = None
    #: Whether it had begun before this day, and whether it went on at its end: one stretch, told on each of its days.
    carried: bool = False
    goes_on: bool = False
    #: None: the log shows it as it stands.
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One day of the log."""

    day: date
    #: Indices of its entries.
    start: int
    end: int
    #: What kind of premises, where the log says so.
    kind: str | None
    instruments: tuple[str, ...]
    zones: tuple[ZoneDay, ...]
    #: The whole premises, where there are several zones.
    whole: ZoneDay | None
    parties: int
    people: int
    #: People admitted by what was shown: each counts once. By format of their verified codes, ``record_seen`` where staff read a
    #: record, ``papers`` where they saw those of the unfit: who showed several counts in each.
    shown: Mapping[Shown, int]
    proofs: Mapping[str, int]
    refused_parties: int
    refused_people: int
    #: By reason; who was refused for several counts in each.
    refusals: tuple[Refused, ...]
    #: Codes that were no evidence: format and error to how often.
    rejected: Mapping[tuple[str, str], int]
    #: People who passed inwards, how many of these without an admission, who left (by the exit beam where there is one, otherwise
    #: by the taps of staff), and how many places were given back.
    passages: int
    uncounted: int
    exits: int
    returned: int
    #: Alarms and their ends.
    alarms: tuple[Line, ...]
    #: Admissions against the decision.
    overrides: tuple[Line, ...]
    #: Undone admissions, settled releases, recounts, staff passes.
    corrections: tuple[Line, ...]
    #: How the law found the staff, and changes of the register.
    staff: tuple[Line, ...]
    #: Starts, stops, settings, ways, plans, clock, erasures, new secrets of staff, sign-ins of inspectors and downloads.
    others: tuple[Line, ...]
    contraventions: tuple[Contravention, ...]
    #: Lines of these kinds that were left out because there were too many of them.
    left_out: int = 0
