"""Simulated people with a tally of their own against the gate and the log: the count is never below the truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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
    AdmissionSettle,
    AdmissionUndo,
    CustomerAdd,
    CustomerAttest,
    CustomerRegister,
    Leave,
    PartyAdmit,
    PartyNew,
    PartyOverride,
    RecountDo,
    StaffPassDo,
    StepBack,
    StepOut,
    VisitorDeclare,
    WaySet,
)
from kiosk.gate.events import StoreChanged
from kiosk.premises import DoorForm, fold
from tests.gate.bench import LOCK_AND_ENTRIES, OPEN_DOOR, SENSORS, Bench, record, venue, zoned

NAME, PHONE = "WONG KAR WAI", "98765432"
TIMEOUT = 8.0
#: What the law allows in each zone: 50 % of 20, 75 % of 16, 50 % of 12.
LIMITS = {"premises": 10, "D1": 12, "hall": 6}


@dataclass
class Group:
    """People who were admitted together, as they know it themselves."""

    admission: int
    party: str
    zone: str
    #: Released, and not through the door.
    waiting: int
    inside: int = 0
    out: int = 0
    #: Went in while the kiosk was dead.
    unseen: int = 0
    #: Came in after a crash, and still have a place as uncertain.
    twice: int = 0
    #: A crash came while they waited.
    uncertain: bool = False
    #: Staff took their admission back while they were inside.
    undone: bool = False


@dataclass
class World:
    """What the people know, and nothing of the kiosk's figures."""

    groups: list[Group] = field(default_factory=list)
    #: Came in without admission, by zone.
    strangers: dict[str, int] = field(default_factory=dict)
    #: Left without staff having tapped it, where only a tap counts.
    untapped: int = 0
    #: Told staff that they step out, and have not gone through the beam.
    stepping: int = 0
    #: Let back in, and not through the door.
    returning: int = 0
    #: Passages of people who count already, which the gate cannot know any more.
    doubled: int = 0

    def truth(self, zone: str | None = None) -> int:
        """People inside, or with a place kept for them; where staff took them back, they are on their way out of the zone."""
        groups = [g for g in self.groups if zone is None or (g.zone == zone and not g.undone)]
        return sum(g.inside + g.out + g.unseen for g in groups) + sum(
            n for z, n in self.strangers.items() if zone in {None, z}
        )


