"""Reads an archive in the one form that an export has (ADR 20), and tells everything in which it differs.

A ZIP says most things twice, and programs differ in whom they believe. So nothing here is believed: each header is compared
with what it must be, the members lie one behind the other from the first byte to the directory, and the comment is the
SHA-256 of all that stands before the end record. Members are inflated piece by piece and never beyond the size that the
directory gives, so that memory stays flat and a bomb stays a line.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import BinaryIO, ClassVar

from kiosk.errors import KioskError
from kiosk.reports.checking.findings import Findings, Place
from kiosk.reports.checking.members import DEFLATED, PIECE, STORED, Member, Reading, short

Progress = Callable[[int, int], None]

#: Far above the members of any export.
MAX_MEMBERS = 500
_MAX_NAME = 200
#: What all members together may become: more than years of a busy place.
MAX_WHOLE = 8 * 1024**3

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_LOCAL_HEAD, _CENTRAL_HEAD = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I")
_END_HEAD = struct.Struct("<4s4H2IH")
_LOCAL_FIELDS = (
    *("signature", "version", "flags", "method", "time", "date"),
    *("crc", "packed", "size", "name_length", "extra_length"),
)
_CENTRAL_FIELDS = (
    *("signature", "made_by", "version", "flags", "method", "time", "date", "crc", "packed", "size"),
    *("name_length", "extra_length", "comment_length", "disk", "internal", "external", "offset"),
)
_END_FIELDS = (
    *("signature", "disk", "first_disk", "here", "members", "directory", "offset", "comment_length"),
)
#: 1 January 1980, 00:00; names are UTF-8; an ordinary file of Unix.
_FIXED = {"version": 20, "flags": 0x0800, "time": 0, "date": 0x21, "extra_length": 0}
_FIXED_CENTRAL = {
    **_FIXED,
    "made_by": 3 << 8 | 20,
    "comment_length": 0,
    "disk": 0,
    "internal": 0,
    "external": 0o100644 << 16,
}
_SEAL = 64
_LONGEST_END = _END_HEAD.size + 0xFFFF


class UnusableExportError(KioskError, ValueError):
    """A file that cannot be read, or that is no archive at all."""

    code: ClassVar[str] = "unusable_export"


class Archive:
    """An archive, open for reading. What is wrong with its form goes to ``findings``, what can be read is read all the same."""

    def __init__(self, stream: BinaryIO, findings: Findings, progress: Progress) -> None:
        """Read the end record, the directory and every header.

        Raises:
            UnusableExportError: not a ZIP at all.
            OSError: it cannot be read.
        """
        self._stream = stream
        self._findings = findings
        self._progress = progress
        self._done = 0
        self._size = stream.seek(0, 2)
        #: In the order of the directory.
        self.members: tuple[Member, ...] = ()
        end = self._end()
        if end is not None:
            self._read(*end)

    def _read(self, end: int, fields: dict[str, int], comment: bytes) -> None:
        self._demand_end(fields)
        self._demand_seal(end, comment)
        directory = self._directory(end, fields)
        if directory is None:
            return
        records = self._records(directory, end)
        if fields["members"] != len(records) or fields["here"] != len(records):
            self._findings.add("end_record", "", field="members")
        before = self._before(directory, fields["offset"], records)
        self.members = tuple(self._members(records, before, directory))

    def reading(self, member: Member) -> Reading:
        """A member, piece by piece."""
        return Reading(self, member)

    def at(self, start: int, count: int) -> bytes:
        """Bytes of the archive, fewer at its end."""
        self._stream.seek(start)
        return self._stream.read(count)

    def fault(self, code: str, member: Member, **values: str | int) -> None:
        """Something is wrong with a member."""
        self._findings.add(code, short(member.name), None, **values)

    def went(self, count: int) -> None:
        """So many bytes were looked at; each is twice, for the seal and for what is in it."""
        self._done += count
        self._progress(min(self._done, 2 * self._size), 2 * self._size)

    # Its parts, from the end

    def _end(self) -> tuple[int, dict[str, int], bytes] | None:
        """Where the end record is, its fields, and its comment."""
        tail = self.at(max(0, self._size - _LONGEST_END), _LONGEST_END)
        place = len(tail) - _END_HEAD.size - _SEAL
        if place < 0 or not tail.startswith(_END, place):
            place = tail.rfind(_END)
        if place < 0 or len(tail) - place < _END_HEAD.size:
            if self.at(0, len(_LOCAL)) not in {_LOCAL, _END}:
                raise UnusableExportError("is not a ZIP archive")
            self._findings.add("no_end", "")
            return None
        _, *values = _END_HEAD.unpack_from(tail, place)
        fields = dict(zip(_END_FIELDS[1:], values, strict=True))
        comment = tail[place + _END_HEAD.size :]
        if len(comment) > fields["comment_length"] and fields["comment_length"] == _SEAL:
            self._findings.add("after_end", "", count=len(comment) - _SEAL)
        return self._size - len(tail) + place, fields, comment[: fields["comment_length"]]

    def _demand_end(self, fields: dict[str, int]) -> None:
        for field, value in (("disk", 0), ("first_disk", 0), ("comment_length", _SEAL)):
            if fields[field] != value:
                self._findings.add("end_record", "", field=field)

    def _demand_seal(self, end: int, comment: bytes) -> None:
        hashed, at = hashlib.sha256(), 0
        while at < end:
            piece = self.at(at, min(PIECE, end - at))
            if not piece:
                break
            hashed.update(piece)
            at += len(piece)
            self.went(len(piece))
        if comment != hashed.hexdigest().encode():
            self._findings.add("seal", "")

    def _directory(self, end: int, fields: dict[str, int]) -> int | None:
        """Where the directory begins: right before the end record, where both say so."""
        wanted = (end - fields["directory"], fields["offset"])
        for start in wanted:
            if 0 <= start <= end and self.at(start, len(_CENTRAL)) == _CENTRAL:
                if start != wanted[0]:
                    self._findings.add("end_record", "", field="directory")
                return start
        self._findings.add("no_directory", "")
        return None

    def _records(self, start: int, end: int) -> list[tuple[dict[str, int], bytes]]:
        """The directory's records: fields and name. No name has a record's first bytes in it, so these divide them."""
        if end - start > MAX_MEMBERS * (_CENTRAL_HEAD.size + _MAX_NAME):
            self._findings.add("too_many", "", limit=MAX_MEMBERS)
            return []
        region = self.at(start, end - start)
        places = [0]
        while (place := region.find(_CENTRAL, places[-1] + _CENTRAL_HEAD.size)) >= 0:
            places.append(place)
        found = []
        for at, behind in pairwise((*places, len(region))):
            if behind - at <= _CENTRAL_HEAD.size:
                self._findings.add("directory", "", Place("byte", start + at))
                continue
            _, *values = _CENTRAL_HEAD.unpack_from(region, at)
            fields = dict(zip(_CENTRAL_FIELDS[1:], values, strict=True))
            rest = region[at + _CENTRAL_HEAD.size : behind]
            length = fields["name_length"]
            name = rest[:length] if fields["extra_length"] or fields["comment_length"] else rest
            if length != len(rest):
                self._findings.add("header_central", short(_text(name)), field="name_length")
            found.append((fields, name))
        return found

    def _before(self, directory: int, said: int, records: list[tuple[dict[str, int], bytes]]) -> int:
        """How many bytes stand before the archive proper; where only the end record's offset is wrong, none."""
        before = directory - said
        if before and records:
            first = records[0][0]["offset"]
            if before > 0 and self.at(before + first, len(_LOCAL)) == _LOCAL:
                self._findings.add("before_start", "", count=before)
                return before
            self._findings.add("end_record", "", field="offset")
        return 0

    def _members(
        self, records: list[tuple[dict[str, int], bytes]], before: int, directory: int
    ) -> Iterator[Member]:
        at, whole, names = before, 0, set()
        for fields, raw in records:
            name = _text(raw)
            self._demand_central(fields, name)
            start = fields["offset"] + before
            if start != at:
                # Whom to believe shows in whether a header is there.
                if self.at(start, len(_LOCAL)) != _LOCAL:
                    start = at
                    self._findings.add("header_central", short(name), field="offset")
                else:
                    self._findings.add("stray" if start > at else "overlap", short(name), Place("byte", at))
            self._demand_local(start, fields, raw)
            member = Member(
                name,
                fields["method"],
                fields["crc"],
                fields["packed"],
                fields["size"],
                start + _LOCAL_HEAD.size + len(raw),
            )
            at = member.start + member.packed
            if at > directory:
                self._findings.add("overlap", short(name), Place("byte", directory))
                at = directory
            if name in names:
                self._findings.add("duplicate", short(name))
                continue
            names.add(name)
            whole += member.size
            if whole > MAX_WHOLE:
                self._findings.add("too_large", short(name), limit=MAX_WHOLE)
                continue
            yield member
        if at != directory:
            self._findings.add("stray", "", Place("byte", at))

    def _demand_central(self, fields: dict[str, int], name: str) -> None:
        wrong = [field for field, value in _FIXED_CENTRAL.items() if fields[field] != value]
        if fields["method"] not in {STORED, DEFLATED}:
            wrong.append("method")
        for field in wrong:
            self._findings.add("header_central", short(name), field=field)

    def _demand_local(self, start: int, fields: dict[str, int], name: bytes) -> None:
        """The header in front of a member says what the directory says, byte for byte."""
        wanted = {
            "signature": _LOCAL,
            **{field: _FIXED.get(field, fields.get(field, 0)) for field in _LOCAL_FIELDS[1:]},
            "name_length": len(name),
        }
        there = self.at(start, _LOCAL_HEAD.size + len(name))
        if there == _LOCAL_HEAD.pack(*wanted.values()) + name:
            return
        if len(there) < _LOCAL_HEAD.size:
            self._findings.add("header_local", short(_text(name)), field="signature")
            return
        found = dict(zip(_LOCAL_FIELDS, _LOCAL_HEAD.unpack_from(there), strict=True))
        wrong = [field for field in _LOCAL_FIELDS if found[field] != wanted[field]]
        if there[_LOCAL_HEAD.size :] != name:
            wrong.append("name")
        for field in wrong:
            self._findings.add("header_local", short(_text(name)), field=field)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")
