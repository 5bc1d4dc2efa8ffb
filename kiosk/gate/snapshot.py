"""What the pages may know: one frozen picture of the door, sent whole whenever it changes.

No name, number or text of a code is in it beyond what is masked already. Every sentence is there in all three
languages (`Texts`), so that a page only chooses.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from kiosk.ledger.entries import AgeBand, AlarmKind, LhsEvidence, Paper, Step, TableShare, Way
from kiosk.proofs.model import HealthColour
from kiosk.texts import Language

Texts = dict[Language, str]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReasonView(_View):
    """One reason of the law, and how to put it right."""

    code: str
    para: str
    customer: int | None
    message: Texts


class TableView(_View):
    """A table, who sits there, and how many more the law allows (null: no limit of the law)."""

    id: str
    seats: int
    people: int
    parties: tuple[str, ...]
    #: The room that it stands in.
    room: str | None = None
    #: What it is called, where its id does not say it.
    name: Texts | None = None


class RoomView(_View):
    """A room, who has a place in it, and how many more may go in (by its places and by the law)."""

    id: str
    name: Texts
    places: int
    people: int
    left: int
    parties: tuple[str, ...]


class BanquetView(_View):
    """A banquet that parties can join, and its people by now."""

    id: str
    zone: str
    people: int
    since: AwareDatetime


class WaitingView(_View):
    """A party that waits for a place."""

    number: int
    people: int
    zone: str | None
    since: AwareDatetime


class ZoneView(_View):
    """A zone's count against its limit, and its hours."""

    id: str
    name: Texts
    mode: str | None
    #: Occupied + reserved + kept for those who stepped out (+ uncertain): what counts against the limit.
    taken: int
    #: Of these, people known to be inside.
    inside: int
    limit: int | None
    left: int | None
    table_limit: int | None
    opens_at: AwareDatetime | None
    closes_at: AwareDatetime | None
    #: ``notice``: 30 minutes or less to closing; ``last_call``: 10 or less; ``closed``: no admission.
    phase: Literal["open", "notice", "last_call", "closed"]
    minutes_left: int | None
    #: Not open to anybody: the staff lack something that the law asks of them. A manager sees who and what.
    staff_short: bool = False
    #: What is asked of every adult there: to show a code, to check in with the app (or to register).
    asks: tuple[Literal["code", "scan"], ...] = ()
    tables: tuple[TableView, ...]
    rooms: tuple[RoomView, ...] = ()
    #: The most people in one room by the law.
    room_limit: int | None = None
    #: Whether the law has something to say of banquets there.
    banquets: bool = False


class SeenAgain(_View):
    """The same proof let somebody in shortly before."""

    minutes: int
    #: Staff say that the person really comes again.
    confirmed: bool


class CustomerView(_View):
    """A customer of the party at hand, as staff see them."""

    number: int
    selected: bool
    age: AgeBand | None
    masked_name: str | None
    masked_document: str | None
    #: Dates (ISO) and products of the doses that count, from a verified code or read by staff.
    doses: tuple[tuple[str, str], ...]
    recovered: bool
    proofs: tuple[str, ...]
    #: The last code that this customer showed and that is no evidence: why, in words.
    rejected: Texts | None
    record_seen: bool
    document_seen: bool
    lhs: LhsEvidence | None
    form: bool
    registered: bool
    with_adult: bool
    unfit: bool
    papers: tuple[Paper, ...]
    reasons: tuple[ReasonView, ...]
    mask: bool = False
    #: What would put the reasons right: names of the law's ways (``declaration``, ``test``, ``mask`` …), and ``age``, ``unfit``
    #: or ``infant`` where the answer hangs on it.
    asks: tuple[str, ...] = ()
    seen_again: SeenAgain | None = None
    health: HealthColour | None = None


class PartyView(_View):
    """The party being checked in at a staffed door, with what the law says of it as it stands."""

    zone: str | None
    tables: tuple[TableShare, ...]
    takeaway: bool
    customers: tuple[CustomerView, ...]
    outcome: Literal["admit", "refuse"]
    #: Its number at the desk.
    number: int = 0
    room: str | None = None
    banquet: str | None = None
    #: The whole banquet once they have joined; 0 without one.
    banquet_size: int = 0
    #: The venue's own steps that have been taken.
    steps: tuple[Step, ...] = ()
    #: Reasons of the party as such; those of a customer stand with the customer.
    reasons: tuple[ReasonView, ...]


class InsideView(_View):
    """A party that has been admitted."""

    party: str
    admission: int
    zone: str
    since: AwareDatetime
    inside: int
    #: Released and not yet passed.
    waiting: int
    out: int
    #: Never more at one table than have a place; who of a split party has left, nobody says.
    tables: tuple[TableShare, ...]
    uncertain: bool
    can_undo: bool
    room: str | None = None
    banquet: str | None = None


