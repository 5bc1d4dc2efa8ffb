"""How a camera's or scanner's process speaks, and how it ends with whoever listens."""

from __future__ import annotations

import os
import select
import sys
import threading

from kiosk.scanning.messages import ScannerMessage, to_line


def say(message: ScannerMessage) -> None:
    """Print ``message`` as one line, at once."""
    sys.stdout.buffer.write(to_line(message))
    sys.stdout.buffer.flush()


def end_with_reader() -> None:
    """From now on, end at once when whoever reads our output is gone, even while native code hangs."""
    threading.Thread(target=_wait_for_the_end, name="leash", daemon=True).start()


def _wait_for_the_end() -> None:
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)  # errors and hang-ups are always reported
    poll.poll()
    os._exit(0)
