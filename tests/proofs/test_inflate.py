"""Inflating: bounded, whole, nothing after it."""

from __future__ import annotations

import contextlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.proofs.inflate import LARGEST, TooLargeError, inflate


def deflated(content: bytes, *, raw: bool) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS if raw else zlib.MAX_WBITS)
    return stream.compress(content) + stream.flush()


@given(st.binary(max_size=2000), st.booleans())
def test_what_was_deflated_comes_back(content: bytes, raw: bool) -> None:
    assert inflate(deflated(content, raw=raw), raw=raw) == content


@pytest.mark.parametrize("raw", [False, True])
def test_the_largest_content_passes_and_one_octet_more_is_too_large(raw: bool) -> None:
    assert len(inflate(deflated(bytes(LARGEST), raw=raw), raw=raw)) == LARGEST
    with pytest.raises(TooLargeError):
        inflate(deflated(bytes(LARGEST + 1), raw=raw), raw=raw)


@pytest.mark.parametrize("raw", [False, True])
def test_a_bomb_is_too_large_before_it_is_inflated(raw: bool) -> None:
    with pytest.raises(TooLargeError):
        inflate(deflated(bytes(64 * 1024 * 1024), raw=raw), raw=raw)


@given(st.binary(min_size=1, max_size=200), st.booleans(), st.data())
def test_a_stream_without_its_end_is_refused(content: bytes, raw: bool, data: st.DataObject) -> None:
    whole = deflated(content, raw=raw)
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(ValueError, match="stream"):
        inflate(whole[:cut], raw=raw)


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=20), st.booleans())
def test_nothing_may_follow_the_stream(content: bytes, after: bytes, raw: bool) -> None:
    with pytest.raises(ValueError, match="follows"):
        inflate(deflated(content, raw=raw) + after, raw=raw)


@given(st.binary(max_size=200))
def test_any_octets_end_in_content_or_a_value_error(data: bytes) -> None:
    for raw in (False, True):
        with contextlib.suppress(ValueError):
            assert len(inflate(data, raw=raw)) <= LARGEST
