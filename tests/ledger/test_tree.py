"""The tree against the definition of RFC 6962 and against vectors that nobody here wrote."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.ledger.leaf import leaf_hash
from kiosk.ledger.tree import EMPTY_ROOT, Tree

VECTORS = Path(os.environ.get("KIOSK_VECTORS", Path(__file__).parents[3] / "shared" / "vectors")) / "merkle"

#: The leaves of the reference tree of Certificate Transparency.
REFERENCE = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]  # fmt: skip


def definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + definition(leaves[:k]) + definition(leaves[k:])).digest()


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=70))
def test_the_root_is_that_of_the_definition(hashes: list[bytes]) -> None:
    assert Tree(hashes).root() == definition(hashes)


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=70), st.integers(0, 70))
def test_a_tree_goes_on_from_what_was_kept(hashes: list[bytes], cut: int) -> None:
    kept = Tree(hashes[:cut])
    tree = Tree.resume(kept.size, kept.state())
    tree.extend(hashes[cut:])
    assert (tree.size, tree.root()) == (len(hashes), definition(hashes))


@pytest.mark.parametrize(("size", "state"), [(0, b"x"), (1, b""), (3, bytes(32)), (4, bytes(64)), (-1, b"")])
def test_a_state_of_another_size_is_refused(size: int, state: bytes) -> None:
    with pytest.raises(ValueError, match="not the state"):
        Tree.resume(size, state)


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert Tree().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


def roots() -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for file in VECTORS.rglob("happy-path.json"):
        vector = json.loads(file.read_text())
        for size, root in (("treeSize", "root"), ("size1", "root1"), ("size2", "root2")):
            if size in vector:
                found.setdefault(vector[size], set()).add(vector[root])
    return found


@pytest.mark.skipif(not VECTORS.is_dir(), reason=f"no vectors in {VECTORS}: set KIOSK_VECTORS")
def test_roots_are_those_of_the_public_vectors() -> None:
    known = {size: root for size, root in roots().items() if 1 <= size <= len(REFERENCE)}
    assert len(known) >= 4
    for size, expected in known.items():
        tree = Tree(leaf_hash(leaf) for leaf in REFERENCE[:size])
        assert {base64.b64encode(tree.root()).decode()} == expected
