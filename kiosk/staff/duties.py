"""What the law asks of each member of staff in each part of the premises, and until when it is met.

Nothing of the law is known here. It is asked: about the place with one member alone, on one day after another, and the
days on which it answers with a reason of staff are the days on which something is missing. So a new instrument, kind or
mode needs no change.

* `fine`: nothing is missing today. ``until`` is the last day on which that holds by itself (a test runs out), None when
  no day is in sight on which it ends.
* `due`: nothing is missing today, but only because the law gives time: somebody who has nothing at all is
  as well off until ``until``, the last day of that time.
* `missing`: the law answers with a reason today. ``met_from`` is the first day on which waiting alone mends it (the days
  after a dose), None where something must be done.

The instrument in force today is asked about the days after it lapses as well: whether another follows is not known, and
nobody should learn on the last day that a test is due.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from kiosk import HONG_KONG, law
from kiosk.staff.register import Member, Register

#: How far ahead anybody looks, and what counts as soon, in days.
AHEAD = 30
SOON = 3

State = Literal["fine", "due", "missing"]


@dataclass(frozen=True)
class Duty:
    """How one member stands to what one part of the premises asks.

    ``reasons`` are the law's: of today where something is missing, else of the first day on which it would be.
    """

    area: str
    mode: str | None
    state: State
    until: date | None = None
    met_from: date | None = None
    reasons: tuple[law.Reason, ...] = ()

    def soon(self, today: date) -> bool:
        """Whether something has to be done within `SOON` days."""
        return (
            self.state != "missing" and self.until is not None and self.until - today <= timedelta(days=SOON)
        )


@dataclass(frozen=True)
class MemberDuties:
    """One member with a duty for each part of the premises; none for those who do not work here now."""

    member: Member
    duties: tuple[Duty, ...]

    @property
    def state(self) -> State:
        """The worst of them."""
        states = {duty.state for duty in self.duties}
        return "missing" if "missing" in states else "due" if "due" in states else "fine"

    def soon(self, today: date) -> bool:
        """Whether any of them falls due within `SOON` days."""
        return any(duty.soon(today) for duty in self.duties)


@dataclass(frozen=True)
class AreaDuties:
    """One part of the premises: who lacks something that its mode asks for today."""

    area: str
    mode: str | None
    lacking: tuple[MemberDuties, ...]

    @property
    def open(self) -> bool:
        """Whether staff keep nobody out."""
        return not self.lacking


@dataclass(frozen=True)
class Duties:
    """All of it on one day (Hong Kong's); ``instrument`` None: no directions are in force, and nothing can be said."""

    today: date
    instrument: str | None
    members: tuple[MemberDuties, ...] = ()
    areas: tuple[AreaDuties, ...] = ()

    @property
    def soon(self) -> tuple[MemberDuties, ...]:
        """Those of whom something is missing or falls due within `SOON` days."""
        return tuple(one for one in self.members if one.state == "missing" or one.soon(self.today))


def duties(instruments: law.Instruments, premises: law.Premises, register: Register, today: date) -> Duties:
    """What the instrument in force on ``today`` asks of the staff in the register."""
    instrument = instruments.on(today)
    if instrument is None:
        return Duties(today, None)
    ask = _Asked(_lasting(instrument, today), premises, today)
    members = tuple(
        MemberDuties(member, tuple(ask.duty(member, *area) for area in ask.areas) if member.active else ())
        for member in register.members
    )
    areas = tuple(
        AreaDuties(
            area,
            mode,
            tuple(
                one
                for one in members
                if any(duty.area == area and duty.state == "missing" for duty in one.duties)
            ),
        )
        for area, mode in ask.areas
    )
    return Duties(today, instrument.id, members, areas)


def _lasting(instrument: law.Instrument, today: date) -> law.Instruments:
    """The instrument alone, as if it held for as long as anybody looks."""
    last = max(instrument.in_force.last, today + timedelta(days=AHEAD + 1))
    in_force = instrument.in_force.model_copy(update={"last": last})
    # A fresh copy: what it has worked out from its days (`lapses`) is worked out anew.
    parts = {name: getattr(instrument, name) for name in type(instrument).model_fields}
    return law.Instruments((law.Instrument.model_construct(**{**parts, "in_force": in_force}),))


class _Asked:
    """The questions to the law about one place from one day on."""

    def __init__(self, instruments: law.Instruments, premises: law.Premises, today: date) -> None:
        self._instruments = instruments
        self._premises = premises
        self._days = [today + timedelta(days=ahead) for ahead in range(AHEAD + 1)]
        zones = [(zone.id, zone.mode) for zone in premises.zones]
        self.areas: list[tuple[str, str | None]] = zones or [(law.WHOLE, premises.mode)]
        nobody = law.Staff(id="nobody")
        self._grace = {area: self._first_without(nobody, area) for area, _ in self.areas}

    def duty(self, member: Member, area: str, mode: str | None) -> Duty:
        """How a member stands to one part of the premises."""
        facts = member.as_law()
        made = Duty(area, mode, "fine")
        if reasons := self._reasons(facts, area, self._days[0]):
            met = next((day for day in self._days if not self._reasons(facts, area, day)), None)
            return replace(made, state="missing", met_from=met, reasons=reasons)
        end = self._first_without(facts, area)
        if end is None:
            return made
        state: State = "due" if end == self._grace[area] else "fine"
        reasons = self._reasons(facts, area, end)
        return replace(made, state=state, until=end - timedelta(days=1), reasons=reasons)

    def _first_without(self, staff: law.Staff, area: str) -> date | None:
        """The first day on which something is missing."""
        return next((day for day in self._days if self._reasons(staff, area, day)), None)

    def _reasons(self, staff: law.Staff, area: str, day: date) -> tuple[law.Reason, ...]:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=HONG_KONG)
        premises = self._premises.model_copy(update={"staff": (staff,)})
        scenario = law.Scenario.model_construct(
            at=noon, premises=premises, inside={}, party=law.Party(zone=area if premises.zones else None)
        )
        found = law.decide(self._instruments, scenario).reasons
        return tuple(reason for reason in found if reason.code.startswith("staff_"))
