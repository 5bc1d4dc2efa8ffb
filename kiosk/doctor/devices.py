"""Cameras, scanners, the door itself, the clock and the disk."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from firmware_bridge import LinkLost, make_door
from kiosk import BUILD_DATE, HONG_KONG
from kiosk.doctor.finding import Finding, bad, good
from kiosk.gate.snapshot import Snapshot
from kiosk.scanning.child import CodeReader, HandScanner, Scanner
from kiosk.scanning.messages import CameraState, ScannerMessage
from kiosk.settings import KeyboardScannerSettings, SerialScannerSettings, Settings
from kiosk.store import StoreReader

#: Less free space than this (bytes) and a busy month of entries may not fit.
FREE_BYTES = 200 * 1024 * 1024
#: A camera has this long (seconds) to show a picture, a scanner to be there.
CAMERA_S = 10.0


def cameras(settings: Settings, snapshot: Snapshot | None) -> Iterator[Finding]:
    """Each camera shows a picture, each scanner can be listened to."""
    if not settings.cameras and not settings.scanners:
        mend = "add one under `cameras` or `scanners` if visitors show codes"
        yield bad("camera", "none is configured", mend, fatal=False)
    if snapshot:
        keys = {scanner.name: _key(scanner) for scanner in settings.scanners}
        for view in snapshot.cameras:
            part = f"{'scanner' if view.name in keys else 'camera'} {view.name}"
            mend = f"plug it in; check `{keys.get(view.name, 'source')}`"
            yield good(part, "up") if view.up else bad(part, view.why or "away", mend)
        return
    for camera in settings.cameras:
        part = f"camera {camera.name}"
        state = _first_state(partial(Scanner, camera.name, camera.source))
        if state and state.up:
            yield good(part, f"shows a picture ({camera.source})")
        else:
            why = state.why if state and state.why else f"no picture within {CAMERA_S:.0f} s"
            yield bad(part, f"{camera.source}: {why}", "plug it in, or correct `source`")
    for scanner in settings.scanners:
        yield _scanner(scanner)


def _scanner(settings: SerialScannerSettings | KeyboardScannerSettings) -> Finding:
    """The scanner is there, and its keys are ours alone."""
    part = f"scanner {settings.name}"
    state = _first_state(partial(HandScanner, settings))
    if state and state.up:
        return good(part, f"is listened to ({settings.source}); scan a code to see what it sends")
    why = state.why if state and state.why else f"no answer within {CAMERA_S:.0f} s"
    return bad(part, f"{settings.source}: {why}", f"plug it in, or correct `{_key(settings)}`")


def _key(settings: SerialScannerSettings | KeyboardScannerSettings) -> str:
    return "port" if settings.kind == "serial" else "device"


def _first_state(made: Callable[[Callable[[ScannerMessage], None]], CodeReader]) -> CameraState | None:
    """What the child process says of it first that is good, or at last that is bad."""
    up = threading.Event()
    states: list[CameraState] = []

    def hear(message: ScannerMessage) -> None:
        if isinstance(message, CameraState):
            states.append(message)
            if message.up:
                up.set()

    scanner = made(hear)
    scanner.start()
    up.wait(CAMERA_S)
    scanner.stop()
    return next((state for state in states if state.up), states[-1] if states else None)


def door_link(settings: Settings, snapshot: Snapshot | None) -> Iterator[Finding]:
    """The door's hardware can be taken."""
    kind = settings.door.kind
    if kind == "none":
        yield good("door link", "no lock and no sensor: staff tap who leaves")
    elif snapshot:
        lost = snapshot.door_link == "lost"
        yield (
            bad("door link", "lost", "check wiring and power") if lost else good("door link", f"{kind}, up")
        )
    else:
        faults: list[LinkLost] = []
        door = make_door(settings.door)
        try:
            door.start(lambda event: faults.append(event) if isinstance(event, LinkLost) else None)
        finally:
            door.close()
        if kind == "osdp":
            # A reader is asked through its key: whether the file is right, and closed to others, is seen by the way.
            yield (
                bad("door link", f"osdp: {faults[0].why}", "see `kiosk osdp check`")
                if faults
                else good("door link", "osdp: the readers answer; nothing was moved")
            )
            return
        yield good("door link", f"{kind}: the pins can be driven; nothing was moved")


def clock(settings: Settings, now: datetime, snapshot: Snapshot | None) -> Iterator[Finding]:
    """The system's clock is not behind, and stands still for nobody."""
    if now < BUILD_DATE:
        yield bad(
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
        yield bad("clock", f"stands behind the last entry of the log ({last:%Y-%m-%d %H:%M})", "set the time")
        return
    before, mono = datetime.now(UTC), time.monotonic()
    time.sleep(0.2)
    drift = abs((datetime.now(UTC) - before).total_seconds() - (time.monotonic() - mono))
    if drift > 0.1:  # noqa: PLR2004 - a tenth of a second in two is no slewing
        yield bad("clock", "is being moved about", "wait until the time service has settled", fatal=False)
    else:
        yield good("clock", f"{now.astimezone(HONG_KONG):%Y-%m-%d %H:%M:%S} in Hong Kong")


def disk(settings: Settings) -> Iterator[Finding]:
    """There is room for a busy month."""
    folder = next(path for path in (settings.data, *settings.data.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    said = f"{free // 1024**2} MB free at {folder}"
    yield good("disk", said) if free >= FREE_BYTES else bad("disk", f"only {said}", "free 200 MB or more")
