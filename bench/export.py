"""What an export costs: a busy month of 62,000 entries, made by the real command; and its memory, beside a longer log.

In the same run stands what cannot be done without: reading the rows, and compressing the very bytes that lie in the
archive. The goals are a month made in 5 s and verified in 5 s, and memory that does not grow with the days.

    python bench/export.py [--days N] [--long N] [--a-day N] [--folder DIR]
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import yaml

from kiosk import HONG_KONG
from kiosk.ledger import sealing
from kiosk.ledger.entries import (
    Admission,
    Alarm,
    AlarmCleared,
    AnyEntry,
    Closed,
    CodeRejected,
    DayOpened,
    Draft,
    Evidence,
    Exit,
    LegalReason,
    Override,
    Passage,
    PlacesReturned,
    Recorded,
    Recount,
    Refusal,
    StaffDuties,
    StaffPass,
    Started,
    StateKept,
    Undone,
    ZoneRules,
)
from kiosk.premises import Premises, apply
from kiosk.premises.kept import dumps, name_of
from kiosk.store import Store
from kiosk.store import keys as log_keys

GOAL_S = 5.0
KIOSK = "hk-1"
FIRST = date(2021, 5, 1)
#: Where all of it runs: this interpreter's own program.
PROGRAM = Path(sys.executable).parent / "kiosk"
INSTRUMENT = "2021-04-29"
_BATCH = 500
#: How often things happen: of parties, then of moments at the door.
REFUSED, OVERRIDDEN, ONE_STAYS_OUT, UNDONE = 0.06, 0.004, 0.03, 0.003
COMES, BAD_CODE, STAFF, HELD_OPEN, COUNTED = 0.55, 0.04, 0.04, 0.002, 0.001
#: People inside at most; with as many, somebody leaves first.
FULL = 40
#: Of a party: how many, what was shown of each.
SIZES = (1, 2, 2, 2, 3, 4, 4)
SHOWN = (
    Evidence(proofs=("hk-vac",), document_seen=True, lhs="staff_saw", age="adult"),
    Evidence(proofs=("hk-vac",), lhs="declared"),
    Evidence(proofs=("eu-dcc",), lhs="staff_saw", age="adult"),
    Evidence(proofs=("hk-vac",), form=True, age="elder"),
    Evidence(record_seen=True, registered=True),
    Evidence(with_adult=True, age="child"),
)


@dataclass
class Restaurant:
    """A busy place with beams for both directions: what its door writes, day by day."""

    a_day: int
    chance: random.Random = field(default_factory=lambda: random.Random(62000))  # noqa: S311 - invented guests
    premises: Premises = field(default_factory=Premises)
    _drafts: list[Draft] = field(default_factory=list)

    def write(self, at: datetime, entry: AnyEntry, state: bytes | None = None) -> int:
        """One more entry; its index."""
        index = self.premises.next_index
        self._drafts.append(Draft(at=at, entry=entry, state=state))
        self.premises = apply(self.premises, Recorded(index=index, at=at, entry=entry))
        return index

    def taken(self) -> list[Draft]:
        """What was written since the last time."""
        drafts, self._drafts = self._drafts, []
        return drafts

    def day(self, day: date) -> Iterator[list[Draft]]:
        """A day from 11 to 22 o'clock, in batches."""
        opens = datetime(day.year, day.month, day.day, 11, tzinfo=HONG_KONG)
        closes = opens.replace(hour=22)
        begun = self.premises.next_index
        self._open(opens, closes)
        at, inside = opens, 0
        while self.premises.next_index - begun < self.a_day - inside - 4:
            at = min(at + timedelta(seconds=self.chance.expovariate(1 / 55)), closes - timedelta(minutes=5))
            inside += (
                self._comes(at) if inside < FULL and self.chance.random() < COMES else -self._goes(at, inside)
            )
            self._else(at)
            if len(self._drafts) >= _BATCH:
                yield self.taken()
        for number in range(inside):
            self.write(closes - timedelta(seconds=inside - number), Exit(people=1, source="beam"))
        self.write(closes, Closed(zone="premises", inside=self.premises.inside_whole))
        yield self.taken()

    def _open(self, opens: datetime, closes: datetime) -> None:
        if not self.premises.next_index:
            self.write(
                opens,
                Started(
                    version="0",
                    demo=True,
                    clock_shifted=True,
                    has_lock=True,
                    counts_entries=True,
                    counts_exits=True,
                ),
            )
        kept = dumps(self.premises)
        self.write(opens, StateKept(state=name_of(kept)), kept)
        rules = ZoneRules(zone="premises", mode="D", capacity=200, limit=150, table=8, closes_at=closes)
        self.write(
            opens,
            DayOpened(
                instrument=INSTRUMENT,
                instrument_digest="e2" * 32,
                way="staffed",
                zones=(rules,),
                kind="catering",
            ),
        )
        self.write(opens, StaffDuties(zone="premises", staff=12))

    def _comes(self, at: datetime) -> int:
        size = self.chance.choice(SIZES)
        if self.chance.random() < REFUSED:
            reason = LegalReason(code="no_lhs_scan", para="1(d)", people=1)
            self.write(
                at,
                Refusal(
                    zone="premises",
                    people=size,
                    reasons=(reason,),
                    way="staffed",
                    by="mei",
                    instrument=INSTRUMENT,
                ),
            )
            return 0
        override = None
        if self.chance.random() < OVERRIDDEN:
            against = (LegalReason(code="not_vaccinated", para="1(d)", people=1),)
            override = Override(by="lam", reason="regular guest, record at home", against=against)
        index = self.write(
            at,
            Admission(
                command=f"{self.chance.getrandbits(128):032x}",
                party=f"P{self.premises.next_index}",
                zone="premises",
                people=tuple(self.chance.choice(SHOWN) for _ in range(size)),
                way="staffed",
                by="mei",
                waits_for_passage=True,
                override=override,
                instrument=INSTRUMENT,
            ),
        )
        came = size - (self.chance.random() < ONE_STAYS_OUT)
        for _ in range(came):
            self.write(at + timedelta(seconds=3), Passage(admission=index))
        if came < size:
            self.write(at + timedelta(seconds=9), PlacesReturned(admission=index, people=1))
        if self.chance.random() < UNDONE:
            self.write(at + timedelta(seconds=20), Undone(admission=index, by="mei"))
        return came

    def _goes(self, at: datetime, inside: int) -> int:
        people = min(inside, self.chance.choice(SIZES))
        for number in range(people):
            self.write(at + timedelta(seconds=number), Exit(people=1, source="beam"))
        return people

    def _else(self, at: datetime) -> None:
        lot = self.chance.random()
        if lot < BAD_CODE:
            self.write(at, CodeRejected(format="hk-vac", error="bad_signature"))
        elif lot < BAD_CODE + STAFF:
            self.write(at, StaffPass(by="mei"))
        elif lot < BAD_CODE + STAFF + HELD_OPEN:
            self.write(at, Alarm(kind="held_open"))
            self.write(at + timedelta(seconds=20), AlarmCleared(kind="held_open", by="mei"))
        elif lot < BAD_CODE + STAFF + HELD_OPEN + COUNTED:
            inside = self.premises.inside_whole
            self.write(
                at, Recount(inside={"premises": inside}, was={"premises": inside}, by="lam", reason="hourly")
            )


