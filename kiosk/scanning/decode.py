"""An image in, the texts of its codes out: several decoders in stages, within a budget of time.

1. ``plain``: zxing-cpp on the image as it is: a few milliseconds, and most codes.
2. ``sharp``: zxing-cpp on a sharpened copy, smoothed a little first so that noise is not sharpened: blur and noise.
3. ``large``: zxing-cpp on a smoothed copy of twice the size: dark pictures, few pixels a module.
4. ``crisp``: zxing-cpp on a copy sharpened as it is: codes so fine that smoothing loses them.
5. ``zbar``: finds a few that zxing does not, and costs the most.

The later stages look at the part of the image that is most like a code (`kiosk.scanning.region`), then at all of it. A
stage runs only if those before it found nothing, and if it will end within the budget at the pace of the first. ADR
0005 has the measurements. Nothing that a decoder throws at an odd image leaves this module.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import zxingcpp

from kiosk.errors import KioskError
from kiosk.scanning import zbar
from kiosk.scanning.image import Gray, Image, as_bytes, gray
from kiosk.scanning.region import Part, likeliest

#: The longest text that is handed on, in bytes. A QR code holds 2,953, an Aztec code 1,914.
MAX_TEXT_BYTES = 8192
#: The largest image file that is opened, in bytes.
MAX_FILE_BYTES = 32 * 2**20
#: Beyond this many pixels enlarging costs much and finds nothing.
_MAX_PIXELS_TO_ENLARGE = 2_100_000

_FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Aztec])

Point = tuple[int, int]


class NotAnImageError(KioskError, ValueError):
    """A file that cannot be read as an image."""

    code = "not_an_image"


@dataclass(frozen=True)
class Code:
    """One code that was read.

    ``payload`` holds its bytes as they stand in the symbol, ``text`` what they say: UTF-8 where they are UTF-8,
    else the character set that the code declares, else Latin-1, so that every byte survives in either.
    ``corners`` are pixels in the image that was given, clockwise from the symbol's top left.
    """

    text: str
    payload: bytes
    corners: tuple[Point, ...]
    stage: str

    def moved(self, right: int, down: int) -> Code:
        """The same code in an image that has more to its left and above."""
        corners = tuple((x + right, y + down) for x, y in self.corners)
        return Code(self.text, self.payload, corners, self.stage)


@dataclass(frozen=True)
class Decoded:
    """What one image held. ``undecoded``: something in it looks like a QR code but does not read as one."""

    codes: tuple[Code, ...] = ()
    undecoded: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of the codes, each once."""
        return tuple(dict.fromkeys(code.text for code in self.codes))


@dataclass(frozen=True)
class _Seen:
    """One stage's answer: what it read, and whether something broken was there."""

    codes: tuple[Code, ...] = ()
    broken: bool = False


@dataclass(frozen=True)
class _Stage:
    """One way to look; ``cost`` is its time for a pixel, as a multiple of the plain stage's."""

    read: Callable[[Gray], _Seen]
    cost: float


def decode(image: Image, *, budget_s: float | None = None) -> Decoded:
    """Read every code in ``image`` (grey or BGR).

    Args:
        image: height x width, or height x width x 3 (BGR) or 4 (BGRA), 8 bits (16 are cut to 8).
        budget_s: seconds to spend; the first stage runs whatever it costs. None lets every stage run.
    """
    began = time.monotonic()
    picture = gray(image)
    seen = _safely(_plain, picture)
    if seen.codes:
        return Decoded(seen.codes)
    pace = (time.monotonic() - began) / max(1, picture.size)
    broken = seen.broken
    for stage, part in _plan(picture):
        expected = stage.cost * pace * part.picture.size
        if budget_s is not None and time.monotonic() - began + expected > budget_s:
            continue
        seen = _safely(stage.read, part.picture)
        if seen.codes:
            return Decoded(tuple(code.moved(part.left, part.top) for code in seen.codes))
        broken = broken or seen.broken
    return Decoded(undecoded=broken)


