"""The drawing of a day: what it says, to everybody, wherever it stands."""

from __future__ import annotations

from pathlib import Path
from typing import get_args
from xml.etree.ElementTree import Element, fromstring

import pytest
import typst
from playwright.sync_api import sync_playwright

from kiosk.ledger.entries import Evidence
from kiosk.reports.curve import svg
from kiosk.reports.figures import Against, Doubt, Shown, ZoneDay
from kiosk.reports.hourly import closings, hours, summary
from kiosk.texts import LANGUAGES, Language, catalogue
from tests.reports.daylog import MAY_1, Log, moment, opened, zone
from tests.web.chromium import ARGUMENTS, CHROMIUM

SVG = "{http://www.w3.org/2000/svg}"
#: What may look like anything: no style, no script, no link, no name that another drawing on the page may have.
ATTRIBUTES = set(
    """viewBox width height role font-family font-size font-weight fill stroke stroke-width stroke-dasharray stroke-linejoin
    x y x1 y1 x2 y2 cx cy r d text-anchor transform aria-hidden""".split()  # noqa: SIM905 - read as one line
)
WIDTHS = (340, 560, 900)


def evening() -> ZoneDay:
    log = Log().at("17:00").open(zone(limit=10, closes="23:00"))
    log.at("18:00").enter(4)
    log.at("19:00").enter(6)
    log.at("19:30").enter(3)
    log.at("20:10").leave(5)
    log.at("21:00").admit(1)
    log.at("23:00").close(inside=8)
    log.at("23:10").leave(8)
    return log.told().zones[0]


def quiet() -> ZoneDay:
    log = Log().at("12:00").open(zone(limit=None, closes=None))
    log.enter([Evidence()])
    return log.told("14:00").zones[0]


SCENES = {"evening": evening(), "quiet": quiet(), "nothing": ZoneDay("premises", (), (), None)}


def drawn(zone_day: ZoneDay, language: Language = "en", **others: object) -> Element:
    return fromstring(svg(zone_day, MAY_1, language, **others))


def words(drawing: Element) -> list[str]:
    return [each.text or "" for each in drawing.iter(f"{SVG}text") if "aria-hidden" not in each.attrib]


