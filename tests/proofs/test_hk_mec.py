"""Hong Kong's medical exemption: it holds to the end of its last day, and under no key that nobody knows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import HONG_KONG
from kiosk.proofs import hk_mec, recognise, rings
from kiosk.proofs.hk_mec import Exemption
from kiosk.proofs.marks import mark
from kiosk.proofs.trust import TrustedKey, TrustStore
from tests.proofs.records import KEY, sign, signed_text

AT = datetime(2022, 3, 1, 19, 30, tzinfo=HONG_KONG)
TRUST = TrustStore((TrustedKey(KEY.public_key(), "Issuer", "hk-mec", "3"),))
FIELDS = (
    "HKSARG", "MEC", "3.00", "1", "E1", "****456(3)", "CHAN, T** M**", "", "", "", "002", "31-05-2022",
    "", "", "", "", "29-02-1980", "", "24-02-2022 10:30",
)  # fmt: skip


def read(text, trust=TRUST, at=AT):
    return recognise(text, trust=trust, at=at)


def test_a_certificate_is_verified_with_its_facts():
    proof = read(signed_text(FIELDS))
    assert (proof.format, proof.verified, proof.issuer) == ("hk-mec", True, "Issuer")
    facts = proof.facts
    assert facts.exemption
    assert (facts.name, facts.document, facts.birth_date) == ("CHAN, T** M**", "****456(3)", "1980-02-29")
    assert (facts.doses, facts.tests, facts.recovered) == ((), (), False)
    assert facts.issued_at == datetime(2022, 2, 24, 10, 30, tzinfo=HONG_KONG)
    assert proof.marks == (mark("hk-reference", "", "E1"),)
    assert proof.identities == ("Issuer|E1",)


def test_it_holds_until_its_last_day_ends_in_hong_kong():
    midnight = datetime(2022, 6, 1, tzinfo=HONG_KONG)
    assert read(signed_text(FIELDS), at=midnight - timedelta(microseconds=1)).verified
    late = read(signed_text(FIELDS), at=midnight)
    assert (late.verified, late.error, late.evidence) == (False, "expired", None)


def test_it_does_not_hold_before_it_was_issued():
    issued = datetime(2022, 2, 24, 10, 30, tzinfo=HONG_KONG)
    assert read(signed_text(FIELDS), at=issued).verified
    assert read(signed_text(FIELDS), at=issued - timedelta(minutes=1)).error == "not_yet_valid"


@pytest.mark.parametrize("indicator", ["", "001", "2", "02", "003", "002 "])
def test_only_indicator_002_exempts(indicator):
    proof = read(signed_text(FIELDS, {10: indicator}))
    assert proof.verified
    assert not proof.facts.exemption


def test_no_known_key_signs_exemptions_and_none_is_called_forged():
    hong_kong = rings.load(Path(__file__).parents[2] / "config" / "keyrings", production=True)
    for version in ("2", "3.00", "4", "6.4"):
        proof = read(signed_text(FIELDS, {2: version}), hong_kong)
        assert (proof.verified, proof.error) == (False, "cannot_verify")
        assert proof.facts.exemption
        assert proof.evidence is None


def test_a_key_of_vaccination_records_exempts_nobody():
    trust = TrustStore((TrustedKey(KEY.public_key(), "Issuer", "hk-vac", "3"),))
    assert read(signed_text(FIELDS), trust).error == "cannot_verify"


@pytest.mark.parametrize(
    "changes",
    [
        {11: ""},
        {11: "31-06-2022"},
        {11: "2022-05-31"},
        {11: "31-05-2022 23:59"},
        {16: "1980"},
        {16: "30-02-1980"},
        {18: ""},
        {18: "24-02-2022"},
    ],
)
def test_a_field_out_of_its_layout_makes_it_malformed(changes):
    proof = read(signed_text(FIELDS, changes))
    assert (proof.error, proof.facts) == ("malformed", None)


words = st.text(st.characters(blacklist_categories=["Cc", "Cf", "Cs", "Co", "Zl", "Zp"]), max_size=12).map(
    lambda text: text.replace("|", "")
)
minutes = st.datetimes(datetime(2021, 1, 1), datetime(2022, 2, 1)).map(  # noqa: DTZ001 -- given its zone below
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=HONG_KONG)
)


@given(
    st.builds(
        Exemption,
        version=st.sampled_from(["3", "3.00", "3.1"]),
        key_version=words,
        reference=words,
        document=words,
        name=words,
        exempt=st.booleans(),
        valid_until=st.dates(date(2022, 3, 1), date(2023, 6, 1)),
        birth_date=st.none() | st.dates(date(1900, 1, 1), date(2020, 1, 1)),
        issued_at=minutes,
    )
)
def test_what_is_encoded_is_read_back_and_verifies(original):
    text = hk_mec.encode(original, sign)
    assert hk_mec.parse(text) == original
    proof = read(text)
    assert proof.verified
    assert proof.facts == original.facts()
