"""A world around the real processes: people with a tally of their own, a doorway, a desk, and central.

The people never look at the kiosk's figures. They know who asked to come in, who walked through the door while the
relay was on, and who left.
"""

from __future__ import annotations

import contextlib
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import yaml

from firmware_bridge import GpioConfig
from firmware_bridge.bench import Bench
from kiosk.gate.commands import (
    AdmissionSettle,
    AnyCommand,
    CustomerAdd,
    CustomerAttest,
    Leave,
    PartyAdmit,
    PartyNew,
)
from kiosk.gate.protocol import Answer, DoorClient, DoorUnreachableError
from kiosk.gate.snapshot import Snapshot
from kiosk.premises import fold
from kiosk.premises.kept import dumps
from kiosk.store import StoreReader
from kiosk.store.states import StoredState

PROGRAMS = Path(sys.executable).parent
KIOSK = "crash-1"
#: One beam that counts people in; exits are tapped by staff, whose taps are repeated until they are answered.
PINS = GpioConfig(relay_pin=17, beam_outer_pin=24, pulse_s=0.6, debounce_ms=4, single_beam_counts="in")
READY_S = 30.0


@dataclass
class Tally:
    """What the people know."""

    inside: int = 0
    #: Commands to admit that were answered with yes.
    admitted: set[str] = field(default_factory=set)
    walked: Counter[str] = field(default_factory=Counter)
    kills: int = 0


