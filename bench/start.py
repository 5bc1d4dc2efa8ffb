"""What a door reads before it serves: the whole log, as it was, beside the newest kept state and what came after it.

A busy place: 2,000 entries a day. The goal for a start, from kernel to ready, is 3 s. And what it costs to keep a state, in
the door's own thread, at its largest: 1,000 parties and 512 commands.

    python bench/start.py [--entries N …] [--folder DIR]
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from kiosk import HONG_KONG
from kiosk.ledger import sealing
from kiosk.ledger.entries import (
    Admission,
    DayOpened,
    Draft,
    Evidence,
    Exit,
    Started,
    StateKept,
    TableShare,
    ZoneRules,
)
from kiosk.premises import Premises, fold
from kiosk.premises.kept import dumps, name_of
from kiosk.premises.model import MOST_PARTIES, REMEMBERED_COMMANDS
from kiosk.service.begin import begin
from kiosk.store import Store

KIOSK = "hk-1"
KEY = sealing.generate().public_key()
FIRST = datetime(2021, 5, 1, 5, 0, tzinfo=HONG_KONG)
A_DAY = 2000
BATCH = 1000
START = Started(
    version="1", demo=False, clock_shifted=False, has_lock=True, counts_entries=False, counts_exits=False
)
RULES = ZoneRules(zone="main", mode="D", capacity=400, limit=400, table=6, closes_at=None)
DAY = DayOpened(instrument="2021-04-29", instrument_digest="0" * 64, way="staffed", zones=(RULES,))
VACCINATED = Evidence(proofs=("hk-vac",), document_seen=True, lhs="staff_saw", age="adult")


def open_log(file: Path) -> Store:
    """The log, open for writing."""
    return Store.open(file, kiosk=KIOSK, sealing_key=KEY)


def moment(index: int) -> datetime:
    """When an entry is written."""
    day, place = divmod(index, A_DAY)
    return FIRST + timedelta(days=day, seconds=place * 30)


def entry(index: int) -> Draft:
    """Parties of two come, and those of half an hour ago leave."""
    if index == 0:
        return Draft(at=moment(0), entry=START)
    if index % A_DAY == 1:
        return Draft(at=moment(index), entry=DAY)
    if index % 2 or index < 2 * 30:
        came = Admission(
            command=f"6ba7b810-9dad-11d1-80b4-{index:012d}",
            party=f"P{index}",
            zone="main",
            people=(VACCINATED, VACCINATED),
            tables=(TableShare(table=f"T{index % 40}", people=2),),
            way="staffed",
            by="mei",
            waits_for_passage=False,
            instrument="2021-04-29",
        )
        return Draft(at=moment(index), entry=came)
    left = Exit(people=2, source="staff", zone="main", party=f"P{index - 59}", by="mei")
    return Draft(at=moment(index), entry=left)


def fill(store: Store, entries: int) -> None:
    """Append up to ``entries``, a thousand in a commit."""
    while store.length < entries:
        end = min(store.length + BATCH, entries)
        store.append([entry(index) for index in range(store.length, end)], expected_index=store.length)


def timed(what: str, call: Callable[[], object]) -> None:
    """Say what a call takes, and the most memory the process has held."""
    begun = time.perf_counter()
    call()
    seconds = time.perf_counter() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:58}{seconds:9.3f} s {memory:8.1f} MB")


def start(folder: Path, entries: int) -> None:
    """The log but for its last day, a kept state, and that day."""
    print(f"{entries:,} entries")
    file = folder / f"{entries}.sqlite"
    store = open_log(file)
    fill(store, entries - A_DAY)
    state = dumps(fold(store.read()))
    draft = Draft(at=moment(store.length), entry=StateKept(state=name_of(state)), state=state)
    store.append([draft], expected_index=store.length)
    fill(store, entries)
    store.close()

    def from_the_state() -> None:
        opened = open_log(file)
        begin(opened, folder, FIRST.date())
        opened.close()

    def from_the_first() -> None:
        opened = open_log(file)
        fold(opened.read())
        opened.close()

    timed("  from the newest kept state", from_the_state)
    timed("  from the first entry, as before", from_the_first)


def keep(folder: Path, times: int = 30) -> None:
    """The largest state there can be."""
    store = open_log(folder / "largest.sqlite")
    store.append([Draft(at=FIRST, entry=START), Draft(at=FIRST, entry=DAY)], expected_index=0)
    fill_up = [entry(index) for index in range(3, 2 * MOST_PARTIES + 5, 2)]
    store.append([draft.model_copy(update={"at": FIRST}) for draft in fill_up], expected_index=2)
    premises = fold(store.read())
    assert (len(premises.parties), len(premises.commands)) == (MOST_PARTIES, REMEMBERED_COMMANDS)
    said, made, written = [], [], []
    for day in range(times):
        begun = time.perf_counter()
        body = dumps(premises)
        draft = Draft(at=FIRST + timedelta(days=day + 1), entry=StateKept(state=name_of(body)), state=body)
        done = time.perf_counter()
        store.append([draft], expected_index=store.length)
        said.append(len(body))
        made.append((done - begun) * 1000)
        written.append((time.perf_counter() - done) * 1000)
    store.close()
    print(
        f"{'keeping the largest state':58}{statistics.median(made):9.3f} ms to say it ({said[0]:,} bytes), "
        f"{statistics.median(written):.3f} ms to write it"
    )
    print(f"{'keeping an empty one':58}{_median_ms(lambda: dumps(Premises()), times):9.3f} ms to say it")


def _median_ms(call: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        call()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="What a start reads, and what it costs to spare it that.")
    parser.add_argument("--entries", type=int, nargs="+", default=[62_000, 1_000_000], metavar="N")
    parser.add_argument("--folder", type=Path, help="where the databases lie (default: a temporary folder)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        keep(Path(name))
        for entries in args.entries:
            start(Path(name), entries)
    return 0


if __name__ == "__main__":
    sys.exit(main())
