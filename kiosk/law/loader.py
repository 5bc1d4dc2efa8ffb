"""Reading ``config/instruments``: one file an instrument, each fault named with file, line and mend."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kiosk import documents
from kiosk.documents import Document
from kiosk.errors import DocumentError
from kiosk.law.instrument import Instrument, Instruments, InstrumentText


class InstrumentError(DocumentError):
    """An instrument's file is not what its schema says, or two of them disagree."""

    code = "bad_instrument"


def load_instruments(directory: Path, *, include_unofficial: bool = False) -> Instruments:
    """All instruments of a directory (``*.yaml``), by their first day.

    Those known from press reports only are checked like the others and left out unless they are asked for.

    Raises:
        InstrumentError: a file has an unknown or missing field, a value without its paragraph, a paragraph that
            the instrument does not have, an id or a day in force that another one has too.
        DocumentError: a file cannot be read or is not YAML.
    """
    if not directory.is_dir():
        raise InstrumentError(
            "there is no such directory of instruments", where=str(directory), mend="check the path"
        )
    found = [_load(file) for file in sorted(directory.glob("*.yaml"))]
    found.sort(key=lambda pair: pair[1].in_force.first)
    _refuse_overlaps(found)
    return Instruments(tuple(one for _, one in found if one.gazetted or include_unofficial))


def _load(file: Path) -> tuple[Document, Instrument]:
    try:
        content = file.read_bytes()
        text = content.decode("utf-8")
    except OSError as error:
        raise InstrumentError(
            f"cannot be read ({error.strerror})", where=str(file), mend="check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise InstrumentError("is not UTF-8", where=str(file), mend="save it as UTF-8") from error
    document = documents.parse(text, file)
    said = documents.check(document, InstrumentText, error=InstrumentError)
    _refuse_unknown_paragraphs(document, said)
    parts = {name: getattr(said, name) for name in InstrumentText.model_fields}
    digest = hashlib.sha256(content).hexdigest()
    return document, Instrument.model_construct(**parts, digest=digest, file=file)


def _citations(data: Any, loc: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key in {"para", "unnamed_kinds"}:
                yield (*loc, key), value
            else:
                yield from _citations(value, (*loc, key))
    elif isinstance(data, list):
        for i, value in enumerate(data):
            yield from _citations(value, (*loc, i))


def _refuse_unknown_paragraphs(document: Document, said: InstrumentText) -> None:
    known = set(said.paragraphs)
    for loc, para in _citations(document.data):
        if para not in known:
            raise InstrumentError(
                f"paragraph {para!r} is not among the paragraphs of this instrument",
                where=document.where(loc),
                mend="correct the citation, or add the paragraph to 'paragraphs'",
            )


def _refuse_overlaps(found: list[tuple[Document, Instrument]]) -> None:
    by_id: dict[str, Instrument] = {}
    last: Instrument | None = None
    for document, one in found:
        if one.id in by_id:
            raise InstrumentError(
                f"the id {one.id!r} is that of {by_id[one.id].file} too",
                where=document.where(("id",)),
                mend="give each instrument an id of its own",
            )
        by_id[one.id] = one
        if last is not None and one.in_force.first <= last.in_force.last:
            raise InstrumentError(
                f"in force from {one.in_force.first}, while {last.file} is in force until {last.in_force.last}",
                where=document.where(("in_force",)),
                mend="end the older one on the day before",
            )
        last = one
