"""A stranger writes a fourth instrument and uses it: check, show, diff, decide and a venue, with no Python changed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from kiosk import settings
from kiosk.cli import main
from kiosk.law import load_instruments
from kiosk.law.facts import Customer, Party, Premises, PremisesLimits, Scenario, Staff, Zone
from kiosk.texts import LANGUAGES, Language

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "config" / "instruments"
FOURTH = Path(__file__).parent / "fourth"
FILE = FOURTH / "2021-07-01.yaml"
ID = "fourth-2021-07-01"
APRIL = "2021-04-29"
GUIDE = (ROOT / "docs" / "instruments.md").read_text(encoding="utf-8")


@pytest.fixture
def beside_april(tmp_path: Path) -> Path:
    """A directory of one's own: the fourth instrument and a copy of the shipped one to compare it with."""
    for file in (FILE, SHIPPED / f"{APRIL}.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def test_check_finds_no_fault_and_no_paragraph_that_was_forgotten(
    capsys: pytest.CaptureFixture[str], beside_april: Path
) -> None:
    assert main(["law", "check", "--instruments", str(FOURTH)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{ID}: in force from 2021-07-01 to 2021-07-14 (2021-07-01.yaml)",
        "0 faults",
    ]
    assert main(["law", "check", "--instruments", str(beside_april)]) == 0
    assert "no instrument from 2021-05-13 to 2021-06-30" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("right", "wrong", "mend"),
    [
        ("table: 8", "tabel: 8", "'kinds.catering.rules.1.tabel': check its spelling"),
        ('{para: "3", table: 8}', "{table: 8}", "para' is missing: add it"),
        ('para: "8"\n    name', 'para: "8(a)"\n    name', "add the paragraph to 'paragraphs'"),
        ('"3", table', "3, table", "put it in quotes"),
        (", zh-Hans: 酒吧", "", "'kinds.bar.name.zh-Hans' is missing: add it"),
        ('from: "18:00", until: "23:59"', 'from: "18:00", until: "02:00"', "is it the next day?"),
        ("until: 2021-07-14", "until: 2021-07-41", "'2021-07-41' is not a date"),
        ("until: 2021-07-14", "until: 2021-06-14", "the last day is before the first"),
        ("within_days: 7", "within_days: 7 days", "write a whole number"),
        ("percent: 50", "percent: 50%", "write a whole number"),
        ("capacity: {percent: 50}", "capacity: 50", "write {field: value, …}"),
        ("test: {within", "tested: {within", "tested': check its spelling"),
        ("mask: true", "masks: true", "masks': check its spelling"),
        ("[friday, saturday, sunday]}, cap", "friday}, cap", "write [one, two]"),
    ],
)
def test_a_mistake_is_told_once_with_its_line_and_what_mends_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, right: str, wrong: str, mend: str
) -> None:
    text = FILE.read_text(encoding="utf-8")
    line = text[: text.index(right)].count("\n") + 1
    (tmp_path / FILE.name).write_text(text.replace(right, wrong, 1), encoding="utf-8")
    assert main(["law", "check", "--instruments", str(tmp_path)]) == 1
    faults = [line for line in capsys.readouterr().out.splitlines() if line.startswith("fault: ")]
    assert len(faults) == 1, faults
    assert f"{FILE.name}:{line}: " in faults[0]
    assert mend in faults[0]


