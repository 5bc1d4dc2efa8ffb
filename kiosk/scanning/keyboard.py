"""A scanner that types: an input device of the kernel, grabbed, so that what is scanned is typed nowhere else.

Whoever holds up a code decides what such a scanner types. Without the grab it would be typed into the display's browser.
"""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterator

from kiosk.scanning.plugged import Came, Spoilt, read_bytes
from kiosk.scanning.typing_events import Typing, typed

_READ, _WRITE = 2, 1
_EV_KEY = 1
_KEY_BYTES = 96
#: The keys of the digits above the letters.
_UPPER_ROW = range(2, 12)


def _request(direction: int, number: int, size: int) -> int:
    """The number of an ioctl of the input layer, as ``linux/input.h`` makes it: ``_IOC(direction, 'E', number, size)``."""
    return direction << 30 | size << 16 | ord("E") << 8 | number


#: From now on the events are ours alone, until the device is closed.
EVIOCGRAB = _request(_WRITE, 0x90, 4)
#: Which keys the device has, a bit each.
EVIOCGBIT_KEYS = _request(_READ, 0x20 + _EV_KEY, _KEY_BYTES)


class Keyboard:
    """The scanner at ``path`` (``/dev/input/by-id/…-event-kbd``). A named pipe of recorded events does as well: it types nowhere.

    Raises:
        OSError: there is no such device, or it cannot be grabbed.
        ValueError: it is no keyboard.
    """

    def __init__(self, path: str) -> None:
        self._typing = Typing()
        self._device = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISFIFO(os.fstat(self._device).st_mode):
                self._grab()
        except (OSError, ValueError):
            self.close()
            raise

    def _grab(self) -> None:
        keys = bytearray(_KEY_BYTES)
        try:
            fcntl.ioctl(self._device, EVIOCGBIT_KEYS, keys)
        except OSError as error:
            raise ValueError("is no keyboard") from error
        # A touch screen that was named by mistake has buttons, but no digits: it is left to the visitors.
        if not all(keys[key // 8] & 1 << key % 8 for key in _UPPER_ROW):
            raise ValueError("is no keyboard")
        fcntl.ioctl(self._device, EVIOCGRAB, 1)

    def fileno(self) -> int:
        """What to wait for."""
        return self._device

    def read(self) -> Iterator[Came | Spoilt]:
        """What was typed since."""
        data, mono = read_bytes(self._device), time.monotonic()
        self._typing, said = typed(self._typing, data)
        for text in said:
            yield Came(text.encode(), mono) if text else Spoilt("keys came too fast and were lost", mono)

    def close(self) -> None:
        """Let the device go; the grab ends with it."""
        os.close(self._device)
