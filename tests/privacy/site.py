"""A whole venue as processes, whose every word is kept: door, pages and central, and browsers at the pages."""

from __future__ import annotations

import contextlib
import http.cookiejar
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.accounts import Accounts
from kiosk.gate.protocol import DoorClient
from tests.service.test_door_service import until
from tests.service.venues import blank_camera, found_venue

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent
AT = "2021-05-01T19:30:00+08:00"
PASSWORD, PIN = "a long enough phrase", "739154"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Site:
    """Everything under one folder: ``venue`` is the kiosk's, ``central`` is central's, ``said`` what processes print."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.venue, self.central, self.said = folder / "venue", folder / "central", folder / "said"
        for each in (self.venue, self.said):
            each.mkdir()
        self.data = self.venue / "data"
        self.port, self.central_port = free_port(), free_port()
        self.command_lines: list[str] = []
        self.limits: list[str] = []
        self.pages: list[tuple[str, bytes]] = []
        self._found()

    def _found(self) -> None:
        self.once("central", "init", "--data", self.central)
        token = self.venue / "token"
        self.once("central", "enrol", "test-1", "--data", self.central, "--token-file", token)
        self.file = found_venue(
            self.venue,
            premises={"kind": "catering", "mode": "B", "capacity": 40},
            cameras=[blank_camera(self.venue)],
            central={"url": f"http://127.0.0.1:{self.central_port}", "token_file": "token"},
            leavehomesafe_id="gxr8l5A6",
            port=self.port,
        )
        (self.venue / "sealing.pub").write_bytes((self.central / "sealing-public.key").read_bytes())
        self.data.mkdir()
        Accounts(self.data / "accounts.json").save("mei", "manager", PASSWORD, PIN)

    @property
    def door(self) -> DoorClient:
        return DoorClient(self.data / "door.sock")

    def once(self, program: str, *words: str | Path, stdin: str = "") -> int:
        """Run a command to its end; what it says is kept."""
        with self._log(f"{program}-{words[0]}") as log:
            done = subprocess.run(
                [PROGRAMS / program, *words],
                input=stdin.encode(),
                stdout=log,
                stderr=log,
                check=False,
                timeout=120,
            )
        return done.returncode

    @contextlib.contextmanager
    def running(self, name: str, *command: str | Path) -> Iterator[subprocess.Popen[bytes]]:
        """A service, until the end of the block."""
        with self._log(name) as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=ROOT)
        try:
            yield process
            self.look_at(process)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            process.wait()

    def look_at(self, process: subprocess.Popen[bytes]) -> None:
        """What anybody on the machine can see of it and of its children."""
        family = [process.pid, *_children(process.pid)]
        for pid in family:
            with contextlib.suppress(OSError):
                self.command_lines.append(Path(f"/proc/{pid}/cmdline").read_bytes().decode())
                self.limits.append(Path(f"/proc/{pid}/limits").read_text())

    def serving_central(self) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
        serve = ("serve", "--data", self.central, "--port", str(self.central_port), "--at", AT)
        return self.running("central", PROGRAMS / "central", *serve)

    def serving_door(
        self, fault: str = "", at: str = AT
    ) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
        words = ("door", "--config", self.file, "--at", at, "--verbose")
        return self.running(f"door-{fault}", *_kiosk(fault), *words)

    def serving_pages(self, fault: str = "") -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
        words = ("web", "--config", self.file, "--pair-link-file", self.venue / "pair-link")
        return self.running(f"web-{fault}", *_kiosk(fault), *words)

    def wait_for_door(self) -> None:
        until(self.door, lambda _: True)

    def wait_for_port(self, port: int) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            time.sleep(0.05)
        raise AssertionError("nobody listens")

    @contextlib.contextmanager
    def _log(self, name: str) -> Iterator[int]:
        number = len(list(self.said.iterdir()))
        with (self.said / f"{number:02}-{name.strip('-')}.log").open("wb") as log:
            yield log.fileno()


def _kiosk(fault: str) -> tuple[str | Path, ...]:
    return (sys.executable, "-m", "tests.privacy.failing", fault) if fault else (PROGRAMS / "kiosk",)


def _children(pid: int) -> list[int]:
    children: list[int] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            children += [int(child) for child in (thread / "children").read_text().split()]
    return children


@dataclass
class Browser:
    """One browser. What it is shown is kept at the site; ``own`` answers may repeat what it has just typed itself."""

    site: Site
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)
    text: str = ""
    status: int = 0
    addresses: list[str] = field(default_factory=list)

    def get(self, path: str, **headers: str) -> Browser:
        return self._ask(urllib.request.Request(self._url(path), headers=headers))

    def post(self, path: str, *, own: bool = False, token: bool = True, **fields: str) -> Browser:
        """Post a form from the page that was last seen; ``own``: the answer is the same form again."""
        if token:
            found = re.search(r'name="csrf_token" value="([^"]+)"', self.text)
            assert found, self.text[:2000]
            fields["csrf_token"] = found.group(1)
        body = urllib.parse.urlencode(
            {key.replace("__", "."): value for key, value in fields.items()}
        ).encode()
        return self._ask(urllib.request.Request(self._url(path), data=body), own=own)

    def post_raw(self, path: str, body: bytes, kind: str) -> Browser:
        return self._ask(urllib.request.Request(self._url(path), data=body, headers={"Content-Type": kind}))

    def _url(self, path: str) -> str:
        return path if path.startswith("http") else f"http://127.0.0.1:{self.site.port}{path}"

    def _ask(self, request: urllib.request.Request, *, own: bool = False) -> Browser:
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        try:
            answer = opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            content, self.status = answer.read(), answer.status
            self.addresses.append(answer.geturl())
            shown = b"\n".join([str(answer.headers).encode(), content])
        if b"csrf_token" in content:
            self.text = content.decode("utf-8", "replace")
        if not own:
            self.site.pages.append(
                (f"{request.get_method()} {urllib.parse.urlsplit(request.full_url).path[:40]}", shown)
            )
        return self


def raw_http(port: int, data: bytes) -> bytes:
    """Send bytes that are no proper request."""
    answer = b""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 10) as link:
        link.settimeout(10)
        link.sendall(data)
        link.shutdown(socket.SHUT_WR)
        while piece := link.recv(65536):
            answer += piece
    return answer
