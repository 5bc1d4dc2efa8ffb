"""What staff and visitors can ask of the gate: one frozen model a command.

They arrive over the door's socket as JSON. `Desk` commands need a signed-in member of staff; commands that are
`Supervised` also need a supervisor whose PIN the door service itself has checked; `Visitor` commands are all that a
paired display may send. `Managed` commands are for managers: the door service looks up the role of whoever asks.
`Inspecting` commands are for inspectors, who are no staff: the door service checks the PIN of a badge itself.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from kiosk.ledger.entries import (
    AgeBand,
    AlarmKind,
    Paper,
    Step,
    TableShare,
    VisitorContact,
    VisitorName,
    Way,
)
from kiosk.staff.register import MOST_MEMBERS, MemberId, Told

Text = Annotated[str, Field(min_length=1, max_length=200)]


class _Command(BaseModel):
    # What was asked for may name a visitor: it is not repeated in errors.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Desk(_Command):
    """Needs a signed-in member of staff."""


class Supervised(Desk):
    """Needs a supervisor's PIN as well."""


class Managed(Desk):
    """Needs a manager: the door service itself looks up who asks."""


class Visitor(_Command):
    """A paired display may send it, for the visitor in front of it."""


class Inspecting(_Command):
    """An inspector may send it."""


class PartyNew(Desk):
    """Start a party afresh: one customer, no zone unless given."""

    do: Literal["party.new"] = "party.new"
    zone: str | None = None


class PartyZone(Desk):
    """Where the party wants to go; at tables, or none yet."""

    do: Literal["party.zone"] = "party.zone"
    zone: str


class PartyTables(Desk):
    """How the party is seated; empty lets the whole party stand as one table that nobody else sits at."""

    do: Literal["party.tables"] = "party.tables"
    tables: tuple[TableShare, ...]


class PartyPlace(Desk):
    """The whole party goes to one place of a zone: a table, a room, or a table in its room."""

    do: Literal["party.place"] = "party.place"
    zone: str
    table: str | None = None
    room: str | None = None


class PartyRoom(Desk):
    """The room that the party wants; null: none."""

    do: Literal["party.room"] = "party.room"
    room: str | None


class PartyBanquet(Desk):
    """The banquet that the party joins, in the banquet's own zone; null: none."""

    do: Literal["party.banquet"] = "party.banquet"
    banquet: str | None


class PartyStep(Desk):
    """One of the venue's own steps at the door was taken for the whole party, or is taken back."""

    do: Literal["party.step"] = "party.step"
    step: Step
    value: bool


class PartyWait(Desk):
    """The party at hand waits for a place; it keeps its number."""

    do: Literal["party.wait"] = "party.wait"


class PartyResume(Desk):
    """A party that waits comes to hand again; one that is at hand waits in its place."""

    do: Literal["party.resume"] = "party.resume"
    number: int = Field(ge=1)


class PartyForget(Desk):
    """A party that waited has gone away."""

    do: Literal["party.forget"] = "party.forget"
    number: int = Field(ge=1)


class PartyTakeaway(Desk):
    """The party only takes food away."""

    do: Literal["party.takeaway"] = "party.takeaway"
    takeaway: bool


class CustomerAdd(Desk):
    """One more customer."""

    do: Literal["customer.add"] = "customer.add"
    age: AgeBand | None = None


class CustomerRemove(Desk):
    """One customer fewer."""

    do: Literal["customer.remove"] = "customer.remove"
    customer: int = Field(ge=0)


class CustomerSelect(Desk):
    """The next code that is read belongs to this customer."""

    do: Literal["customer.select"] = "customer.select"
    customer: int = Field(ge=0)


class CustomerAge(Desk):
    """Staff judged the age: infant (5 or below), child (6 to 15, or 15 or below), adult (16 to 64), elder (65 or above), or
    do not know.
    """

    do: Literal["customer.age"] = "customer.age"
    customer: int = Field(ge=0)
    age: AgeBand | None


class CustomerAttest(Desk):
    """Staff saw something of a customer, or take it back."""

    do: Literal["customer.attest"] = "customer.attest"
    customer: int = Field(ge=0)
    what: Literal[
        "lhs_seen", "form", "registered", "with_adult", "unfit", "document_seen", "mask", "comes_again"
    ]
    value: bool


class CustomerCompare(Desk):
    """Staff type or scan the number or the name of a document in hand: is it the one that the record shows, masked?

    What was typed is compared and forgotten; the log says only that the document was seen.
    """

    do: Literal["customer.compare"] = "customer.compare"
    customer: int = Field(ge=0)
    document: str = Field(min_length=1, max_length=120, repr=False)


