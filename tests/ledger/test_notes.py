"""Signed notes, checkpoints and certificates: the public form, and nothing that is only nearly one."""

from __future__ import annotations

import stat
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk import HONG_KONG
from kiosk.ledger.certificate import Certificate, CertificateError, open_certificate, read_certificate
from kiosk.ledger.checkpoint import Checkpoint, CheckpointError, open_checkpoint, origin_of
from kiosk.ledger.keyfiles import load_note_key, load_signing_key, make_signing_key
from kiosk.ledger.notes import (
    COSIGNATURE,
    MAX_SIGNATURES,
    Note,
    NoteError,
    NoteKey,
    Signature,
    Signer,
    cosigned_at,
    open_note,
    parse_note,
    sign_note,
)

#: The example that the reference implementation of signed notes carries.
NEUMANN_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
NEUMANN_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
NEUMANN_LINE = "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

AT = datetime(2021, 5, 1, 11, 30, tzinfo=UTC)
LOG = Signer.generate(origin_of("hk-1"))
OTHER = Signer.generate("other.example/log")
WITNESS = Signer.generate("venue-central/witness", COSIGNATURE)
AUTHORITY = Signer.generate("venue-central/authority")
ROOT = bytes(range(32))
CHECKPOINT = Checkpoint(origin_of("hk-1"), 7, ROOT)


def test_the_reference_implementations_example_is_made_and_read() -> None:
    signer = Signer.parse(NEUMANN_SECRET)
    assert str(signer.key) == NEUMANN_PUBLIC
    assert signer.secret() == NEUMANN_SECRET
    assert str(sign_note(NEUMANN_TEXT, signer)) == f"{NEUMANN_TEXT}\n{NEUMANN_LINE}"
    note = parse_note(f"{NEUMANN_TEXT}\n{NEUMANN_LINE}".encode())
    assert list(open_note(note, [NoteKey.parse(NEUMANN_PUBLIC)])) == [signer.key]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=80))
def test_whatever_is_signed_opens_again(text: str) -> None:
    text += "\n"
    note = sign_note(text, LOG, OTHER)
    read = parse_note(note.encode())
    assert read == note
    assert set(open_note(read, [LOG.key, OTHER.key])) == {LOG.key, OTHER.key}


def test_a_cosignature_signs_its_time_and_keeps_the_others() -> None:
    note = CHECKPOINT.sign(LOG)
    cosigned = note.signed(WITNESS.cosign(note.text, AT))
    found = open_note(parse_note(cosigned.encode()), [WITNESS.key, LOG.key])
    assert cosigned_at(found[WITNESS.key]) == AT
    line = found[WITNESS.key]
    later = (int.from_bytes(line.blob[:8], "big") + 1).to_bytes(8, "big")
    moved = Note(note.text, (Signature(line.name, line.key_id, later + line.blob[8:]),))
    with pytest.raises(NoteError, match="does not hold"):
        open_note(moved, [WITNESS.key])


def test_the_same_key_is_another_for_another_algorithm() -> None:
    twin = NoteKey(WITNESS.key.name, 1, WITNESS.key.public)
    assert twin.key_id != WITNESS.key.key_id
    with pytest.raises(NoteError, match="co-signatures"):
        WITNESS.sign("text\n")
    with pytest.raises(NoteError, match="co-signatures"):
        LOG.cosign("text\n", AT)


def test_unknown_signatures_are_passed_over_and_a_wrong_one_of_a_known_key_spoils_the_note() -> None:
    note = sign_note("text\n", LOG, OTHER)
    assert set(open_note(note, [LOG.key])) == {LOG.key}
    with pytest.raises(NoteError, match="no key that is known"):
        open_note(note, [AUTHORITY.key])
    mine, theirs = note.signatures
    wrong = Signature(theirs.name, theirs.key_id, bytes(64))
    assert open_note(Note("text\n", (mine, wrong)), [LOG.key])
    with pytest.raises(NoteError, match="does not hold"):
        open_note(Note("text\n", (mine, wrong)), [LOG.key, OTHER.key])
    namesake = Signature(theirs.name, bytes(4), theirs.blob)
    assert set(open_note(Note("text\n", (mine, namesake)), [LOG.key, OTHER.key])) == {LOG.key}


