"""``python -m kiosk.reports.beside ORDER``: the report of an export, made while another process writes its entries.

Both read the whole of the days, and a machine has more than one processor. The file ORDER says what the report is of, and
where the PDF goes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import BaseModel, ConfigDict

from kiosk import discreet
from kiosk.errors import KioskError
from kiosk.law import load_instruments
from kiosk.ledger.entries import InspectorSignedIn, Started
from kiosk.ledger.notes import NoteKey
from kiosk.premises.kept import loads
from kiosk.reports.days import figures
from kiosk.reports.report import Cosigned, ReportFacts, TakenBy, write_report
from kiosk.reports.scope import Order, Scope
from kiosk.settings import Settings
from kiosk.store import StoreReader
from kiosk.texts import Language

#: Seconds for which the report may take once the entries are written; a year of busy days takes a minute.
LONGEST_S = 900.0
_NOT_MADE = 3


class ReportOrder(BaseModel):
    """What a report is of, as it goes to the process that makes it."""

    model_config = ConfigDict(frozen=True)

    log: Path
    instruments: Path
    include_unofficial: bool
    venue: dict[Language, str]
    zones: dict[str, dict[Language, str]]
    kiosk: str
    demo: bool
    first: date
    last: date
    start: int
    end: int
    made_at: datetime
    taken_by: TakenBy
    #: The newest signed checkpoint.
    checkpoint: str
    key: str
    cosigned: Cosigned | None
    #: What the entries before ``start`` add up to (`kiosk.premises.kept`).
    state: str
    language: Language
    #: Where the PDF goes.
    file: Path

    def facts(self) -> ReportFacts:
        """The same, as the report takes it."""
        return ReportFacts(
            venue=self.venue,
            kiosk=self.kiosk,
            demo=self.demo,
            first=self.first,
            last=self.last,
            start=self.start,
            end=self.end,
            made_at=self.made_at,
            taken_by=self.taken_by,
            checkpoint=self.checkpoint.encode(),
            key=NoteKey.parse(self.key),
            cosigned=self.cosigned,
            instruments=load_instruments(self.instruments, include_unofficial=self.include_unofficial),
            zones=self.zones,
        )


def write(order: ReportOrder) -> None:
    """Write the report.

    Raises:
        KioskError: it cannot be made.
    """
    about = order.facts()
    with StoreReader(order.log) as reader:
        days = figures(
            reader.read(order.start, order.end - order.start),
            loads(order.state.encode()),
            about.instruments,
            order.first,
            order.last,
            until=order.made_at,
        )
        write_report(about, days, order.language, order.file)


def order_of(
    settings: Settings, reader: StoreReader, scope: Scope, state: bytes, file: Path
) -> ReportOrder | None:
    """What the report of an export is of; None while nothing of the log has been signed.

    Args:
        settings: the venue's file.
        reader: of the log.
        scope: what is exported.
        state: what the entries before it add up to.
        file: where the PDF goes.
    """
    checkpoint, cosigned, started = reader.checkpoint(), scope.cosigned, reader.newest_of("started")
    if checkpoint is None:
        return None
    vouched = Cosigned(cosigned.size, cosigned.cosigned_at) if cosigned and cosigned.cosigned_at else None
    return ReportOrder(
        log=settings.data / "log.sqlite",
        instruments=settings.instruments,
        include_unofficial=settings.include_unofficial,
        venue=settings.name,
        zones=settings.zone_names,
        kiosk=scope.kiosk,
        demo=started is not None and isinstance(started.entry, Started) and started.entry.demo,
        first=scope.order.first,
        last=scope.order.last,
        start=scope.start,
        end=scope.end,
        made_at=scope.now,
        taken_by=_taken_by(reader, scope.order),
        checkpoint=checkpoint.signed.decode(),
        key=str(scope.key),
        cosigned=vouched,
        state=state.decode(),
        language=scope.order.language,
        file=file,
    )


def _taken_by(reader: StoreReader, order: Order) -> TakenBy:
    entry = None if order.session is None else next(reader.read(order.session, 1)).entry
    if isinstance(entry, InspectorSignedIn):
        return TakenBy(department=entry.department, number=entry.number, by=entry.by)
    return TakenBy(by=order.by)


class Beside:
    """A report that is being made by another process; within ``with``, and no longer than that."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kiosk-report-")
        #: Where the PDF goes.
        self.file = Path(self._folder.name) / "report.pdf"
        self._process: subprocess.Popen[bytes] | None = None
        self._why_not: str | None = None

    def begin(self, order: ReportOrder | None) -> None:
        """Begin to make it; None where there is nothing that it could stand on yet."""
        if order is None:
            self._why_not = "nothing of the log has been signed yet"
            return
        said = self.file.with_name("order.json")
        said.write_text(order.model_dump_json(), encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, said],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def finish(self) -> tuple[bytes | None, str | None]:
        """The PDF, or why there is none; neither where none was begun."""
        process = self._process
        if process is None:
            return None, self._why_not
        try:
            _, said = process.communicate(timeout=LONGEST_S)
        except subprocess.TimeoutExpired:
            return None, f"it was not made within {LONGEST_S:.0f} seconds: export fewer days"
        if process.returncode:
            lines = said.decode(errors="replace").strip().splitlines()
            return None, lines[-1][:300] if lines else f"it ended with status {process.returncode}"
        return self.file.read_bytes(), None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()


def main(order: Path) -> int:
    """Make the report of that order; a line on standard error says why there is none."""
    discreet.begin()
    try:
        write(ReportOrder.model_validate_json(order.read_bytes()))
    except KioskError as error:
        print(error, file=sys.stderr)
        return _NOT_MADE
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
