"""Changes to inputs that know their shape: octets, text, JSON, CBOR. The same ones serve with atheris and without."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import cbor2

from kiosk.proofs import strict_cbor

#: From an input, another one.
Mutation = Callable[[bytes, Random], bytes]

_OCTETS = (0, 1, 0x1B, 0x7B, 0x7F, 0x80, 0xC0, 0xFF)
_NUMBERS = (0, -1, 1, 2, 99, 100, 255, 2**31, 2**33, -(2**53), 2**53, 2**63, 10**30, -0.0, 1.5, 1e308, -1e308)
_TEXTS = (
    "",
    " ",
    "0",
    "A" * 81,
    "甲" * 301,
    "\ud800",
    "\u202e",
    "\u0000",
    "\ufeff",
    "2021-02-29",
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "2021-00-00",
    "2021",
    "1990-XX-XX",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-23:59",
    "2022-05-01T24:00:00Z",
    "2022-05-01T12:00:00.1234567890123+00:00",
    "2022-W10-1T10:00",
    "840539006",
    "260415000",
    "260373001",
    "1.0",
    "\uff11\uff19\uff19\uff10-01-01",
    "<<<",
    "https://",
)
_LINKS = (
    "|", "||", ",", ":", "/", ".", "-", "=", "\n", "\r\n", "\t", " ", "{", "[", "}", "]", '"', "\\u0000", "*",
    "\ufeff", "\ud800", "\u200f", "HKSARG|VAC|", "HKSARG|EVT|", "HKSARG|MEC|", "HC1:", "shc:/", "shc:/1/2/", "HKEN:0",
    "VKR1:", "VKH1:", "VKB1:", '{"data":', '"sig":', "10-03-2021", "30-FEB-2021 25:61", "001", "002", "NA",
)  # fmt: skip


def octets(data: bytes, rng: Random) -> bytes:
    """Octets changed, put in, taken out, moved or doubled."""
    made = bytearray(data)
    for _ in range(1 + rng.getrandbits(2)):
        place, length = rng.randrange(len(made) + 1), 1 + rng.getrandbits(rng.randrange(1, 6))
        match rng.randrange(7):
            case 0:
                made[place:place] = rng.randbytes(length)
            case 1:
                del made[place : place + length]
            case 2 if place < len(made):
                made[place] ^= 1 << rng.randrange(8)
            case 3 if place < len(made):
                made[place] = rng.choice(_OCTETS)
            case 4:
                other = rng.randrange(len(made) + 1)
                made[other:other] = made[place : place + length]
            case 5 if place < len(made):
                made[place] = (made[place] + rng.randrange(-8, 9)) % 256
            case 6 if rng.getrandbits(3) == 0:
                made[place:place] = made[place : place + length] * (1 << rng.randrange(8))
            case _:
                made[place : place + length] = rng.randbytes(min(length, len(made) - place))
    return bytes(made)


def text(data: bytes, rng: Random) -> bytes:
    """Words and signs of the formats put into a text, or its octets changed."""
    if rng.getrandbits(1):
        return octets(data, rng)
    return _text(data.decode("utf-8", "replace"), rng).encode("utf-8", "surrogatepass")


def fields(data: bytes, rng: Random) -> bytes:
    """The fields between ``|`` changed, doubled, swapped or taken out."""
    said = data.decode("utf-8", "replace").split("|")
    place = rng.randrange(len(said))
    match rng.randrange(6):
        case 0:
            said[place] = rng.choice(_TEXTS)
        case 1:
            other = rng.randrange(len(said))
            said[place], said[other] = said[other], said[place]
        case 2:
            said.insert(place, said[rng.randrange(len(said))])
        case 3 if len(said) > 1:
            del said[place]
        case _:
            said[place] = _text(said[place], rng)
    return "|".join(said).encode("utf-8", "surrogatepass")


def parts(data: bytes, rng: Random) -> bytes:
    """The parts of a JWS between ``.``, what is inside of their base64url included; a bare header as JSON."""
    if data.startswith(b"{"):
        return json_value(data, rng)
    said = data.split(b".")
    place = rng.randrange(len(said))
    if rng.getrandbits(2):
        said[place] = _within_base64(said[place], rng, b"-_")
    else:
        said[place] = octets(said[place], rng)
    return b".".join(said)


def json_value(data: bytes, rng: Random) -> bytes:
    """A JSON value, something within it changed; now and then its octets."""
    if rng.getrandbits(2) == 0:
        return octets(data, rng)
    try:
        return json.dumps(_changed(json.loads(data), rng), ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "surrogatepass"
        )
    except (ValueError, RecursionError):
        return octets(data, rng)


def cbor_value(data: bytes, rng: Random) -> bytes:
    """A CBOR value, something within it changed, also what is written as octets inside of it; now and then its octets."""
    if rng.getrandbits(2) == 0:
        return octets(data, rng)
    try:
        return cbor2.dumps(_changed(_plain(strict_cbor.loads(data)), rng, binary=True))
    except (ValueError, TypeError, RecursionError, cbor2.CBOREncodeError):
        return octets(data, rng)


def der(data: bytes, rng: Random) -> bytes:
    """A value of a DER structure changed, and the lengths around it made right; now and then its octets."""
    if rng.getrandbits(2) == 0:
        return octets(data, rng)
    try:
        return _der(data, rng)
    except (IndexError, ValueError):
        return octets(data, rng)


def _der(data: bytes, rng: Random) -> bytes:
    """One of the values side by side in ``data`` changed, or taken out, or doubled."""
    values, place = [], 0
    while place < len(data):
        head, end = _bounds(data, place)
        values.append((data[place], data[place + head : end]))
        place = end
    chosen = rng.randrange(len(values))
    tag, content = values[chosen]
    change = rng.randrange(16)
    if change == 0:
        del values[chosen]
    elif change == 1:
        values.insert(chosen, values[chosen])
    elif change == 2:  # noqa: PLR2004 -- one of several
        values[chosen] = (
            rng.choice((0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x13, 0x17, 0x18, 0x30, 0x31, 0xA3)),
            content,
        )
    elif tag & 0x20 and content:
        values[chosen] = (tag, _der(content, rng))
    elif tag == 0x04 and rng.getrandbits(1):  # noqa: PLR2004 -- octets, in which extensions stand
        values[chosen] = (tag, der(content, rng))
    else:
        values[chosen] = (tag, octets(content, rng))
    return b"".join(tlv(tag, content) for tag, content in values)


def _bounds(data: bytes, place: int) -> tuple[int, int]:
    """The octets before the value at ``place``, and where it ends."""
    short = data[place + 1]
    if short < 0x80:  # noqa: PLR2004 -- DER
        return 2, place + 2 + short
    octets_ = short - 0x80
    head = 2 + octets_
    end = place + head + int.from_bytes(data[place + 2 : place + head])
    if not octets_ or end > len(data):
        raise ValueError("no DER")
    return head, end


def tlv(tag: int, content: bytes) -> bytes:
    """A value in DER."""
    size = len(content)
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, size] if size < 0x80 else [tag, 0x80 + len(length), *length]) + content  # noqa: PLR2004 -- DER


def _plain(value: Any) -> Any:
    """``value`` with lists and dicts, which can be changed."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return cbor2.CBORTag(value.tag, _plain(value.value)) if isinstance(value, cbor2.CBORTag) else value


