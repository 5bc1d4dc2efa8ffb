"""The scenarios that a lawyer would check, paragraph by paragraph, with both sides of every boundary."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from kiosk import HONG_KONG
from kiosk.law import Decision, decide, load_instruments, scenario

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "scenarios"
OURS = ROOT / "config" / "instruments"
INSTRUMENTS = load_instruments(OURS)
UNOFFICIAL = load_instruments(OURS, include_unofficial=True)
APRIL = next(one for one in INSTRUMENTS if one.id == "2021-04-29")
DAYS = [date(2021, 4, 28) + timedelta(days=number) for number in range(17)]
#: Codes that no date of a dose or a test has a part in.
UNDATED = {
    *("must_close", "outside_hours", "over_capacity", "table_full", "room_full", "banquet_too_large"),
    *("gathering_too_large", "no_lhs_scan", "not_registered", "mask_required"),
}
PEOPLE = yaml.safe_load((HERE / "people.yaml").read_text(encoding="utf-8"))


def person(said: str | dict[str, Any], people: dict[str, Any]) -> dict[str, Any]:
    if isinstance(said, str):
        return people[said]
    own = {key: value for key, value in said.items() if key != "like"}
    return {**people.get(said.get("like", ""), {}), **own}


def time(said: str) -> str:
    when = datetime.fromisoformat(said)
    return (when if when.tzinfo else when.replace(tzinfo=HONG_KONG)).isoformat()


def question(given: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """The scenario of a row: what its block gives, with what the row says differently."""
    said = {**given, **row}
    place = {**given.get("place", {}), **row.get("place", {})}
    staff = [person(one, PEOPLE["staff"]) for one in said.get("staff", [])]
    customers = said["customers"]
    if isinstance(customers, int):
        customers = [said.get("people", "adult")] * customers
    inside = said.get("inside", {})
    return {
        "at": time(said["at"]),
        "premises": {**place, "staff": staff},
        "inside": {"premises": inside} if isinstance(inside, int) else inside,
        "party": {
            **given.get("party", {}),
            **row.get("party", {}),
            "customers": [person(one, PEOPLE["customers"]) for one in customers],
        },
    }


def answered(decision: Decision) -> list[str]:
    return sorted(
        " ".join(
            part
            for part in (reason.code, reason.para, None if reason.customer is None else f"c{reason.customer}")
            if part is not None
        )
        for reason in decision.reasons
    )


def rows() -> list[Any]:
    found = []
    for file in sorted(HERE.glob("[0-9]*.yaml")):
        for block in yaml.safe_load(file.read_text(encoding="utf-8")):
            for number, row in enumerate(block["rows"]):
                name = f"{block['paragraph']} {block['says'][:50]} [{number}]"
                asked = block.get("unofficial")
                found.append(pytest.param(block["given"], row, asked, id=name))
    return found


@pytest.mark.parametrize(("given", "row", "unofficial"), rows())
def test_law_answers_as_the_paragraph_says(
    given: dict[str, Any], row: dict[str, Any], unofficial: str | None
) -> None:
    unknown = set(row) - {
        *("at", "place", "inside", "party", "customers", "people", "staff"),
        *("answer", "limits", "instrument", "note"),
    }
    assert not unknown
    decision = decide(UNOFFICIAL if unofficial else INSTRUMENTS, scenario(question(given, row)))
    wanted = [] if row["answer"] == "admit" else sorted(row["answer"])
    assert answered(decision) == wanted, row.get("note", "")
    assert decision.outcome == ("refuse" if wanted else "admit")
    assert decision.instrument == row.get("instrument", unofficial or "2021-04-29")
    limits = row.get("limits", {})
    if limits is None:
        assert decision.limits is None
    for name, value in (limits or {}).items():
        actual = getattr(decision.limits, name)
        expected = datetime.fromisoformat(time(value)) if name == "closes_at" and value else value
        assert actual == expected, name


def april_rows() -> list[Any]:
    return [pytest.param(*one.values[:2], id=one.id) for one in rows() if one.values[2] is None]


def moved(asked: dict[str, Any], days: int) -> dict[str, Any]:
    """The question on another day, with every date in it moved along."""
    found = json.loads(json.dumps(asked))  # a deep copy would keep one person twice in a party one
    found["at"] = (datetime.fromisoformat(asked["at"]) + timedelta(days=days)).isoformat()
    for someone in found["premises"]["staff"] + found["party"]["customers"]:
        someone["doses"] = [shifted(day, days) for day in someone.get("doses", [])]
        someone["pcr_samples"] = [
            {**one, "date": shifted(one["date"], days)} if isinstance(one, dict) else shifted(one, days)
            for one in someone.get("pcr_samples", [])
        ]
    return found


def shifted(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


@pytest.mark.parametrize(("given", "row"), april_rows())
def test_every_scenario_holds_on_every_day_in_force_and_on_no_other(
    given: dict[str, Any], row: dict[str, Any]
) -> None:
    """Each scenario at its time of day on each day from 28 April to 14 May, its proofs as old as in its row."""
    asked = question(given, row)
    own_day = datetime.fromisoformat(asked["at"]).astimezone(HONG_KONG).date()
    answers = set()
    for day in DAYS:
        decision = decide(INSTRUMENTS, scenario(moved(asked, (day - own_day).days)))
        if not APRIL.in_force.first <= day <= APRIL.in_force.last:
            assert answered(decision) == ["no_instrument"]
            assert (decision.instrument, decision.limits) == (None, None)
            continue
        assert decision.instrument == "2021-04-29"
        assert decision.limits is not None
        closes = decision.limits.closes_at
        if closes is not None and closes < APRIL.lapses:
            closes -= timedelta(days=(day - own_day).days)
        elif closes is not None:
            # The night on which it lapses ends no later than the instrument.
            assert closes == APRIL.lapses
            assert day >= APRIL.in_force.last - timedelta(days=1)
            closes = None
        limits = (decision.limits.capacity, decision.limits.left, decision.limits.table, decision.limits.room)
        answers.add((decision.outcome, tuple(answered(decision)), limits))
        if closes is not None:
            answers.add(closes)
    told = {one for one in answers if isinstance(one, tuple)}
    assert len(told) == 1, told
    assert len(answers - told) <= 1, "it closes at one time of day"
    if own_day in DAYS[1:15]:
        assert next(iter(told))[1] == tuple([] if row["answer"] == "admit" else sorted(row["answer"]))


@pytest.mark.parametrize(("given", "row"), april_rows())
def test_what_does_not_hang_on_a_date_is_the_same_every_day(
    given: dict[str, Any], row: dict[str, Any]
) -> None:
    """The same, with the dates of doses and tests left as they are: those ripen and expire, nothing else changes."""
    asked = question(given, row)
    at = datetime.fromisoformat(asked["at"]).astimezone(HONG_KONG)
    answers = set()
    for day in DAYS[1:15]:
        asked["at"] = at.replace(year=day.year, month=day.month, day=day.day).isoformat()
        decision = decide(INSTRUMENTS, scenario(asked))
        answers.add(tuple(one for one in answered(decision) if one.split()[0] in UNDATED))
    assert len(answers) == 1


def penalties() -> list[dict[str, Any]]:
    return yaml.safe_load((HERE / "penalties.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("said", penalties(), ids=lambda said: f"{said['paragraph']} {said['says'][:50]}")
def test_a_penalty_bites_where_its_sentence_says(said: dict[str, Any]) -> None:
    for kind in APRIL.kinds:
        texts = [
            one.text.text("en")
            for one in APRIL.penalties_for(kind, said["who"])
            if one.para == said["paragraph"]
        ]
        matching = [text for text in texts if all(name in text for name in said["names"])]
        assert bool(matching) == (kind in said["kinds"]), kind


def test_no_penalty_bites_that_no_sentence_says() -> None:
    threatened = {
        (said["paragraph"], kind, said["who"]): sum(
            said["who"] == other["who"] and kind in other["kinds"] and said["paragraph"] == other["paragraph"]
            for other in penalties()
        )
        for said in penalties()
        for kind in said["kinds"]
    }
    for kind in APRIL.kinds:
        for who in ("responsible", "staff", "customer"):
            for para in APRIL.paragraphs:
                found = [one for one in APRIL.penalties_for(kind, who) if one.para == para]
                assert len(found) == threatened.get((para, kind, who), 0)


def test_every_item_of_the_release_has_scenarios() -> None:
    """Item 9 points to (10) and (11); 3, 4, 5 and 7 to 14 are said by what they list."""
    covered = {block["paragraph"] for file in HERE.glob("*.yaml") for block in blocks(file)}
    items = {re.match(r"\d+", para)[0] for para in covered}
    assert {str(number) for number in range(1, 15)} - {"9"} <= items | {"3"}
    answered_with = {
        one.split()[1]
        for file in HERE.glob("[0-9]*.yaml")
        for block in blocks(file)
        for row in block["rows"]
        if row["answer"] != "admit"
        for one in row["answer"]
        if " " in one
    }
    cited = {rule.para for kind in APRIL.kinds.values() for rule in kind.rules} | {
        rule.para
        for kind in APRIL.kinds.values()
        for mode in (kind.modes or {}).values()
        for rule in mode.rules
    }
    assert cited <= answered_with


def blocks(file: Path) -> list[dict[str, Any]]:
    found = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found if isinstance(found, list) else []
