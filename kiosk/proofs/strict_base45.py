"""Base45 (RFC 9285) that has one spelling for one value.

Our own, because each certificate that is held up passes here: this takes a third of the library's time, and the library
forgives a line break. Tests hold the two together.
"""

from __future__ import annotations

import struct

_ALPHABET = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_NONE = len(_ALPHABET)
_VALUES = bytes(_ALPHABET.index(octet) if octet in _ALPHABET else _NONE for octet in range(256))
_GROUP = 3  # characters for two octets; the last octet, if it is alone, has two


def decode(text: str) -> bytes:
    """The octets that ``text`` stands for.

    Raises:
        ValueError: a character is none of the alphabet, or a group stands for no octets.
    """
    values = text.encode("ascii").translate(_VALUES)
    whole = len(values) - len(values) % _GROUP
    if _NONE in values or len(values) == whole + 1:
        raise ValueError("not base45")
    groups = zip(values[0:whole:_GROUP], values[1:whole:_GROUP], values[2:whole:_GROUP], strict=True)
    numbers = [low + 45 * middle + 2025 * high for low, middle, high in groups]
    try:
        octets = struct.pack(f">{len(numbers)}H", *numbers)
    except struct.error as error:
        raise ValueError("a group that stands for more than two octets") from error
    return octets + bytes([values[whole] + 45 * values[whole + 1]]) if whole < len(values) else octets
