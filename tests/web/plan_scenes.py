"""Scenes of the desk at venues with rooms, banquets, steps at the door and people who wait."""

from __future__ import annotations

from datetime import timedelta

from kiosk.gate.snapshot import BanquetView, ReasonView, RoomView, Snapshot, TableView, WaitingView
from kiosk.ledger.entries import TableShare
from tests.web.scenes import AT, customer, inside, main_hall, party, say, snapshot, vaccinated, zone_d

STEPS_MISSING = ReasonView(
    code="steps_missing",
    para="",
    customer=None,
    message=say(
        "Not done yet at the door: temperature. Do it and tick it.",
        "入場步驟尚欠：量度體溫。完成後請剔選。",
        "入场步骤尚欠：量体温。完成后请勾选。",
    ),
)
MISSING_TEST = ReasonView(
    code="missing_test",
    para="1(e)",
    customer=0,
    message=say(
        "A negative test of the last three days is missing.",
        "欠三日內的陰性檢測結果。",
        "欠三日内的阴性检测结果。",
    ),
)


def room(name: str, places: int, people: int, most: int = 4) -> RoomView:
    return RoomView(
        id=name,
        name=say(f"Room {name}", f"{name} 房", f"{name} 房"),
        places=places,
        people=people,
        left=max(0, min(places, most) - people),
        parties=("P12",) if people else (),
    )


ROOMS = (room("R1", 8, 3), room("R2", 6, 4), room("R3", 4, 0))
WAITING = (
    WaitingView(number=4, people=2, zone="main", since=AT - timedelta(minutes=12)),
    WaitingView(number=6, people=5, zone="D1", since=AT - timedelta(minutes=4)),
    WaitingView(number=7, people=1, zone=None, since=AT - timedelta(minutes=1)),
)
KARAOKE_TABLES = (
    TableView(id="K1", seats=6, people=3, parties=("P12",), room="R1"),
    TableView(id="K2", seats=4, people=4, parties=("P13",), room="R2"),
    TableView(id="K3", seats=4, people=0, parties=(), room="R3"),
)

DESK: dict[str, Snapshot] = {
    "rooms": snapshot(
        zones=(
            main_hall(
                mode=None,
                tables=(),
                rooms=ROOMS,
                room_limit=4,
                limit=12,
                taken=7,
                inside=7,
                left=5,
                table_limit=None,
            ),
        ),
        party=party(vaccinated(), zone="main", tables=(), room="R3", number=8),
        parties=(inside(12, zone="main", room="R1", tables=(), inside=3),),
        limit=12,
        taken=7,
        inside=7,
    ),
    "karaoke": snapshot(
        zones=(main_hall(mode=None, tables=KARAOKE_TABLES, rooms=ROOMS, limit=20, taken=7, left=13),),
        party=None,
        parties=(inside(12, zone="main", room="R1", tables=(TableShare(table="K1", people=3),), inside=3),),
    ),
    "banquet": snapshot(
        zones=(zone_d(banquets=True, limit=150, taken=24, left=126), main_hall(banquets=True)),
        banquets=(
            BanquetView(id="B1", zone="D1", people=20, since=AT - timedelta(hours=1)),
            BanquetView(id="B2", zone="main", people=0, since=AT - timedelta(minutes=5)),
        ),
        steps=("temperature", "mask", "hand_sanitiser"),
        party=party(
            customer(
                age="child", unfit=True, lhs="staff_saw", reasons=(MISSING_TEST,), asks=("infant", "test")
            ),
            vaccinated(1, recovered=True, doses=(("2021-03-01", "Comirnaty"),)),
            outcome="refuse",
            banquet="B1",
            banquet_size=22,
            steps=("mask", "hand_sanitiser"),
            reasons=(STEPS_MISSING,),
            number=9,
        ),
        parties=(inside(12, banquet="B1"),),
    ),
    "waiting": snapshot(
        zones=(zone_d(left=5), main_hall(left=0, taken=6)), waiting=WAITING, parties=(inside(12),)
    ),
    "plan-unattended": snapshot(way="unattended", zones=(main_hall(rooms=ROOMS, room_limit=4),)),
}
FORM = snapshot(party=party(vaccinated(), customer(1), number=9))
