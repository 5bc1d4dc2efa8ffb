"""What a camera's process says to the door: one JSON object a line."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

#: No line is longer, in bytes: the longest text of a code, or a preview, fits many times.
MAX_LINE_BYTES = 2**18


class _Message(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="ignore", allow_inf_nan=False, val_json_bytes="base64", ser_json_bytes="base64"
    )

    #: The camera's name in the venue file.
    name: str


class Reading(_Message):
    """A code came into view.

    ``at`` is the real time, ``mono`` the monotonic clock's seconds, both of the moment when the frame was taken.
    """

    kind: Literal["code"] = "code"
    text: str
    at: AwareDatetime
    mono: float


class Unreadable(_Message):
    """Something that looks like a code has been in view for some seconds and does not decode."""

    kind: Literal["unreadable"] = "unreadable"
    at: AwareDatetime
    mono: float


class CameraState(_Message):
    """The camera delivers pictures (``up``) or does not (``lost``, and ``why`` in English for the desk)."""

    kind: Literal["camera"] = "camera"
    state: Literal["up", "lost"]
    why: str | None = None

    @property
    def up(self) -> bool:
        """Whether pictures come."""
        return self.state == "up"


class Preview(_Message):
    """A small mirrored picture for the aiming aid: shown, never stored."""

    kind: Literal["preview"] = "preview"
    jpeg: bytes


class Alive(_Message):
    """Nothing happened, and the process still looks: once a second."""

    kind: Literal["alive"] = "alive"


class Ended(_Message):
    """The video or folder is through."""

    kind: Literal["end"] = "end"


ScannerMessage = Reading | Unreadable | CameraState | Preview | Alive | Ended

_LINE: TypeAdapter[ScannerMessage] = TypeAdapter(Annotated[ScannerMessage, Field(discriminator="kind")])


def parse_line(line: bytes) -> ScannerMessage | None:
    """The message of one line, or None where the line is none."""
    if len(line) > MAX_LINE_BYTES:
        return None
    try:
        return _LINE.validate_json(line)
    except ValidationError:
        return None


def to_line(message: ScannerMessage) -> bytes:
    """``message`` as one line with its newline."""
    return message.model_dump_json(exclude_none=True).encode() + b"\n"
