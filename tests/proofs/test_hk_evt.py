"""The Hong Kong test record: what its words mean is data, and words that nobody taught us grant nothing."""

from __future__ import annotations

import base64
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from kiosk import HONG_KONG
from kiosk.proofs import hk_evt, recognise, rings
from kiosk.proofs.hk_evt import TestRecord
from kiosk.proofs.hk_words import TestWords
from kiosk.proofs.marks import mark
from kiosk.proofs.model import LabTest
from kiosk.proofs.trust import TrustedKey, TrustError, TrustStore
from tests.proofs.records import AT, KEY, public_der, sign, signed_text

WORDS = TestWords(
    dates=("dd-MM-yyyy HH:mm", "dd-MMM-yyyy"),
    negative=("Not Detected",),
    positive=("Detected",),
    pcr=("RT-PCR",),
    antigen=("RAT",),
)
#: 12 fields with the signature; the thirteenth is the date of download before it.
FIELDS = (
    "HKSARG", "EVT", "2.00", "T1", "HKIC", "****456(3)", "29-11-2021 09:30", "Nasal swab", "RT-PCR",
    "Not Detected", "30-11-2021 08:00",
)  # fmt: skip


def store(words=WORDS, version="2"):
    return TrustStore((TrustedKey(KEY.public_key(), "Issuer", "hk-evt", version, test_words=words),))


def read(text, trust=None, at=AT):
    return recognise(text, trust=store() if trust is None else trust, at=at)


SAMPLED = datetime(2021, 11, 29, 9, 30, tzinfo=HONG_KONG)


def test_a_record_is_verified_with_its_facts():
    proof = read(signed_text(FIELDS))
    assert (proof.format, proof.verified, proof.issuer) == ("hk-evt", True, "Issuer")
    (test,) = proof.facts.tests
    assert test == LabTest(date=date(2021, 11, 29), negative=True, method="pcr", sampled_at=SAMPLED)
    assert (proof.facts.document, proof.facts.reference) == ("****456(3)", "T1")
    assert proof.facts.issued_at == datetime(2021, 11, 30, 8, 0, tzinfo=HONG_KONG)
    assert proof.marks == (mark("hk-reference", "", "T1"),)
    assert proof.identities == ("Issuer|T1",)


def test_a_record_with_the_date_of_its_download_says_the_same():
    plain, downloaded = read(signed_text(FIELDS)), read(signed_text((*FIELDS, "01-12-2021 12:00")))
    assert downloaded.verified
    assert downloaded.facts == plain.facts


@pytest.mark.parametrize(
    ("changes", "negative", "positive", "method"),
    [
        ({9: "  not   DETECTED "}, True, False, "pcr"),
        ({9: "Detected"}, False, True, "pcr"),
        ({9: "Negative"}, False, False, "pcr"),
        ({9: "陰性"}, False, False, "pcr"),
        ({9: ""}, False, False, "pcr"),
        ({8: "rat"}, True, False, "antigen"),
        ({8: "PCR"}, True, False, "unknown"),
        ({8: ""}, True, False, "unknown"),
    ],
)
def test_a_word_that_is_not_in_the_ring_means_neither(changes, negative, positive, method):
    proof = read(signed_text(FIELDS, changes))
    assert proof.verified
    (test,) = proof.facts.tests
    assert (test.negative, test.positive, test.method) == (negative, positive, method)


@pytest.mark.parametrize(
    "written", ["29/11/2021", "2021-11-29", "11-29-2021 09:30", "31-11-2021 09:30", "29-11-2021 24:30", ""]
)
def test_a_sample_without_a_date_that_we_can_read_is_no_test(written):
    proof = read(signed_text(FIELDS, {6: written}))
    assert proof.verified
    assert proof.facts.tests == ()


