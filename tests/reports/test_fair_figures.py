"""Nobody is accused of what is not so: the people of the gate's own test do as they like, and what is claimed is held against them.

The people know where they are; the log knows less. What it cannot know is allowed for: who left and was not tapped where only taps
count, who passed twice because a restart forgot them, and who said that they step out and is still on the way.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from kiosk.premises import Premises
from kiosk.reports.days import figures
from kiosk.reports.figures import DayFigures
from kiosk.settings import Settings
from tests.gate.bench import INSTRUMENTS, Bench
from tests.gate.test_people import FORMS, People


def smaller(settings: Settings) -> Settings:
    """The same place with room for two or three at once."""
    premises = settings.premises
    zones = [zone.model_copy(update={"capacity": 4}) for zone in premises.zones]
    return settings.model_copy(
        update={
            "premises": premises.model_copy(update={"capacity": 4 * (len(zones) or 1), "zones": tuple(zones)})
        }
    )


class Accused(People):
    """The people at a place that is soon too small for them, and an inspector who looks after everything that happens."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(smaller(self.bench.settings), self.door)

    def _day(self) -> DayFigures:
        day = self.bench.at.date()
        until = self.bench.at + timedelta(seconds=1)
        return next(figures(self.bench.log, Premises(), INSTRUMENTS, day, day, until=until))

    def _there(self, zone: str | None) -> int:
        """The most people who may really be there."""
        world = self.world
        groups = [group for group in world.groups if zone is None or group.zone == zone]
        strangers = sum(people for where, people in world.strangers.items() if zone in {None, where})
        inside = sum(group.inside + group.unseen for group in groups) + strangers
        return inside + world.untapped + world.doubled + world.stepping

    @invariant()
    def nothing_is_claimed_that_is_not_so(self) -> None:
        day = self._day()
        overridden = {line.index for line in day.overrides}
        for found in day.contraventions:
            if found.doubt is not None:
                continue
            if found.what != "over_limit":
                assert set(found.entries) <= overridden, f"the gate let nobody else in: {found}"
            elif found.goes_on:
                assert found.limit is not None
                assert self._there(found.zone if self.zoned else None) > found.limit, found


@pytest.mark.parametrize("form", FORMS)
def test_whatever_people_do_nobody_is_accused_of_what_is_not_so(form: str) -> None:
    door, zoned = FORMS[form]
    machine = type("AccusedAtThatDoor", (Accused,), {"door": door, "zoned": zoned})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=4,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
