"""A box with a log of a few days in it, for exports: a real store, keys, an authority and a witness; no door runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from kiosk import HONG_KONG
from kiosk import settings as venues
from kiosk.ledger.certificate import Certificate
from kiosk.ledger.entries import (
    Admission,
    AnyEntry,
    CodeRejected,
    DayOpened,
    Draft,
    Evidence,
    Exit,
    InspectorSignedIn,
    LegalReason,
    Override,
    Passage,
    PlacesReturned,
    Refusal,
    Settled,
    StaffChanged,
    StaffDuties,
    StaffMemberChange,
    Started,
    TableShare,
    Undone,
    ZoneRules,
)
from kiosk.ledger.notes import COSIGNATURE, Signer, parse_note
from kiosk.ledger.sealing import load_public_key
from kiosk.store import Store
from kiosk.store import keys as log_keys
from tests.service.venues import found_venue

KIOSK = "test-1"
MAY_1 = date(2021, 5, 1)
INSTRUMENT = "2021-04-29"


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=HONG_KONG)


def opened(day: date) -> DayOpened:
    rules = ZoneRules(zone="premises", mode="B", capacity=40, limit=20, table=4, closes_at=moment(day, 22))
    return DayOpened(
        instrument=INSTRUMENT, instrument_digest="e2" * 32, way="staffed", zones=(rules,), kind="catering"
    )


def admission(party: str, *people: Evidence, **others: Any) -> Admission:
    values: dict[str, Any] = {
        "party": party,
        "zone": "premises",
        "people": people or (Evidence(lhs="staff_saw", proofs=("hk-vac",), age="adult"),),
        "way": "staffed",
        "by": "mei",
        "waits_for_passage": False,
        "instrument": INSTRUMENT,
    }
    return Admission(**{**values, **others})


def started(*, shifted: bool = True) -> Started:
    return Started(
        version="0",
        demo=True,
        clock_shifted=shifted,
        has_lock=False,
        counts_entries=False,
        counts_exits=False,
    )


def busy_day(day: date, reason: str = "regular guest") -> list[tuple[datetime, AnyEntry]]:
    """A day on which a little of everything happens; its first admission is undone."""
    reasons = (LegalReason(code="no_lhs_scan", para="1(d)", people=1),)
    shown = (
        Evidence(lhs="declared", proofs=("eu-dcc",)),
        Evidence(form=True, age="elder", papers=("test",)),
        Evidence(registered=True, document_seen=True),
        Evidence(with_adult=True, age="child"),
    )
    entries: list[AnyEntry] = [
        opened(day),
        StaffDuties(
            zone="premises", staff=3, reasons=(LegalReason(code="staff_not_tested", para="1(c)", people=2),)
        ),
        StaffChanged(changes=(StaffMemberChange(member="s1", kinds=("tests",)),), by="lam"),
        StaffDuties(zone="premises", staff=3),
        admission("P1"),
        admission("P2", *shown, tables=(TableShare(table="T1", people=4),)),
        admission("P3", override=Override(by="lam", reason=reason, against=reasons)),
        admission("P4", Evidence(), takeaway=True),
        Refusal(zone="premises", people=2, reasons=reasons, way="staffed", by="mei", instrument=INSTRUMENT),
        CodeRejected(format="hk-vac", error="bad_signature"),
        InspectorSignedIn(how="manager", department="=FEHD", by="lam"),
        Exit(people=2, source="staff", zone="premises", by="mei"),
    ]
    return [(moment(day, 12, minute), entry) for minute, entry in enumerate(entries)]


@dataclass
class Box:
    """One box. Its clock is shifted, as a demo's, unless it is told otherwise."""

    folder: Path
    file: Path = field(init=False)
    authority: Signer = field(default_factory=lambda: Signer.generate("venue-central/authority"))
    witness: Signer = field(default_factory=lambda: Signer.generate("venue-central/witness", COSIGNATURE))

    def __post_init__(self) -> None:
        self.file = found_venue(self.folder, premises={"kind": "catering", "mode": "B", "capacity": 40})
        self.data.mkdir()
        self.signer = log_keys.open_signer(self.data, KIOSK)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def settings(self) -> venues.Settings:
        return venues.load(self.file)

    def store(self) -> Store:
        key = load_public_key(self.folder / "sealing.pub")
        return Store.open(self.data / "log.sqlite", kiosk=KIOSK, sealing_key=key)

    def write(self, entries: Sequence[tuple[datetime, AnyEntry]]) -> int:
        """Append, and sign; the length of the log."""
        store = self.store()
        store.append([Draft(at=at, entry=entry) for at, entry in entries], expected_index=store.length)
        store.checkpoint(self.signer, now=datetime.now(UTC))
        length = store.length
        store.close()
        return length

    def undo(self, admission: int, at: datetime) -> None:
        self.write(
            [
                (at, Undone(admission=admission, by="mei")),
                (at, PlacesReturned(admission=admission + 1, people=1)),
                (at, Settled(admission=admission + 1, entered=2, by="mei")),
                (at, Passage(admission=None)),
            ]
        )

    def cosign(self, at: datetime) -> None:
        """Central's witness signs the newest checkpoint."""
        store = self.store()
        made = store.checkpoint(self.signer, now=at)
        assert made is not None
        store.cosigned(made.size, self.witness.cosign(parse_note(made.signed).text, at))
        store.close()

    def certify(self, first: date = MAY_1, last: date = date(2031, 4, 30)) -> None:
        """The authority vouches for the key."""
        found = Certificate(KIOSK, "test-venue", self.signer.key, self.witness.key, first, last)
        assert log_keys.keep_certificate(self.data, found.sign(self.authority).encode(), self.signer.key)

    def litter(self) -> list[str]:
        """What lies in the folder that was not there at first."""
        ours = {"authority", "sealing.pub", "venue.yaml", "data"}
        return sorted({file.name for file in self.folder.iterdir()} - ours)


def three_days(folder: Path, **texts: str) -> Box:
    """1 to 3 May 2021, started once; the log ends on the third day."""
    box = Box(folder)
    box.write([(moment(MAY_1, 11), started())])
    for number in range(3):
        day = MAY_1 + timedelta(days=number)
        length = box.write(busy_day(day, **texts))
        box.undo(length - 8, moment(day, 21))
        if number == 1:
            box.cosign(moment(day, 21, 30))
    return box
