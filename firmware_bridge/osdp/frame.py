"""OSDP's frames as bytes on the line, and back (SIA OSDP 2.2, clause 5).

::

    53 | address | length, little end first | control | [security block] | code | data | [MAC, 4] | CRC-16, or a checksum

* ``address`` is 0 to 126, or 127 for whoever listens; a reply has bit 7 set. ``length`` counts from ``53`` to the last byte.
* ``control``: bits 0-1 the sequence number, bit 2 a CRC follows and no checksum, bit 3 there is a security block.
* A security block begins with its own length and its type; types from 0x15 on say that a MAC precedes the CRC.
* The CRC has the polynomial 0x1021 and starts at 0x1D0F; the checksum makes the sum of all bytes a multiple of 256.

What the data of a frame means is for `commands` and `replies`, whether the MAC is right for `secure`.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from firmware_bridge.errors import BridgeError

SOM = 0x53
BROADCAST = 0x7F
#: The longest frame that we send or take; the specification's own bound for messages that are not in parts.
MAX_FRAME = 1440

_REPLY = 0x80
_CRC = 0x04
_SECURITY = 0x08
_HEAD = 5
_CRC_START = 0x1D0F
MAC_LENGTH = 4


class FrameError(BridgeError, ValueError):
    """Bytes that are no frame."""

    code: ClassVar[str] = "bad_frame"


class Security(IntEnum):
    """Types of security block (annex D)."""

    CHALLENGE = 0x11
    CRYPTOGRAM = 0x12
    SERVER_CRYPTOGRAM = 0x13
    FIRST_RMAC = 0x14
    COMMAND_MAC = 0x15
    REPLY_MAC = 0x16
    COMMAND_SEALED = 0x17
    REPLY_SEALED = 0x18


@dataclass(frozen=True, slots=True)
class Frame:
    """One message on the line. ``body`` is the data behind ``code``, as it travels: sealed where ``security`` says so."""

    address: int
    sequence: int
    code: int
    body: bytes = b""
    reply: bool = False
    crc: bool = True
    security: Security | None = None
    #: What stands in the security block behind its type: which key, or whether all is well. Nothing in blocks with a MAC.
    security_data: bytes = b""
    mac: bytes | None = None

    @property
    def has_mac(self) -> bool:
        """Whether its type asks for a MAC."""
        return self.security is not None and self.security >= Security.COMMAND_MAC

    def signed_part(self) -> bytes:
        """The bytes over which the MAC is made: all that come before it."""
        block = b""
        if self.security is not None:
            block = bytes((2 + len(self.security_data), self.security)) + self.security_data
        tail = (MAC_LENGTH if self.has_mac else 0) + (2 if self.crc else 1)
        length = _HEAD + len(block) + 1 + len(self.body) + tail
        if length > MAX_FRAME:
            raise FrameError(
                f"would be {length} bytes long, and {MAX_FRAME} are the most", mend="send less at once"
            )
        control = self.sequence | (_CRC if self.crc else 0) | (_SECURITY if block else 0)
        address = self.address | (_REPLY if self.reply else 0)
        return (
            bytes((SOM, address))
            + length.to_bytes(2, "little")
            + bytes((control,))
            + block
            + bytes((self.code,))
            + self.body
        )

    def encode(self) -> bytes:
        """The bytes to send.

        Raises:
            FrameError: too long, or the MAC is not what the security block asks for.
        """
        if self.has_mac is not (self.mac is not None and len(self.mac) == MAC_LENGTH):
            raise FrameError("has a MAC where none belongs, or none where one belongs")
        data = self.signed_part() + (self.mac or b"")
        return data + (crc(data).to_bytes(2, "little") if self.crc else bytes((checksum(data),)))


def crc(data: bytes) -> int:
    """CRC-16 with the polynomial 0x1021 and the start 0x1D0F, the high bit first."""
    return binascii.crc_hqx(data, _CRC_START)


def checksum(data: bytes) -> int:
    """What makes the sum of all bytes a multiple of 256."""
    return -sum(data) & 0xFF


def decode(data: bytes) -> Frame:
    """The frame that is exactly ``data``.

    Raises:
        FrameError: what is wrong with it.
    """
    if len(data) < _HEAD or data[0] != SOM:
        raise FrameError("does not begin as frames do")
    length, control = int.from_bytes(data[2:4], "little"), data[4]
    if length != len(data):
        raise FrameError(f"says that it has {length} bytes, and has {len(data)}")
    with_crc = bool(control & _CRC)
    trailer = 2 if with_crc else 1
    if len(data) < _HEAD + 1 + trailer:
        raise FrameError("is too short for a code")
    said = int.from_bytes(data[-trailer:], "little")
    if said != (crc if with_crc else checksum)(data[:-trailer]):
        raise FrameError("was damaged on the line: its checksum is wrong")
    rest = data[_HEAD:-trailer]
    security, block, rest = _security(rest) if control & _SECURITY else (None, b"", rest)
    mac = None
    if security is not None and security >= Security.COMMAND_MAC:
        if len(rest) < 1 + MAC_LENGTH:
            raise FrameError("is too short for its MAC")
        rest, mac = rest[:-MAC_LENGTH], rest[-MAC_LENGTH:]
    if not rest:
        raise FrameError("has no code")
    return Frame(
        address=data[1] & ~_REPLY,
        sequence=control & 0x03,
        code=rest[0],
        body=rest[1:],
        reply=bool(data[1] & _REPLY),
        crc=with_crc,
        security=security,
        security_data=block,
        mac=mac,
    )


def _security(rest: bytes) -> tuple[Security, bytes, bytes]:
    if len(rest) < 2 or not 2 <= rest[0] <= len(rest):  # noqa: PLR2004 - its length and its type
        raise FrameError("has a security block that does not fit into it")
    try:
        kind = Security(rest[1])
    except ValueError as error:
        raise FrameError(f"has a security block of the unknown type {rest[1]:#04x}") from error
    return kind, rest[2 : rest[0]], rest[rest[0] :]


class Deframer:
    """Finds frames in what comes from the line.

    Bytes before ``53`` are skipped: readers send ``FF`` to wake the line, and a hit line has noise. A frame whose checksum is
    wrong, or whose length cannot be, is dropped by its first byte only: the next ``53`` may be the true beginning.
    """

    def __init__(self) -> None:
        self._held = bytearray()
        #: Pieces that began like frames and were none.
        self.damaged = 0

    @property
    def waiting(self) -> bool:
        """Whether a frame has begun and is not whole: bytes must follow each other within the inter-character time."""
        return bool(self._held)

    def drop(self) -> None:
        """Forget what has begun: the line was silent for too long in the middle of it."""
        if self._held:
            self.damaged += 1
        self._held.clear()

    def feed(self, data: bytes) -> list[tuple[bytes, Frame]]:
        """Take bytes from the line; the frames that are whole now, each with its bytes."""
        self._held += data
        found: list[tuple[bytes, Frame]] = []
        while (length := self._next()) is not None:
            piece = bytes(self._held[:length])
            try:
                frame = decode(piece)
            except FrameError:
                self.damaged += 1
                del self._held[:1]
                continue
            del self._held[:length]
            found.append((piece, frame))
        return found

    def _next(self) -> int | None:
        """The length of the piece at hand, once all of it is there."""
        while True:
            start = self._held.find(SOM)
            del self._held[: len(self._held) if start < 0 else start]
            if len(self._held) < _HEAD - 1:
                return None
            length = int.from_bytes(self._held[2:4], "little")
            if _HEAD + 2 <= length <= MAX_FRAME:
                return length if len(self._held) >= length else None
            self.damaged += 1
            del self._held[:1]
