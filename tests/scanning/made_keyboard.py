"""A keyboard made through uinput, where the machine has it: a real input device of the kernel."""

from __future__ import annotations

import fcntl
import os
import struct
import time
from pathlib import Path

from tests.scanning.hearing import PATIENCE_S

# linux/uinput.h
_SET_EVBIT, _SET_KEYBIT = 0x40045564, 0x40045565
_DEV_SETUP, _DEV_CREATE, _DEV_DESTROY = 0x405C5503, 0x5501, 0x5502
_GET_SYSNAME = 0x8040552C
_BUS_VIRTUAL = 6


class MadeKeyboard:
    """A keyboard with the keys of these codes. ``device`` is where its events are read."""

    def __init__(self, keys):
        self._keys = keys

    def __enter__(self):
        self._end = os.open("/dev/uinput", os.O_WRONLY | os.O_NONBLOCK)
        fcntl.ioctl(self._end, _SET_EVBIT, 1)
        for key in self._keys:
            fcntl.ioctl(self._end, _SET_KEYBIT, key)
        setup = struct.pack("=HHHH80sI", _BUS_VIRTUAL, 1, 1, 1, b"Venue Kiosk test scanner", 0)
        fcntl.ioctl(self._end, _DEV_SETUP, setup)
        fcntl.ioctl(self._end, _DEV_CREATE)
        name = bytearray(64)
        fcntl.ioctl(self._end, _GET_SYSNAME, name)
        folder = Path("/sys/devices/virtual/input") / name.rstrip(b"\0").decode()
        self.device = Path("/dev/input") / next(folder.glob("event*")).name
        end = time.monotonic() + PATIENCE_S
        while not os.access(self.device, os.R_OK) and time.monotonic() < end:
            time.sleep(0.05)
        return self

    def move(self, moves):
        for key, value in moves:
            for kind, code, what in ((1, key, value), (0, 0, 0)):
                os.write(self._end, struct.pack("=qqHHi", 0, 0, kind, code, what))

    def __exit__(self, *_):
        fcntl.ioctl(self._end, _DEV_DESTROY)
        os.close(self._end)
