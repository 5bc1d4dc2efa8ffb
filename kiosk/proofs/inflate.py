"""Inflating what strangers compressed: bounded, whole, and nothing after it."""

from __future__ import annotations

import zlib

#: The most octets that come out; certificates need a few hundred, and a bomb would fill the memory.
LARGEST = 64 * 1024

_WINDOW = zlib.MAX_WBITS


class TooLargeError(ValueError):
    """More comes out than is looked at."""


def inflate(data: bytes, *, raw: bool = False) -> bytes:
    """What ``data`` holds: a zlib stream (RFC 1950), or with ``raw`` bare deflate (RFC 1951), at most `LARGEST` octets.

    Raises:
        TooLargeError: more would come out.
        ValueError: it is no such stream, its end is missing, or something follows it.
    """
    stream = zlib.decompressobj(-_WINDOW if raw else _WINDOW)
    try:
        content = stream.decompress(data, LARGEST + 1)
    except zlib.error as error:
        raise ValueError("not a compressed stream") from error
    if len(content) > LARGEST:
        raise TooLargeError(f"inflates to more than {LARGEST} octets")
    if not stream.eof:
        raise ValueError("the end of the compressed stream is missing")
    if stream.unused_data:
        raise ValueError("something follows the compressed stream")
    return content
