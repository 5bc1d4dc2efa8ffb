"""A scanner at a serial port: a module on the Pi's own pins, a USB converter, or USB that looks like a port (USB-CDC)."""

from __future__ import annotations

import errno
import os
import termios
import time
from collections.abc import Iterator

import serial

from kiosk.scanning.plugged import Came, read_bytes


class SerialPort:
    """The port ``path`` at ``baud`` bits a second, 8 data bits, no parity, 1 stop bit; no other program may have it.

    Raises:
        OSError: there is no such port, it is taken, or it is none.
    """

    def __init__(self, path: str, baud: int) -> None:
        try:
            self._port = serial.Serial(path, baud, timeout=0, exclusive=True)
        except termios.error as error:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL)) from error

    def fileno(self) -> int:
        """What to wait for."""
        return int(self._port.fileno())

    def read(self) -> Iterator[Came]:
        """The bytes that have come."""
        if data := read_bytes(self.fileno()):
            yield Came(data, time.monotonic())

    def close(self) -> None:
        """Let the port go."""
        self._port.close()
