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

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kiosk import __version__
from kiosk.law import load_instruments
from kiosk.ledger.entries import Downloaded
from kiosk.ledger.leaf import canonical, parse_recorded
from kiosk.premises.kept import dumps
from kiosk.reports.archive import Archive, Member, Packed, Packer, whole
from kiosk.reports.beside import Beside, order_of
from kiosk.reports.proving import add_proofs, covering
from kiosk.reports.readme import About, readme
from kiosk.reports.scope import ExportError, Order, Scope, scope_of
from kiosk.reports.tables import LATER, Later, Tables, Tell, Words
from kiosk.settings import Settings
from kiosk.store import StoreReader
from kiosk.store.states import premises_before

__all__ = ["ExportError", "Made", "Order", "Progress", "Record", "make"]

#: Sizes of the log whose checkpoints are read at once.
_SIZES = 5000
#: Entries between two words of progress.
_STEP = 1000

#: Writes the entry of an export into the log; its index. The log is signed soon after.
Record = Callable[[Downloaded], int]
#: Told how many of how many entries were read.
Progress = Callable[[int, int], None]


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
    still: bool = False,
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
        still: the log lies on a medium that cannot be written.

    Raises:
        ExportError: there are no such days, or the log was not signed in time.
        ArchiveError: the file cannot be written.
        StoreError: the log cannot be read.
    """
    with StoreReader(settings.data / "log.sqlite", still=still) as reader:
        scope = scope_of(settings, reader, order, now, with_entry=record is not None)
        with whole(file) as stream, Beside() as beside:
            archive = Archive(stream, file.parent, f"venue-kiosk_{scope.kiosk}_{order.first}_{order.last}")
            making = _Making(settings, scope, reader, archive, tell)
            return making.make(file, beside, record, progress)


class _Making:
    """One export, step by step."""

    def __init__(
        self, settings: Settings, scope: Scope, reader: StoreReader, archive: Archive, tell: Tell
    ) -> None:
        self._settings = settings
        self._scope = scope
        self._reader = reader
        self._archive = archive
        self._tell = tell
        #: What the entries before the days add up to.
        self._state = dumps(premises_before(reader, scope.start))

    def make(self, file: Path, beside: Beside, record: Record | None, progress: Progress) -> Made:
        """All of it."""
        scope = self._scope
        if record is not None:
            beside.begin(order_of(self._settings, self._reader, scope, self._state, beside.file))
        sheets, people = self._sheets(progress)
        report, without_report = beside.finish()
        self._listed(sheets, report, people)
        manifest = self._manifest()
        index = None if record is None else record(self._entry(manifest.sha256))
        checkpoint = scope.last_signed if index is None else covering(self._reader, index)
        if checkpoint is None:
            raise ExportError("nothing of this log was ever signed")
        add_proofs(self._archive, self._reader, scope, checkpoint, index)
        self._archive.seal()
        return Made(file, scope.start, scope.end, people, index, checkpoint.size, without_report)

    # What is made from the entries

    def _sheets(self, progress: Progress) -> tuple[dict[str, Packed], int]:
        """The tables and the entries themselves, packed in one pass; how many people were admitted."""
        scope, reader = self._scope, self._reader
        words = Words(scope.order.language, self._settings.zone_names)
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
            if not at % _STEP:
                progress(at - start, end - start)
            yield leaf
        progress(end - start, end - start)

    # The archive, in the order of its members

    def _listed(self, sheets: dict[str, Packed], report: bytes | None, people: int) -> None:
        """Everything that stands in the list of files."""
        archive, scope = self._archive, self._scope
        about = About(
            kiosk=scope.kiosk,
            venue=self._settings.name[scope.order.language],
            first=scope.order.first,
            last=scope.order.last,
            start=scope.start,
            end=scope.end,
            people=people,
            made_at=scope.now,
            file=f"{archive.top}.zip",
            with_report=report is not None,
            with_entry=scope.with_entry,
            with_certificate=scope.certificate is not None,
            with_cosigned=scope.cosigned is not None,
        )
        archive.add_bytes("README.txt", readme(about, scope.order.language).encode())
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
        archive.add_bytes("log/state.json", self._state)

    def _instruments(self) -> Iterator[tuple[str, bytes]]:
        settings, order = self._settings, self._scope.order
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

    def _manifest(self) -> Member:
        """The list of files."""
        scope = self._scope
        return self._archive.add_bytes(
            "manifest.json",
            canonical(
                {
                    "v": 1,
                    "kiosk": scope.kiosk,
                    "first": scope.order.first.isoformat(),
                    "last": scope.order.last.isoformat(),
                    "start": scope.start,
                    "end": scope.end,
                    "language": scope.order.language,
                    "made_at": scope.now.isoformat(timespec="milliseconds"),
                    "program": __version__,
                    "files": [
                        {"name": one.name, "sha256": one.sha256, "size": one.size}
                        for one in self._archive.members
                    ],
                }
            ),
        )

    def _entry(self, manifest: str) -> Downloaded:
        scope = self._scope
        return Downloaded(
            first=scope.order.first,
            last=scope.order.last,
            start=scope.start,
            end=scope.end,
            manifest=manifest,
            session=scope.order.session,
            by=scope.order.by,
        )
