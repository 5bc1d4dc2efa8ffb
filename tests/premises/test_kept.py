"""What is kept of the premises comes back whole, or not at all."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ledger.entries import (
    Admission,
    Alarm,
    AnyEntry,
    BanquetOpened,
    Closed,
    DayOpened,
    Draft,
    Evidence,
    Exit,
    InspectorSignedIn,
    Moved,
    Override,
    Passage,
    PlanDisplayed,
    Recorded,
    Recount,
    Settled,
    Started,
    SteppedBack,
    SteppedOut,
    TableShare,
    ZoneRules,
)
from kiosk.ledger.leaf import leaf_bytes, parse_recorded
from kiosk.premises import Premises, fold
from kiosk.premises.kept import VERSION, KeptError, dumps, loads
from tests.premises.drawn import BEGUN, logs

#: What the known log adds up to.
KNOWN = Path(__file__).with_name("known_premises.json")


def _known_log() -> list[Recorded]:
    door = {"version": "1", "demo": False, "clock_shifted": False, "has_lock": True}
    zones = (
        ZoneRules(zone="A", mode="B", capacity=20, limit=10, table=4, closes_at=BEGUN + timedelta(hours=3)),
        ZoneRules(zone="露台", mode=None, capacity=8, limit=None, table=None, closes_at=None),
    )
    share = (TableShare(table="T1", people=2),)

    def admitted(party: str, people: int, zone: str = "A", **others: Any) -> Admission:
        return Admission(
            command=f"admit-{party}",
            party=party,
            zone=zone,
            people=(Evidence(),) * people,
            way="staffed",
            instrument="i",
            **{"waits_for_passage": True, **others},
        )

    entries: list[AnyEntry] = [
        Started(**door, counts_entries=True, counts_exits=True),
        DayOpened(instrument="i", instrument_digest="d", way="staffed", zones=zones),
        BanquetOpened(banquet="B1", zone="A", by="mei"),
        admitted("P", 2, tables=share, banquet="B1"),
        Passage(admission=3),
        admitted("Q", 3, "露台", waits_for_passage=False, room="R1"),
        SteppedOut(party="Q", people=1, by="mei"),
        Exit(people=2, source="beam"),
        admitted("R", 1, override=Override(by="mei", reason="r", against=())),
        Started(**door, counts_entries=True, counts_exits=True),
        Alarm(kind="uncertain_release", subject="3"),
        Passage(admission=None),
        Settled(command="settle", admission=3, entered=1, by="mei"),
        SteppedBack(party="Q", people=1, by="mei"),
        Recount(inside={"A": 4}, was={"A": 2}, by="mei", reason="r"),
        Moved(party="P", tables=share, room="R2", by="mei"),
        Closed(zone="A", inside=4),
        InspectorSignedIn(how="manager", department="食環署", by="mei"),
        PlanDisplayed(plan="f" * 64, by="mei"),
        Exit(people=1, source="staff", zone="露台", party="Q", by="mei"),
    ]
    return [
        Recorded(index=index, at=BEGUN + timedelta(minutes=index), entry=entry)
        for index, entry in enumerate(entries)
    ]


@given(logs())
def test_what_was_kept_comes_back_and_is_kept_the_same_again(log: list[Recorded]) -> None:
    premises = fold(log)
    again = loads(dumps(premises))
    assert again == premises
    assert dumps(again) == dumps(premises)
    orders = [(list(each.parties), list(each.commands), list(each.alarms)) for each in (again, premises)]
    assert orders[0] == orders[1], "the oldest is forgotten first"


@given(logs(), st.integers(0, 25))
def test_a_log_goes_on_from_what_was_kept_as_if_from_its_beginning(log: list[Recorded], cut: int) -> None:
    from_kept = fold(log[cut:], loads(dumps(fold(log[:cut]))))
    assert dumps(from_kept) == dumps(fold(log))


@given(logs(max_size=8))
def test_a_running_door_keeps_what_its_log_will_give_back(log: list[Recorded]) -> None:
    finer = [item.model_copy(update={"at": item.at + timedelta(microseconds=999)}) for item in log]
    written = [
        parse_recorded(leaf_bytes("hk-1", item.index, Draft(at=item.at, entry=item.entry), None))
        for item in finer
    ]
    assert dumps(fold(finer)) == dumps(fold(written))


def test_the_fold_of_a_known_log_is_what_this_version_says_of_it() -> None:
    """Where this fails, kept states would be gone on from by other rules: raise ``VERSION``, then write the file anew.

    Where there is only a field more, the shape has changed by itself, and the file is enough.
    """
    form = json.loads(dumps(fold(_known_log())))
    assert form.pop("shape")
    assert form == json.loads(KNOWN.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "change",
    [
        {"v": VERSION + 1},
        {"shape": "0" * 16},
        {"whole": "1"},
        {"whole": 1.5},
        {"parties": [{"id": "P"}]},
        {"last_at": "2021-05-01T12:00:00"},
        {"last_at": "2021-05-01T04:00:00Z"},
        {"alarms": [["no_such_alarm", "", "2021-05-01T12:00:00.000+08:00"]]},
        {"surplus": 1},
    ],
    ids=lambda change: ",".join(f"{name}={value}" for name, value in change.items()),
)
def test_another_version_or_a_broken_form_is_not_read(change: dict[str, Any]) -> None:
    form = json.loads(dumps(Premises(last_at=BEGUN)))
    with pytest.raises(KeptError):
        loads(json.dumps({**form, **change}, sort_keys=True, separators=(",", ":")).encode())


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b"null", b'{"shape":"x","v":1'])
def test_what_is_no_kept_form_at_all_is_not_read(data: bytes) -> None:
    with pytest.raises(KeptError):
        loads(data)


def test_no_byte_of_it_can_be_left_out() -> None:
    data = dumps(Premises(last_at=BEGUN))
    for place in range(len(data)):
        with pytest.raises(KeptError):
            loads(data[:place] + data[place + 1 :])


def test_a_later_version_says_so_though_nothing_else_of_it_is_known() -> None:
    with pytest.raises(KeptError, match="is of version 9"):
        loads(b'{"v":9,"shape":"new","nothing":"known"}')