class CustomerPaper(Desk):
    """Staff saw a paper that the law asks of the unfit (declaration, medical certificate, negative test)."""

    do: Literal["customer.paper"] = "customer.paper"
    customer: int = Field(ge=0)
    paper: Paper
    value: bool


class CustomerRecord(Desk):
    """Manual entry: staff read a vaccination record that the kiosk cannot; the dates of its doses (ISO)."""

    do: Literal["customer.record"] = "customer.record"
    customer: int = Field(ge=0)
    doses: tuple[str, ...] = Field(max_length=6)


class CustomerRegister(Desk):
    """A customer's name and contact number; sealed when the party is admitted.

    ``by_visitor``: they filled in the form themselves, which is the specified form of those who need one. ``party``: the
    number of the party whose customer it is; somebody else's party never gets the registration.
    """

    do: Literal["customer.register"] = "customer.register"
    customer: int = Field(ge=0)
    name: VisitorName
    contact: VisitorContact
    by_visitor: bool = False
    party: int | None = None


class PartyAdmit(Desk):
    """Let the party in, if the law allows it."""

    do: Literal["party.admit"] = "party.admit"


class PartyOverride(Supervised):
    """Let the party in against the decision, for a reason that stays in the log."""

    do: Literal["party.override"] = "party.override"
    reason: Text


class AdmissionUndo(Desk):
    """Take an admission back."""

    do: Literal["admission.undo"] = "admission.undo"
    admission: int = Field(ge=0)


class AdmissionRelease(Desk):
    """Open the door once more for an admission that still waits for people."""

    do: Literal["admission.release"] = "admission.release"
    admission: int = Field(ge=0)


class AdmissionSettle(Desk):
    """How many entered on a release that a restart left uncertain."""

    do: Literal["admission.settle"] = "admission.settle"
    admission: int = Field(ge=0)
    entered: int = Field(ge=0)


class Leave(Desk):
    """People of a party, or of a zone, have left."""

    do: Literal["leave"] = "leave"
    people: int = Field(gt=0, le=1000)
    zone: str
    party: str | None = None


class StepOut(Desk):
    """People of a party go out for a moment and keep their places."""

    do: Literal["step.out"] = "step.out"
    party: str
    people: int = Field(gt=0, le=1000)


class StepBack(Desk):
    """They come back: the door opens for them."""

    do: Literal["step.back"] = "step.back"
    party: str
    people: int = Field(gt=0, le=1000)


class PartyMove(Desk):
    """A party inside sits at other tables of its zone, or goes to another room of it, or both."""

    do: Literal["party.move"] = "party.move"
    party: str
    tables: tuple[TableShare, ...] = ()
    room: str | None = None


class BanquetOpen(Desk):
    """A banquet begins in a zone; it gets the next number (B1, B2, …)."""

    do: Literal["banquet.open"] = "banquet.open"
    zone: str


class BanquetEnd(Desk):
    """Nobody joins the banquet any more."""

    do: Literal["banquet.end"] = "banquet.end"
    banquet: str


class RecountDo(Desk):
    """Staff counted the people in one zone (``premises``: the whole, where there are no zones)."""

    do: Literal["recount"] = "recount"
    inside: dict[str, Annotated[int, Field(ge=0, le=100_000)]] = Field(min_length=1)
    reason: Text


class AlarmClear(Desk):
    """Staff looked at an alarm."""

    do: Literal["alarm.clear"] = "alarm.clear"
    kind: AlarmKind
    subject: str = ""


class PlanDisplayedDo(Desk):
    """The floor plan of the zones, as the venue's file now has them, hangs at the entrance."""

    do: Literal["plan.displayed"] = "plan.displayed"


class StaffPassDo(Desk):
    """Open the door for staff, uncounted."""

    do: Literal["staff.pass"] = "staff.pass"


class WaySet(Desk):
    """Run the door staffed or unattended."""

    do: Literal["way.set"] = "way.set"
    way: Way


class ClockConfirm(Supervised):
    """A supervisor says what time it is (ISO with offset); null: the clock is right as it stands."""

    do: Literal["clock.confirm"] = "clock.confirm"
    time: str | None = None


class StaffRead(Managed):
    """The register of staff, for the office; nothing is written."""

    do: Literal["staff.read"] = "staff.read"


class StaffSave(Managed):
    """Put a member of staff into the register, or say anew what is known of one."""

    do: Literal["staff.save"] = "staff.save"
    member: Told


class StaffSeen(Managed):
    """A paper of a member was seen today, or the result of a test whose sample was taken today."""

    do: Literal["staff.seen"] = "staff.seen"
    member: MemberId
    what: Literal["declaration", "certificate", "test"]
    negative: bool = True


