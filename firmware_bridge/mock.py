"""The door on mock pins: the whole of `gpio`, with a simulator at the other end of the wires instead of a doorway.

The door connects to the simulator and both speak JSON Lines:

- door: ``{"hello": "door", "mono": …}`` when the link comes up;
- simulator: ``{"pin": 23, "value": 1}`` drives an input, as often as it likes, then once ``{"ready": true}`` after
  the inputs as they stand;
- door: ``{"pin": 17, "value": 1, "mono": …}`` for every write to an output, *sent before the pin moves*. So what
  the simulator has read is the truth about the relay even if the door is killed: an edge happened if, and only if,
  its line was sent.

Without the simulator the relay cannot be switched on (`LinkLost`), just as a cut cable would have it. A door that
was given no address has nobody to tell, and simply works.
"""

from __future__ import annotations

import json
import logging
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from gpiozero.pins.mock import MockFactory, MockPin

from firmware_bridge.address import Address
from firmware_bridge.config import GpioConfig
from firmware_bridge.errors import BridgeError
from firmware_bridge.gpio import GpioDoor, wired
from firmware_bridge.interface import Listener

log = logging.getLogger(__name__)

_AGAIN_S = 0.1
_READY_S = 0.5
#: A simulator that does not read is as good as none: seconds and microseconds.
_SEND_TIMEOUT = struct.pack("ll", 0, 500_000)
_LONGEST_LINE = 4096


class SimulatorLink:
    """The door's end of the wires: keeps connecting, sends writes of outputs, hands on levels of inputs.

    ``levels`` keeps the last level of each input, from the levels at rest on.
    """

    def __init__(self, address: Address, levels: dict[int, bool]) -> None:
        self.levels = levels
        self.lock = threading.RLock()
        self.on_input: Callable[[int, bool], None] = lambda _pin, _value: None
        self.on_change: Callable[[], None] = lambda: None
        self._address = address
        self._socket: socket.socket | None = None
        self._stopped = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="door-simulator", daemon=True)

    def start(self) -> None:
        """Connect, and give a simulator that is there the time to say how its inputs stand."""
        self._thread.start()
        self._ready.wait(_READY_S)

    def stop(self) -> None:
        """Hang up."""
        self._stopped.set()
        self._drop()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=2)

    def why_down(self) -> str | None:
        """Why nothing can be sent, or None."""
        return None if self._socket else f"no simulator at {self._address}"

    def wrote(self, pin: int, value: bool) -> None:  # noqa: FBT001 - the level is what a write is
        """Send the write of an output; raises `ConnectionError` where it cannot be known to have been sent."""
        with self.lock:
            self._send({"pin": pin, "value": int(value), "mono": time.monotonic()})

    def _send(self, line: dict[str, Any]) -> None:
        if self._socket is None:
            raise ConnectionError(self.why_down())
        try:
            write_line(self._socket, line)
        except OSError as error:
            self._drop()
            raise ConnectionError(f"the simulator hung up: {error}") from error

    def _drop(self) -> None:
        with self.lock:
            gone, self._socket = self._socket, None
        if gone:
            try:
                gone.shutdown(socket.SHUT_RDWR)
            except OSError:
                log.debug("the simulator had hung up")
            gone.close()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                channel = socket.socket(self._address.family, socket.SOCK_STREAM)
                channel.connect(self._address.where)
            except OSError:
                channel.close()
                self._ready.set()
                self._stopped.wait(_AGAIN_S)
                continue
            self._speak(channel)
            self._drop()
            if not self._stopped.is_set():
                self.on_change()

    def _speak(self, channel: socket.socket) -> None:
        channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _SEND_TIMEOUT)
        if channel.family == socket.AF_INET:
            channel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.lock:
            self._socket = channel
            try:
                self._send({"hello": "door", "mono": time.monotonic()})
            except ConnectionError:
                return
        for line in read_lines(channel):
            if line.get("ready"):
                self._ready.set()
                self.on_change()
            elif isinstance(line.get("pin"), int) and line.get("value") in {0, 1}:
                self._input(line["pin"], bool(line["value"]))
            else:
                log.warning("the simulator said something unknown: %r", line)

    def _input(self, pin: int, value: bool) -> None:  # noqa: FBT001 - the level is what is driven
        self.levels[pin] = value
        try:
            self.on_input(pin, value)
        except Exception:
            log.exception("pin %d could not be driven", pin)


