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
    #: How many people it concerns (over the limit: by how many at worst), and the entries that show it, the first few.
    people: int
    entries: tuple[int, ...]
    count: int


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
    #: People admitted by what was shown, and by format of the verified codes (``record_seen`` where staff read a record).
    shown: Mapping[Shown, int]
    proofs: Mapping[str, int]
    refusals: tuple[Refused, ...]
    #: Codes that were no evidence: format and error to how often.
    rejected: Mapping[tuple[str, str], int]
    #: People who passed, who passed without an admission, who left, and how many places were given back.
    passages: int
    uncounted: int
    exits: int
    returned: int
    alarms: tuple[Line, ...]
    overrides: tuple[Line, ...]
    #: Undone admissions, settled releases, recounts, staff passes.
    corrections: tuple[Line, ...]
    staff: tuple[Line, ...]
    #: Starts, stops, settings, ways, plans, clock, erasures, sign-ins of inspectors and downloads.
    others: tuple[Line, ...]
    contraventions: tuple[Contravention, ...]
    #: Lines of these kinds that were left out because there were too many of them.
    left_out: int = 0
