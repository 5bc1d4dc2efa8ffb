"""Days of a restaurant for reports: a busy one has something of everything."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from kiosk.ledger.checkpoint import Checkpoint, origin_of
from kiosk.ledger.entries import (
    Alarm,
    AlarmCleared,
    ClockConfirmed,
    CodeRejected,
    Downloaded,
    Erased,
    Evidence,
    Exit,
    InspectorSignedIn,
    InspectorSignedOut,
    LegalReason,
    Override,
    PlacesReturned,
    PlanDisplayed,
    Recount,
    Refusal,
    SettingsChanged,
    SignInReset,
    StaffChanged,
    StaffDuties,
    StaffMemberChange,
    StaffPass,
    Stopped,
    Undone,
    WayChanged,
)
from kiosk.ledger.notes import Signer
from kiosk.reports.report import Cosigned, ReportFacts, TakenBy
from tests.reports.daylog import FINE, INSTRUMENTS, Log, moment, zone

SIGNER = Signer.generate(origin_of("golden-harbour-1"))
VENUE = {"en": "Golden Harbour Seafood Restaurant", "zh-Hant": "金港海鮮酒家", "zh-Hans": "金港海鲜酒家"}
ZONES = {
    "D1": {"en": "Zone D", "zh-Hant": "D 類區域", "zh-Hans": "D 类区域"},
    "main": {"en": "Main hall", "zh-Hant": "大堂", "zh-Hans": "大堂"},
}
SHOWN = (
    FINE,
    FINE,
    FINE,
    Evidence(record_seen=True, lhs="declared", age="adult"),
    Evidence(proofs=("eu-dcc",), lhs="receipt", age="adult"),
    Evidence(record_seen=True, form=True, age="elder"),
    Evidence(record_seen=True, with_adult=True, age="child"),
)


def zones(day: date) -> tuple[Any, ...]:
    return (
        zone("D1", 60, day=day, mode="D", capacity=80, table=8, closes="26:00"),
        zone("main", 40, day=day, mode="B", capacity=80, table=4, closes="22:00"),
    )


def busy(log: Log, day: date, *, parties: int = 60, seed: int = 1) -> None:
    """A day with something of everything, faults included."""
    chance = random.Random(seed)
    log.day = day
    log.at("11:40").open(*zones(day), kind="catering")
    log.write(
        StaffDuties(
            zone="D1", staff=9, reasons=(LegalReason(code="staff_not_vaccinated", para="1(d)", people=2),)
        ),
        StaffDuties(zone="main", staff=9),
        PlanDisplayed(plan="0" * 64, by="mei"),
    )
    log.at("11:50").write(StaffDuties(zone="D1", staff=9))
    minute = 12 * 60
    waiting: list[tuple[int, int, str]] = []
    for number in range(parties):
        minute += chance.randint(3, 15)
        clock = f"{min(minute, 21 * 60 + 50) // 60:02}:{min(minute, 21 * 60 + 50) % 60:02}"
        log.at(clock)
        people = chance.randint(1, 6)
        name = chance.choice(["D1", "D1", "main"])
        log.enter([chance.choice(SHOWN) for _ in range(people)], name)
        waiting.append((minute + chance.randint(45, 110), people, name))
        for gone in [one for one in waiting if one[0] <= minute]:
            waiting.remove(gone)
            log.leave(gone[1])
            log.write(Exit(people=gone[1], source="staff", zone=gone[2], by="mei"))
        if number % 9 == 4:
            log.write(
                Refusal(
                    zone="D1",
                    people=people,
                    reasons=(
                        LegalReason(code="not_vaccinated", para="1(d)", people=1),
                        *([LegalReason(code="over_capacity", para="1(d)")] if number % 2 else []),
                    ),
                    way="staffed",
                    by="mei",
                    instrument="2021-04-29",
                )
            )
        if number % 15 == 3:
            log.write(CodeRejected(format="hk-vac", error="bad_signature"))
        if number % 20 == 5:
            log.write(StaffPass(by="ah-keung"))
    faults(log)


def faults(log: Log, reason: str = "They had booked, and it rained <b>hard</b>") -> None:
    """What an inspector asks about."""
    log.at("21:52").enter([Evidence(), FINE], "main")
    log.at("21:53").write(Alarm(kind="held_open"))
    log.at("21:54").write(AlarmCleared(kind="held_open", by="mei"), Alarm(kind="camera_lost", subject="door"))
    log.at("21:55").enter(
        50,
        "D1",
        override=Override(by="mei", reason=reason, against=(LegalReason(code="over_capacity", para="1(d)"),)),
    )
    undone = log.at("21:56").admit(2, "main")
    log.write(Undone(admission=undone, by="mei"))
    returned = log.admit(3, "main")
    log.write(PlacesReturned(admission=returned, people=3))
    log.at("21:57").pass_in(None)
    log.at("21:58").write(Alarm(kind="passage_without_admission"))
    log.at("22:30").enter(2, "main")
    log.at("22:40").write(
        Recount(inside={"D1": 31, "main": 0}, was={"D1": 60, "main": 5}, by="mei", reason="closing round")
    )
    log.at("23:00").write(
        WayChanged(way="unattended", by="mei"),
        SettingsChanged(what=("cameras", "premises.capacity")),
        StaffChanged(changes=(StaffMemberChange(member="s1", kinds=("doses",)),), by="boss"),
        SignInReset(name="mei", what=("pin",), by="boss"),
        ClockConfirmed(why="jump", was=moment("20:00", log.day), by="mei"),
        Erased(before=log.day - timedelta(days=31), visits=120),
    )
    signed_in = log.write(InspectorSignedIn(how="badge", department="FEHD", number="F-0117"))
    log.write(
        Downloaded(
            first=log.day, last=log.day, start=0, end=signed_in, manifest="ab" * 32, session=signed_in
        ),
        InspectorSignedOut(session=signed_in, why="left"),
    )
    log.at("25:30").leave(31)
    log.close("D1")
    log.write(Stopped())


def facts(log: Log, first: date, last: date, **others: Any) -> ReportFacts:
    size = len(log.entries)
    note = Checkpoint(SIGNER.key.name, size, bytes(range(32))).sign(SIGNER)
    return ReportFacts(
        **{
            "venue": VENUE,
            "kiosk": "golden-harbour-1",
            "demo": False,
            "first": first,
            "last": last,
            "start": 0,
            "end": size,
            "made_at": datetime(2021, 6, 1, 2, 5, tzinfo=UTC),
            "taken_by": TakenBy(department="Food and Environmental Hygiene Department", by="mei"),
            "checkpoint": note.encode(),
            "key": SIGNER.key,
            "cosigned": Cosigned(size - 3, datetime(2021, 6, 1, 1, 58, tzinfo=UTC)) if size > 3 else None,
            "instruments": INSTRUMENTS,
            "zones": ZONES,
            **others,
        }
    )


def month(
    days: int = 31, *, quiet: frozenset[int] = frozenset(), parties: int = 60
) -> tuple[Log, date, date]:
    """So many days from 29 April 2021 on; those whose numbers are ``quiet`` have no entries."""
    first = date(2021, 4, 29)
    log = Log(day=first)
    for number in range(days):
        if number not in quiet:
            busy(log, first + timedelta(days=number), parties=parties, seed=number)
    log.day = first
    return log, first, first + timedelta(days=days - 1)
