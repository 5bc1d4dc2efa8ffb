"""Everything of one door, and how its parts hear of each other."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from firmware_bridge import DoorEvent, make_door
from kiosk import notify
from kiosk.errors import SettingsError
from kiosk.gate.clock import LawClock
from kiosk.gate.commands import AnyCommand
from kiosk.gate.events import (
    CameraChanged,
    CodeRead,
    CodeUnreadable,
    Commanded,
    DoorReported,
    Event,
    StoreChanged,
    SyncChanged,
    TrustChanged,
)
from kiosk.gate.loop import Loop, Rim
from kiosk.gate.machine import Gate
from kiosk.gate.protocol import Answer
from kiosk.gate.server import Desk, DoorServer
from kiosk.gate.snapshot import SealingKeyView
from kiosk.law import load_instruments
from kiosk.ledger.sealing import read_public_key
from kiosk.premises import DoorForm
from kiosk.proofs import recognise, rings
from kiosk.proofs.holdings import Keeper, Places, Report
from kiosk.proofs.inspector_files import Inspectors
from kiosk.scanning.child import CodeReader, HandScanner, Scanner
from kiosk.scanning.messages import CameraState, Preview, Reading, ScannerMessage, Unreadable
from kiosk.service.begin import begin
from kiosk.service.people import People
from kiosk.service.said import said_at_start
from kiosk.service.views import sync_view, trust_view
from kiosk.settings import Settings
from kiosk.staff.register import from_rows
from kiosk.store import Notary, Store, StoreError
from kiosk.store import keys as log_keys
from kiosk.sync import Replicator, SyncStatus, evidence_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shift:
    """A clock set by hand, for a demo: where it starts, and how many times as fast as real time it runs."""

    at: datetime | None = None
    pace: float = 1.0


class DoorService:
    """Everything of one door, from its settings. `run` returns when it is told to stop."""

    def __init__(self, settings: Settings, shift: Shift) -> None:
        if settings.production and (shift.at or shift.pace != 1.0):
            raise SettingsError(
                "a production door does not run on a clock that was set by hand",
                mend="leave out --at and --pace, or use a demo venue",
            )
        self._settings = settings
        keys = rings.load(*settings.keyrings, production=settings.production)
        instruments = load_instruments(settings.instruments, include_unofficial=settings.include_unofficial)
        self._door = make_door(settings.door)
        settings.data.mkdir(parents=True, exist_ok=True)
        sealing_key = read_public_key(settings.sealing_key_file)
        self._store = Store.open(
            settings.data / "log.sqlite",
            kiosk=settings.kiosk,
            sealing_key=sealing_key.key,
        )
        self._signer = log_keys.open_signer(settings.data, settings.kiosk)
        self._notary = Notary(self._store, self._signer, self._contradicted)
        self._previews: dict[str, bytes] = {}
        people = People(settings.data / "accounts.json")
        self._inspectors = Inspectors(Places.of(settings))
        clock = LawClock(anchor=shift.at, anchor_mono=time.monotonic(), pace=shift.pace)
        gate = Gate(
            settings,
            instruments,
            DoorForm(
                has_lock=self._door.has_lock,
                counts_entries=self._door.counts_entries,
                counts_exits=self._door.counts_exits,
            ),
            demo=keys.is_demo or not settings.production,
            clock_shifted=clock.shifted,
            sealing_key=SealingKeyView(id=sealing_key.id, made=sealing_key.made),
            said=said_at_start(settings, self._store),
        )
        self._desk = Desk(
            self._ask,
            people.of_pin,
            self._previews,
            people.is_manager,
            lambda pin: self._inspectors.check(pin.name, pin.pin),
            people.renew,
        )
        at = clock.now(datetime.now(UTC), time.monotonic())
        begun = begin(self._store, settings.data, at.date())
        state, outcome = gate.begin(
            begun.premises,
            at=at,
            mono=time.monotonic(),
            recent=begun.recent,
            register=from_rows(self._store.staff()),
        )
        rim = Rim(
            store=self._store,
            door=self._door,
            publish=self._desk.publisher.publish,
            alive=self._alive,
            written=self._written,
        )
        self._loop = Loop(gate, state, outcome, clock, rim, kept_on=begun.kept_on)
        self._scanners: list[CodeReader] = [
            Scanner(camera.name, camera.source, self._scanned, preview=camera.preview)
            for camera in settings.cameras
        ]
        self._scanners += [HandScanner(scanner, self._scanned) for scanner in settings.scanners]
        self._replicator = self._make_replicator()
        self._keeper = Keeper(Places.of(settings), keys, self._trust_changed)

    @property
    def socket_path(self) -> Path:
        """Where the pages find this door."""
        return self._settings.socket_path

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._loop.stop())
        # Before anybody is served: after weeks switched off, much may be due for erasure.
        self._loop.prepare()
        server = DoorServer(self._settings.socket_path, self._desk)
        try:
            self._door.start(self._door_event)
            server.start()
            for scanner in self._scanners:
                scanner.start()
            if self._replicator:
                self._replicator.start()
            self._keeper.start()
            notify.ready("admitting")
            log.info("the door is ready")
            self._loop.run()
        finally:
            notify.stopping()
            server.shutdown()
            self._settings.socket_path.unlink(missing_ok=True)
            scanners = [scanner.stop for scanner in self._scanners]
            for stop in (
                *scanners,
                self._keeper.stop,
                self._door.close,
                self._notary.sign,
                self._store.close,
            ):
                stop()
            if self._replicator:
                self._replicator.stop()

    def _make_replicator(self) -> Replicator | None:
        central = self._settings.central
        if central is None:
            return None
        return Replicator(
            self._settings.data / "log.sqlite",
            kiosk=self._settings.kiosk,
            url=central.url,
            token_file=central.token_file,
            acknowledged=self._store.acknowledged,
            on_acknowledged=self._acknowledged,
            on_status=self._sync_status,
            evidence=evidence_of(
                self._store, self._notary, self._signer, self._settings.data, self._note, self._poke
            ),
        )

    def _poke(self) -> None:
        if self._replicator:
            self._replicator.poke()

    def _note(self, write: Callable[[], object]) -> None:
        """Have the writer's thread note what replication learnt; where it cannot, replication learns it again."""

        def make(at: datetime, mono: float) -> None:  # noqa: ARG001 - no event
            try:
                write()
            except StoreError as error:
                log.warning("what central said could not be noted: %s", error)

        self._loop.put(make)

    def _written(self, length: int) -> None:  # noqa: ARG002 - the replicator asks the log itself
        self._poke()

    def _alive(self) -> None:
        self._notary.tick()
        notify.alive()

    def _contradicted(self, error: StoreError) -> None:
        """The log is not what was signed: nobody is admitted any more, until a person has looked."""
        code = error.code
        self._loop.put(lambda at, mono: StoreChanged(at=at, mono=mono, failed=code))

    def _ask(
        self, command_id: str, command: AnyCommand, by: str | None, supervisor: str | None
    ) -> Future[Answer]:
        def make(at: datetime, mono: float) -> Event:
            return Commanded(at=at, mono=mono, id=command_id, command=command, by=by, supervisor=supervisor)

        return self._loop.ask(make, command_id)

    def _door_event(self, event: DoorEvent) -> None:
        self._loop.put(lambda at, mono: DoorReported(at=at, mono=mono, event=event))

    def _scanned(self, message: ScannerMessage) -> None:
        match message:
            case Preview(name=name, jpeg=jpeg):
                self._previews[name] = jpeg
            case Reading(name=name, text=text):
                self._loop.put(lambda at, mono: self._code_read(name, text, at, mono))
            case Unreadable(name=name):
                self._loop.put(lambda at, mono: CodeUnreadable(at=at, mono=mono, camera=name))
            case CameraState(name=name, up=up, why=why):
                if not up:
                    self._previews.pop(name, None)
                self._loop.put(lambda at, mono: CameraChanged(at=at, mono=mono, camera=name, up=up, why=why))
            case _:
                pass

    def _code_read(self, camera: str, text: str, at: datetime, mono: float) -> CodeRead:
        judge = self._keeper.judge
        proof = recognise(text, trust=judge.trust, at=at, revoked=judge.revoked)
        badge = proof.evidence.badge if proof.evidence else None
        has_pin = badge is not None and self._inspectors.knows(badge.number)
        return CodeRead(at=at, mono=mono, camera=camera, proof=proof, has_pin=has_pin)

    def _trust_changed(self, report: Report) -> None:
        for broken in report.broken:
            log.warning("the trust list %s is not used: %s", broken.source, broken.error)
        for fault in report.unread:
            log.warning("proofs that were revoked may be taken for valid: %s", fault)
        self._loop.put(lambda at, mono: TrustChanged(at=at, mono=mono, trust=trust_view(report)))

    def _acknowledged(self, index: int) -> None:
        # Where it fails, the next acknowledgement makes up for it; central takes what it has twice without harm.
        self._note(lambda: self._store.acknowledge(index))

    def _sync_status(self, status: SyncStatus) -> None:
        view = sync_view(status)
        self._loop.put(lambda at, mono: SyncChanged(at=at, mono=mono, sync=view))
