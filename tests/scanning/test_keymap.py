"""What a scanner types comes out as it was read: every sign, by SHIFT, CAPS LOCK, keypad or number."""

from __future__ import annotations

import string
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.scanning.typing_events import EVENT, Typing, typed
from tests.scanning.typist import HEADER, KEYPAD, KEYS, by_number, events, in_header, strokes, tap

PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
BASE45 = string.digits + string.ascii_uppercase + " $%*+-./:"
texts = st.text(PRINTABLE + "\t\r", max_size=40)


def read(data, typing=None):
    return "".join(typed(typing or Typing(), data)[1])


@pytest.mark.skipif(not HEADER.exists(), reason="the kernel's headers are not on this machine")
def test_the_keys_are_those_of_the_kernel():
    header = in_header()
    assert {name: header[name] for name in KEYS} == KEYS


def test_an_event_is_as_long_as_on_every_64_bit_machine():
    assert EVENT.size == struct.calcsize("@llHHi") == 24


@given(texts, st.booleans(), st.booleans())
def test_every_text_comes_out_as_it_was_typed(text, capitals, keypad):
    lock = tap("KEY_CAPSLOCK") if capitals else []
    moves = [*lock, *strokes(text, capitals=capitals, keypad=keypad), *lock]
    assert read(events(moves)) == text


def test_every_sign_of_a_certificate_and_of_the_keypad_is_known():
    assert read(events(strokes(BASE45))) == BASE45
    assert read(events([move for name in KEYPAD.values() for move in tap(name)])) == "".join(KEYPAD)


@given(texts, st.data())
def test_events_in_pieces_are_the_same_events(text, data):
    sent = events(strokes(text))
    cut = data.draw(st.integers(0, len(sent)))
    typing, first = typed(Typing(), sent[:cut])
    assert "".join(first + typed(typing, sent[cut:])[1]) == text


@pytest.mark.parametrize(
    ("digits", "sign"),
    [
        ("36", "$"),
        ("036", "$"),
        ("0233", "é"),
        ("130", "é"),
        ("0128", "€"),
        ("24489", "復"),
        ("13", "\r"),
        ("010", "\n"),
        ("55357", ""),
        ("99999999", ""),
        ("0", ""),
        ("", ""),
    ],
)
def test_a_number_on_the_keypad_while_alt_is_held_types_its_character(digits, sign):
    assert read(events([*strokes("a"), *by_number(digits), *strokes("b")])) == f"a{sign}b"


def test_control_characters_are_typed_with_ctrl():
    for key, sign in (("KEY_M", "\r"), ("KEY_RIGHTBRACE", "\x1d"), ("KEY_1", "")):
        assert read(events([(29, 1), *tap(key), (29, 0)])) == sign


def test_keys_without_a_sign_type_nothing():
    assert read(events([*tap("KEY_F1"), (125, 1), *tap("KEY_R"), (125, 0), *strokes("x")])) == "x"


def test_a_key_that_is_held_counts_once():
    held = events([(30, 1)]) + events([(30, 2)] * 9) + events([(30, 0)])
    assert read(held) == "a"


def test_what_an_event_that_was_lost_leaves_behind_is_forgotten_after_a_while():
    shift_stays_down = events([(42, 1), *tap("KEY_CAPSLOCK")])
    typing, _ = typed(Typing(), shift_stays_down)
    assert read(events(strokes("a"), began=1000.1), typing) == "a", "SHIFT and CAPS LOCK undo each other"
    assert read(events(strokes("1"), began=1000.1), typing) == "!"
    assert read(events(strokes("a1"), began=1009.0), typing) == "a1"


def test_what_the_kernel_lost_is_told_and_nothing_is_made_up_in_its_place():
    dropped = struct.pack("=qqHHi", 1000, 0, 0, 3, 0)
    late = struct.pack("=qqHHi", 1000, 0, 1, KEYS["KEY_Z"], 1) + struct.pack("=qqHHi", 1000, 0, 0, 0, 0)
    _, said = typed(Typing(), events(strokes("a")) + dropped + late + events(strokes("b")))
    assert said == ["a", "", "b"]


@given(st.binary(max_size=400))
def test_no_bytes_whatever_break_the_reading_of_events(data):
    typed(Typing(), data)
