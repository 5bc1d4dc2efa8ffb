"""Tables of an export: a row a person, an entry, a duty; Excel opens them, and nothing in them is run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.ledger.entries import AnyEntry, PlacesReturned, Recorded, Settled, Undone
from kiosk.reports.tables import ENTRIES, PEOPLE, STAFF, Later, Sheet, Tables, Words, cell
from kiosk.texts import LANGUAGES, Language, catalogue
from tests.reports.boxes import MAY_1, admission, busy_day

ZONES = {"D1": {"en": "Zone D", "zh-Hant": "D 區", "zh-Hans": "D 区"}}
#: What spreadsheet programs take for a formula, full width included.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def recorded(entries: Iterable[AnyEntry], first: int = 0) -> list[Recorded]:
    at = busy_day(MAY_1)[0][0]
    return [Recorded(index=index, at=at, entry=entry) for index, entry in enumerate(entries, start=first)]


def told(
    entries: list[Recorded], language: Language = "en", tell: str = "said"
) -> dict[str, list[list[str]]]:
    sinks = {name: io.BytesIO() for name in ("people", "entries", "staff")}
    words = Words(language, ZONES)
    tables = Tables(words, lambda _: tell, Later.of(entries, words), **sinks)
    for one in entries:
        tables.add(one)
    return {name: read(sink.getvalue()) for name, sink in sinks.items()}


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def day() -> list[Recorded]:
    return recorded(entry for _, entry in busy_day(MAY_1))


@pytest.mark.parametrize("language", LANGUAGES)
def test_excel_opens_them_with_chinese_intact(language: Language) -> None:
    sink = io.BytesIO()
    Sheet(sink, PEOPLE, language)
    data = sink.getvalue()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.endswith(b"\r\n")
    headings = [catalogue("export")[f"column.{column}"][language] for column in PEOPLE]
    assert read(data) == [headings]
    assert len(set(headings)) == len(PEOPLE)


@given(values=st.lists(st.text(max_size=40), min_size=1, max_size=6))
@example(
    values=["=1+1", "'=1+1", "-2", "\t@SUM(A1)", "a\r\n=b", " =c", "＝d", 'say "hi", twice', "\x00", "陳大文"]
)
def test_what_is_read_back_is_what_was_meant_on_one_line_and_no_formula(values: list[str]) -> None:
    sink = io.BytesIO()
    sheet = Sheet(sink, PEOPLE, "en")
    sheet.row([cell(value) for value in values])
    sheet.row(["end"])
    lines = sink.getvalue().decode("utf-8-sig").split("\r\n")
    assert len(lines) == 4
    row = read(sink.getvalue())[1]
    for value, found in zip(values, row, strict=True):
        assert not found.startswith(FORMULA)
        plain = found[1:] if found.startswith("'") and found[1:].startswith((*FORMULA, "'")) else found
        assert plain == "".join(" " if _ends(sign) else sign for sign in value).strip()


def _ends(sign: str) -> bool:
    """Whether a sign would end the line for some program, or show as nothing."""
    return sign < " " or "\x7f" <= sign < "\xa0" or sign in "\u2028\u2029"


def test_each_person_admitted_has_a_row_that_says_by_what() -> None:
    heading, *rows = told(day())["people"]
    assert len(heading) == len(PEOPLE)
    column = dict(zip(PEOPLE, zip(*rows, strict=True), strict=True))
    assert column["number"] == ("1", "2", "3", "4", "5", "6", "7")
    assert column["evidence"] == (
        "LeaveHomeSafe scan seen by staff",
        "Declared to have scanned LeaveHomeSafe",
        "Specified form",
        "Registered",
        "Child with an adult",
        "LeaveHomeSafe scan seen by staff",
        "Takeaway only",
    )
    assert column["proofs"][1] == "EU digital COVID certificate"
    assert column["papers"][2:4] == ("Negative test", "Compared with an identity document")
    assert column["place"][1] == "T1"
    assert column["override"][5] == "lam: regular guest (no_lhs_scan 1(d))"
    assert [int(entry) for entry in column["entry"]] == [4, 5, 5, 5, 5, 6, 7]
    assert set(column["time"]) == {"12:00:00"}


def test_what_became_of_an_admission_stands_with_it() -> None:
    entries = recorded(
        [
            admission("P1"),
            admission("P2"),
            Undone(admission=0, by="mei"),
            PlacesReturned(admission=1, people=1),
            Settled(admission=1, entered=2, by="lam"),
        ]
    )
    _, first, second = told(entries)["people"]
    assert first[PEOPLE.index("later")] == "taken back by mei (entry 2)"
    assert "entry 3" in second[PEOPLE.index("later")]
    assert "says lam (entry 4)" in second[PEOPLE.index("later")]


def test_each_entry_has_a_row_in_words_with_its_details() -> None:
    entries = day()
    heading, *rows = told(entries, tell="=said")["entries"]
    assert len(heading) == len(ENTRIES)
    assert [int(row[0]) for row in rows] == [one.index for one in entries]
    assert {row[ENTRIES.index("sentence")] for row in rows} == {"'=said"}
    people = [row[ENTRIES.index("people")] for row in rows if row[3] in {"admission", "refusal", "exit"}]
    assert people == ["1", "4", "1", "1", "2", "2"]
    refusal = next(row for row in rows if row[3] == "refusal")
    assert "reasons=(code=no_lhs_scan, para=1(d), people=1)" in refusal[-1]


def test_staff_duties_and_changes_of_the_register_have_rows_and_name_nobody() -> None:
    heading, short, changed, fine = told(day())["staff"]
    assert len(heading) == len(STAFF)
    column = {name: place for place, name in enumerate(STAFF)}
    assert (short[column["in_order"]], short[column["missing"]]) == ("No", "Test 2")
    assert short[column["paragraphs"]] == "1(c)"
    assert (fine[column["in_order"]], fine[column["missing"]]) == ("Yes", "")
    assert (changed[column["member"]], changed[column["changed"]]) == ("s1", "tests")


@pytest.mark.parametrize("language", LANGUAGES)
def test_zones_are_called_by_their_names_and_ids(language: Language) -> None:
    entries = recorded([admission("P1", zone="D1"), admission("P2", zone="gone")])
    rows = told(entries, language)["people"][1:]
    assert [row[3] for row in rows] == [f"{ZONES['D1'][language]} (D1)", "gone"]