class People(RuleBasedStateMachine):
    door: DoorForm = SENSORS
    zoned: bool = False

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(zoned(admission={"zone": "hall"}) if self.zoned else venue(), self.door)
        self.world = World()
        self.zones = list(self.bench.settings.zone_ids)

    # building blocks

    def _tap(self, command: Any, **others: Any) -> Any:
        return self.bench.command(command, **others)

    def _may(self, zone: str, people: int) -> bool:
        """Whether the law's numbers leave room, by what counts against them."""
        now = next(each for each in self.bench.snapshot.zones if each.id == zone)
        return now.left is not None and people <= now.left

    def _build(self, zone: str, people: int, *, register: bool) -> None:
        self._tap(PartyNew(zone=zone))
        for number in range(people):
            if number:
                self._tap(CustomerAdd())
            self._tap(CustomerAttest(customer=number, what="lhs_seen", value=True))
            if zone == "D1":
                self.bench.show(record(document=f"****{number}", name=f"P{self.bench.commands}"))
        if register:
            self._tap(CustomerRegister(customer=0, name=NAME, contact=PHONE))

    def _admitted(self, index: int) -> None:
        entry = self.bench.log[index].entry
        people = len(entry.people)
        group = Group(index, entry.party, entry.zone, people)
        if not self.door.counts_entries:
            group.waiting, group.inside = 0, people
        self.world.groups.append(group)

    def _index(self) -> int:
        return max(item.index for item in self.bench.log if item.entry.type == "admission")

    # people come

    @precondition(lambda self: self.bench.snapshot.way == "staffed")
    @rule(data=st.data(), people=st.integers(1, 5), register=st.booleans())
    def a_party_comes(self, data: st.DataObject, people: int, register: bool) -> None:
        zone = data.draw(st.sampled_from(self.zones))
        room = self._may(zone, people)
        self._build(zone, people, register=register)
        crash = data.draw(st.sampled_from([None] * 10 + ["before", "after"]))
        if self.bench.log_fails:
            crash = None
        tap = f"admit-{self.bench.commands}"
        reply = self._tap(PartyAdmit(), id=tap, crash=crash)
        if crash:
            self._power_cut(walking=0)
            again = self._tap(PartyAdmit(), id=tap)
            if crash == "before":
                assert again.error == "no_party"
                return
            assert again == reply, "the same tap, the same answer"
            if reply.error is None:
                self._admitted(reply.values["entry"])
                if self.door.counts_entries:
                    self.world.groups[-1].uncertain = True
            return
        law_allows = room and people <= (8 if zone == "D1" else 4)
        assert (reply.error is None) == (law_allows and not self.bench.log_fails), (
            reply,
            self.bench.snapshot.party,
        )
        if reply.error is None:
            known = self.world.truth(zone) + sum(g.waiting for g in self.world.groups if g.zone == zone)
            assert known + people <= LIMITS[zone], "more than the law allows"
            self._admitted(reply.values["entry"])
            entries = len(self.bench.log)
            assert self._tap(PartyAdmit(), id=tap) == reply
            assert len(self.bench.log) == entries, "a repeated command does nothing"

    @precondition(lambda self: self.bench.snapshot.way == "staffed" and not self.bench.log_fails)
    @rule(data=st.data())
    def a_supervisor_lets_somebody_in(self, data: st.DataObject) -> None:
        zone = data.draw(st.sampled_from(self.zones))
        self._tap(PartyNew(zone=zone))
        reply = self._tap(PartyOverride(reason="the mayor"), supervisor="boss")
        assert reply.error is None
        self._admitted(reply.values["entry"])

    @precondition(lambda self: self.bench.snapshot.way == "unattended")
    @rule()
    def a_visitor_declares(self) -> None:
        zone = self.zones[-1]
        room = self._may(zone, 1)
        before = len(self.bench.entries("admission"))
        self.bench.ask(VisitorDeclare())
        came = len(self.bench.entries("admission")) > before
        assert came == (room and not self.bench.log_fails)
        if came:
            self._admitted(self._index())

    @rule(way=st.sampled_from(["staffed", "staffed", "staffed", "unattended"]))
    def staff_change_the_way(self, way: Any) -> None:
        self._tap(WaySet(way=way))

    @precondition(lambda self: self.door.counts_entries and any(self._released()))
    @rule(people=st.integers(1, 8))
    def those_released_walk_in(self, people: int) -> None:
        for _ in range(min(people, sum(group.waiting for group in self._released()))):
            group = self._released()[0]
            group.waiting -= 1
            group.inside += 1
            self.bench.passes_in()

    def _really_inside(self) -> list[Group]:
        """Groups with somebody inside who is not still before the door on the way back."""
        return [g for g in self.world.groups if g.inside > self.world.returning]

    def _released(self) -> list[Group]:
        return [g for g in self.world.groups if g.waiting and not g.uncertain]

    @precondition(lambda self: self.door.counts_entries and not self._released() and not self.world.returning)
    @rule(data=st.data())
    def a_stranger_slips_in(self, data: st.DataObject) -> None:
        zone = data.draw(st.sampled_from(self.zones))
        self.world.strangers[zone] = self.world.strangers.get(zone, 0) + 1
        self.bench.passes_in()

    @precondition(lambda self: self.door.counts_entries)
    @rule()
    def those_released_do_not_come(self) -> None:
        if self.world.returning:
            self.world.doubled += self.world.returning
            self.world.returning = 0
        self.bench.tick(TIMEOUT)
        for group in self._released():
            group.waiting = 0

    # people leave

    @precondition(lambda self: self._really_inside())
    @rule(data=st.data(), tap=st.booleans())
    def somebody_goes(self, data: st.DataObject, tap: bool) -> None:
        group = data.draw(st.sampled_from(self._really_inside()), label="group")
        group.inside -= 1
        if self.door.counts_exits:
            self.bench.passes_out()
        reply = None
        if tap and not group.undone:
            reply = self._tap(Leave(zone=group.zone, party=group.party, people=1))
        if not self.door.counts_exits and (reply is None or reply.error):
            self.world.untapped += not group.undone

    @precondition(lambda self: self.door.counts_exits and any(self.world.strangers.values()))
    @rule(data=st.data())
    def a_stranger_leaves(self, data: st.DataObject) -> None:
        zone = data.draw(st.sampled_from([z for z, n in self.world.strangers.items() if n]))
        self.world.strangers[zone] -= 1
        self.bench.passes_out()

    @precondition(lambda self: not self.bench.log_fails)
    @rule(data=st.data())
    def somebody_steps_out(self, data: st.DataObject) -> None:
        inside = [g for g in self.world.groups if g.inside and not g.undone]
        if not inside:
            return
        group = data.draw(st.sampled_from(inside), label="group")
        if self._tap(StepOut(party=group.party, people=1)).error is None:
            group.inside -= 1
            group.out += 1
            self.world.stepping += self.door.counts_exits

    @precondition(lambda self: self.world.stepping)
    @rule()
    def who_steps_out_goes_through_the_door(self) -> None:
        self.world.stepping -= 1
        self.bench.passes_out()

    @precondition(lambda self: not self.world.stepping and not self.bench.log_fails)
    @rule(data=st.data())
    def somebody_steps_back(self, data: st.DataObject) -> None:
        away = [g for g in self.world.groups if g.out]
        if not away:
            return
        group = data.draw(st.sampled_from(away), label="group")
        assert self._tap(StepBack(party=group.party, people=1)).error is None
        group.out -= 1
        group.inside += 1
        self.world.returning += self.door.counts_entries

    @precondition(lambda self: self.world.returning and not self._released())
    @rule()
    def who_steps_back_comes_through_the_door(self) -> None:
        self.world.returning -= 1
        self.bench.passes_in()

    # staff

    @precondition(lambda self: self.door.counts_entries and not self._released() and not self.world.returning)
    @precondition(lambda self: not self.bench.log_fails)
    @rule(inwards=st.booleans())
    def staff_pass(self, inwards: bool) -> None:
        assert self._tap(StaffPassDo()).error is None
        if inwards or not self.door.counts_exits:
            self.bench.passes_in()
        else:
            self.bench.passes_out()

    @precondition(lambda self: not self.bench.log_fails)
    @rule(data=st.data())
    def staff_take_an_admission_back(self, data: st.DataObject) -> None:
        groups = [g for g in self.world.groups if not (g.out or g.undone or g.unseen or g.uncertain)]
        groups = [g for g in groups if g.inside or g.waiting]
        if not groups or self.world.returning:
            return
        group = data.draw(st.sampled_from(groups), label="group")
        if self._tap(AdmissionUndo(admission=group.admission)).error:
            return  # a recount has settled who is in, and not who of them came with this party
        group.waiting = 0
        group.undone = True
        if not (self.door.counts_exits and self.door.counts_entries):
            # They were never in, or staff see them out.
            group.inside = 0

    @precondition(lambda self: not self.bench.log_fails)
    @rule()
    def staff_settle_what_is_uncertain(self) -> None:
        for group in self.world.groups:
            if group.uncertain:
                reply = self._tap(AdmissionSettle(admission=group.admission, entered=group.unseen))
                if reply.error is None:
                    group.inside += group.unseen
                    group.unseen = 0
                    group.uncertain = False
                    group.waiting = group.twice = 0

    @precondition(lambda self: not (self.bench.log_fails or self.world.stepping or self.world.returning))
    @rule(reason=st.just("a look round"))
    def staff_recount(self, reason: str) -> None:
        inside = {
            zone: sum(g.inside + g.unseen for g in self.world.groups if g.zone == zone)
            + self.world.strangers.get(zone, 0)
            for zone in self.zones
        }
        assert self._tap(RecountDo(inside=inside, reason=reason)).error is None
        for group in self.world.groups:
            group.inside += group.unseen
            group.unseen = 0
            if group.uncertain:
                group.uncertain, group.waiting, group.twice = False, 0, 0
        self.world.untapped = self.world.doubled = 0

    # trouble

    @precondition(lambda self: not self.bench.log_fails)
    @rule(data=st.data(), seldom=st.integers(0, 3))
    def the_power_goes(self, data: st.DataObject, seldom: int) -> None:
        if seldom:
            return
        waiting = sum(g.waiting for g in self.world.groups)
        self._power_cut(walking=data.draw(st.integers(0, waiting), label="walking"))

    def _power_cut(self, walking: int) -> None:
        """Some of those released walk in while the kiosk is dead."""
        for group in self.world.groups:
            if not group.waiting:
                continue
            group.uncertain = True
            gone_in = min(walking, group.waiting)
            walking -= gone_in
            group.waiting -= gone_in
            group.unseen += gone_in
        self.world.doubled += self.world.returning
        self.world.returning = 0
        self.bench.tick(1.0)
        self.bench.start()

    @precondition(
        lambda self: self.door.counts_entries and any(g.uncertain and g.waiting for g in self.world.groups)
    )
    @precondition(lambda self: not self._released() and not self.world.returning)
    @rule()
    def somebody_released_before_a_crash_comes_after_it(self) -> None:
        group = next(g for g in self.world.groups if g.uncertain and g.waiting)
        group.waiting -= 1
        group.twice += 1
        # For the kiosk they are a stranger: the uncertain may have gone in before.
        self.world.strangers[group.zone] = self.world.strangers.get(group.zone, 0) + 1
        self.bench.passes_in()

    @rule(seldom=st.integers(0, 3))
    def the_log_stops_or_goes_on(self, seldom: int) -> None:
        if seldom and not self.bench.log_fails:
            return
        self.bench.log_fails = not self.bench.log_fails
        if not self.bench.log_fails:
            self.bench.do(StoreChanged(at=self.bench.at, mono=self.bench.mono, failed=None))
            assert self.bench.state.failed is None
            assert not self.bench.state.unwritten

    # what must be so

    @invariant()
    def the_count_is_never_below_the_truth(self) -> None:
        snapshot = self.bench.snapshot
        assert snapshot.taken >= self.world.truth(), "fewer counted than are inside"
        for zone in snapshot.zones:
            assert zone.taken >= self.world.truth(zone.id), f"fewer counted than are inside {zone.id}"

    @invariant()
    def the_count_is_above_the_truth_by_open_releases_at_most(self) -> None:
        world = self.world
        still_open = sum(group.waiting + group.twice for group in world.groups)
        known = still_open + world.untapped + world.stepping + world.doubled
        assert self.bench.snapshot.taken <= world.truth() + known

    @invariant()
    def the_log_alone_gives_the_same_figures(self) -> None:
        assert fold(self.bench.log) == self.bench.state.premises

    @invariant()
    def nobody_is_named(self) -> None:
        said = "".join(item.entry.model_dump_json() for item in self.bench.log[-5:])
        said += self.bench.snapshot.model_dump_json() + repr(self.bench.state)
        if self.bench.state.hand is None:
            said += repr(self.bench.state.asked)
        assert NAME not in said
        assert PHONE not in said


FORMS: dict[str, tuple[DoorForm, bool]] = {
    "one hall, beams both ways": (SENSORS, False),
    "one hall, entries counted": (LOCK_AND_ENTRIES, False),
    "one hall, no lock and no sensor": (OPEN_DOOR, False),
    "two zones, beams both ways": (SENSORS, True),
    "two zones, entries counted": (LOCK_AND_ENTRIES, True),
    "two zones, no lock and no sensor": (OPEN_DOOR, True),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_count_follows_the_people_whatever_happens(form: str) -> None:
    door, in_zones = FORMS[form]
    machine = type("People", (People,), {"door": door, "zoned": in_zones})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
