"""The picture for the pages, made from the state: no name, number or text of a code beyond what is masked.

Sentences were made when things happened and are only put together here: a picture is made several times a second.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from kiosk import HONG_KONG
from kiosk.gate.closing import minutes_left, phase_of
from kiosk.gate.lines import alarm_text, stop_view
from kiosk.gate.party import Customer
from kiosk.gate.question import LawNow, ZoneNow, fault_view
from kiosk.gate.reentry import seen_again
from kiosk.gate.snapshot import (
    AlarmView,
    BadgeView,
    BanquetView,
    CustomerView,
    InsideView,
    InspectionView,
    PartyView,
    ReasonView,
    RoomView,
    SeenAgain,
    Snapshot,
    StopView,
    TableView,
    Texts,
    WaitingView,
    ZoneView,
)
from kiosk.gate.state import State
from kiosk.gate.turn import stops_of, way_of
from kiosk.ledger.entries import AlarmKind
from kiosk.premises import Party, Premises
from kiosk.settings import Names, RoomSettings
from kiosk.texts import LANGUAGES

if TYPE_CHECKING:
    from kiosk.gate.machine import Gate


#: How many parties are shown that will never be tapped as gone.
_SHOWN_BARE = 40


@lru_cache(maxsize=256)
def _alarm_text(kind: AlarmKind, subject: str) -> Texts:
    return alarm_text(kind, subject)


@lru_cache(maxsize=16)
def _stop_view(code: str) -> StopView:
    return stop_view(code)


def snapshot(gate: Gate, state: State, at: datetime, mono: float) -> Snapshot:
    """Everything the display and the desk show; ``mono`` is now on the monotonic clock."""
    settings, premises, law = gate.settings, state.counted, state.law
    zones = tuple(_zone(gate, premises, law, zone, at) for zone in law.zones)
    limits = [zone.limit for zone in law.zones]
    door_link = "none" if _kind(settings.door) == "none" else "up" if state.linked else "lost"
    way = way_of(premises, settings)
    return Snapshot(
        number=state.number,
        at=at,
        demo=gate.demo,
        clock_shifted=gate.clock_shifted,
        sealing_key=gate.sealing_key,
        venue=settings.name,
        kiosk=settings.kiosk,
        way=way,
        instrument=law.instrument,
        instrument_title=law.title,
        lapses_at=law.lapses_at,
        penalty=law.penalty,
        lhs_evidence=settings.admission.lhs_evidence,
        zones=zones,
        inside=premises.inside_whole,
        taken=premises.taken_whole,
        limit=None if None in limits else sum(limit or 0 for limit in limits),
        unplaced=premises.unplaced,
        has_lock=gate.door.has_lock,
        counts_entries=gate.door.counts_entries,
        counts_exits=gate.door.counts_exits,
        stops=tuple(_stop_view(code) for code in stops_of(state)),
        verdict=state.verdict,
        party=_party(gate, state, mono) if way == "staffed" else None,
        parties=tuple(_inside(party) for party in _shown(premises)),
        waiting=tuple(
            WaitingView(
                number=parked.hand.number,
                people=len(parked.hand.customers),
                zone=parked.hand.zone,
                since=parked.since,
            )
            for parked in state.parked
        ),
        banquets=tuple(
            BanquetView(
                id=banquet.id, zone=banquet.zone, people=premises.at_banquet(banquet.id), since=banquet.since
            )
            for banquet in premises.banquets.values()
        ),
        steps=settings.admission.steps,
        alarms=tuple(
            AlarmView(kind=kind, subject=subject, since=since, text=_alarm_text(kind, subject))
            for (kind, subject), since in premises.alarms.items()
        ),
        cameras=state.cameras,
        door_link=door_link,
        sync=state.sync,
        trust=state.trust,
        badge=BadgeView(number=state.badge.number, department=state.badge.department)
        if state.badge
        else None,
        inspections=tuple(
            InspectionView(
                session=one.session,
                how=one.how,
                department=one.department,
                number=one.number,
                by=one.by,
                since=one.since,
            )
            for one in premises.inspections.values()
        ),
        instrument_digest=law.digest,
        overrides=premises.overridden if premises.overridden_on == at.astimezone(HONG_KONG).date() else 0,
        plan_displayed=None if settings.plan is None else premises.plan == settings.plan,
        log_size=premises.next_index,
        log_at=premises.last_at,
        events=state.events,
    )


def _kind(door: object) -> object:
    return door.get("kind") if isinstance(door, dict) else getattr(door, "kind", None)


def _zone(gate: Gate, premises: Premises, law: LawNow, zone: ZoneNow, at: datetime) -> ZoneView:
    tables = gate.venue_law.tables[zone.zone]
    seated: dict[str, list[Party]] = {table.id: [] for table in tables}
    for party in premises.parties_in(zone.zone) if tables else ():
        for share in party.tables:
            seated.setdefault(share.table, []).append(party)
    return ZoneView(
        id=zone.zone,
        name=zone.name,
        mode=zone.mode,
        taken=premises.taken(zone.zone),
        inside=premises.inside(zone.zone),
        limit=zone.limit,
        left=gate.venue_law.left(zone, law, premises),
        table_limit=zone.table,
        opens_at=zone.opens_at,
        closes_at=zone.closes_at,
        phase=phase_of(zone, at),
        minutes_left=minutes_left(zone, at),
        asks=gate.venue_law.asked_of_all(zone.zone, law.minute, premises),
        staff_short=zone.staff_short,
        tables=tuple(
            TableView(
                id=table.id,
                seats=table.seats,
                people=premises.at_table(table.id) if seated[table.id] else 0,
                parties=tuple(party.id for party in seated[table.id]),
                room=table.room,
                name=_said(table.name),
            )
            for table in tables
        ),
        rooms=tuple(_room(premises, zone, room) for room in gate.venue_law.rooms[zone.zone]),
        room_limit=zone.room,
        banquets=zone.banquets,
    )


def _said(name: Names | None) -> Texts | None:
    """A name in every language, in the first that it has where it lacks one."""
    if not name:
        return None
    first = next(iter(name.values()))
    return {language: name.get(language, first) for language in LANGUAGES}


def _room(premises: Premises, zone: ZoneNow, room: RoomSettings) -> RoomView:
    people = premises.in_room(room.id)
    most = room.places if zone.room is None else min(room.places, zone.room)
    return RoomView(
        id=room.id,
        name=room.name,
        places=room.places,
        people=people,
        left=max(0, most - people),
        parties=tuple(party.id for party in premises.parties.values() if party.room == room.id),
    )


def _party(gate: Gate, state: State, mono: float) -> PartyView | None:
    hand, asked = state.hand, state.asked
    if hand is None or asked is None:
        return None
    views = asked.judgement.views
    of_party: list[ReasonView] = [view for view in views if view.customer is None]
    if hand.zone is not None:
        fault = gate.venue_law.place_fault(hand, state.counted, state.law)
        if fault:
            of_party.append(fault_view(*fault))
    steps = hand.steps_missing(gate.settings.admission.steps)
    if steps:
        of_party.append(fault_view("steps_missing", {"steps": steps}))
    before = [
        seen_again(state, customer, minutes=gate.settings.admission.reentry_minutes, mono=mono)
        for customer in hand.customers
    ]
    of_party += [
        fault_view("came_in_already", {"customer": number, "minutes": was.minutes})
        for number, was in enumerate(before, 1)
        if was and not was.confirmed
    ]
    banquet = state.counted.at_banquet(hand.banquet) + len(hand.customers) if hand.banquet else 0
    return PartyView(
        zone=hand.zone,
        tables=hand.seating(),
        takeaway=hand.takeaway,
        customers=tuple(
            _customer(
                number,
                customer,
                selected=number == hand.selected,
                reasons=tuple(view for view in views if view.customer == number),
                asks=tuple(sorted(asked.asks[number])) if number < len(asked.asks) else (),
                before=before[number],
            )
            for number, customer in enumerate(hand.customers)
        ),
        number=hand.number,
        room=hand.room,
        banquet=hand.banquet,
        banquet_size=banquet,
        steps=hand.steps,
        outcome="refuse" if views or of_party else "admit",
        reasons=tuple(of_party),
    )


def _customer(
    number: int,
    customer: Customer,
    *,
    selected: bool,
    reasons: tuple[ReasonView, ...],
    asks: tuple[str, ...],
    before: SeenAgain | None,
) -> CustomerView:
    return CustomerView(
        number=number,
        selected=selected,
        age=customer.age,
        masked_name=customer.masked_name,
        masked_document=customer.masked_document,
        doses=(
            *((dose.date.isoformat(), dose.product) for dose in customer.doses),
            *((day.isoformat(), "") for day in customer.record),
        ),
        recovered=customer.recovered,
        proofs=customer.proofs,
        rejected=customer.rejected,
        record_seen=bool(customer.record),
        document_seen=customer.document_seen,
        lhs=customer.lhs,
        form=customer.has_form,
        registered=customer.registered,
        with_adult=customer.with_adult,
        unfit=customer.unfit,
        papers=customer.papers,
        reasons=reasons,
        mask=customer.mask,
        asks=asks,
        seen_again=before,
        health=customer.health,
    )


def _shown(premises: Premises) -> list[Party]:
    """The parties that staff may have to do something about.

    Where a beam counts one area, nobody taps that a party without a table has left: only the newest of those are shown.
    """
    parties = list(premises.parties.values())
    if not (premises.single and premises.door.counts_exits):
        return parties
    bare = [
        party.id
        for party in parties
        if not (party.tables or party.room or party.banquet or party.waiting or party.out)
    ]
    hidden = set(bare[:-_SHOWN_BARE])
    return [party for party in parties if party.id not in hidden]


def _inside(party: Party) -> InsideView:
    return InsideView(
        party=party.id,
        admission=party.admission,
        zone=party.zone,
        since=party.since,
        inside=party.inside,
        waiting=party.waiting,
        out=party.out,
        tables=tuple(
            share.model_copy(update={"people": min(share.people, party.places)}) for share in party.tables
        ),
        uncertain=party.uncertain,
        can_undo=party.not_undone_for is None,
        room=party.room,
        banquet=party.banquet,
    )
