"""How many may still enter, or why nobody may, said alike on both screens; and nothing that is not there."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from kiosk.texts import LANGUAGES, Language, text
from kiosk.web.thought import asked_of_all, think
from tests.web import scenes
from tests.web.conftest import Site

SHORT = scenes.zone_d(staff_short=True, left=12, taken=0)


def desk(site: Site, lang: Language = "en") -> str:
    client = site.signed_in()
    client.get(f"/language/{lang}/desk")
    return plain(client.get("/desk").text)


def display(site: Site) -> str:
    return plain(site.paired().get("/display").text)


def plain(html: str) -> str:
    """What is read: without tags, in one line."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_zone_whose_staff_lack_something_is_said_to_be_not_open_wherever_the_desk_names_it(
    site: Site, lang: Language
) -> None:
    waiting = scenes.DESK["short"].model_copy(update={"way": "staffed"})
    for shown in (
        waiting,
        waiting.model_copy(update={"party": scenes.party(scenes.customer(), zone="main")}),
    ):
        site.show(shown)
        said = desk(site, lang)
        assert str(text("desk.zones.not_open", lang)) in said
        assert str(text("desk.zones.left", lang, n=12)) not in said
        assert str(text("desk.zones.left_one", lang)) in said
    site.show(waiting)
    start = str(text("desk.party.start", lang, zone=SHORT.name[lang]))
    assert f"{start} {text('desk.zones.not_open', lang)}" in desk(site, lang)


def test_nobody_is_seated_by_the_plan_of_a_zone_that_is_not_open(site: Site) -> None:
    site.show(scenes.DESK["short"])
    html = site.signed_in().get("/desk").text
    assert "do=party.place&amp;zone=main" in html
    assert "do=party.place&amp;zone=D1" not in html


def test_visitors_are_told_that_a_zone_is_not_open_and_not_of_the_staff(site: Site) -> None:
    site.show(scenes.DISPLAY["zone-short"])
    said = display(site)
    assert "未開放 Not open" in said
    assert "尚餘 3 位" in said
    assert "尚餘 5 位" not in said
    assert text("desk.zones.staff_short", "en") not in said


def test_what_only_a_zone_that_is_not_open_asks_for_is_not_asked() -> None:
    assert asked_of_all(scenes.snapshot(zones=(SHORT, scenes.main_hall()))) == ("scan",)


def test_where_no_zone_is_open_the_idle_display_says_so() -> None:
    short = scenes.main_hall(staff_short=True)
    shut = scenes.zone_d(phase="closed", left=None)
    for zones, state in (((SHORT, short), "stopped"), ((shut, short), "stopped"), ((shut,), "closed")):
        assert think(scenes.snapshot(zones=zones), is_paired=True).state == state
    full = scenes.main_hall(left=0)
    assert think(scenes.snapshot(zones=(SHORT, full)), is_paired=True).state == "full"


def test_a_closed_zone_has_no_places_left(site: Site) -> None:
    shut = scenes.main_hall(phase="closed", left=4, taken=2, minutes_left=None, opens_at=scenes.OPENS)
    site.show(scenes.snapshot(zones=(shut,), parties=()))
    said = desk(site)
    assert "2 of 6 Closed" in said
    assert "places left" not in said


def test_premises_without_zones_are_not_named_again_and_again(site: Site) -> None:
    name = scenes.whole().name["zh-Hant"]
    site.show(scenes.DISPLAY["whole-welcome"])
    said = display(site)
    assert said.count(name) == 2, "in the window's title and at the top"
    assert "We close in 28 min (22:00)" in said
    site.show(scenes.DESK["whole"])
    said = desk(site)
    assert "New party 1 place left" in said


def test_a_proof_is_called_by_its_name(site: Site) -> None:
    site.show(scenes.DESK["ready"])
    for lang in LANGUAGES:
        said = desk(site, lang)
        assert str(text("proofs.format_hk-vac", lang)) in said
        assert "hk-vac" not in said


def test_a_scanner_is_not_called_a_camera(site: Site) -> None:
    (camera,) = scenes.DESK["ready"].cameras
    for up, state in ((True, "up"), (False, "lost")):
        one = camera.model_copy(update={"kind": "scanner", "name": "gm65", "up": up})
        site.show(scenes.DESK["ready"].model_copy(update={"cameras": (one,)}))
        for lang in LANGUAGES:
            said = desk(site, lang)
            assert str(text(f"desk.status.scanner_{state}", lang, name="gm65")) in said
            assert str(text(f"desk.status.camera_{state}", lang, name="gm65")) not in said


def test_without_a_camera_nobody_is_asked_for_a_code(site: Site) -> None:
    ready = scenes.DESK["ready"]
    for cameras, asked in ((ready.cameras, True), ((), False)):
        for shown in (ready, scenes.snapshot()):
            site.show(shown.model_copy(update={"cameras": cameras}))
            said = desk(site)
            words = ("The next code is theirs", "held up to the camera")
            assert any(word in said for word in words) == asked


