"""The reader's own frames and keys, against the specification's example values."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from firmware_bridge.osdp_reader.channel import FACTORY_KEY, SessionKeys
from firmware_bridge.osdp_reader.frames import Receiver, build, check_bytes, parse

PANEL_RANDOM, READER_RANDOM = bytes(range(0xB0, 0xB8)), bytes(range(0xA0, 0xA8))


@pytest.mark.parametrize(
    ("frame", "end", "crc"),
    [
        ("53 7F 0D 00 04 6E 00 80 25 00 00", "6E 38", True),
        ("53 00 09 00 04 61 00", "C0 66", True),
        ("53 7F 0C 00 00 6E 00 80 25 00 00", "0F", False),
        ("53 00 08 00 00 61 00", "44", False),
    ],
)
def test_the_check_bytes_are_those_of_the_specification(frame: str, end: str, crc: bool) -> None:
    assert check_bytes(bytes.fromhex(frame), crc=crc) == bytes.fromhex(end)
    parsed = parse(bytes.fromhex(frame + end))
    assert parsed is not None and parsed.crc is crc and parsed.code == bytes.fromhex(frame)[5]


def test_keys_and_cryptograms_are_those_of_the_specification() -> None:
    keys = SessionKeys.derive(FACTORY_KEY, PANEL_RANDOM)
    assert keys.mac1.hex().upper() == "5E86C676603BDEE2D8BEAFE178637332"
    assert keys.mac2.hex().upper() == "6FDA86E857777E81132035758239172E"
    assert keys.enc.hex().upper() == "BF8DC2A8329ACB8C67C6D0CD9A451682"
    proof = keys.panel_cryptogram(PANEL_RANDOM, READER_RANDOM)
    assert proof.hex().upper() == "26D3356E07762D262801FC8E6665A891"
    assert (
        keys.reader_cryptogram(PANEL_RANDOM, READER_RANDOM).hex().upper()
        == "FDE5D2F428EC16312471EA3C02BD7796"
    )
    assert keys.first_mac(proof).hex().upper() == "B2A30057EB98BA2229EC1F875662B524"


frames = st.builds(
    build,
    st.integers(0, 0xFE),
    st.integers(0, 3),
    st.integers(0, 255),
    st.binary(max_size=40),
    crc=st.booleans(),
    block=st.none() | st.tuples(st.sampled_from([0x11, 0x12, 0x13, 0x14]), st.binary(max_size=3)),
)


@given(st.lists(frames, max_size=5), st.binary(max_size=8).filter(lambda noise: 0x53 not in noise), st.data())
def test_frames_are_found_however_the_line_cuts_them(
    sent: list[bytes], noise: bytes, data: st.DataObject
) -> None:
    stream = noise + noise.join(sent)
    receiver, found, at = Receiver(), [], 0
    while at < len(stream):
        size = data.draw(st.integers(1, len(stream)))
        found += receiver.feed(stream[at : at + size], 5.0)
        at += size
    assert [frame.raw for frame in found] == sent


@given(frames, st.data())
def test_a_frame_with_a_changed_bit_is_none(frame: bytes, data: st.DataObject) -> None:
    bit = data.draw(st.integers(0, 8 * len(frame) - 1))
    # One bit says which check bytes there are; with it changed, a sum may be right by chance.
    assume(bit != 4 * 8 + 2)
    changed = bytearray(frame)
    changed[bit // 8] ^= 1 << bit % 8
    found = Receiver().feed(bytes(changed), 5.0)
    assert all(one.raw != frame and len(one.raw) < len(frame) for one in found)


def test_a_frame_that_was_cut_off_does_not_swallow_the_next() -> None:
    receiver = Receiver()
    whole = build(5, 1, 0x60)
    assert receiver.feed(build(5, 1, 0x69, bytes(200))[:50], 5.0) == []
    assert [frame.raw for frame in receiver.feed(whole, 5.1)] == [whole]
