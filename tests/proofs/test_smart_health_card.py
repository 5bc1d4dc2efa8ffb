"""SMART Health Cards: cards that others made, cards of our own, and everything that is not quite a card."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import example, given
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

from kiosk import HONG_KONG
from kiosk.proofs import jose, recognise, revocation, rings, smart_health_card
from kiosk.proofs.marks import mark
from kiosk.proofs.model import LabTest, ProofError
from kiosk.proofs.trust import TrustStore
from kiosk.scanning.decode import decode_file
from kiosk.texts import LANGUAGES
from tests.proofs.cards import (
    AT,
    CVX,
    HEADER,
    ISS,
    KEY,
    KID,
    LOINC,
    NBF,
    OTHER,
    PATIENT,
    SCT,
    TRUST,
    b64,
    card,
    coded,
    deflate,
    dose,
    figures,
    jws,
    lab,
    minified,
    payload,
    signature,
    trusted,
)
from tests.web.chromium import ARGUMENTS, CHROMIUM

VECTORS = Path(os.environ.get("KIOSK_VECTORS", Path(__file__).parents[2].parent / "shared" / "vectors"))
EXAMPLES = VECTORS / "smart-health-cards" / "examples"
needs_vectors = pytest.mark.skipif(not EXAMPLES.is_dir(), reason=f"no vectors at {VECTORS}: see the README")
#: A year after the examples were issued, and before the one that ends has ended.
THEN = datetime(2023, 7, 1, 12, tzinfo=UTC)
EXAMPLE_ISS = "https://spec.smarthealth.cards/examples/issuer"
ORDER_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def read(text, trust=TRUST, at=AT, revoked=None):
    return recognise(text, trust=trust, at=at, revoked=revoked)


def error(text, trust=TRUST, at=AT):
    proof = read(text, trust, at)
    assert proof.format == "smart-health-card"
    return proof.error


def example_keys():
    return json.loads((EXAMPLES / "issuer" / ".well-known" / "jwks.json").read_text())["keys"]


def example_trust():
    keys = ((jose.public_key(jwk), frozenset({jwk["kid"].encode()})) for jwk in example_keys())
    return TrustStore(tuple(replace(trusted(address=EXAMPLE_ISS), key=key, key_ids=kid) for key, kid in keys))


# Cards that others made


@needs_vectors
@pytest.mark.parametrize("number", ["00", "01", "03"])
def test_a_card_of_the_framework_says_what_its_bundle_says(number):
    text = (EXAMPLES / f"example-{number}-f-qr-code-numeric-value-0.txt").read_text()
    proof = read(text, example_trust(), THEN)
    assert proof.verified
    assert proof.issuer == "Clinic of the tests"
    said = json.loads((EXAMPLES / f"example-{number}-a-fhirBundle.json").read_text())
    resources = [entry["resource"] for entry in said["entry"]]
    person, given_ = resources[0], resources[1:]
    name = person["name"][0]
    assert proof.facts.name == f"{name['family']}, {' '.join(name['given'])}"
    assert proof.facts.birth_date == person["birthDate"]
    assert [dose.date.isoformat() for dose in proof.facts.doses] == [
        one["occurrenceDateTime"] for one in given_
    ]
    assert proof.facts.doses[0].product == "Spikevax"


@needs_vectors
@pytest.mark.parametrize("number", ["00", "01", "02", "03"])
def test_the_signed_form_of_each_example_holds_in_one_code(number):
    text = (EXAMPLES / f"example-{number}-d-jws.txt").read_text().strip()
    proof = read(smart_health_card.from_letters(text), example_trust(), THEN)
    assert proof.verified
    claims = json.loads((EXAMPLES / f"example-{number}-c-jws-payload-minified.json").read_text())
    assert proof.facts.issued_at.timestamp() == pytest.approx(claims["nbf"], abs=1e-3)
    assert proof.facts.reference == claims["vc"].get("rid")


@needs_vectors
def test_our_figures_are_those_of_the_framework():
    for number in ("00", "01", "03"):
        text = (EXAMPLES / f"example-{number}-d-jws.txt").read_text().strip()
        code = (EXAMPLES / f"example-{number}-f-qr-code-numeric-value-0.txt").read_text().strip()
        assert smart_health_card.from_letters(text) == code


@needs_vectors
def test_results_that_name_no_patient_prove_nothing_about_anybody():
    text = (EXAMPLES / "example-02-d-jws.txt").read_text().strip()
    facts = read(smart_health_card.from_letters(text), example_trust(), THEN).facts
    assert (facts.name, facts.doses, facts.tests) == (None, (), ())


@needs_vectors
@pytest.mark.parametrize("number", [0, 1, 2])
def test_each_code_of_a_card_in_several_is_answered_in_its_own_words(number):
    text = (EXAMPLES / f"example-02-f-qr-code-numeric-value-{number}.txt").read_text()
    proof = read(text, example_trust(), THEN)
    assert (proof.format, proof.error, proof.facts) == ("smart-health-card", "cannot_verify", None)
    for language in LANGUAGES:
        for reader in ("visitor", "staff"):
            usual = read(card(), TrustStore()).model_copy(update={"error": "cannot_verify"})
            assert proof.sentence(reader, language) != usual.sentence(reader, language)


@needs_vectors
@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's chromium is not installed")
def test_the_pictures_of_the_framework_are_read_as_their_texts(tmp_path):
    pictures = sorted(EXAMPLES.glob("*-g-qr-code-*.svg"))
    assert len(pictures) == 6
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 900, "height": 900})
        for picture in pictures:
            svg = base64.b64encode(picture.read_bytes()).decode()
            page.set_content(
                f'<body style="background:#fff"><img width=800 src="data:image/svg+xml;base64,{svg}">'
            )
            page.wait_for_function("document.images[0].complete && document.images[0].naturalWidth > 0")
            page.screenshot(path=tmp_path / f"{picture.stem}.png")
        browser.close()
    for picture in pictures:
        number = picture.stem.split("-")[1]
        value = picture.stem.rsplit("-", 1)[1]
        text = (EXAMPLES / f"example-{number}-f-qr-code-numeric-value-{value}.txt").read_text().strip()
        assert decode_file(tmp_path / f"{picture.stem}.png").texts == (text,)


@needs_vectors
def test_an_issuers_list_takes_back_the_card_that_it_names_and_no_other():
    key = example_keys()[0]
    listed = (EXAMPLES / "issuer" / ".well-known" / "crl" / f"{key['kid']}.json").read_bytes()
    lists = revocation.Revocations([revocation.shc_list(listed, issuer=EXAMPLE_ISS, where="the list")])
    errors = {}
    for number in ("00", "01", "03"):
        text = (EXAMPLES / f"example-{number}-f-qr-code-numeric-value-0.txt").read_text()
        errors[number] = read(text, example_trust(), THEN, lists).error
    assert errors == {"00": None, "01": None, "03": "revoked"}


@needs_vectors
def test_a_card_that_ends_has_ended_afterwards():
    text = (EXAMPLES / "example-03-f-qr-code-numeric-value-0.txt").read_text()
    assert error(text, example_trust(), datetime(2024, 6, 22, tzinfo=UTC)) == "expired"
    assert error(text, example_trust(), datetime(2023, 6, 1, tzinfo=UTC)) == "not_yet_valid"


@needs_vectors
def test_the_hash_of_a_bundle_is_the_one_that_the_draft_for_older_cards_prints():
    text = (EXAMPLES / "example-03-f-qr-code-numeric-value-0.txt").read_text()
    assert f"{EXAMPLE_ISS}|9q2bR-42Z30" in read(text, example_trust(), THEN).identities


# Cards of our own: what they say


def test_a_card_is_read_with_the_issuers_name_from_the_list_and_the_cards_own_dates():
    proof = read(card(claims=payload(exp=NBF + 86400 * 90)))
    assert proof.verified
    assert proof.issuer == "Clinic of the tests"
    assert proof.facts.name == "Chan, Tai Man"
    assert proof.facts.birth_date == "1980-02-29"
    assert proof.facts.valid_from == proof.facts.issued_at == datetime.fromtimestamp(NBF, HONG_KONG)
    assert proof.facts.valid_until == datetime.fromtimestamp(NBF, HONG_KONG) + timedelta(days=90)


@pytest.mark.parametrize(
    ("resource", "doses"),
    [
        (dose("2021-03-01"), [(date(2021, 3, 1), "Comirnaty")]),
        (dose("2021-03-01", (CVX, "511")), [(date(2021, 3, 1), "CoronaVac")]),
        (dose("2021-03-01", (SCT, "31311000087104")), [(date(2021, 3, 1), "CoronaVac")]),
        (dose("2021-03-01", ("http://id.who.int/icd/release/11/mms", "XM8NQ0")), [(date(2021, 3, 1), "Comirnaty")]),
        (dose("2021-03-01", status="Completed"), [(date(2021, 3, 1), "Comirnaty")]),  # as Québec writes it
        # Hong Kong's day, whatever the clock of the place.
        (dose("2021-03-01T17:00:00Z"), [(date(2021, 3, 2), "Comirnaty")]),
        # Nothing is granted earlier than it may be.
        (dose("2021-03"), [(date(2021, 3, 31), "Comirnaty")]),
        (dose("2020"), [(date(2020, 12, 31), "Comirnaty")]),
        (dose(code=(CVX, "141")), []),  # influenza
        (dose(code=("http://hl7.org/fhir/sid/ndc", "208")), []),
        (dose(code=(CVX, "9999")), []),
        (dose(status="not-done"), []),
        (dose(status="entered-in-error"), []),
        (dose(isSubpotent=True), []),
        (dose(occurrenceDateTime=None), []),
        (dose(patient={"reference": "resource:7"}), []),
        ({"resourceType": "Immunization", "status": "completed"}, []),
    ],
)  # fmt: skip
def test_a_dose_counts_when_it_was_given_to_this_person_against_covid_and_is_dated(resource, doses):
    proof = read(card(PATIENT, resource))
    assert proof.verified
    assert [(one.date, one.product) for one in proof.facts.doses] == doses


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        (lab(), ("pcr", True, False)),
        (lab(result=(SCT, "260385009")), ("pcr", True, False)),
        (lab(result=(LOINC, "LA6577-6")), ("pcr", True, False)),
        (lab(result=(SCT, "260373001")), ("pcr", False, True)),
        (lab(result=(SCT, "419984006")), ("pcr", False, False)),  # inconclusive
        (lab(code="97097-0"), ("antigen", True, False)),
        (lab(status="corrected"), ("pcr", True, False)),
        (lab(valueCodeableConcept=coded((SCT, "260415000"), (SCT, "10828004"))), ("pcr", False, False)),
        (lab(code="94563-4"), None),  # antibodies
        (lab(code="94756-4"), None),  # one gene
        (lab(code="80382-5"), None),  # influenza
        (lab(status="preliminary"), None),
        (lab(effectiveDateTime=None), None),
        (lab(subject={"reference": "resource:9"}), None),
    ],
)
def test_a_test_counts_when_it_is_final_and_for_the_virus_itself(resource, found):
    tests = read(card(PATIENT, resource)).facts.tests
    assert [(one.method, one.negative, one.positive) for one in tests] == ([found] if found else [])


def test_a_sample_is_dated_on_hong_kongs_day():
    facts = read(card(PATIENT, lab("2021-04-24T20:00:00Z"), lab("2021-04-23"), lab("2021-04"))).facts
    taken = datetime(2021, 4, 25, 4, tzinfo=HONG_KONG)
    assert facts.tests == (
        LabTest(date=date(2021, 4, 25), negative=True, method="pcr", sampled_at=taken),
        LabTest(date=date(2021, 4, 23), negative=True, method="pcr"),
        LabTest(date=date(2021, 4, 1), negative=True, method="pcr"),
    )


@pytest.mark.parametrize("taken", ["2021-05-01T19:31:00+08:00", "2021-05-02", "2021-06"])
def test_a_sample_that_is_still_to_be_taken_makes_the_card_not_yet_valid(taken):
    assert error(card(PATIENT, lab(taken))) == "not_yet_valid"


@pytest.mark.parametrize(
    ("names", "written"),
    [
        ([{"family": "Chan"}], "Chan"),
        ([{"given": ["Tai", "Man"]}], "Tai Man"),
        ([{"text": "Chan Tai Man"}], "Chan Tai Man"),
        ([{"family": "Wong", "use": "maiden"}, {"family": "Chan", "use": "official"}], "Chan"),
        ([{"family": "陳", "given": ["大文"]}], "陳, 大文"),
        ([{"family": " Ch\u202ean\n", "given": [""]}], "Chan"),
        ([{"family": ["Tremblay", "Roy"], "given": ["Luc"]}], "Tremblay Roy, Luc"),  # as Québec writes it
        ([], None),
    ],
)
def test_a_name_is_written_family_name_first_and_hides_nothing(names, written):
    assert read(card(PATIENT | {"name": names}, dose())).facts.name == written


@pytest.mark.parametrize("born", ["1980", "1980-02", "1980-02-29"])
def test_a_birth_date_is_told_as_exactly_as_it_is_known(born):
    assert read(card(PATIENT | {"birthDate": born}, dose())).facts.birth_date == born


# Whose word counts


def test_a_key_counts_by_its_thumbprint_alone():
    theirs = jws(header=HEADER | {"kid": jose.thumbprint(OTHER.public_key())})
    assert error("shc:/" + figures(theirs)) == "unknown_issuer"
    mislabelled = TrustStore((trusted(key_ids=frozenset({b"another"})),))
    assert error(card(header=HEADER | {"kid": "another"}), mislabelled) == "unknown_issuer"
    assert error(card(), mislabelled) == "unknown_issuer"


def test_a_card_in_the_name_of_another_issuer_of_the_list_is_of_an_unknown_issuer():
    other = trusted(OTHER, address="https://cards.example.org/another", issuer="Another")
    trust = TrustStore((*TRUST.keys, other))
    swapped = payload(iss="https://cards.example.org/another")
    assert error(card(claims=swapped), trust) == "unknown_issuer"
    assert read(card(), trust).issuer == "Clinic of the tests"


@pytest.mark.parametrize("format_", ["public key", "certificate"])
def test_a_bare_key_and_a_certificate_count_by_their_thumbprint(format_):
    info = KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    der = info if format_ == "public key" else certificate()
    trust = rings.from_base64([base64.b64encode(der).decode()])
    assert read(card(), trust).verified
    theirs = card(header=HEADER | {"kid": jose.thumbprint(OTHER.public_key())})
    assert error(theirs, trust) == "unknown_issuer"


def certificate(valid=(datetime(2021, 1, 1, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC)), usages=()):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Clinic")])
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), 1, *valid)
    if usages:
        oids = [x509.ObjectIdentifier(usage) for usage in usages]
        builder = builder.add_extension(x509.ExtendedKeyUsage(oids), critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_a_certificate_counts_within_its_dates_and_for_what_it_may_say():
    def trust(**options):
        return rings.from_base64([base64.b64encode(certificate(**options)).decode()])

    early, late = datetime(2019, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
    assert error(card(), trust(valid=(early, late))) == "expired"
    assert error(card(), trust(valid=(AT + timedelta(days=1), AT + timedelta(days=2)))) == "not_yet_valid"
    tests_only = ["1.3.6.1.4.1.1847.2021.1.1"]
    assert error(card(), trust(usages=tests_only)) == "wrong_key_usage"
    assert read(card(PATIENT, lab()), trust(usages=tests_only)).verified


def test_of_two_certificates_for_one_key_the_one_that_still_holds_is_enough():
    early, late = datetime(2019, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
    both = [certificate(valid=(early, late)), certificate()]
    assert read(card(), rings.from_base64([base64.b64encode(one).decode() for one in both])).verified


def test_a_demo_issuers_card_is_a_demo():
    assert read(card(), TrustStore((trusted(demo=True),))).demo
    assert not read(card()).demo


# What names a card


def test_the_same_card_under_a_malleable_signature_is_the_same_card():
    def twin(signed, key):
        made = signature(signed, key)
        return made[:32] + (ORDER_P256 - int.from_bytes(made[32:])).to_bytes(32)

    first, second = read(card()), read(card(signed=twin))
    assert second.verified
    assert card() != card(signed=twin)
    assert first.identities == second.identities
    assert first.marks == second.marks


def test_a_card_that_was_issued_again_shares_a_name_with_the_first():
    again = payload(nbf=NBF + 3600)
    assert set(read(card()).identities) & set(read(card(claims=again)).identities)
    without = payload(vc={"rid": None}, nbf=NBF + 3600)
    assert set(read(card()).identities) & set(read(card(claims=without)).identities)
    other = PATIENT | {"birthDate": "1981-01-01"}
    someone = payload(other, dose(), vc={"rid": "another"})
    assert not set(read(card()).identities) & set(read(card(claims=someone)).identities)


def test_the_same_id_under_another_issuer_is_another_card():
    trust = TrustStore((trusted(), trusted(address="https://cards.example.org/another")))
    other = read(card(claims=payload(iss="https://cards.example.org/another")), trust)
    assert other.verified
    assert not set(read(card()).identities) & set(other.identities)
    assert read(card()).marks[0].scope != other.marks[0].scope


def test_a_card_is_named_for_revocation_by_its_id_within_issuer_and_key():
    issued = datetime.fromtimestamp(NBF, HONG_KONG)
    assert read(card()).marks == (mark("shc-rid", f"{ISS}#{KID}", "MKyCxh7p6uQ", issued),)


@pytest.mark.parametrize(
    ("ends", "revoked"), [("", True), (f".{int(NBF) + 1}", True), (f".{int(NBF)}", False)]
)
def test_a_time_in_the_list_takes_back_only_what_was_issued_before(ends, revoked):
    listed = json.dumps({"kid": KID, "method": "rid", "ctr": 1, "rids": [f"MKyCxh7p6uQ{ends}"]})
    lists = revocation.Revocations([revocation.shc_list(listed, issuer=ISS, where="the list")])
    assert (read(card(), revoked=lists).error == "revoked") is revoked


# What is not quite a card

BIG = 10**400


@pytest.mark.parametrize(
    "text",
    [
        "shc:/",
        "shc:/5",
        "shc:/567",
        "shc:/" + "٥٦" * 40,
        "shc:/ " + figures(jws()),
        "shc:/" + figures(jws())[:-1],
        "shc:/" + figures(jws())[:200] + " " + figures(jws())[200:],
        "shc:/" + figures(jws())[:-2] + "78",
        "shc:/" + figures(jws())[:-2] + "99",
        "shc:/0/3/5676",
        "shc:/4/3/5676",
        "shc:/1/0/5676",
        "shc:/1/3/567",
        "shc:/1/3/",
        "shc:/1/3",
        "shc:/01/03/5676",
        "shc:/1/100/5676",
        "shc:/2/1/" + figures(jws()),
        "shc:/" + jws(),
        "shc:/" + figures(jws().rsplit(".", 1)[0]),
        "shc:/" + figures(jws() + ".AAAA"),
        "shc:/" + figures("." + jws()),
        "shc:/" + figures(jws() + "="),
        "shc:/" + figures(".."),
    ],
)
def test_figures_that_are_no_card_are_malformed(text):
    assert error(text) == "malformed"


def test_blanks_around_a_code_and_a_single_part_of_one_are_forgiven():
    assert read(f" \ufeff{card()}\r\n").verified
    assert read("shc:/1/1/" + figures(jws())).verified


@pytest.mark.parametrize("number", ["1/2", "2/2", "99/99"])
def test_a_part_of_a_card_in_several_codes_is_not_called_invalid(number):
    assert error(f"shc:/{number}/{figures(jws())}") == "cannot_verify"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "ES256", "kid": KID},
        HEADER | {"zip": "def"},
        HEADER | {"zip": None},
        HEADER | {"crit": ["b64"], "b64": False},
        {"alg": "ES256", "zip": "DEF"},
        HEADER | {"kid": ""},
        HEADER | {"kid": 7},
        {"zip": "DEF", "kid": KID},
        HEADER | {"alg": ["ES256"]},
        b'{"alg":"none","alg":"ES256","zip":"DEF","kid":"%s"}' % KID.encode(),
        b"[]",
        b"",
        b"\xff",
    ],
)
def test_a_header_that_is_not_the_frameworks_is_malformed(header):
    assert error(card(header=header)) == "malformed"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES384", "ES512", "RS256", "EdDSA", "es256", ""])
def test_no_other_algorithm_counts_whatever_signed(algorithm):
    header = HEADER | {"alg": algorithm}
    assert error(card(header=header)) == "unsupported_algorithm"
    assert error(card(header=header, signed=lambda _s, _k: b"")) == "unsupported_algorithm"
    # Algorithm confusion: the public key as the secret of an HMAC.
    spki = KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert (
        error(card(header=header, signed=lambda s, _k: hashlib.sha256(spki + s).digest()))
        == "unsupported_algorithm"
    )


@pytest.mark.parametrize(
    "made",
    [
        b"",
        bytes(64),
        bytes(63) + b"\1",
        bytes(31) + b"\1" + bytes(32),
        b"\xff" * 64,
        ORDER_P256.to_bytes(32) * 2,
        signature(b"something else"),
        signature(b"x") + b"\0",
        b"\0" + signature(b"x"),
        KEY.sign(b"x", ec.ECDSA(hashes.SHA256())),
    ],
)
def test_a_signature_that_is_none_does_not_hold(made):
    assert error(card(signed=lambda _signed, _key: made)) == "bad_signature"


def test_a_real_signature_padded_or_in_der_does_not_hold():
    assert error(card(signed=lambda s, k: signature(s, k) + b"\0")) == "bad_signature"
    assert error(card(signed=lambda s, k: bytes(1) + signature(s, k))) == "bad_signature"
    assert error(card(signed=lambda s, k: k.sign(s, ec.ECDSA(hashes.SHA256())))) == "bad_signature"
    assert error(card(key=OTHER)) == "bad_signature"


def test_a_key_on_another_curve_is_no_key_of_a_card():
    other = ec.derive_private_key(7, ec.SECP384R1())
    trust = TrustStore((trusted(key_ids=frozenset({KID.encode()})),))
    swapped = TrustStore((replace(trust.keys[0], key=other.public_key()),))
    assert error(card(), swapped) == "unknown_issuer"


@pytest.mark.parametrize(
    "compressed",
    [
        b"",
        minified(payload()),  # not compressed
        zlib.compress(minified(payload())),  # with zlib's header
        deflate(minified(payload()))[:-4],
        deflate(minified(payload())) + b"\0",
        deflate(minified(payload())) + deflate(b"{}"),
        deflate(minified(payload()) + b"x"),
        deflate(b"[" * 30_000 + b"]" * 30_000),
        deflate(b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
        deflate(b'{"iss":"https://a.example",' + minified(payload())[1:]),
        deflate(minified(payload()).replace(b'"nbf":', b'"nbf":NaN,"x":')),
        deflate(minified(payload()).decode().encode("utf-16")),
        deflate(b"null"),
        deflate(b"\xff"),
        deflate(b"1" * 60_000),
    ],
)
def test_a_payload_that_has_no_one_meaning_is_malformed(compressed):
    assert error(card(compressed=compressed)) == "malformed"


def test_a_bomb_is_too_large_before_anything_of_it_is_read():
    assert error(card(compressed=deflate(bytes(64 * 1024 + 1)))) == "too_large"
    assert error(card(compressed=deflate(bytes(5_000_000)))) == "too_large"
    assert error("shc:/" + "56" * 5000) == "too_large"


@pytest.mark.parametrize(
    "claims",
    [
        payload(iss=None),
        payload(iss="http://cards.example.org/issuer"),
        payload(iss=ISS + "/"),
        payload(iss="javascript:alert(1)"),
        payload(iss=["https://cards.example.org/issuer"]),
        payload(nbf=None),
        payload(nbf=str(NBF)),
        payload(nbf=True),
        payload(nbf=-1),
        payload(nbf=BIG),
        payload(exp="never"),
        payload(exp=(NBF + 86400) * 1000),  # milliseconds
        payload(vc={"type": None}),
        payload(vc={"type": ["https://smarthealth.cards#covid19"]}),
        payload(vc={"type": "https://smarthealth.cards#health-card"}),
        payload(vc={"credentialSubject": None}),
        payload(vc={"rid": ""}),
        payload(vc={"rid": "x" * 25}),
        payload(vc={"rid": "a.1636977600"}),
        payload(vc={"rid": 7}),
        payload(PATIENT, PATIENT, dose()),
        payload(PATIENT | {"name": "Chan"}, dose()),
        payload(PATIENT | {"name": [{"family": [7]}]}, dose()),
        payload(PATIENT | {"name": [{"family": "x" * 2000}]}, dose()),
        payload(PATIENT, dose("2021-02-30")),
        payload(PATIENT, dose("2021-13-01")),
        payload(PATIENT, dose("yesterday")),
        payload(PATIENT, dose("20210301")),
        payload(PATIENT, dose("2021-W09-1")),
        payload(PATIENT, dose(20210301)),
        payload(PATIENT, dose("9999-12-31T23:59:59-12:00")),
        payload(PATIENT, dose(vaccineCode="208")),
        payload(PATIENT, lab("2021-02-30T00:00:00Z")),
        payload(PATIENT, *[{"resourceType": "Basic"}] * 300),
        {"iss": ISS, "nbf": NBF, "vc": {"type": ["https://smarthealth.cards#health-card"], "credentialSubject": {"fhirBundle": {"resourceType": "Patient"}}}},
        {"iss": ISS, "nbf": NBF, "vc": {"type": ["https://smarthealth.cards#health-card"], "credentialSubject": {"fhirBundle": []}}},
    ],
)  # fmt: skip
def test_claims_that_are_no_cards_are_malformed(claims):
    assert error(card(claims=claims)) == "malformed"


def test_a_time_of_issue_to_come_makes_a_card_not_yet_valid_and_its_end_makes_it_expired():
    def at(**claims):
        return error(card(claims=payload(**claims)))

    assert at(nbf=AT.timestamp() + 1) == "not_yet_valid"
    assert at(nbf=AT.timestamp() + 0.5) == "not_yet_valid"
    assert at(nbf=AT.timestamp()) is None
    assert at(nbf=NBF * 1000) == "not_yet_valid"  # milliseconds
    assert at(nbf=1e300) == "not_yet_valid"
    assert at(exp=AT.timestamp() - 0.5) == "expired"
    assert at(exp=AT.timestamp() + 1) is None


def test_the_first_fault_in_the_order_of_the_rules_is_told():
    wrong = {"key": OTHER, "claims": payload(nbf=AT.timestamp() + 9)}
    nobody = TrustStore()
    assert error(card(header=HEADER | {"alg": "none"}, compressed=b"x"), nobody) == "malformed"
    assert error(card(header=HEADER | {"alg": "none"}, **wrong), nobody) == "unsupported_algorithm"
    assert error(card(**wrong), nobody) == "unknown_issuer"
    assert error(card(**wrong)) == "bad_signature"
    assert error(card(claims=payload(nbf=AT.timestamp() + 9, exp=NBF))) == "not_yet_valid"


def test_what_a_card_claims_is_shown_and_is_no_evidence():
    proof = read(card(key=OTHER))
    assert proof.facts.doses
    assert proof.evidence is None
    assert proof.marks == proof.identities == ()


# Any text at all

_letters = st.sampled_from("-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")


@given(st.text(st.characters(), max_size=300) | st.text("0123456789/", max_size=300))
@example("")
@example("\ud800")
@example("9" * 4001)
def test_any_text_behind_the_head_ends_in_a_proof(rest):
    proof = smart_health_card.read("shc:/" + rest, trust=TRUST, at=AT)
    assert proof.error in get_args(ProofError)


@given(st.text(_letters, max_size=300), st.binary(max_size=200), st.binary(max_size=80))
def test_any_header_payload_and_signature_end_in_a_proof(header, content, made):
    for text in (f"{header}.{b64(content)}.{b64(made)}", jws(compressed=content, signed=lambda _s, _k: made)):
        assert not smart_health_card.read("shc:/" + figures(text), trust=TRUST, at=AT).verified


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["resourceType", "entry", "resource", "fullUrl", "name", "status", "coding", "code", "system", "type", "given"]
    ), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(_json, _json, _json)
def test_any_signed_json_ends_in_a_proof(claims, found, resource):
    subject = {"credentialSubject": {"fhirBundle": found}}
    for one in (
        claims,
        payload(vc={"credentialSubject": claims}),
        payload(vc=subject),
        payload(PATIENT, dose(vaccineCode=resource)),
        payload(PATIENT, resource),
        payload(PATIENT, lab(effectiveDateTime=resource, valueCodeableConcept=found)),
        payload(nbf=claims, exp=found),
    ):
        proof = read(card(compressed=deflate(json.dumps(one).encode())))
        assert proof.error in {None, *get_args(ProofError)}


@given(st.data())
def test_a_card_with_one_letter_changed_is_never_verified(data):
    text = jws()
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(_letters.filter(lambda one: one != text[place]))
    assert not read("shc:/" + figures(text[:place] + letter + text[place + 1 :])).verified
