"""Codes of every format with planted values in them: genuine, forged and broken ones."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

from kiosk.demo.authority import ISSUER, NEGATIVE, PCR, RECORD_VERSION, Authority
from kiosk.proofs import (
    health_code,
    hk_dates,
    hk_evt,
    hk_mec,
    hk_vac,
    inspector_badge,
    lhs_poster,
    masking,
    visit_receipt,
)
from kiosk.proofs.health_code import HealthCode
from kiosk.proofs.hk_evt import TestRecord
from kiosk.proofs.hk_mec import Exemption
from kiosk.proofs.hk_vac import Record, RecordDose
from kiosk.proofs.inspector_badge import InspectorBadge
from kiosk.proofs.lhs_poster import Poster
from kiosk.proofs.signed_code import Envelope
from kiosk.proofs.visit_receipt import VisitReceipt
from tests.proofs import cards, dcc, seals

#: The bearer of the codes. Screens show the surname masked as records have it, and never the given name.
GIVEN = "THEODOSIAX"
BEARER = f"QUILLONBY, {GIVEN}"
DOCUMENT = "K738291" + f"({masking.hkid_check_digit('K738291')})"
REFERENCE = "PLTREF-8841597"


@dataclass(frozen=True)
class PlantedCode:
    """A code's text; ``pieces`` of it are looked for."""

    format: str
    text: str

    @property
    def pieces(self) -> tuple[str, ...]:
        """Its end, where signatures are, and its middle."""
        half = len(self.text) // 2
        return tuple({self.text[-30:], self.text[half : half + 30]})


def planted_codes(authority: Authority, at: datetime) -> tuple[PlantedCode, ...]:
    """One of every format, and some that are none."""
    genuine = hk_vac.encode(_record(at), authority.sign)
    envelope = Envelope(
        issuer=ISSUER,
        issued=int(at.timestamp()),
        expires=int((at + timedelta(minutes=50)).timestamp()),
        code_id=bytes(range(16)),
    )
    return (
        PlantedCode("hk-vac", genuine),
        PlantedCode("hk-vac", genuine.replace(REFERENCE, f"{REFERENCE}9")),
        PlantedCode("hk-evt", hk_evt.encode(_test(at), authority.sign)),
        PlantedCode("hk-mec", hk_mec.encode(_exemption(at), authority.sign)),
        PlantedCode(
            "lhs-poster",
            lhs_poster.encode(Poster(id="gxr8l5A6", type="IMPORT", name_zh="某處", name_en=BEARER)),
        ),
        PlantedCode("eu-dcc", _eu()),
        PlantedCode("smart-health-card", cards.card(cards.dose(lotNumber=REFERENCE))),
        PlantedCode("vds-nc", _seal()),
        PlantedCode(
            "visit-receipt",
            visit_receipt.encode(envelope, VisitReceipt(venue="gxr8l5A6"), authority.codes_key),
        ),
        PlantedCode(
            "health-code",
            health_code.encode(
                envelope,
                HealthCode(
                    colour="green", name=masking.mask_name(BEARER), document=masking.mask_document(DOCUMENT)
                ),
                authority.codes_key,
            ),
        ),
        PlantedCode(
            "inspector-badge",
            inspector_badge.encode(
                envelope, InspectorBadge(number=REFERENCE, name=BEARER, department="X"), authority.codes_key
            ),
        ),
        PlantedCode(
            "unknown", f"https://example.org/?name={BEARER}&document={DOCUMENT}&tel=69173058&and-more=1"
        ),
        PlantedCode("unknown", f"{BEARER} {DOCUMENT} 69173058 and nothing else that anybody knows"),
        PlantedCode(
            "hk-vac",
            f"HKSARG|VAC|3.00|{BEARER}|{DOCUMENT}|\u9673\u5927\u6587|69173058|cut off in the middle of",
        ),
        PlantedCode("eu-dcc", f"HC1:{BEARER.replace(', ', '')}69173058 THIS IS NO CERTIFICATE AT ALL"),
        PlantedCode("smart-health-card", "shc:/" + cards.figures(f"{BEARER}.{DOCUMENT}.69173058-no-card")),
    )


def _record(at: datetime) -> Record:
    day = at.date()
    doses = tuple(
        RecordDose(date=day - timedelta(days=n), name_en="Comirnaty", name_zh="\u5fa9\u5fc5\u6cf0")
        for n in (60, 30)
    )
    return Record(
        version=RECORD_VERSION,
        reference=REFERENCE,
        document=masking.mask_document(DOCUMENT),
        name=masking.mask_name(BEARER),
        doses=doses,
        recovered=False,
        issued_at=at - timedelta(days=1),
    )


def _test(at: datetime) -> TestRecord:
    return TestRecord(
        version=RECORD_VERSION,
        reference=REFERENCE,
        document_type="HKIC",
        document=masking.mask_document(DOCUMENT),
        sampled=hk_dates.minute_text(at - timedelta(days=1)),
        specimen="DEMO SWAB",
        platform=PCR,
        result=NEGATIVE,
        reported=hk_dates.minute_text(at - timedelta(hours=9)),
    )


def _exemption(at: datetime) -> Exemption:
    return Exemption(
        version=RECORD_VERSION,
        reference=REFERENCE,
        document=masking.mask_document(DOCUMENT),
        name=masking.mask_name(BEARER),
        valid_until=(at + timedelta(days=60)).date(),
        issued_at=at - timedelta(days=10),
    )


def _eu() -> str:
    surname, given = BEARER.split(", ")
    content = copy.deepcopy(dcc.VACCINATION)
    content["v"][0]["ci"] = REFERENCE
    said = dcc.claims(content)
    for certificate in said.get(-260, {}).values():
        certificate["nam"] = {"fn": surname, "fnt": surname, "gn": given, "gnt": given}
    return dcc.signed_claims(said)


def _seal() -> str:
    signer = seals.certificate(seals.SIGNER, seals.SIGNER)
    data = seals.vaccination(
        pid={"n": BEARER.replace(",", ""), "dob": "1990-01-02", "sex": "F", "i": DOCUMENT}
    )
    return seals.seal(data, cer=signer)
