"""Targets that are files and lines which people give to the kiosk: certificates, lists, JSON Lines."""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import rfc8785
from asn1crypto import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from fuzz import codes, corpus, issuers, mutation, promise
from fuzz.promise import BrokenPromiseError, Clock
from kiosk.commands import read as command
from kiosk.errors import KioskError
from kiosk.proofs import inspector_list, list_files, lists, revocation, revocation_files, rings
from kiosk.proofs.certificates import Certificate
from kiosk.proofs.lists import Form, Source
from kiosk.proofs.marks import MARK_OCTETS, Mark
from kiosk.proofs.revocation import Batch, Revocations

NOW = datetime(2022, 6, 1, 12, 0, tzinfo=UTC)
_ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
_NAME = {"en": "Fuzzer", "zh-Hant": "Fuzzer", "zh-Hans": "Fuzzer"}
_MARKS_TRIED = 3

_Answer = TypeVar("_Answer")


def _answer(call: Callable[[], _Answer], clock: Clock) -> _Answer | KioskError:
    """The answer, or an error of ours."""

    def told() -> _Answer | KioskError:
        try:
            return call()
        except KioskError as error:
            return error

    return clock.run(told)


def certificates(data: bytes, clock: Clock) -> None:
    """X.509 as it stands; or a certificate's inner part, rightly signed by the authority. Then in a key ring and in a seal."""
    inner = zlib.crc32(data) % 2 == 0
    if inner:
        signature = b"\0" + issuers.der(issuers.AUTHORITY, data)
        data = mutation.tlv(0x30, data + _ECDSA_SHA256 + mutation.tlv(0x03, signature))
    parsed = clock.run(lambda: _parsed(data))
    if parsed is not None and clock.run(lambda: parsed.is_signed_by(issuers.AUTHORITY.public_key())):
        inner = inner or _inner(data) in _known()
        if not inner:
            raise BrokenPromiseError("is signed by the authority, which never signed it")
    _answer(lambda: rings.from_base64([base64.b64encode(data).decode()]), clock)
    proof = codes.read(codes.seal(_sealed()[0], _sealed()[1], data), clock)
    promise.check(proof, may_hold=inner or (proof.verified and _inner(data) in _known()))


def _parsed(der: bytes) -> Certificate | None:
    try:
        return Certificate.parse(der)
    except ValueError:
        return None


def _inner(der: bytes) -> bytes:
    dumped: bytes = x509.Certificate.load(der)["tbs_certificate"].dump()
    return dumped


@cache
def _known() -> frozenset[bytes]:
    """What the authority has signed."""
    return frozenset(map(_inner, (issuers.AUTHORITY_CERTIFICATE, issuers.SEAL_CERTIFICATE)))


@cache
def _sealed() -> tuple[str, bytes]:
    data = next(seed for seed in corpus.seeds("seals") if b'"sig"' not in seed)
    return data.decode(), issuers.numbers(issuers.SEALS, rfc8785.dumps(json.loads(data)))


@cache
def _source(form: Form) -> Source:
    key = issuers.OWN if form == "kiosk-list" else issuers.LISTS
    return Source(form, _NAME, form, (key.public_key(),), timedelta(30), timedelta(60))  # type: ignore[arg-type]


