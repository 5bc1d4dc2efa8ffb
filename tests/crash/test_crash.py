"""Kill -9 of the real processes, at any moment: nothing that was admitted is lost, nothing is counted twice.

`make crash` kills 200 times; `make test` fewer. ``KIOSK_CRASHES`` and ``KIOSK_CRASH_SEED`` say how often and which.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.crash.world import World

KILLS = int(os.environ.get("KIOSK_CRASHES", "12"))
SEED = int(os.environ.get("KIOSK_CRASH_SEED", "1"))


@pytest.mark.crash
def test_no_admitted_entry_is_lost_none_doubled_and_the_count_never_below_the_truth(tmp_path: Path) -> None:
    with World(tmp_path, SEED) as world:
        chance = world.random
        while world.tally.kills < KILLS:
            # Most kills fall between the tap, the commit and the relay; the others while people walk or leave.
            moment = chance.choice(
                [chance.uniform(0, 0.008), chance.uniform(0, 0.03), chance.uniform(0, 0.4), None]
            )
            if chance.random() < 0.75:
                world.party_comes(chance.randint(1, 4), kill_after=moment)
            else:
                world.some_leave(kill_after=chance.choice([chance.uniform(0, 0.03), None]))
            world.check()
            if chance.random() < 0.05:
                world.kill_central()
            world.settle()
        world.wait_until_sent()
        assert world.centrals_leaves() == list(enumerate(world.leaves()))
        assert world.states() or KILLS < 4, "no start began from a kept state"
        print(
            f"\n{world.tally.kills} kills, {len(world.admissions())} admissions, {world.bench.openings} openings, "
            f"{world.tally.inside} inside, {len(world.leaves())} entries at both ends"
        )
