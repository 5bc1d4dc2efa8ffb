"""Every forgery is refused by verify.html in Chromium and by the program's own verifier alike, and each says what is wrong."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from kiosk import exporting
from kiosk.exporting import Order
from kiosk.ledger.entries import Exit
from kiosk.ledger.notes import NoteKey
from kiosk.reports.verify import verify
from tests.central import forgeries
from tests.central.forgeries import FORGERIES, GOOD, Forgery
from tests.central.inspecting import INSTALLED, WHY_NOT, Inspector, chromium
from tests.reports import forge
from tests.reports.boxes import KIOSK, MAY_1, three_days
from tests.reports.forge import AUTHORITY, LAST, evenings, moment

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not INSTALLED, reason=WHY_NOT)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def inspector(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inspector]:
    made = Inspector(browser, tmp_path_factory.mktemp("page"), AUTHORITY.key)
    yield made
    made.close()


def program(folder: Path, data: bytes, authority: NoteKey | None = AUTHORITY.key) -> str:
    """The program's verdict."""
    return verify(forge.put(folder, data), authority).status


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.name.replace(" ", "-"))
def test_a_forgery_is_not_to_be_trusted_and_the_page_says_why(
    inspector: Inspector, tmp_path: Path, forgery: Forgery
) -> None:
    data = forgery.make()
    shown = inspector.check(data)
    assert shown.verdict == "bad", shown.text
    assert forgery.fault in shown.faults, shown.lines
    line = shown.lines[shown.faults.index(forgery.fault)]
    assert line.startswith(forgery.file or "The file"), line
    assert program(tmp_path, data) == "faulty"


HONEST: dict[str, Callable[[], bytes]] = {
    "as the program makes it": GOOD.zip,
    "from the log's first entry on": lambda: GOOD.but(
        log=evenings(first=forge.FIRST, days=2), signed=(4, 7, 11), cosigned=(4, 11)
    ).zip(),
    "of one day": lambda: GOOD.but(last=forge.FIRST).zip(),
    "of a day without entries": lambda: GOOD.but(first=LAST.replace(day=3), last=LAST.replace(day=3), at=moment(LAST.replace(day=4), 10)).zip(),
    "while the day is running": lambda: GOOD.but(at=moment(LAST, 23)).zip(),
    "while the door goes on": lambda: GOOD.but(
        at=moment(LAST, 23), meanwhile=[Exit(people=1, source="staff", zone="B1", by="mei")] * 3
    ).zip(),
    "some days later": lambda: GOOD.but(last=forge.FIRST, meanwhile=[Exit(people=1, source="staff", zone="B1", by="mei")]).zip(),
    "without checkpoints within": lambda: GOOD.but(signed=()).zip(),
    "co-signed before its days": lambda: GOOD.but(cosigned=(4,)).zip(),
    "never co-signed": lambda: GOOD.but(cosigned=()).zip(),
    "with a key that was changed": lambda: GOOD.but(
        listed=forgeries.in_files("log/checkpoints.txt", lambda _: GOOD.but(signer=forgeries.OTHER_LOG).checkpoint(11))
    ).zip(),
}  # fmt: skip
UNPROVED: dict[str, Callable[[], bytes]] = {
    "without a certificate": lambda: GOOD.but(certificate=None).zip(),
    "of a box that is out of service": lambda: GOOD.but(keyless=True).zip(),
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_export_is_genuine(inspector: Inspector, tmp_path: Path, name: str) -> None:
    data = HONEST[name]()
    shown = inspector.check(data)
    assert shown.verdict == "genuine", shown.lines
    assert program(tmp_path, data) == "genuine"


def test_what_the_program_exports_is_genuine(browser: Browser, tmp_path: Path) -> None:
    box = three_days(tmp_path)
    box.certify()
    file = exporting.make(box.settings, Order(MAY_1, MAY_1 + timedelta(days=1)), tmp_path / "out.zip").file
    inspector = Inspector(browser, tmp_path, box.authority.key)
    shown = inspector.check(file.read_bytes())
    inspector.close()
    assert shown.verdict == "genuine", shown.lines
    assert f"kiosk {KIOSK} at venue test-venue" in shown.text


@pytest.mark.parametrize("name", UNPROVED)
def test_an_export_that_nobody_vouches_for_is_unproved(
    inspector: Inspector, tmp_path: Path, name: str
) -> None:
    data = UNPROVED[name]()
    shown = inspector.check(data)
    assert shown.verdict == "unproved", shown.lines
    assert program(tmp_path, data) == "unproved"


def test_a_forger_who_makes_everything_is_refused_by_whoever_has_the_authoritys_key(
    inspector: Inspector, tmp_path: Path
) -> None:
    data = forgeries.forger().zip()
    assert inspector.check(data).verdict == "bad"
    assert program(tmp_path, data) == "faulty"
    assert program(tmp_path, data, None) == "unproved"


def test_no_byte_of_an_export_can_be_turned_over_unseen(inspector: Inspector) -> None:
    data = GOOD.zip()
    # Every byte of the end and of one header of either kind, and a few of everything else.
    local, central = data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")
    places = {
        *range(local, local + 30, 2),
        *range(central, central + 46, 2),
        *range(len(data) - 86, len(data), 5),
    }
    for place in sorted(places | set(range(0, len(data), len(data) // 40))):
        turned = bytearray(data)
        turned[place] ^= 0x10
        assert inspector.check(bytes(turned)).verdict == "bad", place


def test_under_a_new_seal_both_say_the_same_of_a_byte_that_was_turned_over(
    inspector: Inspector, tmp_path: Path
) -> None:
    """Deflate can say one thing in several ways, so that not every such byte changes a file."""
    data = GOOD.zip()
    chance = random.Random(7)
    for place in chance.sample(range(len(data) - 86), 60):
        turned = bytearray(data)
        turned[place] ^= 1 << chance.randrange(8)
        turned[-64:] = hashlib.sha256(turned[:-86]).hexdigest().encode()
        shown, said = inspector.check(bytes(turned)), program(tmp_path, bytes(turned))
        assert (shown.verdict == "genuine") == (said == "genuine"), place


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive at all", bytes(100_000), b"%PDF-1.7 and more"])
def test_what_is_no_archive_is_not_judged(inspector: Inspector, data: bytes) -> None:
    shown = inspector.check(data)
    assert (shown.verdict, shown.faults) == ("unusable", ())
    assert "no export" in shown.text
