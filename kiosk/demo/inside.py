"""What happens with those inside: they leave, go out and come back, move, are counted, and hold banquets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kiosk.demo.evening import BanquetStep, LeaveStep, MoveStep, RecountStep, StepMove
from kiosk.demo.scene import Scene
from kiosk.demo.staff import shares
from kiosk.demo.tally import Guests
from kiosk.demo.watching import EveningError
from kiosk.gate.commands import (
    AdmissionUndo,
    BanquetEnd,
    BanquetOpen,
    Leave,
    PartyMove,
    RecountDo,
    StepBack,
    StepOut,
)


def open_banquet(scene: Scene, step: BanquetStep) -> None:
    """A banquet begins; the desk gives it a number."""
    opened = int(scene.taps.tap(BanquetOpen(zone=step.zone)).values["entry"])
    event = scene.watch.until(
        "the banquet on the desk", lambda s: next((e for e in s.events if e.index == opened), None)
    )
    scene.say(f"       {event.text['en']}")
    scene.tally.banquets.append(step.name)


def end_banquet(scene: Scene, name: str) -> None:
    """Nobody joins the banquet any more; whoever of it is inside may stay."""
    scene.taps.tap(BanquetEnd(banquet=scene.tally.banquet(name)))
    scene.tally.over.add(name)
    scene.tell_counts()


def leave(scene: Scene, step: LeaveStep) -> None:
    """People walk out; staff tap what no beam can know."""
    guests = scene.tally.guests(step.party) if step.party else None
    zone = guests.zone if guests else step.zone
    scene.doorstep.leave(step.people)
    now = scene.watch.now()
    if step.unseen:
        if now.counts_exits:
            raise EveningError("the beam sees everybody who leaves")
        scene.tally.unseen[zone] += step.people
    elif guests or not (now.counts_exits and len(now.zones) == 1):
        party = guests.party if guests else None
        scene.taps.tap(Leave(zone=zone, party=party, people=step.people))
    scene.tally.inside[zone] -= step.people
    if guests:
        guests.inside -= step.people
    else:
        _if_empty(scene, zone)
    scene.tell_counts()


def _if_empty(scene: Scene, zone: str) -> None:
    if not scene.tally.inside[zone] + scene.tally.unseen[zone]:
        scene.tally.emptied(zone)


def step_out(scene: Scene, step: StepMove) -> None:
    """People go out for a moment; their places are kept."""
    guests = scene.tally.guests(step.party)
    scene.taps.tap(StepOut(party=guests.party, people=step.people))
    scene.doorstep.leave(step.people)
    _moved(scene, guests, out=step.people)


def step_back(scene: Scene, step: StepMove) -> None:
    """They come back: the door opens for them, and nobody asks them again."""
    guests = scene.tally.guests(step.party)
    released = scene.doorstep.releases
    scene.taps.tap(StepBack(party=guests.party, people=step.people))
    scene.doorstep.enter(step.people, released)
    _moved(scene, guests, out=-step.people)


def _moved(scene: Scene, guests: Guests, *, out: int) -> None:
    guests.inside -= out
    guests.out += out
    scene.tally.inside[guests.zone] -= out
    scene.tally.out[guests.zone] += out
    scene.tell_counts()


def move(scene: Scene, step: MoveStep) -> None:
    """A party goes to other tables or another room, or the desk says why it cannot."""
    guests = scene.tally.guests(step.party)
    command = PartyMove(party=guests.party, tables=shares(step.tables), room=step.room)
    if step.answer is None:
        scene.taps.tap(command)
        guests.tables, guests.room = dict(step.tables), step.room
        scene.tell_counts()
        return
    answer = scene.taps.ask(command)
    if answer.error != step.answer:
        raise EveningError(
            f"the desk answered {answer.error or 'yes'} to {command.do}, where the script expects {step.answer}"
        )
    scene.say(f"       {answer.message['en'] if answer.message else answer.error}")


def undo(scene: Scene, name: str) -> None:
    """Staff take an admission back, and whoever is inside walks out."""
    guests = scene.tally.guests(name)
    scene.taps.tap(AdmissionUndo(admission=guests.admission))
    scene.doorstep.leave(guests.inside)
    scene.tally.inside[guests.zone] -= guests.inside
    guests.inside = 0
    scene.tell_counts()


def recount(scene: Scene, step: RecountStep) -> None:
    """Staff count heads: as many as the people know that there are."""
    heads = scene.tally.inside[step.zone]
    scene.taps.tap(RecountDo(inside={step.zone: heads}, reason=step.reason))
    scene.tally.unseen[step.zone] = 0
    _if_empty(scene, step.zone)
    scene.say(f"       Counted: {heads}")
    scene.tell_counts()


#: What a step of the script says of those inside, by its key.
DOES: dict[str, Callable[[Scene, Any], None]] = {
    "banquet": open_banquet,
    "end_banquet": end_banquet,
    "leave": leave,
    "step_out": step_out,
    "step_back": step_back,
    "move": move,
    "undo": undo,
    "recount": recount,
}
