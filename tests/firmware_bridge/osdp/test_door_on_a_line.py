"""A door with a reader: links that break, people who meddle, orders that get lost, and a panel that is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge import (
    BridgeError,
    ContactChanged,
    DoorConfig,
    ExitPressed,
    LineAlarm,
    LinkLost,
    LinkUp,
    Released,
    Tampered,
    TamperEnded,
    make_door,
)
from firmware_bridge.doorway import Input
from firmware_bridge.osdp.config import OsdpConfig, Output, ReaderConfig
from firmware_bridge.osdp.door import OsdpDoor
from firmware_bridge.osdp.frame import Frame
from firmware_bridge.osdp.keys import KeyFileError, load_key, make_key
from firmware_bridge.osdp.technician import NobodyThereError, install, look
from firmware_bridge.osdp_reader import ReaderBench, ReaderProcess
from firmware_bridge.osdp_reader.peripheral import Peripheral
from tests.firmware_bridge.osdp.hosting import Hosted
from tests.firmware_bridge.osdp.peers import KEY, Reader, Wire
from tests.firmware_bridge.rigs import FULL, Heard, LineRig, until

#: A pulse that outlasts whatever is done to the line meanwhile.
LONG = FULL.model_copy(update={"pulse_s": 2.0})


@pytest.fixture
def rig() -> Iterator[LineRig]:
    made = LineRig(LONG)
    yield made
    made.close()


@pytest.fixture
def heard(rig: LineRig) -> Heard:
    listener = Heard()
    rig.door.start(listener)
    listener.wait(ContactChanged)
    return listener


def simple(port: str, folder: Path, **more: object) -> OsdpConfig:
    return OsdpConfig.model_validate(
        {
            "port": port,
            "baud": 115200,
            "readers": {"lane": {"address": 5, "key_file": folder / "lane.key"}},
            "lock": {"reader": "lane"},
            **more,
        }
    )


def write_key(folder: Path, key: bytes = KEY) -> Path:
    make_key(folder / "lane.key", random=lambda _: key)
    return folder / "lane.key"


# --- links that break ---


def test_a_reader_that_falls_silent_is_a_lost_link_until_its_inputs_are_known(
    rig: LineRig, heard: Heard
) -> None:
    rig.reader.silent = True
    heard.wait(LinkLost)
    pulses = rig.reader.pulses()
    rig.door.release(7)
    rig.set(Input.CONTACT, active=True)
    rig.reader.silent = False
    heard.wait(LinkUp)
    assert heard.wait(ContactChanged, 2).open
    # What was asked meanwhile is not made up for.
    assert heard.of(Released) == []
    assert rig.reader.pulses() == pulses
    assert not rig.relay()
    rig.door.release(8)
    assert heard.wait(Released).ticket == 8


def test_a_release_that_is_not_acknowledged_is_a_lost_link_and_nothing_more(
    rig: LineRig, heard: Heard
) -> None:
    rig.reader.silent = True
    rig.door.release(1)
    heard.wait(LinkLost)
    rig.reader.silent = False
    heard.wait(LinkUp)
    assert heard.of(Released) == []
    assert rig.reader.pulses() == 0
    rig.door.release(2)
    assert heard.wait(Released).ticket == 2
    assert rig.reader.pulses() == 1


def test_a_reader_that_is_unplugged_in_mid_release_relocks_by_itself(rig: LineRig, heard: Heard) -> None:
    rig.door.release(1)
    heard.wait(Released)
    rig.reader.silent = True
    assert rig.relay()
    assert until(lambda: not rig.relay())
    heard.wait(LinkLost)
    rig.reader.silent = False
    heard.wait(LinkUp)
    assert rig.openings() == 1


def test_a_press_while_held_keeps_the_door_open_and_one_let_go_ends(rig: LineRig, heard: Heard) -> None:
    rig.set(Input.EXIT, active=True)
    heard.wait(ExitPressed)
    assert until(lambda: rig.reader.pulses() >= 3)
    assert rig.relay()
    assert rig.openings() == 1
    rig.set(Input.EXIT, active=False)
    assert until(lambda: not rig.relay())
    assert rig.openings() == 1


def test_a_button_that_nobody_can_see_any_more_is_not_held(rig: LineRig, heard: Heard) -> None:
    rig.set(Input.EXIT, active=True)
    heard.wait(ExitPressed)
    assert until(rig.relay)
    rig.reader.silent = True
    heard.wait(LinkLost)
    assert until(lambda: not rig.relay())
    rig.set(Input.EXIT, active=False)
    pulses = rig.reader.pulses()
    rig.reader.silent = False
    heard.wait(LinkUp)
    # Nothing moves because a link came back.
    rig.door.close()
    assert rig.reader.pulses() == pulses


def test_a_converter_that_is_pulled_out_comes_back_under_the_same_name(tmp_path: Path) -> None:
    write_key(tmp_path)
    name = tmp_path / "line"
    first, second = Wire(), Wire()
    name.symlink_to(first.panel)
    door, heard = make_door(DoorConfig(kind="osdp", osdp=simple(str(name), tmp_path))), Heard()
    hosts = [Hosted(first, Peripheral(5, KEY))]
    try:
        door.start(heard)
        door.release(1)
        heard.wait(Released)
        name.unlink()
        hosts[0].close()
        first.close()
        heard.wait(LinkLost)
        hosts[0] = Hosted(second, Peripheral(5, KEY))
        name.symlink_to(second.panel)
        heard.wait(LinkUp)
        assert hosts[0].pulses() == 0
        door.release(2)
        assert heard.wait(Released, 2).ticket == 2
    finally:
        door.close()
        hosts[0].close()
        second.close()


def test_a_line_that_is_not_there_at_the_start_is_a_lost_link_and_not_an_error(tmp_path: Path) -> None:
    write_key(tmp_path)
    door, heard = OsdpDoor(simple(str(tmp_path / "nowhere"), tmp_path)), Heard()
    door.start(heard)
    assert "nowhere" in heard.wait(LinkLost).why
    door.release(1)
    door.close()
    assert heard.of(Released) == []


def test_an_input_that_the_reader_has_not_is_named(tmp_path: Path) -> None:
    write_key(tmp_path)
    wire = Wire()
    host = Hosted(wire, Peripheral(5, KEY, inputs=2))
    config = simple(wire.panel, tmp_path, contact={"reader": "lane", "input": 2})
    door, heard = OsdpDoor(config), Heard()
    door.start(heard)
    assert "no number 2" in heard.wait(LinkLost).why
    door.close()
    host.close()
    wire.close()


# --- somebody else's reader, and somebody else's voice ---


def test_libosdps_reader_opens_the_door(tmp_path: Path) -> None:
    write_key(tmp_path)
    wire = Wire()
    reader = Reader(wire)
    door, heard = OsdpDoor(simple(wire.panel, tmp_path, pulse_s=1.0)), Heard()
    try:
        door.start(heard)
        door.release(3)
        assert heard.wait(Released).ticket == 3
        reader.close()
        heard.wait(LinkLost)
        reader = Reader(wire)
        heard.wait(LinkUp)
        door.release(4)
        assert heard.wait(Released, 2).ticket == 4
        assert [said["timer_count"] for said in reader.said(1)] == [10]
    finally:
        door.close()
        reader.close()
        wire.close()


def test_a_reply_in_clear_is_refused_and_told_once(rig: LineRig, heard: Heard) -> None:
    open_everywhere = bytes((1, 1, 1, 1))

    def in_clear(data: bytes) -> bytes:
        sequence = data[4] & 3
        return Frame(5, sequence, 0x49, open_everywhere, reply=True).encode()

    rig.reader.change = in_clear
    assert heard.wait(LineAlarm).what == "reply_in_clear"
    rig.reader.change = bytes
    rig.door.release(1)
    assert heard.of(ExitPressed) == []
    assert len(heard.of(LineAlarm)) == 1
    assert len(heard.of(ContactChanged)) == 1


def test_a_reader_with_another_key_opens_nothing_and_is_told(tmp_path: Path) -> None:
    write_key(tmp_path, bytes(range(1, 17)))
    wire = Wire()
    host = Hosted(wire, Peripheral(5, KEY))
    door, heard = OsdpDoor(simple(wire.panel, tmp_path)), Heard()
    door.start(heard)
    assert heard.wait(LineAlarm).what == "wrong_key"
    heard.wait(LinkLost)
    door.release(1)
    door.close()
    assert host.pulses() == 0
    host.close()
    wire.close()


def test_a_case_that_is_opened_is_told_until_it_is_closed(rig: LineRig, heard: Heard) -> None:
    rig.reader.set_case(open_=True)
    assert heard.wait(Tampered).reader == "lane"
    rig.reader.set_case(open_=False)
    assert heard.wait(TamperEnded).reader == "lane"


# --- the panel dies ---

_DOOR = """
import sys, time
from firmware_bridge import DoorConfig, make_door
door = make_door(DoorConfig.model_validate_json(sys.argv[1]))
door.start(lambda event: print(type(event).__name__, flush=True))
for line in sys.stdin:
    door.release(int(line))
