"""The door of a venue without lock or sensor, as most restaurants are: a first-class form, not a fault."""

from __future__ import annotations

from firmware_bridge.interface import Listener


class NoDoor:
    """Nothing to open and nothing that counts: an admission occupies at once, staff tap who leaves."""

    has_lock = False
    counts_entries = False
    counts_exits = False

    def start(self, on_event: Listener) -> None:
        """Nothing will ever be reported."""

    def release(self, ticket: int) -> None:
        """Nothing moves, and no `Released` is reported: none could be true."""

    def close(self) -> None:
        """Nothing was taken."""
