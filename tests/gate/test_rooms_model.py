"""Simulated parties in rooms and at banquets, with a tally of their own, against the gate and the log."""

from __future__ import annotations

from dataclasses import dataclass

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kiosk.gate.commands import (
    AdmissionUndo,
    BanquetEnd,
    BanquetOpen,
    CustomerAdd,
    CustomerAttest,
    CustomerRecord,
    Leave,
    PartyAdmit,
    PartyBanquet,
    PartyForget,
    PartyMove,
    PartyNew,
    PartyResume,
    PartyRoom,
    PartyWait,
    StepBack,
    StepOut,
)
from kiosk.premises import DoorForm, fold
from tests.gate.bench import LOCK_AND_ENTRIES, OPEN_DOOR, Bench, venue

PLACES = {"R1": 8, "R2": 3, "R3": 5}
#: Item 5(c), and the share of 5(e).
LIMIT, CAPACITY = 4, 10
STAFF = {"id": "s1", "doses": ["2021-03-01", "2021-03-29"]}


@dataclass
class Group:
    """People who came together, as they know it."""

    party: str
    admission: int
    room: str
    banquet: str | None
    inside: int
    waiting: int = 0
    out: int = 0

    @property
    def people(self) -> int:
        return self.inside + self.waiting + self.out


