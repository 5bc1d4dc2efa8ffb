"""Child processes of one machine: started in order, watched, stopped together."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from kiosk.errors import KioskError

#: Seconds that a process has to become ready, and to end when asked.
READY_S = 30.0
END_S = 5.0


class ProcessError(KioskError):
    """A process did not start, or ended by itself."""

    code = "process_ended"


class Processes:
    """The processes of one run; each writes to a file ``NAME.log``."""

    def __init__(self) -> None:
        self._logs = Path()
        self._running: dict[str, subprocess.Popen[str]] = {}

    def log_to(self, folder: Path) -> None:
        """Where the files are, from now on."""
        folder.mkdir(parents=True, exist_ok=True)
        self._logs = folder

    def start(
        self, name: str, command: Sequence[str], ready: Callable[[], bool], *, speak: bool = False
    ) -> subprocess.Popen[str]:
        """Start one and wait until it is ready. With ``speak``, its input and output are pipes to us.

        Raises:
            ProcessError: it ended, or was not ready in time.
        """
        with (self._logs / f"{name}.log").open("a", encoding="utf-8") as log:
            pipe = subprocess.PIPE if speak else None
            process = subprocess.Popen(
                [*command],
                stdin=pipe or subprocess.DEVNULL,
                stdout=pipe or log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self._running[name] = process
        end = time.monotonic() + READY_S
        while not ready():
            self.check()
            if time.monotonic() > end:
                raise ProcessError(
                    f"{name} was not ready within {READY_S:.0f} s", mend=self._last_words(name)
                )
            time.sleep(0.05)
        return process

    def check(self) -> None:
        """Raise `ProcessError` if one has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise ProcessError(
                    f"{name} ended with status {process.returncode}", mend=self._last_words(name)
                )

    def stop(self) -> None:
        """End all, last started first; whoever does not go is killed."""
        for process in reversed(self._running.values()):
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        end = time.monotonic() + END_S
        for process in self._running.values():
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def _last_words(self, name: str) -> str:
        file = self._logs / f"{name}.log"
        lines = file.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return f"its last words in {file}: {lines[-1] if lines else 'none'}"


def answers(host: str, port: int) -> bool:
    """Whether somebody listens there."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=0.5):
        return True
    return False


def demand_free(what: str, host: str, port: int) -> None:
    """Raise `ProcessError` if the port is taken."""
    if answers(host, port):
        raise ProcessError(
            f"port {port} is taken, and it is needed for {what}",
            mend="stop the other program (another `make run`?) or change the port in the venue file",
        )
