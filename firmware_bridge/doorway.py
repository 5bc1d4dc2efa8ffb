"""One door on relay, contact, button and beams, as plain rules. Pure: raw edges, releases and times in, events out.

1. The relay is on while a release or an exit press is less than one pulse old, and as long as the exit button is
   held down.
2. An exit press releases by itself; the gate hears of it afterwards.
3. A door that opens while the relay is off and the latch's grace is over was forced.
4. A door that has stood open longer than it may, since it opened or was last released, is held open, until it closes.
5. An input counts once it has been steady (`debounce`), with the time at which it became so.

`pins` carries this out; nothing here waits, reads a clock or touches a pin.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum

from firmware_bridge.beams import Beam, OneBeam, TwoBeams, Way
from firmware_bridge.debounce import Change, Debounced
from firmware_bridge.interface import (
    ContactChanged,
    DoorEvent,
    ExitPressed,
    ForcedOpen,
    HeldOpen,
    HeldOpenEnded,
    PassedIn,
    PassedOut,
)
from firmware_bridge.times import DoorwayConfig


class Input(StrEnum):
    """What may be wired to an input. Active means open, pressed, broken."""

    CONTACT = "contact"
    EXIT = "exit_button"
    OUTER = "beam_outer"
    INNER = "beam_inner"


_BEAMS = {Input.OUTER: Beam.OUTER, Input.INNER: Beam.INNER}


class Doorway:
    """The state of one door. ``active`` holds the raw inputs that are wired, as they stand at ``now``."""

    def __init__(self, config: DoorwayConfig, active: Mapping[Input, bool], now: float) -> None:
        self._config = config
        self._inputs = {
            which: Debounced(config.debounce_ms / 1000, active=level) for which, level in active.items()
        }
        both = Input.OUTER in active and Input.INNER in active
        self._beams = TwoBeams(config.passage_window_s) if both else OneBeam(Way(config.single_beam_counts))
        self._released_until = -math.inf
        self._exit_until = -math.inf
        self._released_at = -math.inf
        self._open_since: float | None = None
        self._reported_held = False
        self._first: list[DoorEvent] = []
        if Input.CONTACT in active:
            self._first.append(ContactChanged(now, open=active[Input.CONTACT]))
            self._open_since = now if active[Input.CONTACT] else None
        if active.get(Input.EXIT):
            self._exit_pressed(now, now, self._first)

    def relay(self, now: float) -> bool:
        """Whether the relay has to be on at ``now``."""
        return now < max(self._released_until, self._exit_until) or self.exit_held

    @property
    def due(self) -> float | None:
        """When `advance` has something to do next if nothing moves until then; it may be past."""
        dues = [one.due for one in self._inputs.values() if one.due is not None]
        dues += [until for until in (self._released_until, self._exit_until) if until > self._seen]
        if self._open_since is not None and not self._reported_held:
            dues.append(self._held_at)
        return min(dues, default=None)

    _seen = -math.inf

    def release(self, now: float) -> None:
        """The gate releases the door: the pulse begins, or begins anew, at ``now``."""
        self._released_until = now + self._config.pulse_s
        self._released_at = now

    def release_failed(self, now: float) -> None:
        """The relay did not move: do not let it move later, when nobody expects it."""
        self._released_until = min(self._released_until, now)

    def edge(self, which: Input, active: bool, mono: float) -> list[DoorEvent]:  # noqa: FBT001 - as `Debounced.edge`
        """A raw input moved at ``mono``."""
        events = self.advance(mono)
        self._inputs[which].edge(active, mono)
        return events + self.advance(mono)

    def advance(self, now: float) -> list[DoorEvent]:
        """All that has come to be by ``now``."""
        events, self._first = self._first, []
        settled = [
            (change.mono, which, change)
            for which, one in self._inputs.items()
            if (change := one.settle(now)) is not None
        ]
        for _, which, change in sorted(settled, key=lambda item: item[0]):
            self._changed(which, change, now, events)
        if self._open_since is not None and not self._reported_held and now >= self._held_at:
            self._reported_held = True
            events.append(HeldOpen(self._held_at))
        self._seen = now
        return events

    @property
    def exit_held(self) -> bool:
        """Whether the exit button is held down."""
        return Input.EXIT in self._inputs and self._inputs[Input.EXIT].active

    @property
    def _held_at(self) -> float:
        since = -math.inf if self._open_since is None else self._open_since
        return max(since, self._released_at) + self._config.held_open_s

    def _changed(self, which: Input, change: Change, now: float, events: list[DoorEvent]) -> None:
        if which is Input.CONTACT:
            self._contact(change, events)
        elif which is Input.EXIT:
            self._exit_until = now + self._config.pulse_s
            if change.active:
                self._exit_pressed(change.mono, now, events)
        else:
            way = self._beams.change(_BEAMS[which], change.mono, broken=change.active)
            if way is not None:
                events.append((PassedIn if way is Way.IN else PassedOut)(change.mono))

    def _exit_pressed(self, pressed: float, now: float, events: list[DoorEvent]) -> None:
        self._exit_until = now + self._config.pulse_s
        self._released_at = now
        events.append(ExitPressed(pressed))

    def _contact(self, change: Change, events: list[DoorEvent]) -> None:
        events.append(ContactChanged(change.mono, open=change.active))
        if change.active:
            allowed_until = max(self._released_until, self._exit_until) + self._config.latch_grace_s
            if change.mono > allowed_until and not self.exit_held:
                events.append(ForcedOpen(change.mono))
            self._open_since, self._reported_held = change.mono, False
            return
        if self._reported_held:
            events.append(HeldOpenEnded(change.mono))
        self._open_since, self._reported_held = None, False
