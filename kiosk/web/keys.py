"""Small secrets of the page server: files in the data folder that only its own user reads."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from kiosk.errors import KioskError

_LENGTH = 32


class KeyFileError(KioskError, OSError):
    """The page server cannot keep its own secret."""

    code = "key_file"


def session_secret(file: Path) -> bytes:
    """The secret that signs cookies; made at the first start.

    Raises:
        KeyFileError: it can be neither read nor made, or others may read it.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return _read(file)
        with os.fdopen(handle, "wb") as out:
            made = secrets.token_bytes(_LENGTH)
            out.write(made)
            out.flush()
            os.fsync(out.fileno())
            return made
    except OSError as error:
        if isinstance(error, KeyFileError):
            raise
        raise KeyFileError(
            f"the secret of the pages cannot be kept ({error.strerror})",
            where=str(file),
            mend="give the user of kiosk web the right to write there",
        ) from error


def _read(file: Path) -> bytes:
    if file.stat().st_mode & 0o077:
        raise KeyFileError("others may read the secret of the pages", where=str(file), mend="chmod 600 it")
    held = file.read_bytes()
    if len(held) < _LENGTH:
        raise KeyFileError(
            "the secret of the pages is cut off", where=str(file), mend="remove it and start again"
        )
    return held


def write_private(file: Path, text: str) -> None:
    """Write ``text`` so that only our own user can read it, whole or not at all.

    Raises:
        KeyFileError: it cannot be written.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        part.unlink(missing_ok=True)
        with os.fdopen(
            os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    except OSError as error:
        raise KeyFileError(
            f"cannot be written ({error.strerror})", where=str(file), mend="check folder and rights"
        ) from error
