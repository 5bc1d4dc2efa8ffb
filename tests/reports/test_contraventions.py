"""What the log shows to be against the law, and, as much, what it does not show."""

from __future__ import annotations

from datetime import date

import pytest

from kiosk.ledger.entries import (
    Evidence,
    Exit,
    Moved,
    PlacesReturned,
    Recount,
    Settled,
    SteppedBack,
    SteppedOut,
    TableShare,
    Undone,
)
from kiosk.reports.contraventions import penalties
from kiosk.reports.figures import Contravention
from tests.reports.daylog import (
    FINE,
    INSTRUMENTS,
    MAY_1,
    NOBODY,
    Log,
    against,
    duties,
    moment,
    opened,
    started,
    zone,
)

Told = tuple[str, str | None, str | None, int]


def told(found: tuple[Contravention, ...]) -> list[Told]:
    """What, code, paragraph and people of each."""
    return [(one.what, one.code, one.para, one.people) for one in found]


def bar(limit: int | None = 10, *, sensors: bool = True, at: str = "20:00", **others: object) -> Log:
    return Log(sensors=sensors).at(at).open(zone(limit=limit, **others))


def most_inside(log: Log) -> int:
    return max(point.inside for point in log.told().zones[0].curve)


# Over the limit


def test_more_inside_than_the_law_allows_is_one_stretch_with_its_worst() -> None:
    log = bar()
    log.enter(10)
    log.at("20:30")
    first = log.enter(2)
    log.at("20:40").enter(1)
    log.at("21:10").leave(2)
    log.at("21:20").leave(1)
    (found,) = log.found()
    assert found == Contravention(
        what="over_limit",
        code="over_capacity",
        para="2",
        instrument="2021-04-29",
        zone="premises",
        first=moment("20:30"),
        last=moment("21:20"),
        people=3,
        entries=(first + 1, first + 2, first + 4),
        count=3,
        limit=10,
    )
    (over,) = log.told().zones[0].over
    assert (over.first, over.last, over.most, over.worst_at) == (
        moment("20:30"),
        moment("21:20"),
        13,
        moment("20:40"),
    )


def test_each_stretch_is_one_contravention() -> None:
    log = bar()
    log.enter(10)
    for clock in ("20:30", "21:30"):
        log.at(clock).enter(1)
        log.at(clock.replace("30", "45")).leave(1)
    assert [(one.first, one.last) for one in log.found()] == [
        (moment("20:30"), moment("20:45")),
        (moment("21:30"), moment("21:45")),
    ]


def test_as_many_as_the_law_allows_is_no_contravention() -> None:
    log = bar()
    log.enter(10)
    assert log.found() == ()


def test_places_that_nobody_was_seen_to_take_prove_nothing() -> None:
    log = bar()
    log.enter(8)
    party = log.enter(2)
    log.write(SteppedOut(party=f"P{party}", people=2, by="mei"))
    log.admit(2)
    log.at("20:10").write(started())
    log.admit(3)
    assert log.told().zones[0].peak.taken == 15  # type: ignore[union-attr]
    assert log.found() == (), "kept, reserved and uncertain places are not people"


def test_who_is_let_back_in_and_not_seen_yet_proves_nothing() -> None:
    log = bar()
    party = log.enter(5)
    log.write(SteppedOut(party=f"P{party}", people=3, by="mei"))
    log.leave(3)
    log.at("20:10").enter(6)
    log.at("20:20").write(SteppedBack(party=f"P{party}", people=2, by="mei"))
    assert most_inside(log) == 10
    log.at("20:21").enter(1)
    assert log.found("20:25") == ()
    log.at("20:30").pass_in(party, 2)
    assert [(one.first, one.people) for one in log.found()] == [(moment("20:30"), 1)]


def test_a_stretch_without_any_time_is_none() -> None:
    log = bar()
    log.enter(10)
    log.at("21:00").enter(1)
    log.leave(1)
    assert log.found() == ()


def test_those_who_passed_unchecked_may_have_been_staff() -> None:
    log = bar()
    log.enter(10)
    log.at("20:30").pass_in(None)
    log.at("20:40").leave(1)
    over, unchecked = log.found()
    assert (over.what, over.doubt, over.people) == ("over_limit", "unchecked", 1)
    assert (unchecked.what, unchecked.doubt) == ("uncounted", "unchecked")


