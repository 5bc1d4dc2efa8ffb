"""What loading refuses, and how it says so: file, line, mend."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path

import pytest

from kiosk import HONG_KONG
from kiosk.errors import DocumentError
from kiosk.law import load_instruments
from kiosk.texts import LANGUAGES

ROOT = Path(__file__).parents[2]
OURS = ROOT / "config" / "instruments"
GOOD = """\
id: one
title: {en: One, zh-Hant: 一, zh-Hans: 一}
in_force: {from: 2030-01-01, until: 2030-01-31}
source: {title: T, publisher: P, issued: 2029-12-31, text: gazette}
paragraphs: ["1", "1(a)"]
unnamed_kinds: "1"
kinds:
  tent:
    para: "1"
    name: {en: Tent, zh-Hant: 帳篷, zh-Hans: 帐篷}
    rules:
      - {para: "1(a)", table: 4}
"""


def refusal(tmp_path: Path, text: str) -> str:
    (tmp_path / "one.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        load_instruments(tmp_path)
    assert str(caught.value).startswith(str(tmp_path)), caught.value
    return str(caught.value)


def test_a_good_file_loads(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(GOOD, encoding="utf-8")
    assert [one.id for one in load_instruments(tmp_path)] == ["one"]


@pytest.mark.parametrize(
    ("wrong", "right", "line", "words"),
    [
        ("table: 4", "tables: 4", 12, ("unknown field", "tables", "check its spelling")),
        ('para: "1(a)", table', "table", 12, ("para", "missing", "add it")),
        ('"1(a)", table', '"1(z)", table', 12, ("1(z)", "not among the paragraphs", "correct the citation")),
        ('"1(a)", table', "11, table", 12, ("para", "string")),
        ("table: 4", "table: 4, room: 4", 12, ("table and room", "one condition")),
        ('{para: "1(a)", table: 4}', '{para: "1(a)"}', 12, ("one condition", "none")),
        ("table: 4", "table: true", 12, ("table", "integer")),
        ("table: 4", "table: -1", 12, ("table", "greater than")),
        ("table: 4", "closed: false", 12, ("closed", "left out")),
        ("table: 4", "hours: {from: 22:00, until: 23:59}", 12, ("hours", "quotes")),
        ("table: 4", 'hours: {from: "05:00", until: "01:59"}', 12, ("hours", "next day")),
        ("table: 4", 'hours: {from: "05:00", until: "late"}', 12, ("until", "next day")),
        ("table: 4", 'hours: {opens: "05:00", until: "06:00"}', 12, ("opens", "unknown field")),
        ("table: 4", "capacity: {percent: 50, people: 3}", 12, ("capacity", "one of people")),
        ("table: 4", 'capacity: {share: "3/2"}', 12, ("share", "at most the whole")),
        ("table: 4", "capacity: {share: 0.5}", 12, ("share", "2/3")),
        ("table: 4", "table: 4, unless: {}", 12, ("unless", "at least one fact")),
        ("table: 4", "table: 4, when: {days: [freitag]}", 12, ("days", "friday")),
        ("table: 4", 'table: 4, when: {people_over: {para: "1", people: 3}}', 12, ("people_over",)),
        ("table: 4", "customers: {any_of: []}", 12, ("any_of",)),
        ("table: 4", "customers: {any_of: [{lhs_scan: true}]}", 12, ("para", "missing")),
        (
            "table: 4",
            'customers: {any_of: [{para: "1", unfit: true, form: true}]}',
            12,
            ("open to everybody",),
        ),
        ("table: 4", 'customers: {any_of: [{para: "1"}]}', 12, ("asks for nothing",)),
        ("table: 4", 'staff: {any_of: [{para: "1", form: true}]}', 12, ("unknown field", "form")),
        ("2030-01-31", "2029-01-31", 3, ("in_force", "before the first")),
        ("2030-01-31", "soon", 3, ("until", "YYYY-MM-DD")),
        ("text: gazette", "text: rumour", 4, ("source.text", "gazette")),
        (", zh-Hans: 一", "", 2, ("title.zh-Hans", "missing")),
        ('unnamed_kinds: "1"', 'unnamed_kinds: "2"', 6, ("not among the paragraphs",)),
        ("kinds:", "kinds: {}\nkindes:", 7, ("kinds",)),
        ("id: one", "id: one\nid: two", 2, ("stands twice", "keep one")),
    ],
)
def test_a_fault_is_named_with_its_line_and_mend(
    tmp_path: Path, wrong: str, right: str, line: int, words: tuple[str, ...]
) -> None:
    assert wrong in GOOD
    said = refusal(tmp_path, GOOD.replace(wrong, right, 1))
    assert f"one.yaml:{line}: " in said
    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("first", "last"),
    [("2030-01-31", "2030-02-05"), ("2029-12-01", "2030-01-01"), ("2030-01-05", "2030-01-06")],
)
def test_instruments_in_force_on_the_same_day_are_refused(tmp_path: Path, first: str, last: str) -> None:
    two = GOOD.replace("id: one", "id: two").replace(
        "2030-01-01, until: 2030-01-31", f"{first}, until: {last}"
    )
    (tmp_path / "two.yaml").write_text(two, encoding="utf-8")
    said = refusal(tmp_path, GOOD)
    assert ".yaml:3: " in said
    assert "end the older one on the day before" in said


def test_neighbours_are_no_overlap_and_answer_on_their_own_days(tmp_path: Path) -> None:
    two = GOOD.replace("id: one", "id: two").replace("01-01, until: 2030-01-31", "02-01, until: 2030-02-01")
    (tmp_path / "a.yaml").write_text(two, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(GOOD, encoding="utf-8")
    instruments = load_instruments(tmp_path)
    found = [instruments.on(date(2030, month, day)) for month, day in ((1, 1), (1, 31), (2, 1), (2, 2))]
    assert [one and one.id for one in found] == ["one", "one", "two", None]


def test_an_id_is_given_once(tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(GOOD.replace("2030", "2031"), encoding="utf-8")
    assert "an id of its own" in refusal(tmp_path, GOOD)


def test_what_is_not_the_gazetted_text_is_off_unless_asked_for(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(GOOD.replace("text: gazette", "text: press_reports"), encoding="utf-8")
    assert len(load_instruments(tmp_path)) == 0
    (one,) = load_instruments(tmp_path, include_unofficial=True)
    assert not one.gazetted


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="no such directory"):
        load_instruments(tmp_path / "nowhere")


def test_the_digest_is_that_of_the_file() -> None:
    for one in load_instruments(OURS, include_unofficial=True):
        assert one.digest == hashlib.sha256(one.file.read_bytes()).hexdigest()


def test_penalties_are_cited_where_they_bite() -> None:
    (april,) = [one for one in load_instruments(OURS) if one.id == "2021-04-29"]
    for kind, said in april.kinds.items():
        paras = {penalty.para for penalty in april.penalties_for(kind)}
        assert paras == {"14"} if said.para == "13" else paras <= {"7", "12"}
        assert april.penalties_for(kind, "customer")
        for penalty in april.penalties_for(kind):
            assert all(penalty.text.text(language) for language in LANGUAGES)
    assert any("5,000" in one.text.text("en") for one in april.penalties_for("catering", "customer"))


def test_the_fourteen_days_of_april_are_whole_days_in_hong_kong() -> None:
    instruments = load_instruments(OURS)
    at = datetime(2021, 4, 29, tzinfo=HONG_KONG)
    found = instruments.in_force(at)
    assert found is not None
    assert found.id == "2021-04-29"
    assert found.lapses == datetime(2021, 5, 13, tzinfo=HONG_KONG)
