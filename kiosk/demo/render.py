"""Pictures of a hand that holds up a phone with a code, as a camera at a door would take them. Pure.

Not a photograph, but with what makes photographs hard: perspective, focus that hunts, motion, uneven light, a
reflection on the glass, noise. The same arguments give the same pictures.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
import segno
from numpy.typing import NDArray

from kiosk.scanning.image import Gray, Image, as_bytes

WIDTH, HEIGHT = 1280, 720
#: Seconds in which a phone comes into the picture, and in which it leaves.
COME_S = LEAVE_S = 0.45

# The phone's front, in points: a body, its glass, and a square on the glass for the code.
_BODY = (560, 1000)
_GLASS = (20, 50, 540, 960)
_CODE = (40, 230, 520, 710)
_FOCAL = 1600.0
_GRAIN_TILES = 6


@dataclass(frozen=True)
class Look:
    """How bad the picture is.

    Attributes:
        blur: standard deviation of the lens blur, in pixels, once the focus has settled.
        grain: standard deviation of the sensor's noise, in steps of 256.
        tilt: how far the phone is turned away, in degrees.
        size: the code's side in the picture, in pixels.
        glare: strength of the reflection on the glass, 0 none, 1 white.
        light: how bright the phone is, 1 as it should be, 0 black.
    """

    blur: float = 1.0
    grain: float = 4.0
    tilt: float = 9.0
    size: float = 440.0
    glare: float = 0.15
    light: float = 1.0


@dataclass(frozen=True)
class Showing:
    """A phone that shows ``text`` for ``seconds``, coming and leaving included.

    ``damaged``: something covers the middle of the code, so that it looks like one and never decodes.
    """

    text: str
    seconds: float = 2.5
    caption: str = ""
    damaged: bool = False
    look: Look = Look()

    @cached_property
    def _phone(self) -> Image:
        code = code_image(self.text)
        return phone(damage(code) if self.damaged else code, caption=self.caption, look=self.look)

    def frame(self, room: Room, at: float) -> Image:
        """The picture at ``at`` seconds from the beginning of the showing."""
        picture = room.empty.copy()
        away = _away(at, self.seconds)
        if away < 1.0:
            hunting = 4.0 * math.exp(-at / 0.25)
            speed = abs(_away(at + 0.02, self.seconds) - away) * HEIGHT
            smear = (self.look.blur + hunting, round(speed))
            _paste(picture, self._phone, _pose(self.look, at, away), smear)
        return room.with_grain(picture, round(at * 1000))


def held_up(code: Gray, look: Look, room: Room, *, at: float = 1.0) -> Image:
    """One picture of a phone that is held still and shows ``code``; ``at`` picks the moment of the hand's tremor."""
    picture = room.empty.copy()
    _paste(picture, phone(code, look=look), _pose(look, at, 0.0), (look.blur, 0))
    return room.with_grain(picture, round(at * 1000))


@dataclass(frozen=True)
class Room:
    """What stands behind the phone: an entrance in the evening, with its light and the camera's noise."""

    grain: float = 4.0
    seed: int = 1

    @cached_property
    def empty(self) -> Image:
        """The picture without anybody, without noise."""
        down, across = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
        light = 150 - 70 * np.hypot(across / WIDTH - 0.62, down / HEIGHT - 0.2)
        picture = np.dstack([light * 0.86, light * 0.95, light]).clip(0, 255).astype(np.uint8)
        cv2.rectangle(picture, (820, 0), (1180, HEIGHT), (66, 74, 92), -1)
        cv2.rectangle(picture, (850, 60), (1150, 420), (120, 128, 140), -1)
        cv2.rectangle(picture, (90, 120), (330, 300), (70, 90, 60), -1)
        cv2.circle(picture, (520, 90), 46, (215, 235, 245), -1)
        cv2.rectangle(picture, (0, 610), (WIDTH, HEIGHT), (70, 78, 88), -1)
        return as_bytes(cv2.GaussianBlur(picture, (0, 0), 6))

    @cached_property
    def _grains(self) -> list[Image]:
        random = np.random.default_rng(self.seed)
        tiles = [random.normal(24, self.grain, (HEIGHT, WIDTH, 1)) for _ in range(_GRAIN_TILES)]
        return [np.repeat(tile.clip(0, 255).astype(np.uint8), 3, axis=2) for tile in tiles]

    def with_grain(self, picture: Image, number: int) -> Image:
        """``picture`` with the noise of frame ``number``."""
        # The tiles hold the noise raised by 24, because they cannot hold what is below zero.
        return as_bytes(cv2.addWeighted(picture, 1, self._grains[number % _GRAIN_TILES], 1, -24))


def frames(
    text: str, *, seconds: float = 2.5, fps: float = 12.0, look: Look | None = None
) -> Iterator[Image]:
    """The pictures of one showing, 720 x 1280 x 3 (BGR), from an empty room to an empty room."""
    look = look or Look()
    showing, room = Showing(text, seconds, look=look), Room(look.grain)
    for number in range(math.ceil(seconds * fps) + 1):
        yield showing.frame(room, number / fps)


