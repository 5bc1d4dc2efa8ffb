"""Exports beside the real program `kiosk door`: it writes the entry, signs it, and goes on with its work meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.accounts import Accounts
from kiosk.gate.commands import InspectionEnd, InspectionOpen, RecountDo
from kiosk.gate.protocol import DoorClient
from kiosk.ledger.entries import Downloaded
from kiosk.reports.verify import verify
from kiosk.store import StoreReader
from tests.service.test_door_service import AT, door, until
from tests.service.venues import found_venue

KIOSK = Path(sys.executable).parent / "kiosk"


@dataclass(frozen=True)
class Venue:
    """A venue whose manager is lam, and whose door runs."""

    file: Path
    door: DoorClient

    @property
    def folder(self) -> Path:
        return self.file.parent

    def export(self, name: str, *options: str) -> subprocess.CompletedProcess[str]:
        days = ("--from", "2021-05-01", "--to", "2021-05-01")
        return subprocess.run(
            [KIOSK, "log", "export", *days, "-o", self.folder / name, "--config", self.file, *options],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def taken(self) -> list[Downloaded]:
        with StoreReader(self.folder / "data" / "log.sqlite") as reader:
            found = [one.entry for one in reader.of_types("downloaded", start=0, end=reader.length)]
        return [entry for entry in found if isinstance(entry, Downloaded)]


def venue(folder: Path) -> Path:
    file = found_venue(folder)
    (folder / "data").mkdir()
    accounts = Accounts(folder / "data" / "accounts.json")
    accounts.save("lam", "manager", "correct horse battery staple 71", "495817")
    accounts.save("mei", "staff", "correct horse battery staple 71", "381729")
    return file


def test_the_door_writes_who_took_what_and_signs_it_at_once(tmp_path: Path) -> None:
    file = venue(tmp_path)
    with door(file, "--at", AT) as (_, client):
        until(client, lambda _: True)
        here = Venue(file, client)
        opened = client.command(InspectionOpen(department="FEHD"), by="lam")
        session = int(opened.values["entry"])
        for name, options in (
            ("box.zip", ()),
            ("manager.zip", ("--by", "lam")),
            ("inspector.zip", ("--session", str(session), "--language", "zh-Hant")),
        ):
            done = here.export(name, *options)
            assert (done.returncode, done.stderr) == (0, "")
            assert "the log says so in entry" in done.stdout
            verdict = verify(tmp_path / name, None)
            assert verdict.faults == ()
            assert verdict.claims is not None
        assert [(one.by, one.session) for one in here.taken()] == [
            (None, None),
            ("lam", None),
            (None, session),
        ]
        # The door's own clock is a demo's: it is still the first of May.
        with zipfile.ZipFile(tmp_path / "inspector.zip") as found:
            manifest = json.loads(
                found.read(next(name for name in found.namelist() if name.endswith("manifest.json")))
            )
        assert manifest["made_at"].startswith("2021-05-01T19:3")
        assert until(client, lambda _: True).stops == ()


def test_who_may_not_take_one_gets_none_and_the_log_says_nothing(tmp_path: Path) -> None:
    file = venue(tmp_path)
    with door(file, "--at", AT) as (_, client):
        until(client, lambda _: True)
        here = Venue(file, client)
        session = int(client.command(InspectionOpen(department="FEHD"), by="lam").values["entry"])
        assert client.command(InspectionEnd(session=session), by="lam").ok
        until(client, lambda s: not s.inspections)
        for options, said in (
            (("--session", str(session)), f"there is no open session {session}"),
            (("--by", "mei"), "Only a manager may do that"),
            (("--by", "nobody"), "Only a manager may do that"),
        ):
            done = here.export("no.zip", *options)
            assert done.returncode == 2
            assert said in done.stderr
            assert len(done.stderr.splitlines()) == 1
        assert here.taken() == []
        assert not [path for path in tmp_path.iterdir() if "no.zip" in path.name]


def test_a_door_that_goes_on_writing_changes_nothing_in_an_export(tmp_path: Path) -> None:
    file = venue(tmp_path)
    with door(file, "--at", AT) as (_, client):
        until(client, lambda _: True)
        over = threading.Event()

        def busy() -> None:
            number = 0
            while not over.is_set():
                number += 1
                client.command(RecountDo(inside={"premises": number % 20}, reason="counted"), by="mei")

        worker = threading.Thread(target=busy)
        worker.start()
        try:
            until(client, lambda s: s.log_size > 50)
            done = Venue(file, client).export("busy.zip")
        finally:
            over.set()
            worker.join()
    assert done.returncode == 0, done.stderr
    verdict = verify(tmp_path / "busy.zip", None)
    assert verdict.faults == ()
    assert verdict.claims is not None
    assert verdict.claims.end >= 50


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_when_the_door_has_stopped_the_command_takes_its_place_and_the_next_start_goes_on(
    tmp_path: Path, language: str
) -> None:
    file = venue(tmp_path)
    with door(file, "--at", AT) as (process, client):
        until(client, lambda _: True)
        process.terminate()
        assert process.wait(30) == 0
        here = Venue(file, client)
        assert here.export("after.zip", "--language", language).returncode == 0
    assert verify(tmp_path / "after.zip", None).faults == ()
    with door(file, "--at", "2021-05-01T20:00:00+08:00") as (_, client):
        assert until(client, lambda _: True).stops == ()
        assert len(Venue(file, client).taken()) == 1
