"""What hangs at the entrance says each zone's limit with its paragraph, in three languages, on paper too."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pypdfium2
import pytest
import yaml

from kiosk import settings as venues
from kiosk.cli import main
from kiosk.law import load_instruments
from kiosk.proofs.lhs_poster import encode, parse, venue_hash
from kiosk.reports import pdf, press
from kiosk.reports.notice import Notice, make_notice
from kiosk.reports.page import notices_page
from kiosk.reports.plan import floor_plan
from kiosk.reports.poster import venue_poster

DEMO = venues.SHIPPED / "venues" / "demo.yaml"
MAY_DAY = datetime.fromisoformat("2021-05-01T19:30:00+08:00")


def loaded(changes: dict | None = None, folder: Path | None = None) -> venues.Settings:
    if changes is None or folder is None:
        return venues.load(DEMO)
    document = yaml.safe_load(DEMO.read_text(encoding="utf-8"))
    file = folder / "venue.yaml"
    file.write_text(yaml.safe_dump({**document, **changes}, allow_unicode=True), encoding="utf-8")
    return venues.load(file)


def noticed(settings: venues.Settings, at: datetime = MAY_DAY) -> Notice:
    return make_notice(settings, load_instruments(settings.instruments), at)


def sheets(html: str) -> list[str]:
    return re.findall(r"<section.*?</section>", html, re.DOTALL)


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_each_zone_has_a_sheet_with_its_limits_and_their_paragraph() -> None:
    html = notices_page(noticed(loaded()), None)
    by_zone = {name: plain(sheet) for sheet in sheets(html) for name in re.findall(r'id="(zone-\d)"', sheet)}
    assert re.search(r"\b12 .{0,120}customers at most at any one time 1\(d\)", by_zone["zone-1"])
    assert re.search(r"\b8 .{0,120}together at one table 1\(d\)", by_zone["zone-1"])
    assert re.search(r"\b6 .{0,120}customers at most at any one time 1\(b\)", by_zone["zone-2"])
    assert re.search(r"\b4 .{0,120}together at one table 1\(b\)", by_zone["zone-2"])


@pytest.mark.parametrize(
    "words", ["安心出行", "以“安心出行”流动应用程序扫描二维码", "scanning the LeaveHomeSafe QR code"]
)
def test_what_is_asked_of_customers_is_said_in_three_languages(words: str) -> None:
    assert words in plain(notices_page(noticed(loaded()), None))


def test_what_is_asked_of_staff_alone_does_not_hang_at_the_entrance() -> None:
    assert "Every member of staff" not in notices_page(noticed(loaded()), None)


def test_the_penalty_is_cited_by_its_item() -> None:
    html = notices_page(noticed(loaded()), None)
    assert re.search(r"fixed penalty of \$5,000\. 7\b", plain(html))


def test_the_plan_draws_each_zone_with_mode_limit_and_tables() -> None:
    drawn = plain(floor_plan(noticed(loaded())))
    for word in ("D 類區域", "at most 12", "seats 16", "D-2", "Main hall", "at most 6", "M-3"):
        assert word in drawn, word


def test_a_name_in_the_settings_cannot_write_into_the_page(tmp_path: Path) -> None:
    evil = dict.fromkeys(("en", "zh-Hant", "zh-Hans"), "<script>alert(1)</script>")
    html = notices_page(noticed(loaded({"name": evil}, tmp_path)), None)
    assert "<script" not in html


@pytest.mark.parametrize(
    ("premises", "limit", "para"),
    [
        ({"kind": "bar", "capacity": 51}, ("capacity", 25), "2"),
        ({"kind": "club", "capacity": 80}, ("table", 2), "5(b)"),
        (
            {
                "kind": "party_room",
                "capacity": 20,
                "rooms": [{"id": "R1", "name": {"en": "One"}, "places": 8}],
            },
            ("room", 4),
            "5(c)",
        ),
        ({"kind": "karaoke", "capacity": 80}, ("table", 4), "5(d)"),
    ],
)
def test_premises_without_zones_show_their_own_limits(
    tmp_path: Path, premises: dict, limit: tuple[str, int], para: str
) -> None:
    notice = noticed(loaded({"premises": premises, "admission": {"way": "staffed"}}, tmp_path))
    (area,) = notice.areas
    assert (*limit, para) in {(one.topic, one.value, one.para) for one in area.numbers}


def test_without_directions_in_force_the_notice_says_that_nobody_is_admitted() -> None:
    notice = noticed(loaded(), datetime.fromisoformat("2021-06-01T12:00:00+08:00"))
    html = plain(notices_page(notice, None))
    assert "nobody is admitted" in html and "暫不接待顧客" in html
    assert all(area.limit is None for area in notice.areas)


def test_a_demo_says_so_and_a_production_venue_does_not(tmp_path: Path) -> None:
    assert "DEMO" in notices_page(noticed(loaded()), None)
    real = {"production": True, "central": None, "name": {"en": "Lotus", "zh-Hant": "蓮", "zh-Hans": "莲"}}
    assert "DEMO" not in notices_page(noticed(loaded(real, tmp_path)), None)


def test_the_code_is_a_poster_of_the_venue_that_is_not_called_the_governments() -> None:
    made = venue_poster(loaded())
    assert made is not None
    poster, hash_ = parse(encode(made))
    assert (poster.id, poster.name_zh) == ("gxr8l5A6", "蓮苑酒家（示範）")
    assert hash_ == venue_hash("gxr8l5A6")
    assert "not the poster issued by the Government" in notices_page(noticed(loaded()), made)


def test_the_code_says_the_type_of_the_settings_and_the_sheet_tells_it(tmp_path: Path) -> None:
    assert loaded().leavehomesafe_type == "IMPORT"
    settings = loaded({"leavehomesafe_type": "SPORTSCULTURALRECREATIONAL"}, tmp_path)
    made = venue_poster(settings)
    assert made is not None
    poster, _ = parse(encode(made))
    assert poster.type == "SPORTSCULTURALRECREATIONAL"
    assert "Venue id gxr8l5A6, type SPORTSCULTURALRECREATIONAL" in plain(
        notices_page(noticed(settings), made)
    )


def test_the_plan_draws_tables_in_their_rooms_and_calls_both_by_name(tmp_path: Path) -> None:
    names = {"en": "Booth", "zh-Hant": "卡座", "zh-Hans": "卡座"}
    premises = {
        "kind": "karaoke",
        "capacity": 40,
        "rooms": [{"id": "R1", "name": {"en": "Jade", "zh-Hant": "翡翠房"}, "places": 8}],
        "tables": [
            {"id": "T1", "seats": 6, "room": "R1", "name": names},
            {"id": "T2", "seats": 4},
        ],
    }
    drawn = floor_plan(noticed(loaded({"premises": premises, "admission": {"way": "staffed"}}, tmp_path)))
    for word in ("翡翠房", "Jade", "卡座", "Booth", "T1", "T2"):
        assert word in plain(drawn), word
    room = re.search(r'd="M[\d.]+ ([\d.]+)H([\d.]+)v-([\d.]+)h([\d.]+)', drawn)
    table = re.search(
        r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" rx="(?!10")', drawn
    )
    loose = re.search(r'<circle cx="[\d.]+" cy="([\d.]+)" r="([\d.]+)"', drawn)
    assert room and table and loose
    bottom, left, height, width = map(float, room.groups())
    x, y, table_width, table_height = map(float, table.groups())
    assert left < x and x + table_width < left + width
    assert bottom - height < y and y + table_height < bottom
    assert float(loose[1]) - float(loose[2]) > bottom


@pytest.mark.parametrize(("asked_for", "limit"), [(True, 16), (False, None)])
def test_directions_of_the_press_hang_at_the_entrance_only_when_asked_for(
    tmp_path: Path, *, asked_for: bool, limit: int | None
) -> None:
    loaded({"include_unofficial": asked_for}, tmp_path)
    out = tmp_path / "n.html"
    at = "2021-06-25T19:30:00+08:00"
    assert main(["notices", "--config", str(tmp_path / "venue.yaml"), "--at", at, "-o", str(out)]) == 0
    html = plain(out.read_text(encoding="utf-8"))
    assert ("known from press reports only" in html) == asked_for
    assert ("nobody is admitted" in html) != asked_for
    assert (f"at most {limit}" in html) == asked_for


def test_without_an_id_there_is_no_code(tmp_path: Path) -> None:
    settings = loaded({"leavehomesafe_id": None}, tmp_path)
    assert venue_poster(settings) is None
    assert 'class="qr"' not in notices_page(noticed(settings), venue_poster(settings))


def test_the_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    assert (
        main(["notices", "--config", str(DEMO), "--at", MAY_DAY.isoformat(), "-o", str(tmp_path / "n.html")])
        == 0
    )
    html = (tmp_path / "n.html").read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert "http" not in html.replace("http-equiv", "") and "<script" not in html and "<img" not in html


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("notices") / "notices.pdf"
    assert main(["notices", "--config", str(DEMO), "--at", MAY_DAY.isoformat(), "-o", str(file)]) == 0
    return file


def test_the_pdf_has_the_plan_a_page_a_zone_its_banquets_and_the_code(printed: Path) -> None:
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(printed)]
    assert len(pages) == 5
    for page, words in zip(
        pages, ("分區平面圖", "同一時間顧客人數上限", "大型宴會", "大堂", "罰則"), strict=True
    ):
        assert words in page.replace(" ", ""), words


def test_the_printed_code_is_read_by_a_camera_as_the_poster(printed: Path) -> None:
    from kiosk.scanning.decode import decode

    picture = pypdfium2.PdfDocument(printed)[4].render(scale=60 / 72, grayscale=True).to_numpy()
    poster = venue_poster(loaded())
    assert poster and encode(poster) in {code.text for code in decode(picture).codes}


def test_where_fonts_are_absent_the_mend_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    absent = tmp_path / "python"
    absent.write_text(f"#!/bin/sh\necho unknown font family >&2\nexit {press.NO_FONTS}\n", encoding="ascii")
    absent.chmod(0o700)
    monkeypatch.setattr(pdf.sys, "executable", str(absent))
    assert main(["notices", "--config", str(DEMO), "-o", str(tmp_path / "n.pdf")]) == 2
    assert "apt-get install fonts-noto-cjk" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["python"]


def test_paper_says_every_sentence_of_the_page(printed: Path) -> None:
    notice = noticed(loaded())
    told = re.sub(
        r"\s", "", "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(printed))
    )
    said = [one for area in notice.areas for one in (*area.hours, *area.asked, *area.banquets)]
    for one in (*said, *notice.penalties):
        for sentence in one.said.values():
            assert re.sub(r"\s", "", sentence) in told, sentence


def test_another_kind_of_file_is_refused(tmp_path: Path, capsys) -> None:
    assert main(["notices", "--config", str(DEMO), "-o", str(tmp_path / "n.doc")]) == 2
    assert "neither .pdf nor .html" in capsys.readouterr().err
