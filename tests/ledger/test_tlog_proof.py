"""One entry's proof as one text."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.errors import KioskError
from kiosk.ledger.checkpoint import Checkpoint, origin_of
from kiosk.ledger.notes import Signer
from kiosk.ledger.proof import ProofError, inclusion_proof
from kiosk.ledger.tlog_proof import TlogProof, parse_tlog_proof
from kiosk.ledger.tree import Tree
from tests.ledger.test_proof import reader

HASHES = [hashlib.sha256(bytes([number])).digest() for number in range(40)]
LOG = Signer.generate(origin_of("hk-1"))


def proof_of(index: int, size: int) -> TlogProof:
    note = Checkpoint(origin_of("hk-1"), size, Tree(HASHES[:size]).root()).sign(LOG).encode()
    return TlogProof(index, inclusion_proof(index, size, reader(HASHES[:size])), note)


@given(st.data())
def test_it_is_read_as_it_was_written_and_proves_its_entry_alone(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 40))
    index = data.draw(st.integers(0, size - 1))
    proof = proof_of(index, size)
    assert parse_tlog_proof(proof.encode()) == proof
    assert proof.verify(HASHES[index], LOG.key).size == size
    with pytest.raises(ProofError):
        proof.verify(HASHES[index - 1] if size > 1 else bytes(32), LOG.key)


def test_extra_data_is_passed_over() -> None:
    text = proof_of(3, 9).encode().replace(b"\nindex", b"\nextra AAAA\nindex")
    assert parse_tlog_proof(text) == proof_of(3, 9)


@given(st.integers(0, len(proof_of(3, 9).encode()) * 8 - 1))
def test_one_bit_changed_anywhere_proves_nothing(place: int) -> None:
    bad = bytearray(proof_of(3, 9).encode())
    bad[place // 8] ^= 1 << place % 8
    with pytest.raises(KioskError):
        parse_tlog_proof(bytes(bad)).verify(HASHES[3], LOG.key)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"@v1", b"@v2"),
        (b"index 3", b"index 03"),
        (b"index 3\n", b""),
        (b"=\n", b"\n"),
        (b"\n\n", b"\n"),
        (b"c2sp", b"\xff"),
    ],
)
def test_what_is_only_nearly_one_is_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(ProofError):
        parse_tlog_proof(proof_of(3, 9).encode().replace(old, new))
