"""Taking the log away: the real program makes the file, the real door writes the entry; a folder stands for the stick."""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect, sync_playwright

from kiosk.ledger.entries import Downloaded
from kiosk.texts import LANGUAGES
from kiosk.web.tls import Tls, own_certificate, server_context
from kiosk.web.tls_front import TlsFront
from tests.web.chromium import ARGUMENTS, CHROMIUM
from tests.web.conftest import Server, wait_for
from tests.web.inspected import BUSY, QUIET, TODAY, inspected
from tests.web.looking import faults, resized, violations, watched
from tests.web.test_inspect import FINGERPRINT, House, browser_only, looked_at, post, sign_in

SCREENS = ((1024, 600), (800, 480))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with inspected(tmp_path) as made:
        yield made


def ask(client: FlaskClient, first: date = BUSY, last: date = TODAY, where: str = "/inspect", **more: str):
    data = {"first": str(first), "last": str(last), "language": "zh-Hant", **more}
    return post(client, f"{where}/download", **data)


def made(client: FlaskClient, where: str = "/inspect") -> str:
    """The address of the file, once it is ready."""
    wait_for(lambda: "is being made" not in client.get(f"{where}/download").text, seconds=180)
    page = client.get(f"{where}/download").text
    (path,) = re.findall(rf'href="({where}/download/\w+/file)"', page)
    return path


def downloaded(house: House) -> Downloaded:
    """The entry about the one export; another one is of the past days."""
    _, entry = house.entries(Downloaded)
    assert isinstance(entry, Downloaded)
    return entry


def manifest(data: bytes, folder: Path) -> tuple[bytes, list[str]]:
    file = folder / "taken.zip"
    file.write_bytes(data)
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        (name,) = [name for name in names if name.endswith("/manifest.json")]
        return archive.read(name), names


# on a device of one's own


def test_an_inspector_takes_the_log_away_and_the_log_says_so(house: House, tmp_path: Path) -> None:
    client = house.inspector()
    assert ask(client).location == "/inspect/download"
    answer = client.get(made(client))
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    assert (
        f"attachment; filename=venue-kiosk_test-1_{BUSY}_{TODAY}.zip" in answer.headers["Content-Disposition"]
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    told, names = manifest(answer.data, tmp_path)
    assert {name.split("/")[0] for name in names} == {f"venue-kiosk_test-1_{BUSY}_{TODAY}"}
    assert json.loads(told)["language"] == "zh-Hant"
    session = house.parts.feed.view.snapshot.inspections[0].session
    entry = downloaded(house)
    assert (entry.first, entry.last, entry.session, entry.by) == (BUSY, TODAY, session, None)
    assert entry.manifest == hashlib.sha256(told).hexdigest()


def test_a_file_is_for_the_session_that_asked_for_it(house: House) -> None:
    mine, other = house.inspector(), house.inspector()
    ask(mine, QUIET, QUIET)
    path = made(mine)
    assert path not in other.get("/inspect/download").text
    assert other.get(path).status_code == 404
    assert house.client().get(path).location == "/inspect/sign-in"
    assert house.signed_in().get(path).location == "/inspect/sign-in"
    assert house.signed_in().get(path.replace("/inspect", "/office")).status_code == 404
    assert mine.get(path).status_code == 200
    post(mine, "/inspect/leave", "/inspect")
    assert mine.get(path).status_code == 303


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("", "2021-05-01", "Give both days"),
        ("2021-05-01", "soon", "Give both days"),
        ("2021-05-02", "2021-05-01", "The first day is after the last one"),
        ("2019-05-02", "2021-05-01", "At most 400 days"),
    ],
)
def test_what_is_no_range_is_said_in_words_and_nothing_is_begun(
    house: House, first: str, last: str, said: str
) -> None:
    client = house.inspector()
    answer = post(client, "/inspect/download", first=first, last=last, language="en")
    assert answer.status_code == 422
    assert said in answer.text
    assert house.parts.exports.of(f"session {house.parts.feed.view.snapshot.inspections[0].session}") == ()


def test_what_the_program_says_is_told(house: House) -> None:
    client = house.inspector()
    ask(client, TODAY + timedelta(days=300), TODAY + timedelta(days=300))
    wait_for(lambda: "could not be made" in client.get("/inspect/download").text, seconds=180)
    assert re.search(r'<code lang="en">kiosk log: [^<]+</code>', client.get("/inspect/download").text)
    assert len(house.entries(Downloaded)) == 1


