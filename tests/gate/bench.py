"""A gate on a bench: what the loop does, without its clock, file and wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from firmware_bridge.interface import DoorEvent, PassedIn, PassedOut
from kiosk import HONG_KONG
from kiosk.gate.commands import AnyCommand
from kiosk.gate.events import (
    CodeRead,
    Commanded,
    DoorReported,
    Effect,
    Event,
    Outcome,
    Release,
    Reply,
    StoreChanged,
    Tick,
)
from kiosk.gate.machine import Gate, State
from kiosk.gate.snapshot import Snapshot
from kiosk.law import load_instruments
from kiosk.ledger.entries import AnyEntry, Recorded
from kiosk.premises import DoorForm, fold
from kiosk.proofs.model import Dose, Facts, Proof, refused
from kiosk.settings import Settings

INSTRUMENTS = load_instruments(Path(__file__).parents[2] / "config" / "instruments")
SENSORS = DoorForm(has_lock=True, counts_entries=True, counts_exits=True)
LOCK_AND_ENTRIES = DoorForm(has_lock=True, counts_entries=True)
OPEN_DOOR = DoorForm()
NOON = datetime(2021, 5, 1, 12, 0, tzinfo=HONG_KONG)


def venue(premises: dict[str, Any] | None = None, **others: Any) -> Settings:
    """A venue file: by default one hall in mode B for 20 (10 customers) with two tables."""
    hall = {
        "kind": "catering",
        "mode": "B",
        "capacity": 20,
        "tables": [{"id": "T1", "seats": 4}, {"id": "T2", "seats": 6}],
    }
    return Settings.model_validate(
        {
            "venue": "test",
            "kiosk": "door-1",
            "name": {"en": "Test", "zh-Hant": "測試", "zh-Hans": "测试"},
            "production": False,
            "premises": premises or hall,
            "data": "data",
            "sealing_key_file": "key",
            **others,
        }
    )


def zoned(**others: Any) -> Settings:
    """A Zone D for 16 (12 customers) and a mode B hall for 12 (6 customers)."""
    return venue(
        {
            "kind": "catering",
            "capacity": 28,
            "zones": [
                {
                    "id": "D1",
                    "name": {"en": "D", "zh-Hant": "D", "zh-Hans": "D"},
                    "mode": "D",
                    "capacity": 16,
                    "tables": [{"id": "D-1", "seats": 4}, {"id": "D-2", "seats": 10}],
                },
                {
                    "id": "hall",
                    "name": {"en": "Hall", "zh-Hant": "大堂", "zh-Hans": "大堂"},
                    "mode": "B",
                    "capacity": 12,
                    "tables": [{"id": "H-1", "seats": 6}, {"id": "H-2", "seats": 4}],
                },
            ],
        },
        **others,
    )


def one_area(mode: str, **others: Any) -> Settings:
    """One area for 20 in a mode, run unattended."""
    return venue(
        {"kind": "catering", "mode": mode, "capacity": 20}, **{"admission": {"way": "unattended"}, **others}
    )


def record(name: str = "CHAN, T** M**", *, doses: int = 1, document: str = "****987(6)") -> Proof:
    """A verified Hong Kong record."""
    days = [datetime(2021, 3, 1 + 28 * number // 28, tzinfo=HONG_KONG).date() for number in range(doses)]
    days = [day + timedelta(days=number * 27) for number, day in enumerate(days)]
    facts = Facts(
        doses=tuple(Dose(date=day, product="Comirnaty") for day in days), name=name, document=document
    )
    return Proof(format="hk-vac", verified=True, issuer="hk", facts=facts)


FORGED = refused("hk-vac", "bad_signature")


class LogFullError(Exception):
    """The bench's log does not take any more."""


