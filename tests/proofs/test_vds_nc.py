"""ICAO's seals: the certificate inside is only a name until somebody that we trust vouches for it."""

from __future__ import annotations

import base64
import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
import rfc8785
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import assume, example, given
from hypothesis import strategies as st

from kiosk.proofs import recognise, rings, valuesets, vds_nc
from kiosk.proofs.marks import mark
from kiosk.proofs.model import ProofError
from kiosk.proofs.trust import TrustedKey, TrustStore
from tests.proofs.seals import (
    AT,
    ORDER,
    OTHER,
    SEAL,
    SIGNER,
    authority_key,
    certificate,
    raw,
    sampled,
    seal,
    url,
    vaccination,
)

VECTORS = Path(os.environ.get("KIOSK_VECTORS", Path(__file__).parents[3] / "shared" / "vectors"))
ICAO = VECTORS / "vds-nc" / "icao"
needs_vectors = pytest.mark.skipif(not ICAO.is_dir(), reason=f"no vectors in {VECTORS}: set KIOSK_VECTORS")

CSCA = authority_key("P-384")
CSCA_DER = certificate(CSCA, CSCA, subject="CSCA", ca=True, hash_=hashes.SHA384())
SIGNER_DER = certificate(SIGNER, CSCA, hash_=hashes.SHA384())


def store(*ders):
    return rings.from_base64([base64.b64encode(der).decode() for der in ders])


def spki(key):
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


TRUST = store(CSCA_DER)


def read(text, trust=TRUST, at=AT):
    return recognise(text, trust=trust, at=at)


def doses(proof):
    return [(dose.date.isoformat(), dose.product) for dose in proof.facts.doses]


# The three seals that nobody here wrote.

EMBEDDED = {
    "single-vaccine.txt": (datetime(2021, 6, 1, tzinfo=UTC), ["2021-03-03"]),
    "test.txt": (datetime(2021, 6, 1, tzinfo=UTC), []),
    # Signed by a certificate that strict parsers refuse, wrapped in a list, and set out in lines.
    "jpn-triple-vaccine.txt": (datetime(2022, 1, 1, tzinfo=UTC), ["2021-03-01", "2021-03-23", "2021-12-01"]),
}


def vector(file):
    text = (ICAO / file).read_text(encoding="utf-8")
    value = json.loads(text)
    embedded = (value[0] if isinstance(value, list) else value)["sig"]["cer"]
    return text, base64.urlsafe_b64decode(embedded + "==")


@needs_vectors
@pytest.mark.parametrize("file", EMBEDDED)
def test_a_seal_in_the_field_is_verified_under_its_certificate_and_under_no_other(file):
    text, embedded = vector(file)
    at, days = EMBEDDED[file]
    proof = read(text, store(embedded), at)
    assert (proof.verified, proof.format, proof.error) == (True, "vds-nc", None)
    assert [day for day, _ in doses(proof)] == days
    for trust in (store(SIGNER_DER, CSCA_DER), store(spki(OTHER)), TrustStore()):
        other = read(text, trust, at)
        assert (other.verified, other.error, other.issuer, other.evidence) == (
            False,
            "unknown_issuer",
            None,
            None,
        )
        assert other.facts == proof.facts


@needs_vectors
@pytest.mark.parametrize("file", EMBEDDED)
def test_a_seal_in_the_field_does_not_outlive_its_certificate(file):
    text, embedded = vector(file)
    assert read(text, store(embedded), datetime(2021, 1, 1, tzinfo=UTC)).error == "not_yet_valid"
    assert read(text, store(embedded), datetime(2032, 1, 1, tzinfo=UTC)).error == "expired"


@needs_vectors
def test_a_seal_in_the_field_changed_by_one_letter_is_not_believed():
    text, embedded = vector("jpn-triple-vaccine.txt")
    at, _ = EMBEDDED["jpn-triple-vaccine.txt"]
    assert read(text.replace("MIYAKE", "MIYAKI"), store(embedded), at).error == "bad_signature"


@needs_vectors
def test_what_the_seals_in_the_field_say():
    text, embedded = vector("test.txt")
    facts = read(text, store(embedded), datetime(2021, 6, 1, tzinfo=UTC)).facts
    (test,) = facts.tests
    assert (test.date, test.negative, test.method) == (date(2020, 12, 12), True, "pcr")
    assert (facts.name, facts.document, facts.reference) == ("Cook Gerald", "E1234567P", "U01932")
    text, embedded = vector("jpn-triple-vaccine.txt")
    facts = read(text, store(embedded), datetime(2022, 1, 1, tzinfo=UTC)).facts
    assert (facts.name, facts.birth_date, facts.dose_count) == ("MIYAKE SHOTA", "1991-02-18", 3)


