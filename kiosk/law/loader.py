"""Reading ``config/instruments``: one file an instrument, each fault named with file, line and mend."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk import documents
from kiosk.documents import Document
from kiosk.errors import DocumentError
from kiosk.law.instrument import Instrument, Instruments, InstrumentText


class InstrumentError(DocumentError):
    """An instrument's file is not what its schema says, or two of them disagree."""

    code = "bad_instrument"


@dataclass(frozen=True)
class Reading:
    """All files of a directory as far as they can be read, and everything that is wrong with them.

    ``instruments`` are those that load, official or not; ``uncited`` the paragraphs of each that no value cites, by
    its id.
    """

    instruments: Instruments
    faults: tuple[DocumentError, ...]
    uncited: dict[str, tuple[str, ...]]


def load_instruments(directory: Path, *, include_unofficial: bool = False) -> Instruments:
    """All instruments of a directory (``*.yaml``), by their first day.

    Those known from press reports only are checked like the others and left out unless they are asked for.

    Raises:
        InstrumentError: a file has an unknown or missing field, a value without its paragraph, a paragraph that
            the instrument does not have, an id or a day in force that another one has too.
        DocumentError: a file cannot be read or is not YAML.
    """
    reading = read_instruments(directory)
    if reading.faults:
        raise reading.faults[0]
    return Instruments(tuple(one for one in reading.instruments if one.gazetted or include_unofficial))


def read_instruments(directory: Path) -> Reading:
    """All files of a directory, with every fault instead of the first.

    Raises:
        InstrumentError: there is no such directory.
    """
    if not directory.is_dir():
        raise InstrumentError(
            "there is no such directory of instruments", where=str(directory), mend="check the path"
        )
    found: list[tuple[Document, Instrument]] = []
    faults: list[DocumentError] = []
    for file in sorted(directory.glob("*.yaml")):
        try:
            found.append(_load(file))
        except DocumentError as error:
            faults.append(error)
    found.sort(key=lambda pair: pair[1].in_force.first)
    faults += _overlaps(found)
    uncited = {one.id: _uncited(document, one) for document, one in found}
    return Reading(Instruments(tuple(one for _, one in found)), tuple(faults), uncited)


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
    unknown = [
        str(
            InstrumentError(
                f"paragraph {para!r} is not among the paragraphs of this instrument",
                where=document.where(loc),
                mend="correct the citation, or add the paragraph to 'paragraphs'",
            )
        )
        for loc, para in _citations(document.data)
        if para not in known
    ]
    if unknown:
        raise InstrumentError("\n".join(unknown))


def _uncited(document: Document, said: InstrumentText) -> tuple[str, ...]:
    cited = {para for _, para in _citations(document.data)}
    return tuple(para for para in said.paragraphs if para not in cited)


def _overlaps(found: list[tuple[Document, Instrument]]) -> Iterator[InstrumentError]:
    """Ids given twice, and days on which more than one instrument is in force."""
    by_id: dict[str, Instrument] = {}
    latest: Instrument | None = None
    for document, one in found:
        if one.id in by_id:
            yield InstrumentError(
                f"the id {one.id!r} is that of {by_id[one.id].file} too",
                where=document.where(("id",)),
                mend="give each instrument an id of its own",
            )
        by_id[one.id] = one
        if latest is not None and one.in_force.first <= latest.in_force.last:
            yield InstrumentError(
                f"in force from {one.in_force.first}, while {latest.file} is in force until {latest.in_force.last}",
                where=document.where(("in_force",)),
                mend="end the older one on the day before",
            )
        if latest is None or one.in_force.last > latest.in_force.last:
            latest = one
