"""What happens with those inside: they leave, go out and come back, are counted, and hold banquets."""

from __future__ import annotations

from kiosk.demo.evening import BanquetStep, LeaveStep, RecountStep, StepMove
from kiosk.demo.scene import Scene
from kiosk.demo.tally import Guests
from kiosk.demo.watching import EveningError
from kiosk.gate.commands import AdmissionUndo, BanquetOpen, Leave, RecountDo, StepBack, StepOut


def open_banquet(scene: Scene, step: BanquetStep) -> None:
    """A banquet begins; the desk gives it a number."""
    opened = int(scene.taps.tap(BanquetOpen(zone=step.zone)).values["entry"])
    event = scene.watch.until(
        "the banquet on the desk", lambda s: next((e for e in s.events if e.index == opened), None)
    )
    scene.say(f"       {event.text['en']}")
    scene.tally.banquets.append(step.name)


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
    scene.tell_counts()


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
    scene.tally.inside[guests.zone] -= out
    scene.tally.out[guests.zone] += out
    scene.tell_counts()


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
    scene.say(f"       Counted: {heads}")
    scene.tell_counts()
