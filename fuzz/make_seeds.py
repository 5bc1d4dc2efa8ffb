"""Writes the seeds anew: ``python -m fuzz.make_seeds``. All of them are of the fuzzer's own issuers, whose keys are public."""

from __future__ import annotations

import base64
import json
import shutil
import sys
import zlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import base45
import cbor2
import rfc8785
from cryptography.hazmat.primitives import serialization

from fuzz import issuers
from fuzz.corpus import FOLDER
from kiosk.proofs import (
    cose,
    health_code,
    hk_evt,
    hk_mec,
    hk_vac,
    inspector_badge,
    inspector_list,
    jose,
    kiosk_list,
    lhs_poster,
    visit_receipt,
)
from kiosk.proofs.signed_code import Envelope

_EVENTS: dict[str, dict[str, Any]] = {
    "vaccination": {"v": [{"tg": "840539006", "vp": "1119349007", "mp": "EU/1/20/1528", "ma": "ORG-100030215", "dn": 2,
        "sd": 2, "dt": "2021-10-15", "co": "HK", "is": "Fuzzer", "ci": "URN:UVCI:01:HK:ABC123#7"}]},
    "test": {"t": [{"tg": "840539006", "tt": "LP6464-4", "sc": "2022-05-31T17:15:12Z", "tr": "260415000",
        "tc": "Laboratory", "co": "HK", "is": "Fuzzer", "ci": "URN:UVCI:01:HK:TEST#1"}]},
    "recovery": {"r": [{"tg": "840539006", "fr": "2022-03-01", "df": "2022-03-12", "du": "2022-08-28", "co": "HK",
        "is": "Fuzzer", "ci": "URN:UVCI:01:HK:REC#2"}]},
}  # fmt: skip
_PERSON = {
    "ver": "1.3.0",
    "nam": {"fn": "Chan", "fnt": "CHAN", "gn": "Tai Man", "gnt": "TAI<MAN"},
    "dob": "1980-02-29",
}
_CVX, _SCT, _LOINC = "http://hl7.org/fhir/sid/cvx", "http://snomed.info/sct", "http://loinc.org"
_NOW = int(issuers.AT.timestamp())


def eu_claims() -> dict[str, bytes]:
    """CBOR of the claims of EU certificates."""
    return {
        name: cbor2.dumps({1: "HK", 4: _NOW + 86400 * 300, 6: _NOW - 86400, -260: {1: _PERSON | event}})
        for name, event in _EVENTS.items()
    }


def cose_octets() -> dict[str, bytes]:
    """COSE_Sign1 of EU certificates and of our own codes."""
    head = cbor2.dumps({1: -7, 4: issuers.EU_ID})
    eu = {
        name: cbor2.dumps(
            cbor2.CBORTag(
                18, [head, {}, claims, issuers.numbers(issuers.EU, cose.to_be_signed(head, claims))]
            )
        )
        for name, claims in eu_claims().items()
    }
    return eu | {name: base45.b45decode(text[5:]) for name, text in own_codes().items()}


def own_codes() -> dict[str, str]:
    """Texts of our own codes."""
    envelope = Envelope(issuer="Servers", issued=_NOW - 600, expires=_NOW + 600, code_id=bytes(range(16)))
    health = health_code.HealthCode(colour="green", name="CHAN, T** M**", document="****456(3)")
    badge = inspector_badge.InspectorBadge(number="FEHD-0217", name="Chan Tai Man", department="FEHD")
    return {
        "receipt": visit_receipt.encode(envelope, visit_receipt.VisitReceipt(venue="gxr8l5A6"), issuers.OWN),
        "health-code": health_code.encode(envelope, health, issuers.OWN),
        "badge": inspector_badge.encode(envelope, badge, issuers.OWN),
    }


def own_claims() -> dict[str, bytes]:
    """CBOR of the claims of our own codes."""
    return {name: cose.parse(base45.b45decode(text[5:])).payload for name, text in own_codes().items()}