@given(st.data())
def test_one_bit_changed_anywhere_is_refused(data: st.DataObject) -> None:
    good = CHECKPOINT.sign(LOG).encode()
    place = data.draw(st.integers(0, len(good) * 8 - 1))
    bad = bytearray(good)
    bad[place // 8] ^= 1 << place % 8
    with pytest.raises((NoteError, CheckpointError)):
        open_checkpoint(bytes(bad), LOG.key)


GOOD = str(sign_note("text\n", LOG))


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "\n",
        "text\n",
        "text\n\n",
        GOOD.removesuffix("\n"),
        GOOD + "\n",
        GOOD + "more\n",
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("text", "te\txt"),
        GOOD.replace("text", "te\0xt"),
        GOOD.replace("\u2014", "-"),
        GOOD.replace("\u2014 ", "\u2014  "),
        GOOD.replace("venue-kiosk/hk-1", "venue kiosk"),
        GOOD.replace("venue-kiosk/hk-1", "venue+kiosk"),
        GOOD.replace("venue-kiosk/hk-1", "venue\u3000kiosk"),
        GOOD.replace("=\n", "\n"),
        GOOD.replace("=\n", "==\n"),
        GOOD.removesuffix("\n") + " \n",
        "text\n\n\u2014 name AAAA\n",
        "text\n\n\u2014 name AAAAAA==\n",
        "text\n\n" + GOOD.partition("\n\n")[2] * (MAX_SIGNATURES + 1),
    ],
)
def test_what_is_only_nearly_a_note_is_refused(bad: str) -> None:
    with pytest.raises(NoteError):
        parse_note(bad.encode())


def test_bytes_that_are_no_text_and_notes_beyond_all_size_are_refused() -> None:
    with pytest.raises(NoteError, match="UTF-8"):
        parse_note(b"\xff\n\n" + GOOD.encode())
    with pytest.raises(NoteError, match="larger"):
        parse_note(b"x" * 70_000 + b"\n" + GOOD.encode())


def test_an_empty_line_in_the_text_is_part_of_it() -> None:
    note = sign_note("one\n\ntwo\n", LOG)
    assert parse_note(note.encode()).text == "one\n\ntwo\n"


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "name",
        "name+c74f20a3",
        NEUMANN_SECRET,
        NEUMANN_PUBLIC.replace("c74f20a3", "c74f20a4"),
        NEUMANN_PUBLIC.replace("c74f20a3", "C74F20A3"),
        NEUMANN_PUBLIC.replace("PeterNeumann", "Peter Neumann"),
        NEUMANN_PUBLIC.replace("+AR", "+Ah"),
        NEUMANN_PUBLIC[:-4],
        NEUMANN_PUBLIC + "=",
    ],
)
def test_what_is_only_nearly_a_key_is_refused(bad: str) -> None:
    with pytest.raises(NoteError):
        NoteKey.parse(bad)


@pytest.mark.parametrize(
    "bad", [NEUMANN_PUBLIC, NEUMANN_SECRET[:-4], NEUMANN_SECRET.replace("c74f20a3", "00000000")]
)
def test_what_is_only_nearly_a_private_key_is_refused(bad: str) -> None:
    with pytest.raises(NoteError) as caught:
        Signer.parse(bad)
    assert "AYEK" not in str(caught.value)


def test_a_private_key_does_not_show_itself() -> None:
    assert LOG.secret().split("+", 4)[4] not in repr(LOG)


# Checkpoints


