"""EU certificates that mean harm, or only well: each ends in the answer that the layers promise, in their order."""

from __future__ import annotations

import hmac
import zlib
from datetime import timedelta

import base45
import cbor2
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.proofs import recognise
from kiosk.proofs.marks import Mark
from kiosk.proofs.trust import TrustStore
from tests.proofs.dcc import (
    AT,
    EC,
    ED,
    EDDSA,
    ES256,
    HS256,
    KID,
    OTHER_EC,
    P384,
    PS256,
    RECOVERY,
    RSA,
    TEST,
    VACCINATION,
    claims,
    code,
    digest,
    seconds,
    sign,
    signed_claims,
    store,
    trusted,
    wrap,
)

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # the order of P-256
OTHER_KID = b"otherkid"


def read(text, trust=None, at=AT, **options):
    return recognise(text, trust=store() if trust is None else trust, at=at, **options)


def error(text, trust=None, **options):
    return read(text, trust, **options).error


@pytest.mark.parametrize("content", [VACCINATION, TEST, RECOVERY])
def test_a_certificate_of_a_trusted_issuer_is_verified(content):
    proof = read(code(content).text)
    assert (proof.format, proof.verified, proof.issuer) == ("eu-dcc", True, "Issuer of the tests")
    assert proof.facts.name == "Chan, Tai Man"


@pytest.mark.parametrize(
    ("key", "algorithm"), [(EC, ES256), (P384, ES256), (RSA, PS256)], ids=["P-256", "P-384", "RSA"]
)
def test_both_algorithms_hold_with_keys_of_their_kind(key, algorithm):
    text = code(key=key, protected={1: algorithm, 4: KID}).text
    assert read(text, store(trusted(key))).verified


# Which key


def test_the_protected_key_id_counts_before_the_other():
    text = code(protected={1: ES256, 4: KID}, unprotected={4: OTHER_KID}).text
    assert read(text).verified
    text = code(protected={1: ES256, 4: OTHER_KID}, unprotected={4: KID}).text
    assert error(text) == "unknown_issuer"


def test_the_key_id_may_stand_in_the_unprotected_header_alone():
    assert read(code(protected={1: ES256}, unprotected={4: KID}).text).verified
    assert error(code(protected={1: ES256}, unprotected={4: OTHER_KID}).text) == "unknown_issuer"


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_keys_with_one_id_each_is_tried(first):
    keys = [trusted(OTHER_EC, issuer="Another"), trusted()]
    proof = read(code().text, store(keys[first], keys[1 - first]))
    assert (proof.verified, proof.issuer) == (True, "Issuer of the tests")


def test_of_two_certificates_of_one_key_the_one_that_holds_counts():
    past = trusted(issuer="Past", valid_until=AT - timedelta(days=1))
    assert read(code().text, store(past, trusted(issuer="Present"))).issuer == "Present"
    assert read(code().text, store(past)).error == "expired"


def test_a_key_without_an_id_is_tried_whatever_the_code_names():
    bare = store(trusted(key_ids=None))
    assert read(code().text, bare).verified
    assert read(code(protected={1: ES256}).text, bare).verified
    assert error(code().text, store(trusted(OTHER_EC, key_ids=None))) == "bad_signature"


def test_a_code_that_names_no_key_does_not_make_us_try_a_world_of_them():
    nameless = code(protected={1: ES256}).text
    assert read(nameless).verified
    many = [trusted(OTHER_EC, key_ids=frozenset({number.to_bytes(8)})) for number in range(2000)]
    assert error(nameless, store(*many, trusted())) == "unknown_issuer"
    assert read(code().text, store(*many, trusted())).verified


def test_a_key_of_another_format_vouches_for_no_certificate():
    assert error(code().text, store(trusted(format="vds-nc"))) == "unknown_issuer"


def test_no_key_at_all_is_an_unknown_issuer():
    assert error(code().text, TrustStore()) == "unknown_issuer"


def test_the_key_that_the_code_brings_along_is_not_believed():
    public = EC.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    # x5chain, x5u and a COSE_Key, where other protocols look for keys.
    headers = {33: public, 35: "https://issuer.example/key", -1: {1: 2}}
    text = code(protected={1: ES256, 4: KID} | headers, unprotected=headers).text
    assert error(text, store(trusted(OTHER_EC))) == "bad_signature"
    assert error(text, TrustStore()) == "unknown_issuer"


# Which signature


