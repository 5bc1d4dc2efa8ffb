"""A wrong setting stops the start with key, reason and mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_bridge import DoorConfig
from kiosk import settings
from kiosk.errors import SettingsError

DEMO = Path(__file__).parents[1] / "config" / "venues" / "demo.yaml"

ROOM = "{id: R1, places: 4, name: {en: R, zh-Hant: R, zh-Hans: R}}"


def venue(tmp_path: Path, change: tuple[str, str]) -> Path:
    text = DEMO.read_text(encoding="utf-8")
    assert change[0] in text
    file = tmp_path / "venue.yaml"
    file.write_text(text.replace(*change, 1), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("capacity: 28", "capacity: 0"), "premises.capacity: Input should be greater than 0"),
        (("way: staffed", "way: self-service"), "admission.way: Input should be 'staffed' or 'unattended'"),
        (("zone: D1  ", "zone: D9  "), "admission.zone names 'D9', but the zones are D1, main"),
        (("id: main", "id: D1"), "two zones have the id 'D1'"),
        (("id: M-2", "id: D-2"), "two tables have the id 'D-2'"),
        (("leavehomesafe_id: gxr8l5A6", "leavehomesafe_id: gxr8"), "leavehomesafe_id: String should match"),
        (("relay_pin: 17", "relay_pin: 99"), "door.gpio.relay_pin: Input should be less than or equal to 27"),
        (("contact_pin: 22", "contact_pin: 17"), "pin 17 is already the relay_pin"),
        (("production: false", "production: false\nprodution: true"), "unknown field 'prodution'"),
        (("  way: staffed\n  zone: D1 ", "  way: unattended\n #"), "admission.zone must say which zone"),
        (("  way: staffed", "  way: staffed\n  steps: [mask, mask]"), "'mask' is named twice"),
        (("  way: staffed", "  way: staffed\n  steps: [shoes]"), "admission.steps.0: Input should be"),
        (
            ("id: D-2, seats: 8", "id: D-2, seats: 8, room: R1"),
            "stands in room 'R1', but the rooms there are none",
        ),
        (
            (
                "      tables:\n        - {id: M-1",
                f"      rooms: [{ROOM}, {ROOM}]\n      tables:\n        - {{id: M-1",
            ),
            "two rooms have the id 'R1'",
        ),
        (
            ("production: false", "production: false\nscanners: [{name: a, kind: serial, port: COM3}]"),
            "scanners.0.serial.port: String should match",
        ),
        (
            ("production: false", "production: false\nscanners: [{name: a, kind: keyboard, port: /dev/x}]"),
            "device",
        ),
        (
            (
                "production: false",
                "production: false\nscanners: [{name: door, kind: serial, port: /dev/ttyACM0}]",
            ),
            "two cameras or scanners have the name 'door'",
        ),
        (("  zones:", f"  rooms: [{ROOM}]\n  zones:"), "premises with zones list their rooms in the zones"),
        (
            ("  setting: indoor", "  setting: indoor\n  qualifies: perhaps"),
            "premises.qualifies: Input should be",
        ),
    ],
)
def test_a_wrong_setting_names_its_key_and_line(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as fault:
        settings.load(venue(tmp_path, change), door=DoorConfig)
    assert said in str(fault.value)
    assert "venue.yaml:" in str(fault.value)


def test_paths_count_from_the_files_own_folder(tmp_path: Path) -> None:
    loaded = settings.load(
        venue(tmp_path, ("../../var/demo/kiosk\nkeyrings", "data\nkeyrings")), door=DoorConfig
    )
    assert loaded.data == tmp_path / "data"
    assert loaded.socket_path == tmp_path / "data" / "door.sock"
    assert ".." not in str(loaded.keyrings[0])


@pytest.mark.parametrize("file", sorted(DEMO.parent.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_example_works(file: Path) -> None:
    if ".evening" in file.name:
        from kiosk.demo import evening

        zones = settings.load(file.with_name(file.name.replace(".evening", ""))).zone_ids
        script = evening.load(file)
        assert [script.when(step) for step in script.steps] == sorted(
            script.when(step) for step in script.steps
        )
        assert all(step.party.zone in zones for step in script.steps if step.party)
    else:
        assert settings.load(file, door=DoorConfig).name["zh-Hant"]
