"""Every kind of venue that the law names runs from a file, and plays an evening that hangs together."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from firmware_bridge import make_door
from kiosk import law, settings
from kiosk.demo.director import Director
from kiosk.demo.evening import Step
from kiosk.demo.tally import Tally
from kiosk.demo.watching import EveningError
from kiosk.gate.machine import Gate
from kiosk.law import load_instruments
from kiosk.premises import DoorForm
from tests.venues.staging import FOLDER, KIOSK, ROOT, VENUES, evening, stage, venue

#: The reasons that tell of a full house, table or room.
FULL = {"over_capacity", "gathering_too_large"}


def instrument(name: str) -> law.Instrument:
    instruments = load_instruments(venue(name).instruments)
    found = instruments.in_force(evening(name).starts)
    assert found is not None
    return found


def limits(name: str, zone: str, at: datetime) -> law.Limits:
    loaded = venue(name)
    said = loaded.premises
    premises = law.Premises.model_validate(
        {
            "kind": said.kind,
            "mode": said.mode,
            "capacity": said.capacity,
            "setting": said.setting,
            "opens_at": said.opens_at.strftime("%H:%M") if said.opens_at else None,
            "zones": [{"id": each.id, "mode": each.mode, "capacity": each.capacity} for each in said.zones],
        }
    )
    asked = zone if said.zones else None
    found = law.limits(load_instruments(loaded.instruments), premises, asked, {}, at)
    assert found is not None
    return found


def test_every_kind_that_may_open_has_an_example() -> None:
    files = {file.stem for file in FOLDER.glob("*.yaml") if ".evening" not in file.name}
    assert files == set(VENUES)
    assert {name: venue(name).premises.kind for name in VENUES} == VENUES


@pytest.mark.parametrize("name", VENUES)
def test_an_example_makes_a_gate_and_its_staff_may_work(name: str) -> None:
    loaded, at = venue(name), evening(name).starts
    gate = Gate(loaded, load_instruments(loaded.instruments), DoorForm(), demo=True)
    assert not loaded.production
    for zone in loaded.zone_ids:
        said = loaded.premises
        facts = {
            "kind": said.kind,
            "mode": said.mode,
            "capacity": said.capacity,
            "setting": said.setting,
            "opens_at": said.opens_at.strftime("%H:%M") if said.opens_at else None,
            "zones": [{"id": each.id, "mode": each.mode, "capacity": each.capacity} for each in said.zones],
            "staff": [member.model_dump() for member in said.staff],
        }
        asked = law.scenario(
            {"at": at.isoformat(), "premises": facts, "party": {"zone": zone if said.zones else None}}
        )
        decision = law.decide(load_instruments(loaded.instruments), asked)
        assert decision.outcome == "admit", f"{zone}: {decision.reasons}"
    assert gate.settings is loaded


@pytest.mark.parametrize("name", VENUES)
def test_the_comments_cite_paragraphs_that_exist(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    comments = " ".join(re.findall(r"#(.*)", text))
    cited = set(re.findall(r"\b\d{1,2}\([a-z]\)", comments))
    cited |= set(re.findall(r"(?:^|\s)(\d{1,2}):", comments))
    assert cited or name == "demo", "an owner reads which paragraph asks for what"
    assert cited <= set(instrument(name).paragraphs)


@pytest.mark.parametrize("name", VENUES)
def test_an_evening_is_in_order_and_short(name: str) -> None:
    played = evening(name)
    times = [played.when(step) for step in played.steps]
    assert times == sorted(times)
    seconds = (times[-1] - played.starts).total_seconds() / played.pace
    assert seconds <= (240 if name == "demo" else 180)


@pytest.mark.parametrize("name", VENUES)
def test_an_evening_names_only_what_the_venue_has(name: str) -> None:
    loaded, played = venue(name), evening(name)
    said = loaded.premises
    areas: dict[str, Any] = {zone.id: zone for zone in said.zones} or {settings.WHOLE: said}
    door = make_door(loaded.door)
    parties: dict[str, str] = {}
    banquets: dict[str, str] = {}
    assert set(played.door_steps) == set(loaded.admission.steps)
    for step in played.steps:
        if party := step.party:
            area = areas[party.zone]
            assert set(party.tables) <= {table.id for table in area.tables}, step.tell
            assert party.room is None or party.room in {room.id for room in area.rooms}, step.tell
            assert party.banquet is None or banquets[party.banquet] == party.zone
            assert set(party.forgets) <= set(played.door_steps)
            assert len(party.tables) < 2 or sum(party.tables.values()) == len(party.everybody), step.tell
            assert loaded.cameras or not any(person.shows for person in party.people), step.tell
            if party.name and party.expect == "admit":
                parties[party.name] = party.zone
        elif step.banquet:
            assert step.banquet.zone in areas
            banquets[step.banquet.name] = step.banquet.zone
        elif step.visitor:
            assert loaded.cameras or not step.visitor.shows
        elif leave := step.leave:
            assert parties[leave.party] if leave.party else leave.zone in areas
            assert not (leave.unseen and door.counts_exits)
        elif moved := step.step_out or step.step_back:
            assert moved.party in parties
        elif step.undo:
            assert step.undo in parties
        elif step.recount:
            assert step.recount.zone in areas
        elif step.way == "unattended":
            assert len(areas) == 1 or loaded.admission.zone in areas
        assert step.check is None or step.check.zone in areas


@pytest.mark.parametrize("name", VENUES)
def test_an_evening_admits_refuses_by_paragraph_fills_up_and_closes(name: str) -> None:
    played, loaded = evening(name), venue(name)
    came = [each for step in played.steps if (each := step.party or step.visitor)]
    refusals = [each for each in came if each.expect == "refuse"]
    assert {each.expect for each in came} == {"admit", "refuse"}
    if name == "demo":
        return
    assert all(refusal.because for refusal in refusals), "which paragraph refuses?"
    cited = {para for refusal in refusals for para in refusal.because.values()}
    assert cited <= set(instrument(name).paragraphs)
    codes = {code for refusal in refusals for code in refusal.because}
    checks = [step.check for step in played.steps if step.check]
    now = [limits(name, zone, played.starts) for zone in loaded.zone_ids]
    if any(limit.capacity is not None for limit in now):
        assert codes & FULL
        assert any(check.full for check in checks)
    else:
        assert any(check.limited is False for check in checks)
    if any(limit.closes_at is not None for limit in now):
        assert "outside_hours" in codes
        assert any(check.closed for check in checks)


@pytest.mark.parametrize("name", VENUES)
def test_nobody_leaves_an_evening_who_did_not_come(name: str) -> None:
    inside: Counter[str] = Counter()
    zones: dict[str, str] = {}
    sizes: Counter[str] = Counter()
    unattended = venue(name).admission.zone or settings.WHOLE
    for step in evening(name).steps:
        if step.party and (step.party.expect == "admit" or step.party.override):
            inside[step.party.zone] += len(step.party.everybody)
            zones[step.party.name or ""] = step.party.zone
            sizes[step.party.name or ""] = len(step.party.everybody)
        elif step.visitor and step.visitor.expect == "admit":
            inside[unattended] += 1
        elif step.leave:
            inside[zones[step.leave.party] if step.leave.party else step.leave.zone] -= step.leave.people
        elif step.step_out:
            inside[zones[step.step_out.party]] -= step.step_out.people
        elif step.step_back:
            inside[zones[step.step_back.party]] += step.step_back.people
        elif step.undo:
            inside[zones[step.undo]] -= sizes[step.undo]
        assert min(inside.values(), default=0) >= 0, step.tell
        if step.check and step.check.inside is not None and name != "demo":
            unseen = any(each.leave and each.leave.unseen for each in evening(name).steps)
            assert unseen or inside[step.check.zone] == step.check.inside, step.tell


def test_the_documentation_lists_every_example() -> None:
    told = (ROOT / "docs" / "venues.md").read_text(encoding="utf-8")
    assert {name for name in VENUES if f"config/venues/{name}.yaml" not in told} == set()


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"way": "staffed", "undo": "x"}, "a step does one thing"),
        (
            {"party": {"people": [{}], "expect": "admit", "because": {"table_full": "2"}}},
            "belong to a refusal",
        ),
        ({"party": {"people": [{}], "expect": "admit", "override": "why not"}}, "belong to a refusal"),
        ({"party": {"people": [], "expect": "admit"}}, "at least 1"),
        ({"leave": {"people": 0}}, "greater than 0"),
    ],
)
def test_a_script_that_makes_no_sense_is_refused(step: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Step.model_validate({"at": "21:00", "tell": "x", **step})


@pytest.mark.parametrize(
    ("inside", "taken", "unplaced", "agrees"),
    [(3, 4, 0, True), (2, 4, 0, False), (3, 3, 0, False), (3, 4, 1, False)],
)
def test_the_peoples_tally_notices_a_kiosk_that_counts_otherwise(
    inside: int, taken: int, unplaced: int, agrees: bool
) -> None:
    tally = Tally(inside=Counter(bar=2), out=Counter(bar=1), unseen=Counter(bar=1))
    zone = SimpleNamespace(id="bar", inside=inside, taken=taken)
    seen: Any = SimpleNamespace(inside=inside, zones=(zone,), unplaced=unplaced)
    assert tally.agrees(seen) is agrees


@pytest.mark.parametrize(
    ("came", "reasons", "expect", "because", "said"),
    [
        ("refuse", {"table_full": "2"}, "refuse", {"table_full": "2"}, None),
        ("refuse", {"table_full": "2"}, "refuse", {}, None),
        ("admit", {}, "admit", {}, None),
        ("admit", {}, "refuse", {"table_full": "2"}, "admit, where"),
        ("refuse", {"table_full": "2"}, "admit", {}, "refuse, where"),
        ("refuse", {"table_full": "5(b)"}, "refuse", {"table_full": "2"}, "the reasons are"),
        ("refuse", {"table_full": "2", "no_lhs_scan": "2"}, "refuse", {"table_full": "2"}, "the reasons are"),
    ],
)
def test_what_a_script_expects_is_compared_with_what_came(
    came: Any, reasons: dict[str, str], expect: Any, because: dict[str, str], said: str | None
) -> None:
    scene: Any = None
    director = Director(evening("bar"), (), scene, None)
    views = [SimpleNamespace(code=code, para=para) for code, para in reasons.items()]
    snapshot: Any = SimpleNamespace(verdict=SimpleNamespace(reasons=views))
    with nullcontext() if said is None else pytest.raises(EveningError, match=said):
        director._judge(came, snapshot, expect, because)


# Played by the real programs


def play(file: Path, seconds: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [KIOSK, "run", "--config", file, "--until-over"],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def few_steps(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"steps": [{"at": "17:40", "tell": "x", **step} for step in steps]}


TWO = {"tables": {"T1": 2}, "people": [{"times": 2}]}


def test_an_evening_that_goes_as_scripted_ends_with_0_and_with_its_entries_at_central(tmp_path: Path) -> None:
    acts = few_steps({"party": {**TWO, "expect": "admit"}}, {"leave": {"people": 2}, "check": {"inside": 0}})
    done = play(stage("cafe", tmp_path, **acts), 90)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ADMITTED" in done.stdout
    assert re.search(r"Central holds \d+ entries", done.stdout)


def test_an_evening_that_goes_otherwise_says_so_and_ends_with_1(tmp_path: Path) -> None:
    done = play(stage("cafe", tmp_path, **few_steps({"party": {**TWO, "expect": "refuse"}})), 90)
    assert done.returncode == 1, done.stdout
    assert "the evening broke off: admit, where the script expects refuse" in done.stderr


def test_waiting_for_an_evening_that_nobody_plays_is_refused() -> None:
    done = subprocess.run(
        [KIOSK, "run", "--venue", "cafe", "--quiet", "--until-over"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "there is no evening to wait for" in done.stderr
