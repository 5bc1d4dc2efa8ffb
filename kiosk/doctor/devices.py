"""Is this set-up fit to serve? One check a part; each says ok, or what is wrong and the mend.

Where the door service runs, cameras, door and replication are asked of it, because it holds them; otherwise they are
tried here.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from firmware_bridge import BridgeError, make_door
from kiosk import BUILD_DATE, HONG_KONG
from kiosk.accounts import Accounts
from kiosk.errors import KioskError
from kiosk.gate.protocol import DoorClient, DoorUnreachableError
from kiosk.gate.snapshot import Snapshot
from kiosk.law import load_instruments
from kiosk.ledger.sealing import read_public_key
from kiosk.proofs import holdings, rings
from kiosk.proofs.holdings import Places
from kiosk.proofs.trust import TrustStore
from kiosk.scanning.child import Scanner
from kiosk.scanning.messages import CameraState, ScannerMessage
from kiosk.settings import Settings
from kiosk.store import StoreReader

#: Less free space than this (bytes) and a busy month of entries may not fit.
FREE_BYTES = 200 * 1024 * 1024
#: A camera has this long (seconds) to show a picture.
CAMERA_S = 10.0
#: Staff should hear of a law that lapses this long before.
LAPSE = timedelta(days=3)


@dataclass(frozen=True)
class Finding:
    """What one check found. ``fatal``: the door could not serve like this."""

    part: str
    ok: bool
    said: str
    mend: str = ""
    fatal: bool = True

    def __str__(self) -> str:
        """A line for people."""
        if self.ok:
            return f"ok      {self.part}: {self.said}"
        return f"{'WRONG ' if self.fatal else 'mind  '}  {self.part}: {self.said}: {self.mend}"


def _good(part: str, said: str) -> Finding:
    return Finding(part, ok=True, said=said)


def _bad(part: str, said: str, mend: str, *, fatal: bool = True) -> Finding:
    return Finding(part, ok=False, said=said, mend=mend, fatal=fatal)


def examine(settings: Settings, *, at: datetime | None = None) -> Iterator[Finding]:
    """All findings, in the order in which a visitor meets the parts.

    Args:
        settings: the venue's file, with its door checked.
        at: the law's time to judge by; now, unless given.
    """
    now = datetime.now(UTC)
    snapshot = _running(settings)
    parts: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("camera", lambda: _cameras(settings, snapshot)),
        ("door link", lambda: _door(settings, snapshot)),
        ("clock", lambda: _clock(settings, now, snapshot)),
        ("disk", lambda: _disk(settings)),
        ("database", lambda: _database(settings)),
        ("instruments", lambda: _instruments(settings, at or (snapshot.at if snapshot else now))),
        ("trust lists", lambda: _trust(settings, now)),
        ("sealing key", lambda: _sealing(settings, now, snapshot)),
        ("sign-ins", lambda: _accounts(settings)),
        ("central", lambda: _central(settings)),
    ]
    for part, check in parts:
        try:
            yield from check()
        except (KioskError, BridgeError) as error:
            yield _bad(
                part, str(error), "see above" if not getattr(error, "mend", None) else "then try again"
            )
        except OSError as error:
            yield _bad(
                part,
                f"{error.filename or ''} {error.strerror or error}".strip(),
                "check path and permissions",
            )


def _running(settings: Settings) -> Snapshot | None:
    try:
        return next(DoorClient(settings.socket_path).watch(5.0), None)
    except (DoorUnreachableError, OSError):
        return None


def _cameras(settings: Settings, snapshot: Snapshot | None) -> Iterator[Finding]:
    if not settings.cameras:
        yield _bad(
            "camera", "none is configured", "add one under `cameras` if visitors show codes", fatal=False
        )
    if snapshot:
        for view in snapshot.cameras:
            part = f"camera {view.name}"
            yield (
                _good(part, "up") if view.up else _bad(part, view.why or "away", "plug it in; check `source`")
            )
        return
    for camera in settings.cameras:
        part = f"camera {camera.name}"
        state = _first_state(camera.name, camera.source)
        if state and state.up:
            yield _good(part, f"shows a picture ({camera.source})")
        else:
            why = state.why if state and state.why else f"no picture within {CAMERA_S:.0f} s"
            yield _bad(part, f"{camera.source}: {why}", "plug it in, or correct `source`")


def _first_state(name: str, source: str | int) -> CameraState | None:
    """What the camera's child process says of it first that is good, or at last that is bad."""
    up = threading.Event()
    states: list[CameraState] = []

    def hear(message: ScannerMessage) -> None:
        if isinstance(message, CameraState):
            states.append(message)
            if message.up:
                up.set()

    scanner = Scanner(name, source, hear)
    scanner.start()
    up.wait(CAMERA_S)
    scanner.stop()
    return next((state for state in states if state.up), states[-1] if states else None)


