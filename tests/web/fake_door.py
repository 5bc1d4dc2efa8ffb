"""A door service that only pretends: a real Unix socket that speaks the protocol, with scripted snapshots."""

from __future__ import annotations

import base64
import contextlib
import json
import socketserver
import threading
from pathlib import Path
from typing import Any

from kiosk.gate.snapshot import Snapshot


class FakeDoor:
    """Serves whatever snapshot it holds, answers every command alike, and remembers what it was asked."""

    def __init__(self, path: Path, snapshot: Snapshot) -> None:
        self.path = path
        self.asked: list[dict[str, Any]] = []
        self.answer: dict[str, Any] = {"ok": True}
        self.answers = True
        #: Shown as soon as a command of this kind has been answered.
        self.then: dict[str, Snapshot] = {}
        self.jpeg: bytes | None = None
        self._changed = threading.Condition()
        self._snapshot = snapshot
        self._count = 1
        self._down = False
        self._server: _Server | None = None

    def show(self, snapshot: Snapshot) -> None:
        with self._changed:
            self._count += 1
            self._snapshot = snapshot.model_copy(update={"number": self._count})
            self._changed.notify_all()

    def start(self) -> FakeDoor:
        self._down = False
        self.path.unlink(missing_ok=True)
        self._server = _Server(str(self.path), _Connection)
        self._server.fake = self
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        with self._changed:
            self._down = True
            self._changed.notify_all()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        self.path.unlink(missing_ok=True)

    def commands(self, do: str) -> list[dict[str, Any]]:
        return [asked for asked in self.asked if asked["command"]["do"] == do]

    def next(self, seen: int) -> tuple[int, Snapshot | None]:
        with self._changed:
            self._changed.wait_for(lambda: self._down or self._count > seen, timeout=2.0)
            return self._count, None if self._down else self._snapshot

    def take(self, request: dict[str, Any]) -> dict[str, Any] | None:
        self.asked.append(request)
        if not self.answers:
            return None
        if self.answer["ok"] and request["command"]["do"] in self.then:
            self.show(self.then[request["command"]["do"]])
        return self.answer


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    fake: FakeDoor


class _Connection(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        request = json.loads(self.rfile.readline())
        fake = self.server.fake
        if request.get("watch"):
            seen = 0
            while True:
                seen, snapshot = fake.next(seen)
                if snapshot is None:
                    return
                self.wfile.write(b'{"snapshot":' + snapshot.model_dump_json().encode() + b"}\n")
        if "preview" in request:
            self._send({"jpeg": base64.b64encode(fake.jpeg).decode() if fake.jpeg else None})
        elif (answer := fake.take(request)) is not None:
            self._send(answer)

    def _send(self, data: dict[str, Any]) -> None:
        self.wfile.write(json.dumps(data).encode() + b"\n")
        self.wfile.flush()

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()
