"""Files of signing keys: the private half for its owner alone, the public half for everybody.

A file holds one line, a key as `Signer.secret` or `NoteKey` writes it.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from kiosk.ledger.notes import NoteError, NoteKey, Signer


def make_signing_key(file: Path, signer: Signer) -> None:
    """Write a new private key file that only its owner may read: whole, or not at all.

    Raises:
        FileExistsError: there is one already; a key is never overwritten.
        OSError: it cannot be written.
    """
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(signer.secret() + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        # A link, unlike a move, does not take the place of a key that is there.
        os.link(draft, file)
    finally:
        draft.unlink()
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def load_signing_key(file: Path) -> Signer:
    """The private key in a file.

    Raises:
        NoteError: it cannot be read, or is no private key.
    """
    return Signer.parse(_line(file))


def load_note_key(file: Path) -> NoteKey:
    """The public key in a file.

    Raises:
        NoteError: it cannot be read, or is no public key.
    """
    return NoteKey.parse(_line(file))


def _line(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not text"
        raise NoteError(
            f"cannot be read ({why})", where=str(file), mend="check the name and permissions"
        ) from error
