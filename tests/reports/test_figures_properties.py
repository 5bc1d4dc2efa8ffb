"""Whatever the log says: a day reads the same however one asks for it, and agrees with the fold and with the entries."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from kiosk import HONG_KONG
from kiosk.ledger.entries import (
    Admission,
    Alarm,
    AlarmCleared,
    AnyEntry,
    Closed,
    Evidence,
    Exit,
    Moved,
    Passage,
    PlacesReturned,
    Recorded,
    Recount,
    Refusal,
    Settled,
    SteppedBack,
    SteppedOut,
    Undone,
)
from kiosk.premises import Premises, apply, fold
from kiosk.reports.days import figures, midnight
from kiosk.reports.figures import DayFigures
from kiosk.reports.hourly import hours
from tests.reports.daylog import FINE, INSTRUMENT, INSTRUMENTS, MAY_1, against, duties, opened, started, zone

DAYS = 3
LAST = MAY_1 + timedelta(days=DAYS - 1)
AREAS = (("A",), ("A", "B"), ("B", "C"))
small = st.integers(1, 4)


def rules(names: tuple[str, ...], limit: int, closes: str | None) -> AnyEntry:
    return opened(*(zone(name, limit, mode="D", room=2, closes=closes) for name in names), kind="catering")


def admission(name: str, people: int, override: bool, waits: bool, number: int) -> AnyEntry:
    return Admission(
        party=f"P{number % 7}",
        zone=name,
        people=(FINE, Evidence(), FINE, FINE)[:people],
        room="R1" if number % 2 else None,
        way="staffed",
        waits_for_passage=waits,
        override=against("no_lhs_scan", "over_capacity", people=2) if override else None,
        instrument=INSTRUMENT,
    )


where = st.sampled_from("ABC")
party = st.integers(0, 6).map("P{}".format)
#: An admission is named by how many entries before it lies; it need not be one.
back = st.integers(1, 12)
entry = st.one_of(
    st.builds(rules, st.sampled_from(AREAS), st.integers(1, 6), st.sampled_from(["22:00", "26:00", None])),
    st.builds(admission, where, small, st.booleans(), st.booleans(), st.integers(0, 99)),
    st.builds(admission, where, small, st.just(value=False), st.booleans(), st.integers(0, 99)),
    st.tuples(st.just(Passage), st.fixed_dictionaries({"admission": back})),
    st.tuples(st.just(Passage), st.fixed_dictionaries({"admission": back})),
    st.just(Passage(admission=None)),
    st.tuples(st.just(PlacesReturned), st.fixed_dictionaries({"admission": back, "people": small})),
    st.tuples(st.just(Undone), st.fixed_dictionaries({"admission": back, "by": st.just("x")})),
    st.tuples(
        st.just(Settled), st.fixed_dictionaries({"admission": back, "entered": small, "by": st.just("x")})
    ),
    st.builds(Exit, people=small, source=st.just("beam")),
    st.builds(Exit, people=small, source=st.just("staff"), zone=where, by=st.just("x")),
    st.builds(Exit, people=small, source=st.just("staff"), party=party, by=st.just("x")),
    st.builds(SteppedOut, party=party, people=small, by=st.just("x")),
    st.builds(SteppedBack, party=party, people=small, by=st.just("x")),
    st.builds(
        Moved, party=party, tables=st.just(()), room=st.sampled_from(["R1", "R2", None]), by=st.just("x")
    ),
    st.builds(
        Recount,
        inside=st.dictionaries(where, st.integers(0, 9), max_size=2),
        was=st.just({}),
        by=st.just("x"),
        reason=st.just("y"),
    ),
    st.builds(started, entries=st.booleans(), exits=st.booleans()),
    st.builds(Closed, zone=where, inside=st.integers(0, 9)),
    st.builds(Alarm, kind=st.just("passage_without_admission")),
    st.builds(AlarmCleared, kind=st.just("passage_without_admission")),
    st.builds(duties, st.just("staff_not_tested"), name=where),
    st.builds(duties, name=where),
    st.builds(
        Refusal,
        zone=where,
        people=small,
        reasons=st.just(()),
        way=st.just("staffed"),
        instrument=st.just(INSTRUMENT),
    ),
)


@st.composite
def logs(draw: Any) -> list[Recorded]:
    """A start and rules, and then anything at all, in the order of the times, over some days."""
    log = [Recorded(index=0, at=midnight(MAY_1) + timedelta(hours=1), entry=started())]
    first = rules(draw(st.sampled_from(AREAS)), draw(st.integers(1, 6)), "26:00")
    log.append(Recorded(index=1, at=log[0].at, entry=first))
    ends = midnight(LAST + timedelta(days=1))
    for item in draw(st.lists(entry, max_size=40)):
        gap = draw(st.sampled_from([0, 0, 1, 20, 600, 7200, 30000]))
        at = min(log[-1].at + timedelta(seconds=gap), ends - timedelta(microseconds=1))
        made = item
        if isinstance(item, tuple):
            kind, values = item
            made = kind(**{**values, "admission": max(0, len(log) - values["admission"])})
        log.append(Recorded(index=len(log), at=at, entry=made))
    return log


def told(log: list[Recorded], first: date = MAY_1, last: date = LAST, *, start: int = 0) -> list[DayFigures]:
    until = midnight(last + timedelta(days=1))
    return list(figures(log[start:], fold(log[:start]), INSTRUMENTS, first, last, until=until))


def of_day(log: list[Recorded], day: date) -> Iterator[Recorded]:
    return (item for item in log if item.at.astimezone(HONG_KONG).date() == day)


@given(logs(), st.integers(1, DAYS - 1))
def test_a_day_reads_the_same_whichever_range_is_asked_for(log: list[Recorded], cut: int) -> None:
    whole = told(log)
    first_after = MAY_1 + timedelta(days=cut)
    start = next((n for n, item in enumerate(log) if item.at >= midnight(first_after)), len(log))
    before = told(log[:start], last=first_after - timedelta(days=1))
    after = told(log, first_after, start=start)
    assert before + after == whole
    assert told(log, last=first_after - timedelta(days=1)) == before, "entries after the range change nothing"


def states(log: list[Recorded]) -> list[tuple[datetime, Premises]]:
    found = []
    premises = Premises()
    for item in log:
        premises = apply(premises, item)
        found.append((item.at, premises))
    return found


@given(logs())
def test_curves_are_what_the_fold_says_at_every_entry(log: list[Recorded]) -> None:
    folded = states(log)
    for day in told(log):
        begins = midnight(day.day)
        carried = next((state for at, state in reversed(folded) if at < begins), None)
        today = [(at, state) for at, state in folded if at.astimezone(HONG_KONG).date() == day.day]
        for curve in day.zones:
            known = [(at, state) for at, state in today if curve.zone in state.zones]
            if carried is not None and curve.zone in carried.zones:
                known.insert(0, (begins, carried))
            if today:
                assert curve.peak is not None
                assert curve.peak.taken == max((state.taken(curve.zone) for _, state in known), default=0)
            else:
                assert curve.peak is None
            for at, state in known:
                same_moment = [other for time, other in today if time == at]
                if not same_moment or same_moment[-1] is state:
                    point = [each for each in curve.curve if each.at <= at][-1]
                    assert (point.taken, point.inside) == (state.taken(curve.zone), state.inside(curve.zone))
        if day.whole is not None and today:
            assert day.whole.peak is not None
            assert day.whole.curve[-1].taken == today[-1][1].taken_whole


@given(logs())
def test_sums_agree_with_the_entries(log: list[Recorded]) -> None:
    for day in told(log):
        entries = [item.entry for item in of_day(log, day.day)]
        admissions = [one for one in entries if isinstance(one, Admission)]
        assert day.end - day.start == len(entries)
        assert day.parties == len(admissions)
        assert day.people == sum(len(one.people) for one in admissions) == sum(day.shown.values())
        assert len(day.overrides) == sum(one.override is not None for one in admissions)
        passages = [one for one in entries if isinstance(one, Passage)]
        assert (day.passages, day.uncounted) == (
            len(passages),
            sum(one.admission is None for one in passages),
        )
        assert day.returned == sum(one.people for one in entries if isinstance(one, PlacesReturned))
        assert day.refused_parties == sum(isinstance(one, Refusal) for one in entries)


@given(logs())
@example([])
def test_what_is_claimed_lies_in_its_day_and_concerns_people_who_were_there(log: list[Recorded]) -> None:
    for day in told(log):
        begins, ends = midnight(day.day), midnight(day.day + timedelta(days=1))
        seen = {item.index for item in of_day(log, day.day)}
        for found in day.contraventions:
            assert begins <= found.first <= found.last <= ends
            assert found.people > 0
            assert set(found.entries) <= seen
            assert len(found.entries) <= found.count
            assert found.count or found.carried
            if found.what == "over_limit":
                assert found.first < found.last
                inside = [
                    point.inside
                    for curve in [*day.zones, *([day.whole] if day.whole else [])]
                    for point in curve.curve
                ]
                assert found.limit is not None
                assert found.limit + found.people <= max(inside), "never more than were known to be inside"
            elif found.what != "uncounted":
                assert found.people <= day.people + day.uncounted


@given(logs())
def test_the_table_has_the_highest_of_the_curve(log: list[Recorded]) -> None:
    for day in told(log):
        for curve in day.zones:
            rows = hours(curve, day.day)
            assert len(rows) == 24
            assert max((row.taken for row in rows if row.taken is not None), default=0) == max(
                (point.taken for point in curve.curve), default=0
            )


def test_a_day_is_told_as_data_that_can_be_compared() -> None:
    (day,) = told([], MAY_1, MAY_1)
    assert dataclasses.replace(day) == day
