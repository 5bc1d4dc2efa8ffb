"""A real door service in a thread, without signals: for tests that talk to it over its socket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from firmware_bridge import DoorConfig
from kiosk import settings
from kiosk.accounts import Accounts
from kiosk.gate.commands import PartyNew
from kiosk.gate.protocol import DoorClient
from kiosk.gate.server import DoorServer
from kiosk.gate.snapshot import Snapshot
from kiosk.service import DoorService, Shift
from tests.service.venues import found_venue

PASSWORD = "seven lanterns at dusk"
PIN = "495817"
AT = datetime.fromisoformat("2021-05-01T12:00:00+08:00")

TWO_ZONES: dict[str, Any] = {
    "kind": "catering",
    "capacity": 28,
    "zones": [
        {
            "id": "D1",
            "mode": "D",
            "capacity": 16,
            "name": {"en": "Zone D", "zh-Hant": "D 區", "zh-Hans": "D 区"},
        },
        {
            "id": "hall",
            "mode": "B",
            "capacity": 12,
            "name": {"en": "Hall", "zh-Hant": "大堂", "zh-Hans": "大堂"},
        },
    ],
}


def found(folder: Path, **changes: Any) -> Path:
    """A venue with two zones, and one account of each role: anna (staff), supra (supervisor), mei (manager)."""
    file = found_venue(folder, **{"premises": TWO_ZONES, "admission": {"way": "staffed"}, **changes})
    (folder / "data").mkdir(exist_ok=True)
    accounts = Accounts(folder / "data" / "accounts.json")
    accounts.save("anna", "staff", PASSWORD)
    accounts.save("supra", "supervisor", PASSWORD, PIN)
    accounts.save("mei", "manager", PASSWORD, PIN)
    return file


@contextmanager
def running(file: Path, at: datetime = AT) -> Iterator[DoorClient]:
    """The door of that venue at that time of the law."""
    service = DoorService(settings.load(file, door=DoorConfig), Shift(at))
    server = DoorServer(service.socket_path, service._desk)
    server.start()
    loop = threading.Thread(target=service._loop.run)
    loop.start()
    client = DoorClient(service.socket_path)
    try:
        until(client, lambda snapshot: not snapshot.stops)
        yield client
    finally:
        service._loop.stop()
        loop.join(10)
        server.shutdown()
        server.server_close()
        service._store.close()


def until(client: DoorClient, true: Any) -> Snapshot:
    """The first picture of the door of which something is true."""
    for snapshot in client.watch(10.0):
        if true(snapshot):
            return snapshot
    raise AssertionError("the door went away")


def reasons(client: DoorClient, zone: str) -> list[str]:
    """The codes that keep a party of nobody in particular out of a zone because of staff."""
    assert client.command(PartyNew(zone=zone), by="anna").ok
    party = until(client, lambda snapshot: snapshot.party and snapshot.party.zone == zone).party
    assert party is not None
    return [reason.code for reason in party.reasons if reason.code.startswith("staff_")]
