"""Leaves: final bytes, the same for ever, and read back as what was meant."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk import HONG_KONG
from kiosk.ledger.entries import ENTRY, Admission, Draft, Evidence, Recorded, TableShare
from kiosk.ledger.leaf import (
    MAX_LEAF,
    LeafError,
    canonical,
    leaf_bytes,
    leaf_hash,
    parse_leaf,
    parse_recorded,
    to_the_millisecond,
)
from tests.ledger.samples import DRAFTS, ENTRY_TYPES, TEXT

ADMISSION = Admission(
    command="c-17",
    party="p-4",
    zone="D1",
    people=(
        Evidence(proofs=("hk-vac",), lhs="staff_saw", age="adult"),
        Evidence(registered=True, papers=("test",)),
    ),
    tables=(TableShare(table="T4", people=2),),
    way="staffed",
    by="mei",
    waits_for_passage=True,
    instrument=None,
)
AT = datetime(2021, 5, 1, 11, 30, 0, 123999, tzinfo=UTC)

#: The form of a leaf is final: this changes only with a new version beside it.
FINAL = (
    '{"at":"2021-05-01T19:30:00.123+08:00","entry":{"by":"mei","command":"c-17","party":"p-4","people":['
    '{"age":"adult","document_seen":false,"form":false,"lhs":"staff_saw","papers":[],"proofs":["hk-vac"],'
    '"record_seen":false,"registered":false,"with_adult":false},'
    '{"document_seen":false,"form":false,"papers":["test"],"proofs":[],"record_seen":false,"registered":true,'
    '"with_adult":false}],"tables":[{"people":2,"table":"T4"}],"takeaway":false,"type":"admission",'
    '"waits_for_passage":true,"way":"staffed","zone":"D1"},"index":7,"kiosk":"hk-1","sealed":"'
    + "ab" * 32
    + '","v":1}'
)


def test_the_bytes_of_a_leaf_are_final() -> None:
    leaf = leaf_bytes("hk-1", 7, Draft(at=AT, entry=ADMISSION), "ab" * 32)
    assert leaf.decode() == FINAL
    assert leaf_hash(leaf) == hashlib.sha256(b"\0" + FINAL.encode()).digest()


@given(DRAFTS, st.integers(0, 2**53 - 1), st.none() | st.just("0f" * 32))
def test_what_is_written_is_what_is_read(draft: Draft, index: int, sealed: str | None) -> None:
    leaf = leaf_bytes("hk-1", index, draft, sealed)
    assert parse_recorded(leaf) == Recorded(index=index, at=to_the_millisecond(draft.at), entry=draft.entry)
    assert parse_leaf(leaf).sealed == sealed
    assert parse_leaf(leaf).type == draft.entry.type


@given(DRAFTS)
def test_a_leaf_is_in_canonical_form(draft: Draft) -> None:
    leaf = leaf_bytes("hk-1", 1, draft, None)
    assert rfc8785.dumps(json.loads(leaf)) == leaf


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**53) + 1, 2**53 - 1)
        | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    )
)
@example({"\ufb33": 1, "\U0001f600": 2, "\u20ac": 3, "\u7f8e": 4, "\x7f": "\u2028\x00"})
def test_canonical_text_is_that_of_the_library(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [2**53, -(2**53), 10**30])
def test_numbers_that_json_cannot_hold_are_refused_wherever_they_stand(number: int) -> None:
    for value in (number, [number], [1, number], {"n": number}, {"n": [{"m": number}]}):
        with pytest.raises(rfc8785.IntegerDomainError):
            canonical(value)


def test_no_entry_holds_a_fraction() -> None:
    # The quick way to canonical text would write 1.0 where JCS writes 1.
    assert '"type": "number"' not in json.dumps(ENTRY.json_schema())


def test_every_entry_type_is_drawn() -> None:
    assert {kind.model_fields["type"].default for kind in ENTRY_TYPES} == set(
        ENTRY.json_schema()["discriminator"]["mapping"]
    )


def test_a_leaf_that_we_do_not_understand_still_says_its_place() -> None:
    leaf = parse_leaf(
        b'{"v":9,"kiosk":"hk-1","index":3,"entry":{"type":"teleport","to":[1]},"sealed":null,"new":{}}'
    )
    assert (leaf.kiosk, leaf.index, leaf.version, leaf.type, leaf.at, leaf.sealed) == (
        "hk-1", 3, 9, "teleport", None, None
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not JSON"),
        (b"\xff{}", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"[" * 20_000, "not JSON"),
        (b'{"kiosk":"a","index":NaN}', "not JSON"),
        (b'{"index":1}', "kiosk"),
        (b'{"kiosk":3,"index":1}', "kiosk"),
        (b'{"kiosk":"a"}', "index"),
        (b'{"kiosk":"a","index":-1}', "index"),
        (b'{"kiosk":"a","index":true}', "index"),
        (b'{"kiosk":"a","index":1.0}', "index"),
        (b'{"kiosk":"a","index":1,"sealed":"AB"}', "digest"),
        (b'{"kiosk":"a","index":1,"sealed":7}', "digest"),
        (b'{"kiosk":"a","index":1,"x":"' + b"x" * MAX_LEAF + b'"}', "larger"),
    ],
)
def test_what_is_no_leaf_is_refused_with_its_reason(data: bytes, why: str) -> None:
    with pytest.raises(LeafError, match=why):
        parse_leaf(data)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"v": 2}, "version 2"),
        ({"at": None}, "its time"),
        ({"at": "2021-05-01T19:30:00"}, "its time"),
        ({"entry": {"type": "teleport"}}, "teleport"),
        ({"entry": {"type": "stopped", "colour": 1}}, "colour"),
        ({"entry": {"type": "exit", "source": "beam"}}, "people"),
        ({"entry": 5}, "entry 7"),
    ],
)
def test_an_entry_that_we_do_not_know_is_refused_with_its_reason(change: dict[str, object], why: str) -> None:
    data = json.dumps({**json.loads(FINAL), **change}).encode()
    assert parse_leaf(data).index == 7
    with pytest.raises(LeafError, match=why):
        parse_recorded(data)


def test_time_is_hong_kongs() -> None:
    recorded = parse_recorded(leaf_bytes("hk-1", 0, Draft(at=AT, entry=ADMISSION), None))
    assert recorded.at == datetime(2021, 5, 1, 19, 30, 0, 123000, tzinfo=HONG_KONG)
    assert recorded.at.tzinfo is HONG_KONG
