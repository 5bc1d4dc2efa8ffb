from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk.scanning.watch import GAP_S, UNREADABLE_FRAMES, UNREADABLE_S, Watch, look


def play(frames):
    """The events of a film: (seconds, texts, undecoded) in; (seconds, text or None for unreadable) out."""
    watch, told = Watch(), []
    for mono, texts, undecoded in frames:
        watch, events = look(watch, texts, undecoded=undecoded, mono=mono)
        told += [(mono, text) for text in events.texts]
        told += [(mono, None)] if events.unreadable else []
    return told


def film(seconds, texts=(), *, undecoded=False, start=0.0, fps=10):
    return [(start + number / fps, texts, undecoded) for number in range(int(seconds * fps))]


def test_a_code_shown_for_seconds_counts_once():
    assert play(film(20, ("a",))) == [(0.0, "a")]


def test_a_code_that_is_missed_in_some_frames_counts_once():
    frames = [(n / 10, ("a",) if n % 12 == 0 else (), n % 12 != 0) for n in range(100)]
    assert play(frames) == [(0.0, "a")]


def test_the_same_code_counts_again_after_it_was_away():
    assert play([*film(2, ("a",)), *film(1.5, start=2), *film(2, ("a",), start=3.5)]) == [
        (0.0, "a"),
        (3.5, "a"),
    ]


def test_two_codes_in_turn_count_once_each():
    frames = [(n / 10, ("a",) if n // 5 % 2 else ("b",), False) for n in range(100)]
    assert play(frames) == [(0.0, "b"), (0.5, "a")]


def test_what_does_not_decode_is_called_unreadable_once_after_three_seconds():
    assert play(film(20, undecoded=True)) == [(3.0, None)]


def test_it_is_called_unreadable_again_after_it_was_away():
    frames = [*film(4, undecoded=True), *film(2, start=4), *film(4, undecoded=True, start=6)]
    assert play(frames) == [(3.0, None), (9.0, None)]


def test_a_code_that_was_just_read_is_not_unreadable_when_it_is_turned_away():
    assert play([*film(1, ("a",)), *film(3, undecoded=True, start=1)]) == [(0.0, "a")]


def test_a_few_frames_far_apart_are_no_spell():
    assert play([(n * 1.4, (), True) for n in range(4)]) == []


views = st.tuples(st.frozensets(st.sampled_from("abc"), max_size=2), st.booleans())


@given(st.lists(st.tuples(st.floats(0.01, 2.5), views), max_size=80))
def test_a_text_counts_exactly_when_it_was_away_for_the_gap(steps):
    mono, frames = 0.0, []
    for step, (texts, undecoded) in steps:
        mono += step
        frames.append((mono, tuple(sorted(texts)), undecoded and not texts))
    told = play(frames)
    for text in "abc":
        shown = [at for at, texts, _ in frames if text in texts]
        expected = [at for n, at in enumerate(shown) if n == 0 or at - shown[n - 1] >= GAP_S]
        assert [at for at, what in told if what == text] == expected


@given(st.lists(st.tuples(st.floats(0.01, 2.5), views), max_size=120))
def test_unreadable_is_said_only_after_long_enough_without_any_code_read(steps):
    mono, frames = 0.0, []
    for step, (texts, undecoded) in steps:
        mono += step
        frames.append((mono, tuple(sorted(texts)), undecoded and not texts))
    for told, what in play(frames):
        if what is None:
            before = [frame for frame in frames if told - UNREADABLE_S <= frame[0] <= told]
            assert not any(texts for _, texts, _ in before)
            assert sum(undecoded for at, _, undecoded in frames if at <= told) >= UNREADABLE_FRAMES
