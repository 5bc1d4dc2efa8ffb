"""The fuzzer keeps working: its targets run, its seeds are signed, and what is broken is found."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz import codes, corpus, issuers, make_seeds, promise, worker
from fuzz.__main__ import RUNS, pieces
from fuzz.targets import TARGETS
from kiosk.proofs import recognise, signatures, sloppy

ROOT = Path(__file__).parents[1]
INPUTS = 200


@pytest.fixture(autouse=True)
def _the_same_inputs_everywhere(monkeypatch, tmp_path):
    monkeypatch.setattr(worker, "FINDS", tmp_path)
    monkeypatch.setattr(corpus, "_VECTORS", {})
    monkeypatch.setattr(promise, "LONGEST_S", math.inf)  # machines that run tests are busy
    corpus.starts.cache_clear()
    yield
    corpus.starts.cache_clear()


def found(folder: Path) -> list[str]:
    return [file.read_text(encoding="utf-8") for file in folder.rglob("*.txt")]


@pytest.mark.parametrize("name", TARGETS)
def test_a_short_run_breaks_no_promise(name, tmp_path):
    tally = worker.by_chance(name, INPUTS, seed=1)
    assert found(tmp_path) == []
    assert (tally.inputs, tally.finds) == (INPUTS, 0)


@pytest.mark.parametrize(
    "name", ["text", "eu-claims", "own-claims", "card-claims", "seals", "records", "lines"]
)
def test_a_signature_that_always_holds_is_found(name, tmp_path, monkeypatch):
    codes.signed()  # while signatures are still checked
    monkeypatch.setattr(signatures, "holds", lambda *_: True)
    assert worker.by_chance(name, INPUTS, seed=1).finds
    assert any("nobody signed it" in said for said in found(tmp_path))


@pytest.mark.parametrize("name", ["eu-claims", "own-claims", "card-claims", "seals", "records"])
def test_a_signature_that_never_holds_is_found(name, tmp_path, monkeypatch):
    monkeypatch.setattr(signatures, "holds", lambda *_: False)
    assert worker.by_chance(name, INPUTS, seed=1).finds
    assert any("rightly signed" in said for said in found(tmp_path))


def test_an_exception_is_found_with_its_input(tmp_path, monkeypatch):
    def fails(_value):
        raise RuntimeError("sabotage")

    monkeypatch.setattr(sloppy, "words", fails)
    tally = worker.by_chance("eu-claims", INPUTS, seed=1)
    assert tally.finds > 1
    assert any("sabotage" in said for said in found(tmp_path))
    inputs = [file for file in (tmp_path / "eu-claims").iterdir() if not file.suffix]
    assert inputs
    with pytest.raises(RuntimeError, match="sabotage"):
        TARGETS["eu-claims"].one(inputs[0].read_bytes(), promise.Clock())


def test_an_input_that_takes_too_long_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(promise, "LONGEST_S", 0.0)
    assert worker.by_chance("text", 20, seed=1).finds == 20
    assert all("takes longer" in said for said in found(tmp_path))


def test_every_target_has_seeds_and_a_way_to_make_them():
    assert {folder.name for folder in corpus.FOLDER.iterdir()} == make_seeds.SEEDS.keys() == TARGETS.keys()
    for name, made in make_seeds.SEEDS.items():
        assert len(corpus.seeds(name)) == len(made())


@pytest.mark.parametrize("text", corpus.seeds("text"), ids=lambda text: text[:12].decode())
def test_the_texts_that_inputs_start_from_hold(text):
    assert recognise(text.decode(), trust=issuers.TRUST, at=issuers.AT).verified


@pytest.mark.parametrize("runs", [RUNS, 12_345, 7])
def test_all_inputs_are_spread_over_all_targets(runs):
    given = pieces(runs, list(TARGETS))
    assert {name for name, _ in given} == TARGETS.keys()
    assert runs <= sum(inputs for _, inputs in given) < runs + len(TARGETS)


@pytest.mark.parametrize("unguided", ["", "1"], ids=["guided where it can be", "by chance"])
def test_the_program_says_what_it_did(unguided):
    settings = {"FUZZ_RUNS": "300", "FUZZ_TARGETS": "records", "FUZZ_JOBS": "1", "FUZZ_UNGUIDED": unguided}
    ended = subprocess.run(
        [sys.executable, "-m", "fuzz"],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    first, _, row, total, *_ = ended.stdout.splitlines()
    assert first.startswith("fuzz: 300 inputs")
    assert ("by chance" in first) >= bool(unguided)
    assert row.split()[:2] == ["records", "300"]
    assert total.split()[:2] == ["all", "300"]
