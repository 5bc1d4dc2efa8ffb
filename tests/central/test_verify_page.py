"""verify.html as an inspector meets it: what it says and does not say, in every language and size."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from central.verify_page import make_page
from kiosk.ledger.entries import Admission, Alarm, Evidence, Override, Refusal, Undone
from tests.central.inspecting import INSTALLED, WHY_NOT, Inspector, chromium
from tests.reports import forge
from tests.reports.forge import AUTHORITY, LAST, WITNESS, Making, evenings, moment
from tests.web.looking import faults, resized, violations

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not INSTALLED, reason=WHY_NOT)]

GOOD = Making()
SIZES = ((1024, 600), (390, 844))
LANGUAGES = {"en": "en-GB", "zh-Hant": "zh-HK", "zh-Hans": "zh-CN"}
VERDICTS = {
    "genuine": ("Genuine", "真確", "真确"),
    "unproved": ("Consistent, origin unproved", "前後一致，但來源未能證實", "前后一致，但来源未能证实"),
    "bad": ("Not to be trusted", "不可信", "不可信"),
    "unusable": ("Not judged", "未作判斷", "未作判断"),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


Open = Callable[..., Inspector]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens pages, the authority's key in them unless told otherwise; on leaving, none may have had a problem."""
    there: list[Inspector] = []

    def make(authority: Any = AUTHORITY.key, **others: Any) -> Inspector:
        there.append(Inspector(browser, tmp_path, authority, **others))
        return there[-1]

    yield make
    for inspector in there:
        inspector.close()


# What it says


def test_of_a_genuine_export_it_says_what_is_shown_and_what_is_not(opened: Open) -> None:
    data = GOOD.but(by="mei").zip()
    shown = opened().check(data, "venue-kiosk_hk-1.zip")
    assert shown.verdict == "genuine"
    for said in (
        "kiosk hk-1 at venue golden-harbour",
        "from 2021-04-01 until 2022-03-31",
        "Entries 8 to 23 (16)",
        "The days from 2021-05-01 to 2021-05-02 are whole",
        "entry 24 names them",
        "At 2021-05-02 23:00:00 (Hong Kong time) central held the log up to entry 18",
        "Of entries 19 to 23 only the kiosk",
        "venue-kiosk_hk-1.zip",
        f"{len(data):,} bytes",
        hashlib.sha256(data).hexdigest(),
        "2021-05-03 10:00:00",
        "mei, of the venue",
    ):
        assert said in shown.text, said
    assert AUTHORITY.key.fingerprint in shown.text.replace(" ", "")


@pytest.mark.parametrize(
    ("making", "said"),
    [
        (GOOD.but(cosigned=()), "That central co-signed any of it"),
        (GOOD.but(at=moment(LAST, 23)), "2021-05-02 was not over when the export was made"),
        (GOOD.but(at=moment(LAST, 23), meanwhile=[Undone(admission=1, by="mei")] * 3), "stand 3 more, which are not in the file"),
        (GOOD.but(first=LAST.replace(day=3), last=LAST.replace(day=3), at=moment(LAST.replace(day=4), 10)), "The log has no entry of these days"),
        (GOOD.but(session=3), "an inspector, session 3"),
        (GOOD, "somebody at the box itself"),
    ],
)  # fmt: skip
def test_it_says_where_less_is_shown(opened: Open, making: Making, said: str) -> None:
    shown = opened().check(making.zip())
    assert shown.verdict == "genuine"
    assert said in shown.text


def test_it_counts_the_proved_entries_by_days(opened: Open) -> None:
    log = evenings()
    day = LAST
    first = log.add(moment(day, 22, 1), Admission(party="a", zone="B1", people=(Evidence(),) * 5, way="staffed", waits_for_passage=False, instrument=None))  # fmt: skip
    log.add(moment(day, 22, 2), Undone(admission=first, by="mei"))
    log.add(moment(day, 22, 3), Refusal(zone="B1", people=2, reasons=(), way="staffed", instrument=None))
    log.add(moment(day, 22, 4), Admission(party="b", zone="B1", people=(Evidence(),), way="staffed", waits_for_passage=False, instrument=None, override=Override(by="mei", reason="x", against=())))  # fmt: skip
    log.add(moment(day, 22, 5), Alarm(kind="held_open"))
    inspector = opened()
    inspector.check(GOOD.but(log=log).zip())
    rows = inspector.page.locator("table tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent))"
    )
    assert rows[1:] == [
        ["2021-05-01", "6", "6", "0", "0", "0", "0"],
        ["2021-05-02", "8", "12", "1", "1", "1", "1"],
        ["All", "14", "18", "1", "1", "1", "1"],
    ]


