"""Every text ends in a proof, and only a verified one is evidence."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from kiosk.proofs import LONGEST, recognise
from kiosk.proofs.model import Facts, Format, LabTest, Proof, ProofError, in_force
from kiosk.texts import LANGUAGES, text
from tests.proofs.records import AT, MUST_FAIL, TRUST, record

pieces = st.sampled_from(
    [
        "HKSARG",
        "|VAC|",
        "|",
        "HKEN:0",
        "HKEN:",
        "gxr8l5A6",
        "3.00",
        "01-04-2021",
        ",",
        "-",
        "e30=",
        "\ufeff",
        "HC1:",
    ]
)


@given(st.text(st.characters(), max_size=300) | st.lists(pieces, max_size=30).map("".join))
@example("\ud800")
@example("HKSARG|VAC|" + "|" * 16)
@example("HKEN:0" + "A" * 8 + "=" * 4000)
def test_any_text_ends_in_a_proof(code):
    proof = recognise(code, trust=TRUST, at=AT)
    assert not proof.verified
    assert proof.error in get_args(ProofError)


@given(st.lists(st.text(st.characters(blacklist_characters="|")), min_size=17, max_size=17))
def test_any_17_fields_after_the_head_end_in_a_proof(fields):
    assert not recognise("HKSARG|VAC|" + "|".join(fields), trust=TRUST, at=AT).verified


@pytest.mark.parametrize(
    "code",
    ["", "hello", "https://example.org", "hc1:6BF", "HC2:6BF", "shc:567", "hksarg|vac|3", "HKSARG|PCR|1"],
)
def test_what_no_format_claims_is_unknown(code):
    proof = recognise(code, trust=TRUST, at=AT)
    assert (proof.format, proof.error) == ("unknown", "unknown_format")


@pytest.mark.parametrize("head", ["HKSARG|VAC|", "HKEN:0", "x"])
def test_a_text_beyond_eight_kilobytes_is_not_looked_at(head):
    fits = head + "復" * ((LONGEST - len(head)) // 3)
    assert recognise(fits, trust=TRUST, at=AT).error != "too_large"
    assert recognise(fits + "復", trust=TRUST, at=AT).error == "too_large"


def test_blanks_around_a_text_are_no_part_of_it():
    assert recognise(f" {record()}\r\n", trust=TRUST, at=AT).verified


def test_facts_that_nothing_vouches_for_are_shown_and_are_no_evidence():
    proof = recognise(MUST_FAIL, trust=TRUST, at=AT)
    assert proof.facts.doses
    assert proof.evidence is None
    assert recognise(record(), trust=TRUST, at=AT).evidence.doses


@pytest.mark.parametrize(
    "fields",
    [
        {"verified": True, "error": "expired", "facts": Facts()},
        {"verified": True, "error": None, "facts": None},
        {"verified": False, "error": None, "facts": Facts()},
    ],
)
def test_a_proof_that_contradicts_itself_cannot_be_made(fields):
    with pytest.raises(ValidationError):
        Proof(format="hk-vac", **fields)


def test_the_line_of_a_proof_has_the_keys_of_the_contract_in_order():
    line = recognise(record(), trust=TRUST, at=AT).as_json("a.png")
    assert list(line) == ["source", "format", "verified", "error", "issuer", "facts"]
    assert line["source"] == "a.png"
    assert line["facts"]["doses"][0] == {"date": "2021-03-10", "product": "CoronaVac"}
    assert line["facts"]["issued_at"] == "2021-04-30T10:30:00+08:00"


def test_facts_have_room_for_what_other_formats_say():
    facts = Facts(tests=(LabTest(date=AT.date(), negative=True, method="pcr"),), birth_date="1980-02")
    assert facts.model_dump(mode="json")["tests"] == [
        {"date": "2021-12-01", "negative": True, "positive": False, "method": "pcr", "sampled_at": None}
    ]
    with pytest.raises(ValidationError):
        LabTest(date=AT.date(), negative=True, positive=True)
    with pytest.raises(ValidationError):
        Facts(birth_date="٢٠٢١")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_and_every_format_is_put_into_words(language):
    for error in get_args(ProofError):
        proof = Proof(format=None, verified=False, error=error)
        assert proof.sentence("visitor", language)
        assert proof.sentence("staff", language)
    for name in get_args(Format):
        assert text(Proof(format=name, verified=False, error="malformed").format_key, language)


def test_a_verified_proof_needs_no_words():
    assert recognise(record(), trust=TRUST, at=AT).sentence("staff", "en") is None


@pytest.mark.parametrize(
    ("first", "last", "error"),
    [(0, 0, None), (-1, 1, None), (None, None, None), (1, 2, "not_yet_valid"), (-2, -1, "expired")],
)
def test_a_proof_holds_between_its_first_and_its_last_moment(first, last, error):
    from_, until = (None if n is None else AT + timedelta(seconds=n) for n in (first, last))
    facts = Facts(valid_from=from_, valid_until=until)
    proof = in_force(Proof(format="vds-nc", verified=True, facts=facts, issuer="x"), AT)
    assert (proof.verified, proof.error) == (error is None, error)
    assert (proof.facts, proof.issuer) == (facts, "x")
