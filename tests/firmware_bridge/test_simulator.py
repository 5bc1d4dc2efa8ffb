"""The wire between a mock door and its simulator: what is on record is what the relay did."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_bridge import LinkLost, LinkUp, PassedIn, PassedOut, Released, make_door
from firmware_bridge.address import Address
from firmware_bridge.bench import Bench, Write
from firmware_bridge.config import DoorConfig
from firmware_bridge.errors import AddressError, BridgeError
from firmware_bridge.interface import ContactChanged, ExitPressed
from tests.firmware_bridge.rigs import FULL, LOW, Heard, until

#: A door process that releases without end and says on its output what it has been told.
RELEASING = """
import itertools, sys
from firmware_bridge import DoorConfig, Released, make_door
door = make_door(DoorConfig.model_validate_json(sys.argv[1]))
door.start(lambda event: isinstance(event, Released) and print(event.ticket, flush=True))
for ticket in itertools.count():
    door.release(ticket)
"""


def mock(bench: Bench | None, **changes: object) -> DoorConfig:
    return DoorConfig(
        kind="mock", gpio=FULL.model_copy(update=changes), simulator=bench.address if bench else None
    )


def test_a_door_that_is_killed_never_claims_a_release_that_is_not_on_record() -> None:
    with Bench(FULL) as bench:
        for session in range(1, 6):
            door = subprocess.Popen(
                [sys.executable, "-c", RELEASING, mock(bench).model_dump_json()], stdout=subprocess.PIPE
            )
            assert bench.wait_for(
                lambda bench, session=session: session in {w.session for w in bench.writes if w.on}, 30
            )
            os.kill(door.pid, signal.SIGKILL)
            said, _ = door.communicate()
            assert bench.wait_for(lambda bench: not bench.connected, 30)
            on = [write for write in bench.writes if write.session == session and write.on]
            # A line that the kill cut short was not flushed as a whole.
            assert len(said.splitlines()) <= len(on)
            assert len([write for write in on if write.edge]) == 1
            assert not bench.unlocked
            assert bench.writes[-1].fell


def test_a_simulator_that_comes_late_is_found_and_the_door_says_so() -> None:
    with Bench(FULL) as bench:
        config = mock(bench)
    door, heard = make_door(config), Heard()
    door.start(heard)
    try:
        assert config.simulator
        assert config.simulator in heard.wait(LinkLost).why
        with Bench(FULL, config.simulator) as bench:
            heard.wait(LinkUp)
            door.release(7)
            assert heard.wait(Released).ticket == 7
            assert bench.wait_for(lambda bench: bench.openings == 1, 20)
        heard.wait(LinkLost, 2)
    finally:
        door.close()


def test_a_release_without_the_link_is_neither_claimed_nor_made_up_for_later() -> None:
    with Bench(FULL) as bench:
        config = mock(bench, pulse_s=60)
    door, heard = make_door(config), Heard()
    door.start(heard)
    heard.wait(LinkLost)
    door.release(7)
    with Bench(FULL, config.simulator or "") as bench:
        heard.wait(LinkUp)
        door.close()
        assert bench.wait_for(lambda bench: not bench.connected, 20)
        assert bench.releases == 0
    assert heard.of(Released) == []


def test_a_press_of_the_exit_button_survives_a_simulator_that_restarts() -> None:
    with Bench(FULL) as bench:
        config = mock(bench, pulse_s=60)
        door, heard = make_door(config), Heard()
        door.start(heard)
        bench.push_exit()
        heard.wait(ExitPressed)
        assert bench.wait_for(lambda bench: bench.unlocked, 20)
    with Bench(FULL, config.simulator or "") as bench:
        assert bench.wait_for(lambda bench: bench.unlocked, 20)
        door.close()


def test_a_door_without_a_simulator_simply_works() -> None:
    door, heard = make_door(mock(None)), Heard()
    door.start(heard)
    door.release(3)
    assert heard.wait(Released).ticket == 3
    assert heard.of(LinkLost) == []
    door.close()


def test_people_on_the_bench_are_people_at_the_door(tmp_path: Path) -> None:
    with Bench(FULL, f"unix:{tmp_path / 'bench'}", stride_s=0.04) as bench:
        door, heard = make_door(mock(bench)), Heard()
        door.start(heard)
        assert bench.connected
        bench.person_passes_in()
        heard.wait(PassedIn)
        bench.person_passes_out()
        heard.wait(PassedOut)
        bench.person_turns_back()
        bench.push_exit()
        heard.wait(ExitPressed)
        door.close()
        assert (len(heard.of(PassedIn)), len(heard.of(PassedOut))) == (1, 1)


def test_a_door_that_starts_finds_the_doorway_as_it_is() -> None:
    with Bench(FULL) as bench:
        bench.open_door()
        door, heard = make_door(mock(bench)), Heard()
        door.start(heard)
        assert heard.wait(ContactChanged).open is True
        door.close()


def test_an_active_low_relay_is_on_record_as_off_and_on() -> None:
    told: list[Write] = []
    with Bench(LOW, on_write=told.append) as bench:
        door = make_door(DoorConfig(kind="mock", gpio=LOW, simulator=bench.address))
        door.start(Heard())
        door.release(1)
        door.close()
        assert bench.wait_for(lambda bench: not bench.connected, 20)
        assert [(write.on, write.edge) for write in told] == [(False, False), (True, True), (False, True)]


def test_the_wire_is_plain_json_lines_that_anybody_can_speak() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = DoorConfig(kind="mock", gpio=FULL, simulator=f"tcp:127.0.0.1:{listener.getsockname()[1]}")
        door, heard = make_door(config), Heard()
        door.start(heard)
        wire, _ = listener.accept()
        with wire, wire.makefile("rb") as lines:
            assert json.loads(lines.readline())["hello"] == "door"
            door.release(1)
            relay = [json.loads(lines.readline()) for _ in range(2)]
            assert [(line["pin"], line["value"]) for line in relay] == [(17, 0), (17, 1)]
            assert relay[1]["mono"] <= heard.wait(Released).mono
            # Noise on the wire is left alone: no JSON, no object, no pin, a pin that is no input.
            wire.sendall(
                b'noise\n[]\n{"pin": "x", "value": 1}\n{"pin": 17, "value": 1}\n{"pin": 99, "value": 1}\n'
            )
            wire.sendall(b'{"pin": 23, "value": 0}\n')
            heard.wait(ExitPressed)
        door.close()


@pytest.mark.parametrize(
    "text", ["", "tcp:", "tcp:host", "tcp:host:", "tcp:host:x", "tcp::1", "tcp:h:70000", "unix:", "udp:h:1"]
)
def test_an_address_that_is_none_is_said_to_be(text: str) -> None:
    with pytest.raises(AddressError, match="write tcp:HOST:PORT or unix:PATH"):
        Address.parse(text)


def test_two_benches_at_one_address_are_refused() -> None:
    with Bench(FULL) as bench, pytest.raises(BridgeError, match="cannot listen"):
        Bench(FULL, bench.address).start()


def test_a_door_that_is_closed_leaves_the_line() -> None:
    with Bench(FULL) as bench:
        door = make_door(mock(bench))
        door.start(Heard())
        door.close()
        assert until(lambda: not bench.connected)
