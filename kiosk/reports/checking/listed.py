"""The files of an export: those that the manifest lists, with the bytes that it gives, and no others."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.reports.checking.contents import BEHIND, LISTED, MAY_BE_ABSENT, Manifest, out_of_order, rank
from kiosk.reports.checking.findings import Findings
from kiosk.reports.checking.members import Member, Reading, short
from kiosk.reports.checking.unpack import Archive


class Files:
    """The members of an archive by their names, without the folder."""

    def __init__(self, archive: Archive, findings: Findings) -> None:
        self._archive = archive
        self._findings = findings
        self._members: dict[str, Member] = {}
        self._listed: dict[str, tuple[int, str]] = {}
        self._read: set[str] = set()
        for member in archive.members:
            self._members.setdefault(short(member.name), member)

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return name in self._members

    def demand(self, manifest: Manifest) -> None:
        """From here on a file is what ``manifest`` says of it; names and their order are looked at now."""
        for member in self._archive.members:
            if member.name != manifest.folder + short(member.name):
                self._findings.add("folder", short(member.name), folder=manifest.folder)
        names = [file.name for file in manifest.files]
        self._listed = {file.name: (file.size, file.sha256) for file in manifest.files}
        if len(self._listed) != len(names):
            self._findings.add("listed_twice", "manifest.json")
        there = [short(member.name) for member in self._archive.members]
        self._demand_all(there)
        for name in there:
            if rank(name) is None:
                self._findings.add("unknown_file", name)
            elif name not in self._listed and name not in BEHIND:
                self._findings.add("unlisted_file", name)
        for name in names:
            if rank(name) is None or name in BEHIND:
                self._findings.add("unknown_file", name)
        both = self._listed.keys() & set(there)
        ours, theirs = ([name for name in order if name in both] for order in (names, there))
        moved = out_of_order(names) or out_of_order(there)
        moved = moved or next(
            (found for wanted, found in zip(ours, theirs, strict=False) if wanted != found), None
        )
        if moved:
            self._findings.add("order", moved)

    def whole(self, name: str, limit: int) -> bytes | None:
        """The content of a small file; None where there is none, or it is damaged or larger than ``limit``."""
        member = self._members.get(name)
        if member is None:
            return None
        if member.size > limit:
            self._findings.add("too_large", name, limit=limit)
            return None
        reading = self._archive.reading(member)
        content = b"".join(reading)
        self._compare(name, reading)
        return content if reading.sound else None

    def pieces(self, name: str) -> Iterator[bytes]:
        """The content of a file, piece by piece; once all were taken, it has been compared with the manifest."""
        member = self._members.get(name)
        if member is not None:
            reading = self._archive.reading(member)
            yield from reading
            self._compare(name, reading)

    def _compare(self, name: str, reading: Reading) -> None:
        self._read.add(name)
        listed = self._listed.get(name)
        if reading.sound and listed is not None and listed != (reading.size, reading.sha256):
            self._findings.add("changed", name)

    def look_through(self) -> None:
        """Look at every file that nobody has looked at yet."""
        for name in self._members:
            if name not in self._read:
                for _ in self.pieces(name):
                    pass

    def _demand_all(self, there: list[str]) -> None:
        needed = {name for name in (*LISTED, *BEHIND) if name not in MAY_BE_ABSENT}
        for name in sorted((needed | set(self._listed)) - set(there)):
            self._findings.add("missing_file", name)
