"""What single entries tell of people who were let in: facts that may be contraventions once somebody has entered."""

from __future__ import annotations

from typing import Literal, NamedTuple

from kiosk.ledger.entries import Admission, DayOpened, LegalReason, StaffDuties, ZoneRules
from kiosk.reports.figures import Against, Doubt

#: What customers have to show.
_EVIDENCE = frozenset(
    {
        "no_lhs_scan",
        "not_registered",
        "not_vaccinated",
        "missing_declaration",
        "missing_certificate",
        "missing_test",
        "mask_required",
    }
)
#: What stretches show.
NUMBERS = frozenset({"over_capacity", "room_full", "gathering_too_large"})


class Fact(NamedTuple):
    """One thing about the people of an entry; ``people`` of them, or 0 for all."""

    what: Against
    code: str | None
    para: str | None
    people: int = 0
    doubt: Doubt | None = None
    #: What may yet take it back.
    until_settled: Literal["hours", "duties"] | None = None


def zone_rules(opened: DayOpened | None, zone: str) -> ZoneRules | None:
    """The rules of a zone."""
    return next((rules for rules in opened.zones if rules.zone == zone), None) if opened else None


def overridden(reason: LegalReason, entry: Admission, zone: ZoneRules | None) -> Fact:
    """What a supervisor let in against, under what it was about."""
    what: Against = "overridden"
    doubt: Doubt | None = None
    if reason.code.startswith("staff_"):
        what = "staff_not_in_order"
    elif reason.code == "outside_hours":
        what = "outside_hours"
    elif reason.code in _EVIDENCE:
        what = "no_evidence"
    elif reason.code in NUMBERS or reason.code == "banquet_too_large":
        doubt = "count"
    elif reason.code == "unknown_fact":
        doubt = "fact"
    elif reason.code == "table_full" and not _alone_too_many(entry, zone):
        doubt = "count"
    return Fact(what, reason.code, reason.para or None, reason.people, doubt)


def _alone_too_many(entry: Admission, zone: ZoneRules | None) -> bool:
    """Whether the party was too large for a table, whoever else sat there."""
    if zone is None or zone.table is None:
        return False
    together = max((share.people for share in entry.tables), default=len(entry.people))
    return together > zone.table


def of_duties(said: StaffDuties | None) -> list[Fact]:
    """What an admission was made in spite of, as the log last found the staff."""
    return [
        Fact("staff_not_in_order", reason.code, reason.para or None, until_settled="duties")
        for reason in (said.reasons if said else ())
    ]
