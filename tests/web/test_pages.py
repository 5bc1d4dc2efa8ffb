"""What the pages say and do, as a browser without script sees them."""

from __future__ import annotations

import re
from html import unescape

import pytest
import time_machine
from flask.testing import FlaskClient

from kiosk.texts import LANGUAGES, Language, text
from kiosk.web import language
from tests.web import scenes
from tests.web.conftest import PASSWORD, PIN, Site, csrf, wait_for

LIVE = {"X-Live": "1"}


def do(client: FlaskClient, fields: dict[str, str], page: str = "/desk", **headers: str):
    data = {"csrf_token": csrf(client, page), **fields}
    return client.post(f"{page}/do", data=data, headers=headers)


@pytest.mark.parametrize("name", scenes.DESK)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_desk_speaks_one_language_throughout(site: Site, name: str, lang: Language) -> None:
    site.show(scenes.DESK[name])
    client = site.signed_in("supra")
    client.get(f"/language/{lang}/desk")
    html = unescape(client.get("/desk").text)
    assert f'<html lang="{language.TAGS[lang]}">' in html
    for other in LANGUAGES:
        title = text("desk.zones.title", other)
        assert (f">{title}</h2>" in html) == (other == lang)
    assert "desk.party" not in html


@pytest.mark.parametrize(
    ("asked", "lang"),
    [
        ("zh-HK,en;q=0.5", "zh-Hant"),
        ("zh-TW", "zh-Hant"),
        ("zh", "zh-Hant"),
        ("yue", "zh-Hant"),
        ("zh-CN,zh;q=0.9", "zh-Hans"),
        ("zh-Hans-HK", "zh-Hans"),
        ("fr,en-GB;q=0.2", "en"),
        ("fr", "en"),
        ("", "en"),
    ],
)
def test_the_first_language_is_the_browsers(site: Site, asked: str, lang: Language) -> None:
    html = site.client().get("/desk/sign-in", headers={"Accept-Language": asked}).text
    assert str(text("web.sign_in.title", lang)) in html


def test_the_display_says_both_languages_and_simplified_for_one_visitor(site: Site) -> None:
    client = site.paired()
    html = client.get("/display").text
    assert "歡迎光臨" in html
    assert "Welcome" in html
    answer = client.get("/display/language/hans")
    assert "Max-Age=120" in answer.headers["Set-Cookie"]
    html = client.get("/display").text
    assert "欢迎光临" in html
    assert "歡迎光臨" not in html


@pytest.mark.parametrize("url", ["/display", "/display/pair", "/desk/sign-in", "/desk", "/nowhere"])
def test_demo_stands_on_every_screen_also_without_a_door(site: Site, url: str) -> None:
    client = site.signed_in() if url == "/desk" else site.client()
    assert "DEMO" in client.get(url).text
    site.door.stop()
    wait_for(lambda: site.parts.feed.view.snapshot is None)
    assert "DEMO" in client.get(url).text


def test_a_production_door_says_nothing_of_a_demo(site: Site) -> None:
    site.show(scenes.snapshot(demo=False))
    assert "DEMO" not in site.client().get("/display").text


def test_without_a_door_both_screens_say_what_to_do(site: Site) -> None:
    desk, display = site.signed_in(), site.paired()
    site.door.stop()
    wait_for(lambda: site.parts.feed.view.snapshot is None)
    assert "systemctl restart kiosk-door" in desk.get("/desk").text
    shown = display.get("/display").text
    assert text("display.lost.title", "zh-Hant") in shown
    assert "Zone D" not in shown


def test_with_no_account_the_sign_in_says_how_to_make_one(site: Site) -> None:
    (site.folder / "accounts.json").unlink()
    assert "kiosk account NAME --role supervisor" in site.client().get("/desk/sign-in").text


def test_a_broken_accounts_file_is_a_page_of_ours(site: Site) -> None:
    client = site.client()
    token = csrf(client, "/desk/sign-in")
    (site.folder / "accounts.json").write_text("{")
    data = {"csrf_token": token, "name": "anna", "password": "x"}
    answer = client.post("/desk/sign-in", data=data)
    assert answer.status_code == 500
    assert "accounts.json" in answer.text


