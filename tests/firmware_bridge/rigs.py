"""The forms of a door, each with something that stands in for the doorway, behind one face for one suite of tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, TypeVar

from gpiozero.pins.mock import MockFactory, MockPin

from firmware_bridge import DoorEvent, make_door
from firmware_bridge.bench import Bench
from firmware_bridge.config import DoorConfig, GpioConfig
from firmware_bridge.doorway import Input
from firmware_bridge.gpio import GpioDoor, wired
from firmware_bridge.interface import Door
from firmware_bridge.osdp.config import InputAt, OsdpConfig, Output, ReaderConfig
from firmware_bridge.osdp_reader.peripheral import Peripheral
from firmware_bridge.times import DoorwayConfig
from tests.firmware_bridge.osdp.hosting import Hosted
from tests.firmware_bridge.osdp.peers import KEY, Wire

PATIENCE_S = 20.0

#: Every input wired, and times so short that a test need not wait for them.
FULL = GpioConfig(
    relay_pin=17,
    contact_pin=22,
    exit_button_pin=23,
    beam_outer_pin=24,
    beam_inner_pin=25,
    pulse_s=0.3,
    debounce_ms=10,
    held_open_s=0.3,
    latch_grace_s=0.2,
)
LOW = FULL.model_copy(
    update={
        "relay_active_low": True,
        "contact_active_low": True,
        "exit_button_active_low": False,
        "beam_active_low": False,
    }
)

_Event = TypeVar("_Event", bound=DoorEvent)


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.events: list[DoorEvent] = []
        self._news = threading.Condition()

    def __call__(self, event: DoorEvent) -> None:
        with self._news:
            self.events.append(event)
            self._news.notify_all()

    def of(self, kind: type[_Event]) -> list[_Event]:
        with self._news:
            return [event for event in self.events if isinstance(event, kind)]

    def wait(self, kind: type[_Event], number: int = 1) -> _Event:
        """The ``number``-th event of its kind, as soon as it has come."""
        with self._news:
            came = self._news.wait_for(lambda: len(self.of(kind)) >= number, PATIENCE_S)
        assert came, f"{number} × {kind.__name__} did not come: {self.events}"
        return self.of(kind)[number - 1]


def until(true: Callable[[], bool]) -> bool:
    """Whether it came true in good time."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.005)
    return False


class Rig(Protocol):
    door: Door
    stride_s: float

    def relay(self) -> bool: ...

    def openings(self) -> int: ...

    def set(self, which: Input, active: bool) -> None: ...

    def close(self) -> None: ...


class SwitchedPin(MockPin):
    """A mock pin with a switch on it, which is stronger than the pull of the pin."""

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        level = self.factory.switches.get(self.info.name)
        if level is not None:
            (self.drive_high if level else self.drive_low)()


class PinRig:
    """The real form on gpiozero's own mock pins."""

    stride_s = 0.04

    def __init__(self, config: GpioConfig) -> None:
        self.factory = MockFactory(pin_class=SwitchedPin)
        self.factory.switches = {f"GPIO{pin}": low for pin, low in wired(config).values()}
        self._config = config
        self._relay = self.factory.pin(config.relay_pin)
        if config.relay_active_low:
            # The board's own resistor holds its input high.
            self._relay.drive_high()
            self._relay.clear_states()
        self.door: Door = GpioDoor(config, lambda: self.factory)

    def relay(self) -> bool:
        return bool(self._relay.state) is not self._config.relay_active_low

    def openings(self) -> int:
        states = [state.state for state in self._relay.states]
        on = not self._config.relay_active_low
        return sum(later is on and earlier is not on for earlier, later in pairwise(states))

    def set(self, which: Input, active: bool) -> None:
        number, active_low = wired(self._config)[which]
        level = active is not active_low
        self.factory.switches[f"GPIO{number}"] = level
        pin = self.factory.pin(number)
        (pin.drive_high if level else pin.drive_low)()

    def close(self) -> None:
        self.door.close()


class BenchRig:
    """The mock form, wired to a bench through a socket."""

    stride_s = 0.04

    def __init__(self, config: GpioConfig) -> None:
        self._closing = ExitStack()
        self.bench = self._closing.enter_context(Bench(config, stride_s=self.stride_s))
        self.door = make_door(DoorConfig(kind="mock", gpio=config, simulator=self.bench.address))
        self._closing.callback(self.door.close)

    def relay(self) -> bool:
        return self.bench.unlocked

    def openings(self) -> int:
        return self.bench.openings

    def set(self, which: Input, active: bool) -> None:
        self.bench.set(which, active=active)

    def close(self) -> None:
        self._closing.close()


def on_a_line(config: GpioConfig, port: str, key_file: Path) -> OsdpConfig:
    """The same door with one reader in place of the pins: its inputs in the order of `Input`."""
    times = {name: getattr(config, name) for name in DoorwayConfig.model_fields}
    inputs = {
        which.value: InputAt(reader="lane", input=list(Input).index(which), active_high=not active_low)
        for which, (_, active_low) in wired(config).items()
    }
    return OsdpConfig(
        **times,
        **inputs,
        port=port,
        baud=115200,
        readers={"lane": ReaderConfig(address=5, key_file=key_file)},
        lock=Output(reader="lane"),
    )


class LineRig:
    """The form with an OSDP reader, in a secure channel over a pseudo-terminal."""

    # A reader is asked how its inputs stand some twenty times a second.
    stride_s = 0.15

    def __init__(self, config: GpioConfig) -> None:
        self._closing = ExitStack()
        key_file = Path(self._closing.enter_context(TemporaryDirectory())) / "lane.key"
        key_file.touch(mode=0o600)
        key_file.write_text(KEY.hex())
        wire = Wire()
        self._closing.callback(wire.close)
        self.reader = Hosted(wire, Peripheral(5, KEY))
        self._closing.callback(self.reader.close)
        self.config = on_a_line(config, wire.panel, key_file)
        for which in self.config.inputs:
            self.set(Input(which), active=False)
        self.door = make_door(DoorConfig(kind="osdp", osdp=self.config))
        self._closing.callback(self.door.close)

    def relay(self) -> bool:
        return self.reader.relay()

    def openings(self) -> int:
        return self.reader.openings()

    def set(self, which: Input, active: bool) -> None:
        at = self.config.inputs[which.value]
        self.reader.set_input(at.input, active=active is at.active_high)

    def close(self) -> None:
        self._closing.close()


RIGS: dict[str, Callable[[GpioConfig], Rig]] = {"gpio": PinRig, "mock": BenchRig, "osdp": LineRig}
