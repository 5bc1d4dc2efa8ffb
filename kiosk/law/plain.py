"""A sheet of the law as aligned text for a terminal; a Chinese character is as wide as two Latin ones."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from kiosk.law.sheet import Cell, Row, Section, Sheet

WIDTH = 100
_GAP = 2
#: Categories of Unicode: marks that do not begin a line, and marks that do not end one.
_CLOSING = {"Pe", "Pf", "Po"}
_OPENING = {"Ps", "Pi"}


def plain(sheet: Sheet, width: int = WIDTH) -> str:
    """The sheet in lines of at most ``width`` columns, as long as no single word is longer."""
    out = [sheet.title, "=" * min(columns(sheet.title), width), ""]
    for warning in sheet.warnings:
        out += [f"! {line}" for line in wrapped(warning, width - 2)]
    if sheet.warnings:
        out.append("")
    label = max((columns(name) for name, _ in sheet.facts), default=0)
    for name, value in sheet.facts:
        out += _beside([(name, label), (value, width - label - _GAP)])
    for section in sheet.sections:
        out += ["", *_section(section, sheet, width)]
    return "\n".join(line.rstrip() for line in out) + "\n"


def _section(section: Section, sheet: Sheet, width: int) -> Iterator[str]:
    title = f"{section.title}  [{section.para}]" if section.para else section.title
    yield from wrapped(title, width)
    yield "-" * min(columns(title), width)
    topic = max(columns(row.topic) for one in sheet.sections for row in one.rows)
    mark = max((columns(name) for name in sheet.marks), default=-_GAP)
    para = max(columns(line.para) for one in sheet.sections for row in one.rows for line in _lines(row))
    rest = width - topic - _GAP - mark - _GAP - para - _GAP
    for row in section.rows:
        shown = row.topic
        for name, cell in zip(sheet.marks or ("",), row.cells, strict=True):
            for number, (text, cited) in enumerate(_texts(cell)):
                marked = [(name if number == 0 else "", mark)] if sheet.marks else []
                yield from _beside([(shown, topic), *marked, (text, rest), (cited, para)])
                shown = ""


def _lines(row: Row) -> Cell:
    return tuple(line for cell in row.cells for line in cell)


def _texts(cell: Cell) -> Iterator[tuple[str, str]]:
    for line in cell:
        yield ("- " if line.inset else "") + line.text, line.para


def _beside(cells: list[tuple[str, int]]) -> Iterator[str]:
    """Texts in columns of these widths, as many lines as the longest needs."""
    parts = [wrapped(text, width, hang=2 if text.startswith("- ") else 0) for text, width in cells]
    for number in range(max(len(part) for part in parts)):
        line = ""
        for part, (_, width) in zip(parts, cells, strict=True):
            said = part[number] if number < len(part) else ""
            line += said + " " * (width - columns(said) + _GAP)
        yield line


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(_wide(char) for char in text)


def _wide(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrapped(text: str, width: int, *, hang: int = 0) -> list[str]:
    """The text in lines of ``width`` columns, broken at blanks and between Chinese characters."""
    out, line = [], ""
    for piece in _pieces(text):
        if columns(line + piece.rstrip()) > width and line.strip():
            out.append(line.rstrip())
            line = " " * hang
        line += piece.lstrip() if not line.strip() else piece
        while columns(line.rstrip()) > width:
            # One long word, such as a digest: it is cut rather than let out of its column.
            cut = next(n for n in range(len(line), 0, -1) if columns(line[:n]) <= width)
            out.append(line[:cut])
            line = " " * hang + line[cut:]
    return [*out, line.rstrip()] if line.strip() or not out else out


def _pieces(text: str) -> Iterator[str]:
    """What may not be broken: words with the blank after them, Chinese characters with their marks."""
    piece = ""
    for char in text:
        if piece and _may_break(piece[-1], char):
            yield piece
            piece = ""
        piece += char
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    if before == " " or after == " ":
        return before == " " and after != " "
    if unicodedata.category(after) in _CLOSING or unicodedata.category(before) in _OPENING:
        return False
    return _wide(before) > 1 or _wide(after) > 1
