"""Whose keys count: rings are read once and strictly, and a demo's never in production."""

from __future__ import annotations

import base64
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from kiosk.demo.authority import Authority, AuthorityError
from kiosk.errors import DocumentError
from kiosk.proofs import recognise, rings
from kiosk.proofs.trust import DemoTrustError, TrustError
from tests.proofs.records import AT, KEY, public_der, record

DER = public_der()
BASE64 = base64.b64encode(DER).decode()


def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    now = datetime(2021, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), 1, now, now + timedelta(days=900))
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def ring(folder, name="ring.yaml", **changes):
    content = {
        "issuer": "Somebody",
        "demo": False,
        "keys": [{"format": "hk-vac", "version": "3", "key": BASE64, "source": "the test"}],
    } | changes
    file = folder / name
    file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return file


def read(trust, text=None):
    return recognise(text or record(), trust=trust, at=AT)


def test_a_ring_vouches_in_the_name_of_its_issuer(tmp_path):
    for path in (ring(tmp_path), tmp_path):
        trust = rings.load(path, production=True)
        assert read(trust).issuer == "Somebody"
        assert not trust.is_demo


def test_a_key_counts_for_its_own_version_and_format_only(tmp_path):
    trust = rings.load(ring(tmp_path), production=True)
    assert read(trust, record({2: "4.00"})).error == "cannot_verify"
    keys = [{"format": "hk-evt", "version": "3", "key": BASE64, "source": "the test"}]
    assert read(rings.load(ring(tmp_path, keys=keys), production=True)).error == "cannot_verify"


def test_a_demo_ring_serves_a_demo_and_is_refused_in_production(tmp_path):
    file = ring(tmp_path, demo=True, issuer="DEMO somebody")
    trust = rings.load(file, production=False)
    assert trust.is_demo
    assert read(trust).verified
    assert read(trust).demo
    for path in (file, tmp_path):
        with pytest.raises(DemoTrustError, match="DEMO somebody is a demo authority") as caught:
            rings.load(path, production=True)
        assert caught.value.where == f"{file}:2"
        assert caught.value.mend


def test_one_demo_ring_among_others_is_refused_in_production(tmp_path):
    genuine = ring(tmp_path, "a.yaml")
    demo = ring(tmp_path, "b.yaml", demo=True, issuer="DEMO somebody")
    assert rings.load(genuine, demo, production=False).is_demo
    with pytest.raises(DemoTrustError):
        rings.load(genuine, demo, production=True)


@pytest.mark.parametrize("changes", [{"demo": False, "issuer": "DEMO x"}, {"demo": True, "issuer": "HKSARG"}])
def test_a_demo_issuer_says_so_and_nobody_else_does(tmp_path, changes):
    with pytest.raises(TrustError, match="begins with DEMO"):
        rings.load(ring(tmp_path, **changes), production=False)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ({"key": "AAAA"}, "no public key"),
        ({"key": BASE64[:-1]}, "not base64"),
        ({"key": 7}, "must be a public key"),
        ({"format": "hk-vax"}, "hk-vac"),
        ({"version": "3.00"}, "pattern"),
        ({"colour": "red"}, "unknown field"),
    ],
)
def test_a_fault_in_a_ring_is_named_with_file_and_line(tmp_path, key, said):
    entry = {"format": "hk-vac", "version": "3", "key": BASE64, "source": "the test"} | key
    file = ring(tmp_path, keys=[entry])
    with pytest.raises(TrustError, match=said) as caught:
        rings.load(file, production=False)
    assert str(caught.value).startswith(f"{file}:")


@pytest.mark.parametrize(
    "content",
    [
        DER,
        BASE64.encode(),
        f"-----BEGIN PUBLIC KEY-----\n{BASE64[:64]}\n{BASE64[64:]}\n-----END PUBLIC KEY-----\n".encode(),
        certificate(),
        base64.encodebytes(certificate()),
    ],
    ids=["DER", "base64", "PEM", "certificate", "certificate in base64"],
)
def test_a_bare_key_is_tried_on_every_version_but_never_in_production(tmp_path, content):
    file = tmp_path / "key"
    file.write_bytes(content)
    trust = rings.load(file, production=False)
    for version in ("3.00", "9.00"):
        proof = read(trust, record({2: version}))
        assert proof.verified
        assert proof.issuer.startswith("key ")
    with pytest.raises(TrustError, match="names no issuer"):
        rings.load(file, production=True)


