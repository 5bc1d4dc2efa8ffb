"""The inspector's stick: a plain folder stands for it here; there is no real one, and nothing is mounted."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from kiosk.web import usb
from kiosk.web.usb import Place, StickError

CONTENT = b"the log, as it was\n" * 200_000


@pytest.fixture
def export(tmp_path: Path) -> Path:
    file = tmp_path / "export.zip"
    file.write_bytes(CONTENT)
    return file


@pytest.fixture
def stick(tmp_path: Path) -> Place:
    folder = tmp_path / "stick"
    folder.mkdir()
    return Place(folder, mounted_only=False)


def names(stick: Place) -> list[str]:
    return sorted(file.name for file in stick.folder.iterdir())


def problem(stick: Place, export: Path) -> str:
    with pytest.raises(StickError) as found:
        stick.copy(export, "a.zip")
    assert found.value.mend
    return found.value.problem


def test_an_export_is_copied_whole_and_said_to_be(stick: Place, export: Path) -> None:
    told: list[int] = []
    assert stick.state(len(CONTENT)) == "ready"
    assert stick.copy(export, "a.zip", told.append) == "a.zip"
    assert names(stick) == ["a.zip"]
    assert hashlib.sha256((stick.folder / "a.zip").read_bytes()).digest() == hashlib.sha256(CONTENT).digest()
    assert told == sorted(told)
    assert told[-1] == 100


def test_an_older_file_of_that_name_stays_what_it_was(stick: Place, export: Path) -> None:
    (stick.folder / "a.zip").write_text("of last month")
    assert stick.copy(export, "a.zip") == "a-2.zip"
    assert stick.copy(export, "a.zip") == "a-3.zip"
    assert (stick.folder / "a.zip").read_text() == "of last month"


def test_a_folder_on_which_nothing_is_mounted_is_no_stick(tmp_path: Path, export: Path) -> None:
    folder = tmp_path / "usb"
    place = Place(folder)
    assert place.state() == "none"
    folder.mkdir()
    assert place.state() == "none"
    assert problem(place, export) == "none"
    assert list(folder.iterdir()) == []


def test_a_mounted_file_system_is_one() -> None:
    assert Place(Path("/proc")).state() != "none"


def test_a_stick_that_cannot_be_written_to_is_said_to_be_so(
    stick: Place, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert stick.state() == "read_only"
    assert problem(stick, export) == "read_only"
    assert names(stick) == []


def test_a_stick_without_room_is_not_begun_with(
    stick: Place, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.statvfs(stick.folder)
    full = os.statvfs_result((*real[:4], 1, *real[5:]))
    monkeypatch.setattr(os, "statvfs", lambda _: full)
    assert stick.state(len(CONTENT)) == "no_room"
    assert problem(stick, export) == "no_room"
    assert names(stick) == []


@pytest.mark.parametrize("broken", ["fsync", "rename"])
def test_nothing_half_is_left_of_a_copy_that_broke_off(
    stick: Place, export: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fails(*_: object) -> None:
        raise OSError(errno.EIO, "gone")

    if broken == "fsync":
        monkeypatch.setattr(os, "fsync", fails)
    else:
        monkeypatch.setattr(Path, "rename", fails)
    assert problem(stick, export) == "failed"
    assert names(stick) == []


def test_what_the_stick_gives_back_is_compared(
    stick: Place, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = usb._settle

    def forgets(folder: Path) -> None:
        settle(folder)
        with (folder / "a.zip").open("r+b") as file:
            file.seek(1000)
            file.write(b"?")

    monkeypatch.setattr(usb, "_settle", forgets)
    assert problem(stick, export) == "not_same"
    assert names(stick) == []


def test_what_a_copy_that_was_cut_short_left_is_in_nobodys_way(stick: Place, export: Path) -> None:
    (stick.folder / ".a.zip.part").write_text("half")
    assert stick.copy(export, "a.zip") == "a.zip"
    assert names(stick) == ["a.zip"]


def test_a_link_on_the_stick_leads_nowhere(stick: Place, export: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("untouched")
    (stick.folder / ".a.zip.part").symlink_to(other)
    stick.copy(export, "a.zip")
    assert other.read_text() == "untouched"
