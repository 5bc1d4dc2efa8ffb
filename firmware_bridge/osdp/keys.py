"""A reader's base key in a file: 32 hexadecimal digits, for the door's user alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from firmware_bridge.errors import BridgeError
from firmware_bridge.osdp.secure import DEFAULT_KEY, KEY_LENGTH

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeyFileError(BridgeError):
    """A reader's key cannot be read, or must not be used as it lies there."""

    code: ClassVar[str] = "bad_osdp_key"


def load_key(file: Path) -> bytes:
    """The key in ``file``.

    Raises:
        KeyFileError: it is not there, not a key, the key that all readers know, or open to others.
    """
    try:
        mode = file.stat().st_mode
        text = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(
            f"cannot be read ({error})", where=str(file), mend="install the reader: kiosk osdp install"
        ) from error
    if mode & _OTHERS:
        raise KeyFileError(
            "can be read by others than the door's user", where=str(file), mend=f"chmod 600 {file}"
        )
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_LENGTH:
        raise KeyFileError(f"is not a key: {2 * KEY_LENGTH} hexadecimal digits", where=str(file))
    if key == DEFAULT_KEY:
        raise KeyFileError(
            "holds the key that all readers leave the factory with: it protects nothing",
            where=str(file),
            mend="install the reader anew: kiosk osdp install",
        )
    return key


def make_key(file: Path, random: Callable[[int], bytes] = os.urandom) -> bytes:
    """A new key, written to ``file`` for its owner alone before it goes anywhere else.

    Raises:
        KeyFileError: it cannot be written, or there is one already: a reader that has it would never be reached again.
    """
    key = random(KEY_LENGTH)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(key.hex() + "\n")
            out.flush()
            os.fsync(out.fileno())
    except FileExistsError as error:
        raise KeyFileError(
            "there is a key already", where=str(file), mend="move it away only when no reader has it any more"
        ) from error
    except OSError as error:
        raise KeyFileError(f"cannot be written ({error.strerror})", where=str(file)) from error
    return key
