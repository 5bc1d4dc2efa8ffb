"""One reader and ten thousand orders on a line with noise, in times that are made up: the session against the simulated reader."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from firmware_bridge.osdp.commands import pulse
from firmware_bridge.osdp.frame import Deframer, Frame
from firmware_bridge.osdp.replies import Inputs
from firmware_bridge.osdp.session import (
    OFFLINE_S,
    REPLY_S,
    Alarmed,
    Done,
    Event,
    Failed,
    Offline,
    Online,
    Order,
    Session,
    Told,
)
from firmware_bridge.osdp_reader.events import OutputOrdered
from firmware_bridge.osdp_reader.peripheral import Peripheral

KEY = bytes(range(0x40, 0x50))
#: How long a frame and its answer are on their way.
TRIP_S = 0.01


@dataclass
class Track:
    """A line in made-up time. ``noise`` may alter all that travels; a dead one carries nothing."""

    session: Session
    reader: Peripheral
    noise: Callable[[bytes], bytes] = bytes
    now: float = 0.0
    dead: bool = False
    events: list[Event] = field(default_factory=list)

    def turn(self) -> None:
        """The session says one thing and hears what comes of it, or time goes on to when it wants to."""
        data, events = self.session.to_send(self.now)
        self.events += events
        if data is None:
            self.now = max(self.now + 0.001, min(self.session.due, self.now + 1))
            return
        answer = b"" if self.dead else self.reader.receive(self.noise(data), self.now + TRIP_S / 2)
        self.now += TRIP_S
        for _, frame in Deframer().feed(self.noise(answer)):
            came = self.session.received(frame, self.now)
            if came is not None:
                self.events += came
                return
        self.now += REPLY_S
        self.events += self.session.timed_out(self.now)

    def until(self, true: Callable[[], bool], within_s: float) -> float:
        """How long it took; it must come within so many made-up seconds."""
        begun = self.now
        while not true():
            assert self.now - begun < within_s, self.events[-5:]
            self.turn()
        return self.now - begun

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def pulses(self) -> int:
        return sum(isinstance(event, OutputOrdered) for event in self.reader.take_events())


def track(seed: int = 1) -> Track:
    dice = random.Random(seed)
    reader = Peripheral(5, KEY, random=dice.randbytes)
    return Track(Session(5, KEY, dice.randbytes, 0.0), reader)


def noisy(share: float, seed: int) -> Callable[[bytes], bytes]:
    dice = random.Random(seed)
    return lambda data: bytes(
        byte ^ (1 << dice.randrange(8)) if dice.random() < share else byte for byte in data
    )


def test_of_ten_thousand_orders_on_a_line_with_noise_each_has_one_word_and_is_done_once() -> None:
    line = track()
    line.noise = noisy(0.001, 2)
    orders = []
    for _ in range(10_000):
        order = Order(pulse(0, 1.0), line.now + 5.0)
        orders.append(order)
        line.session.submit(order, line.now)
        heard = len(line.events)
        line.until(
            lambda heard=heard: any(isinstance(event, Done | Failed) for event in line.events[heard:]), 30
        )
    words = Counter(event.order for event in line.events if isinstance(event, Done | Failed))
    assert set(words) == set(orders)
    assert set(words.values()) == {1}
    done = len(line.of(Done))
    # What was reported done was done, and only once; what failed may have been done.
    assert done <= line.pulses() <= len(orders)
    assert done > 0.99 * len(orders)
    assert line.of(Offline) == []


@pytest.mark.parametrize("dead_s", [0.1, 1, 7.9, OFFLINE_S, 9, 12.3, 60, 3600, 86_400])
def test_a_dead_line_that_comes_alive_is_back_within_ten_seconds(dead_s: float) -> None:
    line = track()
    line.until(lambda: bool(line.of(Online)), 1)
    line.dead = True
    ends = line.now + dead_s
    order = Order(pulse(0, 1.0), line.now + 0.5)
    line.session.submit(order, line.now)
    while line.now < ends:
        line.turn()
    line.dead = False
    line.events.clear()
    line.pulses()
    line.until(
        lambda: any(isinstance(event, Told) and isinstance(event.reply, Inputs) for event in line.events), 10
    )
    assert line.session.online
    assert line.session.secure
    assert line.pulses() == 0 or dead_s < REPLY_S


def test_each_order_on_a_line_that_dies_is_reported_and_none_is_sent_late() -> None:
    line = track()
    line.until(lambda: bool(line.of(Online)), 1)
    line.dead = True
    orders = [Order(pulse(0, 1.0), line.now + 0.5) for _ in range(5)]
    for order in orders:
        line.session.submit(order, line.now)
    line.until(lambda: len(line.of(Failed)) == len(orders), OFFLINE_S)
    line.dead = False
    line.until(lambda: line.session.secure, 10)
    assert line.pulses() == 0
    assert line.of(Done) == []


def test_a_reader_that_restarts_is_agreed_with_anew_and_raises_no_alarm() -> None:
    line = track()
    line.until(lambda: bool(line.of(Online)), 1)
    for number in range(20):
        line.reader = Peripheral(5, KEY, random=random.Random(number).randbytes)
        order = Order(pulse(0, 1.0), line.now + 20)
        line.session.submit(order, line.now)
        line.until(lambda order=order: order in {getattr(event, "order", None) for event in line.events}, 20)
        line.until(lambda: line.session.secure, 20)
    assert line.of(Alarmed) == []


def test_a_reply_in_clear_while_secure_is_an_alarm_and_nothing_else() -> None:
    line = track()
    line.until(lambda: bool(line.of(Online)), 1)
    line.until(lambda: any(isinstance(event, Told) for event in line.events), 1)
    order = Order(pulse(0, 1.0), line.now + 1)
    line.session.submit(order, line.now)
    data, _ = line.session.to_send(line.now + 0.05)
    assert data is not None
    line.events.clear()
    came = line.session.received(Frame(5, data[4] & 3, 0x40, reply=True), line.now + 0.06)
    assert came is not None
    assert came[0] == Alarmed("reply_in_clear")
    assert [type(event) for event in came[1:]] == [Failed]
    assert not line.session.secure


def test_how_things_stood_before_a_reader_was_asked_is_not_told() -> None:
    line = track()
    for active in (True, False, True):
        line.reader.set_input(0, active=active, now=0.0)
    line.until(
        lambda: any(isinstance(event, Told) and isinstance(event.reply, Inputs) for event in line.events), 5
    )
    (first, *_) = [
        event.reply for event in line.events if isinstance(event, Told) and isinstance(event.reply, Inputs)
    ]
    assert first.active[0] is True
    for _ in range(50):
        line.turn()
    assert all(
        event.reply.active[0]
        for event in line.events
        if isinstance(event, Told) and isinstance(event.reply, Inputs)
    )


def test_an_order_that_keeps_a_reader_busy_is_given_up() -> None:
    line = track()
    line.until(lambda: bool(line.of(Online)), 1)
    order = Order(pulse(0, 1.0), line.now + 0.5)
    line.session.submit(order, line.now)
    ends = line.now + 5
    while line.now < ends and not line.of(Failed):
        data, _ = line.session.to_send(line.now)
        line.now += 0.02
        if data is not None:
            line.events += line.session.received(Frame(5, data[4] & 3, 0x79, reply=True), line.now) or []
    assert [event.order for event in line.events if isinstance(event, Failed)] == [order]
    line.until(lambda: line.session.secure, 10)
    assert line.pulses() == 0
