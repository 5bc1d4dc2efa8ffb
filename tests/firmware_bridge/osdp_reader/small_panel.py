"""A panel of a few lines, for the rules of the reader; real ones come in through the line."""

from __future__ import annotations

import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from firmware_bridge.osdp_reader.channel import FACTORY_KEY, SessionKeys
from firmware_bridge.osdp_reader.codes import Command, Reply
from firmware_bridge.osdp_reader.events import OutputMoved, ReaderEvent
from firmware_bridge.osdp_reader.frames import Frame, build, check_bytes, head, parse
from firmware_bridge.osdp_reader.peripheral import Peripheral

KEY = bytes(range(0x10, 0x20))
ADDRESS = 5


@dataclass(frozen=True)
class Heard:
    code: int
    data: bytes
    frame: Frame | None


def pulse(output: int = 0, tenths: int = 30, control: int = 5) -> bytes:
    return bytes((output, control)) + tenths.to_bytes(2, "little")


class SmallPanel:
    def __init__(self, reader: Peripheral, key: bytes | None = KEY, *, crc: bool = True) -> None:
        self.reader, self.key, self.crc = reader, key, crc
        self.now = 1000.0
        self.sequence = 0
        self.sent: list[bytes] = []
        self.events: list[ReaderEvent] = []

    def raw(self, data: bytes) -> bytes:
        self.now += 0.05
        reply = self.reader.receive(data, self.now)
        self.sent.append(data)
        self.events += self.reader.take_events()
        return reply

    def later(self, seconds: float) -> None:
        self.now += seconds
        self.reader.tick(self.now)
        self.events += self.reader.take_events()

    def moved(self) -> list[OutputMoved]:
        return [event for event in self.events if isinstance(event, OutputMoved)]

    def _next(self) -> int:
        now, self.sequence = self.sequence, self.sequence % 3 + 1
        return now

    def _sent(self, frame: bytes) -> Heard:
        reply = self.raw(frame)
        whole = parse(reply) if reply else None
        assert whole is None or (whole.from_reader and whole.address == ADDRESS and whole.crc is self.crc)
        return Heard(whole.code, whole.data, whole) if whole else Heard(-1, b"", None)

    def clear(self, code: int, data: bytes = b"", block: tuple[int, bytes] | None = None) -> Heard:
        return self._sent(build(ADDRESS, self._next(), code, data, crc=self.crc, block=block))

    def handshake(self) -> Heard:
        self.sequence = 0
        which = bytes((0 if self.key is None else 1,))
        random = os.urandom(8)
        answer = self.clear(Command.CHLNG, random, (0x11, which))
        if answer.code != Reply.CCRYPT:
            return answer
        self._keys = SessionKeys.derive(self.key or FACTORY_KEY, random)
        assert answer.data[16:] == self._keys.reader_cryptogram(random, answer.data[8:16])
        proof = self._keys.panel_cryptogram(random, answer.data[8:16])
        last = self.clear(Command.SCRYPT, proof, (0x13, which))
        self._reader_mac = last.data
        return last

    def signed(self, code: int, data: bytes = b"", *, kind: int | None = None) -> bytes:
        """The frame of a command in the channel; `heard` understands the reply."""
        kind = (0x17 if data else 0x15) if kind is None else kind
        if kind == 0x17:
            padded = data + b"\x80" + bytes(-(len(data) + 1) % 16)
            data = self._aes(self._reader_mac).encryptor().update(padded)
        sequence = self._next()
        begun = (
            head(ADDRESS, sequence, 1 + len(data) + 4, crc=self.crc, block=(kind, b""))
            + bytes((code,))
            + data
        )
        self._panel_mac = self._keys.mac(begun, self._reader_mac)
        whole = begun + self._panel_mac[:4]
        return whole + check_bytes(whole, crc=self.crc)

    def secure(self, code: int, data: bytes = b"", *, kind: int | None = None) -> Heard:
        heard = self._sent(self.signed(code, data, kind=kind))
        frame = heard.frame
        if frame is None or not frame.mac:
            return heard
        self._reader_mac = self._keys.mac(frame.signed, self._panel_mac)
        assert self._reader_mac[:4] == frame.mac
        if not frame.data:
            return heard
        bare = self._aes(self._panel_mac).decryptor().update(frame.data).rstrip(b"\0")
        assert bare.endswith(b"\x80")
        return Heard(frame.code, bare[:-1], frame)

    def _aes(self, mac: bytes) -> Cipher[CBC]:
        return Cipher(AES(self._keys.enc), CBC(bytes(byte ^ 0xFF for byte in mac)))
