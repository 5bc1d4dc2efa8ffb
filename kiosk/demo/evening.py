"""The script of a demo evening: who comes when, what they show, and what should come of it. Data, read from YAML.

``docs/venues.md`` tells a venue owner what a script may say. What a script expects is never told to the kiosk: the
director compares it with what the kiosk did.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from kiosk import documents
from kiosk.demo.visitors import VisitorKind
from kiosk.ledger.entries import AgeBand, Paper, Registration, Way
from kiosk.ledger.entries import Step as VenueStep
from kiosk.settings import WHOLE

Outcome = Literal["admit", "refuse"]
Count = Annotated[int, Field(gt=0)]
#: The law's code of a reason, and the paragraph that it cites.
Reasons = dict[str, str]


class _Script(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(_Script):
    """One person of a party, or several alike (``times``), as staff meet them."""

    times: Count = 1
    #: The code that they hold up to the camera.
    shows: VisitorKind | None = None
    #: Dates of doses (ISO) that staff read on a paper record.
    record: tuple[str, ...] = ()
    #: Whether staff see the LeaveHomeSafe screen on their phone.
    lhs: bool = True
    #: Whether they leave the specified form (item 1(g)).
    form: bool = False
    #: Name and contact, as staff write them down; or as they fill in the form themselves, on a tablet turned round: that
    #: is the specified form of those who need one.
    registers: Registration | None = None
    fills_in: Registration | None = None
    age: AgeBand | None = None
    with_adult: bool = False
    #: Unfit for vaccination because of health reasons, and the papers that they bring.
    unfit: bool = False
    papers: tuple[Paper, ...] = ()
    mask: bool = False


class PartyStep(_Script):
    """A party comes to the staffed door."""

    zone: str = WHOLE
    tables: dict[str, Count] = {}
    room: str | None = None
    banquet: str | None = None
    people: tuple[Person, ...] = Field(default=(), min_length=1)
    #: The party that waited until now and comes to hand again, as it was; it may sit elsewhere than it first wanted.
    waited: str | None = None
    takeaway: bool = False
    #: The venue's own steps (`Evening.door_steps`) that staff forget at first, and do when the desk reminds them.
    forgets: tuple[VenueStep, ...] = ()
    expect: Outcome
    #: The reasons of a refusal, all of them: code and paragraph. Empty: not compared.
    because: Reasons = {}
    #: A supervisor lets them in all the same, and why; only after a refusal.
    override: str | None = None
    #: After the refusal they wait for a place.
    waits: bool = False
    #: What later steps call the party.
    name: str | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> PartyStep:
        if self.expect == "admit" and (self.because or self.override or self.waits):
            raise ValueError("`because`, `override` and `waits` belong to a refusal")
        if self.waits and (self.override or not (self.name or self.waited)):
            raise ValueError("who `waits` has a `name` and is not let in")
        if bool(self.people) == bool(self.waited):
            raise ValueError("either `people` come, or a party has `waited`")
        return self

    @property
    def everybody(self) -> tuple[Person, ...]:
        """The people one by one."""
        return tuple(person for person in self.people for _ in range(person.times))

    def again(self, waited: PartyStep) -> PartyStep:
        """This step with what is known of the party that ``waited``."""
        known = {"people": waited.people, "zone": waited.zone, "banquet": waited.banquet}
        seated = {} if self.tables or self.room else {"tables": waited.tables, "room": waited.room}
        return self.model_copy(
            update={**known, **seated, "takeaway": waited.takeaway, "name": waited.name or waited.waited}
        )


class VisitorStep(_Script):
    """One person comes to the unattended door."""

    shows: VisitorKind | None = None
    declares: bool = False
    registers: Registration | None = None
    taps: bool = False
    expect: Outcome
    because: Reasons = {}


class BanquetStep(_Script):
    """A banquet begins: parties that come to it count together."""

    #: What later steps call it; the desk gives it a number of its own.
    name: str
    zone: str = WHOLE


class LeaveStep(_Script):
    """People of a zone walk out; staff say which zone or party they left, where no beam sees it."""

    zone: str = WHOLE
    party: str | None = None
    people: Count
    #: Staff look away: nobody taps. A recount has to put it right.
    unseen: bool = False


class StepMove(_Script):
    """People of a party go out for a moment, or come back."""

    party: str
    people: Count


class MoveStep(_Script):
    """A party inside goes to other tables of its zone, or to another room."""

    party: str
    tables: dict[str, Count] = {}
    room: str | None = None
    #: The code with which the desk says no; left out: they move.
    answer: str | None = None

    @model_validator(mode="after")
    def _goes_somewhere(self) -> MoveStep:
        if not (self.tables or self.room):
            raise ValueError("a party moves to `tables`, to a `room`, or both")
        return self


class RecountStep(_Script):
    """Staff count the heads in a zone; how many there are, only the simulated people know."""

    zone: str = WHOLE
    reason: str


class CheckStep(_Script):
    """What the screens must say of a zone now."""

    zone: str = WHOLE
    #: No place is left.
    full: bool | None = None
    #: Nobody is admitted at this hour.
    closed: bool | None = None
    #: Whether the law sets a share of the capacity at all.
    limited: bool | None = None
    #: People in the zone.
    inside: int | None = Field(default=None, ge=0)
    #: Places that are left.
    left: int | None = Field(default=None, ge=0)


class Step(_Script):
    """One thing that happens, when the law's clock reaches ``at`` (HH:MM, of the evening or the night after it)."""

    at: str = Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    tell: str
    party: PartyStep | None = None
    visitor: VisitorStep | None = None
    #: The party that waited and goes away.
    give_up: str | None = None
    banquet: BanquetStep | None = None
    #: The banquet that nobody joins any more.
    end_banquet: str | None = None
    leave: LeaveStep | None = None
    step_out: StepMove | None = None
    step_back: StepMove | None = None
    #: The party whose admission staff take back; whoever is inside walks out.
    undo: str | None = None
    move: MoveStep | None = None
    recount: RecountStep | None = None
    way: Way | None = None
    check: CheckStep | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Step:
        doing = sorted(self.model_fields_set - {"at", "tell", "check"})
        if len(doing) > 1:
            raise ValueError(f"a step does one thing (and may check); this one: {', '.join(doing)}")
        return self


