"""README.txt of an export says how to check it without a program of ours: its recipes are run as they stand."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk import exporting
from kiosk.exporting import Order
from kiosk.texts import LANGUAGES, Language
from tests.reports.boxes import MAY_1, Box, three_days

VERIFIED = "Signature Verified Successfully"

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Box:
    found = three_days(tmp_path_factory.mktemp("box"))
    found.certify()
    return found


def unpacked(box: Box, folder: Path, language: Language = "en") -> Path:
    """An export in a folder, with the authority's key beside it, as the text asks for."""
    order = Order(MAY_1, MAY_1 + timedelta(days=1), language)
    made = exporting.make(box.settings, order, folder / "out.zip")
    with zipfile.ZipFile(made.file) as found:
        found.extractall(folder)
    (inside,) = (path for path in folder.iterdir() if path.is_dir())
    (inside / "authority-public.key").write_text(f"{box.authority.key}\n")
    return inside


def recipes(folder: Path) -> list[str]:
    """What is to be typed by hand: the parts that are indented, but for the program's own."""
    text = (folder / "README.txt").read_text(encoding="utf-8")
    parts = re.findall(r"(?:^    .*\n?)+", text, re.MULTILINE)
    return ["".join(line[4:] for line in part.splitlines(keepends=True)) for part in parts[1:]]


def run(folder: Path, *steps: str) -> str:
    """What is printed; a step that fails does not end it, as in a shell at hand."""
    done = subprocess.run(
        ["sh", "-c", "\n".join(steps)], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_step_holds_for_an_untouched_export(box: Box, tmp_path: Path, language: Language) -> None:
    folder = unpacked(box, tmp_path, language)
    steps = recipes(folder)
    assert len(steps) == 6
    said = run(folder, *steps)
    listed = len(list(folder.rglob("*.csv"))) + len(list(folder.rglob("*.yaml")))
    assert said.count(": OK") >= listed + 3
    assert said.count(VERIFIED) == 3
    assert "entry: in the log" in said
    assert f"key {box.signer.key}" in said
    assert "Sun May  2 13:30:00 UTC 2021" in said


def changed(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new", "step", "lost"),
    [
        ("people.csv", "Registered", "registered", 0, "people.csv: OK"),
        ("manifest.json", '"language"', '"Language"', 1, None),
        ("log/checkpoint.note", "venue-kiosk/test-1\n", "venue-kiosk/test-1\n1", 2, VERIFIED),
        ("log/download.json", '"first":"2021-05-01"', '"first":"2021-05-02"', 3, "entry: in the log"),
        ("log/certificate.note", "2031-04-30", "2041-04-30", 4, VERIFIED),
        ("log/cosigned.note", "venue-kiosk/test-1\n", "venue-kiosk/test-1\n1", 5, VERIFIED),
    ],
)
def test_what_was_changed_fails_its_step(
    box: Box, tmp_path: Path, name: str, old: str, new: str, step: int, lost: str | None
) -> None:
    folder = unpacked(box, tmp_path)
    steps = recipes(folder)
    # The later steps use what the third defines.
    needed = [steps[2], steps[step]] if step > 2 else [steps[step]]
    before = run(folder, *needed)
    changed(folder / name, old, new)
    after = run(folder, *needed)
    if lost is None:
        assert before.strip()
        assert not after.strip()
    else:
        assert after.count(lost) == before.count(lost) - 1


def test_no_line_of_a_recipe_is_too_long_to_be_typed(box: Box, tmp_path: Path) -> None:
    for step in recipes(unpacked(box, tmp_path)):
        assert max(map(len, step.splitlines())) <= 110
