"""YAML is read so that every complaint names its line and its mend."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from kiosk import documents
from kiosk.errors import DocumentError


class Zone(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: StrictStr
    capacity: StrictInt
    modes: Annotated[tuple[Literal["A", "B"], ...], Field(min_length=1)] = ("A",)


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
        (
            "zones: []\ncolour: red\n",
            "f.yaml:2: unknown field 'colour': check its spelling and where it stands",
        ),
        ("zones: []\nzones: []\n", "f.yaml:2: the key 'zones' stands twice: keep one of them"),
        ("zones: [\n", "f.yaml:2: is not YAML"),
        ("", "f.yaml:1: the document: Input should be"),
        (
            "zones: [D1]\n",
            "f.yaml:1: zones.0: Input should be fields with their values: write {field: value, …}",
        ),
        ("zones: D1\n", "f.yaml:1: zones: Input should be a list: write [one, two]"),
        ("zones: [{id: 1, capacity: 2}]\n", "zones.0.id: Input should be a valid string: put it in quotes"),
        (
            "zones: [{id: D1, capacity: 50%}]\n",
            "zones.0.capacity: Input should be a valid integer: write a whole",
        ),
        ("zones: [{id: D1, capacity: 2, modes: []}]\n", "a list that is not empty: name at least 1"),
        ("zones: [{id: D1, capacity: 2, modes: [a]}]\n", "Input should be 'A' or 'B': write one of these"),
        ("zones:\n\t- id: D1\n", "f.yaml:2: is not YAML: the line begins with a tab: indent with spaces"),
        (
            "zones:\n- {id: D1\n- {id: D2}\n",
            "f.yaml:3: is not YAML: did not find expected ',' or '}' in what begins on line 2",
        ),
        ("zones: *all\n", "f.yaml:1: is not YAML: found undefined alias: *name repeats what &name has named"),
        ("a: &a {p: 1}\nb: {<<: *a}\n", "f.yaml:2: is not YAML"),
        (
            "é: 1\nb: \0\n",
            "f.yaml:2: is not YAML: control characters are not allowed: take the character out",
        ),
        ("zones: []\nuntil: 2021-06-31\n", "f.yaml:2: '2021-06-31' is not a date or number that exists"),
        ("zones: []\n2021-06-31: []\n", "f.yaml:2: '2021-06-31' is not a date or number that exists"),
        ("zones: []\n? [a]\n: b\n", "f.yaml:2: a key is a list or has fields: write a word"),
        ("zones: &all {id: *all}\n", "f.yaml: a part of it contains itself"),
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


def test_a_fault_is_told_once_for_all_the_places_that_repeat_it_and_not_again_for_its_list() -> None:
    text = (
        "zones:\n"
        "  - {id: D1, capacity: 1, modes: &modes [C, D]}\n"
        "  - {id: D2, capacity: 1, modes: *modes}\n"
        "  - {id: D3, capacity: 1, modes: [C]}\n"
    )
    with pytest.raises(DocumentError) as fault:
        documents.check(documents.parse(text, Path("f.yaml")), Venue)
    told = [line.split(": Input")[0] for line in str(fault.value).splitlines()]
    assert told == ["f.yaml:2: zones.0.modes.0", "f.yaml:2: zones.0.modes.1", "f.yaml:4: zones.2.modes.0"]


def test_a_file_that_is_not_there_or_not_text_says_so(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        documents.load(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    with pytest.raises(DocumentError, match="is not UTF-8"):
        documents.load(tmp_path / "latin.yaml")