def test_one_unchecked_person_does_not_excuse_two_too_many() -> None:
    log = bar()
    log.enter(10)
    log.at("20:30").pass_in(None)
    log.at("20:35").enter(1)
    found = [one for one in log.found() if one.what == "over_limit"]
    assert [(one.first, one.last, one.people, one.doubt) for one in found] == [
        (moment("20:30"), moment("20:35"), 1, "unchecked"),
        (moment("20:35"), moment("24:00"), 1, None),
    ]


def test_after_staff_have_counted_nobody_is_unchecked_any_more() -> None:
    log = bar()
    log.pass_in(None)
    log.at("20:30").write(Recount(inside={"premises": 12}, was={"premises": 1}, by="mei", reason="counted"))
    (over,) = (one for one in log.found() if one.what == "over_limit")
    assert (over.first, over.people, over.doubt) == (moment("20:30"), 2, None)


def test_a_limit_that_falls_makes_a_stretch_under_the_new_one() -> None:
    log = bar()
    log.enter(8)
    log.at("22:00").write(opened(zone(limit=5)))
    (over,) = log.found()
    assert (over.first, over.last, over.limit, over.people) == (moment("22:00"), moment("24:00"), 5, 3)
    assert over.goes_on


def test_a_stretch_over_midnight_is_told_on_both_days() -> None:
    log = bar()
    log.at("23:30").enter(12)
    log.at("24:30").leave(3)
    first, second = (day.contraventions for day in log.days(date(2021, 5, 2)))
    assert [(one.first, one.last, one.carried, one.goes_on, one.count) for one in first] == [
        (moment("23:30"), moment("24:00"), False, True, 2)
    ]
    assert [(one.first, one.last, one.carried, one.goes_on, one.count) for one in second] == [
        (moment("24:00"), moment("24:30"), True, False, 0)
    ]


def zones(**door: bool) -> Log:
    log = Log(sensors=door.get("sensors", True)).at("19:00")
    return log.open(
        zone("D1", 5, mode="D", capacity=7, table=8), zone("main", 5, mode="B", table=4), kind="catering"
    )


def test_each_zone_is_measured_by_its_own_limit_and_paragraph() -> None:
    log = zones()
    log.enter(6, "D1")
    log.at("19:30").leave(1)
    log.write(Exit(people=1, source="staff", zone="D1", by="mei"))
    (over,) = log.found()
    assert (over.zone, over.para, over.people) == ("D1", "1(d)", 1)


def test_who_left_through_the_beam_and_was_not_tapped_is_taken_to_have_left_that_zone() -> None:
    log = zones()
    log.enter(5, "D1")
    log.enter(3, "main")
    log.leave(2)
    log.at("19:30").enter(2, "D1")
    assert most_inside(log) == 7
    assert log.found() == ()
    log.at("19:40").enter(1, "D1")
    assert [(one.zone, one.people) for one in log.found()] == [("D1", 1)]


def test_people_of_whom_nobody_knows_the_zone_exceed_no_zone_but_the_premises() -> None:
    log = zones()
    log.enter(5, "D1")
    log.enter(5, "main")
    log.at("19:30").pass_in(None)
    over = next(one for one in log.found() if one.what == "over_limit")
    assert (over.zone, over.limit, over.people, over.doubt) == (None, 10, 1, "unchecked")
    assert over.para == "1(d), 1(b)"


def test_the_premises_are_not_accused_of_what_a_zone_is_accused_of() -> None:
    log = zones()
    log.enter(5, "main")
    log.enter(6, "D1")
    assert [one.zone for one in log.found()] == ["D1"]


def test_a_room_has_a_limit_of_its_own() -> None:
    log = Log(sensors=False).at("19:00").open(zone(limit=20, room=4), kind="party_room")
    log.enter(3, room="R1")
    log.enter(2, room="R2")
    log.at("20:00")
    party = log.enter(2, room="R1")
    log.at("20:15").write(Moved(party=f"P{party}", tables=(), room="R2", by="mei"))
    (over,) = log.found()
    assert (over.code, over.para, over.room, over.limit, over.people) == ("room_full", "5(c)", "R1", 4, 1)
    assert (over.first, over.last) == (moment("20:00"), moment("20:15"))


