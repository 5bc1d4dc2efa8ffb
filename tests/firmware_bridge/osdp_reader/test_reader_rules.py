"""What the reader does and refuses; no line, no clock but the one that is handed in."""

from __future__ import annotations

import itertools
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.osdp_reader.channel import FACTORY_KEY
from firmware_bridge.osdp_reader.codes import Command, Nak, Reply
from firmware_bridge.osdp_reader.events import ChannelEnded, LampSet
from firmware_bridge.osdp_reader.frames import build, check_bytes, parse
from firmware_bridge.osdp_reader.peripheral import Peripheral
from tests.firmware_bridge.osdp_reader.small_panel import ADDRESS, KEY, SmallPanel, pulse


@pytest.fixture
def panel() -> SmallPanel:
    """In a channel with a reader that has a key of its own."""
    made = SmallPanel(Peripheral(ADDRESS, KEY))
    assert made.handshake().code == Reply.RMAC_I
    return made


def secure(made: SmallPanel, code: int, data: bytes = b"") -> tuple[int, bytes]:
    heard = made.secure(code, data)
    return heard.code, heard.data


def test_a_timed_output_falls_by_itself_when_the_panel_is_silent(panel: SmallPanel) -> None:
    assert secure(panel, Command.OUT, pulse(0, 30)) == (Reply.ACK, b"")
    assert panel.reader.outputs == [True, False]
    started = panel.moved()[0].mono
    assert panel.reader.due == started + 3.0
    panel.later(2.9)
    assert panel.reader.outputs[0]
    panel.later(0.2)
    assert not panel.reader.outputs[0]
    assert [(moved.on, moved.by_itself) for moved in panel.moved()] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("orders", "at_once", "at_last"),
    [
        ([(1, 0)], False, False),
        ([(2, 0)], True, True),
        ([(5, 10)], True, False),
        ([(2, 0), (6, 10)], False, True),
        ([(5, 10), (1, 0)], False, False),
        ([(5, 10), (2, 0)], True, True),
        ([(5, 10), (3, 0)], True, False),
        ([(5, 10), (4, 0)], True, True),
        ([(2, 0), (6, 10), (3, 0)], False, False),
        ([(0, 10)], False, False),
    ],
)
def test_the_control_codes_mean_what_the_specification_says(
    panel: SmallPanel, orders: list[tuple[int, int]], at_once: bool, at_last: bool
) -> None:
    for control, tenths in orders:
        assert secure(panel, Command.OUT, pulse(1, tenths, control))[0] == Reply.ACK
    assert panel.reader.outputs == [False, at_once]
    panel.later(1.5)
    assert secure(panel, Command.OSTAT) == (Reply.OSTATR, bytes((0, at_last)))


def test_an_order_of_several_records_is_done_whole_or_not_at_all(panel: SmallPanel) -> None:
    assert secure(panel, Command.OUT, pulse(0) + pulse(7)) == (Reply.NAK, bytes((Nak.UNABLE,)))
    assert panel.reader.outputs == [False, False]
    assert secure(panel, Command.OUT, pulse(0) + pulse(1)) == (Reply.ACK, b"")
    assert panel.reader.outputs == [True, True]


