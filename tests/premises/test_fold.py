"""What the log adds up to: one test a rule of the fold."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import HONG_KONG
from kiosk.ledger.entries import (
    Admission,
    Alarm,
    AlarmCleared,
    AnyEntry,
    Closed,
    DayOpened,
    Evidence,
    Exit,
    Moved,
    Passage,
    PlacesReturned,
    Recorded,
    Recount,
    Refusal,
    Settled,
    Started,
    SteppedBack,
    SteppedOut,
    TableShare,
    Undone,
    WayChanged,
    ZoneRules,
)
from kiosk.premises import Done, Premises, apply, fold
from kiosk.premises.model import MOST_PARTIES, REMEMBERED_COMMANDS

AT = datetime(2021, 5, 1, 12, 0, tzinfo=HONG_KONG)


def record(entries: list[AnyEntry], start: int = 0) -> list[Recorded]:
    return [
        Recorded(index=start + n, at=AT + timedelta(seconds=start + n), entry=entry)
        for n, entry in enumerate(entries)
    ]


def started(*, entries: bool = True, exits: bool = True) -> Started:
    return Started(
        version="1", demo=True, clock_shifted=False, has_lock=True, counts_entries=entries, counts_exits=exits
    )


def day(*zones: str) -> DayOpened:
    rules = tuple(
        ZoneRules(zone=zone, mode="B", capacity=20, limit=10, table=4, closes_at=None) for zone in zones
    )
    return DayOpened(instrument="i", instrument_digest="d", way="staffed", zones=rules)


def admission(
    people: int = 1, zone: str = "A", *, party: str = "P", waits: bool = True, **others: Any
) -> Admission:
    return Admission(
        party=party,
        zone=zone,
        people=(Evidence(),) * people,
        way="staffed",
        waits_for_passage=waits,
        instrument="i",
        **others,
    )


def after(*entries: AnyEntry, zones: tuple[str, ...] = ("A",), **door: bool) -> Premises:
    """The premises after a start, a day, and these entries: the first has index 2."""
    return fold(record([started(**door), day(*zones), *entries]))


def test_the_next_entry_is_demanded() -> None:
    with pytest.raises(ValueError, match="entry 1 where 0 is next"):
        apply(Premises(), Recorded(index=1, at=AT, entry=started()))


def test_an_admission_reserves_and_a_passage_occupies() -> None:
    premises = after(admission(3), Passage(admission=2))
    assert (premises.whole, premises.taken("A"), premises.parties["P"].waiting) == (1, 3, 2)


def test_without_a_sensor_an_admission_occupies_at_once() -> None:
    assert after(admission(3, waits=False), entries=False).inside("A") == 3


def test_a_passage_without_admission_counts_against_every_zone() -> None:
    premises = after(Passage(admission=None), zones=("A", "B"))
    assert (premises.taken("A"), premises.taken("B"), premises.taken_whole) == (1, 1, 1)


def test_a_restart_makes_open_releases_uncertain_and_no_passage_uses_them_up() -> None:
    entries = [admission(2), started(), Passage(admission=2), Passage(admission=None)]
    premises = after(*entries)
    assert premises.parties["P"].uncertain
    assert premises.taken_whole == 4, "the two may be inside already: these are two more"
    settled = after(*entries, Settled(admission=2, entered=1, by="x"))
    assert (settled.taken_whole, settled.uncertain) == (3, 0)


def test_when_more_leave_than_are_known_to_be_inside_they_were_uncertain_ones() -> None:
    entries = [admission(2), started(), Exit(people=1, source="beam")]
    assert after(*entries).taken_whole == 1
    assert after(*entries, Settled(admission=2, entered=2, by="x")).taken_whole == 1
    assert after(*entries, Settled(admission=2, entered=0, by="x"), Passage(admission=None)).taken_whole == 1


def test_places_go_back() -> None:
    premises = after(admission(3), Passage(admission=2), PlacesReturned(admission=2, people=2))
    assert (premises.taken("A"), premises.parties["P"].waiting) == (1, 0)
    gone = after(admission(3), PlacesReturned(admission=2, people=3))
    assert gone.parties == {}


@pytest.mark.parametrize(("exits", "counted"), [(True, 1), (False, 0)])
def test_an_undone_party_leaves_through_the_beam_where_there_is_one(exits: bool, counted: int) -> None:
    premises = after(admission(2), Passage(admission=2), Undone(admission=2, by="x"), exits=exits)
    assert (premises.taken_whole, premises.parties) == (counted, {})


def test_undoing_what_no_sensor_saw_takes_it_back_whole() -> None:
    assert after(admission(2, waits=False), Undone(admission=2, by="x"), entries=False).taken_whole == 0


@pytest.mark.parametrize(
    ("zones", "exits", "whole", "zone"),
    [(("A",), True, 2, 2), (("A",), False, 1, 1), (("A", "B"), True, 2, 1), (("A", "B"), False, 1, 1)],
)
def test_a_tap_frees_the_premises_only_where_no_beam_does(
    zones: tuple[str, ...], exits: bool, whole: int, zone: int
) -> None:
    premises = after(
        admission(2),
        Passage(admission=2),
        Passage(admission=2),
        Exit(people=1, source="staff", zone="A", party="P", by="x"),
        zones=zones,
        exits=exits,
    )
    assert (premises.taken_whole, premises.taken("A"), premises.parties["P"].inside) == (whole, zone, 1)


def test_a_beam_knows_no_zone() -> None:
    entries = [admission(1), Passage(admission=2), Exit(people=1, source="beam")]
    both = after(*entries, zones=("A", "B"))
    assert (both.taken_whole, both.taken("A")) == (0, 1)
    assert after(*entries).taken("A") == 0


def test_the_unplaced_are_never_more_than_the_premises_hold() -> None:
    premises = after(Passage(admission=None), Exit(people=1, source="beam"), zones=("A", "B"))
    assert premises.taken("B") == 0


def test_who_steps_out_keeps_the_place_and_the_beam_does_not_free_it() -> None:
    out = [
        admission(2),
        Passage(admission=2),
        Passage(admission=2),
        SteppedOut(party="P", people=1, by="x"),
    ]
    assert after(*out).taken_whole == 2
    crossed = [*out, Exit(people=1, source="beam")]
    assert (after(*crossed).taken_whole, after(*crossed).inside_whole) == (2, 1)
    left = [*crossed, Exit(people=1, source="beam")]
    assert after(*left).taken_whole == 1, "the next one really leaves"
    back = after(*crossed, SteppedBack(party="P", people=1, by="x"), Passage(admission=2))
    assert (back.taken_whole, back.inside_whole, back.parties["P"].returning) == (2, 2, 0)


def test_who_stepped_out_and_goes_home_gives_up_the_place() -> None:
    entries = [
        admission(1),
        Passage(admission=2),
        SteppedOut(party="P", people=1, by="x"),
        Exit(people=1, source="beam"),
        Exit(people=1, source="staff", zone="A", party="P", by="x"),
    ]
    assert after(*entries).taken_whole == 0
    early = after(*entries[:3], entries[4])
    assert early.taken_whole == 1, "the beam has not seen them leave yet"


def test_a_restart_forgets_who_is_on_the_way_back_and_counts_them_again() -> None:
    premises = after(
        admission(1),
        Passage(admission=2),
        SteppedOut(party="P", people=1, by="x"),
        Exit(people=1, source="beam"),
        SteppedBack(party="P", people=1, by="x"),
        started(),
        Passage(admission=None),
    )
    assert premises.taken_whole == 2


def test_a_recount_settles_the_uncertain_and_leaves_open_releases_and_kept_places() -> None:
    premises = after(
        admission(2, party="U"),
        started(),
        admission(3, party="W"),
        admission(1, party="O"),
        Passage(admission=5),
        SteppedOut(party="O", people=1, by="x"),
        Exit(people=1, source="beam"),
        Recount(inside={"A": 1}, was={}, by="x", reason="r"),
    )
    assert premises.whole == 1
    assert set(premises.parties) == {"W", "O"}
    assert premises.taken_whole == 1 + 3 + 1


def test_who_passes_after_a_recount_counts_although_on_the_way_back() -> None:
    premises = after(
        admission(1),
        Passage(admission=2),
        SteppedOut(party="P", people=1, by="x"),
        Exit(people=1, source="beam"),
        SteppedBack(party="P", people=1, by="x"),
        Recount(inside={"A": 0}, was={}, by="x", reason="r"),
        Passage(admission=2),
    )
    assert premises.taken_whole == 1


def test_a_recount_of_one_of_two_zones_never_lowers_what_the_beam_counts() -> None:
    entries = [
        admission(3, "B", party="B"),
        *[Passage(admission=2)] * 3,
        admission(2, "A", party="A"),
        started(),
        Recount(inside={"A": 2}, was={}, by="x", reason="r"),
    ]
    premises = after(*entries, zones=("A", "B"))
    assert (premises.taken("A"), premises.taken_whole) == (2, 5)
    tapped = after(*entries, zones=("A", "B"), exits=False)
    assert tapped.taken("A") == 2


def test_a_recount_of_every_zone_leaves_nobody_unplaced() -> None:
    premises = after(
        Passage(admission=None),
        Recount(inside={"A": 1, "B": 0}, was={}, by="x", reason="r"),
        zones=("A", "B"),
    )
    assert (premises.unplaced, premises.taken("A"), premises.taken("B")) == (0, 1, 0)


def test_tables_hold_no_more_of_a_party_than_are_left_of_it() -> None:
    split = (TableShare(table="T1", people=2), TableShare(table="T2", people=2))
    entries = [
        admission(4, waits=False, tables=split),
        admission(1, waits=False, party="Q", tables=split[:1]),
    ]
    door = {"entries": False, "exits": False}
    assert after(*entries, **door).at_table("T1") == 3
    left = after(*entries, Exit(people=3, source="staff", zone="A", party="P"), **door)
    assert (left.at_table("T1"), left.at_table("T2")) == (2, 1)
    moved = after(*entries, Moved(party="P", tables=split[1:], by="x"), **door)
    assert (moved.at_table("T1"), moved.at_table("T2")) == (1, 2)


def test_parties_without_a_table_are_forgotten_when_the_beam_has_seen_everybody_leave() -> None:
    table = (TableShare(table="T1", people=1),)
    entries = [
        admission(1, party="bare"),
        admission(1, party="seated", tables=table),
        Passage(admission=2),
        Passage(admission=3),
        Exit(people=1, source="beam"),
        Exit(people=1, source="beam"),
    ]
    assert set(after(*entries).parties) == {"seated"}, "a table is freed by a tap"


def test_a_zone_that_staff_tap_empty_has_no_parties() -> None:
    table = (TableShare(table="T1", people=2),)
    entries = [admission(2, waits=False, tables=table), Exit(people=2, source="staff", zone="A")]
    assert after(*entries, entries=False, exits=False).parties == {}


def test_no_more_parties_are_kept_than_anybody_could_tap_and_all_of_them_count() -> None:
    many = [admission(1, party=f"P{n}", waits=False) for n in range(MOST_PARTIES + 3)]
    premises = after(*many, entries=False)
    assert (len(premises.parties), premises.whole) == (MOST_PARTIES, MOST_PARTIES + 3)


def test_people_of_a_zone_that_is_no_more_count_against_all_that_are() -> None:
    entries = [admission(2), Passage(admission=2), day("B", "C")]
    premises = after(*entries)
    assert (premises.taken("B"), premises.taken("C"), premises.taken_whole) == (2, 2, 2)
    again = after(*entries, day("A"))
    assert again.taken("A") == 2


def test_alarms_ways_and_closings_are_remembered() -> None:
    premises = after(
        Alarm(kind="camera_lost", subject="door"),
        Alarm(kind="held_open"),
        AlarmCleared(kind="held_open"),
        WayChanged(way="unattended", by="x"),
        Closed(zone="A", inside=0),
    )
    assert list(premises.alarms) == [("camera_lost", "door")]
    assert premises.way == "unattended"
    assert premises.closed["A"] == AT + timedelta(seconds=6)


def test_the_last_commands_are_remembered_with_their_first_entry() -> None:
    refusal = Refusal(command="no", zone=None, people=1, reasons=(), way="staffed", instrument=None)
    premises = after(refusal, admission(1, command="yes"), Alarm(kind="held_open", command="yes"))
    assert premises.commands == {"no": Done(2, "refusal"), "yes": Done(3, "admission")}
    many = [Alarm(kind="held_open", command=f"c{n}") for n in range(REMEMBERED_COMMANDS + 5)]
    assert len(after(*many).commands) == REMEMBERED_COMMANDS
    assert "c4" not in after(*many).commands


_ANYTHING = st.one_of(
    st.builds(
        admission, st.integers(1, 4), st.sampled_from("AB"), party=st.sampled_from("PQR"), waits=st.booleans()
    ),
    st.builds(Passage, admission=st.none() | st.integers(0, 12)),
    st.builds(PlacesReturned, admission=st.integers(0, 12), people=st.integers(1, 4)),
    st.builds(Undone, admission=st.integers(0, 12), by=st.just("x")),
    st.builds(Settled, admission=st.integers(0, 12), entered=st.integers(0, 4), by=st.just("x")),
    st.builds(Exit, people=st.integers(1, 4), source=st.just("beam")),
    st.builds(
        Exit,
        people=st.integers(1, 4),
        source=st.just("staff"),
        zone=st.none() | st.sampled_from("AB"),
        party=st.none() | st.sampled_from("PQR"),
    ),
    st.builds(SteppedOut, party=st.sampled_from("PQR"), people=st.integers(1, 4), by=st.just("x")),
    st.builds(SteppedBack, party=st.sampled_from("PQR"), people=st.integers(1, 4), by=st.just("x")),
    st.builds(
        Recount,
        inside=st.dictionaries(st.sampled_from("AB"), st.integers(0, 9), min_size=1),
        was=st.just({}),
        by=st.just("x"),
        reason=st.just("r"),
    ),
    st.builds(started, entries=st.booleans(), exits=st.booleans()),
    st.sampled_from([day("A"), day("A", "B")]),
)


@given(st.lists(_ANYTHING, max_size=25), st.integers(0, 25))
def test_any_log_at_all_folds_in_parts_as_in_one_and_never_below_zero(
    entries: list[AnyEntry], cut: int
) -> None:
    log = record([started(), day("A", "B"), *entries])
    premises = fold(log)
    assert fold(log[cut:], fold(log[:cut])) == premises
    for zone in ("A", "B"):
        assert premises.inside(zone) >= 0
        assert premises.taken(zone) >= premises.inside(zone)
    assert premises.taken_whole >= 0
    assert premises.whole >= -premises.uncertain
    assert premises.stepping >= 0
    for party in premises.parties.values():
        assert party.places > 0
        assert min(party.inside, party.waiting, party.out, party.returning) >= 0
