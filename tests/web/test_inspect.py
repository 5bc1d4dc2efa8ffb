"""Inspectors before a real door: how they get in, what they read, what stays shut to them, and how it ends."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect, sync_playwright

from firmware_bridge import DoorConfig
from kiosk import settings
from kiosk.accounts import FREE_TRIES, Accounts
from kiosk.demo.authority import Authority
from kiosk.gate.commands import (
    ClockConfirm,
    InspectionEnd,
    InspectorEnter,
    SignInResetDo,
    StaffImport,
    StaffInspect,
)
from kiosk.gate.protocol import DoorClient, NewSecrets, Pin
from kiosk.gate.server import DoorServer
from kiosk.ledger.entries import InspectorSignedIn, InspectorSignedOut, SignInReset
from kiosk.proofs import inspector_badge, inspector_files, inspector_list
from kiosk.proofs.holdings import Places
from kiosk.proofs.inspector_badge import InspectorBadge
from kiosk.proofs.signed_code import Envelope
from kiosk.scanning.messages import Reading
from kiosk.service import DoorService, Shift
from kiosk.staff.register import Told, ToldSample
from kiosk.store import StoreReader
from kiosk.texts import LANGUAGES
from kiosk.web import create_app, inspect_checkpoint, inspecting
from kiosk.web.context import EXTENSION, Web
from kiosk.web.invitations import INVITED_S, Invitations
from kiosk.web.tls import Tls
from tests.proofs.trust_lists import OWN_SIGNER, public, source_file
from tests.staff.house import AT, PASSWORD, PIN, found, running, until
from tests.web.chromium import ARGUMENTS, CHROMIUM
from tests.web.conftest import Server, csrf, wait_for
from tests.web.looking import faults, resized, violations, watched
from tests.web.test_guard import FIELDS, FILL

PEOPLE = (
    Told(name="陳大文", role="樓面經理", doses=(date(2021, 3, 1), date(2021, 3, 29))),
    Told(name="Wong Siu Ming", unfit=True, samples=(ToldSample(date=date(2021, 4, 20)),)),
)
FINGERPRINT = "ab" * 32


@dataclass
class House:
    app: Flask
    door: DoorClient
    file: Path

    @property
    def parts(self) -> Web:
        parts: Web = self.app.extensions[EXTENSION]
        return parts

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def signed_in(self, name: str = "mei") -> FlaskClient:
        client = self.client()
        data = {"name": name, "password": PASSWORD, "csrf_token": csrf(client, "/desk/sign-in")}
        assert client.post("/desk/sign-in", data=data).status_code == 303
        return client

    def paired(self) -> FlaskClient:
        client = self.client()
        assert client.get(f"/display/pair/{self.parts.pairing.make_own_token()}").status_code == 303
        return client

    def invite(self, department: str = "FEHD", name: str = "Ms Lee") -> tuple[str, str]:
        """The code and the token of a new invitation."""
        answer = post(
            self.signed_in(),
            "/office/inspections/open",
            "/office/inspections",
            department=department,
            name=name,
        )
        assert answer.status_code == 303
        one = self.parts.invitations.open[-1]
        return one.code, one.token

    def inspector(self) -> FlaskClient:
        code, _ = self.invite()
        client = self.client()
        assert post(client, "/inspect/sign-in", code=code).status_code == 303
        return client

    def entries(self, *kinds: type) -> list[object]:
        with StoreReader(settings.load(self.file).data / "log.sqlite") as reader:
            return [one.entry for one in reader.read() if isinstance(one.entry, kinds)]


def post(client: FlaskClient, path: str, page: str | None = None, **data: str):
    return client.post(path, data={"csrf_token": csrf(client, page or path), **data})


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    file = found(tmp_path)
    with running(file) as door:
        venue = settings.load(file)
        app = create_app(
            venue, door, Accounts(venue.data / "accounts.json"), tls=Tls(FINGERPRINT, 8443, "kiosk.test")
        )
        wait_for(lambda: app.extensions[EXTENSION].feed.view.snapshot)
        yield House(app, door, file)
        app.extensions[EXTENSION].feed.stop()


# without a badge


def test_a_code_of_the_manager_lets_an_inspector_read_and_the_log_names_department_and_manager(
    house: House,
) -> None:
    code, _ = house.invite("FEHD", "Ms Lee")
    client = house.client()
    answer = post(client, "/inspect/sign-in", code=f"{code[:4]} {code[4:]}")
    assert (answer.status_code, answer.location) == (303, "/inspect")
    page = client.get("/inspect")
    assert page.status_code == 200
    assert "mei let you in for FEHD" in page.text
    (entry,) = house.entries(InspectorSignedIn)
    assert (entry.how, entry.department, entry.by, entry.number) == ("manager", "FEHD", "mei", None)
    assert "Lee" not in entry.model_dump_json()
    assert "Lee" not in page.text


def test_the_page_says_what_the_door_does_now(house: House) -> None:
    house.door.command(StaffImport(members=PEOPLE), by="mei")
    page = house.inspector().get("/inspect").text
    law = settings.load(house.file).instruments / "2021-04-29.yaml"
    assert law.exists()
    digest = until(house.door, lambda snapshot: snapshot.instrument_digest).instrument_digest
    for said in (
        "0 inside of 12 allowed",
        "0 inside of 6 allowed",
        "Mode D",
        "Not met: nobody is admitted",
        "Wong Siu Ming",
        digest,
        "In force from 2021-04-29 to 2021-05-12",
        "Nobody was let in against the decision today",
        "No alarm that nobody has looked at",
        "No central servers",
    ):
        assert said in page, said
    assert re.search(r"<strong>\d+ entries</strong>", page)


def test_a_code_is_good_once(house: House) -> None:
    code, _ = house.invite()
    first, second = house.client(), house.client()
    assert post(first, "/inspect/sign-in", code=code).status_code == 303
    answer = post(second, "/inspect/sign-in", code=code)
    assert answer.status_code == 401
    assert "used up" in answer.text
    assert second.get("/inspect").location == "/inspect/sign-in"


def test_a_link_asks_first_and_is_good_once(house: House) -> None:
    _, token = house.invite()
    client = house.client()
    for _ in range(2):  # what looks at links before people do uses nothing up
        assert client.get(f"/inspect/with/{token}").status_code == 200
    assert post(client, f"/inspect/with/{token}").status_code == 303
    assert client.get("/inspect").status_code == 200
    other = house.client()
    assert other.get(f"/inspect/with/{token}").location == "/inspect/sign-in"
    data = {"csrf_token": csrf(other, "/inspect/sign-in")}
    assert other.post(f"/inspect/with/{token}", data=data).status_code == 401
    assert len(house.entries(InspectorSignedIn)) == 1


def test_the_manager_sees_link_code_and_fingerprint(house: House) -> None:
    code, token = house.invite()
    page = house.signed_in().get("/office/inspections").text
    assert f"https://kiosk.test:8443/inspect/with/{token}" in page
    assert f"{code[:4]} {code[4:]}" in page
    assert "<svg" in page
    assert page.count("<code>abab</code>") == 16
    assert "Ms Lee" in page


def test_an_invitation_is_withdrawn(house: House) -> None:
    code, token = house.invite()
    manager = house.signed_in()
    one = house.parts.invitations.open[0]
    assert (
        post(manager, "/office/inspections/withdraw", "/office/inspections", invitation=one.id).status_code
        == 303
    )
    assert post(house.client(), "/inspect/sign-in", code=code).status_code == 401
    assert house.client().get(f"/inspect/with/{token}").location == "/inspect/sign-in"
    assert house.entries(InspectorSignedIn) == []


def test_a_manager_who_hands_the_device_over_is_signed_out_on_it(house: House) -> None:
    house.invite()
    manager = house.signed_in()
    one = house.parts.invitations.open[0]
    answer = post(manager, "/office/inspections/here", "/office/inspections", invitation=one.id)
    assert answer.location == "/inspect"
    assert manager.get("/inspect").status_code == 200
    assert manager.get("/office").location == "/desk/sign-in"
    assert manager.get("/desk").location == "/desk/sign-in"


def test_who_guesses_codes_has_to_wait(house: House) -> None:
    code, _ = house.invite()
    client = house.client()
    said = [post(client, "/inspect/sign-in", code=f"{n:08d}").status_code for n in range(FREE_TRIES + 1)]
    assert said == [401] * (FREE_TRIES - 1) + [429, 429]
    assert post(client, "/inspect/sign-in", code=code).status_code == 429
    assert house.entries(InspectorSignedIn) == []


def test_an_invitation_ends_by_itself() -> None:
    now = [0.0]
    invitations = Invitations(lambda: now[0])
    one = invitations.invite(department="FEHD", name="", by="mei")
    now[0] = INVITED_S - 1
    assert invitations.knows(one.token)
    now[0] = INVITED_S
    assert not invitations.knows(one.token)
    assert invitations.by_code(one.code, "a") is None
    assert invitations.by_token(one.token) is None


def test_only_managers_open_and_end_inspections(house: House) -> None:
    inspector = house.inspector()
    session = house.parts.feed.view.snapshot.inspections[0].session
    for name in ("anna", "supra"):
        client = house.signed_in(name)
        assert client.get("/office/inspections").status_code == 403
        data = {"csrf_token": csrf(client, "/desk"), "department": "X", "session": str(session)}
        for path in ("open", "end", "withdraw", "here"):
            assert client.post(f"/office/inspections/{path}", data=data).status_code == 403
        answer = house.door.command(InspectionEnd(session=session), by=name)
        assert answer.error == "manager_needed"
    assert inspector.get("/inspect").status_code == 200


# how it ends


def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(house: House) -> None:
    client = house.inspector()
    cookie = client.get_cookie("kiosk")
    assert cookie is not None
    copy = house.client()
    copy.set_cookie("kiosk", cookie.value)
    assert copy.get("/inspect").status_code == 200
    assert post(client, "/inspect/leave", "/inspect").location == "/inspect/sign-in"
    wait_for(lambda: not house.parts.feed.view.snapshot.inspections)
    assert copy.get("/inspect").location == "/inspect/sign-in"
    assert [entry.why for entry in house.entries(InspectorSignedOut)] == ["left"]


def test_the_manager_ends_a_session_at_once(house: House) -> None:
    client, manager = house.inspector(), house.signed_in()
    session = house.parts.feed.view.snapshot.inspections[0].session
    assert "Ms Lee" in manager.get("/office/inspections").text
    post(manager, "/office/inspections/end", "/office/inspections", session=str(session))
    wait_for(lambda: not house.parts.feed.view.snapshot.inspections)
    assert client.get("/inspect").location == "/inspect/sign-in"
    assert client.get("/inspect", headers={"X-Live": "1"}).status_code == 401
    (entry,) = house.entries(InspectorSignedOut)
    assert (entry.why, entry.by, entry.session) == ("manager", "mei", session)


def test_the_kiosks_own_screen_goes_back_to_the_visitors_when_it_is_left_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _ = house.invite()
    display = house.paired()
    assert "/display/inspector" in display.get("/display").text
    assert post(display, "/display/inspector", code=code).status_code == 303
    assert display.get("/inspect").status_code == 200
    monkeypatch.setattr(inspecting, "SCREEN_IDLE_S", -1)
    assert display.get("/inspect", headers={"X-Live": "1"}).status_code == 401
    assert display.get("/inspect").location == "/display"
    wait_for(lambda: not house.parts.feed.view.snapshot.inspections)
    assert [entry.why for entry in house.entries(InspectorSignedOut)] == ["idle"]
    assert "/display/inspector" not in display.get("/display").text


def test_a_page_never_bears_a_newer_name_than_what_it_shows(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, feed, newest = house.inspector(), house.parts.feed, inspect_checkpoint.newest

    def newest_and_then_something_changes(data: Path) -> object:
        found = newest(data)
        feed.nudge()
        return found

    monkeypatch.setattr(inspect_checkpoint, "newest", newest_and_then_something_changes)
    page = client.get("/inspect").text
    # Else the browser, told of the newer one, would believe that it shows it already.
    assert f'data-version="{feed.view.version}"' not in page
    assert 'data-version="' in page


def test_the_kiosks_own_screen_goes_to_the_visitors_even_when_its_page_is_asked_for_after_the_leaving(
    house: House,
) -> None:
    code, _ = house.invite()
    display = house.paired()
    assert post(display, "/display/inspector", code=code).status_code == 303
    assert post(display, "/inspect/leave", "/inspect").location == "/display"
    # The script, told that something changed, asks for the page that it stands on.
    assert display.get("/inspect").location == "/display"


def test_an_own_device_is_not_ended_by_being_looked_at_only(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = house.inspector()
    monkeypatch.setattr(inspecting, "SCREEN_IDLE_S", -1)
    assert client.get("/inspect").status_code == 200


def test_without_the_door_nothing_is_shown_and_nobody_is_signed_out(tmp_path: Path) -> None:
    file = found(tmp_path)
    venue = settings.load(file)
    with running(file) as door:
        app = create_app(venue, door, Accounts(venue.data / "accounts.json"))
        wait_for(lambda: app.extensions[EXTENSION].feed.view.snapshot)
        client = House(app, door, file).inspector()
    parts = app.extensions[EXTENSION]
    parts.feed._publish(None)
    answer = client.get("/inspect")
    assert answer.status_code == 503
    assert "FEHD" not in answer.text
    assert client.get("/inspect", headers={"X-Live": "1"}).status_code == 503
    parts.feed.stop()


# what stays shut


def test_an_inspector_is_refused_everything_else(house: House) -> None:
    client = house.inspector()
    adapter = house.app.url_map.bind("kiosk.test")
    open_to_all = {"static", "_start", "_language", "signin.form", "display.page", "display.fragment"}
    open_to_all |= {
        "display.changes",
        "display.language",
        "display.pair",
        "display.pair_own",
        "notices.sheet",
    }
    token = csrf(client, "/inspect")
    before = house.entries(object)
    for rule in house.app.url_map.iter_rules():
        if rule.endpoint.startswith(("inspect.", "inspect_in.")) or rule.endpoint in open_to_all:
            continue
        for method in {"GET", "POST"} & (rule.methods or set()):
            url = adapter.build(rule.endpoint, {name: FILL[name] for name in rule.arguments}, method)
            if method == "GET":
                assert client.get(url).status_code in {303, 401, 403}, url
                continue
            if rule.endpoint in {"signin.enter", "signin.leave"}:
                continue
            for do in FIELDS:
                data = {"csrf_token": token, "do": do, **FIELDS[do], "department": "X", "session": "0"}
                assert client.post(url, data=data).status_code in {401, 403}, (url, do)
    assert client.get("/display/inspector").status_code == 403
    assert client.get("/desk/inspector").status_code == 303
    assert house.entries(object) == before
    assert client.get("/inspect").status_code == 200


def test_nobody_reads_the_inspectors_pages_without_a_session(house: House) -> None:
    gone, over = house.inspector(), house.client()
    token = csrf(gone, "/inspect")
    cookie = gone.get_cookie("kiosk")
    assert cookie is not None
    over.set_cookie("kiosk", cookie.value)
    post(gone, "/inspect/leave", "/inspect")
    wait_for(lambda: not house.parts.feed.view.snapshot.inspections)
    strangers = [house.client(), house.signed_in("anna"), house.signed_in("mei"), house.paired(), over]
    tokens = [
        csrf(client, page)
        for client, page in zip(
            strangers, ("/inspect/sign-in", "/desk", "/desk", "/display/inspector", None), strict=True
        )
        if page
    ]
    adapter = house.app.url_map.bind("kiosk.test")
    before = house.entries(object)
    walked = 0
    for rule in house.app.url_map.iter_rules():
        if not rule.endpoint.startswith("inspect."):
            continue
        walked += 1
        for method in {"GET", "POST"} & (rule.methods or set()):
            url = adapter.build(rule.endpoint, {name: FILL[name] for name in rule.arguments}, method)
            for client, own in zip(strangers, [*tokens, token], strict=True):
                if method == "POST":
                    assert client.post(url, data={"csrf_token": own}).status_code == 401, url
                    continue
                answer = client.get(url, headers={"X-Live": "1"})
                assert answer.status_code == 401, url
                if rule.endpoint not in {"inspect.changes", "inspect.top"}:
                    assert client.get(url).location in {"/inspect/sign-in", "/display"}, url
    assert walked >= len(("page", "top", "stream", "note", "leave", "day", "days", "download", "device"))
    assert house.entries(object) == before
    assert house.door.command(StaffInspect(session=3), by=None).error == "no_such_inspection"


def test_what_inspectors_send_needs_a_token(house: House) -> None:
    client, display = house.inspector(), house.paired()
    assert client.post("/inspect/leave").status_code == 400
    assert display.post("/display/inspector", data={"code": "1"}).status_code == 400
    assert house.client().post("/inspect/sign-in", data={"code": "1"}).status_code == 400
    assert client.get("/inspect").status_code == 200


# with a badge

NUMBER, BADGE_PIN = "FEHD-0417", "730155"


@dataclass
class BadgeHouse(House):
    service: DoorService
    badge: str

    def shows_badge(self) -> None:
        """The camera reads the badge."""
        self.service._scanned(Reading(name="door", text=self.badge, at=datetime.now(UTC), mono=0.0))

    def offered(self) -> FlaskClient:
        """The kiosk's own screen, once the badge is offered a sign-in there."""
        self.shows_badge()
        wait_for(lambda: self.parts.feed.view.snapshot.badge)
        return self.paired()


