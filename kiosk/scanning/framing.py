r"""From a scanner's bytes to codes: where one ends, which are too long, which are the same again.

A code ends with CR, LF or Tab, or with a pause: modules are sold with any of these set, or with none. So none of the
three can stand within a code. CR LF ends one code, not two. Pure: bytes and times go in, codes come out; times are
seconds of any monotonic clock that never goes back.

Example: the bytes ``HC1:6B`` come at second 0, ``FNX\r\n`` at second 0.05: one code, ``HC1:6BFNX``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kiosk.scanning.watch import GAP_S

#: No code is longer, in bytes: a QR code holds 2,953.
MAX_CODE_BYTES = 8192

_END = re.compile(rb"[\r\n\t]")


@dataclass(frozen=True)
class Code:
    """A code that is whole: its text, when its last byte came, and when its first did."""

    text: str
    ended: float
    began: float


@dataclass(frozen=True)
class Dropped:
    """A code that cannot be used as a whole and so is dropped as a whole, and why (English)."""

    why: str
    ended: float


Framed = Code | Dropped


@dataclass(frozen=True)
class Line:
    """What has come of a code that has not ended yet. ``broken`` says why it will be dropped."""

    held: bytes = b""
    began: float = 0.0
    last: float = 0.0
    broken: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing of a code has come."""
        return not self.held and self.broken is None


def take(line: Line, data: bytes, mono: float) -> tuple[Line, tuple[Framed, ...]]:
    """Add bytes that came at ``mono``; the codes that they end."""
    framed: list[Framed] = []
    *ended, rest = _END.split(data)
    for piece in ended:
        line, whole = finish(_add(line, piece, mono))
        framed += whole
    return _add(line, rest, mono), tuple(framed)


def spoil(line: Line, why: str, mono: float) -> Line:
    """Something of this code was lost on its way: whatever comes of it is dropped."""
    began = mono if line.is_empty else line.began
    return Line(b"", began, mono, line.broken or why)


def pause(line: Line, mono: float, idle_s: float) -> tuple[Line, tuple[Framed, ...]]:
    """Nothing came until ``mono``: after ``idle_s`` seconds what has come is a code."""
    return finish(line) if mono - line.last >= idle_s else (line, ())


def finish(line: Line) -> tuple[Line, tuple[Framed, ...]]:
    """Here the code ends; between two ends there is none."""
    if line.broken is not None:
        return Line(), (Dropped(line.broken, line.last),)
    if not line.held:
        return Line(), ()
    return Line(), (Code(text_of(line.held), line.last, line.began),)


def _add(line: Line, piece: bytes, mono: float) -> Line:
    if not piece:
        return line
    began = mono if line.is_empty else line.began
    if line.broken is not None:
        return Line(b"", began, mono, line.broken)
    if len(line.held) + len(piece) > MAX_CODE_BYTES:
        return Line(b"", began, mono, f"longer than {MAX_CODE_BYTES} bytes")
    return Line(line.held + piece, began, mono)


def text_of(data: bytes) -> str:
    """The text of a code's bytes, as for cameras: UTF-8 if they are that, else Latin-1, which keeps every byte."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


@dataclass(frozen=True)
class Repeats:
    """Which codes came lately: each with the end of its last time, in seconds of the monotonic clock."""

    seen: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def told(self, code: Code) -> tuple[Repeats, bool]:
        """Whether ``code`` is new: not if it began within `GAP_S` after the same code ended, as for cameras.

        A module that reads as long as something lies before it sends one code again and again. It counts once, until it
        has been away for that long. How long the line takes to carry a code does not matter.
        """
        still = {text: last for text, last in self.seen.items() if code.began - last < GAP_S}
        return Repeats(MappingProxyType(still | {code.text: code.ended})), code.text not in still
