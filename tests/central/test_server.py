"""Central as a process: ready when it says so, gone when told, and never half a batch."""

from __future__ import annotations

import random
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

import pytest

from central.cli import main
from kiosk.ledger.sealing import load_private_key, load_public_key
from tests.central.batches import KIOSK, body, leaf
from tests.central.servers import CentralServer, kept

LEAVES = f"/v1/kiosks/{KIOSK}/leaves"


@pytest.fixture
def central(tmp_path: Path) -> Iterator[CentralServer]:
    server = CentralServer(tmp_path / "central")
    yield server
    server.kill()


def test_it_tells_systemd_and_people_when_it_is_ready(central: CentralServer, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)
        central.start(NOTIFY_SOCKET=str(tmp_path / "notify"))
        assert manager.recv(100) == b"READY=1"
        assert central.ask("GET", "/v1/health") == (200, {"ok": True})
        assert central.end() == 0
        assert manager.recv(100) == b"STOPPING=1"


def test_an_abstract_notify_socket_is_served_too(central: CentralServer) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0kiosk-central-test")
        manager.settimeout(10)
        central.start(NOTIFY_SOCKET="@kiosk-central-test")
        assert manager.recv(100) == b"READY=1"


def test_too_large_a_body_is_answered_over_the_wire(central: CentralServer) -> None:
    token = central.enrol(KIOSK)
    central.start()
    status, answer = central.ask("POST", LEAVES, b"x" * (5 * 1024 * 1024), token)
    assert (status, answer["error"]) == (413, "too_large")


@pytest.mark.crash
def test_killed_in_the_middle_of_batches_it_keeps_whole_ones_once(central: CentralServer) -> None:
    token = central.enrol(KIOSK)
    log = [leaf(i, text="x" * 200) for i in range(6000)]
    chance = random.Random(599)
    taken = 0
    for _ in range(8):
        central.start()
        killer = threading.Timer(chance.uniform(0.02, 0.5), central.kill)
        killer.start()
        try:
            while taken < len(log):
                status, answer = central.ask("POST", LEAVES, body(taken, log[taken : taken + 100]), token)
                assert status == 200
                taken = answer["next"]
        except (OSError, HTTPException):
            pass
        killer.join()
        found = kept(central.data, KIOSK).leaves
        # What was answered is there; a batch whose answer was lost may be there too, whole.
        assert taken <= len(found) <= taken + 100
        assert len(found) % 100 == 0
        assert found == list(enumerate(log[: len(found)]))
    central.start()
    while taken < len(log):
        taken = central.ask("POST", LEAVES, body(taken, log[taken : taken + 100]), token)[1]["next"]
    assert kept(central.data, KIOSK).leaves == list(enumerate(log))


def test_a_port_in_use_is_said_in_one_line(central: CentralServer) -> None:
    central.start()
    second = subprocess.run(
        [
            sys.executable,
            "-m",
            "central.cli",
            "serve",
            "--data",
            str(central.data),
            "--port",
            str(central.port),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert second.returncode == 2
    assert second.stderr.startswith("central serve: 127.0.0.1:")
    assert second.stderr.count("\n") == 1


def test_init_makes_the_authoritys_keys_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["init", "--data", str(tmp_path / "c"), "--public", str(tmp_path / "public.key")]
    assert main(words) == 0
    first = capsys.readouterr().out
    private = tmp_path / "c" / "sealing-private.key"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    public = load_private_key(private).public_key().public_bytes_raw()
    assert load_public_key(tmp_path / "public.key").public_bytes_raw() == public
    assert load_public_key(tmp_path / "c" / "sealing-public.key").public_bytes_raw() == public
    assert main(words) == 0
    assert capsys.readouterr().out == first


def test_a_token_file_is_for_its_owner_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", "--data", str(tmp_path)])
    capsys.readouterr()
    for _ in range(2):
        assert main(["enrol", KIOSK, "--data", str(tmp_path), "--token-file", str(tmp_path / "token")]) == 0
        assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600
    assert capsys.readouterr().out == ""
    assert len((tmp_path / "token").read_text().strip()) >= 40


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["serve", "--data", "{tmp}/nowhere"], "there is no such folder: `central init` makes it"),
        (["enrol", "a b", "--data", "{tmp}"], "'a b' is not a kiosk's id"),
        (["log", "hk-9", "--data", "{tmp}"], "no kiosk 'hk-9' is enrolled"),
        (["log", "hk-9", "--data", "{tmp}", "--database", "nonsense"], "--database: cannot be used"),
        (["log", "hk-9", "--data", "{tmp}", "--database", "sqlite:////nowhere/x"], "cannot be opened"),
    ],
)
def test_unusable_input_is_one_line_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main([word.format(tmp=tmp_path) for word in words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_the_log_at_a_glance(central: CentralServer, capsys: pytest.CaptureFixture[str]) -> None:
    token = central.enrol(KIOSK)
    central.start()
    central.ask("POST", LEAVES, body(0, [leaf(0, kind="started"), leaf(1), leaf(2)]), token)
    central.ask("POST", LEAVES, body(1, [leaf(1, text="no")]), token)
    assert main(["log", KIOSK, "--data", str(central.data)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("hk-1: 3 entries, root ")
    assert "       2 passage" in said
    assert "last: 0 started, 1 passage, 2 passage" in said
    assert "CONFLICTS: 1 " in said
