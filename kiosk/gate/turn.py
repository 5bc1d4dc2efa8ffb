"""One step of the gate while it is being taken: the state so far, what is to be written, what is to be done.

A `Turn` is made and used up inside `Gate.step`; nothing of it is left but a new state and an outcome.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Literal, TypedDict, Unpack

from kiosk.gate.events import Effect, Event, Outcome, Reply
from kiosk.gate.lines import event_view
from kiosk.gate.question import VenueLaw
from kiosk.gate.snapshot import VerdictView
from kiosk.gate.state import REMEMBERED_REPLIES, SHOWN_EVENTS, State
from kiosk.ledger.entries import (
    Alarm,
    AlarmCleared,
    AlarmKind,
    AnyEntry,
    Draft,
    Personal,
    Recorded,
    StateKept,
    Way,
)
from kiosk.premises import DoorForm, Premises, apply
from kiosk.premises.kept import dumps, name_of
from kiosk.settings import Settings

StopCode = Literal["starting", "store_failed", "clock_doubtful", "no_instrument", "plan_pending"]

#: A check point of a turn, to go back to when a command turns out not to be possible.
Mark = tuple[State, int, int]


class Beside(TypedDict, total=False):
    """What travels with an entry into the same commit, as `Draft` has it."""

    personal: Personal | None
    staff: dict[str, str | None]
    erase_before: date
    state: bytes
    settings: dict[str, str]


class NotDoneError(Exception):
    """A command that cannot be carried out: a code of the catalogue ``gate`` and its values. Nothing has changed."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