def write_line(channel: socket.socket, line: dict[str, Any]) -> None:
    """Send one JSON object; raises `OSError`."""
    channel.sendall(json.dumps(line).encode() + b"\n")


def read_lines(channel: socket.socket) -> Iterator[dict[str, Any]]:
    """The JSON objects that come, until the other end hangs up; what is none is left out."""
    held = b""
    while True:
        try:
            more = channel.recv(_LONGEST_LINE)
        except OSError:
            return
        if not more:
            return
        *lines, held = (held + more).split(b"\n")
        held = held[:_LONGEST_LINE]
        for line in lines:
            try:
                said = json.loads(line)
            except ValueError:
                said = None
            if isinstance(said, dict):
                yield said


class WiredPin(MockPin):  # type: ignore[misc]  # gpiozero publishes no types
    """A mock pin with a wire: an output tells the simulator before it moves, an input rests where nobody drives it."""

    def _set_state(self, value: bool) -> None:  # noqa: FBT001 - gpiozero's signature
        self.factory.write(self.info.name, bool(value), super()._set_state)

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        self.factory.rest(self)


class WiredFactory(MockFactory):  # type: ignore[misc]  # gpiozero publishes no types
    """Mock pins wired to a `SimulatorLink`, or to nobody."""

    def __init__(self, idle: dict[int, bool], levels: dict[int, bool], link: SimulatorLink | None) -> None:
        super().__init__(pin_class=WiredPin)
        self._idle = idle
        self._levels = levels
        self._link = link

    def write(self, name: str, value: bool, move: Callable[[bool], None]) -> None:  # noqa: FBT001 - as the pin's
        """An output is written: its line first, then the pin. To its idle level it falls without the link, too."""
        if self._link is None:
            move(value)
            return
        pin = int(name.removeprefix("GPIO"))
        with self._link.lock:
            try:
                self._link.wrote(pin, value)
            except ConnectionError:
                if value is not self._idle.get(pin):
                    raise
            move(value)

    def rest(self, pin: WiredPin) -> None:
        """Bring a pin that has become an input to the level that stands at its wire."""
        level = self._levels.get(int(pin.info.name.removeprefix("GPIO")))
        if level is not None:
            (pin.drive_high if level else pin.drive_low)()

    def drive(self, number: int, value: bool) -> None:  # noqa: FBT001 - the level is what is driven
        """The simulator moved a wire; one that leads to no input of ours is left alone."""
        pin = next((one for one in list(self.pins.values()) if one.info.name == f"GPIO{number}"), None)
        if pin is not None and pin.function == "input":
            (pin.drive_high if value else pin.drive_low)()


class MockDoor(GpioDoor):
    """The door of a desk. ``simulator``: its address (``tcp:HOST:PORT``, ``unix:PATH``), or None."""

    def __init__(
        self, config: GpioConfig, simulator: str | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        address = Address.parse(simulator) if simulator else None
        # At rest nothing is pressed, broken or open.
        self._levels = dict(wired(config).values())
        self._link = SimulatorLink(address, self._levels) if address else None
        self._wires: WiredFactory | None = None
        super().__init__(config, self._make_wires, clock=clock)

    def why_lost(self) -> str | None:
        """A door that has a simulator cannot be driven without it."""
        return self._link.why_down() if self._link else None

    def drive(self, pin: int, value: int) -> None:
        """Move the wire of an input from inside the same process, as the simulator would."""
        self._levels[pin] = bool(value)
        if self._wires is not None:
            self._wires.drive(pin, bool(value))

    def start(self, on_event: Listener) -> None:
        """As `Door.start`; with the simulator not there (yet) the door starts, and says `LinkLost`."""
        try:
            super().start(on_event)
        except BridgeError:
            self.close()
            raise

    def close(self) -> None:
        """As `Door.close`."""
        super().close()
        if self._link:
            self._link.stop()

    def _make_wires(self) -> WiredFactory:
        idle = {self._config.relay_pin: self._config.relay_active_low}
        self._wires = WiredFactory(idle, self._levels, self._link)
        if self._link:
            self._link.on_input = self._wires.drive
            self._link.on_change = self.look_at_link
            self._link.start()
        return self._wires
