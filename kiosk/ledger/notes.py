"""Signed notes: a text, and who signed it (c2sp.org/signed-note).

A note is a text that ends in a newline, an empty line, and signature lines::

    — NAME base64(key id | signature)

The key id is the first four bytes of ``SHA-256(NAME | newline | algorithm | public key)``. Two algorithms are spoken:
Ed25519 over the text (``01``), and a witness's timestamped co-signature (``04``, c2sp.org/tlog-cosignature), which signs
``cosignature/v1``, ``time SECONDS`` and the text, a line each.

Rules of `open_note`, which are those of the specification: signatures of unknown keys are passed over; one of a known key
that does not hold spoils the whole note; a note without any known signature is nobody's.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import ClassVar, Final, Literal, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kiosk.errors import KioskError

Algorithm = Literal[1, 4]
ED25519: Final = 1
COSIGNATURE: Final = 4

#: Far above any note of ours, bytes and signature lines.
MAX_NOTE = 64 * 1024
MAX_SIGNATURES = 32

_DASH = "\u2014"
_KEY_BYTES, _ID_BYTES, _TIME_BYTES, _SIGNATURE_BYTES = 32, 4, 8, 64
_PRIVATE = "PRIVATE+KEY+"


class NoteError(KioskError, ValueError):
    """Not a note, not a key, or a signature that does not hold."""

    code: ClassVar[str] = "bad_note"


@dataclass(frozen=True)
class Signature:
    """One signature line, whether its key is known or not."""

    name: str
    #: Four bytes.
    key_id: bytes
    #: What follows the key id: for Ed25519 the signature, for a co-signature its time and the signature.
    blob: bytes

    def __str__(self) -> str:
        """The line, with its newline."""
        return f"{_DASH} {self.name} {_base64(self.key_id + self.blob)}\n"

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read one line; its newline may be there or not.

        Raises:
            NoteError: not a signature line.
        """
        dash, _, rest = line.removesuffix("\n").partition(" ")
        name, _, code = rest.partition(" ")
        if dash != _DASH or not is_name(name):
            raise NoteError("has a signature line that does not begin with a dash and a key's name")
        raw = from_base64(code)
        if raw is None or len(raw) <= _ID_BYTES:
            raise NoteError("has a signature that is not base64 of a key id and a signature", where=name)
        return cls(name, raw[:_ID_BYTES], raw[_ID_BYTES:])


@dataclass(frozen=True)
class Note:
    """A text, its last newline included, and its signatures, verified or not."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        """The note as it is stored and sent."""
        return f"{self.text}\n{''.join(map(str, self.signatures))}"

    def encode(self) -> bytes:
        """The note's bytes, UTF-8."""
        return str(self).encode()

    def signed(self, *signatures: Signature) -> Note:
        """The note with more signatures."""
        return Note(self.text, (*self.signatures, *signatures))


@dataclass(frozen=True)
class NoteKey:
    """A public key by which signatures on notes are told: its name is part of it."""

    name: str
    algorithm: Algorithm
    #: 32 bytes, Ed25519.
    public: bytes

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise NoteError(f"{self.name!r} cannot be a key's name: no blanks and no + may be in it")
        if len(self.public) != _KEY_BYTES:
            raise NoteError("is not an Ed25519 key of 32 bytes", where=self.name)

    @cached_property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256 over name, newline, algorithm and key."""
        hashed = hashlib.sha256(f"{self.name}\n".encode() + bytes([self.algorithm]) + self.public)
        return hashed.digest()[:_ID_BYTES]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of algorithm and key in hex, to be compared by eye."""
        return hashlib.sha256(bytes([self.algorithm]) + self.public).hexdigest()

    def __str__(self) -> str:
        """The key as it is handed on: ``NAME+hex(key id)+base64(algorithm | key)``."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(bytes([self.algorithm]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` writes.

        Raises:
            NoteError: not such a key, or a key id that is not this key's.
        """
        if text.startswith(_PRIVATE):
            raise NoteError("is a private key where a public one belongs")
        name, key_id, algorithm, raw = _key_parts(text)
        key = cls(name, algorithm, raw)
        if key.key_id.hex() != key_id:
            raise NoteError("has a key id that is not its key's", where=name)
        return key

    def made(self, signature: Signature) -> bool:
        """Whether the line claims to be of this key."""
        return (signature.name, signature.key_id) == (self.name, self.key_id)

    def verify(self, text: str, signature: Signature) -> None:
        """Check one signature line over ``text``.

        Raises:
            NoteError: it is not of this key, or does not hold.
        """
        wrong = NoteError("has a signature that does not hold", where=self.name)
        timed = _TIME_BYTES if self.algorithm == COSIGNATURE else 0
        if not self.made(signature) or len(signature.blob) != timed + _SIGNATURE_BYTES:
            raise wrong
        signed = text
        if self.algorithm == COSIGNATURE:
            signed = _cosigned_text(text, int.from_bytes(signature.blob[:timed], "big"))
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature.blob[timed:], signed.encode())
        except InvalidSignature as error:
            raise wrong from error


