"""A sheet of the law for people to check: sections, rows by topic, and beside each thing said its paragraph.

Text on a terminal and the page for a browser are both made from it, so that they cannot differ in what they say.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.texts import Language


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said and its paragraph, "" where none says it; ``inset``: one of the ways of the line before.

    ``uncited`` is the text without the paragraphs that stand within it, "" where there are none.
    """

    text: str
    para: str
    inset: bool = False
    uncited: str = ""

    @property
    def words(self) -> str:
        """What is said, whichever paragraph says it."""
        return self.uncited or self.text


Cell = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """What is said on one topic: in a sheet of changes before and now, otherwise once."""

    topic: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """What is said of one place; ``key`` is unique in its sheet and made of letters, digits and hyphens."""

    key: str
    title: str
    para: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All sections under one title, with what the reader must know first.

    ``columns`` are the headings of the topic and of each cell; ``marks`` name the cells where there are two.
    """

    language: Language
    title: str
    warnings: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    marks: tuple[str, ...]
    sections: tuple[Section, ...]
