"""What is wrong with a field of a scenario, in words for whoever wrote it, never in those of the checker."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_LONGEST = 60
_WANTED = {
    "string_type": "text in quotes is wanted",
    "string_unicode": "text of whole characters is wanted",
    "bool_type": "true or false is wanted",
    "literal_error": "{expected} is wanted",
    "greater_than_equal": "at least {ge} is wanted",
    "less_than_equal": "at most {le} is wanted",
    "too_long": "{max_length} values are wanted",
    **dict.fromkeys(("int_type", "int_from_float"), "a whole number is wanted"),
    **dict.fromkeys(("dict_type", "model_type"), "an object is wanted"),
    **dict.fromkeys(("tuple_type", "list_type"), "a list is wanted"),
}


class Unreadable:
    """Stands for a value that JSON text can hold and no field can take; ``said`` is what it is."""

    def __init__(self, said: str) -> None:
        self.said = said


def shown(value: object) -> str:
    """The value as JSON writes it, short and on one line."""
    if isinstance(value, Unreadable):
        return value.said
    try:
        text = json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        text = repr(value)
    return _short(text)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def fault(item: Mapping[str, Any]) -> str:
    """One error of pydantic's as ``field: what is wrong``."""
    name = ".".join(_short(str(part)) for part in item["loc"])
    kind = item["type"]
    if kind == "extra_forbidden":
        said = "unknown field"
    elif kind == "missing":
        said = "is missing"
    elif kind in _WANTED:
        said = f"{_WANTED[kind].format_map(item.get('ctx', {}))}, not {shown(item['input'])}"
    else:
        said = str(item["msg"]).removeprefix("Value error, ")
    line = f"{name}: {said}" if name else said
    # A field's name is the sender's own text: it must not break the line.
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in line)
