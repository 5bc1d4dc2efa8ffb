"""The premises as bytes, and back: what a log adds up to, kept so that nobody has to begin at its first entry again.

The form is canonical JSON (RFC 8785): equal premises that came about in the same order have equal bytes, and a kept
state can be named by its SHA-256. Where order means something (which party came first, which command is forgotten
next) it is a list. Times are Hong Kong's to the millisecond, as the log has them.

``v`` counts up whenever the fold gives another result for the same log; ``shape`` follows by itself from the fields of
the models. Premises of another version or shape are not read: they are folded anew.
"""

from __future__ import annotations

import hashlib
import inspect
from dataclasses import MISSING, fields, replace
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, TypeVar

import rfc8785
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, ValidationError

from kiosk import HONG_KONG
from kiosk.errors import KioskError
from kiosk.ledger.entries import AlarmKind, DayOpened, LegalReason, StaffDuties, TableShare, Way, ZoneRules
from kiosk.ledger.leaf import canonical
from kiosk.premises.model import Banquet, Done, DoorForm, Inspection, Party, Premises

#: To be raised with every change of the fold that gives another result for the same log (a test notices).
VERSION = 1


class KeptError(KioskError, ValueError):
    """These bytes are no kept premises, or not such as this program can go on from."""

    code: ClassVar[str] = "bad_kept_state"


def dumps(premises: Premises) -> bytes:
    """The bytes of ``premises``; always the same for the same log."""
    rules = premises.rules
    return canonical(
        {
            "v": VERSION,
            "shape": SHAPE,
            **vars(premises),
            "last_at": _moment(premises.last_at),
            "door": vars(premises.door),
            "rules": rules and rules.model_dump(mode="json"),
            "duties": {zone: duties.model_dump(mode="json") for zone, duties in premises.duties.items()},
            "by_zone": dict(premises.by_zone),
            "parties": [_party(party) for party in premises.parties.values()],
            "banquets": [_since(banquet) for banquet in premises.banquets.values()],
            "alarms": [[kind, subject, _moment(since)] for (kind, subject), since in premises.alarms.items()],
            "closed": {zone: _moment(at) for zone, at in premises.closed.items()},
            "commands": [[command, done.index, done.type] for command, done in premises.commands.items()],
            "inspections": [_since(inspection) for inspection in premises.inspections.values()],
            "overridden_on": premises.overridden_on and premises.overridden_on.isoformat(),
        }
    )


def loads(data: bytes) -> Premises:
    """The premises of which ``data`` are the bytes.

    Raises:
        KeptError: of another version or shape, or not what `dumps` writes.
    """
    try:
        mark = _Mark.model_validate_json(data)
    except ValidationError as error:
        raise _broken(error) from error
    if (mark.v, mark.shape) != (VERSION, SHAPE):
        raise KeptError(
            f"is of version {mark.v} and shape {mark.shape}, not {VERSION} and {SHAPE}",
            mend="fold the log from an earlier state, or from its beginning; or read it with the program that wrote it",
        )
    try:
        premises = _Form.model_validate_json(data).premises()
        whole = dumps(premises) == data
    except ValidationError as error:
        raise _broken(error) from error
    except rfc8785.CanonicalizationError as error:
        raise KeptError(f"has no canonical form ({error})", mend=_MEND) from error
    if not whole:
        raise KeptError("is not in canonical form, or says something twice", mend=_MEND)
    return premises


def name_of(data: bytes) -> str:
    """What the log calls a kept state: the SHA-256 of its bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


_MEND = "fold the log from an earlier state, or from its beginning"


def _broken(error: ValidationError) -> KeptError:
    fault = error.errors()[0]
    place = ".".join(str(part) for part in fault["loc"]) or "the whole"
    return KeptError(f"{place}: {fault['msg']}", mend=_MEND)


def _moment(at: datetime | None) -> str | None:
    # Finer fractions are cut off, as the log cuts them.
    return None if at is None else at.astimezone(HONG_KONG).isoformat(timespec="milliseconds")


def _since(one: Banquet | Inspection) -> dict[str, Any]:
    return {**vars(one), "since": _moment(one.since)}


def _party(party: Party) -> dict[str, Any]:
    # There may be a thousand of them, and a door waits: what is as usual is left out.
    form = {name: value for name, value in vars(party).items() if value != _USUAL.get(name)}
    form["since"] = _moment(party.since)
    form["tables"] = [vars(share) for share in party.tables]
    return form


_USUAL = {field.name: field.default for field in fields(Party) if field.default is not MISSING}


def _hong_kong(at: datetime) -> datetime:
    return at.astimezone(HONG_KONG)


_One = TypeVar("_One", Party, Banquet, Inspection)
_At = Annotated[AwareDatetime, AfterValidator(_hong_kong)]


class _Mark(BaseModel):
    """What is read first, of whatever version."""

    v: int
    shape: str


class _Form(BaseModel):
    """The kept form: `Premises`, with lists where the order of a mapping means something."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    v: int
    shape: str
    next_index: int
    last_at: _At | None
    door: DoorForm
    way: Way | None
    plan: str | None
    rules: DayOpened | None
    duties: dict[str, StaffDuties]
    whole: int
    by_zone: dict[str, int]
    unplaced: int
    stepping: int
    parties: tuple[Party, ...]
    banquets: tuple[Banquet, ...]
    banquets_opened: int
    alarms: tuple[tuple[AlarmKind, str, _At], ...]
    closed: dict[str, _At]
    commands: tuple[tuple[str, int, str], ...]
    inspections: tuple[Inspection, ...]
    overridden_on: date | None
    overridden: int

    def premises(self) -> Premises:
        """What the form says."""
        simple = {name: getattr(self, name) for name in _SIMPLE}
        return Premises(
            **simple,
            parties={one.id: _here(one) for one in self.parties},
            banquets={one.id: _here(one) for one in self.banquets},
            alarms={(kind, subject): since for kind, subject, since in self.alarms},
            commands={command: Done(index, kind) for command, index, kind in self.commands},
            inspections={one.session: _here(one) for one in self.inspections},
        )


def _here(one: _One) -> _One:
    """With its time by Hong Kong's clock."""
    return replace(one, since=_hong_kong(one.since))


_LISTS = {"parties", "banquets", "alarms", "commands", "inspections"}
_SIMPLE = tuple(field.name for field in fields(Premises) if field.name not in _LISTS)


def _shape_of(*models: type) -> str:
    """Names and types of the fields of all models, as their source has them, in 16 hex digits."""
    said = [
        [model.__name__, [inspect.get_annotations(each) for each in model.__mro__ if _ours(each)]]
        for model in models
    ]
    return hashlib.sha256(canonical(said)).hexdigest()[:16]


def _ours(model: type) -> bool:
    return model.__module__.startswith("kiosk.")


#: Of the models that are in the form; it changes with any of their fields.
SHAPE = _shape_of(
    Premises,
    DoorForm,
    Party,
    Banquet,
    Inspection,
    Done,
    DayOpened,
    ZoneRules,
    StaffDuties,
    LegalReason,
    TableShare,
)