def signed_list(*, days: float = 1.0, number: str = NUMBER) -> bytes:
    issued = datetime.now(UTC) - timedelta(days=days)
    return inspector_list.write(
        {number: inspector_list.verifier(BADGE_PIN)}, issued_at=issued, key=OWN_SIGNER
    )


@pytest.fixture
def badge_house(tmp_path: Path) -> Iterator[BadgeHouse]:
    signers = [{"key": public(OWN_SIGNER), "source": "the test"}]
    source_file(tmp_path / "sources", "ours", form="kiosk-list", signers=signers)
    file = found(tmp_path, trust_sources=["sources"])
    venue = settings.load(file, door=DoorConfig)
    inspector_files.save(Places.of(venue), signed_list(), now=datetime.now(UTC))
    service = DoorService(venue, Shift(AT))
    server = DoorServer(service.socket_path, service._desk)
    server.start()
    loop = threading.Thread(target=service._loop.run)
    loop.start()
    door = DoorClient(service.socket_path)
    until(door, lambda snapshot: not snapshot.stops)
    app = create_app(venue, door, Accounts(venue.data / "accounts.json"))
    wait_for(lambda: app.extensions[EXTENSION].feed.view.snapshot)
    issued = int(AT.timestamp()) - 3600
    envelope = Envelope(issuer="authority", issued=issued, expires=issued + 40_000, code_id=bytes(16))
    said = InspectorBadge(number=NUMBER, name="WONG Siu Ming", department="FEHD")
    badge = inspector_badge.encode(envelope, said, Authority.open(tmp_path / "authority").codes_key)
    yield BadgeHouse(app, door, file, service, badge)
    app.extensions[EXTENSION].feed.stop()
    service._loop.stop()
    loop.join(10)
    server.shutdown()
    server.server_close()
    service._store.close()


