"""The door's Unix socket: commands in, snapshots out (`kiosk.gate.protocol` is the language)."""

from __future__ import annotations

import base64
import json
import logging
import os
import socket
import socketserver
import struct
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from kiosk.gate.commands import (
    AnyCommand,
    Inspecting,
    InspectorEnter,
    LogDownload,
    Managed,
    SignInResetDo,
    StaffRead,
    Supervised,
    Visitor,
)
from kiosk.gate.protocol import MAX_LINE, Answer, NewSecrets, Pin
from kiosk.gate.snapshot import Snapshot
from kiosk.gate.words import refusal_words

log = logging.getLogger(__name__)

#: Seconds that a page waits for the gate's answer.
ANSWER_S = 4.0
#: Connections served at once; more are turned away, so that no page can use up the door's threads.
MAX_CONNECTIONS = 32


class Request(BaseModel):
    """One line of a page."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: str | None = None
    command: AnyCommand | None = None
    by: str | None = None
    pin: Pin | None = None
    secrets: NewSecrets | None = None
    watch: bool = False
    staff: bool = False
    preview: str | None = None


class Publisher:
    """Holds the newest snapshot for everybody who watches."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: bytes | None = None
        self._count = 0

    def publish(self, snapshot: Snapshot) -> None:
        """Replace the snapshot and wake the watchers."""
        line = b'{"snapshot":' + snapshot.model_dump_json().encode() + b"}\n"
        with self._changed:
            self._line = line
            self._count += 1
            self._changed.notify_all()

    def next(self, seen: int, timeout: float) -> tuple[int, bytes | None]:
        """The newest snapshot's line once there is one after number ``seen``; None if none came in time (seconds)."""
        with self._changed:
            self._changed.wait_for(lambda: self._count > seen, timeout)
            return self._count, self._line if self._count > seen else None


class Desk:
    """What a connection may reach.

    Args:
        ask: hands a command to the loop: id, command, by, supervisor.
        check_pin: whether this is a supervisor's PIN; the supervisor's name, or None.
        previews: the cameras' last small pictures (JPEG).
        is_manager: whether the account of that name is a manager's; nobody's is, unless it is said.
        check_badge_pin: whether this is the PIN of the badge with that number; none is, unless it is said.
        renew: looks whether somebody may get new secrets, and says why not (a code) or None; with ``save``, gives them.
    """

    def __init__(
        self,
        ask: Callable[[str, AnyCommand, str | None, str | None], Future[Answer]],
        check_pin: Callable[[Pin], str | None],
        previews: dict[str, bytes],
        is_manager: Callable[[str], bool] = lambda _: False,
        check_badge_pin: Callable[[Pin], bool] = lambda _: False,
        renew: Callable[[str, NewSecrets, bool], str | None] = lambda _name, _secrets, _save: "not_renewed",
    ) -> None:
        self.publisher = Publisher()
        self.previews = previews
        self._ask = ask
        self._check_pin = check_pin
        self._is_manager = is_manager
        self._check_badge_pin = check_badge_pin
        self._renew = renew

    def command(self, request: Request, *, at_the_box: bool = False) -> Answer:
        """Pass one command on, if whoever asks may ask for it; ``at_the_box``: root asks, or the door's own user."""
        command = request.command
        if command is None or not request.id:
            return _no("not_understood")
        if fault := self._fault(request, command, at_the_box):
            return _no(fault)
        if isinstance(command, SignInResetDo):
            return self._reset(request, command)
        return self._pass_on(request, command)

    def _fault(self, request: Request, command: AnyCommand, at_the_box: bool) -> str | None:  # noqa: FBT001 - passed on
        """Why whoever asks may not ask for it."""
        if request.by is None and not isinstance(command, Visitor | Inspecting):
            return "sign_in_needed"
        if isinstance(command, Managed) and not self._is_manager(request.by or ""):
            return "manager_needed"
        if isinstance(command, InspectorEnter) and not self._is_badges_pin(command, request.pin):
            return "wrong_badge_pin"
        if isinstance(command, LogDownload):
            return self._download_fault(request, command, at_the_box)
        return None

    def _is_badges_pin(self, command: InspectorEnter, pin: Pin | None) -> bool:
        return pin is not None and pin.name == command.number and self._check_badge_pin(pin)

    def _download_fault(self, request: Request, command: LogDownload, at_the_box: bool) -> str | None:  # noqa: FBT001 - passed on
        """Why whoever asks may not take an export away: a session, a manager's name, or neither, at the box itself."""
        if request.by is None:
            return None if command.session is not None or at_the_box else "not_at_the_box"
        if command.session is not None:
            return "not_understood"
        return None if self._is_manager(request.by) else "manager_needed"

    def _reset(self, request: Request, command: SignInResetDo) -> Answer:
        """New secrets: looked at first, given only when the log has them; the gate never sees them."""
        secrets = request.secrets
        if secrets is None or set(command.what) != secrets.kinds:
            return _no("not_understood")
        if fault := self._renew(command.name, secrets, False):
            return _no(fault)
        answer = self._pass_on(request, command)
        if answer.ok and (fault := self._renew(command.name, secrets, True)):
            return _no(fault)
        return answer

    def _pass_on(self, request: Request, command: AnyCommand) -> Answer:
        supervisor = None
        if isinstance(command, Supervised):
            supervisor = self._check_pin(request.pin) if request.pin else None
            if supervisor is None:
                return _no("wrong_pin")
        try:
            return self._ask(request.id or "", command, request.by, supervisor).result(ANSWER_S)
        except TimeoutError:
            return _no("no_answer")

    def staff(self, request: Request) -> Answer:
        """The register of staff, to managers only."""
        return self.command(Request(id=uuid.uuid4().hex, command=StaffRead(), by=request.by))


