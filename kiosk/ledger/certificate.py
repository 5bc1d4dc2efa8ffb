"""The authority's certificate for a kiosk's key: our own form, a signed note.

::

    venue-kiosk certificate 1
    kiosk hk-1
    venue golden-harbour
    key venue-kiosk/hk-1+ab12cd34+AQ…
    witness venue-central/witness+12ab34cd+BA…
    from 2021-04-29
    until 2023-04-28

    — venue-central/authority …

``key`` signs the kiosk's checkpoints, ``witness`` is central's key for co-signatures. Both days count, by Hong Kong's
calendar and the real clock: what was co-signed within them was made with a key that the authority vouched for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Self

from kiosk import HONG_KONG
from kiosk.errors import KioskError
from kiosk.ledger.checkpoint import origin_of
from kiosk.ledger.notes import COSIGNATURE, ED25519, Note, NoteKey, Signer, open_note, parse_note, sign_note

_TITLE = "venue-kiosk certificate 1"
_FIELDS = ("kiosk", "venue", "key", "witness", "from", "until")
_IDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class CertificateError(KioskError, ValueError):
    """Not a certificate of a kiosk's key, or not one of this authority."""

    code: ClassVar[str] = "bad_certificate"


@dataclass(frozen=True)
class Certificate:
    """What the authority says: this key is of this kiosk at this venue."""

    kiosk: str
    venue: str
    key: NoteKey
    witness: NoteKey
    first: date
    last: date

    def __post_init__(self) -> None:
        for ident in (self.kiosk, self.venue):
            if not _IDENT.fullmatch(ident):
                raise CertificateError(f"{ident!r} is not an id")
        if (self.key.name, self.key.algorithm) != (origin_of(self.kiosk), ED25519):
            raise CertificateError("has a key that is not for checkpoints of this kiosk", where=self.kiosk)
        if self.witness.algorithm != COSIGNATURE:
            raise CertificateError("has a witness that cannot co-sign", where=self.kiosk)
        if self.last < self.first:
            raise CertificateError("ends before it begins", where=self.kiosk)

    def covers(self, at: datetime) -> bool:
        """Whether the authority vouches for the key at that time."""
        return self.first <= at.astimezone(HONG_KONG).date() <= self.last

    def text(self) -> str:
        """The note's text."""
        said = (self.kiosk, self.venue, self.key, self.witness, self.first, self.last)
        return "\n".join(
            (_TITLE, *(f"{name} {value}" for name, value in zip(_FIELDS, said, strict=True)), "")
        )

    def sign(self, authority: Signer) -> Note:
        """The certificate as a note."""
        return sign_note(self.text(), authority)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a note's text; whose it is, is for `open_certificate` to say.

        Raises:
            CertificateError: not a certificate.
            NoteError: a key in it is none.
        """
        lines = [line.partition(" ") for line in text.removesuffix("\n").split("\n")[1:]]
        if not text.startswith(f"{_TITLE}\n") or tuple(name for name, _, _ in lines) != _FIELDS:
            raise CertificateError("is not a certificate of a kiosk's key")
        kiosk, venue, key, witness, first, last = (value for _, _, value in lines)
        found = cls(kiosk, venue, NoteKey.parse(key), NoteKey.parse(witness), _day(first), _day(last))
        if found.text() != text:
            raise CertificateError("is not written as certificates are", where=kiosk)
        return found


def read_certificate(data: bytes) -> tuple[Certificate, Note]:
    """A certificate as it lies in a file; whether the authority signed it is not looked at.

    Raises:
        NoteError: not a note.
        CertificateError: not a certificate.
    """
    note = parse_note(data)
    return Certificate.parse(note.text), note


def open_certificate(data: bytes, authority: NoteKey) -> Certificate:
    """A certificate that ``authority`` signed.

    Raises:
        NoteError: not a note, or not signed by the authority.
        CertificateError: not a certificate.
    """
    certificate, note = read_certificate(data)
    open_note(note, (authority,))
    return certificate


def _day(text: str) -> date:
    wrong = CertificateError(f"has the day {text!r}, which is none")
    if not _DAY.fullmatch(text):
        raise wrong
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise wrong from error