def test_a_second_tap_on_the_same_form_asks_with_the_same_id(site: Site) -> None:
    client = site.signed_in()
    html = client.get("/desk").text
    token = csrf(client, "/desk")
    ids = re.findall(r'name="command_id" value="([0-9a-f]{32})"', html)
    assert len(ids) == len(set(ids)) > 5
    for _ in range(2):
        client.post("/desk/do", data={"csrf_token": token, "command_id": ids[0], "do": "staff.pass"})
    assert [asked["id"] for asked in site.door.asked] == [ids[0], ids[0]]


def test_what_the_door_says_no_to_is_said_in_the_form(site: Site) -> None:
    client = site.signed_in("supra")
    site.show(scenes.DESK["not-yet"])
    site.door.answer = {
        "ok": False,
        "error": "wrong_pin",
        "message": scenes.say("That PIN is wrong.", "PIN 不正確。", "PIN 不正确。"),
    }
    fields = {
        "do": "party.override",
        "form": "override",
        "reason": "power cut",
        "pin_name": "supra",
        "pin": PIN,
    }
    for headers in ({}, LIVE):
        answer = do(client, fields, **headers)
        assert answer.status_code == 409
        form = answer.text.split('id="f-override"', 1)[1].split("</form>", 1)[0]
        assert "That PIN is wrong." in form
        assert 'value="power cut"' in form
        assert PIN not in answer.text
        details = answer.text.split('id="d-override"', 1)[1][:6]
        assert "open" in details
        assert answer.text.count("That PIN is wrong.") == 1


@pytest.mark.parametrize("how", ["gone", "silent", "no_answer"])
def test_where_no_answer_came_the_form_keeps_its_id(site: Site, how: str) -> None:
    client = site.signed_in()
    site.show(scenes.snapshot(has_lock=True))
    token = csrf(client, "/desk")
    if how == "gone":
        site.door.stop()
    site.door.answers = how != "silent"
    if how == "no_answer":
        site.door.answer = {"ok": False, "error": "no_answer", "message": None}
    data = {"csrf_token": token, "command_id": "f" * 32, "form": "staff-pass", "do": "staff.pass"}
    answer = client.post("/desk/do", data=data, headers=LIVE)
    assert answer.status_code == (409 if how == "no_answer" else 503)
    assert answer.headers["X-Outcome"] == "unsure"
    if how != "gone":
        assert f'value="{"f" * 32}"' in answer.text


def test_a_form_that_cannot_be_used_keeps_what_was_typed(site: Site) -> None:
    client = site.signed_in()
    fields = {
        "do": "recount",
        "form": "zone-main-recount",
        "zone": "main",
        "count": "many",
        "reason": "after lunch",
    }
    answer = do(client, fields)
    assert answer.status_code == 422
    form = answer.text.split('id="f-zone-main-recount"', 1)[1].split("</form>", 1)[0]
    assert "Please check: number counted." in form
    assert 'value="after lunch"' in form
    assert site.door.asked == []


def test_without_script_a_form_leads_back_to_the_page(site: Site) -> None:
    client = site.signed_in()
    site.door.then["party.new"] = scenes.DESK["ready"]
    answer = do(client, {"do": "party.new", "zone": "D1"})
    assert (answer.status_code, answer.location) == (303, "/desk")
    html = client.get("/desk").text
    assert "Done." in html
    assert "CHAN, T** M**" in html


def test_with_script_the_answer_already_shows_what_changed(site: Site) -> None:
    client = site.signed_in()
    site.door.then["party.new"] = scenes.DESK["ready"]
    answer = do(client, {"do": "party.new", "zone": "D1"}, **LIVE)
    assert answer.status_code == 200
    assert "CHAN, T** M**" in answer.text
    assert "<html" not in answer.text