class Evening(_Script):
    """A whole evening."""

    starts: AwareDatetime
    #: Seconds of the law in one real second.
    pace: float = Field(gt=0, le=120)
    #: The venue's own steps at the door, which staff do with every party.
    door_steps: tuple[VenueStep, ...] = ()
    steps: tuple[Step, ...] = Field(min_length=1)

    @field_validator("steps")
    @classmethod
    def _who_waited(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """Whoever is called comes as they were when they began to wait."""
        waiting: dict[str, PartyStep] = {}
        known = []
        for step in steps:
            party, named = step.party, step.give_up or (step.party and step.party.waited)
            if named and named not in waiting:
                raise ValueError(f"at {step.at} nobody called {named!r} waits")
            waited = waiting.pop(named) if named else None
            if party and waited:
                party = party.again(waited)
            if party and party.waits and party.name:
                waiting[party.name] = party
            known.append(step.model_copy(update={"party": party}))
        return tuple(known)

    def when(self, step: Step) -> datetime:
        """The law's time of a step: the first such time of day at or after the start."""
        hour, minute = map(int, re.findall(r"\d\d", step.at))
        time = self.starts.replace(hour=hour, minute=minute, second=0, microsecond=0)
        return time if time >= self.starts.replace(second=0, microsecond=0) else time + timedelta(days=1)


def load(file: Path) -> Evening:
    """Read a script.

    Raises:
        DocumentError: naming line and mend.
    """
    return documents.check(documents.load(file), Evening)
