"""An export: some days of the log as one file that proves itself (ADR 20).

Rules:

* What is exported is fixed as it begins; the log may grow meanwhile, and entries never change.
* Everything that is made from entries is packed first; then the log itself takes the entry that names the digest of
  the list of files; what proves that entry is packed last, and the file is put in place whole. One that fails on the way
  leaves nothing behind but, at worst, its entry.
* Memory does not grow with the days: entries are read once, a few hundred at a time.
* Where the log takes no more entries, the export carries none, and no report: nobody would vouch for it.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar

from kiosk import HONG_KONG, __version__
from kiosk.errors import KioskError
from kiosk.law import load_instruments
from kiosk.ledger.entries import Downloaded
from kiosk.ledger.leaf import canonical, parse_recorded, to_the_millisecond
from kiosk.ledger.notes import NoteKey
from kiosk.ledger.tlog_proof import TlogProof
from kiosk.premises.kept import dumps
from kiosk.reports.archive import Archive, Packed, Packer, whole
from kiosk.reports.readme import About, readme
from kiosk.reports.tables import LATER, Later, Tables, Tell, Words
from kiosk.settings import Settings
from kiosk.store import StoredCheckpoint, StoreReader, keys
from kiosk.store.states import premises_before
from kiosk.texts import Language

#: Seconds for which the log may take to sign an entry; it does within one.
SIGNED_WITHIN_S = 30.0
#: Seconds between two looks.
_LOOK_S = 0.05
#: Sizes of the log whose checkpoints are read at once.
_SIZES = 5000

#: Writes the entry of an export into the log; its index. The log is signed soon after.
Record = Callable[[Downloaded], int]
#: Told how many of how many entries were read.
Progress = Callable[[int, int], None]


class ExportError(KioskError):
    """These days cannot be exported."""

    code: ClassVar[str] = "bad_export"


@dataclass(frozen=True)
class Order:
    """What to export, and for whom: an inspector in ``session``, a manager ``by`` name, or whoever works on the box."""

    first: date
    last: date
    language: Language = "en"
    session: int | None = None
    by: str | None = None


@dataclass(frozen=True)
class Made:
    """An export that is there."""

    file: Path
    #: The indices of its entries, ``end`` excluded.
    start: int
    end: int
    #: How many were admitted.
    people: int
    #: The index of the log's own entry about it; None where the log takes no more.
    entry: int | None
    #: How many entries its checkpoint covers.
    covered: int
    #: Why it has no report; None where it has one.
    without_report: str | None


def make(
    settings: Settings,
    order: Order,
    file: Path,
    *,
    now: datetime,
    record: Record | None,
    tell: Tell,
    progress: Progress = lambda _done, _of: None,
) -> Made:
    """Make the export ``file``, whole or not at all. `kiosk.exporting` knows how to record it.

    Args:
        settings: the venue's file.
        order: what is wanted.
        file: where to; what is there is replaced.
        now: the time by the log's own clock.
        record: writes the entry; None where the log takes no more.
        tell: says an entry in a sentence, in the language of the order.
        progress: told how far it is.

    Raises:
        ExportError: there are no such days, or the log was not signed in time.
        ArchiveError: the file cannot be written.
        StoreError: the log cannot be read.
    """
    with StoreReader(settings.data / "log.sqlite") as reader:
        scope = _scope(settings, reader, order, now, with_entry=record is not None)
        with whole(file) as stream:
            archive = Archive(stream, file.parent, f"venue-kiosk_{scope.kiosk}_{order.first}_{order.last}")
            return _Making(settings, order, scope, reader, archive, tell).make(file, record, progress)


@dataclass(frozen=True)
class _Scope:
    """What an export is of, fixed as it begins."""

    kiosk: str
    key: NoteKey
    start: int
    end: int
    now: datetime
    #: The checkpoint of an export without an entry.
    newest: StoredCheckpoint | None
    cosigned: StoredCheckpoint | None
    certificate: bytes | None


def _scope(
    settings: Settings, reader: StoreReader, order: Order, now: datetime, *, with_entry: bool
) -> _Scope:
    where = str(settings.data / "log.sqlite")
    key, kiosk = keys.log_key(settings.data), reader.kiosk
    if key is None or kiosk is None or not reader.length:
        raise ExportError("the log is empty", where=where, mend="start the door first")
    _demand_days(reader, order, now)
    newest = reader.checkpoint()
    if newest is None and not with_entry:
        raise ExportError(
            "nothing of this log was ever signed", where=where, mend="there is nothing to prove"
        )
    days = reader.days(order.first, order.last)
    most = days.stop if with_entry or newest is None else newest.size
    return _Scope(
        kiosk,
        key,
        min(days.start, most),
        min(days.stop, most),
        to_the_millisecond(now),
        newest,
        reader.cosigned_checkpoint(),
        keys.certificate(settings.data),
    )


def _signed(newest: StoredCheckpoint | None, settings: Settings) -> StoredCheckpoint:
    if newest is None:
        where = str(settings.data / "log.sqlite")
        raise ExportError(
            "nothing of this log was ever signed", where=where, mend="there is nothing to prove"
        )
    return newest


def _demand_days(reader: StoreReader, order: Order, now: datetime) -> None:
    """Raise `ExportError` unless the days lie within the log's."""
    days = f"{order.first} to {order.last}"
    if order.last < order.first:
        raise ExportError("the last day is before the first", where=days, mend="turn them round")
    today = now.astimezone(HONG_KONG).date()
    if order.last > today:
        raise ExportError("lies in the future", where=f"{order.last}", mend=f"export up to {today}")
    begun = next(reader.read(0, 1)).at.date()
    if order.last < begun:
        raise ExportError("lies before the log", where=days, mend=f"the log begins on {begun}")


