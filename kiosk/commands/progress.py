"""How far a long command is, on standard error: a line that changes on a terminal, else one every few seconds."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self, TextIO

#: Seconds before the first word: what is short says nothing.
_FIRST_S = 1.0
_ON_TERMINAL_S, _ELSEWHERE_S = 0.2, 2.0


class Progress:
    """Says how far it is; to be called often.

    Args:
        what: what is being done, a word or two.
        stream: where to.
    """

    def __init__(self, what: str, stream: TextIO | None = None) -> None:
        self._what = what
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._next = time.monotonic() + _FIRST_S
        self._shown = False

    def __call__(self, done: int, of: int) -> None:
        """``done`` of ``of`` is done."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + (_ON_TERMINAL_S if self._terminal else _ELSEWHERE_S)
        line = f"{self._what}: {100 * done // max(1, of)} % ({done:,} of {of:,})"
        print(f"\r{line}" if self._terminal else line, end="" if self._terminal else "\n", file=self._stream)
        self._stream.flush()
        self._shown = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._terminal and self._shown:
            print("\r\033[K", end="", file=self._stream, flush=True)