@dataclass
class Bench:
    """Steps a gate as the loop does; `log` is what survives a crash."""

    settings: Settings = field(default_factory=venue)
    door: DoorForm = SENSORS
    at: datetime = NOON
    mono: float = 100.0
    instruments: Any = INSTRUMENTS
    log: list[Recorded] = field(default_factory=list)
    #: Everything that was carried out, in order.
    effects: list[Effect] = field(default_factory=list)
    log_fails: bool = False
    commands: int = 0

    def __post_init__(self) -> None:
        self.gate = Gate(self.settings, self.instruments, self.door, demo=True)
        self.start()

    def start(self) -> None:
        """Start, or start again after a crash: only the log is left."""
        self.state: State
        self.state, outcome = self.gate.begin(fold(self.log), at=self.at, mono=self.mono)
        assert outcome == Outcome()
        self.tick()

    # what the loop does

    def do(self, event: Event, *, crash: str | None = None) -> Outcome:
        """One event, as `kiosk.gate.loop` handles it. ``crash``: where the power goes, ``before`` or ``after`` the commit."""
        state, outcome = self.gate.step(self.state, event)
        if crash == "before":
            return Outcome()
        try:
            self._commit(outcome)
        except LogFullError:
            for told in (StoreChanged(at=event.at, mono=event.mono, failed="disk_full"), event):
                if isinstance(told, StoreChanged) and told.failed is None:
                    continue
                self.state, outcome = self.gate.step(self.state, told)
                assert not outcome.drafts
                self._carry_out(outcome)
            return outcome
        if crash == "after":
            return outcome
        self.state = state
        self._carry_out(outcome)
        return outcome

    def _commit(self, outcome: Outcome) -> None:
        if not outcome.drafts:
            return
        if self.log_fails:
            raise LogFullError
        assert self.state.premises.next_index == len(self.log)
        for draft in outcome.drafts:
            assert not self.log or draft.at >= self.log[-1].at, "an entry dated before the one before it"
            self.log.append(Recorded(index=len(self.log), at=draft.at, entry=draft.entry))

    def _carry_out(self, outcome: Outcome) -> None:
        for effect in outcome.effects:
            if isinstance(effect, Release):
                ticket = self.log[effect.ticket].entry.type
                assert ticket in {"admission", "staff_pass", "stepped_back"}, "opened before it was written"
            self.effects.append(effect)

    # events

    def tick(self, seconds: float = 0.0) -> Outcome:
        self.at += timedelta(seconds=seconds)
        self.mono += seconds
        return self.do(Tick(at=self.at, mono=self.mono))

    def command(
        self,
        command: AnyCommand,
        *,
        by: str | None = "mei",
        supervisor: str | None = None,
        id: str | None = None,  # noqa: A002 - the field's name
        crash: str | None = None,
    ) -> Reply:
        """Ask for something; the answer."""
        self.commands += 1
        event = Commanded(
            at=self.at,
            mono=self.mono,
            id=id or f"c{self.commands}",
            command=command,
            by=by,
            supervisor=supervisor,
        )
        outcome = self.do(event, crash=crash)
        replies = [effect for effect in outcome.effects if isinstance(effect, Reply)]
        assert len(replies) == (0 if crash == "before" else 1)
        return replies[0] if replies else Reply("", "crashed")

    def ask(self, command: AnyCommand, **others: Any) -> Reply:
        """A visitor's tap on the display."""
        return self.command(command, by=None, **others)

    def show(self, proof: Proof) -> Outcome:
        return self.do(CodeRead(at=self.at, mono=self.mono, camera="door", proof=proof))

    def seen(self, event: DoorEvent) -> Outcome:
        return self.do(DoorReported(at=self.at, mono=self.mono, event=event))

    def passes_in(self, people: int = 1) -> None:
        for _ in range(people):
            self.seen(PassedIn(self.mono))

    def passes_out(self, people: int = 1) -> None:
        for _ in range(people):
            self.seen(PassedOut(self.mono))

    # looking

    @property
    def snapshot(self) -> Snapshot:
        return self.gate.snapshot(self.state, self.at, self.mono)

    def entries(self, type_: str) -> list[AnyEntry]:
        return [recorded.entry for recorded in self.log if recorded.entry.type == type_]

    @property
    def releases(self) -> list[int]:
        return [effect.ticket for effect in self.effects if isinstance(effect, Release)]

    @property
    def counts(self) -> tuple[int, int]:
        """People known to be inside, and places taken."""
        return self.snapshot.inside, self.snapshot.taken