def everything_kept(house: House) -> bytes:
    data = settings.load(house.file).data
    return b"".join(file.read_bytes() for file in data.rglob("*") if file.is_file())


def test_badge_and_pin_sign_in_at_the_kiosks_own_screen_and_nobody_is_named(badge_house: BadgeHouse) -> None:
    display = badge_house.offered()
    assert "/display/inspector" in display.get("/display").text
    form = display.get("/display/inspector").text
    assert NUMBER in form
    assert "WONG" not in form
    assert post(display, "/display/inspector", pin=BADGE_PIN).location == "/inspect"
    assert f"You signed in with badge {NUMBER}" in display.get("/inspect").text
    (entry,) = badge_house.entries(InspectorSignedIn)
    assert (entry.how, entry.number, entry.department, entry.by) == ("badge", NUMBER, "FEHD", None)
    kept = everything_kept(badge_house)
    assert NUMBER.encode() in kept
    assert b"WONG" not in kept
    assert BADGE_PIN.encode() not in kept


def test_badge_and_pin_sign_in_on_a_device_of_staff_who_are_then_signed_out(badge_house: BadgeHouse) -> None:
    badge_house.offered()
    desk = badge_house.signed_in("anna")
    assert "/desk/inspector" in desk.get("/desk").text
    assert post(desk, "/desk/inspector", pin=BADGE_PIN).location == "/inspect"
    assert desk.get("/desk").location == "/desk/sign-in"
    assert desk.get("/inspect").status_code == 200


