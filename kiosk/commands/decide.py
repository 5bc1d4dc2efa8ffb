"""``kiosk decide``: one scenario, or many as JSON Lines, in; one JSON line out for each."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Any

from kiosk import documents
from kiosk.errors import DocumentError
from kiosk.law import InstrumentError, Instruments, ScenarioError, decide, load_instruments, scenario
from kiosk.law.faults import Unreadable, shown
from kiosk.strict_json import DoubleKeyError, once

#: Nothing that is counted has more; a longer text of digits is a mistake or an attack.
_MOST_DIGITS = 100
_INSTRUMENTS = Path(__file__).parents[2] / "config" / "instruments"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "file", metavar="FILE", help="one scenario as a JSON object, or JSON Lines; - = stdin"
    )
    parser.add_argument(
        "--instruments",
        type=Path,
        default=Path(os.environ.get("KIOSK_INSTRUMENTS") or _INSTRUMENTS),
        metavar="DIR",
        help="the directory of instruments (default: $KIOSK_INSTRUMENTS, else those that come along)",
    )
    parser.add_argument(
        "--unofficial",
        action="store_true",
        help="use instruments too that are known from press reports only, not from the gazetted text",
    )


def run(args: argparse.Namespace) -> int:
    """Answer each scenario with a line; stop at the first that cannot be used."""
    instruments = _instruments(args.instruments, unofficial=args.unofficial)
    name = "standard input" if args.file == "-" else args.file
    with _opened(args.file) as stream:
        for text, line in _texts(stream, name):
            try:
                answer = decide(instruments, scenario(_decoded(text)))
            except ScenarioError as error:
                where = f"{name}, line {line + _lines_before(text, error)}"
                raise ScenarioError(error.what, where=where, mend=error.mend) from error
            # At once: a program may ask line by line over a pipe.
            print(answer.as_json(), flush=True)
    return 0


def _instruments(directory: Path, *, unofficial: bool) -> Instruments:
    try:
        return load_instruments(directory, include_unofficial=unofficial)
    except DocumentError as error:
        raise InstrumentError("; ".join(str(error).splitlines())) from error


def _opened(file: str) -> AbstractContextManager[IO[bytes]]:
    if file == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(file).open("rb")
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise ScenarioError(f"cannot be read ({said})", where=repr(file), mend="check the path") from error


def _texts(stream: Iterable[bytes], name: str) -> Iterator[tuple[str, int]]:
    """The text of each scenario with the line on which it begins.

    A first line that is no whole value begins either an object over many lines or a list of lines of which it is a
    broken one.
    """
    numbered = ((_text(raw, name, number), number) for number, raw in enumerate(stream, 1))
    lines = ((text, number) for text, number in numbered if text.strip())
    first = next(lines, None)
    if first is None:
        raise ScenarioError("there is no scenario", where=f"{name}, line 1", mend="write a JSON object")
    if _is_whole(first[0]):
        yield first
        yield from lines
        return
    rest = list(lines)
    text = _joined([first, *rest])
    broken_line = bool(rest) and _is_whole(rest[0][0]) and not _is_whole(text)
    yield first if broken_line else (text, first[1])


def _text(raw: bytes, name: str, line: int) -> str:
    try:
        return raw.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise ScenarioError("is not UTF-8", where=f"{name}, line {line}", mend="save it as UTF-8") from error


def _joined(lines: list[tuple[str, int]]) -> str:
    """The lines as one text, with the blank ones between them back in place."""
    joined, at = "", lines[0][1]
    for text, number in lines:
        joined += "\n" * (number - at) + text
        at = number + 1
    return joined


def _is_whole(text: str) -> bool:
    try:
        return isinstance(json.loads(text, parse_int=_number), dict)
    except (ValueError, RecursionError):
        return False


def _decoded(text: str) -> Any:
    """JSON, strictly: no key twice; what no field can take is left for its field to refuse by name."""
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=Unreadable, parse_int=_number)
    except DoubleKeyError as error:
        raise ScenarioError(f"{shown(error.key)[1:-1]}: the field stands twice") from error
    except json.JSONDecodeError as error:
        raise _NotJsonError(error) from error
    except RecursionError as error:
        raise ScenarioError("is not JSON that can be read: nested too deeply") from error


class _NotJsonError(ScenarioError):
    def __init__(self, error: json.JSONDecodeError) -> None:
        super().__init__(
            f"is not JSON: {error.msg} (column {error.colno})", mend="check quotes, commas and brackets"
        )
        self.lines_before = error.lineno - 1


def _number(digits: str) -> int | Unreadable:
    return int(digits) if len(digits) <= _MOST_DIGITS else Unreadable("a number too long to read")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return once(
        [(name, Unreadable("half a character") if _is_half(value) else value) for name, value in pairs]
    )


def _is_half(value: object) -> bool:
    """Whether it is text with half of a surrogate pair, which JSON can write and no text can hold."""
    return isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value)


def _lines_before(text: str, error: ScenarioError) -> int:
    """How many lines of the text come before the one at fault."""
    if isinstance(error, _NotJsonError):
        return error.lines_before
    if not error.field or "\n" not in text.strip():
        return 0
    try:
        return documents.parse(text, Path()).line(error.field) - 1
    except (DocumentError, ValueError, RecursionError):
        # JSON that YAML reads otherwise: the first line of the object will do.
        return 0