@pytest.mark.parametrize(
    "signature",
    [
        bytes(64),
        bytes(63) + b"\x01",
        N.to_bytes(32) * 2,
        b"\xff" * 64,
        b"",
        bytes(32),
        bytes(96),
        sign(EC, code().signed) + b"\x00",
        b"\x00" + sign(EC, code().signed),
        bytes(2) + sign(EC, code().signed)[:32] + bytes(2) + sign(EC, code().signed)[32:],
        sign(EC, code().signed)[:-1],
        EC.sign(code().signed, ec.ECDSA(hashes.SHA256())),
        sign(OTHER_EC, code().signed),
        sign(EC, code().payload),
    ],
    ids=lambda signature: f"{len(signature)}-{signature[:4].hex()}",
)
def test_what_is_no_signature_of_the_key_over_this_content_is_a_bad_one(signature):
    assert error(code(signature=signature).text) == "bad_signature"


def test_the_headers_are_signed_too():
    signature = sign(EC, code(protected={4: KID, 1: ES256}).signed)
    assert error(code(signature=signature).text) == "bad_signature"


def _pss(salt: int) -> bytes:
    said = code(key=RSA, protected={1: PS256, 4: KID})
    return RSA.sign(said.signed, padding.PSS(padding.MGF1(hashes.SHA256()), salt), hashes.SHA256())


@pytest.mark.parametrize(
    "signature",
    [
        _pss(0),
        _pss(222),
        RSA.sign(code(protected={1: PS256, 4: KID}).signed, padding.PKCS1v15(), hashes.SHA256()),
        bytes(256),
        b"\xff" * 256,
        bytes(255) + b"\x01",
    ],
    ids=["no salt", "long salt", "PKCS1", "zero", "ones", "one"],
)
def test_an_rsa_signature_is_pss_with_its_salt_or_a_bad_one(signature):
    text = code(protected={1: PS256, 4: KID}, signature=signature).text
    assert error(text, store(trusted(RSA))) == "bad_signature"


def test_a_weak_rsa_key_vouches_for_nothing():
    weak = rsa.generate_private_key(65537, 1024)
    text = code(key=weak, protected={1: PS256, 4: KID}).text
    assert error(text, store(trusted(weak))) == "bad_signature"


@pytest.mark.parametrize(
    ("algorithm", "signer", "owner"),
    [
        (ES256, RSA, RSA),
        (PS256, EC, EC),
        (ES256, ED, ED),
        (ES256, EC, RSA),
        (PS256, RSA, EC),
        (ES256, EC, P384),
        (ES256, P384, EC),
    ],
)
def test_an_algorithm_is_bound_to_its_kind_of_key(algorithm, signer, owner):
    text = code(key=signer, protected={1: algorithm, 4: KID}).text
    assert error(text, store(trusted(owner))) == "bad_signature"


@pytest.mark.parametrize("algorithm", [EDDSA, HS256, -257, -35, -36, 0, None, "ES256", True, -7.5, ...])
def test_any_other_algorithm_is_unsupported_whoever_signed(algorithm):
    protected = {4: KID} | ({} if algorithm is ... else {1: algorithm})
    for key in (EC, ED, RSA):
        assert error(code(key=key, protected=protected).text, store(trusted(key))) == "unsupported_algorithm"


def test_a_public_key_is_no_secret_to_authenticate_with():
    public = EC.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    said = code(protected={1: HS256, 4: KID})
    tag = hmac.new(public, said.signed, "sha256").digest()
    assert error(code(protected={1: HS256, 4: KID}, signature=tag).text) == "unsupported_algorithm"


def test_the_other_half_of_a_signature_makes_the_same_certificate():
    said = code()
    signature = sign(EC, said.signed)
    twin = signature[:32] + (N - int.from_bytes(signature[32:])).to_bytes(32)
    one, other = read(code(signature=signature).text), read(code(signature=twin).text)
    assert one.verified
    assert other.verified
    assert one.identities == other.identities
    assert one.marks == other.marks


# What the key may do, and when


@pytest.mark.parametrize(
    ("content", "usage"), [(VACCINATION, "vaccination"), (TEST, "test"), (RECOVERY, "recovery")]
)
def test_a_key_vouches_for_its_own_kind_of_event(content, usage):
    text = code(content).text
    for usages in ({usage}, {usage, "test"}, None):
        assert read(text, store(trusted(usages=usages and frozenset(usages)))).verified
    for usages in ({"vaccination", "test", "recovery"} - {usage}, set()):
        proof = read(text, store(trusted(usages=frozenset(usages))))
        assert (proof.error, proof.issuer) == ("wrong_key_usage", "Issuer of the tests")