def test_of_a_box_that_is_out_of_service_the_entries_are_shown_and_the_tables_are_not(opened: Open) -> None:
    shown = opened().check(GOOD.but(keyless=True).zip())
    assert shown.verdict == "unproved"
    assert "kiosk hk-1 at venue golden-harbour" in shown.text
    assert "Consistent, but not all of it is proved" in shown.text
    assert "only log/entries.jsonl is proved" in shown.text
    assert "Tables, report" not in shown.text
    assert "anybody could have" not in shown.text


def test_of_a_file_that_is_not_to_be_trusted_nothing_in_it_is_shown(opened: Open) -> None:
    inspector = opened()
    data = GOOD.zip(seal=b"0" * 64)
    shown = inspector.check(data)
    assert shown.verdict == "bad"
    assert hashlib.sha256(data).hexdigest() in shown.text
    assert inspector.page.locator("table").count() == 0
    assert "golden-harbour" not in shown.text


def test_what_stands_in_a_file_is_text_whatever_it_looks_like(opened: Open) -> None:
    evil = "<img src=x onerror=alert(1)>\u202e"
    inspector = opened()
    inspector.page.on("dialog", lambda dialog: inspector.page.problems.append(dialog.message))
    shown = inspector.check(GOOD.but(by=evil).zip(), "<b>x</b>.zip")
    assert shown.verdict == "genuine"
    assert "<img src=x onerror=alert(1)>\ufffd" in shown.text
    assert "<b>x</b>.zip" in shown.text
    assert inspector.page.locator("#result img, #result b").count() == 0
    members = forge.pieces_of(GOOD)
    bad = forge.Piece(f"{GOOD.folder}<img src=x onerror=alert(2)>", b"")
    shown = inspector.check(forge.archive([*members, bad]))
    assert shown.lines == ("<img src=x onerror=alert(2)>: does not belong in an export.",)


def test_of_faults_without_end_the_first_are_told(opened: Open) -> None:
    log = evenings(parties=300)
    log.leaves = [leaf.replace(b'"hk-1"', b'"hk-2"') for leaf in log.leaves]
    shown = opened().check(GOOD.but(log=log, signed=(), cosigned=()).zip())
    assert shown.verdict == "bad"
    assert len(shown.faults) < 20
    assert re.search(r"\d{3} more faults are not listed", shown.lines[-1])


def test_what_is_larger_than_the_page_takes_is_not_judged(opened: Open) -> None:
    inspector = opened()
    many = GOOD.but(manifest=lambda manifest: manifest.update(end=9_000_000)).zip()
    assert (inspector.check(many).verdict, "9" in inspector.shown().text) == ("unusable", True)
    nothing = forge.deflated(bytes(2**28))
    huge = [
        replace(piece, packed=nothing, central={"size": 2**28}, local={"size": 2**28})
        for piece in forge.pieces_of(GOOD)
    ]
    assert inspector.check(forge.archive(huge)).verdict == "unusable"
    # What says to be larger than its bytes can be is no matter of what the page takes.
    huge[2] = replace(huge[2], central={"size": 2**32 - 1}, local={"size": 2**32 - 1})
    assert inspector.check(forge.archive(huge)).faults == ("zip.size",)


def test_lines_without_end_are_counted_and_told_once(opened: Open) -> None:
    def lines(files: forge.Files) -> None:
        files["log/entries.jsonl"] += b"\n" * 2_000_000
        files["log/checkpoints.txt"] += b"---\n" * 1_000_000

    shown = opened().check(GOOD.but(listed=lines).zip())
    assert set(shown.faults) == {"entries.count", "note.form"}


# Keys


def test_without_a_key_the_origin_is_unproved_and_with_the_inspectors_own_it_is_not(opened: Open) -> None:
    inspector = opened(None)
    shown = inspector.check(GOOD.zip())
    assert shown.verdict == "unproved"
    assert "No key of an authority was given" in shown.text
    # Of kiosk and witness only the file itself speaks.
    assert "It says that it is of kiosk hk-1" in shown.text
    assert "golden-harbour" not in shown.text
    assert "co-signed it" not in shown.text
    inspector.page.fill("#key-text", f"  {AUTHORITY.key}\n")
    inspector.page.click("#key-use")
    assert inspector.shown().verdict == "genuine"
    assert AUTHORITY.key.fingerprint in inspector.page.inner_text("#key-known").replace(" ", "")
    other = forge.Signer.generate("venue-central/authority")
    inspector.page.set_input_files(
        "#key-file", {"name": "k.key", "mimeType": "text/plain", "buffer": f"{other.key}\n".encode()}
    )
    expect(inspector.page.locator("#key-print")).to_have_text(re.compile(other.key.fingerprint[:4]))
    assert inspector.shown().faults == ("certificate.other_authority",)


