"""Somebody else's panel on the line: libosdp's. As a program, it gives one order and waits to be killed."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import tty
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

import osdp

PATIENCE_S = 60.0
KEY = bytes(range(0x10, 0x20))
ADDRESS = 5


class _Port(osdp.Channel):
    """The panel's end of a line, and all that was written to it."""

    def __init__(self, port: str) -> None:
        self.end = self.id = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.end)
        self.written: list[bytes] = []

    def read(self, max_read: int) -> bytes:
        try:
            return os.read(self.end, max_read)
        except OSError:
            return b""

    def write(self, buf: bytes) -> int:
        self.written.append(bytes(buf))
        with contextlib.suppress(OSError):
            os.write(self.end, bytes(buf))
        return len(buf)

    def flush(self) -> None:
        pass


class LibosdpPanel:
    """Drives one reader at ``port``, with ``key``; ``flags`` are libosdp's."""

    def __init__(self, port: str, key: bytes = KEY, flags: Sequence[int] = ()) -> None:
        self.port = _Port(port)
        self.heard: list[dict[str, Any]] = []
        self.completed: list[int] = []
        self._news = threading.Condition()
        info = osdp.PDInfo(ADDRESS, self.port, scbk=key, name="reader", flags=list(flags))
        self._panel: Any = osdp.ControlPanel(
            [info],
            log_level=osdp.LogLevel.Emergency,
            event_handler=self._event,
            command_completion_handler=self._complete,
        )

    def _event(self, _reader: int, event: dict[str, Any]) -> int:
        with self._news:
            self.heard.append(event)
            self._news.notify_all()
        return 0

    def _complete(self, _address: int, _command: dict[str, Any], status: int) -> None:
        with self._news:
            self.completed.append(status)
            self._news.notify_all()

    def __enter__(self) -> Self:
        self._panel.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._panel.teardown()
        os.close(self.port.end)

    def until(self, true: Callable[[], bool]) -> bool:
        with self._news:
            return self._news.wait_for(true, PATIENCE_S)

    def secure(self) -> bool:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if self._panel.is_sc_active(ADDRESS):
                return True
            time.sleep(0.02)
        return False

    def identity(self) -> Any:
        return self._panel.get_pd_id(ADDRESS)

    def able(self, capability: int) -> tuple[int, int]:
        level, number = self._panel.check_capability(ADDRESS, capability)
        return level, number

    def do(self, command: int, **values: Any) -> bool:
        """Have something done; whether libosdp calls it done."""
        before = len(self.completed)
        assert self._panel.submit_command(ADDRESS, {"command": command, **values})
        assert self.until(lambda: len(self.completed) > before)
        return self.completed[before] == osdp.CompletionStatus.Ok

    def pulse(self, output: int, tenths: int) -> bool:
        return self.do(osdp.Command.Output, output_no=output, control_code=5, timer_count=tenths)

    def events(self, kind: int) -> list[dict[str, Any]]:
        with self._news:
            return [event for event in self.heard if event["event"] == kind]


def main() -> None:
    with LibosdpPanel(sys.argv[1]) as panel:
        assert panel.secure()
        print(panel.pulse(0, int(sys.argv[2])), flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
