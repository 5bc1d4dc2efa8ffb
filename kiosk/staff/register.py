"""The register of staff: who works here, their doses, and which papers have been seen, by whom and when.

Rules:

* Papers are never kept: only that one was seen, by whom (a sign-in name) and on which day (Hong Kong's date).
* The register gives the numbers, ``s1``, ``s2`` and so on, and never one twice: the log speaks of staff by number alone,
  and a number cannot hold a name.
* No date lies after today: a booked dose is no dose. None lies before 2020: a slip of the pen is no dose either.
* Of the samples only the newest are kept (`KEPT_SAMPLES`): the law never looks further back.
* Several members are told of at once or not at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from kiosk import law
from kiosk.errors import KioskError

#: Before it there was neither a vaccine nor a test.
EARLIEST = date(2020, 1, 1)
KEPT_SAMPLES = 8
MOST_DOSES = 6
MOST_MEMBERS = 300

#: What of a member has changed, in words that say nothing about anybody's health.
Kind = Literal["added", "removed", "details", "doses", "papers", "tests"]
Paper = Literal["declaration", "certificate"]


class RegisterError(KioskError, ValueError):
    """What was said of staff cannot stand in the register.

    ``reason`` is stable and has a text ``staff.fault.<reason>`` with ``values``; ``place`` is the index of the member
    among those told of, None where it concerns all of them.
    """

    code = "bad_register"

    def __init__(self, reason: str, place: int | None = None, **values: object) -> None:
        super().__init__(f"the register does not take it ({reason})", mend="correct it and send it again")
        self.reason = reason
        self.place = place
        self.values: Mapping[str, object] = MappingProxyType(values)


def _plain_line(value: str) -> str:
    """One line of text without edges: what is shown, printed and exported stays one cell."""
    said = unicodedata.normalize("NFC", value).strip()
    if any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in said):
        raise ValueError("it has a line break or a control character in it")
    return said


def _sorted_days(days: tuple[date, ...]) -> tuple[date, ...]:
    return tuple(sorted(set(days)))


MemberId = Annotated[str, Field(pattern=r"^s[1-9][0-9]{0,4}$")]
Name = Annotated[str, AfterValidator(_plain_line), Field(min_length=1, max_length=60)]
Line = Annotated[str, AfterValidator(_plain_line), Field(max_length=60)]
Doses = Annotated[tuple[date, ...], AfterValidator(_sorted_days), Field(max_length=MOST_DOSES)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Seen(_Model):
    """That something was seen: on which day, and by whom (a sign-in name)."""

    on: date
    by: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]


class Sample(_Model):
    """The result of a nucleic acid test that was seen; ``date`` is the day on which the sample was taken."""

    date: date
    negative: bool = True
    seen: Seen


class ToldSample(_Model):
    """A sample as somebody tells of it; without ``seen`` whoever tells has seen the result today."""

    date: date
    negative: bool = True
    seen: Seen | None = None


class Told(_Model):
    """What somebody says of a member: ``id`` None for a new one; a paper True where it was seen just now or before."""

    id: MemberId | None = None
    name: Name
    role: Line = ""
    active: bool = True
    doses: Doses = ()
    unfit: bool = False
    declaration: bool | Seen = False
    certificate: bool | Seen = False
    samples: Annotated[tuple[ToldSample, ...], Field(max_length=KEPT_SAMPLES)] = ()

    @model_validator(mode="after")
    def _samples_differ(self) -> Self:
        days = [sample.date for sample in self.samples]
        if len(set(days)) != len(days):
            raise ValueError("two samples have the same date")
        return self

    def days(self) -> tuple[date, ...]:
        """Every date in it."""
        stamps = [paper for paper in (self.declaration, self.certificate) if isinstance(paper, Seen)]
        stamps += [sample.seen for sample in self.samples if sample.seen]
        samples = [sample.date for sample in self.samples]
        return (*self.doses, *samples, *(stamp.on for stamp in stamps))


class Member(_Model):
    """One member of staff. ``active``: works here now; the law is asked about these only."""

    id: MemberId
    name: Name
    role: Line = ""
    active: bool = True
    doses: Doses = ()
    unfit: bool = False
    declaration: Seen | None = None
    certificate: Seen | None = None
    #: The newest first.
    samples: tuple[Sample, ...] = ()

    def as_law(self) -> law.Staff:
        """What the law asks about, without the name."""
        return law.Staff(
            id=self.id,
            doses=self.doses,
            unfit=self.unfit,
            declaration=self.declaration is not None,
            medical_certificate=self.certificate is not None,
            pcr_samples=tuple(
                law.PcrSample(date=sample.date, negative=sample.negative) for sample in self.samples
            ),
        )

    def told(self) -> Told:
        """The same as somebody would tell of it."""
        return Told(
            **self.model_dump(include={"id", "name", "role", "active", "doses", "unfit"}),
            declaration=self.declaration or False,
            certificate=self.certificate or False,
            samples=tuple(ToldSample(**sample.model_dump()) for sample in self.samples),
        )


class Change(_Model):
    """What has changed of one member."""

    id: MemberId
    kinds: tuple[Kind, ...]


class Register(_Model):
    """All members by number; ``last`` is the highest number ever given."""

    members: tuple[Member, ...] = ()
    last: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _numbers_are_given_once(self) -> Self:
        numbers = [_number(member.id) for member in self.members]
        if len(set(numbers)) != len(numbers):
            raise ValueError("two members have the same number")
        if numbers and max(numbers) > self.last:
            raise ValueError("a member has a number that was never given")
        return self

    @cached_property
    def law_staff(self) -> tuple[law.Staff, ...] | None:
        """Those who work here, as the law asks about them; None while the register is empty."""
        return tuple(one.as_law() for one in self.members if one.active) if self.members else None

    def member(self, member_id: str) -> Member | None:
        """The member of that number."""
        return next((member for member in self.members if member.id == member_id), None)

    def tell(self, told: Sequence[Told], *, by: str, on: date) -> tuple[Register, tuple[Change, ...]]:
        """The register after all that was told by ``by`` on the day ``on``, and what it changed.

        Raises:
            RegisterError: one of them cannot be; nothing of it is taken.
        """
        known = {member.id: member for member in self.members}
        last, changes = self.last, []
        for place, one in enumerate(told):
            _check_days(one, place, on)
            before = known.get(one.id) if one.id else None
            if one.id and before is None:
                raise RegisterError("unknown_member", place, id=one.id)
            if one.id is None:
                _refuse_twin(one, place, known)
                last += 1
            after = _stamped(one, one.id or f"s{last}", before, Seen(on=on, by=by))
            known[after.id] = after
            if kinds := _kinds(before, after):
                changes.append(Change(id=after.id, kinds=kinds))
        if len(known) > MOST_MEMBERS:
            raise RegisterError("too_many", most=MOST_MEMBERS)
        members = sorted(known.values(), key=lambda member: _number(member.id))
        return Register(members=tuple(members), last=last), tuple(changes)

    def see(
        self, member_id: str, what: Paper | Literal["test"], *, negative: bool = True, by: str, on: date
    ) -> tuple[Register, tuple[Change, ...]]:
        """The register once a paper, or the result of a test of that very day, has been seen on the day ``on``.

        Raises:
            RegisterError: there is no such member.
        """
        member = self.member(member_id)
        if member is None:
            raise RegisterError("unknown_member", id=member_id)
        stamp = Seen(on=on, by=by)
        told = member.told()
        if what == "test":
            older = tuple(sample for sample in told.samples if sample.date != on)[: KEPT_SAMPLES - 1]
            seen = (ToldSample(date=on, negative=negative, seen=stamp), *older)
            told = told.model_copy(update={"samples": seen})
        else:
            told = told.model_copy(update={what: stamp})
        return self.tell((told,), by=by, on=on)

    def without(self, member_id: str) -> tuple[Register, tuple[Change, ...]]:
        """The register without a member; the number stays given.

        Raises:
            RegisterError: there is no such member.
        """
        if self.member(member_id) is None:
            raise RegisterError("unknown_member", id=member_id)
        rest = tuple(member for member in self.members if member.id != member_id)
        return Register(members=rest, last=self.last), (Change(id=member_id, kinds=("removed",)),)

    def rows(self, changes: Sequence[Change]) -> dict[str, str | None]:
        """What a store keeps of the changed members: number to JSON, None where only the number stays."""
        found = {change.id: self.member(change.id) for change in changes}
        return {name: member.model_dump_json() if member else None for name, member in found.items()}


def from_rows(rows: Mapping[str, str | None]) -> Register:
    """The register that a store has kept.

    Raises:
        ValidationError: what was kept is not what was written.
    """
    members = [Member.model_validate_json(document) for document in rows.values() if document is not None]
    return Register(
        members=tuple(sorted(members, key=lambda member: _number(member.id))),
        last=max((_number(name) for name in rows), default=0),
    )


def _number(member_id: str) -> int:
    return int(re.sub(r"^s", "", member_id))


def _check_days(told: Told, place: int, today: date) -> None:
    for day in told.days():
        if day > today:
            raise RegisterError("later_than_today", place, day=day.isoformat())
        if day < EARLIEST:
            raise RegisterError("too_early", place, day=day.isoformat())


def _refuse_twin(told: Told, place: int, known: Mapping[str, Member]) -> None:
    """A new member who is called like another is most likely the same one, sent twice."""
    twin = next((member for member in known.values() if member.name == told.name), None)
    if twin is not None:
        raise RegisterError("name_taken", place, id=twin.id)


def _stamped(told: Told, member_id: str, before: Member | None, stamp: Seen) -> Member:
    samples = {sample.date: sample for sample in before.samples} if before else {}

    def sample(one: ToldSample) -> Sample:
        old = samples.get(one.date)
        kept = old.seen if old and old.negative == one.negative else None
        return Sample(date=one.date, negative=one.negative, seen=one.seen or kept or stamp)

    def paper(said: bool | Seen, old: Seen | None) -> Seen | None:  # noqa: FBT001 - seen, or who saw it and when
        if isinstance(said, Seen):
            return said
        return (old or stamp) if said else None

    newest = sorted((sample(one) for one in told.samples), key=lambda one: one.date, reverse=True)
    return Member(
        id=member_id,
        name=told.name,
        role=told.role,
        active=told.active,
        doses=told.doses,
        unfit=told.unfit,
        declaration=paper(told.declaration, before.declaration if before else None),
        certificate=paper(told.certificate, before.certificate if before else None),
        samples=tuple(newest[:KEPT_SAMPLES]),
    )


def _kinds(before: Member | None, after: Member) -> tuple[Kind, ...]:
    if before is None:
        return ("added",)
    parts: tuple[tuple[Kind, tuple[str, ...]], ...] = (
        ("details", ("name", "role", "active")),
        ("doses", ("doses",)),
        ("papers", ("unfit", "declaration", "certificate")),
        ("tests", ("samples",)),
    )
    return tuple(
        kind for kind, names in parts if any(getattr(before, name) != getattr(after, name) for name in names)
    )
