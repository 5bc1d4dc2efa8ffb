"""Proofs against the definitions of RFC 6962, against public vectors, and against everything that was altered."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ledger.proof import (
    Nodes,
    ProofError,
    RangeCheck,
    consistency_proof,
    inclusion_proof,
    range_proof,
    root_at,
    verify_consistency,
    verify_inclusion,
    verify_range,
)
from kiosk.ledger.tree import EMPTY_ROOT
from tests.ledger.test_tree import definition

VECTORS = (
    Path(os.environ.get("KIOSK_VECTORS", Path(__file__).parents[3] / "shared" / "vectors"))
    / "merkle"
    / "testdata"
)
SIZES = range(1, 36)


def leaves(size: int) -> list[bytes]:
    return [hashlib.sha256(bytes([number % 256, number // 256])).digest() for number in range(size)]


LEAVES = leaves(64)


def reader(hashes: list[bytes]) -> Nodes:
    """Nodes by definition, of complete subtrees only."""

    def node(level: int, index: int) -> bytes:
        below = hashes[index << level : (index + 1) << level]
        assert len(below) == 1 << level, "a node was asked for that is not complete yet"
        return definition(below)

    return node


def split(size: int) -> int:
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def defined_path(index: int, hashes: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962, 2.1.1, word for word."""
    if len(hashes) == 1:
        return []
    k = split(len(hashes))
    if index < k:
        return [*defined_path(index, hashes[:k]), definition(hashes[k:])]
    return [*defined_path(index - k, hashes[k:]), definition(hashes[:k])]


