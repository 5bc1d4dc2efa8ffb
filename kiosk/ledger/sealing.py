"""Personal data sealed to the health authority: written by anybody who has the public key, read by one.

HPKE (RFC 9180), base mode: X25519, HKDF-SHA256, ChaCha20-Poly1305. The kiosk's id and the entry's index are in
``info``, so a ciphertext opens in its own place only. The leaf holds the SHA-256 of the ciphertext, never of what is
in it: eight digits of a phone number are guessed in a minute.

A key file has the 32 bytes in base64 in its first line; a private one has the word ``private`` before them, so that
neither is taken for the other. Two more lines may follow: ``id: `` and the key's id, which is compared (a key with a
typing error would seal to nobody, without a sound), and ``made: `` and the date on which the authority made it::

    5dKx…lQ=
    id: 3f1c9a5be2047d68
    made: 2021-05-01
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from pydantic import ValidationError

from kiosk.errors import KioskError
from kiosk.ledger.entries import Personal

SealingKey = X25519PublicKey
OpeningKey = X25519PrivateKey

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_PRIVATE = "private "
_KEY_BYTES = 32


class SealingError(KioskError, ValueError):
    """A key file is not one, or a ciphertext does not open here."""

    code: ClassVar[str] = "bad_sealing"


def seal(public_key: SealingKey, personal: Personal, kiosk: str, index: int) -> bytes:
    """``personal`` as only the holder of the private key can read it, bound to its place in the log."""
    return _SUITE.encrypt(personal.model_dump_json().encode(), public_key, info=_info(kiosk, index))


def unseal(private_key: OpeningKey, ciphertext: bytes, kiosk: str, index: int) -> Personal:
    """What was sealed at this place.

    Raises:
        SealingError: another key, another place, or altered bytes.
    """
    try:
        plain = _SUITE.decrypt(ciphertext, private_key, info=_info(kiosk, index))
        return Personal.model_validate_json(plain)
    except (InvalidTag, ValidationError, ValueError) as error:
        raise SealingError(
            "the sealed data does not open: another key, another place or altered bytes",
            where=f"{kiosk} entry {index}",
        ) from error


def digest(ciphertext: bytes) -> str:
    """What the leaf says of a ciphertext: its SHA-256 in hex."""
    return hashlib.sha256(ciphertext).hexdigest()


def generate() -> OpeningKey:
    """A new pair; the public half is ``.public_key()``."""
    return X25519PrivateKey.generate()


def key_id(key: SealingKey) -> str:
    """What entries call a key by: the first 8 bytes of the SHA-256 over a label and the public key, in hex."""
    return hashlib.sha256(b"venue-kiosk sealing key\n" + key.public_bytes_raw()).hexdigest()[:16]


@dataclass(frozen=True)
class PublicKey:
    """What a public key file holds."""

    key: SealingKey
    #: When the authority made it; None where the file does not say.
    made: date | None = None

    @property
    def id(self) -> str:
        """What entries call it by."""
        return key_id(self.key)

    def days(self, today: date) -> int | None:
        """Its age in whole days."""
        return None if self.made is None else (today - self.made).days


def public_text(key: SealingKey, made: date | None = None) -> str:
    """The content of a public key file."""
    return _content(base64.b64encode(key.public_bytes_raw()).decode(), key, made)


def pasted_public_key(text: str) -> PublicKey:
    """The key in what somebody pasted from a public key file: all of it, or its first line, in one line or in several.

    Raises:
        SealingError: it is none.
    """
    return _public(_parse(text))


def read_public_key(file: Path) -> PublicKey:
    """The key to seal with, and what its file says of it.

    Raises:
        SealingError: missing, not a public key, one that would seal to everybody, or one whose id is another's.
    """
    with _naming(file):
        return _public(_parse(_text(file)))


def load_public_key(file: Path) -> SealingKey:
    """The key to seal with.

    Raises:
        SealingError: as `read_public_key`.
    """
    return read_public_key(file).key


def save_private_key(file: Path, key: OpeningKey, made: date | None = None) -> None:
    """Write a new private key file that only its owner may read.

    Raises:
        FileExistsError: there is one already; a key is never overwritten.
    """
    text = _PRIVATE + base64.b64encode(key.private_bytes_raw()).decode()
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(_content(text, key.public_key(), made))
        stream.flush()
        os.fsync(stream.fileno())


def read_private_key(file: Path) -> tuple[OpeningKey, date | None]:
    """The key to open with, and when it was made, where its file says so.

    Raises:
        SealingError: missing, not a private key, or one whose id is another's.
    """
    with _naming(file):
        said = _parse(_text(file))
        if not said.private:
            raise SealingError("is not a private sealing key", mend="name the private file")
        key = X25519PrivateKey.from_private_bytes(said.octets)
        said.check_id(key.public_key())
        return key, said.made


def load_private_key(file: Path) -> OpeningKey:
    """The key to open with.

    Raises:
        SealingError: as `read_private_key`.
    """
    return read_private_key(file)[0]


#: What a key file says once the white space is out of it.
_SAID = re.compile(r"(?P<key>[^:]*?)(?:id:(?P<id>[^:]*?))?(?:made:(?P<made>[^:]*))?")
_MEND = "ask the health authority for its public sealing key (`central init` writes one)"


def _info(kiosk: str, index: int) -> bytes:
    return f"venue-kiosk personal 1\n{kiosk}\n{index}".encode()


def _content(first: str, key: SealingKey, made: date | None) -> str:
    lines = [first, f"id: {key_id(key)}"] + ([f"made: {made.isoformat()}"] if made else [])
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class _Said:
    """What a key file says."""

    private: bool
    octets: bytes = field(repr=False)
    id: str | None
    made: date | None

    def check_id(self, key: SealingKey) -> None:
        if self.id is not None and self.id != key_id(key):
            raise SealingError("has the id of another key: a letter is wrong", mend=_MEND)


def _parse(text: str) -> _Said:
    private = text.lstrip().startswith(_PRIVATE)
    found = _SAID.fullmatch("".join(text.strip().removeprefix(_PRIVATE).split()))
    if found is None:
        raise SealingError("has a line that no key file has", mend=_MEND)
    try:
        octets = base64.b64decode(found["key"], validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    if len(octets) != _KEY_BYTES:
        raise SealingError("is not 32 bytes in base64", mend=_MEND)
    try:
        made = None if found["made"] is None else date.fromisoformat(found["made"])
    except ValueError as error:
        raise SealingError("has no date behind `made`", mend=_MEND) from error
    return _Said(private, octets, found["id"], made)


def _public(said: _Said) -> PublicKey:
    if said.private:
        raise SealingError("is a private key where a public one belongs", mend=_MEND)
    key = X25519PublicKey.from_public_bytes(said.octets)
    try:
        X25519PrivateKey.generate().exchange(key)
    except ValueError as error:
        raise SealingError("is a point that seals nothing", mend=_MEND) from error
    said.check_id(key)
    return PublicKey(key, said.made)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not text"
        raise SealingError(f"cannot be read ({why})", mend=_MEND) from error


@contextmanager
def _naming(file: Path) -> Iterator[None]:
    """Faults are told with the file."""
    try:
        yield
    except SealingError as error:
        raise SealingError(error.what, where=str(file), mend=error.mend) from error
