"""CBOR from strangers: bounded in depth, no key twice, nothing left over."""

from __future__ import annotations

from typing import Any

import cbor2

#: An EU certificate is five containers deep, within its COSE frame.
_DEEPEST = 16


def loads(data: bytes) -> Any:
    """The one value that ``data`` is. Inside a tag, arrays are tuples and maps are mappings that are no ``dict``.

    Raises:
        ValueError: it is no CBOR, a key stands twice, containers are nested too deeply, or something follows.
    """
    try:
        return cbor2.loads(data, max_depth=_DEEPEST, allow_duplicate_keys=False)
    except (cbor2.CBORError, RecursionError, OverflowError, TypeError, MemoryError) as error:
        raise ValueError("not CBOR within bounds") from error
