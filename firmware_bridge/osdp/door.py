"""A door whose lock and inputs hang on OSDP readers: carries out what `doorway` decides.

* A release is one timed pulse of the reader's own output: the reader ends it, whatever becomes of us.
* `release` waits until the reader has acknowledged the pulse, or failed to; what failed is not made up for later.
* An exit press releases here, at once; while the button is held the pulse is renewed before it ends.
* A port that is gone, a reader that does not answer, or one whose inputs are not known is `LinkLost`, until all that the
  door needs is there again. So is a reader that left a release without an answer, until it answers something.

Three threads meet here, as in `gpio`: the line's brings what readers say, the *timer* settles inputs and renews pulses, the
*telling* thread calls the listener.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

from firmware_bridge.doorway import Doorway, Input
from firmware_bridge.interface import (
    DoorEvent,
    ExitPressed,
    LineAlarm,
    LinkLost,
    LinkUp,
    Listener,
    Released,
    Tampered,
    TamperEnded,
)
from firmware_bridge.osdp.commands import INPUT_STATUS, POLL, Command, CommandCode, pulse, switch_off
from firmware_bridge.osdp.config import OsdpConfig
from firmware_bridge.osdp.keys import load_key
from firmware_bridge.osdp.line import Line
from firmware_bridge.osdp.link import Link
from firmware_bridge.osdp.replies import Inputs, LocalStatus
from firmware_bridge.osdp.session import Alarmed, Done, Event, Failed, Offline, Online, Order, Session, Told
from firmware_bridge.osdp.trace import Trace

log = logging.getLogger(__name__)

#: How long `start` waits for the readers before it says that they are not there.
_GREET_S = 3.0
#: How often the readers are asked how their inputs stand (a report may be lost, a level stays), or whether they are there.
_LOOK_S = 1.0
#: How long a release may wait for its first sending, an exit press, and how long `release` waits for the answer.
_ORDER_S = 0.5
_EXIT_S = 2.0
_ANSWER_S = 3.0
#: The same trouble on the line is told once in so long.
_ALARM_S = 60.0


class OsdpDoor:
    """See `interface.Door` for what it promises.

    Args:
        config: the line, its readers, and what is wired to them.
        random: the operating system's random numbers.
        clock: seconds of the monotonic clock.
    """

    has_lock = True

    def __init__(
        self,
        config: OsdpConfig,
        *,
        random: Callable[[int], bytes] = os.urandom,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.counts_entries = config.counts_entries
        self.counts_exits = config.counts_exits
        self._config = config
        self._random = random
        self._clock = clock
        self._wake = threading.Condition(threading.RLock())
        self._news: SimpleQueue[DoorEvent | None] = SimpleQueue()
        self._wires = {
            (at.reader, at.input): (Input(name), at.active_high) for name, at in config.inputs.items()
        }
        self._link = Link(config.lock.reader, set(self._wires))
        self._waiting: dict[Order, bool | None] = {}
        self._starting = True
        self._lost = False
        self._closing = False
        self._doorway: Doorway | None = None
        self._known: dict[Input, bool] = {}
        self._pulse_until = self._renew_at = self._look_at = float("-inf")
        self._tampered: set[str] = set()
        self._alarmed: dict[tuple[str, str], float] = {}
        self._line: Line | None = None
        self._trace: Trace | None = None
        self._threads: list[threading.Thread] = []

    def start(self, on_event: Listener) -> None:
        """As `Door.start`. Waits some seconds for the readers; where they do not answer, the link is lost until they do.

        Raises:
            BridgeError: a key file or the trace cannot be used.
        """
        with self._wake:
            if self._line is not None or self._closing:
                return
            keys = {
                name: load_key(reader.key_file) if reader.key_file else None
                for name, reader in self._config.readers.items()
            }
            now = self._clock()
            sessions = {
                name: Session(reader.address, keys[name], self._random, now)
                for name, reader in self._config.readers.items()
            }
            self._trace = Trace(self._config.trace) if self._config.trace else None
            self._line = Line(
                self._config.port, self._config.baud, sessions, self._heard, self._port, self._trace
            )
            self._threads = [
                threading.Thread(target=self._tell, args=(on_event,), name="door-telling", daemon=True),
                threading.Thread(target=self._keep_time, name="door-timer", daemon=True),
            ]
            for thread in self._threads:
                thread.start()
            self._line.start()
            self._wake.wait_for(lambda: self._closing or not self._link.why, _GREET_S)
            self._starting = False
            self._judge()

    def release(self, ticket: int) -> None:
        """As `Door.release`."""
        with self._wake:
            line, doorway = self._line, self._doorway
            if line is None or doorway is None or self._closing or self._link.why:
                # Nothing is sent that might be carried out when nobody stands there any more.
                return
            self._put(doorway.advance(self._clock()))
            # If it fails, it may have moved all the same: a leaf that opens now was not forced.
            doorway.release(self._clock())
            done = self._wait_for(line, self._pulse(line, _ORDER_S))
            if done:
                self._news.put(Released(self._clock(), ticket))

    def close(self) -> None:
        """As `Door.close`. A pulse that runs is ended, where the reader still hears it."""
        with self._wake:
            line = self._line
            if line is None or self._closing:
                return
            self._closing = True
            if self._clock() < self._pulse_until and self._link.answers(self._config.lock.reader):
                off = self._order(switch_off(self._config.lock.output), _ORDER_S)
                line.submit(self._config.lock.reader, off)
                self._wait_for(line, off)
            self._line = self._doorway = None
            self._wake.notify_all()
        line.close()
        self._news.put(None)
        if self._trace is not None:
            self._trace.close()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(timeout=2)

    # From the line's thread

    def _port(self, why: str | None) -> None:
        with self._wake:
            self._link.port(why and f"{self._config.port}: {why}")
            self._judge()

    def _heard(self, reader: str, event: Event) -> None:
        with self._wake:
            match event:
                case Online(secure=secure):
                    log.info("reader %s answers%s", reader, "" if secure else ", in clear")
                    self._link.online(reader)
                case Offline():
                    log.warning("reader %s does not answer", reader)
                    self._link.offline(reader)
                case Told(reply=Inputs(active=active)):
                    self._levels(reader, active)
                case Told(reply=LocalStatus() as status):
                    self._local(reader, status)
                case Done(order=order):
                    self._settle(reader, order, done=True)
                case Failed(order=order):
                    self._settle(reader, order, event)
                case Alarmed(what=what):
                    self._alarm(reader, what)
                case _:
                    log.debug("reader %s: %s", reader, event)
            self._judge()

    def _settle(self, reader: str, order: Order, failed: Failed | None = None, *, done: bool = False) -> None:
        """The one word about an order."""
        # A refusal is an answer, too.
        answered = done or (failed is not None and failed.why == "refused")
        if order.command.code is CommandCode.OUT:
            if done:
                self._pulse_until = max(self._pulse_until, self._clock() + self._config.pulse_s)
            elif not self._closing and failed is not None:
                said = failed.refusal.name if failed.refusal else failed.why
                log.warning("reader %s did not acknowledge its output: %s", reader, said)
                self._link.doubt(reader)
                self._look_at = float("-inf")
        elif answered:
            self._link.trust(reader)
        if order in self._waiting:
            self._waiting[order] = done

    def _levels(self, reader: str, active: tuple[bool, ...]) -> None:
        """How the reader's inputs stand."""
        found = {
            which: active[number] is high
            for (name, number), (which, high) in self._wires.items()
            if name == reader and number < len(active)
        }
        self._link.told(reader, len(active))
        self._known = {**self._known, **found}
        now = self._clock()
        if self._doorway is not None:
            for which, level in found.items():
                self._put(self._doorway.edge(which, level, now))
        elif found.get(Input.EXIT) and self._line is not None and not self._closing:
            # Not all that the door needs is there yet: nobody is held inside for that.
            self._pulse(self._line, _EXIT_S)

    def _local(self, reader: str, status: LocalStatus) -> None:
        if status.power_failed:
            log.warning("reader %s: its power fails", reader)
        if status.tampered and reader not in self._tampered:
            self._tampered.add(reader)
            self._news.put(Tampered(self._clock(), reader))
        elif not status.tampered and reader in self._tampered:
            self._tampered.remove(reader)
            self._news.put(TamperEnded(self._clock(), reader))

    def _alarm(self, reader: str, what: str) -> None:
        now = self._clock()
        if now - self._alarmed.get((reader, what), float("-inf")) >= _ALARM_S:
            self._alarmed[reader, what] = now
            log.error("reader %s: %s", reader, what)
            self._news.put(LineAlarm(now, reader, what))

    def _judge(self) -> None:
        """Begin when all is known, and tell when the link goes or comes."""
        now, why = self._clock(), self._link.why
        if not why and self._doorway is None and not self._closing:
            self._doorway = Doorway(self._config, self._known, now)
            self._put(self._doorway.advance(now))
        if why and not self._lost and not self._starting:
            self._lost = True
            self._news.put(LinkLost(now, why))
        elif not why and self._lost:
            self._lost = False
            self._news.put(LinkUp(now))
        self._wake.notify_all()

    # From the timer's thread

    def _keep_time(self) -> None:
        with self._wake:
            while (line := self._line) is not None and not self._closing:
                now = self._clock()
                due = self._look_at
                try:
                    if now >= self._look_at:
                        self._look(line)
                        self._look_at = now + _LOOK_S
                    due = self._look_at
                    if self._doorway is not None:
                        self._put(self._doorway.advance(now))
                        due = min(due, self._renew(line, self._doorway, now), self._doorway.due or due)
                except Exception:
                    log.exception("the door's timer stumbled")
                    due = now + _LOOK_S
                self._wake.wait(max(0.001, due - self._clock()))

    def _look(self, line: Line) -> None:
        """Ask what may have been lost on the way."""
        for reader in self._link.to_ask:
            line.submit(reader, self._order(INPUT_STATUS if self._link.has_inputs(reader) else POLL, _LOOK_S))

    def _renew(self, line: Line, doorway: Doorway, now: float) -> float:
        """Keep the door open while the exit button is held; when to do so next. A button that cannot be seen is not held."""
        if not doorway.exit_held or not self._known.get(Input.EXIT) or not self._sees_exit():
            return float("inf")
        if now >= self._renew_at:
            self._pulse(line, _ORDER_S)
        return self._renew_at

    def _sees_exit(self) -> bool:
        at = self._config.exit_button
        return at is not None and self._link.sound(at.reader) and self._link.sound(self._config.lock.reader)

    # From any thread, with the lock held

    def _pulse(self, line: Line, within_s: float) -> Order:
        now = self._clock()
        order = self._order(pulse(self._config.lock.output, self._config.pulse_s), within_s)
        self._pulse_until = now + within_s + self._config.pulse_s
        self._renew_at = now + self._config.pulse_s / 2
        line.submit(self._config.lock.reader, order)
        return order

    def _order(self, command: Command, within_s: float) -> Order:
        return Order(command, self._clock() + within_s)

    def _wait_for(self, line: Line, order: Order) -> bool:
        """Whether it was done. ``order`` has been submitted with the lock held, so its word is still to come."""
        self._waiting[order] = None
        self._wake.wait_for(lambda: self._waiting[order] is not None or self._line is not line, _ANSWER_S)
        return bool(self._waiting.pop(order))

    def _put(self, events: list[DoorEvent]) -> None:
        for event in events:
            if isinstance(event, ExitPressed) and self._line is not None and not self._closing:
                self._pulse(self._line, _EXIT_S)
            self._news.put(event)
        if events:
            self._wake.notify_all()

    def _tell(self, on_event: Listener) -> None:
        while (event := self._news.get()) is not None:
            try:
                on_event(event)
            except Exception:
                log.exception("the listener did not take %s", event)
