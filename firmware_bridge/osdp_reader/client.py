"""Whoever stands at the simulated door: moves its inputs through the control socket, and hears what it does.

What `ReaderBench` knows of the relay is the reader's own word. With the reader's process its supply goes, and the
relay falls.
"""

from __future__ import annotations

import itertools
import json
import logging
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from firmware_bridge.address import Address
from firmware_bridge.errors import BridgeError
from firmware_bridge.osdp_reader.events import OutputMoved, OutputOrdered, ReaderEvent, from_json

log = logging.getLogger(__name__)

_ANSWER_S = 30.0
_CHUNK = 4096

_Event = TypeVar("_Event", bound=ReaderEvent)


class ReaderControlError(BridgeError):
    """The reader's control socket is not there, or a wish was not granted."""

    code = "reader_control"


class ReaderBench:
    """One visitor of the control socket at ``address``.

    Args:
        address: ``unix:PATH`` or ``tcp:HOST:PORT``.
        relay: the number of the output that is the lock.
        on_event: called with every event, from this bench's thread; it may not ask for anything.
        stride_s: how long a person takes from one beam to the next.
        inputs: the names of the inputs that this door has; setting another one does nothing.
    """

    def __init__(
        self,
        address: str,
        *,
        relay: int = 0,
        on_event: Callable[[ReaderEvent], None] | None = None,
        stride_s: float = 0.1,
        inputs: tuple[str, ...] = ("contact", "exit_button", "beam_outer", "beam_inner"),
    ) -> None:
        self.address = address
        self.port = ""
        self._relay = relay
        self._on_event = on_event
        self._stride_s = stride_s
        self._inputs = inputs
        self._events: list[ReaderEvent] = []
        self._answers: dict[int, dict[str, Any]] = {}
        self._numbers = itertools.count(1)
        self._channel: socket.socket | None = None
        self._ready = False
        self._sending = threading.Lock()
        self._news = threading.Condition(threading.RLock())
        self._thread = threading.Thread(target=self._listen, name="reader-bench", daemon=True)

    def start(self) -> Self:
        """Connect, and learn what has happened so far; raises `ReaderControlError`."""
        where = Address.parse(self.address)
        channel = socket.socket(where.family, socket.SOCK_STREAM)
        try:
            channel.connect(where.where)
        except OSError as error:
            channel.close()
            raise ReaderControlError("no reader listens", where=self.address, mend="start it") from error
        self._channel = channel
        self._thread.start()
        if not self.wait_for(lambda bench: bench._ready or not bench.connected, _ANSWER_S) or not self._ready:  # noqa: SLF001 - itself
            self.close()
            raise ReaderControlError("what listens there is no reader", where=self.address)
        return self

    def close(self) -> None:
        """Leave; the reader goes on."""
        channel = self._channel
        if channel is not None:
            _hang_up(channel)
            self._thread.join(timeout=2)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def connected(self) -> bool:
        """Whether the reader's process is there."""
        return self._channel is not None

    def events(self, kind: type[_Event]) -> list[_Event]:
        """All of one kind so far, in order."""
        with self._news:
            return [event for event in self._events if isinstance(event, kind)]

    @property
    def writes(self) -> list[OutputMoved]:
        """Every movement of the relay so far, in order."""
        return [moved for moved in self.events(OutputMoved) if moved.output == self._relay]

    @property
    def releases(self) -> int:
        """How often the relay was ordered on; an order that came while it was on counts, too."""
        return sum(one.switches_on for one in self.events(OutputOrdered) if one.output == self._relay)

    @property
    def openings(self) -> int:
        """How often the relay moved from off to on."""
        return sum(moved.on for moved in self.writes)

    @property
    def unlocked(self) -> bool:
        """Whether the relay is on."""
        writes = self.writes
        return self.connected and bool(writes) and writes[-1].on

    def wait_for(self, true: Callable[[ReaderBench], bool], timeout_s: float) -> bool:
        """Wait until it is ``true`` of the bench; whether it became so."""
        with self._news:
            return self._news.wait_for(lambda: true(self), timeout_s)

    def ask(self, **wish: Any) -> None:
        """Send a wish in the socket's own words (`service`) and wait until it is granted; raises `ReaderControlError`."""
        number = next(self._numbers)
        channel = self._channel
        try:
            if channel is None:
                raise ConnectionError
            with self._sending:
                channel.sendall(json.dumps({**wish, "id": number}).encode() + b"\n")
        except OSError as error:
            raise ReaderControlError("the reader has gone", where=self.address, mend="start it") from error
        self.wait_for(lambda bench: number in bench._answers or not bench.connected, _ANSWER_S)  # noqa: SLF001 - itself
        answer = self._answers.pop(number, {"why": "no answer came"})
        if "done" not in answer:
            raise ReaderControlError(f"{wish} was not granted: {answer['why']}", where=self.address)
        self.port = answer["port"]

    def set(self, which: str, *, active: bool) -> None:
        """Make an input active (open, pressed, broken) or not; one that is not wired does nothing."""
        if which in self._inputs:
            self.ask(set=str(which), active=active)

    def open_door(self) -> None:
        """The leaf opens, whether it was released or not."""
        self.set("contact", active=True)

    def close_door(self) -> None:
        """The leaf falls shut."""
        self.set("contact", active=False)

    def push_exit(self, hold_s: float | None = None) -> None:
        """Somebody inside presses the exit button."""
        self.set("exit_button", active=True)
        time.sleep(self._stride_s if hold_s is None else hold_s)
        self.set("exit_button", active=False)

    def person_passes_in(self, *, door: bool = True) -> None:
        """One person comes in from the street, through both beams; ``door``: the leaf opens and closes."""
        self._walk("beam_outer", "beam_inner", door=door)

    def person_passes_out(self, *, door: bool = True) -> None:
        """One person leaves. The exit button is a thing of its own: `push_exit`."""
        self._walk("beam_inner", "beam_outer", door=door)

    def person_turns_back(self) -> None:
        """Somebody comes as far as the outer beam, and goes away again."""
        self._steps(("beam_outer", True), ("beam_outer", False))

    def hold_up_card(self, data: bytes, bits: int, *, wiegand: bool = True) -> None:
        """A card with so many bits, in as few bytes as hold them."""
        self.ask(card=data.hex(), bits=bits, wiegand=wiegand)

    def press_keys(self, typed: str) -> None:
        """Digits, ``*`` and ``#`` on the keypad."""
        self.ask(keys=typed)

    def set_case(self, *, open_: bool) -> None:
        """Open the reader's case (tamper), or close it."""
        self.ask(set="case", active=open_)

    def set_power(self, *, failed: bool) -> None:
        """Its supply fails, or is there again."""
        self.ask(set="power", active=failed)

    def cut_line(self) -> None:
        """Nothing gets through any more, either way."""
        self.ask(line="cut")

    def mend_line(self) -> None:
        """It gets through again."""
        self.ask(line="mend")

    def unplug(self) -> None:
        """The panel's device disappears."""
        self.ask(line="unplug")

    def plug_in(self) -> None:
        """It is there again: `port`, which is the same only where the reader was given a link."""
        self.ask(line="plug_in")

    def _walk(self, first: str, second: str, *, door: bool) -> None:
        if door:
            self._steps(("contact", True))
        self._steps((first, True), (second, True), (first, False), (second, False))
        if door:
            self._steps(("contact", False))

    def _steps(self, *steps: tuple[str, bool]) -> None:
        for which, active in steps:
            if which in self._inputs:
                self.set(which, active=active)
                time.sleep(self._stride_s)

    def _listen(self) -> None:
        channel, held = self._channel, b""
        while channel is not None:
            try:
                data = channel.recv(_CHUNK)
            except OSError:
                data = b""
            if not data:
                break
            *lines, held = (held + data).split(b"\n")
            for line in lines:
                self._heard(json.loads(line))
        with self._news:
            self._channel = None
            self._news.notify_all()

    def _heard(self, said: dict[str, Any]) -> None:
        event = from_json(said)
        with self._news:
            if event is not None:
                self._events.append(event)
            elif "hello" in said:
                self.port = said["port"]
            elif "ready" in said:
                self._ready = True
            else:
                self._answers[said.get("done") or said.get("failed") or 0] = said
            self._news.notify_all()
        if event is not None and self._on_event is not None:
            self._on_event(event)


def _hang_up(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        log.debug("was not connected")
    end.close()
