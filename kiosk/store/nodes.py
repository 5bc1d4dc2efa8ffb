"""The inner nodes of the tree on disk: written once, each with the entry that completes it.

A node's row number follows from its place: nodes are numbered in the order in which appending leaves completes them, so
the table only grows at its end, and any node is found without a search. Leaf hashes stand beside the entries.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from kiosk.ledger.proof import Nodes, peaks
from kiosk.ledger.tree import Tree
from kiosk.store.errors import StoreDamagedError, told_as_ours

_INSERT = "INSERT INTO node (id, hash) VALUES (?, ?)"
_MEND = "put the database of the last backup in its place"


def row_of(level: int, index: int) -> int:
    """The row of an inner node (level 1 and above)."""
    completed_by = ((index + 1) << level) - 1
    return inner_nodes(completed_by) + level - 1


def inner_nodes(size: int) -> int:
    """How many inner nodes are complete in a tree of ``size`` leaves."""
    return size - size.bit_count()


def grow(connection: sqlite3.Connection, tree: Tree, hashes: Iterable[bytes]) -> None:
    """Append leaves to ``tree`` and write the nodes that they complete, within the caller's transaction."""
    row = inner_nodes(tree.size)
    for leaf_hash in hashes:
        # Half of all entries complete no node.
        if completed := tree.append(leaf_hash):
            connection.executemany(_INSERT, enumerate(completed, start=row))
            row += len(completed)


def reader_of(connection: sqlite3.Connection, file: Path) -> Nodes:
    """Reads nodes one by one.

    Raises (when called):
        StoreDamagedError: a node is not there.
    """

    def node(level: int, index: int) -> bytes:
        query, key = (
            ("SELECT hash FROM node WHERE id = ?", row_of(level, index))
            if level
            else ("SELECT leaf_hash FROM entry WHERE idx = ?", index)
        )
        with told_as_ours(file):
            row = connection.execute(query, (key,)).fetchone()
        if row is None:
            raise StoreDamagedError(
                f"the node {index} of level {level} of the log's tree is missing", where=str(file), mend=_MEND
            )
        return bytes(row[0])

    return node


def stored_tree(connection: sqlite3.Connection, file: Path, size: int) -> Tree:
    """The tree of the first ``size`` entries, from its stored nodes.

    Raises:
        StoreDamagedError: nodes are missing, or there are more than belong to it.
    """
    with told_as_ours(file):
        row = connection.execute("SELECT coalesce(max(id) + 1, 0) FROM node").fetchone()
    if row[0] != inner_nodes(size):
        raise StoreDamagedError(
            f"the log's tree has {row[0]} nodes, {size} entries have {inner_nodes(size)}",
            where=str(file),
            mend=_MEND,
        )
    nodes = reader_of(connection, file)
    return Tree.resume(size, b"".join(nodes(*peak) for peak in peaks(0, size)))
