"""Frames on the line: the specification's own bytes, and whatever noise does to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.osdp.frame import (
    MAX_FRAME,
    SOM,
    Deframer,
    Frame,
    FrameError,
    Security,
    checksum,
    crc,
    decode,
)

#: Of the specification and of public implementations: bytes without their end, and the end.
CRCS = (("537F0D0004 6E 0080250000", "6E38"), ("5300090004 61 00", "C066"))
CHECKSUMS = (("537F0C0000 6E 0080250000", "0F"), ("5300080000 61 00", "44"))

#: Where the control byte stands.
_CONTROL = 4

MACS = st.binary(min_size=4, max_size=4)
CLEAR = st.builds(
    Frame,
    address=st.integers(0, 0x7F),
    sequence=st.integers(0, 3),
    code=st.integers(0, 0xFF),
    body=st.binary(max_size=200),
    reply=st.booleans(),
    crc=st.booleans(),
)
AGREEING = st.builds(
    Frame,
    address=st.integers(0, 0x7F),
    sequence=st.integers(0, 3),
    code=st.integers(0, 0xFF),
    body=st.binary(max_size=40),
    reply=st.booleans(),
    crc=st.booleans(),
    security=st.sampled_from([kind for kind in Security if kind < Security.COMMAND_MAC]),
    security_data=st.binary(max_size=2),
)
SEALED = st.builds(
    Frame,
    address=st.integers(0, 0x7F),
    sequence=st.integers(0, 3),
    code=st.integers(0, 0xFF),
    body=st.binary(max_size=64),
    reply=st.booleans(),
    crc=st.booleans(),
    security=st.sampled_from([kind for kind in Security if kind >= Security.COMMAND_MAC]),
    mac=MACS,
)
FRAMES = st.one_of(CLEAR, AGREEING, SEALED)


@pytest.mark.parametrize(("data", "end"), CRCS)
def test_the_crc_is_the_specifications(data: str, end: str) -> None:
    whole = bytes.fromhex(data) + bytes.fromhex(end)
    assert crc(bytes.fromhex(data)).to_bytes(2, "little").hex().upper() == end
    assert decode(whole).encode() == whole


@pytest.mark.parametrize(("data", "end"), CHECKSUMS)
def test_the_checksum_is_the_specifications(data: str, end: str) -> None:
    whole = bytes.fromhex(data) + bytes.fromhex(end)
    assert f"{checksum(bytes.fromhex(data)):02X}" == end
    assert decode(whole).encode() == whole


@given(FRAMES)
def test_what_is_sent_is_what_is_heard(frame: Frame) -> None:
    assert decode(frame.encode()) == frame


@given(FRAMES, st.data())
def test_a_frame_with_one_byte_turned_over_is_no_frame(frame: Frame, data: st.DataObject) -> None:
    whole = bytearray(frame.encode())
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 0xFF))
    if place == _CONTROL and (not frame.crc or not whole[place] & 0x04):
        # A checksum sees one turned byte as well, unless it is the very bit that says which of the two follows.
        return
    with pytest.raises(FrameError):
        decode(bytes(whole))


@given(st.binary(max_size=64))
def test_bytes_are_a_frame_or_a_clear_error(data: bytes) -> None:
    try:
        frame = decode(data)
    except FrameError:
        return
    assert frame.encode() == data


@given(
    st.lists(FRAMES, min_size=1, max_size=5),
    st.lists(
        st.binary(max_size=8).map(lambda noise: noise.replace(bytes((SOM,)), b"")), min_size=6, max_size=6
    ),
    st.randoms(use_true_random=False),
)
def test_frames_are_found_among_noise_however_the_bytes_come(frames, noise, random) -> None:
    line = b"".join(pause + frame.encode() for pause, frame in zip(noise, frames, strict=False)) + noise[-1]
    deframer, heard = Deframer(), []
    while line:
        cut = random.randint(1, len(line))
        heard += deframer.feed(line[:cut])
        line = line[cut:]
    assert [frame for _, frame in heard] == frames
    assert deframer.damaged == 0


@given(FRAMES, FRAMES, st.binary(min_size=1, max_size=6))
def test_a_damaged_frame_does_not_swallow_the_next_once_the_line_was_silent(first, second, cut) -> None:
    deframer = Deframer()
    whole = first.encode()
    deframer.feed(whole[: max(1, len(whole) - len(cut))])
    deframer.drop()
    assert [frame for _, frame in deframer.feed(second.encode())] == [second]


def test_what_cannot_be_a_length_waits_for_nothing() -> None:
    deframer = Deframer()
    deframer.feed(bytes((SOM, 0)) + (MAX_FRAME + 1).to_bytes(2, "little"))
    good = Frame(1, 1, 0x60)
    assert [frame for _, frame in deframer.feed(good.encode())] == [good]
    assert deframer.damaged == 1


def test_a_frame_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(FrameError, match="most"):
        Frame(1, 1, 0x68, bytes(MAX_FRAME)).encode()


def test_a_mac_is_there_just_where_the_security_block_says_so() -> None:
    with pytest.raises(FrameError):
        Frame(1, 1, 0x60, security=Security.COMMAND_MAC).encode()
    with pytest.raises(FrameError):
        Frame(1, 1, 0x60, mac=b"abcd").encode()
