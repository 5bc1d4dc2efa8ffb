"""A door on GPIO pins through gpiozero: carries out what `doorway` decides.

Three threads meet here. The pin library's thread brings edges; the *timer* thread lets the relay fall, settles
inputs and looks for edges that the library lost; the *telling* thread calls the listener, so that a listener that
hangs keeps nobody inside. Whatever the pins raise becomes `LinkLost`, and the timer tries again until they answer.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from queue import SimpleQueue
from typing import Any

import gpiozero

from firmware_bridge.config import GpioConfig
from firmware_bridge.doorway import Doorway, Input
from firmware_bridge.errors import NoPinFactoryError, PinsError
from firmware_bridge.interface import DoorEvent, LinkLost, LinkUp, Listener, Released

log = logging.getLogger(__name__)

#: How often the timer compares what it knows of the inputs with the pins, and tries a lost door again, in seconds.
_LOOK_S = 0.5

_FACTORIES = {
    "rpigpio": ("gpiozero.pins.rpigpio", "RPiGPIOFactory"),
    "pigpio": ("gpiozero.pins.pigpio", "PiGPIOFactory"),
    "native": ("gpiozero.pins.native", "NativeFactory"),
}


def pin_factory(name: str) -> gpiozero.pins.Factory:
    """The pin factory of gpiozero's of that name, newly made; raises `NoPinFactoryError`."""
    try:
        if name == "lgpio":
            from firmware_bridge.steady_lgpio import SteadyLGPIOFactory

            return SteadyLGPIOFactory()
        module, factory = _FACTORIES[name]
        return getattr(import_module(module), factory)()
    except Exception as error:
        raise NoPinFactoryError(
            f"the pins cannot be driven ({type(error).__name__}: {error})",
            where=f"door.pin_factory: {name}",
            mend="run this on a Raspberry Pi as a user of the group gpio, or take kind: mock on a desk",
        ) from error


def wired(config: GpioConfig) -> dict[Input, tuple[int, bool]]:
    """The inputs that are there: their pin, and whether a low level means active."""
    inputs = {
        Input.CONTACT: (config.contact_pin, config.contact_active_low),
        Input.EXIT: (config.exit_button_pin, config.exit_button_active_low),
        Input.OUTER: (config.beam_outer_pin, config.beam_active_low),
        Input.INNER: (config.beam_inner_pin, config.beam_active_low),
    }
    return {which: (pin, low) for which, (pin, low) in inputs.items() if pin is not None}


