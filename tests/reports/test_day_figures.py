"""What the log shows of a day: sums, lines and curves."""

from __future__ import annotations

from datetime import UTC, date, timedelta

import pytest

from kiosk.ledger.entries import (
    Alarm,
    AlarmCleared,
    CodeRejected,
    Downloaded,
    Evidence,
    Exit,
    LegalReason,
    PlacesReturned,
    Recount,
    Refusal,
    SignInReset,
    StaffPass,
    StateKept,
    SteppedOut,
    Stopped,
    Undone,
)
from kiosk.reports.figures import Point, Refused
from kiosk.reports.occupancy import MOST_POINTS
from kiosk.reports.tally import MOST_LINES
from tests.reports.daylog import FINE, MAY_1, Log, against, duties, moment, opened, started, zone

MAY_2, MAY_3 = date(2021, 5, 2), date(2021, 5, 3)


def test_everybody_admitted_counts_once_by_what_was_shown() -> None:
    log = Log().at("18:00").open()
    log.enter(
        [
            Evidence(lhs="staff_saw", registered=True),
            Evidence(lhs="declared", proofs=("hk-vac", "hk-evt")),
            Evidence(lhs="receipt", record_seen=True),
            Evidence(form=True, age="elder", papers=("declaration",)),
            Evidence(registered=True),
            Evidence(with_adult=True, age="child"),
            Evidence(),
        ]
    )
    log.enter([Evidence(), Evidence(lhs="staff_saw", proofs=("hk-vac",))], takeaway=True)
    day = log.told()
    assert (day.parties, day.people) == (2, 9)
    assert dict(day.shown) == {
        "staff_saw": 2,
        "declared": 1,
        "receipt": 1,
        "form": 1,
        "registered": 1,
        "with_adult": 1,
        "none": 1,
        "takeaway": 1,
    }
    assert dict(day.proofs) == {"hk-vac": 2, "hk-evt": 1, "record_seen": 1, "papers": 1}


def test_refusals_are_summed_by_reason_and_parties_counted_once() -> None:
    log = Log().at("18:00").open()
    two = (
        LegalReason(code="not_vaccinated", para="2", people=1),
        LegalReason(code="table_full", para="2"),
    )
    for reasons, people in ((two, 3), (two[:1], 2)):
        log.write(Refusal(zone="premises", people=people, reasons=reasons, way="staffed", instrument="i"))
    for error in ("expired", "expired", "malformed"):
        log.write(CodeRejected(format="hk-vac", error=error))
    day = log.told()
    assert (day.refused_parties, day.refused_people) == (2, 5)
    assert day.refusals == (Refused("not_vaccinated", "2", 2, 2), Refused("table_full", "2", 1, 3))
    assert dict(day.rejected) == {("hk-vac", "expired"): 2, ("hk-vac", "malformed"): 1}


def test_a_beam_and_a_tap_of_the_same_people_are_one_leaving() -> None:
    log = Log().at("18:00").open()
    party = log.enter(3)
    log.pass_in(None)
    log.leave(3)
    log.write(Exit(people=3, source="staff", party=f"P{party}", by="mei"))
    waiting = log.admit(2)
    log.write(PlacesReturned(admission=waiting, people=2))
    day = log.told()
    assert (day.passages, day.uncounted, day.exits, day.returned) == (4, 1, 3, 2)


def test_where_no_beam_counts_the_taps_are_the_leavings() -> None:
    log = Log(sensors=False).at("18:00").open()
    log.enter(3)
    log.leave(2)
    assert log.told().exits == 2


