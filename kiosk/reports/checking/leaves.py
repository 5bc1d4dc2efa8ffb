"""The entries of an export, read as strictly as they were written: each a leaf of this kiosk, in its place and in its days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kiosk.ledger.leaf import MAX_LEAF, VERSION, to_the_millisecond
from kiosk.reports.checking.contents import ENTRIES, Manifest, NotCanonicalError, read_canonical
from kiosk.reports.checking.findings import Findings, Place

#: As every time was written since Hong Kong gave up summer time.
_USUAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}\+08:00")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ReadLeaf:
    """What a leaf says of its place; what is not right in it is None, and told."""

    index: int | None
    at: datetime | None
    #: Hong Kong's date, as it is written.
    day: str
    entry: dict[str, Any]


class Leaves:
    """Reads leaf after leaf of ``log/entries.jsonl``."""

    def __init__(self, manifest: Manifest, findings: Findings, keep: frozenset[int] = frozenset()) -> None:
        self._findings = findings
        self._kiosk = manifest.kiosk
        self._next = manifest.start
        self._first, self._last = manifest.first.isoformat(), manifest.last.isoformat()
        self._keep = keep
        #: Entries that were asked for, by index.
        self.kept: dict[int, dict[str, Any]] = {}
        #: The times of the first and of the newest.
        self.began_at: datetime | None = None
        self.at: datetime | None = None

    def take(self, raw: bytes) -> None:
        """The next one."""
        place = Place("entry", self._next)
        leaf = read_leaf(raw, self._kiosk, self._findings, ENTRIES, place)
        if leaf is None:
            self._next += 1
            return
        if leaf.index is not None:
            if leaf.index != self._next:
                self._findings.add("index", ENTRIES, place, index=leaf.index)
            # From where it says it stands, so that one that is missing is one fault.
            self._next = leaf.index
            if leaf.index in self._keep:
                self.kept[leaf.index] = leaf.entry
        self._next += 1
        if leaf.at is None:
            return
        if self.at is not None and leaf.at < self.at:
            self._findings.add("time_goes_back", ENTRIES, place)
        if not self._first <= leaf.day <= self._last:
            self._findings.add("other_day", ENTRIES, place, day=leaf.day)
        self.at = leaf.at
        if self.began_at is None:
            self.began_at = leaf.at


def read_leaf(raw: bytes, kiosk: str, findings: Findings, file: str, place: Place | None) -> ReadLeaf | None:
    """One leaf; what is wrong with it is told, and None where nothing can be read of it."""
    if len(raw) > MAX_LEAF:
        findings.add("leaf_too_large", file, place, limit=MAX_LEAF)
        return None
    try:
        leaf = read_canonical(raw)
    except NotCanonicalError as error:
        findings.add(error.code, file, place)
        return None
    entry = leaf.get("entry") if isinstance(leaf, dict) else None
    if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
        findings.add("no_leaf", file, place)
        return None
    if leaf.get("v") != VERSION:
        findings.add("leaf_version", file, place)
    if leaf.get("kiosk") != kiosk:
        findings.add("other_kiosk", file, place, kiosk=kiosk)
    sealed = leaf.get("sealed")
    if sealed is not None and not (isinstance(sealed, str) and _DIGEST.fullmatch(sealed)):
        findings.add("no_leaf", file, place)
    index: Any = leaf.get("index")
    if not isinstance(index, int) or isinstance(index, bool) or index < 0:
        findings.add("no_leaf", file, place)
        index = None
    at = _time(leaf.get("at"))
    if at is None:
        findings.add("no_time", file, place)
    return ReadLeaf(index, at, leaf["at"][:10] if at else "", entry)


def _time(text: Any) -> datetime | None:
    """A time that is written as leaves write it."""
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
        if _USUAL.fullmatch(text):
            return at
        written = to_the_millisecond(at).isoformat(timespec="milliseconds") if at.tzinfo else None
    except (ValueError, OverflowError):
        return None
    return at if written == text else None