def found(folder: Path) -> Path:
    """The venue of such a log: its file."""
    key = sealing.generate().public_key()
    (folder / "sealing.pub").write_text(sealing.public_text(key), encoding="ascii")
    (folder / "data").mkdir()
    file = folder / "venue.yaml"
    venue = {
        "venue": "busy",
        "kiosk": KIOSK,
        "production": False,
        "name": {"en": "Busy House", "zh-Hant": "興旺樓", "zh-Hans": "兴旺楼"},
        "premises": {"kind": "catering", "mode": "D", "capacity": 200},
        "data": "data",
        "sealing_key_file": "sealing.pub",
    }
    file.write_text(yaml.safe_dump(venue, allow_unicode=True), encoding="utf-8")
    return file


def fill(folder: Path, place: Restaurant, first: date, days: int) -> None:
    """Let the place be open for so many days; the log is signed once a day."""
    key = sealing.load_public_key(folder / "sealing.pub")
    store = Store.open(folder / "data" / "log.sqlite", kiosk=KIOSK, sealing_key=key)
    signer = log_keys.open_signer(folder / "data", KIOSK)
    # Exports are entries too.
    place.premises = replace(place.premises, next_index=store.length)
    for day in range(days):
        for drafts in place.day(first + timedelta(days=day)):
            in_order: list[Draft] = []
            for draft in drafts:
                at = (
                    max(draft.at, in_order[-1].at, store.last_at or draft.at)
                    if in_order
                    else max(draft.at, store.last_at or draft.at)
                )
                in_order.append(draft.model_copy(update={"at": at}))
            store.append(in_order, expected_index=store.length)
        store.checkpoint(signer, now=datetime.now(UTC))
    store.close()


