"""A batch of leaves as a kiosk sends it, checked before anything is kept. Pure.

``{"first": n, "leaves": [{"leaf": base64, "sealed": base64 | null}, …]}``: leaf i stands at index n + i, says so
itself and names the kiosk that sends it. Whether central understands its entry does not matter. ``sealed`` must be
what the leaf's digest says; it may be null, because the kiosk erases it after 31 days.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from central.errors import MalformedError
from kiosk.ledger.leaf import LeafError, leaf_hash, parse_leaf
from kiosk.ledger.sealing import digest

#: Bytes of a request's body, and leaves in it.
MAX_BODY = 4 * 1024 * 1024
MAX_LEAVES = 1000
#: What any engine's 64-bit column holds.
_MAX_INDEX = 2**53


@dataclass(frozen=True)
class OfferedLeaf:
    """A well-placed leaf."""

    leaf: bytes
    hash: bytes
    type: str | None
    ciphertext: bytes | None


@dataclass(frozen=True)
class Batch:
    """Well-placed leaves from ``first`` on, one at least."""

    first: int
    leaves: tuple[OfferedLeaf, ...]


def parse_batch(body: bytes, kiosk: str) -> Batch:
    """The batch in a request's body, sent by ``kiosk``.

    Raises:
        MalformedError: what is wrong, and with which leaf.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedError("is not JSON", where="body") from error
    if not isinstance(data, dict):
        raise MalformedError("is not an object", where="body")
    first, leaves = data.get("first"), data.get("leaves")
    if not isinstance(first, int) or isinstance(first, bool) or not 0 <= first <= _MAX_INDEX:
        raise MalformedError("is not an index", where="first")
    if not isinstance(leaves, list) or not 1 <= len(leaves) <= MAX_LEAVES:
        raise MalformedError(f"is not a list of 1 to {MAX_LEAVES}", where="leaves")
    return Batch(first, tuple(_offered(item, kiosk, first, number) for number, item in enumerate(leaves)))


def _offered(item: Any, kiosk: str, first: int, number: int) -> OfferedLeaf:
    where = f"leaves[{number}]"
    if not isinstance(item, dict):
        raise MalformedError("is not an object", where=where)
    data = _bytes(item.get("leaf"), f"{where}.leaf")
    ciphertext = None if item.get("sealed") is None else _bytes(item["sealed"], f"{where}.sealed")
    try:
        leaf = parse_leaf(data)
    except LeafError as error:
        raise MalformedError(error.what, where=where) from error
    if (leaf.kiosk, leaf.index) != (kiosk, first + number):
        raise MalformedError(
            f"is the leaf of {leaf.kiosk!r} at {leaf.index}, not of {kiosk!r} at {first + number}",
            where=where,
        )
    if ciphertext is not None and leaf.sealed != digest(ciphertext):
        raise MalformedError("is not what the leaf's digest says", where=f"{where}.sealed")
    return OfferedLeaf(data, leaf_hash(data), leaf.type, ciphertext)


def _bytes(value: Any, where: str) -> bytes:
    if not isinstance(value, str):
        raise MalformedError("is not base64", where=where)
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedError("is not base64", where=where) from error
