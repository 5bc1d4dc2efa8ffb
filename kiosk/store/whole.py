"""The whole log held against itself: what a start does not read any more, and nobody else on the box does.

Every leaf against its hash, its place and its kiosk; every hash against the stored tree, node by node; the roots of all
checkpoints that are there against that tree. Who signed them is not looked at.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from kiosk.ledger.leaf import LeafError, leaf_hash, parse_leaf
from kiosk.ledger.tree import Tree
from kiosk.store import checkpoints, rows
from kiosk.store.errors import StoreDamagedError, told_as_ours

_BATCH = 500
_MEND = "put the database of the last backup in its place"

#: Told how many entries have been looked at, and how many there are.
Progress = Callable[[int, int], object]


def check_whole(
    connection: sqlite3.Connection, file: Path, kiosk: str, progress: Progress = lambda _done, _all: None
) -> int:
    """Look at all of it; how many entries there are. What is appended meanwhile is left for the next time.

    Raises:
        StoreDamagedError: an entry or a node is missing, or not what was written.
        LogContradictedError: a checkpoint was signed over something else.
        StoreError: the database cannot be read.
    """
    length = rows.length(connection, file)
    signed = {each.size: each.root for each in checkpoints.between(connection, file, 0, length)}
    tree, nodes = Tree(), 0
    while tree.size < length:
        found = rows.leaf_rows(connection, file, tree.size, min(_BATCH, length - tree.size))
        if not found:
            raise StoreDamagedError(f"entry {tree.size} is missing", where=str(file), mend=_MEND)
        made: list[bytes] = []
        for index, leaf in found:
            _demand_place(file, kiosk, index, leaf)
            made += tree.append(leaf_hash(leaf))
            if tree.size in signed and tree.root() != signed[tree.size]:
                raise checkpoints.contradicted(
                    file, f"the checkpoint of {tree.size} entries was signed over other ones"
                )
        _demand_nodes(connection, file, nodes, made)
        nodes += len(made)
        progress(tree.size, length)
    return length


def _demand_place(file: Path, kiosk: str, index: int, leaf: bytes) -> None:
    try:
        said = parse_leaf(leaf)
    except LeafError as error:
        raise StoreDamagedError(f"entry {index}: {error}", where=str(file), mend=_MEND) from error
    if (said.kiosk, said.index) != (kiosk, index):
        raise StoreDamagedError(
            f"entry {index} holds the leaf of entry {said.index} of {said.kiosk}", where=str(file), mend=_MEND
        )


def _demand_nodes(connection: sqlite3.Connection, file: Path, first: int, made: list[bytes]) -> None:
    """The nodes that these leaves complete are those that are stored, from row ``first`` on."""
    with told_as_ours(file):
        stored = connection.execute(
            "SELECT id, hash FROM node WHERE id >= ? ORDER BY id LIMIT ?", (first, len(made))
        ).fetchall()
    for row, node in enumerate(made, start=first):
        if row - first >= len(stored) or stored[row - first] != (row, node):
            raise StoreDamagedError(
                f"the stored tree is not that of the entries (node {row})", where=str(file), mend=_MEND
            )
