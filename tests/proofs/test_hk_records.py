"""What holds of all three records of Hong Kong alike: evil texts are refused, each with the same word."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import assume, given
from hypothesis import strategies as st

from kiosk import HONG_KONG
from kiosk.proofs import recognise
from kiosk.proofs.model import Format, Proof
from kiosk.proofs.trust import TrustedKey, TrustStore
from tests.proofs import test_hk_evt, test_hk_mec
from tests.proofs.records import FIELDS, KEY, sign, signed_text

AT = datetime(2022, 3, 1, 19, 30, tzinfo=HONG_KONG)
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class Kind:
    """One of the records, with a genuine text of it."""

    format: Format
    fields: tuple[str, ...]
    #: How many fields the layout allows, the signature included.
    counts: frozenset[int]

    @property
    def version(self) -> str:
        return self.fields[2].partition(".")[0]

    @property
    def text(self) -> str:
        return signed_text(self.fields)

    def read(self, text: str, *keys: TrustedKey) -> Proof:
        mine = TrustedKey(KEY.public_key(), "Issuer", self.format, self.version)
        return recognise(text, trust=TrustStore(keys or (mine,)), at=AT)


KINDS = [
    Kind("hk-vac", FIELDS, frozenset({19})),
    Kind("hk-evt", test_hk_evt.FIELDS, frozenset({12, 13})),
    Kind("hk-mec", test_hk_mec.FIELDS, frozenset({20})),
]
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.format)
kinds = st.sampled_from(KINDS)


@each_kind
def test_a_genuine_one_is_verified(kind: Kind) -> None:
    proof = kind.read(kind.text)
    assert (proof.format, proof.verified, proof.issuer) == (kind.format, True, "Issuer")


@each_kind
@pytest.mark.parametrize(
    "changes",
    [{2: ""}, {2: "two"}, {2: "3.0.0"}, {2: "\u0663"}, {5: "\u200b"}, {5: "****456(3)\u202e"}, {6: "\x00"}, {7: "a\nb"}],
    ids=repr,
)  # fmt: skip
def test_no_version_or_a_hidden_character_makes_it_malformed_even_when_signed(
    kind: Kind, changes: dict[int, str]
) -> None:
    proof = kind.read(signed_text(kind.fields, changes))
    assert (proof.error, proof.facts) == ("malformed", None)


@each_kind
@pytest.mark.parametrize("count", [3, 11, 12, 13, 14, 18, 19, 20, 21, 40])
def test_the_number_of_fields_is_the_layouts(kind: Kind, count: int) -> None:
    fields = [*kind.fields, *[""] * 40][: count - 1]
    assert (kind.read(signed_text(fields)).error == "malformed") == (count not in kind.counts)


@each_kind
def test_another_hand_does_not_sign_for_the_issuer(kind: Kind) -> None:
    proof = kind.read(signed_text(kind.fields, key=ec.derive_private_key(8, ec.SECP256R1())))
    assert (proof.verified, proof.error, proof.issuer) == (False, "bad_signature", None)


@each_kind
def test_a_key_of_another_format_version_or_curve_verifies_nothing(kind: Kind) -> None:
    public = KEY.public_key()
    other = next(each.format for each in KINDS if each is not kind)
    for key in (
        TrustedKey(public, "x", other, kind.version),
        TrustedKey(public, "x", kind.format, "9"),
        TrustedKey(ec.generate_private_key(ec.SECP384R1()).public_key(), "x", kind.format, kind.version),
    ):
        proof = kind.read(kind.text, key)
        assert (proof.verified, proof.error, proof.issuer) == (False, "cannot_verify", None)


def _der(r: int, s: int) -> str:
    return base64.b64encode(encode_dss_signature(r, s)).decode()


@each_kind
@pytest.mark.parametrize(
    "signature",
    [
        "",
        "=",
        "AAAA",
        _der(0, 0),
        _der(1, 0),
        _der(ORDER, 1),
        base64.b64encode(bytes(64)).decode(),
        "-" * 96,
        "签名",
    ],
)
def test_a_signature_that_is_none_never_holds_whoever_is_trusted(kind: Kind, signature: str) -> None:
    head = kind.text.rpartition("|")[0]
    assert kind.read(f"{head}|{signature}").error == "bad_signature"


@each_kind
def test_the_signature_is_spelt_in_one_way(kind: Kind) -> None:
    head, _, signature = kind.text.rpartition("|")
    der = base64.b64decode(signature)
    r, s = decode_dss_signature(der)
    same_numbers_other_der = base64.b64encode(b"\x30\x81" + der[1:]).decode()
    raw = base64.b64encode(r.to_bytes(32) + s.to_bytes(32)).decode()
    url_safe = signature.replace("+", "-").replace("/", "_")
    spaced = signature[:8] + " " + signature[8:]
    for other in {same_numbers_other_der, raw, url_safe, signature.rstrip("="), spaced} - {signature}:
        assert kind.read(f"{head}|{other}").error == "bad_signature"


@each_kind
def test_the_signature_covers_the_last_bar(kind: Kind) -> None:
    signed = "|".join(kind.fields)
    text = f"{signed}|{base64.b64encode(sign(signed.encode())).decode()}"
    assert kind.read(text).error == "bad_signature"


@given(kind=kinds, data=st.data())
def test_none_with_one_character_changed_verifies(kind: Kind, data: st.DataObject) -> None:
    place, character = data.draw(st.integers(0, len(kind.text) - 1)), data.draw(st.characters())
    assume(character != kind.text[place])
    assert not kind.read(kind.text[:place] + character + kind.text[place + 1 :]).verified


@given(kind=kinds, data=st.data())
def test_none_cut_short_or_with_a_piece_doubled_verifies(kind: Kind, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(kind.text) - 1))
    end = data.draw(st.integers(start + 1, len(kind.text)))
    assert not kind.read(kind.text[:start] + kind.text[end:]).verified
    assert not kind.read(kind.text[:end] + kind.text[start:end] + kind.text[end:]).verified


@given(kind=kinds, data=st.data())
def test_any_fields_after_the_head_end_in_a_proof(kind: Kind, data: st.DataObject) -> None:
    count = data.draw(st.sampled_from(sorted(kind.counts)))
    text = st.text(st.characters(blacklist_characters="|"))
    fields = data.draw(st.lists(text, min_size=count - 2, max_size=count - 2))
    assert not kind.read("|".join([*kind.fields[:2], *fields])).verified