# Whose word counts.


@pytest.mark.parametrize(
    ("kind", "hash_", "pss"),
    [
        ("P-256", hashes.SHA256(), False),
        ("P-384", hashes.SHA384(), False),
        ("P-521", hashes.SHA512(), False),
        ("Brainpool-384", hashes.SHA384(), False),
        ("RSA-2048", hashes.SHA256(), False),
        ("RSA-2048", hashes.SHA512(), False),
        ("RSA-2048", hashes.SHA256(), True),
        ("RSA-2048", hashes.SHA384(), True),
    ],
)
def test_an_authority_vouches_for_its_signers(kind, hash_, pss):
    csca = authority_key(kind)
    authority = certificate(csca, csca, subject="CSCA", ca=True, hash_=hash_, pss=pss)
    text = seal(cer=certificate(SIGNER, csca, hash_=hash_, pss=pss))
    for trust in (store(authority), store(spki(csca))):
        proof = read(text, trust)
        assert (proof.verified, proof.issuer) == (True, trust.keys[0].issuer)
    namesake = store(certificate(OTHER, OTHER, subject="CSCA", ca=True))
    assert read(text, namesake).error == "unknown_issuer"


def test_an_authority_does_not_vouch_with_a_broken_digest():
    csca = authority_key("RSA-2048")
    weak = certificate(SIGNER, csca, hash_=hashes.SHA224())
    assert read(seal(cer=weak), store(spki(csca))).error == "unknown_issuer"


@pytest.mark.parametrize("trusted", [SIGNER_DER, spki(SIGNER)], ids=["certificate", "bare key"])
def test_a_signer_that_is_trusted_itself_needs_no_authority(trusted):
    assert read(seal(cer=SIGNER_DER), store(trusted)).verified


def test_a_key_that_only_the_code_brings_along_is_believed_by_nobody():
    own = certificate(OTHER, OTHER, subject="CSCA", ca=True)
    assert read(seal(cer=own, key=OTHER)).error == "unknown_issuer"
    child = certificate(OTHER, OTHER)
    assert read(seal(cer=child, key=OTHER)).error == "unknown_issuer"


def test_an_authority_of_the_same_name_that_did_not_sign_vouches_for_nothing():
    impostor = authority_key("P-256")
    text = seal(cer=certificate(OTHER, impostor), key=OTHER)
    assert read(text).error == "unknown_issuer"


def test_only_authorities_sign_certificates():
    # The holder of a signer's key makes a certificate for a friend.
    friend = certificate(OTHER, SIGNER, issuer="Signer")
    assert read(seal(cer=friend, key=OTHER), store(SIGNER_DER)).error == "unknown_issuer"


def test_there_is_no_second_link():
    # An authority's child that says it is an authority, too.
    middle = certificate(SIGNER, CSCA, subject="Middle", ca=True)
    leaf = certificate(OTHER, SIGNER, issuer="Middle")
    assert read(seal(cer=leaf, key=OTHER), store(CSCA_DER)).error == "unknown_issuer"
    assert read(seal(cer=leaf, key=OTHER), store(CSCA_DER, middle)).verified  # unless we trust it ourselves


def test_the_signature_is_that_of_the_key_in_the_certificate():
    for text in (seal(cer=SIGNER_DER, key=OTHER), seal(cer=CSCA_DER)):
        assert read(text, store(CSCA_DER)).error == "bad_signature"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"usages": (x509.ObjectIdentifier("1.3.6.1.4.1.1847.2021.1.2"),)}, "wrong_key_usage"),
        ({"usages": (x509.ExtendedKeyUsageOID.SERVER_AUTH,)}, "wrong_key_usage"),
        ({"usages": (x509.ExtendedKeyUsageOID.SERVER_AUTH, SEAL)}, None),
        ({"usages": ()}, None),
        ({"purpose": "key_cert_sign"}, "wrong_key_usage"),
        ({"years": (2019, 2021)}, "expired"),
        ({"years": (2023, 2031)}, "not_yet_valid"),
    ],
)
def test_a_signer_is_held_to_the_usage_and_dates_of_its_certificate(changes, error):
    signer = certificate(SIGNER, CSCA, **changes)
    for trust in (store(CSCA_DER), store(signer)):
        proof = read(seal(cer=signer), trust)
        assert (proof.verified, proof.error) == (error is None, error)
        assert proof.issuer == trust.keys[0].issuer


