"""What whoever plays with a demo holds up to its camera: a picture of a code, laid into a folder.

``cp badge.png var/demo/show/`` is holding it up. The picture is read as a person reads it, by a decoder; the simulated camera then
shows its code on a phone, as it shows those of the evening's people. What was shown is taken out of the folder.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from kiosk.scanning.decode import NotAnImageError, decode_file

FOLDER = "show"
#: Seconds between two looks, and for which a code is held up.
LOOK_S, HELD_S = 0.5, 6.0
_PICTURES = frozenset({".png", ".jpg", ".jpeg"})


class Shows(Protocol):
    """A camera to which something can be held up."""

    def show(self, text: str, seconds: float) -> None:
        """Hold up a code for so long."""


class HandHeld:
    """Holds up what lies in the folder, the oldest first.

    Args:
        folder: it is made.
        camera: where it is held up.
        say: tells whoever plays.
    """

    def __init__(self, folder: Path, camera: Shows, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._camera = camera
        self._say = say
        self._sizes: dict[Path, int] = {}

    def watch(self, stop: threading.Event) -> None:
        """Until ``stop``."""
        self._folder.mkdir(exist_ok=True)
        while not stop.wait(LOOK_S):
            self.look()

    def look(self) -> None:
        """Hold up every picture that is there whole: of the same size as when it was last looked at."""
        sizes = {file: file.stat().st_size for file in self._folder.iterdir() if file.is_file()}
        whole = [file for file, size in sizes.items() if size and self._sizes.get(file) == size]
        self._sizes = sizes
        for file in sorted(whole, key=lambda file: file.stat().st_mtime):
            self._hold_up(file)
            file.unlink()

    def _hold_up(self, file: Path) -> None:
        try:
            texts = decode_file(file).texts if file.suffix.lower() in _PICTURES else ()
        except NotAnImageError:
            texts = ()
        if not texts:
            self._say(f"       {file.name}: no code is in it")
            return
        self._say(f"       {file.name} is held up to the camera")
        self._camera.show(texts[0], HELD_S)
