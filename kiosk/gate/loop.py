"""The loop that carries out what the gate wants: the one place where events meet the log and the door.

Rules:

* One thread. Everything that happens elsewhere (sensors, cameras, sockets, replication) is put into one queue.
* For each event: step the gate; write all its drafts in one durable commit; only then adopt the new state and carry
  out the effects. When the commit fails the new state is dropped, and the gate is told that the log failed.
* The loop feeds the watchdog: if it stands still, the service manager starts the door anew.
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from firmware_bridge.interface import Door
from kiosk.errors import KioskError
from kiosk.gate.clock import LawClock, Look, doubt, jump
from kiosk.gate.daily import Daily, Retention
from kiosk.gate.events import (
    ClockDoubted,
    Event,
    Outcome,
    Release,
    Reply,
    SetClock,
    Stopping,
    StoreChanged,
    Tick,
)
from kiosk.gate.machine import Gate
from kiosk.gate.protocol import Answer
from kiosk.gate.snapshot import Snapshot
from kiosk.gate.state import State
from kiosk.gate.words import refusal_words
from kiosk.ledger.entries import Draft
from kiosk.store import StoreError

log = logging.getLogger(__name__)

#: Seconds between ticks when nothing happens, and between tries to write again after the log failed.
TICK_S = 0.25
RETRY_S = 2.0
#: Seconds between snapshots when nothing changes, so that a page knows that the door lives.
HEARTBEAT_S = 2.0

#: Makes the event once its times are known.
MakeEvent = Callable[[datetime, float], Event | None]


class Log(Retention, Protocol):
    """What the loop needs of the store."""

    def append(self, drafts: tuple[Draft, ...], *, expected_index: int) -> object:
        """Write all drafts durably, or none and raise `StoreError`."""

    def check(self) -> None:
        """Write something that changes nothing, durably, or raise `StoreError`."""


@dataclass(frozen=True)
class Rim:
    """What the loop acts on."""

    store: Log
    door: Door
    #: Called with each new snapshot.
    publish: Callable[[Snapshot], None]
    #: Called once a tick.
    alive: Callable[[], object]
    #: Called after each commit with the number of entries in the log.
    written: Callable[[int], None]


class Loop:
    """Run one gate.

    Args:
        gate: the pure state machine.
        state: where it begins.
        outcome: what beginning wants written and done.
        clock: the law's clock.
        rim: what to act on.
        kept_on: the last day of the law on which what the log adds up to was kept; None: it is to be kept now.
    """

    def __init__(
        self,
        gate: Gate,
        state: State,
        outcome: Outcome,
        clock: LawClock,
        rim: Rim,
        *,
        kept_on: date | None,
    ) -> None:
        self._gate = gate
        self._state = state
        self._first = outcome
        self._clock = clock
        self._rim = rim
        self._queue: queue.SimpleQueue[MakeEvent | None] = queue.SimpleQueue()
        self._answers: dict[str, list[Future[Answer]]] = {}
        self._look: Look | None = None
        self._doubted = False
        self._store_failed_at: float | None = None
        self._daily = Daily(rim.store, kept_on)
        self._published = 0.0
        self._shown: State | None = None

    def put(self, make: MakeEvent) -> None:
        """Hand in an event, from any thread; its times are taken when its turn comes."""
        self._queue.put(make)

    def ask(self, make: MakeEvent, command_id: str) -> Future[Answer]:
        """Hand in a command, from any thread; the future holds what became of it."""
        answer: Future[Answer] = Future()

        def turn(at: datetime, mono: float) -> Event | None:
            self._answers.setdefault(command_id, []).append(answer)
            return make(at, mono)

        self._queue.put(turn)
        return answer

    def stop(self) -> None:
        """End after what is in the queue."""
        self._queue.put(None)

    def now(self) -> datetime:
        """The law's time."""
        return self._clock.now(datetime.now(UTC), time.monotonic())

    def prepare(self) -> None:
        """What has to be done before anybody is served: the start is written, and what is due for erasure is erased."""
        self._commit(self._state, self._first, event=None)
        self._tick()

    def run(self) -> None:
        """Run until `stop`."""
        next_tick = 0.0
        while True:
            if time.monotonic() >= next_tick:
                self._tick()
                next_tick = time.monotonic() + TICK_S
            try:
                make = self._queue.get(timeout=max(0.0, next_tick - time.monotonic()))
            except queue.Empty:
                continue
            if make is None:
                at, mono = self._read_clocks()
                self._handle(Stopping(at=at, mono=mono))
                return
            event = make(*self._read_clocks())
            if event is not None:
                self._handle(event)
                self._show()

    def _tick(self) -> None:
        at, mono = self._read_clocks()
        if self._store_failed_at is not None and mono - self._store_failed_at >= RETRY_S:
            self._try_to_write_again(at, mono)
        self._handle(Tick(at=at, mono=mono))
        self._do_what_is_due(at, mono)
        self._show()
        self._rim.alive()

    def _read_clocks(self) -> tuple[datetime, float]:
        """The law's time and the monotonic clock's; what cannot be right is told before anything is dated by it."""
        wall, mono = datetime.now(UTC), time.monotonic()
        look = Look(wall, mono)
        at = self._clock.now(wall, mono)
        why = doubt(self._clock, self._look, look, self._state.premises.last_at)
        moved = jump(self._look, look)
        self._look = look
        if why and (moved is not None or not self._doubted):
            self._doubted = True
            log.warning("the clock is doubtful: %s", why)
            self._handle(ClockDoubted(at=at, mono=mono, why=why, jump=moved))
        return at, mono

    def _do_what_is_due(self, at: datetime, mono: float) -> None:
        """Never by a clock that is in doubt: what is erased does not come back."""
        if not self._doubted and self._state.doubt is None and self._store_failed_at is None:
            self._daily.look(at, mono, self._written, idle=self._queue.empty())

    def _written(self, event: Event) -> bool:
        """Handle an event; whether the log could take what it writes."""
        self._handle(event)
        return self._store_failed_at is None

    def _try_to_write_again(self, at: datetime, mono: float) -> None:
        self._store_failed_at = mono
        try:
            self._rim.store.check()
        except StoreError as error:
            log.debug("still no log: %s", error)
            return
        self._handle(StoreChanged(at=at, mono=mono, failed=None))

    def _handle(self, event: Event) -> None:
        state, outcome = self._gate.step(self._state, event)
        self._commit(state, outcome, event=event)

    def _commit(self, state: State, outcome: Outcome, *, event: Event | None) -> None:
        if outcome.drafts and not self._write(outcome.drafts, event):
            return
        if isinstance(event, StoreChanged) and event.failed is None:
            self._store_failed_at = None
        self._state = state
        for effect in outcome.effects:
            self._carry_out(effect)

    def _write(self, drafts: tuple[Draft, ...], event: Event | None) -> bool:
        try:
            self._rim.store.append(drafts, expected_index=self._state.premises.next_index)
        except StoreError as error:
            log.error("the log cannot be written: %s", error)  # noqa: TRY400 - the sentence says it all, again and again while a disk is full
            self._store_failed(error, event)
            return False
        self._rim.written(self._state.premises.next_index + len(drafts))
        return True

    def _store_failed(self, error: StoreError, event: Event | None) -> None:
        at, mono = self.now(), time.monotonic()
        self._store_failed_at = mono
        # Knowing that the log has failed, the gate takes the event once more: it keeps what it must not forget
        # (exits, passages) until the log can be written, and says no to the rest.
        for told in (StoreChanged(at=at, mono=mono, failed=error.code), event):
            if told is None or (isinstance(told, StoreChanged) and told.failed is None):
                continue
            self._state, outcome = self._gate.step(self._state, told)
            for effect in outcome.effects:
                self._carry_out(effect)

    def _carry_out(self, effect: Release | Reply | SetClock) -> None:
        match effect:
            case Release(ticket=ticket):
                try:
                    self._rim.door.release(ticket)
                except Exception:
                    # A door that cannot be moved reports it by itself (LinkLost); the log and the count must go on.
                    log.exception("the door did not take release %d", ticket)
            case Reply(command=command, error=None, values=values):
                self._answer(command, Answer(ok=True, values=values))
            case Reply(command=command, error=str() as error, values=values):
                message = refusal_words(error, **values)
                self._answer(command, Answer(ok=False, error=error, message=message, values=values))
            case SetClock(time=when):
                wall, mono = datetime.now(UTC), time.monotonic()
                self._clock = self._clock.set(when, wall, mono)
                self._look, self._doubted = Look(wall, mono), False

    def _answer(self, command: str, answer: Answer) -> None:
        for future in self._answers.pop(command, []):
            future.set_result(answer)

    def _show(self) -> None:
        mono = time.monotonic()
        if self._state is self._shown and mono - self._published < HEARTBEAT_S:
            return
        self._shown, self._published = self._state, mono
        try:
            self._rim.publish(self._gate.snapshot(self._state, self.now(), mono))
        except KioskError:
            log.exception("no snapshot")
