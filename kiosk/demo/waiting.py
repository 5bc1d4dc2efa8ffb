"""Parties that wait for a place: they are put aside with their number, called to the desk again, or go away."""

from __future__ import annotations

from kiosk.demo.evening import PartyStep
from kiosk.demo.scene import Scene
from kiosk.demo.tally import Waiting
from kiosk.gate.commands import PartyForget, PartyResume, PartyWait

#: Seconds in which people read on the display why there is no place for them.
READ_S = 2.5


def wait(scene: Scene, step: PartyStep, number: int) -> None:
    """The party at hand, which has ``number``, waits."""
    scene.pause(READ_S)  # the display goes on to the next as soon as they do
    scene.taps.tap(PartyWait())
    scene.tally.waiting[step.name or ""] = Waiting(number, len(step.everybody), step.zone)
    scene.say(f"       They wait, as number {number}.")


def call(scene: Scene, name: str) -> None:
    """A party that waited comes to hand again with everything that was seen of it; nobody asks it twice."""
    called = scene.tally.waits(name)
    before = scene.watch.now().party
    scene.taps.tap(PartyResume(number=called.number))
    now = scene.watch.until(
        "the party that waited at the desk",
        lambda s: s if s.party is not None and s.party.number == called.number else None,
    )
    del scene.tally.waiting[name]
    if before is not None and any(each.number == before.number for each in now.waiting):
        # The desk has whoever was at hand wait instead; these were refused, and have gone.
        scene.taps.tap(PartyForget(number=before.number))
    scene.say(f"       Number {called.number} is called.")


def give_up(scene: Scene, name: str) -> None:
    """A party that waited goes away."""
    scene.taps.tap(PartyForget(number=scene.tally.waits(name).number))
    del scene.tally.waiting[name]
    scene.tell_counts()
