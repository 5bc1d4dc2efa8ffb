"""The state machine of the door: a state and one event in, the next state and what is to be done out.

No clock, file or wire is here: a time comes with each event. The rules, in the order of the code:

1. **Start.** Nothing is written before the first event; it finds the door `starting`. Then the log says that the door
   started, every release that a restart cut short is an alarm, and the rules of the day are written.
2. **What is written counts.** Each entry is folded into the state at once (`Turn.write`). The loop makes all entries of
   a step durable before it adopts the state or carries anything out: nothing opens before it is written.
3. **A log that cannot be written** stops admission. What people do at the door goes on counting in memory and is
   written as soon as the log can be written again; commands that would write are not done, except that people left.
4. **A doubtful clock** stops admission until a supervisor confirms the time. Meanwhile time goes on from the
   last moment that was believed; no entry is ever dated before the one before it.
5. **Commands** are done once: the same id gets the same answer and nothing happens, even after a restart. What
   cannot be done changes nothing and says why (`desk`, `places`, `waiting`, `floor`, `visitors`).
6. **Codes** go to the party at a staffed door (`desk`) and to the visitor at an unattended one (`visitors`).
7. **The door** reports passages, exits and faults (`doorway`). No state of the gate stops an exit.
8. **Time** returns the places of those who did not come, forgets visitors who went away, closes zones on the
   minute and keeps the rules of the day (`closing`).
9. **After every event** the law is asked anew about the party at hand, and the display says what fits (`faces`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from kiosk import __version__, law
from kiosk.gate import desk, doorway, downloads, faces, floor, inspections, places, roster, visitors, waiting
from kiosk.gate.closing import keep_time, watch_limits
from kiosk.gate.commands import (
    AnyCommand,
    Inspecting,
    Leave,
    Managed,
    StaffInspect,
    StaffRead,
    Supervised,
    Visitor,
    VisitorCancel,
    VisitorDeclare,
    VisitorEnter,
    VisitorRegister,
)
from kiosk.gate.events import (
    CameraChanged,
    ClockDoubted,
    CodeRead,
    CodeUnreadable,
    Commanded,
    DataDue,
    DoorReported,
    Event,
    Outcome,
    Reply,
    StateDue,
    Stopping,
    StoreChanged,
    SyncChanged,
    Tick,
    TrustChanged,
)
from kiosk.gate.lines import event_view, moment
from kiosk.gate.question import VenueLaw
from kiosk.gate.reentry import Tagger
from kiosk.gate.snapshot import CameraView, SealingKeyView, Snapshot, SyncView, VerdictView
from kiosk.gate.state import SHOWN_EVENTS, State
from kiosk.gate.turn import Mark, NotDoneError, Turn
from kiosk.gate.view import snapshot
from kiosk.ledger.entries import Continues, Erased, Recorded, Registration, SettingsChanged, Started, Stopped
from kiosk.premises import DoorForm, Premises
from kiosk.premises.said import Said
from kiosk.settings import Settings
from kiosk.staff.register import Register

__all__ = ["DoorForm", "Gate", "State"]

#: What staff do with the party at hand, and with everything else.
_AT_THE_DESK = {**desk.COMMANDS, **places.COMMANDS, **waiting.COMMANDS}
_INSIDE = {**floor.COMMANDS, **places.INSIDE}
#: What managers do, who need not stand at the desk.
_MANAGED = {**roster.COMMANDS, **inspections.COMMANDS}
#: Why central takes nothing more of this log: until a person has looked, that is for good.
REFUSED = frozenset({"conflict", "ahead", "fork", "other_key"})
#: A clock that jumps about without end does not fill the log.
MOST_CLOCK_ALARMS = 20
#: What inspectors do.
_INSPECTING = {**inspections.OWN, **downloads.COMMANDS}


@dataclass(frozen=True)
class Gate:
    """The door of one venue, without any clock, file or wire.

    Args:
        settings: the venue's file.
        instruments: the law, as loaded.
        door: what the door can do and see.
        demo: demo keys or a demo venue: DEMO stands on every screen and in the log.
        clock_shifted: the law's clock was set by hand and does not follow the system's.
        sealing_key: to which key the store seals personal data.
        said: what the venue's file says, and what of it is new since the start before.
        tagger: by which those are known again who came in lately.

    Raises:
        SettingsError: the venue's premises are not what the law can be asked about.
        ScenarioError: no instrument knows their kind or a mode.
    """

    settings: Settings
    instruments: law.Instruments
    door: DoorForm
    demo: bool = False
    clock_shifted: bool = False
    sealing_key: SealingKeyView | None = None
    said: Said = field(default_factory=Said)
    tagger: Tagger = field(default_factory=Tagger, repr=False)
    venue_law: VenueLaw = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "venue_law", VenueLaw(self.settings, self.instruments))

    # 1. Start

    def begin(
        self,
        premises: Premises,
        *,
        at: datetime,
        mono: float,
        recent: Iterable[Recorded] = (),
        register: Register | None = None,
    ) -> tuple[State, Outcome]:
        """The state before the first event, which writes what a start writes; `recent` are the log's last entries."""
        register = register or Register()
        trusted = at if premises.last_at is None else max(at, premises.last_at)
        doubt = next(
            (why.partition(" ")[0] for kind, why in premises.alarms if kind == "clock_doubtful"), None
        )
        state = State(
            premises=premises,
            counted=premises,
            trusted=(trusted, mono),
            plan=self.settings.plan if self.settings.production else None,
            verdict=VerdictView(state="stopped", number=0),
            doubt=doubt,
            law=self.venue_law.staffed(register.law_staff).now(trusted),
            register=register,
            cameras=tuple(
                self._camera(reader.name, up=False, why=None)
                for reader in (*self.settings.cameras, *self.settings.scanners)
            ),
            sync=SyncView(
                configured=self.settings.central is not None,
                waiting=0,
                acknowledged=0,
                error=None,
                since=None,
            ),
            events=tuple(event_view(recorded, self.settings.zone_names) for recorded in recent)[
                -SHOWN_EVENTS:
            ][::-1],
        )
        return state, Outcome()

    def _start(self, turn: Turn) -> None:
        turn.change(starting=False)
        lost = self.settings.continues
        if lost and not turn.premises.next_index:
            turn.write(Continues(kiosk=lost.kiosk, entries=lost.entries, root=lost.root))
        turn.write(
            Started(
                version=__version__,
                demo=self.demo,
                clock_shifted=self.clock_shifted,
                has_lock=self.door.has_lock,
                counts_entries=self.door.counts_entries,
                counts_exits=self.door.counts_exits,
                sealing_key=self.sealing_key.id if self.sealing_key else None,
                settings=self.said.digest,
            ),
            settings=dict(self.said.fields),
        )
        if self.said.changed:
            turn.write(SettingsChanged(what=self.said.changed))
        for kind, subject in turn.premises.alarms:
            # The door reports anew what is still so.
            if kind in {"held_open", "door_link_lost", "door_tampered"}:
                turn.end_alarm(kind, subject)
        for party in turn.premises.parties.values():
            if party.uncertain:
                turn.raise_alarm("uncertain_release", str(party.admission))
        if turn.state.doubt is not None and not _clock_alarms(turn):
            turn.raise_alarm("clock_doubtful", turn.state.doubt)
        inspections.end_all(turn)
        keep_time(turn, anew=True)

    # 2. What is written counts

    def step(self, state: State, event: Event) -> tuple[State, Outcome]:
        """What follows from one event: the new state with all drafts applied, and what is to be done."""
        turn = Turn(self.settings, self.venue_law, self.door, state, event, clock_shifted=self.clock_shifted)
        if isinstance(event, StoreChanged):
            self._store_changed(turn, event)
        if isinstance(event, ClockDoubted):
            turn.change(doubt=turn.state.doubt or event.why)
        if turn.state.starting and turn.state.failed is None:
            self._start(turn)
        self._take(turn, event)
        waiting.time_the_hand(turn, state.hand)
        if not turn.state.starting:
            self._after(turn)
        return turn.end()

    def _take(self, turn: Turn, event: Event) -> None:
        match event:
            case Commanded():
                self._commanded(turn, event)
            case CodeRead():
                self._code_read(turn, event)
            case CodeUnreadable():
                self._code_unreadable(turn)
            case DoorReported(event=seen):
                doorway.door_reported(turn, seen)
            case ClockDoubted():
                self._clock_doubted(turn, event)
            case Tick():
                self._time_passed(turn)
            case CameraChanged() | SyncChanged() | TrustChanged():
                self._stands_differently(turn, event)
            case DataDue() | StateDue():
                self._due(turn, event)
            case Stopping():
                turn.write(Stopped())

    # 3. A log that cannot be written

    def _store_changed(self, turn: Turn, event: StoreChanged) -> None:
        turn.change(failed=event.failed)

    # 4. A doubtful clock

    def _clock_doubted(self, turn: Turn, event: ClockDoubted) -> None:
        if not turn.state.starting and _clock_alarms(turn) < MOST_CLOCK_ALARMS:
            turn.raise_alarm("clock_doubtful", event.subject)

    # 5. Commands

    def _commanded(self, turn: Turn, event: Commanded) -> None:
        known = self._answered(turn, event)
        if known is not None:
            turn.answer(known, remember=False)
            return
        command = event.command
        if isinstance(command, StaffRead) or (
            isinstance(command, StaffInspect) and command.session in turn.premises.inspections
        ):
            turn.answer(Reply(event.id, None, roster.told(turn)), remember=False)
            return
        mark = turn.mark()
        try:
            error = self._do(turn, event)
            self._require_log(turn, event, mark)
        except NotDoneError as no:
            turn.back_to(mark)
            # When the log can be written again, the very same command may be.
            turn.answer(Reply(event.id, no.code, no.values), remember=no.code != "store_failed")
            return
        values = {"entry": turn.first_of(event.id)} if turn.wrote_since(mark) else {}
        turn.answer(Reply(event.id, error, values))

    def _require_log(self, turn: Turn, event: Commanded, mark: Mark) -> None:
        """Nothing that writes is done without a log, except that people left: that has happened anyway."""
        if turn.state.failed is None or isinstance(event.command, Leave):
            return
        if turn.wrote_since(mark):
            raise NotDoneError("store_failed")

    def _answered(self, turn: Turn, event: Commanded) -> Reply | None:
        """The answer that this very command got before."""
        if event.id in turn.state.replies:
            return turn.state.replies[event.id]
        done = turn.premises.commands.get(event.id)
        if done is None:
            return None
        return Reply(event.id, "refused" if done.type == "refusal" else None, {"entry": done.index})

    def _do(self, turn: Turn, event: Commanded) -> str | None:
        command = event.command
        if turn.state.starting:
            raise NotDoneError("starting")
        if isinstance(command, Visitor):
            self._visitor_asked(turn, command, event)
            return None
        if isinstance(command, Inspecting):
            return _INSPECTING[type(command)](turn, command, event)
        if event.by is None and event.supervisor is None:
            raise NotDoneError("sign_in_needed")
        if isinstance(command, Supervised) and event.supervisor is None:
            raise NotDoneError("supervisor_needed")
        if isinstance(command, Managed):
            return _MANAGED[type(command)](turn, command, event)
        if do := _AT_THE_DESK.get(type(command)):
            if turn.way == "unattended":
                raise NotDoneError("unattended")
            return do(turn, command, event)
        return _INSIDE[type(command)](turn, command, event)

    def _visitor_asked(self, turn: Turn, command: AnyCommand, event: Commanded) -> None:
        if turn.way == "staffed":
            desk.visitor_said(turn, command)
            return
        if turn.stops and not isinstance(command, VisitorCancel):
            raise NotDoneError(turn.stops[0])
        match command:
            case VisitorEnter():
                visitors.enter(turn, event.id)
            case VisitorDeclare():
                visitors.declare(turn, event.id)
            case VisitorRegister(name=name, contact=contact):
                visitors.register(turn, Registration(name=name, contact=contact), event.id)
            case _:
                visitors.cancel(turn)

    # 6. Codes

    def _code_read(self, turn: Turn, event: CodeRead) -> None:
        proof, tags = event.proof, self.tagger.tags(event.proof)
        shown = desk if turn.way == "staffed" else visitors
        match proof.format if proof.verified else None:
            case "lhs-poster":
                visitors.poster_shown(turn)
            case "inspector-badge":
                inspections.badge_shown(turn, proof, has_pin=event.has_pin)
            case "visit-receipt":
                shown.receipt_read(turn, proof, tags)
            case _:
                shown.code_read(turn, proof, tags)

    def _code_unreadable(self, turn: Turn) -> None:
        turn.show(VerdictView(state="unreadable", number=0, message=moment("unreadable")))

    # 7. The door is in `doorway`; the cameras beside it

    def _camera_changed(self, turn: Turn, event: CameraChanged) -> None:
        view = self._camera(event.camera, up=event.up, why=event.why)
        names = [camera.name for camera in turn.state.cameras]
        if event.camera in names:
            cameras = tuple(view if camera.name == event.camera else camera for camera in turn.state.cameras)
        else:
            cameras = (*turn.state.cameras, view)
        turn.change(cameras=cameras)
        if event.up:
            turn.end_alarm("camera_lost", event.camera)
        else:
            turn.raise_alarm("camera_lost", event.camera)

    def _camera(self, name: str, *, up: bool, why: str | None) -> CameraView:
        is_scanner = any(name == scanner.name for scanner in self.settings.scanners)
        return CameraView(kind="scanner" if is_scanner else "camera", name=name, up=up, why=why)

    def _sync_changed(self, turn: Turn, sync: SyncView) -> None:
        # Said once: staff clear it, and it is so still.
        if sync.error in REFUSED and sync.error != turn.state.sync.error:
            turn.raise_alarm("log_refused", sync.error)
        turn.change(sync=sync)

    def _stands_differently(self, turn: Turn, event: CameraChanged | SyncChanged | TrustChanged) -> None:
        if isinstance(event, CameraChanged):
            self._camera_changed(turn, event)
        elif isinstance(event, SyncChanged):
            self._sync_changed(turn, event.sync)
        else:
            turn.change(trust=event.trust)

    # 8. Time

    def _time_passed(self, turn: Turn) -> None:
        doorway.time_out(turn)
        visitors.time_out(turn)
        inspections.time_out(turn)

    def _due(self, turn: Turn, event: DataDue | StateDue) -> None:
        if isinstance(event, DataDue):
            turn.write(Erased(before=event.before, visits=event.visits), erase_before=event.before)
        elif turn.state.failed is None:
            turn.keep_state()

    # 9. After every event

    def _after(self, turn: Turn) -> None:
        keep_time(turn)
        watch_limits(turn)
        waiting.forget_closed(turn)
        waiting.number_the_hand(turn)
        faces.ask_the_law(turn)
        faces.face(turn)

    def snapshot(self, state: State, at: datetime, mono: float) -> Snapshot:
        """Everything the pages may know."""
        return snapshot(self, state, at, mono)


def _clock_alarms(turn: Turn) -> int:
    """How many doubts of the clock nobody has settled."""
    return sum(kind == "clock_doubtful" for kind, _ in turn.premises.alarms)
