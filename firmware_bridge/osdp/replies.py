"""What a reader answers: codes and data (SIA OSDP 2.2, clause 7).

A reply of a code that we do not know is `Unknown`, and never taken for anything else; one whose data is not what its code promises is no
reply. Numbers of more than one byte have the little end first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar

from firmware_bridge.errors import BridgeError
from firmware_bridge.osdp.secure import KEY_LENGTH, RANDOM_LENGTH


class ReplyError(BridgeError, ValueError):
    """The data of a reply does not say what its code promises."""

    code: ClassVar[str] = "bad_reply"


class ReplyCode(IntEnum):
    """What the reader answers."""

    ACK = 0x40
    NAK = 0x41
    PDID = 0x45
    PDCAP = 0x46
    LSTATR = 0x48
    ISTATR = 0x49
    OSTATR = 0x4A
    RAW = 0x50
    FMT = 0x51
    KEYPAD = 0x53
    CCRYPT = 0x76
    RMAC_I = 0x78
    BUSY = 0x79


class Refusal(IntEnum):
    """Why a reader did not do what it was asked (NAK)."""

    CHECKSUM = 1
    LENGTH = 2
    UNKNOWN_COMMAND = 3
    SEQUENCE = 4
    NO_SECURE_CHANNEL = 5
    SECURE_CHANNEL_NEEDED = 6
    BIOMETRIC_TYPE = 7
    BIOMETRIC_FORMAT = 8
    NOT_PROCESSED = 9


@dataclass(frozen=True, slots=True)
class Ack:
    """Done, or nothing to tell."""


@dataclass(frozen=True, slots=True)
class Nak:
    """Not done; ``why`` is None where the reason is one that nobody knows."""

    why: Refusal | None
    number: int


@dataclass(frozen=True, slots=True)
class Busy:
    """Ask again with the very same frame."""


@dataclass(frozen=True, slots=True)
class Identification:
    """Who the reader is: the maker's number (IEEE), model, version, serial number, firmware."""

    vendor: str
    model: int
    version: int
    serial: int
    firmware: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Capability:
    """What a reader can do: function, in which degree, how many."""

    function: int
    compliance: int
    number: int


@dataclass(frozen=True, slots=True)
class Capabilities:
    """All of a reader's."""

    all: tuple[Capability, ...]


@dataclass(frozen=True, slots=True)
class LocalStatus:
    """Somebody opened the reader's case; its power fails."""

    tampered: bool
    power_failed: bool


@dataclass(frozen=True, slots=True)
class Inputs:
    """The reader's inputs, from number 0 on: whether each is active."""

    active: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Outputs:
    """The reader's outputs, from number 0 on: whether each is on."""

    on: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A card was held to the reader: so many bits, as they came. Their text is kept out of logs: they name a person."""

    reader: int
    bits: int
    data: bytes

    def __repr__(self) -> str:
        """Without what is on the card."""
        return f"Card(reader={self.reader}, bits={self.bits})"


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys were pressed: digits, ``*`` and ``#``; kept out of logs, since they may be a PIN."""

    reader: int
    keys: str

    def __repr__(self) -> str:
        """Without the keys."""
        return f"Keys(reader={self.reader}, count={len(self.keys)})"


@dataclass(frozen=True, slots=True)
class Cryptogram:
    """The reader's answer to the panel's random number."""

    client: bytes
    random: bytes
    cryptogram: bytes


@dataclass(frozen=True, slots=True)
class FirstRmac:
    """The reader's word that the panel knows the key."""

    rmac: bytes


@dataclass(frozen=True, slots=True)
class Unknown:
    """A reply of a code that we do not know."""

    code: int


Reply = (
    Ack
    | Nak
    | Busy
    | Identification
    | Capabilities
    | LocalStatus
    | Inputs
    | Outputs
    | Card
    | Keys
    | Cryptogram
    | FirstRmac
    | Unknown
)


