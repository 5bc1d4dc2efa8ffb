"""Personal data opens for one key and in one place."""

from __future__ import annotations

import base64
import hashlib
import stat
from datetime import date
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from hypothesis import given

from kiosk.ledger import sealing
from kiosk.ledger.entries import Personal, Registration
from kiosk.ledger.sealing import SealingError
from tests.ledger.samples import PERSONAL

KEY = sealing.generate()
PERSON = Personal(registrations=(Registration(name="陳大文", contact="9123 4567"), None))


@given(PERSONAL)
def test_what_was_sealed_opens_for_the_authority(personal: Personal) -> None:
    sealed = sealing.seal(KEY.public_key(), personal, "hk-1", 3)
    assert sealing.unseal(KEY, sealed, "hk-1", 3) == personal


def test_the_same_person_is_never_sealed_to_the_same_bytes() -> None:
    assert len({sealing.seal(KEY.public_key(), PERSON, "hk-1", 3) for _ in range(20)}) == 20


@pytest.mark.parametrize(("kiosk", "index"), [("hk-1", 4), ("hk-2", 3), ("hk-13", 3), ("hk-1\n3", 3)])
def test_it_does_not_open_in_another_place(kiosk: str, index: int) -> None:
    with pytest.raises(SealingError, match="does not open"):
        sealing.unseal(KEY, sealing.seal(KEY.public_key(), PERSON, "hk-1", 3), kiosk, index)


def test_it_does_not_open_for_another_key_or_when_altered() -> None:
    sealed = sealing.seal(KEY.public_key(), PERSON, "hk-1", 3)
    for key, data in (
        (sealing.generate(), sealed),
        (KEY, sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (KEY, sealed[:10]),
        (KEY, b""),
    ):
        with pytest.raises(SealingError, match="does not open"):
            sealing.unseal(key, data, "hk-1", 3)


def test_the_form_is_the_documented_one() -> None:
    """Other people's tools open it with RFC 9180 and these words alone."""
    sealed = sealing.seal(KEY.public_key(), PERSON, "hk-1", 3)
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
    plain = suite.decrypt(sealed, KEY, info=b"venue-kiosk personal 1\nhk-1\n3")
    assert plain.decode() == '{"registrations":[{"name":"陳大文","contact":"9123 4567"},null]}'
    assert len(sealed) == len(plain) + 48
    with pytest.raises(InvalidTag):
        suite.decrypt(sealed, KEY)


def test_the_digest_is_of_the_ciphertext() -> None:
    assert sealing.digest(b"abc") == hashlib.sha256(b"abc").hexdigest()


def test_keys_come_back_from_their_files(tmp_path: Path) -> None:
    sealing.save_private_key(tmp_path / "private", KEY)
    (tmp_path / "public").write_text(sealing.public_text(KEY.public_key()))
    sealed = sealing.seal(sealing.load_public_key(tmp_path / "public"), PERSON, "hk-1", 0)
    assert sealing.unseal(sealing.load_private_key(tmp_path / "private"), sealed, "hk-1", 0) == PERSON


def test_nobody_else_reads_a_private_key_and_none_is_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "private"
    sealing.save_private_key(file, KEY)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        sealing.save_private_key(file, sealing.generate())


def test_a_private_key_is_never_taken_for_a_public_one(tmp_path: Path) -> None:
    sealing.save_private_key(tmp_path / "private", KEY)
    (tmp_path / "public").write_text(sealing.public_text(KEY.public_key()))
    with pytest.raises(SealingError, match="is a private key"):
        sealing.load_public_key(tmp_path / "private")
    with pytest.raises(SealingError, match="not a private"):
        sealing.load_private_key(tmp_path / "public")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "32 bytes"),
        (b"hello!", "32 bytes"),
        (base64.b64encode(bytes(31)), "32 bytes"),
        (base64.b64encode(bytes(32)), "seals nothing"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_what_is_no_key_is_refused_with_file_and_mend(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "public"
    file.write_bytes(content)
    with pytest.raises(SealingError, match=why) as caught:
        sealing.load_public_key(file)
    assert caught.value.where == str(file)
    assert caught.value.mend


def test_a_missing_key_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(SealingError, match="cannot be read"):
        sealing.load_public_key(tmp_path / "nowhere")


PUBLIC = sealing.public_text(KEY.public_key(), date(2021, 5, 1))


@pytest.mark.parametrize(
    "text",
    [PUBLIC, PUBLIC.replace("\n", " "), PUBLIC.replace("\n", "\r\n"), f"\n  {PUBLIC[:20]}\n{PUBLIC[20:]}"],
)
def test_a_key_is_the_same_from_its_file_and_pasted_in_any_lines(tmp_path: Path, text: str) -> None:
    (tmp_path / "public").write_text(text)
    pasted = sealing.pasted_public_key(text)
    assert sealing.read_public_key(tmp_path / "public") == pasted
    assert (pasted.id, pasted.made) == (sealing.key_id(KEY.public_key()), date(2021, 5, 1))
    assert sealing.pasted_public_key(PUBLIC.splitlines()[0]).made is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (PUBLIC.replace("id:", "it:"), "no key file has"),
        (PUBLIC + PUBLIC.splitlines()[1], "no key file has|no date"),
        (PUBLIC + "\nname: x", "no key file has"),
        (PUBLIC.replace("made: 2021-05-01", "made: May"), "no date"),
        (PUBLIC.replace(sealing.key_id(KEY.public_key()), "0" * 16), "another key"),
        (f"private {PUBLIC}", "is a private key"),
        ("", "32 bytes"),
    ],
)
def test_a_fault_of_a_key_file_is_told_alike_wherever_it_is_read(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "public"
    file.write_text(text)
    with pytest.raises(SealingError, match=why) as read:
        sealing.read_public_key(file)
    with pytest.raises(SealingError, match=why) as pasted:
        sealing.pasted_public_key(text)
    assert (read.value.what, read.value.where, pasted.value.where) == (pasted.value.what, str(file), None)