@pytest.mark.parametrize(("years", "error"), [((2015, 2022), "expired"), ((2023, 2035), "not_yet_valid")])
def test_a_signer_falls_with_its_authority(years, error):
    old = certificate(CSCA, CSCA, subject="CSCA", ca=True, years=years)
    assert read(seal(cer=SIGNER_DER), store(old)).error == error
    assert read(seal(cer=SIGNER_DER), store(old, CSCA_DER)).verified


def test_the_code_cannot_give_a_trusted_key_a_longer_life():
    ended = certificate(SIGNER, CSCA, years=(2019, 2021))
    self_made = certificate(SIGNER, SIGNER, years=(2019, 2050))
    assert read(seal(cer=self_made), store(ended)).error == "expired"


def test_a_key_for_another_format_vouches_for_no_seal():
    bound = TrustedKey(SIGNER.public_key(), "EU", "eu-dcc")
    assert read(seal(cer=SIGNER_DER), TrustStore((bound,))).error == "unknown_issuer"
    demo = TrustedKey(SIGNER.public_key(), "DEMO x", "vds-nc", demo=True)
    proof = read(seal(cer=SIGNER_DER), TrustStore((demo,)))
    assert (proof.verified, proof.demo, proof.issuer) == (True, True, "DEMO x")


def test_a_ring_may_hold_an_authority_by_its_certificate(tmp_path):
    keys = [{"format": "vds-nc", "key": base64.b64encode(CSCA_DER).decode(), "source": "the test"}]
    file = tmp_path / "utopia.yaml"
    file.write_text(yaml.safe_dump({"issuer": "Utopia", "keys": keys}), encoding="utf-8")
    trust = rings.load(file, production=True)
    proof = read(seal(cer=SIGNER_DER), trust)
    assert (proof.verified, proof.issuer) == (True, "Utopia")
    # Its dates and its uses came along: it does not sign seals itself, and it ends.
    assert read(seal(cer=certificate(CSCA, CSCA)), trust).error == "bad_signature"
    assert read(seal(cer=SIGNER_DER), trust, datetime(2032, 1, 1, tzinfo=UTC)).error == "expired"


# Signatures that are none.


@pytest.mark.parametrize("alg", ["ES384", "none", "HS256", "es256", "RS256", ""])
def test_no_other_algorithm_is_believed_whatever_the_code_says(alg):
    for trust in (TRUST, store(SIGNER_DER), TrustStore()):
        assert read(seal(cer=SIGNER_DER, alg=alg), trust).error == "unsupported_algorithm"


def test_a_key_of_another_curve_signs_no_seal():
    other = ec.generate_private_key(ec.SECP384R1())
    text = seal(cer=certificate(other, CSCA), key=SIGNER)
    assert read(text).error == "bad_signature"
    text = seal(cer=certificate(authority_key("RSA-2048"), CSCA), key=SIGNER)
    assert read(text).error == "bad_signature"


_R, _S = (raw(SIGNER, rfc8785.dumps(vaccination()))[n : n + 32] for n in (0, 32))


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        bytes(64),
        bytes(32) + _S,
        _R + bytes(32),
        ORDER.to_bytes(32) + ORDER.to_bytes(32),
        _R + _S + b"\0",
        b"\0" + _R + _S,
        _R + _S[:-1],
        SIGNER.sign(rfc8785.dumps(vaccination()), ec.ECDSA(hashes.SHA256())),
    ],
)
def test_a_signature_that_is_none_never_holds(signature):
    assert read(seal(cer=SIGNER_DER, sigvl=url(signature))).error == "bad_signature"


@pytest.mark.parametrize("sigvl", ["!", "AAAA====", "é", url(_R + _S)[:-2] + "B=", url(_R + _S) + "\n"])
def test_a_signature_that_is_no_base64url_never_holds(sigvl):
    assert read(seal(cer=SIGNER_DER, sigvl=sigvl)).error == "bad_signature"