def test_staff_pair_the_display_that_shows_the_code(site: Site) -> None:
    display, desk = site.client(), site.signed_in()
    shown = re.search(r'class="paircode">(\d{3}) (\d{3})<', display.get("/display/pair").text)
    assert shown
    token = csrf(desk, "/desk")
    wrong = desk.post("/desk/pair", data={"csrf_token": token, "code": "000000", "form": "pair"})
    assert wrong.status_code == 409
    assert "No display shows this code" in wrong.text
    right = desk.post(
        "/desk/pair", data={"csrf_token": token, "code": f"{shown[1]} {shown[2]}", "form": "pair"}
    )
    assert right.status_code == 303
    assert display.get("/display/pair").status_code == 303
    site.show(scenes.DISPLAY["welcome"])
    assert "CHAN, T** M**" in display.get("/display").text


def test_a_visitor_registers_and_is_told_what_to_put_right(site: Site) -> None:
    site.show(scenes.DISPLAY["ask-either"])
    client = site.paired()
    assert 'name="contact"' in client.get("/display?step=register&n=2").text
    fields = {
        "do": "visitor.register",
        "name": "Chan Siu Ming",
        "contact": "12",
        "step": "register",
        "n": "2",
    }
    answer = do(client, fields, "/display")
    assert answer.status_code == 422
    assert text("display.error.contact", "en") in unescape(answer.text)
    assert 'value="Chan Siu Ming"' in answer.text
    assert do(client, {**fields, "contact": "9123 4567"}, "/display").status_code == 303
    (asked,) = site.door.asked
    assert asked["command"] == {"do": "visitor.register", "name": "Chan Siu Ming", "contact": "9123 4567"}


def test_the_penalty_stands_where_a_visitor_declares(site: Site) -> None:
    client = site.paired()
    for name, scene in scenes.DISPLAY.items():
        site.show(scene)
        for step in ("", "?step=declare&n=2"):
            html = client.get(f"/display{step}").text
            for tap in ('value="visitor.declare"', "step=register&amp;n"):
                if tap in html and "step=declare&amp;n" not in html:
                    assert html.index(scenes.PENALTY["en"]) < html.index(tap), (name, step)


@pytest.mark.parametrize(("name", "scene"), scenes.DISPLAY.items())
def test_every_reason_of_a_refusal_stands_with_its_paragraph(
    site: Site, name: str, scene: scenes.Snapshot
) -> None:
    site.show(scene)
    html = unescape(site.paired().get("/display").text)
    for reason in scene.verdict.reasons if scene.verdict.state == "refused" else ():
        for lang in ("zh-Hant", "en"):
            assert reason.message[lang] in html
        assert reason.para in html


def test_a_session_ends_when_nobody_taps_for_an_hour_though_the_page_refreshes_itself(site: Site) -> None:
    with time_machine.travel("2021-05-01T20:00:00+08:00", tick=False) as clock:
        client = site.signed_in()
        for _ in range(7):
            clock.shift(9 * 60)
            assert client.get("/desk/live", headers=LIVE).status_code == (200 if _ < 6 else 401)
        assert client.get("/desk").location == "/desk/sign-in"


def test_a_tap_keeps_the_session_until_the_working_day_ends_at_five(site: Site) -> None:
    with time_machine.travel("2021-05-01T23:30:00+08:00", tick=False) as clock:
        client = site.signed_in()
        for _ in range(10):
            clock.shift(30 * 60)
            assert client.get("/desk").status_code == 200
        clock.shift(29 * 60 + 59)
        assert client.get("/desk").status_code == 200
        clock.shift(1)
        assert client.get("/desk").status_code == 303


def test_a_copied_cookie_is_worthless_after_signing_out_or_a_new_password(site: Site) -> None:
    client = site.signed_in()
    cookie = client.get_cookie("kiosk")
    assert cookie
    thief = site.client()
    thief.set_cookie("kiosk", cookie.value)
    assert thief.get("/desk").status_code == 200
    client.post("/desk/sign-out", data={"csrf_token": csrf(client, "/desk")})
    assert thief.get("/desk").status_code == 303
    other = site.signed_in()
    site.parts.accounts.save("anna", "staff", PASSWORD + " again")
    assert other.get("/desk").status_code == 303


def test_what_is_too_big_is_turned_away(site: Site) -> None:
    client = site.signed_in()
    answer = do(client, {"do": "party.override", "reason": "x" * 70_000})
    assert answer.status_code == 413
    assert site.door.asked == []
