"""What happens at the reader, as it tells those who watch it; every time in seconds of the monotonic clock."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class ReaderEvent:
    """Something that happened at ``mono``."""

    mono: float


@dataclass(frozen=True, slots=True)
class OutputOrdered(ReaderEvent):
    """The panel gave a valid order about an output: its control code and its time in seconds, whether it moves or not."""

    output: int
    control: int
    for_s: float

    @property
    def switches_on(self) -> bool:
        """Whether the order is one to be on: for good, or for a while."""
        return self.control in {2, 4, 5}


@dataclass(frozen=True, slots=True)
class OutputMoved(ReaderEvent):
    """An output moved. ``by_itself``: its time was over; nobody ordered it just now."""

    output: int
    on: bool
    by_itself: bool


@dataclass(frozen=True, slots=True)
class LampSet(ReaderEvent):
    """A lamp shows something else: its two colours by their number, and how long each in seconds.

    ``for_s`` is how long that is to last; 0 for good.
    """

    lamp: int
    on_colour: int
    off_colour: int
    on_s: float
    off_s: float
    for_s: float


@dataclass(frozen=True, slots=True)
class BuzzerSet(ReaderEvent):
    """The buzzer was told to sound ``times`` times (0: until told otherwise), or to be silent."""

    sounding: bool
    on_s: float
    off_s: float
    times: int


@dataclass(frozen=True, slots=True)
class KeyStored(ReaderEvent):
    """The panel gave this reader a key of its own. The key is not told."""


@dataclass(frozen=True, slots=True)
class ChannelOpened(ReaderEvent):
    """The panel has shown that it knows the key. ``factory_key``: the one that everybody knows."""

    factory_key: bool


@dataclass(frozen=True, slots=True)
class ChannelEnded(ReaderEvent):
    """The channel is over, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Refused(ReaderEvent):
    """A command was refused, with the code of the refusal."""

    command: int
    nak: int


_KINDS = {
    kind.__name__: kind
    for kind in (
        OutputOrdered,
        OutputMoved,
        LampSet,
        BuzzerSet,
        KeyStored,
        ChannelOpened,
        ChannelEnded,
        Refused,
    )
}


def to_json(event: ReaderEvent) -> dict[str, Any]:
    """The event as an object for JSON."""
    return {"event": type(event).__name__, **asdict(event)}


def from_json(said: dict[str, Any]) -> ReaderEvent | None:
    """The event that an object tells of; None where it is none."""
    kind = _KINDS.get(said.get("event", ""))
    if kind is None:
        return None
    try:
        return kind(**{field.name: said[field.name] for field in fields(kind)})
    except KeyError:
        return None
