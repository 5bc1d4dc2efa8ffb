"""The real program `kiosk door`: from an image of a code to a durable entry, and what stops it at the start."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import cv2
import pytest
import segno

from kiosk import HONG_KONG
from kiosk.demo.authority import Authority
from kiosk.demo.visitors import DemoVisitor, demo_visitors
from kiosk.gate.commands import PartyNew, VisitorDeclare, VisitorRegister
from kiosk.gate.protocol import DoorClient, DoorUnreachableError
from kiosk.gate.snapshot import Snapshot
from tests.service.venues import blank_camera, found_venue

KIOSK = Path(sys.executable).parent / "kiosk"
AT = "2021-05-01T19:30:00+08:00"


@contextmanager
def door(file: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], DoorClient]]:
    command = [KIOSK, "door", "--config", file, *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        yield process, DoorClient(file.parent / "data" / "door.sock")
    finally:
        process.kill()
        process.wait()


def until(client: DoorClient, true: Callable[[Snapshot], bool], seconds: float = 30.0) -> Snapshot:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            for snapshot in client.watch(5.0):
                if true(snapshot):
                    return snapshot
                if time.monotonic() > end:
                    break
        except (DoorUnreachableError, OSError):
            time.sleep(0.05)
    raise AssertionError("in vain")


def visitor(folder: Path, kind: str) -> DemoVisitor:
    people = demo_visitors(Authority.open(folder / "authority"), datetime.fromisoformat(AT))
    return next(person for person in people if person.kind == kind)


def hold_up(folder: Path, text: str, name: str) -> None:
    """Put an image of a code where the camera looks, whole."""
    draft = folder / f"{name}.tmp.png"
    segno.make(text, error="m").save(str(draft), scale=6, border=6)
    image = cv2.imread(str(draft))
    draft.unlink()
    cv2.imwrite(str(folder / f".{name}.png"), image)
    (folder / f".{name}.png").rename(folder / f"{name}.png")


def entries(folder: Path) -> list[tuple[str, bytes]]:
    with closing(sqlite3.connect(f"file:{folder / 'data' / 'log.sqlite'}?mode=ro", uri=True)) as database:
        return [
            (kind, bytes(leaf))
            for kind, leaf in database.execute("SELECT type, leaf FROM entry ORDER BY idx")
        ]


def test_a_code_that_is_held_up_and_a_declared_scan_admit_one_person(tmp_path: Path) -> None:
    file = found_venue(tmp_path, cameras=[blank_camera(tmp_path)])
    with door(file, "--at", AT) as (process, client):
        until(client, lambda s: all(camera.up for camera in s.cameras))
        guest = visitor(tmp_path, "vaccinated")
        hold_up(tmp_path / "seen", guest.text, "a")
        asked = until(client, lambda s: s.verdict.state == "ask" and "declare" in s.verdict.asks)
        assert asked.verdict.masked_name
        assert asked.penalty
        assert "5,000" in asked.penalty["en"]
        assert client.command(VisitorDeclare(), by=None).ok
        inside = until(client, lambda s: s.inside == 1)
        assert inside.at.astimezone(HONG_KONG).isoformat().startswith("2021-05-01T19:3")
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        kinds = [kind for kind, _ in entries(tmp_path)]
        assert kinds[0] == "started"
        assert kinds[-1] == "stopped"
        assert kinds.count("admission") == 1
        log = b"".join(leaf for _, leaf in entries(tmp_path)).decode()
        assert '"proofs":["hk-vac"]' in log
        assert '"lhs":"declared"' in log


def test_a_forged_code_opens_nothing_and_names_nobody(tmp_path: Path) -> None:
    file = found_venue(tmp_path, cameras=[blank_camera(tmp_path)])
    with door(file, "--at", AT) as (_, client):
        until(client, lambda s: all(camera.up for camera in s.cameras))
        hold_up(tmp_path / "seen", visitor(tmp_path, "forged").text, "a")
        until(client, lambda s: s.verdict.state == "invalid")
        assert until(client, lambda s: True).taken == 0
    kinds = [kind for kind, _ in entries(tmp_path)]
    assert "code_rejected" in kinds
    assert "admission" not in kinds


def test_what_a_visitor_registers_is_nowhere_on_the_box_in_the_clear(tmp_path: Path) -> None:
    file = found_venue(tmp_path, premises={"kind": "catering", "mode": "B", "capacity": 40})
    name, phone = "Wong Planted-Name", "61239876"
    with door(file, "--at", AT, "--verbose") as (process, client):
        until(client, lambda s: True)
        assert client.command(VisitorRegister(name=name, contact=phone), by=None).ok
        shown = until(client, lambda s: s.inside == 1).model_dump_json()
        assert name not in shown
        on_disk = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
        assert any(path.name.endswith("-wal") for path in on_disk)
        for path in on_disk:
            assert name.encode() not in path.read_bytes(), path
            assert phone.encode() not in path.read_bytes(), path
        process.terminate()
        _, said = process.communicate(timeout=15)
        assert name not in said
        assert phone not in said
    with closing(sqlite3.connect(tmp_path / "data" / "log.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM sealed").fetchone() == (1,)


def test_only_signed_in_staff_build_a_party(tmp_path: Path) -> None:
    with door(found_venue(tmp_path, admission={"way": "staffed"}), "--at", AT) as (_, client):
        until(client, lambda s: True)
        assert client.command(PartyNew(), by=None).error == "sign_in_needed"
        assert client.command(PartyNew(), by="mei").ok


@pytest.mark.parametrize(
    ("changes", "options", "said"),
    [
        ({"production": True}, [], "demo"),
        ({"production": True, "keyrings": []}, ["--at", AT], "does not run on a clock that was set by hand"),
        ({"premises": {"kind": "teahouse", "capacity": 9}}, [], "teahouse"),
        ({"sealing_key_file": "gone.pub"}, [], "gone.pub"),
        ({}, ["--at", "half past seven"], "is no time"),
        ({}, ["--at", "2021-05-01T19:30:00"], "has no offset"),
    ],
)
def test_a_door_that_may_not_start_says_why_in_one_line(tmp_path, changes, options, said) -> None:
    command = [KIOSK, "door", "--config", found_venue(tmp_path, **changes), *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