def _changed(value: Any, rng: Random, *, binary: bool = False) -> Any:
    """``value`` with one change somewhere within, mostly deep down."""
    deeper = rng.random() < 0.9  # noqa: PLR2004 -- mostly
    if isinstance(value, cbor2.CBORTag) and deeper:
        return cbor2.CBORTag(value.tag, _changed(value.value, rng, binary=binary))
    if isinstance(value, dict) and value and deeper:
        return _changed_map(value, rng, binary=binary)
    if isinstance(value, list) and value and deeper:
        return _changed_list(value, rng, binary=binary)
    if isinstance(value, str) and rng.getrandbits(1):
        return _text(value, rng)
    if isinstance(value, bytes) and rng.getrandbits(3):
        return cbor_value(value, rng)
    return _anything(value, rng, binary=binary)


def _changed_map(value: dict[Any, Any], rng: Random, *, binary: bool) -> dict[Any, Any]:
    key = rng.choice(list(value))
    match rng.randrange(12):
        case 0:
            del value[key]
        case 1:
            value[_anything(key, rng, binary=binary) if binary else rng.choice(_TEXTS)] = value.pop(key)
        case 2:
            value[key] = value[rng.choice(list(value))]
        case _:
            value[key] = _changed(value[key], rng, binary=binary)
    return value


