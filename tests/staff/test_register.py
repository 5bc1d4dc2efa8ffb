"""The register: what it keeps, what it refuses, and that it comes back from rows and tables as it was."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kiosk.staff.register import (
    EARLIEST,
    KEPT_SAMPLES,
    MOST_MEMBERS,
    Register,
    RegisterError,
    Seen,
    Told,
    ToldSample,
    from_rows,
)
from kiosk.staff.spreadsheet import COLUMNS, SpreadsheetError, read, written

TODAY = date(2021, 5, 1)


def register(*told: Told, by: str = "mei") -> Register:
    return Register().tell(told, by=by, on=TODAY)[0]


DAYS = st.dates(EARLIEST, TODAY)
SEEN = st.builds(Seen, on=DAYS, by=st.sampled_from(["mei", "lam.2", "k-3"]))
WORDS = st.one_of(
    st.sampled_from(["陳大文", "=1+1", "@cmd", "+852", "-2", "'quoted'", "'=x", "a,b;c", '"x"', "＝SUM(A1)"]),
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=20).filter(
        lambda said: said.strip()
    ),
)
TOLD = st.builds(
    Told,
    id=st.none(),
    name=WORDS,
    role=st.just("") | WORDS,
    active=st.booleans(),
    doses=st.lists(DAYS, max_size=3).map(tuple),
    unfit=st.booleans(),
    declaration=st.booleans() | SEEN,
    certificate=st.booleans() | SEEN,
    samples=st.lists(
        st.builds(ToldSample, date=DAYS, negative=st.booleans(), seen=st.none() | SEEN),
        max_size=4,
        unique_by=lambda sample: sample.date,
    ).map(tuple),
)
REGISTERS = st.lists(TOLD, max_size=4, unique_by=lambda told: told.name).map(lambda told: register(*told))


@given(REGISTERS)
def test_the_register_comes_back_from_its_rows(one: Register) -> None:
    everybody = [member.id for member in one.members]
    changes = one.tell([one.member(name).told() for name in everybody], by="mei", on=TODAY)[1]
    assert changes == ()
    rows = {member.id: member.model_dump_json() for member in one.members}
    assert from_rows(rows) == one


@given(REGISTERS)
def test_a_table_brings_back_what_it_took_out_and_says_nothing_new(one: Register) -> None:
    if not one.members:
        with pytest.raises(SpreadsheetError, match="nobody"):
            read(written(one))
        return
    again, changes = one.tell(read(written(one)).told, by="other", on=TODAY + timedelta(days=1))
    assert (again, changes) == (one, ())


@given(REGISTERS)
def test_no_cell_of_a_table_begins_as_a_formula(one: Register) -> None:
    import csv
    import io

    for row in csv.reader(io.StringIO(written(one).decode("utf-8-sig"), newline="")):
        assert not any(
            cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")) for cell in row
        )


def test_a_table_begins_with_the_mark_by_which_chinese_is_shown() -> None:
    content = written(register(Told(name="陳大文")))
    assert content.startswith(b"\xef\xbb\xbfnumber,name,")
    assert "陳大文".encode() in content


TABLES = [
    ("name\n陳大文\n,\n李四,x\n", "Line 4: there are more cells"),
    ("title\nx\n", "Line 1: the first line must name the columns"),
    ("name,doses\nA,2021-04-01; 2021-13-01\n", "Line 2: the cell “doses” cannot be read"),
    ("name,doses\nA,01/04/2021\n", "Line 2: the cell “doses” cannot be read"),
    ("name,unfit\nA,perhaps\n", "Line 2: the cell “unfit” cannot be read"),
    ("name,declaration\nA,2021-04-01\n", "Line 2: the cell “declaration” cannot be read"),
    ("name,tests\nA,2021-04-01 fine\n", "Line 2: the cell “tests” cannot be read"),
    ("name,tests\nA,2021-04-01; 2021-04-01\n", "Line 2: the cell “tests” cannot be read"),
    ("number,name\nChan,A\n", "Line 2: the cell “number” cannot be read"),
    ("number,name\ns1,A\ns1,B\n", "Line 3: s1 stands on line 2 already"),
    ('name,role\nA,"x\ny"\nB,ok\n', "Line 2: the cell “role” cannot be read"),
    ('name\n"A\n', "this is not CSV"),
    ("name\n", "there is nobody in the file"),
    ("name\n" + "".join(f"p{n}\n" for n in range(MOST_MEMBERS + 1)), "holds 300 people at most"),
]


@pytest.mark.parametrize(("table", "said"), TABLES)
def test_a_table_that_cannot_be_read_says_the_line(table: str, said: str) -> None:
    with pytest.raises(SpreadsheetError) as error:
        read(table.encode())
    assert said in str(error.value)


def test_every_fault_of_a_table_is_told_at_once() -> None:
    with pytest.raises(SpreadsheetError) as error:
        read(b"name,doses\n,\nA,x\nB,2021-04-01\nC,y\n")
    assert [fault.line for fault in error.value.faults] == [3, 5]


def test_a_table_in_another_encoding_says_how_to_save_it() -> None:
    with pytest.raises(SpreadsheetError, match="CSV UTF-8"):
        read("name\n陳大文\n".encode("big5"))


@pytest.mark.parametrize(
    ("line", "said"),
    [("s9,B,", "Line 3: there is no s9"), (",A,", "s1 has the same name"), (",B,2021-05-02", "after today")],
)
def test_what_the_register_refuses_is_told_with_its_line(line: str, said: str) -> None:
    rows = read(f"number,name,doses\n,new one,\n{line}\n".encode())
    with pytest.raises(SpreadsheetError) as error:
        rows.check(register(Told(name="A")), by="mei", on=TODAY)
    assert said in str(error.value)
    assert str(error.value).startswith("Line 3")


def test_columns_that_are_left_out_and_dates_as_a_spreadsheet_writes_them_are_taken() -> None:
    (told,) = read("Name,Doses\n陳大文,2021/4/1; 2021-04-20\n".encode()).told
    assert told.active
    assert told.doses == (date(2021, 4, 1), date(2021, 4, 20))
    assert set(COLUMNS) >= {"number", "name", "tests"}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (Told(name="B", doses=(date(2021, 5, 2),)), "later_than_today"),
        (Told(name="B", samples=(ToldSample(date=date(2021, 5, 2)),)), "later_than_today"),
        (Told(name="B", declaration=Seen(on=date(2021, 5, 2), by="x")), "later_than_today"),
        (Told(name="B", doses=(date(2012, 3, 1),)), "too_early"),
        (Told(name="A"), "name_taken"),
        (Told(id="s7", name="B"), "unknown_member"),
    ],
)
def test_what_cannot_be_is_refused_whole(told: Told, reason: str) -> None:
    before = register(Told(name="A"))
    with pytest.raises(RegisterError) as error:
        before.tell((Told(name="C"), told), by="mei", on=TODAY)
    assert (error.value.reason, error.value.place) == (reason, 1)


def test_a_number_cannot_hold_a_name_and_is_never_given_twice() -> None:
    with pytest.raises(ValidationError):
        Told(id="ChanTaiMan", name="x")
    one = register(Told(name="A"), Told(name="B"))
    less, changes = one.without("s2")
    assert [change.model_dump() for change in changes] == [{"id": "s2", "kinds": ("removed",)}]
    assert less.rows(changes) == {"s2": None}
    again = from_rows({"s1": less.members[0].model_dump_json(), **less.rows(changes)})
    assert again.tell((Told(name="C"),), by="mei", on=TODAY)[0].members[-1].id == "s3"


def test_who_saw_a_paper_and_when_stays_until_it_is_seen_again() -> None:
    one = register(Told(name="A", unfit=True, declaration=True, samples=(ToldSample(date=TODAY),)), by="mei")
    later = TODAY + timedelta(days=3)
    told = one.members[0].told().model_copy(update={"declaration": True, "role": "cook"})
    same, changes = one.tell((told,), by="lam", on=later)
    assert same.members[0].declaration == Seen(on=TODAY, by="mei")
    assert changes[0].kinds == ("details",)
    anew, changes = one.see("s1", "declaration", by="lam", on=later)
    assert anew.members[0].declaration == Seen(on=later, by="lam")
    assert changes[0].kinds == ("papers",)


def test_a_result_that_was_corrected_is_seen_anew_and_old_samples_are_let_go() -> None:
    one = register(Told(name="A"))
    for ago in range(KEPT_SAMPLES + 3, -1, -1):
        one, _ = one.see("s1", "test", by="mei", on=TODAY - timedelta(days=ago))
    samples = one.members[0].samples
    assert len(samples) == KEPT_SAMPLES
    assert samples[0].date == TODAY
    one, changes = one.see("s1", "test", negative=False, by="lam", on=TODAY)
    assert (one.members[0].samples[0].negative, one.members[0].samples[0].seen.by) == (False, "lam")
    assert changes[0].kinds == ("tests",)


def test_the_law_is_asked_about_those_who_work_here_and_never_by_name() -> None:
    assert Register().law_staff is None
    one = register(Told(name="陳大文"), Told(name="B", active=False))
    assert one.law_staff is not None
    assert [staff.id for staff in one.law_staff] == ["s1"]
    assert "陳" not in repr(one.law_staff)


def test_a_name_is_one_line_of_text() -> None:
    for name in ("", "  ", "a\nb", "a\tb", "a\u2028b", "x" * 61):
        with pytest.raises(ValidationError):
            Told(name=name)
    assert Told(name="  陳大文 ").name == "陳大文"
