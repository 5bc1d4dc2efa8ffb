"""What the gate holds in its hands between two events, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.premises import Premises


@dataclass(frozen=True, kw_only=True)
class State:
    """The gate between two events. `premises` is the fold of the log, with this step's drafts in it."""

    premises: Premises
