"""YAML is read so that every complaint names its line and its mend."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from kiosk import documents
from kiosk.errors import DocumentError


class Zone(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str
    capacity: int


class Venue(BaseModel):
    model_config = ConfigDict(extra="forbid")
    zones: list[Zone]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "zones:\n  - id: D1\n    capacity: many\n",
            "f.yaml:3: zones.0.capacity: Input should be a valid integer",
        ),
        ("zones:\n  - id: D1\n", "f.yaml:2: the field 'zones.0.capacity' is missing: add it"),
        ("zones: []\ncolour: red\n", "f.yaml:2: unknown field 'colour': check its spelling or take it out"),
        ("zones: []\nzones: []\n", "f.yaml:2: the key 'zones' stands twice: keep one of them"),
        ("zones: [\n", "f.yaml:2: is not YAML"),
        ("", "f.yaml:1: the document: Input should be"),
    ],
)
def test_a_fault_names_file_line_and_mend(text: str, said: str) -> None:
    with pytest.raises(DocumentError) as fault:
        documents.check(documents.parse(text, Path("f.yaml")), Venue)
    assert said in str(fault.value)


def test_every_fault_is_told_at_once() -> None:
    text = "zones:\n  - {id: D1, capacity: x}\n  - {id: D2, capacity: y}\n"
    with pytest.raises(DocumentError) as fault:
        documents.check(documents.parse(text, Path("f.yaml")), Venue)
    assert [line.split(":")[1] for line in str(fault.value).splitlines()] == ["2", "3"]


def test_a_file_that_is_not_there_or_not_text_says_so(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        documents.load(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    with pytest.raises(DocumentError, match="is not UTF-8"):
        documents.load(tmp_path / "latin.yaml")
