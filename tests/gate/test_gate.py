"""What the gate promises, one test a sentence."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from firmware_bridge.interface import (
    ExitPressed,
    ForcedOpen,
    HeldOpen,
    HeldOpenEnded,
    LineAlarm,
    LinkLost,
    LinkUp,
    PassedIn,
    Tampered,
    TamperEnded,
)
from kiosk import HONG_KONG
from kiosk.gate.commands import (
    AdmissionRelease,
    AdmissionSettle,
    AdmissionUndo,
    AlarmClear,
    ClockConfirm,
    CustomerAdd,
    CustomerAge,
    CustomerAttest,
    CustomerPaper,
    CustomerRecord,
    CustomerRegister,
    CustomerRemove,
    CustomerSelect,
    Leave,
    PartyAdmit,
    PartyMove,
    PartyNew,
    PartyOverride,
    PartyTables,
    PartyTakeaway,
    PartyZone,
    RecountDo,
    StaffPassDo,
    StepBack,
    StepOut,
    VisitorCancel,
    VisitorDeclare,
    VisitorEnter,
    VisitorRegister,
    WaySet,
)
from kiosk.gate.events import (
    CameraChanged,
    ClockDoubted,
    CodeUnreadable,
    Release,
    SetClock,
    Stopping,
    StoreChanged,
)
from kiosk.gate.lines import alarm_text, event_view
from kiosk.gate.machine import MOST_CLOCK_ALARMS, Gate
from kiosk.law import Instruments
from kiosk.ledger.entries import (
    Admission,
    Alarm,
    AlarmKind,
    AnyEntry,
    ClockConfirmed,
    Evidence,
    InspectorSignedOut,
    Recorded,
    Recount,
    TableShare,
)
from kiosk.premises import fold
from kiosk.proofs.model import Proof, refused
from kiosk.texts import catalogue
from tests.gate.bench import (
    FORGED,
    INSTRUMENTS,
    LOCK_AND_ENTRIES,
    NOON,
    OPEN_DOOR,
    SENSORS,
    Bench,
    one_area,
    record,
    venue,
    zoned,
)


def party(bench: Bench, people: int = 1, zone: str | None = None) -> None:
    """A party in mode B of which staff saw every scan."""
    bench.command(PartyNew(zone=zone))
    for number in range(people):
        if number:
            bench.command(CustomerAdd())
        bench.command(CustomerAttest(customer=number, what="lhs_seen", value=True))


def admitted(bench: Bench, people: int = 1, zone: str | None = None) -> int:
    party(bench, people, zone)
    reply = bench.command(PartyAdmit())
    assert reply.error is None, reply
    return reply.values["entry"]


def codes(bench: Bench) -> set[str]:
    view = bench.snapshot.party
    assert view
    return {r.code for r in (*view.reasons, *(r for c in view.customers for r in c.reasons))}


def seat(**people: int) -> tuple[TableShare, ...]:
    return tuple(TableShare(table=table.replace("_", "-"), people=n) for table, n in people.items())


# --- party building ---


def test_a_fresh_party_is_one_customer_and_the_desk_sees_what_is_missing_as_it_changes() -> None:
    bench = Bench(zoned())
    bench.command(PartyZone(zone="D1"))
    assert len(bench.snapshot.party.customers) == 1
    assert codes(bench) == {"not_vaccinated", "no_lhs_scan"}
    bench.show(record())
    assert codes(bench) == {"no_lhs_scan"}
    bench.command(CustomerAttest(customer=0, what="lhs_seen", value=True))
    assert bench.snapshot.party.outcome == "admit"
    bench.command(CustomerAttest(customer=0, what="lhs_seen", value=False))
    assert codes(bench) == {"no_lhs_scan"}


def test_a_code_goes_to_the_selected_then_to_the_next_without_then_to_a_new_customer() -> None:
    bench = Bench(zoned())
    bench.command(PartyNew(zone="D1"))
    bench.command(CustomerAdd())
    bench.command(CustomerSelect(customer=1))
    for name in ("AU, A*", "BAU, B*", "CHU, C*"):
        bench.show(record(name))
    assert [c.masked_name for c in bench.snapshot.party.customers] == ["BAU, B*", "AU, A*", "CHU, C*"]


def test_one_record_shown_twice_is_not_two_people_and_the_desk_says_so() -> None:
    bench = Bench(zoned())
    bench.command(PartyNew(zone="D1"))
    bench.show(record())
    bench.command(CustomerAdd())
    bench.show(record())
    view = bench.snapshot.party
    assert [c.proofs for c in view.customers] == [("hk-vac",), ()]
    assert "customer 1" in view.customers[1].rejected["en"]
    assert "customer 1" in bench.snapshot.verdict.message["en"]


def test_a_code_that_is_no_evidence_is_shown_to_both_logged_and_counts_for_nothing() -> None:
    bench = Bench(zoned())
    bench.command(PartyNew(zone="D1"))
    bench.show(FORGED)
    customer = bench.snapshot.party.customers[0]
    assert customer.rejected
    assert not customer.proofs
    verdict = bench.snapshot.verdict
    assert (verdict.state, verdict.sound) == ("invalid", "invalid")
    assert [e.error for e in bench.entries("code_rejected")] == ["bad_signature"]
    assert "not_vaccinated" in codes(bench)
    bench.show(record())
    assert bench.snapshot.party.customers[0].rejected is None


def test_a_code_that_nobody_here_can_verify_is_not_called_invalid() -> None:
    bench = Bench(zoned())
    bench.show(refused("hk-vac", "cannot_verify"))
    assert bench.snapshot.verdict.state == "see_staff"


def test_children_the_old_and_papers_count_as_staff_attest_them() -> None:
    bench = Bench(one_area("C", admission={"way": "staffed"}))
    bench.command(PartyNew())
    bench.command(CustomerAge(customer=0, age="elder"))
    bench.command(CustomerAttest(customer=0, what="form", value=True))
    bench.command(CustomerAdd(age="child"))
    bench.command(CustomerAttest(customer=1, what="with_adult", value=True))
    bench.command(CustomerAdd(age="adult"))
    bench.command(CustomerAttest(customer=2, what="form", value=True))
    view = bench.snapshot.party
    assert [bool(c.reasons) for c in view.customers] == [False, False, True]
    bench.command(CustomerRemove(customer=2))
    assert bench.command(PartyAdmit()).error is None
    people = bench.entries("admission")[0].people
    assert [(p.age, p.form, p.with_adult) for p in people] == [("elder", True, False), ("child", False, True)]


def test_a_record_that_staff_read_counts_and_the_log_says_that_they_read_it() -> None:
    bench = Bench(zoned())
    bench.command(PartyNew(zone="D1"))
    assert bench.command(CustomerRecord(customer=0, doses=("soon",))).error == "bad_date"
    bench.command(CustomerRecord(customer=0, doses=("2021-04-01",)))
    bench.command(CustomerPaper(customer=0, paper="declaration", value=True))
    bench.command(CustomerAttest(customer=0, what="document_seen", value=True))
    bench.command(CustomerAttest(customer=0, what="lhs_seen", value=True))
    assert bench.command(PartyAdmit()).error is None
    evidence = bench.entries("admission")[0].people[0]
    assert evidence.record_seen
    assert evidence.document_seen
    assert evidence.papers == ("declaration",)
    assert evidence.lhs == "staff_saw"


def test_takeaway_needs_no_registration_in_mode_b() -> None:
    bench = Bench()
    bench.command(PartyNew())
    assert bench.command(PartyAdmit()).error == "refused"
    bench.command(PartyTakeaway(takeaway=True))
    assert bench.command(PartyAdmit()).error is None
    assert bench.entries("admission")[0].takeaway


def test_what_counts_as_evidence_of_the_scan_is_a_setting_and_the_log_says_which() -> None:
    bench = Bench(venue(admission={"lhs_evidence": ["declared"]}))
    bench.command(PartyNew())
    reply = bench.command(CustomerAttest(customer=0, what="lhs_seen", value=True))
    assert reply.error == "lhs_seen_not_accepted"
    assert bench.ask(VisitorDeclare()).error is None
    assert bench.command(PartyAdmit()).error is None
    assert bench.entries("admission")[0].people[0].lhs == "declared"
    only_staff = Bench(venue(admission={"lhs_evidence": ["staff_saw"]}))
    only_staff.command(PartyNew())
    assert only_staff.ask(VisitorDeclare()).error == "declare_not_accepted"


def test_the_penalty_for_a_false_declaration_is_in_view() -> None:
    assert "5,000" in Bench().snapshot.penalty["en"]


def test_what_was_registered_is_sealed_beside_the_admission_and_nowhere_else() -> None:
    bench = Bench()
    bench.command(PartyNew())
    bench.command(CustomerAdd())
    bench.command(CustomerAttest(customer=0, what="lhs_seen", value=True))
    bench.command(CustomerRegister(customer=1, name="WONG FEI HUNG", contact="91234567"))
    seen = []
    step = bench.gate.step

    def spy(state, event):
        new, outcome = step(state, event)
        seen.extend(outcome.drafts)
        return new, outcome

    object.__setattr__(bench.gate, "step", spy)
    assert bench.command(PartyAdmit()).error is None
    draft = seen[0]
    assert draft.personal.registrations[0] is None
    assert draft.personal.registrations[1].name == "WONG FEI HUNG"
    assert "WONG" not in draft.entry.model_dump_json() + repr(bench.state) + bench.snapshot.model_dump_json()
    assert bench.state.hand is None


# --- decision, reservation, release, passage, time-out, exit ---


def test_admission_decides_again_at_that_moment() -> None:
    bench = Bench()
    party(bench)
    assert bench.snapshot.party.outcome == "admit"
    bench.at = NOON.replace(hour=22)
    assert bench.command(PartyAdmit()).error == "refused"


def test_a_refusal_shows_every_reason_with_its_paragraph_and_names_nobody_in_the_log() -> None:
    bench = Bench(zoned())
    bench.command(PartyNew(zone="D1"))
    bench.command(CustomerAdd())
    assert bench.command(PartyAdmit()).error == "refused"
    verdict = bench.snapshot.verdict
    assert verdict.state == "refused"
    assert {(r.code, r.para) for r in verdict.reasons} == {
        ("not_vaccinated", "1(d)"),
        ("no_lhs_scan", "1(d)"),
    }
    assert all(r.message["zh-Hant"] and r.message["zh-Hans"] and r.message["en"] for r in verdict.reasons)
    entry = bench.entries("refusal")[0]
    assert {(r.code, r.people) for r in entry.reasons} == {("not_vaccinated", 2), ("no_lhs_scan", 2)}
    assert not bench.releases
    assert bench.snapshot.party, "staff can put it right"


def test_places_are_reserved_at_admission_and_occupied_by_passages() -> None:
    bench = Bench()
    index = admitted(bench, 2)
    assert bench.counts == (0, 2)
    assert bench.releases == [index]
    bench.passes_in()
    assert bench.counts == (1, 2)
    assert bench.releases == [index, index], "the door opens again for the next"
    bench.passes_in()
    assert bench.counts == (2, 2)
    assert bench.releases == [index, index]
    assert [e.admission for e in bench.entries("passage")] == [index, index]


def test_after_an_admission_no_party_is_at_hand_and_the_display_says_welcome() -> None:
    bench = Bench()
    admitted(bench, 3)
    assert bench.snapshot.party is None
    assert (bench.snapshot.verdict.state, bench.snapshot.verdict.people) == ("welcome", 3)
    bench.tick(6)
    assert bench.snapshot.verdict.state == "idle"


def test_each_passage_restarts_the_wait_and_the_time_out_returns_the_rest() -> None:
    bench = Bench()
    index = admitted(bench, 3)
    bench.tick(6)
    bench.passes_in()
    bench.tick(6)
    assert bench.counts == (1, 3)
    bench.tick(2)
    assert bench.counts == (1, 1)
    returned = bench.entries("places_returned")
    assert [(e.admission, e.people) for e in returned] == [(index, 2)]


def test_open_admissions_are_served_oldest_first_and_before_staff() -> None:
    bench = Bench()
    first = admitted(bench, 1)
    second = admitted(bench, 1)
    bench.command(StaffPassDo())
    bench.passes_in(3)
    assert [e.admission for e in bench.entries("passage")] == [first, second]
    assert bench.counts == (2, 2), "the third was staff"
    bench.passes_in()
    assert bench.counts == (3, 3)


def test_no_passage_of_staff_takes_a_visitor_out_of_the_count() -> None:
    bench = Bench()
    bench.command(StaffPassDo())
    index = admitted(bench)
    bench.passes_in()
    bench.tick(9)
    assert bench.counts == (1, 1), "whoever it was, one may be a visitor"
    assert [e.admission for e in bench.entries("passage")] == [index]


def test_a_passage_without_admission_counts_and_raises_an_alarm() -> None:
    bench = Bench()
    bench.passes_in()
    assert bench.counts == (1, 1)
    assert [a.kind for a in bench.snapshot.alarms] == ["passage_without_admission"]
    assert bench.command(AlarmClear(kind="passage_without_admission")).error is None
    assert not bench.snapshot.alarms
    assert bench.command(AlarmClear(kind="passage_without_admission")).error == "no_such_alarm"


def test_somebody_whose_zone_nobody_knows_counts_against_every_zone_until_staff_say() -> None:
    bench = Bench(zoned())
    bench.passes_in()
    assert [z.taken for z in bench.snapshot.zones] == [1, 1]
    assert bench.snapshot.unplaced == bench.snapshot.taken == 1
    assert bench.command(Leave(zone="premises", people=1)).error is None
    assert [z.taken for z in bench.snapshot.zones] == [0, 0]


def test_a_staff_pass_opens_the_door_and_counts_nobody_in_or_out() -> None:
    bench = Bench()
    admitted(bench)
    bench.passes_in()
    for passes in (bench.passes_in, bench.passes_out):
        index = bench.command(StaffPassDo()).values["entry"]
        assert bench.releases[-1] == index
        passes()
        assert bench.counts == (1, 1)
    bench.command(StaffPassDo())
    bench.tick(8)
    bench.passes_out()
    assert bench.counts == (0, 0), "the wait for staff is over"


def test_a_door_without_sensors_counts_at_admission_and_staff_tap_leavings() -> None:
    bench = Bench(door=OPEN_DOOR)
    admitted(bench, 3)
    assert bench.counts == (3, 3)
    assert not bench.releases
    name = bench.snapshot.parties[0].party
    assert bench.command(Leave(zone="premises", party=name, people=2)).error is None
    assert bench.counts == (1, 1)
    assert bench.command(Leave(zone="premises", party=name, people=2)).error == "too_many"
    assert bench.command(Leave(zone="premises", people=1)).error is None
    assert bench.counts == (0, 0)


def test_an_exit_by_beam_frees_the_premises_and_a_tap_the_zone_and_the_table() -> None:
    bench = Bench(zoned())
    party(bench, 2, "hall")
    bench.command(PartyTables(tables=seat(H_1=2)))
    assert bench.command(PartyAdmit()).error is None
    bench.passes_in(2)
    bench.passes_out(2)
    hall = bench.snapshot.zones[1]
    assert (bench.snapshot.inside, hall.inside, hall.tables[0].people) == (0, 2, 2)
    assert bench.command(Leave(zone="hall", party=bench.snapshot.parties[0].party, people=2)).error is None
    hall = bench.snapshot.zones[1]
    assert (bench.snapshot.inside, hall.inside, hall.tables[0].people) == (0, 0, 0)


def test_in_one_area_the_beam_counts_people_and_a_tap_only_the_table() -> None:
    bench = Bench()
    admitted(bench, 2)
    bench.passes_in(2)
    assert bench.command(Leave(zone="premises", people=1)).error == "beam_counts_exits"
    bench.passes_out()
    assert bench.counts == (1, 1)


def test_exits_never_count_below_zero() -> None:
    bench = Bench()
    bench.passes_out(2)
    assert bench.counts == (0, 0)


def test_the_exit_button_needs_nothing_of_the_gate() -> None:
    bench = Bench()
    outcome = bench.seen(ExitPressed(bench.mono))
    assert not outcome.drafts
    assert not outcome.effects


# --- tables ---


def test_a_split_party_is_decided_table_by_table() -> None:
    bench = Bench()
    party(bench, 6)
    bench.command(PartyTables(tables=seat(T2=6)))
    assert codes(bench) == {"table_full"}
    bench.command(PartyTables(tables=seat(T1=2, T2=4)))
    assert bench.command(PartyAdmit()).error is None
    assert [t.people for t in bench.snapshot.zones[0].tables] == [2, 4]
    party(bench, 1)
    bench.command(PartyTables(tables=seat(T2=1)))
    assert codes(bench) == {"table_full"}, "a shared table counts both parties"
    bench.command(PartyTables(tables=seat(T1=1)))
    bench.command(CustomerAdd())
    bench.command(CustomerAttest(customer=1, what="lhs_seen", value=True))
    assert bench.command(PartyAdmit()).error is None
    assert [t.people for t in bench.snapshot.zones[0].tables] == [4, 4], "at a single table sit all of them"


def test_reasons_of_people_at_the_second_table_name_the_right_customers() -> None:
    bench = Bench()
    party(bench, 3)
    bench.command(CustomerAttest(customer=2, what="lhs_seen", value=False))
    bench.command(PartyTables(tables=seat(T1=2, T2=1)))
    assert [[r.code for r in c.reasons] for c in bench.snapshot.party.customers] == [
        [],
        [],
        ["not_registered"],
    ]


def test_seats_are_not_law_the_desk_refuses_them_by_itself() -> None:
    bench = Bench(zoned())
    party(bench, 5, "D1")
    for n in range(5):
        bench.show(record(f"P{n}, X*"))
    bench.command(PartyTables(tables=seat(D_1=5)))
    assert codes(bench) == {"too_few_seats"}
    assert bench.command(PartyAdmit()).error == "too_few_seats"
    assert not bench.entries("refusal")
    assert bench.command(PartyOverride(reason="squeeze"), supervisor="boss").error == "too_few_seats"
    bench.command(PartyTables(tables=seat(D_1=3, D_2=1)))
    assert bench.command(PartyAdmit()).error == "tables_do_not_add_up"
    assert bench.command(PartyTables(tables=seat(H_1=5))).error == "unknown_table"


def test_a_party_moves_to_tables_that_have_room() -> None:
    bench = Bench()
    admitted(bench, 4)
    name = bench.snapshot.parties[0].party
    assert bench.command(PartyMove(party=name, tables=seat(T2=5))).error == "tables_do_not_add_up"
    assert bench.command(PartyMove(party=name, tables=seat(T2=4))).error is None
    assert bench.snapshot.zones[0].tables[1].people == 4
    admitted(bench, 2)
    other = bench.snapshot.parties[1].party
    assert bench.command(PartyMove(party=other, tables=seat(T2=2))).error == "table_full"


def test_the_zone_is_full_at_its_limit_and_reserved_places_count() -> None:
    bench = Bench()
    for _ in range(2):
        admitted(bench, 4)
    party(bench, 3)
    assert codes(bench) == {"over_capacity"}
    bench.command(CustomerRemove(customer=2))
    assert bench.command(PartyAdmit()).error is None
    assert (bench.snapshot.taken, bench.snapshot.zones[0].left) == (10, 0)


# --- undo, again, out and back, recount ---


def test_undo_takes_back_all_that_still_count() -> None:
    bench = Bench(door=LOCK_AND_ENTRIES)
    index = admitted(bench, 3)
    bench.passes_in()
    assert bench.command(AdmissionUndo(admission=index)).error is None
    assert bench.counts == (0, 0)
    bench.tick(9)
    assert not bench.entries("places_returned")
    assert bench.command(AdmissionUndo(admission=index)).error == "unknown_admission"


def test_whom_a_beam_saw_come_in_counts_after_an_undo_until_it_sees_them_leave() -> None:
    bench = Bench()
    index = admitted(bench, 3)
    bench.passes_in()
    bench.command(AdmissionUndo(admission=index))
    assert bench.counts == (1, 1)
    bench.passes_out()
    assert bench.counts == (0, 0)


def test_release_again_opens_for_those_who_still_wait() -> None:
    bench = Bench()
    index = admitted(bench, 2)
    bench.passes_in()
    bench.tick(7)
    assert bench.command(AdmissionRelease(admission=index)).error is None
    assert bench.releases == [index] * 3
    bench.tick(7)
    assert bench.counts == (1, 2), "the wait began anew"
    bench.passes_in()
    assert bench.command(AdmissionRelease(admission=index)).error == "nobody_waits"


@pytest.mark.parametrize("door", [SENSORS, LOCK_AND_ENTRIES, OPEN_DOOR])
@pytest.mark.parametrize("settings", [venue(), zoned()])
def test_stepping_out_and_back_neither_doubles_nor_loses_a_place(door, settings) -> None:
    bench = Bench(settings, door)
    zone = settings.zone_ids[-1]
    admitted(bench, 2, zone)
    if door.counts_entries:
        bench.passes_in(2)
    name = bench.snapshot.parties[0].party
    assert bench.command(StepOut(party=name, people=1)).error is None
    assert bench.snapshot.taken == 2
    if door.counts_exits:
        bench.passes_out()
    assert bench.counts == (1, 2)
    assert bench.snapshot.zones[-1].taken == 2
    assert bench.snapshot.parties[0].out == 1
    assert bench.command(StepBack(party=name, people=2)).error == "too_many"
    reply = bench.command(StepBack(party=name, people=1))
    assert reply.error is None
    if door.has_lock:
        assert bench.releases[-1] == reply.values["entry"], "the door opens for them"
    if door.counts_entries:
        bench.passes_in()
    assert bench.counts == (2, 2)
    assert not bench.snapshot.alarms


def test_a_recount_is_the_figure_from_now_on_and_the_log_shows_both() -> None:
    bench = Bench(zoned())
    admitted(bench, 3, "hall")
    bench.passes_in(3)
    bench.passes_in()
    assert bench.command(RecountDo(inside={"cellar": 1}, reason="look")).error == "unknown_zone"
    assert bench.command(RecountDo(inside={"hall": 2, "D1": 1}, reason="look")).error is None
    assert (bench.snapshot.taken, bench.snapshot.unplaced) == (3, 0)
    entry = bench.entries("recount")[0]
    assert (entry.was, entry.inside, entry.by) == ({"hall": 3, "D1": 0}, {"hall": 2, "D1": 1}, "mei")


# --- two ways to run a door ---


def visitor(mode: str, **others) -> Bench:
    return Bench(one_area(mode, **others))


def test_mode_a_unattended_asks_for_a_tap() -> None:
    bench = visitor("A")
    assert bench.snapshot.verdict.asks == ("enter",)
    bench.ask(VisitorEnter())
    assert bench.snapshot.verdict.state == "welcome"
    assert bench.entries("admission")[0].way == "unattended"


@pytest.mark.parametrize("answer", [VisitorDeclare(), VisitorRegister(name="LAM", contact="91234567")])
def test_mode_b_unattended_takes_a_declared_scan_or_a_registration(answer) -> None:
    bench = visitor("B")
    assert bench.snapshot.verdict.asks == ("declare", "register")
    bench.ask(VisitorEnter())
    assert bench.snapshot.verdict.state == "ask"
    assert not bench.entries("admission")
    bench.ask(answer)
    assert bench.snapshot.verdict.state == "welcome"
    evidence = bench.entries("admission")[0].people[0]
    assert (evidence.lhs == "declared") != evidence.registered


def test_mode_c_unattended_takes_a_declared_scan() -> None:
    bench = visitor("C")
    assert bench.snapshot.verdict.asks == ("declare",)
    bench.ask(VisitorDeclare())
    assert bench.snapshot.verdict.state == "welcome"


@pytest.mark.parametrize("code_first", [True, False])
def test_mode_d_unattended_takes_a_code_and_a_declared_scan(code_first: bool) -> None:
    bench = visitor("D")
    assert bench.snapshot.verdict.asks == ("code", "declare")
    steps = [lambda: bench.show(record()), lambda: bench.ask(VisitorDeclare())]
    first, second = steps if code_first else steps[::-1]
    first()
    verdict = bench.snapshot.verdict
    assert (verdict.state, verdict.asks) == ("ask", ("declare",) if code_first else ("code",))
    second()
    verdict = bench.snapshot.verdict
    assert verdict.state == "welcome"
    assert verdict.sound == ("none" if code_first else "vaccinated")


def test_a_record_without_the_dose_is_an_answer_and_the_visitor_is_sent_to_staff() -> None:
    bench = visitor("D")
    bench.show(record(doses=0))
    verdict = bench.snapshot.verdict
    assert (verdict.state, [r.code for r in verdict.reasons]) == ("refused", ["not_vaccinated"])
    assert "staff" in verdict.message["en"]
    assert [r.code for r in bench.entries("refusal")[0].reasons] == ["not_vaccinated"]


def test_otherwise_the_unattended_door_says_please_see_our_staff() -> None:
    bench = visitor("C", admission={"way": "unattended", "lhs_evidence": ["staff_saw"]})
    bench.ask(VisitorEnter())
    verdict = bench.snapshot.verdict
    assert verdict.state == "refused"
    assert "staff" in verdict.message["en"]
    full = visitor("A")
    for _ in range(10):
        full.ask(VisitorEnter())
    full.ask(VisitorEnter())
    assert [r.code for r in full.snapshot.verdict.reasons] == ["over_capacity"]
    full.tick(7)
    assert (full.snapshot.verdict.state, full.snapshot.verdict.asks) == ("idle", ())


def test_an_invalid_code_at_an_unattended_door_asks_on() -> None:
    bench = visitor("D")
    bench.show(FORGED)
    assert bench.snapshot.verdict.state == "invalid"
    bench.tick(6)
    assert bench.snapshot.verdict.asks == ("code", "declare")


def test_a_visitor_who_goes_away_is_forgotten() -> None:
    bench = visitor("D")
    bench.show(record())
    bench.tick(29)
    assert bench.snapshot.verdict.masked_name
    bench.tick(2)
    assert bench.snapshot.verdict.state == "idle"
    assert "CHAN" not in repr(bench.state)
    bench.show(record())
    bench.ask(VisitorCancel())
    assert "CHAN" not in repr(bench.state)


def test_the_way_is_changed_by_staff_logged_and_survives_a_restart() -> None:
    bench = Bench()
    assert bench.ask(VisitorEnter()).error == "staffed"
    bench.command(WaySet(way="unattended"))
    assert bench.command(PartyNew()).error == "unattended"
    bench.start()
    assert bench.snapshot.way == "unattended"
    assert Bench(zoned()).command(WaySet(way="unattended")).error == "no_unattended_zone"


def test_the_display_says_when_a_code_cannot_be_read() -> None:
    bench = Bench()
    bench.do(CodeUnreadable(at=bench.at, mono=bench.mono, camera="door"))
    assert bench.snapshot.verdict.state == "unreadable"


def test_the_venues_own_poster_is_no_record() -> None:
    bench = visitor("D")
    bench.show(Proof(format="lhs-poster", verified=True, facts=record().facts))
    assert bench.snapshot.verdict.state == "invalid"
    assert bench.state.visitor is None


def test_the_same_thought_twice_has_a_new_number_so_that_its_sound_is_played_again() -> None:
    bench = Bench(zoned())
    bench.show(FORGED)
    first = bench.snapshot.verdict.number
    bench.show(FORGED)
    assert bench.snapshot.verdict.number == first + 1


# --- closing ---


def evening() -> Bench:
    bench = Bench(at=NOON.replace(hour=21, minute=29))
    admitted(bench, 2)
    bench.passes_in(2)
    return bench


@pytest.mark.parametrize(
    ("clock", "phase", "left"),
    [
        ("21:29", "open", 31),
        ("21:30", "notice", 30),
        ("21:49", "notice", 11),
        ("21:50", "last_call", 10),
        ("22:00", "closed", None),
    ],
)
def test_notices_come_30_and_10_minutes_before_closing(clock: str, phase: str, left: int | None) -> None:
    bench = evening()
    bench.at = datetime.fromisoformat(f"2021-05-01T{clock}:00+08:00")
    bench.tick()
    zone = bench.snapshot.zones[0]
    assert (zone.phase, zone.minutes_left) == (phase, left)


def test_admission_stops_on_the_minute() -> None:
    bench = evening()
    party(bench)
    bench.at = NOON.replace(hour=21, minute=59, second=59)
    assert bench.command(PartyAdmit()).error is None
    party(bench)
    bench.at = NOON.replace(hour=22)
    assert bench.command(PartyAdmit()).error == "refused"
    assert [r.code for r in bench.entries("refusal")[0].reasons] == ["outside_hours"]


def test_at_closing_the_log_says_once_who_is_inside_and_the_screen_asks_them_to_leave() -> None:
    bench = evening()
    bench.at = NOON.replace(hour=22)
    for _ in range(3):
        bench.tick(1)
    bench.start()
    assert [(e.zone, e.inside) for e in bench.entries("closed")] == [("premises", 2)]
    verdict = bench.snapshot.verdict
    assert verdict.state == "closed"
    assert "leave" in verdict.message["en"]
    assert "02/05 05:00" in verdict.message["en"]
    bench.passes_out(2)
    assert "leave" not in bench.snapshot.verdict.message["en"]


def test_a_closing_that_passed_while_the_door_was_off_is_logged_at_the_next_start() -> None:
    bench = evening()
    bench.at = NOON + timedelta(hours=11)
    bench.start()
    assert [e.inside for e in bench.entries("closed")] == [2]


def test_the_rules_are_written_at_the_start_and_whenever_they_change() -> None:
    bench = evening()
    bench.tick(60)
    assert len(bench.entries("day_opened")) == 1
    bench.at = NOON.replace(hour=22)
    bench.tick()
    assert len(bench.entries("day_opened")) == 1, "that it closed is no new rule"
    bench.at = NOON.replace(day=2, hour=5)
    bench.tick()
    opened = bench.entries("day_opened")
    assert len(opened) == 2
    assert opened[1].zones[0].closes_at == NOON.replace(day=2, hour=22)


# --- override ---


def test_an_override_needs_a_supervisor_and_a_reason_and_is_in_the_log() -> None:
    bench = Bench(zoned())
    bench.command(PartyNew(zone="D1"))
    assert bench.command(PartyOverride(reason="doctor")).error == "supervisor_needed"
    assert bench.command(PartyOverride(reason="doctor"), supervisor="boss").error is None
    entry = bench.entries("admission")[0]
    assert (entry.override.by, entry.override.reason, entry.by) == ("boss", "doctor", "mei")
    assert {r.code for r in entry.override.against} == {"not_vaccinated", "no_lhs_scan"}
    assert [type(e) for e in bench.effects if isinstance(e, Release)] == [Release]


@pytest.mark.parametrize("stop", ["clock_doubtful", "store_failed", "no_instrument"])
def test_no_override_overcomes_a_stop(stop: str) -> None:
    bench = Bench(instruments=Instruments() if stop == "no_instrument" else INSTRUMENTS)
    if stop == "clock_doubtful":
        bench.do(ClockDoubted(at=bench.at, mono=bench.mono, why="jumped"))
    elif stop == "store_failed":
        bench.do(StoreChanged(at=bench.at, mono=bench.mono, failed="disk_full"))
    bench.tick()
    party(bench)
    assert bench.snapshot.verdict.state == "stopped"
    assert [s.code for s in bench.snapshot.stops] == [stop]
    assert bench.command(PartyOverride(reason="please"), supervisor="boss").error == stop
    assert bench.command(PartyAdmit()).error == stop
    assert not bench.releases


def test_too_many_inside_is_an_alarm_until_it_is_so_no_more() -> None:
    bench = Bench()
    admitted(bench, 4)
    bench.passes_in(4)
    bench.command(RecountDo(inside={"premises": 11}, reason="count"))
    assert [(a.kind, a.subject) for a in bench.snapshot.alarms] == [("over_limit", "premises")]
    bench.passes_out()
    assert not bench.snapshot.alarms


# --- the clock ---


def test_a_doubtful_clock_stops_admission_until_a_supervisor_confirms_the_time() -> None:
    bench = Bench()
    admitted(bench)
    bench.passes_in()
    bench.do(ClockDoubted(at=bench.at - timedelta(days=90), mono=bench.mono, why="jumped"))
    assert [s.code for s in bench.snapshot.stops] == ["clock_doubtful"]
    bench.at -= timedelta(days=90)
    bench.tick(5)
    bench.passes_out()
    assert bench.counts == (0, 0), "exits keep counting"
    assert bench.log[-1].at == NOON + timedelta(seconds=5), "time went on from the last that was believed"
    assert bench.command(AlarmClear(kind="clock_doubtful", subject="jumped")).error == "confirm_clock"
    assert bench.command(ClockConfirm()).error == "supervisor_needed"
    early = (NOON - timedelta(seconds=1)).isoformat()
    assert bench.command(ClockConfirm(time=early), supervisor="boss").error == "before_last_entry"
    assert bench.command(ClockConfirm(time="noon"), supervisor="boss").error == "bad_time"
    right = NOON + timedelta(minutes=5)
    assert bench.command(ClockConfirm(time=right.isoformat()), supervisor="boss").error is None
    assert SetClock(right) in bench.effects
    entry = bench.entries("clock_confirmed")[0]
    assert (entry.why, entry.by, bench.log[-2].at) == ("jumped", "boss", right)
    bench.at = right
    bench.tick()
    assert not bench.snapshot.stops
    assert not bench.snapshot.alarms
    admitted(bench)


def test_a_clock_ahead_does_not_push_the_log_into_the_future() -> None:
    bench = Bench()
    bench.at += timedelta(days=400)
    bench.do(ClockDoubted(at=bench.at, mono=bench.mono, why="jumped"))
    bench.tick(1)
    bench.passes_in()
    assert bench.log[-1].at < NOON + timedelta(minutes=1)
    assert (
        bench.command(ClockConfirm(time=(NOON + timedelta(minutes=1)).isoformat()), supervisor="b").error
        is None
    )


def test_a_doubt_survives_a_restart() -> None:
    bench = Bench()
    bench.do(ClockDoubted(at=bench.at, mono=bench.mono, why="jumped"))
    bench.start()
    assert [s.code for s in bench.snapshot.stops] == ["clock_doubtful"]


def test_a_clock_that_is_right_as_it_stands_is_confirmed_with_a_tap() -> None:
    bench = Bench()
    bench.do(ClockDoubted(at=bench.at, mono=bench.mono, why="jumped"))
    assert bench.command(ClockConfirm(), supervisor="boss").error is None
    assert SetClock(NOON) in bench.effects


def test_each_jump_of_the_clock_that_is_found_is_in_the_log_with_its_size() -> None:
    bench = Bench()
    for moved in (3600.4, -3600.0, -3600.0):
        bench.do(ClockDoubted(at=bench.at, mono=bench.mono, why="jumped", jump=moved))
    assert [entry.subject for entry in bench.entries("alarm")] == ["jumped +3600 s", "jumped -3600 s"]
    bench.start()
    assert len(bench.entries("alarm")) == 2, "what the log says already is not said again at a start"
    assert bench.command(ClockConfirm(), supervisor="boss").error is None
    assert bench.entries("clock_confirmed")[0].why == "jumped"
    assert [entry.subject for entry in bench.entries("alarm_cleared")] == ["jumped +3600 s", "jumped -3600 s"]
    bench.do(ClockDoubted(at=bench.at, mono=bench.mono, why="jumped", jump=3600.4))
    assert len(bench.entries("alarm")) == 3


def test_a_start_that_finds_another_doubt_than_the_log_has_writes_it() -> None:
    bench = Bench()
    bench.do(ClockDoubted(at=bench.at, mono=bench.mono, why="jumped", jump=-90.0))
    state, _ = bench.gate.begin(fold(bench.log), at=bench.at, mono=bench.mono)
    _, outcome = bench.gate.step(state, ClockDoubted(at=bench.at, mono=bench.mono, why="behind_log"))
    assert [draft.entry.subject for draft in outcome.drafts if draft.entry.type == "alarm"] == ["behind_log"]


def test_a_clock_that_jumps_about_without_end_does_not_fill_the_log() -> None:
    bench = Bench()
    for moved in range(10, 500):
        bench.do(ClockDoubted(at=bench.at, mono=bench.mono, why="jumped", jump=float(moved)))
    assert len(bench.entries("alarm")) == MOST_CLOCK_ALARMS


# --- the log fails, the power goes, commands come twice ---


def test_while_the_log_cannot_be_written_people_are_counted_and_nothing_is_lost() -> None:
    bench = Bench()
    admitted(bench, 2)
    bench.log_fails = True
    before = len(bench.log)
    bench.passes_in(2)
    bench.passes_out()
    assert bench.counts == (1, 1)
    assert len(bench.log) == before
    party(bench)
    assert bench.command(PartyAdmit(), id="again").error == "store_failed"
    assert bench.command(WaySet(way="unattended")).error == "store_failed"
    bench.log_fails = False
    bench.do(StoreChanged(at=bench.at, mono=bench.mono, failed=None))
    assert [item.entry.type for item in bench.log[before:]] == ["passage", "passage", "exit"]
    assert bench.command(PartyAdmit(), id="again").error is None


def test_a_release_that_a_crash_cut_short_counts_as_entered_until_staff_settle_it() -> None:
    bench = Bench()
    index = admitted(bench, 3)
    bench.passes_in()
    bench.start()
    bench.tick(60)
    assert bench.counts == (1, 3)
    assert [(p.uncertain, p.waiting) for p in bench.snapshot.parties] == [(True, 2)]
    assert [(a.kind, a.subject) for a in bench.snapshot.alarms] == [("uncertain_release", str(index))]
    assert bench.command(AdmissionRelease(admission=index)).error == "settle_first"
    bench.passes_in()
    assert bench.counts == (2, 4), "whoever comes now may be one more"
    assert bench.command(AdmissionSettle(admission=index, entered=3)).error == "too_many"
    assert bench.command(AdmissionSettle(admission=index, entered=1)).error is None
    assert bench.counts == (3, 3)
    assert [a.kind for a in bench.snapshot.alarms] == ["passage_without_admission"]


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a_repeated_command_gets_the_same_answer_and_does_nothing(restart: bool, answer: str) -> None:
    bench = Bench(zoned())
    party(bench, 1, "hall" if answer == "yes" else "D1")
    first = bench.command(PartyAdmit(), id="tap")
    if restart:
        bench.start()
    before, releases = len(bench.log), list(bench.releases)
    assert bench.command(PartyAdmit(), id="tap") == first
    assert (len(bench.log), bench.releases) == (before, releases)
    assert bench.log[first.values["entry"]].entry.command == "tap"


def test_the_start_and_the_end_of_the_service_are_in_the_log() -> None:
    bench = Bench()
    bench.do(Stopping(at=bench.at, mono=bench.mono))
    assert [item.entry.type for item in bench.log] == ["started", "day_opened", "stopped"]
    started = bench.log[0].entry
    assert (started.has_lock, started.counts_entries, started.counts_exits, started.demo) == (True,) * 4


def test_before_the_first_event_the_door_says_that_it_is_starting() -> None:
    gate = Gate(venue(), INSTRUMENTS, SENSORS)
    bench = Bench()
    state, _ = gate.begin(bench.state.premises, at=NOON, mono=0)
    assert [s.code for s in gate.snapshot(state, NOON, 0).stops] == ["starting"]


# --- the door's own troubles, who may ask ---


def test_faults_of_door_and_cameras_are_alarms_that_end_with_them() -> None:
    bench = Bench(venue(cameras=[{"name": "door", "source": 0}]))
    bench.seen(ForcedOpen(0))
    bench.seen(HeldOpen(0))
    bench.seen(LinkLost(0, "unplugged"))
    bench.do(CameraChanged(at=bench.at, mono=bench.mono, camera="door", up=False, why="gone"))
    assert bench.snapshot.door_link == "lost" or bench.settings.door["kind"] == "none"
    kinds = {a.kind for a in bench.snapshot.alarms}
    assert kinds == {"forced_open", "held_open", "door_link_lost", "camera_lost"}
    bench.seen(HeldOpenEnded(0))
    bench.seen(LinkUp(0))
    bench.do(CameraChanged(at=bench.at, mono=bench.mono, camera="door", up=True))
    assert [a.kind for a in bench.snapshot.alarms] == ["forced_open"]
    assert bench.snapshot.cameras[0].up


def test_a_reader_that_is_opened_or_spoken_for_is_an_alarm_in_three_languages() -> None:
    bench = Bench()
    bench.seen(Tampered(0, "lane"))
    bench.seen(Tampered(0, "yard"))
    bench.seen(LineAlarm(0, "lane", "reply_in_clear"))
    bench.seen(LineAlarm(1, "lane", "wrong_key"))
    raised = [(alarm.kind, alarm.subject) for alarm in bench.snapshot.alarms]
    assert raised == [("door_tampered", "lane"), ("door_tampered", "yard"), ("door_line_doubtful", "lane")]
    for alarm in bench.snapshot.alarms:
        words = set(alarm.text.values())
        assert len(words) == 3
        assert all(alarm.subject in text for text in words)
    bench.seen(TamperEnded(1, "lane"))
    # The line's stays until somebody has looked.
    assert [alarm.subject for alarm in bench.snapshot.alarms] == ["yard", "lane"]


def test_desk_commands_need_somebody_signed_in() -> None:
    bench = Bench()
    assert bench.ask(PartyNew()).error == "sign_in_needed"
    assert bench.ask(StaffPassDo()).error == "sign_in_needed"


def test_a_display_may_register_the_visitor_at_a_staffed_door() -> None:
    bench = Bench()
    bench.command(PartyNew())
    assert bench.ask(VisitorRegister(name="LAM", contact="91234567")).error is None
    assert bench.snapshot.party.customers[0].registered


def test_a_change_of_nothing_is_the_same_state() -> None:
    bench = Bench()
    state = bench.state
    bench.tick(0.25)
    assert bench.state is state
    bench.passes_in()
    assert bench.snapshot.number == state.number + 1


def test_the_law_lapsing_is_known_a_day_before() -> None:
    bench = Bench(at=datetime(2021, 5, 11, 23, 59, tzinfo=HONG_KONG))
    assert bench.state.law.lapses_at is None
    bench.tick(60)
    assert bench.state.law.lapses_at == datetime(2021, 5, 13, tzinfo=HONG_KONG)
    bench.at = datetime(2021, 5, 13, tzinfo=HONG_KONG)
    bench.tick()
    assert [s.code for s in bench.snapshot.stops] == ["no_instrument"]
    assert bench.entries("day_opened")[-1].instrument is None


@pytest.mark.parametrize("type_", get_args(get_args(AnyEntry)[0]), ids=lambda m: m.__name__)
def test_every_entry_has_its_line_in_every_language(type_) -> None:
    given = {
        "version": "1", "demo": True, "clock_shifted": False, "has_lock": True, "counts_entries": True,
        "counts_exits": True, "instrument": None, "instrument_digest": None, "way": "staffed", "zones": (),
        "party": "P1", "zone": "A", "people": 1, "waits_for_passage": True, "admission": 1, "by": "mei",
        "entered": 1, "source": "beam", "tables": (), "reasons": (), "format": "hk-vac", "error": "expired",
        "inside": 1, "was": {}, "reason": "r", "why": "jumped", "kind": "held_open", "before": NOON.date(), "visits": 1,
        "banquet": "B1", "plan": "00", "how": "manager", "department": "FEHD", "session": 1, "name": "anna",
        "what": ("pin",), "kiosk": "hk-1", "entries": 7, "root": "", "unsent": 0,
        "first": NOON.date(), "last": NOON.date(), "start": 0, "end": 9, "manifest": "ab" * 32, "state": "ab" * 32,
        "staff": 2,
    }  # fmt: skip
    values = {name: given[name] for name, field in type_.model_fields.items() if field.is_required()}
    if type_ is Admission:
        values["people"] = (Evidence(),)
    if type_ is Recount:
        values["inside"] = {"A": 1}
    if type_ is ClockConfirmed:
        values["was"] = NOON
    if type_ is InspectorSignedOut:
        values["why"] = "time"
    line = event_view(Recorded(index=0, at=NOON, entry=type_(**values)), {})
    assert all(line.text[language] for language in ("en", "zh-Hant", "zh-Hans"))


@pytest.mark.parametrize("kind", get_args(AlarmKind))
def test_every_alarm_says_what_happened_and_has_a_name(kind) -> None:
    assert alarm_text(kind, "x")["zh-Hant"]
    assert event_view(Recorded(index=0, at=NOON, entry=Alarm(kind=kind)), {}).text["en"]


def test_every_answer_has_its_words() -> None:
    source = "".join(file.read_text() for file in (Path(__file__).parents[2] / "kiosk" / "gate").glob("*.py"))
    said = set(re.findall(r'(?:NotDoneError|_no)\(\s*"(\w+)"', source)) | {
        "refused",
        "starting",
        "store_failed",
    }
    assert len(said) > 20
    assert {f"error.{code}" for code in said} <= set(catalogue("gate"))


def test_a_passage_counts_whatever_stops_admission() -> None:
    bench = Bench(instruments=Instruments())
    bench.seen(PassedIn(0))
    bench.passes_out()
    assert bench.counts == (0, 0)


def test_a_party_that_was_counted_again_is_not_undone_with_somebody_elses_people() -> None:
    bench = Bench(zoned(), door=OPEN_DOOR)
    hall = bench.settings.zone_ids[1]
    party(bench, 2, hall)
    first = bench.command(PartyAdmit()).values["entry"]
    party(bench, 1, hall)
    bench.command(PartyAdmit())
    # One of the two left and nobody tapped it; staff count two people: one of each party.
    bench.command(RecountDo(inside={hall: 2}, reason="a look round"))
    assert not any(view.can_undo for view in bench.snapshot.parties)
    assert bench.command(AdmissionUndo(admission=first)).error == "recounted"
    assert bench.snapshot.taken == 2


def test_the_display_greets_whoever_comes_when_a_party_was_left_at_the_desk() -> None:
    bench = Bench()
    bench.command(PartyNew(zone="premises"))
    assert bench.snapshot.verdict.state == "look"
    bench.tick(29)
    bench.command(CustomerAdd())
    bench.tick(29)
    assert bench.snapshot.verdict.state == "look"
    bench.tick(1)
    assert bench.snapshot.verdict.state == "idle"
    assert bench.snapshot.party is not None
    bench.command(CustomerAdd())
    assert bench.snapshot.verdict.state == "look"


def test_beside_a_declaration_stands_its_own_penalty_alone() -> None:
    said = Bench().snapshot.penalty["en"]
    assert "false declaration" in said
    assert "group gathering" not in said
