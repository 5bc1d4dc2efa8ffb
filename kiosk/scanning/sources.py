"""Where pictures come from: a camera, a network camera, a video file, a folder of images.

Every source is an iterator of `Sight` that yields at least four times a second, so that whoever reads it can say that
it is alive. Cameras never end; a video and a folder do, unless they are looped or watched.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2

from kiosk.errors import KioskError
from kiosk.scanning.decode import NotAnImageError, load_image
from kiosk.scanning.image import as_bytes
from kiosk.scanning.live import (
    Frame,
    Lost,
    Nothing,
    Packed,
    Sight,
    device_camera,
    http_camera,
    live,
    stream_camera,
)

#: Files of a folder that count as images; others are left alone.
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif"})

_TICK_S = 0.2
_USUAL_FPS = 25.0
_FASTEST_FPS = 120.0


class SourceError(KioskError, ValueError):
    """What was given as a camera is none."""

    code = "bad_source"


@dataclass(frozen=True)
class Manner:
    """How files are shown: whether a video begins again, whether a folder is watched for new images, seconds an image."""

    loop: bool = False
    follow: bool = False
    every_s: float = 1.0


def open_source(source: str | int, manner: Manner | None = None) -> Iterator[Sight]:
    """The pictures of ``source``: an index, a device, an address, a video file, an image or a folder of images.

    A camera that is not there (yet) is `Lost` until it comes; a file that is not there is an error.

    Raises:
        SourceError: there is no such file, or nothing that could be opened.
    """
    manner = manner or Manner()
    name = str(source)
    if camera := _camera(name):
        return live(camera)
    path = Path(name)
    if path.is_dir():
        return _folder(path, manner)
    if not path.is_file():
        raise SourceError(
            "there is no such file, folder or camera",
            where=name,
            mend="give a camera's index, device or address, a video file or a folder of images",
        )
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return _images([path], manner)
    return _video(path, manner)


def _camera(name: str) -> Callable[[], Iterator[Packed]] | None:
    """How the camera ``name`` is opened; None where it names a file."""
    scheme = re.match(r"([a-z][a-z0-9+.-]*)://", name, re.IGNORECASE)
    if scheme and scheme[1].lower() in {"http", "https"}:
        return lambda: http_camera(name)
    if scheme:
        return lambda: stream_camera(name)
    if name.isdecimal():
        return lambda: device_camera(int(name))
    return (lambda: device_camera(name)) if name.startswith("/dev/") else None


def _folder(folder: Path, manner: Manner) -> Iterator[Sight]:
    """Each image once, in the order of names; with ``follow``, those that appear later too, without end."""
    shown: set[Path] = set()
    while True:
        try:
            files = sorted(file for file in folder.iterdir() if file.suffix.lower() in IMAGE_SUFFIXES)
        except OSError as error:
            yield Lost(f"the folder cannot be read ({error.strerror})")
            files = []
        fresh = [file for file in files if file not in shown and _settled(file, manner)]
        shown = shown.intersection(files).union(fresh)
        yield from _images(fresh, manner)
        if not manner.follow:
            return
        yield Nothing()
        time.sleep(_TICK_S)


def _settled(file: Path, manner: Manner) -> bool:
    """Whether nobody is still writing ``file``: a watched folder may be looked at in the middle of a copy."""
    try:
        return not manner.follow or time.time() - file.stat().st_mtime > _TICK_S
    except OSError:
        return False


def _images(files: list[Path], manner: Manner) -> Iterator[Sight]:
    for file in files:
        shown = time.monotonic()
        try:
            yield Frame(as_bytes(load_image(file)), shown, still=True)
        except NotAnImageError as error:
            yield Lost(str(error))
        yield from _wait_until(shown + manner.every_s)


def _video(path: Path, manner: Manner) -> Iterator[Sight]:
    """The frames of a file at its own rate; where we are late, frames are skipped as a camera would."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        raise SourceError(
            "is not a video that can be read", where=str(path), mend="give an MP4, MKV, AVI or MJPEG file"
        )
    fps = capture.get(cv2.CAP_PROP_FPS)
    step = 1.0 / (fps if 0 < fps <= _FASTEST_FPS else _USUAL_FPS)
    due = time.monotonic()
    empty = True
    while True:
        if not capture.grab():
            capture.release()
            if empty or not manner.loop:
                return
            capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
            empty = True
            continue
        empty = False
        if time.monotonic() - due < step:
            ok, image = capture.retrieve()
            if ok and image is not None:
                yield from _wait_until(due)
                yield Frame(as_bytes(image), time.monotonic())
        due += step


def _wait_until(mono: float) -> Iterator[Sight]:
    while (left := mono - time.monotonic()) > 0:
        time.sleep(min(left, _TICK_S))
        if left > _TICK_S:
            yield Nothing()
