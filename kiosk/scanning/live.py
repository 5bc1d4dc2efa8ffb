"""Cameras that deliver by themselves: only the newest picture counts, and they go away and come back.

A thread of its own takes the pictures in, so that none queues up behind a slow decoder; the reader takes the newest.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import cv2
import numpy as np

from kiosk.scanning.image import Image, as_bytes
from kiosk.scanning.mjpeg import NotMultipartError, pictures

#: Seconds without a picture after which a camera counts as lost.
SILENCE_S = 2.0
#: Seconds before a lost camera is opened again: the first time, and at most.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 3.0
#: Seconds after which a read that does not return is given up for good.
STUCK_S = 30.0
#: Seconds between two signs of life to the reader while nothing happens.
_TICK_S = 0.25

_OPEN_TIMEOUT_MS, _READ_TIMEOUT_MS = 5000, 2000


@dataclass(frozen=True)
class Frame:
    """A picture and when it was taken (monotonic seconds). ``still``: it is shown once and is no part of a film."""

    image: Image
    mono: float
    still: bool = False


@dataclass(frozen=True)
class Lost:
    """There are no pictures, and why (English, for the desk)."""

    why: str


@dataclass(frozen=True)
class Nothing:
    """Nothing new yet."""


Sight = Frame | Lost | Nothing

#: A picture not unpacked yet: most are overtaken by a newer one first.
Packed = Callable[[], Image | None]


class StuckError(Exception):
    """Reading a camera does not return: only a new process helps."""


class Newest:
    """Where the taking thread leaves the newest picture, or why there is none."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._packed: Packed | None = None
        self._mono = 0.0
        self._why: str | None = None
        self._heard = time.monotonic()

    def put(self, packed: Packed) -> None:
        """A picture has just arrived."""
        with self._news:
            self._packed, self._mono, self._why = packed, time.monotonic(), None
            self._heard = self._mono
            self._news.notify()

    def lose(self, why: str) -> None:
        """The camera has failed."""
        with self._news:
            self._packed, self._why, self._heard = None, why, time.monotonic()
            self._news.notify()

    def take(self) -> Sight:
        """The newest picture that was not taken before, why there is none, or nothing after a moment's wait.

        Raises:
            StuckError: nothing at all was heard from the taking thread for `STUCK_S`.
        """
        with self._news:
            if self._packed is None and self._why is None:
                self._news.wait(_TICK_S)
            packed, self._packed = self._packed, None
            why, self._why = self._why, None
            quiet = time.monotonic() - self._heard
        if packed is not None:
            image = packed()
            return Nothing() if image is None else Frame(image, self._mono)
        if why is not None:
            return Lost(why)
        if quiet > STUCK_S:
            raise StuckError("reading the camera does not return")
        return Lost(f"no picture for {SILENCE_S:.0f} s") if quiet > SILENCE_S else Nothing()


def live(camera: Callable[[], Iterator[Packed]]) -> Iterator[Sight]:
    """The newest picture each time, without end; a camera that fails is opened again with growing pauses."""
    newest = Newest()
    threading.Thread(target=_take_in, args=(camera, newest), name="camera", daemon=True).start()
    while True:
        yield newest.take()


def _take_in(camera: Callable[[], Iterator[Packed]], newest: Newest) -> None:
    pause = FIRST_PAUSE_S
    while True:
        why = "the camera's stream ended"
        try:
            for packed in camera():
                newest.put(packed)
                pause = FIRST_PAUSE_S
        except (OSError, ValueError, cv2.error) as error:
            why = str(error) or type(error).__name__
        newest.lose(why)
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_S)


def http_camera(url: str) -> Iterator[Packed]:
    """A camera that sends JPEGs over HTTP; whatever else the address sends is left to FFmpeg."""
    try:
        for jpeg in pictures(url):
            yield lambda jpeg=jpeg: _unpack(jpeg)  # type: ignore[misc]
    except NotMultipartError:
        yield from stream_camera(url)


def stream_camera(url: str) -> Iterator[Packed]:
    """RTSP and whatever else FFmpeg reads."""
    limits = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
        _OPEN_TIMEOUT_MS,
        cv2.CAP_PROP_READ_TIMEOUT_MSEC,
        _READ_TIMEOUT_MS,
    ]
    return _captured(lambda: cv2.VideoCapture(url, cv2.CAP_FFMPEG, limits))


def device_camera(device: str | int) -> Iterator[Packed]:
    """A camera of this machine, by index or path: 1280 x 720 where it can, as JPEGs, which USB carries at full rate."""

    def opened() -> cv2.VideoCapture:
        capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, 1280)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, 720)
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        return capture

    return _captured(opened)


def _captured(opened: Callable[[], cv2.VideoCapture]) -> Iterator[Packed]:
    with closing(_Capture(opened())) as camera:
        while True:
            image = camera.read()
            yield lambda image=image: image  # type: ignore[misc]


class _Capture:
    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._capture = capture
        if not capture.isOpened():
            capture.release()
            raise OSError("the camera cannot be opened")

    def read(self) -> Image:
        ok, image = self._capture.read()
        if not ok or image is None:
            raise OSError("the camera gives no picture any more")
        return as_bytes(image)

    def close(self) -> None:
        self._capture.release()


def _unpack(jpeg: bytes) -> Image | None:
    """The picture; None for one that is damaged, which the next will replace."""
    try:
        image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if image is None else as_bytes(image)
