"""The screens in a real Chromium: every state, size and language, and everything that moves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserType, Page, expect, sync_playwright

from kiosk.texts import text
from tests.web import scenes
from tests.web.chromium import ARGUMENTS, CHROMIUM
from tests.web.conftest import PASSWORD, PIN, Server, Site, wait_for
from tests.web.looking import faults, resized, violations, watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's chromium is not installed"),
]

DISPLAY_SIZES = ((1024, 600), (800, 480), (720, 1280))
DESK_SIZES = ((1024, 600), (390, 844), (800, 480), (720, 1280))


@pytest.fixture(scope="module")
def chromium() -> Iterator[BrowserType]:
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="module")
def browser(chromium: BrowserType) -> Iterator[Browser]:
    arguments = [*ARGUMENTS, "--autoplay-policy=no-user-gesture-required"]
    made = chromium.launch(executable_path=CHROMIUM, args=arguments)
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(shared_site: Site) -> Iterator[Server]:
    made = Server(shared_site.app)
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def _as_before(shared_site: Site) -> Iterator[None]:
    """Each test begins with a door that answers and an idle evening."""
    door = shared_site.door
    door.asked.clear()
    door.answer, door.answers, door.then = {"ok": True}, True, {}
    shared_site.show(scenes.snapshot())
    return


@pytest.fixture
def display(browser: Browser, shared_site: Site, server: Server) -> Iterator[Page]:
    """A paired display."""
    context = browser.new_context(viewport={"width": 1024, "height": 600}, has_touch=True)
    page = watched(context, server.url)
    page.goto(f"{server.url}/display/pair/{shared_site.parts.pairing.make_own_token()}")
    yield page
    problems = page.problems
    context.close()
    assert problems == []


@pytest.fixture
def desk(browser: Browser, server: Server) -> Iterator[Page]:
    """The desk of a supervisor."""
    context = browser.new_context(viewport={"width": 1024, "height": 600}, locale="en-GB")
    page = watched(context, server.url)
    sign_in(page, server)
    yield page
    problems = page.problems
    context.close()
    assert problems == []


def sign_in(page: Page, server: Server, password: str = PASSWORD) -> None:
    page.goto(f"{server.url}/desk")
    page.fill("#name", "supra")
    page.fill("#password", password)
    page.click("button.primary")


@pytest.mark.parametrize("name", scenes.DISPLAY)
def test_every_state_of_the_display_fits_every_screen(
    display: Page, shared_site: Site, server: Server, name: str
) -> None:
    shared_site.show(scenes.DISPLAY[name])
    for zh in ("hant", "hans"):
        display.goto(f"{server.url}/display/language/{zh}")
        for size in DISPLAY_SIZES:
            resized(display, size)
            assert faults(display, whole=True) == [], (zh, size)
        assert violations(display) == [], zh


@pytest.mark.parametrize("size", DISPLAY_SIZES)
def test_the_registration_form_fits_with_its_keyboard(
    display: Page, shared_site: Site, server: Server, size: tuple[int, int]
) -> None:
    shared_site.show(scenes.DISPLAY["ask-either"])
    resized(display, size)
    display.goto(f"{server.url}/display?step=register&n=2")
    for field in ("#register-name", "#register-contact"):
        display.focus(field)
        expect(display.locator("#keyboard button").first).to_be_visible()
        assert faults(display, whole=True) == []
        assert violations(display) == []


@pytest.mark.parametrize("url", ["/display", "/display/pair", "/desk/sign-in", "/nowhere"])
def test_what_strangers_see_fits_every_screen(browser: Browser, server: Server, url: str) -> None:
    for locale in ("en-GB", "zh-HK", "zh-CN"):
        context = browser.new_context(locale=locale)
        page = watched(context, server.url)
        page.goto(server.url + url)
        for size in (*DISPLAY_SIZES, (390, 844)):
            resized(page, size)
            assert faults(page, whole=url.startswith("/display") and size in DISPLAY_SIZES) == [], (
                locale,
                size,
            )
        assert violations(page) == [], locale
        assert page.problems == []
        context.close()


@pytest.mark.parametrize("name", scenes.DESK)
def test_every_state_of_the_desk_fits_every_screen_in_every_language(
    desk: Page, shared_site: Site, server: Server, name: str
) -> None:
    shared_site.show(scenes.DESK[name])
    for language in ("en", "zh-Hant", "zh-Hans"):
        desk.goto(f"{server.url}/language/{language}/desk")
        desk.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        for size in DESK_SIZES:
            resized(desk, size)
            assert faults(desk, whole=False) == [], (language, size)
        assert violations(desk) == [], language


def test_a_lost_door_is_shown_at_once_on_both_screens(display: Page, desk: Page, shared_site: Site) -> None:
    expect(desk.locator("#party-title")).to_be_visible()
    shared_site.door.stop()
    try:
        expect(desk.get_by_role("heading", name=text("desk.lost.title", "en"))).to_be_visible()
        expect(display.get_by_text(text("display.lost.title", "en"))).to_be_visible()
        for page, whole in ((desk, False), (display, True)):
            assert faults(page, whole=whole) == []
            assert violations(page) == []
    finally:
        shared_site.door.start()
    expect(desk.locator("#party-title")).to_be_visible()
    expect(display.locator(".state-idle")).to_be_visible()


def test_a_new_thought_reaches_the_display_by_itself_and_sounds_once(
    display: Page, shared_site: Site
) -> None:
    expect(display.locator(".state-idle")).to_be_visible()
    shared_site.show(scenes.DISPLAY["welcome"])
    expect(display.locator(".state-welcome h1")).to_be_visible()
    played = "document.getElementById('live').dataset.ownPlayed"
    assert display.evaluate(played) == "2:vaccinated"
    display.evaluate("delete document.getElementById('live').dataset.ownPlayed")
    shared_site.show(scenes.DISPLAY["welcome"].model_copy(update={"inside": 10}))
    shared_site.show(scenes.snapshot(verdict=scenes.verdict("idle", 3)))
    expect(display.locator(".state-idle")).to_be_visible()
    assert display.evaluate(played) is None
    shared_site.show(scenes.snapshot(verdict=scenes.verdict("invalid", 4, sound="invalid")))
    expect(display.locator(".state-invalid")).to_be_visible()
    assert display.evaluate(played) == "4:invalid"


def test_a_browser_that_wants_a_tap_first_gets_a_button_for_the_sound(
    chromium: BrowserType, server: Server
) -> None:
    strict = chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    page = strict.new_page()
    page.goto(f"{server.url}/display")
    button = page.locator("#sound-on")
    expect(button).to_be_visible()
    button.click()
    expect(button).to_be_hidden()
    strict.close()


def test_the_aiming_picture_comes_again_and_again_and_only_while_it_helps(
    display: Page, shared_site: Site
) -> None:
    asked: list[str] = []
    display.on("request", lambda request: "aim.jpg" in request.url and asked.append(request.url))
    expect(display.locator("img[data-own-seen]")).to_be_visible()
    wait_for(lambda: len(asked) > 2 or display.wait_for_timeout(50))
    shared_site.show(scenes.DISPLAY["welcome"])
    expect(display.locator("img[data-aim]")).to_have_count(0)


def test_what_staff_type_outlasts_what_changes_around_it(desk: Page, shared_site: Site) -> None:
    shared_site.show(scenes.DESK["not-yet"])
    desk.locator("#d-override summary").click()
    reason = desk.locator("#override-reason")
    reason.fill("guest of the hou")
    reason.press("End")
    desk.evaluate("document.querySelector('#override-reason').mark = 1")
    changed = scenes.DESK["not-yet"].model_copy(
        update={
            "inside": 77,
            "alarms": scenes.ALARMS,
            "party": scenes.DESK["not-yet"].party.model_copy(update={"reasons": ()}),
        }
    )
    shared_site.show(changed)
    expect(desk.locator("#alarms-title")).to_be_visible()
    expect(desk.locator("#inside-title .count")).to_have_text("77")
    desk.keyboard.type("se")
    expect(reason).to_have_value("guest of the house")
    expect(reason).to_be_focused()
    assert desk.evaluate("document.querySelector('#override-reason').mark") == 1
    assert desk.locator("#d-override").get_attribute("open") is not None


def test_a_party_is_started_seen_and_admitted(desk: Page, shared_site: Site) -> None:
    door = shared_site.door
    door.then["party.new"] = scenes.DESK["ready"]
    desk.get_by_role("button", name="Start: Zone D").click()
    expect(desk.locator(".masked")).to_contain_text("CHAN, T** M**")
    desk.get_by_role("button", name="Document compared").click()
    wait_for(lambda: door.commands("customer.attest"))
    door.then["party.admit"] = scenes.snapshot(inside=11)
    desk.get_by_role("button", name="Admit 1 person").click()
    expect(desk.get_by_text(text("desk.party.none_camera", "en"))).to_be_visible()
    assert [asked["command"]["do"] for asked in door.asked] == ["party.new", "customer.attest", "party.admit"]
    assert {asked["by"] for asked in door.asked} == {"supra"}
    assert len({asked["id"] for asked in door.asked}) == 3


def test_two_taps_at_once_are_one_command(desk: Page, shared_site: Site) -> None:
    desk.get_by_role("button", name="Staff pass").dblclick()
    wait_for(lambda: shared_site.door.commands("staff.pass"))
    desk.wait_for_timeout(300)
    assert len({asked["id"] for asked in shared_site.door.commands("staff.pass")}) == 1


def test_a_tap_is_not_lost_when_the_page_changes_under_the_finger(desk: Page, shared_site: Site) -> None:
    both, one = (scenes.snapshot(alarms=alarms) for alarms in (scenes.ALARMS, scenes.ALARMS[1:]))
    shared_site.show(both)
    expect(desk.locator("#alarms li")).to_have_count(2)
    for press, let_go in (
        (desk.mouse.down, desk.mouse.up),
        (lambda: desk.keyboard.down(" "), lambda: desk.keyboard.up(" ")),
    ):
        shared_site.show(both)
        expect(desk.locator("#alarms li")).to_have_count(2)
        second = desk.locator("#alarms li").nth(1).get_by_role("button")
        second.hover()
        second.focus()
        before = len(shared_site.door.commands("alarm.clear"))
        press()
        with desk.expect_response("**/desk/live") as answer:
            shared_site.show(one)
        answer.value.finished()
        desk.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        let_go()
        wait_for(lambda before=before: len(shared_site.door.commands("alarm.clear")) > before)
        assert shared_site.door.commands("alarm.clear")[-1]["command"]["subject"] == scenes.ALARMS[1].subject
        expect(desk.locator("#alarms li")).to_have_count(1)


def test_a_finger_that_stays_on_the_screen_does_not_hold_up_what_is_new(
    display: Page, shared_site: Site
) -> None:
    expect(display.locator(".state-idle")).to_be_visible()
    display.mouse.move(500, 300)
    display.mouse.down()
    shared_site.show(scenes.DISPLAY["welcome"])
    expect(display.locator(".state-welcome")).to_be_visible()
    display.mouse.up()


def test_a_tap_that_got_no_answer_is_repeated_with_the_same_id(desk: Page, shared_site: Site) -> None:
    door = shared_site.door
    door.answers = False
    button = desk.get_by_role("button", name="Staff pass")
    button.click()
    expect(desk.locator("#f-staff-pass .error")).to_be_visible()
    door.answers = True
    shared_site.show(scenes.snapshot(inside=31))
    expect(desk.locator("#inside-title .count")).to_have_text("31")
    expect(desk.locator("#f-staff-pass .error")).to_be_visible()
    button.click()
    expect(desk.locator("#f-staff-pass .error")).to_have_count(0)
    first, second = door.commands("staff.pass")
    assert first["id"] == second["id"]
    button.click()
    wait_for(lambda: len(door.commands("staff.pass")) == 3)
    assert door.commands("staff.pass")[2]["id"] != first["id"]


def test_a_refused_form_says_why_where_it_stands_and_keeps_what_was_typed(
    desk: Page, shared_site: Site
) -> None:
    shared_site.show(scenes.DESK["not-yet"])
    shared_site.door.answer = {
        "ok": False,
        "error": "wrong_pin",
        "message": scenes.say("That PIN is wrong.", "PIN 不正確。", "PIN 不正确。"),
    }
    desk.locator("#d-override summary").click()
    desk.fill("#override-reason", "power cut")
    desk.fill("#override-pin", "111999")
    desk.get_by_role("button", name="Admit all the same").click()
    expect(desk.locator("#f-override .error")).to_have_text("That PIN is wrong.")
    expect(desk.locator("#override-reason")).to_have_value("power cut")
    assert violations(desk) == []
    shared_site.door.answer = {"ok": True}
    desk.fill("#override-pin", PIN)
    desk.get_by_role("button", name="Admit all the same").click()
    expect(desk.locator("#f-override .error")).to_have_count(0)
    assert shared_site.door.asked[-1]["pin"] == {"name": "supra", "pin": PIN}


def test_the_desk_works_by_keyboard_alone(desk: Page, shared_site: Site) -> None:
    shared_site.show(scenes.DESK["ready"])
    expect(desk.locator("button.admit")).to_be_visible()
    for _ in range(80):
        desk.keyboard.press("Tab")
        if desk.evaluate("document.activeElement.matches('button.admit')"):
            break
    desk.keyboard.press("Enter")
    wait_for(lambda: shared_site.door.commands("party.admit"))


def test_every_form_works_without_script(browser: Browser, shared_site: Site, server: Server) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = watched(context, server.url)
    sign_in(page, server)
    shared_site.door.then["party.new"] = scenes.DESK["ready"]
    page.get_by_role("button", name="Start: Zone D").click()
    expect(page.locator(".masked")).to_contain_text("CHAN")
    page.locator("#d-zone-main summary").click()
    page.fill("#zone-main-recount-count", "4")
    page.fill("#zone-main-recount-reason", "counted twice")
    page.get_by_role("button", name="Save the count").last.click()
    wait_for(lambda: shared_site.door.commands("recount"))
    assert shared_site.door.commands("recount")[0]["command"]["inside"] == {"main": 4}
    context.close()


def test_where_all_streams_are_taken_the_page_asks_by_itself(
    browser: Browser, shared_site: Site, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_site.parts.streams, "_limit", 0)
    context = browser.new_context(locale="en-GB")
    page = watched(context, server.url)
    sign_in(page, server)
    shared_site.show(scenes.snapshot(inside=58))
    expect(page.locator("#inside-title .count")).to_have_text("58")
    context.close()


def test_a_lost_server_is_said_on_both_screens_until_it_is_back(
    display: Page, desk: Page, shared_site: Site, server: Server
) -> None:
    shared_site.show(scenes.DISPLAY["welcome"])
    expect(display.locator(".state-welcome h1")).to_be_visible()
    server.stop()
    try:
        expect(display.locator("#lost")).to_be_visible()
        expect(desk.locator("#lost")).to_be_visible()
        assert faults(desk, whole=False) == []
        assert violations(display) == []
        shared_site.show(scenes.snapshot())
    finally:
        server.start()
    expect(display.locator("#lost")).to_be_hidden()
    expect(desk.locator("#lost")).to_be_hidden()
    expect(display.locator(".state-idle h1")).to_be_visible()


def test_a_visitor_registers_on_the_screens_own_keyboard(display: Page, shared_site: Site) -> None:
    shared_site.show(scenes.DISPLAY["ask-either"])
    display.get_by_role("link", name="Leave name and number").tap()
    for letter in "CHAN":
        display.locator("#keyboard").get_by_text(letter, exact=True).tap()
    display.locator("#register-contact").tap()
    for digit in "91234569":
        display.locator("#keyboard").get_by_text(digit, exact=True).tap()
    display.get_by_role("button", name=re.compile("Delete")).tap()
    display.locator("#keyboard").get_by_text("7", exact=True).tap()
    shared_site.show(scenes.DISPLAY["ask-either"].model_copy(update={"inside": 12}))
    expect(display.locator("#register-contact")).to_have_value("91234567")
    shared_site.door.then["visitor.register"] = scenes.DISPLAY["welcome-party"]
    display.get_by_role("button", name=re.compile("Done")).tap()
    expect(display.locator(".state-welcome h1")).to_be_visible()
    assert shared_site.door.asked[-1]["command"] == {
        "do": "visitor.register",
        "name": "CHAN",
        "contact": "91234567",
    }
    assert "register" not in display.evaluate("document.getElementById('live').dataset.live")


def test_a_visitor_declares_with_one_tap(display: Page, shared_site: Site) -> None:
    shared_site.show(scenes.DISPLAY["ask-declare"])
    shared_site.door.then["visitor.declare"] = scenes.DISPLAY["welcome-party"]
    display.get_by_role("button", name=re.compile("LeaveHomeSafe")).tap()
    expect(display.locator(".state-welcome h1")).to_be_visible()
    assert shared_site.door.asked[-1]["by"] is None


def test_where_a_code_is_asked_for_as_well_the_penalty_has_a_view_of_its_own(
    display: Page, shared_site: Site
) -> None:
    shared_site.show(scenes.DISPLAY["ask-all"])
    expect(display.locator("#penalty")).to_have_count(0)
    display.get_by_role("link", name=re.compile("I have scanned")).tap()
    expect(display.locator("#penalty")).to_be_visible()
    for size in DISPLAY_SIZES:
        resized(display, size)
        assert faults(display, whole=True) == [], size
    assert violations(display) == []
    display.get_by_role("link", name=re.compile("Back")).tap()
    expect(display.locator(".state-ask")).to_be_visible()
    display.get_by_role("link", name=re.compile("I have scanned")).tap()
    display.get_by_role("button", name=re.compile("I have scanned")).tap()
    wait_for(lambda: shared_site.door.commands("visitor.declare"))


def test_simplified_chinese_comes_without_a_new_page(display: Page) -> None:
    display.evaluate("window.stays = 1")
    display.locator("a[data-live-link]").first.tap()
    expect(display.get_by_text("欢迎光临")).to_be_visible()
    assert display.evaluate("window.stays") == 1


def test_a_display_is_paired_by_typing_its_code_on_the_desk(
    browser: Browser, desk: Page, server: Server
) -> None:
    context = browser.new_context()
    screen = watched(context, server.url)
    screen.goto(f"{server.url}/display")
    screen.get_by_role("link", name=re.compile("Pair")).click()
    code = screen.locator(".paircode").inner_text()
    desk.locator("#d-pair summary").click()
    desk.fill("#pair-code", "000001")
    desk.locator("#f-pair button").click()
    expect(desk.locator("#f-pair .error")).to_be_visible()
    desk.fill("#pair-code", code)
    desk.locator("#f-pair button").click()
    expect(desk.locator("#door .fine")).to_have_text("Paired: the display at 127.0.0.1.")
    screen.wait_for_url("**/display")
    expect(screen.locator("figure.aim")).to_be_visible()
    context.close()


def test_wrong_guesses_lock_the_sign_in_and_say_so(
    browser: Browser, shared_site: Site, server: Server
) -> None:
    context = browser.new_context(locale="en-GB")
    page = watched(context, server.url)
    page.goto(f"{server.url}/desk")
    for _ in range(5):
        page.fill("#name", "guesser")
        page.fill("#password", "not the password")
        page.click("button.primary")
        expect(page.locator(".error")).to_be_visible()
    expect(page.locator(".error")).to_contain_text("Wait 1 min")
    assert violations(page) == []
    context.close()
