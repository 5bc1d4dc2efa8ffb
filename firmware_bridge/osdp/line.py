"""The RS-485 line: one thread that asks one reader after the other and hears the answers, over pyserial.

The line is half-duplex and only the panel begins, so there is one rule: whoever's turn it is sends, and then everybody waits for the answer, `REPLY_S`
at most. An order does not wait for the next poll: `submit` wakes the thread. Where the port goes away (a converter pulled out) it is opened again, once a
second, for ever.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import termios
import threading
import time
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from typing import Protocol

import serial

from firmware_bridge.osdp.frame import Deframer
from firmware_bridge.osdp.session import REPLY_S, Event, Order, Session

log = logging.getLogger(__name__)

#: A gap within a frame that ends it, in seconds: the specification's 20 ms, and what an operating system's scheduler may add.
CHARACTER_S = 0.02
_REOPEN_S = 1.0
_IDLE_S = 1.0
_BITS = 10


class Trace(Protocol):
    """Writes down what goes over the line."""

    def __call__(self, data: bytes, *, sent: bool) -> None:
        """One frame, as it was on the line."""


class Line:
    """One line with its readers. `start` it once, `close` it once.

    Args:
        port: the serial device.
        baud: bits a second.
        sessions: the readers by name.
        on_event: told from the line's own thread; it must not block.
        on_port: told whether the port is there, and why not.
        trace: told each frame.
    """

    def __init__(
        self,
        port: str,
        baud: int,
        sessions: Mapping[str, Session],
        on_event: Callable[[str, Event], None],
        on_port: Callable[[str | None], None],
        trace: Trace | None = None,
    ) -> None:
        self._port = port
        self._baud = baud
        self._sessions = dict(sessions)
        self._on_event = on_event
        self._on_port = on_port
        self._trace = trace
        self._orders: SimpleQueue[tuple[str, Order]] = SimpleQueue()
        self._closing = False
        self._awake, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="osdp", daemon=True)

    def start(self) -> None:
        """Talk to the readers from now on."""
        self._thread.start()

    def submit(self, reader: str, order: Order) -> None:
        """Have ``reader`` do something; `Done` or `Failed` follows."""
        self._orders.put((reader, order))
        self._rouse()

    def close(self) -> None:
        """Let go of the line."""
        self._closing = True
        self._rouse()
        if self._thread.ident is not None:
            self._thread.join(timeout=2)
        if not self._thread.is_alive():
            os.close(self._awake)
            os.close(self._wake)

    def _rouse(self) -> None:
        with contextlib.suppress(OSError):
            os.write(self._wake, b"\x00")

    def _run(self) -> None:
        while not self._closing:
            try:
                with serial.Serial(self._port, self._baud, timeout=0, exclusive=True) as port:
                    self._on_port(None)
                    self._talk(port)
            except (OSError, ValueError, termios.error) as error:
                log.debug("%s: %s", self._port, error)
                self._gone(str(error))
            except Exception as error:
                # This thread must not die of anything: the door would never come back.
                log.exception("the line stumbled")
                self._gone(type(error).__name__)
        self._lose()

    def _gone(self, why: str) -> None:
        self._on_port(why)
        self._lose()
        self._pause(_REOPEN_S)

    def _lose(self) -> None:
        """The line is gone: whatever was asked for is not done."""
        self._take_orders()
        for name, session in self._sessions.items():
            self._tell(name, session.close())

    def _pause(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while not self._closing and (left := ends - time.monotonic()) > 0:
            self._sleep(left)
            self._lose()

    def _talk(self, port: serial.Serial) -> None:
        deframer = Deframer()
        while not self._closing:
            self._take_orders()
            name, session = min(self._sessions.items(), key=lambda item: item[1].due)
            data, events = session.to_send(time.monotonic())
            self._tell(name, events)
            if data is None:
                self._sleep(min(_IDLE_S, session.due - time.monotonic()))
                continue
            # Whatever is still on its way answers an older question.
            port.reset_input_buffer()
            deframer.drop()
            port.write(data)
            self._note(data, sent=True)
            self._hear(port, deframer, name, session, len(data) * _BITS / self._baud)

    def _hear(
        self, port: serial.Serial, deframer: Deframer, name: str, session: Session, travel_s: float
    ) -> None:
        """Wait for the answer of one reader."""
        ends = time.monotonic() + travel_s + REPLY_S
        while not self._closing:
            # A frame that has begun in time may end later, as long as it goes on.
            now = time.monotonic()
            left = max(ends - now, CHARACTER_S) if deframer.waiting else ends - now
            if left <= 0 or not select.select([port], [], [], left)[0]:
                break
            for raw, frame in deframer.feed(port.read(4096)):
                self._note(raw, sent=False)
                events = session.received(frame, time.monotonic())
                if events is not None:
                    self._tell(name, events)
                    return
        deframer.drop()
        self._tell(name, session.timed_out(time.monotonic()))

    def _take_orders(self) -> None:
        now = time.monotonic()
        with contextlib.suppress(Empty):
            while True:
                name, order = self._orders.get_nowait()
                self._sessions[name].submit(order, now)

    def _sleep(self, seconds: float) -> None:
        if seconds > 0 and select.select([self._awake], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                os.read(self._awake, 4096)

    def _tell(self, name: str, events: list[Event]) -> None:
        for event in events:
            try:
                self._on_event(name, event)
            except Exception:
                log.exception("what %s said was not taken", name)

    def _note(self, data: bytes, *, sent: bool) -> None:
        if self._trace is not None:
            self._trace(data, sent=sent)
