"""The people of the demo: invented, with records in the official layout, one for each thing that can be wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk import HONG_KONG
from kiosk.demo.authority import ISSUER, NEGATIVE, PCR, RECORD_VERSION, Authority
from kiosk.proofs import (
    health_code,
    hk_dates,
    hk_evt,
    hk_mec,
    hk_vac,
    inspector_badge,
    masking,
    visit_receipt,
)
from kiosk.proofs.health_code import HealthCode
from kiosk.proofs.hk_evt import TestRecord
from kiosk.proofs.hk_mec import Exemption
from kiosk.proofs.hk_vac import Record, RecordDose
from kiosk.proofs.inspector_badge import InspectorBadge
from kiosk.proofs.model import HealthColour
from kiosk.proofs.signed_code import CODE_ID_OCTETS, Envelope
from kiosk.proofs.visit_receipt import VisitReceipt

VisitorKind = Literal[
    "vaccinated",
    "one_dose",
    "no_dose",
    "recovered",
    "forged",
    "altered",
    "unknown_version",
    "tested",
    "exempt",
    "receipt",
    "health_green",
    "health_amber",
    "health_red",
    "inspector",
]
#: Of the demo's restaurant.
_POSTER = "gxr8l5A6"
_HOUR = timedelta(hours=1)

_SURNAMES = (
    "CHAN", "WONG", "LEE", "CHEUNG", "LAM", "HO", "NG", "YIP", "FUNG", "TANG", "LAU", "MAK", "SO",
)  # fmt: skip
_COMIRNATY = ("Comirnaty", "復必泰")
_CORONAVAC = ("CoronaVac", "克爾來福")
_UNKNOWN_VERSION = "9.00"


@dataclass(frozen=True)
class DemoVisitor:
    """Somebody at the door, and the text of the code that they hold up."""

    name: str
    kind: VisitorKind
    text: str
    #: The number of the identity card that they carry.
    document: str


def demo_visitors(authority: Authority, at: datetime, rounds: int = 1) -> tuple[DemoVisitor, ...]:
    """The demo's visitors for an evening at ``at``: their doses lie in the weeks before it.

    Each round brings other people of the same kinds. The signatures differ from call to call (ECDSA is randomised);
    people and dates do not.
    """
    today = at.astimezone(HONG_KONG)
    return tuple(person for number in range(rounds) for person in _round(_People(authority, today, number)))


def _round(people: _People) -> tuple[DemoVisitor, ...]:
    # Days before the evening; on 1 May 2021 the first of them had doses on 10 March and 7 April.
    return (
        people.visitor("CHAN, TAI MAN", "A123456", "vaccinated", (52, 24), _CORONAVAC),
        people.visitor("WONG, SIU LING", "K204817", "vaccinated", (45, 24), _COMIRNATY),
        people.visitor("LEE, KA YAN", "Y730251", "vaccinated", (41, 18), _COMIRNATY),
        people.visitor("CHEUNG, HO YIN", "AB987654", "vaccinated", (58, 30), _CORONAVAC),
        people.visitor("LAM, MEI FONG", "D419006", "one_dose", (14,), _COMIRNATY),
        people.visitor("HO, CHI KIN", "R558120", "one_dose", (9,), _CORONAVAC),
        people.visitor("NG, WAI SHAN", "G662093", "no_dose", (), _COMIRNATY),
        people.visitor("YIP, TSZ CHUNG", "Z317745", "recovered", (20,), _COMIRNATY),
        people.visitor("FUNG, PUI KEI", "E364912", "forged", (50, 22), _CORONAVAC, sign=_another_hand()),
        people.altered("TANG, LOK HIM", "P841372", (7,), _COMIRNATY),
        people.visitor("LAU, SZE NGA", "V095561", "unknown_version", (44, 21), _COMIRNATY),
        people.tested("MAK, WING SZE", "H270934"),
        people.exempt("SO, YUK LAN", "E128843"),
        people.receipt("WONG, HOI YAN", "M381004"),
        people.health("LEE, CHUN HEI", "N650217", "green"),
        people.health("CHEUNG, YEE MAN", "S718843", "amber"),
        people.health("HO, TIN LOK", "T204569", "red"),
        people.inspector("MAK, KA HO", "C933715"),
    )


@dataclass(frozen=True)
class _People:
    authority: Authority
    today: datetime
    #: Which round: the first are the people as they are called, the others are other people.
    number: int

    def called(self, name: str, body: str) -> tuple[str, str]:
        """Name and identity card of the round's person, check digit included."""
        if self.number:
            surname, given = name.split(",")
            name = f"{_SURNAMES[(_SURNAMES.index(surname) + self.number) % len(_SURNAMES)]},{given}"
            letters = body.rstrip("0123456789")
            # 65,537 is odd and no multiple of five: a million rounds bring a million numbers.
            body = f"{letters}{(int(body.removeprefix(letters)) + self.number * 65_537) % 1_000_000:06}"
        return name, f"{body}({masking.hkid_check_digit(body)})"

    def visitor(
        self,
        name: str,
        body: str,
        kind: VisitorKind,
        days_before: tuple[int, ...],
        vaccine: tuple[str, str],
        sign: Callable[[bytes], bytes] | None = None,
    ) -> DemoVisitor:
        name, document = self.called(name, body)
        name_en, name_zh = vaccine
        doses = tuple(
            RecordDose(date=(self.today - timedelta(days=n)).date(), name_en=name_en, name_zh=name_zh)
            for n in days_before
        )
        record = Record(
            version=_UNKNOWN_VERSION if kind == "unknown_version" else RECORD_VERSION,
            reference=f"DEMO-{document[:-3]}",
            document=masking.mask_document(document),
            name=masking.mask_name(name),
            doses=doses,
            recovered=kind == "recovered",
            issued_at=(self.today - timedelta(days=1)).replace(hour=10, minute=30),
        )
        return DemoVisitor(name, kind, hk_vac.encode(record, sign or self.authority.sign), document)

    def altered(
        self, name: str, body: str, days_before: tuple[int, ...], vaccine: tuple[str, str]
    ) -> DemoVisitor:
        """A record whose first dose was moved to an earlier day after it was signed."""
        genuine = self.visitor(name, body, "altered", days_before, vaccine)
        signed_day, earlier = (
            (self.today - timedelta(days=days_before[0] + more)).strftime("%d-%m-%Y") for more in (0, 28)
        )
        text = genuine.text.replace(f"|{signed_day}|", f"|{earlier}|", 1)
        return DemoVisitor(genuine.name, "altered", text, genuine.document)

    def tested(self, name: str, body: str) -> DemoVisitor:
        """The record of a sample taken the day before, negative by PCR."""
        name, document = self.called(name, body)
        sampled = (self.today - timedelta(days=1)).replace(hour=9, minute=15)
        record = TestRecord(
            version=RECORD_VERSION,
            reference=f"DEMO-{document[:-3]}",
            document_type="HKIC",
            document=masking.mask_document(document),
            sampled=hk_dates.minute_text(sampled),
            specimen="DEMO SWAB",
            platform=PCR,
            result=NEGATIVE,
            reported=hk_dates.minute_text(sampled + timedelta(hours=10)),
        )
        return DemoVisitor(name, "tested", hk_evt.encode(record, self.authority.sign), document)

    def exempt(self, name: str, body: str) -> DemoVisitor:
        """An exemption issued ten days ago for three months."""
        name, document = self.called(name, body)
        issued = (self.today - timedelta(days=10)).replace(hour=11, minute=0)
        exemption = Exemption(
            version=RECORD_VERSION,
            reference=f"DEMO-{document[:-3]}",
            document=masking.mask_document(document),
            name=masking.mask_name(name),
            valid_until=(issued + timedelta(days=90)).date(),
            issued_at=issued,
        )
        return DemoVisitor(name, "exempt", hk_mec.encode(exemption, self.authority.sign), document)

    def receipt(self, name: str, body: str) -> DemoVisitor:
        """A check-in at the demo's restaurant, made just now; it names nobody."""
        name, document = self.called(name, body)
        text = visit_receipt.encode(
            self._envelope("receipt", _HOUR), VisitReceipt(venue=_POSTER), self.authority.codes_key
        )
        return DemoVisitor(name, "receipt", text, document)

    def health(self, name: str, body: str, colour: HealthColour) -> DemoVisitor:
        """A Health Code that ends with the day."""
        name, document = self.called(name, body)
        kind: VisitorKind = f"health_{colour}"  # type: ignore[assignment]  # one for each colour
        ends = self.today.replace(hour=23, minute=59, second=59, microsecond=0)
        code = HealthCode(
            colour=colour, name=masking.mask_name(name), document=masking.mask_document(document)
        )
        text = health_code.encode(self._envelope(kind, ends - self.today), code, self.authority.codes_key)
        return DemoVisitor(name, kind, text, document)

    def inspector(self, name: str, body: str) -> DemoVisitor:
        """An inspector's badge for the evening."""
        name, document = self.called(name, body)
        badge = InspectorBadge(number=f"DEMO-{self.number:04}", name=name, department="DEMO department")
        text = inspector_badge.encode(
            self._envelope("inspector", 12 * _HOUR), badge, self.authority.codes_key
        )
        return DemoVisitor(name, "inspector", text, document)

    def _envelope(self, kind: VisitorKind, life: timedelta) -> Envelope:
        issued = int(self.today.timestamp())
        return Envelope(
            issuer=ISSUER,
            issued=issued,
            expires=issued + int(life.total_seconds()),
            code_id=hashlib.sha256(f"{kind} {self.number} {issued}".encode()).digest()[:CODE_ID_OCTETS],
        )


def _another_hand() -> Callable[[bytes], bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    return lambda message: key.sign(message, ec.ECDSA(hashes.SHA256()))
