"""What the gate sees of a door: one small interface, whatever the hardware behind it.

A door

1. is *released* for one timed pulse, never toggled; a second release while the pulse runs makes it longer and
   does no harm;
2. never holds anybody inside: a press of the exit button releases it here, at once, without asking the gate;
3. reports what it saw as events, one at a time and from one thread of its own, and never waits for the listener;
4. never raises because of its hardware once it has started: what goes wrong is the event `LinkLost`.

All times are seconds of the machine's monotonic clock (``time.monotonic()``), the same in every process. An input
counts once it has been steady for the debounce time, and its event bears the moment at which it *became* steady;
so the event of an input may follow one that is up to that much younger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class DoorEvent:
    """Something that happened at the door at ``mono`` seconds of the monotonic clock."""

    mono: float


@dataclass(frozen=True, slots=True)
class Released(DoorEvent):
    """The relay is on for the admission ``ticket``; one event for each call of `Door.release` that worked."""

    ticket: int


@dataclass(frozen=True, slots=True)
class PassedIn(DoorEvent):
    """One person went in."""


@dataclass(frozen=True, slots=True)
class PassedOut(DoorEvent):
    """One person went out."""


@dataclass(frozen=True, slots=True)
class ContactChanged(DoorEvent):
    """The leaf of the door opened or closed; also sent once at the start, to say how it stands."""

    open: bool


@dataclass(frozen=True, slots=True)
class ExitPressed(DoorEvent):
    """Somebody inside pressed the exit button; the door has already been released."""


@dataclass(frozen=True, slots=True)
class ForcedOpen(DoorEvent):
    """The door opened with neither a release nor a request to leave."""


@dataclass(frozen=True, slots=True)
class HeldOpen(DoorEvent):
    """The door has stood open for longer than it may since it opened or was last released."""


@dataclass(frozen=True, slots=True)
class HeldOpenEnded(DoorEvent):
    """The door that was held open is closed again."""


@dataclass(frozen=True, slots=True)
class LinkLost(DoorEvent):
    """The door cannot be driven or seen; a release that follows is not carried out until `LinkUp`."""

    why: str


@dataclass(frozen=True, slots=True)
class LinkUp(DoorEvent):
    """The door can be driven again."""


@dataclass(frozen=True, slots=True)
class Tampered(DoorEvent):
    """Somebody opened the case of ``reader``, or took it off its wall."""

    reader: str


@dataclass(frozen=True, slots=True)
class TamperEnded(DoorEvent):
    """The case of ``reader`` is closed again."""

    reader: str


@dataclass(frozen=True, slots=True)
class LineAlarm(DoorEvent):
    """Somebody may meddle with the line to ``reader``, or it was exchanged.

    ``what``: ``reply_in_clear`` or ``reply_altered`` while the channel is secure, or ``wrong_key``. What came so was
    not believed. Told once in a while, however often it happens.
    """

    reader: str
    what: str


Listener = Callable[[DoorEvent], None]


@runtime_checkable
class Door(Protocol):
    """A door of any form. Start it once, close it once; both may be called when there is nothing to do."""

    @property
    def has_lock(self) -> bool:
        """Whether `release` moves anything. Without a lock an admission occupies at once."""

    @property
    def counts_entries(self) -> bool:
        """Whether a sensor reports `PassedIn`."""

    @property
    def counts_exits(self) -> bool:
        """Whether a sensor reports `PassedOut`."""

    def start(self, on_event: Listener) -> None:
        """Take the hardware and report to ``on_event`` from now on.

        Raises:
            BridgeError: the hardware is not there, or belongs to another program.
        """

    def release(self, ticket: int) -> None:
        """Open for one pulse. ``ticket`` is the admission's index in the log, echoed in `Released`.

        Returns once the relay has moved, or has failed to: then `LinkLost` is reported and no `Released`.
        """

    def close(self) -> None:
        """Let the relay fall and give the hardware back."""