class VerdictView(_View):
    """What the display says: one thought at a time."""

    #: idle: show how to come in · ask: the visitor must do something (`asks`) · look: staff build a party ·
    #: welcome: come in · refused: no, and why · unreadable, invalid: the code · stopped: no admission at all (why in `Snapshot.stops`) ·
    #: closed: outside the hours
    state: Literal[
        "idle", "ask", "look", "welcome", "refused", "unreadable", "invalid", "stopped", "closed", "see_staff"
    ]
    #: Counts up with every new thought, so that a sound is played once.
    number: int
    zone: str | None = None
    masked_name: str | None = None
    masked_document: str | None = None
    people: int = 0
    reasons: tuple[ReasonView, ...] = ()
    #: Said under the headline, such as why a code is no evidence.
    message: Texts | None = None
    #: Unattended: what would be accepted next.
    asks: tuple[Literal["code", "declare", "register", "enter"], ...] = ()
    sound: Literal["vaccinated", "exempt", "invalid", "none"] = "none"


class StopView(_View):
    """Why nobody is admitted, and how to mend it."""

    code: Literal["no_instrument", "clock_doubtful", "store_failed", "starting", "plan_pending"]
    what: Texts
    mend: Texts


class AlarmView(_View):
    """An alarm that nobody has cleared."""

    kind: AlarmKind
    subject: str
    since: AwareDatetime
    text: Texts


class CameraView(_View):
    """A camera or scanner."""

    kind: Literal["camera", "scanner"] = "camera"
    name: str
    up: bool
    why: str | None


class SyncView(_View):
    """How replication to central stands; null counts where it is not configured."""

    configured: bool
    waiting: int
    acknowledged: int
    error: str | None
    since: AwareDatetime | None


class TrustListView(_View):
    """A trust list that the venue holds."""

    source: str
    name: Texts
    #: ``stale``: still used, but past its life · ``out``: too old, none of its keys counts · ``broken``: cannot be used.
    state: Literal["fresh", "stale", "out", "broken"]
    #: Its age in whole days.
    days: int = 0
    #: When its keys stop counting, or did; null where it is broken.
    out_from: AwareDatetime | None = None


class TrustView(_View):
    """What codes are judged by, beside the key rings."""

    lists: tuple[TrustListView, ...] = ()
    #: How many proofs are known to be revoked.
    revoked: int = 0
    #: How many files of revoked proofs cannot be used.
    unread: int = 0


class BadgeView(_View):
    """An inspector's badge has been read, and its PIN may be given."""

    number: str
    department: str


class InspectionView(_View):
    """An inspector who is signed in; no name."""

    #: The index of the entry with which it began.
    session: int
    how: Literal["badge", "manager"]
    department: str
    number: str | None
    by: str | None
    since: AwareDatetime


class EventView(_View):
    """A line of the log for the desk."""

    index: int
    at: AwareDatetime
    type: str
    text: Texts


class SealingKeyView(_View):
    """The authority's key to which personal data is sealed: its id, and when it was made where that is known."""

    id: str
    made: date | None = None


class Snapshot(_View):
    """Everything the display and the desk show."""

    number: int
    at: AwareDatetime
    demo: bool
    #: True where the law's clock was set by hand (`--at`).
    clock_shifted: bool
    venue: Texts
    kiosk: str
    way: Way
    instrument: str | None
    instrument_title: Texts | None
    #: When the law in force lapses with nothing to follow it; null until a day before.
    lapses_at: AwareDatetime | None = None
    #: Item (7): what a false declaration costs.
    penalty: Texts | None
    lhs_evidence: tuple[LhsEvidence, ...]
    zones: tuple[ZoneView, ...]
    inside: int
    taken: int
    limit: int | None
    #: People counted as inside whose zone nobody knows.
    unplaced: int
    has_lock: bool
    counts_entries: bool
    counts_exits: bool
    stops: tuple[StopView, ...]
    verdict: VerdictView
    party: PartyView | None
    parties: tuple[InsideView, ...]
    #: Parties that wait for a place, the first first.
    waiting: tuple[WaitingView, ...] = ()
    banquets: tuple[BanquetView, ...] = ()
    #: The venue's own steps at the door.
    steps: tuple[Step, ...] = ()
    alarms: tuple[AlarmView, ...]
    cameras: tuple[CameraView, ...]
    door_link: Literal["up", "lost", "none"]
    sync: SyncView
    trust: TrustView = TrustView()
    badge: BadgeView | None = None
    inspections: tuple[InspectionView, ...] = ()
    #: SHA-256 of the instrument's file, in hex.
    instrument_digest: str | None = None
    #: How many were let in against the decision today.
    overrides: int = 0
    #: Whether staff said that the floor plan hangs at the entrance as the venue's file has it; null: it has no zones.
    plan_displayed: bool | None = None
    #: How many entries the log has, and when the newest was written.
    log_size: int = 0
    log_at: AwareDatetime | None = None
    sealing_key: SealingKeyView | None = None
    events: tuple[EventView, ...]