class GpioDoor:
    """A relay, and what is wired of contact, exit button and beams. See `interface.Door` for what it promises.

    Args:
        config: pins, polarities and times.
        factory: makes gpiozero's pins; called by `start`, closed by `close`.
        clock: seconds of the monotonic clock.
    """

    has_lock = True

    def __init__(
        self,
        config: GpioConfig,
        factory: Callable[[], gpiozero.pins.Factory],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.counts_entries = config.counts_entries
        self.counts_exits = config.counts_exits
        self._config = config
        self._make_factory = factory
        self._clock = clock
        # Re-entrant: mock pins call back from inside the write of a pin.
        self._wake = threading.Condition(threading.RLock())
        self._news: SimpleQueue[DoorEvent | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._factory: Any = None
        self._relay: Any = None
        self._inputs: dict[Input, Any] = {}
        self._doorway: Doorway | None = None
        self._relay_on = False
        self._lost: str | None = None

    def start(self, on_event: Listener) -> None:
        """As `Door.start`. The relay is off, and how the door stands is told, before this returns."""
        with self._wake:
            if self._doorway is not None:
                return
            self._factory = self._make_factory()
            try:
                self._take_pins()
            except Exception as error:
                self._give_back()
                raise PinsError(
                    f"the pins cannot be taken ({type(error).__name__}: {error})",
                    where="door.gpio",
                    mend="see that no other program uses them, and that this user is of the group gpio",
                ) from error
            levels = {which: self._active(which) for which in self._inputs}
            self._doorway = Doorway(self._config, levels, self._clock())
            self._threads = [
                threading.Thread(target=self._tell, args=(on_event,), name="door-telling", daemon=True),
                threading.Thread(target=self._keep_time, name="door-timer", daemon=True),
            ]
            self._mend_link()
            self._move(self._doorway.advance(self._clock()))
        for thread in self._threads:
            thread.start()

    def release(self, ticket: int) -> None:
        """As `Door.release`."""
        with self._wake:
            if self._doorway is None:
                return
            now = self._clock()
            events = self._doorway.advance(now)
            self._doorway.release(now)
            if self._drive(on=True):
                events.append(Released(self._clock(), ticket))
            else:
                self._doorway.release_failed(now)
            self._move(events)

    def close(self) -> None:
        """As `Door.close`."""
        with self._wake:
            if self._doorway is None:
                return
            self._doorway = None
            self._drive(on=False)
            self._give_back()
            self._news.put(None)
            self._wake.notify_all()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(timeout=2)

    def why_lost(self) -> str | None:
        """Why the door cannot be driven although its pins do not complain; a Pi's own pins have no such reason."""
        return None

    def look_at_link(self) -> None:
        """The answer of `why_lost` may have changed."""
        with self._wake:
            if self._doorway is not None:
                self._mend_link()

    def _take_pins(self) -> None:
        self._relay = gpiozero.OutputDevice(
            self._config.relay_pin,
            active_high=not self._config.relay_active_low,
            initial_value=False,
            pin_factory=self._factory,
        )
        self._relay_on = False
        for which, (pin, _) in wired(self._config).items():
            # Pulled up, gpiozero calls a low level "active"; what it means here is said by the config.
            device = gpiozero.DigitalInputDevice(pin, pull_up=True, pin_factory=self._factory)
            device.when_activated = partial(self._edge, which, True)
            device.when_deactivated = partial(self._edge, which, False)
            self._inputs[which] = device

    def _give_back(self) -> None:
        for device in (*self._inputs.values(), self._relay, self._factory):
            try:
                if device is not None:
                    device.close()
            except Exception:
                log.exception("a pin could not be given back")
        self._inputs, self._relay, self._factory = {}, None, None

    def _active(self, which: Input) -> bool:
        low_means = wired(self._config)[which][1]
        return bool(self._inputs[which].is_active) is low_means

    def _edge(self, which: Input, low: bool) -> None:  # noqa: FBT001 - gpiozero refuses keyword-only handlers
        """Called by the pin library, whose thread must not die of us."""
        with self._wake:
            if self._doorway is None:
                return
            try:
                active = low is wired(self._config)[which][1]
                self._move(self._doorway.edge(which, active, self._clock()))
            except Exception as error:
                log.exception("an edge of %s was lost", which)
                self._fault(f"{which}: {error}")
            self._wake.notify_all()

    def _keep_time(self) -> None:
        with self._wake:
            while (doorway := self._doorway) is not None:
                try:
                    self._look(doorway)
                except Exception as error:
                    log.exception("the door's pins do not answer")
                    self._fault(str(error))
                due = doorway.due
                self._wake.wait(_LOOK_S if due is None else min(_LOOK_S, max(0.0, due - self._clock())))

    def _look(self, doorway: Doorway) -> None:
        if self._lost:
            self._mend_link()
        events = doorway.advance(self._clock())
        for which in self._inputs:
            # An interrupt may be lost, a level stays: an edge that says nothing new changes nothing.
            events += doorway.edge(which, self._active(which), self._clock())
        self._move(events)

    def _move(self, events: list[DoorEvent]) -> None:
        """Bring the relay to where it belongs, then tell."""
        if self._doorway is not None:
            due = self._doorway.relay(self._clock())
            if due != self._relay_on:
                self._drive(on=due)
        for event in events:
            self._news.put(event)
        self._wake.notify_all()

    def _drive(self, *, on: bool) -> bool:
        """Write the relay, even where it stands so already: a repeated release is a write of its own."""
        try:
            why = self.why_lost()
            if why and on:
                self._fault(why)
                return False
            (self._relay.on if on else self._relay.off)()
        except Exception as error:
            log.exception("the relay does not move")
            self._fault(f"the relay does not move: {error}")
            return False
        self._relay_on = on
        return True

    def _fault(self, why: str) -> None:
        if self._lost is None:
            self._news.put(LinkLost(self._clock(), why))
        self._lost = why

    def _mend_link(self) -> None:
        why = self.why_lost()
        if why:
            self._fault(why)
        elif self._lost and self._doorway is not None:
            for which in self._inputs:
                self._active(which)
            if self._drive(on=self._doorway.relay(self._clock())):
                self._lost = None
                self._news.put(LinkUp(self._clock()))

    def _tell(self, on_event: Listener) -> None:
        while (event := self._news.get()) is not None:
            try:
                on_event(event)
            except Exception:
                log.exception("the listener did not take %s", event)