def test_the_padding_of_base64url_may_be_left_out():
    text = seal(cer=SIGNER_DER)
    assert "=" in text
    assert read(text.replace("=", "")).verified


def test_the_malleable_twin_of_a_seal_is_the_same_certificate():
    text = seal(cer=SIGNER_DER)
    block = json.loads(text)
    signature = base64.urlsafe_b64decode(block["sig"]["sigvl"])
    twin_s = ORDER - int.from_bytes(signature[32:])
    block["sig"]["sigvl"] = url(signature[:32] + twin_s.to_bytes(32))
    one, twin = read(text), read(json.dumps(block))
    assert twin.verified
    assert twin.identities == one.identities == ("UTO|U32870",)
    assert twin.marks == one.marks == (mark("certificate", "UTO", "U32870"),)


# One value, whatever its spelling.


def respelt(text, spelling):
    value = json.loads(text)
    if spelling == "list":
        return json.dumps([value])
    if spelling == "lines":
        return json.dumps(value, indent=4, ensure_ascii=True)
    if spelling == "reversed":
        return json.dumps(_reversed(value))
    if spelling == "escapes":
        return text.replace("é", "\\u00e9").replace("SMITH", "\\u0053MITH").replace("UTO", "\\u0055T\\u004f")
    assert spelling == "float"
    return text.replace('"v": 1', '"v": 1.0').replace('"seq": 2', '"seq": 2e0')


def _reversed(value):
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("spelling", ["list", "lines", "reversed", "escapes", "float"])
def test_spellings_of_one_canonical_form_are_one_certificate(spelling):
    text = seal(vaccination(pid={"n": "SMITH ANDRÉ é", "dob": "1990-01-02"}), cer=SIGNER_DER)
    one, other = read(text), read(respelt(text, spelling))
    assert text != respelt(text, spelling)
    assert other.verified
    assert (other.facts, other.identities, other.marks) == (one.facts, one.identities, one.marks)


@pytest.mark.parametrize(
    "change",
    [
        ('"uvci": "U32870"', '"uvci": "U32870", "uvci": "U99"'),
        ('"uvci": "U32870"', '"uvci": "U32870", "uvc\\u0069": "U32870"'),
        ('"data":', '"data": {}, "data":'),
        ('"alg": "ES256"', '"alg": "none", "alg": "ES256"'),
        ('"seq": 1', '"seq": 1.5'),
        ('"seq": 1', '"seq": 1e400'),
        ('"seq": 1', '"seq": NaN'),
        ('"seq": 1', '"seq": 9007199254740993'),
        ('"seq": 1', '"seq": 9007199254740993.0'),
        ('"seq": 1', f'"seq": {"9" * 5000}'),
        ("SMITH", "\\ud800"),
        ('"lot": "VC35679"', f'"lot": {"[" * 20}{"]" * 20}'),
        ('"lot": "VC35679"', f'"lot": {"[" * 2500}{"]" * 2500}'),
        ('"dvc": "2021-03-03"', '"dvc": "2021-02-30"'),
        ('"dvc": "2021-03-03"', '"dvc": "03/03/2021"'),
        ('"dvc": "2021-03-03"', '"dvc": 20210303'),
        ('"dvc": "2021-03-03"', '"dvc": "0001-01-01T00:00:00+14:00"'),
        ('"dvc": "2021-03-03",', ""),
        ('"ve":', '"tr": {"tc": "antigen", "r": "negative"}, "ve":'),
        ('"ve":', '"vx":'),
        ('"pid":', '"pidd":'),
        ('"hdr":', '"head":'),
        ('"is": "UTO"', '"iss": "UTO"'),
        ('"cer": "', '"cer": "!'),
        ('"cer": "M', '"cer": "N'),
        ('"sigvl":', '"sigval":'),
    ],
)
def test_what_readers_could_take_for_different_things_is_malformed(change):
    before, after = change
    text = seal(cer=SIGNER_DER)
    assert before in text
    for trust in (TRUST, TrustStore()):
        proof = read(text.replace(before, after, 1), trust)
        assert (proof.verified, proof.error, proof.facts) == (False, "malformed", None)


@pytest.mark.parametrize(
    "wrap", ["[{0}, {0}]", "[[{0}]]", "[]", '{{"data": 1, "sig": 2}}', "{0}{0}", "{0} x"]
)
def test_one_seal_stands_alone(wrap):
    text = wrap.format(seal(cer=SIGNER_DER))
    assert read(text).error == ("malformed" if '"sig"' in text else "unknown_format")


