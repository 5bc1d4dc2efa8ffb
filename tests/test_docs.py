"""What the documentation names is there: programs, verbs, make targets, files and pictures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kiosk.cli import COMMANDS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_verbs_and_targets_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for verb in re.findall(r"\.venv/bin/kiosk ([a-z-]+)", text):
        assert verb in COMMANDS, verb
    for target in re.findall(r"^make ([a-z]+)", text, re.MULTILINE):
        assert f"\n{target}:" in makefile, target


def test_every_verb_is_in_the_readme_and_can_say_what_it_does() -> None:
    readme = PAGES[0].read_text(encoding="utf-8")
    assert [verb for verb in COMMANDS if f"kiosk {verb}" not in readme] == []


def test_decisions_are_numbered_without_gaps_or_twins() -> None:
    numbers = [int(page.name[:4]) for page in sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
