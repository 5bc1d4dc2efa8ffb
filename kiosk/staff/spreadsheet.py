"""The register as a table that spreadsheet programs open, and back.

* UTF-8 with a byte-order mark: without it they show Chinese as noise.
* A cell that a spreadsheet program would run as a formula gets an apostrophe before it, which comes off again on the
  way back. An apostrophe of one's own gets another.
* Dates are YYYY-MM-DD; a program that shows dates may write them back as YYYY/M/D, which is taken too. Several stand in
  one cell, apart by ``;``.
* A paper that was seen: ``2021-05-01 by mei``, or ``yes`` where whoever imports sees it now. A sample:
  ``2021-04-25 negative, seen 2021-04-26 by mei``; a date alone is a negative one whose result is being seen now.
* A row without a number is a new member, one with a number changes that member. Nobody is removed.
* All rows are taken or none: every fault is told with its line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from pydantic import ValidationError

from kiosk.errors import KioskError
from kiosk.staff.register import MOST_MEMBERS, Member, Register, RegisterError, Seen, Told, ToldSample
from kiosk.texts import Language, text

COLUMNS = ("number", "name", "role", "active", "doses", "unfit", "declaration", "certificate", "tests")
_NEEDED = frozenset({"name"})
_MOST_BYTES = 200_000
_BOM = "\ufeff"
#: What spreadsheet programs take for the beginning of a formula, in full width too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'", "＝", "＋", "－", "＠")  # noqa: RUF001 - meant
_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_SEEN = re.compile(r"(\S+)\s+by\s+(\S+)")
_SAMPLE = re.compile(r"(\S+?)(?:\s+(negative|positive))?(?:,\s*seen\s+(\S+)\s+by\s+(\S+))?", re.IGNORECASE)
_YES = frozenset({"yes", "y", "true", "1", "是"})
_NO = frozenset({"no", "n", "false", "0", "否", ""})


@dataclass(frozen=True)
class Fault:
    """What is wrong with one line (from 1; 0: with the file), as the text ``staff.fault.<reason>`` with ``values``."""

    line: int
    reason: str
    values: dict[str, object] = field(default_factory=dict)

    def text(self, language: Language) -> str:
        """The fault in a sentence, with its line."""
        said = text(f"staff.fault.{self.reason}", language, **self.values)
        return text("staff.fault_line", language, line=self.line, fault=said) if self.line else said


class SpreadsheetError(KioskError, ValueError):
    """A table that cannot be imported; nothing of it was taken."""

    code = "bad_spreadsheet"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(fault.text("en") for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Rows:
    """What a table tells, each member with the line it began on."""

    told: tuple[Told, ...]
    lines: tuple[int, ...]

    def check(self, register: Register, *, by: str, on: date) -> None:
        """Find what the register would refuse, before anything is sent.

        Raises:
            SpreadsheetError: names the line.
        """
        try:
            register.tell(self.told, by=by, on=on)
        except RegisterError as error:
            line = 0 if error.place is None else self.lines[error.place]
            raise SpreadsheetError([Fault(line, error.reason, dict(error.values))]) from error


def written(register: Register) -> bytes:
    """The register as a file."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for member in register.members:
        table.writerow([guarded(cell) for cell in _cells(member)])
    return (_BOM + out.getvalue()).encode("utf-8")