ISSUED, EXPIRES = AT - timedelta(days=1), AT + timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("key", "at", "expected"),
    [
        ({}, ISSUED, None),
        ({}, ISSUED - SECOND, "not_yet_valid"),
        ({}, EXPIRES, None),
        ({}, EXPIRES + SECOND, "expired"),
        ({"valid_from": ISSUED, "valid_until": EXPIRES}, AT, None),
        ({"valid_from": ISSUED + SECOND}, AT, "not_yet_valid"),
        ({"valid_until": EXPIRES - SECOND}, AT, "expired"),
        ({"valid_until": AT - SECOND}, AT, "expired"),
    ],
)
def test_it_holds_from_its_issue_to_its_expiry_and_within_its_keys_life(key, at, expected):
    said = claims() | {4: EXPIRES.timestamp(), 6: ISSUED.timestamp()}
    assert error(signed_claims(said), store(trusted(**key)), at=at) == expected


@pytest.mark.parametrize("missing", [4, 6])
def test_a_date_that_is_not_said_is_the_keys_own(missing):
    said = claims()
    del said[missing]
    trust = store(trusted(valid_from=AT - SECOND, valid_until=AT + SECOND))
    said |= {} if missing == 6 else {6: AT.timestamp()}
    said |= {} if missing == 4 else {4: AT.timestamp()}
    assert read(signed_claims(said), trust).verified
    assert read(signed_claims(said), trust, at=AT + 2 * SECOND).error == "expired"
    assert read(signed_claims(said), trust, at=AT - 2 * SECOND).error == "not_yet_valid"


def test_a_certificate_may_begin_to_hold_later_than_it_is_issued():
    assert error(signed_claims(claims() | {5: AT.timestamp() + 1})) == "not_yet_valid"
    assert read(signed_claims(claims() | {5: AT.timestamp()})).facts.valid_from == AT


def test_a_sample_that_lies_ahead_is_no_evidence():
    ahead = (AT + SECOND).isoformat()
    assert error(code(TEST, sc=ahead).text) == "not_yet_valid"
    assert read(code(TEST, sc=AT.isoformat()).text).verified


def test_a_dose_that_lies_ahead_stays_for_the_law_to_count_from_its_day():
    proof = read(code(dt="2022-12-31").text)
    assert proof.verified
    assert proof.facts.doses[0].date.isoformat() == "2022-12-31"


# The layers


def test_a_text_has_one_spelling():
    text = code().text
    body = text.removeprefix("HC1:")
    for other in (
        f"HC1:{body.lower()}",
        f"HC1:\n{body}",
        f"HC1:{body[:9]}\n{body[9:]}",
        f"HC1:{body[:-1]}",
        f"HC1:{body}0",
        f"HC1:{body}00",
        f"HC1:{body}===",
        f"HC1:HC1:{body}",
        f"HC1:{body[:-3]}:::",
        "HC1:" + body.replace("0", "\N{FULLWIDTH DIGIT ZERO}"),
        "HC1:",
    ):
        assert error(other) == "malformed", other[:20]


def _packed(data: bytes) -> str:
    return "HC1:" + base45.b45encode(data).decode()


def test_the_compressed_stream_is_one_and_whole():
    stream = zlib.compress(code().cose)
    assert read(_packed(stream)).verified
    for other in (
        code().cose,  # not compressed
        stream[:-1],
        stream[:-4],
        stream + b"\x00",
        stream + stream,
        stream[2:-4],  # bare deflate
        zlib.compress(b""),
        stream[:-1] + bytes([stream[-1] ^ 1]),
    ):
        assert error(_packed(other)) == "malformed"


def test_a_bomb_is_too_large():
    assert error(_packed(zlib.compress(bytes(4 * 2**20), 9))) == "too_large"
    said = code().payload
    assert error(wrap(cbor2.dumps(cbor2.CBORTag(18, [b"", {}, said + bytes(65536), b""])))) == "too_large"


@pytest.mark.parametrize(
    "cose",
    [
        code().cose + b"\x00",
        code().cose + code().cose,
        b"\xd1" + code().cose[1:],  # COSE_Mac0
        b"\xd8\x62" + code().cose[1:],  # COSE_Sign
        b"\xd8\x3d" + code().cose[1:],  # a CWT without COSE
        cbor2.dumps([code().head, {}, code().payload]),
        cbor2.dumps([code().head, {}, code().payload, b"", b""]),
        cbor2.dumps([code().head, {}, None, sign(EC, code().signed)]),  # the payload elsewhere
        cbor2.dumps([{1: ES256}, {}, code().payload, b""]),
        cbor2.dumps([code().head, [], code().payload, b""]),
        cbor2.dumps([b"\xa2\x01\x26\x01\x05", {}, code().payload, b""]),  # the algorithm twice
        b"\x84\x40\xa2\x04\x41a\x04\x41b\x41\xa0\x40",  # the key id twice
        code(
            protected={1: ES256, 4: KID, 2: [99], 99: 1}
        ).cose,  # a header that must be understood, and is not
        code(protected={1: ES256, 4: KID, 2: 99}).cose,
        code(unprotected={2: [4]}).cose,  # such a list is signed
        b"\x81" * 60,
        b"\xd2\x84" * 60,
        b"",
    ],
    ids=lambda cose: cose[:8].hex(),
)
def test_what_is_not_one_cose_sign1_is_malformed(cose):
    assert error(wrap(cose)) == "malformed"


