"""The secure channel: the specification's example, and what a meddler may try."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.osdp.frame import Frame, Security
from firmware_bridge.osdp.secure import DEFAULT_KEY, Channel, ChannelError, SessionKeys

PANEL, READER = bytes(range(0xB0, 0xB8)), bytes(range(0xA0, 0xA8))
KEYS = SessionKeys.derive(DEFAULT_KEY, PANEL)


def test_the_keys_are_the_specifications() -> None:
    assert KEYS.mac1.hex().upper() == "5E86C676603BDEE2D8BEAFE178637332"
    assert KEYS.mac2.hex().upper() == "6FDA86E857777E81132035758239172E"
    assert KEYS.enc.hex().upper() == "BF8DC2A8329ACB8C67C6D0CD9A451682"


def test_the_cryptograms_are_the_specifications() -> None:
    panel = KEYS.panel_cryptogram(PANEL, READER)
    assert panel.hex().upper() == "26D3356E07762D262801FC8E6665A891"
    assert KEYS.reader_cryptogram(PANEL, READER).hex().upper() == "FDE5D2F428EC16312471EA3C02BD7796"
    assert KEYS.first_rmac(panel).hex().upper() == "B2A30057EB98BA2229EC1F875662B524"


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=6))
def test_a_command_never_looks_the_same_twice(bodies: list[bytes]) -> None:
    channel = Channel(KEYS, KEYS.first_rmac(PANEL * 2))
    seen = [channel.wrap(Frame(1, 1, 0x68, body)) for body in bodies]
    assert all(frame.mac is not None and frame.has_mac for frame in seen)
    for frame, body in zip(seen, bodies, strict=True):
        assert frame.security is (Security.COMMAND_SEALED if body else Security.COMMAND_MAC)
        assert not body or len(frame.body) % 16 == 0
        assert len(body) < 4 or body not in frame.body


@pytest.mark.parametrize(
    "reply",
    [
        Frame(1, 1, 0x40, reply=True),
        Frame(1, 1, 0x50, b"\x00\x00\x1a\x00abcd", reply=True),
        Frame(1, 1, 0x40, reply=True, security=Security.REPLY_MAC, mac=b"\0\0\0\0"),
        Frame(1, 1, 0x40, bytes(16), reply=True, security=Security.REPLY_SEALED, mac=b"\0\0\0\0"),
        Frame(1, 1, 0x40, reply=True, security=Security.COMMAND_MAC, mac=b"\0\0\0\0"),
        Frame(1, 1, 0x76, bytes(32), reply=True, security=Security.CRYPTOGRAM, security_data=b"\x01"),
    ],
    ids=["clear", "card in clear", "no key", "sealed by nobody", "our own type", "agreeing anew"],
)
def test_a_reply_that_is_not_of_the_session_is_refused(reply: Frame) -> None:
    channel = Channel(KEYS, bytes(16))
    channel.wrap(Frame(1, 1, 0x60))
    with pytest.raises(ChannelError):
        channel.unwrap(reply)