@dataclass(frozen=True)
class Signer:
    """A private key with its name."""

    key: NoteKey
    private: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def generate(cls, name: str, algorithm: Algorithm = ED25519) -> Self:
        """A new pair of keys.

        Raises:
            NoteError: no key can have that name.
        """
        return cls._of(name, algorithm, Ed25519PrivateKey.generate())

    @classmethod
    def _of(cls, name: str, algorithm: Algorithm, private: Ed25519PrivateKey) -> Self:
        return cls(NoteKey(name, algorithm, private.public_key().public_bytes_raw()), private)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `secret` writes.

        Raises:
            NoteError: not a private key.
        """
        if not text.startswith(_PRIVATE):
            raise NoteError("is not a private key")
        name, key_id, algorithm, seed = _key_parts(text.removeprefix(_PRIVATE))
        if len(seed) != _KEY_BYTES:
            raise NoteError("is not a private key of 32 bytes")
        signer = cls._of(name, algorithm, Ed25519PrivateKey.from_private_bytes(seed))
        if signer.key.key_id.hex() != key_id:
            raise NoteError("has a key id that is not its key's", where=name)
        return signer

    def secret(self) -> str:
        """The key as its file has it: ``PRIVATE+KEY+NAME+hex(key id)+base64(algorithm | seed)``."""
        seed = _base64(bytes([self.key.algorithm]) + self.private.private_bytes_raw())
        return f"{_PRIVATE}{self.key.name}+{self.key.key_id.hex()}+{seed}"

    def sign(self, text: str) -> Signature:
        """Sign a text with an Ed25519 key.

        Raises:
            NoteError: the text cannot be a note's.
        """
        if self.key.algorithm != ED25519:
            raise NoteError("a key for co-signatures signs nothing else", where=self.key.name)
        _demand_text(text)
        return Signature(self.key.name, self.key.key_id, self.private.sign(text.encode()))

    def cosign(self, text: str, at: datetime) -> Signature:
        """Say as a witness that ``text`` was the newest, and nothing contradicted it, at ``at``.

        Raises:
            NoteError: not a key for co-signatures, or not the text of a note.
        """
        if self.key.algorithm != COSIGNATURE:
            raise NoteError("a key that is not for co-signatures signs none", where=self.key.name)
        _demand_text(text)
        seconds = int(at.timestamp())
        signature = self.private.sign(_cosigned_text(text, seconds).encode())
        return Signature(self.key.name, self.key.key_id, seconds.to_bytes(_TIME_BYTES, "big") + signature)


def cosigned_at(signature: Signature) -> datetime:
    """When a witness says that it co-signed; true once its signature has been verified.

    Raises:
        NoteError: no such time.
    """
    try:
        return datetime.fromtimestamp(int.from_bytes(signature.blob[:_TIME_BYTES], "big"), UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise NoteError("has a co-signature from beyond time", where=signature.name) from error


def sign_note(text: str, *signers: Signer) -> Note:
    """``text``, signed by each.

    Raises:
        NoteError: the text cannot be a note's.
    """
    return Note(text, tuple(signer.sign(text) for signer in signers))


def parse_note(data: bytes) -> Note:
    """Take a note apart; nothing is verified by it.

    Raises:
        NoteError: not a note in exactly the form that `Note.encode` writes.
    """
    if len(data) > MAX_NOTE:
        raise NoteError(f"is larger than {MAX_NOTE} bytes")
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise NoteError("is not UTF-8") from error
    cut = whole.rfind("\n\n")
    if cut < 0 or not whole.endswith("\n"):
        raise NoteError("is not a text, an empty line and signature lines")
    text, lines = whole[: cut + 1], whole[cut + 2 :].split("\n")[:-1]
    _demand_text(text)
    if not 1 <= len(lines) <= MAX_SIGNATURES:
        raise NoteError(f"has {len(lines)} signatures, not 1 to {MAX_SIGNATURES}")
    return Note(text, tuple(map(Signature.parse, lines)))


def open_note(note: Note, keys: Iterable[NoteKey]) -> Mapping[NoteKey, Signature]:
    """Which of ``keys`` signed the note: one at least, each with its (first) signature.

    Raises:
        NoteError: nobody of them did, or a signature of one does not hold.
    """
    found: dict[NoteKey, Signature] = {}
    for key in keys:
        for signature in filter(key.made, note.signatures):
            key.verify(note.text, signature)
            found.setdefault(key, signature)
    if not found:
        raise NoteError("is signed by no key that is known here")
    return found


def is_name(name: str) -> bool:
    """Whether a key can be called so: not empty, no blanks of any kind, no plus, no control characters."""
    return bool(name) and not any(sign.isspace() or sign == "+" or sign < " " for sign in name)


def from_base64(text: str) -> bytes | None:
    """Bytes of standard base64 in its one canonical form; None for anything else."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if _base64(raw) == text else None


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _key_parts(text: str) -> tuple[str, str, Algorithm, bytes]:
    name, _, rest = text.strip().partition("+")
    key_id, _, code = rest.partition("+")
    raw = from_base64(code)
    if not is_name(name) or not raw:
        raise NoteError("is not a key of the form NAME+ID+KEY")
    match raw[0]:
        case 1:
            return name, key_id, ED25519, raw[1:]
        case 4:
            return name, key_id, COSIGNATURE, raw[1:]
        case other:
            raise NoteError(f"is a key of the algorithm {other:02x}, which is not spoken here", where=name)


def _cosigned_text(text: str, seconds: int) -> str:
    return f"cosignature/v1\ntime {seconds}\n{text}"


def _demand_text(text: str) -> None:
    if not text.endswith("\n"):
        raise NoteError("has a text that does not end in a newline")
    if any(sign < " " and sign != "\n" for sign in text):
        raise NoteError("has a control character in it")