def test_lines_stand_where_an_inspector_looks_for_them() -> None:
    log = Log().at("17:00").open()
    log.write(duties("staff_not_tested"))
    log.write(Alarm(kind="forced_open"), AlarmCleared(kind="forced_open", by="mei"))
    first = log.enter(2, override=against("table_full"))
    log.write(Undone(admission=first, by="mei"), StaffPass(by="mei"))
    log.write(Recount(inside={"premises": 0}, was={"premises": 2}, by="mei", reason="counted"))
    log.write(SignInReset(name="mei", what=("pin",), by="lee"), StateKept(state="0" * 64))
    log.write(Downloaded(first=MAY_1, last=MAY_1, start=0, end=3, manifest="0" * 64), Stopped())
    day = log.told()
    kinds = {
        name: [line.entry.type for line in getattr(day, name)]
        for name in ("alarms", "overrides", "corrections", "staff", "others")
    }
    assert kinds == {
        "alarms": ["alarm", "alarm_cleared"],
        "overrides": ["admission"],
        "corrections": ["undone", "staff_pass", "recount"],
        "staff": ["staff_duties"],
        "others": ["started", "sign_in_reset", "downloaded", "stopped"],
    }
    assert [line.index for line in day.alarms] == [3, 4]
    assert day.left_out == 0


def test_lines_beyond_what_anybody_reads_are_counted_and_not_kept() -> None:
    log = Log().at("17:00").open()
    log.write(*[StaffPass(by="mei")] * (MOST_LINES + 3))
    day = log.told()
    assert (len(day.corrections), day.left_out) == (MOST_LINES, 3)


def test_a_night_stands_in_two_days_and_carries_over_midnight() -> None:
    log = Log().at("23:00").open()
    log.enter(4)
    log.at("24:30").leave(1)
    log.at("26:00").close(inside=3)
    first, second = log.days(MAY_2, until=moment("48:00"))
    assert (first.start, first.end, second.start, second.end) == (0, 7, 7, 9)
    (of_first,), (of_second,) = first.zones, second.zones
    assert (of_first.curve[-1].taken, of_first.curve[-1].inside) == (4, 4)
    assert of_second.curve == (Point(moment("24:00"), 4, 4), Point(moment("24:30"), 3, 3))
    assert of_second.peak == Point(moment("24:00"), 4, 4)
    assert [(point.at, point.inside) for point in of_second.closed] == [(moment("26:00"), 3)]
    assert of_second.rules[0].at == moment("24:00")
    assert (first.kind, second.kind, second.instruments) == ("bar", "bar", ("2021-04-29",))


def test_the_new_day_begins_at_midnight_in_hong_kong_whatever_clock_the_entry_has() -> None:
    log = Log().at("23:59:59.999").open()
    log.now = moment("24:00").astimezone(UTC)
    log.enter(1)
    first, second = log.days(MAY_2)
    assert (first.people, second.people) == (0, 1)


def test_days_without_entries_are_told_too() -> None:
    log = Log().at("20:00").open()
    log.enter(2)
    log.at("68:00").leave(2)
    before, quiet, after = log.days(MAY_3)
    assert [len(day.zones) for day in (before, quiet, after)] == [1, 1, 1]
    assert (quiet.start, quiet.end) == (before.end, after.start)
    assert quiet.zones[0].curve == (Point(moment("24:00"), 2, 2),)
    assert quiet.zones[0].peak is None
    assert quiet.zones[0].until is None
    assert quiet.contraventions == ()


def test_before_the_log_began_there_is_nothing() -> None:
    log = Log(day=MAY_2).at("20:00", MAY_2).open()
    day, _ = Log(day=MAY_1, entries=log.entries).days(MAY_2)
    assert (day.start, day.end, day.zones, day.whole, day.kind) == (0, 0, (), None, None)


def test_nothing_is_told_beyond_the_last_entry_unless_it_is_known_that_nothing_happened() -> None:
    log = Log().at("20:00").open()
    log.at("21:00").enter(2)
    assert log.told(until=None).zones[0].until == moment("21:00")
    assert log.told(until="22:30").zones[0].until == moment("22:30")
    assert log.told(until="24:00").zones[0].until is None
    _, later = log.days(MAY_2)
    assert later.zones[0].until == moment("24:00"), "of a day after the last entry nothing at all"


def test_zones_and_the_whole_premises_have_curves_of_their_own() -> None:
    log = Log().at("18:00").open(zone("D1", 5, mode="D"), zone("main", 8, mode="B"), kind="catering")
    log.enter(2, "D1")
    log.enter(3, "main")
    log.pass_in(None)
    log.admit(1, "main")
    day = log.told()
    peaks = {curve.zone: (curve.peak.taken, curve.peak.inside) for curve in day.zones if curve.peak}
    assert peaks == {"D1": (3, 2), "main": (5, 3)}, "who is nobody knows where counts against every zone"
    assert day.whole is not None
    assert day.whole.peak is not None
    assert (day.whole.peak.taken, day.whole.peak.inside) == (7, 6)
    assert day.whole.rules[0].rules is not None
    assert day.whole.rules[0].rules.limit == 13


