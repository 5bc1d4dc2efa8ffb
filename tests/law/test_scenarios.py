"""The scenarios that a lawyer would check, paragraph by paragraph, with both sides of every boundary."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from kiosk import HONG_KONG
from kiosk.law import Decision, decide, load_instruments, scenario

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "scenarios"
INSTRUMENTS = load_instruments(ROOT / "config" / "instruments")
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
                found.append(pytest.param(block["given"], row, id=name))
    return found


@pytest.mark.parametrize(("given", "row"), rows())
def test_law_answers_as_the_paragraph_says(given: dict[str, Any], row: dict[str, Any]) -> None:
    unknown = set(row) - {
        *("at", "place", "inside", "party", "customers", "people", "staff"),
        *("answer", "limits", "instrument", "note"),
    }
    assert not unknown
    decision = decide(INSTRUMENTS, scenario(question(given, row)))
    wanted = [] if row["answer"] == "admit" else sorted(row["answer"])
    assert answered(decision) == wanted, row.get("note", "")
    assert decision.outcome == ("refuse" if wanted else "admit")
    assert decision.instrument == row.get("instrument", "2021-04-29")
    limits = row.get("limits", {})
    if limits is None:
        assert decision.limits is None
    for name, value in (limits or {}).items():
        actual = getattr(decision.limits, name)
        expected = datetime.fromisoformat(time(value)) if name == "closes_at" and value else value
        assert actual == expected, name
