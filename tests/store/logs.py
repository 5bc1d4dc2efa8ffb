"""Small logs to test with."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime
from pathlib import Path

from kiosk import HONG_KONG
from kiosk.ledger import sealing
from kiosk.ledger.entries import Admission, Draft, Erased, Evidence, Exit, Personal, Registration
from kiosk.store import Store

KEY = sealing.generate()
KIOSK = "hk-1"


def open_log(path: Path, *, kiosk: str = KIOSK) -> Store:
    return Store.open(path, kiosk=kiosk, sealing_key=KEY.public_key())


def at(day: date | None = None, hour: int = 19) -> datetime:
    day = day or date(2021, 5, 1)
    return datetime(day.year, day.month, day.day, hour, 30, tzinfo=HONG_KONG)


def person(name: str = "陳大文", contact: str = "91234567") -> Personal:
    return Personal(registrations=(Registration(name=name, contact=contact),))


def admission(number: int, *, day: date | None = None, personal: Personal | None = None) -> Draft:
    entry = Admission(
        command=f"c-{number}",
        party=f"p-{number}",
        zone="B1",
        people=(Evidence(registered=personal is not None),),
        way="staffed",
        by="mei",
        waits_for_passage=False,
        instrument="x",
    )
    return Draft(at=at(day), entry=entry, personal=personal)


def leaving(number: int = 1) -> Draft:
    return Draft(at=at(), entry=Exit(people=number, source="staff", zone="B1", by="mei"))


def fill(store: Store, count: int, *, every_sealed: int = 3) -> None:
    """Append ``count`` admissions, every third with personal data."""
    first = store.length
    drafts = [
        admission(first + i, personal=person() if (first + i) % every_sealed == 0 else None)
        for i in range(count)
    ]
    store.append(drafts, expected_index=first)


def erase(store: Store, before: date) -> int:
    """Erase as the door does it, with the entry that says so; how many entries had something sealed."""
    visits = store.due(before)
    if visits:
        entry = Draft(at=at(before), entry=Erased(before=before, visits=visits), erase_before=before)
        store.append([entry], expected_index=store.length)
    store.clear()
    return visits


def tamper(file: Path, *statements: str) -> None:
    """Change the file behind the store's back."""
    with sqlite3.connect(file) as raw:
        for statement in statements:
            raw.execute(statement)
    raw.close()