def test_where_a_beam_counts_exits_a_room_is_a_question() -> None:
    log = Log().at("19:00").open(zone(limit=20, room=4), kind="party_room")
    log.enter(5, room="R1")
    assert [(one.room, one.people, one.doubt) for one in log.found()] == [("R1", 1, "count")]


def test_people_whose_admission_was_taken_back_hide_nobody_who_left_untapped() -> None:
    log = zones()
    index = log.enter(3, "main")
    log.enter(5, "D1")
    log.at("19:10").write(Undone(admission=index, by="mei"))
    log.leave(3)
    log.at("19:20").enter(3, "D1")
    assert log.found() == (), (
        "the three who left may have been of that zone, and those taken back still inside"
    )


def test_of_a_room_nothing_is_claimed_of_people_who_may_have_left_unseen_by_staff() -> None:
    log = Log().at("19:00").open(zone(limit=20, room=4), kind="party_room")
    log.enter(4, room="R1")
    log.leave(1)
    log.at("20:00").enter(1, room="R1")
    assert log.found() == ()
    log.at("20:10").write(Recount(inside={"premises": 6}, was={"premises": 4}, by="mei", reason="counted"))
    log.at("20:20").enter(2, room="R1")
    assert log.found() == (), "after a recount nobody knows who is in which room"


# Evidence


def test_a_supervisor_who_lets_in_without_evidence_is_told_by_what_was_missing() -> None:
    log = bar()
    index = log.enter(3, override=against("no_lhs_scan", "not_vaccinated", people=2))
    (scan, dose) = log.found()
    assert told((scan, dose)) == [
        ("no_evidence", "no_lhs_scan", "2", 2),
        ("no_evidence", "not_vaccinated", "2", 2),
    ]
    assert (scan.entries, scan.count, scan.zone, scan.doubt) == ((index,), 1, "premises", None)


def test_alike_overrides_of_a_day_are_one_contravention_with_its_entries() -> None:
    log = bar()
    indices = []
    for number in range(7):
        log.at(f"20:0{number}")
        indices.append(log.enter(1, override=against("no_lhs_scan")))
    (found,) = log.found()
    assert (found.people, found.count, found.entries) == (7, 7, tuple(indices[:5]))
    assert (found.first, found.last) == (moment("20:00"), moment("20:06"))


def test_an_override_that_nobody_entered_on_is_none() -> None:
    log = bar()
    index = log.admit(2, override=against("no_lhs_scan", "table_full"))
    log.write(PlacesReturned(admission=index, people=2))
    assert log.found() == ()
    assert len(log.told().overrides) == 1, "it is still told that it was given"


def test_of_a_party_that_came_in_part_only_those_count_who_cannot_have_been_others() -> None:
    log = bar()
    index = log.admit(4, override=against("no_lhs_scan", people=2))
    log.pass_in(index, 2)
    assert log.found() == (), "the two may have been those who had scanned"
    log.pass_in(index, 1)
    assert told(log.found()) == [("no_evidence", "no_lhs_scan", "2", 1)]


def test_who_went_out_for_a_moment_has_not_entered_twice() -> None:
    log = bar()
    index = log.admit(3, override=against("no_lhs_scan", people=3))
    log.pass_in(index)
    log.write(PlacesReturned(admission=index, people=2))
    log.write(SteppedOut(party=f"P{index}", people=1, by="mei"))
    log.leave(1)
    log.write(SteppedBack(party=f"P{index}", people=1, by="mei"))
    log.pass_in(index)
    assert told(log.found()) == [("no_evidence", "no_lhs_scan", "2", 1)]


def test_where_no_sensor_sees_them_an_admission_taken_back_is_none() -> None:
    log = bar(sensors=False)
    index = log.enter(2, override=against("no_lhs_scan"))
    assert len(log.found()) == 1
    log.write(Undone(admission=index, by="mei"))
    assert log.found() == ()


def test_taking_back_does_not_undo_who_was_seen_to_pass() -> None:
    log = bar()
    index = log.enter(2, override=against("no_lhs_scan", people=2))
    log.write(Undone(admission=index, by="mei"))
    assert told(log.found()) == [("no_evidence", "no_lhs_scan", "2", 2)]