@pytest.mark.parametrize(
    ("asks", "offered"),
    [
        (("lhs_scan",), {"lhs_seen"}),
        (("lhs_scan", "form", "registered"), {"lhs_seen", "form", "registered"}),
        (("unfit",), {"lhs_seen", "unfit"}),
        ((), {"lhs_seen"}),
    ],
)
def test_staff_are_offered_what_the_law_would_take(
    site: Site, asks: tuple[str, ...], offered: set[str]
) -> None:
    site.show(scenes.snapshot(party=scenes.party(scenes.customer(asks=asks), outcome="refuse")))
    html = site.signed_in().get("/desk").text
    assert set(re.findall(r"customer\.attest&amp;what=(\w+)", html)) == offered


@pytest.mark.parametrize(
    ("changes", "forms"),
    [
        ({"asks": ("doses",)}, {"record"}),
        ({"asks": ("lhs_scan", "registered")}, {"registration"}),
        ({"asks": ("lhs_scan", "form")}, {"registration"}),
        ({"doses": (("2021-04-01", ""),), "record_seen": True}, {"record"}),
        ({"registered": True}, {"registration"}),
        ({}, set()),
    ],
)
def test_staff_enter_nothing_by_hand_that_nobody_asks_for(
    site: Site, changes: dict[str, Any], forms: set[str]
) -> None:
    site.show(scenes.snapshot(party=scenes.party(scenes.customer(**changes))))
    html = site.signed_in().get("/desk").text
    assert set(re.findall(r'id="d-customer-0-(\w+)"', html)) == forms


def test_takeaways_are_for_restaurants(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.show(scenes.DESK["ready"])
    assert "do=party.takeaway" in site.signed_in().get("/desk").text
    premises = site.parts.settings.premises.model_copy(update={"kind": "bathhouse"})
    settings = site.parts.settings.model_copy(update={"premises": premises})
    monkeypatch.setitem(site.app.extensions, "kiosk", replace(site.parts, settings=settings))
    assert "do=party.takeaway" not in site.signed_in().get("/desk").text


def test_premises_without_a_limit_are_still_said_to_be_closed(site: Site) -> None:
    shut = scenes.whole(phase="closed", limit=None, left=None, taken=8, minutes_left=None)
    site.show(scenes.snapshot(zones=(shut,), parties=()))
    assert "8 people Closed" in desk(site)


@pytest.mark.parametrize(
    ("changes", "offered"),
    [({}, True), ({"phase": "closed", "left": None}, False), ({"staff_short": True}, False)],
)
def test_banquets_open_where_anybody_may_come(site: Site, changes: dict[str, Any], offered: bool) -> None:
    site.show(scenes.snapshot(zones=(scenes.main_hall(banquets=True, **changes),), parties=()))
    assert (str(text("desk.banquets.title", "en")) in desk(site)) == offered


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_table_with_a_name_is_told_by_it_beside_its_id(site: Site, lang: Language) -> None:
    window = scenes.say("Window", "窗邊", "窗边")
    named = scenes.table("D-7", 4).model_copy(update={"name": window})
    zone = scenes.zone_d(tables=(named, scenes.table("D-8", 4)))
    site.show(scenes.snapshot(zones=(zone,), party=scenes.party(scenes.customer())))
    said = desk(site, lang)
    assert said.count(f"D-7 {window[lang]}") >= 3, "on the plan, to be chosen, and to be split over"
    assert "D-8" in said


def test_what_staff_have_ticked_stays_to_be_taken_back(site: Site) -> None:
    ticked = scenes.customer(form=True, registered=True, document_seen=True, with_adult=True)
    site.show(scenes.snapshot(party=scenes.party(ticked)))
    html = site.signed_in().get("/desk").text
    taken_back = set(re.findall(r"what=(\w+)&amp;value=false", html))
    assert taken_back == {"form", "registered", "document_seen", "with_adult"}


def test_a_visitor_who_is_told_to_leave_is_told_once(site: Site) -> None:
    told = scenes.say("We are closed. Please leave.", "現已關閉，請離場。", "现已关闭，请离场。")
    shut = scenes.whole(phase="closed", left=None, minutes_left=None)
    site.show(scenes.snapshot(zones=(shut,), verdict=scenes.verdict("closed", message=told)))
    said = display(site)
    assert told["en"] in said
    assert text("display.closed.text", "en") not in said


def test_the_log_can_be_read_by_keyboard(site: Site) -> None:
    html = site.signed_in().get("/desk").text
    assert re.search(r'<ol [^>]*tabindex="0"[^>]*aria-labelledby="log-title"', html)