@pytest.mark.parametrize(("year", "error"), [(2020, "not_yet_valid"), (2022, None), (2024, "expired")])
def test_a_key_in_a_certificate_counts_while_the_certificate_holds(year, error):
    trust = rings.from_base64([base64.b64encode(certificate()).decode()])
    proof = recognise(record(), trust=trust, at=datetime(year, 6, 30, tzinfo=UTC))
    assert (proof.error, proof.issuer is not None) == (error, True)


def test_bare_keys_in_base64_replace_a_store():
    other = base64.b64encode(public_der(ec.derive_private_key(9, ec.SECP256R1()))).decode()
    assert read(rings.from_base64([other, BASE64])).verified
    assert read(rings.from_base64([other])).error == "bad_signature"
    assert read(rings.from_base64([])).error == "cannot_verify"
    assert read(rings.from_base64([base64.b64encode(certificate()).decode()])).verified
    assert read(rings.from_base64([base64.encodebytes(certificate()).decode()])).verified  # in lines


@pytest.mark.parametrize("broken", ["", "AAAA", "x", BASE64 + "=", "é"])
def test_a_broken_bare_key_is_named_by_its_place(broken):
    with pytest.raises(TrustError) as caught:
        rings.from_base64([BASE64, broken])
    assert caught.value.where == "trust 2"


def test_der_that_is_no_key_of_ours_vouches_for_nothing_and_spoils_nothing():
    odd = base64.b64encode(bytes.fromhex("3003020101")).decode()
    behind = base64.b64encode(certificate() + b"more").decode()
    assert read(rings.from_base64([odd, behind, BASE64])).verified
    assert rings.from_base64([odd, behind]).keys == ()


@pytest.mark.parametrize("time", [b"2021010100.00", b"0000010100.0Z"])
def test_a_certificate_whose_times_are_nobodys_is_none(time):
    der = certificate().replace(b"\x17\x0d210101000000Z", b"\x18\x0d" + time, 1)
    assert time in der
    assert rings.from_base64([base64.b64encode(der).decode()]).keys == ()


def test_a_path_that_holds_no_key_is_refused(tmp_path):
    (tmp_path / "text").write_bytes(b"\xff\x00")
    for path in (tmp_path, tmp_path / "gone.yaml", tmp_path / "gone", tmp_path / "text"):
        with pytest.raises(DocumentError, match=str(path)):
            rings.load(path, production=False)


def test_a_store_does_not_change(tmp_path):
    trust = rings.load(ring(tmp_path), production=True)
    with pytest.raises(FrozenInstanceError):
        trust.keys = ()


def test_a_key_of_another_kind_verifies_no_record():
    other = ed25519.Ed25519PrivateKey.generate().public_key()
    der = other.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    trust = rings.from_base64([base64.b64encode(der).decode()])
    assert read(trust).error == "cannot_verify"


def test_a_demo_authority_keeps_its_key_to_itself_and_stays_the_same(tmp_path):
    authority = Authority.open(tmp_path / "a" / "b")
    key = tmp_path / "a" / "b" / "key.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert Authority.open(tmp_path / "a" / "b").ring.read_bytes() == authority.ring.read_bytes()
    assert sorted(path.name for path in key.parent.iterdir()) == ["codes.pem", "key.pem", "keyring.yaml"]
    assert rings.load(authority.ring, production=False).is_demo
    with pytest.raises(DemoTrustError):
        rings.load(authority.ring, production=True)


def test_several_that_found_a_demo_authority_at_once_find_the_same(tmp_path):
    together = threading.Barrier(8)

    def found(_):
        together.wait()
        return Authority.open(tmp_path / "a").key.private_numbers()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(found, range(8)))) == 1
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == [
        "codes.pem",
        "key.pem",
        "keyring.yaml",
    ]


def test_a_folder_that_cannot_hold_an_authority_is_named():
    with pytest.raises(AuthorityError, match="/proc/authority"):
        Authority.open(Path("/proc/authority"))


def test_a_key_file_that_is_none_is_named(tmp_path):
    (tmp_path / "key.pem").write_text("no key")
    with pytest.raises(AuthorityError, match=r"none of ours"):
        Authority.open(tmp_path)
