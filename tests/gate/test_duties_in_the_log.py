"""How the law finds the staff is in the log: when the day is opened, and whenever it changes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kiosk.gate.commands import PartyAdmit, PartyNew, StaffRemove, StaffSave
from kiosk.gate.events import StoreChanged
from kiosk.law import Instruments
from kiosk.ledger.entries import StaffDuties
from kiosk.premises import fold
from kiosk.staff.register import Told
from tests.gate.bench import NOON, Bench, venue, zoned


def with_samples(*days: str) -> Bench:
    """Other scheduled premises with a member of staff for each day of a sample."""
    staff = [{"id": f"s{number}", "pcr_samples": [day]} for number, day in enumerate(days)]
    limits = {"capacity_percent": 50, "table": 4, "hours": ["00:00", "23:59"]}
    return Bench(venue({"kind": "other_scheduled", "capacity": 20, "staff": staff, "limits": limits}))


def said(bench: Bench) -> list[tuple[str, int, list[tuple[str, int]]]]:
    return [
        (entry.zone, entry.staff, [(reason.code, reason.people) for reason in entry.reasons])
        for entry in bench.entries("staff_duties")
    ]


def test_the_day_opens_with_how_the_law_finds_the_staff() -> None:
    bench = with_samples("2021-04-18", "2021-03-01")
    assert [item.entry.type for item in bench.log] == ["started", "day_opened", "staff_duties"]
    assert said(bench) == [("premises", 2, [("staff_not_tested", 1)])]
    assert bench.entries("staff_duties")[0].reasons[0].para
    assert bench.entries("day_opened")[0].kind == "other_scheduled"


def test_the_log_names_nobody_of_the_staff() -> None:
    bench = with_samples("2021-03-01")
    assert "s0" not in bench.entries("staff_duties")[0].model_dump_json()


def test_a_test_that_becomes_too_old_is_written_once_when_its_day_is_over() -> None:
    bench = with_samples("2021-04-18")
    bench.at = NOON.replace(day=2, hour=23, minute=59)
    bench.tick()
    assert all(not reasons for *_, reasons in said(bench))
    before = len(said(bench))
    bench.tick(60)
    bench.tick(60)
    assert said(bench)[before:] == [("premises", 1, [("staff_not_tested", 1)])]


def test_nothing_is_written_again_while_nothing_changes() -> None:
    bench = with_samples("2021-04-25")
    before = len(bench.log)
    for _ in range(30):
        bench.tick(60)
    assert len(bench.log) == before


def test_a_change_of_the_register_is_followed_by_what_the_law_finds_of_it() -> None:
    bench = Bench(zoned())
    assert said(bench) == [], "the law asks nothing of a staff that is not listed"
    assert bench.command(StaffSave(member=Told(name="Chan")), by="mei").error is None
    assert [item.entry.type for item in bench.log[-3:]] == ["staff_changed", "staff_duties", "staff_duties"]
    assert said(bench) == [("D1", 1, [("staff_not_vaccinated", 1)]), ("hall", 1, [])]
    gone = Told(id="s1", name="Chan", active=False)
    assert bench.command(StaffSave(member=gone), by="mei").error is None
    assert said(bench)[2:] == [("D1", 0, []), ("hall", 0, [])]
    assert bench.command(StaffRemove(member="s1"), by="mei").error is None
    assert len(said(bench)) == 4


def test_another_day_and_another_start_say_it_anew() -> None:
    bench = with_samples("2021-04-25")
    bench.at = NOON.replace(day=2)
    bench.tick()
    bench.start()
    types = [item.entry.type for item in bench.log]
    opened = [place for place, type_ in enumerate(types) if type_ == "day_opened"]
    assert len(opened) == 3
    assert [types[place + 1] for place in opened] == ["staff_duties"] * 3


def test_of_staff_nothing_is_said_while_no_instrument_is_in_force() -> None:
    settings = venue({"kind": "karaoke", "capacity": 20, "staff": [{"id": "s1"}]})
    bench = Bench(settings, instruments=Instruments())
    assert said(bench) == []


def test_what_the_fold_keeps_is_what_the_log_said_last() -> None:
    bench = with_samples("2021-04-18")
    bench.at = NOON.replace(day=3)
    bench.tick()
    kept = fold(bench.log).duties
    assert kept == {"premises": bench.entries("staff_duties")[-1]}
    assert kept == {"premises": StaffDuties(zone="premises", staff=1, reasons=kept["premises"].reasons)}


@pytest.mark.parametrize("minutes", [0, 5])
def test_a_log_that_cannot_be_written_keeps_it_once_for_later(minutes: int) -> None:
    bench = with_samples("2021-04-18")
    before = len(said(bench))
    bench.do(StoreChanged(at=bench.at, mono=bench.mono, failed="disk_full"))
    bench.at = NOON.replace(day=3)
    for _ in range(minutes + 1):
        bench.tick(60)
    assert len(said(bench)) == before
    bench.do(StoreChanged(at=bench.at, mono=bench.mono, failed=None))
    bench.tick()
    assert said(bench)[before:].count(("premises", 1, [("staff_not_tested", 1)])) == 1


def test_an_admission_writes_nothing_of_staff() -> None:
    bench = with_samples("2021-04-25")
    before = len(said(bench))
    bench.at += timedelta(seconds=1)
    bench.command(PartyNew())
    bench.command(PartyAdmit())
    assert len(said(bench)) == before