@pytest.mark.parametrize("wrong", ["nonsense", f"{WITNESS.key}", f"{AUTHORITY.key}"[:-4], AUTHORITY.secret()])
def test_what_is_no_key_of_an_authority_is_not_taken(opened: Open, wrong: str) -> None:
    inspector = opened(None)
    inspector.page.fill("#key-text", wrong)
    inspector.page.click("#key-use")
    expect(inspector.page.locator("#key-error")).to_be_visible()
    assert inspector.check(GOOD.zip()).verdict == "unproved"


# Earlier checkpoints


def test_an_earlier_checkpoint_is_compared_as_it_was_scanned(opened: Open) -> None:
    inspector = opened()
    assert inspector.check(GOOD.zip()).verdict == "genuine"
    # Other ends of lines, and none at the end.
    inspector.earlier(GOOD.checkpoint(11, cosigned=True).decode().replace("\n", "\r\n").strip())
    shown = inspector.shown()
    assert shown.verdict == "genuine"
    assert "your checkpoint at 11 entries" in shown.text
    own = GOOD.files()["log/checkpoint.note"]
    inspector.earlier(b"---\n".join((GOOD.checkpoint(9), GOOD.checkpoint(16), own)).decode())
    shown = inspector.shown()
    assert all(f"your checkpoint at {size} entries" in shown.text for size in (9, 16, 25))
    inspector.earlier(GOOD.checkpoint(3).decode())
    shown = inspector.shown()
    assert (shown.verdict, "at 3 entries cannot be compared" in shown.text) == ("unproved", True)
    inspector.earlier("")
    assert inspector.shown().verdict == "genuine"


def test_an_earlier_checkpoint_of_a_history_that_was_changed_since_is_told(opened: Open) -> None:
    other = evenings(parties=5)
    inspector = opened()
    assert inspector.check(GOOD.zip(), earlier=[GOOD.but(log=other).checkpoint(11)]).faults == (
        "earlier.differs",
    )
    longer = GOOD.but(log=evenings(days=9)).checkpoint(60)
    assert inspector.check(GOOD.zip(), earlier=[longer]).faults == ("earlier.longer",)
    key = forge.Signer.generate(GOOD.signer.key.name)
    assert inspector.check(GOOD.zip(), earlier=[GOOD.but(signer=key).checkpoint(11)]).faults == (
        "earlier.other_key",
    )


def test_what_is_no_checkpoint_is_said_where_it_was_typed(opened: Open) -> None:
    inspector = opened()
    inspector.earlier("hello")
    error = inspector.page.locator("#earlier-error")
    expect(error).to_be_visible()
    expect(inspector.page.locator("#earlier-text")).to_have_attribute("aria-invalid", "true")
    expect(inspector.page.locator("#earlier-text")).to_be_focused()
    file = {"name": "c.note", "mimeType": "text/plain", "buffer": GOOD.checkpoint(11)}
    inspector.page.fill("#earlier-text", "")
    inspector.page.set_input_files("#earlier-file", file)
    expect(error).to_be_hidden()
    assert "checkpoint at 11" in inspector.check(GOOD.zip()).text


