"""Whose signatures an export carries: the authority's on the certificate, the kiosk's and central's on checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from kiosk.errors import KioskError
from kiosk.ledger.certificate import Certificate, read_certificate
from kiosk.ledger.checkpoint import Checkpoint, CheckpointError, origin_of
from kiosk.ledger.notes import (
    ED25519,
    MAX_NOTE,
    Note,
    NoteError,
    NoteKey,
    Signature,
    cosigned_at,
    open_note,
    parse_note,
)
from kiosk.reports.checking.contents import CERTIFICATE, CHECKPOINTS, KEY
from kiosk.reports.checking.findings import Findings, Place
from kiosk.reports.checking.members import lines

_BETWEEN = b"---\n"
_LONGEST_LINE = MAX_NOTE


class NotSignedError(KioskError, ValueError):
    """A checkpoint that says nothing; ``code`` says why not."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.why = code

    code: ClassVar[str] = "not_signed"


@dataclass(frozen=True)
class Keys:
    """By whom checkpoints of this export can be signed, and who says so."""

    kiosk: str
    key: NoteKey | None
    certificate: Certificate | None
    #: Whether the certificate is the authority's.
    vouched: bool

    @property
    def witness(self) -> NoteKey | None:
        """Central's key, as the certificate names it."""
        return self.certificate.witness if self.certificate else None

    def open(self, data: bytes) -> Signed:
        """A checkpoint of this kiosk.

        Raises:
            NotSignedError: ``note_form``, ``other_log``, or ``signature`` where one of ours does not hold.
        """
        return self.signed(*self.parsed(data))

    def parsed(self, data: bytes) -> tuple[Checkpoint, Note]:
        """What `open` does before it looks at a signature, which takes longer than all else."""
        try:
            note = parse_note(data)
            checkpoint = Checkpoint.parse(note.text)
        except (NoteError, CheckpointError) as error:
            raise NotSignedError("note_form") from error
        if checkpoint.origin != origin_of(self.kiosk):
            raise NotSignedError("other_log")
        return checkpoint, note

    def signed(self, checkpoint: Checkpoint, note: Note) -> Signed:
        """What `open` does then."""
        keys = [key for key in (self.key, self.witness) if key is not None]
        if not any(key.made(line) for key in keys for line in note.signatures):
            return Signed(checkpoint, note.signatures, by_kiosk=False, cosigned_at=None)
        try:
            found = open_note(note, keys)
            cosignature = found.get(self.witness) if self.witness else None
            at = cosigned_at(cosignature) if cosignature else None
        except NoteError as error:
            raise NotSignedError("signature") from error
        return Signed(checkpoint, note.signatures, by_kiosk=self.key in found, cosigned_at=at)

    def covers(self, at: datetime) -> bool:
        """Whether the authority vouches for the kiosk's key at that time."""
        return self.certificate is not None and self.certificate.covers(at)


@dataclass(frozen=True)
class Signed:
    """A checkpoint, and which of the export's keys signed it."""

    checkpoint: Checkpoint
    signatures: tuple[Signature, ...]
    by_kiosk: bool
    #: When the certificate's witness co-signed it, if it did.
    cosigned_at: datetime | None

    @property
    def by_another_key(self) -> bool:
        """Whether only a key signed it that has the kiosk's name and is not the one of this export."""
        names = {line.name for line in self.signatures}
        return not self.by_kiosk and self.cosigned_at is None and self.checkpoint.origin in names


def read_keys(
    kiosk: str, key: bytes | None, certificate: bytes | None, authority: NoteKey | None, findings: Findings
) -> Keys:
    """The kiosk's key and the certificate for it; what is wrong with either is told.

    Args:
        kiosk: by the manifest.
        key: the content of ``log/key.txt``.
        certificate: that of ``log/certificate.note``, where there is one.
        authority: whom to believe.
        findings: where faults go.
    """
    found = _key(kiosk, key, findings)
    if certificate is None:
        return Keys(kiosk, found, None, vouched=False)
    try:
        said, note = read_certificate(certificate)
    except KioskError:
        findings.add("certificate_form", CERTIFICATE)
        return Keys(kiosk, found, None, vouched=False)
    vouched = False
    if authority is not None:
        try:
            open_note(note, (authority,))
            vouched = True
        except NoteError:
            findings.add("certificate_not_the_authoritys", CERTIFICATE, authority=authority.name)
    if said.kiosk != kiosk:
        findings.add("certificate_other_kiosk", CERTIFICATE, kiosk=said.kiosk)
        vouched = False
    elif found is not None and said.key != found:
        findings.add("certificate_other_key", CERTIFICATE)
        vouched = False
    return Keys(kiosk, found, said, vouched=vouched)


def _key(kiosk: str, data: bytes | None, findings: Findings) -> NoteKey | None:
    if data is None:
        return None
    try:
        key = NoteKey.parse(data.decode().removesuffix("\n"))
    except (NoteError, UnicodeDecodeError):
        findings.add("key_form", KEY)
        return None
    if (key.name, key.algorithm) != (origin_of(kiosk), ED25519) or data != f"{key}\n".encode():
        findings.add("key_form", KEY)
        return None
    return key


def checkpoints_within(
    pieces: Iterator[bytes], keys: Keys, start: int, end: int, findings: Findings
) -> Iterator[Signed]:
    """The checkpoints of ``log/checkpoints.txt`` that can be compared, each larger than the one before.

    What is wrong with the others is told, and they are left out.
    """
    last = start
    for number, data in enumerate(_notes(pieces), start=1):
        # Each is larger than the one before, so there cannot be more of them than entries.
        if number > end - start:
            findings.add("within_range", CHECKPOINTS, Place("note", number))
            return
        try:
            checkpoint, note = keys.parsed(data)
            place = Place("checkpoint", checkpoint.size)
            if not start < checkpoint.size <= end:
                findings.add("within_range", CHECKPOINTS, place)
                continue
            if checkpoint.size <= last:
                findings.add("within_order", CHECKPOINTS, place)
                continue
            signed = keys.signed(checkpoint, note)
        except NotSignedError as error:
            findings.add(error.why, CHECKPOINTS, Place("note", number))
            continue
        if not (signed.by_kiosk or signed.cosigned_at or signed.by_another_key):
            findings.add("nobodys", CHECKPOINTS, place)
        last = checkpoint.size
        yield signed


def _notes(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What stands between the lines that divide them."""
    note = bytearray()
    for line in lines(pieces, _LONGEST_LINE):
        if line == _BETWEEN:
            yield bytes(note)
            note.clear()
        elif len(note) <= MAX_NOTE:
            note += line
    yield bytes(note)
