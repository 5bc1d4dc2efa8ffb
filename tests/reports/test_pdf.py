"""A PDF is made whole or not at all, within limits as hard as those of the pages' service, and from what it is given alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from kiosk.reports.pdf import PdfError, write_pdf

PYTHON = sys.executable
LAYOUT = """
#let d = json(bytes(sys.inputs.content))
#set document(title: "t", date: datetime(year: 2021, month: 5, day: 1))
#set text(font: "Noto Sans CJK HK", lang: "zh", region: "HK")
#d.said
"""


@pytest.fixture
def layouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of layouts for a press of which the child process is told by a program of our own."""
    folder = tmp_path / "layouts"
    folder.mkdir()
    program = tmp_path / "python"
    script = (
        f"import sys; from pathlib import Path; from kiosk.reports import press; "
        f"press._LAYOUTS = Path({str(folder)!r}); sys.argv = ['press', sys.argv[3]]; sys.exit(press.main())"
    )
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{script}" "$@"\n', encoding="utf-8")
    program.chmod(0o700)
    monkeypatch.setattr("kiosk.reports.pdf.sys.executable", str(program))
    (folder / "plain.typ").write_text(LAYOUT, encoding="utf-8")
    return folder


def words(file: Path) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(file))


def made(folder: Path, said: str, layout: str = "plain", **how: Any) -> Path:
    out = folder.parent / "out"
    out.mkdir(exist_ok=True)
    write_pdf(layout, {"said": said}, out / "p.pdf", **how)
    assert [file.name for file in out.iterdir()] == ["p.pdf"]
    return out / "p.pdf"


def test_chinese_and_latin_are_there_to_be_searched(layouts: Path) -> None:
    assert words(made(layouts, "安心出行 Lotus")).strip() == "安心出行 Lotus"


def test_the_same_content_makes_the_same_bytes(layouts: Path) -> None:
    assert made(layouts, "安心出行").read_bytes() == made(layouts, "安心出行").read_bytes()


@pytest.mark.parametrize(
    "said", ['#read("/etc/hostname")', "<b>x</b>", "= x", "*x*", "$x$", "\\ #d", '"; #panic()']
)
def test_what_is_said_is_never_read_as_a_layout(layouts: Path, said: str) -> None:
    assert words(made(layouts, said)).strip() == said


@pytest.mark.parametrize(
    "asks",
    [
        '#read("/etc/hostname")',
        '#read("../python")',
        '#image("/etc/hostname.png")',
        '#import "@preview/cetz:0.3.0"',
    ],
)
def test_a_layout_reaches_no_file_beside_it_and_no_network(layouts: Path, asks: str) -> None:
    (layouts / "asks.typ").write_text(LAYOUT + asks, encoding="utf-8")
    with pytest.raises(PdfError, match="could not be made"):
        made(layouts, "x", "asks")
    assert not list((layouts.parent / "out").iterdir())


def test_a_font_that_is_missing_is_no_pdf_full_of_boxes(layouts: Path) -> None:
    (layouts / "odd.typ").write_text(LAYOUT.replace("Noto Sans CJK HK", "No Such Font"), encoding="utf-8")
    with pytest.raises(PdfError, match="apt-get install fonts-noto-cjk"):
        made(layouts, "x", "odd")


def test_what_takes_too_long_is_given_up_and_leaves_nothing(layouts: Path) -> None:
    (layouts / "slow.typ").write_text(LAYOUT + "#for i in range(100000000) { lorem(9) }", encoding="utf-8")
    with pytest.raises(PdfError, match="not made within 1 second"):
        made(layouts, "x", "slow", timeout_s=1)
    assert not list((layouts.parent / "out").iterdir())


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(PdfError, match="cannot be written"):
        write_pdf("report", {}, tmp_path / "none" / "p.pdf")


def test_it_works_where_no_memory_may_become_a_program(layouts: Path) -> None:
    """The pages' service denies that (MemoryDenyWriteExecute); the kernel's own form of it is as strict."""
    program = (
        "import ctypes, sys\n"
        "from pathlib import Path\n"
        # PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN: since Linux 6.3.
        "if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0): sys.exit(77)\n"
        "from kiosk.reports import press\n"
        f"press._LAYOUTS = Path({str(layouts)!r})\n"
        "sys.argv = ['press', 'plain']\n"
        "sys.exit(press.main())\n"
    )
    done = subprocess.run(
        [PYTHON, "-c", program],
        input=json.dumps({"said": "安心出行"}).encode(),
        capture_output=True,
        timeout=120,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip("this kernel cannot deny that")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"%PDF-")