def test_a_seal_of_many_events_is_refused():
    event = vaccination()["msg"]["ve"][0]
    assert read(seal(vaccination(ve=[event | {"vd": []}] * 33), cer=SIGNER_DER)).error == "malformed"


@pytest.mark.parametrize(
    ("header", "error"),
    [
        ({"v": 2}, "cannot_verify"),
        ({"v": 0}, "cannot_verify"),
        ({"t": "icao.visa"}, "unknown_format"),
        ({"t": ""}, "unknown_format"),
        ({"v": "one"}, "malformed"),
    ],
)
def test_other_seals_of_icao_are_not_ours_to_judge(header, error):
    data = vaccination()
    data["hdr"] |= header
    proof = read(seal(data, cer=SIGNER_DER))
    assert (proof.verified, proof.error) == (False, error)


# What it says.


def test_the_doses_of_a_proof_of_vaccination():
    proof = read(seal(cer=SIGNER_DER))
    assert doses(proof) == [("2021-03-03", "Comirnaty"), ("2021-03-24", "Comirnaty")]
    facts = proof.facts
    assert (facts.name, facts.document, facts.birth_date) == ("SMITH BILL", "A1234567Z", "1990-01-02")
    assert (facts.dose_count, facts.reference) == (2, "U32870")


def event(**changes):
    return {
        "des": "XM0GQ8",
        "nam": "Comirnaty",
        "dis": "RA01.0",
        "vd": [{"dvc": "2021-03-03", "seq": "1"}],
    } | changes


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([event(), event()], [("2021-03-03", "Comirnaty")]),
        ([event(nam="")], [("2021-03-03", "COVID-19 vaccine, RNA based")]),
        ([event(nam="", des=" xm8nq0 ")], [("2021-03-03", "Comirnaty")]),
        ([event(dis=None)], [("2021-03-03", "Comirnaty")]),
        ([event(dis="", des="XM1LR5", nam="Influenza vaccine")], []),
        ([event(dis="1E30")], []),
        ([event(dis="RA02")], []),
        ([event(dis="", des="")], []),
        ([event(vd=[{"dvc": "2021-03"}])], [("2021-03-31", "Comirnaty")]),
        ([event(vd=[{"dvc": " 2021-03-03 "}])], [("2021-03-03", "Comirnaty")]),
        ([event(vd=[{"dvc": "2021-03-03T23:30:00-05:00"}])], [("2021-03-04", "Comirnaty")]),
        ([event(vd=[])], []),
        ([], []),
    ],
)
def test_a_dose_counts_once_and_only_against_covid(events, expected):
    proof = read(seal(vaccination(ve=events), cer=SIGNER_DER))
    assert proof.verified
    assert doses(proof) == expected


@pytest.mark.parametrize(
    ("seq", "count"), [("2", 2), (3, 3), ("second", None), (None, None), (True, None), ([], None)]
)
def test_the_number_of_a_dose_is_a_figure_or_nothing(seq, count):
    events = [event(vd=[{"dvc": "2021-03-03", "seq": seq}])]
    assert read(seal(vaccination(ve=events), cer=SIGNER_DER)).facts.dose_count == count


def test_a_dose_after_the_visit_stays_for_the_law_to_judge():
    proof = read(seal(vaccination(ve=[event(vd=[{"dvc": "2022-02-01"}])]), cer=SIGNER_DER))
    assert proof.verified
    assert doses(proof)[0][0] == "2022-02-01"


def test_a_sample_counts_on_hong_kongs_date():
    proof = read(seal(sampled(), cer=SIGNER_DER))
    assert proof.verified
    (test,) = proof.facts.tests
    assert (test.date, test.negative, test.positive, test.method) == (date(2022, 1, 15), True, False, "pcr")
    assert proof.facts.document == "E1234567P"


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"tc": "molecular (PCR)", "r": "Negative"}, (True, False, "pcr")),
        ({"tc": "antigen", "r": "positive"}, (False, True, "antigen")),
        ({"tc": "molecular(other)", "r": "negative"}, (True, False, "unknown")),
        ({"tc": "molecular(PCR)", "r": "normal"}, (False, False, "pcr")),
        ({"tc": "molecular(PCR)", "r": "abnormal"}, (False, False, "pcr")),
        ({"tc": "molecular(PCR)", "r": "not negative"}, (False, False, "pcr")),
        ({"tc": "molecular(PCR)"}, (False, False, "pcr")),
        ({"tc": "antibody", "r": "negative"}, None),
    ],
)
def test_an_unknown_word_grants_nothing(result, expected):
    proof = read(seal(sampled(tr=result), cer=SIGNER_DER))
    assert proof.verified
    found = [(test.negative, test.positive, test.method) for test in proof.facts.tests]
    assert found == ([] if expected is None else [expected])


