"""Inspectors at the door: who may sign in, for how long, and what of it the log keeps."""

from __future__ import annotations

import pytest

from kiosk.gate.commands import InspectionEnd, InspectionOpen, InspectorEnter, InspectorLeave
from kiosk.gate.events import CodeRead
from kiosk.gate.inspections import BADGE_S, LIFE_S, MOST
from kiosk.ledger.entries import Draft, InspectorSignedIn, InspectorSignedOut
from kiosk.ledger.leaf import leaf_bytes, parse_recorded
from kiosk.proofs.model import Badge, Facts, Proof
from tests.gate.bench import NOON, Bench

NUMBER = "FEHD-0417"
BADGE = Proof(
    format="inspector-badge",
    verified=True,
    issuer="authority",
    facts=Facts(badge=Badge(number=NUMBER, department="FEHD"), name="WONG Siu Ming"),
)
ENTER = InspectorEnter(number=NUMBER)


def shows_badge(bench: Bench, *, has_pin: bool = True) -> None:
    bench.do(CodeRead(at=bench.at, mono=bench.mono, camera="door", proof=BADGE, has_pin=has_pin))


def written(bench: Bench) -> list[object]:
    return [
        recorded.entry
        for recorded in bench.log
        if isinstance(recorded.entry, InspectorSignedIn | InspectorSignedOut)
    ]


def test_a_manager_lets_an_inspector_in_and_the_log_says_who_did_for_which_department() -> None:
    bench = Bench()
    assert bench.command(InspectionOpen(department="FEHD"), by="mei").error is None
    (session,) = bench.snapshot.inspections
    assert (session.how, session.department, session.by, session.number) == ("manager", "FEHD", "mei", None)
    assert bench.log[session.session].entry.by == "mei"
    assert bench.command(InspectionEnd(session=session.session), by="mei").error is None
    assert bench.snapshot.inspections == ()
    assert written(bench)[-1].model_dump(exclude_none=True, exclude={"command"}) == {
        "type": "inspector_signed_out",
        "session": session.session,
        "why": "manager",
        "by": "mei",
    }
    assert bench.command(InspectionEnd(session=session.session), by="mei").error == "no_such_inspection"


def test_a_badge_with_a_pin_is_offered_a_sign_in_once_and_nobody_is_named() -> None:
    bench = Bench()
    shows_badge(bench)
    assert bench.snapshot.badge is not None
    assert bench.snapshot.badge.number == NUMBER
    assert bench.snapshot.verdict.state == "see_staff"
    assert bench.command(ENTER, by=None).error is None
    assert bench.snapshot.badge is None
    (session,) = bench.snapshot.inspections
    assert (session.how, session.number, session.by) == ("badge", NUMBER, None)
    assert bench.command(ENTER, by=None).error == "no_badge_read"
    assert "WONG" not in "".join(recorded.model_dump_json() for recorded in bench.log)


def test_a_badge_without_a_pin_on_this_box_opens_no_session() -> None:
    bench = Bench()
    shows_badge(bench, has_pin=False)
    assert bench.snapshot.badge is None
    assert "manager" in bench.snapshot.verdict.message["en"]
    assert bench.command(ENTER, by=None).error == "no_badge_read"
    assert written(bench) == []


def test_the_pin_of_another_badge_than_the_one_just_read_opens_nothing() -> None:
    bench = Bench()
    shows_badge(bench)
    assert bench.command(InspectorEnter(number="FEHD-0001"), by=None).error == "no_badge_read"
    assert written(bench) == []


def test_the_offer_of_a_badge_ends_by_itself() -> None:
    bench = Bench()
    shows_badge(bench)
    bench.tick(BADGE_S - 1)
    assert bench.snapshot.badge is not None
    bench.tick(1)
    assert bench.snapshot.badge is None
    assert bench.command(ENTER, by=None).error == "no_badge_read"


def test_a_session_ends_by_itself_after_its_hour_and_once_only() -> None:
    bench = Bench()
    bench.command(InspectionOpen(department="FEHD"), by="mei")
    bench.tick(LIFE_S - 1)
    assert len(bench.snapshot.inspections) == 1
    bench.tick(1)
    bench.tick(LIFE_S)
    assert bench.snapshot.inspections == ()
    assert [entry.why for entry in written(bench)[1:]] == ["time"]


@pytest.mark.parametrize("why", ["left", "idle"])
def test_an_inspector_who_leaves_twice_leaves_once(why: str) -> None:
    bench = Bench()
    bench.command(InspectionOpen(department="FEHD"), by="mei")
    (session,) = bench.snapshot.inspections
    for _ in range(2):
        assert bench.command(InspectorLeave(session=session.session, why=why), by=None).error is None
    assert [entry.why for entry in written(bench)[1:]] == [why]


def test_a_restart_ends_every_session_and_the_log_says_so() -> None:
    bench = Bench()
    for department in ("FEHD", "LD"):
        bench.command(InspectionOpen(department=department), by="mei")
    bench.start()
    bench.tick(1)
    assert bench.snapshot.inspections == ()
    assert [entry.why for entry in written(bench)[2:]] == ["restart", "restart"]


def test_there_is_an_end_to_how_many_inspect_at_once() -> None:
    bench = Bench()
    said = [bench.command(InspectionOpen(department="FEHD"), by="mei").error for _ in range(MOST + 1)]
    assert said == [None] * MOST + ["too_many_inspectors"]


def test_a_session_is_not_begun_that_cannot_be_written() -> None:
    bench = Bench()
    bench.tick(1)
    bench.log_fails = True
    assert bench.command(InspectionOpen(department="FEHD"), by="mei").error == "store_failed"
    assert bench.snapshot.inspections == ()


def test_entries_of_inspectors_come_back_from_their_leaves() -> None:
    for entry in (
        InspectorSignedIn(how="manager", department="食物環境衞生署", by="mei"),
        InspectorSignedIn(how="badge", department="FEHD", number=NUMBER),
        InspectorSignedOut(session=3, why="time"),
    ):
        leaf = leaf_bytes("door-1", 4, Draft(at=NOON, entry=entry), None)
        assert parse_recorded(leaf).entry == entry
