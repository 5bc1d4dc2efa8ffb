"""Our panel against somebody else's reader, over a real pseudo-terminal."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator

import osdp
import pytest

from firmware_bridge.osdp.commands import Colour, buzzer, lamp, pulse
from firmware_bridge.osdp.replies import Capabilities, Card, Identification, Keys, LocalStatus
from firmware_bridge.osdp.secure import DEFAULT_KEY
from firmware_bridge.osdp.session import Alarmed, Done, Failed, Installed, Offline, Session, Told
from tests.firmware_bridge.osdp.peers import KEY, Panel, Reader, Wire, until

OUTPUT, LED, BUZZER = 1, 2, 3


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


def session(key: bytes | None = KEY, *, install: bool = False) -> Session:
    return Session(5, key, os.urandom, time.monotonic(), install=install)


@pytest.fixture
def reader(wire: Wire) -> Iterator[Reader]:
    made = Reader(wire)
    yield made
    made.close()


@pytest.fixture
def panel(wire: Wire, reader: Reader) -> Iterator[Panel]:
    with Panel(wire.panel, session()) as made:
        made.online()
        yield made


def test_it_comes_online_in_a_secure_channel_and_says_who_it_is(panel: Panel) -> None:
    assert panel.online().secure
    kinds = {Identification, Capabilities, LocalStatus}
    assert panel.wait(lambda _: kinds <= {type(told.reply) for told in panel.of(Told)})


def test_a_pulse_reaches_the_relay_with_its_time(panel: Panel, reader: Reader) -> None:
    assert isinstance(panel.do(pulse(0, 3.0)), Done)
    (told,) = reader.said(OUTPUT)
    assert (told["output_no"], told["control_code"], told["timer_count"]) == (0, 5, 30)


def test_lamp_and_buzzer_are_understood(panel: Panel, reader: Reader) -> None:
    assert isinstance(panel.do(lamp(Colour.GREEN, for_s=2.0)), Done)
    assert isinstance(panel.do(lamp(Colour.RED)), Done)
    assert isinstance(panel.do(buzzer(times=2)), Done)
    for_a_while, for_good = reader.said(LED)
    assert (for_a_while["temporary"], for_a_while["on_color"], for_a_while["timer_count"]) == (True, 2, 20)
    assert (for_good["temporary"], for_good["on_color"]) == (False, 1)
    assert reader.said(BUZZER)[0]["rep_count"] == 2


def test_cards_and_keys_are_heard_and_not_shown_in_logs(panel: Panel, reader: Reader) -> None:
    reader.tell(
        {
            "event": osdp.Event.CardRead,
            "reader_no": 0,
            "direction": 0,
            "format": osdp.CardFormat.Wiegand,
            "length": 26,
            "data": bytes((0x12, 0x34, 0x56, 0x40)),
        }
    )
    reader.tell({"event": osdp.Event.KeyPress, "reader_no": 0, "data": b"1234"})
    assert panel.wait(lambda _: {Card, Keys} <= {type(told.reply) for told in panel.of(Told)})
    card = next(told.reply for told in panel.of(Told) if isinstance(told.reply, Card))
    keys = next(told.reply for told in panel.of(Told) if isinstance(told.reply, Keys))
    assert (card.bits, card.data) == (26, bytes((0x12, 0x34, 0x56, 0x40)))
    assert keys.keys == "1234"
    assert "123" not in repr(keys)
    assert "\\x12" not in repr(card)


def test_with_another_key_nothing_is_done(wire: Wire, reader: Reader) -> None:
    with Panel(wire.panel, session(bytes(16))) as panel:
        assert panel.wait(lambda _: panel.of(Alarmed))
        assert isinstance(panel.do(pulse(0, 1.0), within_s=0.5), Failed)
    assert reader.said(OUTPUT) == []


def test_a_new_reader_is_given_its_key_once_and_knows_it_from_then_on(wire: Wire) -> None:
    reader = Reader(wire, key=DEFAULT_KEY)
    try:
        with Panel(wire.panel, session(install=True)) as panel:
            assert panel.wait(lambda _: panel.of(Installed)), panel.events
            assert panel.online().secure
            assert isinstance(panel.do(pulse(1, 1.0)), Done)
        assert reader.said(OUTPUT)[0]["output_no"] == 1
    finally:
        reader.close()


def test_a_reader_that_comes_back_to_life_is_online_again(wire: Wire, reader: Reader, panel: Panel) -> None:
    reader.close()
    assert panel.wait(lambda _: panel.of(Offline))
    again = Reader(wire)
    try:
        assert until(lambda: len(panel.of(type(panel.online()))) > 1)
        assert isinstance(panel.do(pulse(0, 1.0)), Done)
        assert len(again.said(OUTPUT)) == 1
    finally:
        again.close()


def test_on_a_line_with_noise_every_order_is_done_or_reported(wire: Wire) -> None:
    dice = random.Random(7)

    def noise(data: bytes) -> bytes:
        return bytes(byte ^ (1 << dice.randrange(8)) if dice.random() < 0.001 else byte for byte in data)

    reader = Reader(wire, noise=noise)
    try:
        with Panel(wire.panel, session()) as panel:
            panel.online()
            words = [panel.do(pulse(0, 1.0)) for _ in range(300)]
        done = sum(isinstance(word, Done) for word in words)
        assert done > len(words) // 2
        # What was reported done was done; what was repeated on the line was not done twice.
        assert done <= len(reader.said(OUTPUT)) <= len(words)
    finally:
        reader.close()
