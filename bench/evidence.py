"""What evidence costs in a log of a million entries: appending with its tree, opening, a checkpoint, proofs; and memory.

Appending is compared with the same commit without the tree's nodes, side by side in one run. The goals are 5 ms for a
checkpoint and for each proof (99th percentile, from stored nodes, on a connection of its own), and memory that does not grow
with the log.

    python bench/evidence.py [--entries N] [--times N] [--folder DIR]
"""

from __future__ import annotations

import argparse
import contextlib
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from kiosk import HONG_KONG
from kiosk.ledger import sealing
from kiosk.ledger.checkpoint import open_checkpoint, origin_of
from kiosk.ledger.entries import Draft, Exit
from kiosk.ledger.leaf import leaf_bytes, leaf_hash
from kiosk.ledger.notes import Signer
from kiosk.ledger.proof import verify_consistency, verify_inclusion
from kiosk.ledger.tree import Tree
from kiosk.store import Store, StoreReader, batch

GOAL_MS = 5.0
KIOSK = "hk-1"
KEY = sealing.generate().public_key()
SIGNER = Signer.generate(origin_of(KIOSK))
AT = datetime(2021, 5, 1, 19, 30, tzinfo=HONG_KONG)
NOW = datetime(2021, 5, 1, 11, 30, tzinfo=UTC)
BATCH = 1000
LEFT = Draft(at=AT, entry=Exit(people=1, source="staff", zone="main", by="mei"))


def memory_mb() -> float:
    """The most that this process has ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def fill(store: Store, entries: int) -> Iterator[tuple[int, float]]:
    """Append up to ``entries``, a thousand in a commit; the length and what an entry took in microseconds, now and then."""
    step = entries // 10
    while store.length < entries:
        start, begun = store.length, time.perf_counter()
        while store.length < min(start + step, entries):
            store.append([LEFT] * min(BATCH, entries - store.length), expected_index=store.length)
        yield store.length, (time.perf_counter() - begun) / (store.length - start) * 1e6


@contextmanager
def without_nodes() -> Iterator[None]:
    """The store as it would be without the tree."""
    grow = batch.grow
    batch.grow = lambda *_: None  # type: ignore[assignment]
    try:
        yield
    finally:
        batch.grow = grow


def compare_appending(file: Path, bare: Path, times: int) -> None:
    """One entry a commit, with the tree's nodes and without, in turns."""
    stores = {
        name: Store.open(path, kiosk=KIOSK, sealing_key=KEY)
        for name, path in (("with", file), ("without", bare))
    }
    taken: dict[str, list[float]] = {"with": [], "without": []}
    for _ in range(times):
        for name, store in stores.items():
            with without_nodes() if name == "without" else contextlib.nullcontext():
                begun = time.perf_counter()
                store.append((LEFT,), expected_index=store.length)
                taken[name].append((time.perf_counter() - begun) * 1000)
    for store in stores.values():
        store.close()
    medians = {name: statistics.median(values) for name, values in taken.items()}
    print(f"{'one entry, durable, with its nodes':44}{medians['with']:9.3f} ms")
    print(f"{'one entry, durable, without them':44}{medians['without']:9.3f} ms")
    print(f"{'the tree on top':44}{medians['with'] - medians['without']:9.3f} ms")


def measure(what: str, times: int, call: Callable[[], object]) -> None:
    """Say what calls take."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        call()
        taken.append((time.perf_counter() - begun) * 1000)
    median, p99 = statistics.median(taken), statistics.quantiles(taken, n=100)[98]
    verdict = "within" if p99 <= GOAL_MS else "MISSES"
    print(f"{what:44}{median:9.3f} ms {p99:9.3f} p99  {verdict} {GOAL_MS:.0f} ms")


def prove(file: Path, size: int, times: int) -> None:
    """Proofs from stored nodes, each of them checked."""
    chance = random.Random(6962)  # noqa: S311 - places to look at
    with StoreReader(file) as reader:
        root = reader.root(size)

        def inclusion() -> None:
            index = chance.randrange(size)
            leaf = reader.leaves(index, limit=1, max_bytes=1)[0].leaf
            verify_inclusion(index, size, leaf_hash(leaf), reader.inclusion(index, size), root)

        def consistency() -> None:
            old = chance.randrange(1, size)
            verify_consistency(old, reader.root(old), size, root, reader.consistency(old, size))

        measure("inclusion proof, made and checked", times, inclusion)
        measure("consistency proof, made and checked", times, consistency)


def sign(file: Path, times: int) -> None:
    """Checkpoints: the last one proved to be a beginning, the next signed and committed."""
    store = Store.open(file, kiosk=KIOSK, sealing_key=KEY)
    store.checkpoint(SIGNER, now=NOW)
    taken = []
    for _ in range(times):
        store.append((LEFT,), expected_index=store.length)
        begun = time.perf_counter()
        made = store.checkpoint(SIGNER, now=NOW)
        taken.append((time.perf_counter() - begun) * 1000)
        assert made
        open_checkpoint(made.note, SIGNER.key)
    store.close()
    median, p99 = statistics.median(taken), statistics.quantiles(taken, n=100)[98]
    verdict = "within" if p99 <= GOAL_MS else "MISSES"
    print(
        f"{'checkpoint, proved, signed, durable':44}{median:9.3f} ms {p99:9.3f} p99  {verdict} {GOAL_MS:.0f} ms"
    )


def check_all(file: Path) -> None:
    """The whole tree computed anew from the leaves, for comparison."""
    begun = time.perf_counter()
    with contextlib.closing(sqlite3.connect(file)) as raw:
        tree = Tree(row[0] for row in raw.execute("SELECT leaf_hash FROM entry ORDER BY idx"))
    seconds = time.perf_counter() - begun
    with StoreReader(file) as reader:
        assert reader.root(tree.size) == tree.root()
    print(f"{'the same root from every leaf hash':44}{seconds * 1000:9.0f} ms")


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="What evidence costs in a long log.")
    parser.add_argument(
        "--entries", type=int, default=1_000_000, help="length of the log (default: %(default)s)"
    )
    parser.add_argument(
        "--times", type=int, default=1000, help="measures of each kind (default: %(default)s)"
    )
    parser.add_argument("--folder", type=Path, help="where the database lies (default: a temporary folder)")
    args = parser.parse_args()
    print(f"a leaf of {len(leaf_bytes(KIOSK, 1, LEFT, None))} bytes")
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        file, bare = Path(folder) / "log.sqlite", Path(folder) / "bare.sqlite"
        store = Store.open(file, kiosk=KIOSK, sealing_key=KEY)
        memories = []
        for length, microseconds in fill(store, args.entries):
            memories.append(memory_mb())
            print(f"{length:>9,} entries: {microseconds:6.1f} µs an entry in batches, {memories[-1]:6.1f} MB")
        store.close()
        grown = memories[-1] - memories[0]
        print(f"{'memory, from the first tenth to the last':44}{grown:+9.1f} MB")
        begun = time.perf_counter()
        Store.open(file, kiosk=KIOSK, sealing_key=KEY).close()
        print(f"{'opening: the tree from its stored nodes':44}{(time.perf_counter() - begun) * 1000:9.1f} ms")
        compare_appending(file, bare, args.times)
        sign(file, args.times)
        prove(file, args.entries, args.times)
        check_all(file)
        print(f"{'memory at the end':44}{memory_mb():9.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