def test_each_form_of_a_date_that_the_ring_names_is_read():
    (test,) = read(signed_text(FIELDS, {6: "29-NOV-2021"})).facts.tests
    assert (test.date, test.sampled_at) == (date(2021, 11, 29), None)


def test_without_words_a_record_is_verified_and_says_nothing_of_a_test():
    proof = read(signed_text(FIELDS), store(words=None))
    assert proof.verified
    assert (proof.facts.tests, proof.facts.valid_from, proof.facts.issued_at) == ((), None, None)
    assert proof.facts.document == "****456(3)"


def test_the_ring_of_hong_kong_teaches_no_words_that_nobody_knows():
    ring = rings.load(Path(__file__).parents[2] / "config" / "keyrings", production=True)
    assert [key.test_words for key in ring.keys] == [None] * len(ring.keys)


def test_the_words_of_one_issuer_do_not_read_for_another():
    other = TrustedKey(
        ec.derive_private_key(5, ec.SECP256R1()).public_key(), "Other", "hk-evt", "2", test_words=WORDS
    )
    mine = TrustedKey(KEY.public_key(), "Mine", "hk-evt", "2")
    proof = read(signed_text(FIELDS), TrustStore((other, mine)))
    assert (proof.issuer, proof.facts.tests) == ("Mine", ())


def test_words_and_keys_come_from_one_ring(tmp_path):
    key = {"format": "hk-evt", "version": "2", "key": base64.b64encode(public_der()).decode(), "source": "x"}
    words = {"dates": ["dd-MM-yyyy HH:mm"], "negative": ["Not detected"]}
    file = tmp_path / "ring.yaml"
    file.write_text(yaml.safe_dump({"issuer": "Ring", "test_words": words, "keys": [key]}), encoding="utf-8")
    (test,) = read(signed_text(FIELDS), rings.load(file, production=True)).facts.tests
    assert (test.negative, test.method) == (True, "unknown")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"negative": ["No"], "positive": ["no "]}, "two meanings"),
        ({"pcr": ["x"], "antigen": ["X"]}, "two meanings"),
        ({"dates": ["yyyy"]}, "no form of a date"),
        ({"dates": ["dd-MM-yyyy dd"]}, "no form of a date"),
        ({"colour": ["red"]}, "unknown field"),
    ],
)
def test_words_that_contradict_themselves_are_named_with_their_line(tmp_path, words, said):
    file = tmp_path / "ring.yaml"
    file.write_text(yaml.safe_dump({"issuer": "Ring", "test_words": words, "keys": []}), encoding="utf-8")
    with pytest.raises(TrustError, match=said) as caught:
        rings.load(file, production=True)
    assert str(caught.value).startswith(f"{file}:")


def test_a_sample_that_is_still_to_be_taken_proves_nothing():
    assert read(signed_text(FIELDS, {10: ""}), at=SAMPLED).verified
    early = read(signed_text(FIELDS, {10: ""}), at=SAMPLED - timedelta(minutes=1))
    assert (early.verified, early.error) == (False, "not_yet_valid")


def test_a_report_from_after_the_visit_is_not_yet_valid():
    assert read(signed_text(FIELDS), at=SAMPLED + timedelta(hours=1)).error == "not_yet_valid"


words = st.text(st.characters(blacklist_categories=["Cc", "Cf", "Cs", "Co", "Zl", "Zp"]), max_size=12).map(
    lambda text: text.replace("|", "")
)


@given(
    st.builds(
        TestRecord,
        version=st.sampled_from(["2", "2.00", "2.1"]),
        reference=words,
        document_type=words,
        document=words,
        sampled=words,
        specimen=words,
        platform=words,
        result=words,
        reported=words,
        downloaded=st.none() | words,
    )
)
def test_what_is_encoded_is_read_back_and_verifies(original):
    text = hk_evt.encode(original, sign)
    assert hk_evt.parse(text) == original
    assert read(text, at=datetime(9999, 1, 1, tzinfo=HONG_KONG)).verified
