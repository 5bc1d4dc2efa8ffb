"""What our processes never say of visitors: no dump of memory, and in a traceback no value, only where and what kind.

An exception's message often repeats what was being handled (``invalid literal for int(): 'A123456(3)'``), and a
traceback goes to the journal, where it outlives every rule about personal data. So a traceback of ours has the
places in the code and the kinds of the errors. Of a `KioskError` it has the code, of an `OSError` the system's words.
"""

from __future__ import annotations

import contextlib
import logging
import resource
import sys
import threading
import traceback
from types import TracebackType

from kiosk.errors import KioskError

#: No chain of causes is told further than this.
_MOST_CAUSES = 8


def begin() -> None:
    """To be called first in every program: no core file, no values in what is said of an error that nobody caught."""
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


def log_to_stderr(level: int, form: str = "%(levelname)s %(name)s: %(message)s") -> None:
    """Log to standard error, which the journal keeps; tracebacks without values, requests without addresses."""
    handler = logging.StreamHandler()
    handler.setFormatter(Formatter(form))
    logging.basicConfig(level=level, handlers=[handler])
    logging.getLogger("waitress").addFilter(_without_address)


class Formatter(logging.Formatter):
    """As the library's, with tracebacks as `told` has them."""

    def formatException(  # noqa: N802 - the library's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """The error without its message."""
        return told(ei[1]) if ei[1] is not None else ""


def told(error: BaseException) -> str:
    """The error, and what it came of, as places in the code and kinds: no message, no value. Several lines."""
    parts: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(parts) < _MOST_CAUSES:
        frames = traceback.extract_tb(seen.__traceback__)
        parts.append("".join(["Traceback (most recent call last):\n", *frames.format(), _kind(seen)]))
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\n\nfollowed by\n\n".join(reversed(parts))


def _kind(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    if isinstance(error, KioskError):
        return f"{name} ({error.code})"
    if isinstance(error, OSError) and error.strerror:
        return f"{name} ({error.strerror})"
    return name


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    print(told(error), file=sys.stderr, flush=True)


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        name = args.thread.name if args.thread else "?"
        print(f"in the thread {name}:\n{told(args.exc_value)}", file=sys.stderr, flush=True)


def _unraisable(args: sys.UnraisableHookArgs) -> None:
    if args.exc_value is not None:
        print(f"while something was being cleared away:\n{told(args.exc_value)}", file=sys.stderr, flush=True)


def _without_address(record: logging.LogRecord) -> bool:
    """The server under the pages names the address of a request that went wrong; whoever mistypes may have typed a name into it."""
    if isinstance(record.msg, str) and "serving" in record.msg and record.args:
        record.args = ("a request",)
    return True
