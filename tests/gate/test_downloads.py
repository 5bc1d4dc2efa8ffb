"""Exports at the gate: who may take one away, and what the log keeps of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import Future
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kiosk.gate.commands import AnyCommand, InspectionEnd, InspectionOpen, LogDownload
from kiosk.gate.protocol import Answer, DoorClient
from kiosk.gate.server import Desk, DoorServer
from kiosk.ledger.entries import Downloaded
from tests.gate.bench import Bench

MAY = LogDownload(first=date(2021, 5, 1), last=date(2021, 5, 31), start=0, end=1, manifest="a7" * 32)


def told(bench: Bench) -> list[Downloaded]:
    return [one.entry for one in bench.log if isinstance(one.entry, Downloaded)]


@pytest.mark.parametrize("by", ["mei", None])
def test_the_log_keeps_days_entries_and_digest_of_an_export_and_who_took_it(by: str | None) -> None:
    bench = Bench()
    reply = bench.command(MAY, by=by)
    (entry,) = told(bench)
    assert reply.error is None
    assert bench.log[reply.values["entry"]].entry == entry
    assert entry.model_dump(exclude={"type", "command"}) == {
        "first": MAY.first,
        "last": MAY.last,
        "start": 0,
        "end": 1,
        "manifest": MAY.manifest,
        "session": None,
        "by": by,
    }


def test_an_inspector_takes_exports_as_long_as_the_session_is_open() -> None:
    bench = Bench()
    bench.command(InspectionOpen(department="FEHD"), by="mei")
    (session,) = bench.snapshot.inspections
    taking = MAY.model_copy(update={"session": session.session})
    assert bench.command(taking, by=None).error is None
    assert [entry.session for entry in told(bench)] == [session.session]
    bench.command(InspectionEnd(session=session.session), by="mei")
    assert bench.command(taking, by=None).error == "no_such_inspection"
    assert len(told(bench)) == 1


@pytest.mark.parametrize(
    "wrong", [{"last": date(2021, 4, 30)}, {"start": 1, "end": 0}, {"end": 10**6}, {"session": 10**6}]
)
def test_what_cannot_be_an_export_is_not_written_down(wrong: dict[str, Any]) -> None:
    bench = Bench()
    assert bench.command(MAY.model_copy(update=wrong), by=None).error is not None
    assert told(bench) == []


def serving(folder: Path, asked: list[tuple[str | None, AnyCommand]]) -> DoorServer:
    """A door's socket whose gate does everything that it is asked for; mei is the manager."""

    def ask(command_id: str, command: AnyCommand, by: str | None, supervisor: str | None) -> Future[Answer]:
        del command_id, supervisor
        asked.append((by, command))
        answer: Future[Answer] = Future()
        answer.set_result(Answer(ok=True))
        return answer

    found = DoorServer(folder / "door.sock", Desk(ask, lambda _: None, {}, lambda name: name == "mei"))
    found.start()
    return found


@pytest.mark.parametrize(
    ("by", "session", "error"),
    [
        ("mei", None, None),
        (None, 7, None),
        (None, None, None),
        ("anna", None, "manager_needed"),
        ("mei", 7, "not_understood"),
    ],
)
def test_managers_inspectors_and_the_box_itself_may_ask_and_staff_may_not(
    tmp_path: Path, by: str | None, session: int | None, error: str | None
) -> None:
    asked: list[tuple[str | None, AnyCommand]] = []
    door = serving(tmp_path, asked)
    command = MAY.model_copy(update={"session": session})
    try:
        answer = DoorClient(tmp_path / "door.sock", timeout=30).command(command, by=by)
    finally:
        door.shutdown()
    assert (answer.ok, answer.error) == (error is None, error)
    assert asked == ([] if error else [(by, command)])


ASK = """
import os, socket, sys
if os.geteuid() == 0:
    os.setuid(65534)
link = socket.socket(socket.AF_UNIX)
link.connect("door.sock")
for line in sys.stdin:
    link.sendall(line.encode())
    print(link.makefile().readline(), end="")
"""


def test_the_pages_have_another_user_and_take_nothing_without_name_or_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks is told by the kernel. Root's tests ask as nobody; others have the door believe that it is somebody else."""
    asked: list[tuple[str | None, AnyCommand]] = []
    door = serving(tmp_path, asked)
    tmp_path.chmod(0o755)
    (tmp_path / "door.sock").chmod(0o666)
    if os.geteuid() != 0:
        other = os.geteuid() + 1
        monkeypatch.setattr(os, "geteuid", lambda: other)
    of_session = MAY.model_copy(update={"session": 7})
    lines = [
        json.dumps({"id": str(number), "command": command.model_dump(mode="json"), "by": by})
        for number, (command, by) in enumerate([(MAY, None), (MAY, "mei"), (of_session, None)])
    ]
    try:
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            input="".join(f"{line}\n" for line in lines),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    finally:
        door.shutdown()
    anonymous, named, inspecting = (Answer.model_validate_json(line) for line in done.stdout.splitlines())
    assert (anonymous.ok, anonymous.error) == (False, "not_at_the_box")
    assert anonymous.message is not None
    assert named.ok
    assert inspecting.ok
    assert [by for by, _ in asked] == ["mei", None]
