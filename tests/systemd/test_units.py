"""The services, as systemd itself judges them, and what it needs them to be."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from kiosk.settings import Settings

ROOT = Path(__file__).parents[2]
UNITS = sorted(unit for unit in (ROOT / "systemd").glob("*.service") if "@" not in unit.name)
STICK = ROOT / "systemd" / "kiosk-usb@.service"

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)


def service(name: str) -> dict[str, str]:
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment]
    parser.read(ROOT / "systemd" / f"{name}.service")
    return dict(parser["Service"])


def analyze(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", "--no-pager", *args], capture_output=True, text=True, timeout=120, check=False
    )


def test_there_are_three_services() -> None:
    assert [unit.stem for unit in UNITS] == ["central", "kiosk-door", "kiosk-web"]


@needs_systemd
@pytest.mark.parametrize("unit", [*UNITS, STICK], ids=lambda unit: unit.stem)
def test_verify_has_nothing_to_say(unit: Path) -> None:
    done = analyze("verify", str(unit))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_systemd
def test_verify_would_have_said_something(tmp_path: Path) -> None:
    bad = tmp_path / "kiosk-door.service"
    bad.write_text((ROOT / "systemd" / bad.name).read_text().replace("WatchdogSec", "WatchDogSec"))
    assert "WatchDogSec" in analyze("verify", str(bad)).stderr


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_every_service_is_exposed_as_little_as_may_be(unit: Path) -> None:
    done = analyze("security", "--offline=true", str(unit))
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) <= 2.0


def test_the_programs_are_those_that_the_project_installs() -> None:
    commands = {unit.stem: service(unit.stem)["ExecStart"] for unit in UNITS}
    home = "/usr/bin/env /opt/venue-kiosk/.venv/bin"
    assert commands == {
        "kiosk-door": f"{home}/kiosk door --config /etc/venue-kiosk/venue.yaml",
        "kiosk-web": f"{home}/kiosk web --config /etc/venue-kiosk/venue.yaml",
        "central": f"{home}/central serve --data /var/lib/venue-central",
    }


@pytest.mark.parametrize(
    ("program", "arguments"),
    [("kiosk", ["door", "--help"]), ("kiosk", ["web", "--help"]), ("central", ["serve", "--help"])],
)
def test_the_programs_know_the_words_they_are_started_with(program: str, arguments: list[str]) -> None:
    known = subprocess.run(
        [str(Path(sys.executable).parent / program), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert ("--data" if program == "central" else "--config") in known


def test_only_the_door_may_touch_devices() -> None:
    for name in ("kiosk-web", "central"):
        settings = service(name)
        assert settings["PrivateDevices"] == "yes"
        assert "DeviceAllow" not in settings
        assert "SupplementaryGroups" not in settings
    door = (ROOT / "systemd" / "kiosk-door.service").read_text()
    for device in ("gpiochip", "video4linux", "ttyUSB", "ttyACM", "ttyAMA"):
        assert f"DeviceAllow=char-{device} rw" in door
    # Scanners that type are read and grabbed; the door never types.
    assert "DeviceAllow=char-input r\n" in door
    assert {"gpio", "video", "dialout", "input"} <= set(service("kiosk-door")["SupplementaryGroups"].split())


def test_door_and_pages_are_two_users_who_share_the_group_of_the_socket() -> None:
    door, web = service("kiosk-door"), service("kiosk-web")
    assert door["User"] != web["User"]
    assert door["Group"] == web["Group"] == "kiosk"
    assert door["RuntimeDirectory"] == "kiosk"
    assert web["ReadOnlyPaths"] == "-/var/lib/venue-kiosk"
    assert web["InaccessiblePaths"] == "-/var/lib/venue-kiosk/keys"


def test_a_stick_is_mounted_for_the_pages_where_they_look_for_it_and_can_do_nothing_else() -> None:
    stick = service("kiosk-usb@")
    *_, device, folder = stick["ExecStart"].split()
    assert device == "/dev/%I"
    assert Path(folder) == Settings.model_fields["usb"].default
    assert folder in stick["ExecStop"]
    (options,) = re.findall(r"-o (\S+)", stick["ExecStart"])
    web = service("kiosk-web")
    assert set(options.split(",")) == {
        "nosuid",
        "nodev",
        "noexec",
        "sync",
        "umask=0077",
        f"uid={web['User']}",
        f"gid={web['Group']}",
    }
    assert f"ReadWritePaths=-{folder}" in (ROOT / "systemd" / "kiosk-web.service").read_text()
    assert f"d {folder} 0755 root root -" in (ROOT / "systemd" / "venue-kiosk.tmpfiles").read_text()
    # A mount in a namespace of its own would be seen by nobody.
    assert not [key for key in stick if key.startswith(("Private", "Protect", "ReadOnly", "ReadWrite"))]


def test_only_removable_disks_that_the_machine_did_not_start_from_are_taken_for_sticks() -> None:
    rules = (ROOT / "systemd" / "70-venue-kiosk.rules").read_text().splitlines()
    (rule,) = [line for line in rules if "kiosk-usb@%k.service" in line]
    for part in ('ATTRS{removable}=="1"', 'ENV{ID_BUS}=="usb"', 'ENV{ID_FS_LABEL}!="bootfs'):
        assert part in rule


def test_the_door_is_watched_and_never_given_up() -> None:
    door = service("kiosk-door")
    assert door["Type"] == "notify"
    assert int(door["WatchdogSec"]) > 0
    assert door["Restart"] == "always"
    assert "StartLimitIntervalSec=0" in (ROOT / "systemd" / "kiosk-door.service").read_text()


#: Refuse memory that becomes executable, as MemoryDenyWriteExecute= does, then run what the arguments say.
_CONFINED = """
import ctypes, os, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0):
    sys.exit(77)
