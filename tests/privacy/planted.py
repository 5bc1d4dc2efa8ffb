"""Values that nobody may find again, in every form in which programs write text down, and the search for them."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote, quote_plus

#: Shorter than this, chance finds it too.
SHORTEST = 6


def forms(value: str) -> dict[str, set[bytes]]:
    """How a value may stand in a file, by the name of the form."""
    plain = value.encode()
    shapes = {value, value.upper(), value.lower()}
    return {
        "plain": {shape.encode() for shape in shapes},
        "utf-16": {shape.encode(name) for shape in shapes for name in ("utf-16-le", "utf-16-be")},
        "base64": {piece for data in (plain, value.encode("utf-16-le")) for piece in _base64(data)},
        "base32": {base64.b32encode(plain).rstrip(b"=")[:-1]},
        "hex": {
            plain.hex().encode(),
            plain.hex().upper().encode(),
            plain.hex(" ").encode(),
            plain.hex(":").encode(),
        },
        "percent": {
            form.encode()
            for quoted in (quote(value, safe=""), quote(value), quote_plus(value), _all_percent(plain))
            for form in (quoted, quoted.lower())
        },
        "json": {json.dumps(value)[1:-1].encode(), json.dumps(json.dumps(value))[3:-3].encode()},
        "python": {repr(value)[1:-1].encode(), repr(plain)[2:-1].encode(), ascii(value)[1:-1].encode()},
        "html": {html.escape(value).encode(), value.encode("ascii", "xmlcharrefreplace")},
    }


def _base64(data: bytes) -> Iterator[bytes]:
    """What of it stands fixed in base64, wherever in a longer text it begins."""
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(bytes(shift) + data + bytes(-(shift + len(data)) % 3))
            # Figures that hang on what stands beside it are no part of it.
            yield text[4 if shift else 0 : len(text) - (4 if (shift + len(data)) % 3 else 0)]


def _all_percent(data: bytes) -> str:
    return "".join(f"%{octet:02X}" for octet in data)


class Hunt:
    """Looks for planted values wherever it is told to."""

    def __init__(self, values: Iterable[str]) -> None:
        self._needles = [
            (value, name, needle)
            for value in values
            for name, needles in forms(value).items()
            for needle in needles
            if len(needle) >= SHORTEST
        ]
        self.found: list[str] = []
        self.searched: list[str] = []

    def in_bytes(self, data: bytes, where: str) -> None:
        """Look through one text, and through what is packed in it."""
        self.searched.append(where)
        for value, name, needle in self._needles:
            if needle in data:
                at = data.index(needle)
                around = data[max(0, at - 40) : at + len(needle) + 40]
                self.found.append(f"{value!r} in {where} as {name}: …{around!r}…")
        for number, packed in enumerate(_unpacked(data)):
            self.in_bytes(packed, f"{where} (part {number})")

    def in_files(self, folder: Path, *but: Path) -> None:
        """Look through every file of a folder, and its name; databases row by row as well."""
        for path in sorted(folder.rglob("*")):
            if any(path == spared or spared in path.parents for spared in but):
                continue
            self.in_bytes(str(path.relative_to(folder)).encode(), f"the name of {path.name}")
            if path.is_file():
                self.in_bytes(path.read_bytes(), str(path.relative_to(folder)))
            if path.suffix == ".sqlite":
                self._in_rows(path)

    def _in_rows(self, file: Path) -> None:
        """A value that is split over two pages is whole in its row."""
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            tables = [
                row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            for table in tables:
                for row in database.execute(f'SELECT * FROM "{table}"'):
                    data = b"\n".join(each if isinstance(each, bytes) else str(each).encode() for each in row)
                    self.in_bytes(data, f"{file.name}, table {table}")


def _unpacked(data: bytes) -> Iterator[bytes]:
    """Streams of a PDF, members of a ZIP."""
    if data.startswith(b"%PDF"):
        for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
            with suppress(zlib.error):
                yield zlib.decompress(packed)
    elif data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield archive.read(name)