def parse_reply(code: int, data: bytes) -> Reply:
    """What a reply says.

    Raises:
        ReplyError: its data is not what the code promises.
    """
    parse = _PARSERS.get(code)
    return parse(data) if parse else Unknown(code)


def _demand(true: bool, code: ReplyCode) -> None:  # noqa: FBT001 - reads like an assertion
    if not true:
        raise ReplyError("has data of a length that cannot be", where=code.name)


def _nothing(made: Ack | Busy) -> Callable[[bytes], Reply]:
    # Some readers put something behind them; it means nothing.
    return lambda data: made  # noqa: ARG005 - see above


def _nak(data: bytes) -> Nak:
    _demand(len(data) >= 1, ReplyCode.NAK)
    known = data[0] in Refusal.__members__.values()
    return Nak(Refusal(data[0]) if known else None, data[0])


def _identification(data: bytes) -> Identification:
    _demand(len(data) == 12, ReplyCode.PDID)  # noqa: PLR2004 - 3 + 1 + 1 + 4 + 3
    return Identification(
        vendor=data[:3].hex("-"),
        model=data[3],
        version=data[4],
        serial=int.from_bytes(data[5:9], "little"),
        firmware=(data[9], data[10], data[11]),
    )


def _capabilities(data: bytes) -> Capabilities:
    _demand(len(data) % 3 == 0, ReplyCode.PDCAP)
    return Capabilities(tuple(Capability(*data[at : at + 3]) for at in range(0, len(data), 3)))


def _card(data: bytes) -> Card:
    _demand(len(data) >= 4, ReplyCode.RAW)  # noqa: PLR2004 - reader, format, two of length
    bits = int.from_bytes(data[2:4], "little")
    _demand(len(data) == 4 + -(-bits // 8), ReplyCode.RAW)
    return Card(reader=data[0], bits=bits, data=data[4:])


#: DEL stands for the star and CR for the hash key.
_KEYPAD = {0x7F: "*", 0x0D: "#", 0x2A: "*", 0x23: "#"} | {digit: chr(digit) for digit in range(0x30, 0x3A)}


def _keys(data: bytes) -> Keys:
    _demand(len(data) >= 2 and len(data) == 2 + data[1], ReplyCode.KEYPAD)  # noqa: PLR2004 - reader and count
    return Keys(reader=data[0], keys="".join(_KEYPAD.get(key, "") for key in data[2:]))


def _local_status(data: bytes) -> LocalStatus:
    _demand(len(data) == 2, ReplyCode.LSTATR)  # noqa: PLR2004 - tamper and power
    return LocalStatus(tampered=bool(data[0]), power_failed=bool(data[1]))


def _cryptogram(data: bytes) -> Cryptogram:
    _demand(len(data) == 2 * RANDOM_LENGTH + KEY_LENGTH, ReplyCode.CCRYPT)
    return Cryptogram(data[:8], data[8:16], data[16:])


def _first_rmac(data: bytes) -> FirstRmac:
    _demand(len(data) == KEY_LENGTH, ReplyCode.RMAC_I)
    return FirstRmac(data)


_PARSERS: dict[int, Callable[[bytes], Reply]] = {
    ReplyCode.ACK: _nothing(Ack()),
    ReplyCode.NAK: _nak,
    ReplyCode.BUSY: _nothing(Busy()),
    ReplyCode.PDID: _identification,
    ReplyCode.PDCAP: _capabilities,
    ReplyCode.LSTATR: _local_status,
    ReplyCode.ISTATR: lambda data: Inputs(tuple(byte != 0 for byte in data)),
    ReplyCode.OSTATR: lambda data: Outputs(tuple(byte != 0 for byte in data)),
    ReplyCode.RAW: _card,
    ReplyCode.KEYPAD: _keys,
    ReplyCode.CCRYPT: _cryptogram,
    ReplyCode.RMAC_I: _first_rmac,
}
