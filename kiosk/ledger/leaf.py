"""The final bytes of an entry, their hash, and the way back.

A leaf is one JSON object in the canonical form of RFC 8785 (JCS)::

    {"at":"2021-05-01T19:30:00.000+08:00","entry":{…},"index":7,"kiosk":"hk-1","sealed":"…","v":1}

``at`` is Hong Kong time to the millisecond; what is null in an entry is left out of it; ``sealed`` is the SHA-256
(hex) of the ciphertext that travels beside the leaf, and absent where nobody left personal data; ``sealed_to`` is the
id of the authority's key that opens it (leaves from before there was a second key lack it). Its hash is that of
RFC 6962: ``SHA-256(00 | leaf)``.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, NoReturn

import rfc8785
from pydantic import ValidationError

from kiosk import HONG_KONG
from kiosk.errors import KioskError
from kiosk.ledger.entries import ENTRY, AnyEntry, Draft, Recorded

VERSION = 1
#: No entry of ours comes near it; central refuses what is larger.
MAX_LEAF = 64 * 1024

_TYPE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY_ID = re.compile(r"[0-9a-f]{16}")
#: A number stands behind one of these signs; so strings of digits, such as digests, are not looked through.
_LONG_NUMBER = re.compile(r"[:,\[]-?[0-9]{16}")
#: From here on UTF-16, by which JCS sorts keys, and code points, by which Python does, no longer agree.
_BEYOND = re.compile("[\ud800-\U0010ffff]")
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


class LeafError(KioskError, ValueError):
    """These bytes are not a leaf, or not one that this program understands."""

    code: ClassVar[str] = "bad_leaf"


@dataclass(frozen=True)
class Leaf:
    """What can be read of a leaf without understanding its entry; absent or odd parts are None."""

    kiosk: str
    index: int
    version: int | None
    at: datetime | None
    #: The entry's type, whether we know it or not.
    type: str | None
    #: Hex SHA-256 of the ciphertext beside the leaf.
    sealed: str | None
    entry: Any
    #: The id of the key that opens it.
    sealed_to: str | None = None


def to_the_millisecond(at: datetime) -> datetime:
    """``at`` as the log keeps it: Hong Kong's clock, finer fractions cut off."""
    at = at.astimezone(HONG_KONG)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def leaf_bytes(
    kiosk: str, index: int, draft: Draft, sealed_digest: str | None, sealed_to: str | None = None
) -> bytes:
    """The final bytes of ``draft`` at ``index``, with the digest of what was sealed beside it and the id of the key.

    Raises:
        LeafError: the entry holds what JSON cannot say exactly (a half surrogate, a number beyond 2**53).
    """
    leaf: dict[str, Any] = {
        "v": VERSION,
        "kiosk": kiosk,
        "index": index,
        "at": to_the_millisecond(draft.at).isoformat(timespec="milliseconds"),
        "entry": draft.entry.model_dump(mode="json", exclude_none=True),
    }
    if sealed_digest is not None:
        leaf["sealed"] = sealed_digest
        if sealed_to is not None:
            leaf["sealed_to"] = sealed_to
    try:
        return canonical(leaf)
    except rfc8785.CanonicalizationError as error:
        raise LeafError(f"cannot be written down ({error})", where=f"entry {index}") from error


def canonical(value: Any) -> bytes:
    """JCS of plain data without floats.

    Raises:
        rfc8785.CanonicalizationError: there is no canonical form.
    """
    text = _encode(value)
    # For text of usual signs with no large number, Python's encoder in C writes the same bytes in a sixth of the time
    # (the tests compare the two); whatever is finer goes to the library.
    usual = text.isascii() or not _BEYOND.search(text)
    if usual and not _LONG_NUMBER.search(f":{text}"):
        return text.encode()
    return rfc8785.dumps(value)


def leaf_hash(leaf: bytes) -> bytes:
    """RFC 6962: SHA-256 over a zero byte and the leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def parse_leaf(data: bytes) -> Leaf:
    """Read any leaf that says its place, whether its entry is known here or not.

    Raises:
        LeafError: not a JSON object, or kiosk, index or digest are not what they must be.
    """
    leaf = _object(data)
    kiosk, index, sealed = leaf.get("kiosk"), leaf.get("index"), leaf.get("sealed")
    if not isinstance(kiosk, str):
        raise LeafError("does not name its kiosk")
    if not isinstance(index, int) or isinstance(index, bool) or index < 0:
        raise LeafError("does not name its index")
    if sealed is not None and not (isinstance(sealed, str) and _DIGEST.fullmatch(sealed)):
        raise LeafError("has a digest of sealed data that is not a SHA-256 in hex")
    version, entry = leaf.get("v"), leaf.get("entry")
    kind = entry.get("type") if isinstance(entry, dict) else None
    return Leaf(
        kiosk=kiosk,
        index=index,
        version=version if isinstance(version, int) else None,
        at=_time(leaf.get("at")),
        type=kind if isinstance(kind, str) and _TYPE.fullmatch(kind) else None,
        sealed=sealed,
        entry=entry,
        sealed_to=to if isinstance(to := leaf.get("sealed_to"), str) and _KEY_ID.fullmatch(to) else None,
    )


def parse_recorded(data: bytes) -> Recorded:
    """Read a leaf of our own as the entry that it records.

    Raises:
        LeafError: not a leaf, of another version, or with an entry that this program does not know.
    """
    leaf = parse_leaf(data)
    where = f"entry {leaf.index}"
    if leaf.version != VERSION:
        raise LeafError(
            f"is a leaf of version {leaf.version}", where=where, mend="read it with a newer program"
        )
    if leaf.at is None:
        raise LeafError("does not say its time", where=where)
    try:
        return Recorded(index=leaf.index, at=leaf.at.astimezone(HONG_KONG), entry=_entry(leaf.entry))
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"]) or "the entry"
        raise LeafError(
            f"{place}: {fault['msg']}", where=where, mend="read it with the program that wrote it"
        ) from error


def _entry(data: Any) -> AnyEntry:
    try:
        return ENTRY.validate_python(data)
    except ValidationError as error:
        missing = [fault["loc"] for fault in error.errors() if fault["type"] == "missing"]
        if len(missing) != error.error_count():
            raise
        # Null is left out of a leaf: put it back where the model insists on a value.
        for _, *path, field in missing:
            target = data
            for step in path:
                target = target[step]
            target[field] = None
        return ENTRY.validate_python(data)


def _object(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_LEAF:
        raise LeafError(f"is larger than {MAX_LEAF} bytes")
    try:
        value = _decode(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise LeafError(f"is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise LeafError("is not a JSON object")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


#: Made once: `json.loads` with an option makes a decoder each time.
_decode = json.JSONDecoder(parse_constant=_no_constant).decode


def _time(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else None