@pytest.mark.parametrize(
    ("code", "data", "nak"),
    [
        (Command.OUT, pulse()[:3], Nak.LENGTH),
        (Command.OUT, b"", Nak.LENGTH),
        (Command.OUT, pulse(tenths=0), Nak.UNABLE),
        (Command.OUT, pulse(control=9), Nak.UNABLE),
        (Command.LED, bytes(13), Nak.LENGTH),
        (Command.LED, bytes((0, 3)) + bytes(12), Nak.UNABLE),
        (Command.BUZ, bytes(4), Nak.LENGTH),
        (Command.POLL, b"\0", Nak.LENGTH),
        (Command.KEYSET, bytes(18), Nak.LENGTH),
        (0x7C, b"", Nak.UNKNOWN),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(
    panel: SmallPanel, code: int, data: bytes, nak: Nak
) -> None:
    assert secure(panel, code, data) == (Reply.NAK, bytes((nak,)))
    assert secure(panel, Command.POLL) == (Reply.ACK, b"")


@pytest.mark.parametrize("crc", [True, False])
@pytest.mark.parametrize("code", [Command.OUT, Command.LED, Command.BUZ, Command.ISTAT, Command.KEYSET])
def test_a_reader_with_its_key_refuses_everything_but_its_name_in_clear(code: Command, crc: bool) -> None:
    panel = SmallPanel(Peripheral(ADDRESS, KEY), crc=crc)
    panel.reader.card(b"\x12\x34\x56\x40", 26, panel.now)
    assert panel.clear(Command.POLL).code == Reply.ACK
    assert panel.clear(Command.ID, b"\0").code == Reply.PDID
    assert panel.clear(Command.CAP, b"\0").code == Reply.PDCAP
    refused = panel.clear(code, pulse())
    assert (refused.code, refused.data) == (Reply.NAK, bytes((Nak.SECURITY,)))
    assert panel.moved() == []
    panel.handshake()
    assert secure(panel, Command.POLL)[0] == Reply.RAW


def test_a_command_in_clear_changes_nothing_while_a_channel_is_open(panel: SmallPanel) -> None:
    frame = build(ADDRESS, panel.sequence, Command.OUT, pulse())
    refused = parse(panel.raw(frame))
    assert refused is not None and refused.data == bytes((Nak.SECURITY,))
    assert secure(panel, Command.POLL) == (Reply.ACK, b"")
    assert panel.moved() == []


def test_the_same_frame_again_gets_the_same_reply_and_is_not_carried_out_twice(panel: SmallPanel) -> None:
    frame = panel.signed(Command.OUT, pulse(0, 10))
    first = panel.raw(frame)
    panel.later(2.0)
    assert panel.raw(frame) == first
    assert [moved.on for moved in panel.moved()] == [True, False]


def test_a_card_whose_reply_was_lost_is_told_again(panel: SmallPanel) -> None:
    panel.reader.card(b"\x12\x34\x56\x40", 26, panel.now)
    frame = panel.signed(Command.POLL)
    assert panel.raw(frame) == panel.raw(frame)


def test_numbers_out_of_turn_are_refused_and_zero_begins_anew(panel: SmallPanel) -> None:
    for _ in range(4):
        assert secure(panel, Command.POLL)[0] == Reply.ACK
    wrong = panel.sequence % 3 + 1
    answer = parse(panel.raw(build(ADDRESS, wrong, Command.POLL)))
    assert answer is not None and (answer.code, answer.data) == (Reply.NAK, bytes((Nak.SEQUENCE,)))
    assert panel.reader.secure
    panel.sequence = 0
    assert panel.clear(Command.POLL).code == Reply.ACK
    assert not panel.reader.secure
    assert panel.clear(Command.POLL).code == Reply.ACK


def test_a_wrong_mac_is_refused_and_ends_the_channel(panel: SmallPanel) -> None:
    frame = parse(panel.signed(Command.OUT, pulse()))
    assert frame is not None
    forged = frame.signed + bytes(byte ^ 1 for byte in frame.mac)
    answer = parse(panel.raw(forged + check_bytes(forged, crc=True)))
    assert answer is not None and answer.data == bytes((Nak.SECURITY,))
    assert not panel.reader.secure
    assert panel.moved() == []


def test_silence_ends_the_channel_and_old_cards_but_not_what_stands(panel: SmallPanel) -> None:
    assert secure(panel, Command.OUT, pulse(1, 0, 2))[0] == Reply.ACK
    panel.reader.card(b"\x12\x34\x56\x40", 26, panel.now)
    panel.reader.set_input(2, active=True, now=panel.now)
    panel.later(8.5)
    assert [event.why for event in panel.events if isinstance(event, ChannelEnded)] == ["the panel is silent"]
    assert panel.reader.outputs == [False, True]
    panel.handshake()
    assert secure(panel, Command.POLL) == (Reply.ISTATR, bytes((0, 0, 1, 0)))
    assert secure(panel, Command.POLL) == (Reply.ACK, b"")


def test_every_change_of_an_input_is_told_in_its_turn(panel: SmallPanel) -> None:
    for active in (True, False):
        panel.reader.set_input(0, active=active, now=panel.now)
    panel.reader.set_case(open_=True, now=panel.now)
    panel.reader.keys("1*#", panel.now)
    told = [secure(panel, Command.POLL) for _ in range(5)]
    assert told == [
        (Reply.ISTATR, bytes((1, 0, 0, 0))),
        (Reply.ISTATR, bytes(4)),
        (Reply.LSTATR, bytes((1, 0))),
        (Reply.KEYPAD, bytes((0, 3, 0x31, 0x7F, 0x0D))),
        (Reply.ACK, b""),
    ]
    assert secure(panel, Command.LSTAT) == (Reply.LSTATR, bytes((1, 0)))


def test_a_new_reader_obeys_in_clear_until_it_is_given_its_key() -> None:
    kept: list[bytes] = []
    panel = SmallPanel(Peripheral(ADDRESS, keep_key=kept.append), None)
    assert panel.clear(Command.OUT, pulse()).code == Reply.ACK
    assert panel.clear(Command.KEYSET, bytes((1, 16)) + KEY).data == bytes((Nak.SECURITY,))
    assert panel.handshake().code == Reply.RMAC_I
    assert panel.secure(Command.KEYSET, bytes((1, 16)) + KEY, kind=0x15).data == bytes((Nak.SECURITY,))
    assert kept == []
    assert secure(panel, Command.KEYSET, bytes((1, 16)) + KEY) == (Reply.ACK, b"")
    assert kept == [KEY]
    assert secure(panel, Command.POLL) == (Reply.ACK, b"")
    # The factory's key is worth nothing any more.
    assert panel.handshake().data == bytes((Nak.SECURITY,))
    panel.key = KEY
    assert panel.handshake().code == Reply.RMAC_I


def test_a_key_that_cannot_be_kept_is_not_taken() -> None:
    def full(_key: bytes) -> None:
        raise OSError

    panel = SmallPanel(Peripheral(ADDRESS, keep_key=full), None)
    panel.handshake()
    assert secure(panel, Command.KEYSET, bytes((1, 16)) + KEY) == (Reply.NAK, bytes((Nak.UNABLE,)))
    assert not panel.reader.has_own_key


def test_a_panel_with_another_key_gets_no_channel() -> None:
    panel = SmallPanel(Peripheral(ADDRESS, KEY))
    answer = panel.clear(Command.CHLNG, bytes(8), (0x11, b"\1"))
    assert answer.code == Reply.CCRYPT
    assert panel.clear(Command.SCRYPT, bytes(16), (0x13, b"\1")).data == bytes((Nak.SECURITY,))
    assert not panel.reader.secure


def test_a_lamp_for_a_while_goes_back_to_what_it_shows_for_good(panel: SmallPanel) -> None:
    green_for_2s_then_red = bytes((0, 0, 2, 5, 0, 2, 0, 20, 0, 1, 5, 0, 1, 0))
    assert secure(panel, Command.LED, green_for_2s_then_red)[0] == Reply.ACK
    panel.later(2.1)
    shown = [event.on_colour for event in panel.events if isinstance(event, LampSet)]
    assert (shown[-2:], len(shown)) == ([2, 1], 3)


def session(random) -> list[bytes]:
    panel = SmallPanel(Peripheral(ADDRESS, KEY, random=random))
    panel.handshake()
    panel.secure(Command.POLL)
    assert panel.secure(Command.OUT, pulse()).code == Reply.ACK
    assert panel.moved()
    return panel.sent


@pytest.mark.parametrize(("random", "openings"), [(os.urandom, 0), (bytes, 1)], ids=["fresh", "repeating"])
def test_a_recorded_session_opens_nothing_because_the_random_numbers_are_fresh(random, openings: int) -> None:
    recorded = session(random)
    again = SmallPanel(Peripheral(ADDRESS, KEY, random=random))
    for frame in recorded:
        again.raw(frame)
    # A reader whose random numbers repeat after a start does open: so this test would see it.
    assert len(again.moved()) == openings


def test_frames_for_others_and_from_others_are_passed_over(panel: SmallPanel) -> None:
    assert panel.raw(build(ADDRESS + 1, 0, Command.POLL)) == b""
    assert panel.raw(build(ADDRESS | 0x80, 0, Reply.ACK)) == b""
    assert panel.reader.secure


likely = st.builds(
    build,
    st.just(ADDRESS),
    st.integers(0, 3),
    st.sampled_from([*Command, 0x00, 0xFF]),
    st.sampled_from([b"", b"\0", pulse(), bytes(8), bytes(14), bytes(16), bytes((1, 16)) + FACTORY_KEY])
    | st.binary(),
    crc=st.booleans(),
    block=st.none()
    | st.tuples(
        st.sampled_from(range(0x10, 0x1A)), st.sampled_from([b"", b"\0", b"\1"]) | st.binary(max_size=4)
    ),
)


@given(st.lists(likely | st.binary(), max_size=20), st.booleans())
def test_no_bytes_at_all_move_an_output_without_the_key(stream: list[bytes], in_channel: bool) -> None:
    panel = SmallPanel(Peripheral(ADDRESS, KEY))
    if in_channel:
        panel.handshake()
    for data in stream:
        panel.raw(data)
    panel.later(10.0)
    assert panel.moved() == []
    assert panel.reader.has_own_key
    # And it is there still for who has the key.
    assert panel.handshake().code == Reply.RMAC_I
    assert panel.secure(Command.OUT, pulse()).code == Reply.ACK
    assert len(panel.moved()) == 1


@given(st.lists(st.sampled_from(["pulse", "poll", "again", "noise"]), max_size=15))
def test_each_order_is_carried_out_once_whatever_is_repeated(steps: list[str]) -> None:
    panel = SmallPanel(Peripheral(ADDRESS, KEY))
    panel.handshake()
    orders = 0
    for step in steps:
        if step == "again":
            panel.raw(panel.sent[-1])
        elif step == "noise":
            panel.reader.receive(b"\x53\x05\xff\x53", panel.now)
            panel.later(0.1)
        else:
            data = pulse(tenths=1) if step == "pulse" else b""
            heard = panel.secure(Command.OUT if data else Command.POLL, data)
            assert heard.code == Reply.ACK
            orders += bool(data)
            panel.later(0.2)
    assert len(panel.moved()) == 2 * orders
    assert all(earlier.on is not later.on for earlier, later in itertools.pairwise(panel.moved()))
