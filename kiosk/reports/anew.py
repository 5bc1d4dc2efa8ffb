"""The report of an export, made anew from its proved entries: by one's own program, whatever the kiosk's own printed.

What an export does not carry is missing: zones go by their ids, the venue by the id in the certificate.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from kiosk.errors import KioskError
from kiosk.law import Instruments, load_instruments
from kiosk.ledger.entries import DayOpened, Recorded, Started
from kiosk.ledger.leaf import MAX_LEAF, parse_recorded
from kiosk.ledger.notes import MAX_NOTE, NoteKey
from kiosk.premises import Premises
from kiosk.premises.kept import loads
from kiosk.reports.checking import contents
from kiosk.reports.checking.findings import Findings
from kiosk.reports.checking.listed import Files
from kiosk.reports.checking.members import lines
from kiosk.reports.checking.unpack import Archive
from kiosk.reports.days import figures
from kiosk.reports.report import Cosigned, ReportFacts, TakenBy, write_report
from kiosk.reports.verify import Claims, Verdict
from kiosk.texts import LANGUAGES, Language

_STATE = 64 * 1024 * 1024
_INSTRUMENT = 4 * 1024 * 1024


class AnewError(KioskError):
    """No report can be made of this export."""

    code: ClassVar[str] = "no_report"


def make_anew(file: Path, verdict: Verdict, language: Language, out: Path) -> None:
    """Write the report of the export ``file`` as PDF to ``out``.

    Args:
        file: the export.
        verdict: on it, as `verify` gave it.
        language: of the report.
        out: where to; what is there is replaced.

    Raises:
        AnewError: the export has faults, is no longer the one that was judged, or names another instrument than it carries.
        KeptError, LeafError: another version of the program wrote it.
        PdfError: the PDF cannot be made.
    """
    claims = verdict.claims
    if verdict.status == "faulty" or claims is None:
        raise AnewError("is not to be trusted, so no report is made of it", where=str(file))
    with file.open("rb") as stream, tempfile.TemporaryDirectory(prefix="kiosk-report-") as folder:
        again = _Again(file, Archive(stream, Findings(), lambda _done, _of: None), claims)
        instruments = again.instruments(Path(folder))
        about = again.facts(instruments)
        days = figures(
            again.entries(instruments),
            again.before(),
            instruments,
            claims.first,
            claims.last,
            until=about.made_at,
        )
        told = tuple(days)
        again.demand_the_same()
        write_report(about, told, language, out)


class _Again:
    """The export, opened once more after it was judged."""

    def __init__(self, file: Path, archive: Archive, claims: Claims) -> None:
        self._file = file
        self._claims = claims
        self._findings = Findings()
        self._files = Files(archive, self._findings)
        manifest = self._bytes(contents.MANIFEST, contents.MAX_MANIFEST)
        if hashlib.sha256(manifest).hexdigest() != claims.manifest:
            raise self._changed()
        self._manifest = contents.read_manifest(manifest)
        # From here on every file is compared with the manifest as it is read.
        self._files.demand(self._manifest)

    def demand_the_same(self) -> None:
        """Raise `AnewError` where something read since was not what the manifest has."""
        if self._findings.any:
            raise self._changed()

    def instruments(self, folder: Path) -> Instruments:
        """Those that the export carries."""
        for listed in self._manifest.files:
            if listed.name.startswith(contents.INSTRUMENTS):
                content = self._bytes(listed.name, _INSTRUMENT)
                (folder / listed.name.removeprefix(contents.INSTRUMENTS)).write_bytes(content)
        return load_instruments(folder, include_unofficial=True)

    def before(self) -> Premises:
        """What the entries before the first add up to."""
        return loads(self._bytes(contents.STATE, _STATE))

    def entries(self, instruments: Instruments) -> Iterator[Recorded]:
        """Those of the days, in order; the law that they name is the one in the export."""
        carried = {one.id: one.digest for one in instruments}
        for line in lines(self._files.pieces(contents.ENTRIES), MAX_LEAF):
            recorded = parse_recorded(line.removesuffix(b"\n"))
            if isinstance(recorded.entry, DayOpened):
                self._demand_instrument(recorded.entry, carried)
            yield recorded

    def facts(self, instruments: Instruments) -> ReportFacts:
        """What the report says beside its days."""
        claims = self._claims
        name = claims.venue or claims.kiosk
        cosigned = claims.cosigned
        return ReportFacts(
            venue=dict.fromkeys(LANGUAGES, name),
            kiosk=claims.kiosk,
            demo=any(isinstance(one.entry, Started) and one.entry.demo for one in self.entries(instruments)),
            first=claims.first,
            last=claims.last,
            start=claims.start,
            end=claims.end,
            made_at=self._made_at(),
            taken_by=self._taken_by(),
            checkpoint=self._bytes(contents.CHECKPOINT, MAX_NOTE),
            key=NoteKey.parse(self._bytes(contents.KEY, MAX_NOTE).decode().strip()),
            cosigned=Cosigned(cosigned.size, cosigned.at) if cosigned else None,
            instruments=instruments,
            zones={},
        )

    def _is_demo(self) -> bool:
        starts = (
            line for line in lines(self._files.pieces(contents.ENTRIES), MAX_LEAF) if b'"started"' in line
        )
        entries = (parse_recorded(line.removesuffix(b"\n")).entry for line in starts)
        return any(isinstance(entry, Started) and entry.demo for entry in entries)

    def _demand_instrument(self, opened: DayOpened, carried: Mapping[str, str]) -> None:
        named, digest = opened.instrument, opened.instrument_digest
        if named is not None and digest is not None and carried.get(named, digest) != digest:
            raise AnewError(
                f"carries another text of the instrument {named} than its entries name", where=str(self._file)
            )

    def _made_at(self) -> datetime:
        download = self._claims.download
        if download is not None:
            return download.at
        try:
            return datetime.fromisoformat(self._manifest.made_at)
        except ValueError as error:
            raise AnewError("does not say when it was made", where=str(self._file)) from error

    def _taken_by(self) -> TakenBy:
        said = self._claims.inspector or {}
        download = self._claims.download
        if said.get("type") == "inspector_signed_in":
            names = ("department", "number", "by")
            return TakenBy(**{name: said[name] for name in names if isinstance(said.get(name), str)})
        return TakenBy(by=download.by if download else None)

    def _bytes(self, name: str, limit: int) -> bytes:
        content = self._files.whole(name, limit)
        if content is None:
            raise self._changed()
        return content

    def _changed(self) -> AnewError:
        return AnewError("was changed since it was judged", where=str(self._file), mend="verify it again")