def test_wrong_pins_lock_the_badge_whatever_is_typed_then(badge_house: BadgeHouse) -> None:
    display = badge_house.offered()
    for _ in range(FREE_TRIES):
        assert post(display, "/display/inspector", pin="000111").status_code == 401
    assert post(display, "/display/inspector", pin=BADGE_PIN).status_code == 401
    assert badge_house.entries(InspectorSignedIn) == []


def test_a_pin_without_the_badge_before_the_camera_opens_nothing(badge_house: BadgeHouse) -> None:
    door, command = badge_house.door, InspectorEnter(number=NUMBER)
    right = Pin(name=NUMBER, pin=BADGE_PIN)
    assert post(badge_house.paired(), "/display/inspector", pin=BADGE_PIN).status_code == 401
    assert door.command(command, by=None, pin=right).error == "no_badge_read"
    badge_house.offered()
    # Away from the camera nobody is asked for a PIN, and the PIN of one badge is none of another.
    assert 'name="pin"' not in badge_house.client().get("/inspect/sign-in").text
    for pin in (None, Pin(name="FEHD-0001", pin=BADGE_PIN), Pin(name=NUMBER, pin="111222")):
        assert door.command(command, by=None, pin=pin).error == "wrong_badge_pin"
    assert badge_house.entries(InspectorSignedIn) == []