def trust_lists(data: bytes, clock: Clock) -> None:
    """The body of a trust list in each form, rightly signed and not; now and then as the file on disk."""
    if data.startswith(b'{"list"'):
        _list_file(data, clock)
        return
    if b"inspectors" in data:
        signed = base64.b64encode(issuers.OWN.sign(data)) + b"\n" + data
        _answer(lambda: inspector_list.read(signed, issuers.OWN.public_key()), clock)
        return
    form: Form = "vci-snapshot" if b"issuerInfo" in data else "kiosk-list" if b"rings" in data else "eu-list"
    unsigned = _answer(
        lambda: lists.read(data, b"\0" * 64 if form == "vci-snapshot" else None, _source(form)), clock
    )
    if not isinstance(unsigned, KioskError):
        raise BrokenPromiseError("is a list without a signature")
    if form == "vci-snapshot":
        content, second = data, issuers.LISTS.sign(data, ec.ECDSA(hashes.SHA512()))
    else:
        signature = issuers.OWN.sign(data) if form == "kiosk-list" else issuers.numbers(issuers.LISTS, data)
        content, second = base64.b64encode(signature) + b"\n" + data, None
    read = _answer(lambda: lists.read(content, second, _source(form)), clock)
    if isinstance(read, KioskError):
        str(read)
        if read.what.startswith("its signature"):
            raise BrokenPromiseError(f"is rightly signed, and {read.what}")
        return
    # As an import does it: a list from times to come is not taken.
    if not isinstance(_answer(lambda: lists.check_date(read, None, NOW), clock), KioskError):
        _answer(lambda: lists.in_force(issuers.TRUST, [read], NOW), clock)


@cache
def _folder() -> Path:
    """For files of the moment; in memory where the machine has such a place."""
    memory = Path("/dev/shm")  # noqa: S108 -- a folder of our own is made in it
    kept = tempfile.TemporaryDirectory(prefix="kiosk-fuzz-", dir=memory if memory.is_dir() else None)
    _KEPT.append(kept)
    return Path(kept.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []


def _list_file(data: bytes, clock: Clock) -> None:
    list_files.path(_folder(), "eu-list").write_bytes(data)
    _answer(lambda: list_files.load(_folder(), _source("eu-list")), clock)


def revocations(data: bytes, clock: Clock) -> None:
    """Lists of revoked proofs in each form, then looked up; or a batch's file, its checksum right."""
    if data.startswith(b'{"batch"'):
        _batch_file(data, clock)
        return
    call: Callable[[], Batch]
    if b"hashType" in data:
        call = lambda: revocation.eu_batch(data, name="fuzz", where="-")  # noqa: E731
    elif b"rids" in data:
        call = lambda: revocation.shc_list(data, issuer=issuers.CARDS_ADDRESS, where="-")  # noqa: E731
    else:
        call = lambda: revocation.references(data.decode("utf-8", "replace").splitlines(), name="fuzz")  # noqa: E731
    batch = _answer(call, clock)
    if not isinstance(batch, KioskError):
        _look_up([batch], clock)


def _look_up(batches: list[Batch], clock: Clock) -> None:
    """Each entry of what was read is found."""
    revoked = _answer(lambda: Revocations(revocation.newest(batches)), clock)
    for batch in batches:
        for place in range(0, min(len(batch), _MARKS_TRIED) * MARK_OCTETS, MARK_OCTETS):
            mark = Mark(batch.kind, batch.scope, bytes(batch.digests[place : place + MARK_OCTETS]))
            if isinstance(revoked, KioskError) or not clock.run(lambda: mark in revoked):  # noqa: B023 -- called at once
                raise BrokenPromiseError("an entry of the list is not found")
            clock.run(lambda: Mark(mark.kind, mark.scope, mark.digest, NOW) in revoked)  # noqa: B023 -- called at once


def _batch_file(data: bytes, clock: Clock) -> None:
    head, newline, body = data.partition(b"\n")
    try:
        said: Any = json.loads(head)
        head = json.dumps(said | {"sha256": hashlib.sha256(body).hexdigest()}).encode()
    except (ValueError, TypeError, RecursionError):
        pass  # then the file stays as it is
    (_folder() / "fuzz.batch").write_bytes(head + newline + body)
    held = clock.run(lambda: revocation_files.load(_folder()))
    _look_up([one.batch for one in held[0]], clock)


def lines(data: bytes, clock: Clock) -> None:
    """Lines of ``kiosk read -``. Those that name an image are not opened."""
    judge = command.Judge(issuers.TRUST, issuers.AT)
    line = _answer(lambda: command._parse(data, "-:1"), clock)
    if isinstance(line, KioskError) or line.image is not None:
        return
    answer = _answer(lambda: command._line(data, "-:1", judge), clock)
    if not isinstance(answer, KioskError):
        codes.check_unsigned(line.text or "", answer[1])
