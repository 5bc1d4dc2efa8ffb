"""What can happen at a door, and what the gate wants done about it.

Every event has two times: ``at``, the law's clock (aware, Asia/Hong_Kong), and ``mono``, seconds of the
monotonic clock, by which every duration is measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from firmware_bridge.interface import DoorEvent
from kiosk.gate.commands import AnyCommand
from kiosk.gate.snapshot import SyncView, TrustView
from kiosk.ledger.entries import Draft
from kiosk.proofs.model import Proof


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something happened."""

    at: datetime
    mono: float


@dataclass(frozen=True, kw_only=True)
class Tick(Event):
    """Time went by; the loop sends one at least every half second."""


@dataclass(frozen=True, kw_only=True)
class CodeRead(Event):
    """A camera or scanner read a code; its proof has been checked."""

    camera: str
    proof: Proof
    #: Of an inspector's badge: the authority's list on this box has a PIN for it.
    has_pin: bool = False


@dataclass(frozen=True, kw_only=True)
class CodeUnreadable(Event):
    """Something that looks like a code has been held up for seconds and does not decode."""

    camera: str


@dataclass(frozen=True, kw_only=True)
class CameraChanged(Event):
    """A camera went away, or came back."""

    camera: str
    up: bool
    why: str | None = None


@dataclass(frozen=True, kw_only=True)
class DoorReported(Event):
    """The door saw or did something."""

    event: DoorEvent


@dataclass(frozen=True, kw_only=True)
class Commanded(Event):
    """Staff or a visitor asked for something.

    ``by`` is the sign-in name of staff, null for a paired display. ``supervisor`` is the name of the supervisor
    whose PIN was checked for this very command.
    """

    id: str
    command: AnyCommand
    by: str | None
    supervisor: str | None = None


@dataclass(frozen=True, kw_only=True)
class ClockDoubted(Event):
    """The system's clock cannot be right: ``behind_log``, ``behind_build`` or ``jumped``; ``jump`` is in seconds."""

    why: str
    jump: float | None = None

    @property
    def subject(self) -> str:
        """What the alarm is about: which doubt, and how far the clock was set."""
        return self.why if self.jump is None else f"jumped {self.jump:+.0f} s"


@dataclass(frozen=True, kw_only=True)
class SyncChanged(Event):
    """Replication to central stands differently."""

    sync: SyncView


@dataclass(frozen=True, kw_only=True)
class TrustChanged(Event):
    """Trust lists or lists of revoked proofs stand differently."""

    trust: TrustView


@dataclass(frozen=True, kw_only=True)
class Stopping(Event):
    """The service ends in order (`Stopped` goes into the log)."""


@dataclass(frozen=True, kw_only=True)
class DataDue(Event):
    """The sealed data of ``visits`` entries from before ``before`` (Hong Kong's date) has been kept long enough."""

    before: date
    visits: int


@dataclass(frozen=True, kw_only=True)
class StateDue(Event):
    """It is time to keep what the log adds up to (`StateKept` goes into the log)."""


@dataclass(frozen=True, kw_only=True)
class StoreChanged(Event):
    """The log cannot be written (``failed`` says why), or can be again (null)."""

    failed: str | None


@dataclass(frozen=True)
class Release:
    """Open the door for one pulse; ``ticket`` is the index of the admission (or of the staff pass)."""

    ticket: int


@dataclass(frozen=True)
class Reply:
    """Answer a command: ``error`` is null when it was done, else a code in the catalogue ``gate``."""

    command: str
    error: str | None = None
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SetClock:
    """From now on the law's clock stands at ``time`` and runs on from there."""

    time: datetime


Effect = Release | Reply | SetClock


@dataclass(frozen=True)
class Outcome:
    """What a step wants: first all ``drafts`` written in one durable commit, only then ``effects`` carried out."""

    drafts: tuple[Draft, ...] = ()
    effects: tuple[Effect, ...] = ()
