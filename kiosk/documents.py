"""YAML documents of ours, read so that every complaint can name its line.

The same reader serves instruments, venue settings, key rings and catalogues of texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kiosk.errors import DocumentError

_Model = TypeVar("_Model", bound=BaseModel)
_Loc = tuple[str | int, ...]
#: What mends text that is not YAML, by words of the parser.
_MEND_YAML = "check quotes, brackets and indentation; text with a colon or comma needs quotes"
_YAML_MENDS = {
    "undefined alias": "*name repeats what &name has named further up: name it, or correct the name",
    "constructor for the tag": "<<, = and !words are not read here: write it out, or in quotes if it is text",
}
#: What a person reads in place of the checker's words about Python, and what mends it; the words None stay.
_PLAIN: dict[str, tuple[str | None, str]] = {
    "string_type": (None, "put it in quotes"),
    "int_type": (None, "write a whole number, with no quotes and no sign behind it"),
    "bool_type": (None, "write true or false, with no quotes"),
    "literal_error": (None, "write one of these"),
    "too_short": ("Input should be a list that is not empty", "name at least {min_length}"),
    **dict.fromkeys(("list_type", "tuple_type"), ("Input should be a list", "write [one, two]")),
    **dict.fromkeys(
        ("dict_type", "model_type", "mapping_type"),
        ("Input should be fields with their values", "write {{field: value, …}}"),
    ),
}


@dataclass(frozen=True)
class Document:
    """A parsed file: plain data, and the line (from 1) on which each part of it begins.

    ``marks`` tell where in the text each part is written; what an alias repeats has one mark for all its places.
    """

    file: Path
    data: Any
    lines: dict[_Loc, int]
    marks: dict[_Loc, int] = field(default_factory=dict)

    def line(self, loc: Sequence[str | int]) -> int:
        """The line of ``loc``, or of its nearest parent that is in the file."""
        path = tuple(loc)
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def where(self, loc: Sequence[str | int] = ()) -> str:
        """``file:line`` of ``loc``, as editors and people read it."""
        return f"{self.file}:{self.line(loc)}"


def load(file: Path) -> Document:
    """Read one YAML file.

    Raises:
        DocumentError: the file is missing, is not YAML, or names a key twice.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise DocumentError(
            f"cannot be read ({error.strerror})", where=str(file), mend="check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise DocumentError("is not UTF-8", where=str(file), mend="save it as UTF-8") from error
    return parse(text, file)


def parse(text: str, file: Path) -> Document:
    """Parse ``text`` as the content of ``file``; errors as in `load`."""
    document = Document(file, None, {})
    loader = yaml.CSafeLoader(text)
    try:
        node = loader.get_single_node()
        data = None if node is None else _plain(loader, node, (), document)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error, text, file) from error
    except yaml.reader.ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        raise DocumentError(
            f"is not YAML: {error.reason}", where=f"{file}:{line}", mend="take the character out"
        ) from error
    except RecursionError as error:
        raise DocumentError(
            "a part of it contains itself", where=str(file), mend="use *name outside what &name names"
        ) from error
    finally:
        loader.dispose()
    return replace(document, data=data)


def _not_yaml(error: yaml.MarkedYAMLError, text: str, file: Path) -> DocumentError:
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    written = [*text.splitlines(), ""][line - 1 : line]
    if written and "\t" in written[0][: len(written[0]) - len(written[0].lstrip())]:
        return DocumentError(
            "is not YAML: the line begins with a tab", where=f"{file}:{line}", mend="indent with spaces"
        )
    began = error.context_mark.line + 1 if error.context_mark else line
    inside = f" in what begins on line {began}" if began < line else ""
    mend = next((mend for words, mend in _YAML_MENDS.items() if words in str(error.problem)), _MEND_YAML)
    return DocumentError(f"is not YAML: {error.problem}{inside}", where=f"{file}:{line}", mend=mend)


def _plain(loader: yaml.CSafeLoader, node: yaml.Node, loc: _Loc, document: Document) -> Any:
    document.lines[loc] = node.start_mark.line + 1
    document.marks[loc] = node.start_mark.index
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, item, (*loc, i), document) for i, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return _value(loader, node, document.file)
    result: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = _value(loader, key_node, document.file)
        line = key_node.start_mark.line + 1
        if key in result:
            raise DocumentError(
                f"the key {key!r} stands twice", where=f"{document.file}:{line}", mend="keep one of them"
            )
        result[key] = _plain(loader, value_node, (*loc, key), document)
        document.lines[*loc, key] = line
    return result


def _value(loader: yaml.CSafeLoader, node: yaml.Node, file: Path) -> Any:
    """A single value; one that looks like a date or number and is none is a fault like any other."""
    where = f"{file}:{node.start_mark.line + 1}"
    if not isinstance(node, yaml.ScalarNode):
        raise DocumentError(
            "a key is a list or has fields", where=where, mend="write a word before the colon"
        )
    try:
        return loader.construct_object(node)
    except yaml.YAMLError:
        raise
    except Exception as error:
        raise DocumentError(
            f"{node.value!r} is not a date or number that exists", where=where, mend="correct the value"
        ) from error


def check(document: Document, model: type[_Model], *, error: type[DocumentError] = DocumentError) -> _Model:
    """The document as ``model``, or an ``error`` that lists each fault with its line and its mend."""
    try:
        return model.model_validate(document.data)
    except ValidationError as problem:
        raise error("\n".join(_faults(document, problem))) from problem


def _faults(document: Document, problem: ValidationError) -> list[str]:
    """Each fault once: not again for the list that it spoils, nor for each place that an alias repeats."""
    items = problem.errors()
    spoilt = {item["loc"][:depth] for item in items for depth in range(len(item["loc"]))}
    told: dict[tuple[object, ...], str] = {}
    for item in items:
        loc = item["loc"]
        if item["type"] == "too_short" and loc in spoilt:
            continue
        told.setdefault((*_written(document, loc), item["msg"]), _fault(document, item))
    return list(told.values())


def _written(document: Document, loc: _Loc) -> tuple[int | None, _Loc]:
    """Where in the text ``loc`` is written, and what of it is not there."""
    depth = next((n for n in range(len(loc), 0, -1) if loc[:n] in document.marks), 0)
    return document.marks.get(loc[:depth]), loc[depth:]


def _fault(document: Document, item: ErrorDetails) -> str:
    loc = item["loc"]
    name = ".".join(str(part) for part in loc) or "the document"
    kind = item["type"]
    if kind == "extra_forbidden":
        said, mend = f"unknown field {name!r}", "check its spelling and where it stands, or take it out"
    elif kind == "missing":
        said, mend = f"the field {name!r} is missing", "add it"
    else:
        words, mend = _PLAIN.get(kind, (None, "correct the value"))
        said = f"{name}: {words or item['msg'].removeprefix('Value error, ')}"
        mend = mend.format_map(item.get("ctx", {}))
    return f"{document.where(loc)}: {said}: {mend}"
