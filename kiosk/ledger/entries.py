"""What the log can say, one frozen model an entry type.

Nobody is named in an entry. What identifies a visitor (`Personal`) travels beside the entry, sealed to the
health authority's key; the leaf holds only the SHA-256 of the ciphertext.

`zone` is a zone's id, or ``premises`` where the premises are one area. `by` is the sign-in name of staff.
`command` is the id of the desk's or display's command that caused the entry, so that a repeated command does
nothing twice, even across a restart.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

#: 5 or below, 6 to 15, 16 to 64, 65 or above. Where nothing hangs on it, an infant is written as a child.
AgeBand = Literal["infant", "child", "adult", "elder"]
#: ``receipt`` is our own signed receipt, and no LeaveHomeSafe scan that anybody saw.
LhsEvidence = Literal["staff_saw", "declared", "receipt"]
Paper = Literal["declaration", "medical_certificate", "test"]
Way = Literal["staffed", "unattended"]
#: What a venue itself asks at its door, whatever the law says.
Step = Literal["temperature", "mask", "hand_sanitiser"]
AlarmKind = Literal[
    "passage_without_admission",
    "forced_open",
    "held_open",
    "camera_lost",
    "door_link_lost",
    "door_tampered",
    "door_line_doubtful",
    "clock_doubtful",
    "over_limit",
    "uncertain_release",
    "log_refused",
]


class _Model(BaseModel):
    # Errors find their way into logs: what a visitor wrote does not go with them.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Entry(_Model):
    """What every entry has."""

    command: str | None = None


class ZoneRules(_Model):
    """What binds one zone on the day: the law's numbers as they were in force."""

    zone: str
    mode: str | None
    capacity: int
    limit: int | None
    table: int | None
    #: The most people in one room.
    room: int | None = None
    closes_at: AwareDatetime | None


class Started(Entry):
    """The door service began; every release still open is from now on uncertain."""

    type: Literal["started"] = "started"
    version: str
    demo: bool
    clock_shifted: bool
    has_lock: bool
    counts_entries: bool
    counts_exits: bool
    #: The id of the authority's key to which personal data is sealed from here on.
    sealing_key: str | None = None
    #: SHA-256, in hex, of the venue's settings.
    settings: str | None = None


class Continues(Entry):
    """The first entry of a log that goes on where another was lost with its box; never anything but the first."""

    type: Literal["continues"] = "continues"
    #: The other log's kiosk.
    kiosk: str
    #: How many of its entries central knew, and the root of their tree in base64.
    entries: int = Field(ge=0)
    root: str


class Decommissioned(Entry):
    """The last entry of a log: the kiosk was taken out of service, and what it held of persons destroyed."""

    type: Literal["decommissioned"] = "decommissioned"
    by: str
    #: How many entries lost their sealed data before its 31 days were over.
    visits: int = Field(ge=0)
    #: How many entries central had not acknowledged, by the word of whoever did it.
    unsent: int = Field(ge=0)


class Stopped(Entry):
    """The door service ended in order."""

    type: Literal["stopped"] = "stopped"


class DayOpened(Entry):
    """The rules in force, at the start and whenever they change."""

    type: Literal["day_opened"] = "day_opened"
    instrument: str | None
    instrument_digest: str | None
    way: Way
    zones: tuple[ZoneRules, ...]
    #: What kind of premises the law is asked about, in the law's word.
    kind: str | None = None


class Evidence(_Model):
    """What was seen of one customer, by kind."""

    #: Formats of codes whose signature, key usage and dates held, such as ``hk-vac``.
    proofs: tuple[str, ...] = ()
    #: Staff read a vaccination record on paper or on a screen that the kiosk cannot verify.
    record_seen: bool = False
    #: Staff compared the masked record with an identity document.
    document_seen: bool = False
    lhs: LhsEvidence | None = None
    form: bool = False
    registered: bool = False
    with_adult: bool = False
    #: Null rather than false, so that leaves say nothing of masks where nobody asks for them.
    mask: bool | None = None
    papers: tuple[Paper, ...] = ()
    age: AgeBand | None = None
    #: The same proof let somebody in shortly before, and staff said that the person really comes again. Null rather than
    #: false, so that leaves say nothing of it where there is nothing to say.
    comes_again: bool | None = None


class TableShare(_Model):
    """How many of a party sit at one table."""

    table: str
    people: int = Field(gt=0)


class LegalReason(_Model):
    """Why the law refused: code and paragraph, and how many customers it concerns (0: the party as such)."""

    code: str
    para: str
    people: int = 0


class Override(_Model):
    """A supervisor let a party in against the decision."""

    by: str
    reason: str
    against: tuple[LegalReason, ...]


class Admission(Entry):
    """A party may enter: its places are reserved from here on (or occupied, where no sensor sees it pass)."""

    type: Literal["admission"] = "admission"
    party: str
    zone: str
    people: tuple[Evidence, ...] = Field(min_length=1)
    tables: tuple[TableShare, ...] = ()
    room: str | None = None
    #: The running number of the banquet that they join, such as ``B1``.
    banquet: str | None = None
    takeaway: bool = False
    #: The venue's own steps that staff took at the door; null where it has none.
    steps: tuple[Step, ...] | None = None
    way: Way
    by: str | None = None
    #: Whether a sensor will see them pass; otherwise they count as inside at once.
    waits_for_passage: bool
    override: Override | None = None
    instrument: str | None


