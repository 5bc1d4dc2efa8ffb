"""One thought at a time: what the display says, from what the pages know (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk.gate.snapshot import ReasonView, Snapshot, Texts, VerdictView, ZoneView

State = Literal[
    "lost",
    "idle",
    "full",
    "ask",
    "declare",
    "register",
    "look",
    "welcome",
    "refused",
    "unreadable",
    "invalid",
    "stopped",
    "closed",
    "see_staff",
]

#: What a screen may show that nobody has vouched for: nothing about the visitor at the door.
_PUBLIC = {"idle", "stopped", "closed"}
#: What a visitor may choose that has a view of its own.
_STEPS: tuple[Literal["declare", "register"], ...] = ("declare", "register")


@dataclass(frozen=True)
class SharedReason:
    """A reason, and how many of the party it concerns (0: the party as such)."""

    code: str
    para: str
    message: Texts
    people: int


@dataclass(frozen=True)
class Thought:
    """What stands on the display."""

    state: State
    number: int = 0
    sound: str = "none"
    verdict: VerdictView | None = None
    reasons: tuple[SharedReason, ...] = ()
    zone: ZoneView | None = None
    #: Zones that close soon, or that people have to leave.
    notices: tuple[ZoneView, ...] = ()

    @property
    def aims(self) -> bool:
        """Whether the visitor may want to hold up a code."""
        return self.state in {"idle", "ask", "look", "unreadable", "invalid"}


def think(
    snapshot: Snapshot | None, *, is_paired: bool, step: str | None = None, step_of: str | None = None
) -> Thought:
    """What to show.

    Args:
        snapshot: None while the door service does not answer.
        is_paired: an unpaired display gets the public view.
        step: ``declare`` or ``register`` once the visitor chose to declare a scan, or to leave name and number.
        step_of: the number of the thought in which they chose so; for a later one the step is forgotten.
    """
    if snapshot is None:
        return Thought("lost")
    verdict = snapshot.verdict
    notices = tuple(
        zone
        for zone in snapshot.zones
        if zone.phase in {"notice", "last_call"}
        or (zone.phase == "closed" and zone.inside and verdict.state != "closed")
    )
    if not is_paired:
        state = verdict.state if verdict.state in _PUBLIC else "idle"
        return Thought(_full(state, snapshot), notices=notices)
    state = verdict.state
    for chosen in _STEPS:
        if step == chosen and chosen in verdict.asks and step_of == str(verdict.number):
            return Thought(chosen, verdict.number, verdict=verdict, notices=notices)
    return Thought(
        _full(state, snapshot),
        verdict.number,
        sound=verdict.sound,
        verdict=verdict,
        reasons=_shared(verdict.reasons),
        zone=next((zone for zone in snapshot.zones if zone.id == verdict.zone), None),
        notices=notices,
    )


def asked_of_all(snapshot: Snapshot) -> tuple[str, ...]:
    """What every adult is asked for in some zone that is open: ``code``, ``scan``."""
    asked = {what for zone in _open(snapshot) for what in zone.asks}
    return tuple(what for what in ("code", "scan") if what in asked)


def _full(state: State, snapshot: Snapshot) -> State:
    open_zones = _open(snapshot)
    if state != "idle" or snapshot.zones == ():
        return state
    if not open_zones:
        return "stopped" if any(zone.staff_short for zone in snapshot.zones) else "closed"
    return "full" if all(zone.left == 0 for zone in open_zones) else state


def _open(snapshot: Snapshot) -> list[ZoneView]:
    """The zones that let anybody in now; what the staff of the others lack is no business of a visitor."""
    return [zone for zone in snapshot.zones if zone.phase != "closed" and not zone.staff_short]


def _shared(reasons: tuple[ReasonView, ...]) -> tuple[SharedReason, ...]:
    """The same reason of several customers stands once."""
    counts: dict[tuple[str, str, str], list[ReasonView]] = {}
    for reason in reasons:
        counts.setdefault((reason.code, reason.para, reason.message["en"]), []).append(reason)
    return tuple(
        SharedReason(
            first.code,
            first.para,
            first.message,
            sum(reason.customer is not None for reason in (first, *rest)),
        )
        for first, *rest in counts.values()
    )
