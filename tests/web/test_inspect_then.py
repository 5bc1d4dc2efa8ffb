"""What an inspector reads of the log: the last checkpoint, one day, several days. The log is read from a real door's file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect, sync_playwright

from kiosk import settings
from kiosk.gate.commands import StaffImport
from kiosk.ledger.checkpoint import open_checkpoint
from kiosk.staff.register import Told
from kiosk.store import StoreReader
from kiosk.store.keys import log_key
from kiosk.texts import LANGUAGES
from kiosk.web import days as days_module
from kiosk.web import inspecting
from kiosk.web.days import MOST_DAYS, Days
from kiosk.web.inspect_checkpoint import newest
from tests.reports.daylog import INSTRUMENTS, Log, moment
from tests.reports.reportlog import busy
from tests.web.chromium import ARGUMENTS, CHROMIUM
from tests.web.conftest import Server, wait_for
from tests.web.inspected import BUSY, EMPTY, QUIET, TODAY, inspected, past
from tests.web.looking import faults, resized, violations, watched
from tests.web.test_inspect import House, browser_only, found, looked_at, post

SIZES = ((1024, 600), (800, 480), (390, 844))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with inspected(tmp_path) as made:
        yield made


@pytest.fixture
def inspector(house: House) -> FlaskClient:
    return house.inspector()


def part(page: str, id_: str) -> str:
    """The text of one section of a page, without its tags."""
    (found,) = re.findall(rf'<section[^>]* id="{id_}".*?</section>', page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<svg.*?</svg>|<[^>]+>", " ", found, flags=re.DOTALL))


# the checkpoint


def test_the_checkpoint_is_told_and_can_be_taken_along(house: House, inspector: FlaskClient) -> None:
    data = settings.load(house.file).data
    wait_for(lambda: newest(data))
    page = inspector.get("/inspect").text
    answer = inspector.get("/inspect/checkpoint.note")
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    key = log_key(data)
    assert key is not None
    checkpoint, _ = open_checkpoint(answer.data, key)
    assert checkpoint.size > 300
    told = part(page, "checkpoint")
    assert f"{checkpoint.size} entries" in told
    assert checkpoint.root.hex()[:4] in told
    assert "Photograph this code" in told
    assert "not yet" in told


def test_while_there_is_no_checkpoint_the_page_says_so(
    house: House, inspector: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.web.inspect_checkpoint.StoreReader.checkpoint", lambda _: None)
    assert "There is no checkpoint yet" in part(inspector.get("/inspect").text, "checkpoint")
    assert inspector.get("/inspect/checkpoint.note").status_code == 404


# one day


def test_a_day_begins_with_what_is_against_the_law_with_paragraph_and_penalty(inspector: FlaskClient) -> None:
    page = inspector.get(f"/inspect/day?day={BUSY}").text
    against = part(page, "against")
    assert page.index('id="against"') < page.index('id="curves"') < page.index('id="lines"')
    for said in (
        "84 people where at most 60 may be",
        "item 1(d)",
        "Entry outside the hours",
        "neither scanned nor registered",
        "maximum fine of $50,000 and imprisonment for six months",
        "item 7",
        "A question, not a finding",
        "A log cannot show what was never recorded",
    ):
        assert said in against, said


def test_a_day_without_contravention_is_plainly_said_to_show_none(inspector: FlaskClient) -> None:
    against = part(inspector.get(f"/inspect/day?day={QUIET}").text, "against")
    assert "The log of this day shows no contravention." in against
    assert "fine of" not in against


def test_a_day_tells_curves_sums_and_lines(inspector: FlaskClient) -> None:
    page = inspector.get(f"/inspect/day?day={BUSY}").text
    curves = re.findall(r'<figure class="curve">.*?</figure>', page, flags=re.DOTALL)
    assert [re.findall("<h3>(.*?)</h3>", curve) for curve in curves] == [
        ["Zone D"],
        ["Main hall"],
        ["Whole premises"],
    ]
    assert all(curve.count('role="img"') == 2 for curve in curves)
    assert "At most 85 of 60 places taken, at 21:57" in curves[0]
    admitted = part(page, "admitted")
    for said in (
        "212 people in 45 parties",
        "LeaveHomeSafe scan seen by staff 127",
        "Child with an adult 24",
    ):
        assert said in admitted, said
    refused = part(page, "refused")
    for said in ("12 people in 4 parties", "vaccination not shown item 1(d) 4", "signature does not hold 3"):
        assert said in refused, said
    lines = part(page, "lines")
    for said in (
        "Alarms (3)",
        "Let in against the decision (1)",
        "They had booked, and it rained &lt;b&gt;hard&lt;/b&gt;",
        "closing round",
        "entry 272",
        "FEHD",
    ):
        assert said in lines, said


def test_days_follow_each_other_and_those_without_entries_are_passed_over(inspector: FlaskClient) -> None:
    page = inspector.get(f"/inspect/day?day={QUIET}").text
    before, after = (
        re.findall(rf'href="/inspect/day\?day=([\d-]+)" rel="{rel}"', page) for rel in ("prev", "next")
    )
    # The bar of the busy day closed after midnight.
    assert (before, after) == ([str(EMPTY)], [str(TODAY)])
    newest_day = inspector.get("/inspect/day").text
    assert f'value="{TODAY}"' in newest_day
    assert 'rel="next"' not in newest_day
    assert "the day is not over" in newest_day
    assert "the day is not over" not in page


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("day?day=2021-02-31", 422, "That is no date"),
        ("day?day=yesterday", 422, "That is no date"),
        ("day?day=2020-01-01", 200, "The log has nothing of this day"),
        ("day?day=2031-01-01", 200, "The log has nothing of this day"),
        ("days?first=2021-05-01&last=2021-04-01", 422, "The first day is after the last one"),
        ("days?first=2021-01-01&last=2021-04-01", 422, f"At most {MOST_DAYS} days"),
        ("days?first=0001-01-01&last=9999-12-31", 422, f"At most {MOST_DAYS} days"),
        ("days?first=<script>&last=2021-04-01", 422, "That is no date"),
    ],
)
def test_what_is_no_day_of_the_log_is_said_in_words(
    inspector: FlaskClient, query: str, status: int, said: str
) -> None:
    answer = inspector.get(f"/inspect/{query}")
    assert answer.status_code == status
    assert said in answer.text
    assert "<script>&" not in answer.text


def test_the_language_changes_and_the_day_stays(inspector: FlaskClient) -> None:
    for path, query in (("day", f"?day={BUSY}"), ("days", f"?first={BUSY}&last={QUIET}")):
        page = inspector.get(f"/inspect/{path}{query}").text
        (switch,) = re.findall(r'href="(/language/zh-Hant/[^"]*)"', page)
        there = inspector.get(switch.replace("&amp;", "&")).location
        assert there == f"/inspect/{path}{query}"
        assert "紀錄顯示的違規事項" in whole(inspector, there)
        inspector.get("/language/en/desk")
    evil = inspector.get("/language/en/inspect-days?day=2021-04-28%0d%0aX:1&first=//evil").location
    assert evil == "/inspect/day"


def test_no_visitor_is_shown_on_any_of_these_pages(house: House, inspector: FlaskClient) -> None:
    parties = re.compile(r"\bP\d{1,4}\b|\*{2,}")
    for path in ("/inspect", f"/inspect/day?day={BUSY}", f"/inspect/days?first={BUSY}&last={TODAY}"):
        assert not parties.search(re.sub(r"<[^>]+>", " ", whole(inspector, path))), path


def test_a_log_that_was_altered_is_not_told_as_if_it_were_whole(house: House, inspector: FlaskClient) -> None:
    import sqlite3

    with sqlite3.connect(settings.load(house.file).data / "log.sqlite") as database:
        leaf = json.loads(database.execute("SELECT leaf FROM entry WHERE idx = 30").fetchone()[0])
        leaf["at"] = leaf["at"].replace("2021", "2022")
        database.execute("UPDATE entry SET leaf = ? WHERE idx = 30", (json.dumps(leaf).encode(),))
    answer = inspector.get(f"/inspect/day?day={BUSY}")
    assert answer.status_code == 503
    assert "The log cannot be read" in answer.text


# several days


def whole(client: FlaskClient, path: str) -> str:
    """A page once all its days are worked out."""
    wait_for(lambda: 'id="working"' not in client.get(path).text)
    return client.get(path).text


def test_several_days_have_their_sums_and_a_line_each(inspector: FlaskClient) -> None:
    page = whole(inspector, f"/inspect/days?first={BUSY}&last={TODAY}")
    assert re.findall(r'id="day-([\d-]+)"', page) == [str(day) for day in (TODAY, QUIET, EMPTY, BUSY)]
    rows = part(page, "each")
    for said in ("212 let in · 12 refused", "Zone D 85/60", "Main hall 29/40", "Contraventions: 3"):
        assert said in rows, said
    assert rows.count("None shown") == 3
    assert f'href="/inspect/day?day={BUSY}"' in page
    assert "84 people where at most 60 may be" in part(page, "against")
    assert "216 people in 46 parties" in part(page, "admitted")


def test_several_days_begin_with_the_last_week_of_the_log(inspector: FlaskClient) -> None:
    page = whole(inspector, "/inspect/days")
    assert f'name="first" type="date" required value="{BUSY}"' in page
    assert f'name="last" type="date" required value="{TODAY}"' in page


def test_a_day_that_is_over_is_worked_out_once_and_the_running_one_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = found(tmp_path)
    log = Log(day=BUSY)
    busy(log, BUSY, parties=5)
    past(file, log)
    asked: list[tuple[date, date]] = []
    real = days_module.report.figures

    def counted(entries, before, instruments, first, last, **others):
        asked.append((first, last))
        return real(entries, before, instruments, first, last, **others)

    monkeypatch.setattr(days_module.report, "figures", counted)
    told: list[int] = []
    days = Days(settings.load(file).data / "log.sqlite", lambda: INSTRUMENTS, lambda: told.append(1))
    now = moment("23:00", BUSY)
    for _ in range(2):
        days.day(BUSY, now)
    assert asked == [(BUSY, BUSY)] * 2
    later = now + timedelta(days=3)
    asked.clear()
    for _ in range(3):
        assert days.day(BUSY, later).people > 0
    assert asked == [(BUSY, BUSY)]
    asked.clear()
    wanted = [BUSY + timedelta(days=n) for n in range(-1, 3)]
    wait_for(lambda: len(days.ready(wanted, later)) == len(wanted))
    # What is known already is not asked for again, and the rest in as few passes as may be.
    assert sorted(asked) == [(wanted[0], wanted[0]), (wanted[2], wanted[3])]
    assert told


def test_days_that_cannot_be_worked_out_are_said_to_be_so(
    house: House, inspector: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(days_module.report, "figures", fails)
    path = f"/inspect/days?first={BUSY}&last={TODAY}"
    wait_for(lambda: inspector.get(path).status_code == 503)


def test_no_more_days_are_kept_than_two_ranges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = found(tmp_path)
    log = Log(day=BUSY)
    busy(log, BUSY, parties=3)
    past(file, log)
    monkeypatch.setattr(days_module, "_KEPT", 4)
    days = Days(settings.load(file).data / "log.sqlite", lambda: INSTRUMENTS)
    for n in range(9):
        days.day(BUSY + timedelta(days=n), moment("12:00", BUSY + timedelta(days=20)))
    assert len(days._kept) == 4


def test_a_day_page_of_the_kiosks_own_screen_goes_when_it_is_left_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _ = house.invite()
    display = house.paired()
    assert post(display, "/display/inspector", code=code).status_code == 303
    page = display.get(f"/inspect/day?day={BUSY}").text
    assert 'data-live="/inspect/top?part=days"' in page
    monkeypatch.setattr(inspecting, "SCREEN_IDLE_S", -1)
    assert display.get("/inspect/top?part=days", headers={"X-Live": "1"}).status_code == 401
    assert display.get(f"/inspect/day?day={BUSY}").location == "/display"


def test_a_page_that_refreshes_itself_is_no_tap(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _ = house.invite()
    display = house.paired()
    post(display, "/display/inspector", code=code)
    touched: list[int] = []
    monkeypatch.setattr(inspecting, "touch", lambda: touched.append(1))
    for path in ("/inspect", "/inspect/days", "/inspect/download", "/inspect/top?part=days"):
        assert display.get(path, headers={"X-Live": "1"}).status_code == 200
    assert touched == []
    display.get("/inspect/days")
    assert touched == [1]


# in a real browser


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield made
        made.close()


@pytest.mark.browser
@browser_only
def test_the_way_through_the_days_in_every_language_and_size(house: House, chromium: Browser) -> None:
    server = Server(house.app)
    context = chromium.new_context(locale="en-GB", viewport={"width": 1024, "height": 600}, has_touch=True)
    page = watched(context, server.url)
    code, _ = house.invite()
    page.goto(f"{server.url}/inspect/sign-in")
    page.fill("#code", code)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/inspect")
    page.get_by_role("link", name="Days", exact=True).click()
    page.locator("#day").fill(str(BUSY))
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#against")).to_contain_text("84 people where at most 60 may be")
    page.locator("a[rel=next]").click()
    page.wait_for_url(f"**/inspect/day?day={EMPTY}")
    page.get_by_role("link", name="Several days").click()
    expect(page.locator("#each li")).to_have_count(4)
    # The line comes by itself once the day is worked out.
    expect(page.locator(f"#day-{BUSY}")).to_contain_text("212 let in")
    expect(page.locator("#working")).to_have_count(0)
    page.locator(f"#day-{BUSY} a").click()
    page.wait_for_url(f"**/inspect/day?day={BUSY}")
    for name, path in (("day", f"day?day={BUSY}"), ("quiet", f"day?day={QUIET}"), ("days", "days")):
        for language in LANGUAGES:
            page.goto(f"{server.url}/language/{language}/inspect")
            page.goto(f"{server.url}/inspect/{path}")
            if name == "days":
                expect(page.locator("#working")).to_have_count(0)
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            looked_at(page, f"{name}-{language}")
    page.goto(f"{server.url}/inspect/day?day=2020-01-01")
    resized(page, (390, 844))
    assert faults(page, whole=False) == []
    assert violations(page) == []
    assert page.problems == []
    context.close()
    server.stop()


@pytest.mark.browser
@browser_only
def test_a_photograph_of_the_checkpoint_holds_the_very_note(house: House, chromium: Browser) -> None:
    data = settings.load(house.file).data
    wait_for(lambda: newest(data))
    server = Server(house.app)
    context = chromium.new_context(locale="zh-HK", viewport={"width": 1024, "height": 600})
    page = watched(context, server.url)
    code, _ = house.invite()
    page.goto(f"{server.url}/inspect/sign-in")
    page.fill("#code", code)
    page.locator("#f-code button").click()
    page.wait_for_url("**/inspect")
    for size in SIZES:
        resized(page, size)
        shot = page.locator("#checkpoint .code").screenshot()
        (read,) = zxingcpp.read_barcodes(cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_GRAYSCALE))
        with StoreReader(data / "log.sqlite") as reader:
            notes = {one.note.decode() for one in reader.checkpoints(0, reader.length)}
        assert read.text in notes, size
    # It is there again, newer, when the log has gone on.
    before = page.locator("#checkpoint dd").first.inner_text()
    house.door.command(StaffImport(members=(Told(name="Ho Ka Yan"),)), by="mei")
    stored = newest(data)
    wait_for(lambda: (now := newest(data)) and stored and now.size > stored.size, seconds=120)
    page.reload()
    expect(page.locator("#checkpoint dd").first).not_to_have_text(before)
    assert page.problems == []
    context.close()
    server.stop()