os.execv(sys.argv[1], sys.argv[1:])
"""

_SEEING = """
import mmap, sys
try:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
except OSError:
    print("confined")
import cv2, numpy, segno, zxingcpp
from pyzbar import pyzbar
segno.make("HELLO", micro=False).save(sys.argv[1], scale=8, border=6)
image = cv2.cvtColor(cv2.imread(sys.argv[1]), cv2.COLOR_BGR2GRAY)
print(zxingcpp.read_barcodes(cv2.GaussianBlur(image, (3, 3), 1))[0].text, pyzbar.decode(image)[0].data.decode())
numpy.random.rand(200, 200) @ numpy.random.rand(200, 200)
import argon2, cryptography.hazmat.primitives.asymmetric.ed25519, firmware_bridge.mock
print("done")
"""


def test_cameras_and_keys_work_where_memory_cannot_become_executable(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CONFINED, sys.executable, "-c", _SEEING, str(tmp_path / "code.png")],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip("this kernel cannot refuse executable memory to one process (PR_SET_MDWE, from 6.3)")
    assert done.stdout.splitlines() == ["confined", "HELLO HELLO", "done"], done.stderr


def install(tmp_path: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "scripts" / "install-services"), *args],
        env={**os.environ, "DESTDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def files(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def test_installing_copies_what_a_kiosk_needs_and_again_at_no_harm(tmp_path: Path) -> None:
    first = install(tmp_path, "kiosk")
    assert first.returncode == 0, first.stderr
    assert files(tmp_path) == [
        "etc/systemd/system/kiosk-door.service",
        "etc/systemd/system/kiosk-usb@.service",
        "etc/systemd/system/kiosk-web.service",
        "etc/sysusers.d/venue-kiosk.conf",
        "etc/tmpfiles.d/venue-kiosk.conf",
        "etc/udev/rules.d/70-venue-kiosk.rules",
    ]
    assert first.stdout.count("wrote ") == 6
    again = install(tmp_path, "kiosk")
    assert again.stdout.count("is up to date") == 6
    assert "wrote" not in again.stdout


def test_a_server_gets_nothing_of_a_kiosk(tmp_path: Path) -> None:
    assert install(tmp_path, "central").returncode == 0
    assert files(tmp_path) == ["etc/systemd/system/central.service", "etc/sysusers.d/venue-central.conf"]


def test_installing_says_how_it_is_called(tmp_path: Path) -> None:
    done = install(tmp_path, "everything")
    assert done.returncode == 2
    assert done.stderr.startswith("usage:")


@pytest.mark.skipif(
    shutil.which("systemd-sysusers") is None, reason="systemd-sysusers is not on this machine"
)
def test_users_and_folders_come_to_be_as_the_units_expect_them(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    for role in ("kiosk", "central"):
        done = subprocess.run(
            ["systemd-sysusers", f"--root={tmp_path}", str(ROOT / "systemd" / f"venue-{role}.sysusers")],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    people = {line.split(":")[0] for line in (tmp_path / "etc/passwd").read_text().splitlines()}
    groups = {
        line.split(":")[0]: line.split(":")[3] for line in (tmp_path / "etc/group").read_text().splitlines()
    }
    for unit in UNITS:
        settings = service(unit.stem)
        assert settings["User"] in people
        assert {settings["Group"], *settings.get("SupplementaryGroups", "").split()} <= set(groups)
    assert set(groups["kiosk"].split(",")) == {"kiosk-door", "kiosk-web"}