# The page


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_can_be_read_by_everybody(opened: Open, language: str, size: tuple[int, int]) -> None:
    inspector = opened(locale=LANGUAGES[language], viewport={"width": size[0], "height": size[1]})
    page = inspector.page
    expect(page.locator("#tool")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == language
    files = {
        "genuine": GOOD.zip(),
        "unproved": GOOD.but(certificate=None).zip(),
        "bad": GOOD.zip(seal=b"0" * 64),
        "unusable": b"hello",
    }
    assert (faults(page, whole=False), violations(page)) == ([], [])
    for verdict, data in files.items():
        assert inspector.check(data).verdict == verdict
        assert page.inner_text("#verdict") == VERDICTS[verdict][list(LANGUAGES).index(language)]
        assert (faults(page, whole=False), violations(page)) == ([], []), verdict
    inspector.earlier("hello")
    page.click("#key-other summary")
    page.fill("#key-text", "hello")
    page.click("#key-use")
    assert (faults(page, whole=False), violations(page)) == ([], [])
    # Twice as large, as WCAG 1.4.4 wants it: half as wide is the same.
    resized(page, (max(320, size[0] // 2), size[1]))
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def test_the_language_changes_with_the_result_in_view(opened: Open) -> None:
    inspector = opened()
    inspector.check(GOOD.zip(seal=b"0" * 64))
    for language, said in (("zh-Hant", "封條"), ("zh-Hans", "封条"), ("en", "seal")):
        inspector.page.click(f"[data-language={language}]")
        expect(inspector.page.locator("html")).to_have_attribute("lang", language)
        shown = inspector.shown()
        assert said in shown.lines[0]
        expect(inspector.page.locator(f"[data-language={language}]")).to_have_attribute(
            "aria-pressed", "true"
        )


def test_everything_is_reached_by_keyboard_and_the_verdict_is_read_out(opened: Open) -> None:
    inspector = opened()
    page = inspector.page
    expect(page.locator("#tool")).to_be_visible()
    reached = []
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
        if reached[-1] in {"SUMMARY", "BUTTON"}:
            continue
        if reached[-1] == "BODY":
            break
    assert reached.count("BUTTON") >= 3, "languages"
    assert "file" in reached
    assert reached.count("SUMMARY") == 2
    with page.expect_file_chooser() as chooser:
        page.locator("#file").focus()
        page.keyboard.press("Enter")
    chooser.value.set_files({"name": "x.zip", "mimeType": "application/zip", "buffer": GOOD.zip()})
    assert inspector.shown().verdict == "genuine"
    expect(page.locator("#verdict")).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("Genuine")


def test_a_file_can_be_dropped_anywhere(opened: Open) -> None:
    inspector = opened()
    page = inspector.page
    expect(page.locator("#tool")).to_be_visible()
    dropped = page.evaluate_handle(
        """(data) => {
          const moved = new DataTransfer();
          moved.items.add(new File([Uint8Array.from(data)], "dropped.zip"));
          return moved;
        }""",
        list(GOOD.zip()),
    )
    page.dispatch_event("body", "dragover", {"dataTransfer": dropped})
    expect(page.locator("#drop")).to_have_class(re.compile("over"))
    page.dispatch_event("body", "drop", {"dataTransfer": dropped})
    shown = inspector.shown()
    assert (shown.verdict, "dropped.zip" in shown.text) == ("genuine", True)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("delete globalThis.DecompressionStream", "cannot check signatures"),
        ("globalThis.DecompressionStream = class { constructor() { throw new TypeError() } }", "cannot check signatures"),
        ("crypto.subtle.__proto__.importKey = async () => { throw new DOMException('no', 'NotSupportedError') }", "cannot check signatures"),
        ("crypto.subtle.__proto__.verify = async () => true", "cannot check signatures"),
        ("crypto.subtle.__proto__.digest = async () => new ArrayBuffer(32)", "cannot check signatures"),
        ("Object.defineProperty(globalThis, 'isSecureContext', { value: false })", "only if it came over HTTPS or from a file"),
    ],
)  # fmt: skip
def test_a_browser_that_cannot_check_judges_nothing(opened: Open, before: str, said: str) -> None:
    page = opened(before=before).page
    expect(page.locator("#unable")).to_contain_text(said)
    expect(page.locator("#tool")).to_be_hidden()
    assert (faults(page, whole=False), violations(page)) == ([], [])


def test_where_no_script_runs_the_page_says_so_in_three_languages(opened: Open) -> None:
    page = opened(java_script_enabled=False).page
    for said in ("Nothing is judged", "未作任何判斷", "未作任何判断"):
        expect(page.get_by_text(said)).to_be_visible()


def test_a_page_whose_script_was_altered_does_not_run(browser: Browser, tmp_path: Path) -> None:
    html = make_page(AUTHORITY.key).html.decode()
    assert html.count('"bad"') > 1
    file = tmp_path / "verify.html"
    file.write_text(html.replace('"bad"', '"genuine"'), encoding="utf-8")
    page = browser.new_page(offline=True)
    page.goto(file.as_uri())
    expect(page.locator("#not-started")).to_be_visible()
    expect(page.locator("#tool")).to_be_hidden()
    page.close()


def test_a_month_of_a_busy_place_is_checked_entry_by_entry(opened: Open) -> None:
    """A few thousand here; how long 62,000 take is for the bench to say."""
    log = evenings(first=date(2021, 5, 1), days=31, parties=100)
    shown = opened().check(
        GOOD.but(
            log=log,
            last=date(2021, 5, 31),
            at=moment(date(2021, 6, 1), 9),
            signed=range(0, 3000, 50),
            cosigned=(2000,),
        ).zip()
    )
    assert shown.verdict == "genuine"
    assert "Entries 0 to 3161 (3162)" in shown.text