def test_an_overlap_is_refused_also_with_a_file_that_is_off(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = FILE.read_text(encoding="utf-8")
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    other = text.replace(ID, "rumour").replace("text: gazette", "text: press_reports")
    (tmp_path / "b.yaml").write_text(other, encoding="utf-8")
    assert main(["law", "check", "--instruments", str(tmp_path)]) == 1
    assert "b.yaml:9: in force from 2021-07-01, while" in capsys.readouterr().out


@pytest.mark.parametrize("form", [[], ["--html"]], ids=["text", "page"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_show_tells_every_place_and_paragraph_in_each_language(
    capsys: pytest.CaptureFixture[str], language: Language, form: list[str]
) -> None:
    (fourth,) = load_instruments(FOURTH)
    assert main(["law", "show", ID, "--language", language, *form, "--instruments", str(FOURTH)]) == 0
    shown = capsys.readouterr().out
    assert fourth.title.text(language) in shown
    for kind in fourth.kinds.values():
        assert kind.name.text(language) in shown
    assert fourth.kinds["catering"].modes is not None
    assert fourth.kinds["catering"].modes["lantern"].name.text(language) in shown
    assert fourth.penalties[0].text.text(language) in shown
    paragraphs = re.findall(r"[\s\[>]([1-9](?:\(a\))?)(?=\]?$|</span>)", shown, re.MULTILINE)
    assert set(fourth.paragraphs) <= set(paragraphs)


@pytest.mark.parametrize("form", [[], ["--html"]], ids=["text", "page"])
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Lantern mode", "At most 2 together at one table", "At most 8 together at one table"]),
        ("zh-Hant", ["燈籠模式", "每枱最多2人", "每枱最多8人", "每個宴會最多100人"]),
        ("zh-Hans", ["灯笼模式", "卡拉OK场所", "2人", "8人", "100人"]),
    ],
)
def test_diff_knows_the_places_again_that_keep_their_words(
    capsys: pytest.CaptureFixture[str], beside_april: Path, language: str, words: list[str], form: list[str]
) -> None:
    arguments = ["--language", language, *form, "--instruments", str(beside_april)]
    assert main(["law", "diff", APRIL, ID, *arguments]) == 0
    told = capsys.readouterr().out
    for word in words:
        assert word in told


THU, FRI, SUN, MON = "2021-07-01", "2021-07-02", "2021-07-04", "2021-07-05"
BAR: dict[str, Any] = {"kind": "bar"}
HALL: dict[str, Any] = {"kind": "lantern_hall"}
LANTERN: dict[str, Any] = {"kind": "catering", "mode": "lantern"}
MASKED: dict[str, Any] = {"customers": [{"mask": True}]}


def people(number: int) -> dict[str, Any]:
    return {"customers": [{}] * number}


def samples(day: str) -> list[dict[str, Any]]:
    return [{"pcr_samples": ["2021-07-08"]}, {"pcr_samples": [day]}]


@pytest.mark.parametrize(
    ("at", "premises", "inside", "party", "wanted"),
    [
        # Full on Thursday to its last second, half from Friday to Sunday.
        (f"{THU}T23:59:59", HALL, 59, MASKED, []),
        (f"{THU}T23:59:59", HALL, 60, MASKED, ["over_capacity 4(a)"]),
        (f"{FRI}T00:00:00", HALL, 29, MASKED, []),
        (f"{FRI}T00:00:00", HALL, 30, MASKED, ["over_capacity 4"]),
        (f"{SUN}T23:59:59", HALL, 30, MASKED, ["over_capacity 4"]),
        (f"{MON}T00:00:00", HALL, 30, MASKED, []),
        (f"{FRI}T00:30:00", {**BAR, "opens_at": "18:00", "closes_at": "02:00"}, 30, {}, []),
        (
            f"{FRI}T00:30:00",
            {**BAR, "opens_at": "18:00", "closes_at": "02:00"},
            30,
            people(1),
            ["over_capacity 4"],
        ),
        # Eight to a table.
        (f"{THU}T20:00:00", BAR, 0, people(8), []),
        (f"{THU}T20:00:00", BAR, 0, people(9), ["table_full 3"]),
        (f"{THU}T20:00:00", BAR, 0, {**people(1), "seated_at_table": 7}, []),
        (f"{THU}T20:00:00", {"kind": "karaoke"}, 0, {**people(1), "seated_at_table": 8}, ["table_full 3"]),
        # Doors shut at 22:00.
        (f"{THU}T21:59:59", BAR, 0, people(1), []),
        (f"{THU}T22:00:00", BAR, 0, people(1), ["outside_hours 2"]),
        (f"{THU}T21:59:59", LANTERN, 0, people(1), []),
        (f"{THU}T22:00:00", LANTERN, 0, people(1), ["outside_hours 2"]),
        (f"{THU}T17:59:59", LANTERN, 0, people(1), ["outside_hours 7"]),
        (f"{THU}T18:00:00", LANTERN, 0, people(1), []),
        (f"{THU}T23:00:00", LANTERN, 59, {**people(1), "takeaway": True}, []),
        (f"{THU}T23:00:00", LANTERN, 60, {**people(1), "takeaway": True}, ["over_capacity 4(a)"]),
        (f"{THU}T20:00:00", {"kind": "catering"}, 0, people(1), ["unknown_fact 1"]),
        (f"{THU}T20:00:00", {**BAR, "mode": "lantern"}, 0, people(1), []),
        # Banquets.
        (f"{THU}T20:00:00", LANTERN, 0, {**people(8), "banquet_size": 100}, []),
        (f"{THU}T20:00:00", LANTERN, 0, {**people(8), "banquet_size": 101}, ["banquet_too_large 5"]),
        (f"{THU}T20:00:00", LANTERN, 0, {**people(9), "banquet_size": 100}, ["table_full 3"]),
        # Tests of staff, due from 8 July.
        ("2021-07-07T20:00:00", {**BAR, "staff": [{}]}, 0, people(1), []),
        ("2021-07-08T00:00:00", {**BAR, "staff": [{}]}, 0, people(1), ["staff_not_tested 6"]),
        ("2021-07-08T00:00:00", BAR, 0, people(1), []),
        ("2021-07-08T20:00:00", {**BAR, "staff": samples("2021-07-01")}, 0, people(1), []),
        (
            "2021-07-08T20:00:00",
            {**BAR, "staff": samples("2021-06-30")},
            0,
            people(1),
            ["staff_not_tested 6"],
        ),
        # Masks; other kinds; the days in force.
        (f"{THU}T20:00:00", HALL, 0, {"customers": [{"mask": True}, {}]}, ["mask_required 8"]),
        (f"{THU}T20:00:00", {"kind": "club"}, 0, people(1), ["must_close 1"]),
        (f"{THU}T20:00:00", {**LANTERN, "mode": "D"}, 0, people(1), ["must_close 1"]),
        ("2021-06-30T23:59:59", BAR, 0, people(1), ["no_instrument None"]),
        ("2021-07-14T21:59:59", BAR, 0, people(1), []),
        ("2021-07-15T00:00:00", BAR, 0, people(1), ["no_instrument None"]),
    ],
)
def test_decide_obeys_it_on_both_sides_of_each_number_and_minute(
    capsys: pytest.CaptureFixture[str],
    beside_april: Path,
    at: str,
    premises: dict[str, Any],
    inside: int,
    party: dict[str, Any],
    wanted: list[str],
) -> None:
    question = {
        "at": f"{at}+08:00",
        "premises": {"capacity": 60, **premises},
        "inside": {"premises": inside},
        "party": party,
    }
    file = beside_april / "question.json"
    file.write_text(json.dumps(question), encoding="utf-8")
    assert main(["decide", str(file), "--instruments", str(beside_april)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [f"{one['code']} {one['para']}" for one in answer["reasons"]] == wanted
    assert answer["outcome"] == ("refuse" if wanted else "admit")


def test_a_venue_names_the_directory_from_where_its_file_lies(beside_april: Path) -> None:
    venue = beside_april / "venue.yaml"
    text = (ROOT / "config" / "venues" / "bar.yaml").read_text(encoding="utf-8")
    venue.write_text(f"{text}\ninstruments: fourth\ninclude_unofficial: true\n", encoding="utf-8")
    (beside_april / "fourth").mkdir()
    (beside_april / FILE.name).rename(beside_april / "fourth" / FILE.name)
    found = settings.load(venue)
    assert found.include_unofficial
    assert [one.id for one in load_instruments(found.instruments)] == [ID]


def test_the_guide_lists_every_word_for_places_and_every_field_of_a_question() -> None:
    words = {
        word
        for one in load_instruments(SHIPPED, include_unofficial=True)
        for word in {*one.kinds, *one.modes}
    }
    frame = GUIDE.split("## The frame of a file")[1].split("## A rule")[0]
    assert {word for word in words if f"`{word}`" not in frame} == set()
    asking = GUIDE.split("## Asking it")[1].split("\n## ")[0]
    said = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", asking))))
    models = (Scenario, Premises, PremisesLimits, Zone, Party, Customer, Staff)
    assert {field for model in models for field in model.model_fields} <= said


def test_the_question_of_the_guide_is_answered(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (block,) = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    file = tmp_path / "question.json"
    file.write_text(block, encoding="utf-8")
    assert main(["decide", str(file), "--instruments", str(Path(__file__).parent / "instruments")]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["outcome"], answer["limits"]["left"], answer["limits"]["table"]) == ("admit", 3, 8)
