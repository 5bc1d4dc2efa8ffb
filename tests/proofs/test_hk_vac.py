"""The Hong Kong vaccination record: read to the letter, believed only under the right key."""

from __future__ import annotations

import base64
from datetime import date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import assume, given
from hypothesis import strategies as st

from kiosk import HONG_KONG
from kiosk.proofs import hk_vac, recognise, rings
from kiosk.proofs.hk_vac import Record, RecordDose
from kiosk.proofs.trust import TrustedKey, TrustStore
from tests.proofs.records import AT, KEY, MUST_FAIL, TRUST, record, sign


def read(text, trust=TRUST, at=AT):
    return recognise(text, trust=trust, at=at)


def doses(proof):
    return [(dose.date.isoformat(), dose.product) for dose in proof.facts.doses]


def test_a_genuine_record_is_verified_with_its_facts():
    proof = read(record())
    assert proof.verified
    assert (proof.format, proof.issuer, proof.demo) == ("hk-vac", "Issuer of the tests", False)
    assert doses(proof) == [("2021-03-10", "CoronaVac"), ("2021-04-07", "CoronaVac")]
    assert proof.facts.name == "CHAN, T** M**"
    assert proof.facts.document == "****456(3)"
    assert proof.facts.reference == "TC1"
    assert proof.facts.issued_at == datetime(2021, 4, 30, 10, 30, tzinfo=HONG_KONG)
    assert not proof.facts.recovered


def test_a_byte_order_mark_is_no_part_of_the_record():
    assert read("\ufeff" + record()).verified


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({7: "-", 8: "", 9: "", 12: "-"}, [], id="none"),
        pytest.param({7: "", 12: ""}, [], id="none, fields empty"),
        pytest.param({12: "-"}, ["2021-03-10"], id="one"),
        pytest.param({12: "NA"}, ["2021-03-10"], id="one, a second not applicable"),
        pytest.param({7: "-"}, ["2021-04-07"], id="one, in the last field"),
        pytest.param({}, ["2021-03-10", "2021-04-07"], id="two"),
        pytest.param(
            {11: "04-06-2021,Comirnaty"}, ["2021-03-10", "2021-04-07", "2021-06-04"], id="three, out of order"
        ),
        pytest.param(
            {7: "07-04-2021", 12: "10-03-2021"}, ["2021-03-10", "2021-04-07"], id="two, out of order"
        ),
        pytest.param({7: "07-04-2021"}, ["2021-04-07"], id="one day told twice"),
    ],
)
def test_doses_are_the_dates_of_fields_7_11_and_12_in_date_order(changes, expected):
    proof = read(record(changes))
    assert proof.verified
    assert [day for day, _ in doses(proof)] == expected


def test_the_third_last_dose_takes_its_name_from_its_own_fields():
    proof = read(record({11: "04-01-2021,Comirnaty, adult", 16: "復必泰"}))
    assert doses(proof)[0] == ("2021-01-04", "Comirnaty, adult")


def test_a_vaccine_named_in_chinese_alone_keeps_that_name():
    assert doses(read(record({8: ""})))[0] == ("2021-03-10", "克爾來福")


@pytest.mark.parametrize(
    ("changes", "recovered"),
    [({10: "001"}, True), ({15: "001"}, True), ({}, False), ({10: "002"}, False), ({10: "1"}, False)],
)
def test_only_indicator_001_means_recovered(changes, recovered):
    proof = read(record(changes))
    assert proof.verified
    assert proof.facts.recovered is recovered


def test_the_second_indicator_of_2022_is_birth_date_and_number_of_doses():
    facts = read(record({15: "29-02-1980,2"})).facts
    assert (facts.birth_date, facts.dose_count) == ("1980-02-29", 2)


@pytest.mark.parametrize("written", ["30-04-2021 10:30", "30-Apr-2021 10:30", "30-APR-2021 10:30"])
def test_the_time_of_issue_has_two_forms(written):
    assert read(record({17: written})).facts.issued_at == datetime(2021, 4, 30, 10, 30, tzinfo=HONG_KONG)


@pytest.mark.parametrize(
    "changes",
    [
        {7: "1-4-2021"},
        {7: "2021-03-10"},
        {7: "10/03/2021"},
        {7: "31-02-2021"},
        {7: "00-00-0000"},
        {7: "10-Mar-2021"},
        {7: "１０-03-2021"},
        {7: "10-03-2021 "},
        {7: "na"},
        {12: "soon"},
        {11: "04-06-2021"},
        {15: "29-02-1981,2"},
        {15: "29-02-1980,two"},
        {17: "30-04-2021"},
        {17: "30-04-2021 24:00"},
        {17: "30-Foo-2021 10:30"},
        {17: ""},
        {16: "\ud800"},
        {4: "TC1|"},
    ],
)
def test_a_field_out_of_its_layout_makes_the_record_malformed_even_when_signed(changes):
    text = record({}) if 16 in changes else record(changes)
    if 16 in changes:  # a surrogate cannot be encoded, so nobody can have signed it
        text = text.replace("||30-04", f"|{changes[16]}|30-04")
    proof = read(text)
    assert (proof.verified, proof.error, proof.facts) == (False, "malformed", None)


