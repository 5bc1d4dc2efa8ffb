"""Frames out of a stream of bytes, and into one. Pure.

``53``, address (bit 7 set by a reader), length of the whole frame (low byte first), control (bits 0-1: sequence
number, 2: CRC instead of checksum, 3: security block), the security block (its own length, type, data), code, data,
four bytes of MAC in a secure channel, then CRC-16 (low byte first) or one byte of checksum.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass

from firmware_bridge.osdp_reader.codes import WITH_MAC

START = 0x53
FROM_READER = 0x80
#: The longest frame that the specification allows, in bytes.
LONGEST = 1440
MAC_BYTES = 4

_HEAD = 5
_SHORTEST = _HEAD + 2
_SEQUENCE, _CRC, _BLOCK = 0x03, 0x04, 0x08
#: Seconds of silence after which a frame that has begun is given up.
_GAP_S = 0.02


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame that arrived whole.

    Attributes:
        address: 0 to 126, without the bit that tells the reader's.
        from_reader: whether that bit was set.
        sequence: 0 to 3.
        crc: whether it ended in a CRC; a reply is to end as the command did.
        block: type and data of its security block.
        code: the command or reply.
        data: what follows the code, as it stands on the wire.
        mac: four bytes, or none.
        raw: all of it.
    """

    address: int
    from_reader: bool
    sequence: int
    crc: bool
    block: tuple[int, bytes] | None
    code: int
    data: bytes
    mac: bytes
    raw: bytes

    @property
    def signed(self) -> bytes:
        """What the MAC is made of: all that stands before it."""
        return self.raw[: -(2 if self.crc else 1) - len(self.mac)]


def check_bytes(data: bytes, *, crc: bool) -> bytes:
    """The end of a frame: CRC-16 (polynomial 1021, start 1D0F), or the complement of the sum."""
    return binascii.crc_hqx(data, 0x1D0F).to_bytes(2, "little") if crc else bytes((-sum(data) & 0xFF,))


def head(
    address: int, sequence: int, body_bytes: int, *, crc: bool, block: tuple[int, bytes] | None = None
) -> bytes:
    """All before the code of a frame; ``body_bytes`` counts code, data and MAC."""
    blocked = b"" if block is None else bytes((len(block[1]) + 2, block[0])) + block[1]
    size = _HEAD + len(blocked) + body_bytes + (2 if crc else 1)
    control = sequence | (_CRC if crc else 0) | (_BLOCK if blocked else 0)
    return bytes((START, address)) + size.to_bytes(2, "little") + bytes((control,)) + blocked


def build(
    address: int,
    sequence: int,
    code: int,
    data: bytes = b"",
    *,
    crc: bool = True,
    block: tuple[int, bytes] | None = None,
) -> bytes:
    """A whole frame without a MAC. ``address`` is the byte on the wire, bit 7 and all."""
    body = head(address, sequence, 1 + len(data), crc=crc, block=block) + bytes((code,)) + data
    return body + check_bytes(body, crc=crc)


def parse(raw: bytes) -> Frame | None:
    """What a frame of the right length says; None where check bytes or security block are wrong."""
    control = raw[4]
    crc = bool(control & _CRC)
    end = len(raw) - (2 if crc else 1)
    if raw[end:] != check_bytes(raw[:end], crc=crc):
        return None
    at, block = _HEAD, None
    if control & _BLOCK:
        size = raw[at]
        if size < 2 or at + size >= end:  # noqa: PLR2004 - its length and its type
            return None
        block = (raw[at + 1], raw[at + 2 : at + size])
        at += size
    mac_at = end - MAC_BYTES if block and block[0] in WITH_MAC else end
    if at >= mac_at:
        return None
    return Frame(
        address=raw[1] & 0x7F,
        from_reader=bool(raw[1] & FROM_READER),
        sequence=control & _SEQUENCE,
        crc=crc,
        block=block,
        code=raw[at],
        data=raw[at + 1 : mac_at],
        mac=raw[mac_at:end],
        raw=raw,
    )


class Receiver:
    """Cuts a stream into frames. What is none is passed over without a word, as the specification wants it."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._last = 0.0

    def feed(self, data: bytes, now: float) -> list[Frame]:
        """The frames that ``data``, read at ``now`` (monotonic seconds), completes."""
        if now - self._last > _GAP_S:
            self._held.clear()
        self._last = now
        self._held += data
        frames = []
        while (size := self._next_size()) and len(self._held) >= size:
            frame = parse(bytes(self._held[:size]))
            if frame is not None:
                frames.append(frame)
            # Behind a start that was none a real one may follow at once.
            del self._held[: 1 if frame is None else size]
        return frames

    def _next_size(self) -> int:
        """Bring the next possible start to the front: the length that it gives, 0 while that is not known."""
        while (at := self._held.find(START)) >= 0:
            del self._held[:at]
            if len(self._held) < _HEAD:
                return 0
            size = int.from_bytes(self._held[2:4], "little")
            if _SHORTEST <= size <= LONGEST:
                return size
            del self._held[:1]
        self._held.clear()
        return 0