def test_while_one_is_made_no_other_can_be_asked_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.parts.exports, "_command", lambda _wish, _file: ["sleep", "600"])
    one, two, three = (house.inspector() for _ in range(3))
    assert ask(one).status_code == 303
    assert 'id="take"' not in one.get("/inspect/download").text
    data = {"first": str(BUSY), "last": str(BUSY), "language": "en"}
    answer = post(one, "/inspect/download", "/inspect", **data)
    assert answer.status_code == 409
    assert "still being made" in answer.text
    assert ask(two).status_code == 303
    answer = ask(three)
    assert answer.status_code == 409
    assert "Files for others are being made" in answer.text


def test_a_program_that_cannot_be_started_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.parts.exports, "_command", lambda _wish, _file: ["/nowhere/at/all"])
    answer = ask(house.inspector())
    assert answer.status_code == 503
    assert "cannot be made on this kiosk" in answer.text


# for the manager


def test_a_manager_takes_it_away_under_their_name_and_nobody_else_of_the_venue_does(
    house: House, tmp_path: Path
) -> None:
    manager = house.signed_in()
    assert "/office/download" in manager.get("/office").text
    assert ask(manager, QUIET, QUIET, "/office").location == "/office/download"
    told, _ = manifest(manager.get(made(manager, "/office")).data, tmp_path)
    entry = downloaded(house)
    assert (entry.by, entry.session) == ("mei", None)
    assert entry.manifest == hashlib.sha256(told).hexdigest()
    for name in ("anna", "supra"):
        client = house.signed_in(name)
        assert client.get("/office/download").status_code == 403
        data = {"first": str(QUIET), "last": str(QUIET), "language": "en"}
        assert post(client, "/office/download", "/desk", **data).status_code == 403
    inspector = house.inspector()
    assert inspector.get("/office/download").status_code == 303


# on the kiosk's own screen


def at_the_screen(house: House) -> FlaskClient:
    code, _ = house.invite()
    display = house.paired()
    assert post(display, "/display/inspector", code=code).status_code == 303
    return display


def test_the_kiosks_own_screen_offers_the_stick_and_no_download(house: House, tmp_path: Path) -> None:
    display = at_the_screen(house)
    page = display.get("/inspect/download").text
    assert "Nothing can be saved on this screen" in page
    assert "There is no USB stick in the kiosk" in page
    ask(display, QUIET, QUIET)
    wait_for(lambda: "The file is ready" in display.get("/inspect/download").text, seconds=180)
    page = display.get("/inspect/download").text
    assert "/file" not in page
    assert "There is no USB stick in the kiosk" in page
    (one,) = house.parts.exports.of(f"session {house.parts.feed.view.snapshot.inspections[0].session}")
    assert display.get(f"/inspect/download/{one.id}/file").status_code == 404
    (tmp_path / "stick").mkdir()
    assert "Copy to the USB stick" in display.get("/inspect/download").text
    post(display, f"/inspect/download/{one.id}/stick", "/inspect/download")
    wait_for(lambda: "You may pull it out now" in display.get("/inspect/download").text)
    copied = tmp_path / "stick" / one.name
    assert copied.read_bytes() == house.parts.exports.file(one).read_bytes()


def test_a_stick_that_goes_away_is_told(house: House, tmp_path: Path) -> None:
    display = at_the_screen(house)
    (tmp_path / "stick").mkdir()
    ask(display, QUIET, QUIET)
    wait_for(lambda: "Copy to the USB stick" in display.get("/inspect/download").text, seconds=180)
    (one,) = house.parts.exports.of(f"session {house.parts.feed.view.snapshot.inspections[0].session}")
    (tmp_path / "stick").rmdir()
    post(display, f"/inspect/download/{one.id}/stick", "/inspect/download")
    wait_for(lambda: "There is no USB stick" in display.get("/inspect/download").text)
    assert house.parts.exports.get(one.holder, one.id)


# from the screen to the inspector's own device

TLS = "https://kiosk.test:8443"


def carried(page: str) -> str:
    (token,) = re.findall(rf"<code>{TLS}/inspect/carry/([\w-]+)</code>", page)
    return f"/inspect/carry/{token}"


