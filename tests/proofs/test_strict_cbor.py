"""CBOR from strangers: what is not refused is small, plain and said once."""

from __future__ import annotations

import math
import re
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from ipaddress import IPv4Address

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.proofs import strict_cbor

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64 - 1)
    | st.binary(max_size=20)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.integers() | st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(plain)
def test_plain_values_come_back(value):
    assert strict_cbor.loads(cbor2.dumps(value)) == value


@given(st.binary(max_size=200))
def test_any_octets_end_in_a_value_or_a_value_error(data):
    try:
        strict_cbor.loads(data)
    except ValueError:
        pass
    else:
        with pytest.raises(ValueError, match="CBOR"):
            strict_cbor.loads(data + b"\x00")


@pytest.mark.parametrize(
    "value",
    [
        re.compile("a"),
        Decimal("1.5"),
        Fraction(1, 2),
        {1, 2},
        uuid.UUID(int=0),
        IPv4Address("127.0.0.1"),
        complex(1, 2),
        cbor2.CBORTag(36, "Content-Type: text/plain\n\n"),
        cbor2.CBORTag(5, [-1, 3]),
        cbor2.CBORTag(28, []),
        cbor2.CBORTag(29, 0),
        cbor2.CBORTag(25, 0),
        cbor2.CBORTag(256, ["a"]),
    ],
    ids=str,
)
def test_nothing_is_made_of_a_tag_that_no_proof_needs(value):
    with pytest.raises(ValueError, match="CBOR"):
        strict_cbor.loads(cbor2.dumps({"within": [value]}))


def test_a_regular_expression_is_not_compiled():
    trap = cbor2.CBORTag(35, "(?i)" + "[\x00-\uffff]" * 8000)
    with pytest.raises(ValueError, match="CBOR") as refusal:
        strict_cbor.loads(cbor2.dumps(trap))
    assert "no proof needs" in str(refusal.value.__cause__.__cause__)


def test_times_are_read_and_unknown_tags_stay_tags():
    moment = datetime(2021, 5, 1, 19, 30, tzinfo=UTC)
    assert strict_cbor.loads(cbor2.dumps(moment)) == moment
    assert strict_cbor.loads(cbor2.dumps(cbor2.CBORTag(61, 1))) == cbor2.CBORTag(61, 1)
    assert math.isnan(strict_cbor.loads(b"\xf9\x7e\x00"))


@pytest.mark.parametrize(
    "data",
    [
        b"\xa2\x01\x01\x01\x02",  # a key twice
        b"\xbf\x61a\x01\x61a\x02\xff",  # and in a map of unsaid length
        b"\x81" * 17 + b"\x00",
        b"\x81" * 5000,
        b"\xc6" * 5000,
        b"\x00\x00",
        b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",  # lengths that nothing has
        b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\xbb\x00\x00\x00\xff\xff\xff\xff\xff",
        b"\x61\xff",
        b"\xff",
        b"",
    ],
    ids=lambda data: data[:9].hex(),
)
def test_what_is_not_one_bounded_value_is_refused(data):
    with pytest.raises(ValueError, match="CBOR"):
        strict_cbor.loads(data)
