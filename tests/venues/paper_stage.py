"""A venue's gate as the stage of an evening: nobody's screen, camera or wire, and a clock that runs as fast as one likes.

The script, the director, the taps, the tally and the gate are the real ones; what lies between them is here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from firmware_bridge import DoorConfig, make_door
from kiosk import settings
from kiosk.demo.director import Director
from kiosk.demo.evening import Evening
from kiosk.demo.scene import Scene
from kiosk.demo.staff import Taps
from kiosk.demo.visitors import DemoVisitor, VisitorKind
from kiosk.demo.watching import PATIENCE_S, EveningError
from kiosk.gate.commands import AnyCommand
from kiosk.gate.events import CameraChanged, Tick
from kiosk.gate.protocol import Answer, Pin
from kiosk.gate.snapshot import Snapshot
from kiosk.gate.words import refusal_words
from kiosk.premises import DoorForm
from kiosk.proofs.model import Dose, Facts, Proof, refused
from tests.gate.bench import Bench

_Seen = TypeVar("_Seen")

VENUES = Path(__file__).parents[2] / "config" / "venues"
#: Seconds of the law, and of the monotonic clock, from one look at the screens to the next.
LAW_S, REAL_S = 10.0, 1.0
_DOSES: dict[VisitorKind, tuple[date, ...]] = {
    "vaccinated": (date(2021, 3, 10), date(2021, 4, 7)),
    "one_dose": (date(2021, 4, 17),),
    "no_dose": (),
    "recovered": (date(2021, 4, 11),),
}


@dataclass
class PaperDoor:
    """A venue's gate on the bench, in place of the door service."""

    bench: Bench
    #: Every command in its order, with whoever asked for it.
    asked: list[tuple[AnyCommand, str | None]] = field(default_factory=list)

    def command(self, command: AnyCommand, *, by: str | None, pin: Pin | None = None) -> Answer:
        self.asked.append((command, by))
        reply = self.bench.command(command, by=by, supervisor=pin.name if pin else None)
        if reply.error is None:
            return Answer(ok=True, values=reply.values)
        return Answer(
            ok=False,
            error=reply.error,
            message=refusal_words(reply.error, **reply.values),
            values=reply.values,
        )


@dataclass
class PaperWatch:
    """The screens; while somebody waits for them to say something, time goes by."""

    bench: Bench

    def start(self) -> None:
        for camera in self.bench.settings.cameras:
            at, mono = self.bench.at, self.bench.mono
            self.bench.do(CameraChanged(at=at, mono=mono, camera=camera.name, up=True))

    def now(self) -> Snapshot:
        return self.bench.snapshot

    def until(
        self, what: str, look: Callable[[Snapshot], _Seen | None], patience: float = PATIENCE_S
    ) -> _Seen:
        end = self.bench.mono + patience
        while (seen := look(self.bench.snapshot)) is None or seen is False:
            if self.bench.mono > end:
                raise EveningError(f"waited {patience:.0f} s for {what}, in vain")
            self.bench.at += timedelta(seconds=LAW_S)
            self.bench.mono += REAL_S
            self.bench.do(Tick(at=self.bench.at, mono=self.bench.mono))
        return seen


@dataclass
class PaperDoorstep:
    """The doorway: whoever is let in is inside at once."""

    bench: Bench

    @property
    def releases(self) -> int:
        return len(self.bench.releases)

    def enter(self, people: int, before: int) -> None:
        if self.bench.door.has_lock and self.releases <= before:
            raise EveningError("the door did not give way")
        if self.bench.door.counts_entries:
            self.bench.passes_in(people)

    def leave(self, people: int) -> None:
        if self.bench.door.counts_exits:
            self.bench.passes_out(people)


@dataclass
class PaperCamera:
    """The camera, and what becomes of a code; the text of a paper visitor's is their kind."""

    bench: Bench
    shown: int = 0

    def show(self, text: str, seconds: float) -> None:
        assert seconds > 0
        self.shown += 1
        self.bench.show(self._proof(text))

    def _proof(self, kind: Any) -> Proof:
        if kind not in _DOSES:
            return refused("hk-vac", "cannot_verify" if kind == "unknown_version" else "bad_signature")
        facts = Facts(
            doses=tuple(Dose(date=day, product="Comirnaty") for day in _DOSES[kind]),
            name=f"VISITOR, {self.shown}",
            document=f"A{self.shown:06d}",
            recovered=kind == "recovered",
        )
        return Proof(format="hk-vac", verified=True, issuer="hk", facts=facts)


@dataclass
class PaperStage:
    """One venue, ready to play."""

    name: str
    evening: Evening
    #: Makes the door of the bench.
    door_of: Callable[[Bench], PaperDoor] = PaperDoor
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        loaded = settings.load(VENUES / f"{self.name}.yaml", door=DoorConfig)
        door = make_door(loaded.door)
        form = DoorForm(
            has_lock=door.has_lock, counts_entries=door.counts_entries, counts_exits=door.counts_exits
        )
        self.bench = Bench(loaded, form, at=self.evening.starts)
        self.door = self.door_of(self.bench)
        on_paper: Any = (PaperWatch(self.bench), PaperDoorstep(self.bench), self.door)
        watch, doorstep, client = on_paper
        supervisor = Pin(name="supervisor", pin="00000000")
        self.scene = Scene(
            watch=watch,
            taps=Taps(client, supervisor),
            doorstep=doorstep,
            say=self.said.append,
            pause=lambda seconds: None,
        )

    def play(self) -> None:
        """Play the evening to its end.

        Raises:
            EveningError: something did not happen, or happened differently.
        """
        kinds: list[VisitorKind] = [*_DOSES, "forged", "altered", "unknown_version"]
        visitors = tuple(DemoVisitor(f"VISITOR {kind}", kind, kind, "A123456(3)") for kind in kinds)
        camera = PaperCamera(self.bench) if self.bench.settings.cameras else None
        Director(self.evening, visitors, self.scene, camera).play()
