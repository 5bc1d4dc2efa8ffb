"""Our own codes: what one side writes the other reads, each kind for itself, and for a short time."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import base45
import cbor2
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from kiosk import HONG_KONG
from kiosk.proofs import (
    TrustStore,
    cose,
    health_code,
    inspector_badge,
    recognise,
    rings,
    signed_code,
    strict_base64,
    visit_receipt,
)
from kiosk.proofs.health_code import HealthCode
from kiosk.proofs.inspector_badge import InspectorBadge
from kiosk.proofs.marks import mark
from kiosk.proofs.signed_code import Envelope, Kind
from kiosk.proofs.trust import TrustedKey, TrustError
from kiosk.proofs.visit_receipt import VisitReceipt

KEY = Ed25519PrivateKey.generate()
NOON = datetime(2021, 5, 1, 12, 0, tzinfo=HONG_KONG)
OURS = TrustStore((TrustedKey(KEY.public_key(), "Test central"),))
RECEIPT = VisitReceipt(venue="gxr8l5A6")
GREEN = HealthCode(colour="green", name="CHAN, T** M**", document="****987(6)")
BADGE = InspectorBadge(number="FEHD-0417", name="WONG Siu Ming", department="FEHD")


def envelope(issued: datetime = NOON, life: timedelta = timedelta(minutes=30), **changes: Any) -> Envelope:
    start = int(issued.timestamp())
    values = {"issuer": "Test central", "issued": start, "expires": start + int(life.total_seconds())}
    return Envelope(**(values | {"code_id": bytes(range(16))} | changes))


def receipt(**changes: Any) -> str:
    return visit_receipt.encode(envelope(**changes), RECEIPT, KEY)


def by_hand(kind: Kind, claims: dict[int, Any], *, key: Any = KEY, headers: Any = None) -> str:
    """A code of that kind with whatever within, rightly signed."""
    protected = {1: -8, 4: signed_code.key_id(KEY.public_key()), 16: kind.type} | (headers or {})
    payload = cbor2.dumps(claims)
    signature = key.sign(cose.to_be_signed(cose.protect(protected), payload))
    return kind.prefix + base45.b45encode(cose.encode(protected, payload, signature)).decode()


def claims_of(code: str, kind: Kind) -> dict[int, Any]:
    found: dict[int, Any] = cbor2.loads(cose.parse(base45.b45decode(code.removeprefix(kind.prefix))).payload)
    return found


@pytest.mark.parametrize(
    ("code", "format_"),
    [
        (visit_receipt.encode(envelope(), RECEIPT, KEY), "visit-receipt"),
        (health_code.encode(envelope(), GREEN, KEY), "health-code"),
        (inspector_badge.encode(envelope(), BADGE, KEY), "inspector-badge"),
    ],
)
def test_what_is_written_is_read(code: str, format_: str) -> None:
    proof = recognise(code, trust=OURS, at=NOON)
    assert (proof.format, proof.verified, proof.issuer) == (format_, True, "Test central")
    assert proof.facts is not None
    assert proof.facts.issued_at == NOON
    assert proof.facts.reference == bytes(range(16)).hex()
    assert proof.marks == (mark("certificate", format_, bytes(range(16)), NOON),)


def test_each_kind_says_its_own() -> None:
    first = recognise(receipt(), trust=OURS, at=NOON).facts
    assert first is not None
    assert first.venue is not None
    assert (first.venue.id, first.name, first.doses) == ("gxr8l5A6", None, ())
    second = recognise(health_code.encode(envelope(), GREEN, KEY), trust=OURS, at=NOON).facts
    assert second is not None
    assert (second.health_colour, second.name, second.document) == ("green", "CHAN, T** M**", "****987(6)")
    third = recognise(inspector_badge.encode(envelope(), BADGE, KEY), trust=OURS, at=NOON).facts
    assert third is not None
    assert third.badge is not None
    assert (third.badge.number, third.badge.department, third.name) == ("FEHD-0417", "FEHD", "WONG Siu Ming")


@pytest.mark.parametrize(
    ("after", "error"),
    [
        (timedelta(seconds=-1), "not_yet_valid"),
        (timedelta(), None),
        (timedelta(minutes=30), None),
        (timedelta(minutes=30, seconds=1), "expired"),
    ],
)
def test_a_code_holds_between_its_times(after: timedelta, error: str | None) -> None:
    assert recognise(receipt(), trust=OURS, at=NOON + after).error == error


def test_a_health_code_ends_with_its_day() -> None:
    late = datetime(2021, 5, 1, 23, 40, tzinfo=HONG_KONG)
    code = health_code.encode(envelope(late, timedelta(minutes=19, seconds=59)), GREEN, KEY)
    assert recognise(code, trust=OURS, at=datetime(2021, 5, 1, 23, 59, 59, tzinfo=HONG_KONG)).verified
    assert recognise(code, trust=OURS, at=datetime(2021, 5, 2, 0, 0, tzinfo=HONG_KONG)).error == "expired"
    with pytest.raises(ValueError, match="ends with its day"):
        health_code.encode(envelope(late, timedelta(minutes=20)), GREEN, KEY)


@pytest.mark.parametrize(
    ("kind", "life"),
    [
        (visit_receipt.KIND, timedelta(hours=1)),
        (health_code.KIND, timedelta(days=1)),
        (inspector_badge.KIND, timedelta(days=7)),
    ],
)
def test_no_code_outlives_its_kind(kind: Kind, life: timedelta) -> None:
    body = {"visit-receipt": RECEIPT, "health-code": GREEN, "inspector-badge": BADGE}[str(kind.format)]
    with pytest.raises(ValueError, match="longer than"):
        signed_code.encode(kind, envelope(life=life + timedelta(seconds=1)), body, KEY)
    claims = claims_of(signed_code.encode(kind, envelope(life=life), body, KEY), kind)
    claims[4] += 1
    assert recognise(by_hand(kind, claims), trust=OURS, at=NOON).error == "malformed"


def test_a_receipt_is_no_badge_whatever_it_begins_with() -> None:
    as_badge = receipt().replace("VKR1:", "VKB1:")
    assert recognise(as_badge, trust=OURS, at=NOON).error == "malformed"


def test_a_key_vouches_only_for_its_kind() -> None:
    ring = TrustStore((TrustedKey(KEY.public_key(), "Test central", "health-code"),))
    assert recognise(receipt(), trust=ring, at=NOON).error == "unknown_issuer"


def test_another_key_of_the_same_id_does_not_help_a_forger() -> None:
    forger = Ed25519PrivateKey.generate()
    code = by_hand(visit_receipt.KIND, claims_of(receipt(), visit_receipt.KIND), key=forger)
    assert recognise(code, trust=OURS, at=NOON).error == "bad_signature"
    both = TrustStore(
        tuple(
            TrustedKey(key.public_key(), name, key_ids=frozenset({signed_code.key_id(KEY.public_key())}))
            for key, name in ((forger, "another of this id"), (KEY, "Test central"))
        )
    )
    assert recognise(receipt(), trust=both, at=NOON).issuer == "Test central"


def test_a_key_of_another_kind_is_no_key_of_ours() -> None:
    other = TrustStore((TrustedKey(ec.generate_private_key(ec.SECP256R1()).public_key(), "another"),))
    assert recognise(receipt(), trust=other, at=NOON).error == "unknown_issuer"


@pytest.mark.parametrize("algorithm", [-7, -37, 5, -8.0, True, None, "EdDSA"])
def test_another_algorithm_is_not_tried(algorithm: Any) -> None:
    code = by_hand(visit_receipt.KIND, claims_of(receipt(), visit_receipt.KIND), headers={1: algorithm})
    assert recognise(code, trust=OURS, at=NOON).error == "unsupported_algorithm"


@pytest.mark.parametrize(
    "change",
    [
        {1: ""},
        {1: b"Test central"},
        {4: True},
        {4: 1619841600.0},
        {6: -1},
        {6: 2**40},
        {7: b"short"},
        {8: "another claim"},
        {-70001: {"venue": "gxr8l5A"}},
        {-70001: {"venue": "gxr8l5A6", "more": 1}},
        {-70001: None},
    ],
)
def test_other_claims_are_malformed(change: dict[int, Any]) -> None:
    claims = claims_of(receipt(), visit_receipt.KIND) | change
    assert recognise(by_hand(visit_receipt.KIND, claims), trust=OURS, at=NOON).error == "malformed"


def test_a_code_has_one_spelling() -> None:
    code = receipt()
    for other in (code + "\n0", code.lower(), code[:-1], code + "0", code.replace("VKR1:", "VKR1: ")):
        assert recognise(other, trust=OURS, at=NOON).error in {"malformed", "bad_signature", "unknown_format"}


def test_its_cbor_has_one_spelling_too() -> None:
    parts = cbor2.loads(base45.b45decode(receipt().removeprefix("VKR1:"))).value
    head, payload, signature = parts[0], parts[2], parts[3]
    frames = [
        cbor2.dumps(list(parts)),  # without its tag
        cbor2.dumps(cbor2.CBORTag(61, cbor2.CBORTag(18, list(parts)))),
        b"\xd2\x9f" + b"".join(cbor2.dumps(part) for part in parts) + b"\xff",  # of no told length
        b"\xd8\x12" + cbor2.dumps(list(parts)),  # the tag in two octets
    ]
    for other in (b"\xbf" + payload[1:] + b"\xff", b"\xb8\x05" + payload[1:]):
        signed = KEY.sign(cose.to_be_signed(head, other))
        frames.append(cbor2.dumps(cbor2.CBORTag(18, [head, {}, other, signed])))
    frames.append(cbor2.dumps(cbor2.CBORTag(18, [head, {}, payload, signature])))
    errors = [
        recognise("VKR1:" + base45.b45encode(frame).decode(), trust=OURS, at=NOON).error for frame in frames
    ]
    assert errors == ["malformed"] * 6 + [None]


def test_it_has_the_headers_of_its_kind_and_no_other() -> None:
    for headers in ({5: b"iv"}, {4: "key"}):
        code = by_hand(visit_receipt.KIND, claims_of(receipt(), visit_receipt.KIND), headers=headers)
        assert recognise(code, trust=OURS, at=NOON).error == "malformed"


def test_a_header_outside_the_signature_makes_it_malformed() -> None:
    parts = list(cbor2.loads(base45.b45decode(receipt().removeprefix("VKR1:"))).value)
    parts[1] = {4: b"another"}
    text = "VKR1:" + base45.b45encode(cbor2.dumps(cbor2.CBORTag(18, parts))).decode()
    assert recognise(text, trust=OURS, at=NOON).error == "malformed"


@given(st.binary(max_size=300), st.sampled_from(["VKR1:", "VKH1:", "VKB1:"]))
def test_any_octets_end_in_an_answer(data: bytes, prefix: str) -> None:
    text = prefix + base45.b45encode(data).decode()
    assert recognise(text, trust=OURS, at=NOON).error in {"malformed", "unsupported_algorithm"}


@given(st.integers(min_value=0, max_value=271), st.sampled_from("0A$: "))
def test_a_changed_figure_never_verifies(place: int, figure: str) -> None:
    code = receipt()
    place %= len(code)
    changed = code[:place] + figure + code[place + 1 :]
    assert changed == code or not recognise(changed, trust=OURS, at=NOON).verified


def ring(folder: Path, **changes: Any) -> Path:
    info = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key = {"format": "visit-receipt", "key": strict_base64.encode(info), "source": "test"} | changes
    file = folder / "ring.yaml"
    file.write_text(yaml.safe_dump({"issuer": "Ours", "demo": False, "keys": [key]}))
    return file


def test_our_keys_come_from_a_ring(tmp_path: Path) -> None:
    store = rings.load(ring(tmp_path), production=True)
    assert recognise(receipt(), trust=store, at=NOON).issuer == "Ours"
    with pytest.raises(TrustError, match="picks its keys by their id"):
        rings.load(ring(tmp_path, version="1"), production=True)


def test_our_rings_hold_ed25519_keys(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(TrustError, match="Ed25519"):
        rings.load(ring(tmp_path, key=strict_base64.encode(info)), production=True)


def test_a_receipt_names_nobody() -> None:
    payload = cose.parse(base45.b45decode(receipt().removeprefix("VKR1:"))).payload
    assert set(cbor2.loads(payload)[-70001]) == {"venue"}