def test_a_number_that_a_newer_list_leaves_out_gets_no_session(badge_house: BadgeHouse) -> None:
    places = Places.of(settings.load(badge_house.file))
    inspector_files.save(places, signed_list(days=0.5, number="FEHD-0001"), now=datetime.now(UTC))
    badge_house.shows_badge()
    wait_for(lambda: badge_house.parts.feed.view.snapshot.verdict.state == "see_staff")
    snapshot = badge_house.parts.feed.view.snapshot
    assert snapshot.badge is None
    assert "manager" in snapshot.verdict.message["en"]


# new secrets for staff

NEW, NEW_PIN = "nine paper boats at noon", "860374"


def reset(house: House, name: str, what: str, secret: str, again: str | None = None):
    said = {"name": name, "what": what, "secret": secret, "again": secret if again is None else again}
    return post(house.signed_in(), "/office/sign-ins/reset", "/office/sign-ins", **said)


def test_a_manager_renews_a_password_which_ends_the_old_sessions_and_the_wait(house: House) -> None:
    anna, guesser = house.signed_in("anna"), house.client()
    token = csrf(guesser, "/desk/sign-in")
    for _ in range(FREE_TRIES):
        guesser.post("/desk/sign-in", data={"csrf_token": token, "name": "anna", "password": "wrong"})
    assert "Has to wait" in house.signed_in().get("/office/sign-ins").text
    assert reset(house, "anna", "password", NEW).status_code == 303
    assert anna.get("/desk").location == "/desk/sign-in"
    data = {"name": "anna", "password": NEW, "csrf_token": csrf(anna, "/desk/sign-in")}
    assert anna.post("/desk/sign-in", data=data).location == "/desk"
    (entry,) = house.entries(SignInReset)
    assert (entry.name, entry.what, entry.by) == ("anna", ("password",), "mei")
    assert NEW.encode() not in everything_kept(house)