"""


def test_a_door_process_that_is_killed_in_mid_release_leaves_a_door_that_relocks(tmp_path: Path) -> None:
    key = write_key(tmp_path)
    readers_key = tmp_path / "own.key"
    readers_key.write_text(key.read_text())
    readers_key.chmod(0o600)
    with (
        ReaderProcess(tmp_path, address=5, key_file=readers_key) as process,
        ReaderBench(process.control) as bench,
    ):
        config = DoorConfig(kind="osdp", osdp=simple(process.port, tmp_path, pulse_s=2.0))
        with subprocess.Popen(
            [sys.executable, "-c", _DOOR, config.model_dump_json()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as door:
            assert door.stdin
            assert door.stdout
            door.stdin.write("1\n")
            door.stdin.flush()
            assert bench.wait_for(lambda bench: bench.unlocked, 30)
            door.send_signal(signal.SIGKILL)
        assert bench.wait_for(lambda bench: not bench.unlocked, 30)
        assert bench.writes[-1].by_itself
        # And the next one finds a door that is shut, and leaves it so.
        again, heard = make_door(config), Heard()
        again.start(heard)
        assert heard.of(LinkLost) == []
        assert bench.openings == 1
        again.release(2)
        heard.wait(Released)
        again.close()
        assert bench.wait_for(lambda bench: not bench.unlocked, 30)
        assert not bench.writes[-1].by_itself


# --- keys, traces, technicians ---


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = write_key(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_key(file) == KEY
    for mode in (0o640, 0o604, 0o660):
        file.chmod(mode)
        with pytest.raises(KeyFileError, match="others"):
            OsdpDoor(simple("/dev/null", tmp_path)).start(Heard())


@pytest.mark.parametrize("text", ["", "30", "zz" * 16, "00" * 15, bytes(range(0x30, 0x40)).hex()])
def test_what_is_no_key_of_its_own_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "lane.key"
    file.touch(mode=0o600)
    file.write_text(text)
    with pytest.raises(KeyFileError):
        load_key(file)


def test_a_key_is_never_made_over_another(tmp_path: Path) -> None:
    write_key(tmp_path)
    with pytest.raises(KeyFileError, match="already"):
        make_key(tmp_path / "lane.key")
    assert load_key(tmp_path / "lane.key") == KEY


def test_a_new_reader_gets_a_key_that_is_on_the_disk_and_asked_again_has_it(tmp_path: Path) -> None:
    wire, kept = Wire(), list[bytes]()
    host = Hosted(wire, Peripheral(5, None, keep_key=kept.append))
    config = simple(wire.panel, tmp_path)
    assert install(config, "lane")
    assert kept == [load_key(tmp_path / "lane.key")]
    assert not install(config, "lane")
    found = look(config)["lane"]
    assert found.secure
    assert found.identification is not None
    assert found.inputs is not None
    host.close()
    wire.close()


def test_a_reader_that_does_not_take_its_key_leaves_the_key_for_the_next_try(tmp_path: Path) -> None:
    wire = Wire()
    config = simple(wire.panel, tmp_path)
    with pytest.raises(NobodyThereError, match="did not take"):
        install(config, "lane", within_s=0.5)
    key = load_key(tmp_path / "lane.key")
    host = Hosted(wire, Peripheral(5, None))
    assert install(config, "lane")
    assert load_key(tmp_path / "lane.key") == key
    host.close()
    wire.close()


def test_no_key_is_given_while_the_door_runs(rig: LineRig, heard: Heard, tmp_path: Path) -> None:
    config = simple(rig.config.port, tmp_path)
    with pytest.raises(NobodyThereError, match="cannot be taken"):
        install(config, "lane")
    assert not (tmp_path / "lane.key").exists()


def test_a_reader_in_clear_takes_no_key(tmp_path: Path) -> None:
    config = OsdpConfig(
        port="/dev/null",
        readers={"lane": ReaderConfig(address=5, in_clear=True)},
        lock=Output(reader="lane"),
    )
    for name in ("lane", "other"):
        with pytest.raises(BridgeError):
            install(config, name)


def test_a_trace_is_osdpcap_without_keys_and_for_its_owner_alone(tmp_path: Path) -> None:
    write_key(tmp_path)
    wire = Wire()
    host = Hosted(wire, Peripheral(5, KEY))
    door, heard = OsdpDoor(simple(wire.panel, tmp_path, trace=tmp_path / "line.osdpcap")), Heard()
    door.start(heard)
    door.release(1)
    heard.wait(Released)
    door.close()
    host.close()
    wire.close()
    text = (tmp_path / "line.osdpcap").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {line["io"] for line in lines} == {"input", "output"}
    assert all(bytes.fromhex(line["data"])[0] == 0x53 for line in lines)
    assert KEY.hex(" ") not in text
    assert (tmp_path / "line.osdpcap").stat().st_mode & 0o777 == 0o600


def test_a_start_that_fails_leaves_nothing_running(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with pytest.raises(BridgeError):
        OsdpDoor(simple("/dev/null", tmp_path)).start(Heard())
    assert set(threading.enumerate()) <= before


def test_the_files_of_the_settings_are_counted_from_their_folder() -> None:
    config = DoorConfig.model_validate(
        {
            "kind": "osdp",
            "osdp": {
                "port": "/dev/ttyUSB0",
                "readers": {"lane": {"address": 0, "key_file": "keys/lane.key"}},
                "lock": {"reader": "lane"},
                "trace": "/tmp/line.osdpcap",
            },
        }
    ).beside(Path("/etc/venue"))
    assert config.osdp is not None
    assert config.osdp.readers["lane"].key_file == Path("/etc/venue/keys/lane.key")
    assert config.osdp.trace == Path("/tmp/line.osdpcap")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"readers": {}}, "at least 1"),
        ({"readers": {"lane": {"address": 5}}}, "key_file"),
        ({"readers": {"lane": {"address": 127, "in_clear": True}}}, "less than or equal to 126"),
        (
            {"readers": {"lane": {"address": 5, "in_clear": True}, "b": {"address": 5, "in_clear": True}}},
            "same address",
        ),
        ({"lock": {"reader": "gate"}}, "no reader 'gate'"),
        (
            {"contact": {"reader": "lane", "input": 0}, "beam_outer": {"reader": "lane", "input": 0}},
            "two things",
        ),
        ({"baud": 1200}, "9600"),
    ],
)
def test_wiring_that_cannot_be_is_refused(tmp_path: Path, change: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        simple("/dev/null", tmp_path, **change)
