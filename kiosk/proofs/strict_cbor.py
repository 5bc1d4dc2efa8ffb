"""CBOR from strangers: bounded in depth, no key twice, nothing left over, nothing made of it that costs more than it says."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Never

import cbor2

#: An EU certificate is five containers deep, within its COSE frame.
_DEEPEST = 16


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
    decoder = cbor2.CBORDecoder(
        BytesIO(data), max_depth=_DEEPEST, allow_duplicate_keys=False, semantic_decoders=_REFUSED
    )
    try:
        value = decoder.decode()
    except (cbor2.CBORError, RecursionError, OverflowError, TypeError, MemoryError) as error:
        raise ValueError("not CBOR within bounds") from error
    try:
        decoder.read(1)
    except cbor2.CBORDecodeEOF:
        return value
    raise ValueError("something follows the CBOR")
