"""The simulated member of staff at the desk, and the visitor at the touch screen: taps, the way that the pages' taps go."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.demo import evening
from kiosk.demo.evening import Person
from kiosk.demo.watching import EveningError
from kiosk.gate.commands import (
    AnyCommand,
    CustomerAdd,
    CustomerAge,
    CustomerAttest,
    CustomerPaper,
    CustomerRecord,
    CustomerRegister,
    CustomerSelect,
    PartyNew,
    PartyPlace,
    PartyRoom,
    PartyTables,
    PartyTakeaway,
)
from kiosk.gate.protocol import Answer, DoorClient, Pin
from kiosk.ledger.entries import TableShare

#: The sign-in name of the simulated member of staff, as it stands in the log.
STAFF = "demo-staff"


class Taps:
    """Who taps what.

    Args:
        door: where the taps go.
        supervisor: the name and PIN of the supervisor who is called for an override.
    """

    def __init__(self, door: DoorClient, supervisor: Pin | None) -> None:
        self._door = door
        self._supervisor = supervisor

    def ask(self, command: AnyCommand) -> Answer:
        """Staff tap, and the answer may be no."""
        return self._door.command(command, by=STAFF)

    def tap(self, command: AnyCommand) -> Answer:
        """Staff tap something that has to be done.

        Raises:
            EveningError: it was not.
        """
        return _done(command, self.ask(command), "the desk")

    def supervise(self, command: AnyCommand) -> Answer:
        """Staff tap, and the supervisor enters the PIN.

        Raises:
            EveningError: it was not done.
        """
        answer = self._door.command(command, by=STAFF, pin=self._supervisor)
        return _done(command, answer, "the desk")

    def touch(self, command: AnyCommand) -> None:
        """The visitor touches the display; a refusal by the law is an answer.

        Raises:
            EveningError: it was not done.
        """
        answer = self._door.command(command, by=None)
        if answer.error != "refused":
            _done(command, answer, "the display")


def _done(command: AnyCommand, answer: Answer, who: str) -> Answer:
    if not answer.ok:
        said = answer.message["en"] if answer.message else None
        raise EveningError(f"{who} answered {answer.error} to {command.do}", mend=said)
    return answer


def before_the_people(step: evening.PartyStep) -> Iterator[AnyCommand]:
    """What staff tap when a party comes."""
    yield PartyNew(zone=step.zone)
    for _ in step.everybody[1:]:
        yield CustomerAdd()


def of_person(number: int, person: Person, *, party: int) -> Iterator[AnyCommand]:
    """What staff tap for one customer, and what the customer fills in, before they hold up a code.

    Args:
        number: the customer's index in the party.
        person: who they are.
        party: the party's number at the desk, for which the tablet is turned round.
    """
    yield CustomerSelect(customer=number)
    if person.age:
        yield CustomerAge(customer=number, age=person.age)
    seen = {
        "lhs_seen": person.lhs,
        "form": person.form,
        "with_adult": person.with_adult,
        "unfit": person.unfit,
        "mask": person.mask,
    }
    for what, value in seen.items():
        if value:
            yield CustomerAttest.model_validate({"customer": number, "what": what, "value": True})
    for paper in person.papers:
        yield CustomerPaper(customer=number, paper=paper, value=True)
    if person.record:
        yield CustomerRecord(customer=number, doses=person.record)
    if person.registers:
        who = person.registers
        yield CustomerRegister(customer=number, name=who.name, contact=who.contact)
    if person.fills_in:
        who = person.fills_in
        yield CustomerRegister(
            customer=number, name=who.name, contact=who.contact, by_visitor=True, party=party
        )


def after_the_people(step: evening.PartyStep) -> Iterator[AnyCommand]:
    """What staff tap of the party as a whole; a single table they tap on the plan."""
    yield PartyTakeaway(takeaway=step.takeaway)
    if step.room:
        yield PartyRoom(room=step.room)
    if len(step.tables) == 1:
        yield PartyPlace(zone=step.zone, table=next(iter(step.tables)), room=step.room)
    elif step.tables:
        yield PartyTables(tables=shares(step.tables))


def shares(tables: dict[str, int]) -> tuple[TableShare, ...]:
    """Who sits where, as commands say it."""
    return tuple(TableShare(table=table, people=people) for table, people in tables.items())