def _coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def card_claims() -> dict[str, bytes]:
    """JSON of SMART cards."""
    patient = {
        "resourceType": "Patient",
        "name": [{"family": "Chan", "given": ["Tai", "Man"]}],
        "birthDate": "1980-02-29",
    }
    dose = {"resourceType": "Immunization", "status": "completed", "vaccineCode": _coded(_CVX, "208"),
        "patient": {"reference": "resource:0"}, "occurrenceDateTime": "2021-03-01"}  # fmt: skip
    test = {"resourceType": "Observation", "status": "final", "code": _coded(_LOINC, "94500-6"),
        "subject": {"reference": "resource:0"}, "effectiveDateTime": "2022-05-31T08:30:00+08:00",
        "valueCodeableConcept": _coded(_SCT, "260415000")}  # fmt: skip
    return {"dose": _card(patient, dose), "dose-and-test": _card(patient, dose, test)}


def _card(*resources: dict[str, Any]) -> bytes:
    entries = [{"fullUrl": f"resource:{n}", "resource": resource} for n, resource in enumerate(resources)]
    vc = {
        "type": ["https://smarthealth.cards#health-card"],
        "credentialSubject": {
            "fhirVersion": "4.0.1",
            "fhirBundle": {"resourceType": "Bundle", "type": "collection", "entry": entries},
        },
        "rid": "MKyCxh7p6uQ",
    }
    return _minified({"iss": issuers.CARDS_ADDRESS, "nbf": _NOW - 86400, "exp": _NOW + 86400, "vc": vc})


