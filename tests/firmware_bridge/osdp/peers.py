"""Somebody else's OSDP on a real pseudo-terminal: libosdp's reader and panel."""

from __future__ import annotations

import contextlib
import os
import pty
import threading
import time
import tty
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import osdp

from firmware_bridge.osdp.line import Line
from firmware_bridge.osdp.session import Done, Event, Failed, Online, Order, Session

PATIENCE_S = 30.0
KEY = bytes(range(0x10, 0x20))


def until(true: Callable[[], Any]) -> bool:
    """Whether it came true in good time."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.005)
    return False


class Wire:
    """A pair of ends: ``panel`` is the name of a device, the reader's end is read and written here."""

    def __init__(self) -> None:
        self.end, inner = pty.openpty()
        tty.setraw(self.end)
        tty.setraw(inner)
        os.set_blocking(self.end, False)
        self.panel = os.ttyname(inner)
        self._inner = inner

    def close(self) -> None:
        for end in (self.end, self._inner):
            with contextlib.suppress(OSError):
                os.close(end)


class _Channel(osdp.Channel):
    """libosdp's idea of a port. What it reads may be changed on the way, for lines with noise."""

    def __init__(self, end: int, noise: Callable[[bytes], bytes] = bytes) -> None:
        self.id = end
        self._end, self._noise = end, noise

    def read(self, max_read: int) -> bytes:
        try:
            return self._noise(os.read(self._end, max_read))
        except OSError:
            return b""

    def write(self, buf: bytes) -> int:
        with contextlib.suppress(OSError):
            os.write(self._end, self._noise(bytes(buf)))
        return len(buf)

    def flush(self) -> None:
        pass


class Reader:
    """libosdp's peripheral, which remembers what it was told to do."""

    def __init__(
        self,
        wire: Wire,
        *,
        key: bytes | None = KEY,
        address: int = 5,
        noise: Callable[[bytes], bytes] = bytes,
    ) -> None:
        self.commands: list[dict[str, Any]] = []
        self.wire = wire
        info = osdp.PDInfo(address, _Channel(wire.end, noise), scbk=key, name="reader", flags=[])
        able = osdp.PDCapabilities(
            [
                (osdp.Capability.OutputControl, 1, 2),
                (osdp.Capability.LEDControl, 1, 1),
                (osdp.Capability.AudibleControl, 1, 1),
                (osdp.Capability.ContactStatusMonitoring, 1, 2),
            ]
        )
        self._device: Any = osdp.PeripheralDevice(info, able, log_level=osdp.LogLevel.Emergency)
        self._device.set_command_handler(self._told)
        self._device.start()

    def _told(self, command: dict[str, Any]) -> tuple[int, None]:
        self.commands.append(command)
        return 0, None

    def said(self, kind: int) -> list[dict[str, Any]]:
        return [command for command in self.commands if command["command"] == kind]

    def tell(self, event: dict[str, Any]) -> None:
        self._device.submit_event(event)

    def close(self) -> None:
        if self._device is not None:
            self._device.teardown()
            self._device = None


class Panel:
    """Our panel with one reader, and what it heard."""

    def __init__(self, port: str, session: Session, baud: int = 115200) -> None:
        self.events: list[Event] = []
        self.ports: list[str | None] = []
        self.session = session
        self._news = threading.Condition()
        self.line = Line(port, baud, {"reader": session}, self._heard, self.ports.append, self._traced)
        self.traced: list[tuple[bool, bytes]] = []

    def __enter__(self) -> Self:
        self.line.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.line.close()

    def _heard(self, name: str, event: Event) -> None:
        assert name == "reader"
        with self._news:
            self.events.append(event)
            self._news.notify_all()

    def _traced(self, data: bytes, *, sent: bool) -> None:
        self.traced.append((sent, data))

    def of(self, kind: type[Any]) -> list[Any]:
        with self._news:
            return [event for event in self.events if isinstance(event, kind)]

    def wait(self, true: Callable[[list[Event]], Any]) -> bool:
        with self._news:
            return self._news.wait_for(lambda: true(self.events), PATIENCE_S)

    def online(self) -> Online:
        assert self.wait(lambda events: any(isinstance(event, Online) for event in events)), self.events
        return self.of(Online)[0]

    def do(self, command: Any, within_s: float = 5.0) -> Done | Failed:
        """Have something done, and wait for the one word about it."""
        order = Order(command, time.monotonic() + within_s)
        self.line.submit("reader", order)
        assert self.wait(lambda _: self.words(order)), self.events
        (word,) = self.words(order)
        return word

    def words(self, order: Order) -> list[Done | Failed]:
        return [event for event in self.events if isinstance(event, Done | Failed) and event.order is order]
