"""What the log tells of settings that changed: which, and nothing of what they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kiosk.premises.said import Said, said_by
from kiosk.settings import Settings

NAMES = {"en": "Name", "zh-Hant": "名", "zh-Hans": "名"}
FILES = {"keyrings": b"keys"}


def zone(name: str, **others: Any) -> dict[str, Any]:
    return {"id": name, "name": NAMES, "mode": "D", "capacity": 10, **others}


def venue(**changes: Any) -> Settings:
    premises = {"kind": "catering", "capacity": 20, "zones": [zone("D1"), zone("D2")]}
    usual = {
        "venue": "test",
        "kiosk": "door-1",
        "name": NAMES,
        "premises": premises,
        "data": "/var/lib/kiosk",
        "sealing_key_file": "/etc/key",
    }
    return Settings.model_validate({**usual, **changes})


def premises(**changes: Any) -> dict[str, Any]:
    return {"premises": {"kind": "catering", "capacity": 20, "zones": [zone("D1"), zone("D2")], **changes}}


BEFORE = said_by(venue(), FILES, {}).fields


def test_at_the_first_start_nothing_has_changed() -> None:
    said = said_by(venue(), FILES, {})
    assert said.changed == ()
    assert said.digest == Said(BEFORE).digest


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({}, ()),
        (premises(capacity=21), ("premises.capacity",)),
        (premises(zones=[zone("D1", capacity=11), zone("D2")]), ("premises.zones.D1.capacity",)),
        (premises(zones=[zone("D1")]), ("premises.zones.D2",)),
        (premises(zones=[]), ("premises.zones",)),
        (premises(zones=[zone("D1"), zone("D2"), zone("D3")]), ("premises.zones.D3",)),
        (premises(limits={"religious": 30}), ("premises.limits",)),
        ({"admission": {"way": "staffed", "steps": ["mask"]}}, ("admission",)),
        ({"production": False, "port": 8081}, ("port", "production")),
        ({"name": {**NAMES, "en": "Other"}}, ("name.en",)),
        ({"central": {"url": "https://central.hk", "token_file": "/etc/token"}}, ("central",)),
        ({"tls": {"port": 8443}}, ("tls",)),
        ({"cameras": [{"name": "door", "source": "/dev/video0"}]}, ("cameras",)),
        ({"door": {"kind": "gpio", "relay_pin": 17}}, ("door",)),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_changed_is_named_as_the_venues_file_names_it(
    changes: dict[str, Any], what: tuple[str, ...]
) -> None:
    now = said_by(venue(**changes), FILES, BEFORE)
    assert now.changed == what
    assert (now.digest == Said(BEFORE).digest) == (not what)
    assert said_by(venue(), FILES, now.fields).changed == what, "back again is a change as well"


def test_one_of_several_fields_is_named_by_itself() -> None:
    before = said_by(venue(admission={"steps": ["mask"], "idle_s": 60}), FILES, {}).fields
    now = said_by(venue(admission={"steps": ["mask"], "idle_s": 90}), FILES, before)
    assert now.changed == ("admission.idle_s",)


def test_what_stands_there_as_usual_and_is_then_set_is_named() -> None:
    before = said_by(venue(tls={}), FILES, {}).fields
    assert said_by(venue(tls={"names": ["kiosk.lan"]}), FILES, before).changed == ("tls.names",)


def test_where_files_lie_on_this_machine_changes_nothing() -> None:
    moved = venue(
        data="/mnt/data",
        socket="/run/door.sock",
        sealing_key_file=Path("/mnt/key"),
        instruments="/opt/instruments",
        keyrings=["/opt/ring.yaml"],
        trust_sources=["/opt/trust"],
    )
    assert said_by(moved, FILES, BEFORE).changed == ()
    central = {"url": "https://central.hk"}
    here, there = (venue(central={**central, "token_file": file}) for file in ("/etc/a", "/mnt/b"))
    assert said_by(there, FILES, said_by(here, FILES, {}).fields).changed == ()


def test_other_keys_count_wherever_they_lie() -> None:
    assert said_by(venue(), {"keyrings": b"other keys"}, BEFORE).changed == ("keyrings",)


def test_no_digest_says_what_the_settings_say() -> None:
    said = said_by(venue(name={**NAMES, "en": "Golden Dragon"}), FILES, {})
    assert all(len(value) == 64 for value in said.fields.values())
    assert "Golden" not in repr(said)