def test_the_record_that_must_fail_is_refused_and_still_shown():
    hong_kong = rings.load(*_hong_kong(), production=True)
    for trust in (hong_kong, TrustStore((TrustedKey(KEY.public_key(), "any"),)), TrustStore()):
        proof = read(MUST_FAIL, trust, at=datetime(2026, 1, 1, tzinfo=HONG_KONG))
        assert (proof.verified, proof.error, proof.evidence) == (False, "bad_signature", None)
    assert [day for day, _ in doses(proof)] == ["2021-04-01", "2021-06-04", "2021-11-12"]
    assert (proof.facts.name, proof.facts.document) == ("CHAN, T** M**", "****987(6)")


def _hong_kong():
    from pathlib import Path

    return [Path(__file__).parents[2] / "config" / "keyrings"]


def test_the_known_keys_of_hong_kong_are_there_and_no_others():
    ring = rings.load(*_hong_kong(), production=True)
    keys = [(key.format, key.version) for key in ring.keys]
    assert keys == [("hk-vac", "2"), ("hk-evt", "2"), ("hk-vac", "3"), ("hk-vac", "4")]
    assert len({key.key.public_numbers().x for key in ring.keys}) == 3
    assert not ring.is_demo


@pytest.mark.parametrize("version", ["4.00", "5", "30", "9.9"])
def test_an_unknown_version_is_not_verified_and_not_called_forged(version):
    proof = read(record({2: version}))
    assert (proof.verified, proof.error, proof.issuer) == (False, "cannot_verify", None)
    assert doses(proof)


@pytest.mark.parametrize("version", ["3", "3.0", "3.00", "3.1", "03"])
def test_the_number_before_the_point_picks_the_key(version):
    assert read(record({2: version})).error == ("cannot_verify" if version == "03" else None)


def test_each_of_several_keys_for_a_version_is_tried():
    other = ec.derive_private_key(7, ec.SECP256R1())
    keys = [TrustedKey(key.public_key(), name, "hk-vac", "3") for key, name in ((other, "a"), (KEY, "b"))]
    assert read(record(), TrustStore(tuple(keys))).issuer == "b"
    assert read(record({}, other), TrustStore(tuple(keys))).issuer == "a"


def test_the_unused_bits_of_a_signature_are_zero():
    text = next(text for n in range(99) if (text := record({4: f"TC{n}"})).endswith("="))
    body = text.rstrip("=")
    padding = text[len(body) :]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    same_bytes = body[:-1] + alphabet[alphabet.index(body[-1]) + 1] + padding
    assert base64.b64decode(same_bytes.rpartition("|")[2]) == base64.b64decode(text.rpartition("|")[2])
    assert read(text).verified
    assert read(same_bytes).error == "bad_signature"


def test_a_record_issued_later_is_not_yet_valid():
    issued = datetime(2021, 4, 30, 10, 30, tzinfo=HONG_KONG)
    assert read(record(), at=issued).verified
    early = read(record(), at=issued - timedelta(minutes=1))
    assert (early.verified, early.error, early.issuer) == (False, "not_yet_valid", "Issuer of the tests")


def test_a_dose_after_the_visit_stays_for_the_law_to_judge():
    proof = read(record({12: "24-12-2021"}))
    assert proof.verified
    assert doses(proof)[-1][0] == "2021-12-24"


SIGNED = record({11: "04-06-2021,Comirnaty", 16: "復必泰", 10: "001"})


@given(
    place=st.integers(SIGNED.rindex("|") + 1, len(SIGNED) - 1),
    character=st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="),
)
def test_no_signature_with_one_character_changed_verifies(place, character):
    assume(character != SIGNED[place])
    assert read(SIGNED[:place] + character + SIGNED[place + 1 :]).error == "bad_signature"


words = st.text(st.characters(blacklist_categories=["Cc", "Cf", "Cs", "Co", "Zl", "Zp"]), max_size=12).map(
    lambda text: text.replace("|", "")
)
record_doses = st.builds(
    RecordDose, date=st.dates(date(2020, 12, 1), date(2023, 6, 1)), name_en=words, name_zh=words
)


@st.composite
def records(draw):
    birth = draw(st.none() | st.dates(date(1900, 1, 1), date(2020, 1, 1)))
    return Record(
        version=draw(st.sampled_from(["3", "3.00", "3.1"])),
        key_version=draw(words),
        reference=draw(words),
        document=draw(words),
        name=draw(words),
        doses=tuple(
            sorted(
                draw(st.lists(record_doses, max_size=3, unique_by=lambda dose: dose.date)),
                key=lambda dose: dose.date,
            )
        ),
        recovered=draw(st.booleans()),
        birth_date=birth,
        dose_count=None if birth is None else draw(st.integers(0, 9)),
        issued_at=draw(st.datetimes(datetime(2021, 1, 1), datetime(2021, 11, 1))).replace(  # noqa: DTZ001
            second=0, microsecond=0, tzinfo=HONG_KONG
        ),
    )


@given(records())
def test_what_is_encoded_is_read_back_and_verifies(original):
    text = hk_vac.encode(original, sign)
    assert hk_vac.parse(text) == original
    proof = read(text)
    assert proof.verified
    assert proof.facts == original.facts()


@pytest.mark.parametrize("field", ["a|b", "a\nb", "a\u202eb"])
def test_the_encoder_writes_no_field_that_would_be_read_otherwise(field):
    with pytest.raises(ValueError, match="name"):
        Record(version="3", document="", name=field, issued_at=AT)