def test_a_manager_renews_a_supervisors_pin_and_the_door_goes_by_it(house: House) -> None:
    command = ClockConfirm()
    for _ in range(FREE_TRIES):
        assert (
            house.door.command(command, by="anna", pin=Pin(name="supra", pin="111333")).error == "wrong_pin"
        )
    assert reset(house, "supra", "pin", NEW_PIN).status_code == 303
    assert house.door.command(command, by="anna", pin=Pin(name="supra", pin=PIN)).error == "wrong_pin"
    assert house.door.command(command, by="anna", pin=Pin(name="supra", pin=NEW_PIN)).error != "wrong_pin"
    accounts = Accounts(settings.load(house.file).data / "accounts.json")
    assert accounts.check_password("supra", PASSWORD)


@pytest.mark.parametrize(
    ("name", "what", "secret", "again", "status"),
    [
        ("anna", "password", NEW, "something else", 422),
        ("anna", "password", "short", None, 409),
        ("supra", "pin", "123456", None, 409),
        ("anna", "pin", NEW_PIN, None, 409),
        ("mei", "password", NEW, None, 409),
        ("nobody", "password", NEW, None, 409),
    ],
)
def test_what_is_no_good_changes_nothing_and_is_not_sent_back(
    house: House, name: str, what: str, secret: str, again: str | None, status: int
) -> None:
    before = (settings.load(house.file).data / "accounts.json").read_bytes()
    answer = reset(house, name, what, secret, again)
    assert answer.status_code == status
    assert secret not in answer.text
    assert house.entries(SignInReset) == []
    assert (settings.load(house.file).data / "accounts.json").read_bytes() == before


