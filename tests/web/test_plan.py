"""The desk's plan, banquets, steps and waiting parties, and the form that a visitor fills in alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from kiosk.web import handover
from tests.web import plan_scenes, scenes
from tests.web.conftest import Site, csrf


def page(site: Site, scene: scenes.Snapshot, language: str = "en") -> str:
    site.show(scene)
    client = site.signed_in()
    client.set_cookie("language", language)
    return client.get("/desk").get_data(as_text=True)


def button(html: str, said: str) -> str:
    """The button that carries `said`."""
    found = re.search(rf'<button[^>]*"{re.escape(said)}"[^>]*>.*?</button>', html, re.DOTALL)
    assert found, said
    return found.group()


@pytest.mark.parametrize(
    ("room", "state", "pressed"),
    [("R1", "3 of 4 places", "false"), ("R2", "full, 4 of 4", "false"), ("R3", "for this party", "true")],
)
def test_a_room_says_in_words_how_full_it_is_and_takes_the_party_at_a_tap(
    site: Site, room: str, state: str, pressed: str
) -> None:
    html = page(site, plan_scenes.DESK["rooms"])
    found = button(html, f"do=party.place&amp;zone=main&amp;room={room}")
    assert state in found
    assert f'aria-pressed="{pressed}"' in found


def test_a_tap_on_the_plan_is_one_command(site: Site) -> None:
    site.show(plan_scenes.DESK["karaoke"])
    client = site.signed_in()
    token = csrf(client, "/desk")
    tap = "do=party.place&zone=main&table=K3&room=R3"
    answer = client.post("/desk/do", data={"csrf_token": token, "form": "zone-main-plan", "set": tap})
    assert answer.status_code == 303
    [asked] = site.door.commands("party.place")
    assert asked["command"] == {"do": "party.place", "zone": "main", "table": "K3", "room": "R3"}


def test_nothing_is_to_be_tapped_on_the_plan_of_an_unattended_door(site: Site) -> None:
    html = page(site, plan_scenes.DESK["plan-unattended"])
    assert "party.place" not in html
    assert "free, 4 places" in html


def test_banquets_show_their_size_and_can_be_joined_opened_and_ended(site: Site) -> None:
    html = page(site, plan_scenes.DESK["banquet"])
    assert "20 people now" in html
    assert "22 with this party" in html
    assert 'aria-pressed="true"' in button(html, "do=party.banquet&amp;banquet=B1")
    assert html.count('value="banquet.open"') == 2
    assert html.count('value="banquet.end"') == 2
    assert "banquet" not in page(site, plan_scenes.DESK["rooms"]), "no banquets where the law has none"


def test_the_venues_own_steps_stand_on_the_desk_where_it_has_some(site: Site) -> None:
    html = page(site, plan_scenes.DESK["banquet"])
    assert 'aria-pressed="false"' in button(html, "do=party.step&amp;step=temperature&amp;value=true")
    assert 'aria-pressed="true"' in button(html, "do=party.step&amp;step=mask&amp;value=false")
    assert "party.step" not in page(site, plan_scenes.DESK["rooms"])


def test_papers_and_ages_of_the_unfit_stand_there_only_where_the_law_asks(site: Site) -> None:
    html = page(site, plan_scenes.DESK["banquet"])
    first, second = html.split('id="customer-1"', 1)
    assert "paper=test" in first
    assert "paper=declaration" not in first
    assert "age=infant" in first
    assert "paper=" not in second
    assert "what=unfit" not in second
    assert "age=infant" not in second


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Recovered: one dose is enough"),
        ("zh-Hant", "康復者：一劑已足夠"),
        ("zh-Hans", "康复者：一剂已足够"),
    ],
)
def test_a_recovered_persons_one_dose_is_told(site: Site, language: str, said: str) -> None:
    assert said in page(site, plan_scenes.DESK["banquet"], language)


def test_a_fault_that_is_not_the_laws_names_no_paragraph(site: Site) -> None:
    html = page(site, plan_scenes.DESK["banquet"])
    assert "Not done yet at the door" in html
    assert "item </span>" not in html


def test_those_who_wait_stand_beside_the_places_left(site: Site) -> None:
    html = page(site, plan_scenes.DESK["waiting"])
    four, six = re.findall(r'<li id="waiting-[46]">.*?</li>', html, re.DOTALL)
    assert "No. 4" in four
    assert "2 people" in four
    assert "Full" in four
    assert "5 places left" in six
    assert 'name="number" value="6"' in six
    assert "zone not chosen" in html


# The form that a visitor fills in


def handed_over(site: Site, customer: int = 1) -> FlaskClient:
    site.show(plan_scenes.FORM)
    client = site.signed_in()
    token = csrf(client, "/desk")
    answer = client.post(f"/desk/form/{customer}/hand-over", data={"csrf_token": token})
    assert answer.location == f"/desk/form/{customer}"
    return client


def fill(client: FlaskClient, **changes: str) -> Any:
    token = csrf(client, "/desk/form/1")
    data = {"name": "LAM CHING", "contact": "61234567", "csrf_token": token, **changes}
    return client.post("/desk/form/1", data=data)


def test_the_form_shows_nothing_of_anybody(site: Site) -> None:
    html = handed_over(site).get("/desk/form/1").get_data(as_text=True)
    assert "2021-05-01" in html
    assert "19:30" in html
    for other in ("CHAN", "987(6)", "Customer", "anna", "P12", "Sign out", "Zone"):
        assert other not in html


@pytest.mark.parametrize("language", ["en", "zh-Hant", "zh-Hans"])
def test_the_form_speaks_the_visitors_language(site: Site, language: str) -> None:
    html = handed_over(site).get(f"/desk/form/1?lang={language}").get_data(as_text=True)
    title = {"en": "Your visit", "zh-Hant": "到訪登記", "zh-Hans": "到访登记"}[language]
    assert f"<h1>{title}</h1>" in html


def test_whoever_holds_the_tablet_reaches_nothing_but_the_form(site: Site) -> None:
    client = handed_over(site)
    token = csrf(client, "/desk/form/1")
    for path in ("/desk", "/desk/form/0", "/desk/live", "/desk/form/done"):
        answer = client.get(path)
        assert (answer.status_code, answer.location) == (303, "/desk/sign-in"), path
    assert client.get("/desk/stream").status_code == 401
    for path in ("/desk/do", "/desk/form/0", "/desk/form/1/hand-over", "/desk/pair"):
        answer = client.post(
            path, data={"csrf_token": token, "do": "staff.pass", "name": "x", "contact": "1"}
        )
        assert answer.status_code == 401, path
    assert site.door.asked == []


def test_what_was_filled_in_goes_to_the_door_once_and_to_no_page(site: Site) -> None:
    client = handed_over(site)
    answer = fill(client)
    assert answer.location == "/desk/form/done"
    [asked] = site.door.asked
    assert asked["by"] == "anna"
    assert asked["command"] == {
        "do": "customer.register",
        "customer": 1,
        "name": "LAM CHING",
        "contact": "61234567",
        "by_visitor": True,
        "party": 9,
    }
    done = client.get("/desk/form/done").get_data(as_text=True)
    assert "hand the tablet back" in done
    assert "LAM" not in done
    for path in ("/desk/form/1", "/desk"):
        assert client.get(path).location == "/desk/sign-in", "staff go on behind their sign-in"
    staff = site.signed_in().get("/desk").get_data(as_text=True)
    assert "LAM" not in staff
    assert "61234567" not in staff


def test_an_empty_field_is_told_and_what_was_typed_stays(site: Site) -> None:
    client = handed_over(site)
    answer = fill(client, contact=" ")
    assert answer.status_code == 422
    assert "phone number" in answer.text
    assert 'value="LAM CHING"' in answer.text
    assert "LAM" not in client.get("/desk/form/1").get_data(as_text=True)
    assert site.door.asked == []


def test_a_party_that_has_gone_gets_no_registration(site: Site) -> None:
    client = handed_over(site)
    site.door.answer = {"ok": False, "error": "party_gone", "message": scenes.say("gone", "走", "走")}
    answer = fill(client)
    assert answer.status_code == 409
    assert "gone" in answer.text


def test_the_tablet_can_be_given_back_without_filling_it_in(site: Site) -> None:
    client = handed_over(site)
    token = csrf(client, "/desk/form/1")
    answer = client.post("/desk/form/1/back", data={"csrf_token": token})
    assert answer.location == "/desk/form/done"
    assert "Nothing was saved" in client.get("/desk/form/done").get_data(as_text=True)
    assert client.get("/desk/form/1").location == "/desk/sign-in"
    assert site.door.asked == []


def test_the_leave_to_fill_in_the_form_ends(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    client = handed_over(site)
    now = handover.time.time()
    monkeypatch.setattr("kiosk.web.handover.time.time", lambda: now + handover.LEAVE_S + 1)
    assert client.get("/desk/form/1").location == "/desk/sign-in"


def test_there_is_no_form_for_somebody_who_is_not_there(site: Site) -> None:
    site.show(plan_scenes.FORM)
    client = site.signed_in()
    token = csrf(client, "/desk")
    assert client.post("/desk/form/7/hand-over", data={"csrf_token": token}).location == "/desk"
    assert client.get("/desk/form/1").location == "/desk", "staff who have not handed it over stay signed in"
    assert client.get("/desk").status_code == 200
