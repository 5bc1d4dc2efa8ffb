"""The VCI directory's snapshot: nothing before its signature, and of the content only what can be used safely."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st

from kiosk.proofs import jose, recognise, revocation, vci
from kiosk.proofs.trust import TrustError, TrustStore
from tests.proofs.cards import AT, ISS, KEY, KID, OTHER, card, payload

VECTORS = Path(os.environ.get("KIOSK_VECTORS", Path(__file__).parents[2].parent / "shared" / "vectors"))
LOGS = VECTORS / "vci-directory" / "logs"
needs_vectors = pytest.mark.skipif(not LOGS.is_dir(), reason=f"no vectors at {VECTORS}: see the README")
PINNED = Path(__file__).parents[2] / "config" / "signers" / "vci-directory.pem"
SIGNER = ec.derive_private_key(20220317, ec.SECP521R1())
_SHA512 = ec.ECDSA(hashes.SHA512())


def published():
    return (LOGS / "vci_snapshot.json").read_bytes(), (LOGS / "vci_snapshot.sig").read_bytes()


def pinned():
    return vci.signer_key(PINNED.read_bytes())


def jwk(key=KEY, **changes):
    point = key.public_key().public_numbers()
    return {
        "kty": "EC",
        "kid": jose.thumbprint(key.public_key()),
        "use": "sig",
        "alg": "ES256",
        "crv": "P-256",
        "x": jose.encode_url(point.x.to_bytes(32)),
        "y": jose.encode_url(point.y.to_bytes(32)),
    } | changes


def entry(*keys, iss=ISS, name="Clinic", **changes):
    return {"issuer": {"iss": iss, "name": name}, "keys": list(keys), "lastRetrieved": "2021-05-01"} | changes


def listed(kid=KID, **changes):
    return {"kid": kid, "method": "rid", "ctr": 1, "rids": ["MKyCxh7p6uQ"]} | changes


def snapshot(*entries, signer=SIGNER, **changes):
    said = {"directory": "https://x", "time": "2021-05-01T04:00:00Z", "issuerInfo": list(entries)} | changes
    content = json.dumps(said).encode()
    return vci.read_snapshot(content, signer.sign(content, _SHA512), SIGNER.public_key())


# The directory itself


@needs_vectors
def test_the_published_snapshot_holds_under_the_key_that_we_pinned():
    found = vci.read_snapshot(*published(), pinned())
    assert found.issued_at == datetime(2026, 8, 22, 4, 43, 50, tzinfo=UTC)
    assert found.issuers == 651
    assert len(found.keys) == 959
    # Two issuers cut the leading zero of a coordinate off, and named the key after what was left.
    assert [(one.reason, one.issuer.split("/")[2]) for one in found.left_out] == [
        ("no_key", "soap.bassett.org"),
        ("no_key", "fhir.dchstx.org"),
    ]


@needs_vectors
def test_each_key_of_the_directory_is_bound_to_its_issuers_address_and_to_smart_cards():
    found = vci.read_snapshot(*published(), pinned())
    assert all(key.address and key.address.startswith("https://") for key in found.keys)
    assert {key.format for key in found.keys} == {"smart-health-card"}
    assert all(key.issuer and key.key_ids and not key.demo for key in found.keys)
    california = [key for key in found.keys if key.issuer == "State of California"]
    assert {key.address for key in california} == {"https://myvaccinerecord.cdph.ca.gov/creds"}
    # Many issuers share a key; each of them counts for its own address only.
    shared = Counter(next(iter(key.key_ids)) for key in found.keys)
    assert max(shared.values()) > 100


@needs_vectors
def test_the_directorys_six_revocation_lists_are_taken():
    found = vci.read_snapshot(*published(), pinned())
    assert sorted((len(batch), batch.number) for batch in found.revocations) == [
        (0, 1),
        (0, 1),
        (0, 1),
        (17, 4),
        (555, 556),
        (771, 69),
    ]


@needs_vectors
@pytest.mark.parametrize("place", [0, 1000, -1])
def test_a_snapshot_with_one_octet_changed_is_not_read(place):
    content, signature = published()
    changed = bytearray(content)
    changed[place] ^= 1
    with pytest.raises(TrustError, match="its signature does not hold"):
        vci.read_snapshot(bytes(changed), signature, pinned())


# Snapshots of our own


def test_a_card_is_verified_by_what_a_snapshot_brings_and_revoked_by_its_list():
    found = snapshot(entry(jwk(), crls=[listed()]))
    trust = TrustStore(found.keys)
    proof = recognise(card(), trust=trust, at=AT)
    assert (proof.verified, proof.issuer) == (True, "Clinic")
    lists = revocation.Revocations(found.revocations)
    assert recognise(card(), trust=trust, at=AT, revoked=lists).error == "revoked"


def test_an_issuer_of_the_directory_cannot_sign_in_anothers_name():
    found = snapshot(entry(jwk()), entry(jwk(OTHER), iss="https://cards.example.org/another"))
    header = {"zip": "DEF", "alg": "ES256", "kid": jose.thumbprint(OTHER.public_key())}
    forged = card(claims=payload(), header=header, key=OTHER)
    assert recognise(forged, trust=TrustStore(found.keys), at=AT).error == "unknown_issuer"


def test_an_issuer_cannot_revoke_with_anothers_key():
    found = snapshot(entry(jwk()), entry(iss="https://cards.example.org/another", crls=[listed()]))
    assert found.revocations == ()
    assert [one.reason for one in found.left_out] == ["foreign_list"]


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (jwk(use="enc"), "other_use"),
        (jwk(alg="ES384"), "other_use"),
        (jwk(alg=None), "other_use"),
        (jwk(kty="RSA"), "no_key"),
        (jwk(crv="P-384"), "no_key"),
        (jwk(x=jwk(OTHER)["x"]), "no_key"),  # a point beside the curve
        (jwk(x=jwk()["x"] + "="), "no_key"),
        (jwk(x=7), "no_key"),
        (jwk(kid="another"), "other_key_id"),
        (jwk(kid=None), "other_key_id"),
        (jwk(kid=jwk(OTHER)["kid"]), "other_key_id"),
        ({}, "other_use"),
    ],
)
def test_a_key_that_is_not_as_the_framework_asks_is_left_out_and_counted(key, reason):
    found = snapshot(entry(key, jwk(OTHER)))
    assert [one.reason for one in found.left_out] == [reason]
    assert [one.address for one in found.keys] == [ISS]


@pytest.mark.parametrize(
    "iss", ["http://cards.example.org", "https://cards.example.org/", "", "cards.example.org"]
)
def test_the_keys_of_an_issuer_without_an_https_address_are_left_out(iss):
    assert [one.reason for one in snapshot(entry(jwk(), iss=iss)).left_out] == ["address"]


def test_a_key_that_stands_once_for_each_of_its_certificates_is_one_key():
    found = snapshot(entry(jwk(), jwk(x5c=["MII="])))
    assert (len(found.keys), found.left_out) == (1, ())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"method": "hmac-patient"}, "no_list"),
        ({"rids": "MKyCxh7p6uQ"}, "no_list"),
        ({"rids": ["MKyCxh7p6uQ.soon"]}, "no_list"),
        ({"ctr": "soon"}, "no_list"),
        ({"ctr": None}, "no_list"),
        ({"kid": "another"}, "foreign_list"),
    ],
)
def test_a_broken_list_is_left_out_and_the_issuers_keys_stay(changes, reason):
    found = snapshot(entry(jwk(), crls=[listed(**changes)]))
    assert [one.reason for one in found.left_out] == [reason]
    assert (len(found.keys), found.revocations) == (1, ())


def test_a_lists_number_may_stand_in_quotes():
    assert [batch.number for batch in snapshot(entry(jwk(), crls=[listed(ctr="7")])).revocations] == [7]


def test_an_issuer_without_a_name_is_shown_by_its_address():
    assert [key.issuer for key in snapshot(entry(jwk(), name=" ")).keys] == [ISS]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"time": "yesterday"}, "time: "),
        ({"time": "2021-05-01T04:00:00"}, "time: "),
        ({"issuerInfo": {}}, "issuerInfo: "),
        ({"issuerInfo": [{"issuer": {}, "keys": []}]}, "issuerInfo.0.issuer.iss: "),
        ({"issuerInfo": [entry("a key")]}, "issuerInfo.0.keys.0: "),
    ],
)
def test_what_is_signed_and_no_snapshot_is_refused_with_its_place(changes, said):
    with pytest.raises(TrustError) as caught:
        snapshot(**changes)
    assert said in str(caught.value)
    assert caught.value.mend


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"time":1,"time":2}', b"[" * 100_000])
def test_signed_octets_that_are_no_snapshot_are_refused(content):
    with pytest.raises(TrustError):
        vci.read_snapshot(content, SIGNER.sign(content, _SHA512), SIGNER.public_key())


def test_another_signer_and_another_hash_are_refused():
    with pytest.raises(TrustError, match="its signature does not hold"):
        snapshot(entry(jwk()), signer=ec.derive_private_key(3, ec.SECP521R1()))
    content = b"{}"
    with pytest.raises(TrustError, match="its signature does not hold"):
        vci.read_snapshot(content, SIGNER.sign(content, ec.ECDSA(hashes.SHA256())), SIGNER.public_key())


@given(st.binary(max_size=200))
def test_no_octets_are_a_signature_by_chance(signature):
    with pytest.raises(TrustError, match="its signature does not hold"):
        vci.read_snapshot(b"{}", signature, SIGNER.public_key())


def test_a_signers_key_comes_as_a_certificate_or_bare_and_nothing_else_does():
    bare = SIGNER.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert vci.signer_key(bare).public_numbers() == SIGNER.public_key().public_numbers()
    assert pinned().curve.name == "secp521r1"
    other = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    pem = other.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for wrong in (b"", b"hello", pem, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        with pytest.raises(TrustError, match="signer of the VCI snapshot"):
            vci.signer_key(wrong)
