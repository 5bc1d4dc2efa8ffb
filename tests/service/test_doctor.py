"""`kiosk doctor` says of each part ok, or what is wrong and the mend."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.accounts import Accounts
from tests.service.venues import blank_camera, found_venue

KIOSK = Path(sys.executable).parent / "kiosk"


def doctor(file: Path, *options: str) -> tuple[int, dict[str, str]]:
    command = [KIOSK, "doctor", "--config", file, "--at", "2021-05-01T19:30:00+08:00", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    lines = [line for line in done.stdout.splitlines() if ":" in line]
    return done.returncode, {line[8:].split(":")[0]: line for line in lines}


@pytest.fixture
def healthy(tmp_path: Path) -> dict[str, object]:
    (tmp_path / "data").mkdir()
    Accounts(tmp_path / "data" / "accounts.json").save("mei", "manager", "a long enough phrase", "739154")
    return {"cameras": [blank_camera(tmp_path)]}


def test_a_healthy_set_up_can_serve(tmp_path: Path, healthy) -> None:
    status, said = doctor(found_venue(tmp_path, **healthy))
    assert status == 0, said
    for part in (
        "camera door",
        "door link",
        "clock",
        "disk",
        "database",
        "instruments",
        "trust lists",
        "sign-ins",
    ):
        assert said[part].startswith("ok"), said[part]
    assert said["central"].startswith("mind"), "a door without central serves all the same"


@pytest.mark.parametrize(
    ("changes", "part", "mend"),
    [
        ({"cameras": [{"name": "door", "source": "/dev/video97"}]}, "camera door", "plug it in"),
        ({"keyrings": ["gone.yaml"]}, "trust lists", "gone.yaml"),
        ({"sealing_key_file": "gone.pub"}, "sealing key", "gone.pub"),
        ({"instruments": "nowhere"}, "instruments", "check the path"),
    ],
)
def test_a_part_that_is_wrong_is_named_with_its_mend(tmp_path: Path, healthy, changes, part, mend) -> None:
    status, said = doctor(found_venue(tmp_path, **{**healthy, **changes}))
    assert status == 1
    assert said[part].startswith("WRONG"), said[part]
    assert mend in said[part]


def test_a_law_that_is_not_in_force_and_one_about_to_lapse_are_told(tmp_path: Path, healthy) -> None:
    file = found_venue(tmp_path, **healthy)
    status, said = doctor(file, "--at", "2021-05-13T00:00:00+08:00")
    assert status == 1
    assert "none of" in said["instruments"]
    status, said = doctor(file, "--at", "2021-05-11T12:00:00+08:00")
    assert status == 0
    assert "lapses at 24:00 on 2021-05-12" in said["instruments"]


def test_nobody_to_sign_in_and_a_damaged_log_are_told(tmp_path: Path, healthy) -> None:
    file = found_venue(tmp_path, **healthy)
    (tmp_path / "data" / "accounts.json").unlink()
    (tmp_path / "data" / "log.sqlite").write_bytes(b"not a database at all" * 300)
    status, said = doctor(file)
    assert status == 1
    assert "kiosk account" in said["sign-ins"]
    assert said["database"].startswith("WRONG"), said["database"]
