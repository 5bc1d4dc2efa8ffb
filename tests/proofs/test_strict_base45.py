"""Base45: the same as the library for what encoders write, and nothing else."""

from __future__ import annotations

import base45
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.proofs.strict_base45 import decode

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


@given(st.binary(max_size=600))
def test_what_the_library_writes_comes_back(data):
    assert decode(base45.b45encode(data).decode()) == data


@given(st.text(ALPHABET, max_size=60) | st.text(st.characters(), max_size=20))
def test_a_text_stands_for_octets_only_in_the_spelling_of_the_encoder(text):
    try:
        data = decode(text)
    except ValueError:
        with pytest.raises(ValueError, match="base45"):
            base45.b45decode(text.encode("utf-8", "replace"))
    else:
        assert base45.b45encode(data).decode() == text


@pytest.mark.parametrize(
    "text",
    ["6", "6BF6", "6bf", "6BF\n", " 6BF\t", "6BF~", "::", "V5", ":::", "GGW", "6BFÄ", "6BF\ud800", "٦BF"],
)
def test_other_spellings_are_refused(text):
    with pytest.raises(ValueError, match=r"base45|group|range|ascii"):
        decode(text)


def test_the_largest_groups_stand_for_the_largest_octets():
    assert decode("FGW") == b"\xff\xff"
    assert decode("U5") == b"\xff"