@dataclass(frozen=True)
class Run:
    """One run of the program."""

    seconds: float
    #: Of all its processes together.
    processor_s: float
    #: The most that any of its processes ever held.
    memory_mb: float


def run(*words: str | Path, ends: int = 0) -> Run:
    """Run a verb of the program to its end, which must be ``ends``."""
    command = [str(PROGRAM), *map(str, words)]
    begun = time.perf_counter()
    quiet = [
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    _, status, usage = os.wait4(os.posix_spawn(command[0], command, os.environ, file_actions=quiet), 0)
    if os.waitstatus_to_exitcode(status) != ends:
        raise SystemExit(f"{' '.join(command)} failed")
    processor = usage.ru_utime + usage.ru_stime
    return Run(time.perf_counter() - begun, processor, usage.ru_maxrss / 1024)


def export(folder: Path, file: Path, days: int, *options: str) -> Run:
    """Export the first days of the log."""
    last = FIRST + timedelta(days=days - 1)
    span = ("--from", FIRST.isoformat(), "--to", last.isoformat(), "-o", file)
    return run("log", "export", *span, "--config", folder / "venue.yaml", *options)


def baseline(database: Path, archive: Path) -> tuple[float, float]:
    """Seconds for reading every row, and for compressing once more what lies in the archive."""
    begun = time.perf_counter()
    with closing(sqlite3.connect(database)) as raw:
        for _ in raw.execute("SELECT idx, leaf, leaf_hash FROM entry ORDER BY idx"):
            pass
    read = time.perf_counter() - begun
    with zipfile.ZipFile(archive) as members:
        contents = [members.read(name) for name in members.namelist()]
    begun = time.perf_counter()
    for content in contents:
        zlib.compress(content)
    return read, time.perf_counter() - begun


def told(what: str, done: Run, goal: float | None = None) -> None:
    """One line of the table."""
    verdict = "" if goal is None else f"  {'within' if done.seconds <= goal else 'MISSES'} {goal:.0f} s"
    said = f"{done.seconds:9.2f} s {done.processor_s:9.2f} s of processors {done.memory_mb:6.0f} MB"
    print(f"{what:44}{said}{verdict}", flush=True)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="What an export costs.")
    parser.add_argument("--days", type=int, default=30, help="of the busy month (default: %(default)s)")
    parser.add_argument("--a-day", type=int, default=2067, help="entries of a day (default: %(default)s)")
    parser.add_argument(
        "--long", type=int, default=90, help="days of the longer log, 0: none (default: %(default)s)"
    )
    parser.add_argument("--folder", type=Path, help="where the log lies (default: a temporary folder)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        folder = Path(name)
        found(folder)
        place = Restaurant(args.a_day)
        fill(folder, place, FIRST, args.days)
        database, month = folder / "data" / "log.sqlite", folder / "month.zip"
        print(
            f"{place.premises.next_index:,} entries of {args.days} days, {database.stat().st_size / 1e6:.0f} MB"
        )
        made = export(folder, month, args.days)
        told("export", made, GOAL_S)
        print(f"{'its size':44}{month.stat().st_size / 1e6:9.2f} MB")
        told("verify", run("log", "verify", month, ends=1), GOAL_S)
        read, packed = baseline(database, month)
        print(f"{'bare: reading the rows':44}{read:9.2f} s")
        print(f"{'bare: compressing the same bytes':44}{packed:9.2f} s")
        if args.long > args.days:
            fill(folder, place, FIRST + timedelta(days=args.days), args.long - args.days)
            long = folder / "long.zip"
            print(f"{place.premises.next_index:,} entries of {args.long} days")
            told("export", export(folder, long, args.long))
            told("verify", run("log", "verify", long, ends=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
