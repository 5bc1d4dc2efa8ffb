"""`kiosk osdp`: what it says of a line, and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge import DoorConfig
from firmware_bridge.osdp.keys import load_key
from firmware_bridge.osdp_reader.peripheral import Peripheral
from kiosk import settings
from kiosk.cli import main
from kiosk.doctor.devices import door_link
from tests.firmware_bridge.osdp.hosting import Hosted
from tests.firmware_bridge.osdp.peers import Wire

DEMO = Path(__file__).parents[1] / "config" / "venues" / "demo.yaml"


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


@pytest.fixture
def reader(wire: Wire) -> Iterator[Hosted]:
    made = Hosted(wire, Peripheral(5, None))
    yield made
    made.close()


@pytest.fixture
def venue(tmp_path: Path, wire: Wire) -> Path:
    text = DEMO.read_text(encoding="utf-8")
    door = (
        f"door:\n  kind: osdp\n  osdp:\n    port: {wire.panel}\n    baud: 115200\n"
        "    readers:\n      lane: {address: 5, key_file: lane.key}\n"
        "    lock: {reader: lane}\n    exit_button: {reader: lane, input: 1}\n"
    )
    changed = re.sub(r"(?ms)^door:\n(?:[ #].*?\n|\n)+", door, text)
    assert "kind: osdp" in changed
    file = tmp_path / "venue.yaml"
    file.write_text(changed, encoding="utf-8")
    return file


def test_a_reader_is_installed_checked_and_found_sound_by_the_doctor(
    venue: Path, reader: Hosted, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["osdp", "install", "lane", "--config", str(venue)]) == 0
    key = load_key(venue.parent / "lane.key")
    assert main(["osdp", "check", "--config", str(venue)]) == 0
    said = capsys.readouterr().out
    assert "lane (address 5): secure; maker" in said
    assert "4 inputs, 2 outputs" in said
    assert "exit_button: input 1 is at rest" in said
    assert key.hex() not in said
    assert main(["osdp", "install", "lane", "--config", str(venue)]) == 0
    assert "already" in capsys.readouterr().out
    loaded = settings.load(venue, door=DoorConfig)
    (finding,) = door_link(loaded, None)
    assert "the readers answer" in str(finding)
    (venue.parent / "lane.key").chmod(0o644)
    assert main(["osdp", "check", "--config", str(venue)]) == 2
    assert "read by others" in capsys.readouterr().err
    assert reader.pulses() == 0


def test_a_line_without_a_reader_is_said_and_is_no_success(
    venue: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key_file = venue.parent / "lane.key"
    key_file.touch(mode=0o600)
    key_file.write_text("11" * 16)
    assert main(["osdp", "check", "--config", str(venue)]) == 1
    assert "lane (address 5): does not answer" in capsys.readouterr().out


def test_a_door_without_a_line_and_a_reader_that_is_not_there_are_refused(
    venue: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["osdp", "check", "--config", str(DEMO)]) == 2
    assert "no OSDP readers" in capsys.readouterr().err
    assert main(["osdp", "install", "yard", "--config", str(venue)]) == 2
    assert "door.osdp.readers.yard" in capsys.readouterr().err
