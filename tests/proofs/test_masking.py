"""Masked numbers and names: as records print them, and compared with what staff type."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kiosk.proofs import masking

bodies = st.from_regex(r"[A-Z]{1,2}[0-9]{6}", fullmatch=True)
documents = bodies.map(lambda body: f"{body}({masking.hkid_check_digit(body)})") | st.from_regex(
    r"[A-Z0-9]{5,12}", fullmatch=True
)
names = st.lists(st.from_regex(r"[A-Z]{1,9},?", fullmatch=True), min_size=1, max_size=5).map(" ".join)


@pytest.mark.parametrize("number", ["A123456(3)", "AB987654(3)", "E364912(5)", "a1234563", "Ａ123456(3)"])
def test_right_identity_card_numbers_are_known(number):
    assert masking.is_hkid(number)


@pytest.mark.parametrize(
    "number", ["A123456(4)", "AB987654(A)", "", "A12345(6)", "ABC123456(1)", "A123456", "K01234567"]
)
def test_other_numbers_are_no_identity_card_numbers(number):
    assert not masking.is_hkid(number)


@given(bodies, st.sampled_from("0123456789A"))
def test_one_check_digit_is_right_for_each_number(body, digit):
    assert masking.is_hkid(f"{body}({digit})") == (digit == masking.hkid_check_digit(body))


@given(bodies, st.integers(0, 7), st.sampled_from("0123456789"))
def test_a_mistyped_figure_is_noticed(body, place, figure):
    place = min(place, len(body) - 1)
    assume(body[place].isdigit() and body[place] != figure)
    mistyped = body[:place] + figure + body[place + 1 :]
    assert masking.hkid_check_digit(mistyped) != masking.hkid_check_digit(body)


@pytest.mark.parametrize("body", ["", "A12345", "a123456", "A123456٣", "ABC123456"])
def test_a_body_that_is_none_has_no_check_digit(body):
    with pytest.raises(ValueError, match="letters"):
        masking.hkid_check_digit(body)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("A1234567", "****456(7)"),
        ("A123456(7)", "****456(7)"),
        ("a 123456 (7)", "****456(7)"),
        ("AB9876543", "*****654(3)"),
        ("K01234567", "*****4567"),
        ("123", "123"),
    ],
)
def test_a_number_is_masked_as_records_print_it(number, masked):
    assert masking.mask_document(number) == masked


@pytest.mark.parametrize(
    ("typed", "masked", "same"),
    [
        ("A1234567", "****456(7)", True),
        ("a123456(7)", "****456(7)", True),
        ("B9994567", "****456(7)", True),
        ("A1234568", "****456(7)", False),
        ("A123457(7)", "****456(7)", False),
        ("AB123456(7)", "*****456(7)", True),
        ("AB123456(7)", "****3456(7)", True),
        ("AB123456(7)", "****456(7)", False),
        ("A123456(7)", "***3456(7)", False),
        ("AB1234567", "*****4567", True),
        ("K01234567", "*****4567", True),
        ("K0123456", "*****4567", False),
        ("", "", False),
        ("()", "()", False),
    ],
)
def test_a_typed_number_is_compared_with_a_masked_one(typed, masked, same):
    assert masking.document_matches(typed, masked) is same


@given(documents)
def test_a_number_matches_its_own_mask(number):
    assert masking.document_matches(number, masking.mask_document(number))


@given(documents)
def test_a_mask_hides_all_but_four_and_stays_as_long(number):
    masked = masking.mask_document(number)
    assert sum(character.isalnum() for character in masked) == 4
    assert len(masked) == len(masking.format_document(number))
    assert masking.mask_document(masked) == masked


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("CHAN, TAI MAN", "CHAN, T** M**"),
        ("chan,  tai man", "CHAN, T** M**"),
        ("LEE, KA YAN, MARY", "LEE, K* Y**, M***"),
        ("CHAN", "CHAN"),
        ("AU, A", "AU, A"),
        ("", ""),
    ],
)
def test_a_name_is_masked_as_records_print_it(name, masked):
    assert masking.mask_name(name) == masked


@given(names)
def test_a_name_matches_its_own_mask_and_masking_twice_changes_nothing(name):
    masked = masking.mask_name(name)
    assert masking.name_matches(name, masked)
    assert masking.mask_name(masked) == masked


@pytest.mark.parametrize("typed", ["CHAN, TAI MEN K", "CHAN, TA MAN", "CHEN, TAI MAN", ""])
def test_another_name_does_not_match(typed):
    assert not masking.name_matches(typed, "CHAN, T** M**")


@pytest.mark.parametrize(
    "number", ["91234567", "+85291234567", "+852 9123 4567", "9123-4567", "９１２３４５６７"]
)
def test_a_telephone_number_is_known_in_its_usual_forms(number):
    assert masking.phone(number) == "91234567"


@pytest.mark.parametrize(
    "number", ["", "01234567", "11234567", "9123456", "912345678", "+8691234567", "٩١٢٣٤٥٦٧x"]
)
def test_what_is_no_telephone_number_here_is_none(number):
    assert masking.phone(number) is None