class Passage(Entry):
    """One person passed inwards. Without an admission, they count as inside all the same."""

    type: Literal["passage"] = "passage"
    #: The index of the admission whose place is now occupied.
    admission: int | None


class PlacesReturned(Entry):
    """Reserved places that nobody took are free again."""

    type: Literal["places_returned"] = "places_returned"
    admission: int
    people: int = Field(gt=0)
    why: Literal["time_out"] = "time_out"


class Undone(Entry):
    """Staff took an admission back: nobody of the party counts, passed or not."""

    type: Literal["undone"] = "undone"
    admission: int
    by: str


class Settled(Entry):
    """Staff said how many entered on a release that a restart had left uncertain."""

    type: Literal["settled"] = "settled"
    admission: int
    entered: int = Field(ge=0)
    by: str


class Exit(Entry):
    """People left. An exit beam knows no zone; a tap by staff does."""

    type: Literal["exit"] = "exit"
    people: int = Field(gt=0)
    source: Literal["beam", "staff"]
    zone: str | None = None
    party: str | None = None
    by: str | None = None


class SteppedOut(Entry):
    """People of a party went out for a moment; their places are kept."""

    type: Literal["stepped_out"] = "stepped_out"
    party: str
    people: int = Field(gt=0)
    by: str


class SteppedBack(Entry):
    """People of a party came back to their places."""

    type: Literal["stepped_back"] = "stepped_back"
    party: str
    people: int = Field(gt=0)
    by: str


class Moved(Entry):
    """A party sits at other tables of its zone, is split over several, or went to another room (null: none)."""

    type: Literal["moved"] = "moved"
    party: str
    tables: tuple[TableShare, ...]
    room: str | None = None
    by: str


class BanquetOpened(Entry):
    """Staff said that a banquet begins in a zone; parties join it as they are admitted."""

    type: Literal["banquet_opened"] = "banquet_opened"
    banquet: str
    zone: str
    by: str


class BanquetEnded(Entry):
    """Nobody joins this banquet any more."""

    type: Literal["banquet_ended"] = "banquet_ended"
    banquet: str
    by: str


class Refusal(Entry):
    """A party was refused by the law."""

    type: Literal["refusal"] = "refusal"
    zone: str | None
    people: int
    reasons: tuple[LegalReason, ...]
    way: Way
    by: str | None = None
    instrument: str | None


class CodeRejected(Entry):
    """A code was shown that is not evidence."""

    type: Literal["code_rejected"] = "code_rejected"
    format: str
    error: str


class Recount(Entry):
    """Staff counted; these are the figures from now on."""

    type: Literal["recount"] = "recount"
    inside: dict[str, int]
    was: dict[str, int]
    by: str
    reason: str


class StaffPass(Entry):
    """Staff opened the door for themselves; they are not counted."""

    type: Literal["staff_pass"] = "staff_pass"
    by: str


#: What of a member of staff was changed, without saying anything about anybody's health.
StaffKind = Literal["added", "removed", "details", "doses", "papers", "tests"]


class StaffMemberChange(_Model):
    """What of one member of staff was changed; ``member`` is the register's number, never a name."""

    member: str
    kinds: tuple[StaffKind, ...]


class StaffChanged(Entry):
    """The register of staff was kept up by a manager."""

    type: Literal["staff_changed"] = "staff_changed"
    changes: tuple[StaffMemberChange, ...] = ()
    by: str


class WayChanged(Entry):
    """The door is from now on run in another way."""

    type: Literal["way_changed"] = "way_changed"
    way: Way
    by: str


class Alarm(Entry):
    """Something that staff must look at."""

    type: Literal["alarm"] = "alarm"
    kind: AlarmKind
    subject: str = ""


class AlarmCleared(Entry):
    """Staff looked, or what was wrong has gone by itself (``by`` is null)."""

    type: Literal["alarm_cleared"] = "alarm_cleared"
    kind: AlarmKind
    subject: str = ""
    by: str | None = None


class Closed(Entry):
    """Admission to a zone ended; who was still inside."""

    type: Literal["closed"] = "closed"
    zone: str
    inside: int


class PlanDisplayed(Entry):
    """Staff confirmed that the floor plan of the zones hangs at the entrance; from now on these zones count."""

    type: Literal["plan_displayed"] = "plan_displayed"
    #: SHA-256, in hex, of the zones with their modes and capacities (`Settings.plan`).
    plan: str
    by: str


class Erased(Entry):
    """Sealed data of visits before a day (Hong Kong's date) is no more; the entries stay and still verify."""

    type: Literal["erased"] = "erased"
    before: date
    #: How many entries lost their sealed data.
    visits: int = Field(gt=0)


class ClockConfirmed(Entry):
    """A supervisor said what time it is."""

    type: Literal["clock_confirmed"] = "clock_confirmed"
    why: str
    was: AwareDatetime
    by: str


