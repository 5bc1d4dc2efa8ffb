"""Rooms, banquets, the venue's own steps and parties that wait, at venues of every kind."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from kiosk import HONG_KONG
from kiosk.gate.commands import (
    BanquetEnd,
    BanquetOpen,
    CustomerAdd,
    CustomerAge,
    CustomerAttest,
    CustomerPaper,
    CustomerRecord,
    CustomerRegister,
    Leave,
    PartyAdmit,
    PartyBanquet,
    PartyForget,
    PartyMove,
    PartyNew,
    PartyOverride,
    PartyPlace,
    PartyResume,
    PartyRoom,
    PartyStep,
    PartyTables,
    PartyWait,
    PartyZone,
    VisitorDeclare,
    VisitorEnter,
    WaySet,
)
from kiosk.gate.words import refusal_words
from kiosk.ledger.entries import TableShare
from kiosk.premises import fold
from kiosk.proofs.model import Proof
from tests.gate.bench import OPEN_DOOR, SENSORS, Bench, record, venue, zoned

DOSE = ("2021-04-01",)
VACCINATED = {"id": "s1", "doses": ["2021-03-01", "2021-03-29"]}


def name(said: str) -> dict[str, str]:
    return {"en": said, "zh-Hant": said, "zh-Hans": said}


def room(id_: str, places: int) -> dict[str, Any]:
    return {"id": id_, "name": name(f"Room {id_}"), "places": places}


def premises(kind: str, capacity: int, **others: Any) -> dict[str, Any]:
    return {"kind": kind, "capacity": capacity, "staff": [VACCINATED], **others}


PARTY_ROOMS = premises("party_room", 24, rooms=[room("R1", 8), room("R2", 3)])
KARAOKE = premises(
    "karaoke",
    40,
    rooms=[room("K1", 8), room("K2", 4)],
    tables=[{"id": "K1-a", "seats": 6, "room": "K1"}, {"id": "K2-a", "seats": 4, "room": "K2"}],
)
MEETING = premises("meeting", 200, setting="indoor", rooms=[room("A", 60), room("B", 60)])
BANQUET_HALL = {
    "kind": "catering",
    "capacity": 240,
    "staff": [VACCINATED],
    "zones": [
        {"id": "D1", "name": name("D"), "mode": "D", "capacity": 200},
        {"id": "hall", "name": name("Hall"), "mode": "B", "capacity": 40},
    ],
}


def at(said: dict[str, Any], **others: Any) -> Bench:
    return Bench(venue(said, **others), OPEN_DOOR)


def build(bench: Bench, people: int, *, doses: tuple[str, ...] = DOSE, zone: str | None = None) -> None:
    """A party that lacks nothing but a place."""
    bench.command(PartyNew(zone=zone))
    for number in range(people):
        if number:
            bench.command(CustomerAdd())
        bench.command(CustomerAttest(customer=number, what="lhs_seen", value=True))
        if doses:
            bench.command(CustomerRecord(customer=number, doses=doses))


def admit(bench: Bench) -> str | None:
    return bench.command(PartyAdmit()).error


def codes(bench: Bench) -> set[str]:
    party = bench.snapshot.party
    assert party is not None
    return {reason.code for reason in (*party.reasons, *(r for c in party.customers for r in c.reasons))}


def rooms(bench: Bench) -> dict[str, tuple[int, int]]:
    """People in each room, and how many more may go in."""
    return {each.id: (each.people, each.left) for zone in bench.snapshot.zones for each in zone.rooms}


# Rooms


def test_each_party_room_has_its_own_limit() -> None:
    bench = at(PARTY_ROOMS)
    assert bench.snapshot.zones[0].room_limit == 4
    build(bench, 3)
    bench.command(PartyRoom(room="R1"))
    assert admit(bench) is None
    assert bench.entries("admission")[-1].room == "R1"
    assert rooms(bench) == {"R1": (3, 1), "R2": (0, 3)}
    build(bench, 2)
    bench.command(PartyRoom(room="R1"))
    assert codes(bench) == {"room_full"}
    assert admit(bench) == "refused"
    bench.command(PartyRoom(room="R2"))
    assert admit(bench) is None
    assert [party.room for party in bench.snapshot.parties] == ["R1", "R2"]


def test_the_reason_that_a_room_is_full_goes_as_people_leave_it() -> None:
    bench = at(PARTY_ROOMS)
    build(bench, 4)
    bench.command(PartyRoom(room="R1"))
    assert admit(bench) is None
    build(bench, 2)
    bench.command(PartyRoom(room="R1"))
    assert codes(bench) == {"room_full"}
    bench.command(Leave(zone="premises", party="P3", people=1))
    assert codes(bench) == {"room_full"}
    bench.command(Leave(zone="premises", party="P3", people=1))
    assert codes(bench) == set()


def test_where_the_law_counts_rooms_a_room_must_be_chosen() -> None:
    bench = at(PARTY_ROOMS)
    build(bench, 1)
    assert codes(bench) == {"no_room"}
    assert admit(bench) == "no_room"
    assert bench.command(PartyRoom(room="R9")).error == "unknown_room"


def test_a_party_room_without_rooms_is_one_room() -> None:
    bench = at(premises("party_room", 24))
    build(bench, 4)
    assert admit(bench) is None
    build(bench, 1)
    assert codes(bench) == {"room_full"}


def test_a_room_holds_no_more_than_its_places_and_no_supervisor_makes_more() -> None:
    bench = at(PARTY_ROOMS)
    build(bench, 4)
    bench.command(PartyRoom(room="R2"))
    assert codes(bench) == {"too_few_places"}
    assert admit(bench) == "too_few_places"
    assert bench.command(PartyOverride(reason="x"), supervisor="boss").error == "too_few_places"


def test_a_table_brings_its_room_and_another_room_leaves_the_table_behind() -> None:
    bench = at(KARAOKE)
    build(bench, 4)
    bench.command(PartyTables(tables=(TableShare(table="K1-a", people=4),)))
    assert bench.snapshot.party.room == "K1"
    bench.command(PartyRoom(room="K2"))
    assert (bench.snapshot.party.room, bench.snapshot.party.tables) == ("K2", ())
    bench.command(PartyPlace(zone="premises", table="K1-a"))
    assert (bench.snapshot.party.room, bench.snapshot.party.tables[0].table) == ("K1", "K1-a")
    assert bench.command(PartyPlace(zone="premises", table="K1-a", room="K2")).error == "table_elsewhere"
    assert admit(bench) is None
    assert rooms(bench) == {"K1": (4, 4), "K2": (0, 4)}


def test_four_sit_at_a_karaoke_table_and_a_fifth_does_not() -> None:
    bench = at(KARAOKE)
    build(bench, 5)
    bench.command(PartyPlace(zone="premises", table="K1-a"))
    assert codes(bench) == {"table_full"}


def test_a_party_moves_to_a_room_that_has_room_by_the_law_and_by_its_places() -> None:
    bench = at(PARTY_ROOMS)
    build(bench, 3)
    bench.command(PartyRoom(room="R1"))
    admit(bench)
    assert bench.command(PartyMove(party="P3", room="R2")).error is None
    assert rooms(bench) == {"R1": (0, 4), "R2": (3, 0)}
    assert bench.entries("moved")[-1].room == "R2"
    build(bench, 2)
    bench.command(PartyRoom(room="R1"))
    admit(bench)
    second = bench.snapshot.parties[-1].party
    assert bench.command(PartyMove(party=second, room="R2")).error == "too_few_places"
    reply = bench.command(PartyMove(party="P3", room="R1"))
    assert (reply.error, reply.values["limit"]) == ("room_full", 4)
    assert bench.command(PartyMove(party="P3", room="R9")).error == "unknown_room"
    assert fold(bench.log) == bench.state.premises


def test_moving_within_a_room_counts_nobody_twice() -> None:
    bench = at(KARAOKE)
    build(bench, 4)
    bench.command(PartyPlace(zone="premises", table="K2-a"))
    admit(bench)
    party = bench.snapshot.parties[0].party
    four = (TableShare(table="K2-a", people=4),)
    assert bench.command(PartyMove(party=party, tables=four)).error is None
    assert bench.snapshot.parties[0].room == "K2"
    assert bench.command(PartyMove(party=party, tables=four, room="K1")).error == "table_elsewhere"
    assert bench.command(PartyMove(party=party, room="K1")).error is None
    assert bench.snapshot.parties[0].tables == (), "no table of the old room"


def test_a_meeting_in_rooms_is_counted_room_by_room() -> None:
    bench = at(MEETING)
    zone = bench.snapshot.zones[0]
    assert (zone.limit, zone.room_limit) == (None, 50)
    build(bench, 50)
    bench.command(PartyRoom(room="A"))
    assert admit(bench) is None
    build(bench, 1)
    bench.command(PartyRoom(room="A"))
    assert codes(bench) == {"gathering_too_large"}
    bench.command(PartyRoom(room="B"))
    assert codes(bench) == set(), "the other room is empty"
    assert admit(bench) is None
    build(bench, 20, doses=())
    bench.command(PartyRoom(room="B"))
    assert codes(bench) == {"unknown_fact"}, "who is 16 needs a dose: staff say how old they are"
    for number in range(20):
        bench.command(CustomerAge(customer=number, age="adult"))
    assert codes(bench) == {"not_vaccinated"}, "21 in the room: above the number that held before"
    assert not bench.snapshot.alarms


def test_a_meeting_in_an_empty_room_has_the_number_that_held_before() -> None:
    bench = at(MEETING)
    build(bench, 50)
    bench.command(PartyRoom(room="A"))
    admit(bench)
    build(bench, 20, doses=())
    bench.command(PartyRoom(room="B"))
    assert codes(bench) == set()


def test_more_in_a_room_than_the_law_allows_is_an_alarm() -> None:
    bench = at(premises("party_room", 24, rooms=[room("R1", 8)]))
    build(bench, 5)
    bench.command(PartyRoom(room="R1"))
    assert bench.command(PartyOverride(reason="they insist"), supervisor="boss").error is None
    assert [(alarm.kind, alarm.subject) for alarm in bench.snapshot.alarms] == [("over_limit", "R1")]
    bench.command(Leave(zone="premises", party="P3", people=1))
    assert not bench.snapshot.alarms


def test_an_unattended_door_sends_visitors_to_the_staff_where_a_room_must_be_chosen() -> None:
    bench = at(PARTY_ROOMS, admission={"way": "unattended"})
    bench.show(record())
    bench.ask(VisitorDeclare())
    assert bench.snapshot.verdict.state == "see_staff"
    assert not bench.entries("admission")


# Banquets


def test_banquets_have_running_numbers_and_parties_join_them() -> None:
    bench = at(BANQUET_HALL)
    bench.command(BanquetOpen(zone="hall"))
    bench.command(BanquetOpen(zone="D1"))
    assert [(each.id, each.zone, each.people) for each in bench.snapshot.banquets] == [
        ("B1", "hall", 0),
        ("B2", "D1", 0),
    ]
    build(bench, 4)
    bench.command(PartyBanquet(banquet="B1"))
    assert bench.snapshot.party.zone == "hall", "a banquet is where it is"
    assert bench.snapshot.party.banquet_size == 4
    assert admit(bench) is None
    assert bench.entries("admission")[-1].banquet == "B1"
    assert bench.snapshot.banquets[0].people == 4
    bench.command(BanquetEnd(banquet="B1"))
    bench.command(BanquetOpen(zone="hall"))
    assert [each.id for each in bench.snapshot.banquets] == ["B2", "B3"], "no number is given twice"


def test_a_banquet_in_the_mode_b_hall_ends_at_twenty() -> None:
    bench = at(BANQUET_HALL)
    bench.command(BanquetOpen(zone="hall"))
    for _ in range(4):
        build(bench, 4)
        bench.command(PartyBanquet(banquet="B1"))
        assert admit(bench) is None
    build(bench, 4)
    bench.command(PartyBanquet(banquet="B1"))
    assert bench.snapshot.party.banquet_size == 20
    assert codes(bench) == set()
    bench.command(PartyWait())
    build(bench, 1)
    bench.command(PartyBanquet(banquet="B1"))
    assert admit(bench) is None
    bench.command(PartyResume(number=5))
    assert bench.snapshot.party.banquet_size == 21
    assert "banquet_too_large" in codes(bench)
    bench.command(PartyBanquet(banquet=None))
    assert "banquet_too_large" not in codes(bench)


def in_a_large_banquet() -> Bench:
    """One customer who would be the twenty-first of a banquet in Zone D."""
    bench = at(BANQUET_HALL)
    bench.command(BanquetOpen(zone="D1"))
    for people in (8, 8, 4):
        build(bench, people)
        bench.command(PartyBanquet(banquet="B1"))
        assert admit(bench) is None
    build(bench, 1, doses=())
    bench.command(PartyBanquet(banquet="B1"))
    assert bench.snapshot.party.banquet_size == 21
    return bench


def asks(bench: Bench) -> set[str]:
    return set(bench.snapshot.party.customers[0].asks)


def test_papers_are_asked_for_only_where_the_law_does() -> None:
    bench = at(BANQUET_HALL)
    build(bench, 1, doses=(), zone="D1")
    assert codes(bench) == {"not_vaccinated"}
    assert "unfit" not in asks(bench), "Zone D knows no exception for the unfit"
    bench = in_a_large_banquet()
    assert "unfit" in asks(bench)
    bench.command(CustomerAttest(customer=0, what="unfit", value=True))
    bench.command(CustomerAge(customer=0, age="adult"))
    assert codes(bench) == {"missing_declaration", "missing_certificate", "missing_test"}
    assert {"declaration", "certificate", "test"} <= asks(bench)
    for paper in ("declaration", "medical_certificate", "test"):
        bench.command(CustomerPaper(customer=0, paper=paper, value=True))
    assert codes(bench) == set()
    assert admit(bench) is None
    assert bench.entries("admission")[-1].people[0].papers == (
        "declaration",
        "medical_certificate",
        "test",
    )


def test_an_unfit_child_shows_a_test_and_an_infant_nothing() -> None:
    bench = in_a_large_banquet()
    bench.command(CustomerAttest(customer=0, what="unfit", value=True))
    bench.command(CustomerAge(customer=0, age="child"))
    assert codes(bench) == {"missing_test"}
    assert "infant" in asks(bench)
    bench.command(CustomerAge(customer=0, age="infant"))
    assert codes(bench) == set()
    assert admit(bench) is None
    assert bench.entries("admission")[-1].people[0].age == "infant"


def test_who_goes_to_another_zone_has_not_joined_the_banquet() -> None:
    bench = at(BANQUET_HALL)
    bench.command(BanquetOpen(zone="D1"))
    build(bench, 1)
    bench.command(PartyBanquet(banquet="B1"))
    bench.command(PartyZone(zone="hall"))
    assert (bench.snapshot.party.banquet, bench.snapshot.party.banquet_size) == (None, 0)
    assert bench.command(PartyBanquet(banquet="B7")).error == "unknown_banquet"


def test_a_banquet_that_ended_is_joined_by_nobody() -> None:
    bench = at(BANQUET_HALL)
    bench.command(BanquetOpen(zone="D1"))
    build(bench, 1)
    bench.command(PartyBanquet(banquet="B1"))
    bench.command(PartyWait())
    bench.command(BanquetEnd(banquet="B1"))
    bench.command(PartyResume(number=1))
    assert codes(bench) == {"unknown_banquet"}
    assert admit(bench) == "unknown_banquet"
    assert bench.command(BanquetEnd(banquet="B1")).error == "unknown_banquet"


def test_banquets_and_rooms_outlive_a_crash() -> None:
    bench = at(BANQUET_HALL)
    bench.command(BanquetOpen(zone="D1"))
    build(bench, 3)
    bench.command(PartyBanquet(banquet="B1"))
    admit(bench)
    bench.start()
    assert [(each.id, each.people) for each in bench.snapshot.banquets] == [("B1", 3)]


# Gatherings


@pytest.mark.parametrize(
    ("setting", "food", "limit"),
    [("indoor", False, 50), ("outdoor", False, 100), ("indoor", True, 4)],
)
def test_a_wedding_is_counted_by_heads(setting: str, food: bool, limit: int) -> None:
    bench = at(premises("wedding", 300, setting=setting, food_or_drink=food))
    assert bench.snapshot.zones[0].limit == limit
    build(bench, min(limit, 50))
    assert admit(bench) is None
    build(bench, limit - min(limit, 50) + 1)
    assert codes(bench) == {"gathering_too_large"}


def test_a_tour_that_is_not_registered_is_a_gathering_of_four() -> None:
    bench = at(premises("tour", 40, qualifies=False))
    build(bench, 5)
    assert codes(bench) == {"gathering_too_large"}
    bench = at(premises("tour", 40))
    build(bench, 30)
    assert codes(bench) == set()


def test_masks_are_seen_where_the_law_asks_for_them() -> None:
    bench = at({"kind": "transport", "capacity": 40})
    bench.command(PartyNew())
    assert codes(bench) == {"mask_required"}
    assert asks(bench) == {"mask"}
    bench.command(CustomerAttest(customer=0, what="mask", value=True))
    assert admit(bench) is None
    assert bench.entries("admission")[-1].people[0].mask is True


def test_a_country_park_asks_for_no_mask() -> None:
    park = {"kind": "specified_public_place", "capacity": 40, "setting": "outdoor"}
    bench = at(park)
    bench.command(PartyNew())
    assert codes(bench) == {"mask_required"}
    bench = at({**park, "country_park": True})
    bench.command(PartyNew())
    assert codes(bench) == set()


# The venue's own steps


def test_the_venues_own_steps_are_ticked_before_anybody_is_admitted() -> None:
    bench = Bench(venue(admission={"steps": ["temperature", "mask"]}), OPEN_DOOR)
    build(bench, 2)
    assert codes(bench) == {"steps_missing"}
    reply = bench.command(PartyAdmit())
    assert reply.error == "steps_missing"
    said = refusal_words(reply.error, **reply.values)
    assert "temperature, mask" in said["en"]
    assert "量度體溫、佩戴口罩" in said["zh-Hant"]
    bench.command(PartyStep(step="mask", value=True))
    assert bench.command(PartyAdmit()).values["steps"] == ("temperature",)
    bench.command(PartyStep(step="temperature", value=True))
    assert bench.snapshot.party.steps == ("temperature", "mask")
    assert bench.command(PartyStep(step="hand_sanitiser", value=True)).error == "unknown_step"
    assert admit(bench) is None
    assert bench.entries("admission")[-1].steps == ("temperature", "mask")
    assert not bench.entries("refusal"), "the law refused nobody"


def test_a_step_can_be_taken_back_and_no_supervisor_leaves_it_out() -> None:
    bench = Bench(venue(admission={"steps": ["temperature"]}), OPEN_DOOR)
    build(bench, 1)
    bench.command(PartyStep(step="temperature", value=True))
    bench.command(PartyStep(step="temperature", value=False))
    assert bench.command(PartyOverride(reason="x"), supervisor="boss").error == "steps_missing"


def test_an_unattended_door_with_steps_sends_everybody_to_the_staff() -> None:
    bench = Bench(
        venue(
            {"kind": "catering", "mode": "A", "capacity": 20},
            admission={"way": "unattended", "steps": ["temperature"]},
        )
    )
    assert bench.snapshot.verdict.state == "see_staff"
    assert "temperature" in bench.snapshot.verdict.message["en"]
    bench.ask(VisitorEnter())
    assert bench.snapshot.verdict.state == "see_staff"
    assert not bench.entries("admission")
    assert not bench.entries("refusal")


def test_without_steps_the_unattended_door_admits() -> None:
    bench = Bench(venue({"kind": "catering", "mode": "A", "capacity": 20}, admission={"way": "unattended"}))
    bench.ask(VisitorEnter())
    assert bench.entries("admission")[-1].steps is None


# Parties that wait


def test_a_party_waits_with_its_number_and_comes_back_as_it_was() -> None:
    bench = Bench(zoned(), OPEN_DOOR)
    build(bench, 2, zone="hall")
    bench.command(PartyWait())
    assert bench.snapshot.party is None
    assert [(w.number, w.people, w.zone) for w in bench.snapshot.waiting] == [(1, 2, "hall")]
    build(bench, 1, zone="D1")
    assert bench.snapshot.party.number == 2
    bench.command(PartyResume(number=1))
    assert (bench.snapshot.party.number, len(bench.snapshot.party.customers)) == (1, 2)
    assert [w.number for w in bench.snapshot.waiting] == [2], "the party at hand waits instead"
    assert admit(bench) is None
    assert bench.command(PartyResume(number=1)).error == "nobody_with_number"
    bench.command(PartyForget(number=2))
    assert bench.snapshot.waiting == ()


def test_the_law_is_asked_anew_about_a_party_that_waited() -> None:
    bench = Bench(venue(), OPEN_DOOR)
    for _ in range(2):
        build(bench, 4)
        assert admit(bench) is None
    build(bench, 3)
    assert codes(bench) == {"over_capacity"}
    bench.command(PartyWait())
    bench.command(Leave(zone="premises", people=1))
    bench.command(PartyResume(number=3))
    assert codes(bench) == set()


def test_who_waits_is_forgotten_when_their_zone_closes() -> None:
    bench = Bench(zoned(), OPEN_DOOR, at=datetime(2021, 5, 1, 21, 59, tzinfo=HONG_KONG))
    for zone in ("hall", "D1", None):
        build(bench, 1, zone=zone)
        bench.command(PartyWait())
    bench.tick(60)
    assert [w.zone for w in bench.snapshot.waiting] == ["D1", None], "mode B closes at 22:00"
    bench.at = datetime(2021, 5, 2, 2, 0, tzinfo=HONG_KONG)
    bench.tick()
    assert bench.snapshot.waiting == ()


def test_who_waits_is_in_no_log_and_gone_with_the_way_of_the_door() -> None:
    bench = Bench(venue(), OPEN_DOOR)
    build(bench, 1)
    entries = len(bench.log)
    bench.command(PartyWait())
    assert len(bench.log) == entries
    bench.command(WaySet(way="unattended"))
    assert bench.snapshot.waiting == ()
    bench.command(WaySet(way="staffed"))
    assert bench.snapshot.waiting == ()


def test_nobody_waits_where_nobody_is_at_hand() -> None:
    bench = Bench(venue(), OPEN_DOOR)
    assert bench.command(PartyWait()).error == "no_party"
    for _ in range(50):
        bench.command(PartyNew())
        assert bench.command(PartyWait()).error is None
    bench.command(PartyNew())
    assert bench.command(PartyWait()).error == "too_many_waiting"


# Forms


def test_a_form_that_a_visitor_fills_in_goes_to_their_party_and_to_no_other() -> None:
    bench = Bench(venue(), OPEN_DOOR)
    form = {"customer": 0, "name": "LAM CHING", "contact": "61234567", "by_visitor": True}
    bench.command(PartyNew())
    assert bench.command(CustomerRegister(party=1, **form)).error is None
    assert bench.snapshot.party.customers[0].registered
    assert "LAM" not in bench.snapshot.model_dump_json()
    bench.command(PartyNew())
    assert bench.command(CustomerRegister(party=1, **form)).error == "party_gone"
    assert not bench.snapshot.party.customers[0].registered
    bench.command(PartyWait())
    assert bench.command(CustomerRegister(party=2, **form)).error is None, "they fill it in while they wait"
    bench.command(PartyResume(number=2))
    assert bench.snapshot.party.customers[0].registered
    assert bench.command(CustomerRegister(party=2, **{**form, "customer": 3})).error == "unknown_customer"


@pytest.mark.parametrize(
    ("age", "with_adult", "counts"),
    [("elder", False, True), ("child", False, True), ("adult", False, False), (None, False, False)],
)
def test_our_form_is_the_specified_form_for_those_who_need_one(
    age: Any, with_adult: bool, counts: bool
) -> None:
    bench = Bench(zoned(), OPEN_DOOR)
    bench.command(PartyNew(zone="D1"))
    bench.command(CustomerRecord(customer=0, doses=DOSE))
    bench.command(CustomerRegister(customer=0, name="LAM", contact="6", by_visitor=True))
    bench.command(CustomerAge(customer=0, age=age))
    assert bench.snapshot.party.customers[0].form is counts
    assert (codes(bench) == set()) is counts
    bench.command(CustomerAttest(customer=0, what="registered", value=False))
    assert not bench.snapshot.party.customers[0].form


def test_a_child_with_an_adult_needs_no_form() -> None:
    bench = Bench(zoned(), OPEN_DOOR)
    bench.command(PartyNew(zone="D1"))
    bench.command(CustomerRecord(customer=0, doses=DOSE))
    bench.command(CustomerAge(customer=0, age="child"))
    bench.command(CustomerAttest(customer=0, what="with_adult", value=True))
    assert codes(bench) == set()


# A recovered person's one dose


def recovered() -> Proof:
    proof = record()
    return proof.model_copy(update={"facts": proof.facts.model_copy(update={"recovered": True})})


def test_a_recovered_persons_one_dose_is_told_and_is_enough() -> None:
    bench = Bench(zoned(), OPEN_DOOR)
    bench.command(PartyNew(zone="D1"))
    bench.show(recovered())
    assert bench.snapshot.party.customers[0].recovered
    assert "one dose" in bench.snapshot.verdict.message["en"]
    bench.command(CustomerAttest(customer=0, what="lhs_seen", value=True))
    assert codes(bench) == set()
    assert admit(bench) is None
    assert "康復者" in bench.snapshot.verdict.message["zh-Hant"]


def test_the_room_stands_on_the_display_as_they_are_let_in() -> None:
    bench = at(PARTY_ROOMS)
    build(bench, 1)
    bench.command(PartyRoom(room="R1"))
    admit(bench)
    assert "Room R1" in bench.snapshot.verdict.message["en"]


def test_beams_free_no_room_until_staff_tap_or_nobody_is_inside() -> None:
    bench = Bench(venue(PARTY_ROOMS), SENSORS)
    build(bench, 2)
    bench.command(PartyRoom(room="R1"))
    admit(bench)
    bench.passes_in(2)
    bench.passes_out()
    assert rooms(bench)["R1"] == (2, 2), "who left, the beam does not know"
    bench.passes_out()
    assert rooms(bench)["R1"] == (0, 4)


def test_an_untouched_party_does_not_wait_when_another_is_called() -> None:
    bench = Bench(zoned(), OPEN_DOOR)
    build(bench, 2, zone="hall")
    bench.command(PartyWait())
    bench.command(PartyNew(zone=None))
    assert bench.command(PartyResume(number=1)).error is None
    assert bench.snapshot.waiting == ()
    build(bench, 1, zone="hall")
    bench.command(PartyWait())


def test_the_last_to_leave_frees_every_table_of_the_zone() -> None:
    bench = Bench(zoned(), OPEN_DOOR)
    for table in ("H-1", "H-2"):
        build(bench, 2, zone="hall")
        bench.command(PartyTables(tables=(TableShare(table=table, people=2),)))
        assert admit(bench) is None
    bench.command(Leave(zone="hall", people=2))
    bench.command(Leave(zone="hall", people=2, party=bench.snapshot.parties[1].party))
    hall = next(zone for zone in bench.snapshot.zones if zone.id == "hall")
    assert (hall.inside, [table.people for table in hall.tables]) == (0, [0, 0])
    assert bench.snapshot.parties == ()


def asked(bench: Bench) -> tuple[str, ...]:
    """What the display asks everybody for before they come."""
    return bench.snapshot.zones[0].asks


def test_from_the_21st_person_on_a_wedding_asks_everybody_for_the_code_before_they_come() -> None:
    bench = at(premises("wedding", 300, setting="indoor"))
    build(bench, 19, doses=())
    assert admit(bench) is None
    assert asked(bench) == ()
    build(bench, 1, doses=())
    assert admit(bench) is None
    assert asked(bench) == ("code",), "the next is the 21st"
    bench.command(Leave(zone="premises", people=1))
    assert asked(bench) == ()


def test_a_meeting_in_rooms_asks_for_the_code_once_every_room_has_twenty() -> None:
    bench = at(MEETING)
    for room_ in ("A", "B"):
        assert asked(bench) == ()
        build(bench, 20, doses=())
        bench.command(PartyRoom(room=room_))
        assert admit(bench) is None
    assert asked(bench) == ("code",)


def test_a_table_is_shown_with_its_name_in_every_language() -> None:
    tables = [{"id": "T1", "seats": 4, "name": {"en": "Window"}}, {"id": "T2", "seats": 4}]
    bench = at({"kind": "catering", "mode": "B", "capacity": 20, "tables": tables})
    first, second = bench.snapshot.zones[0].tables
    assert (first.name, second.name) == (dict.fromkeys(("en", "zh-Hant", "zh-Hans"), "Window"), None)


def test_no_more_of_a_party_are_shown_at_its_table_than_are_there() -> None:
    bench = at({"kind": "catering", "mode": "B", "capacity": 20, "tables": [{"id": "T1", "seats": 4}]})
    build(bench, 3, doses=())
    bench.command(PartyTables(tables=(TableShare(table="T1", people=3),)))
    assert admit(bench) is None
    shown = bench.snapshot.parties[0]
    bench.command(Leave(zone="premises", party=shown.party, people=2))
    assert [share.people for share in bench.snapshot.parties[0].tables] == [1]
    assert bench.entries("admission")[0].tables == shown.tables, "the log keeps what was so"
