"""What an EU certificate's content means: sloppy writing is read, and never so that it grants more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import HONG_KONG
from kiosk.proofs import dgc, sloppy
from tests.proofs.dcc import AT, PERSON, RECOVERY, TEST, VACCINATION, claims


def facts(content=VACCINATION, at=AT, **changes):
    return dgc.parse(cbor2.dumps(claims(content, **changes)), at=at).facts


def person(**changes):
    said = claims()
    said[-260][1] |= changes
    return dgc.parse(cbor2.dumps(said), at=AT).facts


def test_a_vaccination_is_one_dated_dose_and_how_many_there_were():
    (dose,) = facts().doses
    assert (dose.date, dose.product) == (date(2021, 10, 15), "Comirnaty")
    assert facts().dose_count == 2


@pytest.mark.parametrize(("number", "count"), [(3, 3), (3.0, 3), (1, 1), (99, 99), (None, None), (..., None)])
def test_a_dose_number_is_whole_however_it_is_written(number, count):
    assert facts(dn=number).dose_count == count


@pytest.mark.parametrize("said", [(3, 2), (1, 2), (2, 0), (2, 2.0), (2, None)])
def test_how_many_doses_make_a_course_is_the_laws_affair(said):
    number, course = said
    assert facts(dn=number, sd=course).dose_count == number


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2021-10-15", "2021-10-15"),
        (" 2021-10-15 ", "2021-10-15"),
        ("2021-10", "2021-10-31"),
        ("2024-02-00", "2024-02-29"),
        ("2021", "2021-12-31"),
        ("2021-00-00", "2021-12-31"),
        ("2021-10-15T00:00:00", "2021-10-15"),
        ("2021-10-15T05:00:00Z", "2021-10-15"),
        ("2021-10-14T22:00:00Z", "2021-10-15"),  # midnight of its own country
        ("2021-10-14T22:00:00.000Z ", "2021-10-15"),
        (datetime(2021, 10, 14, 22, tzinfo=UTC), "2021-10-15"),
        (cbor2.CBORTag(1004, "2021-10-15"), "2021-10-15"),
    ],
)
def test_a_date_that_is_not_exact_is_the_last_day_that_it_may_be(written, day):
    assert [dose.date.isoformat() for dose in facts(dt=written).doses] == [day]


@pytest.mark.parametrize("nothing", [None, "", "  ", ...])
def test_a_dose_without_a_date_is_no_dose_to_count_from(nothing):
    assert facts(dt=nothing).doses == ()
    assert facts(TEST, sc=nothing).tests == ()
    assert not facts(RECOVERY, df=nothing).recovered
    assert not facts(RECOVERY, du=nothing).recovered


@pytest.mark.parametrize(
    ("codes", "product"),
    [
        ({"mp": "CoronaVac"}, "CoronaVac"),
        ({"mp": " EU/1/20/1507 "}, "Spikevax"),
        ({"mp": "New-Vaccine-2030"}, "New-Vaccine-2030"),
        ({"mp": ""}, "SARS-CoV-2 mRNA vaccine"),
        ({"mp": None, "vp": 1119349007}, "SARS-CoV-2 mRNA vaccine"),
        ({"mp": "", "vp": ""}, "Biontech Manufacturing GmbH"),
        ({"mp": ..., "vp": ..., "ma": ...}, ""),
    ],
)
def test_a_product_is_named_in_words_and_an_unknown_code_by_itself(codes, product):
    assert facts(**codes).doses[0].product == product


@pytest.mark.parametrize(
    ("changes", "negative", "positive", "method"),
    [
        ({}, True, False, "pcr"),
        ({"tt": "LP217198-3"}, True, False, "antigen"),
        ({"tr": "260373001"}, False, True, "pcr"),
        ({"tr": "NEGATIVO"}, False, False, "pcr"),
        ({"tr": 260415000, "tt": "a test"}, True, False, "unknown"),
        ({"tr": None, "tt": None}, False, False, "unknown"),
    ],
)
def test_a_test_is_negative_only_in_the_words_of_the_value_set(changes, negative, positive, method):
    (test,) = facts(TEST, **changes).tests
    assert (test.negative, test.positive, test.method) == (negative, positive, method)


@pytest.mark.parametrize(
    ("written", "sampled"),
    [
        ("2022-05-31T15:59:59Z", "2022-05-31T23:59:59+08:00"),
        ("2022-05-31T16:00:00Z", "2022-06-01T00:00:00+08:00"),
        ("2022-05-31T18:30:00+0200", "2022-06-01T00:30:00+08:00"),
        ("2022-05-31t16:00:00z", "2022-06-01T00:00:00+08:00"),
        ("2022-05-31 18:30:00.5+02:00", "2022-06-01T00:30:00.500000+08:00"),
        ("2022-06-01T09:00", "2022-06-01T09:00:00+08:00"),
        ("2022-06-01", "2022-06-01T00:00:00+08:00"),
        ("2022-06", "2022-06-01T00:00:00+08:00"),
        (datetime(2022, 5, 31, 16, tzinfo=UTC), "2022-06-01T00:00:00+08:00"),
    ],
)
def test_a_sample_was_taken_on_hong_kongs_day(written, sampled):
    (test,) = facts(TEST, sc=written).tests
    assert test.sampled_at.isoformat() == sampled
    assert test.date.isoformat() == sampled[:10]


MIDNIGHT = datetime(2022, 3, 12, tzinfo=HONG_KONG)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("at", "recovered"),
    [
        (MIDNIGHT - SECOND, False),
        (MIDNIGHT, True),  # in UTC it is still the day before
        (MIDNIGHT.astimezone(UTC), True),
        (datetime(2022, 8, 28, 23, 59, 59, tzinfo=HONG_KONG), True),
        (datetime(2022, 8, 29, tzinfo=HONG_KONG), False),
        (datetime(2022, 8, 28, 16, tzinfo=UTC), False),
    ],
)
def test_a_recovery_counts_on_its_days_in_hong_kong(at, recovered):
    assert facts(RECOVERY, at).recovered is recovered


def test_of_a_recoverys_bounds_and_the_certificates_the_narrower_is_shown():
    said = facts(RECOVERY)
    assert said.valid_from == MIDNIGHT
    assert said.valid_until.isoformat() == "2022-08-28T23:59:59+08:00"
    assert facts(RECOVERY, du="2030-01-01").valid_until == facts().valid_until
    assert facts().valid_from is None


@pytest.mark.parametrize(("first", "last"), [("2022-06", "2030"), ("2020", "2022")])
def test_a_recoverys_date_that_is_not_exact_is_the_day_that_grants_least(first, last):
    assert not facts(RECOVERY, df=first, du=last).recovered


@pytest.mark.parametrize("content", [VACCINATION, TEST, RECOVERY])
@pytest.mark.parametrize("disease", ["94558-4", "", None, ..., 840539007])
def test_what_is_not_about_covid_grants_nothing(content, disease):
    said = facts(content, tg=disease)
    assert (said.doses, said.dose_count, said.tests, said.recovered) == ((), None, (), False)
    assert said.name == "Chan, Tai Man"


def test_the_disease_is_the_same_with_blanks_or_as_a_number():
    for disease in (" 840539006 ", 840539006):
        assert facts(tg=disease).doses


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ({}, "Chan, Tai Man"),
        ({"fn": None}, "CHAN, Tai Man"),
        ({"gn": "", "fn": " "}, "CHAN, TAI MAN"),
        ({"gn": ..., "gnt": ...}, "Chan"),
        ({"fn": ..., "fnt": ..., "gn": ..., "gnt": "TAI<MAN<"}, "TAI MAN"),
        ({"fn": "陳", "gn": "大文"}, "陳, 大文"),
        ({"fn": "SPECIMENV ", "gn": "A\u202eB\x00C\nD"}, "SPECIMENV, ABC D"),
        ({"fn": 7, "fnt": b"x", "gn": [], "gnt": {}}, None),
    ],
)
def test_a_name_is_in_the_persons_own_letters_else_in_the_passports(names, name):
    said = PERSON["nam"] | names
    assert person(nam={key: value for key, value in said.items() if value is not ...}).name == name


def test_a_certificate_without_a_name_is_read():
    assert person(nam=None).name is None


@pytest.mark.parametrize(
    ("written", "born"),
    [
        ("1980-02-29", "1980-02-29"),
        ("1980-02", "1980-02"),
        ("1980", "1980"),
        ("1963-00", "1963"),
        ("1963-00-00", "1963"),
        ("1963-07-00", "1963-07"),
        ("1963-00-07", "1963"),
        ("1978-01-26T00:00:00 ", "1978-01-26"),
        ("", None),
        ("1980-02-30", None),
        ("in spring", None),
        (None, None),
        (1980, None),
    ],
)
def test_a_birth_date_is_kept_as_far_as_it_is_known(written, born):
    assert person(dob=written).birth_date == born


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_the_first_and_the_last_day_of_a_partial_date_enclose_it(day):
    for length in (4, 7, 10):
        written = day.isoformat()[:length]
        assert sloppy.day(written, missing="first") <= day <= sloppy.day(written, missing="last")
        assert sloppy.partial_date(written) == written
    assert sloppy.day(day.isoformat(), missing="first") == sloppy.day(day.isoformat(), missing="last")


@pytest.mark.parametrize("written", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_moment_beyond_the_calendar_is_none(written):
    with pytest.raises(ValueError, match="calendar"):
        sloppy.moment(written)


def test_the_country_is_the_issuers_else_the_events():
    assert dgc.parse(cbor2.dumps(claims()), at=AT).country == "HK"
    said = claims(co="SG")
    del said[1]
    assert dgc.parse(cbor2.dumps(said), at=AT).country == "SG"