@pytest.mark.parametrize("which", ["sc", "ri"])
def test_a_sample_or_report_from_after_the_visit_is_not_yet_valid(which):
    later = {"sc": "2022-01-14", "ri": "2022-01-14"} | {which: (AT + timedelta(minutes=1)).isoformat()}
    proof = read(seal(sampled(dat=later), cer=SIGNER_DER))
    assert (proof.verified, proof.error, proof.evidence) == (False, "not_yet_valid", None)


@pytest.mark.parametrize(
    "data",
    [
        sampled(ve=[]),
        sampled(tr=None),
        sampled(dat=None),
        sampled(dat={"sc": ""}),
        sampled(dat={"sc": "2022-01-32"}),
    ],
)
def test_a_proof_of_testing_without_a_test_is_malformed(data):
    assert read(seal(data, cer=SIGNER_DER)).error == "malformed"


def test_characters_that_hide_or_turn_others_are_not_shown():
    proof = read(seal(vaccination(pid={"n": "SMITH\u202e  BILL\u200b"}), cer=SIGNER_DER))
    assert proof.facts.name == "SMITH BILL"


def test_a_seal_without_a_number_has_no_identity():
    proof = read(seal(vaccination(uvci=None), cer=SIGNER_DER))
    assert proof.verified
    assert (proof.identities, proof.marks) == ((), ())


def test_every_code_of_the_value_set_is_against_covid():
    values = valuesets.load("icao")
    assert {"XM68M6", "XM0GQ8", "XM8NQ0", "XM7HT3"} <= {*values.products, *values.kinds}
    assert "XM1LR5" not in {*values.products, *values.kinds}  # influenza
    assert not {*values.products} & {*values.kinds}


# Any text.

SIGNED = seal(cer=SIGNER_DER)
END = SIGNED.index('"sig"')


@given(place=st.integers(0, END - 1), character=st.characters())
def test_no_seal_with_one_character_of_its_data_changed_says_something_else(place, character):
    assume(character != SIGNED[place])
    proof = read(SIGNED[:place] + character + SIGNED[place + 1 :])
    assert not proof.verified or proof.facts == read(SIGNED).facts  # a blank may become another blank


@given(st.data())
def test_no_seal_with_one_octet_of_its_certificate_changed_is_believed(data):
    place = data.draw(st.integers(0, len(SIGNER_DER) - 1))
    octet = data.draw(st.integers(0, 255))
    assume(octet != SIGNER_DER[place])
    changed = SIGNER_DER[:place] + bytes([octet]) + SIGNER_DER[place + 1 :]
    proof = read(seal(cer=changed))
    assert proof.error in {"malformed", "unknown_issuer"}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "hdr",
                    "msg",
                    "t",
                    "v",
                    "is",
                    "uvci",
                    "pid",
                    "n",
                    "ve",
                    "vd",
                    "dvc",
                    "des",
                    "dis",
                    "tr",
                    "tc",
                    "dat",
                    "sc",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@given(values, values)
@example({"hdr": {"t": "icao.vacc", "v": 1, "is": "UTO"}, "msg": {"pid": {}, "ve": [{"vd": [{}]}]}}, {})
def test_any_json_ends_in_a_proof(message, block):
    data = {"hdr": {"t": "icao.vacc", "v": 1, "is": "UTO"}, "msg": message}
    for value in ({"data": message, "sig": block}, {"data": data, "sig": json.loads(SIGNED)["sig"]}):
        proof = vds_nc.read(json.dumps(value), trust=TRUST, at=AT)
        assert not proof.verified
        assert proof.error in get_args(ProofError)


@given(st.text(max_size=200))
def test_any_text_with_the_right_words_ends_in_a_proof(middle):
    text = '{"data"' + middle + '"sig"}'
    assert vds_nc.claims(text)
    assert read(text).error in {"malformed", "unknown_format"}