def test_only_managers_renew_secrets_and_the_entry_says_what_the_door_was_given(house: House) -> None:
    command, secrets = SignInResetDo(name="anna", what=("password",)), NewSecrets(password=NEW)
    for name in ("anna", "supra"):
        client = house.signed_in(name)
        assert client.get("/office/sign-ins").status_code == 403
        data = {"csrf_token": csrf(client, "/desk"), "name": "anna", "what": "password"}
        data |= {"secret": NEW, "again": NEW}
        assert client.post("/office/sign-ins/reset", data=data).status_code == 403
        assert house.door.command(command, by=name, secrets=secrets).error == "manager_needed"
    for odd in (None, NewSecrets(pin=NEW_PIN), NewSecrets(password=NEW, pin=NEW_PIN)):
        assert house.door.command(command, by="mei", secrets=odd).error == "not_understood"
    assert house.entries(SignInReset) == []


# in a real browser

SIZES = ((1024, 600), (390, 844), (800, 480), (720, 1280), (768, 1024))
browser_only = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's chromium is not installed")


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield made
        made.close()


@pytest.fixture
def served(house: House) -> Iterator[Server]:
    house.door.command(StaffImport(members=PEOPLE), by="mei")
    made = Server(house.app)
    yield made
    made.stop()


def looked_at(page: Page, name: str) -> None:
    """Every size and language, whole and clean; with ``KIOSK_SHOTS`` a picture of each."""
    folder = os.environ.get("KIOSK_SHOTS")
    for size in SIZES:
        resized(page, size)
        assert faults(page, whole=False) == [], (name, size)
        if folder:
            page.screenshot(path=f"{folder}/{name}-{size[0]}.png", full_page=True)
    assert violations(page) == [], name


def in_every_language(page: Page, name: str, path: str, part: str, server: Server) -> None:
    for language in LANGUAGES:
        page.goto(f"{server.url}/language/{language}/{part}")
        page.goto(f"{server.url}{path}")
        looked_at(page, f"{name}-{language}")


