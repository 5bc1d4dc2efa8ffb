"""No visitor's name, number or code text in any table, file, log line, address or crash report: planted, then hunted.

The values go in by every way in which a visitor or a careless hand may bring them; then everything that the processes
wrote, printed or answered is searched in every form in which programs write text down. What was sealed is opened with the
authority's key at the end: the values did go through.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from kiosk.cli import COMMANDS
from kiosk.demo.authority import Authority
from kiosk.gate.commands import VisitorCancel, VisitorRegister
from kiosk.store import StoreReader
from tests.privacy.codes import BEARER, DOCUMENT, GIVEN, REFERENCE, PlantedCode, planted_codes
from tests.privacy.planted import SHORTEST, Hunt, forms
from tests.privacy.site import AT, PASSWORD, PIN, Browser, Site, raw_http
from tests.service.test_door_service import hold_up, until

#: Name and number by the way in which they are brought: whatever is found says where it came from.
DISPLAY = ("Ebenezer Vantongeren", "61840273")
DESK = ("鄺欒藺", "+852 6295 1407")
TABLET = ("Wilhelmina O'Brïen-Zàng", "63317508")
TOO_LONG = ("Hortensia Marchbanks " * 8, "64028156" * 8)
REFUSED = ("Ptolemaios Grizzlewood", "call me 65930472 please")
MISTYPED = ("Bartholomew-Inchcape", "66471830")
BROKEN = ("Clementine Fotheringay", "67058291")
CRASHED = ("Desdemona Quartermaine", "68129354")
OTHER_DOCUMENT = "R5581206"


def planted() -> list[str]:
    """Everything to hunt for."""
    people = (DISPLAY, DESK, TABLET, TOO_LONG, REFUSED, MISTYPED, BROKEN, CRASHED)
    values = [value for pair in people for value in pair]
    values += ["Hortensia Marchbanks", "64028156", "65930472", "62951407", GIVEN, DOCUMENT, DOCUMENT[:7]]
    return [*values, REFERENCE, OTHER_DOCUMENT, "69173058"]


@dataclass(frozen=True)
class Outcome:
    """What is left when it is over."""

    site: Site
    codes: tuple[PlantedCode, ...]
    addresses: tuple[str, ...]
    snapshots: tuple[str, ...]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    site = Site(tmp_path_factory.mktemp("planted"))
    codes = planted_codes(Authority.open(site.venue / "authority"), datetime.fromisoformat(AT))
    kiosk, staff = Browser(site), Browser(site)
    snapshots: list[str] = []
    with site.serving_central():
        site.wait_for_port(site.central_port)
        with site.serving_door() as door, site.serving_pages():
            site.wait_for_door()
            site.wait_for_port(site.port)
            until(site.door, lambda s: all(camera.up for camera in s.cameras))
            on_the_display(site, kiosk)
            to_the_camera(site, codes, snapshots)
            staff_at_the_desk(site, staff, codes[0], snapshots)
            on_the_tablet(site, staff)
            mistyped_and_malformed(site, staff)
            to_the_socket(site)
            until(site.door, lambda s: s.sync.acknowledged >= s.log_size)
            door.send_signal(signal.SIGTERM)
            door.wait(30)
    crashes(site)
    exports(site)
    addresses = (*kiosk.addresses, *staff.addresses)
    return Outcome(site, codes, addresses, tuple(snapshots))


def on_the_display(site: Site, kiosk: Browser) -> None:
    kiosk.get((site.venue / "pair-link").read_text().strip())
    kiosk.get("/display?step=register&n=1")
    name, contact = DISPLAY
    for bad_name, bad_contact in (TOO_LONG, REFUSED):
        kiosk.post("/display/do", own=True, do="visitor.register", name=bad_name, contact=bad_contact)
        assert kiosk.status == 422
    kiosk.post("/display/do", token=False, do="visitor.register", name=MISTYPED[0], contact=MISTYPED[1])
    assert kiosk.status == 400
    kiosk.post("/display/do", do="visitor.enter")
    kiosk.post("/display/do", do="visitor.register", name=name, contact=contact)
    assert kiosk.status == 200, kiosk.text[:3000]
    until(site.door, lambda s: s.inside == 1)
    stranger = Browser(site)
    stranger.get("/desk/sign-in").post(
        "/display/do", do="visitor.register", name=MISTYPED[0], contact=MISTYPED[1]
    )
    assert stranger.status == 403


def to_the_camera(site: Site, codes: tuple[PlantedCode, ...], snapshots: list[str]) -> None:
    for number, code in enumerate(codes):
        before = until(site.door, lambda _: True)
        hold_up(site.venue / "seen", code.text, f"code-{number:02}")
        now = until(
            site.door, lambda s, b=before: (s.verdict.number, s.log_size) != (b.verdict.number, b.log_size)
        )
        snapshots.append(now.model_dump_json())
        site.door.command(VisitorCancel(), by=None)
    expected = {code.format for code in codes[1:2] + codes[5:8] + codes[11:]}
    end = time.monotonic() + 60
    while not expected <= {entry["format"] for entry in entries(site, "code_rejected")}:
        assert time.monotonic() < end, "not every code was read"
        time.sleep(0.1)


def staff_at_the_desk(site: Site, staff: Browser, code: PlantedCode, snapshots: list[str]) -> None:
    staff.get("/desk/sign-in").post("/desk/sign-in", name=MISTYPED[0], password=MISTYPED[1], own=True)
    assert staff.status == 401
    staff.post("/desk/sign-in", name="mei", password=PASSWORD)
    staff.post("/desk/do", do="way.set", way="staffed").post("/desk/do", do="party.new", zone="premises")
    hold_up(site.venue / "seen", code.text.replace(REFERENCE, REFERENCE), "again")
    until(site.door, lambda s: s.party is not None and s.party.customers[0].proofs)
    for typed in (BEARER, OTHER_DOCUMENT, "x" * 130 + DOCUMENT, DOCUMENT):
        staff.get("/desk").post("/desk/do", do="customer.compare", customer="0", document=typed)
    assert staff.status == 200
    staff.post("/desk/do", do="customer.add").post("/desk/do", do="customer.add")
    for customer, (name, contact) in (("1", TOO_LONG), ("1", DESK)):
        staff.post(
            "/desk/do", own=True, do="customer.register", customer=customer, name=name, contact=contact
        )
    assert staff.status == 200, staff.text[:3000]
    staff.post(
        "/desk/do", do="customer.register", customer="77", name=REFUSED[0], contact="65930472", own=True
    )
    staff.post(
        "/desk/do", do="party.override", reason="", pin_name="mei", pin=PIN, name=MISTYPED[0], own=True
    )
    staff.get("/desk").get("/desk/live").get("/office")
    snapshots.append(until(site.door, lambda s: s.party is not None).model_dump_json())


def on_the_tablet(site: Site, staff: Browser) -> None:
    staff.get("/desk").post("/desk/form/2/hand-over")
    staff.post("/desk/form/2", own=True, name=TOO_LONG[0], contact=TOO_LONG[1])
    assert staff.status == 422
    staff.post("/desk/form/2", name=TABLET[0], contact=TABLET[1])
    assert staff.status == 200
    staff.get("/desk/form/2").get("/desk")
    staff.get("/desk/sign-in").post("/desk/sign-in", name="mei", password=PASSWORD)
    before = until(site.door, lambda s: s.party is not None).inside
    for customer in ("0", "1", "2"):
        staff.post("/desk/do", do="customer.attest", customer=customer, what="registered", value="true")
        staff.post("/desk/do", do="customer.attest", customer=customer, what="lhs_seen", value="true")
    staff.post("/desk/do", do="party.admit")
    until(site.door, lambda s: s.inside == before + 3)
    staff.get("/desk")


def mistyped_and_malformed(site: Site, staff: Browser) -> None:
    from urllib.parse import quote

    name, number = (quote(value) for value in MISTYPED)
    for path in (
        f"/{name}/{number}",
        f"/desk/{name}",
        f"/display?name={name}&contact={number}",
        f"/display/pair/{name}",
        f"/static/{name}.js",
        f"/language/{name}/{number}",
        f"/desk/form/{number}?lang={name}",
        f"/office/member/{name}",
    ):
        staff.get(
            path, **{"User-Agent": MISTYPED[0], "Referer": f"http://x/{name}", "Cookie": f"kiosk={number}"}
        )
    body = json.dumps({"name": BROKEN[0], "contact": BROKEN[1]}).encode()
    for path in ("/desk/do", "/display/do", "/desk/sign-in", "/desk/form/0"):
        staff.post_raw(path, body, "application/json")
        staff.post_raw(path, b"--x\r\n" + body, "multipart/form-data; boundary=x")
        staff.post_raw(path, body * 3000, "application/x-www-form-urlencoded")
    plain = f"{BROKEN[0]} {BROKEN[1]}".encode()
    for port in (site.port, site.central_port):
        for data in (
            plain + b"\r\n\r\n",
            b"GET /" + plain + b" HTTP/9.9\r\n\r\n",
            b"POST /desk/sign-in HTTP/1.1\r\nContent-Length: " + plain + b"\r\n\r\n",
            b"POST /v1/kiosks/test-1/leaves HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZ" + plain,
            b"GET / HTTP/1.1\r\nX: " + b"y" * 300_000 + plain + b"\r\n\r\n",
        ):
            # What is answered to broken HTTP goes to whoever sent it; what counts is what is kept.
            raw_http(port, data)
    token = (site.venue / "token").read_text().strip()
    central = f"http://127.0.0.1:{site.central_port}/v1/kiosks/"
    with_token = f"Authorization: Bearer {token}\r\n"
    for target, payload in (
        (f"{name}/leaves", body),
        ("test-1/leaves", body),
        ("test-1/leaves", b'{"first": "' + plain + b'", "leaves": []}'),
        ("test-1/leaves", b'{"first": 0, "leaves": [{"leaf": "' + plain + b'"}]}'),
        ("test-1/leaves", plain),
    ):
        head = f"POST {central}{target} HTTP/1.1\r\nHost: x\r\n{with_token}Content-Length: {len(payload)}\r\n\r\n"
        raw_http(site.central_port, head.encode() + payload)


def to_the_socket(site: Site) -> None:
    name, number = BROKEN
    register = {"do": "visitor.register", "name": name, "contact": number}
    for line in (
        f'{{"id": "1", "command": {{"do": "visitor.register", "name": "{name}", "contact": "{number}"',
        json.dumps({"id": "1", "command": {**register, "more": number}}),
        json.dumps({"id": "1", "command": {**register, "name": [name]}}),
        json.dumps({"id": "1", "command": register, name: number}),
        json.dumps({"id": name, "preview": number}),
        json.dumps({"staff": True, "by": name}),
        json.dumps(
            {"id": "2", "command": {"do": "party.new"}, "by": None, "pin": {"name": name, "pin": number}}
        ),
        f"{name} {number}",
        name * 20_000,
    ):
        # The door hangs up on what is too long.
        with contextlib.suppress(ConnectionError), socket.socket(socket.AF_UNIX) as link:
            link.settimeout(10)
            link.connect(str(site.data / "door.sock"))
            link.sendall(line.encode() + b"\n")
            link.shutdown(socket.SHUT_WR)
            with closing(link.makefile("rb")) as answers:
                site.pages.append(("the door's socket", answers.read()))


def crashes(site: Site) -> None:
    """Faults that repeat what they were handling, in each place where a visitor's words are in hand."""
    with site.serving_door("socket", at="2021-05-01T20:00:00+08:00"):
        site.wait_for_door()
        with pytest.raises(OSError, match="door"):
            site.door.command(VisitorRegister(name=CRASHED[0], contact=CRASHED[1]), by=None)
    with site.serving_door("writer", at="2021-05-01T20:05:00+08:00") as door:
        site.wait_for_door()
        staffed_to_unattended(site)
        with pytest.raises(OSError, match="door"):
            site.door.command(VisitorRegister(name=CRASHED[0], contact=CRASHED[1]), by=None)
        assert door.wait(60) != 0
    with site.serving_door("reader", at="2021-05-01T20:10:00+08:00") as door:
        site.wait_for_door()
        until(site.door, lambda s: all(camera.up for camera in s.cameras))
        hold_up(site.venue / "seen", f"{CRASHED[0]} {CRASHED[1]} in a code", "crash")
        assert door.wait(60) != 0
    with site.serving_door("socket", at="2021-05-01T20:15:00+08:00") as door, site.serving_pages("page"):
        site.wait_for_door()
        site.wait_for_port(site.port)
        browser = Browser(site).get((site.venue / "pair-link").read_text().strip())
        browser.get("/desk/sign-in").post(
            "/display/do", do="visitor.register", name=CRASHED[0], contact=CRASHED[1]
        )
        assert browser.status == 500
        browser.get("/desk/sign-in").post("/desk/sign-in", name="mei", password=PASSWORD)
        browser.post("/desk/do", do="customer.register", name=CRASHED[0], contact=CRASHED[1])
        assert browser.status == 500
        site.look_at(door)
        # As the service manager's watchdog ends a door that hangs.
        door.send_signal(signal.SIGABRT)
        assert door.wait(30) == -signal.SIGABRT


