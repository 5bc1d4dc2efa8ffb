"""The stick that an inspector brings: whether one is there, and an export put on it whole.

Rules:

* Nothing but a mounted stick is written to, so that a file never ends up in the folder over which it would have been mounted.
* A file appears under its name only when all of it is on the stick; an older file keeps its name.
* It counts as copied when what was read back from the stick has the SHA-256 of what was to be written.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar, Literal

from kiosk.errors import KioskError

#: ``none``: no stick is there · ``read_only``: nothing can be written to it · ``no_room``: it is too full.
State = Literal["ready", "none", "read_only", "no_room"]
#: What can go wrong while writing: the above, ``failed`` (it was pulled out, or is broken), ``not_same`` (it holds something else).
Problem = Literal["none", "read_only", "no_room", "failed", "not_same"]

#: Octets at a time.
_PIECE = 1 << 20
#: Octets that a stick needs beside the file, for its own tables.
_SPARE = 1 << 16
_MOST_NAMES = 100


class StickError(KioskError, OSError):
    """The export is not on the stick."""

    code = "stick"
    _MEND: ClassVar[dict[Problem, str]] = {
        "none": "put a stick in and wait a moment",
        "read_only": "use a stick that can be written to",
        "no_room": "use a stick with more room",
        "failed": "put the stick in again, or use another one",
        "not_same": "use another stick: this one does not keep what is written to it",
    }

    def __init__(self, problem: Problem, folder: Path) -> None:
        super().__init__(f"the stick: {problem}", where=str(folder), mend=self._MEND[problem])
        self.problem = problem


@dataclass(frozen=True)
class Place:
    """Where sticks are mounted.

    Args:
        folder: the mount point.
        mounted_only: whether it has to be one; for a demo, a plain folder does.
    """

    folder: Path
    mounted_only: bool = True

    def state(self, need: int = 0) -> State:
        """How things stand for a file of ``need`` octets."""
        try:
            if not self.folder.is_dir() or (self.mounted_only and not os.path.ismount(self.folder)):
                return "none"
            said = os.statvfs(self.folder)
        except OSError:
            return "none"
        if said.f_flag & os.ST_RDONLY or not os.access(self.folder, os.W_OK):
            return "read_only"
        return "ready" if said.f_bavail * said.f_frsize >= need + _SPARE else "no_room"

    def copy(self, file: Path, name: str, told: Callable[[int], None] = lambda _: None) -> str:
        """Put ``file`` on the stick as ``name`` (with a number, where there is such a file); what it is called there.

        Args:
            file: what to copy.
            name: a plain file name.
            told: called with the share that is done, in percent; reading back is the second half.

        Raises:
            StickError: it is not there; nothing half is left under its name.
        """
        size = file.stat().st_size
        if (state := self.state(size)) != "ready":
            raise StickError(state, self.folder)
        part = self.folder / f".{name}.part"
        with self._failing(part):
            with file.open("rb") as source, _new(part) as target:
                wanted = _written(source, target, lambda done: told(50 * done // max(1, size)))
            final = _free(self.folder, name)
            part.rename(final)
            _settle(self.folder)
        with self._failing(final):
            with final.open("rb") as back:
                # What this machine still remembers says nothing of what the stick holds.
                os.posix_fadvise(back.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
                found = _digest(back, lambda done: told(50 + 50 * done // max(1, size)))
            if found != wanted:
                raise StickError("not_same", self.folder)
        return final.name

    @contextmanager
    def _failing(self, left: Path) -> Iterator[None]:
        """Take away what is not whole, and say why."""
        try:
            yield
        except OSError as error:
            with contextlib.suppress(OSError):
                left.unlink()
            if isinstance(error, StickError):
                raise
            state = self.state()
            raise StickError("failed" if state == "ready" else state, self.folder) from error


def _new(part: Path) -> BinaryIO:
    with contextlib.suppress(FileNotFoundError):
        part.unlink()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.fdopen(os.open(part, flags, 0o600), "wb")


def _written(source: BinaryIO, target: BinaryIO, told: Callable[[int], None]) -> bytes:
    """Write all of it, to the stick itself; the SHA-256 of what was read."""
    digest, done = hashlib.sha256(), 0
    while piece := source.read(_PIECE):
        digest.update(piece)
        target.write(piece)
        done += len(piece)
        told(done)
    target.flush()
    os.fsync(target.fileno())
    return digest.digest()


def _digest(stream: BinaryIO, told: Callable[[int], None]) -> bytes:
    digest, done = hashlib.sha256(), 0
    while piece := stream.read(_PIECE):
        digest.update(piece)
        done += len(piece)
        told(done)
    return digest.digest()


def _free(folder: Path, name: str) -> Path:
    """A name that nothing on the stick has yet."""
    stem, dot, suffix = name.rpartition(".")
    names = [name, *(f"{stem}-{n}{dot}{suffix}" for n in range(2, _MOST_NAMES))]
    for one in names:
        if not (folder / one).exists():
            return folder / one
    raise FileExistsError(name)


def _settle(folder: Path) -> None:
    """The name, too, is on the stick."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Some file systems of sticks cannot do that for a folder; they are mounted so that every write goes through.
        with contextlib.suppress(OSError):
            os.fsync(opened)
    finally:
        os.close(opened)
