"""Plays an evening: simulated people at a simulated door, and a member of staff at the desk.

What visitors show reaches the gate only as pixels of the simulated camera; they walk through the simulated beams when
they see the relay move, and the director keeps their own tally, which the kiosk never sees. Staff taps go the way that
the pages' taps go.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from firmware_bridge.bench import Bench
from kiosk.demo.evening import Evening, LeaveStep, PartyStep, Person, Step, VisitorStep
from kiosk.demo.visitors import DemoVisitor, VisitorKind
from kiosk.errors import KioskError
from kiosk.gate.commands import (
    AnyCommand,
    CustomerAdd,
    CustomerAge,
    CustomerAttest,
    CustomerRegister,
    CustomerSelect,
    Leave,
    PartyAdmit,
    PartyNew,
    PartyTables,
    PartyTakeaway,
    VisitorDeclare,
    VisitorEnter,
    VisitorRegister,
    WaySet,
)
from kiosk.gate.protocol import Answer, DoorClient, DoorUnreachableError
from kiosk.gate.snapshot import PartyView, Snapshot
from kiosk.ledger.entries import TableShare

_Seen = TypeVar("_Seen")

#: The sign-in name of the simulated member of staff, as it stands in the log.
STAFF = "demo-staff"
#: Seconds that a visitor waits for something to happen before the evening is called broken.
PATIENCE_S = 20.0
#: Seconds that a code is held up, and between two people passing the door.
HOLD_S = 2.5
STRIDE_S = 0.7


class EveningError(KioskError):
    """The evening did not go as its script says."""

    code = "evening_broken"


class Camera(Protocol):
    """The simulated camera, as the people see it: a place to hold a phone up to."""

    def show(self, text: str, seconds: float) -> None:
        """Hold up a code for so long; returns when it has been taken away."""


@dataclass
class Tally:
    """What the simulated people know themselves."""

    inside: Counter[str] = field(default_factory=Counter)
    admitted: int = 0
    refused: int = 0


class Director:
    """Plays one evening.

    Args:
        evening: the script.
        visitors: the people with their codes.
        door: the way of the desk's and display's taps.
        camera: where codes are shown.
        bench: the simulated door.
        say: prints a line of the story.
    """

    def __init__(
        self,
        evening: Evening,
        visitors: tuple[DemoVisitor, ...],
        door: DoorClient,
        camera: Camera,
        bench: Bench,
        say: Callable[[str], None],
    ) -> None:
        self._evening = evening
        self._visitors = {
            kind: [v for v in visitors if v.kind == kind] for kind in {v.kind for v in visitors}
        }
        self._door = door
        self._camera = camera
        self._bench = bench
        self._say = say
        self._news = threading.Condition()
        self._snapshot: Snapshot | None = None
        self.tally = Tally()

    def play(self) -> None:
        """Play to the end.

        Raises:
            EveningError: something did not happen, or happened differently.
        """
        threading.Thread(target=self._watch, name="demo-watch", daemon=True).start()
        self._until("the door to be ready", lambda s: s if all(c.up for c in s.cameras) else None)
        for step in self._evening.steps:
            self._wait_for_the_clock(step)
            self._say(f"{step.at}  {step.tell}")
            self._do(step)

    def _wait_for_the_clock(self, step: Step) -> None:
        when = self._evening.when(step)
        self._until(f"{step.at} by the law's clock", lambda s: s.at >= when or None, 600.0)

    def _do(self, step: Step) -> None:
        if step.party:
            self._party(step.party)
        elif step.visitor:
            self._visitor(step.visitor)
        elif step.leave:
            self._leave(step.leave)
        elif step.way:
            self._tap(WaySet(way=step.way))

    def _party(self, step: PartyStep) -> None:
        self._tap(PartyNew(zone=step.zone))
        for number, person in enumerate(step.people):
            if number:
                self._tap(CustomerAdd())
            self._customer(number, person)
        self._tap(PartyTakeaway(takeaway=step.takeaway))
        self._tap(PartyTables(tables=tuple(TableShare(table=t, people=n) for t, n in step.tables.items())))
        time.sleep(1.0)  # staff look at the screen before they tap
        before = self._until("a picture", lambda s: s).verdict.number
        answer = self._door.command(PartyAdmit(), by=STAFF)
        self._until("an answer on the display", lambda s: s.verdict.number > before or None)
        self._judge(answer, step.expect, step.zone, len(step.people))

    def _customer(self, number: int, person: Person) -> None:
        self._tap(CustomerSelect(customer=number))
        if person.age:
            self._tap(CustomerAge(customer=number, age=person.age))
        if person.lhs:
            self._tap(CustomerAttest(customer=number, what="lhs_seen", value=True))
        if person.registers:
            who = person.registers
            self._tap(CustomerRegister(customer=number, name=who.name, contact=who.contact))
        if person.shows:
            self._camera.show(self._next(person.shows).text, HOLD_S)
            self._until("the desk to show the code", lambda s: s.party and _has_code(s.party, number))

    def _visitor(self, step: VisitorStep) -> None:
        before = self._bench.releases
        if step.shows:
            self._camera.show(self._next(step.shows).text, HOLD_S)
        if step.taps:
            self._ask(VisitorEnter())
        if step.registers:
            self._ask(VisitorRegister(name=step.registers.name, contact=step.registers.contact))
        if step.declares:
            self._until(
                "the display to ask",
                lambda s: (s.verdict.state == "ask" and "declare" in s.verdict.asks) or None,
            )
            time.sleep(1.0)  # the visitor reads
            self._ask(VisitorDeclare())
        state = self._until(
            "an answer on the display",
            lambda s: (
                s.verdict.state if s.verdict.state in {"welcome", "refused", "invalid", "see_staff"} else None
            ),
        )
        answer = Answer(ok=state == "welcome", error=None if state == "welcome" else state)
        zone = self._until("the count", lambda s: s).verdict.zone or ""
        self._judge(answer, step.expect, zone, 1, before)

    def _judge(self, answer: Answer, expect: str, zone: str, people: int, before: int | None = None) -> None:
        came = "admit" if answer.ok else "refuse"
        snapshot = self._until("a picture", lambda s: s)
        reasons = [*snapshot.verdict.reasons]
        if answer.ok:
            self._enter(zone, people, before)
            self.tally.admitted += people
        else:
            self.tally.refused += people
        for line in dict.fromkeys(f"       {reason.para}: {reason.message['en']}" for reason in reasons):
            self._say(line)
        if snapshot.verdict.message:
            self._say(f"       {snapshot.verdict.message['en']}")
        self._say(f"       {'ADMITTED' if answer.ok else 'refused'}: {self._counts()}")
        if came != expect:
            raise EveningError(f"{came}, where the script expects {expect}", mend=str(answer.error or ""))

    def _enter(self, zone: str, people: int, before: int | None) -> None:
        """Walk in as people do: when the door gives way, one after the other."""
        if before is not None:
            self._wait(lambda: self._bench.releases > before, "the relay to move")
        self._bench.open_door()
        for _ in range(people):
            time.sleep(STRIDE_S)
            self._bench.person_passes_in(door=False)
        self._bench.close_door()
        self.tally.inside[zone] += people
        inside = sum(self.tally.inside.values())
        self._until("the count", lambda s: s.inside == inside or None)

    def _leave(self, step: LeaveStep) -> None:
        self._bench.push_exit()
        self._bench.open_door()
        for _ in range(step.people):
            self._bench.person_passes_out(door=False)
            time.sleep(STRIDE_S)
        self._bench.close_door()
        self._tap(Leave(zone=step.zone, people=step.people))
        self.tally.inside[step.zone] -= step.people
        inside = sum(self.tally.inside.values())
        self._until("the count", lambda s: s.inside == inside or None)
        self._say(f"       {self._counts()}")

    def _counts(self) -> str:
        snapshot = self._until("a picture", lambda s: s)
        zones = ", ".join(f"{zone.name['en']} {zone.taken}/{zone.limit}" for zone in snapshot.zones)
        return f"{zones} · {snapshot.at:%H:%M}"

    def _next(self, kind: VisitorKind) -> DemoVisitor:
        people = self._visitors[kind]
        people.append(people.pop(0))
        return people[-1]

    def _tap(self, command: AnyCommand) -> None:
        answer = self._door.command(command, by=STAFF)
        if not answer.ok:
            raise EveningError(f"the desk answered {answer.error} to {command.do}")

    def _ask(self, command: AnyCommand) -> None:
        answer = self._door.command(command, by=None)
        if not answer.ok and answer.error != "refused":
            raise EveningError(f"the display answered {answer.error} to {command.do}")

    def _watch(self) -> None:
        while True:
            try:
                for snapshot in self._door.watch():
                    with self._news:
                        self._snapshot = snapshot
                        self._news.notify_all()
            except (DoorUnreachableError, ConnectionError, ValueError):
                time.sleep(0.5)

    def _until(
        self, what: str, look: Callable[[Snapshot], _Seen | None], patience: float = PATIENCE_S
    ) -> _Seen:
        """Wait until ``look`` sees something in the newest snapshot."""
        end = time.monotonic() + patience
        with self._news:
            while True:
                seen = look(self._snapshot) if self._snapshot else None
                if seen is not None and seen is not False:
                    return seen
                if not self._news.wait(end - time.monotonic()):
                    raise EveningError(f"waited {patience:.0f} s for {what}, in vain")

    def _wait(self, done: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not done():
            if time.monotonic() > end:
                raise EveningError(f"waited {PATIENCE_S:.0f} s for {what}, in vain")
            time.sleep(0.02)


def _has_code(party: PartyView, number: int) -> bool:
    customers = [customer for customer in party.customers if customer.number == number]
    return bool(customers) and bool(customers[0].proofs or customers[0].rejected)
