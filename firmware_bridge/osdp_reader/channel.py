"""The secure channel, as the reader sees it: session keys, cryptograms, MACs, sealed data. Pure.

The first MAC of the reader closes the handshake; from then on every command is signed beginning with the reader's
last MAC, and every reply beginning with the MAC of its command, so that nothing can be left out, repeated or played
back later.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from firmware_bridge.osdp_reader.codes import Block
from firmware_bridge.osdp_reader.frames import FROM_READER, MAC_BYTES, Frame, check_bytes, head

#: SCBK-D, with which every reader leaves the factory.
FACTORY_KEY = bytes(range(0x30, 0x40))
KEY_BYTES = 16
RANDOM_BYTES = 8

_AES_BLOCK = 16
_NOTHING = bytes(_AES_BLOCK)


@dataclass(frozen=True, slots=True, repr=False)
class SessionKeys:
    """S-ENC, S-MAC1 and S-MAC2 of one session."""

    enc: bytes
    mac1: bytes
    mac2: bytes

    @classmethod
    def derive(cls, base: bytes, panel_random: bytes) -> SessionKeys:
        """From the base key and the first six bytes of the panel's random number."""
        enc, mac1, mac2 = (
            _encrypt(base, _NOTHING, bytes(kind) + panel_random[:6] + bytes(8))
            for kind in ((1, 0x82), (1, 1), (1, 2))
        )
        return cls(enc, mac1, mac2)

    def reader_cryptogram(self, panel_random: bytes, reader_random: bytes) -> bytes:
        """By which the panel knows that the reader has the key."""
        return _encrypt(self.enc, _NOTHING, panel_random + reader_random)

    def panel_cryptogram(self, panel_random: bytes, reader_random: bytes) -> bytes:
        """By which the reader knows that the panel has the key."""
        return _encrypt(self.enc, _NOTHING, reader_random + panel_random)

    def first_mac(self, panel_cryptogram: bytes) -> bytes:
        """The R-MAC with which the chain begins."""
        return _encrypt(self.mac2, _NOTHING, _encrypt(self.mac1, _NOTHING, panel_cryptogram))

    def mac(self, message: bytes, start: bytes) -> bytes:
        """All 16 bytes of the MAC of a message, chained from ``start``."""
        padded = message if len(message) % _AES_BLOCK == 0 else _padded(message)
        before, last = padded[:-_AES_BLOCK], padded[-_AES_BLOCK:]
        if before:
            start = _encrypt(self.mac1, start, before)[-_AES_BLOCK:]
        return _encrypt(self.mac2, start, last)


class Channel:
    """An open channel, from the handshake's ``first_mac`` on."""

    def __init__(self, keys: SessionKeys, first_mac: bytes) -> None:
        self._keys = keys
        self._reader_mac = first_mac
        self._panel_mac = _NOTHING

    def open(self, frame: Frame) -> bytes | None:
        """The data of a command in clear; None where it was not made by the panel of this channel, for this moment."""
        mac = self._keys.mac(frame.signed, self._reader_mac)
        if not hmac.compare_digest(mac[:MAC_BYTES], frame.mac):
            return None
        self._panel_mac = mac
        if frame.block is None or frame.block[0] != Block.SEALED_COMMAND:
            return frame.data
        if not frame.data or len(frame.data) % _AES_BLOCK:
            return None
        return _unpadded(_decrypt(self._keys.enc, _inverted(self._reader_mac), frame.data))

    def seal(self, address: int, sequence: int, code: int, data: bytes, *, crc: bool) -> bytes:
        """The frame of the reply to the command that was opened last."""
        kind = Block.SEALED_REPLY if data else Block.SIGNED_REPLY
        if data:
            data = _encrypt(self._keys.enc, _inverted(self._panel_mac), _padded(data))
        size = 1 + len(data) + MAC_BYTES
        signed = (
            head(address | FROM_READER, sequence, size, crc=crc, block=(kind, b"")) + bytes((code,)) + data
        )
        self._reader_mac = self._keys.mac(signed, self._panel_mac)
        whole = signed + self._reader_mac[:MAC_BYTES]
        return whole + check_bytes(whole, crc=crc)


def _encrypt(key: bytes, start: bytes, data: bytes) -> bytes:
    return Cipher(AES(key), CBC(start)).encryptor().update(data)


def _decrypt(key: bytes, start: bytes, data: bytes) -> bytes:
    return Cipher(AES(key), CBC(start)).decryptor().update(data)


def _inverted(mac: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in mac)


def _padded(data: bytes) -> bytes:
    return data + b"\x80" + bytes(-(len(data) + 1) % _AES_BLOCK)


def _unpadded(data: bytes) -> bytes | None:
    bare = data.rstrip(b"\0")
    return bare[:-1] if bare.endswith(b"\x80") else None
