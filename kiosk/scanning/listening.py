"""The work of a scanner's process: listen, say what happens, one line a message, as a camera's process does."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from kiosk.scanning import framing
from kiosk.scanning.framing import Code, Framed, Line, Repeats
from kiosk.scanning.messages import Alive, CameraState, Reading, ScannerMessage, Unreadable
from kiosk.scanning.plugged import Came, Lost, Quiet, Sign, Spoilt, Up

ALIVE_S = 1.0


@dataclass
class Listener:
    """Turns what comes from one scanner into messages.

    Args:
        name: the scanner's name, in every message.
        say: takes each message.
        idle_s: seconds of silence that end a code.
    """

    name: str
    say: Callable[[ScannerMessage], None]
    idle_s: float
    _line: Line = field(default_factory=Line)
    _repeats: Repeats = field(default_factory=Repeats)
    _alive: float = -1e9
    _up: bool | None = None

    def run(self, signs: Iterator[Sign]) -> None:
        """Listen for as long as something may come."""
        self._breathe()
        for sign in signs:
            self._take(sign)
            self._breathe()

    def _breathe(self) -> None:
        if time.monotonic() - self._alive >= ALIVE_S:
            self._alive = time.monotonic()
            self.say(Alive(name=self.name))

    def _take(self, sign: Sign) -> None:
        match sign:
            case Came(data, mono):
                self._line, framed = framing.take(self._line, data, mono)
                self._tell(framed)
            case Quiet(mono):
                self._line, framed = framing.pause(self._line, mono, self.idle_s)
                self._tell(framed)
            case Spoilt(why, mono):
                self._line = framing.spoil(self._line, why, mono)
            case Up():
                self._state(up=True, why=None)
            case Lost(why):
                self._state(up=False, why=why)

    def _state(self, *, up: bool, why: str | None) -> None:
        # The beginning of a code whose scanner was pulled out is none.
        self._line = Line()
        if up != self._up:
            self._up = up
            self.say(CameraState(name=self.name, state="up" if up else "lost", why=why))

    def _tell(self, framed: tuple[Framed, ...]) -> None:
        for one in framed:
            at = datetime.now(UTC) - timedelta(seconds=time.monotonic() - one.ended)
            if isinstance(one, Code):
                self._repeats, new = self._repeats.told(one)
                if new:
                    self.say(Reading(name=self.name, text=one.text, at=at, mono=one.ended))
            else:
                print(
                    f"kiosk scanner: {self.name}: a code was dropped: {one.why}", file=sys.stderr, flush=True
                )
                self.say(Unreadable(name=self.name, at=at, mono=one.ended))