def _door(settings: Settings, snapshot: Snapshot | None) -> Iterator[Finding]:
    kind = settings.door.kind
    if kind == "none":
        yield _good("door link", "no lock and no sensor: staff tap who leaves")
    elif snapshot:
        lost = snapshot.door_link == "lost"
        yield (
            _bad("door link", "lost", "check wiring and power") if lost else _good("door link", f"{kind}, up")
        )
    else:
        door = make_door(settings.door)
        try:
            door.start(lambda event: None)  # noqa: ARG005 - only whether the hardware can be taken matters
        finally:
            door.close()
        yield _good("door link", f"{kind}: the pins can be driven; nothing was moved")


def _clock(settings: Settings, now: datetime, snapshot: Snapshot | None) -> Iterator[Finding]:
    if now < BUILD_DATE:
        yield _bad(
            "clock",
            f"stands at {now:%Y-%m-%d}, before this release",
            "set the time; give the Pi a clock battery",
        )
        return
    last = None
    file = settings.data / "log.sqlite"
    if file.exists() and not (snapshot and snapshot.clock_shifted) and settings.production:
        with StoreReader(file) as reader:
            last = next((entry.at for entry in reader.read(max(0, reader.length - 1))), None)
    if last and now < last - timedelta(seconds=2):
        yield _bad(
            "clock", f"stands behind the last entry of the log ({last:%Y-%m-%d %H:%M})", "set the time"
        )
        return
    before, mono = datetime.now(UTC), time.monotonic()
    time.sleep(0.2)
    drift = abs((datetime.now(UTC) - before).total_seconds() - (time.monotonic() - mono))
    if drift > 0.1:  # noqa: PLR2004 - a tenth of a second in two is no slewing
        yield _bad("clock", "is being moved about", "wait until the time service has settled", fatal=False)
    else:
        yield _good("clock", f"{now.astimezone(HONG_KONG):%Y-%m-%d %H:%M:%S} in Hong Kong")


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = next(path for path in (settings.data, *settings.data.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    said = f"{free // 1024**2} MB free at {folder}"
    yield _good("disk", said) if free >= FREE_BYTES else _bad("disk", f"only {said}", "free 200 MB or more")


def _database(settings: Settings) -> Iterator[Finding]:
    file = settings.data / "log.sqlite"
    if not file.exists():
        yield _good("database", "none yet; the first start makes it")
        return
    with StoreReader(file) as reader:
        if reader.kiosk not in {None, settings.kiosk}:
            yield _bad(
                "database",
                f"belongs to the kiosk {reader.kiosk!r}",
                "use that name, or another `data` folder",
            )
            return
        length = reader.length
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        yield _bad(
            "database", f"is damaged ({verdict})", "keep the file as evidence and restore the venue's backup"
        )
    else:
        yield _good("database", f"{length} entries")


def _instruments(settings: Settings, at: datetime) -> Iterator[Finding]:
    instruments = load_instruments(settings.instruments, include_unofficial=settings.include_unofficial)
    current = instruments.in_force(at)
    day = at.astimezone(HONG_KONG)
    if current is None:
        yield _bad(
            "instruments",
            f"none of {len(instruments)} is in force on {day:%Y-%m-%d}",
            "get the current directions",
        )
    elif instruments.in_force(at + LAPSE) is None:
        yield _bad(
            "instruments",
            f"{current.id} lapses at 24:00 on {current.in_force.last}",
            "get the directions that follow it",
            fatal=False,
        )
    elif not current.gazetted:
        yield _bad(
            "instruments",
            f"{current.id} is not the gazetted text",
            "use the gazetted directions",
            fatal=False,
        )
    else:
        yield _good("instruments", f"{current.id} is in force until {current.in_force.last}")


def _trust(settings: Settings, now: datetime) -> Iterator[Finding]:
    trust = rings.load(*settings.keyrings, production=settings.production)
    yield from _keys(settings, trust)
    report = holdings.load(Places.of(settings), trust, now).judge(now).report
    for standing in report.standings:
        held, part = standing.list, f"trust list {standing.list.source.id}"
        said = f"{len(held.keys)} keys, {standing.days} days old"
        again = f"kiosk trust import {held.source.id} FILE"
        if standing.state == "fresh":
            yield _good(part, f"{said}, fresh until {held.stale_from:%Y-%m-%d}")
        elif standing.state == "stale":
            yield _bad(part, f"{said}: too old from {held.out_from:%Y-%m-%d} on", again, fatal=False)
        else:
            yield _bad(part, f"{said}: too old, none of its keys counts", again, fatal=False)
    for broken in report.broken:
        yield _bad(f"trust list {broken.source}", str(broken.error), "its keys do not count", fatal=False)
    for fault in report.unread:
        yield _bad("revoked proofs", fault, "until then revoked proofs may be accepted", fatal=False)
    if not report.unread:
        yield _good("revoked proofs", f"{report.revoked} known")


def _keys(settings: Settings, trust: TrustStore) -> Iterator[Finding]:
    if not settings.keyrings:
        yield _bad(
            "trust lists",
            "no key ring is configured",
            "add config/keyrings/hk.yaml to `keyrings`",
            fatal=False,
        )
    else:
        yield _good("trust lists", f"{len(trust.keys)} keys{' (DEMO)' if trust.is_demo else ''}")


def _sealing(settings: Settings, now: datetime, snapshot: Snapshot | None) -> Iterator[Finding]:
    held = read_public_key(settings.sealing_key_file)
    days = held.days(now.astimezone(HONG_KONG).date())
    age = f"made on {held.made}, {days} days ago" if held.made else "its file does not say when it was made"
    said = f"the health authority's key {held.id}, {age}"
    used = snapshot.sealing_key if snapshot else None
    if used and used.id != held.id:
        yield _bad(
            "sealing key", f"{said}: the running door still seals to {used.id}", "start the door again"
        )
    else:
        yield _good("sealing key", said)


def _accounts(settings: Settings) -> Iterator[Finding]:
    accounts = Accounts(settings.data / "accounts.json")
    if accounts.empty():
        yield _bad(
            "sign-ins", "nobody can sign in at the desk", "make one: kiosk account NAME --role manager"
        )
    else:
        yield _good("sign-ins", "there are some")


def _central(settings: Settings) -> Iterator[Finding]:
    """Central is never fatal: a door works without it, and its entries wait."""
    central = settings.central
    if central is None:
        yield _bad("central", "is not configured", "add `central` to send entries on", fatal=False)
        return
    token = central.token_file.read_text(encoding="utf-8").strip()
    request = urllib.request.Request(  # noqa: S310 - the settings allow http and https only
        f"{central.url}/v1/kiosks/{settings.kiosk}", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=5):  # noqa: S310
            yield _good("central", f"{central.url} knows this kiosk")
    except urllib.error.HTTPError as error:
        mend = "ask for a new token (central enrol)" if error.code in {401, 404} else "tell who runs it"
        yield _bad("central", f"{central.url} answered {error.code}", mend, fatal=False)
    except OSError as error:
        yield _bad("central", f"{central.url}: {error}", "entries wait until it answers", fatal=False)
