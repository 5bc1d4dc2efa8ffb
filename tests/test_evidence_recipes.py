"""What docs/evidence.md says about checking without a program of ours is run as it stands, on what our programs sign."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.ledger.checkpoint import Checkpoint, origin_of
from kiosk.ledger.notes import COSIGNATURE, Signer

PAGE = Path(__file__).parents[1] / "docs" / "evidence.md"
RECIPES = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
AT = datetime(2021, 5, 1, 11, 30, tzinfo=UTC)

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    log, witness = Signer.generate(origin_of("hk-1")), Signer.generate("venue-central/witness", COSIGNATURE)
    note = Checkpoint(origin_of("hk-1"), 62000, bytes(range(32))).sign(log)
    signed = note.signed(witness.cosign(note.text, AT))
    (tmp_path / "checkpoint.note").write_bytes(signed.encode())
    (tmp_path / "log-public.key").write_text(f"{log.key}\n")
    (tmp_path / "witness-public.key").write_text(f"{witness.key}\n")
    return tmp_path


def run(recipe: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-ec", recipe], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


def test_there_is_a_recipe_for_the_signature_and_one_for_the_co_signature() -> None:
    assert ["log-public" in RECIPES[0], "witness-public" in RECIPES[1], len(RECIPES)] == [True, True, 2]


@pytest.mark.parametrize("recipe", RECIPES, ids=["signature", "co-signature"])
def test_an_independent_program_agrees_with_what_we_sign(recipe: str, folder: Path) -> None:
    done = run(recipe, folder)
    assert done.returncode == 0, done.stderr
    assert "Verified Successfully" in done.stdout
    if "date" in recipe:
        assert "11:30:00" in done.stdout


@pytest.mark.parametrize("recipe", RECIPES, ids=["signature", "co-signature"])
def test_an_independent_program_refuses_what_was_changed(recipe: str, folder: Path) -> None:
    file = folder / "checkpoint.note"
    file.write_text(file.read_text(encoding="utf-8").replace("62000", "62001"), encoding="utf-8")
    assert "Verified Successfully" not in run(recipe, folder).stdout
