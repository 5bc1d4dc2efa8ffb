"""Nothing that moves the door or the count, and nothing about a visitor, without sign-in or pairing.

The tests walk the app's own map of addresses: a page that is added later is guarded or named here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest
from flask.testing import FlaskClient
from pydantic import BaseModel
from werkzeug.routing import Rule

from kiosk.gate.commands import AnyCommand, Inspecting, Managed, Visitor
from kiosk.web.app import HEADERS
from tests.web import scenes
from tests.web.conftest import PASSWORD, Site, csrf

#: Pages that anybody may see: they show no visitor and no count beyond the places left at the entrance.
PUBLIC = {
    "static",
    "_start",
    "_language",
    "signin.form",
    "display.page",
    "display.fragment",
    "display.changes",
    "display.language",
    "display.pair",
    "display.pair_own",
    "notices.sheet",
    # A code or a link of a manager is asked for there; nothing else is shown.
    "inspect_in.form",
    "inspect_in.link",
}
#: The two forms that are there to be signed in and out with.
OPEN_POSTS = {"signin.enter", "signin.leave", "inspect_in.enter", "inspect_in.enter_link"}
#: Where those who are not signed in are sent to.
DOORSTEPS = {"/desk/sign-in", "/inspect/sign-in"}

FILL = {"filename": "kiosk.css", "code": "en", "page": "desk", "zh": "hans", "token": "guess", "customer": 0}
FILL |= {"member_id": "s1"}

#: What managers do in the office has forms of its own, and the door looks up their role (`test_office`). Inspectors have theirs
#: (`test_inspect`).
MODELS: tuple[type[BaseModel], ...] = tuple(
    model for model in get_args(get_args(AnyCommand)[0]) if not issubclass(model, Managed | Inspecting)
)
VISITOR = {model.model_fields["do"].default for model in MODELS if issubclass(model, Visitor)}
EVERY_DO = {model.model_fields["do"].default for model in MODELS}

#: A full set of fields for each command, so that none is refused for its form.
FIELDS: dict[str, dict[str, str]] = {
    "party.new": {},
    "party.zone": {"zone": "D1"},
    "party.tables": {"table.D-1": "1"},
    "party.takeaway": {"takeaway": "true"},
    "party.place": {"zone": "D1", "table": "D-1"},
    "party.room": {"room": "R1"},
    "party.banquet": {"banquet": "B1"},
    # The field ``step`` is the display's own: a button carries it in ``set``.
    "party.step": {"set": "step=mask&value=true"},
    "party.wait": {},
    "party.resume": {"number": "1"},
    "party.forget": {"number": "1"},
    "banquet.open": {"zone": "D1"},
    "banquet.end": {"banquet": "B1"},
    "customer.add": {},
    "customer.remove": {"customer": "0"},
    "customer.select": {"customer": "0"},
    "customer.age": {"customer": "0", "age": "adult"},
    "customer.attest": {"customer": "0", "what": "form", "value": "true"},
    "customer.compare": {"customer": "0", "document": "A123456(3)"},
    "customer.paper": {"customer": "0", "paper": "test", "value": "true"},
    "customer.record": {"customer": "0", "dose": "2021-03-01"},
    "customer.register": {"customer": "0", "name": "Chan", "contact": "91234567"},
    "party.admit": {},
    "party.override": {"reason": "fire drill", "pin_name": "supra", "pin": "495817"},
    "admission.undo": {"admission": "3"},
    "admission.release": {"admission": "3"},
    "admission.settle": {"admission": "3", "entered": "1"},
    "leave": {"people": "1", "zone": "D1"},
    "step.out": {"party": "P3", "people": "1"},
    "step.back": {"party": "P3", "people": "1"},
    "party.move": {"party": "P3", "table.D-1": "1"},
    "recount": {"zone": "D1", "count": "4", "reason": "counted"},
    "alarm.clear": {"kind": "held_open", "subject": ""},
    "plan.displayed": {},
    "staff.pass": {},
    "way.set": {"way": "unattended"},
    "clock.confirm": {"time": "", "pin_name": "supra", "pin": "495817"},
    "visitor.enter": {},
    "visitor.declare": {},
    "visitor.register": {"name": "Chan", "contact": "91234567"},
    "visitor.cancel": {},
}


def pages(site: Site, method: str) -> Iterator[tuple[Rule, str]]:
    adapter = site.app.url_map.bind("kiosk.test")
    for rule in site.app.url_map.iter_rules():
        if method in (rule.methods or ()):
            yield rule, adapter.build(rule.endpoint, {name: FILL[name] for name in rule.arguments}, method)


@pytest.fixture
def personal(site: Site) -> Site:
    """A door at which somebody stands."""
    site.show(scenes.DESK["ready"])
    return site


def test_every_command_has_its_fields_here() -> None:
    assert set(FIELDS) == EVERY_DO


def test_every_page_but_the_public_ones_refuses_a_stranger(personal: Site) -> None:
    client = personal.client()
    for rule, url in pages(personal, "GET"):
        answer = client.get(url)
        if rule.endpoint in PUBLIC:
            assert answer.status_code in {200, 303}, url
            if rule.endpoint != "static" and not answer.is_streamed:
                assert "CHAN" not in answer.text, url
            answer.close()
        else:
            assert answer.status_code in {303, 401, 403}, url
            if answer.status_code == 303:
                assert answer.location in DOORSTEPS, url


@pytest.mark.parametrize("live", [False, True])
def test_every_post_refuses_a_stranger_who_has_a_token(personal: Site, live: bool) -> None:
    client = personal.client()
    token = csrf(client, "/desk/sign-in")
    headers = {"X-Live": "1"} if live else {}
    for rule, url in pages(personal, "POST"):
        for do in EVERY_DO:
            data = {"csrf_token": token, "do": do, **FIELDS[do], "code": "123456", "display": "x"}
            answer = client.post(url, data=data, headers=headers)
            if rule.endpoint in OPEN_POSTS:
                assert rule.endpoint == "signin.leave" or answer.status_code in {401, 429}
                token = csrf(client, "/desk/sign-in")
            else:
                assert answer.status_code in {401, 403}, (url, do)
    assert personal.door.asked == []


def test_every_post_refuses_without_a_token(personal: Site) -> None:
    for client in (personal.client(), personal.paired(), personal.signed_in()):
        for rule, url in pages(personal, "POST"):
            for do in EVERY_DO:
                assert client.post(url, data={"do": do, **FIELDS[do]}).status_code == 400, (
                    url,
                    rule.endpoint,
                )
    assert personal.door.asked == []


def test_a_token_of_another_session_is_no_token(personal: Site) -> None:
    stolen = csrf(personal.signed_in(), "/desk")
    answer = personal.signed_in().post("/desk/do", data={"csrf_token": stolen, "do": "staff.pass"})
    assert answer.status_code == 400
    assert personal.door.asked == []


@pytest.mark.parametrize("do", sorted(EVERY_DO))
def test_a_paired_display_may_declare_and_nothing_else(personal: Site, do: str) -> None:
    personal.show(scenes.DISPLAY["ask-either"])
    client = personal.paired()
    token = csrf(client, "/display")
    answer = client.post("/display/do", data={"csrf_token": token, "do": do, **FIELDS[do]})
    assert client.post("/desk/do", data={"csrf_token": token, "do": do, **FIELDS[do]}).status_code == 401
    if do in VISITOR:
        assert answer.status_code == 303
        assert [asked["by"] for asked in personal.door.commands(do)] == [None]
    else:
        assert answer.status_code == 403
        assert personal.door.asked == []


@pytest.mark.parametrize("do", sorted(EVERY_DO))
def test_the_desk_sends_every_command_of_staff_under_their_name(personal: Site, do: str) -> None:
    client = personal.signed_in()
    answer = client.post("/desk/do", data={"csrf_token": csrf(client, "/desk"), "do": do, **FIELDS[do]})
    if do in VISITOR:
        assert answer.status_code == 403
        assert personal.door.asked == []
        return
    assert answer.status_code == 303
    (asked,) = personal.door.asked
    assert asked["by"] == "anna"
    pin = {"name": "supra", "pin": "495817"} if "pin" in FIELDS[do] else None
    assert asked["pin"] == pin


def test_the_camera_is_for_paired_displays_while_a_code_may_be_held_up(personal: Site) -> None:
    url = "/display/aim.jpg?camera=door"
    assert personal.client().get(url).status_code == 403
    assert personal.signed_in().get(url).status_code == 403
    display = personal.paired()
    answer = display.get(url)
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"] == "no-store"
    assert display.get("/display/aim.jpg?camera=../door").status_code == 404
    personal.show(scenes.DISPLAY["welcome"])
    assert display.get(url).status_code == 404


@pytest.mark.parametrize("name", scenes.DISPLAY)
def test_an_unpaired_screen_shows_no_visitor_and_no_form(site: Site, name: str) -> None:
    site.show(scenes.DISPLAY[name])
    for url in ("/display", "/display/live", "/display?step=register&n=2"):
        html = site.client().get(url).text
        assert "CHAN" not in html
        assert "987(6)" not in html
        assert "<form" not in html
        assert "aim.jpg" not in html
        assert scenes.NOT_VACCINATED.message["en"] not in html


def test_an_unpaired_display_stops_seeing_the_moment_it_is_unpaired(personal: Site) -> None:
    display, desk = personal.paired(), personal.signed_in()
    assert "CHAN" in display.get("/display/live").text
    (known,) = personal.parts.pairing.displays
    data = {"csrf_token": csrf(desk, "/desk"), "display": known.id}
    assert desk.post("/desk/unpair", data=data).status_code == 303
    assert "CHAN" not in display.get("/display/live").text
    assert display.get("/display/aim.jpg?camera=door").status_code == 403


def test_every_answer_is_hardened_and_kept_nowhere(personal: Site) -> None:
    client = personal.signed_in()
    for _, url in pages(personal, "GET"):
        answer = client.get(url)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (url, name)
        assert answer.headers["Cache-Control"] == "no-store", url
        answer.close()
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(personal: Site) -> None:
    client = personal.client()
    answers = [
        client.get("/desk/sign-in"),
        client.get(f"/display/pair/{personal.parts.pairing.make_own_token()}"),
        client.get("/display/language/hans"),
        client.get("/language/en/desk"),
    ]
    for answer in answers:
        (cookie,) = answer.headers.getlist("Set-Cookie")
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert "Secure" not in cookie
    over_tls = personal.client().get("/desk/sign-in", base_url="https://kiosk.test")
    assert "Secure" in over_tls.headers["Set-Cookie"]


def sign_in(client: FlaskClient, name: str, password: str) -> int:
    data = {"name": name, "password": password, "csrf_token": csrf(client, "/desk/sign-in")}
    return client.post("/desk/sign-in", data=data).status_code


def test_a_guesser_is_locked_out_and_told_for_how_long(site: Site) -> None:
    client = site.client()
    assert [sign_in(client, "anna", f"guess number {n}") for n in range(6)] == [401, 401, 401, 401, 429, 429]
    assert sign_in(client, "anna", PASSWORD) == 429
    token = csrf(client, "/desk/sign-in")
    answer = client.post("/desk/sign-in", data={"name": "anna", "password": PASSWORD, "csrf_token": token})
    assert "Wait 1 min" in answer.text
    site.now[0] += 30
    assert sign_in(client, "anna", PASSWORD) == 303
    assert client.get("/desk").status_code == 200


def test_an_unknown_name_is_told_the_same_as_a_wrong_password(site: Site) -> None:
    client = site.client()
    said = []
    for name in ("anna", "nobody"):
        data = {"name": name, "password": "wrong", "csrf_token": csrf(client, "/desk/sign-in")}
        answer = client.post("/desk/sign-in", data=data)
        said.append((answer.status_code, answer.text.split("<main", 1)[1].split("<form", 1)[0]))
    assert said[0] == said[1]