def test_after_a_restart_those_count_who_entered_by_the_word_of_staff() -> None:
    log = bar()
    index = log.admit(3, override=against("no_lhs_scan", people=3))
    log.at("20:05").write(started())
    assert log.found() == ()
    log.at("20:10").write(Settled(admission=index, entered=2, by="mei"))
    assert told(log.found()) == [("no_evidence", "no_lhs_scan", "2", 2)]


def test_an_admission_without_any_evidence_shows_itself() -> None:
    log = bar()
    log.enter([FINE, NOBODY])
    assert told(log.found()) == [
        ("no_evidence", "not_vaccinated", "2", 1),
        ("no_evidence", "no_lhs_scan", "2", 1),
    ]


FAIR = [
    ("catering", "A", NOBODY, {}, "mode A asks nothing of customers"),
    ("catering", "B", Evidence(registered=True), {}, "registering will do in mode B"),
    ("catering", "B", Evidence(lhs="declared"), {}, "so will a scan, in whatever way it was shown"),
    ("catering", "B", NOBODY, {"takeaway": True}, "who only takes food away needs neither"),
    ("catering", "C", Evidence(with_adult=True, age="child"), {}, "a child with an adult"),
    ("catering", "C", Evidence(form=True, age="elder"), {}, "a form from 65 on"),
    ("catering", "C", Evidence(form=True), {}, "of unknown age: it may be somebody of 65"),
    ("catering", "D", Evidence(lhs="staff_saw", record_seen=True), {}, "a record that staff read"),
    ("catering", "D", Evidence(lhs="staff_saw", proofs=("hk-mec",)), {}, "any verified code may show enough"),
    (
        "catering",
        "D",
        Evidence(lhs="staff_saw", age="infant"),
        {"banquet": "B1"},
        "infants at large banquets",
    ),
    ("mahjong", None, Evidence(lhs="receipt"), {}, "nobody asks for doses there"),
    ("wedding", None, NOBODY, {}, "what is asked hangs on how many there are"),
    ("other_scheduled", None, NOBODY, {}, "what is asked stands in other directions"),
]


@pytest.mark.parametrize(("kind", "mode", "person", "others", "why"), FAIR, ids=[each[-1] for each in FAIR])
def test_nobody_is_accused_who_may_have_been_in_order(kind, mode, person, others, why) -> None:
    log = Log().at("20:00").open(zone(mode=mode), kind=kind)
    log.enter([person], **others)
    assert log.found() == (), why


FAULTS = [
    ("catering", "B", NOBODY, [("not_registered", "1(b)")]),
    ("catering", "B", Evidence(proofs=("hk-vac",), record_seen=True), [("not_registered", "1(b)")]),
    ("catering", "C", Evidence(registered=True, age="adult"), [("no_lhs_scan", "1(c)")]),
    ("catering", "C", Evidence(with_adult=True, age="adult"), [("no_lhs_scan", "1(c)")]),
    ("catering", "C", NOBODY, [("no_lhs_scan", "1(c)")]),
    ("catering", "D", Evidence(lhs="staff_saw"), [("not_vaccinated", "1(d)")]),
    ("club", None, Evidence(proofs=("hk-vac",)), [("no_lhs_scan", "4(c)")]),
    ("mtr_paid_area", None, NOBODY, [("mask_required", "13")]),
]


@pytest.mark.parametrize(("kind", "mode", "person", "missing"), FAULTS)
def test_what_is_missing_is_cited_from_the_instrument(kind, mode, person, missing) -> None:
    log = Log().at("20:00").open(zone(mode=mode), kind=kind)
    log.enter([person])
    assert [(one.code, one.para) for one in log.found()] == missing
    assert {one.what for one in log.found()} == {"no_evidence"}


def test_without_the_very_instrument_nothing_is_said_of_what_it_asks() -> None:
    log = bar()
    rules = log.entries[1].entry
    log.entries[1] = log.entries[1].__class__(
        index=1, at=log.now, entry=rules.model_copy(update={"instrument_digest": "0" * 64})
    )
    log.enter([NOBODY])
    log.enter(10)
    (over,) = log.found()
    assert (over.what, over.code, over.para) == ("over_limit", "over_capacity", None), (
        "the limit is in the log"
    )


