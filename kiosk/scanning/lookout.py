"""The work of a camera's process: look at the pictures, say what happens, one line a message."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import cv2

from kiosk.scanning.decode import Decoded, decode
from kiosk.scanning.image import Image
from kiosk.scanning.live import Frame, Lost, Sight
from kiosk.scanning.messages import (
    Alive,
    CameraState,
    Ended,
    Preview,
    Reading,
    ScannerMessage,
    Unreadable,
)
from kiosk.scanning.watch import Events, Watch, look

ALIVE_S = 1.0
PREVIEW_S = 0.2
PREVIEW_WIDTH = 320
PREVIEW_QUALITY = 60
#: No more pictures a second are looked at: a hand holds a phone still for longer than this takes to notice it.
FRAME_S = 1 / 15
#: While nothing looks like a code, the costly stages run only this often, in seconds.
IDLE_S = 0.5
#: Seconds to decode a single image in: however large it is, the next sign of life comes in time.
STILL_S = 2.0


@dataclass
class Lookout:
    """Turns the pictures of one camera into messages.

    Args:
        name: the camera's name, in every message.
        say: takes each message.
        budget_s: seconds for the decoding of one picture.
        preview: whether small pictures are sent for the aiming aid.
    """

    name: str
    say: Callable[[ScannerMessage], None]
    budget_s: float
    preview: bool = False
    _watch: Watch = field(default_factory=Watch)
    _up: bool | None = None
    _why: str | None = None
    _alive: float = -1e9
    _previewed: float = -1e9
    _thorough: float = -1e9

    def run(self, sights: Iterator[Sight]) -> None:
        """Look until the source ends."""
        self._breathe()
        for sight in sights:
            began = time.monotonic()
            match sight:
                case Frame():
                    self._state(up=True, why=None)
                    self._frame(sight)
                    if not sight.still:
                        time.sleep(max(0.0, FRAME_S - (time.monotonic() - began)))
                case Lost(why):
                    self._state(up=False, why=why)
            self._breathe()
        self.say(Ended(name=self.name))

    def _breathe(self) -> None:
        if time.monotonic() - self._alive >= ALIVE_S:
            self._alive = time.monotonic()
            self.say(Alive(name=self.name))

    def _state(self, *, up: bool, why: str | None) -> None:
        if up == self._up:
            return
        self._up = up
        self.say(CameraState(name=self.name, state="up" if up else "lost", why=why))

    def _frame(self, frame: Frame) -> None:
        if self.preview and frame.mono - self._previewed >= PREVIEW_S:
            self._previewed = frame.mono
            self.say(Preview(name=self.name, jpeg=thumbnail(frame.image)))
        decoded = self._decode(frame)
        if frame.still:
            events = Events(decoded.texts, unreadable=decoded.undecoded)
        else:
            self._watch, events = look(
                self._watch, decoded.texts, undecoded=decoded.undecoded, mono=frame.mono
            )
        at = datetime.now(UTC) - timedelta(seconds=time.monotonic() - frame.mono)
        for text in events.texts:
            self.say(Reading(name=self.name, text=text, at=at, mono=frame.mono))
        if events.unreadable:
            self.say(Unreadable(name=self.name, at=at, mono=frame.mono))

    def _decode(self, frame: Frame) -> Decoded:
        """Thoroughly where it may pay; an empty doorway does not keep a core busy all day."""
        if frame.still:
            return decode(frame.image, budget_s=STILL_S)
        busy = self._watch.spell is not None or bool(self._watch.seen)
        if busy or frame.mono - self._thorough >= IDLE_S:
            self._thorough = frame.mono
            return decode(frame.image, budget_s=self.budget_s)
        return decode(frame.image, budget_s=0.0)


def thumbnail(image: Image) -> bytes:
    """A small JPEG, mirrored: people find their own hand in a mirror, not in a camera."""
    height = max(1, round(image.shape[0] * PREVIEW_WIDTH / image.shape[1]))
    small = cv2.resize(image, (PREVIEW_WIDTH, height), interpolation=cv2.INTER_AREA)
    _, jpeg = cv2.imencode(".jpg", cv2.flip(small, 1), [cv2.IMWRITE_JPEG_QUALITY, PREVIEW_QUALITY])
    return jpeg.tobytes()
