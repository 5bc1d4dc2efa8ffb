"""Personal data sealed to the health authority: written by anybody who has the public key, read by one.

HPKE (RFC 9180), base mode: X25519, HKDF-SHA256, ChaCha20-Poly1305. The kiosk's id and the entry's index are in
``info``, so a ciphertext opens in its own place only. The leaf holds the SHA-256 of the ciphertext, never of what is
in it: eight digits of a phone number are guessed in a minute.

A public key file is the 32 bytes in base64; a private one has the word ``private`` before them, so that neither is
taken for the other.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
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


def public_text(key: SealingKey) -> str:
    """The content of a public key file: base64 of 32 bytes, a line."""
    return base64.b64encode(key.public_bytes_raw()).decode() + "\n"


def load_public_key(file: Path) -> SealingKey:
    """The key to seal with.

    Raises:
        SealingError: missing, not a public key, or one that would seal to everybody.
    """
    key = X25519PublicKey.from_public_bytes(_raw(file, _text(file)))
    try:
        X25519PrivateKey.generate().exchange(key)
    except ValueError as error:
        raise SealingError("is a point that seals nothing", where=str(file), mend=_MEND) from error
    return key


def save_private_key(file: Path, key: OpeningKey) -> None:
    """Write a new private key file that only its owner may read.

    Raises:
        FileExistsError: there is one already; a key is never overwritten.
    """
    text = _PRIVATE + base64.b64encode(key.private_bytes_raw()).decode() + "\n"
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def load_private_key(file: Path) -> OpeningKey:
    """The key to open with.

    Raises:
        SealingError: missing, or not a private key.
    """
    text = _text(file)
    if not text.startswith(_PRIVATE):
        raise SealingError("is not a private sealing key", where=str(file), mend="name the private file")
    return X25519PrivateKey.from_private_bytes(_raw(file, text.removeprefix(_PRIVATE)))


_MEND = "ask the health authority for its public sealing key (`central init` writes one)"


def _info(kiosk: str, index: int) -> bytes:
    return f"venue-kiosk personal 1\n{kiosk}\n{index}".encode()


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not text"
        raise SealingError(f"cannot be read ({why})", where=str(file), mend=_MEND) from error


def _raw(file: Path, text: str) -> bytes:
    if text.startswith(_PRIVATE):
        raise SealingError("is a private key where a public one belongs", where=str(file), mend=_MEND)
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != _KEY_BYTES:
        raise SealingError("is not 32 bytes in base64", where=str(file), mend=_MEND)
    return raw
