"""SMART Health Cards for the tests: an issuer of their own, and cards made by hand from the framework's text."""

from __future__ import annotations

import base64
import json
import zlib
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from kiosk import HONG_KONG
from kiosk.proofs import jose
from kiosk.proofs.trust import TrustedKey, TrustStore

AT = datetime(2021, 5, 1, 19, 30, tzinfo=HONG_KONG)
NBF = datetime(2021, 4, 20, 9, tzinfo=HONG_KONG).timestamp()
KEY = ec.derive_private_key(20210420, ec.SECP256R1())
OTHER = ec.derive_private_key(20210421, ec.SECP256R1())
ISS = "https://cards.example.org/issuer"
KID = jose.thumbprint(KEY.public_key())
HEADER = {"zip": "DEF", "alg": "ES256", "kid": KID}
CVX, SCT, LOINC = "http://hl7.org/fhir/sid/cvx", "http://snomed.info/sct", "http://loinc.org"
_ALGORITHM = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


def trusted(key=KEY, **changes):
    fields = {
        "issuer": "Clinic of the tests",
        "format": "smart-health-card",
        "address": ISS,
        "key_ids": frozenset({jose.thumbprint(key.public_key()).encode()}),
    }
    return TrustedKey(key.public_key(), **(fields | changes))


TRUST = TrustStore((trusted(),))


def coded(*codes):
    return {"coding": [{"system": system, "code": code} for system, code in codes]}


PATIENT = {
    "resourceType": "Patient",
    "name": [{"family": "Chan", "given": ["Tai", "Man"]}],
    "birthDate": "1980-02-29",
}


def dose(day="2021-03-01", code=(CVX, "208"), **changes):
    return {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": coded(code),
        "patient": {"reference": "resource:0"},
        "occurrenceDateTime": day,
    } | changes


def lab(day="2021-04-25T08:30:00+08:00", code="94500-6", result=(SCT, "260415000"), **changes):
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": coded((LOINC, code)),
        "subject": {"reference": "resource:0"},
        "effectiveDateTime": day,
        "valueCodeableConcept": coded(result),
    } | changes


def bundle(*resources):
    entries = [{"fullUrl": f"resource:{n}", "resource": resource} for n, resource in enumerate(resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def payload(*resources, **changes):
    """The claims; a change to None leaves one out."""
    vc = {
        "type": ["https://smarthealth.cards#health-card", "https://smarthealth.cards#covid19"],
        "credentialSubject": {
            "fhirVersion": "4.0.1",
            "fhirBundle": bundle(*(resources or (PATIENT, dose()))),
        },
        "rid": "MKyCxh7p6uQ",
    }
    vc = {name: value for name, value in (vc | changes.pop("vc", {})).items() if value is not None}
    claims = {"iss": ISS, "nbf": NBF, "vc": vc} | changes
    return {name: value for name, value in claims.items() if value is not None}


def deflate(content):
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(content) + stream.flush()


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def minified(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def signature(signed, key=KEY):
    r, s = decode_dss_signature(key.sign(signed, _ALGORITHM))
    return r.to_bytes(32) + s.to_bytes(32)


def jws(claims=None, *, header=HEADER, key=KEY, compressed=None, signed=signature):
    content = compressed if compressed is not None else deflate(minified(claims or payload()))
    head = b64(header if isinstance(header, bytes) else minified(header))
    body = f"{head}.{b64(content)}"
    return f"{body}.{b64(signed(body.encode(), key))}"


def figures(text):
    return "".join(f"{ord(character) - 45:02}" for character in text)


def card(*resources, **options):
    """The text of a code that shows a signed card."""
    if resources:
        options["claims"] = payload(*resources)
    return "shc:/" + figures(jws(options.pop("claims", None), **options))
