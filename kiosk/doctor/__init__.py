"""Is this set-up fit to serve? One check a part; each says ok, or what is wrong and the mend.

Where the door service runs, cameras, door and replication are asked of it, because it holds them; otherwise they are
tried here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from firmware_bridge import BridgeError
from kiosk.doctor import devices, evidence, lists, network
from kiosk.doctor.finding import Finding, bad
from kiosk.errors import KioskError
from kiosk.gate.protocol import DoorClient, DoorUnreachableError
from kiosk.gate.snapshot import Snapshot
from kiosk.settings import Settings
from kiosk.store.whole import Progress

__all__ = ["Finding", "examine"]


#: A part, its check, and whether the door cannot serve where the check itself fails.
_Check = tuple[str, Callable[[], Iterator[Finding]], bool]


def examine(
    settings: Settings, *, at: datetime | None = None, progress: Progress = lambda _done, _all: None
) -> Iterator[Finding]:
    """All findings, in the order in which a visitor meets the parts; then the evidence that is kept of it.

    Args:
        settings: the venue's file, with its door checked.
        at: the law's time to judge by; now, unless given.
        progress: told how far the log has been looked at.
    """
    now = datetime.now(UTC)
    snapshot = _running(settings)
    for part, check, fatal in _checks(settings, snapshot, at, now, progress):
        try:
            yield from check()
        except (KioskError, BridgeError) as error:
            mend = "then try again" if getattr(error, "mend", None) else "see above"
            yield bad(part, str(error), mend, fatal=fatal)
        except OSError as error:
            said = f"{error.filename or ''} {error.strerror or error}".strip()
            yield bad(part, said, "check path and permissions", fatal=fatal)


def _checks(
    settings: Settings, snapshot: Snapshot | None, at: datetime | None, now: datetime, progress: Progress
) -> tuple[_Check, ...]:
    law_time = at or (snapshot.at if snapshot else now)
    return (
        ("camera", lambda: devices.cameras(settings, snapshot), True),
        ("door link", lambda: devices.door_link(settings, snapshot), True),
        ("clock", lambda: devices.clock(settings, now, snapshot), True),
        ("disk", lambda: devices.disk(settings), True),
        ("instruments", lambda: lists.instruments(settings, law_time), True),
        ("trust lists", lambda: lists.trust_lists(settings, now), True),
        ("sealing key", lambda: lists.sealing_key(settings, now, snapshot), True),
        ("sign-ins", lambda: network.sign_ins(settings), True),
        ("inspectors", lambda: lists.inspectors(settings, now), False),
        ("TLS", lambda: network.tls(settings, now), False),
        ("central", lambda: network.central(settings), False),
        ("database", lambda: evidence.database(settings), True),
        ("log", lambda: evidence.log(settings, progress), True),
        ("certificate", lambda: evidence.certificate(settings, now), False),
        ("contradictions", lambda: evidence.contradictions(settings), False),
        ("kept states", lambda: evidence.kept_states(settings), False),
    )


def _running(settings: Settings) -> Snapshot | None:
    try:
        return next(DoorClient(settings.socket_path).watch(5.0), None)
    except (DoorUnreachableError, OSError):
        return None