class _Making:
    """One export, step by step."""

    def __init__(
        self,
        settings: Settings,
        order: Order,
        scope: _Scope,
        reader: StoreReader,
        archive: Archive,
        tell: Tell,
    ) -> None:
        self._settings = settings
        self._order = order
        self._scope = scope
        self._reader = reader
        self._archive = archive
        self._tell = tell

    def make(self, file: Path, record: Record | None, progress: Progress) -> Made:
        """All of it."""
        scope = self._scope
        sheets, people = self._sheets(progress)
        report, without_report = self._report(with_entry=record is not None)
        self._listed(sheets, report, people, with_entry=record is not None)
        manifest = self._manifest()
        index = record(self._entry(manifest.sha256)) if record else None
        checkpoint = self._covering(index)
        self._proofs(checkpoint, index)
        self._archive.seal()
        return Made(file, scope.start, scope.end, people, index, checkpoint.size, without_report)

    # What is made from the entries

    def _sheets(self, progress: Progress) -> tuple[dict[str, Packed], int]:
        """The tables and the entries themselves, packed in one pass; how many people were admitted."""
        scope, reader = self._scope, self._reader
        words = Words(self._order.language, self._settings.zone_names)
        packers = {name: self._archive.packer() for name in ("people", "entries", "staff", "leaves")}
        later = Later.of(reader.of_types(*LATER, start=scope.start, end=scope.end), words)
        tables = Tables(
            words,
            self._tell,
            later,
            people=packers["people"],
            entries=packers["entries"],
            staff=packers["staff"],
        )
        leaves = packers["leaves"]
        for leaf in self._leaves(progress):
            leaves.write(leaf + b"\n")
            tables.add(parse_recorded(leaf))
        return {name: packer.packed() for name, packer in packers.items()}, tables.people

    def _leaves(self, progress: Progress) -> Iterator[bytes]:
        start, end = self._scope.start, self._scope.end
        for at, leaf in enumerate(self._reader.proved_leaves(start, end), start=start):
            if not at % 1000:
                progress(at - start, end - start)
            yield leaf
        progress(end - start, end - start)

    def _report(self, *, with_entry: bool) -> tuple[bytes | None, str | None]:
        """The report as PDF; or why there is none."""
        del with_entry
        return None, None

    # The archive, in the order of its members

    def _listed(
        self, sheets: dict[str, Packed], report: bytes | None, people: int, *, with_entry: bool
    ) -> None:
        """Everything that stands in the list of files."""
        archive, scope = self._archive, self._scope
        about = About(
            kiosk=scope.kiosk,
            venue=self._settings.name[self._order.language],
            first=self._order.first,
            last=self._order.last,
            start=scope.start,
            end=scope.end,
            people=people,
            made_at=scope.now,
            file=f"{archive.top}.zip",
            with_report=report is not None,
            with_entry=with_entry,
            with_certificate=scope.certificate is not None,
            with_cosigned=scope.cosigned is not None,
        )
        archive.add_bytes("README.txt", readme(about, self._order.language).encode())
        if report is not None:
            archive.add_bytes("report.pdf", report)
        for name in ("people", "entries", "staff"):
            archive.add(f"{name}.csv", sheets[name])
        for name, content in self._instruments():
            archive.add_bytes(name, content)
        archive.add("log/entries.jsonl", sheets["leaves"])
        checkpoints = self._checkpoints()
        if checkpoints is not None:
            archive.add("log/checkpoints.txt", checkpoints)
        if scope.cosigned is not None:
            archive.add_bytes("log/cosigned.note", scope.cosigned.note)
        if scope.certificate is not None:
            archive.add_bytes("log/certificate.note", scope.certificate)
        archive.add_bytes("log/key.txt", f"{scope.key}\n".encode())
        archive.add_bytes("log/state.json", dumps(premises_before(self._reader, scope.start)))

    def _instruments(self) -> Iterator[tuple[str, bytes]]:
        settings, order = self._settings, self._order
        for one in load_instruments(settings.instruments, include_unofficial=settings.include_unofficial):
            if one.in_force.first <= order.last and one.in_force.last >= order.first:
                yield f"instruments/{one.id}.yaml", one.file.read_bytes()

    def _checkpoints(self) -> Packed | None:
        """The signed checkpoints of the days, one after the other; None where there is none."""
        packer: Packer | None = None
        start, end = self._scope.start + 1, self._scope.end
        for first in range(start, end + 1, _SIZES):
            for one in self._reader.checkpoints(first, min(first + _SIZES - 1, end)):
                if packer is None:
                    packer = self._archive.packer()
                else:
                    packer.write(b"---\n")
                packer.write(one.note)
        return packer.packed() if packer else None

    def _manifest(self) -> Any:
        """The list of files."""
        order, scope = self._order, self._scope
        return self._archive.add_bytes(
            "manifest.json",
            canonical(
                {
                    "v": 1,
                    "kiosk": scope.kiosk,
                    "first": order.first.isoformat(),
                    "last": order.last.isoformat(),
                    "start": scope.start,
                    "end": scope.end,
                    "language": order.language,
                    "made_at": scope.now.isoformat(timespec="milliseconds"),
                    "program": __version__,
                    "files": [
                        {"name": one.name, "sha256": one.sha256, "size": one.size}
                        for one in self._archive.members
                    ],
                }
            ),
        )

    # The entry, and what proves it

    def _entry(self, manifest: str) -> Downloaded:
        order, scope = self._order, self._scope
        return Downloaded(
            first=order.first,
            last=order.last,
            start=scope.start,
            end=scope.end,
            manifest=manifest,
            session=order.session,
            by=order.by,
        )

    def _covering(self, index: int | None) -> StoredCheckpoint:
        """The first checkpoint that is found to cover an entry; the log signs it within a second."""
        if index is None:
            return _signed(self._scope.newest, self._settings)
        end = time.monotonic() + SIGNED_WITHIN_S
        while True:
            found = self._reader.checkpoint()
            if found is not None and found.size > index:
                return found
            if time.monotonic() >= end:
                raise ExportError(
                    f"entry {index}, which says that it was taken, was not signed within {SIGNED_WITHIN_S:.0f} seconds",
                    mend="look what the door says (kiosk doctor), and make the export again",
                )
            time.sleep(_LOOK_S)

    def _proofs(self, checkpoint: StoredCheckpoint, index: int | None) -> None:
        """The entry of this export, its neighbours, the checkpoint, and what joins them."""
        scope, reader, archive = self._scope, self._reader, self._archive
        note = checkpoint.note if index is None else checkpoint.signed
        around = {"download": index, "before": scope.start - 1 if scope.start else None}
        around["after"] = self._after(checkpoint.size, index)
        for name, at in around.items():
            if at is not None:
                proof = TlogProof(at, reader.inclusion(at, checkpoint.size), note)
                archive.add_bytes(f"log/{name}.json", next(reader.proved_leaves(at, at + 1)))
                archive.add_bytes(f"log/{name}.tlog-proof", proof.encode())
        archive.add_bytes("log/checkpoint.note", note)
        empty = scope.start == scope.end
        joined = {
            "v": 1,
            "range": [] if empty else _base64(reader.range_proof(scope.start, scope.end, checkpoint.size)),
            "consistency": self._joins(checkpoint),
        }
        archive.add_bytes("log/proof.json", canonical(joined))

    def _after(self, size: int, index: int | None) -> int | None:
        """The entry behind the days, where the checkpoint covers one of a later day."""
        end = self._scope.end
        if end >= size:
            return None
        if next(self._reader.read(end, 1)).at.date() > self._order.last:
            return end
        if index is not None and next(self._reader.read(index, 1)).at.date() > self._order.last:
            raise ExportError("the last day ended while the export was made", mend="make it again")
        return None

    def _joins(self, checkpoint: StoredCheckpoint) -> list[str] | None:
        cosigned = self._scope.cosigned
        if cosigned is None or cosigned.size == checkpoint.size:
            return None
        return _base64(self._reader.consistency(cosigned.size, checkpoint.size))


def _base64(hashes: Iterable[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in hashes]
