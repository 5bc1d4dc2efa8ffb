"""Where a code ends, whatever ends it and in whatever pieces it comes; what is too long, and what is the same again."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.scanning import framing
from kiosk.scanning.framing import MAX_CODE_BYTES, Code, Dropped, Line, Repeats, text_of
from kiosk.scanning.watch import GAP_S

ENDS = (b"\r", b"\n", b"\r\n", b"\t")
payloads = st.binary(min_size=1, max_size=60).map(lambda data: data.translate(None, b"\r\n\t")).filter(bool)


def frame(pieces, line=None, mono=0.0):
    line, out = line or Line(), []
    for piece in pieces:
        line, framed = framing.take(line, piece, mono)
        out += framed
    return line, out


@st.composite
def in_pieces(draw, data):
    cuts = sorted(draw(st.sets(st.integers(0, len(data)), max_size=12)))
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]


@given(st.data(), st.lists(st.tuples(payloads, st.sampled_from(ENDS)), max_size=6))
def test_every_code_comes_out_once_whatever_ends_it_and_however_it_is_cut(data, codes):
    sent = b"".join(payload + end for payload, end in codes)
    line, out = frame(data.draw(in_pieces(sent)))
    assert [code.text for code in out] == [text_of(payload) for payload, _ in codes]
    assert line.is_empty


@given(st.data(), payloads)
def test_a_pause_ends_a_code_that_nothing_else_ends_and_none_before_it(data, payload):
    line, out = frame(data.draw(in_pieces(payload)), mono=5.0)
    assert out == []
    assert framing.pause(line, 5.19, 0.2) == (line, ())
    line, out = framing.pause(line, 5.2, 0.2)
    assert [code.text for code in out] == [text_of(payload)]
    assert framing.pause(line, 9.0, 0.2) == (Line(), ())


@given(st.data(), st.integers(MAX_CODE_BYTES - 3, MAX_CODE_BYTES + 3), st.sampled_from(ENDS))
@example(None, 10 * MAX_CODE_BYTES, b"\r").via("what never seems to end")
def test_what_is_too_long_is_dropped_whole_and_told_and_the_next_is_read(data, length, end):
    sent = b"x" * length + end + b"next" + end
    pieces = data.draw(in_pieces(sent)) if data else [sent[i : i + 7] for i in range(0, len(sent), 7)]
    line, first, out = Line(), [], []
    for piece in pieces:
        line, framed = framing.take(line, piece, 1.0)
        assert len(line.held) <= MAX_CODE_BYTES
        out += framed
    *first, last = out
    assert last.text == "next"
    if length <= MAX_CODE_BYTES:
        assert [code.text for code in first] == ["x" * length]
    else:
        assert [type(code) for code in first] == [Dropped]


def test_a_code_knows_when_its_first_and_its_last_byte_came():
    line, _ = framing.take(Line(), b"HC1:", 1.0)
    line, _ = framing.take(line, b"6BF", 1.2)
    _, (code,) = framing.take(line, b"NX\r\n", 1.4)
    assert code == Code("HC1:6BFNX", began=1.0, ended=1.4)


def test_a_code_of_which_something_was_lost_is_dropped_to_its_end():
    line, _ = framing.take(Line(), b"HC1:6B", 1.0)
    line = framing.spoil(line, "lost keys", 1.1)
    line, out = framing.take(line, b"FNX\r", 1.2)
    assert [type(one) for one in out] == [Dropped]
    _, out = framing.take(line, b"whole\r", 1.3)
    assert [code.text for code in out] == ["whole"]


@given(st.binary(max_size=40))
def test_no_byte_is_lost_in_the_text(data):
    text = text_of(data)
    assert data in {text.encode("utf-8", "surrogatepass"), _latin(text)}


def _latin(text):
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return None


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("復必泰".encode(), "復必泰"),
        ("\ufeffHKSARG|VAC".encode(), "\ufeffHKSARG|VAC"),
        (b"\xff\x00\xfe", "\xff\x00\xfe"),
    ],
)
def test_bytes_are_utf_8_where_they_can_be_and_else_latin_1(data, text):
    assert text_of(data) == text


def told(*codes):
    repeats, out = Repeats(), []
    for text, began, ended in codes:
        repeats, new = repeats.told(Code(text, ended, began))
        out += [text] if new else []
    return out


def test_the_same_code_again_at_once_counts_once_and_again_when_it_was_away():
    assert told(("a", 0, 0), ("a", 1, 1), ("a", 2, 2), ("a", 2 + GAP_S, 2 + GAP_S)) == ["a", "a"]


def test_a_slow_line_does_not_make_two_codes_of_one_that_is_read_again():
    assert told(("a", 0, 2.5), ("a", 2.6, 5.1), ("a", 5.2, 7.7)) == ["a"]


def test_two_codes_in_turn_count_once_each():
    assert told(("a", 0, 0), ("b", 0.5, 0.5), ("a", 1, 1), ("b", 1.5, 1.5)) == ["a", "b"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 3)), max_size=30))
def test_what_is_remembered_of_codes_stays_small(steps):
    repeats, mono = Repeats(), 0.0
    for text, later in steps:
        mono += later
        repeats, _ = repeats.told(Code(text, mono, mono))
        assert all(mono - last < GAP_S for last in repeats.seen.values())