class InspectorSignedIn(Entry):
    """An inspector reads the inspector's pages from here on; the entry's index is the number of the session.

    With a badge whose PIN the door has checked: ``number`` is the badge's. Without: a manager vouched for them, ``by``.
    """

    type: Literal["inspector_signed_in"] = "inspector_signed_in"
    how: Literal["badge", "manager"]
    department: str = Field(max_length=80)
    number: str | None = None
    by: str | None = None


#: ``idle``: nobody touched the kiosk's own screen · ``time``: the session's hour was over · ``restart``: of the door service.
SignedOutWhy = Literal["left", "idle", "time", "manager", "restart"]


class InspectorSignedOut(Entry):
    """A session of an inspector ended; ``session`` is the index of its beginning, ``by`` the manager who ended it."""

    type: Literal["inspector_signed_out"] = "inspector_signed_out"
    session: int = Field(ge=0)
    why: SignedOutWhy
    by: str | None = None


class SignInReset(Entry):
    """A manager gave a member of staff a new password or PIN, or both; ``name`` is the sign-in name."""

    type: Literal["sign_in_reset"] = "sign_in_reset"
    name: str
    what: tuple[Literal["password", "pin"], ...] = Field(min_length=1)
    by: str


class Downloaded(Entry):
    """Somebody took an export of some days away; what is in it is bound to this entry by ``manifest``.

    Either an inspector in ``session``, or somebody of the venue: ``by`` the sign-in name, or null at the box's own command line.
    """

    type: Literal["downloaded"] = "downloaded"
    #: The days, both included, and the indices of their entries, ``end`` excluded.
    first: date
    last: date
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    #: SHA-256, in hex, of the export's ``manifest.json``.
    manifest: str = Field(pattern=r"^[0-9a-f]{64}$")
    session: int | None = Field(default=None, ge=0)
    by: str | None = None


class StateKept(Entry):
    """What all entries before this one add up to was kept, so that nobody has to begin at the first again."""

    type: Literal["state_kept"] = "state_kept"
    #: SHA-256, in hex, of the kept form.
    state: str = Field(pattern=r"^[0-9a-f]{64}$")


class StaffDuties(Entry):
    """How the law finds the staff for one zone, when the day is opened and whenever that changes. Nobody is named."""

    type: Literal["staff_duties"] = "staff_duties"
    zone: str
    #: How many members of staff there are.
    staff: int = Field(ge=0)
    #: What is missing by law, each with how many members lack it. While there is any, nobody may be admitted.
    reasons: tuple[LegalReason, ...] = ()


class SettingsChanged(Entry):
    """The door started with other settings than before; ``what`` names them as the venue's file does."""

    type: Literal["settings_changed"] = "settings_changed"
    what: tuple[str, ...] = Field(min_length=1)


AnyEntry = Annotated[
    Started
    | Continues
    | Decommissioned
    | Stopped
    | DayOpened
    | Admission
    | Passage
    | PlacesReturned
    | Undone
    | Settled
    | Exit
    | SteppedOut
    | SteppedBack
    | Moved
    | BanquetOpened
    | BanquetEnded
    | Refusal
    | CodeRejected
    | Recount
    | StaffPass
    | StaffChanged
    | WayChanged
    | Alarm
    | AlarmCleared
    | Closed
    | PlanDisplayed
    | Erased
    | ClockConfirmed
    | InspectorSignedIn
    | InspectorSignedOut
    | SignInReset
    | Downloaded
    | StateKept
    | StaffDuties
    | SettingsChanged,
    Field(discriminator="type"),
]

ENTRY: TypeAdapter[AnyEntry] = TypeAdapter(AnyEntry, config=ConfigDict(hide_input_in_errors=True))


VisitorName = Annotated[str, Field(min_length=1, max_length=120, repr=False)]
VisitorContact = Annotated[str, Field(min_length=1, max_length=40, repr=False)]


class Registration(_Model):
    """What the law has a visitor leave: name, contact number, and (in the entry) date and time."""

    name: VisitorName
    contact: VisitorContact


class Personal(_Model):
    """What is sealed beside an admission: the registrations, in the order of the party's customers."""

    registrations: tuple[Registration | None, ...]


class Draft(_Model):
    """An entry before it has its index: what the gate asks the store to write."""

    at: AwareDatetime
    entry: AnyEntry
    personal: Personal | None = None
    #: Rows of the staff register that become durable together with the entry: number to JSON, null where only the
    #: number stays.
    staff: dict[str, str | None] = {}
    #: What was sealed at visits before this date is erased in the very commit that writes the entry.
    erase_before: date | None = None
    #: What all entries before this one add up to, kept beside the log in the same commit (`StateKept`).
    state: bytes | None = Field(default=None, repr=False)
    #: SHA-256, in hex, of the settings by field, for the next start to compare; kept beside the log in the same commit.
    settings: dict[str, str] = {}


class Recorded(_Model):
    """An entry in its place in the log."""

    index: int = Field(ge=0)
    at: datetime
    entry: AnyEntry