def test_one_area_has_no_second_curve() -> None:
    assert Log().at("18:00").open().told().whole is None


def test_zones_that_are_no_more_end_and_new_ones_begin() -> None:
    log = Log().at("12:00").open(zone("main", 8))
    log.enter(4, "main")
    log.at("15:00").write(opened(zone("D1", 5), zone("B1", 5)))
    log.at("16:00").enter(1, "D1")
    day = log.told()
    by_name = {curve.zone: curve for curve in day.zones}
    assert set(by_name) == {"main", "D1", "B1"}
    assert by_name["main"].curve[-1] == Point(moment("15:00"), 0, 0)
    assert [ruled.rules is None for ruled in by_name["main"].rules] == [False, True]
    assert by_name["D1"].curve[0].at == moment("15:00")
    assert day.whole is not None
    assert [point.inside for point in day.whole.curve][-1] == 5
    assert day.whole.curve[0].at == moment("12:00"), "the whole was there before it was divided"


def test_the_same_rules_written_again_are_not_told_again() -> None:
    log = Log().at("12:00").open()
    log.at("13:00").open()
    log.at("14:00").write(opened(zone(limit=7)))
    (curve,) = log.told().zones
    assert [(ruled.at, ruled.rules.limit) for ruled in curve.rules if ruled.rules] == [
        (moment("12:00"), 10),
        (moment("14:00"), 7),
    ]


def test_places_kept_and_reserved_are_taken_and_not_inside() -> None:
    log = Log().at("18:00").open()
    party = log.enter(3)
    log.write(SteppedOut(party=f"P{party}", people=1, by="mei"))
    log.admit(2)
    last = log.told().zones[0].curve[-1]
    assert (last.taken, last.inside) == (5, 2)


def busy(people: int) -> Log:
    log = Log().at("10:00").open(zone(limit=people))
    for number in range(people):
        log.now = moment("10:00") + timedelta(seconds=7 * number)
        log.enter(1)
    for number in range(people):
        log.now = moment("16:00:01") + timedelta(seconds=number / 10)
        log.leave(1)
    return log


def test_a_long_curve_is_thinned_and_neither_its_peak_nor_its_end_is_lost() -> None:
    (curve,) = busy(1000).told().zones
    assert len(curve.curve) <= 3 * 12 * 24
    assert curve.peak == Point(moment("11:56:33"), 1000, 999)
    assert any(point.taken == 1000 for point in curve.curve)
    assert curve.curve[-1].taken == 0, "the hours after are not drawn as if everybody had stayed"
    assert [point.at for point in curve.curve] == sorted(point.at for point in curve.curve)


def test_a_curve_is_the_same_whether_it_was_thinned_on_the_way_or_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = busy(400)
    at_the_end = log.told().zones
    monkeypatch.setattr("kiosk.reports.occupancy._TOO_MANY", MOST_POINTS + 1)
    assert log.told().zones == at_the_end


def test_a_gap_in_the_log_is_refused() -> None:
    log = Log().at("10:00").open()
    del log.entries[0]
    with pytest.raises(ValueError, match="entry 1 where 0 is next"):
        log.told()


def test_entries_before_the_first_day_are_only_added_up() -> None:
    log = Log().at("20:00").open()
    log.enter(3)
    log.at("30:00").leave(1)
    day = Log(day=MAY_2, entries=log.entries).days(MAY_2)[0]
    assert (day.start, day.people, day.exits) == (6, 0, 1)
    assert day.zones[0].curve[0] == Point(moment("24:00"), 3, 3)


def test_a_start_of_the_service_counts_what_was_open_as_taken() -> None:
    log = Log().at("18:00").open()
    log.admit([FINE, FINE])
    log.at("18:05").write(started())
    last = log.told().zones[0].curve[-1]
    assert (last.taken, last.inside) == (2, 0)