def _minified(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def card_parts() -> dict[str, bytes]:
    """A card's JWS, and a header alone."""
    head = _minified({"zip": "DEF", "alg": "ES256", "kid": issuers.CARDS_ID})
    found = {"header": head}
    for name, claims in card_claims().items():
        stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        body = f"{jose.encode_url(head)}.{jose.encode_url(stream.compress(claims) + stream.flush())}"
        signature = issuers.numbers(issuers.CARDS, body.encode())
        found[name] = f"{body}.{jose.encode_url(signature)}".encode()
    return found


def seals() -> dict[str, bytes]:
    """``data`` of ICAO seals, and whole ones."""
    given = {"des": "XM68M6", "nam": "Comirnaty", "dis": "RA01.0", "vd": [
        {"dvc": "2021-03-03", "seq": 1, "ctr": "UTO", "adm": "Fuzzer", "lot": "1"},
        {"dvc": "2021-03-24", "seq": 2, "ctr": "UTO", "adm": "Fuzzer", "lot": "2"}]}  # fmt: skip
    vaccinated = {"hdr": {"t": "icao.vacc", "v": 1, "is": "UTO"}, "msg": {
        "uvci": "U32870", "pid": {"n": "SMITH BILL", "dob": "1990-01-02", "sex": "M", "i": "A1234567Z"}, "ve": [given]}}  # fmt: skip
    tested = {"hdr": {"t": "icao.test", "v": 1, "is": "UTO"}, "msg": {
        "utci": "U01932", "pid": {"n": "COOK GERALD", "dob": "1990-01-29", "dt": "P", "dn": "E1234567P"},
        "dat": {"sc": "2022-05-31T20:00:00+01:00", "ri": "2022-06-01T08:00:00+01:00"},
        "tr": {"tc": "molecular(PCR)", "r": "negative", "m": "nasopharyngeal"}}}  # fmt: skip
    found = {}
    for name, data in {"vaccination": vaccinated, "test": tested}.items():
        signature = issuers.numbers(issuers.SEALS, rfc8785.dumps(data))
        block = {
            "alg": "ES256",
            "cer": jose.encode_url(issuers.SEAL_CERTIFICATE),
            "sigvl": jose.encode_url(signature),
        }
        found |= {name: _minified(data), f"{name}-whole": _minified({"data": data, "sig": block})}
    return found


def records() -> dict[str, bytes]:
    """Hong Kong's records, signed, and up to where the signature belongs."""

    def sign(message: bytes) -> bytes:
        return issuers.der(issuers.HONG_KONG_KEY, message)

    person = {"document": "****456(3)", "name": "CHAN, T** M**"}
    issued = issuers.AT.replace(minute=0) - timedelta(days=30)
    doses = tuple(
        hk_vac.RecordDose(date=date(2021, month, 10), name_en="CoronaVac", name_zh="克爾來福")
        for month in (3, 4, 11)
    )
    vaccinated = {"version": "3.00", "reference": "TC1", "issued_at": issued, **person}
    texts = {
        "vaccination": hk_vac.encode(hk_vac.Record(doses=doses[:2], **vaccinated), sign),
        "vaccination-2022": hk_vac.encode(
            hk_vac.Record(doses=doses, birth_date=date(1980, 2, 29), dose_count=3, **vaccinated), sign
        ),
        "recovered": hk_vac.encode(hk_vac.Record(doses=doses[:1], recovered=True, **vaccinated), sign),
        "test": hk_evt.encode(
            hk_evt.TestRecord(
                version="2", reference="T1", document_type="HKID", document="****456(3)", sampled="31-05-2022 09:00",
                specimen="nasal swab", platform="Nucleic acid test", result="Negative", reported="31-05-2022 18:00",
                downloaded="01-06-2022",
            ),
            sign,
        ),
        "exemption": hk_mec.encode(
            hk_mec.Exemption(
                version="2", reference="M1", valid_until=date(2022, 8, 1), birth_date=date(1980, 1, 1), issued_at=issued,
                **person,
            ),
            sign,
        ),
    }  # fmt: skip
    open_ = {f"{name}-open": text.rpartition("|")[0] + "|" for name, text in texts.items()}
    return {name: text.encode() for name, text in (texts | open_).items()}


def texts() -> dict[str, bytes]:
    """A text of every format, each as its issuer signed it."""
    poster = lhs_poster.Poster(
        id="gxr8l5A6",
        name_en="Sports Centre",
        name_zh="體育館",
        type="IMPORT",
        metadata=lhs_poster.Metadata(typeEn="Sports", typeZh="體育"),
    )
    return {
        "poster": lhs_poster.encode(poster).encode(),
        **{f"own-{name}": text.encode() for name, text in own_codes().items()},
        **{f"record-{name}": text for name, text in records().items() if "open" not in name},
        **{f"seal-{name}": text for name, text in seals().items() if "whole" in name},
        **{
            f"eu-{name}": b"HC1:" + base45.b45encode(zlib.compress(data))
            for name, data in cose_octets().items()
            if name in _EVENTS
        },
        **{
            f"card-{name}": b"shc:/" + b"".join(b"%02d" % (letter - 45) for letter in jws)
            for name, jws in card_parts().items()
            if not jws.startswith(b"{")
        },
    }


def certificates() -> dict[str, bytes]:
    """Certificates, and what of them is signed."""
    from asn1crypto import x509

    whole = {"authority": issuers.AUTHORITY_CERTIFICATE, "signer": issuers.SEAL_CERTIFICATE}
    inner = {
        f"{name}-inner": x509.Certificate.load(der)["tbs_certificate"].dump() for name, der in whole.items()
    }
    return whole | inner


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def trust_lists() -> dict[str, bytes]:
    """Bodies of trust lists in each form, and the file of one that is held."""
    entry = {"certificateType": "DSC", "country": "UT", "kid": _base64(issuers.EU_ID),
        "rawData": _base64(issuers.SEAL_CERTIFICATE), "timestamp": "2022-05-20T14:00:25+02:00"}  # fmt: skip
    point = issuers.CARDS.public_key().public_numbers()
    key = {"kty": "EC", "kid": issuers.CARDS_ID, "use": "sig", "alg": "ES256", "crv": "P-256",
        "x": jose.encode_url(point.x.to_bytes(32)), "y": jose.encode_url(point.y.to_bytes(32))}  # fmt: skip
    crl = {"kid": issuers.CARDS_ID, "method": "rid", "ctr": 1, "rids": ["revoked", "later.1650000000"]}
    snapshot = {"time": "2022-05-20T14:00:25Z", "issuerInfo": [
        {"issuer": {"iss": issuers.CARDS_ADDRESS, "name": "Cards"}, "keys": [key], "crls": [crl]}]}  # fmt: skip
    public = issuers.EU.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    ring = {
        "issuer": "Somebody",
        "keys": [{"format": "eu-dcc", "key": _base64(public), "source": "the fuzzer"}],
    }
    eu = _minified({"certificates": [entry]})
    own = kiosk_list.write([ring], issued_at=issuers.AT, key=issuers.OWN).partition(b"\n")[2]
    head = _minified({"list": 1, "source": "eu-list", "imported_at": "2022-06-01T12:00:00Z"})
    held = head + b"\n" + _base64(issuers.numbers(issuers.LISTS, eu)).encode() + b"\n" + eu
    verifier = (
        "$argon2id$v=19$m=19456,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g"
    )
    inspectors = inspector_list.write(
        {"FEHD-0417": verifier}, issued_at=issuers.AT, key=issuers.OWN
    ).partition(b"\n")[2]
    return {"eu": eu, "vci": _minified(snapshot), "own": own, "held": held, "inspectors": inspectors}


def revocations() -> dict[str, bytes]:
    """Lists of revoked proofs in each form, and a batch's file."""
    entries = [{"hash": _base64(bytes(range(n, n + 16)))} for n in range(3)]
    batch = {"country": "UT", "expires": "2023-01-01T00:00:00Z", "kid": _base64(issuers.EU_ID), "hashType": "UCI",
        "entries": entries}  # fmt: skip
    card = {"kid": issuers.CARDS_ID, "method": "rid", "ctr": 2, "rids": ["revoked", "later.1650000000"]}
    head = {"batch": 1, "name": "shc/fuzz", "kind": "shc-rid", "scope": "s", "entries": 2, "dated": True,
        "imported_at": "2022-06-01T12:00:00Z", "sha256": ""}  # fmt: skip
    file = _minified(head) + b"\n" + bytes(range(32)) + (1650000000).to_bytes(8, "little") * 2
    return {
        "eu": _minified(batch),
        "card": _minified(card),
        "references": b"# taken back\nTC1\nTC2\n",
        "file": file,
    }


def lines() -> dict[str, bytes]:
    """Lines of ``kiosk read -``."""
    key = issuers.HONG_KONG_KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = records()["vaccination"].decode()
    found = {name: {"text": text.decode()} for name, text in texts().items() if not name.startswith("seal")}
    found["with-key"] = {"text": record, "at": "2022-06-01T19:30+08:00", "trust": [_base64(key)]}
    return {name: json.dumps(line, ensure_ascii=False).encode() for name, line in found.items()}


SEEDS = {
    "text": texts,
    "cose": cose_octets,
    "eu-claims": eu_claims,
    "own-claims": own_claims,
    "card-claims": card_claims,
    "card-parts": card_parts,
    "seals": seals,
    "records": records,
    "certificates": certificates,
    "trust-lists": trust_lists,
    "revocations": revocations,
    "lines": lines,
}


def write(folder: Path) -> None:
    """Put all seeds into ``folder``."""
    # The signatures differ from run to run; records of one target are those of another, so each is made once.
    for target, made in SEEDS.items():
        shutil.rmtree(folder / target, ignore_errors=True)
        (folder / target).mkdir(parents=True)
        for name, data in made().items():
            (folder / target / name).write_bytes(data)


if __name__ == "__main__":
    write(FOLDER)
    sys.exit(0)