class StaffRemove(Managed):
    """Forget a member of staff who left; the number stays given."""

    do: Literal["staff.remove"] = "staff.remove"
    member: MemberId


class StaffImport(Managed):
    """Put several members into the register, all of them or none."""

    do: Literal["staff.import"] = "staff.import"
    members: Annotated[tuple[Told, ...], Field(min_length=1, max_length=MOST_MEMBERS)]


class InspectionOpen(Managed):
    """An inspector without a badge is let in to the inspector's pages, on the word of the manager who asks."""

    do: Literal["inspection.open"] = "inspection.open"
    department: str = Field(min_length=1, max_length=80)


class InspectionEnd(Managed):
    """A manager ends an inspector's session."""

    do: Literal["inspection.end"] = "inspection.end"
    session: int = Field(ge=0)


class SignInResetDo(Managed):
    """A member of staff or a supervisor gets a new password or PIN; the secrets travel beside the command."""

    do: Literal["sign_in.reset"] = "sign_in.reset"
    name: str = Field(min_length=1, max_length=32)
    what: tuple[Literal["password", "pin"], ...] = Field(min_length=1, max_length=2)


class InspectorEnter(Inspecting):
    """The inspector whose badge the camera has just read gave the PIN that belongs to it."""

    do: Literal["inspector.enter"] = "inspector.enter"
    number: str = Field(min_length=1, max_length=20)


class StaffInspect(Inspecting):
    """The register of staff, by which an inspector's page tells their duties; nothing is written."""

    do: Literal["staff.inspect"] = "staff.inspect"
    session: int = Field(ge=0)


class InspectorLeave(Inspecting):
    """An inspector's session ends: they left, or nobody has touched the kiosk's own screen for a while."""

    do: Literal["inspector.leave"] = "inspector.leave"
    session: int = Field(ge=0)
    why: Literal["left", "idle"] = "left"


class LogDownload(Inspecting):
    """Somebody takes an export of the log away; ``manifest`` is the SHA-256, in hex, of its list of files.

    An inspector in ``session``; or a manager, whose name comes with the command; or, with neither, whoever works on the
    box itself: the door service looks at who is at the other end of its socket.
    """

    do: Literal["log.download"] = "log.download"
    first: date
    last: date
    #: The indices of the entries of those days, ``end`` excluded.
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    manifest: str = Field(pattern=r"^[0-9a-f]{64}$")
    session: int | None = Field(default=None, ge=0)


class VisitorEnter(Visitor):
    """Unattended: a tap to enter."""

    do: Literal["visitor.enter"] = "visitor.enter"


class VisitorDeclare(Visitor):
    """Unattended: the visitor declares, with the penalty in view, that they scanned the LeaveHomeSafe code."""

    do: Literal["visitor.declare"] = "visitor.declare"


class VisitorRegister(Visitor):
    """Unattended: the visitor leaves name and contact number."""

    do: Literal["visitor.register"] = "visitor.register"
    name: VisitorName
    contact: VisitorContact


class VisitorCancel(Visitor):
    """Unattended: the visitor starts over."""

    do: Literal["visitor.cancel"] = "visitor.cancel"


AnyCommand = Annotated[
    PartyNew
    | PartyZone
    | PartyTables
    | PartyPlace
    | PartyRoom
    | PartyBanquet
    | PartyStep
    | PartyWait
    | PartyResume
    | PartyForget
    | PartyTakeaway
    | CustomerAdd
    | CustomerRemove
    | CustomerSelect
    | CustomerAge
    | CustomerAttest
    | CustomerCompare
    | CustomerPaper
    | CustomerRecord
    | CustomerRegister
    | PartyAdmit
    | PartyOverride
    | AdmissionUndo
    | AdmissionRelease
    | AdmissionSettle
    | Leave
    | StepOut
    | StepBack
    | PartyMove
    | BanquetOpen
    | BanquetEnd
    | RecountDo
    | AlarmClear
    | PlanDisplayedDo
    | StaffPassDo
    | WaySet
    | ClockConfirm
    | StaffRead
    | StaffSave
    | StaffSeen
    | StaffRemove
    | StaffImport
    | InspectionOpen
    | InspectionEnd
    | SignInResetDo
    | InspectorEnter
    | StaffInspect
    | InspectorLeave
    | LogDownload
    | VisitorEnter
    | VisitorDeclare
    | VisitorRegister
    | VisitorCancel,
    Field(discriminator="do"),
]

COMMAND: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand, config=ConfigDict(hide_input_in_errors=True))
