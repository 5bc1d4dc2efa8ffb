"""A sheet of the law as one HTML page that needs nothing else: to read, on a phone too, and to print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from importlib.resources import files

from kiosk.law.sentences import said
from kiosk.law.sheet import Cell, Line, Row, Section, Sheet

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_STYLE = (files("kiosk.law") / "static" / "page.css").read_text(encoding="utf-8")


def page(*sheets: Sheet) -> str:
    """The page of one sheet, or of several one after the other in the language of the first."""
    first = sheets[0]
    body = "\n".join(part for number, sheet in enumerate(sheets) for part in _sheet(sheet, f"s{number}"))
    return (
        f'<!DOCTYPE html>\n<html lang="{first.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(first.title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"{body}\n</main>\n</body>\n</html>\n"
    )


def _sheet(sheet: Sheet, prefix: str) -> Iterator[str]:
    yield f"<article>\n<h1>{_whole_dates(sheet.title)}</h1>"
    for warning in sheet.warnings:
        yield f'<p class="warning"><strong aria-hidden="true">!</strong> {escape(warning)}</p>'
    facts = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in sheet.facts
    )
    yield f'<dl class="facts">{facts}</dl>'
    yield from _contents(sheet, prefix)
    for section in sheet.sections:
        yield from _section(section, sheet, f"{prefix}-{section.key}")
    yield "</article>"


def _whole_dates(text: str) -> str:
    """The text with its dates kept on one line: a hyphen is a place to break."""
    return _DATE.sub(lambda date: f'<span class="whole">{date[0]}</span>', escape(text))


def _contents(sheet: Sheet, prefix: str) -> Iterator[str]:
    if not sheet.sections:
        return
    name = escape(said("contents", sheet.language))
    links = "".join(
        f'<li><a href="#{prefix}-{section.key}">{escape(section.title)}</a></li>'
        for section in sheet.sections
    )
    yield f'<nav aria-label="{name}"><h2>{name}</h2><ul>{links}</ul></nav>'


def _section(section: Section, sheet: Sheet, key: str) -> Iterator[str]:
    kind = "changes" if sheet.marks else "says"
    cited = _para(section.para, sheet)
    yield f'<section id="{key}" aria-labelledby="{key}-title">'
    yield f'<h2 id="{key}-title">{escape(section.title)}{cited}</h2>'
    # The roles say again what the elements are: a phone lays them out as blocks, and would forget it.
    yield f'<table class="{kind}" role="table" aria-labelledby="{key}-title">'
    heads = "".join(f'<th role="columnheader" scope="col">{head}</th>' for head in _heads(sheet))
    yield f'<thead role="rowgroup"><tr role="row">{heads}</tr></thead>\n<tbody role="rowgroup">'
    for row in section.rows:
        yield _row(row, sheet)
    yield "</tbody></table></section>"


def _heads(sheet: Sheet) -> tuple[str, ...]:
    """One heading for each cell; where there is one cell, its paragraphs stand in it on the right."""
    heads = tuple(escape(head) for head in sheet.columns)
    return heads if sheet.marks else (heads[0], f'{heads[1]} <span class="right">{heads[2]}</span>')


def _row(row: Row, sheet: Sheet) -> str:
    labels = sheet.columns[1:] if sheet.marks else ("",)
    shared = set.intersection(*({line.words for line in cell} for cell in row.cells))
    cells = "".join(
        f'<td role="cell">{_label(label)}{_cell(cell, sheet, shared)}</td>'
        for label, cell in zip(labels, row.cells, strict=True)
    )
    return f'<tr role="row"><th role="rowheader" scope="row">{escape(row.topic)}</th>{cells}</tr>'


def _label(label: str) -> str:
    # Seen where a phone shows the cells one below the other; the column's heading says it otherwise.
    return f'<span class="label" aria-hidden="true">{escape(label)}</span>' if label else ""


def _cell(cell: Cell, sheet: Sheet, shared: set[str]) -> str:
    """The lines of a cell; where some of them stand in the other cell too, those that do not stand out."""
    lines = "".join(
        f"<li{_class(line, shared)}><span>{escape(line.text)}</span>{_para(line.para, sheet)}</li>"
        for line in cell
    )
    return f'<ul role="list">{lines}</ul>'


def _class(line: Line, shared: set[str]) -> str:
    names = ["inset"] if line.inset else []
    if shared and line.words not in shared:
        names.append("differs")
    return f' class="{" ".join(names)}"' if names else ""


def _para(para: str, sheet: Sheet) -> str:
    if not para:
        return ""
    name = escape(said("column_para", sheet.language))
    return f' <span class="para"><span class="unseen">{name} </span>{escape(para)}</span>'
