"""The reader as a process of its own, for whoever needs one: tests, and the demonstration."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from firmware_bridge.osdp_reader.client import ReaderControlError


class ReaderProcess:
    """Starts ``python -m firmware_bridge.osdp_reader`` on a pseudo-terminal, with its sockets in ``folder``.

    Args:
        folder: for the stable name of the line (``reader.tty``) and the control socket (``reader.sock``).
        address: its address on the line.
        key_file: where it keeps its key; None: it forgets the key when it stops.
        options: more of the command's own options.
    """

    def __init__(
        self, folder: Path, *, address: int = 0, key_file: Path | None = None, options: Sequence[str] = ()
    ) -> None:
        self.port = str(folder / "reader.tty")
        self.control = f"unix:{folder / 'reader.sock'}"
        own = ["--link", self.port, "--control", self.control, "--address", str(address), "--until-eof"]
        kept = ["--key-file", str(key_file)] if key_file else []
        self._command = [sys.executable, "-m", "firmware_bridge.osdp_reader", *own, *kept, *options]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> Self:
        """Start it, and come back when it is ready; raises `ReaderControlError` with its own word where it is not."""
        # Its standard input ends with us, however we end: no reader is left behind.
        process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._process = process
        if process.stdout is None or not process.stdout.readline():
            self.stop()
            raise ReaderControlError(
                "the reader did not start", where=self.port, mend="its own line says why"
            )
        return self

    def stop(self) -> None:
        """Tell it to end, and wait."""
        self._end(kill=False)

    def kill(self) -> None:
        """Take its supply away."""
        self._end(kill=True)

    def _end(self, *, kill: bool) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with process:
            (process.kill if kill else process.terminate)()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
