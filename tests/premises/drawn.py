"""Logs to be drawn: any entries in any order, as a damaged or hostile log might have them too."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from kiosk import HONG_KONG
from kiosk.ledger.entries import (
    Admission,
    Alarm,
    AlarmCleared,
    AnyEntry,
    BanquetEnded,
    BanquetOpened,
    Closed,
    DayOpened,
    Evidence,
    Exit,
    InspectorSignedIn,
    InspectorSignedOut,
    LegalReason,
    Moved,
    Override,
    Passage,
    PlacesReturned,
    PlanDisplayed,
    Recorded,
    Recount,
    Refusal,
    Settled,
    StaffDuties,
    Started,
    StateKept,
    SteppedBack,
    SteppedOut,
    TableShare,
    Undone,
    WayChanged,
    ZoneRules,
)

BEGUN = datetime(2021, 4, 30, 22, 59, 59, 999_000, tzinfo=HONG_KONG)

_zones = st.sampled_from(["A", "B", "露台"])
_parties = st.sampled_from(["P", "Q", "R"])
_people = st.integers(1, 4)
_index = st.integers(0, 20)
_commands = st.none() | st.uuids().map(str)
_by = st.sampled_from(["mei", "陳"])
_reasons = st.lists(
    st.builds(LegalReason, code=st.just("c"), para=st.just("1(a)"), people=st.integers(0, 3)), max_size=2
).map(tuple)
_tables = st.lists(
    st.builds(TableShare, table=st.sampled_from(["T1", "T2"]), people=_people), max_size=2
).map(tuple)
_rules = st.lists(
    st.builds(
        ZoneRules,
        zone=_zones,
        mode=st.none() | st.just("B"),
        capacity=st.just(20),
        limit=st.none() | st.just(10),
        table=st.just(4),
        room=st.none() | st.just(2),
        closes_at=st.none() | st.just(BEGUN + timedelta(hours=3)),
    ),
    max_size=3,
    unique_by=lambda zone: zone.zone,
).map(tuple)

#: Any entry that the fold has a rule for, and some that it has none for.
entries: st.SearchStrategy[AnyEntry] = st.one_of(
    st.builds(
        Admission,
        command=_commands,
        party=_parties,
        zone=_zones,
        people=_people.map(lambda people: (Evidence(),) * people),
        tables=_tables,
        room=st.none() | st.just("R1"),
        banquet=st.none() | st.just("B1"),
        takeaway=st.booleans(),
        way=st.just("staffed"),
        waits_for_passage=st.booleans(),
        override=st.none() | st.builds(Override, by=_by, reason=st.just("r"), against=_reasons),
        instrument=st.none() | st.just("i"),
    ),
    st.builds(Passage, admission=st.none() | _index),
    st.builds(PlacesReturned, admission=_index, people=_people),
    st.builds(Undone, command=_commands, admission=_index, by=_by),
    st.builds(Settled, admission=_index, entered=st.integers(0, 4), by=_by),
    st.builds(Exit, people=_people, source=st.just("beam")),
    st.builds(
        Exit, people=_people, source=st.just("staff"), zone=st.none() | _zones, party=st.none() | _parties
    ),
    st.builds(SteppedOut, party=_parties, people=_people, by=_by),
    st.builds(SteppedBack, party=_parties, people=_people, by=_by),
    st.builds(Moved, party=_parties, tables=_tables, room=st.none() | st.just("R2"), by=_by),
    st.builds(BanquetOpened, banquet=st.sampled_from(["B1", "B2"]), zone=_zones, by=_by),
    st.builds(BanquetEnded, banquet=st.sampled_from(["B1", "B2"]), by=_by),
    st.builds(
        Recount,
        inside=st.dictionaries(_zones, st.integers(0, 9), min_size=1),
        was=st.just({}),
        by=_by,
        reason=st.just("r"),
    ),
    st.builds(
        Started,
        version=st.just("1"),
        demo=st.booleans(),
        clock_shifted=st.booleans(),
        has_lock=st.booleans(),
        counts_entries=st.booleans(),
        counts_exits=st.booleans(),
    ),
    st.builds(
        DayOpened,
        instrument=st.none() | st.just("i"),
        instrument_digest=st.none() | st.just("d"),
        way=st.sampled_from(["staffed", "unattended"]),
        zones=_rules,
        kind=st.none() | st.just("bar"),
    ),
    st.builds(StaffDuties, zone=_zones, staff=st.integers(0, 9), reasons=_reasons),
    st.builds(WayChanged, way=st.sampled_from(["staffed", "unattended"]), by=_by),
    st.builds(PlanDisplayed, plan=st.just("f" * 64), by=_by),
    st.builds(Alarm, kind=st.sampled_from(["held_open", "over_limit"]), subject=_zones),
    st.builds(AlarmCleared, kind=st.sampled_from(["held_open", "over_limit"]), subject=_zones),
    st.builds(Closed, zone=_zones, inside=st.integers(0, 9)),
    st.builds(InspectorSignedIn, how=st.just("badge"), department=st.just("食環署"), number=st.just("7")),
    st.builds(InspectorSignedOut, session=_index, why=st.just("left")),
    st.builds(
        Refusal,
        command=_commands,
        zone=st.none(),
        people=_people,
        reasons=_reasons,
        way=st.just("staffed"),
        instrument=st.none(),
    ),
    st.just(StateKept(state="0" * 64)),
)

#: From one entry to the next.
_steps = st.sampled_from([0, 1, 1000, 3_600_000]).map(lambda ms: timedelta(milliseconds=ms))


@st.composite
def logs(draw: Any, max_size: int = 25) -> list[Recorded]:
    """A log from its first entry on, in the order of its times."""
    at, log = BEGUN, []
    for index, entry in enumerate(draw(st.lists(entries, max_size=max_size))):
        at += draw(_steps)
        log.append(Recorded(index=index, at=at, entry=entry))
    return log
