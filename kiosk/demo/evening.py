"""The script of a demo evening: who comes when, what they show, and what should come of it. Data, read from YAML."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from kiosk import documents
from kiosk.demo.visitors import VisitorKind
from kiosk.ledger.entries import AgeBand, Registration, Way

Outcome = Literal["admit", "refuse"]


class _Script(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(_Script):
    """One person of a party, as staff meet them."""

    shows: VisitorKind | None = None
    #: Whether staff see the LeaveHomeSafe screen on their phone.
    lhs: bool = True
    registers: Registration | None = None
    age: AgeBand | None = None


class PartyStep(_Script):
    """A party comes to the staffed door."""

    zone: str
    tables: dict[str, Annotated[int, Field(gt=0)]] = {}
    people: tuple[Person, ...] = Field(min_length=1)
    takeaway: bool = False
    expect: Outcome


class VisitorStep(_Script):
    """One person comes to the unattended door."""

    shows: VisitorKind | None = None
    declares: bool = False
    registers: Registration | None = None
    taps: bool = False
    expect: Outcome


class LeaveStep(_Script):
    """People of a zone walk out; staff say which zone they left."""

    zone: str
    people: int = Field(gt=0)


class Step(_Script):
    """One thing that happens, when the law's clock reaches ``at`` (HH:MM, of the evening or the night after it)."""

    at: str = Field(pattern=r"^[0-2][0-9]:[0-5][0-9]$")
    tell: str
    party: PartyStep | None = None
    visitor: VisitorStep | None = None
    leave: LeaveStep | None = None
    way: Way | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Step:
        if sum(part is not None for part in (self.party, self.visitor, self.leave, self.way)) > 1:
            raise ValueError("a step does one thing: party, visitor, leave or way")
        return self


class Evening(_Script):
    """A whole evening."""

    starts: AwareDatetime
    #: Seconds of the law in one real second.
    pace: float = Field(gt=0, le=120)
    steps: tuple[Step, ...]

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
