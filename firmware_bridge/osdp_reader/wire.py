"""The reader's end of the line: a pseudo-terminal of its own, or a serial device that is there."""

from __future__ import annotations

import contextlib
import os
import pty
import termios
import tty
from pathlib import Path
from typing import Protocol

import serial

from firmware_bridge.errors import BridgeError

_CHUNK = 4096
#: What pyserial raises when a device is not there, or has just gone.
_GONE = (OSError, serial.SerialException, termios.error)


class LineError(BridgeError, OSError):
    """The line cannot be opened."""

    code = "reader_line"


class Wire(Protocol):
    """What the reader needs of a line."""

    @property
    def fileno(self) -> int | None:
        """To wait at; None while it is unplugged."""

    @property
    def panel_port(self) -> str:
        """The device that a panel opens to reach this end; empty where that is another machine's business."""

    def read(self) -> bytes:
        """What is there; nothing where there is nothing, or no line."""

    def write(self, data: bytes) -> None:
        """Send it, or lose it: a line promises nothing."""

    def unplug(self) -> None:
        """Take the plug out."""

    def plug_in(self) -> None:
        """Put it back."""


class PtyWire:
    """A pseudo-terminal. ``link``: a name for the panel's end that stays the same when it is plugged in again."""

    def __init__(self, link: Path | None = None) -> None:
        self._link = link
        self._ends: tuple[int, int] | None = None
        self._name = ""
        self.plug_in()

    @property
    def fileno(self) -> int | None:
        """As `Wire.fileno`."""
        return self._ends[0] if self._ends else None

    @property
    def panel_port(self) -> str:
        """The panel's end by its stable name, if it has one."""
        return str(self._link) if self._link else self._name

    def read(self) -> bytes:
        """As `Wire.read`."""
        try:
            return os.read(self._ends[0], _CHUNK) if self._ends else b""
        except OSError:
            return b""

    def write(self, data: bytes) -> None:
        """As `Wire.write`."""
        with contextlib.suppress(OSError):
            if self._ends:
                os.write(self._ends[0], data)

    def unplug(self) -> None:
        """The panel's device disappears, as that of a converter does that is pulled out."""
        if self._ends is None:
            return
        if self._link:
            self._link.unlink(missing_ok=True)
        for end in self._ends:
            os.close(end)
        self._ends = None

    def plug_in(self) -> None:
        """A new pseudo-terminal, under the same stable name; raises `LineError`."""
        if self._ends is not None:
            return
        # The panel's end is held open here, too: panels come and go, and the line stays.
        ours, theirs = pty.openpty()
        for end in (ours, theirs):
            tty.setraw(end)
        os.set_blocking(ours, False)
        self._ends, self._name = (ours, theirs), os.ttyname(theirs)
        if self._link:
            try:
                if self._link.is_symlink():
                    self._link.unlink()
                self._link.symlink_to(self._name)
            except OSError as error:
                raise LineError(f"no link can be made ({error.strerror})", where=str(self._link)) from error


class SerialWire:
    """A serial device, 8N1."""

    def __init__(self, port: str, baud: int) -> None:
        self.panel_port = ""
        self._port, self._baud = port, baud
        self._device: serial.Serial | None = None
        self.plug_in()

    @property
    def fileno(self) -> int | None:
        """As `Wire.fileno`."""
        return self._device.fileno() if self._device else None

    def read(self) -> bytes:
        """As `Wire.read`; a device that has gone counts as unplugged."""
        try:
            return bytes(self._device.read(_CHUNK)) if self._device else b""
        except _GONE:
            self.unplug()
            return b""

    def write(self, data: bytes) -> None:
        """As `Wire.write`."""
        with contextlib.suppress(*_GONE):
            if self._device:
                self._device.write(data)

    def unplug(self) -> None:
        """Close the device."""
        if self._device:
            self._device.close()
        self._device = None

    def plug_in(self) -> None:
        """Open it; raises `LineError`."""
        if self._device:
            return
        try:
            self._device = serial.Serial(self._port, self._baud, timeout=0, write_timeout=1, exclusive=True)
        except (*_GONE, ValueError) as error:
            raise LineError(
                "cannot be opened", where=self._port, mend="name a serial device, or pty"
            ) from error