@given(st.integers(0, 2**53), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_is_read_as_it_was_said(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin_of("hk-1"), size, root)
    assert Checkpoint.parse(checkpoint.text()) == checkpoint


TEXT = CHECKPOINT.text()


@pytest.mark.parametrize(
    "bad",
    [
        "",
        TEXT.removesuffix("\n"),
        TEXT + "an extension\n",
        TEXT + "\n",
        TEXT.replace("\n7\n", "\n07\n"),
        TEXT.replace("\n7\n", "\n-7\n"),
        TEXT.replace("\n7\n", "\n7 \n"),
        TEXT.replace("\n7\n", "\n\u0667\n"),
        TEXT.replace("\n7\n", "\n" + "9" * 40 + "\n"),
        TEXT.replace("venue-kiosk/hk-1", ""),
        TEXT.replace("venue-kiosk/hk-1", "venue kiosk"),
        TEXT.replace("=\n", "\n"),
        TEXT.replace("AAEC", ""),
    ],
)
def test_what_is_only_nearly_a_checkpoint_is_refused(bad: str) -> None:
    with pytest.raises(CheckpointError):
        Checkpoint.parse(bad)


def test_a_checkpoint_signed_by_a_key_of_another_log_is_refused() -> None:
    with pytest.raises(CheckpointError, match="another log"):
        open_checkpoint(CHECKPOINT.sign(OTHER).encode(), OTHER.key)


# Certificates

CERTIFICATE = Certificate(
    "hk-1", "golden-harbour", LOG.key, WITNESS.key, date(2021, 4, 29), date(2023, 4, 28)
)


def test_a_certificate_is_read_by_whoever_has_the_authoritys_key() -> None:
    data = CERTIFICATE.sign(AUTHORITY).encode()
    assert open_certificate(data, AUTHORITY.key) == CERTIFICATE
    assert read_certificate(data)[0] == CERTIFICATE
    with pytest.raises(NoteError, match="no key that is known"):
        open_certificate(data, OTHER.key)
    with pytest.raises(NoteError):
        open_certificate(data.replace(b"golden", b"silver"), AUTHORITY.key)


@pytest.mark.parametrize(
    ("at", "covered"),
    [
        (datetime(2021, 4, 28, 23, 59, tzinfo=HONG_KONG), False),
        (datetime(2021, 4, 28, 16, 0, tzinfo=UTC), True),
        (datetime(2023, 4, 28, 23, 59, tzinfo=HONG_KONG), True),
        (datetime(2023, 4, 28, 16, 0, tzinfo=UTC), False),
    ],
)
def test_both_days_count_by_hong_kongs_calendar(at: datetime, covered: bool) -> None:
    assert CERTIFICATE.covers(at) is covered


SAID = CERTIFICATE.text()


@pytest.mark.parametrize(
    "bad",
    [
        "",
        SAID.replace("certificate 1", "certificate 2"),
        SAID.replace("kiosk hk-1\n", ""),
        SAID + "more x\n",
        SAID + "\n",
        SAID.replace("kiosk hk-1", "kiosk hk-2"),
        SAID.replace("venue golden-harbour", "venue golden harbour"),
        SAID.replace("until 2023-04-28", "until 2021-04-28"),
        SAID.replace("until 2023-04-28", "until 2023-04-31"),
        SAID.replace("until 2023-04-28", "until 20230428"),
        SAID.replace(str(LOG.key), str(OTHER.key)),
        SAID.replace(str(WITNESS.key), str(AUTHORITY.key)),
        SAID.replace("witness ", "witness  "),
    ],
)
def test_what_is_only_nearly_a_certificate_is_refused(bad: str) -> None:
    with pytest.raises((CertificateError, NoteError)):
        read_certificate(Note(bad, (LOG.sign("x\n"),)).encode())


# Files


def test_a_signing_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "log.key"
    make_signing_key(file, LOG)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_signing_key(file).key == LOG.key
    with pytest.raises(FileExistsError):
        make_signing_key(file, OTHER)
    assert load_signing_key(file).key == LOG.key
    assert [found.name for found in tmp_path.iterdir()] == ["log.key"]


def test_a_key_file_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "public").write_text(str(LOG.key) + "\n")
    assert load_note_key(tmp_path / "public") == LOG.key
    with pytest.raises(NoteError):
        load_signing_key(tmp_path / "public")
    with pytest.raises(NoteError, match="cannot be read"):
        load_note_key(tmp_path / "nowhere")
    (tmp_path / "odd").write_bytes(b"\xff")
    with pytest.raises(NoteError, match="cannot be read"):
        load_note_key(tmp_path / "odd")
