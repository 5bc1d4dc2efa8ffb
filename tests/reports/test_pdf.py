"""A PDF is made whole or not at all, within limits as hard as those of the pages' service, from the page alone."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pypdfium2
import pytest

from kiosk.reports.pdf import PdfError, write_pdf

PAGE = '<!doctype html><html lang="zh-Hant-HK"><title>t</title><p style="font-family: Noto Sans CJK HK">安心出行 Lotus</p>'


def words(file: Path) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(file))


def test_chinese_and_latin_are_there_to_be_searched(tmp_path: Path) -> None:
    write_pdf(PAGE, tmp_path / "p.pdf")
    assert words(tmp_path / "p.pdf").strip() == "安心出行 Lotus"
    assert [file.name for file in tmp_path.iterdir()] == ["p.pdf"]


def test_the_same_page_makes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf"):
        write_pdf(PAGE, tmp_path / name)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


@pytest.mark.parametrize(
    "asks",
    [
        '<img src="file:///etc/hostname">',
        '<link rel="stylesheet" href="file:///etc/hostname">',
        '<img src="data:image/svg+xml,%3Csvg/%3E">',
        "<style>@import 'http://127.0.0.1:9/a.css';</style>",
        '<p style="background-image: url(http://127.0.0.1:9/a.png)">x</p>',
        '<svg width="9" height="9"><image href="file:///etc/hostname" width="9" height="9"/></svg>',
        '<object data="file:///etc/hostname"></object>',
        '<link rel="attachment" href="file:///etc/hostname">',
    ],
)
def test_a_page_that_asks_for_anything_is_not_printed(tmp_path: Path, asks: str) -> None:
    with pytest.raises(PdfError, match=r"the page asks for (file|http|data):"):
        write_pdf(PAGE + asks, tmp_path / "p.pdf")
    assert not list(tmp_path.iterdir())


def test_a_page_that_takes_too_long_is_given_up_and_leaves_nothing(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(PdfError, match="not made within"):
        write_pdf(PAGE + "<p>x</p>" * 200_000, tmp_path / "p.pdf", timeout_s=1)
    assert time.monotonic() - began < 60
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(PdfError, match="cannot be written"):
        write_pdf(PAGE, tmp_path / "none" / "p.pdf")


def test_it_works_where_no_memory_may_become_a_program() -> None:
    """The pages' service denies that (MemoryDenyWriteExecute); the kernel's own form of it is as strict."""
    program = (
        "import ctypes, sys\n"
        # PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN: since Linux 6.3.
        "if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0): sys.exit(77)\n"
        "from kiosk.reports.press import main\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=PAGE.encode(), capture_output=True, timeout=120, check=False
    )
    if done.returncode == 77:
        pytest.skip("this kernel cannot deny that")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"%PDF-")
