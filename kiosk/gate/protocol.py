"""How the pages talk to the door: JSON Lines over a Unix socket, one request a line, one answer a line.

Requests: ``{"id", "command", "by", "pin"}`` asks for something (`kiosk.gate.commands`); ``{"watch": true}`` turns the
connection into a stream of snapshots, one at once and one whenever something changed; ``{"preview": camera}`` answers
with the camera's last small picture; ``{"staff": true, "by": name}`` answers a manager with the register of staff.
``pin`` is ``{"name", "pin"}`` of a supervisor, or the number of an inspector's badge and its PIN, and is checked by the door itself.
``secrets`` is a new password or PIN of a member of staff (``sign_in.reset``).
"""

from __future__ import annotations

import base64
import json
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel, ConfigDict, Field

from kiosk.errors import KioskError
from kiosk.gate.commands import AnyCommand
from kiosk.gate.snapshot import Snapshot, Texts
from kiosk.staff.register import Register

#: No request is longer; a line that is ends the connection.
MAX_LINE = 256 * 1024


class DoorUnreachableError(KioskError, ConnectionError):
    """The door service does not answer."""

    code = "door_unreachable"


class Pin(BaseModel):
    """A supervisor's name and PIN, on their way to the door service."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str
    pin: str = Field(repr=False)


class NewSecrets(BaseModel):
    """A new password or PIN of a member of staff, on its way to the door service; never part of a command."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    password: str | None = Field(default=None, max_length=1000, repr=False)
    pin: str | None = Field(default=None, max_length=100, repr=False)

    @property
    def kinds(self) -> set[str]:
        """Which of the two it brings."""
        return {name for name in ("password", "pin") if getattr(self, name) is not None}


class Answer(BaseModel):
    """What became of a command: done, or not, and why in words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ok: bool
    error: str | None = None
    message: Texts | None = None
    values: dict[str, Any] = {}


class DoorRefusedError(KioskError):
    """The door service does not do it for whoever asks; ``answer`` says why, in every language."""

    code = "door_refused"

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.message["en"] if answer.message else answer.error or "the door said no")
        self.answer = answer


class StaffBook(BaseModel):
    """The register of staff, and the day on which the door looked at it (Hong Kong's date by the law's clock)."""

    # The door may say more one day.
    model_config = ConfigDict(frozen=True, extra="ignore")

    staff: Register
    today: date


class DoorClient:
    """One page server's way to the door. Thread-safe: every call opens its own connection.

    Args:
        path: the door's Unix socket.
        timeout: seconds to wait for an answer.
    """

    def __init__(self, path: Path, timeout: float = 5.0) -> None:
        self._path = path
        self._timeout = timeout

    def command(
        self,
        command: AnyCommand,
        *,
        by: str | None,
        pin: Pin | None = None,
        command_id: str | None = None,
        secrets: NewSecrets | None = None,
    ) -> Answer:
        """Ask for something; asking again with the same ``command_id`` does nothing twice.

        Raises:
            DoorUnreachableError: no answer within the time.
        """
        request = {
            "id": command_id or uuid.uuid4().hex,
            "command": command.model_dump(mode="json"),
            "by": by,
            "pin": pin.model_dump() if pin else None,
            "secrets": secrets.model_dump() if secrets else None,
        }
        with self._lines(request, self._timeout) as lines:
            return Answer.model_validate(_line(lines))

    def staff(self, *, by: str) -> StaffBook:
        """The register of staff, for the manager ``by``.

        Raises:
            DoorUnreachableError: no answer within the time.
            DoorRefusedError: ``by`` is no manager, or the door cannot tell yet.
        """
        with self._lines({"staff": True, "by": by}, self._timeout) as lines:
            answer = Answer.model_validate(_line(lines))
        if not answer.ok:
            raise DoorRefusedError(answer)
        return StaffBook.model_validate(answer.values)

    def preview(self, camera: str) -> bytes | None:
        """The camera's last small picture (JPEG), for the aiming aid; it is nowhere stored."""
        with self._lines({"preview": camera}, self._timeout) as lines:
            jpeg = _line(lines)["jpeg"]
            return base64.b64decode(jpeg) if jpeg else None

    def watch(self, silence_s: float = 10.0) -> Iterator[Snapshot]:
        """Snapshots as they come; the door sends one at least every few seconds.

        Raises:
            DoorUnreachableError: the door went away, or was silent for ``silence_s``.
        """
        with self._lines({"watch": True}, silence_s) as lines:
            while True:
                yield Snapshot.model_validate(_line(lines)["snapshot"])

    @contextmanager
    def _lines(self, request: dict[str, Any], timeout: float) -> Iterator[IO[bytes]]:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
                link.settimeout(timeout)
                link.connect(str(self._path))
                link.sendall(json.dumps(request).encode() + b"\n")
                with link.makefile("rb") as lines:
                    yield lines
        except OSError as error:
            raise DoorUnreachableError(
                "the door service does not answer", where=str(self._path), mend="start it: kiosk door"
            ) from error


def _line(lines: IO[bytes]) -> Any:
    line = lines.readline()
    if not line.endswith(b"\n"):
        raise ConnectionResetError("the door closed the connection")
    return json.loads(line)
