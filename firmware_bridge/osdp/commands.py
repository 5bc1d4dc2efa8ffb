"""What the panel says to a reader: codes and data (SIA OSDP 2.2, clause 6).

Numbers of more than one byte have the little end first; times are in units of 100 ms on the line, and seconds here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from firmware_bridge.errors import BridgeError
from firmware_bridge.osdp.secure import KEY_LENGTH

_TICK_S = 0.1
_LONGEST = 0xFFFF


class CommandError(BridgeError, ValueError):
    """A command that cannot be said."""

    code: ClassVar[str] = "bad_command"


class CommandCode(IntEnum):
    """What the panel asks."""

    POLL = 0x60
    ID = 0x61
    CAP = 0x62
    LSTAT = 0x64
    ISTAT = 0x65
    OSTAT = 0x66
    OUT = 0x68
    LED = 0x69
    BUZ = 0x6A
    KEYSET = 0x75
    CHLNG = 0x76
    SCRYPT = 0x77


class Colour(IntEnum):
    """The colours of a reader's lamp."""

    OFF = 0
    RED = 1
    GREEN = 2
    AMBER = 3
    BLUE = 4


@dataclass(frozen=True, slots=True)
class Command:
    """A code and its data, in clear."""

    code: CommandCode
    data: bytes = b""


POLL = Command(CommandCode.POLL)
IDENTIFY = Command(CommandCode.ID, b"\x00")
CAPABILITIES = Command(CommandCode.CAP, b"\x00")
LOCAL_STATUS = Command(CommandCode.LSTAT)
INPUT_STATUS = Command(CommandCode.ISTAT)
OUTPUT_STATUS = Command(CommandCode.OSTAT)


def pulse(output: int, seconds: float) -> Command:
    """Output ``output`` is on for so long, then off by itself: sent twice it only lasts longer.

    The reader's own timer ends it, so that a panel that dies leaves a door that locks.
    """
    ticks = _ticks(seconds)
    if not ticks:
        raise CommandError("a pulse has to last a tenth of a second at least", where="OUT")
    return Command(CommandCode.OUT, bytes((output, 0x05)) + ticks.to_bytes(2, "little"))


def switch_off(output: int) -> Command:
    """Output ``output`` is off at once, its timer ended."""
    return Command(CommandCode.OUT, bytes((output, 0x01, 0, 0)))


def lamp(
    colour: Colour,
    *,
    other: Colour = Colour.OFF,
    on_s: float = 0.5,
    off_s: float = 0.0,
    for_s: float | None = None,
    reader: int = 0,
    led: int = 0,
) -> Command:
    """The lamp shows ``colour``, in turn with ``other`` where ``off_s`` is not 0; for ``for_s`` seconds, or for good."""
    look = bytes((_ticks(on_s, 0xFF), _ticks(off_s, 0xFF), colour, other))
    for_a_while, for_good = bytes(7), b"\x01" + look
    if for_s is not None:
        for_a_while, for_good = b"\x02" + look + _ticks(for_s).to_bytes(2, "little"), bytes(5)
    return Command(CommandCode.LED, bytes((reader, led)) + for_a_while + for_good)


def buzzer(*, on_s: float = 0.2, off_s: float = 0.1, times: int = 1, reader: int = 0) -> Command:
    """The reader sounds ``times`` times."""
    return Command(CommandCode.BUZ, bytes((reader, 2, _ticks(on_s, 0xFF), _ticks(off_s, 0xFF), times)))


def new_key(key: bytes) -> Command:
    """From the next secure channel on this is the reader's base key. To be sent in a secure channel only."""
    if len(key) != KEY_LENGTH:
        raise CommandError(f"a key has {KEY_LENGTH} bytes, not {len(key)}", where="KEYSET")
    return Command(CommandCode.KEYSET, bytes((0x01, KEY_LENGTH)) + key)


def _ticks(seconds: float, most: int = _LONGEST) -> int:
    return min(most, max(0, round(seconds / _TICK_S)))
