"""Exports at work: a small script stands for the program that makes them."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from kiosk.web import exports
from kiosk.web.exports import KEPT_S, MOST, MOST_AT_WORK, BusyError, Export, Exports, Wish, program
from kiosk.web.usb import Place
from tests.web.conftest import wait_for

WISH = Wish(date(2021, 5, 1), date(2021, 5, 3), "zh-Hant", session=7)

#: Says how far it is, and waits until it may go on.
WORKS = """
import pathlib, sys, time
file, go = map(pathlib.Path, sys.argv[1:3])
print("reading 20 %\\rreading 40 %", file=sys.stderr, flush=True)
while not go.exists():
    time.sleep(0.01)
file.write_bytes(b"PK" * 1000)
"""
FAILS = """
import sys
print("\\nkiosk log: the door does not answer: start it", file=sys.stderr)
sys.exit(2)
"""


class Works:
    """The exports of one page server, with a program that waits for `go`."""

    def __init__(self, folder: Path, script: str = WORKS) -> None:
        self.go = folder / "go"
        self.folder = folder / "exports"
        self.now = [0.0]
        self.told = 0
        self.asked: list[Wish] = []
        self.script = script
        self.exports = Exports(
            self.folder,
            self._command,
            lambda wish: f"kiosk_{wish.first}.zip",
            self._tell,
            lambda: self.now[0],
        )

    def _command(self, wish: Wish, file: Path) -> list[str]:
        self.asked.append(wish)
        return [sys.executable, "-c", textwrap.dedent(self.script), str(file), str(self.go)]

    def _tell(self) -> None:
        self.told += 1

    def state(self, one: Export, true: Callable[[Export], object]) -> Export:
        """The export once something is so of it."""
        wait_for(lambda: (found := self.exports.get(one.holder, one.id)) and true(found))
        found = self.exports.get(one.holder, one.id)
        assert found
        return found

    def ready(self, holder: str = "a") -> Export:
        self.go.touch()
        return self.state(self.exports.begin(holder, WISH), lambda one: one.state == "ready")


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    made = Works(tmp_path)
    yield made
    made.exports.stop()


def test_an_export_is_made_and_lies_there_for_whoever_asked(works: Works) -> None:
    one = works.exports.begin("a", WISH)
    half = works.state(one, lambda one: one.percent is not None)
    assert (half.state, half.percent) == ("making", 40)
    works.go.touch()
    done = works.state(one, lambda one: one.state == "ready")
    assert (done.name, done.size, done.percent) == ("kiosk_2021-05-01.zip", 2000, 100)
    assert works.exports.file(done).read_bytes() == b"PK" * 1000
    assert works.asked == [WISH]
    assert works.told >= 2
    assert works.exports.get("b", one.id) is None
    assert works.exports.of("b") == ()


def test_one_at_a_time_for_each_and_a_few_in_all(works: Works) -> None:
    for holder in "abcdefg"[:MOST_AT_WORK]:
        works.exports.begin(holder, WISH)
    with pytest.raises(BusyError) as mine:
        works.exports.begin("a", WISH)
    with pytest.raises(BusyError) as others:
        works.exports.begin("x", WISH)
    assert (mine.value.mine, others.value.mine) == (True, False)
    assert len(works.asked) == MOST_AT_WORK


def test_never_more_than_a_few_files_the_oldest_goes_first(works: Works) -> None:
    made = [works.ready() for _ in range(MOST + 2)]
    assert [one.id for one in works.exports.of("a")] == [one.id for one in reversed(made[-MOST:])]
    assert len(list(works.folder.iterdir())) == MOST


def test_a_file_goes_after_an_hour_and_at_the_next_start(works: Works, tmp_path: Path) -> None:
    works.ready()
    works.now[0] = KEPT_S - 1
    assert works.exports.of("a")
    works.now[0] = KEPT_S
    assert works.exports.of("a") == ()
    assert list(works.folder.iterdir()) == []
    works.ready()
    Works(tmp_path)
    assert not works.folder.exists()


def test_what_went_wrong_is_told_in_the_programs_words(tmp_path: Path) -> None:
    works = Works(tmp_path, FAILS)
    failed = works.state(works.exports.begin("a", WISH), lambda one: one.state == "failed")
    assert failed.said == "kiosk log: the door does not answer: start it"
    assert list(works.folder.iterdir()) == []
    assert works.exports.begin("a", WISH)


def test_a_program_that_never_ends_is_ended(works: Works, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "LONGEST_S", 0.05)
    failed = works.state(works.exports.begin("a", WISH), lambda one: one.state == "failed")
    assert failed.size == 0


def test_the_end_of_the_pages_ends_the_program_and_leaves_no_file(works: Works) -> None:
    works.ready()
    works.go.unlink()
    works.exports.begin("b", WISH)
    processes = list(works.exports._at_work.values())
    works.exports.stop()
    wait_for(lambda: all(process.poll() is not None for process in processes))
    assert not works.folder.exists()


def test_an_export_goes_on_a_stick_and_it_is_said_what_became_of_that(works: Works, tmp_path: Path) -> None:
    one = works.ready()
    none = Place(tmp_path / "nothing", mounted_only=False)
    works.exports.to_stick(one, none)
    said = works.state(one, lambda one: one.stick and one.stick.state == "failed").stick
    assert said is not None
    assert said.problem == "none"
    stick = Place(tmp_path / "stick", mounted_only=False)
    stick.folder.mkdir()
    works.exports.to_stick(one, stick)
    said = works.state(one, lambda one: one.stick and one.stick.state == "done").stick
    assert said is not None
    assert (stick.folder / said.name).read_bytes() == b"PK" * 1000


def test_an_export_that_is_not_ready_is_not_copied(works: Works, tmp_path: Path) -> None:
    one = works.exports.begin("a", WISH)
    works.exports.to_stick(one, Place(tmp_path, mounted_only=False))
    found = works.exports.get("a", one.id)
    assert found is not None
    assert found.stick is None


def test_the_program_is_told_the_days_the_language_and_for_whom() -> None:
    file = Path("/x/1.zip")
    asked = program(Path("/etc/venue.yaml"))(WISH, file)
    assert asked[1:] == [
        *("-m", "kiosk.cli", "log", "export", "--config", "/etc/venue.yaml"),
        *("--from", "2021-05-01", "--to", "2021-05-03", "-o", "/x/1.zip", "--language", "zh-Hant"),
        *("--session", "7"),
    ]