def defined_subproof(old: int, hashes: list[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962, 2.1.2, word for word."""
    if old == len(hashes):
        return [] if whole else [definition(hashes)]
    k = split(len(hashes))
    if old <= k:
        return [*defined_subproof(old, hashes[:k], whole=whole), definition(hashes[k:])]
    return [*defined_subproof(old - k, hashes[k:], whole=False), definition(hashes[:k])]


@pytest.mark.parametrize("size", SIZES)
def test_inclusion_proofs_are_those_of_the_definition_and_verify(size: int) -> None:
    hashes = LEAVES[:size]
    root = definition(hashes)
    for index in range(size):
        proof = inclusion_proof(index, size, reader(hashes))
        assert list(proof) == defined_path(index, hashes)
        verify_inclusion(index, size, hashes[index], proof, root)


@pytest.mark.parametrize("size", SIZES)
def test_consistency_proofs_are_those_of_the_definition_and_verify(size: int) -> None:
    hashes = LEAVES[:size]
    root = definition(hashes)
    for old in range(1, size + 1):
        proof = consistency_proof(old, size, reader(hashes))
        assert list(proof) == defined_subproof(old, hashes, whole=True)
        verify_consistency(old, definition(hashes[:old]), size, root, proof)


@pytest.mark.parametrize("size", SIZES)
def test_any_stretch_of_leaves_leads_to_the_root(size: int) -> None:
    hashes = LEAVES[:size]
    for start in range(size):
        for end in range(start + 1, size + 1):
            proof = range_proof(start, end, size, reader(hashes))
            verify_range(start, size, hashes[start:end], proof, definition(hashes))


@given(st.data())
def test_a_stretch_that_comes_leaf_by_leaf_says_each_root_on_its_way(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 60))
    start = data.draw(st.integers(0, size - 1))
    end = data.draw(st.integers(start + 1, size))
    hashes = LEAVES[:size]
    check = RangeCheck(start, end, size, range_proof(start, end, size, reader(hashes)))
    for index in range(start, end):
        assert (check.size, check.root()) == (index, root_at(index, reader(hashes)))
        check.append(hashes[index])
    check.finish(definition(hashes))
    assert check.root() == definition(hashes[:end])
    beside = check.roots_beside()
    assert beside == {at: definition(hashes[:at]) for at in beside}
    assert start in beside or start == 0
    assert size in beside or size == end
    assert not set(range(start + 1, end + 1)) & set(beside)


@given(st.data())
def test_a_stretch_that_lacks_a_leaf_or_has_another_leads_nowhere(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 60))
    start = data.draw(st.integers(0, size - 2))
    end = data.draw(st.integers(start + 2, size))
    hashes = LEAVES[:size]
    there = hashes[start:end]
    place = data.draw(st.integers(0, len(there) - 1))
    other = data.draw(
        st.sampled_from(
            [
                [*there[:place], *there[place + 1 :]],
                [*there[:place], bytes(32), *there[place + 1 :]],
                [*there, there[-1]],
                there[::-1],
            ]
        )
    )
    check = RangeCheck(start, end, size, range_proof(start, end, size, reader(hashes)))
    for leaf in other:
        check.append(leaf)
    with pytest.raises(ProofError):
        check.finish(definition(hashes))


def test_proofs_read_from_a_longer_tree_are_those_of_the_shorter() -> None:
    nodes = reader(LEAVES)
    for size in SIZES:
        assert root_at(size, nodes) == definition(LEAVES[:size])
        assert inclusion_proof(size // 2, size, nodes) == inclusion_proof(
            size // 2, size, reader(LEAVES[:size])
        )
    assert root_at(0, nodes) == EMPTY_ROOT


HASH = st.binary(min_size=32, max_size=32)


@given(st.data())
def test_an_altered_inclusion_proof_proves_nothing(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 60))
    index = data.draw(st.integers(0, size - 1))
    hashes = LEAVES[:size]
    good = (index, size, hashes[index], inclusion_proof(index, size, reader(hashes)), definition(hashes))
    altered = data.draw(
        st.sampled_from(sorted(range(size + 2)))
        .map(lambda other: (other, *good[1:]))
        .filter(lambda case: case[0] != index)
        | HASH.map(lambda leaf: (*good[:2], leaf, *good[3:]))
        | proofs_beside(good[3]).map(lambda proof: (*good[:3], proof, good[4]))
        | HASH.map(lambda root: (*good[:4], root))
    )
    with pytest.raises(ProofError):
        verify_inclusion(*altered)


@given(st.data())
def test_an_altered_consistency_proof_proves_nothing(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 60))
    old = data.draw(st.integers(1, new))
    hashes = LEAVES[:new]
    good = (
        old,
        definition(hashes[:old]),
        new,
        definition(hashes),
        consistency_proof(old, new, reader(hashes)),
    )
    altered = data.draw(
        HASH.map(lambda root: (old, root, *good[2:]))
        | HASH.map(lambda root: (*good[:3], root, good[4]))
        | proofs_beside(good[4]).map(lambda proof: (*good[:4], proof))
        | st.integers(1, new)
        .filter(lambda other: other != old)
        .map(lambda other: (other, definition(hashes[:other]), *good[2:]))
    )
    if altered[0] != old and altered[0] == new:
        altered = (new, bytes(32), *altered[2:])
    elif list(altered[4]) == defined_subproof(altered[0], hashes, whole=True):
        # Another size may ask for the very same hashes; then it is no alteration.
        return
    with pytest.raises(ProofError):
        verify_consistency(*altered)


@given(st.data())
def test_a_stretch_with_one_leaf_or_hash_altered_dropped_or_added_proves_nothing(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 60))
    start = data.draw(st.integers(0, size - 1))
    end = data.draw(st.integers(start + 1, size))
    hashes = LEAVES[:size]
    good = (start, size, tuple(hashes[start:end]), range_proof(start, end, size, reader(hashes)))
    altered = data.draw(
        proofs_beside(good[2]).map(lambda leaves: (*good[:2], leaves, good[3]))
        | proofs_beside(good[3]).map(lambda proof: (*good[:3], proof))
        | st.integers(-1, size + 1).filter(lambda other: other != start).map(lambda other: (other, *good[1:]))
    )
    with pytest.raises(ProofError):
        verify_range(*altered, definition(hashes))


def proofs_beside(proof: tuple[bytes, ...]) -> st.SearchStrategy[tuple[bytes, ...]]:
    """Anything close to ``proof`` but not it: an item changed, dropped, added, cut short, or all in another order."""
    ways = [
        st.tuples(st.integers(0, len(proof)), st.binary(max_size=33)).map(
            lambda drawn: (*proof[: drawn[0]], drawn[1], *proof[drawn[0] :])
        )
    ]
    if proof:
        places = st.integers(0, len(proof) - 1)
        ways += [
            places.map(lambda at: (*proof[:at], *proof[at + 1 :])),
            st.tuples(places, HASH).map(lambda drawn: (*proof[: drawn[0]], drawn[1], *proof[drawn[0] + 1 :])),
            places.map(lambda at: (*proof[:at], proof[at][:31], *proof[at + 1 :])),
            st.permutations(proof).map(tuple),
        ]
    return st.one_of(ways).filter(lambda other: other != proof)


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 4), (5, 4), (-1, 4)])
def test_nothing_is_proved_about_an_empty_tree_or_backwards(old: int, new: int) -> None:
    with pytest.raises(ProofError):
        consistency_proof(old, new, reader(LEAVES[:4]))
    with pytest.raises(ProofError):
        verify_consistency(old, EMPTY_ROOT, new, EMPTY_ROOT, ())


@pytest.mark.parametrize("index", [-1, 4, 2**64 - 1])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(ProofError):
        inclusion_proof(index, 4, reader(LEAVES[:4]))
    with pytest.raises(ProofError):
        verify_inclusion(index, 4, LEAVES[0], (), EMPTY_ROOT)


# Vectors that nobody here wrote


def vectors(kind: str) -> list[Path]:
    return sorted((VECTORS / kind).rglob("*.json")) if VECTORS.is_dir() else []


def named(file: Path) -> str:
    return str(file.relative_to(VECTORS))


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def judged(vector: dict[str, Any], check: Any, *args: Any) -> None:
    if vector["wantErr"]:
        with pytest.raises(ProofError):
            check(*args)
    else:
        check(*args)


@pytest.mark.skipif(not VECTORS.is_dir(), reason=f"no vectors in {VECTORS}: set KIOSK_VECTORS")
def test_all_public_vectors_are_there() -> None:
    assert len(vectors("inclusion")) + len(vectors("consistency")) >= 190


@pytest.mark.parametrize("file", vectors("inclusion"), ids=named)
def test_public_inclusion_vectors(file: Path) -> None:
    vector = json.loads(file.read_text())
    proof = [raw(item) for item in vector["proof"] or ()]
    judged(
        vector,
        verify_inclusion,
        vector["leafIdx"],
        vector["treeSize"],
        raw(vector["leafHash"]),
        proof,
        raw(vector["root"]),
    )


@pytest.mark.parametrize("file", vectors("consistency"), ids=named)
def test_public_consistency_vectors(file: Path) -> None:
    vector = json.loads(file.read_text())
    proof = [raw(item) for item in vector["proof"] or ()]
    judged(
        vector,
        verify_consistency,
        vector["size1"],
        raw(vector["root1"]),
        vector["size2"],
        raw(vector["root2"]),
        proof,
    )
