"""Exports being made for whoever asks for one: each by the program itself, in a process of its own.

Rules:

* The program runs as the pages do, with no right that they lack; the door writes the entry and signs.
* A file lies in the pages' own folder for an hour at most, and is given to nobody but who asked for it. The folder is emptied at
  each start, and never holds more than a few.
* One at a time for each who asks, a few in all.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from kiosk.settings import Settings
from kiosk.texts import Language
from kiosk.web.usb import Place, Problem, StickError

#: Seconds that a file is kept.
KEPT_S = 3600.0
#: Seconds after which the program is ended.
LONGEST_S = 1800.0
#: Files, and programs at work.
MOST = 4
MOST_AT_WORK = 2
_SAID_AT_MOST = 400
#: Seconds between two looks of the pages at how far it is.
_TELL_S = 1.0
_PERCENT = re.compile(r"(\d{1,3})\s?%")


@dataclass(frozen=True)
class Wish:
    """What is asked for: the days, both included, and for whom."""

    first: date
    last: date
    language: Language
    #: An inspector's session, or the sign-in name of somebody of the venue.
    session: int | None = None
    by: str | None = None


@dataclass(frozen=True)
class OnStick:
    """What became of copying an export to a stick."""

    state: Literal["writing", "done", "failed"]
    percent: int = 0
    #: What it is called there.
    name: str = ""
    problem: Problem | None = None


@dataclass(frozen=True)
class Export:
    """One export as it stands."""

    id: str
    #: Who asked, and alone gets it.
    holder: str
    wish: Wish
    #: What the file is called when it is taken away.
    name: str
    state: Literal["making", "ready", "failed"] = "making"
    #: How far it is, where the program says so.
    percent: int | None = None
    #: Octets, once it is ready.
    size: int = 0
    #: What the program said when it failed.
    said: str = ""
    stick: OnStick | None = None


class BusyError(Exception):
    """No other one can be begun now: ``mine``, whoever asks has one at work; otherwise others have."""

    def __init__(self, *, mine: bool) -> None:
        super().__init__()
        self.mine = mine


class Exports:
    """All exports of this page server. Thread-safe.

    Args:
        folder: of the files; emptied now.
        command: the program that makes one, given the wish and where the file goes.
        name: what the file of a wish is called.
        changed: told whenever one is further than it was.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        folder: Path,
        command: Callable[[Wish, Path], Sequence[str]],
        name: Callable[[Wish], str],
        changed: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._command = command
        self._name = name
        self._changed = changed
        self._clock = clock
        self._lock = threading.Lock()
        self._all: dict[str, Export] = {}
        self._began: dict[str, float] = {}
        self._at_work: dict[str, subprocess.Popen[str]] = {}
        self._told = 0.0
        _empty(folder)

    def begin(self, holder: str, wish: Wish) -> Export:
        """Have one made for ``holder``.

        Raises:
            BusyError: not now.
            OSError: the folder cannot be used, or the program cannot be started.
        """
        with self._lock:
            self._tidy()
            working = [one for one in self._all.values() if one.state == "making"]
            if any(one.holder == holder for one in working):
                raise BusyError(mine=True)
            if len(working) >= MOST_AT_WORK:
                raise BusyError(mine=False)
            while len(self._all) >= MOST:
                self._drop(next(one.id for one in self._all.values() if one.state != "making"))
            made = Export(secrets.token_hex(8), holder, wish, self._name(wish))
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            process = subprocess.Popen(
                self._command(wish, self._file(made.id)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                # Ended with all that it has started.
                start_new_session=True,
            )
            self._all[made.id] = made
            self._began[made.id] = self._clock()
            self._at_work[made.id] = process
        threading.Thread(target=self._follow, args=(made.id, process), daemon=True).start()
        for wait, then in ((LONGEST_S, self._too_long), (KEPT_S, self._over)):
            timer = threading.Timer(wait, then, (made.id,))
            timer.daemon = True
            timer.start()
        self._tell()
        return made

    def of(self, holder: str) -> tuple[Export, ...]:
        """Those of ``holder``, the newest first."""
        with self._lock:
            self._tidy()
            return tuple(reversed([one for one in self._all.values() if one.holder == holder]))

    def get(self, holder: str, export_id: str) -> Export | None:
        """One of ``holder``'s own."""
        return next((one for one in self.of(holder) if one.id == export_id), None)

    def file(self, export: Export) -> Path:
        """Where it lies."""
        return self._file(export.id)

    def to_stick(self, export: Export, place: Place) -> None:
        """Copy it there, in a thread of its own; `Export.stick` tells how far that is."""
        with self._lock:
            held = self._all.get(export.id)
            if held is None or held.state != "ready" or (held.stick and held.stick.state == "writing"):
                return
            self._all[export.id] = replace(held, stick=OnStick("writing"))
        threading.Thread(target=self._copy, args=(export, place), daemon=True).start()
        self._tell()

    def stop(self) -> None:
        """End what is at work, and leave nothing behind."""
        with self._lock:
            for process in self._at_work.values():
                _end(process)
            self._all.clear()
        _empty(self._folder)

    def _file(self, export_id: str) -> Path:
        return self._folder / f"{export_id}.zip"

    def _follow(self, export_id: str, process: subprocess.Popen[str]) -> None:
        last = ""
        for line in _lines(process):
            last = line
            if found := _PERCENT.search(line):
                self._change(export_id, percent=min(100, int(found[1])))
                self._tell(often=True)
        status = process.wait()
        with self._lock:
            del self._at_work[export_id]
        file = self._file(export_id)
        if status == 0 and file.is_file():
            self._change(export_id, state="ready", percent=100, size=file.stat().st_size)
        else:
            file.unlink(missing_ok=True)
            self._change(export_id, state="failed", said=last[:_SAID_AT_MOST])
        self._tell()

    def _copy(self, export: Export, place: Place) -> None:
        def told(percent: int) -> None:
            self._change(export.id, stick=OnStick("writing", percent))
            self._tell(often=True)

        try:
            name = place.copy(self.file(export), export.name, told)
        except StickError as error:
            self._change(export.id, stick=OnStick("failed", problem=error.problem))
        except OSError:
            self._change(export.id, stick=OnStick("failed", problem="failed"))
        else:
            self._change(export.id, stick=OnStick("done", 100, name))
        self._tell()

    def _change(self, export_id: str, **changes: Any) -> None:
        with self._lock:
            if held := self._all.get(export_id):
                self._all[export_id] = replace(held, **changes)

    def _tell(self, *, often: bool = False) -> None:
        now = time.monotonic()
        if often and now - self._told < _TELL_S:
            return
        self._told = now
        self._changed()

    def _too_long(self, export_id: str) -> None:
        with self._lock:
            if process := self._at_work.get(export_id):
                _end(process)

    def _over(self, _export_id: str) -> None:
        with self._lock:
            self._tidy()

    def _tidy(self) -> None:
        now = self._clock()
        for name in [name for name, began in self._began.items() if now - began >= KEPT_S]:
            self._drop(name)

    def _drop(self, export_id: str) -> None:
        self._all.pop(export_id, None)
        self._began.pop(export_id, None)
        if process := self._at_work.get(export_id):
            _end(process)
        self._file(export_id).unlink(missing_ok=True)


def export_name(settings: Settings, wish: Wish) -> str:
    """What the file is called, as its own folder within."""
    return f"venue-kiosk_{settings.kiosk}_{wish.first}_{wish.last}.zip"


def program(venue_file: Path | None) -> Callable[[Wish, Path], Sequence[str]]:
    """The program that makes an export of the venue whose file this is; None: the one that it finds itself."""
    venue = ["--config", str(venue_file)] if venue_file else []

    def command(wish: Wish, file: Path) -> Sequence[str]:
        whose = ["--session", str(wish.session)] if wish.session is not None else ["--by", wish.by or ""]
        return [
            *(sys.executable, "-m", "kiosk.cli", "log", "export", *venue),
            *("--from", wish.first.isoformat(), "--to", wish.last.isoformat(), "-o", str(file)),
            *("--language", wish.language, *whose),
        ]

    return command


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    """What it says while it works; a line drawn over counts as one."""
    with process.stderr or contextlib.nullcontext(()) as stream:
        yield from filter(None, map(str.strip, stream))


def _end(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
