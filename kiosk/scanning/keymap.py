"""From a keyboard scanner's keys to the bytes of a code, for the US layout.

A keyboard scanner types what it reads. Which sign a key stands for is the computer's business, so scanner and computer
have to agree on a layout; scanners are sold with the US one. Mapped are all signs that a US keyboard has, with SHIFT and
CAPS LOCK, the keypad (as with NUM LOCK on), CTRL with a letter (control characters), and ALT with a number on the keypad, by which
scanners type signs that the layout lacks. All other keys type nothing. Pure.

Codes of keys are those of the kernel (``linux/input-event-codes.h``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

# Rows of keys that follow each other: first key, signs without SHIFT, signs with it.
_ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (86, "\\", "|"),
    # Space, keypad, and the keys that end a code: Tab, Enter, the keypad's Enter.
    *((key, sign, sign) for key, sign in ((57, " "), (55, "*"), (74, "-"), (78, "+"), (83, "."), (98, "/"))),
    *((key, sign, sign) for key, sign in ((117, "="), (121, ","), (15, "\t"), (28, "\r"), (96, "\r"))),
    *((first, signs, signs) for first, signs in ((71, "789"), (75, "456"), (79, "123"), (82, "0"))),
)
PLAIN = {first + place: sign for first, signs, _ in _ROWS for place, sign in enumerate(signs)}
SHIFTED = {first + place: sign for first, _, signs in _ROWS for place, sign in enumerate(signs)}

_KEYPAD_DIGITS = {key: PLAIN[key] for key in (71, 72, 73, 75, 76, 77, 79, 80, 81, 82)}
_SHIFT = frozenset({42, 54})
_CTRL = frozenset({29, 97})
_ALT = frozenset({56, 100})
_META = frozenset({125, 126})
_CAPS_LOCK = 58
_MODIFIERS = _SHIFT | _CTRL | _ALT | _META

#: What the keypad says with ALT, as on the computers for which scanners are made: up to 255 this character set, with a
#: nought before it the other; above, the number of the character in Unicode.
_ALT_SET, _ALT_SET_WITH_NOUGHT = "cp437", "cp1252"
_LONGEST_NUMBER = 8


@dataclass(frozen=True)
class Keys:
    """What is held down, whether capitals are locked, and the digits typed on the keypad while ALT is held."""

    down: frozenset[int] = frozenset()
    capitals: bool = False
    number: str = ""


def press(keys: Keys, key: int) -> tuple[Keys, str]:
    """A key goes down; what it types."""
    if key in _MODIFIERS:
        return replace(keys, down=keys.down | {key}), ""
    if key == _CAPS_LOCK:
        return replace(keys, capitals=not keys.capitals), ""
    if keys.down & _META:
        return keys, ""
    if keys.down & _ALT:
        return replace(keys, number=(keys.number + _KEYPAD_DIGITS.get(key, ""))[:_LONGEST_NUMBER]), ""
    return keys, _sign(keys, key)


def release(keys: Keys, key: int) -> tuple[Keys, str]:
    """A key goes up; ALT types the character whose number was given while it was held."""
    if key not in _MODIFIERS:
        return keys, ""
    keys = replace(keys, down=keys.down - {key})
    if key in _ALT and not keys.down & _ALT:
        return replace(keys, number=""), _numbered(keys.number)
    return keys, ""


def _sign(keys: Keys, key: int) -> str:
    plain = PLAIN.get(key, "")
    shift = bool(keys.down & _SHIFT)
    if keys.down & _CTRL:
        sign = plain.upper()
        return chr(ord(sign) - 64) if sign and "A" <= sign <= "]" else ""
    if keys.capitals and plain.isalpha():
        shift = not shift
    return SHIFTED.get(key, "") if shift else plain


def _numbered(digits: str) -> str:
    number = int(digits or "0")
    if number > 0xFF:  # noqa: PLR2004 - the end of both character sets
        is_character = number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF  # noqa: PLR2004 - Unicode, but for surrogates
        return chr(number) if is_character else ""
    if number == 0:
        return ""
    if number < 0x20:  # noqa: PLR2004 - control characters stand for themselves: ALT+13 is an Enter
        return chr(number)
    return bytes([number]).decode(_ALT_SET_WITH_NOUGHT if digits.startswith("0") else _ALT_SET, "replace")