def _no(code: str) -> Answer:
    return Answer(ok=False, error=code, message=refusal_words(code))


class DoorServer(socketserver.ThreadingUnixStreamServer):
    """Listens on the door's socket; one thread a connection."""

    daemon_threads = True
    request_queue_size = MAX_CONNECTIONS

    def __init__(self, path: Path, desk: Desk) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self.desk = desk
        self._free = threading.BoundedSemaphore(MAX_CONNECTIONS)
        # The pages run as another user of the same group; nobody else may speak to the door.
        mask = os.umask(0o117)
        try:
            super().__init__(str(path), _Connection)
        finally:
            os.umask(mask)

    def start(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self.serve_forever, name="door-socket", daemon=True).start()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection, if there is room for it."""
        if not self._free.acquire(blocking=False):
            log.warning("more than %d connections on the door's socket: one turned away", MAX_CONNECTIONS)
            self.shutdown_request(request)
            return
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's signature
        """A page that went away in the middle is no event."""
        log.debug("a connection on the door's socket ended")


class _Connection(socketserver.StreamRequestHandler):
    server: DoorServer

    def handle(self) -> None:
        while line := self.rfile.readline(MAX_LINE):
            try:
                request = Request.model_validate_json(line)
            except ValidationError:
                # What was sent may hold a name: it is not repeated, here or in the log.
                self._send(_no("not_understood").model_dump_json())
                return
            if request.watch:
                self._stream()
                return
            if request.preview is not None:
                jpeg = self.server.desk.previews.get(request.preview)
                self._send(json.dumps({"jpeg": base64.b64encode(jpeg).decode() if jpeg else None}))
            elif request.staff:
                self._send(self.server.desk.staff(request).model_dump_json())
            else:
                answer = self.server.desk.command(request, at_the_box=self._is_at_the_box())
                self._send(answer.model_dump_json())

    def _is_at_the_box(self) -> bool:
        """Whether root is at the other end, or the door's own user, as whom its commands are run; the pages have another."""
        form = struct.Struct("3i")
        _, user, _ = form.unpack(self.connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, form.size))
        return user in {0, os.geteuid()}

    def _send(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\n")

    def _stream(self) -> None:
        seen = 0
        while True:
            seen, line = self.server.desk.publisher.next(seen, timeout=5.0)
            if line is not None:
                self.wfile.write(line)