def _plan(picture: Gray) -> Iterator[tuple[_Stage, Part]]:
    """The later stages and where they look: first the part most like a code, then everything."""
    part = likeliest(picture)
    for stage in _LATER:
        yield stage, part
    if part.picture.size < picture.size:
        for stage in _LATER:
            yield stage, Part(picture, 0, 0)


def _safely(read: Callable[[Gray], _Seen], picture: Gray) -> _Seen:
    try:
        return read(picture)
    except (cv2.error, ValueError, RuntimeError, MemoryError):
        # A decoder that stumbles over an image has found nothing in it.
        return _Seen()


def decode_file(path: Path) -> Decoded:
    """Read every code in an image file, with all the time that it takes (seconds at worst).

    Raises:
        NotAnImageError: the file is missing, too large, or no image.
    """
    return decode(load_image(path))


def load_image(path: Path) -> Image:
    """The pixels of an image file, grey, BGR or BGRA as it comes.

    Raises:
        NotAnImageError: the file is missing, too large, or no image.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise NotAnImageError(
            f"cannot be read ({error.strerror})", where=str(path), mend="check the path"
        ) from error
    if len(data) > MAX_FILE_BYTES:
        raise NotAnImageError(
            f"is larger than {MAX_FILE_BYTES // 2**20} MB", where=str(path), mend="give a smaller image"
        )
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    except (cv2.error, MemoryError):
        image = None
    if image is None:
        raise NotAnImageError(
            "is not an image that can be read", where=str(path), mend="give a PNG, JPEG or WebP file"
        )
    return image  # type: ignore[return-value]  # whatever its depth: `gray` makes it bytes


def _plain(picture: Gray) -> _Seen:
    return _zxing(picture, "plain")


def _sharp(picture: Gray) -> _Seen:
    return _zxing(_sharpened(_smooth(picture)), "sharp")


def _large(picture: Gray) -> _Seen:
    if picture.size > _MAX_PIXELS_TO_ENLARGE:
        return _Seen()
    twice = cv2.resize(_smooth(picture), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return _zxing(as_bytes(twice), "large", scale=2)


def _crisp(picture: Gray) -> _Seen:
    return _zxing(_sharpened(picture), "crisp")


def _smooth(picture: Gray) -> Gray:
    return as_bytes(cv2.GaussianBlur(picture, (0, 0), 0.8))


def _sharpened(picture: Gray) -> Gray:
    return as_bytes(cv2.addWeighted(picture, 4, cv2.GaussianBlur(picture, (0, 0), 2.5), -3, 0))


def _zbar(picture: Gray) -> _Seen:
    codes = [
        Code(_text(code.payload), code.payload, code.outline, "zbar")
        for code in zbar.read(picture)
        if 0 < len(code.payload) <= MAX_TEXT_BYTES
    ]
    return _Seen(tuple(codes))


_LATER = (_Stage(_sharp, 2.0), _Stage(_large, 5.0), _Stage(_crisp, 2.0), _Stage(_zbar, 6.0))


def _zxing(picture: Gray, stage: str, *, scale: int = 1) -> _Seen:
    codes = []
    broken = False
    for found in zxingcpp.read_barcodes(
        picture, formats=_FORMATS, text_mode=zxingcpp.TextMode.Plain, return_errors=True
    ):
        payload = found.bytes
        if not found.valid or not 0 < len(payload) <= MAX_TEXT_BYTES:
            broken = True
            continue
        declared = found.text if found.content_type == zxingcpp.ContentType.Text else None
        place = found.position
        corners = tuple(
            (point.x // scale, point.y // scale)
            for point in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        )
        codes.append(Code(_text(payload, declared), payload, corners, stage))
    return _Seen(tuple(codes), broken)


def _text(payload: bytes, declared: str | None = None) -> str:
    """What ``payload`` says; ``declared`` is the decoder's reading by the character set that the code names."""
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return declared if declared is not None else payload.decode("latin-1")
