"""Proofs about the tree of RFC 6962: made from its stored nodes, checked with nothing but hashes.

A *node* ``(level, index)`` is the root of the perfect subtree over the leaves from ``index << level`` on, ``1 << level``
of them; level 0 are the leaf hashes. Making a proof reads about ``2 * log2(size)`` nodes, whatever the size.

Checking follows RFC 9162, 2.1.3.2 and 2.1.4.2. Nothing is proved about an empty tree, and a proof has exactly the length
that its place asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import ClassVar

from kiosk.errors import KioskError
from kiosk.ledger.tree import EMPTY_ROOT, Tree, node_hash

#: Reads one node: level and index in, 32 bytes out.
Nodes = Callable[[int, int], bytes]

_HASH = 32


class ProofError(KioskError, ValueError):
    """A proof does not prove what it is said to."""

    code: ClassVar[str] = "bad_proof"


# Making


def peaks(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The fewest nodes whose leaves are those from ``start`` to ``end`` (exclusive), from the left."""
    while start < end:
        aligned = (start & -start).bit_length() - 1 if start else end.bit_length()
        level = min(aligned, (end - start).bit_length() - 1)
        yield level, start >> level
        start += 1 << level


def root_at(size: int, nodes: Nodes) -> bytes:
    """The root of the tree when it had ``size`` leaves."""
    return _span(0, size, nodes) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """The siblings from the leaf at ``index`` up to the root of ``size`` leaves (RFC 6962, 2.1.1).

    Raises:
        ProofError: there is no such leaf in a tree of that size.
    """
    if not 0 <= index < size:
        raise ProofError(f"entry {index} is not in a tree of {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _left(end - start)
        if index < middle:
            path.append(_span(middle, end, nodes))
            end = middle
        else:
            path.append(_span(start, middle, nodes))
            start = middle
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, nodes: Nodes) -> tuple[bytes, ...]:
    """That the tree of ``new`` leaves begins with the tree of ``old`` leaves (RFC 6962, 2.1.2).

    Raises:
        ProofError: not 0 < old <= new.
    """
    if not 0 < old <= new:
        raise ProofError(f"nothing can be proved from a tree of {old} to one of {new}")
    path: list[bytes] = []
    start, end, known = 0, new, True
    while old != end:
        middle = start + _left(end - start)
        if old <= middle:
            path.append(_span(middle, end, nodes))
            end = middle
        else:
            path.append(_span(start, middle, nodes))
            start, known = middle, False
    if not known:
        path.append(_span(start, end, nodes))
    return tuple(reversed(path))


