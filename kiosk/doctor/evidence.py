"""The log: its database, all of it, what was signed, and what it was kept to begin from."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from urllib.parse import quote

from kiosk import HONG_KONG
from kiosk.doctor.finding import Finding, bad, good
from kiosk.errors import KioskError
from kiosk.ledger.certificate import read_certificate
from kiosk.ledger.checkpoint import open_checkpoint
from kiosk.settings import Settings
from kiosk.store import StoreError, StoreReader
from kiosk.store import keys as log_keys
from kiosk.store.states import premises_before
from kiosk.store.whole import Progress

_KEEP = "keep the file as evidence, tell the authority, and restore the venue's backup"


def database(settings: Settings) -> Iterator[Finding]:
    """The file is whole, and this kiosk's."""
    file = settings.data / "log.sqlite"
    if not file.exists():
        yield good("database", "none yet; the first start makes it")
        return
    with StoreReader(file) as reader:
        if reader.kiosk not in {None, settings.kiosk}:
            yield bad(
                "database",
                f"belongs to the kiosk {reader.kiosk!r}",
                "use that name, or another `data` folder",
            )
            return
        length = reader.length
    with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as connection:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        yield bad(
            "database", f"is damaged ({verdict})", "keep the file as evidence and restore the venue's backup"
        )
    else:
        yield good("database", f"{length} entries")


def log(settings: Settings, progress: Progress) -> Iterator[Finding]:
    """What a start reads, and then all of it: every leaf, the tree over them, what was signed."""
    file = settings.data / "log.sqlite"
    if not file.exists():
        return
    with StoreReader(file) as reader:
        try:
            reader.demand_beginning()
            premises_before(reader, reader.length)
        except StoreError as error:
            yield bad("log", str(error.what), _KEEP)
            return
        try:
            length = reader.check_whole(progress)
        except StoreError as error:
            yield bad(
                "log",
                f"{error.what}: what the door needs to start is sound, but this is no evidence any more",
                _KEEP,
                fatal=False,
            )
            return
        newest, key = reader.checkpoint(), log_keys.log_key(settings.data)
    said = f"{length} entries, every one of them and the tree over them looked at"
    if newest is None or key is None:
        yield good("log", f"{said}; nothing is signed yet")
        return
    try:
        open_checkpoint(newest.note, key)
    except KioskError as error:
        yield bad(
            "log",
            f"{said}; the checkpoint of {newest.size} is not signed with this kiosk's key: {error.what}",
            "start the door, which signs with the key that it has; central must know it",
            fatal=False,
        )
        return
    when = newest.made_at.astimezone(HONG_KONG)
    yield good("log", f"{said}; signed at {newest.size} ({when:%Y-%m-%d %H:%M})")


def certificate(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whether the authority vouches for the key: without that a log is consistent, its origin unproved."""
    note, key = log_keys.certificate(settings.data), log_keys.log_key(settings.data)
    if note is None:
        mend = "central hands it out: name the venue when it is enrolled (central enrol --venue)"
        yield bad("certificate", "none: nobody vouches for the key that signs the log", mend, fatal=False)
        return
    again = "remove certificate.note, and let central hand out another"
    try:
        found, signed = read_certificate(note)
    except KioskError as error:
        yield bad("certificate", error.what, again, fatal=False)
        return
    by = ", ".join(sorted({signature.name for signature in signed.signatures}))
    if found.kiosk != settings.kiosk or found.key != key:
        yield bad(
            "certificate",
            f"it is for another key, of {found.kiosk}",
            "have the authority enrol this kiosk with the key that it has",
            fatal=False,
        )
    elif not found.covers(now):
        yield bad(
            "certificate",
            f"it holds from {found.first} to {found.last}",
            "ask the authority for a new one",
            fatal=False,
        )
    else:
        yield good(
            "certificate", f"of this key, at {found.venue}, until {found.last}; it says that it is by {by}"
        )


def contradictions(settings: Settings) -> Iterator[Finding]:
    """What was found to contradict the log, for good."""
    file = settings.data / "log.sqlite"
    if not file.exists():
        return
    with StoreReader(file) as reader:
        found = reader.contradictions()
    if not found:
        yield good("contradictions", "none")
    for each in found:
        when = each.at.astimezone(HONG_KONG)
        yield bad(
            "contradictions",
            f"{each.kind} on {when:%Y-%m-%d %H:%M}: {each.detail}",
            "keep the database; an inspector is shown both sides",
            fatal=False,
        )


def kept_states(settings: Settings) -> Iterator[Finding]:
    """What a start goes on from; it needs none of them."""
    file = settings.data / "log.sqlite"
    if not file.exists():
        return
    with StoreReader(file) as reader:
        states = list(reader.states())
    broken = [state for state in states if state.fault]
    if broken:
        first = broken[0]
        yield bad(
            "kept states",
            f"{len(broken)} of {len(states)} cannot be used (entry {first.index}: {first.fault})",
            "none is needed: a start reads more of the log; after an update that is as it should be",
            fatal=False,
        )
    elif states:
        yield good("kept states", f"{len(states)}, the newest of {states[0].day}")
    else:
        yield good("kept states", "none yet; the door keeps one each day")
