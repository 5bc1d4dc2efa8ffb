"""What must hold of every question to the law, whatever it is."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk import HONG_KONG
from kiosk.law import (
    Decision,
    Instrument,
    Instruments,
    decide,
    limits,
    load_instruments,
    next_opening,
    scenario,
)
from kiosk.law.facts import Premises
from kiosk.texts import LANGUAGES

ROOT = Path(__file__).parents[2]
INSTRUMENTS = load_instruments(ROOT / "config" / "instruments")
#: Ours, those from press reports too, and the invented ones.
EVERY = Instruments(
    (
        *load_instruments(ROOT / "config" / "instruments", include_unofficial=True),
        *load_instruments(ROOT / "tests" / "law" / "instruments"),
    )
)
APRIL = next(one for one in INSTRUMENTS if one.id == "2021-04-29")
CAPACITY_CODES = {"over_capacity", "gathering_too_large"}
EVIDENCE = ("lhs_scan", "form", "registered", "with_adult", "declaration", "medical_certificate", "mask")

flags = st.booleans()
clocks = st.none() | st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
counts = st.integers(0, 60)


def papers(one: Instrument) -> dict[str, Any]:
    """What anybody may have, dated around the days on which the instrument is in force."""
    first, last = one.in_force.first - timedelta(days=28), one.in_force.last + timedelta(days=2)
    dates = st.dates(first, last).map(str)
    return {
        "doses": st.lists(dates, max_size=3),
        "unfit": flags,
        "declaration": flags,
        "medical_certificate": flags,
        "pcr_samples": st.lists(dates, max_size=2),
    }


def people(one: Instrument) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "age": st.none() | st.integers(0, 90),
            **papers(one),
            **dict.fromkeys(("lhs_scan", "form", "registered", "with_adult", "mask"), flags),
        }
    )


@st.composite
def questions(draw: st.DrawFn, among: Instruments = EVERY) -> dict[str, Any]:
    """A question around the days of one of the instruments, of a kind and modes that one of them has."""
    one = draw(st.sampled_from(among.all))
    modes = st.none() | st.sampled_from(sorted(one.modes | APRIL.modes))
    days = (one.in_force.last - one.in_force.first).days + 3
    second = draw(st.integers(0, days * 24 * 3600 - 1))
    start = datetime.combine(one.in_force.first - timedelta(days=1), time(), HONG_KONG)
    staff = st.fixed_dictionaries({"id": st.text("abc", max_size=3), **papers(one)})
    zoned = draw(flags)
    ids = ["x", "y"] if zoned else ["premises"]
    zones = [
        {"id": name, "mode": draw(modes), "capacity": draw(st.none() | counts)}
        for name in (ids if zoned else [])
    ]
    return {
        "at": (start + timedelta(seconds=second)).isoformat(),
        "premises": {
            "kind": draw(st.sampled_from(sorted(one.kinds))),
            "mode": draw(modes),
            "capacity": draw(st.none() | st.integers(0, 120)),
            "zones": zones,
            "staff": draw(st.lists(staff, max_size=2)),
            "setting": draw(st.sampled_from([None, "indoor", "outdoor"])),
            "food_or_drink": draw(flags),
            "qualifies": draw(flags),
            "country_park": draw(flags),
            "opens_at": draw(clocks),
            "closes_at": draw(clocks),
            "limits": draw(
                st.none() | st.just({"capacity_percent": 50, "table": 3, "hours": ["08:00", "20:00"]})
            ),
        },
        "inside": {name: draw(counts) for name in ids},
        "party": {
            "zone": draw(st.sampled_from([None, *ids])) if zoned else None,
            "seated_at_table": draw(st.integers(0, 9)),
            "in_room": draw(st.integers(0, 60)),
            "banquet_size": draw(st.none() | st.integers(0, 190)),
            "takeaway": draw(flags),
            "customers": draw(st.lists(people(one), max_size=4)),
        },
    }


def ask(question: dict[str, Any]) -> Decision:
    return decide(EVERY, scenario(question))


def ask_official(question: dict[str, Any]) -> Decision:
    return decide(INSTRUMENTS, scenario(question))


def keys(decision: Decision) -> set[tuple[str, str | None, int | None]]:
    return {(reason.code, reason.para, reason.customer) for reason in decision.reasons}


@given(questions())
def test_every_answer_cites_a_paragraph_that_exists_and_speaks_every_language(
    question: dict[str, Any],
) -> None:
    decision = ask(question)
    assert (decision.outcome == "admit") == (not decision.reasons)
    for reason in decision.reasons:
        in_force = EVERY.in_force(datetime.fromisoformat(question["at"]))
        assert (in_force is None) == (reason.code == "no_instrument")
        assert reason.para is None if in_force is None else reason.para in in_force.paragraphs
        messages = [reason.message(language) for language in LANGUAGES]
        assert len({*messages}) == 3
        assert not any("{" in message or "None" in message for message in messages)
    assert len({reason.key for reason in decision.reasons}) == len(decision.reasons)
    line = decision.as_json()
    assert "\n" not in line
    assert [one["code"] for one in json.loads(line)["reasons"]] == [one.code for one in decision.reasons]


@given(questions(), st.data())
def test_more_people_inside_never_turn_a_refusal_for_capacity_into_an_admission(
    question: dict[str, Any], data: st.DataObject
) -> None:
    before = ask(question)
    area = data.draw(st.sampled_from(sorted(question["inside"])))
    question["inside"][area] += data.draw(st.integers(1, 50))
    after = ask(question)
    if before.outcome == "refuse":
        assert after.outcome == "refuse"
    lost = {key[0] for key in keys(before) - keys(after)}
    assert not lost & CAPACITY_CODES


@given(questions().filter(lambda question: question["party"]["customers"]), st.data())
def test_removing_evidence_never_turns_a_refusal_into_an_admission(
    question: dict[str, Any], data: st.DataObject
) -> None:
    before = ask(question)
    person = data.draw(st.sampled_from(question["party"]["customers"] + question["premises"]["staff"]))
    name = data.draw(
        st.sampled_from([name for name in (*EVIDENCE, "doses", "pcr_samples") if name in person])
    )
    person[name] = [] if isinstance(person[name], list) else False
    if before.outcome == "refuse":
        assert ask(question).outcome == "refuse"


@given(questions(), st.randoms(use_true_random=False))
def test_the_order_of_customers_and_staff_does_not_matter(question: dict[str, Any], random: Any) -> None:
    before = ask(question)
    people = list(enumerate(question["party"]["customers"]))
    random.shuffle(people)
    random.shuffle(question["premises"]["staff"])
    question["party"]["customers"] = [one for _, one in people]
    moved = {old: new for new, (old, _) in enumerate(people)}
    wanted = {
        (code, para, None if customer is None else moved[customer]) for code, para, customer in keys(before)
    }
    after = ask(question)
    assert keys(after) == wanted
    assert after.limits == before.limits


@given(questions())
def test_an_untold_age_is_unknown_only_where_some_age_would_change_the_answer(
    question: dict[str, Any],
) -> None:
    for customer in question["party"]["customers"]:
        customer["age"] = None
    untold = ask(question)
    for index, customer in enumerate(question["party"]["customers"]):
        answers = []
        for age in (0, 5, 6, 15, 16, 30, 64, 65, 90):
            customer["age"] = age
            answers.append({key for key in keys(ask(question)) if key[2] == index})
        customer["age"] = None
        turns = any({one[0] for one in answer} != {one[0] for one in answers[0]} for answer in answers)
        assert turns == (("unknown_fact", index) in {(code, who) for code, _, who in keys(untold)})


@given(questions())
def test_limits_are_those_of_the_place_whatever_the_party_brings(question: dict[str, Any]) -> None:
    question["party"]["in_room"] = 0
    asked = scenario(question)
    known = not asked.premises.zones or asked.party.zone is not None
    if known:
        found = limits(EVERY, asked.premises, asked.party.zone, asked.inside, asked.at)
        assert found == ask(question).limits


@given(questions(), st.integers(0, 20))
def test_left_is_what_an_otherwise_admitted_party_may_still_bring(
    question: dict[str, Any], people: int
) -> None:
    decision = ask(question)
    if decision.limits is None or decision.limits.left is None:
        return
    assert decision.limits.left >= 0
    if question["premises"]["zones"] and decision.limits.left == 0 and people == 0:
        return
    question["party"]["customers"] = [{}] * people
    full = {reason.code for reason in ask(question).reasons} & CAPACITY_CODES
    if people:
        assert bool(full) == (people > decision.limits.left)


@settings(max_examples=60)
@given(questions(INSTRUMENTS))
def test_the_next_opening_is_the_first_minute_within_hours(question: dict[str, Any]) -> None:
    asked = scenario(question)
    opens = next_opening(INSTRUMENTS, asked.premises, asked.party.zone, asked.at)
    question["party"]["takeaway"] = False
    shut = {"outside_hours", "no_instrument"}
    at = asked.at
    unknown = {
        reason.values.get("fact")
        for reason in ask_official({**question, "at": "2021-05-01T12:00:00+08:00"}).reasons
        if reason.code == "unknown_fact"
    } & {"zone", "mode", "limits", "opens_at"}
    if unknown:
        assert opens is None
        return
    for _ in range(200):
        codes = {reason.code for reason in ask_official({**question, "at": at.isoformat()}).reasons}
        if not codes & shut:
            assert opens is not None
            assert opens <= at
            assert opens == asked.at or at - opens < timedelta(minutes=15)
            break
        # Between two looks the hours may begin and end.
        assert opens is None or at < opens or at - opens < timedelta(minutes=15)
        at += timedelta(minutes=15)
    if opens is not None:
        codes = {reason.code for reason in ask_official({**question, "at": opens.isoformat()}).reasons}
        assert not codes & shut


@pytest.mark.parametrize("day", range(17))
def test_on_every_day_from_28_april_to_14_may_the_law_answers_or_says_that_it_is_not_in_force(
    day: int,
) -> None:
    noon = datetime(2021, 4, 28, 12, tzinfo=HONG_KONG) + timedelta(days=day)
    in_force = 1 <= day <= 14
    for kind, said in APRIL.kinds.items():
        for mode in said.modes or (None,):
            question = {
                "at": noon.isoformat(),
                "premises": {
                    "kind": kind,
                    "mode": mode,
                    "capacity": 100,
                    "setting": "indoor",
                    "opens_at": "09:00",
                    "limits": {"table": 4},
                },
                "party": {
                    "customers": [{"age": 30, "doses": ["2021-04-01"], "lhs_scan": True, "mask": True}]
                },
            }
            assert ask_official(question).outcome == ("admit" if in_force else "refuse")
            assert (ask_official(question).instrument is not None) == in_force


def test_limits_of_premises_with_zones_and_none_named_are_those_of_all_together() -> None:
    premises = Premises.model_validate(
        {
            "kind": "catering",
            "zones": [
                {"id": "D1", "mode": "D", "capacity": 60},
                {"id": "main", "mode": "B", "capacity": 40},
            ],
        }
    )
    at = datetime(2021, 5, 1, 20, tzinfo=HONG_KONG)
    found = limits(INSTRUMENTS, premises, None, {"D1": 44, "main": 3}, at)
    assert found is not None
    assert (found.capacity, found.left, found.table) == (65, 18, None)
    assert found.closes_at == datetime(2021, 5, 2, 2, tzinfo=HONG_KONG)
    assert limits(INSTRUMENTS, premises, "D1", {}, datetime(2022, 5, 1, tzinfo=HONG_KONG)) is None
    assert next_opening(INSTRUMENTS, premises, "main", at.replace(hour=22)) == datetime(
        2021, 5, 2, 5, tzinfo=HONG_KONG
    )
    assert next_opening(INSTRUMENTS, premises, "main", at.replace(day=12, hour=22)) is None
    assert next_opening(INSTRUMENTS, premises, "main", at.replace(day=20, month=4)) == datetime(
        2021, 4, 29, 5, tzinfo=HONG_KONG
    )
