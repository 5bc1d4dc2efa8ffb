"""What a durable admission costs on top of the same bare SQLite commit, side by side in one run.

Bare: ``BEGIN IMMEDIATE``, the inserts, ``COMMIT``, with the same pragmas and rows of the same size, made beforehand.
Ours: `Store.append`: sealing, canonical leaf, hash, inserts, commit, and the check that the database is still there.
The goal is 0.25 ms on top (median).

    python bench/admission.py [--times N] [--folder DIR]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from kiosk import HONG_KONG
from kiosk.ledger import sealing
from kiosk.ledger.entries import Admission, Draft, Evidence, Personal, Registration, TableShare
from kiosk.store import Store, StoreReader
from kiosk.store.connection import connect_writer

GOAL_MS = 0.25
AT = datetime(2021, 5, 1, 19, 30, 0, 123000, tzinfo=HONG_KONG)
KEY = sealing.generate().public_key()


def party(*, registered: bool) -> Draft:
    """A party of four at a table of Zone B, scanned or registered."""
    scanned = Evidence(lhs="staff_saw", age="adult")
    on_paper = Evidence(registered=True, age="adult")
    entry = Admission(
        command="0f8fad5b-d9cb-469f-a165-70867728950e",
        party="p-0217",
        zone="main",
        people=(on_paper if registered else scanned, scanned, scanned, scanned),
        tables=(TableShare(table="T12", people=4),),
        way="staffed",
        by="mei",
        waits_for_passage=True,
        instrument="hk-2021-04-29",
    )
    left = Personal(registrations=(Registration(name="陳大文", contact="91234567"), None, None, None))
    return Draft(at=AT, entry=entry, personal=left if registered else None)


def ours(file: Path, draft: Draft) -> Callable[[], None]:
    """One more admission through the store."""
    store = Store.open(file, kiosk="hk-1", sealing_key=KEY)

    def admit() -> None:
        store.append((draft,), expected_index=store.length)

    return admit


def bare(file: Path, draft: Draft) -> Callable[[], None]:
    """One more commit of rows like those of ``draft``, and nothing else."""
    store = Store.open(file, kiosk="hk-1", sealing_key=KEY)
    store.append((draft,), expected_index=0)
    with StoreReader(file) as reader:
        row = reader.leaves(0, limit=1, max_bytes=1)[0]
    store.close()
    connection = connect_writer(file)
    number = 0

    def commit() -> None:
        nonlocal number
        number += 1
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?)",
            (number, "2021-05-01T19:30:00.123000+08:00", "admission", row.leaf, b"\0" * 32),
        )
        if row.ciphertext:
            connection.execute("INSERT INTO sealed VALUES (?, ?, ?)", (number, row.ciphertext, "2021-05-01"))
        connection.execute("COMMIT")

    return commit


@dataclass
class Taken:
    """What calls of one kind took, in milliseconds: by the clock, and of the processor."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    @property
    def figures(self) -> tuple[float, float, float]:
        """Median and 99th percentile by the clock, median of the processor."""
        return (
            statistics.median(self.wall),
            statistics.quantiles(self.wall, n=100)[98],
            statistics.median(self.processor),
        )


def measure(times: int, kinds: dict[str, Callable[[], None]]) -> dict[str, Taken]:
    """What each kind takes; the kinds take turns, so that they meet the same disk."""
    taken = {kind: Taken() for kind in kinds}
    for _ in range(times):
        for kind, call in kinds.items():
            wall, processor = time.perf_counter(), time.thread_time()
            call()
            taken[kind].processor.append((time.thread_time() - processor) * 1000)
            taken[kind].wall.append((time.perf_counter() - wall) * 1000)
    return taken


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="A durable admission on top of the same bare SQLite commit.")
    parser.add_argument(
        "--times", type=int, default=1500, help="admissions of each kind (default: %(default)s)"
    )
    parser.add_argument("--folder", type=Path, help="where the databases lie (default: a temporary folder)")
    args = parser.parse_args()
    print(f"{'one admission of four, ms':38}{'median':>9}{'p99':>9}{'processor':>11}")
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        for what, registered in (("scanned", False), ("one registered, sealed", True)):
            draft = party(registered=registered)
            kinds = {
                "bare commit": bare(Path(folder) / f"bare-{registered}.sqlite", draft),
                "Store.append": ours(Path(folder) / f"ours-{registered}.sqlite", draft),
            }
            figures = {kind: taken.figures for kind, taken in measure(args.times, kinds).items()}
            for kind, (median, p99, processor) in figures.items():
                print(f"{what + ', ' + kind:38}{median:9.3f}{p99:9.3f}{processor:11.3f}")
            bare_figures, our_figures = figures.values()
            extra = our_figures[0] - bare_figures[0]
            processor = our_figures[2] - bare_figures[2]
            verdict = "within" if extra <= GOAL_MS else "MISSES"
            print(f"{what + ', on top':38}{extra:9.3f}{'':9}{processor:11.3f}  {verdict} {GOAL_MS} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())
