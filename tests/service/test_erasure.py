"""What the law wants erased is gone before a door that was switched off for weeks serves anybody."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from kiosk.gate.commands import VisitorRegister
from kiosk.store import StoreReader
from tests.service.test_door_service import AT, door, until
from tests.service.venues import found_venue

PREMISES = {"kind": "catering", "mode": "B", "capacity": 40}


def register_one(file: Path, at: str) -> bytes:
    """Let one person in who registers; what was sealed for them."""
    with door(file, "--at", at) as (process, client):
        until(client, lambda s: True)
        assert client.command(VisitorRegister(name="Wong Mei Mei", contact="61239876"), by=None).ok
        until(client, lambda s: s.inside)
        [sealed] = sealed_in(file.parent / "data")
        process.terminate()
        assert process.wait(30) == 0
    return sealed


def sealed_in(data: Path) -> list[bytes]:
    with StoreReader(data / "log.sqlite") as reader:
        leaves = reader.leaves(0, limit=1000, max_bytes=10**7)
    return [leaf.ciphertext for leaf in leaves if leaf.ciphertext]


def files_with(data: Path, secret: bytes) -> list[str]:
    """The files that hold any piece of it."""
    pieces = [secret[i : i + 24] for i in range(0, len(secret) - 24, 24)]
    return sorted(
        file.name
        for file in data.rglob("*")
        if file.is_file() and any(piece in file.read_bytes() for piece in pieces)
    )


@pytest.mark.parametrize(
    ("later", "kept"), [(timedelta(days=31), 1), (timedelta(days=32), 0), (timedelta(days=200), 0)]
)
def test_a_door_that_was_off_for_weeks_erases_before_it_serves(
    tmp_path: Path, later: timedelta, kept: int
) -> None:
    file, data = found_venue(tmp_path, premises=PREMISES), tmp_path / "data"
    secret = register_one(file, AT)
    assert files_with(data, secret)
    day = date(2021, 5, 1) + later
    with door(file, "--at", f"{day}T00:00:05+08:00") as (_, client):
        until(client, lambda s: True)
        assert len(sealed_in(data)) == kept
        assert bool(files_with(data, secret)) == bool(kept)
        with StoreReader(data / "log.sqlite") as reader:
            said = [entry.entry for entry in reader.read() if entry.entry.type == "erased"]
    assert [(entry.before, entry.visits) for entry in said] == (
        [] if kept else [(day - timedelta(days=31), 1)]
    )


def test_by_a_clock_in_doubt_nothing_is_erased(tmp_path: Path) -> None:
    file, data = found_venue(tmp_path, premises=PREMISES), tmp_path / "data"
    register_one(file, AT)
    with door(file, "--at", "2021-04-30T12:00:00+08:00") as (_, client):
        until(client, lambda s: any(stop.code == "clock_doubtful" for stop in s.stops))
    # Started again, the clock stands right by itself, but nobody has said so yet.
    with door(file, "--at", "2021-07-30T12:00:00+08:00") as (_, client):
        until(client, lambda s: any(stop.code == "clock_doubtful" for stop in s.stops))
        assert len(sealed_in(data)) == 1
    with closing(sqlite3.connect(data / "log.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM entry WHERE type = 'erased'").fetchone() == (0,)
