"""Checkpoints: how many leaves a log has, and the root over them (c2sp.org/tlog-checkpoint).

The text is three lines: the origin (which log), the size in decimal, the root in base64. Extension lines are allowed
there and refused here: nobody could audit them. It is signed as a note; central adds its co-signature as a witness.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import ClassVar, Self

from kiosk.errors import KioskError
from kiosk.ledger.notes import Note, NoteKey, Signer, from_base64, is_name, open_note, parse_note, sign_note

_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
_LINES, _HASH = 3, 32


class CheckpointError(KioskError, ValueError):
    """Not a checkpoint, or one of another log."""

    code: ClassVar[str] = "bad_checkpoint"


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of itself."""

    #: Which log: `origin_of` the kiosk, which is its key's name as well.
    origin: str
    size: int
    #: RFC 6962, 32 bytes.
    root: bytes

    def text(self) -> str:
        """The note's text."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    def sign(self, signer: Signer) -> Note:
        """The checkpoint as a note. Whether it may be signed is for the caller to know (`Store.checkpoint`)."""
        return sign_note(self.text(), signer)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a note's text.

        Raises:
            CheckpointError: not exactly three lines of the right form.
        """
        lines = text.split("\n")
        if len(lines) != _LINES + 1 or lines[-1]:
            raise CheckpointError("is not the three lines of a checkpoint")
        origin, size, code, _ = lines
        if not is_name(origin):
            raise CheckpointError("has no origin that can be a key's name")
        if not _SIZE.fullmatch(size):
            raise CheckpointError("has no size", where=origin)
        root = from_base64(code)
        if root is None or len(root) != _HASH:
            raise CheckpointError("has no root of 32 bytes in base64", where=origin)
        return cls(origin, int(size), root)


def origin_of(kiosk: str) -> str:
    """The origin of a kiosk's log, and the name of the key that signs it."""
    return f"venue-kiosk/{kiosk}"


def open_checkpoint(data: bytes, *keys: NoteKey) -> tuple[Checkpoint, Note]:
    """A checkpoint that is signed by one of ``keys``, the log's own; other signatures may be on it.

    Raises:
        NoteError: not a note, or not signed by such a key.
        CheckpointError: not a checkpoint, or of a log whose name is not the key's.
    """
    note = parse_note(data)
    signed = open_note(note, keys)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin not in {key.name for key in signed}:
        raise CheckpointError("is of another log than the key that signed it", where=checkpoint.origin)
    return checkpoint, note
