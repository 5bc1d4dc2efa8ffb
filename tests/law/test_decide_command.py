"""``kiosk decide`` as a program: what it prints, and how it refuses what it cannot use."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kiosk.cli import main

ROOT = Path(__file__).parents[2]
EXAMPLE: dict[str, Any] = {
    "at": "2021-05-01T19:30:00+08:00",
    "premises": {
        "kind": "catering",
        "capacity": 100,
        "mode": "D",
        "zones": [
            {"id": "D1", "mode": "D", "capacity": 60},
            {"id": "main", "mode": "B", "capacity": 40},
        ],
        "staff": [
            {
                "id": "s1",
                "doses": ["2021-03-01", "2021-03-29"],
                "unfit": False,
                "declaration": False,
                "medical_certificate": False,
                "pcr_samples": ["2021-04-25"],
            }
        ],
        "setting": "indoor",
        "food_or_drink": False,
        "opens_at": "12:00",
    },
    "inside": {"D1": 44, "main": 3},
    "party": {
        "zone": "D1",
        "seated_at_table": 5,
        "in_room": 0,
        "banquet_size": None,
        "takeaway": False,
        "customers": [
            {
                "age": 34,
                "doses": ["2021-04-10"],
                "lhs_scan": True,
                "form": False,
                "registered": False,
                "with_adult": False,
                "unfit": False,
                "declaration": False,
                "medical_certificate": False,
                "pcr_samples": [],
                "mask": True,
            }
        ],
    },
}
SMALL: dict[str, Any] = {
    "at": "2021-05-01T12:00:00+08:00",
    "premises": {"kind": "catering", "mode": "A", "capacity": 10},
}


def run(monkeypatch: pytest.MonkeyPatch, text: str | bytes) -> int:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    return main(["decide", "-"])


def changed(path: str, value: Any) -> dict[str, Any]:
    """The example with the field at ``path`` set to ``value``."""
    copy: Any = json.loads(json.dumps(EXAMPLE))
    *way, last = path.split(".")
    at = copy
    for part in way:
        at = at[int(part)] if part.isdigit() else at[part]
    at[int(last) if last.isdigit() else last] = value
    result: dict[str, Any] = copy
    return result


def test_the_example_of_the_contract_is_answered_exactly(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "scenario.json"
    file.write_text(json.dumps(EXAMPLE, indent=2), encoding="utf-8")
    assert main(["decide", str(file)]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out) == {
        "outcome": "admit",
        "reasons": [],
        "instrument": "2021-04-29",
        "limits": {"capacity": 45, "left": 1, "table": 8, "closes_at": "2021-05-02T02:00:00+08:00"},
    }


def test_a_refusal_is_an_answer_and_says_what_would_put_it_right(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, json.dumps(changed("party.customers.0.doses", []))) == 0
    (reason,) = json.loads(capsys.readouterr().out)["reasons"]
    assert (reason["code"], reason["para"], reason["customer"]) == ("not_vaccinated", "1(d)", 0)
    assert "dose" in reason["message"]
    assert set(reason) == {"code", "para", "customer", "message"}


def test_no_instrument_stands_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, json.dumps(changed("at", "2021-05-13T00:00:00+08:00"))) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in answer["reasons"]] == ["no_instrument"]
    assert answer["instrument"] is None
    assert answer["limits"] is None


def test_many_lines_get_an_answer_each_in_order(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [SMALL, EXAMPLE, changed("inside.D1", 45)]
    assert run(monkeypatch, "\n\n".join(map(json.dumps, lines)) + "\r\n\n") == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["outcome"] for answer in answers] == ["admit", "admit", "refuse"]


def test_null_is_the_same_as_absent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blank = json.loads(json.dumps(EXAMPLE))
    customer = blank["party"]["customers"][0]
    for name in set(customer) - {"doses", "lhs_scan"}:
        customer[name] = None
    blank["party"] |= {"seated_at_table": None, "in_room": None, "takeaway": None}
    blank["inside"]["main"] = None
    blank["premises"] |= {"limits": None, "food_or_drink": None, "qualifies": None, "closes_at": None}
    blank["premises"]["staff"][0] |= {"unfit": None, "pcr_samples": None, "id": None}
    assert run(monkeypatch, json.dumps(blank)) == 0
    with_null = capsys.readouterr().out
    assert run(monkeypatch, json.dumps(EXAMPLE)) == 0
    assert with_null == capsys.readouterr().out


UNUSABLE = [
    ("at", None, "at"),
    ("at", "2021-05-01T19:30:00", "at"),
    ("at", "2021-05-01", "at"),
    ("at", "tomorrow", "at"),
    ("at", 1619868600, "at"),
    ("at", "2021-02-30T19:30:00+08:00", "at"),
    ("at", "0001-01-01T00:00:00+23:00", "at"),
    ("inside.D1", -1, "inside.D1"),
    ("inside.D1", 1.5, "inside.D1"),
    ("inside.D1", 3.0, "inside.D1"),
    ("inside.D1", "3", "inside.D1"),
    ("inside.D1", True, "inside.D1"),
    ("inside.D9", 3, "inside"),
    ("inside.premises", 3, "inside"),
    ("inside", [], "inside"),
    ("premises", None, "premises"),
    ("premises.kind", None, "premises.kind"),
    ("premises.kind", "casino", "premises.kind"),
    ("premises.kind", "Catering", "premises.kind"),
    ("premises.kind", 3, "premises.kind"),
    ("premises.mode", "E", "premises.mode"),
    ("premises.mode", 1, "premises.mode"),
    ("premises.capacity", -1, "premises.capacity"),
    ("premises.capacity", "100", "premises.capacity"),
    ("premises.capacity", False, "premises.capacity"),
    ("premises.capacity", 1e3, "premises.capacity"),
    ("premises.zones.0.mode", "E", "premises.zones.0.mode"),
    ("premises.zones.0.capacity", 0.5, "premises.zones.0.capacity"),
    ("premises.zones.0.id", None, "premises.zones.0.id"),
    ("premises.zones.0.id", "main", "zones"),
    ("premises.zones.0.colour", "red", "premises.zones.0.colour"),
    ("premises.zones", {}, "premises.zones"),
    ("premises.staff.0.doses", ["1 March"], "premises.staff.0.doses.0"),
    ("premises.staff.0.doses", [None], "premises.staff.0.doses.0"),
    ("premises.staff.0.doses", ["2021-02-30"], "premises.staff.0.doses.0"),
    ("premises.staff.0.doses", ["2021-03-01T00:00:00"], "premises.staff.0.doses.0"),
    ("premises.staff.0.doses", [20210301], "premises.staff.0.doses.0"),
    ("premises.staff.0.doses", "2021-03-01", "premises.staff.0.doses"),
    ("premises.staff.0.age", 30, "premises.staff.0.age"),
    ("premises.staff.0.unfit", "false", "premises.staff.0.unfit"),
    ("premises.staff.0.unfit", 0, "premises.staff.0.unfit"),
    ("premises.staff.0.pcr_samples", [{"negative": True}], "pcr_samples.0.date"),
    ("premises.staff.0.pcr_samples", [{"date": "2021-05-01", "negative": "yes"}], "pcr_samples.0.negative"),
    ("premises.staff.0.pcr_samples", [{"date": "2021-05-01", "positive": True}], "pcr_samples.0.positive"),
    ("premises.setting", "garden", "premises.setting"),
    ("premises.opens_at", "noon", "premises.opens_at"),
    ("premises.opens_at", "25:00", "premises.opens_at"),
    ("premises.closes_at", 1200, "premises.closes_at"),
    ("premises.limits", {"hours": ["06:00"]}, "premises.limits.hours"),
    ("premises.limits", {"capacity_percent": 101}, "premises.limits.capacity_percent"),
    ("premises.limits", {"seats": 1}, "premises.limits.seats"),
    ("premises.qualifies", 1, "premises.qualifies"),
    ("premises.colour", "red", "premises.colour"),
    ("premises.colour", None, "premises.colour"),
    ("party", [], "party"),
    ("party.zone", "D9", "party.zone"),
    ("party.zone", 1, "party.zone"),
    ("party.seated_at_table", -5, "party.seated_at_table"),
    ("party.in_room", 2.5, "party.in_room"),
    ("party.banquet_size", "30", "party.banquet_size"),
    ("party.takeaway", "no", "party.takeaway"),
    ("party.customers", {"age": 3}, "party.customers"),
    ("party.customers.0", None, "party.customers.0"),
    ("party.customers.0.age", -1, "party.customers.0.age"),
    ("party.customers.0.age", 34.0, "party.customers.0.age"),
    ("party.customers.0.age", "34", "party.customers.0.age"),
    ("party.customers.0.age", True, "party.customers.0.age"),
    ("party.customers.0.lhs_scan", 1, "party.customers.0.lhs_scan"),
    ("party.customers.0.name", "Chan", "party.customers.0.name"),
    ("party.customers.0.new\nline", 1, "party.customers.0.new"),
    ("party.customers.0.\ud800", 1, "party.customers.0"),
    ("party.customers.0.age", float("nan"), "party.customers.0.age"),
    ("party.customers.0.age", float("-inf"), "party.customers.0.age"),
    ("party.customers.0.age", 10**200, "party.customers.0.age"),
    ("premises.zones.0.id", "\ud800", "premises.zones.0.id"),
    ("premises.staff.0.id", "\udfff", "premises.staff.0.id"),
    ("premises.kind", "x" * 100_000, "premises.kind"),
    ("party.zone", "\u001b[31m\u2028", "party.zone"),
    ("premises." + "x" * 100_000, 1, "premises.xxx"),
    ("today", "2021-05-01", "today"),
]


@pytest.mark.parametrize(
    ("path", "value", "field"), UNUSABLE, ids=[f"{p}={v!r}"[:80] for p, v, _ in UNUSABLE]
)
def test_unusable_input_ends_with_2_and_one_line_naming_line_and_field(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    path: str,
    value: Any,
    field: str,
) -> None:
    lines = [json.dumps(SMALL), json.dumps(SMALL), json.dumps(changed(path, value)), json.dumps(SMALL)]
    assert run(monkeypatch, "\n".join(lines)) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err[:-1].isprintable()
    assert len(captured.err) < 1000
    assert re.search(rf"line 3: .*\b{re.escape(field)}", captured.err), captured.err
    assert captured.out.count("\n") == 2


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("party.customers.0.age", "34", 'a whole number is wanted, not "34"'),
        ("party.customers.0.age", -1, "at least 0 is wanted, not -1"),
        ("party.customers.0.lhs_scan", "yes", 'true or false is wanted, not "yes"'),
        ("party.customers.0.doses", "2021-03-01", 'a list is wanted, not "2021-03-01"'),
        ("party.customers.0", None, "an object is wanted, not null"),
        ("premises.capacity", float("nan"), "a whole number is wanted, not NaN"),
        ("premises.capacity", 10**300, "not a number too long to read"),
        ("premises.kind", 3, "text in quotes is wanted, not 3"),
        ("premises.setting", "garden", "'indoor' or 'outdoor' is wanted"),
        ("premises.limits", {"hours": ["06:00", "07:00", "08:00"]}, "2 values are wanted"),
        ("party.zone", "D9", 'there is no zone "D9", only "D1", "main"'),
    ],
)
def test_a_wrong_value_is_shown_beside_what_is_wanted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str, value: Any, words: str
) -> None:
    assert run(monkeypatch, json.dumps(changed(path, value))) == 2
    assert words in capsys.readouterr().err


def test_a_field_that_stands_twice_is_named_however_many_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = ", ".join(f'"f{number}": 1' for number in range(50_000))
    assert run(monkeypatch, "{" + fields + ', "f49999": 2}') == 2
    assert "line 1: f49999: the field stands twice" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("", "line 1", "no scenario"),
        ("\n \n", "line 1", "no scenario"),
        ("nonsense", "line 1", "not JSON"),
        ("[]", "line 1", "a scenario is a JSON object"),
        ("3", "line 1", "a scenario is a JSON object"),
        ('{"at": }\n' + json.dumps(SMALL), "line 1", "not JSON"),
        (json.dumps(SMALL) + "\n\n{]\n", "line 3", "not JSON"),
        (json.dumps(SMALL) + "\nnull\n", "line 2", "a scenario is a JSON object"),
        (json.dumps(SMALL)[:-1] + ', "at": "x"}', "line 1", "at: the field stands twice"),
        (json.dumps(SMALL).replace("10", "NaN"), "line 1", "NaN"),
        (json.dumps(SMALL).replace("10", "1e999"), "line 1", "premises.capacity"),
        (json.dumps(SMALL).replace("10", "9" * 5000), "line 1", "too long"),
        (json.dumps(SMALL).replace("10", "[" * 100_000), "line 1", "JSON"),
        (json.dumps(SMALL, indent=1).replace('"A"', '"Z"'), "line 5", "premises.mode"),
        (json.dumps(SMALL, indent=1).replace(": 10", ": -10"), "line 6", "premises.capacity"),
        (json.dumps(SMALL, indent=1).replace('"A",', '"A"'), "line 6", "not JSON"),
        (json.dumps(SMALL, indent=1) + "\n" + json.dumps(SMALL, indent=1), "line 9", "not JSON"),
        (json.dumps(SMALL).encode() + b"\n\xff\xfe", "line 2", "UTF-8"),
    ],
    ids=range(18),
)
def test_broken_text_is_named_by_its_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str | bytes,
    where: str,
    words: str,
) -> None:
    assert run(monkeypatch, text) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert f"{where}: " in error
    assert words in error


def test_a_byte_order_mark_is_no_obstacle(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, b"\xef\xbb\xbf" + json.dumps(SMALL).encode()) == 0
    assert json.loads(capsys.readouterr().out)["outcome"] == "admit"


def test_a_file_or_directory_that_is_not_there_ends_with_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for arguments in (
        [str(tmp_path / "none.json")],
        [str(tmp_path)],
        [str(tmp_path / "none.json"), "--instruments", str(tmp_path / "nowhere")],
    ):
        assert main(["decide", *arguments]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_a_broken_instrument_ends_with_2_on_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "x.yaml").write_text("id: x\n", encoding="utf-8")
    assert main(["decide", "-", "--instruments", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "x.yaml:1: " in error


def test_the_real_program_answers_line_by_line_over_a_pipe() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "kiosk.cli", "decide", "-"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stderr is not None
        for _ in range(2):
            program.stdin.write(json.dumps(SMALL) + "\n")
            program.stdin.flush()
            assert json.loads(program.stdout.readline())["outcome"] == "admit"
        program.stdin.write('{"premises": {}}\n')
        program.stdin.close()
        assert program.stdout.read() == ""
        assert re.fullmatch(r"kiosk decide: standard input, line 3: .*\bat: .*\n", program.stderr.read())
        assert program.wait(timeout=60) == 2
