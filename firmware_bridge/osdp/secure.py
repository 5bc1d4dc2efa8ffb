"""OSDP's secure channel (SIA OSDP 2.2, annex D): who is at the other end, and that nobody else has a word in between.

1. Panel and reader share a base key of 16 bytes (``SCBK``). A reader as it leaves the factory has a known one, ``SCBK-D``: it proves nothing,
   and serves to hand over a key of one's own, once.
2. The panel sends a random number, the reader answers with one of its own and a cryptogram over both, the panel with its cryptogram. Each
   has then shown that it knows the key; the keys of the session hang on the panel's number.
3. From then on each frame bears a MAC that is chained to the last one of the other side: nothing can be left out, said twice or put in.
   Data is sealed, with the other side's last MAC as the start value.

The random numbers are the operating system's: a recorded session is worth nothing at the next start. (A library whose numbers repeat let a
recorded unlock open the door again.) Pure: whoever calls brings the random number, and frames come and go through `wrap` and `unwrap`.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from typing import ClassVar

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from firmware_bridge.errors import BridgeError
from firmware_bridge.osdp.frame import MAC_LENGTH, Frame, Security

#: The key that every reader knows before it is given one of its own.
DEFAULT_KEY = bytes(range(0x30, 0x40))
KEY_LENGTH = 16
RANDOM_LENGTH = 8
_BLOCK = 16
_PAD = b"\x80"


class ChannelError(BridgeError):
    """The secure channel does not hold; nothing that came with it may be believed."""

    code: ClassVar[str] = "channel_broken"


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """The three keys of one session."""

    enc: bytes
    mac1: bytes
    mac2: bytes

    @classmethod
    def derive(cls, base: bytes, panel_random: bytes) -> SessionKeys:
        """From the base key (16 bytes) and the panel's random number (8 bytes)."""
        enc, mac1, mac2 = (
            _ecb(base, bytes((0x01, kind)) + panel_random[:6] + bytes(8)) for kind in (0x82, 0x01, 0x02)
        )
        return cls(enc, mac1, mac2)

    def reader_cryptogram(self, panel_random: bytes, reader_random: bytes) -> bytes:
        """By which the reader shows that it knows the base key."""
        return _ecb(self.enc, panel_random + reader_random)

    def panel_cryptogram(self, panel_random: bytes, reader_random: bytes) -> bytes:
        """By which the panel shows it."""
        return _ecb(self.enc, reader_random + panel_random)

    def first_rmac(self, panel_cryptogram: bytes) -> bytes:
        """What the chain of MACs begins with."""
        return _ecb(self.mac2, _ecb(self.mac1, panel_cryptogram))


class Channel:
    """The panel's end of one secure channel that has been agreed on."""

    def __init__(self, keys: SessionKeys, first_rmac: bytes) -> None:
        self._keys = keys
        self._command_mac = bytes(_BLOCK)
        self._reply_mac = first_rmac

    def wrap(self, frame: Frame) -> Frame:
        """A command with its MAC, its data sealed. The same command sent again is the very same frame: do not wrap it twice."""
        body = frame.body
        if body:
            body = _cbc(self._keys.enc, _inverted(self._reply_mac), _padded(body + _PAD))
        kind = Security.COMMAND_SEALED if body else Security.COMMAND_MAC
        bare = replace(frame, body=body, security=kind, security_data=b"", mac=None)
        self._command_mac = self._mac(bare.signed_part(), self._reply_mac)
        return replace(bare, mac=self._command_mac[:MAC_LENGTH])

    def unwrap(self, frame: Frame) -> Frame:
        """A reply whose MAC was right, its data opened.

        Raises:
            ChannelError: it is in clear, of another session, or was altered. The channel is then of no more use.
        """
        if frame.security not in {Security.REPLY_MAC, Security.REPLY_SEALED} or frame.mac is None:
            raise ChannelError("a reply came in clear while the channel is secure")
        whole = self._mac(frame.signed_part(), self._command_mac)
        if not hmac.compare_digest(whole[:MAC_LENGTH], frame.mac):
            raise ChannelError("a reply was altered, or is not of this session: its MAC is wrong")
        body = frame.body
        if frame.security is Security.REPLY_SEALED:
            body = _unpadded(self._open(body))
        # Some readers leave a refusal unsealed: the MAC says that it is theirs, and it is nobody's secret.
        self._reply_mac = whole
        return replace(frame, body=body)

    def _open(self, body: bytes) -> bytes:
        if not body or len(body) % _BLOCK:
            raise ChannelError("a reply has sealed data of a length that cannot be")
        cipher = Cipher(algorithms.AES(self._keys.enc), modes.CBC(_inverted(self._command_mac))).decryptor()
        return cipher.update(body) + cipher.finalize()

    def _mac(self, data: bytes, start: bytes) -> bytes:
        """CBC with the first key, the last block with the second; ``data`` is padded only where it has to be."""
        data = data if len(data) % _BLOCK == 0 else _padded(data + _PAD)
        if len(data) > _BLOCK:
            start = _cbc(self._keys.mac1, start, data[:-_BLOCK])[-_BLOCK:]
        return _cbc(self._keys.mac2, start, data[-_BLOCK:])


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _BLOCK)


def _unpadded(data: bytes) -> bytes:
    bare = data.rstrip(b"\x00")
    if not bare.endswith(_PAD):
        raise ChannelError("a reply has sealed data without an end")
    return bare[:-1]


def _inverted(block: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in block)


def _ecb(key: bytes, block: bytes) -> bytes:
    # One block, as the specification derives keys: nothing is sealed with it.
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - see above
    return cipher.update(block) + cipher.finalize()


def _cbc(key: bytes, start: bytes, data: bytes) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
    return cipher.update(data) + cipher.finalize()