def test_a_session_goes_from_the_screen_to_the_inspectors_own_device(house: House) -> None:
    display = at_the_screen(house)
    number = house.parts.feed.view.snapshot.inspections[0].session
    assert "/inspect/device" in display.get("/inspect").text
    assert post(display, "/inspect/device").status_code == 303
    page = display.get("/inspect/device").text
    assert page.count("<code>abab</code>") == len(FINGERPRINT) // 4
    assert "<svg" in page
    link = carried(page)
    own = house.client()
    for _ in range(2):  # what looks at links before people do uses nothing up
        form = own.get(link, base_url=TLS)
        assert form.status_code == 200
    token = form.text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    answer = own.post(link, base_url=TLS, data={"csrf_token": token})
    assert answer.location == "/inspect"
    assert "Secure" in answer.headers["Set-Cookie"]
    assert f"entry {number}." in own.get("/inspect", base_url=TLS).text
    # The screen belongs to the visitors again, and the session goes on.
    assert display.get("/inspect", headers={"X-Live": "1"}).status_code == 401
    assert display.get("/inspect").location == "/display"
    assert [one.session for one in house.parts.feed.view.snapshot.inspections] == [number]
    assert "/inspect/device" not in own.get("/inspect", base_url=TLS).text
    assert own.get("/inspect/device", base_url=TLS).status_code == 404
    again = house.client()
    assert again.get(link, base_url=TLS).location == "/inspect/sign-in"


def test_a_link_of_the_screen_is_good_once_for_a_while_and_over_tls_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    display = at_the_screen(house)
    post(display, "/inspect/device")
    old = carried(display.get("/inspect/device").text)
    post(display, "/inspect/device", "/inspect")
    link = carried(display.get("/inspect/device").text)
    assert link != old
    assert house.client().get(old, base_url=TLS).location == "/inspect/sign-in"
    assert house.client().get(link).location == "/inspect/sign-in"
    plain = house.client()
    assert post(plain, link, "/inspect/sign-in").status_code == 401
    assert display.get("/inspect").status_code == 200
    monkeypatch.setattr(house.parts.carrying, "_clock", lambda: 1e12)
    assert house.client().get(link, base_url=TLS).location == "/inspect/sign-in"
    assert "Make a link" in display.get("/inspect/device").text


def test_away_from_the_screen_nothing_is_carried(house: House) -> None:
    own = house.inspector()
    assert "/inspect/device" not in own.get("/inspect").text
    assert own.get("/inspect/device").status_code == 404
    assert post(own, "/inspect/device", "/inspect").status_code == 404


def test_a_link_whose_session_has_ended_opens_nothing(house: House) -> None:
    display = at_the_screen(house)
    post(display, "/inspect/device")
    link = carried(display.get("/inspect/device").text)
    post(display, "/inspect/leave", "/inspect")
    wait_for(lambda: not house.parts.feed.view.snapshot.inspections)
    own = house.client()
    form = own.get(link, base_url=TLS)
    if form.status_code == 200:
        token = form.text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
        own.post(link, base_url=TLS, data={"csrf_token": token})
    assert own.get("/inspect", base_url=TLS).location == "/inspect/sign-in"


# in a real browser


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def enter(page: Page, server: Server, code: str) -> None:
    page.goto(f"{server.url}/inspect/sign-in")
    page.fill("#code", code)
    page.locator("#f-code button").click()
    page.wait_for_url("**/inspect")


@pytest.mark.browser
@browser_only
def test_an_inspector_saves_the_file_on_their_own_device(
    house: House, chromium: Browser, tmp_path: Path
) -> None:
    server = Server(house.app)
    context = chromium.new_context(locale="en-GB", viewport={"width": 390, "height": 844})
    page = watched(context, server.url)
    code, _ = house.invite()
    enter(page, server, code)
    page.get_by_role("link", name="Take away").click()
    for language in LANGUAGES:
        page.goto(f"{server.url}/language/{language}/inspect-download")
        looked_at(page, f"take-{language}")
    page.goto(f"{server.url}/language/en/inspect-download")
    page.fill("#first", str(BUSY))
    page.fill("#last", str(QUIET))
    page.select_option("#spoken", "zh-Hans")
    page.get_by_role("button", name="Make the file").click()
    save = page.get_by_role("link", name="Save on this device")
    # The page says by itself that the file is ready.
    expect(save).to_be_visible(timeout=180_000)
    for language in LANGUAGES:
        page.goto(f"{server.url}/language/{language}/inspect-download")
        looked_at(page, f"taken-{language}")
    page.goto(f"{server.url}/language/en/inspect-download")
    with page.expect_download() as download:
        save.click()
    download.value.save_as(tmp_path / "saved.zip")
    assert download.value.suggested_filename == f"venue-kiosk_test-1_{BUSY}_{QUIET}.zip"
    told, _ = manifest((tmp_path / "saved.zip").read_bytes(), tmp_path)
    assert json.loads(told)["language"] == "zh-Hans"
    entry = downloaded(house)
    assert entry.manifest == hashlib.sha256(told).hexdigest()
    assert page.problems == []
    context.close()
    server.stop()


