"""YAML documents of ours, read so that every complaint can name its line.

The same reader serves instruments, venue settings, key rings and catalogues of texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from kiosk.errors import DocumentError

_Model = TypeVar("_Model", bound=BaseModel)
_Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """A parsed file: plain data, and the line (from 1) on which each part of it begins."""

    file: Path
    data: Any
    lines: dict[_Loc, int]

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
    loader = yaml.CSafeLoader(text)
    lines: dict[_Loc, int] = {}
    try:
        node = loader.get_single_node()
        data = None if node is None else _plain(loader, node, (), lines, file)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DocumentError(
            f"is not YAML: {error.problem}", where=f"{file}:{line}", mend="check quotes and indentation"
        ) from error
    finally:
        loader.dispose()
    return Document(file, data, lines)


def _plain(loader: yaml.CSafeLoader, node: yaml.Node, loc: _Loc, lines: dict[_Loc, int], file: Path) -> Any:
    lines[loc] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, item, (*loc, i), lines, file) for i, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return loader.construct_object(node)
    result: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node)
        if key in result:
            raise DocumentError(
                f"the key {key!r} stands twice",
                where=f"{file}:{key_node.start_mark.line + 1}",
                mend="keep one of them",
            )
        result[key] = _plain(loader, value_node, (*loc, key), lines, file)
        lines[*loc, key] = key_node.start_mark.line + 1
    return result


def check(document: Document, model: type[_Model], *, error: type[DocumentError] = DocumentError) -> _Model:
    """The document as ``model``, or an ``error`` that lists each fault with its line and its mend."""
    try:
        return model.model_validate(document.data)
    except ValidationError as problem:
        faults = [_fault(document, dict(item)) for item in problem.errors()]
        raise error("\n".join(faults)) from problem


def _fault(document: Document, item: dict[str, Any]) -> str:
    loc = tuple(item["loc"])
    name = ".".join(str(part) for part in loc) or "the document"
    kind = item["type"]
    if kind == "extra_forbidden":
        said, mend = f"unknown field {name!r}", "check its spelling or take it out"
    elif kind == "missing":
        said, mend = f"the field {name!r} is missing", "add it"
    else:
        message = str(item["msg"]).removeprefix("Value error, ")
        said, mend = f"{name}: {message}", "correct the value"
    return f"{document.where(loc)}: {said}: {mend}"
