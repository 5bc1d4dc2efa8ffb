"""The law in force, the keys that count, and whose badges are taken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from kiosk import HONG_KONG
from kiosk.doctor.finding import Finding, bad, good
from kiosk.gate.snapshot import Snapshot
from kiosk.law import load_instruments
from kiosk.ledger.sealing import read_public_key
from kiosk.proofs import holdings, inspector_files, rings
from kiosk.proofs.holdings import Places
from kiosk.proofs.trust import TrustStore
from kiosk.settings import Settings

#: Staff should hear of a law that lapses this long before.
LAPSE = timedelta(days=3)


def instruments(settings: Settings, at: datetime) -> Iterator[Finding]:
    """A law is in force, and will be for some days."""
    loaded = load_instruments(settings.instruments, include_unofficial=settings.include_unofficial)
    current = loaded.in_force(at)
    day = at.astimezone(HONG_KONG)
    if current is None:
        yield bad(
            "instruments",
            f"none of {len(loaded)} is in force on {day:%Y-%m-%d}",
            "get the current directions",
        )
    elif loaded.in_force(at + LAPSE) is None:
        yield bad(
            "instruments",
            f"{current.id} lapses at 24:00 on {current.in_force.last}",
            "get the directions that follow it",
            fatal=False,
        )
    elif not current.gazetted:
        yield bad(
            "instruments",
            f"{current.id} is not the gazetted text",
            "use the gazetted directions",
            fatal=False,
        )
    else:
        yield good("instruments", f"{current.id} is in force until {current.in_force.last}")


def trust_lists(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Key rings, trust lists and lists of revoked proofs."""
    trust = rings.load(*settings.keyrings, production=settings.production)
    yield from _keys(settings, trust)
    report = holdings.load(Places.of(settings), trust, now).judge(now).report
    for standing in report.standings:
        held, part = standing.list, f"trust list {standing.list.source.id}"
        said = f"{len(held.keys)} keys, {standing.days} days old"
        again = f"kiosk trust import {held.source.id} FILE"
        if standing.state == "fresh":
            yield good(part, f"{said}, fresh until {held.stale_from:%Y-%m-%d}")
        elif standing.state == "stale":
            yield bad(part, f"{said}: too old from {held.out_from:%Y-%m-%d} on", again, fatal=False)
        else:
            yield bad(part, f"{said}: too old, none of its keys counts", again, fatal=False)
    for broken in report.broken:
        yield bad(f"trust list {broken.source}", str(broken.error), "its keys do not count", fatal=False)
    for fault in report.unread:
        yield bad("revoked proofs", fault, "until then revoked proofs may be accepted", fatal=False)
    if not report.unread:
        yield good("revoked proofs", f"{report.revoked} known")


def _keys(settings: Settings, trust: TrustStore) -> Iterator[Finding]:
    if not settings.keyrings:
        yield bad(
            "trust lists",
            "no key ring is configured",
            "add config/keyrings/hk.yaml to `keyrings`",
            fatal=False,
        )
    else:
        yield good("trust lists", f"{len(trust.keys)} keys{' (DEMO)' if trust.is_demo else ''}")


def sealing_key(settings: Settings, now: datetime, snapshot: Snapshot | None) -> Iterator[Finding]:
    """The authority's key is there, and is the one that the door uses."""
    held = read_public_key(settings.sealing_key_file)
    days = held.days(now.astimezone(HONG_KONG).date())
    age = f"made on {held.made}, {days} days ago" if held.made else "its file does not say when it was made"
    said = f"the health authority's key {held.id}, {age}"
    used = snapshot.sealing_key if snapshot else None
    if used and used.id != held.id:
        yield bad("sealing key", f"{said}: the running door still seals to {used.id}", "start the door again")
    else:
        yield good("sealing key", said)


def inspectors(settings: Settings, now: datetime) -> Iterator[Finding]:
    """The list of inspectors with its PINs. Without one a manager lets them in."""
    held = inspector_files.load(Places.of(settings))
    again = "get a newer one: kiosk inspectors import FILE"
    if held is None:
        yield bad(
            "inspectors",
            "no list is held: no badge is taken, and managers open their sessions",
            "kiosk inspectors import FILE",
            fatal=False,
        )
        return
    said = f"{len(held.list.verifiers)} badges, listed {(now - held.list.issued_at).days} days ago"
    if now >= held.counts_until:
        yield bad("inspectors", f"{said}: too old, no badge is taken", again, fatal=False)
    elif now >= held.list.issued_at + held.source.life:
        yield bad("inspectors", f"{said}: too old from {held.counts_until:%Y-%m-%d} on", again, fatal=False)
    else:
        yield good("inspectors", f"{said}, fresh until {held.list.issued_at + held.source.life:%Y-%m-%d}")
