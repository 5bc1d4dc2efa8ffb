"""Tries one target with so many inputs: guided by coverage where atheris is there, else by chance.

    python -m fuzz.worker TARGET RUNS SEED FOLDER

FOLDER gets ``summary.json`` and, with atheris, what was found to reach new code. Finds go to ``fuzz/finds/TARGET``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Never

if TYPE_CHECKING:
    from fuzz.targets import Target

FINDS = Path(__file__).parent / "finds"
#: Finds of one kind that are kept.
_KEPT = 3


def is_guided() -> bool:
    """Whether atheris can be imported; ``FUZZ_UNGUIDED=1`` does without."""
    return not os.environ.get("FUZZ_UNGUIDED") and importlib.util.find_spec("atheris") is not None


@dataclass
class Tally:
    """What came of the inputs of one target."""

    name: str
    target: Target
    inputs: int = 0
    finds: int = 0
    slowest_s: float = 0.0
    began: float = field(default_factory=time.monotonic)
    processor: float = field(default_factory=time.process_time)
    _kinds: dict[str, int] = field(default_factory=dict)

    def one(self, data: bytes) -> None:
        """Try an input; what it breaks is written down, and the next one is tried."""
        from fuzz.promise import Clock

        clock = Clock()
        self.inputs += 1
        try:
            self.target.one(data, clock)
        except Exception as error:  # noqa: BLE001 -- any exception is what we look for
            self._find(data, error)
        self.slowest_s = max(self.slowest_s, clock.slowest_s)

    def _find(self, data: bytes, error: Exception) -> None:
        self.finds += 1
        last = traceback.extract_tb(error.__traceback__)[-1]
        kind = f"{type(error).__name__} {last.filename}:{last.lineno} {str(error)[:25]}"
        self._kinds[kind] = self._kinds.get(kind, 0) + 1
        if self._kinds[kind] <= _KEPT:
            file = FINDS / self.name / hashlib.sha256(data).hexdigest()[:16]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            file.with_suffix(".txt").write_text("".join(traceback.format_exception(error)), encoding="utf-8")

    def summary(self) -> dict[str, float]:
        """For the table."""
        return {
            "inputs": self.inputs,
            "finds": self.finds,
            "slowest_s": self.slowest_s,
            "seconds": time.monotonic() - self.began,
            "processor_s": time.process_time() - self.processor,
        }


def start(name: str) -> Tally:
    """A tally of a target whose seeds have run once, so that first imports count for no input."""
    from fuzz import corpus
    from fuzz.promise import Clock
    from fuzz.targets import TARGETS

    for seed in corpus.starts(name):
        try:
            TARGETS[name].one(seed, Clock())
        except Exception:  # noqa: BLE001, S112 -- comes up again, and is counted then
            continue
    return Tally(name, TARGETS[name])


def by_chance(name: str, runs: int, seed: int) -> Tally:
    """Try ``runs`` inputs, the same ones for the same ``seed``."""
    from fuzz import corpus

    rng, tally, starts = Random(seed), start(name), corpus.starts(name)
    for data in starts[:runs]:
        tally.one(data)
    while tally.inputs < runs:
        data = rng.choice(starts)
        for _ in range(1 + rng.getrandbits(rng.randrange(1, 4))):
            data = tally.target.mutate(data, rng)[: tally.target.longest]
        tally.one(data)
    return tally


def guided(name: str, runs: int, seed: int, folder: Path) -> Never:
    """Try ``runs`` inputs with atheris, which ends the process."""
    import atheris

    with atheris.instrument_imports(include=["kiosk.proofs"]):
        tally = start(name)
    from fuzz import corpus

    rng, target = Random(seed), tally.target
    starts = folder / "starts"
    starts.mkdir(exist_ok=True)
    for data in corpus.starts(name):
        (starts / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)

    def one(data: bytes) -> None:
        tally.one(data)
        if tally.inputs >= runs:
            _write(tally, folder)
            sys.stdout.flush()
            os._exit(0)  # atheris has no other way to stop here

    def changed(data: bytes, longest: int, _seed: int) -> bytes:
        if rng.getrandbits(3) == 0:
            return bytes(atheris.Mutate(data, longest))
        for _ in range(1 + rng.getrandbits(1)):
            data = target.mutate(data, rng)
        return data[:longest]

    found = folder / "corpus"
    found.mkdir(exist_ok=True)
    options = [
        f"-seed={seed}",
        f"-max_len={target.longest}",
        "-len_control=0",
        "-timeout=120",
        "-report_slow_units=120",  # by the clock of the wall, which a busy machine slows; ours is the processor's
        "-rss_limit_mb=3000",
        f"-artifact_prefix={FINDS / name}/",
    ]
    (FINDS / name).mkdir(parents=True, exist_ok=True)
    atheris.Setup([sys.argv[0], *options, str(found), str(starts)], one, custom_mutator=changed)
    atheris.Fuzz()
    raise AssertionError("atheris does not come back")


def _write(tally: Tally, folder: Path) -> None:
    (folder / "summary.json").write_text(json.dumps(tally.summary()), encoding="utf-8")


def main() -> int:
    """Run as the command says."""
    name, runs, seed, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    if is_guided():
        guided(name, runs, seed, folder)
    _write(by_chance(name, runs, seed), folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
