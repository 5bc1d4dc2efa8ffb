"""Plays an evening: simulated people at a simulated door, and a member of staff at the desk.

What visitors show reaches the gate only as pixels of the simulated camera; they walk through the simulated beams when
they see the relay move, and keep their own tally, which the kiosk never sees. After every step it is compared with
the kiosk's count. Staff taps go the way that the pages' taps go. What the script expects is compared, never told.
"""

from __future__ import annotations

from functools import partial
from typing import Protocol

from kiosk.demo import inside, staff, waiting
from kiosk.demo.evening import Evening, Outcome, PartyStep, Reasons, Step, VisitorStep
from kiosk.demo.scene import Scene
from kiosk.demo.tally import Guests
from kiosk.demo.visitors import DemoVisitor, VisitorKind
from kiosk.demo.watching import EveningError
from kiosk.gate.commands import (
    PartyAdmit,
    PartyBanquet,
    PartyOverride,
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
        scene: screens, taps, door and tally.
        camera: where codes are shown; None where the venue has none.
    """

    def __init__(
        self, evening: Evening, visitors: tuple[DemoVisitor, ...], scene: Scene, camera: Camera | None
    ) -> None:
        self._evening = evening
        self._visitors = {
            kind: [v for v in visitors if v.kind == kind] for kind in {v.kind for v in visitors}
        }
        self._scene = scene
        self._camera = camera

    def play(self) -> None:
        """Play to the end.

        Raises:
            EveningError: something did not happen, or happened differently.
        """
        self._scene.watch.start()
        self._scene.watch.until(
            "the door to be ready", lambda s: all(c.up for c in s.cameras) and not s.stops, 40.0
        )
        for step in self._evening.steps:
            self._wait_for_the_clock(step)
            self._scene.say(f"{step.at}  {step.tell}")
            self._do(step)
            self._scene.compare()
            if step.check:
                self._scene.check(step.check)
        self._scene.no_alarm()

    def _wait_for_the_clock(self, step: Step) -> None:
        when = self._evening.when(step)
        self._scene.watch.until(f"{step.at} by the law's clock", lambda s: s.at >= when, _PAUSE_S)

    def _do(self, step: Step) -> None:
        if step.party:
            self._party(step.party)
        elif step.visitor:
            self._visitor(step.visitor)
        elif step.way:
            self._scene.taps.tap(WaySet(way=step.way))
        elif step.give_up:
            waiting.give_up(self._scene, step.give_up)
        for key, does in inside.DOES.items():
            said = getattr(step, key)
            if said is not None:
                does(self._scene, said)

    # A party at the staffed door

    def _party(self, step: PartyStep) -> None:
        if step.waited:
            waiting.call(self._scene, step.waited)
        else:
            self._check_in(step)
        for command in staff.after_the_people(step):
            self._scene.taps.tap(command)
        if not step.waited:
            self._door_steps(step)
        self._decide(step)

    def _check_in(self, step: PartyStep) -> None:
        """Everything that staff see of the people, and what these fill in and hold up."""
        for command in staff.before_the_people(step):
            self._scene.taps.tap(command)
        number = self._number(len(step.everybody))
        for index, person in enumerate(step.everybody):
            for command in staff.of_person(index, person, party=number):
                self._scene.taps.tap(command)
            if person.shows:
                self._show(person.shows)
                self._scene.watch.until("the desk to show the code", partial(_has_code, index, person.shows))
        if step.banquet:
            self._scene.taps.tap(PartyBanquet(banquet=self._scene.tally.banquet(step.banquet)))

    def _number(self, people: int) -> int:
        """The number that the desk gave to the party that has just come."""
        known = self._scene.tally.numbered
        party = self._scene.watch.until(
            "the party at the desk",
            lambda s: (
                s.party if s.party and s.party.number > known and len(s.party.customers) == people else None
            ),
        )
        self._scene.tally.numbered = party.number
        return party.number

    def _decide(self, step: PartyStep) -> None:
        """Staff tap, the display answers, and the people walk in, wait or go."""
        self._scene.pause(1.0)  # staff look at the screen before they tap
        before, released = self._scene.watch.now().verdict.number, self._scene.doorstep.releases
        answer = self._scene.taps.ask(PartyAdmit())
        if not answer.ok and answer.error != "refused":
            said = answer.message["en"] if answer.message else None
            raise EveningError(f"the desk answered {answer.error} to party.admit", mend=said)
        snapshot = self._scene.watch.until(
            "an answer on the display", lambda s: s if s.verdict.number > before else None
        )
        self._tell(snapshot)
        self._judge("admit" if answer.ok else "refuse", snapshot, step.expect, step.because)
        if step.override:
            self._scene.say(f"       A supervisor enters the PIN: {step.override}")
            answer = self._scene.taps.supervise(PartyOverride(reason=step.override))
        people = len(step.everybody)
        if answer.ok:
            self._enter(step.zone, people, released)
            self._remember(step, answer)
        elif not step.waits:
            self._scene.tally.refused += people
        self._scene.tell_counts(admitted=answer.ok)
        if step.waits and snapshot.party:
            waiting.wait(self._scene, step, snapshot.party.number)

    def _door_steps(self, step: PartyStep) -> None:
        """The venue's own steps; without them the desk does not admit anybody."""
        for taken in self._evening.door_steps:
            if taken not in step.forgets:
                self._scene.taps.tap(DoorStep(step=taken, value=True))
        if not step.forgets:
            return
        answer = self._scene.taps.ask(PartyAdmit())
        if answer.error != "steps_missing":
            raise EveningError(f"the desk answered {answer.error} where steps are missing")
        self._scene.say(f"       {answer.message['en'] if answer.message else answer.error}")
        for taken in step.forgets:
            self._scene.taps.tap(DoorStep(step=taken, value=True))

    def _remember(self, step: PartyStep, answer: Answer) -> None:
        admission = int(answer.values["entry"])
        party = self._scene.watch.until(
            "the party among those inside",
            lambda s: next((each for each in s.parties if each.admission == admission), None),
        )
        self._scene.tally.parties[step.name or party.party] = Guests(
            party.party,
            admission,
            step.zone,
            len(step.everybody),
            tables=dict(step.tables),
            room=step.room,
            banquet=step.banquet,
        )

    def _judge(self, came: Outcome, snapshot: Snapshot, expect: Outcome, because: Reasons) -> None:
        if came != expect:
            raise EveningError(f"{came}, where the script expects {expect}")
        reasons = {reason.code: reason.para for reason in snapshot.verdict.reasons}
        if because and reasons != because:
            raise EveningError(f"the reasons are {reasons}, where the script expects {because}")

    def _tell(self, snapshot: Snapshot) -> None:
        reasons = snapshot.verdict.reasons
        for line in dict.fromkeys(f"       {reason.para}: {reason.message['en']}" for reason in reasons):
            self._scene.say(line)
        if snapshot.verdict.message:
            self._scene.say(f"       {snapshot.verdict.message['en']}")

    # One visitor at the unattended door

    def _visitor(self, step: VisitorStep) -> None:
        released, before = self._scene.doorstep.releases, self._scene.watch.now().verdict.number
        if step.shows:
            self._show(step.shows)
        if step.taps:
            self._scene.taps.touch(VisitorEnter())
        if step.registers:
            self._scene.taps.touch(VisitorRegister(name=step.registers.name, contact=step.registers.contact))
        if step.declares:
            self._scene.watch.until(
                "the display to ask", lambda s: s.verdict.state == "ask" and "declare" in s.verdict.asks
            )
            self._scene.pause(1.0)  # the visitor reads
            self._scene.taps.touch(VisitorDeclare())
        snapshot = self._scene.watch.until(
            "an answer on the display",
            lambda s: s if s.verdict.number > before and s.verdict.state in _ANSWERED else None,
        )
        admitted = snapshot.verdict.state == "welcome"
        self._tell(snapshot)
        self._judge("admit" if admitted else "refuse", snapshot, step.expect, step.because)
        if admitted:
            self._enter(snapshot.verdict.zone or "", 1, released)
        else:
            self._scene.tally.refused += 1
        self._scene.tell_counts(admitted=admitted)

    def _show(self, kind: VisitorKind) -> None:
        if self._camera is None:
            raise EveningError(f"somebody shows a code ({kind}), but the venue has no camera")
        people = self._visitors[kind]
        people.append(people.pop(0))
        self._camera.show(people[-1].text, HOLD_S)

    def _enter(self, zone: str, people: int, released: int) -> None:
        self._scene.doorstep.enter(people, released)
        self._scene.tally.inside[zone] += people
        self._scene.tally.admitted += people


def _has_code(number: int, kind: VisitorKind, snapshot: Snapshot) -> bool:
    """Whether the desk shows what became of the code; of somebody recovered also that they are: one dose is enough."""
    party = snapshot.party
    customers = [customer for customer in party.customers if customer.number == number] if party else []
    if not customers:
        return False
    seen = bool(customers[0].proofs or customers[0].rejected)
    return seen and (customers[0].recovered or kind != "recovered")
