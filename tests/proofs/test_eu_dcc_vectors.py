"""EU certificates as countries made them: each step that a vector expects is what the kiosk finds."""

from __future__ import annotations

import base64
import json
import os
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from kiosk.proofs import recognise, rings, valuesets
from kiosk.proofs.trust import TrustStore
from kiosk.scanning.decode import decode, decode_file

VECTORS = Path(os.environ.get("KIOSK_VECTORS", Path(__file__).parents[2].parent / "shared" / "vectors"))
FILES = sorted((VECTORS / "dgc-testdata").rglob("*.json"))
IMAGES = sorted((VECTORS / "dcc-images").rglob("*.png"))

pytestmark = pytest.mark.skipif(not FILES, reason=f"no vectors at {VECTORS}: see the README")

#: Vectors that contradict themselves.
FAULTS = {"FR/test_pcr_ok": "the sample is two hours later in the code than in the JSON beside it"}

_UNREADABLE = {"malformed", "too_large", "unknown_format"}
_UNPROVED = _UNREADABLE | {"unsupported_algorithm", "unknown_issuer", "bad_signature"}

#: What is no answer of a code that passes the step.
STEPS = {
    "UNPREFIX": {"unknown_format"},
    "B45DECODE": _UNREADABLE,
    "COMPRESSION": _UNREADABLE,
    "DECODE": _UNREADABLE,
    "VERIFY": _UNPROVED,
    "KEYUSAGE": {"wrong_key_usage"},
    "EXPIRATIONCHECK": {"expired", "not_yet_valid"},
}
#: Steps that are another's work. The schema is kept loosely on purpose (`kiosk.proofs.dgc`), so that real certificates pass.
NOT_OURS = {"SCHEMAVALIDATION", "VALIDJSON", "VALIDOBJECT", "ENCODE", "PICTUREDECODE", "RESULTS"}
#: A misspelt step, true for certificates within and without their dates alike.
NOT_OURS |= {"EXPTECTEDEXPIRED"}


@cache
def vector(file):
    return json.loads(file.read_text(encoding="utf-8"))


def expected(file):
    return {step.removeprefix("EXPECTED"): holds for step, holds in vector(file)["EXPECTEDRESULTS"].items()}


def clock(file):
    at = datetime.fromisoformat(vector(file)["TESTCTX"]["VALIDATIONCLOCK"])
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def read(file):
    trust = rings.from_base64([vector(file)["TESTCTX"]["CERTIFICATE"]])
    return recognise(vector(file)["PREFIX"], trust=trust, at=clock(file))


def name(file):
    return f"{file.parent.name}/{file.stem}"


@pytest.mark.parametrize("file", FILES, ids=name)
def test_each_step_ends_as_the_vector_expects(file):
    proof = read(file)
    steps = expected(file)
    assert set(steps) <= STEPS.keys() | NOT_OURS
    for step, holds in steps.items():
        if step in STEPS:
            assert (proof.error not in STEPS[step]) is holds, (step, proof.error)


@pytest.mark.parametrize(
    "file", [file for file in FILES if vector(file).get("JSON") and name(file) not in FAULTS], ids=name
)
def test_the_facts_are_those_of_the_certificate(file):
    facts, said = read(file).facts, vector(file)["JSON"]
    if facts is None:
        assert not all(expected(file).get(step, True) for step in ("DECODE", "VERIFY", "SCHEMAVALIDATION"))
        return
    names = [" ".join(said["nam"].get(key, "").split()) for key in ("fn", "gn")]
    assert facts.name == ", ".join(part for part in names if part)
    assert facts.birth_date == said["dob"][:10].removesuffix("-00")
    (key,) = [key for key in "vtr" if said.get(key)]
    (event,) = said[key]
    if event["tg"] != "840539006":
        assert not (facts.doses or facts.tests or facts.recovered)
    elif key == "v":
        assert [dose.date.isoformat() for dose in facts.doses] == [event["dt"][:10]]
        assert facts.dose_count == event["dn"]
    elif key == "t":
        assert [(test.negative, test.positive) for test in facts.tests] == [
            (event["tr"] == "260415000", event["tr"] == "260373001")
        ]
        assert facts.tests[0].sampled_at == datetime.fromisoformat(event["sc"])
    else:
        today = clock(file).date().isoformat()
        assert facts.recovered is (event["df"][:10] <= today <= event["du"][:10])


