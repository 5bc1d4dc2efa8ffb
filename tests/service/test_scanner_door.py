"""The real door with scanners that are no cameras: somebody is admitted by a code that a module sends."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.gate.commands import VisitorDeclare
from tests.scanning.modules import Module
from tests.service.test_doctor import doctor
from tests.service.test_door_service import AT, door, entries, until, visitor
from tests.service.venues import found_venue


@pytest.fixture
def module(tmp_path: Path):
    made = Module(tmp_path)
    yield made
    made.close()


def scanners(module: Module) -> list[dict[str, str]]:
    return [{"name": "gm65", "kind": "serial", "port": str(module.port)}]


def test_a_code_from_a_serial_module_admits_and_a_module_that_is_unplugged_is_an_alarm(
    tmp_path: Path, module: Module
) -> None:
    file = found_venue(tmp_path, scanners=scanners(module))
    with door(file, "--at", AT) as (_, client):
        until(client, lambda s: [(c.kind, c.name, c.up) for c in s.cameras] == [("scanner", "gm65", True)])
        module.send(visitor(tmp_path, "vaccinated").text.encode() + b"\r\n")
        until(client, lambda s: s.verdict.state == "ask" and "declare" in s.verdict.asks)
        assert client.command(VisitorDeclare(), by=None).ok
        until(client, lambda s: s.inside == 1)
        _, said = doctor(file)
        assert said["scanner gm65"].startswith("ok"), said
        module.unplug()
        until(client, lambda s: [(a.kind, a.subject) for a in s.alarms] == [("camera_lost", "gm65")])
        _, said = doctor(file)
        assert said["scanner gm65"].startswith("WRONG"), said
        assert "check `port`" in said["scanner gm65"]
        module.plug_in()
        until(client, lambda s: not s.alarms)
    assert [kind for kind, _ in entries(tmp_path)].count("admission") == 1


def test_the_doctor_tries_each_scanner_of_a_door_that_does_not_run(tmp_path: Path, module: Module) -> None:
    keys = {"name": "typist", "kind": "keyboard", "device": "/dev/input/by-id/usb-none-event-kbd"}
    _, said = doctor(found_venue(tmp_path, scanners=[*scanners(module), keys]))
    assert "camera" not in said
    assert said["scanner gm65"].startswith("ok"), said
    assert str(module.port) in said["scanner gm65"]
    assert "is not plugged in" in said["scanner typist"]
    assert "`device`" in said["scanner typist"]