class World:
    """Start it, let parties come and leave, kill what you like, and compare."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.folder = folder
        self.tally = Tally()
        self.bench = Bench(PINS, "tcp:127.0.0.1:0", stride_s=0.04)
        self.central: subprocess.Popen[bytes] | None = None
        self.door: subprocess.Popen[bytes] | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self.bench.start()
        self._found()
        self.start_central()
        self._write_venue()
        self.start_door()
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self.door, self.central):
            if process and process.poll() is None:
                process.kill()
                process.wait()
        self.bench.close()

    # --- processes ---

    def _found(self) -> None:
        for verb in (
            ["init", "--public", str(self.folder / "sealing.pub")],
            ["enrol", KIOSK, "--token-file", str(self.folder / "token")],
        ):
            subprocess.run(
                [PROGRAMS / "central", *verb, "--data", self.folder / "central"],
                check=True,
                capture_output=True,
            )

    def start_central(self) -> None:
        """Central, as a process of its own with a folder of its own; the same port at every start."""
        log = (self.folder / "central.log").open("ab")
        serve = [PROGRAMS / "central", "serve", "--data", self.folder / "central", "--port", str(self.port)]
        self.central = subprocess.Popen(serve, stdout=log, stderr=log)
        if not self.port:
            self.port = self._port()

    def _port(self) -> int:
        end = time.monotonic() + READY_S
        while time.monotonic() < end:
            for word in (self.folder / "central.log").read_text().replace("/", " ").split():
                if word.startswith("127.0.0.1:"):
                    return int(word.split(":")[1])
            time.sleep(0.05)
        raise AssertionError("central did not say where it listens")

    def _write_venue(self) -> None:
        venue = {
            "venue": "crash",
            "kiosk": KIOSK,
            "production": False,
            "name": {"en": "Crash", "zh-Hant": "測試", "zh-Hans": "测试"},
            "premises": {"kind": "catering", "mode": "B", "capacity": 200},
            "admission": {"way": "staffed", "passage_timeout_s": 1.5},
            "door": {
                "kind": "mock",
                "gpio": PINS.model_dump(exclude_none=True),
                "simulator": self.bench.address,
            },
            "central": {"url": f"http://127.0.0.1:{self.port}", "token_file": "token"},
            "data": "data",
            "sealing_key_file": "sealing.pub",
        }
        (self.folder / "venue.yaml").write_text(yaml.safe_dump(venue), encoding="utf-8")

    def start_door(self) -> None:
        """The door service, by itself."""
        log = (self.folder / "door.log").open("ab")
        # Each start is a minute of the law later than anything before it, so the clock is never in doubt.
        # The first starts are on different days, so that later ones begin from kept states.
        day = 1 + min(10, self.tally.kills // 4)
        at = f"2021-05-{day:02d}T{5 + self.tally.kills // 60 % 16:02d}:{self.tally.kills % 60:02d}:00+08:00"
        command = [PROGRAMS / "kiosk", "door", "--config", self.folder / "venue.yaml", "--at", at]
        self.door = subprocess.Popen(command, stdout=log, stderr=log)

    def kill_door(self) -> None:
        """As a power cut does."""
        assert self.door
        self.door.send_signal(signal.SIGKILL)
        self.door.wait()
        self.tally.kills += 1

    def kill_central(self) -> None:
        """Kill it, and start it again."""
        assert self.central
        self.central.send_signal(signal.SIGKILL)
        self.central.wait()
        self.start_central()

    @property
    def client(self) -> DoorClient:
        return DoorClient(self.folder / "data" / "door.sock", timeout=3.0)

    def snapshot(self) -> Snapshot:
        """The door's picture, as soon as it has one."""
        end = time.monotonic() + READY_S
        while time.monotonic() < end:
            assert self.door and self.door.poll() is None, (self.folder / "door.log").read_text()[-2000:]
            try:
                return next(self.client.watch(3.0))
            except (DoorUnreachableError, OSError, StopIteration):
                time.sleep(0.02)
        raise AssertionError("the door did not come up")

    def ask(self, command: AnyCommand, command_id: str | None = None) -> Answer | None:
        """One tap at the desk; None when the door did not answer."""
        try:
            return self.client.command(command, by="mei", command_id=command_id)
        except (DoorUnreachableError, OSError, ValueError):
            return None

    # --- people ---

    def party_comes(self, size: int, *, kill_after: float | None) -> None:
        """A party asks to come in and walks in while the door gives way; the kiosk may die meanwhile.

        ``kill_after``: seconds from the tap to the kill -9 of the door process.
        """
        if not self._build(size):
            return
        admit = uuid.uuid4().hex
        pulses = self.bench.releases
        walkers = threading.Thread(target=self._walk_in, args=(size, pulses, admit))
        walkers.start()
        killer = threading.Timer(kill_after, self.kill_door) if kill_after is not None else None
        if killer:
            killer.start()
        answer = self.ask(PartyAdmit(), admit)
        if killer:
            killer.join()
        walkers.join()
        if killer:
            self.start_door()
            self.snapshot()
            # Whoever tapped does not know whether it worked, and taps again: the same tap, the same id.
            again = self.ask(PartyAdmit(), admit)
            if answer is None:
                answer = again
        if answer is not None and answer.ok:
            self.tally.admitted.add(admit)

    def _build(self, size: int) -> bool:
        done = [self.ask(PartyNew(zone="premises"))]
        done += [self.ask(CustomerAdd()) for _ in range(size - 1)]
        done += [self.ask(CustomerAttest(customer=n, what="lhs_seen", value=True)) for n in range(size)]
        return all(answer is not None and answer.ok for answer in done)

    def _walk_in(self, size: int, pulses: int, admit: str) -> None:
        """Walk in one by one for as long as the door gives way, some a little late, some not at all."""
        if not self.bench.wait_for(lambda b: b.releases > pulses or not b.connected, timeout_s=2.0):
            return
        coming = size if self.random.random() < 0.7 else self.random.randrange(size + 1)
        for _ in range(coming):
            time.sleep(self.random.uniform(0.01, 0.06))
            if not self.bench.unlocked:
                return
            self.tally.inside += 1
            self.tally.walked[admit] += 1
            self.bench.person_passes_in(door=False)

    def some_leave(self, *, kill_after: float | None) -> None:
        """People leave, and staff tap it until they are told that it was done."""
        leaving = min(self.tally.inside, self.random.randint(1, 4))
        if not leaving:
            return
        self.tally.inside -= leaving
        tap = uuid.uuid4().hex
        killer = threading.Timer(kill_after, self.kill_door) if kill_after is not None else None
        if killer:
            killer.start()
        answer = self.ask(Leave(people=leaving, zone="premises"), tap)
        if killer:
            killer.join()
            self.start_door()
            self.snapshot()
        while answer is None or not answer.ok:
            answer = self.ask(Leave(people=leaving, zone="premises"), tap)
            assert answer is None or answer.ok or answer.error in {"starting", "no_answer"}, answer

    # --- what came of it ---

    def check(self) -> None:
        """The count is never below the truth, and above it by open releases at most."""
        snapshot = self.snapshot()
        still_open = self._waiting(snapshot)
        assert self.tally.inside <= snapshot.taken <= self.tally.inside + still_open, (
            f"{self.tally.inside} people are inside, the kiosk counts {snapshot.taken} with {still_open} released"
        )
        assert not self.tally.admitted - set(self.admissions()), (
            "an admission that was answered is not in the log"
        )
        assert all(times == 1 for times in self.admissions().values()), "one tap, two admissions"
        assert self.bench.openings <= len(self.admissions()), "the door moved without an admission in the log"

    def _waiting(self, snapshot: Snapshot) -> int:
        return sum(party.waiting for party in snapshot.parties)

    def settle(self) -> None:
        """Staff say who came in on the releases that a kill left uncertain; then the count is the truth."""
        for party in self.snapshot().parties:
            if party.uncertain:
                admit, passed = self._recorded(party.admission)
                entered = self.tally.walked[admit] - passed
                answer = self.ask(AdmissionSettle(admission=party.admission, entered=entered))
                assert answer is not None and answer.ok, answer
        end = time.monotonic() + READY_S
        # A passage may still be on its way to the kiosk: until then its person is counted, but cannot be tapped as gone.
        while (snapshot := self.snapshot()).taken != self.tally.inside or self._waiting(snapshot):
            assert time.monotonic() < end, (
                f"{self.tally.inside} inside, counted {snapshot.taken}, {self._waiting(snapshot)} of them released"
            )
            time.sleep(0.1)

    def _recorded(self, admission: int) -> tuple[str, int]:
        with self._log() as database:
            (command,) = database.execute(
                "SELECT json_extract(CAST(leaf AS TEXT), '$.entry.command') FROM entry WHERE idx = ?",
                (admission,),
            ).fetchone()
            (passed,) = database.execute(
                "SELECT count(*) FROM entry WHERE type = 'passage' "
                "AND json_extract(CAST(leaf AS TEXT), '$.entry.admission') = ?",
                (admission,),
            ).fetchone()
        return command, passed

    def states(self) -> list[StoredState]:
        """What was kept for a start to begin from, the newest first."""
        with StoreReader(self.folder / "data" / "log.sqlite") as reader:
            for state in (kept := list(reader.states())):
                assert state.fault is None, state
                assert dumps(reader.nearest_state(state.index).premises) == dumps(
                    fold(reader.read(0, state.index))
                )
        return kept

    def admissions(self) -> Counter[str]:
        """How often each command to admit stands in the kiosk's log."""
        with self._log() as database:
            rows = database.execute(
                "SELECT json_extract(CAST(leaf AS TEXT), '$.entry.command') FROM entry WHERE type = 'admission'"
            )
            return Counter(command for (command,) in rows)

    def leaves(self) -> list[bytes]:
        """The kiosk's log, to the byte."""
        with self._log() as database:
            return [bytes(leaf) for (leaf,) in database.execute("SELECT leaf FROM entry ORDER BY idx")]

    def centrals_leaves(self) -> list[tuple[int, bytes]]:
        """What central has of it."""
        file = self.folder / "central" / "central.sqlite"
        # Not read-only: after a kill the first to open the database, whoever it is, has to recover it.
        with contextlib.closing(sqlite3.connect(file, timeout=10)) as database:
            rows = database.execute("SELECT idx, leaf FROM leaf WHERE kiosk = ? ORDER BY idx", (KIOSK,))
            return [(index, bytes(leaf)) for index, leaf in rows]

    def wait_until_sent(self) -> None:
        """Nothing waits any more."""
        end = time.monotonic() + READY_S * 3
        while len(self.centrals_leaves()) < len(self.leaves()):
            assert time.monotonic() < end, "entries do not arrive at central"
            time.sleep(0.2)

    @contextlib.contextmanager
    def _log(self) -> Iterator[sqlite3.Connection]:
        file = self.folder / "data" / "log.sqlite"
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            yield database