def code_image(text: str, *, scale: int = 8, border: int = 4) -> Gray:
    """``text`` as a QR code in UTF-8: black on white, ``scale`` pixels a module, ``border`` modules of white around."""
    # Bytes outright: left to itself segno packs Chinese into Shift JIS where that is shorter.
    code = segno.make_qr(text, error="m", mode="byte", encoding="utf-8")
    modules = np.array([[0 if bit else 255 for bit in row] for row in code.matrix], dtype=np.uint8)
    modules = np.pad(modules, border, constant_values=255)
    return np.kron(modules, np.ones((scale, scale), dtype=np.uint8))


def damage(code: Gray) -> Gray:
    """``code`` with its middle covered: the corners that make it look like a code stay."""
    spoilt = code.copy()
    side = code.shape[0]
    spoilt[int(side * 0.38) : int(side * 0.62), int(side * 0.12) : int(side * 0.88)] = 128
    spoilt[int(side * 0.62) : int(side * 0.8), int(side * 0.45) : int(side * 0.8)] = 90
    return spoilt


def phone(code: Gray, *, caption: str = "", look: Look | None = None) -> Image:
    """The front of a phone that shows the picture ``code`` in a square, seen straight on."""
    look = look or Look()
    width, height = _BODY
    front = np.full((height, width, 3), 28, dtype=np.uint8)
    left, top, right, bottom = _GLASS
    front[top:bottom, left:right] = 246
    cv2.rectangle(front, (left, top), (right, top + 90), (96, 128, 46), -1)
    left, top, right, bottom = _CODE
    shrunk = cv2.resize(code, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    front[top:bottom, left:right] = shrunk[:, :, None]
    if caption:
        cv2.putText(
            front, caption[:30], (48, 780), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (60, 60, 60), 2, cv2.LINE_AA
        )
    if look.glare:
        _reflect(front, look.glare)
    return as_bytes(cv2.convertScaleAbs(front, alpha=look.light))


def _reflect(front: Image, strength: float) -> None:
    """A window's reflection across the glass."""
    band = np.zeros((*front.shape[:2], 1), dtype=np.float32)
    cv2.line(band, (0, 860), (front.shape[1], 380), 1.0, 150)
    band[:, :, 0] = cv2.GaussianBlur(band, (0, 0), 30)
    front[:] = (front + (255 - front.astype(np.float32)) * band * strength).astype(np.uint8)


def _away(at: float, seconds: float) -> float:
    """How far the phone is from where it is held, 0 (there) to 1 (out of the picture)."""
    come = min(COME_S, seconds / 3)
    leave = min(LEAVE_S, seconds / 3)
    if at < come:
        return (1 - max(0.0, at) / come) ** 2
    if at > seconds - leave:
        return min(1.0, (at - seconds + leave) / leave) ** 2
    return 0.0


def _pose(look: Look, at: float, away: float) -> NDArray[np.float64]:
    """Where the phone's points fall in the picture: a homography, with the tremor of a hand."""
    yaw, pitch, roll = (
        math.radians(angle)
        for angle in (
            look.tilt + 2 * math.sin(2.1 * at),
            look.tilt * 0.6 + 2 * math.sin(1.7 * at + 1),
            4 + 1.5 * math.sin(1.3 * at + 2),
        )
    )
    code_left, code_top, code_right, code_bottom = _CODE
    middle = ((code_left + code_right) / 2, (code_top + code_bottom) / 2)
    turn = _turned(yaw, pitch, roll)
    distance = _FOCAL * (code_right - code_left) / look.size
    x = WIDTH / 2 + 5 * math.sin(2.9 * at) + 3 * math.sin(7.3 * at)
    y = HEIGHT / 2 + 4 * math.sin(3.7 * at + 1) + 2 * math.sin(8.1 * at) + away * HEIGHT * 1.25
    # Columns: what one point to the right, one point down, and the origin of the phone's plane become in space.
    plane = np.column_stack([turn[:, 0], turn[:, 1], -turn[:, 0] * middle[0] - turn[:, 1] * middle[1]])
    plane[2, 2] += distance
    lens = np.array([[_FOCAL, 0, x], [0, _FOCAL, y], [0, 0, 1]])
    result: NDArray[np.float64] = lens @ plane
    return result


def _turned(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    about_y = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    about_x = np.array(
        [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
    )
    about_z = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    result: NDArray[np.float64] = about_z @ about_x @ about_y
    return result


def _paste(picture: Image, front: Image, pose: NDArray[np.float64], smear: tuple[float, int]) -> None:
    """Draw ``front`` into ``picture``, working on the part of it that changes."""
    height, width = front.shape[:2]
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], dtype=np.float64)
    quad = cv2.perspectiveTransform(corners, pose)[0]
    left, top = np.clip(np.floor(quad.min(axis=0)).astype(int) - 8, 0, [WIDTH, HEIGHT])
    right, bottom = np.clip(np.ceil(quad.max(axis=0)).astype(int) + 8, 0, [WIDTH, HEIGHT])
    if right - left < 1 or bottom - top < 1:
        return
    shift = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]], dtype=np.float64)
    part = picture[top:bottom, left:right]
    # Drawn over a copy of the background, so that the edges blend without a mask.
    drawn: Any = part.copy()
    cv2.warpPerspective(
        front,
        shift @ pose,
        (int(right - left), int(bottom - top)),
        dst=drawn,
        flags=cv2.INTER_AREA,
        borderMode=cv2.BORDER_TRANSPARENT,
    )
    blur, motion = smear
    if motion > 1:
        drawn = cv2.blur(drawn, (1, motion))
    part[:] = cv2.GaussianBlur(drawn, (0, 0), max(0.3, blur))