def range_proof(start: int, end: int, size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """What is left and right of the leaves from ``start`` to ``end`` (exclusive): with their hashes it makes the root.

    Raises:
        ProofError: not 0 <= start < end <= size.
    """
    if not 0 <= start < end <= size:
        raise ProofError(f"entries {start} to {end} are not in a tree of {size}")
    return tuple(nodes(*peak) for span in ((0, start), (end, size)) for peak in peaks(*span))


# Checking


def verify_inclusion(index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """That the leaf with ``leaf_hash`` stands at ``index`` in the tree of ``size`` leaves with ``root``.

    Raises:
        ProofError: it is not shown.
    """
    if not 0 <= index < size:
        raise ProofError(f"entry {index} is not in a tree of {size}")
    _demand_hashes(leaf_hash, *proof)
    node = leaf_hash
    for on_the_left, sibling in _climb(index, size - 1, proof):
        node = node_hash(sibling, node) if on_the_left else node_hash(node, sibling)
    if node != root:
        raise ProofError(f"entry {index} does not lead to the root")


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """That the tree of ``new`` leaves with ``new_root`` begins with that of ``old`` leaves with ``old_root``.

    Raises:
        ProofError: it is not shown.
    """
    if not 0 < old <= new:
        raise ProofError(f"nothing can be proved from a tree of {old} to one of {new}")
    _demand_hashes(*proof)
    if old == new:
        if proof or old_root != new_root:
            raise ProofError(f"two trees of {old} entries differ")
        return
    path = [old_root, *proof] if old.bit_count() == 1 else list(proof)
    if not path:
        raise ProofError("is empty")
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first, *rest = path
    ours, theirs = first, first
    for on_the_left, sibling in _climb(place, last, rest):
        if on_the_left:
            ours, theirs = node_hash(sibling, ours), node_hash(sibling, theirs)
        else:
            theirs = node_hash(theirs, sibling)
    if ours != old_root:
        raise ProofError(f"what was signed at {old} entries is not the beginning")
    if theirs != new_root:
        raise ProofError(f"it does not lead to what was signed at {new} entries")


def verify_range(
    start: int, size: int, leaf_hashes: Sequence[bytes], proof: Sequence[bytes], root: bytes
) -> None:
    """That ``leaf_hashes`` stand from ``start`` on, without a gap, in the tree of ``size`` leaves with ``root``.

    Raises:
        ProofError: it is not shown.
    """
    _demand_hashes(*leaf_hashes)
    check = RangeCheck(start, start + len(leaf_hashes), size, proof)
    for leaf in leaf_hashes:
        check.append(leaf)
    check.finish(root)


class RangeCheck:
    """`verify_range` for leaves that come one after another, however many.

    On the way it says the root as it was at each size. What stands left of the range is taken from the proof: those roots are
    the log's only if `finish` finds nothing wrong.
    """

    def __init__(self, start: int, end: int, size: int, proof: Sequence[bytes]) -> None:
        """Expect the leaves from ``start`` to ``end`` (exclusive) of a tree of ``size``.

        Raises:
            ProofError: not 0 <= start < end <= size, or not a proof of that length.
        """
        if not 0 <= start < end <= size:
            raise ProofError(f"entries {start} to {end} are not in a tree of {size}")
        _demand_hashes(*proof)
        left, right = ([level for level, _ in peaks(*span)] for span in ((0, start), (end, size)))
        if len(proof) != len(left) + len(right):
            raise ProofError(f"has {len(proof)} hashes where {len(left) + len(right)} belong")
        self._start, self._end = start, end
        self._left = list(zip(left, proof, strict=False))
        self._right = list(zip(right, proof[len(left) :], strict=True))
        self._tree = Tree.resume(start, b"".join(proof[: len(left)]))

    @property
    def size(self) -> int:
        """Where the next leaf belongs, which is how many leaves the tree has up to here."""
        return self._tree.size

    def append(self, leaf_hash: bytes) -> None:
        """Take the next leaf."""
        self._tree.append(leaf_hash)

    def root(self) -> bytes:
        """The root of the tree as it was when it had `size` leaves."""
        return self._tree.root()

    def finish(self, root: bytes) -> None:
        """That the leaves, with what the proof says of the rest, lead to ``root``.

        Raises:
            ProofError: they do not, or there were fewer or more of them.
        """
        if self.size != self._end:
            raise ProofError(f"{self.size - self._start} entries are there, not {self._end - self._start}")
        *_, whole = [self.root(), *_growing(self._tree.row(), self._right)]
        if whole != root:
            raise ProofError(f"entries {self._start} to {self._end - 1} do not lead to the root")

    def roots_beside(self) -> dict[int, bytes]:
        """The root at each size outside the range where a subtree of the proof ends. To be asked for once `finish` is content."""
        before = zip(_ends(0, self._left), _growing([], self._left), strict=True)
        behind = zip(_ends(self._end, self._right), _growing(self._tree.row(), self._right), strict=True)
        return {**dict(before), **dict(behind)}


def _growing(row: list[tuple[int, bytes]], subtrees: Iterable[tuple[int, bytes]]) -> Iterator[bytes]:
    """The root after each of ``subtrees`` was added to ``row``, which are perfect trees from the left: joined as in counting."""
    for level, node in subtrees:
        while row and row[-1][0] == level:
            level, node = level + 1, node_hash(row.pop()[1], node)  # noqa: PLW2901 - the carry goes on with what it made
        row.append((level, node))
        *others, (_, root) = row
        for _, sibling in reversed(others):
            root = node_hash(sibling, root)
        yield root


def _ends(start: int, subtrees: Iterable[tuple[int, bytes]]) -> Iterator[int]:
    """Behind which leaf each of ``subtrees`` ends, where the first begins at ``start``."""
    return (start + width for width in accumulate(1 << level for level, _ in subtrees))


def _climb(place: int, last: int, proof: Sequence[bytes]) -> Iterator[tuple[bool, bytes]]:
    """Each hash of a proof on the way from a node up to the root, and whether it stands on the left.

    ``place`` and ``last`` are the node's place and that of the last node on its level.

    Raises:
        ProofError: the proof is shorter or longer than the way.
    """
    for sibling in proof:
        if last == 0:
            raise ProofError("is longer than the way to the root")
        on_the_left = bool(place & 1) or place == last
        if on_the_left:
            # Where the tree has no right half, the node goes up unpaired.
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        yield on_the_left, sibling
        place, last = place >> 1, last >> 1
    if last != 0:
        raise ProofError("is shorter than the way to the root")


def _left(size: int) -> int:
    """The largest power of two below ``size``: where RFC 6962 divides a tree."""
    return 1 << ((size - 1).bit_length() - 1)


def _span(start: int, end: int, nodes: Nodes) -> bytes:
    """The hash over the leaves from ``start``, where RFC 6962 divides, to ``end``."""
    *rest, node = [nodes(*peak) for peak in peaks(start, end)]
    for left in reversed(rest):
        node = node_hash(left, node)
    return node


def _demand_hashes(*hashes: bytes) -> None:
    if any(len(item) != _HASH for item in hashes):
        raise ProofError("has something in it that is not a SHA-256")