def staffed_to_unattended(site: Site) -> None:
    from kiosk.gate.commands import WaySet

    assert site.door.command(WaySet(way="unattended"), by="mei").ok


def exports(site: Site) -> None:
    config = ("--config", site.file)
    assert site.once("kiosk", "staff", "export", site.folder / "staff.csv", *config) in {0, 2}
    assert site.once("kiosk", "notices", *config, "-o", site.folder / "notices.pdf") == 0
    assert site.once("kiosk", "doctor", *config) in {0, 1}
    assert site.once("central", "log", "test-1", "--data", site.central) == 0
    if "log" in COMMANDS:
        days = ("--from", "2021-05-01", "--to", "2021-05-01")
        assert site.once("kiosk", "log", "export", *days, "-o", site.folder / "log.zip", *config) == 0


def entries(site: Site, kind: str) -> list[dict[str, object]]:
    with closing(sqlite3.connect(f"file:{site.data / 'log.sqlite'}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT leaf FROM entry WHERE type = ? ORDER BY idx", (kind,))
        return [json.loads(leaf)["entry"] for (leaf,) in rows]


def hunt(outcome: Outcome) -> Hunt:
    pieces = [piece for code in outcome.codes for piece in code.pieces]
    return Hunt([*planted(), *pieces, BEARER])


def test_the_values_did_go_in(outcome: Outcome) -> None:
    """Sealed to the authority, they are at central, and open with its key alone."""
    site = outcome.site
    assert (
        site.once(
            "central",
            "unseal",
            "test-1",
            "--data",
            site.central,
            "--day",
            "2021-05-01",
            "--by",
            "x",
            "--why",
            "y",
        )
        == 0
    )
    said = max(site.said.glob("*-central-unseal.log")).read_text(encoding="utf-8")
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    opened = [(each["name"], each["contact"]) for line in lines for each in line["registrations"] if each]
    assert opened == [DISPLAY, DESK, TABLET]
    max(site.said.glob("*-central-unseal.log")).unlink()
    with StoreReader(site.data / "log.sqlite") as reader:
        leaves = reader.leaves(0, limit=10_000, max_bytes=10**8)
    assert sum(leaf.ciphertext is not None for leaf in leaves) == 2
    evidence = [person for entry in entries(site, "admission") for person in entry["people"]]
    assert any(person.get("document_seen") for person in evidence)
    assert len(list(site.said.glob("*-door-writer.log"))) == 1
    assert "Traceback" in next(site.said.glob("*-door-writer.log")).read_text()
    assert "Traceback" in next(site.said.glob("*-door-reader.log")).read_text()
    assert "desk.do failed" in next(site.said.glob("*-web-page.log")).read_text()


def test_no_file_table_or_export_holds_them(outcome: Outcome) -> None:
    site, searching = outcome.site, hunt(outcome)
    # What stands in front of the camera is not the kiosk's.
    searching.in_files(site.folder, site.venue / "seen", site.venue / "authority", site.said)
    assert searching.found == []
    names = " ".join(searching.searched)
    for name in ("log.sqlite", "central.sqlite", "table sealed", "notices.pdf", "accounts.json"):
        assert name in names, name


def test_no_process_printed_or_logged_them(outcome: Outcome) -> None:
    searching = hunt(outcome)
    searching.in_files(outcome.site.said)
    assert searching.found == []


def test_no_page_answer_or_address_shows_them_to_anybody_but_whoever_typed_them(outcome: Outcome) -> None:
    # The masked record is on the desk's screen: the surname, as records have it, may be seen there.
    searching = hunt(outcome)
    for where, content in outcome.site.pages:
        searching.in_bytes(content, where)
    for snapshot in outcome.snapshots:
        searching.in_bytes(snapshot.encode(), "a snapshot")
    assert searching.found == []
    own = Hunt(planted())
    for address in outcome.addresses:
        own.in_bytes(address.encode(), "an address")
    typed_by_the_test_itself = [
        found for found in own.found if MISTYPED[0] not in found and MISTYPED[1] not in found
    ]
    assert typed_by_the_test_itself == []


def test_no_process_shows_them_to_its_neighbours_or_leaves_a_core(outcome: Outcome) -> None:
    site, searching = outcome.site, hunt(outcome)
    searching._needles += [(secret, "plain", secret.encode()) for secret in (PASSWORD, PIN)]
    assert site.command_lines
    for line in site.command_lines:
        searching.in_bytes(line.encode(), "a command line")
    assert searching.found == []
    for limits in site.limits:
        [core] = [line.split() for line in limits.splitlines() if line.startswith("Max core file size")]
        assert core[4:6] == ["0", "0"], core
    for folder in (site.folder, Path.cwd(), Path(__file__).parents[2]):
        assert [path for path in folder.iterdir() if path.name.startswith("core") and path.is_file()] == []


@pytest.mark.parametrize(
    "value", ["鄺欒藺", "Ebenezer Vantongeren", "+852 6295 1407", "Wilhelmina O'Brïen-Zàng"]
)
def test_the_hunt_finds_every_form(value: str) -> None:
    for name, needles in forms(value).items():
        long_enough = [needle for needle in needles if len(needle) >= SHORTEST]
        assert long_enough, name
        for needle in long_enough:
            searching = Hunt([value])
            searching.in_bytes(os.urandom(50) + needle + os.urandom(50), "noise")
            assert searching.found, (name, needle)
    searching = Hunt([value])
    searching.in_bytes(os.urandom(10_000), "noise")
    assert searching.found == []
