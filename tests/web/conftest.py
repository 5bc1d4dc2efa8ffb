"""A page server on a fake door, for test clients and for a real browser."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import waitress
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect

from kiosk.accounts import Accounts
from kiosk.gate.protocol import DoorClient
from kiosk.settings import CameraSettings, PremisesSettings, Settings
from kiosk.web import create_app
from kiosk.web.context import EXTENSION, Web
from tests.web import scenes
from tests.web.fake_door import FakeDoor

PASSWORD = "seven lanterns at dusk"
PIN = "495817"

expect.set_options(timeout=30_000)  # ends a broken run: what is late on a busy machine is no test's business


def wait_for(true: Callable[[], Any], seconds: float = 30.0) -> None:
    """Until something is so; the bound only ends a broken run."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it never came to be so"
        time.sleep(0.01)


@dataclass
class Site:
    """One page server with its door."""

    app: Flask
    door: FakeDoor
    folder: Path
    now: list[float]

    @property
    def parts(self) -> Web:
        parts: Web = self.app.extensions[EXTENSION]
        return parts

    def show(self, snapshot: scenes.Snapshot) -> None:
        """Show a scene, and wait until the pages know it."""
        before = self.parts.feed.view.version
        same = self.parts.feed.view.snapshot
        self.door.show(snapshot)
        wait_for(lambda: self.parts.feed.view.version != before or _same(same, snapshot))

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def signed_in(self, name: str = "anna") -> FlaskClient:
        client = self.client()
        token = csrf(client, "/desk/sign-in")
        answer = client.post("/desk/sign-in", data={"name": name, "password": PASSWORD, "csrf_token": token})
        assert answer.status_code == 303
        return client

    def paired(self) -> FlaskClient:
        client = self.client()
        token = self.parts.pairing.make_own_token()
        assert client.get(f"/display/pair/{token}").status_code == 303
        return client


def _same(old: scenes.Snapshot | None, new: scenes.Snapshot) -> bool:
    return old is not None and old.model_copy(update={"number": 0}) == new.model_copy(update={"number": 0})


def csrf(client: FlaskClient, page: str) -> str:
    """The token in a page, as a browser would send it back."""
    html = client.get(page).get_data(as_text=True)
    assert 'name="csrf_token" value="' in html
    return html.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def make_settings(folder: Path) -> Settings:
    return Settings(
        venue="lotus",
        kiosk="door-1",
        name=scenes.say("Lotus Court (demo)", "蓮苑酒家（示範）", "莲苑酒家（示范）"),
        production=False,
        premises=PremisesSettings(kind="catering", capacity=40),
        cameras=(CameraSettings(name="door", source=0),),
        data=folder,
        sealing_key_file=folder / "key",
    )


def picture() -> bytes:
    """What a camera might see: a phone that is held up."""
    frame = np.full((240, 320, 3), (70, 60, 50), np.uint8)
    cv2.rectangle(frame, (100, 30), (220, 230), (25, 25, 25), -1)
    cv2.rectangle(frame, (110, 50), (210, 210), (235, 235, 235), -1)
    rng = np.random.default_rng(3)
    for x in range(120, 200, 8):
        for y in range(80, 160, 8):
            if rng.random() < 0.5:
                cv2.rectangle(frame, (x, y), (x + 7, y + 7), (10, 10, 10), -1)
    return cv2.imencode(".jpg", frame)[1].tobytes()


@pytest.fixture(autouse=True)
def _no_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scripted door shows nothing new after most commands: do not wait for it."""
    monkeypatch.setattr("kiosk.web.desk._SETTLE_S", 0.05)
    monkeypatch.setattr("kiosk.web.display._SETTLE_S", 0.05)


@pytest.fixture(scope="session")
def made_accounts(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The accounts file, hashed once."""
    file = tmp_path_factory.mktemp("accounts") / "accounts.json"
    accounts = Accounts(file)
    accounts.save("anna", "staff", PASSWORD)
    accounts.save("supra", "supervisor", PASSWORD, PIN)
    return file.read_bytes()


@pytest.fixture
def site(tmp_path: Path, made_accounts: bytes) -> Iterator[Site]:
    yield from _site(tmp_path, made_accounts)


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory, made_accounts: bytes) -> Iterator[Site]:
    """One site for many browser tests; each shows its own scene first."""
    yield from _site(tmp_path_factory.mktemp("site"), made_accounts)


def _site(folder: Path, made_accounts: bytes) -> Iterator[Site]:
    (folder / "accounts.json").write_bytes(made_accounts)
    door = FakeDoor(folder / "door.sock", scenes.snapshot()).start()
    door.jpeg = picture()
    now = [1000.0]
    settings = make_settings(folder)
    app = create_app(
        settings,
        DoorClient(settings.socket_path, timeout=2.0),
        Accounts(folder / "accounts.json", lambda: now[0]),
    )
    made = Site(app, door, folder, now)
    wait_for(lambda: made.parts.feed.view.snapshot)
    yield made
    made.parts.feed.stop()
    door.stop()


class Server:
    """The app on a real port, as `kiosk web` serves it."""

    def __init__(self, app: Flask, threads: int = 24) -> None:
        self._app, self._threads = app, threads
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._server = waitress.create_server(
            self._app, host="127.0.0.1", port=self.port, threads=self._threads, ident=None
        )
        self.port = self._server.effective_port
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with contextlib.suppress(OSError):  # closed from outside while it was waiting
            self._server.run()

    def stop(self) -> None:
        self._server.maintenance_loop = None
        for channel in list(self._server.active_channels.values()):
            channel.will_close = True
            channel.handle_close()
        self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=0.1)
        self._server.close()