def sign_in(page: Page, server: Server, name: str = "mei") -> None:
    page.goto(f"{server.url}/desk/sign-in")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/desk")


@pytest.mark.browser
@browser_only
def test_the_managers_way_from_code_to_page_in_every_language_and_size(
    house: House, served: Server, chromium: Browser
) -> None:
    context = chromium.new_context(locale="en-GB")
    manager = watched(context, served.url)
    sign_in(manager, served)
    manager.goto(f"{served.url}/office/inspections")
    manager.fill("#department", "Food and Environmental Hygiene Department 食物環境衞生署")
    manager.fill("#inspector-name", "Ms Lee")
    manager.get_by_role("button", name="Make a code").click()
    expect(manager.locator(".big-code")).to_have_text(re.compile(r"^\d{4} \d{4}$"))
    in_every_language(manager, "inspections", "/office/inspections", "inspections", served)
    in_every_language(manager, "sign-ins", "/office/sign-ins", "sign-ins", served)
    one = house.parts.invitations.open[0]
    own = chromium.new_context(locale="en-GB")
    inspector = watched(own, served.url)
    inspector.goto(f"{served.url}/inspect/with/{one.token}")
    looked_at(inspector, "link-en")
    in_every_language(inspector, "sign-in", "/inspect/sign-in", "inspect-own", served)
    inspector.goto(f"{served.url}/language/en/inspect-own")
    inspector.fill("#code", one.code)
    inspector.get_by_role("button", name="Sign in").click()
    inspector.wait_for_url("**/inspect")
    for language in LANGUAGES:
        inspector.goto(f"{served.url}/language/{language}/inspect")
        for summary in inspector.locator("summary").all():
            summary.click()
        looked_at(inspector, f"now-{language}")
    inspector.goto(f"{served.url}/language/en/inspect")
    # It follows the door by itself, and ends when the manager says so.
    assert house.door.command(StaffImport(members=(Told(name="Ho Ka Yan"),)), by="mei").ok
    expect(inspector.locator("#duties")).to_contain_text("Ho Ka Yan")
    session = house.parts.feed.view.snapshot.inspections[0].session
    house.door.command(InspectionEnd(session=session), by="mei")
    inspector.wait_for_url("**/inspect/sign-in")
    assert [*manager.problems, *inspector.problems] == []
    context.close()
    own.close()


@pytest.mark.browser
@browser_only
def test_an_inspector_types_the_pin_on_the_kiosks_own_screen(
    badge_house: BadgeHouse, chromium: Browser
) -> None:
    server = Server(badge_house.app)
    context = chromium.new_context(viewport={"width": 1024, "height": 600}, has_touch=True, locale="zh-HK")
    page = watched(context, server.url)
    page.goto(f"{server.url}/display/pair/{badge_house.parts.pairing.make_own_token()}")
    badge_house.shows_badge()
    offer = page.get_by_role("link", name="督察登入")
    expect(offer).to_be_visible()
    for size in ((1024, 600), (800, 480), (720, 1280)):
        resized(page, size)
        assert faults(page, whole=True) == [], size
    assert violations(page) == []
    resized(page, (1024, 600))
    if folder := os.environ.get("KIOSK_SHOTS"):
        page.screenshot(path=f"{folder}/display-badge.png")
    badge_house.shows_badge()  # an offer lasts two minutes, and looking may have taken longer
    offer.click()
    page.wait_for_url("**/display/inspector")
    looked_at(page, "pin")
    resized(page, (1024, 600))
    for digit in BADGE_PIN:
        page.locator("#keypad").get_by_role("button", name=digit, exact=True).click()
    page.locator("#f-pin").get_by_role("button", name="登入").click()
    page.wait_for_url("**/inspect")
    page.get_by_role("button", name="登出").click()
    page.wait_for_url("**/display")
    expect(page.get_by_role("link", name="督察登入")).to_have_count(0)
    assert page.problems == []
    context.close()
    server.stop()
