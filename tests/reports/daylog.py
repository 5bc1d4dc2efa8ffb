"""Logs made by hand: what happened at a door on some days, in few words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from kiosk import HONG_KONG
from kiosk.law import Instruments, load_instruments
from kiosk.ledger.entries import (
    Admission,
    AnyEntry,
    Closed,
    DayOpened,
    Evidence,
    Exit,
    LegalReason,
    Override,
    Passage,
    Recorded,
    StaffDuties,
    Started,
    ZoneRules,
)
from kiosk.premises import Premises, fold
from kiosk.reports.days import figures
from kiosk.reports.figures import Contravention, DayFigures

INSTRUMENTS: Instruments = load_instruments(Path(__file__).parents[2] / "config" / "instruments")
MAY_1 = date(2021, 5, 1)
INSTRUMENT = "2021-04-29"
#: A customer of whom everything is in order anywhere.
FINE = Evidence(proofs=("hk-vac",), lhs="staff_saw", age="adult")
NOBODY = Evidence()


def moment(clock: str, day: date = MAY_1) -> datetime:
    """Hong Kong's time; hours from 24 on are on the next day."""
    hours, minutes, *seconds = clock.split(":")
    begins = datetime.combine(day, time(), tzinfo=HONG_KONG)
    return begins + timedelta(
        hours=int(hours), minutes=int(minutes), seconds=float(seconds[0]) if seconds else 0
    )


def zone(
    name: str = "premises",
    limit: int | None = 10,
    *,
    closes: str | None = "26:00",
    day: date = MAY_1,
    **others: Any,
) -> ZoneRules:
    return ZoneRules(
        **{
            "zone": name,
            "mode": None,
            "capacity": 2 * limit if limit is not None else 100,
            "limit": limit,
            "table": 2,
            "closes_at": moment(closes, day) if closes else None,
            **others,
        }
    )


def opened(*zones: ZoneRules, kind: str | None = "bar", instrument: str | None = INSTRUMENT) -> DayOpened:
    known = next((one for one in INSTRUMENTS if one.id == instrument), None)
    return DayOpened(
        instrument=instrument,
        instrument_digest=known.digest if known else None,
        way="staffed",
        zones=zones or (zone(),),
        kind=kind,
    )


def started(*, entries: bool = True, exits: bool = True) -> Started:
    return Started(
        version="1",
        demo=False,
        clock_shifted=False,
        has_lock=entries,
        counts_entries=entries,
        counts_exits=exits,
    )


def against(*codes: str, people: int = 1, reason: str = "known guests") -> Override:
    """An override; staff and numbers concern the party as such."""
    own = {"over_capacity", "room_full", "table_full", "outside_hours", "must_close", "banquet_too_large"}
    return Override(
        by="mei",
        reason=reason,
        against=tuple(
            LegalReason(code=code, para="2", people=0 if code in own or code.startswith("staff_") else people)
            for code in codes
        ),
    )


def duties(*codes: str, name: str = "premises") -> StaffDuties:
    return StaffDuties(
        zone=name, staff=4, reasons=tuple(LegalReason(code=code, para="2", people=1) for code in codes)
    )


@dataclass
class Log:
    """A log while it is being made. Times are of ``day``; each entry is written at the time that was last set."""

    day: date = MAY_1
    sensors: bool = True
    entries: list[Recorded] = field(default_factory=list)
    now: datetime = datetime(2021, 5, 1, tzinfo=HONG_KONG)

    def at(self, clock: str, day: date | None = None) -> Log:
        self.now = moment(clock, day or self.day)
        return self

    def write(self, *entries: AnyEntry) -> int:
        """The index of the first."""
        first = len(self.entries)
        self.entries += [
            Recorded(index=first + n, at=self.now, entry=entry) for n, entry in enumerate(entries)
        ]
        return first

    def open(self, *zones: ZoneRules, **others: Any) -> Log:
        self.write(started(entries=self.sensors, exits=self.sensors), opened(*zones, **others))
        return self

    def admit(self, people: int | Iterable[Evidence] = 1, name: str = "premises", **others: Any) -> int:
        """An admission that nobody has passed on yet."""
        who = (FINE,) * people if isinstance(people, int) else tuple(people)
        index = len(self.entries)
        return self.write(
            Admission(
                **{
                    "party": f"P{index}",
                    "zone": name,
                    "people": who,
                    "way": "staffed",
                    "by": "mei",
                    "waits_for_passage": self.sensors,
                    "instrument": INSTRUMENT,
                    **others,
                }
            )
        )

    def pass_in(self, admission: int | None, people: int = 1) -> None:
        self.write(*[Passage(admission=admission)] * people)

    def enter(self, people: int | Iterable[Evidence] = 1, name: str = "premises", **others: Any) -> int:
        """An admission, and all of them pass."""
        index = self.admit(people, name, **others)
        entry = self.entries[index].entry
        assert isinstance(entry, Admission)
        if self.sensors:
            self.pass_in(index, len(entry.people))
        return index

    def leave(self, people: int = 1, *, name: str | None = None) -> None:
        source = "beam" if self.sensors else "staff"
        self.write(Exit(people=people, source=source, zone=None if self.sensors else name or "premises"))

    def close(self, name: str = "premises", inside: int = 0) -> None:
        self.write(Closed(zone=name, inside=inside))

    def days(
        self, last: date | None = None, *, until: datetime | None = None, start: int = 0
    ) -> list[DayFigures]:
        before = fold(self.entries[:start]) if start else Premises()
        first = self.day if not start else self.entries[start].at.astimezone(HONG_KONG).date()
        return list(figures(self.entries[start:], before, INSTRUMENTS, first, last or first, until=until))

    def told(self, until: str | None = "24:00") -> DayFigures:
        """The day, told when all of it was over."""
        return self.days(until=moment(until, self.day) if until else None)[0]

    def found(self, until: str | None = "24:00") -> tuple[Contravention, ...]:
        return self.told(until).contraventions
