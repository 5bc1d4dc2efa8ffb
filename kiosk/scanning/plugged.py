"""What is plugged in and pulled out: a device that is opened, read, and opened again when it is there again."""

from __future__ import annotations

import errno
import os
import select
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

#: Seconds before a device that is away is tried again: the first time, and at most.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 3.0
#: Seconds between two signs of life to the reader while nothing happens.
_TICK_S = 0.1

_WHY = {
    errno.ENOENT: "is not plugged in",
    errno.ENXIO: "is not plugged in",
    errno.ENODEV: "was unplugged",
    errno.EIO: "was unplugged",
    errno.EACCES: "may not be opened by this user",
    errno.EPERM: "may not be opened by this service",
    errno.EBUSY: "another program has it",
    errno.EAGAIN: "another program has it",
}


@dataclass(frozen=True)
class Up:
    """The device is there and is listened to."""


@dataclass(frozen=True)
class Lost:
    """The device is away, and why (English, for the desk)."""

    why: str


@dataclass(frozen=True)
class Came:
    """Bytes of codes, and when they came (monotonic seconds)."""

    data: bytes
    mono: float


@dataclass(frozen=True)
class Spoilt:
    """Something of the code under way was lost, and why (English)."""

    why: str
    mono: float


@dataclass(frozen=True)
class Quiet:
    """Nothing came until ``mono`` (seconds)."""

    mono: float


Sign = Up | Lost | Came | Spoilt | Quiet


class Device(Protocol):
    """An open device. It never blocks."""

    def fileno(self) -> int:
        """What to wait for."""

    def read(self) -> Iterator[Came | Spoilt]:
        """What has come.

        Raises:
            OSError: the device is gone.
        """

    def close(self) -> None:
        """Let it go."""


def plugged(opened: Callable[[], Device]) -> Iterator[Sign]:
    """What happens to a device, without end; something at least every quarter of a second.

    ``opened`` raises OSError or ValueError where there is none; then it is tried again after a while, for ever.
    """
    pause = FIRST_PAUSE_S
    while True:
        try:
            with closing(opened()) as device:
                yield Up()
                pause = FIRST_PAUSE_S
                yield from _heard(device)
        except (OSError, ValueError) as error:
            yield Lost(_why(error))
        until = time.monotonic() + pause
        pause = min(2 * pause, LONGEST_PAUSE_S)
        while (now := time.monotonic()) < until:
            time.sleep(min(_TICK_S, until - now))
            yield Quiet(time.monotonic())


def read_bytes(descriptor: int) -> bytes:
    """What lies ready; nothing where that is nothing.

    Raises:
        OSError: the other end is gone.
    """
    try:
        data = os.read(descriptor, 4096)
    except BlockingIOError:
        return b""
    if not data:
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
    return data


def _heard(device: Device) -> Iterator[Sign]:
    poll = select.poll()
    poll.register(device.fileno(), select.POLLIN)
    while True:
        if poll.poll(1000 * _TICK_S):
            yield from device.read()
        else:
            yield Quiet(time.monotonic())


def _why(error: OSError | ValueError) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number in _WHY:
        return _WHY[number]
    return os.strerror(number) if number else str(error) or type(error).__name__