class Turn:
    """One step.

    Args:
        settings: the venue's file.
        law: the law at the venue.
        door: what the door can do and see.
        state: where the step begins.
        event: what happened.
        clock_shifted: the law's clock was set by hand and does not follow the system's.
    """

    def __init__(
        self,
        settings: Settings,
        law: VenueLaw,
        door: DoorForm,
        state: State,
        event: Event,
        *,
        clock_shifted: bool,
    ) -> None:
        self.settings = settings
        self._law = law
        self.door = door
        self.state = state
        self.mono = event.mono
        self.said_at = event.at
        self._clock_shifted = clock_shifted
        self._start = state
        self._drafts: list[Draft] = []
        self._effects: list[Effect] = []

    @property
    def law(self) -> VenueLaw:
        """The law at the venue with the staff who work there, this step's changes included."""
        return self._law.staffed(self.state.register.law_staff)

    @property
    def premises(self) -> Premises:
        """Who is inside, this step's entries included."""
        return self.state.counted

    @property
    def at(self) -> datetime:
        """The law's time: the event's, or, while the clock is in doubt, the last that was believed and what has gone since."""
        if self.state.doubt is None or self._clock_shifted:
            return self.said_at
        at, mono = self.state.trusted
        return at + timedelta(seconds=max(0.0, self.mono - mono))

    @property
    def way(self) -> Way:
        """How the door is run: as staff last set it, at first as the venue's file says."""
        return way_of(self.premises, self.settings)

    @property
    def needs_staff(self) -> bool:
        """Whether nobody can come in without staff: for the venue's own steps, or to be sent to a room."""
        if self.settings.admission.steps:
            return True
        zone = self.state.law.zone(zone_of_unattended(self.settings))
        return zone is not None and zone.room is not None

    @property
    def stops(self) -> tuple[StopCode, ...]:
        """Why nobody at all is admitted."""
        return stops_of(self.state)

    def change(self, **changes: Any) -> None:
        """Change parts of the state; the state stays the very same where nothing differs."""
        if any(getattr(self.state, name) != value for name, value in changes.items()):
            self.state = replace(self.state, **changes)

    def believe(self, time: datetime) -> None:
        """From here on it is ``time``, whatever the clock said."""
        self.said_at = time
        self.change(doubt=None, trusted=(time, self.mono))

    def write(
        self,
        entry: AnyEntry,
        **beside: Unpack[Beside],
    ) -> int:
        """Have an entry written, and what else a `Draft` holds beside it; it counts from here on. Its index in the log."""
        counted = self.premises
        at = self.at if counted.last_at is None else max(self.at, counted.last_at)
        recorded = Recorded(index=counted.next_index, at=at, entry=entry)
        self._drafts.append(Draft(at=at, entry=entry, **beside))
        events = (event_view(recorded, self.settings.zone_names), *self.state.events)[:SHOWN_EVENTS]
        self.state = replace(self.state, counted=apply(counted, recorded), events=events)
        return recorded.index

    def keep_state(self) -> None:
        """Have what the log adds up to kept beside it, named by an entry."""
        state = dumps(self.premises)
        self.write(StateKept(state=name_of(state)), state=state)

    def effect(self, effect: Effect) -> None:
        """Have something done, once all of this step is written."""
        self._effects.append(effect)

    def raise_alarm(self, kind: AlarmKind, subject: str = "") -> None:
        """Raise an alarm, unless it has been raised and nobody has cleared it."""
        if (kind, subject) not in self.premises.alarms:
            self.write(Alarm(kind=kind, subject=subject))

    def end_alarm(self, kind: AlarmKind, subject: str = "", by: str | None = None) -> None:
        """Clear an alarm if it is raised: what was wrong is so no more."""
        if (kind, subject) in self.premises.alarms:
            self.write(AlarmCleared(kind=kind, subject=subject, by=by))

    def show(self, view: VerdictView) -> None:
        """Let the display say something for a moment; said again, it is a new thought."""
        newest = max(self.state.verdict.number, self.state.moment.number if self.state.moment else 0)
        self.change(
            moment=view.model_copy(update={"number": newest + 1}),
            moment_until=self.mono + self.settings.admission.verdict_s,
        )

    def hush(self) -> None:
        """Let the display say no more what it said for a moment."""
        self.change(moment=None)

    def mark(self) -> Mark:
        """Where the step stands."""
        return self.state, len(self._drafts), len(self._effects)

    def wrote_since(self, mark: Mark) -> bool:
        """Whether anything has been written since."""
        return len(self._drafts) > mark[1]

    def back_to(self, mark: Mark) -> None:
        """Undo everything since."""
        self.state, drafts, effects = mark
        del self._drafts[drafts:]
        del self._effects[effects:]

    def answer(self, reply: Reply, *, remember: bool = True) -> None:
        """Answer a command; the same command gets the same answer again."""
        self.effect(reply)
        if remember:
            replies = {**self.state.replies, reply.command: reply}
            if len(replies) > REMEMBERED_REPLIES:
                del replies[next(iter(replies))]
            self.change(replies=replies)

    def end(self) -> tuple[State, Outcome]:
        """The state after the step and what it wants."""
        drafts = tuple(self._drafts)
        if self.state.failed is not None:
            self.change(unwritten=(*self.state.unwritten, *drafts))
            drafts = ()
        else:
            drafts = (*self.state.unwritten, *drafts)
            self.change(unwritten=(), premises=self.state.counted)
        if self.state is not self._start:
            self.state = replace(self.state, number=self._start.number + 1)
        return self.state, Outcome(drafts=drafts, effects=tuple(self._effects))

    def first_of(self, command: str) -> int | None:
        """The index of the entry that a command wrote first."""
        done = self.premises.commands.get(command)
        return done.index if done else None


def zone_of_unattended(settings: Settings) -> str | None:
    """The zone that an unattended door admits to; None where the venue's file does not say."""
    zones = settings.zone_ids
    return zones[0] if len(zones) == 1 else settings.admission.zone


def way_of(premises: Premises, settings: Settings) -> Way:
    """How the door is run: as staff last set it, at first as the venue's file says; never unattended without a zone."""
    way = premises.way or settings.admission.way
    return "staffed" if way == "unattended" and zone_of_unattended(settings) is None else way


def stops_of(state: State) -> tuple[StopCode, ...]:
    """Why nobody at all is admitted; nothing but an admission is stopped by it."""
    reasons: tuple[tuple[StopCode, bool], ...] = (
        ("starting", state.starting),
        ("store_failed", state.failed is not None),
        ("clock_doubtful", state.doubt is not None),
        ("no_instrument", state.law.instrument is None),
        ("plan_pending", state.plan is not None and state.counted.plan != state.plan),
    )
    return tuple(code for code, holds in reasons if holds)
