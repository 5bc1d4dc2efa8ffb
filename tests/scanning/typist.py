"""A scanner that types, made anew from the names of keys: what its keys are, and the events that a kernel makes of them."""

from __future__ import annotations

import re
import string
import struct
from pathlib import Path

HEADER = Path("/usr/include/linux/input-event-codes.h")

#: Codes of keys by the kernel's names.
KEYS = {
    **{f"KEY_{digit}": 2 + place for place, digit in enumerate("1234567890")},
    **{f"KEY_{letter}": 16 + place for place, letter in enumerate("QWERTYUIOP")},
    **{f"KEY_{letter}": 30 + place for place, letter in enumerate("ASDFGHJKL")},
    **{f"KEY_{letter}": 44 + place for place, letter in enumerate("ZXCVBNM")},
    "KEY_MINUS": 12,
    "KEY_EQUAL": 13,
    "KEY_TAB": 15,
    "KEY_LEFTBRACE": 26,
    "KEY_RIGHTBRACE": 27,
    "KEY_ENTER": 28,
    "KEY_LEFTCTRL": 29,
    "KEY_SEMICOLON": 39,
    "KEY_APOSTROPHE": 40,
    "KEY_GRAVE": 41,
    "KEY_LEFTSHIFT": 42,
    "KEY_BACKSLASH": 43,
    "KEY_COMMA": 51,
    "KEY_DOT": 52,
    "KEY_SLASH": 53,
    "KEY_RIGHTSHIFT": 54,
    "KEY_LEFTALT": 56,
    "KEY_SPACE": 57,
    "KEY_CAPSLOCK": 58,
    "KEY_F1": 59,
    "KEY_KP0": 82,
    "KEY_KP1": 79,
    "KEY_KP2": 80,
    "KEY_KP3": 81,
    "KEY_KP4": 75,
    "KEY_KP5": 76,
    "KEY_KP6": 77,
    "KEY_KP7": 71,
    "KEY_KP8": 72,
    "KEY_KP9": 73,
    "KEY_KPENTER": 96,
    "KEY_KPDOT": 83,
    "KEY_KPASTERISK": 55,
    "KEY_KPMINUS": 74,
    "KEY_KPPLUS": 78,
    "KEY_KPSLASH": 98,
    "KEY_KPEQUAL": 117,
    "KEY_KPCOMMA": 121,
    "KEY_RIGHTALT": 100,
    "KEY_RIGHTCTRL": 97,
    "KEY_LEFTMETA": 125,
    "KEY_102ND": 86,
}

_SIGNS = {
    "-": "MINUS", "=": "EQUAL", "[": "LEFTBRACE", "]": "RIGHTBRACE", ";": "SEMICOLON", "'": "APOSTROPHE",
    "`": "GRAVE", "\\": "BACKSLASH", ",": "COMMA", ".": "DOT", "/": "SLASH", " ": "SPACE",
    "\t": "TAB", "\r": "ENTER",
}  # fmt: skip
_SHIFTED_SIGNS = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./", strict=True))

#: The keypad's own way to type.
KEYPAD = {
    **{digit: f"KEY_KP{digit}" for digit in string.digits},
    "*": "KEY_KPASTERISK",
    "-": "KEY_KPMINUS",
    "+": "KEY_KPPLUS",
    "/": "KEY_KPSLASH",
    ".": "KEY_KPDOT",
    "=": "KEY_KPEQUAL",
    ",": "KEY_KPCOMMA",
    "\r": "KEY_KPENTER",
}


def in_header() -> dict[str, int]:
    """The codes as this machine's kernel names them."""
    found = re.findall(r"#define\s+(KEY_\w+)\s+(\d+)\b", HEADER.read_text(encoding="utf-8"))
    return {name: int(number) for name, number in found}


def strokes(text: str, *, capitals: bool = False, keypad: bool = False) -> list[tuple[int, int]]:
    """(key, 1 for down or 0 for up) for each movement that types ``text``; ``capitals``: CAPS LOCK is on."""
    moves: list[tuple[int, int]] = []
    for sign in text:
        key, shift = _key(sign, keypad=keypad)
        if capitals and sign.isalpha():
            shift = not shift
        held = [KEYS["KEY_LEFTSHIFT"]] if shift else []
        moves += [(one, 1) for one in (*held, key)]
        moves += [(one, 0) for one in (key, *held)]
    return moves


def by_number(digits: str) -> list[tuple[int, int]]:
    """ALT held, ``digits`` on the keypad."""
    inner = [(KEYS[KEYPAD[digit]], value) for digit in digits for value in (1, 0)]
    return [(KEYS["KEY_LEFTALT"], 1), *inner, (KEYS["KEY_LEFTALT"], 0)]


def tap(name: str) -> list[tuple[int, int]]:
    """The key ``name``, down and up."""
    return [(KEYS[name], 1), (KEYS[name], 0)]


def events(moves: list[tuple[int, int]], *, began: float = 1000.0, step: float = 0.001) -> bytes:
    """The kernel's ``struct input_event`` for each movement, each with its scan code and its end, ``step`` seconds apart."""
    said = b""
    for place, (key, value) in enumerate(moves):
        micros = round((began + place * step) * 1e6)
        for kind, code, what in ((4, 4, 0x70000 + key), (1, key, value), (0, 0, 0)):
            said += struct.pack("=qqHHi", micros // 10**6, micros % 10**6, kind, code, what)
    return said


def _key(sign: str, *, keypad: bool) -> tuple[int, bool]:
    if keypad and sign in KEYPAD:
        return KEYS[KEYPAD[sign]], False
    if sign in _SHIFTED_SIGNS:
        return _key(_SHIFTED_SIGNS[sign], keypad=False)[0], True
    name = _SIGNS.get(sign, sign.upper())
    return KEYS[f"KEY_{name}"], sign.isupper()
