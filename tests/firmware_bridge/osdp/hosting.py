"""The simulated reader on one end of a pseudo-terminal, within the test: what is held up to it, and what it does."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable

from firmware_bridge.osdp_reader.events import OutputMoved, OutputOrdered, ReaderEvent
from firmware_bridge.osdp_reader.peripheral import Peripheral
from tests.firmware_bridge.osdp.peers import Wire


class Hosted:
    """Readers on one wire. ``change`` may alter what a reader says; `silent` takes the cable off."""

    def __init__(self, wire: Wire, *readers: Peripheral, change: Callable[[bytes], bytes] = bytes) -> None:
        self.wire = wire
        self.readers = readers
        self.change = change
        self.silent = False
        self.events: list[ReaderEvent] = []
        self._lock = threading.RLock()
        self._stop, self._stopping = os.pipe()
        self._thread = threading.Thread(target=self._run, name="hosted-reader", daemon=True)
        self._thread.start()

    def set_input(self, number: int, *, active: bool, reader: int = 0) -> None:
        with self._lock:
            self.readers[reader].set_input(number, active=active, now=time.monotonic())

    def set_case(self, *, open_: bool) -> None:
        with self._lock:
            self.readers[0].set_case(open_=open_, now=time.monotonic())

    def relay(self, output: int = 0) -> bool:
        with self._lock:
            self._tick()
            return self.readers[0].outputs[output]

    def openings(self) -> int:
        with self._lock:
            self._tick()
            return sum(isinstance(event, OutputMoved) and event.on for event in self.events)

    def pulses(self) -> int:
        with self._lock:
            return sum(isinstance(event, OutputOrdered) and event.switches_on for event in self.events)

    def close(self) -> None:
        os.write(self._stopping, b"\x00")
        self._thread.join(timeout=5)
        os.close(self._stop)
        os.close(self._stopping)

    def _tick(self) -> None:
        for reader in self.readers:
            reader.tick(time.monotonic())
            self.events += reader.take_events()

    def _run(self) -> None:
        while True:
            with self._lock:
                self._tick()
                due = min(reader.due for reader in self.readers)
            wait_s = min(0.5, max(0.0, due - time.monotonic()))
            ready, _, _ = select.select([self.wire.end, self._stop], [], [], wait_s)
            if self._stop in ready:
                return
            if not ready:
                continue
            with contextlib.suppress(OSError):
                data = os.read(self.wire.end, 4096)
                if self.silent:
                    continue
                with self._lock:
                    answer = b"".join(reader.receive(data, time.monotonic()) for reader in self.readers)
                    self._tick()
                if answer:
                    os.write(self.wire.end, self.change(answer))
