"""The ZIP of an export, in the one form that ADR 20 gives it.

A member is packed first, so that its size and its digests are known, and then written: nothing in the archive is ever gone
back to, and the same content always makes the same bytes. Memory does not grow with what is packed: what is large lies in
nameless files beside the archive until it is written.
"""

from __future__ import annotations

import hashlib
import os
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, ClassVar, Final

from kiosk.errors import KioskError

#: More than this is written to the disk while it is packed.
_IN_MEMORY = 1 << 18
#: Bytes that are compressed and hashed at once.
_PIECE = 1 << 16
#: What an archive without ZIP64 can say.
_MOST_BYTES, _MOST_MEMBERS = 0xFFFF_FFFE, 0xFFFE

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_VERSION, _MADE_BY, _UTF8 = 20, 3 << 8 | 20, 0x0800
_STORED, _DEFLATED = 0, 8
#: 1 January 1980, 00:00.
_TIME, _DATE = 0, 1 << 5 | 1
_RIGHTS = 0o100644 << 16


class ArchiveError(KioskError):
    """The archive cannot be written; nothing is left of it."""

    code: ClassVar[str] = "bad_archive"


@dataclass(frozen=True)
class Packed:
    """A member as it will lie in the archive."""

    method: int
    crc: int
    size: int
    #: SHA-256 of the content, in hex.
    sha256: str
    packed_size: int
    stream: IO[bytes]


class Packer:
    """Takes the content of one member, piece by piece.

    Args:
        folder: where it may lie meanwhile, under no name.
    """

    def __init__(self, folder: Path) -> None:
        self._stream: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(folder))  # noqa: SIM115 - the archive closes it
        self._deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        self._digest = hashlib.sha256()
        self._crc = 0
        self._size = 0
        self._waiting: list[bytes] = []
        self._waiting_size = 0

    def write(self, data: bytes) -> None:
        """Take some more."""
        self._waiting.append(data)
        self._waiting_size += len(data)
        if self._waiting_size >= _PIECE:
            self._take()

    def _take(self) -> None:
        piece = b"".join(self._waiting)
        self._waiting, self._waiting_size = [], 0
        self._digest.update(piece)
        self._crc = zlib.crc32(piece, self._crc)
        self._size += len(piece)
        self._stream.write(self._deflate.compress(piece))

    def packed(self) -> Packed:
        """The member; nothing can be added to it any more.

        Raises:
            ArchiveError: it is too large for an archive of this form.
        """
        self._take()
        if self._size:
            self._stream.write(self._deflate.flush())
        packed_size = self._stream.tell()
        if max(self._size, packed_size) > _MOST_BYTES:
            raise _too_large()
        self._stream.seek(0)
        method = _DEFLATED if self._size else _STORED
        return Packed(method, self._crc, self._size, self._digest.hexdigest(), packed_size, self._stream)


@dataclass(frozen=True)
class Member:
    """A member as a list of files has it."""

    name: str
    size: int
    #: In hex.
    sha256: str


class Archive:
    """An archive that is being written.

    Args:
        stream: where to; nothing else is written to it.
        folder: where content may lie meanwhile, under no name.
        top: the folder that is in front of every name.
    """

    def __init__(self, stream: IO[bytes], folder: Path, top: str) -> None:
        self._stream = stream
        self._folder = folder
        #: The folder in which everything lies.
        self.top = top
        self._seal = hashlib.sha256()
        self._at = 0
        self._central: list[bytes] = []
        self._members: list[Member] = []

    @property
    def members(self) -> tuple[Member, ...]:
        """What is in it so far, in order, without the folder in front of the names."""
        return tuple(self._members)

    def packer(self) -> Packer:
        """To pack a member piece by piece, before or while others are written."""
        return Packer(self._folder)

    def add_bytes(self, name: str, content: bytes) -> Member:
        """Write a small member.

        Raises:
            ArchiveError: the archive becomes too large.
        """
        packer = self.packer()
        packer.write(content)
        return self.add(name, packer.packed())

    def add(self, name: str, packed: Packed) -> Member:
        """Write a member.

        Raises:
            ArchiveError: the archive becomes too large.
        """
        written = f"{self.top}/{name}".encode("ascii")
        shared = (
            _UTF8,
            packed.method,
            _TIME,
            _DATE,
            packed.crc,
            packed.packed_size,
            packed.size,
            len(written),
        )
        self._central.append(
            _CENTRAL.pack(b"PK\x01\x02", _MADE_BY, _VERSION, *shared, 0, 0, 0, 0, _RIGHTS, self._at) + written
        )
        self._write(_LOCAL.pack(b"PK\x03\x04", _VERSION, *shared, 0) + written)
        with packed.stream as stream:
            while piece := stream.read(_PIECE):
                self._write(piece)
        member = Member(name, packed.size, packed.sha256)
        self._members.append(member)
        return member

    def seal(self) -> None:
        """Write the directory of the archive, and the seal over everything before it.

        Raises:
            ArchiveError: the archive becomes too large.
        """
        count, start = len(self._central), self._at
        if count > _MOST_MEMBERS:
            raise _too_large()
        for header in self._central:
            self._write(header)
        comment = self._seal.hexdigest().encode()
        self._stream.write(
            _END.pack(b"PK\x05\x06", 0, 0, count, count, self._at - start, start, len(comment)) + comment
        )

    def _write(self, data: bytes) -> None:
        self._at += len(data)
        if self._at > _MOST_BYTES:
            raise _too_large()
        self._seal.update(data)
        self._stream.write(data)


@contextmanager
def whole(file: Path) -> Iterator[IO[bytes]]:
    """A file that is put in place at the end, readable by its owner alone; on any error nothing of it is left.

    Raises:
        ArchiveError: it cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)
    except OSError as error:
        raise _not_written(file, error) from error
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    except BaseException as error:
        draft.unlink(missing_ok=True)
        if isinstance(error, OSError) and not isinstance(error, KioskError):
            raise _not_written(file, error) from error
        raise
    _settle(file.parent)


def _settle(folder: Path) -> None:
    """Have the folder remember the name; some file systems of USB sticks cannot be asked to."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def _too_large() -> ArchiveError:
    return ArchiveError("an export cannot be larger than 4 GB", mend="export fewer days at a time")


def _not_written(file: Path, error: OSError) -> ArchiveError:
    return ArchiveError(
        f"cannot be written ({error.strerror or error})",
        where=str(file),
        mend="check folder, rights and room on the disk",
    )
