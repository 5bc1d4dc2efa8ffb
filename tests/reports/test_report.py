"""The report says what an inspector asks, in the language asked for, and nothing that anybody typed becomes more than words."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from kiosk.ledger.entries import Admission, AnyEntry, Continues, Decommissioned, Evidence, Settled
from kiosk.reports.daily import MOST_LINES
from kiosk.reports.report import TakenBy, make_report, write_report
from kiosk.reports.summary import is_quiet
from kiosk.reports.tally import _LINES
from kiosk.reports.told import Teller
from kiosk.scanning.decode import decode
from kiosk.settings import WHOLE
from kiosk.texts import LANGUAGES, Language, text
from tests.reports.daylog import FINE, MAY_1, Log, against, moment
from tests.reports.reportlog import SIGNER, VENUE, ZONES, busy, facts, faults, month, zones


def report(log: Log, language: Language = "en", last: date | None = None, **others: Any) -> dict[str, Any]:
    last = last or log.day
    return make_report(
        facts(log, log.day, last, **others), log.days(last, until=moment("24:00", last)), language
    )


def said(part: Any) -> str:
    """All words of a part of the report."""
    return json.dumps(part, ensure_ascii=False)


def one_day() -> Log:
    log = Log()
    busy(log, MAY_1)
    return log


def printed(log: Log, language: Language, file: Path, last: date | None = None) -> list[str]:
    last = last or log.day
    write_report(facts(log, log.day, last), log.days(last, until=moment("24:00", last)), language, file)
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(file)]
    return [re.sub(r"\s", "", page) for page in pages]


def squeezed(words: str) -> str:
    return re.sub(r"\s", "", words)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_page_says_whose_days_they_are_and_what_is_against_the_law(
    tmp_path: Path, language: Language
) -> None:
    log = one_day()
    first = printed(log, language, tmp_path / "r.pdf")[0]
    about = report(log, language)
    assert squeezed(VENUE[language]) in first
    assert squeezed(text("report.title", language)) in first
    for name, value in about["facts"]:
        assert squeezed(name + value) in first, name
    groups = [*about["against"]["groups"], *about["questions"]["groups"]]
    assert len(about["against"]["groups"]) == 1 and len(about["questions"]["groups"]) == 1
    for group in groups:
        for found in group["items"]:
            assert squeezed(found["para"] + found["what"] + found["where"]) in first
        for penalty in group["penalties"]:
            assert squeezed(penalty) in first
    assert squeezed(about["against"]["note"]) in first
    for count, label, _ in about["sums"]["big"]:
        assert f"{count:,}{squeezed(label)}" in first


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_contravention_is_told_with_its_paragraph_and_its_penalty(language: Language) -> None:
    log = one_day()
    (day,) = log.days(until=moment("24:00"))
    about = report(log, language)
    (told,) = about["days"]
    rows = [row for findings in told["findings"] for row in findings["rows"]]
    assert len(rows) == len(day.contraventions) >= 4
    assert {found.what for found in day.contraventions} >= {
        "over_limit",
        "outside_hours",
        "no_evidence",
        "uncounted",
    }
    for found, row in zip(
        sorted(day.contraventions, key=lambda one: one.doubt is not None), rows, strict=True
    ):
        assert row["para"] == found.para
        assert text("report.item", language, para="7") in row["penalty"]
        assert all(str(index) in row["entries"] for index in found.entries)
    grouped = list(chain(about["against"]["groups"], about["questions"]["groups"]))
    assert sum(len(group["items"]) for group in grouped) == len(rows)
    assert all("50,000" in said(group["penalties"]) for group in grouped)


def test_a_question_is_never_told_as_a_finding() -> None:
    about = report(one_day())
    doubts = [item["doubt"] for group in about["against"]["groups"] for item in group["items"]]
    asked = [item["doubt"] for group in about["questions"]["groups"] for item in group["items"]]
    assert doubts and not any(doubts)
    assert asked and all(asked)


def test_staff_who_were_not_in_order_are_threatened_themselves() -> None:
    log = Log()
    log.at("12:00").open(*zones(MAY_1), kind="catering")
    log.enter(1, "D1", override=against("staff_not_vaccinated"))
    (group,) = report(log)["against"]["groups"]
    assert [sentence.split(":")[0] for sentence in group["penalties"]] == ["Whoever is responsible", "Staff"]


def test_a_contravention_under_an_instrument_that_is_not_at_hand_says_so() -> None:
    log = Log()
    log.at("12:00").open(*zones(MAY_1), kind="catering", instrument="1999-01-01")
    log.enter(61, "D1")
    (group,) = report(log)["against"]["groups"]
    assert list(group["penalties"]) == [text("report.penalty_unknown", "en", instrument="1999-01-01")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_days_without_a_fault_are_said_to_be_so_and_what_that_is_worth(
    tmp_path: Path, language: Language
) -> None:
    log = Log()
    log.at("12:00").open(*zones(MAY_1), kind="catering")
    log.enter(3, "D1")
    first = printed(log, language, tmp_path / "r.pdf")[0]
    assert squeezed(text("report.against_none", language)) in first
    assert squeezed(text("report.against_limits", language)) in first
    assert squeezed(text("report.questions", language)) not in first


@pytest.mark.parametrize("language", LANGUAGES)
def test_days_without_entries_make_a_report(tmp_path: Path, language: Language) -> None:
    log = Log()
    told = "".join(printed(log, language, tmp_path / "r.pdf", MAY_1 + timedelta(days=6)))
    assert squeezed(text("report.empty", language)) in told
    assert squeezed(text("report.entries_none", language)) in told
    assert squeezed(text("report.log_cosigned_none", language)) in told


def test_quiet_days_share_a_line_and_busy_ones_have_a_section() -> None:
    log, _, last = month(9, quiet=frozenset({2, 3, 4}))
    about = report(log, last=last)
    assert len(about["days"]) == 6
    assert [row["day"] for row in about["overview"]["rows"] if "quiet" in row] == ["1 May", "2 May to 3 May"]
    assert sum("cells" in row for row in about["overview"]["rows"]) == 6


def test_a_day_that_only_has_an_alarm_or_a_recount_is_not_quiet() -> None:
    from kiosk.ledger.entries import Alarm, Recount, StaffPass, Stopped

    for entry, quiet in (
        (Alarm(kind="forced_open"), False),
        (Recount(inside={"premises": 3}, was={"premises": 1}, by="mei", reason="round"), False),
        (StaffPass(by="mei"), True),
        (Stopped(), True),
    ):
        log = Log()
        log.at("09:00").open()
        log.write(entry)
        assert is_quiet(log.told()) is quiet, entry


def test_the_sums_are_those_of_the_days() -> None:
    log, first, last = month(4)
    days = log.days(last, until=moment("24:00", last))
    about = make_report(facts(log, first, last), days, "en")
    admissions = [one.entry for one in log.entries if isinstance(one.entry, Admission)]
    people, refused, overrides, alarms = (count for count, _, _ in about["sums"]["big"])
    assert people == sum(len(one.people) for one in admissions) == sum(day.people for day in days)
    assert refused == sum(one.entry.people for one in log.entries if one.entry.type == "refusal")
    assert overrides == sum(one.override is not None for one in admissions)
    assert alarms == sum(one.entry.type == "alarm" for one in log.entries)
    shown = dict(map(tuple, about["sums"]["left"][0]["rows"]))
    assert sum(shown.values()) == people
    assert shown[text("figures.shown.none", "en")] == sum(
        person == Evidence() for one in admissions for person in one.people
    )


def test_a_stretch_over_midnight_is_told_on_both_days_and_counted_once() -> None:
    log = Log(sensors=False)
    log.at("23:00").open(*zones(MAY_1), kind="catering")
    log.enter(62, "D1")
    log.at("25:00").leave(62, name="D1")
    about = report(log, last=MAY_1 + timedelta(days=1))
    assert [len(day["findings"]) for day in about["days"]] == [1, 1]
    (group,) = about["against"]["groups"]
    (item,) = group["items"]
    assert item["where"] == "Zone D, once"
    assert item["when"] == "1 May 23:00–24:00, 2 May 00:00–01:00"


LINES = [
    recorded.entry
    for recorded in one_day().entries
    if type(recorded.entry) in _LINES or getattr(recorded.entry, "override", None)
] + [
    Settled(admission=7, entered=2, by="mei"),
    Continues(kiosk="old-1", entries=70, root="AAAA"),
    Decommissioned(by="boss", visits=3, unsent=0),
]


def test_the_lines_below_are_of_every_kind_that_a_report_tells() -> None:
    assert set(_LINES) <= {type(entry) for entry in LINES}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("entry", LINES, ids=lambda entry: entry.type)
def test_every_line_is_a_sentence(language: Language, entry: AnyEntry) -> None:
    told = Teller(language, ZONES).entry(entry)
    unknown = text("report.line_unknown", language, type=entry.type)
    assert told.strip() and told != unknown and "{" not in told


HOSTILE = '<script>alert(1)</script> #panic("x") $x$ *x* \\ "quoted" {{ x }} {x} %s &amp; \u202e אבג'


def test_what_staff_typed_stands_there_as_they_typed_it(tmp_path: Path) -> None:
    log = Log()
    log.at("12:00").open(*zones(MAY_1), kind="catering")
    faults(log, reason=HOSTILE)
    assert HOSTILE in report(log)["days"][0]["lists"][0]["rows"][0][1]
    data = (tmp_path / "r.pdf").read_bytes() if printed(log, "en", tmp_path / "r.pdf") else b""
    told = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))
    assert squeezed('<script>alert(1)</script> #panic("x") $x$ *x*') in squeezed(told)
    assert (
        b"/JavaScript" not in data
        and b"/JS" not in data
        and b"/URI" not in data
        and b"/EmbeddedFile" not in data
    )


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("\ue000", "[U+E000]"),
        ("a\x07\x00b", "a[U+0007][U+0000]b"),
        ("\ufdd0", "[U+FDD0]"),
        ("\u202egnihtyna", "[U+202E]gnihtyna"),
        ("\ud800", "[U+D800]"),
        ("ༀ", None),
        ("👍", None),
        ("W" * 900, "W" * 900),
        ("one\n\ttwo\u2028three", "one two three"),
    ],
)
def test_no_sign_that_somebody_types_suppresses_or_bends_a_report(
    tmp_path: Path, typed: str, shown: str | None
) -> None:
    log = Log()
    log.at("12:00").open(*zones(MAY_1), kind="catering")
    faults(log, reason=f"begun {typed} ended")
    told = "".join(printed(log, "en", tmp_path / "r.pdf")).replace("\u200b", "").replace("\ufffe", "")
    assert "begun" in told and "ended" in told
    if shown is not None:
        assert squeezed(f"begun {shown} ended") in told


def test_names_from_the_settings_cannot_draw_into_a_curve() -> None:
    log = one_day()
    evil = {"D1": dict.fromkeys(LANGUAGES, '"><script>alert(1)</script>')}
    (day,) = report(log, zones=evil)["days"]
    assert any("&lt;script&gt;" in zone["svg"] for zone in day["zones"])
    assert not any("<script" in zone["svg"] for zone in day["zones"])


def test_what_is_too_much_for_paper_is_counted_and_stands_in_the_table(tmp_path: Path) -> None:
    log = Log()
    log.at("12:00").open(*zones(MAY_1), kind="catering")
    for _ in range(MOST_LINES + 23):
        log.enter([FINE], "D1", override=against("table_full"))
    (overrides,) = (
        one for one in report(log)["days"][0]["lists"] if one["title"] == text("report.overrides", "en")
    )
    assert len(overrides["rows"]) == MOST_LINES
    assert overrides["more"] == text("report.more", "en", n=23)
    assert squeezed(overrides["more"]) in "".join(printed(log, "en", tmp_path / "r.pdf"))


@pytest.mark.parametrize(
    ("who", "words"),
    [
        (TakenBy(department="FEHD", number="F-7"), "Inspector of FEHD, badge F-7"),
        (TakenBy(department="FEHD", by="mei"), "Inspector of FEHD, let in by mei of the venue"),
        (TakenBy(by="mei"), "mei of the venue"),
        (TakenBy(), "whoever had the box itself in hand (command line)"),
    ],
)
def test_it_says_who_takes_it_away(who: TakenBy, words: str) -> None:
    assert ("Taken away by", words) in report(one_day(), taken_by=who)["facts"]


def test_a_demonstration_says_so_on_every_page(tmp_path: Path) -> None:
    log = one_day()
    write_report(
        facts(log, MAY_1, MAY_1, demo=True), log.days(until=moment("24:00")), "zh-Hant", tmp_path / "r.pdf"
    )
    for page in pypdfium2.PdfDocument(tmp_path / "r.pdf"):
        assert "示範" in page.get_textpage().get_text_range()


def test_a_camera_reads_the_checkpoint_from_the_last_page(tmp_path: Path) -> None:
    log = one_day()
    about = facts(log, MAY_1, MAY_1)
    write_report(about, log.days(until=moment("24:00")), "en", tmp_path / "r.pdf")
    document = pypdfium2.PdfDocument(tmp_path / "r.pdf")
    picture = document[len(document) - 1].render(scale=2, grayscale=True).to_numpy()
    assert about.checkpoint.decode() in {code.text for code in decode(picture).codes}
    last = document[len(document) - 1].get_textpage().get_text_range()
    assert SIGNER.key.fingerprint in squeezed(last)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_month_of_busy_days_takes_a_page_a_day(tmp_path: Path, language: Language) -> None:
    log, first, last = month(31, parties=30)
    pages = printed(log, language, tmp_path / "r.pdf", last)
    teller = Teller(language, ZONES)
    for number in range(31):
        title = squeezed(teller.day(first + timedelta(days=number), "day_weekday"))
        assert sum(title in page for page in pages) == 1, title
    assert 31 < len(pages) < 40
    assert (tmp_path / "r.pdf").stat().st_size < 3_000_000
    assert all(f"{number}/{len(pages)}" in page for number, page in enumerate(pages, 1))


def test_premises_of_one_area_and_of_many_zones_are_drawn(tmp_path: Path) -> None:
    from tests.reports.daylog import zone

    for names in ([WHOLE], ["a", "b", "c", "d", "e", "f", "g"]):
        log = Log()
        log.at("12:00").open(*(zone(name, 20) for name in names), kind="catering")
        for name in names:
            log.enter(3, name)
        (day,) = report(log)["days"]
        assert len(day["zones"]) == len(names)
        assert printed(log, "zh-Hant", tmp_path / f"{len(names)}.pdf")


def test_the_same_days_make_the_same_bytes(tmp_path: Path) -> None:
    log = one_day()
    for name in ("a", "b"):
        printed(log, "zh-Hans", tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
