"""Files that are there whole or not at all, whatever happens while they are written.

A file is written beside its place, made durable, and moved over the old one in one step; then the folder is made durable.
So the old file serves until the new one is complete, and a power cut leaves one of the two.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.errors import KioskError

#: What is left of a writer that was killed ends so; nobody reads it.
_UNFINISHED = ".unfinished"
_LOCK = ".lock"
_MODE = 0o640


class DataFolderError(KioskError):
    """The venue's data folder cannot be written."""

    code = "cannot_write"


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Be the one who writes in ``folder``, which is made where it is missing; others wait.

    Raises:
        DataFolderError: it cannot be written.
    """
    try:
        _make(folder)
        with (folder / _LOCK).open("ab") as lock:
            _belongs(folder / _LOCK, folder)
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in folder.glob(f".*{_UNFINISHED}"):
                left.unlink()
            yield
    except OSError as error:
        raise DataFolderError(
            f"cannot be written ({error.strerror})",
            where=str(error.filename or folder),
            mend="run it as the user of the door service (sudo -u kiosk-door -g kiosk …)",
        ) from error


def put(file: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Write ``file`` whole, in place of what was there. Within `writing`.

    Raises:
        OSError: it cannot be written; what was there still is.
    """
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-", suffix=_UNFINISHED)
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            for part in parts:
                out.write(part)
            out.flush()
            os.fchmod(out.fileno(), _MODE)
            os.fsync(out.fileno())
        _belongs(made, file.parent)
        os.replace(made, file)  # noqa: PTH105 -- the step that the tests break
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    _settle(file.parent)


def remove(file: Path) -> None:
    """Take ``file`` away. Within `writing`.

    Raises:
        OSError: it cannot be removed.
    """
    file.unlink()
    _settle(file.parent)


def stamp(folder: Path) -> int:
    """Changes whenever something is put into ``folder`` or removed; 0 where there is no such folder."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def _make(folder: Path) -> None:
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o750, exist_ok=True)
        _belongs(folder, folder.parent)


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    # The system's own times are coarse: two changes within one tick would have one stamp.
    now = time.time_ns()
    os.utime(folder, ns=(now, now))


def _belongs(file: Path, like: Path) -> None:
    """Root writes for the door service: the folder says who that is."""
    if os.geteuid() == 0:
        owner = like.stat()
        os.chown(file, owner.st_uid, owner.st_gid)
