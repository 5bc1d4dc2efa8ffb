"""From an empty folder to a venue that the door accepts, by the pages of `kiosk setup` alone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, sync_playwright

from firmware_bridge import DoorConfig
from kiosk import documents
from kiosk import settings as venues
from kiosk.accounts import Accounts
from kiosk.cli import main
from kiosk.law import load_instruments
from kiosk.ledger import sealing
from kiosk.texts import text
from kiosk.web.setup.app import create_setup
from kiosk.web.setup.draft import Places
from kiosk.web.setup.run import EXTENSION, Setup
from kiosk.web.setup.steps import STEPS
from tests.service.test_door_service import door, until
from tests.web.chromium import ARGUMENTS, CHROMIUM
from tests.web.conftest import PASSWORD, PIN, Server

MAY_DAY = datetime.fromisoformat("2021-05-01T12:00:00+08:00")
#: As it arrives when the whole file is pasted into one line.
KEY = sealing.public_text(sealing.generate().public_key(), date(2021, 4, 29)).replace("\n", " ").strip()

INSTRUMENTS = load_instruments(venues.SHIPPED / "instruments", include_unofficial=True)

#: A restaurant with a Zone D and a mode B area, step by step, as somebody would type it.
NAMES = {
    "name.en": "Lotus Court",
    "name.zh-Hant": "蓮苑酒家",
    "name.zh-Hans": "莲苑酒家",
    "venue": "lotus-court",
    "kiosk": "door-1",
}
TYPED: dict[str, dict[str, str]] = {
    "names": NAMES,
    "kind": {"kind": "catering", "capacity": "100", "setting": "indoor"},
    "law": {"unofficial": ""},
    "zones": {
        "areas": "zones",
        "zones": "2",
        "zone.0.name.en": "Zone D",
        "zone.0.name.zh-Hant": "D 類區域",
        "zone.0.name.zh-Hans": "D 类区域",
        "zone.0.mode": "D",
        "zone.0.capacity": "60",
        "zone.0.id": "D1",
        "zone.1.name.en": "Main hall",
        "zone.1.name.zh-Hant": "大堂",
        "zone.1.name.zh-Hans": "大堂",
        "zone.1.mode": "B",
        "zone.1.capacity": "40",
        "zone.1.id": "main",
    },
    "tables": {
        "zone.0.row.0.count": "5",
        "zone.0.row.0.seats": "8",
        "zone.0.row.1.count": "5",
        "zone.0.row.1.seats": "4",
        "zone.1.row.0.count": "10",
        "zone.1.row.0.seats": "4",
    },
    "hours": {"opens_at": "11:00", "closes_at": "23:30"},
    "door": {
        "door": "gpio",
        "pin.relay_pin": "17",
        "pin.exit_button_pin": "23",
        "way": "staffed",
        "steps.temperature": "yes",
        "steps.mask": "yes",
    },
    "camera": {"camera": "0", "leavehomesafe_id": "gxr8l5A6", "leavehomesafe_type": "IMPORT"},
    "central": {"sealing_key": KEY, "central_url": "https://central.example", "central_token": "t0ken"},
    "manager": {
        "manager_name": "wing",
        "manager_password": PASSWORD,
        "manager_again": PASSWORD,
        "manager_pin": PIN,
    },
}


#: What a machine without pins, camera and network can start.
PLAIN: dict[str, dict[str, str]] = {
    "door": {"door": "none", "way": "staffed", "steps.temperature": "yes"},
    "camera": {"camera": "", "leavehomesafe_id": "gxr8l5A6"},
    "central": {"sealing_key": KEY, "central_url": "", "central_token": ""},
}


def named(field: str, en: str, hant: str, hans: str) -> dict[str, str]:
    return {f"{field}.name.en": en, f"{field}.name.zh-Hant": hant, f"{field}.name.zh-Hans": hans}


#: Karaoke rooms with tables in them, and one table in the lobby.
ROOMS: dict[str, dict[str, str]] = {
    "kind": {"kind": "karaoke", "capacity": "60", "setting": "indoor"},
    "zones": {"areas": "whole"},
    "tables": {
        "whole.rooms": "2",
        **named("whole.room.0", "Jade room", "翡翠房", "翡翠房"),
        "whole.room.0.places": "8",
        **named("whole.room.1", "Pearl room", "明珠房", "明珠房"),
        "whole.room.1.places": "12",
        "whole.row.0.count": "2",
        "whole.row.0.seats": "6",
        "whole.row.0.room": "1",
        **named("whole.row.0", "Booth", "卡座", "卡座"),
        "whole.row.1.count": "1",
        "whole.row.1.seats": "4",
        "whole.row.1.room": "",
        **named("whole.row.1", "Lobby", "大堂", "大堂"),
    },
}


@dataclass
class Site:
    app: Flask
    places: Places
    ended: list[bool] = field(default_factory=list)

    @property
    def made(self) -> Setup:
        made: Setup = self.app.extensions[EXTENSION]
        return made

    def guest(self) -> FlaskClient:
        client = self.app.test_client()
        assert client.get(f"/start/{self.made.token}").status_code == 303
        return client


def make_site(folder: Path, at: datetime = MAY_DAY) -> Site:
    places = Places(folder / "venue.yaml", folder / "data")
    ended: list[bool] = []
    app = create_setup(places, INSTRUMENTS, lambda: at, lambda: ended.append(True))
    return Site(app, places, ended)


@pytest.fixture
def setup_site(tmp_path: Path) -> Site:
    return make_site(tmp_path)


def post(client: FlaskClient, step: str, go: str = "next", **typed: str):
    html = client.get(f"/setup/{step}").get_data(as_text=True)
    token = html.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    return client.post(f"/setup/{step}", data={**typed, "csrf_token": token, "go": go})


def fill(client: FlaskClient, changes: dict[str, dict[str, str]] | None = None) -> None:
    for step, typed in TYPED.items():
        post(client, step, **{**typed, **(changes or {}).get(step, {})})


def told(html: str, name: str) -> str:
    """What is said at a field, or nothing."""
    found = re.search(rf'id="e-{re.escape(name)}">.*?<span>(.*?)</span>', html, re.DOTALL)
    return found[1] if found else ""


# --- who may come in


def test_without_the_link_nothing_is_shown(setup_site: Site) -> None:
    client = setup_site.app.test_client()
    for path in ("/", "/setup/names", "/setup/check", "/language/en/names"):
        assert client.get(path).status_code == 403, path
    assert client.get("/start/guessed").status_code == 403


def test_the_link_works_once_and_in_one_browser(setup_site: Site) -> None:
    first = setup_site.guest()
    assert first.get("/setup/names").status_code == 200
    assert first.get(f"/start/{setup_site.made.token}").status_code == 303
    second = setup_site.app.test_client()
    assert second.get(f"/start/{setup_site.made.token}").status_code == 403
    assert second.get("/setup/names").status_code == 403


def test_a_form_without_its_token_changes_nothing(setup_site: Site) -> None:
    client = setup_site.guest()
    assert client.post("/setup/names", data={"venue": "evil", "go": "next"}).status_code == 400
    assert setup_site.made.draft.get("venue") == ""


# --- what is typed


def test_back_and_forward_keep_what_was_typed_right_or_wrong(setup_site: Site) -> None:
    client = setup_site.guest()
    post(client, "names", **NAMES)
    answer = post(client, "kind", "back", kind="bar", capacity="many")
    assert answer.headers["Location"].endswith("/setup/names")
    html = client.get("/setup/kind").get_data(as_text=True)
    assert 'value="many"' in html
    assert re.search(r'value="bar" checked', html)
    assert 'value="Lotus Court"' in client.get("/setup/names").get_data(as_text=True)


def test_a_password_is_kept_but_never_sent_back(setup_site: Site) -> None:
    client = setup_site.guest()
    post(client, "manager", **TYPED["manager"])
    html = client.get("/setup/manager").get_data(as_text=True)
    assert PASSWORD not in html and PIN not in html
    post(client, "manager", manager_name="wing", manager_password="", manager_again="", manager_pin="")
    assert setup_site.made.draft.typed["manager_password"] == PASSWORD


@pytest.mark.parametrize(
    ("step", "name", "typed", "said"),
    [
        ("names", "name.zh-Hans", "", "wrong.missing"),
        ("names", "venue", "lotus court", "wrong.ident"),
        ("names", "kiosk", "", "wrong.missing"),
        ("kind", "kind", "casino", "wrong.choose"),
        ("kind", "capacity", "", "wrong.missing"),
        ("kind", "capacity", "0", "wrong.greater_than"),
        ("kind", "capacity", "many", "wrong.int_parsing"),
        ("zones", "zone.0.mode", "", "wrong.choose"),
        ("zones", "zone.1.name.en", "", "wrong.missing"),
        ("zones", "zone.1.id", "D 2", "wrong.ident"),
        ("tables", "zone.0.row.0.seats", "", "wrong.missing"),
        ("tables", "zone.0.row.0.seats", "four", "wrong.int_parsing"),
        ("hours", "opens_at", "noon", "wrong.other"),
        ("door", "pin.relay_pin", "", "wrong.missing"),
        ("door", "pin.relay_pin", "40", "wrong.less_than_equal"),
        ("camera", "leavehomesafe_id", "gxr8l5A", "wrong.leavehomesafe_id"),
        ("camera", "leavehomesafe_type", "sports centre", "wrong.leavehomesafe_type"),
        ("central", "sealing_key", "AAAA", "wrong.sealing_key"),
        ("central", "central_url", "ftp://central", "wrong.url"),
        ("manager", "manager_name", "Wing Chan", "wrong.account_name"),
        ("manager", "manager_again", "another one", "wrong.not_same"),
    ],
)
def test_a_wrong_value_is_told_at_its_field_with_the_mend(
    setup_site: Site, step: str, name: str, typed: str, said: str
) -> None:
    client = setup_site.guest()
    fill(client)
    answer = post(client, step, **{**TYPED[step], name: typed})
    assert answer.status_code == 422
    at_field = told(answer.get_data(as_text=True), name)
    if said == "wrong.other":
        assert at_field
    else:
        assert at_field == text(f"setup.{said}", "en")
    # The last page leads there too, and does not write.
    check = client.get("/setup/check").get_data(as_text=True)
    assert f'value="step.{step}"' in check and 'value="write"' not in check


@pytest.mark.parametrize(
    ("step", "name", "typed", "word"),
    [
        ("zones", "zone.1.id", "D1", "two zones"),
        ("zones", "zone.1.capacity", "41", "more than the premises (100)"),
        ("tables", "zone.0.row.0.count", "900", "at most 200"),
        ("door", "pin.exit_button_pin", "17", "already"),
        ("central", "central_url", "http://central.example", "https"),
        ("manager", "manager_password", "password", "too short"),
        ("manager", "manager_pin", "123456", "row"),
    ],
)
def test_what_only_the_whole_shows_is_told_at_a_field_too(
    setup_site: Site, step: str, name: str, typed: str, word: str
) -> None:
    client = setup_site.guest()
    fill(client)
    html = post(client, step, **{**TYPED[step], name: typed}).get_data(as_text=True)
    said = " ".join(re.findall(r'class="fault".*?<span>(.*?)</span>', html, re.DOTALL))
    assert word in said


@pytest.mark.parametrize("field", ["whole.room.1", "whole.row.0"])
def test_a_room_or_table_is_named_in_all_languages(setup_site: Site, field: str) -> None:
    client = setup_site.guest()
    fill(client, ROOMS)
    answer = post(client, "tables", **{**ROOMS["tables"], f"{field}.name.zh-Hans": ""})
    assert answer.status_code == 422
    html = answer.get_data(as_text=True)
    assert told(html, f"{field}.name.zh-Hans") == text("setup.wrong.missing", "en")
    assert told(html, f"{field}.name.en") == ""


def test_names_of_tables_may_be_left_out_altogether(setup_site: Site) -> None:
    client = setup_site.guest()
    fill(client, ROOMS)
    without = {key: "" if ".row.0.name." in key else value for key, value in ROOMS["tables"].items()}
    assert post(client, "tables", **without).status_code == 303
    post(client, "check", "write")
    tables = venues.load(setup_site.places.file).premises.tables
    assert [table.name for table in tables[:2]] == [None, None]


@pytest.mark.parametrize("code", ["zh-Hant", "zh-Hans"])
def test_steps_and_faults_are_said_in_the_readers_language(setup_site: Site, code: str) -> None:
    client = setup_site.guest()
    client.get(f"/language/{code}/names")
    html = post(client, "names").get_data(as_text=True)
    assert text("setup.names.title", code) in html
    assert told(html, "venue") == text("setup.wrong.missing", code)


def test_kinds_come_from_the_instruments_in_the_readers_language(setup_site: Site) -> None:
    client = setup_site.guest()
    html = client.get("/setup/kind").get_data(as_text=True)
    kinds = {kind for one in setup_site.made.instruments for kind in one.kinds}
    assert kinds == set(re.findall(r'name="kind" value="(\w+)"', html))
    assert "Mahjong-tin kau premises" in html


def test_a_kind_without_modes_is_not_asked_for_zones(setup_site: Site) -> None:
    client = setup_site.guest()
    fill(client)
    post(client, "kind", kind="bar", capacity="51", setting="indoor")
    answer = post(client, "law")
    assert answer.headers["Location"].endswith("/setup/tables")
    assert "25 customers" in client.get("/setup/check").get_data(as_text=True)


def test_a_kind_whose_limits_come_from_elsewhere_is_asked_for_them(setup_site: Site) -> None:
    client = setup_site.guest()
    fill(client)
    post(client, "kind", kind="other_scheduled", capacity="50", setting="indoor")
    limits = {
        "limits.capacity_percent": "30",
        "limits.table": "4",
        "limits.from": "06:00",
        "limits.until": "22:00",
    }
    assert post(client, "hours", **limits).status_code == 303
    assert "15 customers" in client.get("/setup/check").get_data(as_text=True)


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("catering", []),
        ("tour", ["qualifies"]),
        ("wedding", ["food_or_drink"]),
        ("meeting", ["food_or_drink", "qualifies"]),
        ("specified_public_place", ["country_park"]),
    ],
)
def test_what_the_law_asks_of_a_kind_is_asked_and_has_no_answer_of_its_own(
    setup_site: Site, kind: str, asked: list[str]
) -> None:
    client = setup_site.guest()
    fill(client, {"kind": {**TYPED["kind"], "kind": kind}})
    answer = post(client, "law")
    assert answer.status_code == (422 if asked else 303)
    html = client.get("/setup/law").get_data(as_text=True)
    facts = ["food_or_drink", "qualifies", "country_park"]
    assert [fact for fact in facts if f'name="{fact}"' in html] == asked
    assert [fact for fact in facts if told(html, fact) == text("setup.wrong.choose", "en")] == asked


def test_a_wedding_with_food_is_bound_by_the_four_of_item_8(setup_site: Site) -> None:
    client = setup_site.guest()
    fill(client, {"kind": {"kind": "wedding", "capacity": "120"}, "law": {"food_or_drink": "no"}})
    assert "50 customers" in client.get("/setup/check").get_data(as_text=True)
    post(client, "law", food_or_drink="yes")
    assert "4 customers" in client.get("/setup/check").get_data(as_text=True)
    assert post(client, "check", "write").status_code == 200
    assert venues.load(setup_site.places.file).premises.food_or_drink is True


def test_directions_of_the_press_count_only_when_that_is_ticked_beside_the_warning(tmp_path: Path) -> None:
    site = make_site(tmp_path, datetime.fromisoformat("2021-06-25T12:00:00+08:00"))
    client = site.guest()
    fill(client)
    html = client.get("/setup/law").get_data(as_text=True)
    assert "Known from press reports, not the gazetted text" in html
    assert re.search(r'type="checkbox" name="unofficial" value="yes">', html)
    assert "the door would admit nobody" in client.get("/setup/check").get_data(as_text=True)
    post(client, "law", unofficial="yes")
    assert re.search(
        r'name="unofficial" value="yes" checked', client.get("/setup/law").get_data(as_text=True)
    )
    shown = client.get("/setup/check").get_data(as_text=True)
    assert "admit nobody" not in shown and "not the gazetted text" in shown
    # What a browser sends when the tick is taken away again is the hidden field alone.
    post(client, "law", unofficial="")
    assert "the door would admit nobody" in client.get("/setup/check").get_data(as_text=True)


def test_an_unattended_door_with_steps_is_told_that_it_lets_nobody_in_by_itself(setup_site: Site) -> None:
    html = setup_site.guest().get("/setup/door").get_data(as_text=True)
    assert text("setup.door.steps_unattended", "en") in html
    for step in ("temperature", "mask", "hand_sanitiser"):
        assert text(f"gate.step.{step}", "en") in html


# --- what is written


def test_the_check_shows_the_laws_limits_with_their_paragraphs(setup_site: Site) -> None:
    client = setup_site.guest()
    fill(client)
    html = re.sub(r"\s+", " ", client.get("/setup/check").get_data(as_text=True))
    assert '45 customers <span class="para">1(d)</span>' in html
    assert '20 customers <span class="para">1(b)</span>' in html
    assert not setup_site.places.file.exists()


def test_without_directions_in_force_the_check_says_so(tmp_path: Path) -> None:
    client = make_site(tmp_path, datetime.fromisoformat("2026-11-22T12:00:00+08:00")).guest()
    fill(client)
    html = client.get("/setup/check").get_data(as_text=True)
    assert "the door would admit nobody" in html and "12/05/2021" in html


def test_what_is_written_is_what_was_typed(setup_site: Site) -> None:
    client = setup_site.guest()
    fill(client)
    assert post(client, "check", "write").status_code == 200
    assert setup_site.ended == [True]
    settings = venues.load(setup_site.places.file, door=DoorConfig)
    assert (settings.venue, settings.kiosk, settings.production) == ("lotus-court", "door-1", True)
    assert settings.name["zh-Hant"] == "蓮苑酒家"
    zones = settings.premises.zones
    assert [(zone.id, zone.mode, zone.capacity, len(zone.tables)) for zone in zones] == [
        ("D1", "D", 60, 10),
        ("main", "B", 40, 10),
    ]
    assert str(settings.premises.closes_at) == "23:30:00"
    assert settings.door.gpio.exit_button_pin == 23
    assert settings.admission.steps == ("temperature", "mask")
    assert settings.include_unofficial is False
    assert settings.leavehomesafe_type == "IMPORT"
    assert sealing.load_public_key(settings.sealing_key_file)
    assert settings.central and settings.central.token_file.read_text(encoding="utf-8") == "t0ken\n"
    assert settings.central.token_file.stat().st_mode & 0o077 == 0
    accounts = Accounts(settings.data / "accounts.json")
    account = accounts.check_password("wing", PASSWORD)
    assert account and account.role == "manager"
    assert accounts.check_pin("wing", PIN)


def test_rooms_and_tables_keep_their_names_and_where_they_stand(setup_site: Site) -> None:
    client = setup_site.guest()
    fill(client, ROOMS)
    assert post(client, "check", "write").status_code == 200
    premises = venues.load(setup_site.places.file).premises
    assert [(room.id, room.name["zh-Hant"], room.places) for room in premises.rooms] == [
        ("R1", "翡翠房", 8),
        ("R2", "明珠房", 12),
    ]
    assert [(table.id, table.room, (table.name or {})["en"], table.seats) for table in premises.tables] == [
        ("T1", "R2", "Booth 1", 6),
        ("T2", "R2", "Booth 2", 6),
        ("T3", None, "Lobby", 4),
    ]


def test_a_room_that_is_taken_away_leaves_its_tables(setup_site: Site) -> None:
    client = setup_site.guest()
    fill(client, ROOMS)
    post(client, "tables", "remove_room.whole", **ROOMS["tables"])
    assert post(client, "check", "write").status_code == 200
    premises = venues.load(setup_site.places.file).premises
    assert [room.id for room in premises.rooms] == ["R1"]
    assert [table.room for table in premises.tables] == [None, None, None]


def test_id_type_and_directions_are_written_with_what_is_known_of_them(setup_site: Site) -> None:
    client = setup_site.guest()
    fill(
        client,
        {
            "law": {"unofficial": "yes"},
            "camera": {"leavehomesafe_id": "gxr8l5A6", "leavehomesafe_type": "SPORTSCULTURALRECREATIONAL"},
        },
    )
    post(client, "check", "write")
    settings = venues.load(setup_site.places.file)
    assert settings.leavehomesafe_type == "SPORTSCULTURALRECREATIONAL"
    assert settings.include_unofficial is True
    written = setup_site.places.file.read_text(encoding="utf-8")
    for words in ("not the gazetted text", "Where you have the Government's own poster, hang that one"):
        assert words in written


def test_the_file_explains_itself_and_holds_no_secret(setup_site: Site) -> None:
    client = setup_site.guest()
    fill(client)
    post(client, "check", "write")
    written = setup_site.places.file.read_text(encoding="utf-8")
    assert written.startswith("# The venue of this kiosk") and written.count("\n# ") >= 8
    assert "蓮苑酒家" in written
    assert PASSWORD not in written and "t0ken" not in written and PIN not in written
    assert documents.load(setup_site.places.file).data["premises"]["opens_at"] == "11:00"


@pytest.mark.parametrize(
    ("socket", "said"),
    [
        (None, ".venv/bin/kiosk run --config"),
        (Path("/run/kiosk/door.sock"), "sudo systemctl restart kiosk-door kiosk-web"),
    ],
    ids=["desk", "installed"],
)
def test_the_last_page_says_how_to_go_on(tmp_path: Path, socket: Path | None, said: str) -> None:
    site = make_site(tmp_path)
    site.made.places = Places(site.places.file, site.places.data, socket)
    client = site.guest()
    fill(client)
    assert said in post(client, "check", "write").get_data(as_text=True)


def test_a_file_that_is_there_is_replaced_only_when_that_is_said(setup_site: Site) -> None:
    setup_site.places.file.write_text("mine: true\n", encoding="utf-8")
    client = setup_site.guest()
    fill(client)
    assert post(client, "check", "write").status_code == 409
    assert setup_site.places.file.read_text(encoding="utf-8") == "mine: true\n"
    assert not setup_site.ended
    assert post(client, "check", "write", replace="yes").status_code == 200
    assert venues.load(setup_site.places.file).venue == "lotus-court"
    old = setup_site.places.file.with_name("venue.yaml.old")
    assert old.read_text(encoding="utf-8") == "mine: true\n"


def test_names_with_yaml_in_them_stay_names(setup_site: Site) -> None:
    client = setup_site.guest()
    name = "Café: 'No. 1' # {best}"
    fill(client, {"names": {**NAMES, "name.en": name}})
    post(client, "check", "write")
    assert venues.load(setup_site.places.file).name["en"] == name


@pytest.mark.parametrize("verb", [["web"], ["door"], ["account", "mei", "--role", "staff"]])
def test_without_a_venue_file_each_verb_says_how_to_make_one(
    tmp_path: Path, verb: list[str], monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    file = tmp_path / "venue.yaml"
    assert main([*verb, "--config", str(file)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and f"kiosk setup --config {file}" in said
    # The file that everything of a venue uses may be named once for all of them.
    monkeypatch.setenv("KIOSK_CONFIG", str(file))
    assert main(verb) == 2
    assert capsys.readouterr().err == said


# --- in a real browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


def enter(page: Page, step: str, typed: dict[str, str]) -> None:
    """Type as a person would: only what is seen can be filled in."""
    for name, value in typed.items():
        found = page.locator(f'[name="{name}"]:not([type=hidden])')
        if not found.count():
            continue
        kind = found.first.evaluate("one => one.type")
        if kind == "checkbox":
            found.last.set_checked(value == "yes")
        elif kind == "radio":
            page.locator(f'[name="{name}"][value="{value}"]').check()
        elif kind == "select-one":
            found.select_option(value)
        else:
            found.fill(value)
    assert page.url.endswith(f"/setup/{step}")
    page.click("button.primary")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's chromium is not installed")
def test_the_whole_way_in_chromium_ends_in_a_venue_that_the_doors_model_accepts(
    chromium, tmp_path: Path, javascript: bool
) -> None:
    site = make_site(tmp_path)
    server = Server(site.app, threads=4)
    context = chromium.new_context(java_script_enabled=javascript, viewport={"width": 1024, "height": 600})
    page = context.new_page()
    page.goto(f"{server.url}/start/{site.made.token}")
    for step, typed in TYPED.items():
        enter(page, step, typed)
    page.click("button[value=write]")
    page.locator("text=kiosk doctor").wait_for()
    written = venues.load(site.places.file, door=DoorConfig)
    assert written.premises.zones[0].mode == "D"
    assert written.admission.steps == ("temperature", "mask")
    context.close()
    server.stop()


SIZES = {"kiosk": (1024, 600), "phone": (360, 740)}
#: Everything that is pressed must be at least this large; links within sentences may be smaller.
SMALL = """() => [...document.querySelectorAll('button, input:not([type=hidden]), select, a, summary')]
  .filter(one => !one.closest('.first, .skip') && one.offsetParent && !one.matches('.first'))
  .map(one => one.closest('label.choice-of') || one)
  .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.height < 43.9 || box.width < 43.9)).map(([html]) => html)"""


@pytest.mark.parametrize(("size", "code"), [("kiosk", "en"), ("phone", "zh-Hant")])
@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's chromium is not installed")
def test_every_step_is_usable_at_every_size_and_by_everybody(
    chromium, tmp_path: Path, size: str, code: str
) -> None:
    site = make_site(tmp_path)
    server = Server(site.app, threads=4)
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(f"{server.url}/start/{site.made.token}")
    page.goto(f"{server.url}/language/{code}/names")
    pictures = os.environ.get("KIOSK_SETUP_SHOTS")
    for step in STEPS:
        page.goto(f"{server.url}/setup/{step}")
        if step == "names":
            page.click("button.primary")  # with nothing typed: the page with its faults
            look(page, f"{step}-wrong-{size}-{code}", pictures)
        elif step == "zones":
            page.locator('[name="areas"][value="zones"]').check()
        elif step == "door":
            page.locator('[name="door"][value="gpio"]').check()
        elif step == "tables":
            page.click('button[value="add_room.zone.0"]')
            page.locator("summary").first.click()
        look(page, f"{step}-{size}-{code}", pictures)
        if step == "tables":
            page.click('button[value="remove_room.zone.0"]')
        if step in TYPED:
            enter(page, step, TYPED[step])
    page.goto(f"{server.url}/setup/check")
    page.locator("summary").click()
    look(page, f"check-plan-{size}-{code}", pictures)
    page.click("button[value=write]")
    look(page, f"done-{size}-{code}", pictures)
    context.close()
    server.stop()


def look(page: Page, name: str, pictures: str | None) -> None:
    if pictures:
        page.screenshot(path=Path(pictures) / f"{name}.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    assert not page.evaluate(SMALL), name
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
        f"{name} is wider than the screen"
    )


# --- as a program


def test_the_program_ends_when_all_is_written_and_the_door_starts_from_it(tmp_path: Path) -> None:
    import urllib.request
    from http.cookiejar import CookieJar
    from urllib.parse import urlencode

    file = tmp_path / "venue.yaml"
    command = [
        sys.executable,
        "-m",
        "kiosk.cli",
        "setup",
        "--config",
        str(file),
        "--port",
        "0",
        "--at",
        MAY_DAY.isoformat(),
    ]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    timer = threading.Timer(60, program.kill)
    timer.start()
    try:
        assert program.stdout
        program.stdout.readline()
        link = program.stdout.readline().strip()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        html = opener.open(link, timeout=20).read().decode()
        base = link.split("/start/", 1)[0]
        for step, typed in {**TYPED, **PLAIN, "check": {}}.items():
            token = html.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
            data = {**typed, "csrf_token": token, "go": "write" if step == "check" else "next"}
            html = opener.open(f"{base}/setup/{step}", urlencode(data).encode(), timeout=20).read().decode()
        assert program.wait(30) == 0
        assert "wrote" in program.stdout.read()
    finally:
        timer.cancel()
        if program.poll() is None:
            program.send_signal(signal.SIGKILL)
            program.wait()
    with door(file) as (_, client):
        shown = until(client, lambda _: True)
    assert [zone.id for zone in shown.zones] == ["D1", "main"]
    assert shown.steps == ("temperature",)
    assert not shown.demo
