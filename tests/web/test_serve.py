"""`kiosk web` as a process of its own, on a real port."""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web import scenes
from tests.web.conftest import wait_for
from tests.web.fake_door import FakeDoor


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Service:
    """One run of the program; `ready` is what it tells the service manager."""

    def __init__(self, folder: Path, more: str = "") -> None:
        self.folder, self.port = folder, free_port()
        self.link = folder / "pair-link"
        config = folder / "venue.yaml"
        config.write_text(
            f"""
venue: lotus
kiosk: door-1
name: {{en: Lotus, zh-Hant: 蓮苑, zh-Hans: 莲苑}}
premises: {{kind: catering, mode: B, capacity: 40}}
data: data
sealing_key_file: key
host: 127.0.0.1
port: {self.port}
{more}
""",
            encoding="utf-8",
        )
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(str(folder / "notify"))
        self.manager.settimeout(20)
        command = [
            sys.executable,
            "-m",
            "kiosk.cli",
            "web",
            "--config",
            str(config),
            "--pair-link-file",
            str(self.link),
        ]
        self.process = subprocess.Popen(
            command,
            env={**os.environ, "NOTIFY_SOCKET": str(folder / "notify")},
            stderr=subprocess.PIPE,
            text=True,
        )

    def told(self) -> str:
        return self.manager.recv(1024).decode()

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        link.request("GET", path, headers=headers)
        answer = link.getresponse()
        return answer.status, answer.read().decode()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        self.manager.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path)
    yield made
    made.end()


def test_it_says_when_it_is_ready_and_ends_though_streams_are_open(service: Service) -> None:
    assert service.told() == "READY=1"
    assert service.get("/display")[0] == 200
    streams = [
        urllib.request.urlopen(f"http://127.0.0.1:{service.port}/display/stream", timeout=10)
        for _ in range(4)
    ]
    assert streams[0].readline() == b"retry: 1500\n"
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(10) == 0
    for stream in streams:
        stream.close()


def test_a_crowd_of_strangers_leaves_streams_and_threads_to_the_house(service: Service) -> None:
    service.told()
    door = FakeDoor(service.folder / "data" / "door.sock", scenes.snapshot()).start()
    address = f"http://127.0.0.1:{service.port}/display/stream"
    held = [urllib.request.urlopen(address, timeout=10) for _ in range(4)]
    assert service.get("/display/stream")[0] == 503
    status, _ = service.get("/display")
    assert status == 200
    for stream in held:
        stream.close()
    # Whoever goes away gives the place back as soon as the next sign of life finds nobody.
    wait_for(lambda: _opens(service), 15)
    door.stop()


def _opens(service: Service) -> bool:
    link = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    link.request("GET", "/display/stream")
    status = link.getresponse().status
    link.close()
    return status == 200


def test_the_link_for_the_own_browser_pairs_once(service: Service) -> None:
    service.told()
    url = service.link.read_text().strip()
    assert service.link.stat().st_mode & 0o777 == 0o600
    path = url.removeprefix(f"http://127.0.0.1:{service.port}")
    assert re.fullmatch(r"/display/pair/[\w-]{32}", path)
    link = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    link.request("GET", path)
    cookie = link.getresponse().getheader("Set-Cookie") or ""
    assert cookie.startswith("display=")
    link.close()
    link.request("GET", path)
    assert link.getresponse().getheader("Set-Cookie") is None


def test_over_tls_the_pages_are_those_of_the_fingerprint_and_streams_go_through(tmp_path: Path) -> None:
    port = free_port()
    service = Service(tmp_path, f"tls: {{host: 127.0.0.1, port: {port}, names: [kiosk.test]}}")
    try:
        assert service.told() == "READY=1"
        context = ssl.create_default_context(cafile=str(tmp_path / "data" / "web" / "tls.pem"))
        link = http.client.HTTPSConnection("localhost", port, context=context, timeout=20)
        wait_for(lambda: _answers(link))
        link.request("GET", "/desk/sign-in")
        answer = link.getresponse()
        assert answer.status == 200
        assert "Secure" in (answer.getheader("Set-Cookie") or "")
        answer.read()
        stream = http.client.HTTPSConnection("localhost", port, context=context, timeout=20)
        stream.request("GET", "/display/stream")
        assert stream.getresponse().readline() == b"retry: 1500\n"
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(20) == 0
        assert service.process.stderr is not None
        shown = hashlib.sha256(
            ssl.PEM_cert_to_DER_cert(
                (tmp_path / "data" / "web" / "tls.pem").read_text().split("KEY-----\n")[-1]
            )
        )
        assert f"https://kiosk.test:{port}/, fingerprint {shown.hexdigest()}" in service.process.stderr.read()
    finally:
        service.end()


def _answers(link: http.client.HTTPSConnection) -> bool:
    try:
        link.request("GET", "/display")
        link.getresponse().read()
    except OSError:
        link.close()
        return False
    return True


def test_a_port_that_is_taken_is_one_line_and_exit_2(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.told()
    again = subprocess.run(service.process.args, check=False, capture_output=True, text=True, timeout=60)
    service.end()
    assert again.returncode == 2
    assert re.search(r"^kiosk web: 127\.0\.0\.1:\d+: cannot listen", again.stderr.splitlines()[-1])