@pytest.mark.parametrize(
    "file",
    [file for file in FILES if "2DCODE" in vector(file) and "PICTUREDECODE" in expected(file)],
    ids=name,
)
def test_the_picture_holds_the_text_where_it_is_one(file):
    pixels = cv2.imdecode(
        np.frombuffer(base64.b64decode(vector(file)["2DCODE"]), np.uint8), cv2.IMREAD_GRAYSCALE
    )
    texts = () if pixels is None else decode(pixels).texts
    assert (texts == (vector(file)["PREFIX"],)) is expected(file)["PICTUREDECODE"]


def test_no_certificate_is_vouched_for_by_another_issuers_key():
    swedish = {vector(file)["TESTCTX"]["CERTIFICATE"] for file in FILES if file.parent.name == "SE"}
    trust = rings.from_base64(swedish)
    others = [file for file in FILES if vector(file)["TESTCTX"]["CERTIFICATE"] not in swedish]
    assert len(others) > 100
    assert not any(recognise(vector(file)["PREFIX"], trust=trust, at=clock(file)).verified for file in others)


AT = datetime(2022, 8, 26, 2, 0, tzinfo=UTC)


@pytest.mark.skipif(not IMAGES, reason=f"no pictures at {VECTORS}: see the README")
@pytest.mark.parametrize(
    "image", IMAGES, ids=lambda file: "-".join(file.relative_to(VECTORS / "dcc-images").parts)
)
def test_a_certificate_as_issued_is_read_though_nobody_vouches_for_it_here(image):
    (text,) = decode_file(image).texts
    proof = recognise(text, trust=TrustStore(), at=AT)
    assert (proof.format, proof.error) == ("eu-dcc", "unknown_issuer")
    facts = proof.facts
    assert facts.name
    assert facts.birth_date
    assert facts.reference
    assert facts.valid_until
    assert bool(facts.doses) is ("vac" in image.name.lower())
    assert bool(facts.tests) is ("TEST" in image.name)
    assert all(dose.product in valuesets.load("eu").products.values() for dose in facts.doses)
    assert all(test.negative and test.method != "unknown" for test in facts.tests)


def hong_kong(kind):
    (text,) = decode_file(VECTORS / "dcc-images" / "HK" / "1.3.0" / f"{kind}_HK.png").texts
    facts = recognise(text, trust=TrustStore(), at=AT).facts
    assert (facts.name, facts.birth_date) == ("Chuk, Kin Hong", "1980-01-01")
    return facts


def test_hong_kongs_own_vaccination_certificate():
    facts = hong_kong("VAC")
    assert [(dose.date, dose.product) for dose in facts.doses] == [(date(2022, 5, 15), "Comirnaty")]
    assert (facts.dose_count, facts.reference) == (3, "URN:UVCI:01:HK:10807843F94AEE0EE5093FBC254BD813#B")
    assert facts.issued_at.isoformat() == "2022-08-26T02:49:30+08:00"


def test_hong_kongs_own_test_certificate_counts_on_hong_kongs_day():
    (test,) = hong_kong("TEST").tests
    assert (test.date, test.method, test.negative) == (date(2022, 8, 26), "pcr", True)
    assert test.sampled_at.isoformat() == "2022-08-26T01:15:12+08:00"


def test_hong_kongs_own_recovery_certificate():
    facts = hong_kong("REC")
    assert facts.recovered
    assert facts.valid_from.isoformat() == "2022-07-29T00:00:00+08:00"
    assert facts.valid_until.isoformat() == "2023-01-11T23:59:59+08:00"
