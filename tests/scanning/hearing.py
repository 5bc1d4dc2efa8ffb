"""What a camera or scanner says, to be waited for."""

from __future__ import annotations

import queue
import time

from kiosk.scanning.messages import Reading

#: Longer than anything takes on a loaded machine; a promise that is kept ends the wait at once.
PATIENCE_S = 60.0


class Heard:
    """What a scanner says, to be waited for."""

    def __init__(self):
        self.everything = []
        self._new = queue.Queue()

    def __call__(self, message):
        self.everything.append(message)
        self._new.put(message)

    def wait(self, kind, matches=lambda _: True):
        end = time.monotonic() + PATIENCE_S
        while True:
            message = self._new.get(timeout=max(0.01, end - time.monotonic()))
            if isinstance(message, kind) and matches(message):
                return message

    def texts(self):
        return [message.text for message in self.everything if isinstance(message, Reading)]
