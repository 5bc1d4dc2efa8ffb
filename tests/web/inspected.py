"""A venue whose log has past days in it, before a real door, for the inspector's pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from kiosk import settings
from kiosk.accounts import Accounts
from kiosk.ledger.entries import Draft
from kiosk.ledger.sealing import load_public_key
from kiosk.store import Store
from kiosk.web import create_app
from kiosk.web.context import EXTENSION
from kiosk.web.tls import Tls
from tests.reports.daylog import Log
from tests.reports.reportlog import ZONES, busy, zones
from tests.staff.house import found, running
from tests.web.conftest import wait_for
from tests.web.test_inspect import FINGERPRINT, House

#: A busy day, one without entries, one on which nothing was against the law; the door goes on on 1 May.
BUSY, EMPTY, QUIET, TODAY = (date(2021, 4, 28), date(2021, 4, 29), date(2021, 4, 30), date(2021, 5, 1))

PREMISES: dict[str, Any] = {
    "kind": "catering",
    "capacity": 160,
    "zones": [
        {"id": "D1", "mode": "D", "capacity": 120, "name": ZONES["D1"]},
        {"id": "main", "mode": "B", "capacity": 80, "name": ZONES["main"]},
    ],
}


def past(file: Path, log: Log) -> None:
    """Put the entries of ``log`` into the log of the venue."""
    venue = settings.load(file)
    store = Store.open(
        venue.data / "log.sqlite", kiosk=venue.kiosk, sealing_key=load_public_key(venue.sealing_key_file)
    )
    drafts = [Draft(at=one.at, entry=one.entry) for one in log.entries]
    store.append(drafts, expected_index=store.length)
    store.close()


def days() -> Log:
    """The past days."""
    log = Log(day=BUSY)
    busy(log, BUSY, parties=40)
    log.day = QUIET
    log.at("11:00").open(*zones(QUIET), kind="catering")
    log.at("12:00").enter(4, "D1")
    log.at("13:30").leave(4)
    return log


@contextmanager
def inspected(
    folder: Path, log: Log | None = None, *, tls: Tls | None = None, **changes: Any
) -> Iterator[House]:
    """The venue with its pages; the door runs."""
    file = found(folder, **{"premises": PREMISES, "usb": "stick", **changes})
    past(file, log or days())
    with running(file) as door:
        venue = settings.load(file)
        app = create_app(
            venue,
            door,
            Accounts(venue.data / "accounts.json"),
            tls=tls or Tls(FINGERPRINT, 8443, "kiosk.test"),
            venue_file=file,
        )
        wait_for(lambda: app.extensions[EXTENSION].feed.view.snapshot)
        yield House(app, door, file)
        app.extensions[EXTENSION].feed.stop()
        app.extensions[EXTENSION].exports.stop()
