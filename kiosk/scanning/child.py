"""One camera or scanner as the door sees it: a process of its own, started, watched, and started again when it dies.

A fault in native code, or a driver that hangs, costs one of them for a second or two, never the door. This module and
`kiosk.scanning.messages` load neither OpenCV nor a decoder: the door's process stays small.
"""

from __future__ import annotations

import logging
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kiosk.scanning.messages import (
    MAX_LINE_BYTES,
    CameraState,
    Ended,
    ScannerMessage,
    parse_line,
)
from kiosk.settings import KeyboardScannerSettings, SerialScannerSettings

log = logging.getLogger(__name__)

#: Seconds of silence after which the process is killed; it says something every second.
SILENCE_S = 5.0
#: Seconds that it has for its first line: a Pi under load needs some to start Python and OpenCV.
START_S = 20.0
#: Seconds before it is started again: the first time, and at most.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
#: Seconds of work after which the pauses begin afresh.
STEADY_S = 10.0

_TICK_S = 0.25
_CHUNK = 2**16


@dataclass(frozen=True)
class Tally:
    """What happened to the process so far."""

    starts: int = 0
    bad_lines: int = 0


class CodeReader:
    """Whatever reads codes, in a process of its own.

    Args:
        name: its name in the venue file.
        arguments: what ``kiosk`` is called with; the process says `kiosk.scanning.messages` on its standard output.
        on_message: takes each message, in a thread of its own; it must not block for long.
    """

    def __init__(
        self, name: str, arguments: Sequence[str], on_message: Callable[[ScannerMessage], None]
    ) -> None:
        self.name = name
        self.tally = Tally()
        self._command = [sys.executable, "-m", "kiosk.cli", *arguments]
        self._on_message = on_message
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"scanner-{name}", daemon=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._up: bool | None = None

    @property
    def pid(self) -> int | None:
        """The process that looks at the moment."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start looking."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; the process is gone when this returns, and no message comes after it."""
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        pause = FIRST_PAUSE_S
        while not self._stop.is_set():
            began = time.monotonic()
            why = self._look()
            if why is None or self._stop.is_set():
                return
            self._tell(CameraState(name=self.name, state="lost", why=why))
            log.warning("%s: %s; starting it again", self.name, why)
            if time.monotonic() - began > STEADY_S:
                pause = FIRST_PAUSE_S
            self._stop.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def _look(self) -> str | None:
        """Run one process to its end; why it ended, or None where there is nothing more to look at."""
        self.tally = Tally(self.tally.starts + 1, self.tally.bad_lines)
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            # The threads of numpy's linear algebra, which nothing here uses, cost memory.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        self._process = process
        try:
            for line in self._lines(process):
                message = parse_line(line)
                if message is None:
                    self._count_bad_line()
                    continue
                self._tell(message)
                if isinstance(message, Ended):
                    self._tell(CameraState(name=self.name, state="lost", why="the recording is through"))
                    return None
            if self._stop.is_set():
                return None
            return f"its process ended with status {process.wait(timeout=SILENCE_S)}"
        except (TimeoutError, subprocess.TimeoutExpired):
            return "its process went silent"
        finally:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
            self._process = None

    def _lines(self, process: subprocess.Popen[bytes]) -> Iterator[bytes]:
        """The lines that the process prints, until it ends or we are stopped.

        Raises:
            TimeoutError: it is silent for too long.
        """
        if process.stdout is None:
            return
        output = process.stdout.fileno()
        patience, buffer, heard = START_S, bytearray(), time.monotonic()
        while not self._stop.is_set():
            if not select.select([output], [], [], _TICK_S)[0]:
                if time.monotonic() - heard > patience:
                    raise TimeoutError
                continue
            data = os.read(output, _CHUNK)
            if not data:
                return
            patience, heard = SILENCE_S, time.monotonic()
            buffer += data
            *lines, rest = buffer.split(b"\n")
            # A line without end is cut into pieces that are no messages, so it is counted and dropped.
            buffer = rest if len(rest) <= MAX_LINE_BYTES else bytearray()
            if len(rest) > MAX_LINE_BYTES:
                self._count_bad_line()
            yield from (bytes(line) for line in lines if line)

    def _count_bad_line(self) -> None:
        self.tally = Tally(self.tally.starts, self.tally.bad_lines + 1)

    def _tell(self, message: ScannerMessage) -> None:
        if isinstance(message, CameraState):
            if message.up == self._up:
                return
            self._up = message.up
        try:
            self._on_message(message)
        except Exception:
            # Whatever the listener stumbles over, the codes go on.
            log.exception("%s: a message was not taken", self.name)


class Scanner(CodeReader):
    """A camera in a process of its own.

    Args:
        name: the camera's name in the venue file.
        source: what `kiosk camera` takes: index, device, address, video file or folder of images.
        on_message: takes each message, as in `CodeReader`.
        preview: whether small pictures are wanted for the aiming aid.
        budget_ms: time to decode one picture in.
    """

    def __init__(
        self,
        name: str,
        source: str | int,
        on_message: Callable[[ScannerMessage], None],
        *,
        preview: bool = False,
        budget_ms: float = 60.0,
    ) -> None:
        # What belongs to a door does not end: a folder is watched for new images.
        follow = ["--follow"] if Path(str(source)).is_dir() else []
        options = ["--budget-ms", str(budget_ms), *(["--preview"] if preview else []), *follow]
        super().__init__(name, ["camera", "--name", name, *options, "--", str(source)], on_message)


class HandScanner(CodeReader):
    """A scanner that is no camera, in a process of its own: at a serial port, or one that types."""

    def __init__(
        self,
        settings: SerialScannerSettings | KeyboardScannerSettings,
        on_message: Callable[[ScannerMessage], None],
    ) -> None:
        options = ["--name", settings.name, "--idle-ms", str(settings.idle_ms)]
        if isinstance(settings, SerialScannerSettings):
            options += ["--baud", str(settings.baud)]
        arguments = ["scanner", settings.kind, *options, "--", settings.source]
        super().__init__(settings.name, arguments, on_message)
