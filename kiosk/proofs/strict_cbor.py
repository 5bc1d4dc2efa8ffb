"""CBOR from strangers: bounded in depth, no key twice, nothing left over, nothing made of it that costs more than it says."""

from __future__ import annotations

import secrets
from typing import Any, Never

import cbor2

#: An EU certificate is five containers deep, within its COSE frame.
_DEEPEST = 16
#: The library does not say where a value ends. So it reads a pair, of the value and of octets that nobody else knows: they are
#: the second of the pair only if nothing stands between.
_PAIR, _END = b"\x82", secrets.token_bytes(16)
_END_CBOR = cbor2.dumps(_END)


def _refuse(_value: Any, _immutable: bool) -> Never:  # noqa: FBT001 -- the library calls it so
    raise ValueError("a tag that no proof needs")


#: Tags that the library would make objects of. No proof has them, and some are traps: a regular expression of 56 KB takes
#: 38 seconds to compile, references make a value contain itself. Times (0, 1, 100, 1004) and large numbers (2, 3) stay;
#: a tag that the library does not know stays a tag.
_REFUSED = dict.fromkeys((4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 256, 258, 260, 261, 43000), _refuse)


def loads(data: bytes) -> Any:
    """The one value that ``data`` is. Inside a tag, arrays are tuples and maps are mappings that are no ``dict``.

    Raises:
        ValueError: it is no CBOR, a key stands twice, containers are nested too deeply, a tag is none of a proof, or
            something follows.
    """
    try:
        value, end = cbor2.loads(
            _PAIR + data + _END_CBOR,
            max_depth=_DEEPEST + 1,
            allow_duplicate_keys=False,
            semantic_decoders=_REFUSED,
        )
    except (cbor2.CBORError, RecursionError, OverflowError, TypeError, MemoryError) as error:
        raise ValueError("not CBOR within bounds") from error
    if end != _END:
        raise ValueError("something follows the CBOR")
    return value
