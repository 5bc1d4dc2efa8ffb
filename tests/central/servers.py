"""Central as it is run: a process of its own, with its own folder, over TCP."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from central.cli import main


class CentralServer:
    """One folder and, while it is up, one process."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = 0
        self.at = "2021-05-10T12:00:00+08:00"
        self._process: subprocess.Popen[str] | None = None
        assert main(["init", "--data", str(data)]) == 0

    def enrol(self, kiosk: str) -> str:
        file = self.data / f"{kiosk}.token"
        assert main(["enrol", kiosk, "--data", str(self.data), "--token-file", str(file)]) == 0
        return file.read_text(encoding="ascii").strip()

    def start(self, **environment: str) -> str:
        """Serve, on the same port as before; the address, once it is ready."""
        words = [
            sys.executable,
            "-m",
            "central.cli",
            "serve",
            "--data",
            str(self.data),
            "--port",
            str(self.port),
            # The law's clock of the logs that the tests make.
            "--at",
            self.at,
        ]
        self._process = subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **environment},
        )
        assert self._process.stdout
        ready = self._process.stdout.readline()
        assert ready.startswith("central: ready on "), ready
        url = ready.split()[-1]
        self.port = int(url.rsplit(":", 1)[1])
        return url

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop, or kill; the exit status."""
        if self._process is None:
            return 0
        self._process.send_signal(how)
        status = self._process.wait(timeout=30)
        if self._process.stdout:
            self._process.stdout.close()
        self._process = None
        return status

    def kill(self) -> None:
        self.end(signal.SIGKILL)

    def ask(
        self, method: str, path: str, body: bytes | None = None, token: str | None = None
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


@dataclass(frozen=True)
class Kept:
    """What lies in central's own database, read past central."""

    leaves: list[tuple[int, bytes]]
    ciphertexts: dict[int, bytes]
    incidents: list[int]


def kept(data: Path, kiosk: str) -> Kept:
    with sqlite3.connect(data / "central.sqlite", timeout=30) as raw:
        return Kept(
            raw.execute("SELECT idx, leaf FROM leaf WHERE kiosk = ? ORDER BY idx", (kiosk,)).fetchall(),
            dict(raw.execute("SELECT idx, ciphertext FROM sealed WHERE kiosk = ?", (kiosk,)).fetchall()),
            [index for (index,) in raw.execute("SELECT idx FROM incident WHERE kiosk = ?", (kiosk,))],
        )
