"""Where the reader keeps the key that the panel gave it: 32 hexadecimal digits, for its own user's eyes only."""

from __future__ import annotations

import os
from pathlib import Path

from firmware_bridge.errors import BridgeError
from firmware_bridge.osdp_reader.channel import KEY_BYTES

_FOR_OTHERS = 0o077


class ReaderKeyError(BridgeError):
    """The file with the reader's key cannot be used."""

    code = "reader_key"


def read_key(path: Path) -> bytes | None:
    """The key, or None where there is no file yet; raises `ReaderKeyError`."""
    try:
        if path.stat().st_mode & _FOR_OTHERS:
            raise ReaderKeyError("others may read it", where=str(path), mend="chmod 600, and give a new key")
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ReaderKeyError(
            "cannot be read as a key", where=str(path), mend="delete it and begin anew"
        ) from error
    if len(key) != KEY_BYTES:
        raise ReaderKeyError("holds no key of 16 bytes", where=str(path), mend="delete it and begin anew")
    return key


def keep_key(path: Path, key: bytes) -> None:
    """Write it so that it is there, whole, after a power cut; raises `OSError`."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, key.hex().encode() + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
