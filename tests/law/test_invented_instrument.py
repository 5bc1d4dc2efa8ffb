"""An instrument of tomorrow: kinds, modes and conditions that no file of ours has, obeyed with no Python changed."""

from __future__ import annotations

import ast
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from kiosk.cli import main
from kiosk.law import load_instruments

ROOT = Path(__file__).parents[2]
INVENTED = Path(__file__).parent / "instruments"
DOSE, TEST = "2031-02-01", "2031-03-01"
DOSED: dict[str, Any] = {"age": 30, "doses": [DOSE]}
PLAIN: dict[str, Any] = {"age": 30}
CHILD: dict[str, Any] = {"age": 11}
TESTED = {"id": "a", "pcr_samples": [TEST]}
BOOSTED = {"id": "b", "pcr_samples": [TEST], "doses": ["2031-01-01", "2031-01-20", "2031-02-20"]}
THURSDAY, FRIDAY, MONDAY = (
    "2031-03-06T12:00:00+08:00",
    "2031-03-07T12:00:00+08:00",
    "2031-03-03T12:00:00+08:00",
)


def ask(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **scenario: Any
) -> dict[str, Any]:
    stdin = io.TextIOWrapper(io.BytesIO(json.dumps(scenario).encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    assert main(["decide", "-", "--instruments", str(INVENTED)]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def place(kind: str = "teahouse", mode: str | None = "bubble", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "mode": mode, "capacity": 31, **more}


@pytest.mark.parametrize(
    ("at", "premises", "inside", "customers", "wanted"),
    [
        (THURSDAY, place(mode="quiet"), 28, [PLAIN] * 3, []),
        (THURSDAY, place(mode="quiet"), 28, [PLAIN] * 4, ["over_capacity §1.1", "table_full §1.2"]),
        (FRIDAY, place(mode="quiet"), 14, [PLAIN], []),
        (FRIDAY, place(mode="quiet"), 15, [PLAIN], ["over_capacity §1.1"]),
        ("2031-03-06T21:59:59+08:00", place(mode="quiet"), 0, [PLAIN], []),
        ("2031-03-06T22:00:00+08:00", place(mode="quiet"), 0, [PLAIN], ["outside_hours §1"]),
        (THURSDAY, place(), 0, [DOSED, DOSED, PLAIN], []),
        (THURSDAY, place(), 0, [DOSED, DOSED, DOSED, PLAIN, PLAIN], ["not_vaccinated §1.3"]),
        (THURSDAY, place(), 0, [DOSED, PLAIN], ["not_vaccinated §1.3"]),
        (THURSDAY, place(), 0, [DOSED, DOSED, PLAIN, CHILD], []),
        (THURSDAY, place(), 0, [CHILD], []),
        (THURSDAY, place(), 0, [{}, DOSED], ["unknown_fact §1.3"]),
        (THURSDAY, place(), 0, [{}, DOSED, DOSED], []),
        (THURSDAY, place(staff=[TESTED]), 0, [DOSED] * 5, []),
        (THURSDAY, place(staff=[TESTED]), 0, [DOSED] * 6, ["table_full §1.3"]),
        (THURSDAY, place(staff=[BOOSTED]), 0, [DOSED] * 12, []),
        (THURSDAY, place(staff=[BOOSTED]), 0, [DOSED] * 13, ["table_full §1.3"]),
        (THURSDAY, place(staff=[BOOSTED, TESTED]), 0, [DOSED] * 6, ["table_full §1.3"]),
        (THURSDAY, place(staff=[]), 0, [DOSED] * 6, ["table_full §1.3"]),
        (FRIDAY, place(staff=[TESTED]), 0, [DOSED], ["staff_not_tested §1.3"]),
        (THURSDAY, place(mode="shut"), 0, [PLAIN], ["must_close §2"]),
        (MONDAY, place("arcade", None), 0, [{"doses": [DOSE, "2031-02-09"]}], ["must_close §2"]),
        (THURSDAY, place("arcade", None), 19, [{"doses": [DOSE, "2031-02-09"]}], []),
        (THURSDAY, place("arcade", None), 20, [{"doses": [DOSE, "2031-02-09"]}], ["over_capacity §2"]),
        (THURSDAY, place("arcade", None), 0, [{"pcr_samples": ["2031-03-04"]}], []),
        (THURSDAY, place("arcade", None), 0, [{"pcr_samples": ["2031-03-03"]}], ["missing_test §2"]),
    ],
)
def test_an_invented_instrument_is_obeyed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    at: str,
    premises: dict[str, Any],
    inside: int,
    customers: list[dict[str, Any]],
    wanted: list[str],
) -> None:
    answer = ask(
        monkeypatch,
        capsys,
        at=at,
        premises=premises,
        inside={"premises": inside},
        party={"customers": customers},
    )
    assert sorted(f"{one['code']} {one['para']}" for one in answer["reasons"]) == sorted(wanted)
    assert answer["instrument"] == "invented"


def test_a_mode_that_only_another_instrument_has_must_close(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for file in (*INVENTED.glob("*.yaml"), *(ROOT / "config" / "instruments").glob("*.yaml")):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setenv("KIOSK_INSTRUMENTS", str(tmp_path))
    lines = [
        {"at": THURSDAY, "premises": {"kind": "teahouse", "mode": "A", "capacity": 9}},
        {"at": "2021-05-01T12:00:00+08:00", "premises": {"kind": "teahouse", "mode": "quiet", "capacity": 9}},
        {"at": THURSDAY, "premises": {"kind": "bar", "capacity": 9}},
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert main(["decide", "-"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [[(one["code"], one["para"]) for one in answer["reasons"]] for answer in answers] == [
        [("must_close", "§1")],
        [("must_close", "3")],
        [("must_close", "§9")],
    ]


def test_no_module_of_the_law_names_a_kind_or_a_mode() -> None:
    kinds: set[str] = set()
    modes: set[str] = set()
    for directory in (ROOT / "config" / "instruments", INVENTED):
        for instrument in load_instruments(directory, include_unofficial=True):
            kinds |= set(instrument.kinds)
            modes |= instrument.modes
    assert {"catering", "bar"} <= kinds
    assert {"A", "D"} <= modes
    word = re.compile(rf"\b(?:{'|'.join(sorted(kinds))})s?\b", re.IGNORECASE)
    for file in (ROOT / "kiosk" / "law").rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        assert not word.search(source), f"{file} names a kind: {word.search(source)}"
        constants = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
        assert not modes & {value for value in constants if isinstance(value, str)}, file


def test_documentation_explains_every_word_and_its_example_loads(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "instruments.md").read_text(encoding="utf-8")
    examples = [one for one in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "in_force" in one]
    for number, example in enumerate(examples):
        (tmp_path / f"{number}.yaml").write_text(example, encoding="utf-8")
    assert len(load_instruments(tmp_path)) == len(examples) == 2
    explained = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", text.split("## A whole")[0]))))
    assert words_of_the_schema() <= explained


def words_of_the_schema() -> set[str]:
    """Every field that a rule, a guard or a requirement may have, as a file spells it."""
    from kiosk.law import asked, measures, rules
    from kiosk.law.words import Words

    models = [
        model
        for module in (asked, measures, rules)
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, Words) and model is not Words
    ]
    return {field.alias or name for model in models for name, field in model.model_fields.items()}


@pytest.mark.parametrize("name", ["2031-03-01-invented", "2032-01-01-fourth"])
def test_invented_instruments_are_the_examples_of_the_documentation(name: str) -> None:
    text = (ROOT / "docs" / "instruments.md").read_text(encoding="utf-8")
    examples = [yaml.safe_load(one) for one in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    assert yaml.safe_load((INVENTED / f"{name}.yaml").read_text(encoding="utf-8")) in examples


NEW_YEAR = "2032-01-01T12:00:00+08:00"  # a Thursday


@pytest.mark.parametrize(
    ("at", "inside", "people", "wanted"),
    [
        ("2032-01-01T21:59:59+08:00", 0, 1, []),
        ("2032-01-01T22:00:00+08:00", 0, 1, ["outside_hours 2"]),
        ("2032-01-01T00:00:00+08:00", 0, 1, []),
        (NEW_YEAR, 0, 8, []),
        (NEW_YEAR, 0, 9, ["table_full 3"]),
        (NEW_YEAR, 900, 1, []),
        ("2032-01-02T00:00:00+08:00", 30, 1, ["over_capacity 4"]),
        ("2032-01-02T12:00:00+08:00", 29, 1, []),
        ("2032-01-02T12:00:00+08:00", 30, 1, ["over_capacity 4"]),
        ("2032-01-03T12:00:00+08:00", 30, 1, ["over_capacity 4"]),
        ("2032-01-04T21:59:59+08:00", 30, 1, ["over_capacity 4"]),
        ("2032-01-05T00:00:00+08:00", 30, 1, []),
    ],
)
def test_the_file_of_a_stranger_is_obeyed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    at: str,
    inside: int,
    people: int,
    wanted: list[str],
) -> None:
    """Eight to a table, no proofs, doors shut at 22:00, half the capacity from Friday to Sunday only."""
    answer = ask(
        monkeypatch,
        capsys,
        at=at,
        premises={"kind": "canteen", "capacity": 60, "staff": [{"id": "nobody-asks"}]},
        inside={"premises": inside},
        party={"customers": [{}] * people},
    )
    assert sorted(f"{one['code']} {one['para']}" for one in answer["reasons"]) == wanted
    assert answer["instrument"] == "fourth"


def test_the_answers_that_the_documentation_promises_are_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "docs" / "instruments.md").read_text(encoding="utf-8")
    found = re.search(r"with `(\{\"at\".*?\})` it\s", text, re.DOTALL)
    assert found
    (asked,) = [json.loads(re.sub(r"\s+", " ", found[1]))]
    assert [one["code"] for one in ask(monkeypatch, capsys, **asked)["reasons"]] == ["over_capacity"]
    thursday = {**asked, "at": "2032-01-01T21:59:00+08:00"}
    assert ask(monkeypatch, capsys, **thursday)["outcome"] == "admit"
