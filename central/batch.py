"""A batch of leaves as a kiosk sends it, checked before anything is kept. Pure.

``{"first": n, "leaves": [{"leaf": base64, "sealed": base64 | null}, …]}``: leaf i stands at index n + i, says so
itself and names the kiosk that sends it. Whether central understands its entry does not matter. ``sealed`` must be
what the leaf's digest says; it may be null, because the kiosk erases it after 31 days. There may be no leaves at all: then
the kiosk only asks how things stand.

Beside them, each absent or null where the kiosk has none: ``length``, how many entries its log has; ``checkpoint``, its newest,
a signed note; ``key``, which signed it, as keys are handed on; ``certificate``, the SHA-256 (hex) of the one it holds.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from central.errors import MalformedError
from kiosk.ledger.checkpoint import Checkpoint, CheckpointError, open_checkpoint, origin_of
from kiosk.ledger.leaf import LeafError, leaf_hash, parse_leaf
from kiosk.ledger.notes import ED25519, NoteError, NoteKey
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
class OfferedCheckpoint:
    """A checkpoint of the kiosk's log that its key has signed; whether the key is the pinned one is not known yet."""

    checkpoint: Checkpoint
    key: NoteKey
    note: str


@dataclass(frozen=True)
class Batch:
    """Well-placed leaves from ``first`` on, and what the kiosk says of its log."""

    first: int
    leaves: tuple[OfferedLeaf, ...]
    length: int | None = None
    offered: OfferedCheckpoint | None = None
    certificate: str | None = None

    @property
    def end(self) -> int:
        """The index after the last leaf."""
        return self.first + len(self.leaves)


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
    first, leaves = _index(data.get("first"), "first"), data.get("leaves")
    if not isinstance(leaves, list) or len(leaves) > MAX_LEAVES:
        raise MalformedError(f"is not a list of {MAX_LEAVES} at most", where="leaves")
    batch = Batch(
        first,
        tuple(_offered(item, kiosk, first, number) for number, item in enumerate(leaves)),
        None if data.get("length") is None else _index(data["length"], "length"),
        None if data.get("checkpoint") is None else _checkpoint(data["checkpoint"], data.get("key"), kiosk),
        None if data.get("certificate") is None else _text(data["certificate"], "certificate"),
    )
    if batch.length is not None and batch.length < batch.end:
        raise MalformedError("is less than what is sent", where="length")
    return batch


def _checkpoint(note: Any, key: Any, kiosk: str) -> OfferedCheckpoint:
    text = _text(note, "checkpoint")
    try:
        signer = NoteKey.parse(_text(key, "key"))
        checkpoint, _ = open_checkpoint(text.encode(), signer)
    except (NoteError, CheckpointError, UnicodeEncodeError) as error:
        raise MalformedError(str(error), where="checkpoint") from error
    if checkpoint.origin != origin_of(kiosk) or signer.algorithm != ED25519:
        raise MalformedError(f"is of {checkpoint.origin!r}, not of {origin_of(kiosk)!r}", where="checkpoint")
    return OfferedCheckpoint(checkpoint, signer, text)


def _index(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MAX_INDEX:
        raise MalformedError("is not an index", where=where)
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise MalformedError("is not text", where=where)
    return value


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
