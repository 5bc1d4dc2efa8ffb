"""What the gate asks the law, and the law's answers as the gate keeps them.

* Everything that counts against a limit counts as inside: occupied, reserved, kept, uncertain and unplaced people. The
  unplaced are asked about in the zone that the party wants, so that they count against it and once in all.
* A party split over tables is asked about table by table: those at the tables before have come in already, and
  a table shared with another party counts both. The reasons of all tables together are the party's.
* Seats are not law: more people than seats at a table, or than a room holds, is a fault of its own, without a paragraph.
* A zone without rooms is one room; where the law limits rooms and the venue has several, the party's has to be chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

from kiosk import HONG_KONG, law
from kiosk.gate.party import Hand
from kiosk.gate.snapshot import ReasonView, Texts
from kiosk.gate.words import refusal_words
from kiosk.law.instrument import ThreeLanguages
from kiosk.law.rules import Rules
from kiosk.ledger.entries import LegalReason, StaffDuties, ZoneRules
from kiosk.premises import Premises
from kiosk.premises.venue import venue_facts
from kiosk.settings import WHOLE, Names, RoomSettings, Settings, TableSettings
from kiosk.texts import LANGUAGES

Ask = Literal["code", "scan"]

#: How long before the law lapses without a successor the desk is told.
LAPSE_NOTICE = timedelta(hours=24)
_YEARS_OF_ADULT = 40
#: Codes that say that an area admits nobody at this time.
_SHUT = frozenset({"outside_hours", "must_close", "no_instrument"})


@dataclass(frozen=True, kw_only=True)
class ZoneNow:
    """What binds a zone in this minute. ``closed``: the law lets nobody in, whoever it is."""

    zone: str
    mode: str | None
    name: Names
    capacity: int
    limit: int | None = None
    table: int | None = None
    #: The most people in one room, where the venue has rooms.
    room: int | None = None
    #: Whether the law says anything of banquets there.
    banquets: bool = False
    closed: bool = False
    #: How many members of staff there are, and what they lack by law, never who.
    staff: int = 0
    staff_lacks: tuple[LegalReason, ...] = ()
    closes_at: datetime | None = None
    #: When it opens again, while it is closed.
    opens_at: datetime | None = None

    @property
    def staff_short(self) -> bool:
        """Whether nobody may be admitted because of what the staff lack."""
        return bool(self.staff_lacks)

    @cached_property
    def duties(self) -> StaffDuties:
        """How the law finds the staff, as the log has it."""
        return StaffDuties(zone=self.zone, staff=self.staff, reasons=self.staff_lacks)

    def rules(self) -> ZoneRules:
        """The numbers as the log has them."""
        return ZoneRules(
            zone=self.zone,
            mode=self.mode,
            capacity=self.capacity,
            limit=self.limit,
            table=self.table,
            room=self.room,
            closes_at=self.closes_at,
        )


@dataclass(frozen=True, kw_only=True)
class LawNow:
    """What binds the premises in one minute."""

    minute: datetime
    instrument: str | None = None
    digest: str | None = None
    title: Texts | None = None
    penalty: Texts | None = None
    #: When the law lapses with nothing to follow, from a day before.
    lapses_at: datetime | None = None
    zones: tuple[ZoneNow, ...] = ()

    def zone(self, name: str | None) -> ZoneNow | None:
        """The zone of that id."""
        return next((zone for zone in self.zones if zone.zone == name), None)


@dataclass(frozen=True)
class Judgement:
    """What the law says of a party: reasons with the index of the customer in the party."""

    reasons: tuple[law.Reason, ...]
    instrument: str | None

    @property
    def admit(self) -> bool:
        """Whether the law lets them in."""
        return not self.reasons

    @cached_property
    def codes(self) -> frozenset[str]:
        """The codes of all reasons."""
        return frozenset(reason.code for reason in self.reasons)

    @cached_property
    def views(self) -> tuple[ReasonView, ...]:
        """The reasons as pages show them."""
        return tuple(reason_view(reason) for reason in self.reasons)

    def legal(self) -> tuple[LegalReason, ...]:
        """The reasons as the log has them: how many customers each concerns, not which."""
        counts: dict[tuple[str, str], set[int]] = {}
        for reason in self.reasons:
            customers = counts.setdefault((reason.code, reason.para or ""), set())
            if reason.customer is not None:
                customers.add(reason.customer)
        return tuple(
            LegalReason(code=code, para=para, people=len(who)) for (code, para), who in counts.items()
        )


def reason_view(reason: law.Reason) -> ReasonView:
    """A reason as pages show it."""
    return ReasonView(
        code=reason.code,
        para=reason.para or "",
        customer=reason.customer,
        message={language: reason.message(language) for language in LANGUAGES},
    )


class VenueLaw:
    """The law at one venue.

    Raises:
        SettingsError: the venue's part ``premises`` is not what the law can be asked about.
        ScenarioError: a kind or a mode that no instrument knows.
    """

    def __init__(self, settings: Settings, instruments: law.Instruments) -> None:
        self._settings = settings
        self._instruments = instruments
        self._facts = venue_facts(settings)
        #: What is asked of everybody in a zone with so many people, in one minute.
        self._asked: tuple[datetime | None, dict[tuple[str, int], tuple[Ask, ...]]] = (None, {})
        self._with_staff: tuple[tuple[law.Staff, ...], VenueLaw] | None = None
        instruments.require_known(self._facts)
        premises = settings.premises
        self._areas = [(zone.id, zone.mode, zone.name, zone.capacity) for zone in premises.zones] or [
            (WHOLE, premises.mode, settings.name, premises.capacity)
        ]
        self.tables: dict[str, tuple[TableSettings, ...]] = {
            zone.id: zone.tables for zone in premises.zones
        } or {WHOLE: premises.tables}
        self.rooms: dict[str, tuple[RoomSettings, ...]] = {
            zone.id: zone.rooms for zone in premises.zones
        } or {WHOLE: premises.rooms}

    def staffed(self, staff: tuple[law.Staff, ...] | None) -> VenueLaw:
        """The same with these members of staff; None: those of the venue's file."""
        if staff is None:
            return self
        if self._with_staff is None or self._with_staff[0] is not staff:
            made = copy(self)
            made._facts = self._facts.model_copy(update={"staff": staff})  # noqa: SLF001 - of its own class
            self._with_staff = (staff, made)
        return self._with_staff[1]

    def now(self, at: datetime) -> LawNow:
        """What binds the premises in the minute of ``at``."""
        minute = minute_of(at)
        instrument = self._instruments.in_force(minute)
        zones = tuple(self._zone_now(*area, minute) for area in self._areas)
        if instrument is None:
            return LawNow(minute=minute, zones=zones)
        followed = self._instruments.in_force(instrument.lapses) is not None
        soon = not followed and minute >= instrument.lapses - LAPSE_NOTICE
        said = instrument.penalties_for(self._settings.premises.kind, "customer")
        return LawNow(
            minute=minute,
            instrument=instrument.id,
            digest=instrument.digest,
            title=_texts(instrument.title),
            penalty=_joined([_texts(penalty.text) for penalty in said if penalty.about == "declaration"]),
            lapses_at=instrument.lapses if soon else None,
            zones=zones,
        )

    def _zone_now(self, zone: str, mode: str | None, name: Names, capacity: int, minute: datetime) -> ZoneNow:
        scenario = law.Scenario(at=minute, premises=self._facts, party=law.Party(zone=zone))
        decision = law.decide(self._instruments, scenario)
        limits = decision.limits or law.Limits()
        closed = any(reason.code in _SHUT for reason in decision.reasons)
        opens_at = law.next_opening(self._instruments, self._facts, zone, minute) if closed else None
        by_room, rules = self._by_room(zone, minute), self._rules(zone, minute)
        in_room = [
            number for number in (limits.room, limits.capacity if by_room else None) if number is not None
        ]
        return ZoneNow(
            zone=zone,
            mode=mode,
            name=name,
            capacity=capacity,
            limit=None if by_room else limits.capacity,
            table=limits.table,
            room=min(in_room, default=None) if self.rooms[zone] else None,
            banquets=bool(rules and rules.on("banquet")),
            closed=closed,
            staff=len(self._facts.staff),
            staff_lacks=tuple(
                LegalReason(
                    code=reason.code, para=reason.para or "", people=int(str(reason.values.get("count", 0)))
                )
                for reason in decision.reasons
                if reason.code.startswith("staff_")
            ),
            closes_at=None if closed else limits.closes_at,
            opens_at=opens_at,
        )

    def asked_of_all(self, zone: str, minute: datetime, premises: Premises) -> tuple[Ask, ...]:
        """What the next adult who has shown nothing would be refused for; a gathering asks more as it grows.

        Where people are counted room by room, the emptiest room counts: it is open to them.
        """
        rooms = self.rooms[zone] if self._by_room(zone, minute) else ()
        inside = min((premises.in_room(room.id) for room in rooms), default=premises.taken(zone))
        if self._asked[0] != minute:
            self._asked = (minute, {})
        known = self._asked[1]
        if (zone, inside) not in known:
            known[zone, inside] = self._asked_at(zone, minute, inside)
        return known[zone, inside]

    def _asked_at(self, zone: str, minute: datetime, inside: int) -> tuple[Ask, ...]:
        party = law.Party(zone=zone, customers=(law.Customer(age=_YEARS_OF_ADULT),))
        scenario = law.Scenario(at=minute, premises=self._facts, inside={zone: inside}, party=party)
        codes = {reason.code for reason in law.decide(self._instruments, scenario).reasons}
        asked: tuple[tuple[Ask, bool], ...] = (
            ("code", "not_vaccinated" in codes),
            ("scan", bool(codes & {"no_lhs_scan", "not_registered"})),
        )
        return tuple(what for what, is_asked in asked if is_asked)

    def _by_room(self, zone: str, at: datetime) -> bool:
        """Whether the people of a gathering there are counted room by room, and nothing but that limits their number."""
        rules = self._rules(zone, at)
        if rules is None or not self.rooms[zone] or rules.on("capacity"):
            return False
        counts = [rule.people for rule in rules.on("people") if rule.people is not None]
        return bool(counts) and all(count.by_room for count in counts)

    def _rules(self, zone: str, at: datetime) -> Rules | None:
        instrument = self._instruments.in_force(at)
        mode = next(mode for name, mode, *_ in self._areas if name == zone)
        return instrument.rules(self._facts.kind, mode) if instrument else None

    def judge(self, hand: Hand, premises: Premises, at: datetime) -> Judgement:
        """What the law says of the party at ``at``."""
        inside = {
            zone: premises.taken(zone) if zone == hand.zone else premises.placed(zone)
            for zone, *_ in self._areas
        }
        if hand.zone is not None and hand.room is not None and self._by_room(hand.zone, at):
            # An empty room of a gathering that is split into rooms has nobody, whoever is in the others.
            inside[hand.zone] = premises.in_room(hand.room)
        in_room = self._in_room(hand, premises)
        banquet = premises.at_banquet(hand.banquet) + len(hand.customers) if hand.banquet else 0
        today = at.astimezone(HONG_KONG).date()
        reasons: dict[tuple[str, int | None], law.Reason] = {}
        instrument = None
        for table, start, customers in hand.groups():
            party = law.Party(
                zone=hand.zone,
                seated_at_table=0 if table is None else premises.at_table(table),
                in_room=0 if in_room is None else in_room + start,
                banquet_size=banquet,
                takeaway=hand.takeaway,
                customers=tuple(customer.as_law(today) for customer in customers),
            )
            before = _and_before(inside, hand.zone, start)
            scenario = law.Scenario(at=at, premises=self._facts, inside=before, party=party)
            decision = law.decide(self._instruments, scenario)
            instrument = decision.instrument
            for reason in decision.reasons:
                found = _of_party(reason, start)
                # What concerns the place is told once, not at every table.
                reasons.setdefault((found.code, found.customer), found)
        if ("over_capacity", None) in reasons and len(hand.customers) > 1:
            # Told in the numbers of the whole party, not of those who come after its first table.
            whole = law.Party(zone=hand.zone, customers=(law.Customer(),) * len(hand.customers))
            asked = law.Scenario(at=at, premises=self._facts, inside=inside, party=whole)
            full = [
                one for one in law.decide(self._instruments, asked).reasons if one.code == "over_capacity"
            ]
            reasons.update({(one.code, None): one for one in full})
        return Judgement(tuple(reasons.values()), instrument)

    def left(self, zone: ZoneNow, law_now: LawNow, premises: Premises) -> int | None:
        """How many more may enter a zone: it and the premises must both have room; None without a limit."""
        if zone.limit is None:
            return None
        room = zone.limit - premises.taken(zone.zone)
        limits = [each.limit for each in law_now.zones]
        if None not in limits:
            inside = sum(premises.placed(each.zone) for each in law_now.zones) + premises.unplaced
            room = min(room, sum(limit or 0 for limit in limits) - inside)
        return max(0, room)

    def _in_room(self, hand: Hand, premises: Premises) -> int | None:
        """How many are in the party's room; a zone without rooms is one. None where no room was chosen."""
        if hand.room is not None:
            return premises.in_room(hand.room)
        return None if hand.zone is None or self.rooms[hand.zone] else premises.taken(hand.zone)

    def room(self, zone: str | None, room: str) -> RoomSettings | None:
        """The room of that id in a zone."""
        return next((each for each in self.rooms.get(zone or "", ()) if each.id == room), None)

    def room_of_table(self, zone: str | None, table: str) -> str | None:
        """The room in which a table stands."""
        return next((each.room for each in self.tables.get(zone or "", ()) if each.id == table), None)

    def place_fault(
        self, hand: Hand, premises: Premises, law_now: LawNow
    ) -> tuple[str, dict[str, object]] | None:
        """Why the party cannot go where staff chose, whatever the law says: a code and its values."""
        fault = self._seating_fault(hand, premises)
        if fault:
            return fault
        if hand.banquet is not None and hand.banquet not in premises.banquets:
            return "unknown_banquet", {"banquet": hand.banquet}
        if hand.room is not None:
            return self.room_fault(hand.zone, hand.room, len(hand.customers), premises.in_room(hand.room))
        zone = law_now.zone(hand.zone)
        if zone is not None and zone.room is not None and not hand.takeaway:
            return "no_room", {}
        return None

    def room_fault(
        self, zone: str | None, room: str, people: int, inside: int
    ) -> tuple[str, dict[str, object]] | None:
        """Why ``people`` cannot go into a room with ``inside`` there; None if they can."""
        found = self.room(zone, room)
        if found is None:
            return "unknown_room", {"room": room}
        if inside + people > found.places:
            return "too_few_places", {
                "room": room,
                "places": found.places,
                "free": max(0, found.places - inside),
            }
        return None

    def _seating_fault(self, hand: Hand, premises: Premises) -> tuple[str, dict[str, object]] | None:
        seating = hand.seating()
        if seating and sum(share.people for share in seating) != len(hand.customers):
            return "tables_do_not_add_up", {
                "people": len(hand.customers),
                "seated": sum(share.people for share in seating),
            }
        for share in seating:
            fault = self.table_fault(hand.zone, share.table, share.people, premises.at_table(share.table))
            if fault:
                return fault
        return None

    def table_fault(
        self, zone: str | None, table: str, people: int, seated: int
    ) -> tuple[str, dict[str, object]] | None:
        """Why ``people`` cannot sit down at a table with ``seated`` there; None if they can."""
        found = next((each for each in self.tables.get(zone or "", ()) if each.id == table), None)
        if found is None:
            return "unknown_table", {"table": table}
        if seated + people > found.seats:
            return "too_few_seats", {
                "table": table,
                "seats": found.seats,
                "free": max(0, found.seats - seated),
            }
        return None


def minute_of(at: datetime) -> datetime:
    """The minute of ``at`` by the clock in Hong Kong; the law's hours change on the minute."""
    return at.astimezone(HONG_KONG).replace(second=0, microsecond=0)


def fault_view(code: str, values: Mapping[str, object]) -> ReasonView:
    """A fault that is not the law's, among the reasons: it has no paragraph."""
    return ReasonView(code=code, para="", customer=None, message=refusal_words(code, **values))


def _and_before(inside: dict[str, int], zone: str | None, before: int) -> dict[str, int]:
    return inside if zone is None else {**inside, zone: inside.get(zone, 0) + before}


def _of_party(reason: law.Reason, start: int) -> law.Reason:
    """A reason of those at one table, with the customer's index in the whole party."""
    return reason if reason.customer is None else replace(reason, customer=reason.customer + start)


def _texts(said: ThreeLanguages) -> Texts:
    return {language: said.text(language) for language in LANGUAGES}


def _joined(parts: list[Texts]) -> Texts | None:
    if not parts:
        return None
    return {
        language: (" " if language == "en" else "").join(part[language] for part in parts)
        for language in LANGUAGES
    }
