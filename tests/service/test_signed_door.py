"""The real programs `kiosk door` and `central`: a log that is signed as it grows, and a door that stops when it is not what it was."""

from __future__ import annotations

import signal
import sqlite3
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from central import keys as central_keys
from central.cli import main
from kiosk.gate.commands import RecountDo
from kiosk.ledger.certificate import open_certificate
from kiosk.ledger.checkpoint import open_checkpoint
from kiosk.ledger.notes import open_note, parse_note
from kiosk.store import StoredCheckpoint, StoreReader, keys
from tests.central.servers import CentralServer
from tests.service.test_door_service import AT, KIOSK, door, until
from tests.service.venues import found_venue


@pytest.fixture
def central(tmp_path: Path) -> Iterator[CentralServer]:
    server = CentralServer(tmp_path / "central")
    yield server
    server.kill()


def venue(folder: Path, central: CentralServer) -> Path:
    central.enrol("test-1")
    url = central.start()
    return found_venue(folder, central={"url": url, "token_file": str(central.data / "test-1.token")})


def cosigned(folder: Path, size: int) -> StoredCheckpoint:
    """The last checkpoint, once central has co-signed one of ``size`` entries or more."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with StoreReader(folder / "data" / "log.sqlite") as reader:
            found = reader.cosigned_checkpoint()
        if found is not None and found.size >= size:
            return found
        time.sleep(0.1)
    raise AssertionError("central co-signs nothing")


def length(folder: Path) -> int:
    with StoreReader(folder / "data" / "log.sqlite") as reader:
        return reader.length


def test_the_log_of_a_door_is_signed_co_signed_and_certified(tmp_path: Path, central: CentralServer) -> None:
    file = venue(tmp_path, central)
    with door(file, "--at", AT) as (process, client):
        until(client, lambda s: True)
        found = cosigned(tmp_path, length(tmp_path))
        assert main(["certify", "test-1", "--venue", "test-venue", "--data", str(central.data)]) == 0
        # The next exchange brings it.
        assert client.command(RecountDo(inside={"premises": 3}, reason="counted"), by="mei").ok
        end = time.monotonic() + 90
        while keys.certificate(tmp_path / "data") is None and time.monotonic() < end:
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    note = keys.certificate(tmp_path / "data")
    assert note is not None
    certificate = open_certificate(note, central_keys.authority(central.data).key)
    assert certificate.key == keys.log_key(tmp_path / "data")
    open_note(parse_note(found.note), (certificate.witness,))
    with StoreReader(tmp_path / "data" / "log.sqlite") as reader:
        last = reader.checkpoint()
        assert last is not None
        assert last.size == reader.length, "what a door wrote last is signed as it ends"
        assert open_checkpoint(last.note, certificate.key)[0].root == reader.root(last.size)
        assert reader.contradictions() == ()
    private = tmp_path / "data" / "keys" / "log-signing.key"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600


def test_a_log_that_is_not_what_was_signed_stops_the_door_and_its_next_start(
    tmp_path: Path, central: CentralServer
) -> None:
    file = venue(tmp_path, central)
    with door(file, "--at", AT) as (_, client):
        until(client, lambda s: True)
        cosigned(tmp_path, length(tmp_path))
        with closing(sqlite3.connect(tmp_path / "data" / "log.sqlite", timeout=30)) as raw, raw:
            raw.execute("UPDATE checkpoint SET root = zeroblob(32)")
        assert client.command(RecountDo(inside={"premises": 3}, reason="counted"), by="mei").ok
        stopped = until(client, lambda s: any(stop.code == "store_failed" for stop in s.stops), 90)
        assert stopped.stops
    with StoreReader(tmp_path / "data" / "log.sqlite") as reader:
        assert [item.kind for item in reader.contradictions()] == ["contradicted"]
    again = subprocess.run(
        [KIOSK, "door", "--config", file, "--at", AT],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert again.returncode == 2
    assert "was signed over another log" in again.stderr
    assert len(again.stderr.strip().splitlines()) == 1, again.stderr