def _changed_list(value: list[Any], rng: Random, *, binary: bool) -> list[Any]:
    place = rng.randrange(len(value))
    match rng.randrange(10):
        case 0:
            del value[place]
        case 1:
            value.insert(place, value[rng.randrange(len(value))])
        case 2 if rng.getrandbits(3) == 0:
            value *= 1 << rng.randrange(7)
        case _:
            value[place] = _changed(value[place], rng, binary=binary)
    return value


def _anything(value: Any, rng: Random, *, binary: bool) -> Any:
    """A value of another kind, or the same in other clothes."""
    return rng.choice((*_CLOTHES, *_BINARY_CLOTHES) if binary else _CLOTHES)(value, rng)


def _nested(value: Any, rng: Random) -> Any:
    for _ in range(1 << rng.randrange(7)):
        value = [value] if rng.getrandbits(1) else {"a": value}
    return value


def _text(said: str, rng: Random) -> str:
    """A text with something put in, taken out, doubled or written otherwise."""
    place, length = rng.randrange(len(said) + 1), 1 + rng.getrandbits(2)
    before, after = said[:place], said[place:]
    return rng.choice(_WORDINGS)(before, after, length, rng)


def _within_base64(said: bytes, rng: Random, altchars: bytes | None = None) -> bytes:
    """What is inside of base64 changed; octets that are none are changed themselves."""
    try:
        inner = base64.b64decode(said + b"=" * (-len(said) % 4), altchars=altchars, validate=True)
    except (binascii.Error, ValueError):
        return octets(said, rng)
    change: Sequence[Mutation] = (octets, json_value) if inner[:1] == b"{" else (octets,)
    made = base64.b64encode(rng.choice(change)(inner, rng), altchars=altchars)
    return made.rstrip(b"=") if altchars else made


_Clothes = Callable[[Any, Random], Any]
_CLOTHES: tuple[_Clothes, ...] = (
    lambda _value, _rng: None,
    lambda _value, rng: bool(rng.getrandbits(1)),
    lambda _value, rng: rng.choice(_NUMBERS),
    lambda _value, rng: rng.choice(_NUMBERS),
    lambda _value, rng: rng.choice(_TEXTS),
    lambda _value, rng: rng.choice(_TEXTS),
    lambda value, _rng: [value],
    lambda _value, rng: {} if rng.getrandbits(1) else [],
    lambda value, _rng: str(value),
    _nested,
    lambda value, rng: (
        value + rng.randrange(-90000, 90001) if isinstance(value, int) else rng.choice(_NUMBERS)
    ),
    lambda value, _rng: float(value) if isinstance(value, int) and abs(value) < 2**60 else -0.5,
)
#: What CBOR has besides JSON's values.
_BINARY_CLOTHES: tuple[_Clothes, ...] = (
    lambda value, rng: cbor2.CBORTag(rng.choice((0, 1, 2, 18, 24, 37, 61, 100, 1004, 1040, 55799)), value),
    lambda _value, rng: rng.choice((float("nan"), float("inf"), cbor2.undefined, cbor2.CBORSimpleValue(99))),
    lambda value, _rng: value.encode("utf-8", "surrogatepass") if isinstance(value, str) else b"\0",
)
_Wording = Callable[[str, str, int, Random], str]
_WORDINGS: tuple[_Wording, ...] = (
    lambda _before, _after, _length, rng: rng.choice(_TEXTS),
    lambda before, after, _length, rng: before + rng.choice(_LINKS) + after,
    lambda before, after, length, _rng: before + after[length:],
    lambda before, after, _length, rng: before + chr(rng.randrange(128)) + after[1:],
    lambda before, after, _length, rng: before + chr(rng.randrange(0x2FFFF)) + after[1:],
    lambda before, after, _length, rng: before + after * (1 << rng.randrange(4)),
    lambda before, after, _length, _rng: (before + after).swapcase(),
    lambda before, after, length, rng: before + str(rng.choice(_NUMBERS)) + after[length:],
    lambda before, after, _length, rng: _within_base64(
        (before + after).encode("utf-8", "replace"), rng
    ).decode("utf-8", "replace"),
)
