"""The state machine of the door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kiosk.gate.events import Event, Outcome
from kiosk.gate.snapshot import Snapshot
from kiosk.gate.state import State
from kiosk.ledger.entries import Recorded
from kiosk.premises import DoorForm, Premises
from kiosk.settings import Settings


@dataclass(frozen=True)
class Gate:
    """The door of one venue, without any clock, file or wire.

    Args:
        settings: the venue's file.
        instruments: the law, as loaded.
        door: what the door can do and see.
        clock_shifted: the law's clock was set by hand.
    """

    settings: Settings
    instruments: Any
    door: DoorForm
    clock_shifted: bool = False

    def begin(
        self, premises: Premises, *, at: datetime, mono: float, recent: Sequence[Recorded] = ()
    ) -> tuple[State, Outcome]:
        """The state at the start of the service; `recent` are the log's last lines, for the desk."""
        raise NotImplementedError

    def step(self, state: State, event: Event) -> tuple[State, Outcome]:
        """What follows from one event: the new state with all drafts applied, and what is to be done."""
        raise NotImplementedError

    def snapshot(self, state: State, at: datetime, mono: float) -> Snapshot:
        """Everything the pages may know."""
        raise NotImplementedError