def test_headers_that_must_be_understood_and_are_harm_nothing():
    assert read(code(protected={1: ES256, 4: KID, 2: [1, 4]}).text).verified


def test_the_tags_before_it_may_be_there_or_not():
    for before in (b"", b"\xd2", b"\xd8\x3d\xd2"):
        assert read(wrap(before + code().cose[1:])).verified


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xa0",
        cbor2.dumps([]),
        cbor2.dumps({-260: {}}),
        cbor2.dumps({-260: {1: []}}),
        cbor2.dumps({-260: {1: {}}}),
        cbor2.dumps({-260: {2: VACCINATION}}),
        cbor2.dumps(claims({})),
        cbor2.dumps(claims({"v": []})),
        cbor2.dumps(claims({"v": VACCINATION["v"] * 2})),
        cbor2.dumps(claims(VACCINATION | TEST)),
        cbor2.dumps(claims(VACCINATION | {"r": [None]})),
        cbor2.dumps(claims({"v": {"0": VACCINATION["v"][0]}})),
        cbor2.dumps(claims({"v": ["x"]})),
        cbor2.dumps(claims()) + b"\x00",
        cbor2.dumps(claims()).replace(b"\x62dn", b"\x62dt"),  # a key twice
        cbor2.dumps(claims() | {5: {"a": [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}}),
        cbor2.dumps(claims(ci="x" * 301)),
        *(
            cbor2.dumps(claims() | {label: wrong})
            for label in (4, 5, 6)
            for wrong in (float("nan"), float("inf"), -1e300, 10**18, "1683000000", True, [], b"x")
        ),
        *(cbor2.dumps(claims(dn=wrong)) for wrong in (-1, 0, 1.5, float("nan"), 1e300, 100, "2", True, [2])),
        *(cbor2.dumps(claims(sd=wrong)) for wrong in (-1, 1.5, float("nan"))),
        *(
            cbor2.dumps(claims(dt=wrong))
            for wrong in (
                "2021-02-29",
                "2021-13-01",
                "15-10-2021",
                "2021-1-1",
                "2021-W01-1",
                "x",
                20211015,
                1.5,
                ["2021"],
            )
        ),
        *(
            cbor2.dumps(claims(TEST, sc=wrong))
            for wrong in (
                "2022-05-31T24:15:12Z",
                "2022-02-30T17:15:12Z",
                "T17:15:12Z",
                float("nan"),
                1654017312,
                {},
            )
        ),
        *(cbor2.dumps(claims(RECOVERY, **{key: "2022-02-30"})) for key in ("df", "du")),
    ],
)
def test_what_grants_something_has_a_meaning_or_the_certificate_is_malformed(payload):
    assert error(code(payload).text) == "malformed"


def test_the_answers_come_in_the_order_of_the_layers():
    nobody = TrustStore()
    forged = bytes(64)
    assert error(code(b"\xa0", protected={1: HS256}).text, nobody) == "malformed"
    assert error(code(protected={1: HS256, 4: KID}).text, nobody) == "unsupported_algorithm"
    assert error(code(signature=forged).text, nobody) == "unknown_issuer"
    late, foreign = {"valid_until": AT - SECOND}, {"usages": frozenset()}
    assert error(code(signature=forged).text, store(trusted(**late, **foreign))) == "bad_signature"
    assert error(code().text, store(trusted(**late, **foreign))) == "wrong_key_usage"
    assert error(code().text, store(trusted(**late))) == "expired"


def test_a_refused_certificate_still_shows_what_it_claims():
    for text, trust in ((code().text, TrustStore()), (code(signature=bytes(64)).text, store())):
        proof = read(text, trust)
        assert proof.facts.doses
        assert proof.evidence is None
        assert not (proof.marks or proof.identities)


# Under which names it is revoked, and known again