class Rooms(RuleBasedStateMachine):
    door: DoorForm = OPEN_DOOR

    def __init__(self) -> None:
        super().__init__()
        rooms = [
            {"id": name, "places": places, "name": {"en": name, "zh-Hant": name, "zh-Hans": name}}
            for name, places in PLACES.items()
        ]
        self.bench = Bench(
            venue({"kind": "party_room", "capacity": 2 * CAPACITY, "rooms": rooms, "staff": [STAFF]}),
            self.door,
        )
        self.groups: list[Group] = []
        self.banquets: list[str] = []
        self.opened = 0
        #: Numbers, rooms and sizes of those who wait.
        self.parked: dict[int, tuple[str, int]] = {}

    def _in(self, room: str) -> int:
        return sum(group.people for group in self.groups if group.room == room)

    def _fits(self, room: str, people: int) -> bool:
        return self._in(room) + people <= min(LIMIT, PLACES[room])

    def _build(self, room: str, people: int) -> None:
        self.bench.command(PartyNew())
        for number in range(people):
            if number:
                self.bench.command(CustomerAdd())
            self.bench.command(CustomerAttest(customer=number, what="lhs_seen", value=True))
            self.bench.command(CustomerRecord(customer=number, doses=("2021-04-01",)))
        assert self.bench.command(PartyRoom(room=room)).error is None

    def _admit(self, room: str, people: int, banquet: str | None) -> None:
        may = self._fits(room, people) and sum(group.people for group in self.groups) + people <= CAPACITY
        assert self.bench.snapshot.party is not None
        assert (self.bench.snapshot.party.outcome == "admit") == may
        reply = self.bench.command(PartyAdmit())
        assert (reply.error is None) == may, reply
        if may:
            index = reply.values["entry"]
            waits = self.door.counts_entries
            self.groups.append(
                Group(f"P{index}", index, room, banquet, 0 if waits else people, people if waits else 0)
            )

    @rule(data=st.data(), room=st.sampled_from(sorted(PLACES)), people=st.integers(1, 5))
    def a_party_comes(self, data: st.DataObject, room: str, people: int) -> None:
        self._build(room, people)
        banquet = data.draw(st.sampled_from([None, *self.banquets]))
        assert self.bench.command(PartyBanquet(banquet=banquet)).error is None
        self._admit(room, people, banquet)

    @precondition(lambda self: len(self.parked) < 4)
    @rule(room=st.sampled_from(sorted(PLACES)), people=st.integers(1, 4))
    def a_party_waits(self, room: str, people: int) -> None:
        self._build(room, people)
        number = self.bench.snapshot.party.number
        assert number not in self.parked
        assert self.bench.command(PartyWait()).error is None
        self.parked[number] = (room, people)

    @precondition(lambda self: self.parked)
    @rule(data=st.data())
    def its_turn_comes(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.parked)))
        assert self.bench.command(PartyResume(number=number)).error is None
        room, people = self.parked.pop(number)
        # Whoever was at hand, because there was no place, waits instead.
        for waiting in self.bench.snapshot.waiting:
            if waiting.number not in self.parked:
                assert self.bench.command(PartyForget(number=waiting.number)).error is None
        self._admit(room, people, None)

    @precondition(lambda self: any(group.waiting for group in self.groups))
    @rule()
    def one_walks_in(self) -> None:
        group = next(group for group in self.groups if group.waiting)
        group.waiting -= 1
        group.inside += 1
        self.bench.passes_in()

    @precondition(lambda self: any(group.inside for group in self.groups))
    @rule(data=st.data())
    def somebody_leaves(self, data: st.DataObject) -> None:
        index = data.draw(st.sampled_from([i for i, group in enumerate(self.groups) if group.inside]))
        group = self.groups[index]
        assert self.bench.command(Leave(zone="premises", party=group.party, people=1)).error is None
        group.inside -= 1

    @precondition(lambda self: any(group.inside for group in self.groups))
    @rule()
    def somebody_steps_out(self) -> None:
        group = next(group for group in self.groups if group.inside)
        assert self.bench.command(StepOut(party=group.party, people=1)).error is None
        group.inside -= 1
        group.out += 1

    @precondition(lambda self: any(group.out for group in self.groups) and not self.door.counts_entries)
    @rule()
    def somebody_steps_back(self) -> None:
        group = next(group for group in self.groups if group.out)
        assert self.bench.command(StepBack(party=group.party, people=1)).error is None
        group.out -= 1
        group.inside += 1

    @precondition(lambda self: any(group.people for group in self.groups))
    @rule(data=st.data(), room=st.sampled_from(sorted(PLACES)))
    def a_party_moves(self, data: st.DataObject, room: str) -> None:
        index = data.draw(st.sampled_from([i for i, group in enumerate(self.groups) if group.people]))
        group = self.groups[index]
        others = self._in(room) - (group.people if group.room == room else 0)
        may = others + group.people <= min(LIMIT, PLACES[room])
        assert (self.bench.command(PartyMove(party=group.party, room=room)).error is None) == may
        if may:
            group.room = room

    @precondition(lambda self: any(group.people and not group.out for group in self.groups))
    @rule()
    def staff_take_an_admission_back(self) -> None:
        group = next(group for group in self.groups if group.people and not group.out)
        assert self.bench.command(AdmissionUndo(admission=group.admission)).error is None
        group.inside = group.waiting = 0

    @rule()
    def a_banquet_opens(self) -> None:
        assert self.bench.command(BanquetOpen(zone="premises")).error is None
        self.opened += 1
        self.banquets.append(f"B{self.opened}")

    @precondition(lambda self: self.banquets)
    @rule()
    def a_banquet_ends(self) -> None:
        assert self.bench.command(BanquetEnd(banquet=self.banquets.pop(0))).error is None

    @rule(seldom=st.integers(0, 3))
    def the_power_goes(self, seldom: int) -> None:
        if seldom or any(group.waiting for group in self.groups):
            return
        self.bench.start()
        self.parked.clear()

    @invariant()
    def rooms_hold_who_is_in_them(self) -> None:
        [zone] = self.bench.snapshot.zones
        for room in zone.rooms:
            assert room.people == self._in(room.id), room.id
            assert room.people <= min(LIMIT, PLACES[room.id])
            assert room.left == min(LIMIT, PLACES[room.id]) - room.people

    @invariant()
    def banquets_have_their_people(self) -> None:
        shown = {banquet.id: banquet.people for banquet in self.bench.snapshot.banquets}
        assert shown == {
            name: sum(group.people for group in self.groups if group.banquet == name)
            for name in self.banquets
        }

    @invariant()
    def those_who_wait_are_shown(self) -> None:
        shown = {waiting.number: waiting.people for waiting in self.bench.snapshot.waiting}
        assert shown == {number: people for number, (_, people) in self.parked.items()}

    @invariant()
    def the_log_alone_gives_the_same_figures(self) -> None:
        assert fold(self.bench.log) == self.bench.state.premises


@pytest.mark.parametrize(
    "door", [OPEN_DOOR, LOCK_AND_ENTRIES], ids=["no lock and no sensor", "entries counted"]
)
def test_rooms_and_banquets_follow_the_people_whatever_happens(door: DoorForm) -> None:
    run_state_machine_as_test(
        type("Rooms", (Rooms,), {"door": door}),
        settings=settings(
            max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
