"""``kiosk law`` as a program: tables, changes, and everything that is wrong with a directory of instruments."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from kiosk.cli import main
from kiosk.law import Instrument, load_instruments
from kiosk.law.changes import changes_sheet
from kiosk.law.plain import columns, plain, wrapped
from kiosk.law.sheet import Sheet
from kiosk.law.tables import instrument_sheet, places
from kiosk.texts import LANGUAGES, Language

ROOT = Path(__file__).parents[2]
OURS = ROOT / "config" / "instruments"
INVENTED = Path(__file__).parent / "instruments"
ALL = (
    *load_instruments(OURS, include_unofficial=True).all,
    *load_instruments(INVENTED).all,
)
IDS = [one.id for one in ALL]
APRIL, JUNE, DECEMBER = ALL[:3]


def law(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert main(["law", *arguments]) == status
    captured = capsys.readouterr()
    if status == 2:
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        return captured.err
    assert captured.err == ""
    return captured.out


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


class Page(HTMLParser):
    """The text of each element of a page by its tag, whether every tag is closed, and what it fetches or runs."""

    VOID = frozenset({"meta", "!doctype"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return flat(" ".join(self.texts))


def citations(data: Any) -> set[str]:
    if isinstance(data, dict):
        own = {value for key, value in data.items() if key in {"para", "unnamed_kinds"}}
        return own.union(*(citations(value) for value in data.values()))
    return set().union(*(citations(value) for value in data)) if isinstance(data, list) else set()


def said(sheet: Sheet) -> str:
    return " ".join(
        f"{line.text} {line.para}"
        for section in sheet.sections
        for row in section.rows
        for cell in row.cells
        for line in cell
    )


@pytest.mark.parametrize("one", ALL, ids=IDS)
def test_tables_show_every_place_and_every_citation_of_the_file(one: Instrument) -> None:
    sheet = instrument_sheet(one, "en")
    assert len(sheet.sections) == len(places(one)) + 1
    assert len({section.key for section in sheet.sections}) == len(sheet.sections)
    paras = {section.para for section in sheet.sections}
    shown = said(sheet)
    file = yaml.safe_load(one.file.read_text(encoding="utf-8"))
    kinds_with_modes = {kind.para for kind in one.kinds.values() if kind.modes}
    for para in citations(file) - kinds_with_modes:
        assert para in paras or re.search(rf"(?<![\w(]){re.escape(para)}(?![\w(])", shown), para
    assert all(line.para for s in sheet.sections for row in s.rows for cell in row.cells for line in cell)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("one", ALL, ids=IDS)
def test_text_and_page_say_the_same_in_each_language(one: Instrument, language: Language) -> None:
    from kiosk.law.page import page

    sheet = instrument_sheet(one, language)
    text, html = plain(sheet), Page(page(sheet)).text
    for section in sheet.sections:
        assert section.title in html
        for row in section.rows:
            for line in row.cells[0]:
                assert flat(line.text) in html
                assert re.sub(r"\s", "", line.text)[:20] in re.sub(r"\s", "", text)
    assert "None" not in text
    assert "{" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_is_aligned_within_a_hundred_columns(
    capsys: pytest.CaptureFixture[str], language: Language
) -> None:
    for arguments in (["show", "2021-06-24"], ["diff", "2021-04-29", "2021-12-09"]):
        out = law(capsys, *arguments, "--language", language)
        assert max(columns(line) for line in out.splitlines()) <= 100
        # All paragraphs of a sheet begin in one column.
        starts = {
            columns(line[: found.start(1)])
            for line in out.splitlines()
            if (found := re.search(r"\s{2,}(\d+(?:\([a-z]\))?(?: \((?:June )?press\))?)$", line))
        }
        assert len(starts) == 1, starts


def test_lines_break_between_chinese_characters_and_never_before_a_closing_mark() -> None:
    assert columns("安心出行 app") == 12
    assert wrapped("甲乙丙，丁", 6) == ["甲乙", "丙，丁"]
    assert wrapped("見（甲）乙", 6) == ["見", "（甲）", "乙"]
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("abcdefgh", 3) == ["abc", "def", "gh"]
    assert wrapped("", 5) == [""]


@pytest.mark.parametrize(
    "words",
    [
        "From 05:00 to 01:59 on the next day (except where the customers only take food away) 1(d)",
        "At most 75% of the normal capacity at one time 1(d)",
        "At most 8 together at one table (except where the customers only take food away) 1(d)",
        "At most 100 at one banquet 1(e)",
        "At most 4 in each room 5(c)",
        "aged 65 or above: filling in the form with the details of the visit 1(g)",
        "unfit to be vaccinated because of health reasons, aged 6 to 15: a negative nucleic acid test taken today or within the last 3 days 1(e)",
        "unfit to be vaccinated because of health reasons, aged 5 or below: nothing further 1(e)",
        "a negative nucleic acid test taken today or within the last 14 days (the first is due by 12/5/2021) 1(b)",
        "2 COVID-19 vaccine doses, the last of them 14 days ago or more 1(d)",
        "From the opening hour of the licence to 23:59 5(a)",
        "As other directions say for these premises 6",
        "At most 50% of the normal capacity at one gathering (only where no food or drink is served outside the rite and it is indoors) 11(c)",
        "Whoever is responsible: Contravening the requirements under Cap. 599F is a criminal offence: maximum fine of $50,000 and imprisonment for six months. 7",
        "Every person (except where it is outdoors in a country park or special area): 13",
        "Every participant aged 16 or above (only where no food or drink is served outside the rite and more than 20 gather [11(a)]), one of these: 11",
    ],
)
def test_april_is_told_in_words_beside_its_paragraphs(words: str) -> None:
    assert words in said(instrument_sheet(APRIL, "en"))


def test_every_word_of_the_vocabulary_can_be_told(tmp_path: Path) -> None:
    """The invented instrument has conditions that no file of ours has."""
    shown = said(instrument_sheet(ALL[3], "en"))
    for words in (
        "At least 2/3 of the customers aged 12 or above at each table:",
        "(only where the day is Friday or Saturday or Sunday)",
        "It must remain closed (only where the day is Monday)",
        "At most 2/3 of the normal capacity at one time",
        "(only where all staff have 3 COVID-19 vaccine doses, the last of them 7 days ago or more [§1.3])",
    ):
        assert words in shown


def test_without_a_name_all_in_use_are_shown_and_the_others_when_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = law(capsys, "show")
    assert '"vaccine bubble"' in out
    assert "not the gazetted text" not in out
    out = law(capsys, "show", "--unofficial")
    assert out.count("is not the gazetted text") == 2
    assert out.count('"vaccine bubble", 29 April to 12 May 2021\n') == 1


def test_a_date_picks_the_instrument_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Instrument           2021-04-29" in law(capsys, "show", "--at", "2021-05-12")
    assert "Instrument           2021-04-29" in law(capsys, "show", "--at", "2021-05-12T15:59:59+00:00")
    assert "no instrument is in force on 2021-05-13" in law(capsys, "show", "--at", "2021-05-13", status=2)
    assert "no instrument is in force" in law(capsys, "show", "--at", "2021-05-12T16:00:00Z", status=2)
    assert "add --unofficial" in law(capsys, "show", "--at", "2021-06-24", status=2)
    shown = law(capsys, "show", "--at", "2021-06-24", "--unofficial")
    assert "! 2021-06-24 is not the gazetted text" in shown


def test_what_cannot_be_shown_ends_with_2_and_says_what_could(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert "one of 2021-04-29, 2021-06-24, 2021-12-09" in law(capsys, "show", "2021-04-28", status=2)
    assert "'x'" in law(capsys, "diff", "2021-04-29", "x", status=2)
    assert "check the path" in law(capsys, "show", "--instruments", str(tmp_path / "no"), status=2)
    assert "check the path" in law(capsys, "show", "--instruments", str(tmp_path), status=2)
    assert "cannot be written" in law(capsys, "show", "-o", str(tmp_path / "no" / "x.html"), status=2)
    (tmp_path / "x.yaml").write_text("id: x\n", encoding="utf-8")
    assert "x.yaml:1: " in law(capsys, "show", "--instruments", str(tmp_path), status=2)
    with pytest.raises(SystemExit) as ended:
        main(["law", "show", "--at", "soon"])
    assert ended.value.code == 2


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("arguments", [["show", "2021-06-24"], ["diff", "2021-04-29", "2021-06-24"]])
def test_the_page_needs_nothing_else_and_runs_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, language: Language, arguments: list[str]
) -> None:
    file = tmp_path / "law.html"
    assert law(capsys, *arguments, "--html", "--language", language, "-o", str(file)) == ""
    html = file.read_text(encoding="utf-8")
    page = Page(html)
    tags = {tag for tag, _, _ in page.attributes}
    assert not tags & {"script", "link", "img", "iframe", "form"}
    assert not any(name in {"src", "style"} or name.startswith("on") for _, name, _ in page.attributes)
    assert not re.search(r"url\(|@import|https?:", html)
    assert ("html", "lang", language) in page.attributes
    ids = [value for _, name, value in page.attributes if name == "id"]
    links = {value for _, name, value in page.attributes if name == "href"}
    assert len(set(ids)) == len(ids)
    assert links
    assert links <= {f"#{name}" for name in ids}
    labels = {value for _, name, value in page.attributes if name == "aria-labelledby"}
    assert labels <= set(ids)
    assert html.count("<h1>") == 1


def test_diff_says_what_june_changes_for_whom_with_both_paragraphs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = flat(law(capsys, "diff", "2021-04-29", "2021-06-24"))
    for words in (
        "Number of customers before At most 75% of the normal capacity at one time 1(d)",
        "now At most 100% of the normal capacity at one time 1(d) (press)",
        "Banquet before At most 100 at one banquet 1(e) now At most 180 at one banquet 1(e) (press)",
        "Room before At most 4 in each room 5(c) now At most 8 in each room 5(c) (press)",
        "42 days lie between them",
    ):
        assert words in out
    changed = [section.title for section in changes_sheet(APRIL, JUNE, "en").sections]
    assert not any("Type A" in title or "Wedding" in title or "Bathhouse" in title for title in changed)
    assert "Bathhouse; Mahjong-tin kau premises; Other scheduled premises" in out


def test_diff_tells_who_may_no_longer_open_and_who_may_from_now_on() -> None:
    forth, back = changes_sheet(JUNE, DECEMBER, "en"), changes_sheet(DECEMBER, JUNE, "en")
    gone = "It may not open so: these directions have no such mode of operation. 1 (press)"
    assert said_of(forth.sections[0]) == f"It may open, on the terms of the earlier directions. 1(a) {gone}"
    told = said_of(next(section for section in back.sections if "Type A" in section.title))
    assert told.startswith(
        f"{gone} It may open, on the terms of the later directions. 1(a) Nothing is asked."
    )
    assert "From 05:00 to 17:59" in told
    assert ("Between them", "The first of the two is not the earlier one.") in back.facts
    other = changes_sheet(ALL[3], ALL[4], "en")
    told = {section.title: said_of(section) for section in other.sections}
    assert "these directions do not name this kind of place. 1" in told["Arcade"]
    assert "these directions do not name this kind of place. §9" in told["Canteen"]


def said_of(section: Any) -> str:
    return " ".join(f"{line.text} {line.para}" for row in section.rows for cell in row.cells for line in cell)


@pytest.mark.parametrize("one", ALL, ids=IDS)
def test_nothing_changes_from_an_instrument_to_itself(one: Instrument) -> None:
    sheet = changes_sheet(one, one, "en")
    assert sheet.sections == ()
    assert "Nothing changes for anybody." in plain(sheet)


def test_a_paragraph_that_moves_while_its_words_stay_is_no_change(tmp_path: Path) -> None:
    text = APRIL.file.read_text(encoding="utf-8").replace('"11(a)"', '"11(x)"').replace('"8"', '"88"')
    (tmp_path / "moved.yaml").write_text(text, encoding="utf-8")
    (renumbered,) = load_instruments(tmp_path)
    assert changes_sheet(APRIL, renumbered, "en").sections == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('until: "17:59"', 'until: "18:59"'),
        ('from: "05:00", until: "17:59"', 'from: "06:00", until: "17:59"'),
        ("percent: 75", "percent: 74"),
        ("room: 4", "room: 5"),
        ("banquet: 100", "banquet: 99"),
        ("days_after: 14", "days_after: 15"),
        ("within_days: 3", "within_days: 4"),
        ("first_due_by: 2021-05-12", "first_due_by: 2021-05-11"),
        ("ages: {from: 65}", "ages: {from: 66}"),
        ("ages: {from: 6, to: 15}", "ages: {from: 7, to: 15}"),
        ("{banquet_over: 20}", "{banquet_over: 21}"),
        ('people_over: {para: "8", people: 4}', 'people_over: {para: "8", people: 5}'),
        ("setting: outdoor}, people: {people: 100}", "setting: indoor}, people: {people: 100}"),
        ("qualifies: false}, people: {people: 4}", "qualifies: true}, people: {people: 4}"),
        ("[hours, capacity, table]", "[hours, capacity]"),
        ("country_park: true", "country_park: false"),
        ("unfit: true, ages: {to: 5}", "ages: {to: 5}"),
        ("people: 30}}", "people: 30, by_room: true}}"),
        ("declaration: true, certificate: true, test", "declaration: true, test"),
        ("with_adult: true", "form: true"),
        ("mask: true", "lhs_scan: true"),
        ("$50,000", "$60,000"),
        ("who: responsible", "who: customer"),
    ],
)
def test_a_changed_value_is_a_change_that_is_told(tmp_path: Path, old: str, new: str) -> None:
    text = APRIL.file.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "changed.yaml").write_text(text.replace(old, new), encoding="utf-8")
    (changed,) = load_instruments(tmp_path)
    assert changes_sheet(APRIL, changed, "en").sections


def test_check_finds_nothing_wrong_with_ours_and_tells_the_gap_and_what_is_not_the_gazetted_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = law(capsys, "check").splitlines()
    assert out[-1] == "0 faults"
    assert any(line.startswith("2021-04-29: ") and "not the gazetted text" not in line for line in out)
    assert sum("not the gazetted text" in line for line in out) == 2
    (gap,) = [line for line in out if line.startswith("no instrument")]
    assert "from 2021-05-13 to 2021-12-22" in gap
    assert "2021-06-24 and 2021-12-09" in gap


@pytest.mark.parametrize(
    ("first", "last", "gaps"),
    [
        ("2021-04-29", "2021-05-12", []),
        ("2021-04-28", "2021-05-13", ["2021-04-28 to 2021-04-28", "2021-05-13 to 2021-05-13"]),
        ("2021-05-13", "2021-05-14", ["2021-05-13 to 2021-05-14"]),
        ("2020-01-01", "2020-12-31", ["2020-01-01 to 2020-12-31"]),
        ("2021-05-01", "2021-05-01", []),
    ],
)
def test_check_names_the_days_that_no_instrument_covers(
    capsys: pytest.CaptureFixture[str], first: str, last: str, gaps: list[str]
) -> None:
    out = law(capsys, "check", "--from", first, "--to", last)
    found = re.findall(r"no instrument from (\S+ to \d{4}-\d\d-\d\d)", out)
    assert found == gaps


def test_check_refuses_days_in_the_wrong_order(capsys: pytest.CaptureFixture[str]) -> None:
    law(capsys, "check", "--from", "2021-05-02", "--to", "2021-05-01", status=2)


def test_check_lists_every_fault_of_every_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    april = APRIL.file.read_text(encoding="utf-8")
    (tmp_path / "a.yaml").write_text(april, encoding="utf-8")
    overlapping = april.replace('id: "2021-04-29"', 'id: "b"').replace("from: 2021-04-29", "from: 2021-05-12")
    (tmp_path / "b.yaml").write_text(
        overlapping.replace("until: 2021-05-12", "until: 2021-05-20"), encoding="utf-8"
    )
    (tmp_path / "c.yaml").write_text(
        april.replace('{para: "1(a)", capacity', "{capacity").replace('{para: "2", table', "{table"),
        encoding="utf-8",
    )
    (tmp_path / "d.yaml").write_text(april.replace('para: "1(e)"', 'para: "1(x)"'), encoding="utf-8")
    (tmp_path / "e.yaml").write_text("{", encoding="utf-8")
    (tmp_path / "f.yaml").write_bytes(b"\xff")
    faults = [
        line
        for line in law(capsys, "check", "--instruments", str(tmp_path), status=1).splitlines()
        if line.startswith("fault: ")
    ]
    by_file = {name: [line for line in faults if f"{name}.yaml:" in line] for name in "abcdef"}
    assert len(by_file["b"]) == 1
    assert "in force from 2021-05-12" in by_file["b"][0]
    assert sum("para' is missing" in line for line in by_file["c"]) == 2
    assert len(by_file["d"]) == april.count('para: "1(e)"')
    assert len(by_file["e"]) == len(by_file["f"]) == 1
    assert not by_file["a"]


def test_the_real_program_shows_checks_and_compares() -> None:
    for arguments, words in (
        (["show", "2021-04-29", "--language", "zh-Hant"], "「疫苗氣泡」"),
        (["check"], "0 faults"),
        (["diff", "2021-04-29", "2021-12-09", "--language", "zh-Hans"], "不得以此模式开放"),
    ):
        ran = subprocess.run(
            [sys.executable, "-m", "kiosk.cli", "law", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )
        assert words in ran.stdout
        assert ran.stderr == ""


CHROMIUM = Path("/usr/bin/chromium")


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Debian's chromium")
@pytest.mark.parametrize("arguments", [["show"], ["diff", "2021-04-29", "2021-12-09"]])
def test_the_page_is_accessible_and_fits_a_phone(tmp_path: Path, arguments: list[str]) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    file = tmp_path / "law.html"
    assert main(["law", *arguments, "--html", "--language", "zh-Hant", "-o", str(file)]) == 0
    with sync_playwright() as programs:
        browser = programs.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for width in (1024, 390):
            # The page lets no script run, not even that of the test.
            tab = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True).new_page()
            tab.goto(file.as_uri())
            found = Axe().run(tab)
            assert not found.violations_count, found.generate_report()
            assert tab.evaluate("document.documentElement.scrollWidth") == width
        browser.close()
