"""When a switch that chatters counts as switched: once it has been steady. Pure, on times that are handed in.

Done here because the pin libraries' own debouncing drops edges, and the mock pins ignore it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """The input has been ``active`` since ``mono``."""

    active: bool
    mono: float


class Debounced:
    """One input. A level that lasts shorter than ``steady_s`` seconds never was."""

    def __init__(self, steady_s: float, *, active: bool) -> None:
        self.active = active
        self._steady_s = steady_s
        self._other_since: float | None = None

    @property
    def due(self) -> float | None:
        """When the other level will count if nothing moves until then."""
        return None if self._other_since is None else self._other_since + self._steady_s

    def edge(self, active: bool, mono: float) -> None:  # noqa: FBT001 - the level is what an edge is
        """The raw input is at this level from ``mono`` on. Call `settle` with ``mono`` first."""
        if active == self.active:
            self._other_since = None
        elif self._other_since is None:
            self._other_since = mono

    def settle(self, now: float) -> Change | None:
        """The change that has become steady by ``now``, once."""
        if self._other_since is None or self.due is None or now < self.due:
            return None
        change = Change(not self.active, self._other_since)
        self.active, self._other_since = change.active, None
        return change
