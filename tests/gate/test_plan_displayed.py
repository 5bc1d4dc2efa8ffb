"""A change of zones counts once its floor plan is displayed at the entrance; until staff say so, nobody is admitted."""

from __future__ import annotations

from kiosk.gate.commands import CustomerAttest, PartyAdmit, PartyNew, PlanDisplayedDo
from kiosk.ledger.entries import PlanDisplayed
from kiosk.settings import Settings
from tests.gate.bench import Bench, venue, zoned


def production(settings: Settings) -> Settings:
    return settings.model_copy(update={"production": True})


def admits(bench: Bench) -> bool:
    bench.command(PartyNew(zone=bench.settings.zone_ids[1]))
    bench.command(CustomerAttest(customer=0, what="lhs_seen", value=True))
    return bench.command(PartyAdmit()).error is None


def stops(bench: Bench) -> list[str]:
    return [stop.code for stop in bench.snapshot.stops]


def test_nobody_is_admitted_until_staff_say_that_the_plan_is_displayed() -> None:
    bench = Bench(production(zoned()))
    assert stops(bench) == ["plan_pending"]
    assert not admits(bench)
    bench.command(PlanDisplayedDo())
    assert stops(bench) == []
    assert admits(bench)
    (entry,) = bench.entries("plan_displayed")
    assert isinstance(entry, PlanDisplayed)
    assert entry.plan == zoned().plan


def test_the_same_zones_need_no_second_word_and_it_is_said_once() -> None:
    bench = Bench(production(zoned()))
    bench.command(PlanDisplayedDo())
    bench.command(PlanDisplayedDo())
    bench.start()
    assert stops(bench) == []
    assert len(bench.entries("plan_displayed")) == 1


def test_other_zones_stop_admission_again() -> None:
    bench = Bench(production(zoned()))
    bench.command(PlanDisplayedDo())
    hall, *rest = bench.settings.premises.zones
    changed = bench.settings.premises.model_copy(
        update={"zones": (hall.model_copy(update={"capacity": hall.capacity + 1}), *rest)}
    )
    other = Bench(bench.settings.model_copy(update={"premises": changed}), log=bench.log)
    assert stops(other) == ["plan_pending"]


def test_premises_without_zones_and_demos_have_no_plan_to_display() -> None:
    assert stops(Bench(production(venue()))) == []
    assert stops(Bench(zoned())) == []
