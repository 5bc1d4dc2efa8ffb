"""Base64 that has one spelling for one value."""

from __future__ import annotations

import base64
import binascii


def decode(text: str) -> bytes:
    """The bytes of ``text``: standard alphabet, padded, no blanks, unused bits zero.

    The library lets the unused bits of the last character be anything, so that a changed record could still carry
    "the same" signature; here the text must be what encoding its bytes gives.

    Raises:
        ValueError: it is anything else.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not base64") from error
    if text != encode(data):
        raise ValueError("not base64 as encoding writes it")
    return data


def encode(data: bytes) -> str:
    """``data`` in base64."""
    return base64.b64encode(data).decode("ascii")