def read(content: bytes) -> Rows:
    """What a file tells.

    Raises:
        SpreadsheetError: every fault with its line.
    """
    if len(content) > _MOST_BYTES:
        raise SpreadsheetError([Fault(0, "file_too_large", {"most": _MOST_BYTES // 1000})])
    try:
        said = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpreadsheetError([Fault(0, "not_utf8")]) from error
    table = csv.reader(io.StringIO(said, newline=""), strict=True)
    try:
        header = next(table, [])
        names = _header(header)
        begun, rows = table.line_num, []
        for cells in table:
            if any(cell.strip() for cell in cells):
                rows.append((begun + 1, cells))
            begun = table.line_num
    except csv.Error as error:
        raise SpreadsheetError([Fault(table.line_num, "not_csv")]) from error
    return _members(names, rows)


def _header(header: list[str]) -> list[str]:
    names = [name.strip().lower() for name in header]
    unknown = [name for name in names if name not in COLUMNS]
    if unknown or not set(names) >= _NEEDED or len(set(names)) != len(names):
        raise SpreadsheetError([Fault(1, "bad_header", {"columns": ", ".join(COLUMNS)})])
    return names


def _members(names: list[str], rows: list[tuple[int, list[str]]]) -> Rows:
    if not rows:
        raise SpreadsheetError([Fault(0, "no_rows")])
    if len(rows) > MOST_MEMBERS:
        raise SpreadsheetError([Fault(0, "too_many", {"most": MOST_MEMBERS})])
    told: list[Told] = []
    lines: list[int] = []
    faults: list[Fault] = []
    numbers: dict[str, int] = {}
    for line, cells in rows:
        found = _member(line, names, cells)
        if isinstance(found, Fault):
            faults.append(found)
            continue
        if found.id in numbers:
            faults.append(Fault(line, "number_twice", {"id": found.id, "first": numbers[found.id]}))
        if found.id:
            numbers.setdefault(found.id, line)
        told.append(found)
        lines.append(line)
    if faults:
        raise SpreadsheetError(faults)
    return Rows(tuple(told), tuple(lines))


def _member(line: int, names: list[str], cells: list[str]) -> Told | Fault:
    if len(cells) > len(names):
        return Fault(line, "too_many_cells")
    row = dict.fromkeys(COLUMNS, "") | {"active": "yes"}
    row |= {name: _plain(cell) for name, cell in zip(names, cells, strict=False)}
    column = ""
    try:
        data: dict[str, object] = {"id": row["number"] or None, "name": row["name"], "role": row["role"]}
        for column, reader in _READERS.items():
            data[_FIELDS.get(column, column)] = reader(row[column])
        column = ""
        return Told.model_validate(data)
    except ValidationError as problem:
        loc = problem.errors(include_url=False)[0]["loc"]
        place = column or (str(loc[0]) if loc else "samples")
        return Fault(line, "bad_cell", {"column": _COLUMNS.get(place, place)})
    except ValueError:
        return Fault(line, "bad_cell", {"column": column})


def _cells(member: Member) -> tuple[str, ...]:
    return (
        member.id,
        member.name,
        member.role,
        "yes" if member.active else "no",
        "; ".join(day.isoformat() for day in member.doses),
        "yes" if member.unfit else "no",
        _seen_cell(member.declaration),
        _seen_cell(member.certificate),
        "; ".join(
            f"{one.date} {'negative' if one.negative else 'positive'}, seen {_seen_cell(one.seen)}"
            for one in member.samples
        ),
    )


def _seen_cell(seen: Seen | None) -> str:
    return f"{seen.on} by {seen.by}" if seen else ""


def guarded(cell: str) -> str:
    """``cell`` so that no spreadsheet program runs it as a formula."""
    return "'" + cell if cell.startswith(_FORMULA) else cell


def _plain(cell: str) -> str:
    said = cell.strip()
    return said[1:] if said[:1] == "'" and said[1:].startswith(_FORMULA) else said


def _day(said: str) -> date:
    found = _DATE.fullmatch(said.strip())
    if found is None:
        raise ValueError("a date is written YYYY-MM-DD")
    year, month, day = found.groups()
    return date(int(year), int(month), int(day))


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in re.split("[;；]", cell) if part.strip()]  # noqa: RUF001 - meant


def _days(cell: str) -> tuple[date, ...]:
    return tuple(_day(part) for part in _parts(cell))


def _truth(cell: str) -> bool:
    said = cell.strip().lower()
    if said not in _YES | _NO:
        raise ValueError("yes or no is wanted")
    return said in _YES


def _seen(cell: str) -> bool | Seen:
    if cell.strip().lower() in _YES | _NO:
        return _truth(cell)
    found = _SEEN.fullmatch(cell.strip())
    if found is None:
        raise ValueError("a day, and who saw it")
    return Seen(on=_day(found[1]), by=found[2])


def _samples(cell: str) -> tuple[ToldSample, ...]:
    return tuple(_sample(part) for part in _parts(cell))


def _sample(said: str) -> ToldSample:
    found = _SAMPLE.fullmatch(said)
    if found is None:
        raise ValueError("a day, the result, and who saw it")
    seen = Seen(on=_day(found[3]), by=found[4]) if found[3] else None
    return ToldSample(date=_day(found[1]), negative=(found[2] or "negative").lower() == "negative", seen=seen)


_READERS = {
    "active": _truth,
    "doses": _days,
    "unfit": _truth,
    "declaration": _seen,
    "certificate": _seen,
    "tests": _samples,
}
_FIELDS = {"tests": "samples"}
_COLUMNS = {"samples": "tests", "id": "number"}