@pytest.mark.browser
@browser_only
def test_at_the_kiosks_own_screen_it_goes_on_a_stick_with_nothing_but_taps(
    house: House, chromium: Browser, tmp_path: Path
) -> None:
    server = Server(house.app)
    context = chromium.new_context(locale="zh-HK", viewport={"width": 1024, "height": 600}, has_touch=True)
    page = watched(context, server.url)
    code, _ = house.invite()
    page.goto(f"{server.url}/display/pair/{house.parts.pairing.make_own_token()}")
    page.goto(f"{server.url}/display/inspector")
    for digit in code:
        page.locator("#keypad").get_by_role("button", name=digit, exact=True).click()
    page.locator("#f-code button").click()
    page.wait_for_url("**/inspect")
    page.get_by_role("link", name="取走紀錄").click()
    expect(page.get_by_text("未見 USB 手指")).to_be_visible()
    (tmp_path / "stick").mkdir()
    page.get_by_role("button", name="製作檔案").click()
    copy = page.get_by_role("button", name="複製到 USB 手指")
    expect(copy).to_be_visible(timeout=180_000)
    for size in SCREENS:
        resized(page, size)
        assert faults(page, whole=False) == [], size
    copy.click()
    expect(page.get_by_text("現可拔出")).to_be_visible()
    assert violations(page) == []
    if folder := os.environ.get("KIOSK_SHOTS"):
        page.screenshot(path=f"{folder}/stick-done.png")
    (one,) = (tmp_path / "stick").iterdir()
    assert zipfile.ZipFile(one).testzip() is None
    page.get_by_role("link", name="轉到我的裝置").click()
    page.get_by_role("button", name="產生連結").click()
    expect(page.locator(".qr")).to_be_visible()
    for language in LANGUAGES:
        page.goto(f"{server.url}/language/{language}/inspect-device")
        looked_at(page, f"device-{language}")
    assert page.problems == []
    context.close()
    server.stop()


@pytest.mark.browser
@browser_only
def test_a_phone_takes_the_session_over_real_tls_and_then_the_file(chromium: Browser, tmp_path: Path) -> None:
    certificate = own_certificate(tmp_path / "web", {"127.0.0.1"}, datetime.now(UTC))
    listener = socket.create_server(("127.0.0.1", 0))
    tls = Tls(certificate.fingerprint, listener.getsockname()[1], "127.0.0.1")
    with inspected(tmp_path, tls=tls) as house:
        server = Server(house.app)
        front = TlsFront(house.app, listener, server_context(certificate), 8)
        front.start()
        display = at_the_screen(house)
        post(display, "/inspect/device")
        shown = display.get("/inspect/device").text
        assert all(f"<code>{group}</code>" in shown for group in tls.groups)
        (link,) = re.findall(rf"<code>({tls.address}/inspect/carry/[\w-]+)</code>", shown)
        context = chromium.new_context(
            locale="zh-HK", viewport={"width": 390, "height": 844}, ignore_https_errors=True
        )
        phone = watched(context, tls.address)
        phone.goto(link)
        looked_at(phone, "carry")
        phone.get_by_role("button", name="在此繼續").click()
        phone.wait_for_url("**/inspect")
        assert display.get("/inspect").location == "/display"
        phone.get_by_role("link", name="取走紀錄").click()
        phone.get_by_role("button", name="製作檔案").click()
        save = phone.get_by_role("link", name="儲存到此裝置")
        expect(save).to_be_visible(timeout=180_000)
        with phone.expect_download() as download:
            save.click()
        download.value.save_as(tmp_path / "phone.zip")
        told, _ = manifest((tmp_path / "phone.zip").read_bytes(), tmp_path)
        assert downloaded(house).manifest == hashlib.sha256(told).hexdigest()
        assert phone.problems == []
        context.close()
        front.stop()
        server.stop()


@pytest.mark.browser
@browser_only
def test_the_managers_form_fits_every_screen(house: House, chromium: Browser) -> None:
    server = Server(house.app)
    context = chromium.new_context(locale="en-GB")
    page = watched(context, server.url)
    sign_in(page, server)
    for language in LANGUAGES:
        page.goto(f"{server.url}/language/{language}/office-download")
        looked_at(page, f"office-take-{language}")
    assert page.problems == []
    context.close()
    server.stop()
