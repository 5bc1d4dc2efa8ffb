"""The door service: what `kiosk door` puts together, and takes apart again."""

from __future__ import annotations

import logging
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from firmware_bridge import DoorEvent, make_door
from kiosk import HONG_KONG, notify
from kiosk.accounts import Accounts, AccountsError, WeakSecretError
from kiosk.decommission import demand_in_service
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
from kiosk.gate.protocol import Answer, NewSecrets, Pin
from kiosk.gate.server import Desk, DoorServer
from kiosk.gate.snapshot import SealingKeyView, SyncView, TrustListView, TrustView
from kiosk.gate.state import SHOWN_EVENTS
from kiosk.law import load_instruments
from kiosk.ledger.entries import Recorded
from kiosk.ledger.sealing import read_public_key
from kiosk.premises import DoorForm, fold
from kiosk.proofs import recognise, rings
from kiosk.proofs.holdings import Keeper, Places, Report
from kiosk.proofs.inspector_files import Inspectors
from kiosk.scanning.child import Scanner
from kiosk.scanning.messages import CameraState, Preview, Reading, ScannerMessage, Unreadable
from kiosk.settings import Settings
from kiosk.staff.register import from_rows
from kiosk.store import Notary, Store, StoreError
from kiosk.store import keys as log_keys
from kiosk.sync import Replicator, SyncStatus, evidence_of
from kiosk.texts import LANGUAGES

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
        self._accounts = Accounts(settings.data / "accounts.json")
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
        )
        self._desk = Desk(
            self._ask,
            self._check_pin,
            self._previews,
            self._is_manager,
            lambda pin: self._inspectors.check(pin.name, pin.pin),
            self._renew,
        )
        at = clock.now(datetime.now(UTC), time.monotonic())
        last: deque[Recorded] = deque(maxlen=SHOWN_EVENTS)
        premises = fold(_remembering(self._store.read(), last))
        demand_in_service(last, settings.data)
        state, outcome = gate.begin(
            premises,
            at=at,
            mono=time.monotonic(),
            recent=last,
            register=from_rows(self._store.staff()),
        )
        rim = Rim(
            store=self._store,
            door=self._door,
            publish=self._desk.publisher.publish,
            alive=self._alive,
            written=self._written,
        )
        self._loop = Loop(gate, state, outcome, clock, rim)
        self._scanners = [
            Scanner(camera.name, camera.source, self._scanned, preview=camera.preview)
            for camera in settings.cameras
        ]
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

    def _check_pin(self, pin: Pin) -> str | None:
        account = self._accounts.check_pin(pin.name, pin.pin)
        return account.name if account else None

    def _is_manager(self, name: str) -> bool:
        try:
            account = self._accounts.account(name)
        except AccountsError as error:
            log.warning("nobody counts as a manager: %s", error)
            return False
        return account is not None and account.role == "manager"

    def _renew(self, name: str, secrets: NewSecrets, save: bool) -> str | None:  # noqa: FBT001 - the desk calls it
        """Look whether somebody may get new secrets, or give them; a code of why not."""
        try:
            (self._accounts.renew if save else self._accounts.check_renewal)(
                name, secrets.password, secrets.pin
            )
        except WeakSecretError:
            return "weak_secret"
        except AccountsError as error:
            log.warning("no new secrets: %s", error)
            return "not_renewed"
        return None

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
        self._loop.put(lambda at, mono: TrustChanged(at=at, mono=mono, trust=_trust_view(report)))

    def _acknowledged(self, index: int) -> None:
        # Where it fails, the next acknowledgement makes up for it; central takes what it has twice without harm.
        self._note(lambda: self._store.acknowledge(index))

    def _sync_status(self, status: SyncStatus) -> None:
        view = SyncView(
            configured=True,
            waiting=status.waiting,
            acknowledged=status.acknowledged,
            error=status.error,
            since=status.last_success.astimezone(HONG_KONG) if status.last_success else None,
        )
        self._loop.put(lambda at, mono: SyncChanged(at=at, mono=mono, sync=view))


def _trust_view(report: Report) -> TrustView:
    """How the lists stand, as the pages may know it."""
    held = [
        TrustListView(
            source=standing.list.source.id,
            name=standing.list.source.name,
            state=standing.state,
            days=standing.days,
            out_from=standing.list.out_from.astimezone(HONG_KONG),
        )
        for standing in report.standings
    ]
    broken = [
        TrustListView(
            source=found.source,
            name=found.known.name if found.known else dict.fromkeys(LANGUAGES, found.source),
            state="broken",
        )
        for found in report.broken
    ]
    return TrustView(lists=(*held, *broken), revoked=report.revoked, unread=len(report.unread))


def _remembering(entries: Iterable[Recorded], last: deque[Recorded]) -> Iterator[Recorded]:
    """The entries, the last of which stay in ``last`` for the desk."""
    for entry in entries:
        last.append(entry)
        yield entry