@pytest.mark.parametrize("others", [{"kind": None}, {"instrument": None}, {"instrument": "1999-01-01"}])
def test_rules_that_nobody_knows_accuse_nobody(others) -> None:
    log = Log().at("20:00").open(zone(limit=None), **others)
    log.enter([NOBODY])
    log.pass_in(None)
    assert log.found() == ()


# Overrides of the rest


OVERRIDDEN = [
    ("must_close", {}, None),
    ("table_full", {}, None),
    ("table_full", {"tables": (TableShare(table="T1", people=2), TableShare(table="T2", people=1))}, "count"),
    ("banquet_too_large", {}, "count"),
    ("unknown_fact", {}, "fact"),
]


@pytest.mark.parametrize(("code", "others", "doubt"), OVERRIDDEN)
def test_what_else_was_overridden_is_told_with_the_doubt_that_it_leaves(code, others, doubt) -> None:
    log = bar()
    log.enter(3, override=against(code, people=3), **others)
    (found,) = log.found()
    assert (found.what, found.code, found.people, found.doubt) == ("overridden", code, 3, doubt)


def test_an_override_of_the_number_is_told_by_the_stretch_alone() -> None:
    log = bar()
    log.enter(10)
    log.at("20:30").enter(1, override=against("over_capacity"))
    assert told(log.found()) == [("over_limit", "over_capacity", "2", 1)]


def test_an_override_of_the_number_with_places_to_spare_is_a_question() -> None:
    log = bar()
    log.enter(8)
    log.admit(2)
    log.enter(1, override=against("over_capacity"))
    (found,) = log.found()
    assert (found.what, found.code, found.doubt) == ("overridden", "over_capacity", "count")


# Hours


def test_entry_after_closing_by_override_is_outside_the_hours() -> None:
    log = bar()
    log.at("26:05").enter(2, override=against("outside_hours"))
    (found,) = log.days(date(2021, 5, 2))[1].contraventions
    assert (found.what, found.code, found.para, found.people) == ("outside_hours", "outside_hours", "2", 2)
    assert (found.first, found.doubt) == (moment("26:05"), None)


def test_an_admission_after_closing_that_nobody_overrode_shows_itself() -> None:
    log = Log().at("20:00").open(zone(mode="B", closes="22:00"), kind="catering")
    log.at("22:30").enter(1)
    assert told(log.found()) == [("outside_hours", "outside_hours", "1(b)", 1)]


def test_to_the_last_second_is_within_the_hours() -> None:
    log = Log().at("20:00").open(zone(mode="B", closes="22:00"), kind="catering")
    index = log.at("21:59:59.9").admit(1)
    log.at("22:00:10").pass_in(index)
    assert log.found() == ()


def test_takeaway_after_closing_is_fair_where_the_instrument_waives_the_hours() -> None:
    for kind, mode, fair in (("catering", "B", True), ("bar", None, False)):
        log = Log().at("20:00").open(zone(mode=mode, closes="22:00"), kind=kind)
        log.at("22:30").enter(1, takeaway=True)
        assert (log.found() == ()) is fair, kind


def test_the_first_admission_of_a_new_day_comes_before_its_rules_are_written() -> None:
    log = Log().at("04:00").open(zone(closes="03:00"))
    log.at("05:00:00.3").enter(1)
    log.at("05:00:00.9").write(opened(zone(closes="26:00")))
    assert log.found() == ()


def test_people_who_stay_after_closing_are_not_accused_of_entering() -> None:
    log = Log().at("20:00").open(zone(mode="B", closes="22:00"), kind="catering")
    log.enter(5)
    log.at("22:00").close(inside=5)
    log.at("23:00").leave(5)
    assert log.found() == ()


# People whom nobody checked


def test_a_passage_without_admission_is_a_question_about_somebody_unchecked() -> None:
    log = bar()
    log.pass_in(None, 2)
    (found,) = log.found()
    assert (found.what, found.code, found.para, found.people, found.count) == ("uncounted", None, "2", 2, 2)
    assert found.doubt == "unchecked"


