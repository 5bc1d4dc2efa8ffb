"""Fuzz everything that takes octets from strangers: ``make fuzz``.

    FUZZ_RUNS=N     inputs over all targets (10,000,000)
    FUZZ_JOBS=N     processes side by side (as many as there are processors)
    FUZZ_TARGETS=…  these targets only, with blanks between
    FUZZ_SEED=N     another row of inputs (1)

Ends with a line for each target, and with 1 where anything was found; finds are in ``fuzz/finds``.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from fuzz.targets import TARGETS
from fuzz.worker import FINDS, is_guided

RUNS = 10_000_000
#: Inputs that one process tries: a process that was started anew lets go of what has piled up.
_PIECE = 250_000
_ROOT = Path(__file__).parents[1]


@dataclass
class Row:
    """A target's line of the table."""

    inputs: int = 0
    processor_s: float = 0.0
    slowest_s: float = 0.0
    finds: int = 0

    def add(self, summary: dict[str, float]) -> None:
        """A piece that is done."""
        self.inputs += int(summary["inputs"])
        self.finds += int(summary["finds"])
        self.processor_s += summary["processor_s"]
        self.slowest_s = max(self.slowest_s, summary["slowest_s"])

    def __str__(self) -> str:
        rate = self.inputs / self.processor_s if self.processor_s else 0
        return f"{self.inputs:12,}{rate:14,.0f}{self.slowest_s * 1000:14.1f}{self.finds:9,}"


def pieces(runs: int, names: list[str]) -> list[tuple[str, int]]:
    """How many inputs for which target, piece by piece; together ``runs`` or a few more."""
    whole = sum(TARGETS[name].share for name in names)
    left = {name: -(-runs * TARGETS[name].share // whole) for name in names}
    found = []
    while any(left.values()):  # in turn, so that every target has begun soon
        for name in names:
            if left[name]:
                found.append((name, min(left[name], _PIECE)))
                left[name] -= found[-1][1]
    return found


def work(
    todo: queue.SimpleQueue[tuple[int, str, int]], rows: dict[str, Row], folder: Path, seed: int
) -> None:
    """Do pieces until none is left."""
    while True:
        try:
            number, name, runs = todo.get_nowait()
        except queue.Empty:
            return
        own = folder / f"{number}-{name}"
        own.mkdir()
        (folder / name).mkdir(exist_ok=True)
        (own / "corpus").symlink_to(
            folder / name
        )  # what one piece found to reach new code, the next starts from
        arguments = [sys.executable, "-m", "fuzz.worker", name, str(runs), str(seed + number), str(own)]
        with (own / "log").open("wb") as log:
            code = subprocess.run(arguments, cwd=_ROOT, stdout=log, stderr=log, check=False).returncode
        summary = own / "summary.json"
        if code or not summary.is_file():
            rows[name].finds += 1
            log_text = (own / "log").read_text(encoding="utf-8", errors="replace")
            kept = FINDS / name / f"ended-{number}.txt"
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(log_text, encoding="utf-8")
            print(f"fuzz: {name}: the process ended with {code}; see {kept}", file=sys.stderr, flush=True)
            continue
        rows[name].add(json.loads(summary.read_text(encoding="utf-8")))
        print(f"fuzz: {sum(row.inputs for row in rows.values()):,} inputs done", file=sys.stderr, flush=True)


def main() -> int:
    """Try them all; the table."""
    runs, jobs = int(os.environ.get("FUZZ_RUNS", RUNS)), int(os.environ.get("FUZZ_JOBS", os.cpu_count() or 1))
    names, seed = (
        os.environ.get("FUZZ_TARGETS", "").split() or list(TARGETS),
        int(os.environ.get("FUZZ_SEED", "1")),
    )
    guide = "guided by coverage (atheris)" if is_guided() else "by chance, for atheris is not here"
    print(f"fuzz: {runs:,} inputs, {guide}, {jobs} at a time", flush=True)
    todo: queue.SimpleQueue[tuple[int, str, int]] = queue.SimpleQueue()
    for number, (name, share) in enumerate(pieces(runs, names)):
        todo.put((number, name, share))
    rows = {name: Row() for name in names}
    with tempfile.TemporaryDirectory(prefix="kiosk-fuzz-") as folder:
        threads = [threading.Thread(target=work, args=(todo, rows, Path(folder), seed)) for _ in range(jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return report(rows)


def report(rows: dict[str, Row]) -> int:
    """The table; 1 where anything was found."""
    print(f"{'target':16}{'inputs':>12}{'a second':>14}{'slowest, ms':>14}{'finds':>9}")
    total = Row()
    for name, row in rows.items():
        print(f"{name:16}{row}")
        total.add(vars(row))
    print(f"{'all':16}{total}")
    print("(a second: of the processor, one core; slowest: the longest call into kiosk)")
    if total.finds:
        print(f"fuzz: finds are in {FINDS}")
    return 1 if total.finds else 0


if __name__ == "__main__":
    sys.exit(main())
