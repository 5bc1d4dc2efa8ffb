"""Telling the service manager, heard on a real datagram socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk import notify


@pytest.fixture(params=["path", "abstract"])
def manager(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    address = str(tmp_path / "notify") if request.param == "path" else f"@kiosk-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.settimeout(10)
        listener.bind(address.replace("@", "\0", 1))
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        yield listener


def test_the_manager_hears_each_word(manager: socket.socket) -> None:
    told = [
        notify.ready(),
        notify.ready("admitting"),
        notify.status("a full\nhouse"),
        notify.alive(),
        notify.stopping(),
        notify.notify("READY=1", "STATUS=both"),
    ]
    heard = [manager.recv(4096) for _ in told]
    assert all(told)
    assert heard == [
        b"READY=1",
        b"READY=1\nSTATUS=admitting",
        b"STATUS=a full house",
        b"WATCHDOG=1",
        b"STOPPING=1",
        b"READY=1\nSTATUS=both",
    ]


def test_a_manager_that_does_not_read_never_holds_up_the_door(manager: socket.socket) -> None:
    """The queue of the socket fills; a call that waited would hang here."""
    assert not all(notify.alive() for _ in range(10_000))


@pytest.mark.parametrize("address", ["", "relative/path", "/nowhere/at/all"])
def test_without_a_manager_nothing_happens(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert notify.alive() is False
    monkeypatch.delenv("NOTIFY_SOCKET")
    assert notify.alive() is False


@pytest.mark.parametrize(
    ("usec", "pid", "interval"),
    [
        ("10000000", None, 5.0),
        ("10000000", "self", 5.0),
        ("10000000", "1", None),
        (None, None, None),
        ("", None, None),
        ("0", None, None),
        ("soon", None, None),
    ],
)
def test_the_watchdog_is_fed_twice_as_often_as_it_asks(
    usec: str | None, pid: str | None, interval: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("WATCHDOG_USEC", usec),
        ("WATCHDOG_PID", str(os.getpid()) if pid == "self" else pid),
    ):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert notify.watchdog_interval() == interval
