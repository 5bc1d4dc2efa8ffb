"""The doorway, as people meet it: they wait for it to give way, walk through it, and leave by it.

A venue without lock or sensor has a doorway, too: there people just walk.
"""

from __future__ import annotations

import time

from firmware_bridge.bench import Bench
from kiosk.demo.watching import PATIENCE_S, EveningError

#: Seconds from one beam to the next: longer than a busy machine stands still, or the door would take a person for a
#: chatter of its wires.
STRIDE_S = 0.3
#: Seconds between two people passing the door.
GAP_S = 0.1


class Doorstep:
    """The simulated door.

    Args:
        bench: where its wires are moved; None: there is only a doorway.
        entry_only: its one beam counts people in, so they leave by another way.
    """

    def __init__(self, bench: Bench | None, *, entry_only: bool = False) -> None:
        self._bench = bench
        self._entry_only = entry_only

    @property
    def releases(self) -> int:
        """How often the lock has given way so far."""
        return self._bench.releases if self._bench else 0

    def enter(self, people: int, before: int) -> None:
        """Walk in one after the other when the lock has given way more often than ``before``.

        Raises:
            EveningError: it did not give way.
        """
        if self._bench is None:
            return
        bench = self._bench
        if not bench.wait_for(lambda _: bench.releases > before, PATIENCE_S):
            raise EveningError(f"waited {PATIENCE_S:.0f} s for the relay to move, in vain")
        bench.open_door()
        for _ in range(people):
            time.sleep(GAP_S)
            bench.person_passes_in(door=False)
        bench.close_door()

    def leave(self, people: int) -> None:
        """Press the button and walk out; nothing of the kiosk is asked."""
        if self._bench is None or self._entry_only:
            return
        self._bench.push_exit()
        self._bench.open_door()
        for _ in range(people):
            self._bench.person_passes_out(door=False)
            time.sleep(GAP_S)
        self._bench.close_door()
