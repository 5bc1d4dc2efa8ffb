"""What went over the line, in the form that field tools open: ``osdpcap``, JSON Lines with a frame each.

::

    {"timeSec":"1619870400","timeNano":"000000000","io":"output","data":"53 7f …","osdpTraceVersion":"1","osdpSource":"venue-kiosk"}

``output`` is what we sent. In a secure channel the data is sealed. The one conversation that could be opened by anybody, in which a reader is given
its key under the key that all readers know, is never traced: `Line` is given no trace while a reader is being installed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from firmware_bridge.errors import BridgeError

_VERSION = "1"
_SOURCE = "venue-kiosk"
#: A line at 115,200 bits a second fills this in some hours: a trace that somebody forgot must not fill the disk.
MAX_BYTES = 64 * 1024 * 1024


class TraceError(BridgeError, OSError):
    """The trace cannot be written."""

    code: ClassVar[str] = "no_trace"


class Trace:
    """A file that grows by a line a frame, up to `MAX_BYTES`; called from the line's own thread."""

    def __init__(self, file: Path, *, now_ns: Callable[[], int] = time.time_ns) -> None:
        """Begin a trace at the end of ``file``.

        Raises:
            TraceError: it cannot be opened.
        """
        self._now_ns = now_ns
        try:
            # Card numbers in clear channels are somebody's: for whoever asked for the trace alone.
            file.touch(mode=0o600)
            self._file = file.open("a", encoding="ascii")
        except OSError as error:
            raise TraceError(
                f"cannot be written ({error.strerror})", where=str(file), mend="check folder and rights"
            ) from error

    def __call__(self, data: bytes, *, sent: bool) -> None:
        """Note one frame; where the disk is full, or the trace long enough, nothing."""
        if self._file.closed:
            return
        seconds, nano = divmod(self._now_ns(), 1_000_000_000)
        line = {
            "timeSec": str(seconds),
            "timeNano": f"{nano:09}",
            "io": "output" if sent else "input",
            "data": data.hex(" "),
            "osdpTraceVersion": _VERSION,
            "osdpSource": _SOURCE,
        }
        try:
            self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
            self._file.flush()
            if self._file.tell() > MAX_BYTES:
                self._file.close()
        except OSError:
            self._file.close()

    def close(self) -> None:
        """No more."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
