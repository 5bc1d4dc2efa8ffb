"""JSON that means one thing to every reader."""

from __future__ import annotations

import json
from typing import Any


class DoubleKeyError(ValueError):
    """An object has the key ``key`` twice: it would mean different things to different readers."""

    def __init__(self, key: str) -> None:
        super().__init__("a key stands twice")
        self.key = key


def loads(text: str | bytes) -> Any:
    """The value of ``text`` (bytes: UTF-8).

    Raises:
        ValueError: it is no JSON, a key stands twice, a number is none (``NaN``), or brackets are nested too deeply.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        return json.loads(text, object_pairs_hook=once, parse_constant=_no_constant)
    except RecursionError as error:  # thousands of brackets
        raise ValueError("nested too deeply") from error


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object (``object_pairs_hook``) with every key once.

    Raises:
        DoubleKeyError: names the first that stands there again.
    """
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise DoubleKeyError(name)
            seen.add(name)
    return made


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
