"""What the gate holds in its hands between two events, as frozen data.

Nobody is named in it, with one exception: what the party at hand, and those that wait, have registered, until they are
admitted or gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from kiosk.gate.events import Reply
from kiosk.gate.party import Hand
from kiosk.gate.question import Judgement, LawNow
from kiosk.gate.snapshot import CameraView, EventView, SyncView, TrustView, VerdictView
from kiosk.ledger.entries import Draft
from kiosk.premises import Premises
from kiosk.staff.register import Register

#: How many lines of the log the desk shows, and how many answers are remembered for commands that come again.
SHOWN_EVENTS = 30
REMEMBERED_REPLIES = 512


@dataclass(frozen=True, kw_only=True)
class OpenRelease:
    """The door was released for people who have not all passed yet."""

    #: The index of the admission, or of the entry that let staff pass or somebody back in.
    ticket: int
    kind: Literal["admission", "back", "staff"]
    #: The admission whose people they are; None for staff.
    admission: int | None
    remaining: int
    #: From when on the wait for the next of them runs, in seconds of the monotonic clock.
    since: float


@dataclass(frozen=True)
class Entered:
    """An admission, as it is remembered for each tag of those who came in by it (`reentry`)."""

    admission: int
    people: int
    #: In seconds of the monotonic clock.
    mono: float


@dataclass(frozen=True, kw_only=True)
class Parked:
    """A party that waits for a place."""

    hand: Hand
    since: datetime


@dataclass(frozen=True)
class BadgeRead:
    """An inspector's badge was read, and its PIN may be given."""

    number: str
    department: str
    #: In seconds of the monotonic clock.
    since: float


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The party at hand together with what the law says of it as things stand."""

    hand: Hand
    counted: Premises
    minute: datetime
    judgement: Judgement
    #: What would put each customer's reasons right, as far as staff can see it.
    asks: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class State:
    """The gate between two events."""

    #: The fold of what is durable in the log.
    premises: Premises
    #: The same with what could not be written yet; decisions rest on this one.
    counted: Premises
    #: What has to be written as soon as the log takes it.
    unwritten: tuple[Draft, ...] = ()
    #: Why the log cannot be written.
    failed: str | None = None
    #: Until the first event: nothing has been written yet.
    starting: bool = True
    #: Why the clock cannot be right.
    doubt: str | None = None
    #: The last time that was believed, and the monotonic clock's seconds at it.
    trusted: tuple[datetime, float]
    law: LawNow
    #: The floor plan that must hang at the entrance before anybody is admitted (None: no zones, or a demo).
    plan: str | None = None
    #: Who works here, as it stands beside the log.
    register: Register = field(default_factory=Register)
    #: Zones with more people than the law allows.
    over: frozenset[str] = frozenset()
    hand: Hand | None = None
    #: When staff or the visitors themselves last did something with it, in seconds of the monotonic clock.
    hand_since: float = 0.0
    asked: Asked | None = None
    #: How many parties have come to the desk; each keeps its number.
    numbered: int = 0
    #: Those that wait, the first first.
    parked: tuple[Parked, ...] = ()
    visitor: Hand | None = None
    #: When the visitor last did something, in seconds of the monotonic clock.
    visitor_since: float = 0.0
    open: tuple[OpenRelease, ...] = ()
    #: Who came in lately, by tags that say nothing without this process's key (`reentry`).
    entered: Mapping[bytes, Entered] = field(default_factory=dict, repr=False)
    #: What the display says, and what it says for a moment only, until a time of the monotonic clock.
    verdict: VerdictView
    moment: VerdictView | None = None
    moment_until: float = 0.0
    replies: Mapping[str, Reply] = field(default_factory=dict)
    #: The inspector's badge that was read last, while its PIN may be given.
    badge: BadgeRead | None = None
    #: When each session of an inspector began, in seconds of the monotonic clock.
    inspecting: Mapping[int, float] = field(default_factory=dict)
    cameras: tuple[CameraView, ...] = ()
    linked: bool = True
    sync: SyncView
    trust: TrustView = field(default_factory=TrustView)
    #: The newest first.
    events: tuple[EventView, ...] = ()
    #: Counts up with every change.
    number: int = 0
