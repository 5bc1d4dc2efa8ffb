"""What the law asks of staff and when, asked of the instruments themselves: each mode, each boundary, by day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kiosk import law
from kiosk.staff.duties import duties
from kiosk.staff.register import Register, Told, ToldSample

INSTRUMENTS = law.load_instruments(Path(__file__).parents[2] / "config" / "instruments")
MAY = {day: date(2021, 5, day) for day in range(1, 32)}
APRIL = {day: date(2021, 4, day) for day in range(1, 31)}

BARE: dict[str, Any] = {}
ONE_DOSE = {"doses": (APRIL[1],)}
COURSE = {"doses": (date(2021, 3, 1), date(2021, 3, 29))}


def unfit(sample: date | None = None, **papers: bool) -> dict[str, Any]:
    seen = {"declaration": True, "certificate": True, **papers}
    return {"unfit": True, "samples": (ToldSample(date=sample),) if sample else (), **seen}


def sampled(day: date, *, negative: bool = True) -> dict[str, Any]:
    return {"samples": (ToldSample(date=day, negative=negative),)}


def place(kind: str, mode: str | None = None) -> law.Premises:
    limits = law.PremisesLimits(capacity_percent=50) if kind == "other_scheduled" else None
    return law.Premises(kind=kind, mode=mode, capacity=40, limits=limits, opens_at="12:00")


def duty(premises: law.Premises, today: date, told: dict[str, Any]) -> tuple[Any, ...]:
    """State, last day, first day on which waiting mends it, and codes with paragraphs."""
    register, _ = Register().tell((Told(name="A", **told),), by="mei", on=today)
    (one,) = duties(INSTRUMENTS, premises, register, today).members
    (found,) = one.duties
    codes = tuple(f"{reason.code.removeprefix('staff_')} {reason.para}" for reason in found.reasons)
    return found.state, found.until, found.met_from, codes


NOT_VACCINATED = "not_vaccinated"

TABLE = [
    # Mode A asks nothing of staff.
    ("catering", "A", MAY[1], BARE, ("fine", None, None, ())),
    # Mode B: nobody is in breach until the end of 12 May; then a sample of the last 14 days, or the course.
    ("catering", "B", APRIL[29], BARE, ("due", MAY[12], None, ("not_tested 1(b)",))),
    ("catering", "B", MAY[12], BARE, ("due", MAY[12], None, ("not_tested 1(b)",))),
    ("catering", "B", MAY[1], sampled(APRIL[27]), ("due", MAY[12], None, ("not_tested 1(b)",))),
    ("catering", "B", MAY[1], sampled(APRIL[30]), ("fine", MAY[14], None, ("not_tested 1(b)",))),
    ("catering", "B", MAY[1], sampled(APRIL[30], negative=False), ("due", MAY[12], None, ("not_tested 1(b)",))),
    ("catering", "B", MAY[1], COURSE, ("fine", None, None, ())),
    ("catering", "B", MAY[1], ONE_DOSE, ("due", MAY[12], None, ("not_tested 1(b)",))),
    # Mode C: the first dose, or the papers of the unfit with a test of the last seven days.
    ("catering", "C", MAY[1], BARE, ("missing", None, None, (f"{NOT_VACCINATED} 1(c)",))),
    ("catering", "C", MAY[1], ONE_DOSE, ("fine", None, None, ())),
    ("catering", "C", MAY[1], {"doses": (MAY[1],)}, ("fine", None, None, ())),
    ("catering", "C", MAY[1], unfit(APRIL[24]), ("fine", MAY[1], None, ("not_tested 1(f)",))),
    ("catering", "C", MAY[2], unfit(APRIL[24]), ("missing", None, None, ("not_tested 1(f)",))),
    (
        "catering",
        "C",
        MAY[1],
        unfit(declaration=False, certificate=False),
        (
            "missing",
            None,
            None,
            ("missing_declaration 1(f)", "missing_certificate 1(f)", "not_tested 1(f)"),
        ),
    ),
    # Mode D: two doses, and 14 days after the second: missing on the 13th day, met on the 14th.
    ("catering", "D", MAY[1], ONE_DOSE, ("missing", None, None, (f"{NOT_VACCINATED} 1(d)",))),
    ("catering", "D", MAY[3], {"doses": (APRIL[1], APRIL[20])}, ("missing", None, MAY[4], (f"{NOT_VACCINATED} 1(d)",))),
    ("catering", "D", MAY[4], {"doses": (APRIL[1], APRIL[20])}, ("fine", None, None, ())),
    ("catering", "D", MAY[1], unfit(MAY[1]), ("fine", MAY[8], None, ("not_tested 1(f)",))),
    # Bars and scheduled premises.
    ("bar", None, MAY[1], BARE, ("missing", None, None, (f"{NOT_VACCINATED} 2",))),
    ("bar", None, MAY[1], unfit(APRIL[28]), ("fine", MAY[5], None, ("not_tested 2",))),
    ("bar", None, MAY[1], {**unfit(APRIL[28]), "unfit": False}, ("missing", None, None, (f"{NOT_VACCINATED} 2",))),
    ("club", None, MAY[1], BARE, ("missing", None, None, (f"{NOT_VACCINATED} 4(a)",))),
    ("mahjong", None, MAY[1], ONE_DOSE, ("fine", None, None, ())),
    # Other scheduled premises: 14 days or the course, and no time to wait.
    ("other_scheduled", None, APRIL[29], BARE, ("missing", None, None, ("not_tested 6",))),
    ("other_scheduled", None, MAY[1], sampled(APRIL[17]), ("fine", MAY[1], None, ("not_tested 6",))),
    ("other_scheduled", None, MAY[2], sampled(APRIL[17]), ("missing", None, None, ("not_tested 6",))),
    ("other_scheduled", None, MAY[1], COURSE, ("fine", None, None, ())),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "mode", "today", "told", "expected"), TABLE)
def test_each_mode_asks_what_its_paragraph_says(kind, mode, today, told, expected) -> None:
    assert duty(place(kind, mode), today, told) == expected


def two_zones() -> law.Premises:
    zones = (law.Zone(id="D1", mode="D", capacity=10), law.Zone(id="hall", mode="B", capacity=10))
    return law.Premises(kind="catering", capacity=20, zones=zones)


def test_each_zone_asks_all_the_staff_and_names_who_keeps_it_shut() -> None:
    told = (Told(name="A", **COURSE), Told(name="B"), Told(name="C", active=False))
    register, _ = Register().tell(told, by="mei", on=MAY[1])
    found = duties(INSTRUMENTS, two_zones(), register, MAY[1])
    assert [(one.area, one.open, [who.member.id for who in one.lacking]) for one in found.areas] == [
        ("D1", False, ["s2"]),
        ("hall", True, []),
    ]
    assert [len(one.duties) for one in found.members] == [2, 2, 0]


@pytest.mark.parametrize(("today", "flagged"), [(8, False), (9, True), (12, True), (13, None)])
def test_what_falls_due_within_three_days_is_flagged(today: int, flagged: bool | None) -> None:
    register, _ = Register().tell((Told(name="A"),), by="mei", on=MAY[1])
    found = duties(INSTRUMENTS, place("catering", "B"), register, MAY[today])
    if flagged is None:
        assert found.instrument is None  # the directions have lapsed: nothing can be said
        return
    assert [one.member.id for one in found.soon] == (["s1"] if flagged else [])


def test_what_the_duties_say_of_a_day_is_what_the_door_decides_on_it() -> None:
    told = (Told(name="A", **unfit(APRIL[28])), Told(name="B", doses=(APRIL[1], APRIL[20])), Told(name="C"))
    register, _ = Register().tell(told, by="mei", on=APRIL[29])
    at = {"D1": 0, "hall": 0}
    for today in (APRIL[29], MAY[1], MAY[4], MAY[5], MAY[6], MAY[12]):
        for area in duties(INSTRUMENTS, two_zones(), register, today).areas:
            scenario = law.Scenario.model_validate(
                {
                    "at": f"{today}T12:00:00+08:00",
                    "premises": two_zones().model_copy(update={"staff": register.law_staff}),
                    "inside": at,
                    "party": {"zone": area.area},
                }
            )
            codes = [reason.code for reason in law.decide(INSTRUMENTS, scenario).reasons]
            assert any(code.startswith("staff_") for code in codes) != area.open, (today, area.area)