def test_where_nothing_is_asked_of_customers_not_checking_them_breaks_nothing() -> None:
    log = Log().at("12:00").open(zone(mode="A", closes="18:00"), kind="catering")
    log.pass_in(None)
    assert log.found() == ()
    assert log.told().uncounted == 1


def test_a_passage_after_closing_is_a_question_about_the_hours_and_nothing_else() -> None:
    log = bar(closes="22:00")
    log.at("22:30").pass_in(None)
    (found,) = log.found()
    assert (found.what, found.para, found.doubt) == ("outside_hours", "2", "unchecked")


def test_who_comes_before_opening_is_not_accused() -> None:
    log = Log().at("04:00").open(zone(closes=None))
    log.at("04:30").pass_in(None)
    assert log.found() == ()


def test_what_one_zone_still_lets_in_is_not_outside_the_hours() -> None:
    log = (
        Log()
        .at("19:00")
        .open(zone("D1", 5, mode="D"), zone("main", 5, mode="B", closes="22:00"), kind="catering")
    )
    log.at("23:00").pass_in(None)
    (found,) = log.found()
    assert (found.what, found.zone, found.para) == ("uncounted", None, "1(d), 1(b)")


# Staff


def test_admissions_while_the_staff_are_not_in_order() -> None:
    log = bar()
    log.write(duties("staff_not_vaccinated"))
    log.enter(2)
    log.at("21:00").write(duties())
    log.enter(3)
    (found,) = log.found()
    assert (found.what, found.code, found.para, found.people) == (
        "staff_not_in_order",
        "staff_not_vaccinated",
        "2",
        2,
    )


def test_an_override_of_the_staff_is_told_once() -> None:
    log = bar()
    log.write(duties("staff_not_vaccinated"))
    log.enter(2, override=against("staff_not_vaccinated"))
    assert told(log.found()) == [("staff_not_in_order", "staff_not_vaccinated", "2", 2)]


def test_staff_not_in_order_are_no_contravention_while_nobody_enters() -> None:
    log = bar()
    log.enter(2)
    log.at("21:00").write(duties("staff_not_vaccinated"))
    log.at("22:00").leave(2)
    assert log.found() == ()


def test_duties_of_another_zone_accuse_nobody() -> None:
    log = zones()
    log.write(duties("staff_not_tested", name="main"))
    log.enter(2, "D1")
    assert log.found() == ()


def test_duties_that_are_met_from_the_same_minute_on_accuse_nobody() -> None:
    log = bar(at="23:00")
    log.write(duties("staff_not_vaccinated"))
    log.at("23:30:00.2").enter(1)
    log.at("23:30:00.4").write(duties())
    assert log.found() == ()


# Penalties


def test_penalties_are_those_of_the_instrument_and_kind_that_were_contravened() -> None:
    log = bar()
    log.enter(12)
    found = penalties(INSTRUMENTS, [log.told()])
    assert {(one.instrument, one.kind, one.para) for one in found} == {("2021-04-29", "bar", "7")}
    assert [one.who for one in found] == ["responsible", "customer", "staff", "customer"]
    assert "50,000" in found[0].text["en"]
    assert "50,000" in found[0].text["zh-Hant"]
    assert not any("false declaration" in one.text["en"] for one in found), "no log shows one"


def test_where_nothing_was_contravened_nothing_is_threatened() -> None:
    log = bar()
    log.enter(2)
    assert penalties(INSTRUMENTS, [log.told()]) == ()


def test_a_gathering_is_told_by_its_own_code_and_threatened_by_its_own_law() -> None:
    log = Log().at("15:00").open(zone(limit=50, capacity=200, closes=None, table=None), kind="wedding")
    log.enter(52)
    (found,) = log.found()
    assert (found.code, found.para, found.people) == ("gathering_too_large", "11(a)", 2)
    assert {one.para for one in penalties(INSTRUMENTS, [log.told()])} == {"12"}


def test_everything_in_order_is_told_as_nothing() -> None:
    log = bar()
    for clock in ("20:00", "21:00", "22:00"):
        log.at(clock).enter(3)
        log.at(clock.replace(":00", ":40")).leave(2)
    log.at("23:30").leave(3)
    day = log.told()
    assert (day.people, day.contraventions, day.day) == (9, (), MAY_1)
