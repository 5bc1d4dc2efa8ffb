"""The Merkle tree of RFC 6962 over leaf hashes, kept as the roots of its complete subtrees.

A tree of n leaves is a row of perfect trees, one for each bit of n that is set, the largest first; their roots are all
that is needed to append and to say the root, so a log of any length takes 64 hashes at most.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

_HASH = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962: SHA-256 over a byte 01 and the two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree: append leaf hashes, ask for the root at any time."""

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._size = 0
        self._row: list[bytes] = []
        self.extend(leaf_hashes)

    @property
    def size(self) -> int:
        """Leaves so far."""
        return self._size

    def append(self, leaf_hash: bytes) -> list[bytes]:
        """Add one leaf: it joins with each perfect tree of its own size, as a carry does in counting.

        Returns the inner nodes that it completes, the lowest first; they never change again.
        """
        node, bits = leaf_hash, self._size
        completed: list[bytes] = []
        while bits & 1:
            node = node_hash(self._row.pop(), node)
            completed.append(node)
            bits >>= 1
        self._row.append(node)
        self._size += 1
        return completed

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Add leaves in order."""
        for leaf_hash in leaf_hashes:
            self.append(leaf_hash)

    def root(self) -> bytes:
        """The tree's head: the row folded from the right. SHA-256 of nothing for an empty tree."""
        if not self._row:
            return EMPTY_ROOT
        *rest, node = self._row
        for left in reversed(rest):
            node = node_hash(left, node)
        return node

    def row(self) -> list[tuple[int, bytes]]:
        """The perfect trees from the left: the level of each (2 to its power are its leaves) and its root."""
        levels = (level for level in reversed(range(self._size.bit_length())) if self._size >> level & 1)
        return list(zip(levels, self._row, strict=True))

    def copy(self) -> Tree:
        """A tree of the same leaves that grows by itself."""
        tree = Tree()
        tree._size, tree._row = self._size, self._row.copy()
        return tree

    def state(self) -> bytes:
        """The row, to be kept beside the size and handed to `resume`."""
        return b"".join(self._row)

    @classmethod
    def resume(cls, size: int, state: bytes) -> Tree:
        """The tree of ``size`` leaves that ``state`` came from.

        Raises:
            ValueError: a state of another size.
        """
        if size < 0 or len(state) != size.bit_count() * _HASH:
            raise ValueError(f"{len(state)} bytes are not the state of a tree of {size} leaves")
        tree = cls()
        tree._size = size
        tree._row = [state[at : at + _HASH] for at in range(0, len(state), _HASH)]
        return tree