def test_what_is_drawn_is_named_and_told_in_words() -> None:
    drawing = drawn(SCENES["evening"], name="Bar")
    assert drawing.get("role") == "img"
    assert [child.tag for child in drawing][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert drawing[0].text == "Bar, 1/5/2021: people through the day"
    assert (
        drawing[1].text
        == summary(SCENES["evening"], MAY_1, "en")
        == (
            "Most places taken: 13, at 19:30. The limit was 10. From 19:30 to 20:10 up to 13 people were inside, 3 too many. "
            "Admission ended at 23:00."
        )
    )


def test_peak_limit_excess_and_closing_are_labelled() -> None:
    said = words(drawn(SCENES["evening"]))
    assert {"most: 13 at 19:30", "limit 10", "+3", "closing 23:00", "over the limit"} <= set(said)


def test_what_is_over_the_limit_is_not_told_by_colour_alone() -> None:
    over, fair = (svg(SCENES[name], MAY_1, "en") for name in ("evening", "quiet"))
    strokes = [each.get("d", "") for each in fromstring(over).iter(f"{SVG}path")]
    assert any(path.count("L") > 3 for path in strokes), "it is hatched"
    assert any(path.endswith("h10l-5 7z") for path in strokes), "and has a mark above"
    assert "h10l-5 7z" not in fair


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", SCENES)
def test_it_may_stand_anywhere(scene: str, language: Language) -> None:
    for width in WIDTHS:
        drawing = drawn(SCENES[scene], language, width=width, name='<a> & "b"')
        tags = {each.tag.removeprefix(SVG) for each in drawing.iter()}
        assert tags <= {"svg", "title", "desc", "rect", "line", "path", "circle", "text", "g"}
        assert {name for each in drawing.iter() for name in each.attrib} <= ATTRIBUTES
        assert '<a> & "b"' in (drawing[0].text or "")
        if scene == "nothing":
            assert words(drawing) == [summary(SCENES[scene], MAY_1, language)]


def test_letters_and_lines_stay_within_the_drawing() -> None:
    for width in WIDTHS:
        drawing = drawn(SCENES["evening"], width=width)
        for line in drawing.iter(f"{SVG}line"):
            assert all(-0.1 <= float(line.get(name, 0)) <= width + 0.1 for name in ("x1", "x2"))
        for said in drawing.iter(f"{SVG}text"):
            assert -1 <= float(said.get("x", 0)) <= width


def test_in_doubt_it_asks() -> None:
    log = Log().at("17:00").open()
    log.enter(10)
    log.at("18:00").pass_in(None)
    said = words(drawn(log.told().zones[0]))
    assert "+1?" in said
    assert "A question, not a finding" in summary(log.told().zones[0], MAY_1, "en")


def test_a_day_under_way_ends_where_the_log_stands() -> None:
    assert "as of 14:00" in words(drawn(SCENES["quiet"]))
    assert "There was no limit." in summary(SCENES["quiet"], MAY_1, "en")


def test_limits_that_change_are_each_named() -> None:
    log = Log().at("10:00").open(zone(limit=10))
    log.at("17:00").write(opened(zone(limit=4)))
    told = log.told().zones[0]
    assert {"limit 10", "limit 4"} <= set(words(drawn(told, width=900)))
    assert "From 17:00 the limit was 4." in summary(told, MAY_1, "en")


def test_closing_is_told_by_the_rules_or_by_the_log() -> None:
    assert closings(SCENES["evening"], MAY_1) == (moment("23:00"),)
    log = Log().at("20:00").open(zone(closes=None))
    log.at("21:00").close()
    assert closings(log.told().zones[0], MAY_1) == (moment("21:00"),)
    later = Log().at("20:00").open(zone(closes="26:00")).told().zones[0]
    assert closings(later, MAY_1) == (), "it closes on the day after"


def test_rules_that_were_replaced_close_nothing() -> None:
    log = Log().at("10:00").open(zone(closes="18:00"))
    log.at("12:00").write(opened(zone(closes="22:00")))
    assert closings(log.told().zones[0], MAY_1) == (moment("22:00"),)


def test_the_table_says_hour_by_hour_what_is_drawn() -> None:
    rows = hours(SCENES["evening"], MAY_1)
    assert [(row.taken, row.inside, row.limit, row.over) for row in rows[16:24]] == [
        (None, None, None, False),
        (0, 0, 10, False),
        (4, 4, 10, False),
        (13, 13, 10, True),
        (13, 13, 10, True),
        (9, 8, 10, False),
        (9, 8, 10, False),
        (9, 8, 10, False),
    ]
    assert rows[23].span("en") == "23:00–24:00"
    assert [row.taken for row in hours(SCENES["quiet"], MAY_1)[12:16]] == [1, 1, None, None]


@pytest.mark.parametrize("scene", SCENES)
def test_it_prints(scene: str) -> None:
    drawing = svg(SCENES[scene], MAY_1, "zh-Hant", font="Noto Sans CJK HK")
    page = typst.Compiler(
        b'#image(bytes(sys.inputs.drawing), format: "svg", alt: "curve")', sys_inputs={"drawing": drawing}
    )
    made, warnings = page.compile_with_warnings(format="pdf")
    assert isinstance(made, bytes)
    assert made.startswith(b"%PDF")
    assert warnings == []
    assert 'font-family="Noto Sans CJK HK"' in drawing


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_may_be_said_has_a_name(language: Language) -> None:
    known = catalogue("figures")
    for area, names in (("shown", Shown), ("against", Against), ("against_means", Against), ("doubt", Doubt)):
        for name in get_args(names):
            assert known[f"{area}.{name}"][language]


def test_every_code_of_the_law_has_a_name() -> None:
    from kiosk.law.decision import Code

    assert {key.removeprefix("code.") for key in catalogue("figures") if key.startswith("code.")} == set(
        get_args(Code)
    )


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).is_file(), reason="Debian's chromium is not installed")
@pytest.mark.parametrize("width", WIDTHS)
def test_a_strict_page_shows_it_and_no_words_leave_it_or_overlap(tmp_path: Path, width: int) -> None:
    drawings = "".join(
        svg(each, MAY_1, language, width=width) for each in SCENES.values() for language in LANGUAGES
    )
    page = tmp_path / "page.html"
    page.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
        f"<title>t</title>{drawings}",
        encoding="utf-8",
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        shown = browser.new_page(viewport={"width": width + 20, "height": 800})
        complaints: list[str] = []
        shown.on("console", lambda message: complaints.append(message.text))
        shown.goto(page.as_uri())
        assert shown.get_by_role("img").count() == len(SCENES) * len(LANGUAGES)
        outside, overlaps = shown.evaluate(MEASURE)
        browser.close()
    assert (complaints, outside, overlaps) == ([], [], [])


MEASURE = """() => {
  const outside = [], overlaps = [];
  for (const svg of document.querySelectorAll("svg")) {
    const edge = svg.getBoundingClientRect();
    const words = [...svg.querySelectorAll("text:not([aria-hidden])")];
    const boxes = words.map((each) => [each.textContent, each.getBoundingClientRect()]);
    for (const [said, box] of boxes) {
      if (box.left < edge.left - 1 || box.right > edge.right + 1 || box.top < edge.top - 1 || box.bottom > edge.bottom + 1)
        outside.push(said);
    }
    boxes.forEach(([one, a], number) => boxes.slice(number + 1).forEach(([other, b]) => {
      if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 4 && b.top < a.bottom - 4)
        overlaps.push([one, other]);
    }));
  }
  return [outside, overlaps];
}"""
