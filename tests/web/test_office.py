"""The office before a real door: managers only, every form, every fault, and in a real Chromium."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, sync_playwright

from kiosk import settings
from kiosk.accounts import Accounts
from kiosk.gate.commands import StaffImport
from kiosk.gate.protocol import DoorClient
from kiosk.staff.register import Member, Told, ToldSample
from kiosk.texts import catalogue
from kiosk.web import create_app
from kiosk.web.context import EXTENSION
from tests.staff.house import PASSWORD, found, running
from tests.web.chromium import ARGUMENTS, CHROMIUM
from tests.web.conftest import Server, csrf, wait_for

PEOPLE = (
    Told(name="陳大文", role="樓面經理", doses=(date(2021, 3, 1), date(2021, 3, 29))),
    Told(name="Wong Siu Ming", doses=(date(2021, 4, 1), date(2021, 4, 20))),
    Told(name="李小玲", unfit=True, declaration=True, samples=(ToldSample(date=date(2021, 4, 25)),)),
    Told(name="Ho <b>Ka</b> Yan", samples=(ToldSample(date=date(2021, 4, 20)),)),
)


@dataclass
class Office:
    app: Flask
    door: DoorClient

    def signed_in(self, name: str) -> FlaskClient:
        client = self.app.test_client()
        token = csrf(client, "/desk/sign-in")
        data = {"name": name, "password": PASSWORD, "csrf_token": token}
        assert client.post("/desk/sign-in", data=data).status_code == 303
        return client

    def members(self) -> tuple[Member, ...]:
        return self.door.staff(by="mei").staff.members


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    file = found(tmp_path)
    with running(file) as door:
        venue = settings.load(file)
        app = create_app(venue, door, Accounts(venue.data / "accounts.json"))
        wait_for(lambda: app.extensions[EXTENSION].feed.view.snapshot)
        yield Office(app, door)
        app.extensions[EXTENSION].feed.stop()


def page(client: FlaskClient, path: str = "/office") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def post(client: FlaskClient, path: str, **data: object):
    token = csrf(client, "/office")
    return client.post(path, data={"csrf_token": token, "command_id": "", **data})


@pytest.mark.parametrize("name", ["anna", "supra"])
def test_staff_and_supervisors_see_nobody_and_change_nothing(office: Office, name: str) -> None:
    office.door.command(StaffImport(members=PEOPLE), by="mei")
    client = office.signed_in(name)
    for path in ("/office", "/office/sheet", "/office/member/new", "/office/member/s1", "/office/staff.csv"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "For managers only" in answer.get_data(as_text=True)
        assert "陳大文" not in answer.get_data(as_text=True)
    token = csrf(client, "/desk")
    for path in ("/office/save", "/office/seen", "/office/remove", "/office/import"):
        answer = client.post(path, data={"csrf_token": token, "member": "s1", "name": "x", "what": "test"})
        assert answer.status_code == 403
    assert [member.name for member in office.members()] == [told.name for told in PEOPLE]
    assert "/office" not in page(client, "/desk")


def test_the_office_goes_by_directions_of_the_press_where_the_venue_asks_for_them(tmp_path: Path) -> None:
    file = found(tmp_path, include_unofficial=True)
    with running(file, datetime.fromisoformat("2021-06-25T12:00:00+08:00")) as door:
        venue = settings.load(file)
        site = Office(create_app(venue, door, Accounts(venue.data / "accounts.json")), door)
        try:
            assert "2021-06-24" in page(site.signed_in("mei"))
        finally:
            site.app.extensions[EXTENSION].feed.stop()


def test_whoever_is_not_signed_in_is_sent_to_sign_in(office: Office) -> None:
    client = office.app.test_client()
    assert client.get("/office").headers["Location"] == "/desk/sign-in"
    assert client.get("/office/staff.csv").status_code == 303


def test_the_door_itself_refuses_whoever_is_no_manager(office: Office) -> None:
    for by in ("anna", "supra", "nobody"):
        answer = office.door.command(StaffImport(members=PEOPLE), by=by)
        assert (answer.ok, answer.error) == (False, "manager_needed")
    assert office.members() == ()


def test_a_form_without_its_token_does_nothing(office: Office) -> None:
    client = office.signed_in("mei")
    assert client.post("/office/save", data={"name": "x", "active": "1"}).status_code == 400
    assert office.members() == ()


def test_a_member_is_added_seen_changed_and_erased(office: Office) -> None:
    client = office.signed_in("mei")
    assert "Nobody has been entered yet" in page(client)
    saved = post(
        client,
        "/office/save",
        name="陳大文",
        active="1",
        unfit="1",
        dose=["", ""],
        test=[""],
        result=["negative"],
    )
    assert saved.status_code == 303
    shown = page(client)
    assert "Saved." in shown
    assert "Cannot be opened" in shown
    for what in ("test", "declaration", "certificate"):
        assert post(client, "/office/seen", member="s1", what=what).status_code == 303
    (member,) = office.members()
    assert member.declaration is not None
    assert (member.declaration.by, str(member.declaration.on)) == ("mei", "2021-05-01")
    assert "Cannot be opened" not in page(client)
    edit = page(client, "/office/member/s1")
    assert 'value="2021-05-01"' in edit
    post(
        client,
        "/office/save",
        member="s1",
        name="陳大文",
        active="1",
        dose=["2021-04-01", "2021-03-01"],
        test=[],
        result=[],
    )
    (member,) = office.members()
    assert [str(day) for day in member.doses] == ["2021-03-01", "2021-04-01"]
    assert (member.unfit, member.declaration, member.samples) == (False, None, ())
    assert post(client, "/office/remove", member="s1").status_code == 303
    assert office.members() == ()
    assert "陳大文" not in page(client)


FAULTY = [
    ({"name": ""}, 422, "Please check: Name"),
    ({"name": "A", "dose": "2021-13-01"}, 422, "Please check: Vaccine doses"),
    ({"name": "A", "dose": "2021-05-02"}, 409, "2021-05-02 lies after today"),
    ({"name": "A", "dose": "2012-03-01"}, 409, "Check the year"),
    ({"name": "A", "member": "s9"}, 409, "There is no s9"),
    ({"name": "A", "member": "Chan"}, 422, "Please check: the form"),
]


@pytest.mark.parametrize(("data", "status", "said"), FAULTY)
def test_what_cannot_be_saved_says_why_and_keeps_what_was_typed(office: Office, data, status, said) -> None:
    client = office.signed_in("mei")
    answer = post(client, "/office/save", role="typed before", active="1", **data)
    assert answer.status_code == status
    assert said in answer.get_data(as_text=True)
    assert 'value="typed before"' in answer.get_data(as_text=True)
    assert office.members() == ()


def test_the_same_form_twice_adds_nobody_twice(office: Office) -> None:
    client = office.signed_in("mei")
    for _ in range(2):
        assert post(client, "/office/save", name="A", active="1", command_id="once").status_code == 303
    assert len(office.members()) == 1


def test_a_table_goes_out_and_comes_back_whole_or_not_at_all(office: Office) -> None:
    office.door.command(StaffImport(members=PEOPLE), by="mei")
    client = office.signed_in("mei")
    before = office.members()
    answer = client.get("/office/staff.csv")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.data.startswith(b"\xef\xbb\xbf")

    def bring(content: bytes):
        return post(client, "/office/import", file=(io.BytesIO(content), "staff.csv"))

    assert bring(answer.data).status_code == 303
    assert office.members() == before
    bad = bring("name,doses\r\n新同事,2021-04-01\r\n壞行,never\r\n,\r\n".encode())
    assert bad.status_code == 422
    assert "Nothing was imported." in bad.get_data(as_text=True)
    assert "Line 3" in bad.get_data(as_text=True)
    assert office.members() == before
    assert bring("name\r\n新同事\r\n".encode()).status_code == 303
    assert office.members()[-1].name == "新同事"
    assert bring("name\r\n新同事\r\n".encode()).status_code == 422


def test_a_name_is_never_markup(office: Office) -> None:
    office.door.command(StaffImport(members=PEOPLE), by="mei")
    client = office.signed_in("mei")
    for path in ("/office", "/office/sheet", "/office/member/s4"):
        assert "<b>Ka</b>" not in page(client, path)


def test_names_of_staff_stand_in_the_office_and_nowhere_else(office: Office) -> None:
    office.door.command(StaffImport(members=PEOPLE), by="mei")
    client = office.signed_in("mei")
    wait_for(lambda: "Not open: what the law asks of staff" in page(client, "/desk"))
    for path in ("/desk", "/display"):
        shown = page(client, path)
        assert not any(told.name in shown for told in PEOPLE)
        assert "s2" not in re.findall(r"\bs[1-4]\b", shown)
    assert "Wong Siu Ming" in page(client)


def test_the_office_says_so_when_the_door_does_not_answer(tmp_path: Path) -> None:
    file = found(tmp_path)
    venue = settings.load(file)
    app = create_app(
        venue, DoorClient(venue.socket_path, timeout=0.5), Accounts(venue.data / "accounts.json")
    )
    client = Office(app, DoorClient(venue.socket_path)).signed_in("mei")
    answer = client.get("/office")
    assert answer.status_code == 503
    assert "The door service does not answer" in answer.get_data(as_text=True)
    app.extensions[EXTENSION].feed.stop()


def test_every_text_of_the_office_is_used_and_there() -> None:
    web = Path(__file__).parents[2] / "kiosk" / "web"
    files = [*web.glob("office*.py"), *(web / "templates" / "office").glob("*.html")]
    source = "\n".join(file.read_text(encoding="utf-8") for file in files)
    named = set(re.findall(r"['\"]office\.([a-z_0-9.]+[a-z0-9])['\"](?! ~)", source))
    starts = set(re.findall(r"['\"]office\.([a-z_0-9.]+\.)['\"] ~", source)) | {"field."}
    views = {"page", "new", "member", "save", "seen", "remove", "export", "take_in", "sheet"}
    texts = set(catalogue("office"))
    views |= {"inspections", "sign_ins", "sign_in_reset", "download"}
    views |= {f"inspection_{what}" for what in ("open", "withdraw", "here", "end")}
    assert named - texts <= views | {"css", "js"}
    assert {key for key in texts if key not in named and not key.startswith(tuple(starts))} == set()


@pytest.fixture
def browser_page(office: Office) -> Iterator[Page]:
    office.door.command(StaffImport(members=(*PEOPLE, Told(name="Left", active=False))), by="mei")
    server = Server(office.app)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        made = browser.new_page(base_url=server.url)
        made.goto("/desk")
        made.fill("#name", "mei")
        made.fill("#password", PASSWORD)
        made.click("button.primary")
        made.wait_for_url("**/desk")
        yield made
        browser.close()
    server.stop()


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's chromium is not installed")
def test_the_office_is_clean_in_a_browser_at_every_size_and_prints_one_page(browser_page: Page) -> None:
    page, said = browser_page, []
    page.on("console", lambda message: said.append(message.text))
    for language in ("en", "zh-Hant", "zh-Hans"):
        page.goto(f"/language/{language}/office")
        for size in ((1024, 600), (390, 844)):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            for path in ("/office", "/office/member/s3", "/office/sheet"):
                page.goto(path)
                assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), (
                    language,
                    size,
                    path,
                )
                small = page.evaluate(
                    "[...document.querySelectorAll('button, a[href]:not(.skip), summary, input:not([type=hidden]), select')]"
                    ".filter(n => n.checkVisibility()).map(n => [n.outerHTML.slice(0, 80), n.getBoundingClientRect()])"
                    ".filter(([, box]) => box.width < 43.5 || box.height < 43.5).map(([name]) => name)"
                )
                assert small == [], (language, size, path)
                if language != "zh-Hans":
                    assert Axe().run(page).response["violations"] == [], (language, size, path)
    pages = page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")
    assert pages == 1
    assert said == []


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's chromium is not installed")
def test_a_manager_mends_what_keeps_a_zone_shut(browser_page: Page) -> None:
    page = browser_page
    page.goto("/office")
    page.get_by_role("button", name="Certificate seen today: 李小玲").click()
    page.get_by_text("Noted as seen.").wait_for()
    assert page.locator("#s3 .state.missing").count() == 0
    page.get_by_text("Left has left").click()
    page.locator("#s5").get_by_role("button", name="Erase for good").click()
    page.get_by_text("Erased.").wait_for()
    assert page.get_by_text("Left has left").count() == 0
