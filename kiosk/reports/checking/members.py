"""What is in an archive's members, inflated piece by piece, never beyond what the directory says of them."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

STORED, DEFLATED = 0, 8
PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Member:
    """One file in the archive, as the directory has it and its place was found."""

    #: As it stands there, folder included.
    name: str
    method: int
    crc: int
    packed: int
    size: int
    #: Where its (compressed) bytes begin.
    start: int


class Source(Protocol):
    """Where the bytes come from and faults go."""

    def at(self, start: int, count: int) -> bytes:
        """Bytes of the archive, fewer at its end."""

    def fault(self, code: str, member: Member, **values: str | int) -> None:
        """Something is wrong with a member."""

    def went(self, count: int) -> None:
        """So many bytes were looked at."""


class Reading:
    """A member as it is inflated. What it turned out to be is known once all pieces were taken."""

    def __init__(self, archive: Source, member: Member) -> None:
        self._archive = archive
        self._member = member
        self._hash = hashlib.sha256()
        self._crc = 0
        self._broken = False
        self.size = 0
        #: Whether all of it came out as the directory says.
        self.sound = False

    @property
    def sha256(self) -> str:
        """Of what came out, in hex."""
        return self._hash.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        """The pieces."""
        member = self._member
        for piece in self._stored() if member.method == STORED else self._inflated():
            self.size += len(piece)
            if self.size > member.size:
                self._fault("size", size=member.size)
                return
            self._hash.update(piece)
            self._crc = zlib.crc32(piece, self._crc)
            yield piece
        if self.size != member.size and not self._broken:
            self._fault("size", size=member.size)
        elif self._crc != member.crc and not self._broken:
            self._fault("crc")
        self.sound = not self._broken

    def _stored(self) -> Iterator[bytes]:
        at, end = self._member.start, self._member.start + self._member.packed
        while at < end:
            piece = self._archive.at(at, min(PIECE, end - at))
            if not piece:
                self._fault("breaks_off")
                return
            at += len(piece)
            self._archive.went(len(piece))
            yield piece

    def _inflated(self) -> Iterator[bytes]:
        stream, left = zlib.decompressobj(-zlib.MAX_WBITS), self._member.packed
        for raw in self._stored():
            left -= len(raw)
            data = raw
            while True:
                try:
                    piece = stream.decompress(data, PIECE)
                except zlib.error:
                    self._fault("deflate")
                    return
                data = stream.unconsumed_tail
                if piece:
                    yield piece
                if stream.eof or not (piece or data):
                    break
            if stream.eof:
                break
        if not stream.eof:
            self._fault("breaks_off")
        elif left or stream.unused_data:
            self._fault("after_deflate")

    def _fault(self, code: str, **values: int) -> None:
        self._broken = True
        self._archive.fault(code, self._member, **values)


def short(name: str) -> str:
    """A member's name without the archive's folder."""
    return name.partition("/")[2] or name


def lines(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """Lines with their newlines, the last perhaps without; of one longer than ``limit`` just so much as shows that it is."""
    rest = b""
    for piece in pieces:
        first, newline, others = piece.partition(b"\n")
        rest = (rest + first)[: limit + 1]
        if not newline:
            continue
        yield rest + b"\n"
        *whole, rest = others.split(b"\n")
        for line in whole:
            yield line[: limit + 1] + b"\n"
    if rest:
        yield rest
