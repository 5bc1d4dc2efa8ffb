"""Plays an evening: simulated people at a simulated door, and a member of staff at the desk.

What visitors show reaches the gate only as pixels of the simulated camera; they walk through the simulated beams when
they see the relay move, and keep their own tally, which the kiosk never sees. After every step it is compared with
the kiosk's count. Staff taps go the way that the pages' taps go. What the script expects is compared, never told.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

from kiosk.demo import staff
from kiosk.demo.doorstep import Doorstep
from kiosk.demo.evening import (
    BanquetStep,
    CheckStep,
    Evening,
    LeaveStep,
    Outcome,
    PartyStep,
    Reasons,
    RecountStep,
    Step,
    StepMove,
    VisitorStep,
)
from kiosk.demo.staff import Taps
from kiosk.demo.tally import Guests, Tally
from kiosk.demo.visitors import DemoVisitor, VisitorKind
from kiosk.demo.watching import EveningError, Watch
from kiosk.gate.commands import (
    AdmissionUndo,
    BanquetOpen,
    Leave,
    PartyAdmit,
    PartyBanquet,
    PartyOverride,
    RecountDo,
    StepBack,
    StepOut,
    VisitorDeclare,
    VisitorEnter,
    VisitorRegister,
    WaySet,
)
from kiosk.gate.commands import PartyStep as DoorStep
from kiosk.gate.protocol import Answer
from kiosk.gate.snapshot import Snapshot

#: Seconds that a code is held up.
HOLD_S = 2.5
#: Seconds that the longest of an evening's pauses may last.
_PAUSE_S = 600.0
_ANSWERED = frozenset({"welcome", "refused", "invalid", "see_staff"})


class Camera(Protocol):
    """The simulated camera, as the people see it: a place to hold a phone up to."""

    def show(self, text: str, seconds: float) -> None:
        """Hold up a code for so long; returns when it has been taken away."""


class Director:
    """Plays one evening.

    Args:
        evening: the script.
        visitors: the people with their codes.
        watch: what the screens say.
        taps: the desk and the touch screen.
        camera: where codes are shown; None where the venue has none.
        doorstep: the simulated door.
        say: prints a line of the story.
    """

    def __init__(
        self,
        evening: Evening,
        visitors: tuple[DemoVisitor, ...],
        *,
        watch: Watch,
        taps: Taps,
        camera: Camera | None,
        doorstep: Doorstep,
        say: Callable[[str], None],
    ) -> None:
        self._evening = evening
        self._visitors = {
            kind: [v for v in visitors if v.kind == kind] for kind in {v.kind for v in visitors}
        }
        self._watch = watch
        self._taps = taps
        self._camera = camera
        self._doorstep = doorstep
        self._say = say
        self.tally = Tally()

    def play(self) -> None:
        """Play to the end.

        Raises:
            EveningError: something did not happen, or happened differently.
        """
        self._watch.start()
        self._watch.until(
            "the door to be ready", lambda s: all(c.up for c in s.cameras) and not s.stops, 40.0
        )
        for step in self._evening.steps:
            self._wait_for_the_clock(step)
            self._say(f"{step.at}  {step.tell}")
            self._do(step)
            self._compare()
            if step.check:
                self._check(step.check)

    def _wait_for_the_clock(self, step: Step) -> None:
        when = self._evening.when(step)
        self._watch.until(f"{step.at} by the law's clock", lambda s: s.at >= when, _PAUSE_S)

    def _do(self, step: Step) -> None:
        if step.party:
            self._party(step.party)
        elif step.visitor:
            self._visitor(step.visitor)
        elif step.banquet:
            self._banquet(step.banquet)
        elif step.leave:
            self._leave(step.leave)
        elif step.step_out:
            self._step_out(step.step_out)
        elif step.step_back:
            self._step_back(step.step_back)
        elif step.undo:
            self._undo(step.undo)
        elif step.recount:
            self._recount(step.recount)
        elif step.way:
            self._taps.tap(WaySet(way=step.way))

    # A party at the staffed door

    def _party(self, step: PartyStep) -> None:
        for command in staff.before_the_people(step):
            self._taps.tap(command)
        for number, person in enumerate(step.everybody):
            for command in staff.of_person(number, person):
                self._taps.tap(command)
            if person.shows:
                self._show(person.shows)
                self._watch.until("the desk to show the code", partial(_has_code, number))
        if step.banquet:
            self._taps.tap(PartyBanquet(banquet=self.tally.banquet(step.banquet)))
        for command in staff.after_the_people(step):
            self._taps.tap(command)
        self._door_steps(step)
        time.sleep(1.0)  # staff look at the screen before they tap
        before, released = self._watch.now().verdict.number, self._doorstep.releases
        answer = self._taps.ask(PartyAdmit())
        if not answer.ok and answer.error != "refused":
            said = answer.message["en"] if answer.message else None
            raise EveningError(f"the desk answered {answer.error} to party.admit", mend=said)
        snapshot = self._watch.until(
            "an answer on the display", lambda s: s if s.verdict.number > before else None
        )
        self._tell(snapshot)
        self._judge("admit" if answer.ok else "refuse", snapshot, step.expect, step.because)
        if step.override:
            self._say(f"       A supervisor enters the PIN: {step.override}")
            answer = self._taps.supervise(PartyOverride(reason=step.override))
        people = len(step.everybody)
        if answer.ok:
            self._enter(step.zone, people, released)
            self._remember(step, answer)
        else:
            self.tally.refused += people
        self._tell_counts(admitted=answer.ok)

    def _door_steps(self, step: PartyStep) -> None:
        """The venue's own steps; without them the desk does not admit anybody."""
        for taken in self._evening.door_steps:
            if taken not in step.forgets:
                self._taps.tap(DoorStep(step=taken, value=True))
        if not step.forgets:
            return
        answer = self._taps.ask(PartyAdmit())
        if answer.error != "steps_missing":
            raise EveningError(f"the desk answered {answer.error} where steps are missing")
        self._say(f"       {answer.message['en'] if answer.message else answer.error}")
        for taken in step.forgets:
            self._taps.tap(DoorStep(step=taken, value=True))

    def _remember(self, step: PartyStep, answer: Answer) -> None:
        if step.name is None:
            return
        admission = int(answer.values["entry"])
        inside = self._watch.until(
            "the party among those inside",
            lambda s: next((party for party in s.parties if party.admission == admission), None),
        )
        self.tally.parties[step.name] = Guests(inside.party, admission, step.zone, len(step.everybody))

    def _judge(self, came: Outcome, snapshot: Snapshot, expect: Outcome, because: Reasons) -> None:
        if came != expect:
            raise EveningError(f"{came}, where the script expects {expect}")
        reasons = {reason.code: reason.para for reason in snapshot.verdict.reasons}
        if because and reasons != because:
            raise EveningError(f"the reasons are {reasons}, where the script expects {because}")

    def _tell(self, snapshot: Snapshot) -> None:
        reasons = snapshot.verdict.reasons
        for line in dict.fromkeys(f"       {reason.para}: {reason.message['en']}" for reason in reasons):
            self._say(line)
        if snapshot.verdict.message:
            self._say(f"       {snapshot.verdict.message['en']}")

    # One visitor at the unattended door

    def _visitor(self, step: VisitorStep) -> None:
        released, before = self._doorstep.releases, self._watch.now().verdict.number
        if step.shows:
            self._show(step.shows)
        if step.taps:
            self._taps.touch(VisitorEnter())
        if step.registers:
            self._taps.touch(VisitorRegister(name=step.registers.name, contact=step.registers.contact))
        if step.declares:
            self._watch.until(
                "the display to ask", lambda s: s.verdict.state == "ask" and "declare" in s.verdict.asks
            )
            time.sleep(1.0)  # the visitor reads
            self._taps.touch(VisitorDeclare())
        snapshot = self._watch.until(
            "an answer on the display",
            lambda s: s if s.verdict.number > before and s.verdict.state in _ANSWERED else None,
        )
        admitted = snapshot.verdict.state == "welcome"
        self._tell(snapshot)
        self._judge("admit" if admitted else "refuse", snapshot, step.expect, step.because)
        if admitted:
            self._enter(snapshot.verdict.zone or "", 1, released)
        else:
            self.tally.refused += 1
        self._tell_counts(admitted=admitted)

    def _show(self, kind: VisitorKind) -> None:
        if self._camera is None:
            raise EveningError(f"somebody shows a code ({kind}), but the venue has no camera")
        people = self._visitors[kind]
        people.append(people.pop(0))
        self._camera.show(people[-1].text, HOLD_S)

    def _enter(self, zone: str, people: int, released: int) -> None:
        self._doorstep.enter(people, released)
        self.tally.inside[zone] += people
        self.tally.admitted += people

    # Those inside

    def _banquet(self, step: BanquetStep) -> None:
        opened = int(self._taps.tap(BanquetOpen(zone=step.zone)).values["entry"])
        event = self._watch.until(
            "the banquet on the desk", lambda s: next((e for e in s.events if e.index == opened), None)
        )
        self._say(f"       {event.text['en']}")
        self.tally.banquets.append(step.name)

    def _leave(self, step: LeaveStep) -> None:
        guests = self.tally.guests(step.party) if step.party else None
        zone = guests.zone if guests else step.zone
        self._doorstep.leave(step.people)
        now = self._watch.now()
        if step.unseen:
            if now.counts_exits:
                raise EveningError("the beam sees everybody who leaves")
            self.tally.unseen[zone] += step.people
        elif guests or not (now.counts_exits and len(now.zones) == 1):
            party = guests.party if guests else None
            self._taps.tap(Leave(zone=zone, party=party, people=step.people))
        self.tally.inside[zone] -= step.people
        if guests:
            guests.inside -= step.people
        self._tell_counts()

    def _step_out(self, step: StepMove) -> None:
        guests = self.tally.guests(step.party)
        self._taps.tap(StepOut(party=guests.party, people=step.people))
        self._doorstep.leave(step.people)
        self._move_out(guests, step.people)

    def _step_back(self, step: StepMove) -> None:
        guests = self.tally.guests(step.party)
        released = self._doorstep.releases
        self._taps.tap(StepBack(party=guests.party, people=step.people))
        self._doorstep.enter(step.people, released)
        self._move_out(guests, -step.people)

    def _move_out(self, guests: Guests, people: int) -> None:
        guests.inside -= people
        self.tally.inside[guests.zone] -= people
        self.tally.out[guests.zone] += people
        self._tell_counts()

    def _undo(self, name: str) -> None:
        guests = self.tally.guests(name)
        self._taps.tap(AdmissionUndo(admission=guests.admission))
        self._doorstep.leave(guests.inside)
        self.tally.inside[guests.zone] -= guests.inside
        guests.inside = 0
        self._tell_counts()

    def _recount(self, step: RecountStep) -> None:
        heads = self.tally.inside[step.zone]
        self._taps.tap(RecountDo(inside={step.zone: heads}, reason=step.reason))
        self.tally.unseen[step.zone] = 0
        self._say(f"       Counted: {heads}")
        self._tell_counts()

    # Comparing

    def _compare(self) -> None:
        """The kiosk's count has to become the people's within a moment."""
        try:
            self._watch.until("the count", self.tally.agrees, 5.0)
        except EveningError as error:
            raise EveningError("; ".join(self.tally.differences(self._watch.now()))) from error

    def _check(self, check: CheckStep) -> None:
        def unlike(snapshot: Snapshot) -> dict[str, object] | None:
            zone = next((zone for zone in snapshot.zones if zone.id == check.zone), None)
            if zone is None:
                return {"zone": None}
            seen = {
                "full": zone.left == 0,
                "closed": zone.phase == "closed",
                "limited": zone.limit is not None,
                "inside": zone.inside,
            }
            wanted = check.model_dump(exclude={"zone"}, exclude_none=True)
            return {name: seen[name] for name, value in wanted.items() if seen[name] != value}

        try:
            self._watch.until("the screens to say so", lambda s: not unlike(s), 5.0)
        except EveningError as error:
            seen = ", ".join(f"{name}: {value}" for name, value in (unlike(self._watch.now()) or {}).items())
            raise EveningError(f"the screens say {seen} of {check.zone}") from error

    def _tell_counts(self, *, admitted: bool | None = None) -> None:
        self._compare()
        snapshot = self._watch.now()
        zones = ", ".join(
            f"{zone.name['en']} {zone.taken}/{'-' if zone.limit is None else zone.limit}"
            for zone in snapshot.zones
        )
        outcome = {True: "ADMITTED: ", False: "refused: ", None: ""}[admitted]
        self._say(f"       {outcome}{zones} · {snapshot.at:%H:%M}")


def _has_code(number: int, snapshot: Snapshot) -> bool:
    party = snapshot.party
    customers = [customer for customer in party.customers if customer.number == number] if party else []
    return bool(customers) and bool(customers[0].proofs or customers[0].rejected)