def test_its_marks_are_those_of_the_eus_lists():
    proof = read(code().text)
    uci = "URN:UVCI:01:HK:ABC123#7"
    issued = proof.facts.issued_at
    assert set(proof.marks) == {
        Mark("eu-uci", KID.hex(), digest(uci), issued),
        Mark("eu-country-uci", KID.hex(), digest("HK" + uci), issued),
        Mark("eu-signature", KID.hex(), digest(sign(EC, code().signed)[:32]), issued),
    }


def test_the_whole_signature_is_hashed_for_rsa():
    said = code(key=RSA, protected={1: PS256, 4: KID})
    signature = sign(RSA, said.signed)
    proof = read(code(protected=said.protected, signature=signature).text, store(trusted(RSA)))
    assert digest(signature) in {mark.digest for mark in proof.marks if mark.kind == "eu-signature"}


@pytest.mark.parametrize("kind", ["eu-uci", "eu-country-uci", "eu-signature"])
def test_a_listed_certificate_is_revoked_whatever_its_unsigned_parts_say(kind):
    listed = {
        mark
        for mark in read(code(protected={1: ES256}, unprotected={4: KID}).text).marks
        if mark.kind == kind
    }
    assert len(listed) == 1
    for unprotected in ({4: KID}, {}, {4: "text"}, {4: KID, 7: b"more"}):
        proof = read(code(protected={1: ES256}, unprotected=unprotected).text, revoked=listed)
        assert (proof.verified, proof.error) == (False, "revoked")


@pytest.mark.parametrize(
    "uci",
    [
        "URN:UVCI:01:HK:ABC123#7",
        "urn:uvci:01:hk:abc123#7",
        "URN:UVCI:01:HK:ABC123",
        "01:HK:ABC123#7",
        " 01:HK:ABC123 ",
    ],
)
def test_one_certificate_has_one_identity_in_every_writing(uci):
    assert read(code(ci=uci).text).identities == read(code().text).identities == ("HK|01:HK:ABC123",)


def test_other_certificates_and_other_countries_have_other_identities():
    same = read(code().text).identities
    assert read(code(ci="URN:UVCI:01:HK:ABC124#7").text).identities != same
    assert read(signed_claims(claims() | {1: "SG"})).identities != same
    for nothing in (..., "", " ", "URN:UVCI:", "#7", None):
        assert read(code(ci=nothing).text).identities == ()


def test_the_name_in_the_passports_letters_stands_beside_the_persons_own():
    content = VACCINATION | {"nam": {"fn": "陳", "gn": "大文", "fnt": "CHAN", "gnt": "TAI<MAN"}}
    proof = read(code(content).text)
    assert (proof.facts.name, proof.also_named) == ("陳, 大文", "CHAN, TAI MAN")
    assert "CHAN" not in repr(proof)


# Anything at all


@given(st.text(st.characters(), max_size=300) | st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"))
@example("")
@example("6BF" * 2000)
def test_any_text_after_the_prefix_ends_in_an_answer(text):
    assert not read("HC1:" + text).verified


@given(st.binary(max_size=400), st.booleans())
def test_any_octets_end_in_an_answer(data, squeezed):
    proof = read(_packed(zlib.compress(data) if squeezed else data))
    assert proof.error in {"malformed", "too_large"}


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(max_size=12)
    | st.binary(max_size=8)
    | st.datetimes(timezones=st.timezones())
    | st.sampled_from(
        ["840539006", "2021-10-15", "2021-10", "2022-05-31T17:15:12Z", "0000-00-00", seconds("2022-05-01")]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*"vtr", 1, "nam", "dob", "dn", "dt", "sc", "tg", "ci", "fn"]), inner, max_size=4
        )
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([1, 4, 5, 6]), values), st.sampled_from("vtr"), values, st.data())
def test_any_signed_content_ends_in_an_answer(said, kind, name, data):
    base = {"v": VACCINATION, "t": TEST, "r": RECOVERY}[kind]
    changes = data.draw(st.dictionaries(st.sampled_from(sorted(base[kind][0])), values, max_size=3))
    content = claims(base, **changes) | said
    content[-260][1] |= {"nam": name, "dob": name}
    proof = read(signed_claims(content))
    assert proof.verified is (proof.error is None)
    assert proof.error in {None, "malformed", "not_yet_valid", "expired"}


@given(
    st.dictionaries(st.integers(-300, 40), values, max_size=4),
    st.dictionaries(st.integers(1, 8), values, max_size=3),
)
def test_any_headers_end_in_an_answer(protected, unprotected):
    proof = read(code(protected=protected, unprotected=unprotected).text)
    assert proof.error in {None, "malformed", "unsupported_algorithm", "unknown_issuer", "bad_signature"}
