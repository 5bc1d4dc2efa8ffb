"""The simulator's side of a `mock` door: a doorway with a lock, a contact, a button, beams and people.

It listens, and outlives the door: every write that a door process sent before it died is in the record, so the
record is what the relay did, whatever the door believes. When the door process goes, its relay falls, as that of a
board does that loses its supply.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from firmware_bridge.address import Address
from firmware_bridge.config import GpioConfig
from firmware_bridge.doorway import Input
from firmware_bridge.errors import PinsError
from firmware_bridge.gpio import wired
from firmware_bridge.mock import read_lines, write_line

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Write:
    """One write of the relay.

    Attributes:
        on: whether it switched, or kept, the relay on.
        edge: whether the relay moved; a release while the pulse of another runs is a write without an edge.
        mono: seconds of the monotonic clock, by the door; by us where ``fell``.
        session: how many times a door process had connected by then, from 1.
        fell: nobody wrote: the door process went away while the relay was on.
    """

    on: bool
    edge: bool
    mono: float
    session: int
    fell: bool = False


class Bench:
    """Listens at ``address`` for one door process after another.

    Args:
        pins: the wiring, as in the door's own settings.
        address: ``tcp:HOST:PORT`` (port 0: any free one) or ``unix:PATH``.
        on_write: called with every write of the relay, from the bench's thread.
        stride_s: how long a person takes from one beam to the next; more than the debounce time.
    """

    def __init__(
        self,
        pins: GpioConfig,
        address: str = "tcp:127.0.0.1:0",
        *,
        on_write: Callable[[Write], None] | None = None,
        stride_s: float | None = None,
    ) -> None:
        self._pins = pins
        self._inputs = wired(pins)
        self._bound = Address.parse(address)
        self._on_write = on_write
        self._stride_s = max(0.1, 3 * pins.debounce_ms / 1000) if stride_s is None else stride_s
        self._levels = dict(self._inputs.values())
        self._writes: list[Write] = []
        self._relay_on = False
        self._session = 0
        self._channel: socket.socket | None = None
        self._listener: socket.socket | None = None
        self._closing = False
        self._news = threading.Condition(threading.RLock())
        self._thread = threading.Thread(target=self._serve, name="bench", daemon=True)

    def start(self) -> Self:
        """Listen, from now on."""
        where = self._bound.where
        if isinstance(where, str):
            Path(where).unlink(missing_ok=True)
        listener = socket.socket(self._bound.family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(where)
        except OSError as error:
            listener.close()
            raise PinsError(
                f"cannot listen ({error.strerror})", where=str(self._bound), mend="stop what listens there"
            ) from error
        listener.listen()
        self._bound = Address(self._bound.family, listener.getsockname())
        self._listener = listener
        self._thread.start()
        return self

    def close(self) -> None:
        """Hang up on the door and stop listening."""
        self._closing = True
        for end in (self._listener, self._channel):
            if end is not None:
                _hang_up(end)
        self._thread.join(timeout=2)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def address(self) -> str:
        """Where the door finds us: the ``simulator`` of its settings."""
        return str(self._bound)

    @property
    def connected(self) -> bool:
        """Whether a door process is on the line."""
        return self._channel is not None

    @property
    def writes(self) -> list[Write]:
        """Every write of the relay so far, in order."""
        with self._news:
            return list(self._writes)

    @property
    def releases(self) -> int:
        """How often the relay was told to be on; one that came while it was on counts, too."""
        return sum(one.on for one in self.writes)

    @property
    def openings(self) -> int:
        """How often the relay moved from off to on."""
        return sum(one.on and one.edge for one in self.writes)

    @property
    def unlocked(self) -> bool:
        """Whether the relay is on."""
        return self._relay_on

    def wait_for(self, true: Callable[[Bench], bool], timeout_s: float) -> bool:
        """Wait until it is ``true`` of the bench; whether it became so."""
        with self._news:
            return self._news.wait_for(lambda: true(self), timeout_s)

    def drive(self, pin: int, value: int) -> None:
        """Bring the wire of an input to a level; it stays there, whichever door process comes."""
        with self._news:
            self._levels[pin] = bool(value)
            if self._channel is not None:
                try:
                    write_line(self._channel, {"pin": pin, "value": int(bool(value))})
                except OSError:
                    log.debug("the door has gone; it learns of pin %d when it comes back", pin)

    def press(self, pin: int, hold_s: float | None = None) -> None:
        """Move a wire away from where it rests, hold it there, and let it go."""
        rest = self._levels[pin]
        self.drive(pin, not rest)
        time.sleep(self._stride_s if hold_s is None else hold_s)
        self.drive(pin, rest)

    def set(self, which: Input, *, active: bool) -> None:
        """Make an input active (open, pressed, broken) or not; one that is not wired does nothing."""
        if which in self._inputs:
            pin, active_low = self._inputs[which]
            self.drive(pin, active is not active_low)

    def open_door(self) -> None:
        """The leaf opens, whether it was released or not."""
        self.set(Input.CONTACT, active=True)

    def close_door(self) -> None:
        """The leaf falls shut."""
        self.set(Input.CONTACT, active=False)

    def push_exit(self, hold_s: float | None = None) -> None:
        """Somebody inside presses the exit button."""
        self.set(Input.EXIT, active=True)
        time.sleep(self._stride_s if hold_s is None else hold_s)
        self.set(Input.EXIT, active=False)

    def person_passes_in(self, *, door: bool = True) -> None:
        """One person comes in from the street, through both beams; ``door``: the leaf opens and closes."""
        self._walk(Input.OUTER, Input.INNER, door=door)

    def person_passes_out(self, *, door: bool = True) -> None:
        """One person leaves. The exit button is a thing of its own: `push_exit`."""
        self._walk(Input.INNER, Input.OUTER, door=door)

    def person_turns_back(self) -> None:
        """Somebody comes as far as the outer beam, and goes away again."""
        self._steps((Input.OUTER, True), (Input.OUTER, False))

    def _walk(self, first: Input, second: Input, *, door: bool) -> None:
        if door:
            self._steps((Input.CONTACT, True))
        self._steps((first, True), (second, True), (first, False), (second, False))
        if door:
            self._steps((Input.CONTACT, False))

    def _steps(self, *steps: tuple[Input, bool]) -> None:
        for which, active in steps:
            if which in self._inputs:
                self.set(which, active=active)
                time.sleep(self._stride_s)

    def _serve(self) -> None:
        """One door process after the other: the next is heard when all that the last one sent has been read."""
        listener = self._listener
        while listener is not None and not self._closing:
            try:
                channel, _ = listener.accept()
            except OSError:
                return
            self._greet(channel)
            for line in read_lines(channel):
                if line.get("pin") == self._pins.relay_pin and line.get("value") in {0, 1}:
                    self._written(line)
            self._gone(channel)

    def _greet(self, channel: socket.socket) -> None:
        with self._news:
            self._session += 1
            self._channel = channel
            try:
                for pin, level in self._levels.items():
                    write_line(channel, {"pin": pin, "value": int(level)})
                write_line(channel, {"ready": True})
            except OSError:
                log.debug("the door hung up at once")
            self._news.notify_all()

    def _written(self, line: dict[str, Any]) -> None:
        on = bool(line["value"]) is not self._pins.relay_active_low
        mono = float(line.get("mono") or time.monotonic())
        write = Write(on=on, edge=on is not self._relay_on, mono=mono, session=self._session)
        self._note(write)
        if self._on_write is not None:
            self._on_write(write)

    def _gone(self, channel: socket.socket) -> None:
        _hang_up(channel)
        fell: Write | None = None
        with self._news:
            # In one step: who sees the door gone must not see its relay on.
            self._channel = None
            if self._relay_on:
                fell = Write(on=False, edge=True, mono=time.monotonic(), session=self._session, fell=True)
                self._note(fell)
            self._news.notify_all()
        if fell and self._on_write is not None:
            self._on_write(fell)

    def _note(self, write: Write) -> None:
        with self._news:
            self._relay_on = write.on
            self._writes.append(write)
            self._news.notify_all()


def _hang_up(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        log.debug("was not connected")
    end.close()
