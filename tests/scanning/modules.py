"""A scanner's serial module, simulated: the far end of a real pty that can be unplugged and plugged in again."""

from __future__ import annotations

import os
import pty
from pathlib import Path


class Module:
    """What a module with a serial port sends. ``port`` is the device to open, as udev would name it."""

    def __init__(self, folder: Path) -> None:
        self.port = folder / "ttyACM0"
        self._ends: tuple[int, int] | None = None
        self.plug_in()

    def plug_in(self) -> None:
        self._ends = pty.openpty()
        self.port.symlink_to(os.ttyname(self._ends[1]))

    def unplug(self) -> None:
        self.port.unlink()
        for end in self._ends:
            os.close(end)
        self._ends = None

    def send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._ends[0], data) :]

    def close(self) -> None:
        if self._ends:
            self.unplug()
