"""The register through the real door: decisions follow it, restarts keep it, and the log names nobody."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from kiosk.gate.commands import StaffImport, StaffRemove, StaffSave, StaffSeen
from kiosk.gate.protocol import DoorClient, DoorRefusedError
from kiosk.ledger.entries import Draft, StaffChanged
from kiosk.staff.register import Told, ToldSample
from kiosk.store import LogGapError
from tests.staff.house import found, reasons, running, until
from tests.store.logs import at, fill, open_log

KIOSK = Path(sys.executable).parent / "kiosk"
AT = "2021-05-01T12:00:00+08:00"
#: Planted, to be searched for.
NAME, ROLE, DOSE = "Planted-陳大文", "planted-cook", date(2021, 2, 17)
PLANTED = Told(name=NAME, role=ROLE, doses=(DOSE,))


def kiosk(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [KIOSK, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )


def leaves(folder: Path) -> bytes:
    with closing(sqlite3.connect(f"file:{folder / 'data' / 'log.sqlite'}?mode=ro", uri=True)) as database:
        return b"\n".join(bytes(leaf) for (leaf,) in database.execute("SELECT leaf FROM entry"))


def everything_on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in (folder / "data").glob("log.sqlite*"))


@pytest.mark.crash
def test_a_saved_register_changes_decisions_and_outlives_a_killed_process(tmp_path: Path) -> None:
    file = found(tmp_path)
    client = DoorClient(tmp_path / "data" / "door.sock")
    for stop in (signal.SIGKILL, signal.SIGTERM):
        process = subprocess.Popen([KIOSK, "door", "--config", file, "--at", AT], stderr=subprocess.PIPE)
        try:
            while not (tmp_path / "data" / "door.sock").exists():
                assert process.poll() is None
            _until_ready(client)
            if stop == signal.SIGKILL:
                assert reasons(client, "D1") == []
                assert client.command(StaffSave(member=PLANTED), by="mei").ok
            # The first dose alone is no full course: Zone D is shut, the hall with its days of grace is not.
            assert reasons(client, "D1") == ["staff_not_vaccinated"]
            assert reasons(client, "hall") == []
            assert [member.name for member in client.staff(by="mei").staff.members] == [NAME]
        finally:
            process.send_signal(stop)
            process.wait(15)
        if stop == signal.SIGKILL:
            (tmp_path / "data" / "door.sock").unlink()
    log = leaves(tmp_path)
    assert b'"staff_changed"' in log
    assert b'"member":"s1"' in log
    for planted in (NAME, "陳大文", "Planted", ROLE, DOSE.isoformat()):
        assert planted.encode() not in log
    assert NAME.encode() in everything_on_disk(tmp_path)


def _until_ready(client: DoorClient) -> None:
    for _ in range(200):
        try:
            until(client, lambda snapshot: not snapshot.stops)
        except OSError:
            continue
        return
    raise AssertionError("in vain")


def test_whoever_left_is_gone_from_the_disk_and_the_number_stays_given(tmp_path: Path) -> None:
    file = found(tmp_path)
    with running(file) as client:
        others = tuple(Told(name=f"Other {number}", doses=(date(2021, 3, 1),)) for number in range(40))
        assert client.command(StaffImport(members=(*others, PLANTED)), by="mei").ok
        assert client.command(StaffSeen(member="s41", what="test"), by="mei").ok
        assert NAME.encode() in everything_on_disk(tmp_path)
        assert client.command(StaffRemove(member="s41"), by="mei").ok
        left = everything_on_disk(tmp_path)
        for planted in (NAME, ROLE, DOSE.isoformat()):
            assert planted.encode() not in left
    with running(file) as client:
        assert client.command(StaffSave(member=Told(name="New")), by="mei").ok
        assert client.staff(by="mei").staff.members[-1].id == "s42"


def test_the_same_command_is_done_once_even_after_a_restart(tmp_path: Path) -> None:
    file = found(tmp_path)
    for _ in range(2):
        with running(file) as client:
            for _ in range(2):
                assert client.command(StaffSave(member=PLANTED), by="mei", command_id="once").ok
            assert len(client.staff(by="mei").staff.members) == 1


def test_what_changes_nothing_writes_nothing(tmp_path: Path) -> None:
    with running(found(tmp_path)) as client:
        assert client.command(StaffSave(member=PLANTED), by="mei").ok
        told = client.staff(by="mei").staff.members[0].told()
        assert client.command(StaffSave(member=told), by="mei").ok
    assert leaves(tmp_path).count(b'"staff_changed"') == 1


def test_the_first_member_replaces_the_staff_of_the_venue_file(tmp_path: Path) -> None:
    premises = {"kind": "bar", "capacity": 20, "staff": [{"id": "x1"}]}
    with running(found(tmp_path, premises=premises)) as client:
        assert reasons(client, "premises") == ["staff_not_vaccinated"]
        assert client.command(StaffSave(member=PLANTED), by="mei").ok
        assert reasons(client, "premises") == []
        assert client.command(StaffRemove(member="s1"), by="mei").ok
        assert reasons(client, "premises") == ["staff_not_vaccinated"]


def test_what_is_said_of_staff_at_the_door_names_nobody(tmp_path: Path) -> None:
    with running(found(tmp_path)) as client:
        assert client.command(StaffSave(member=PLANTED), by="mei").ok
        assert reasons(client, "D1")
        snapshot = until(client, lambda one: one.party and one.party.reasons)
        assert [zone.staff_short for zone in snapshot.zones] == [True, False]
        shown = snapshot.model_dump_json()
        for planted in (NAME, ROLE, DOSE.isoformat(), '"s1"'):
            assert planted not in shown


def test_the_register_goes_out_and_in_by_the_command_line(tmp_path: Path) -> None:
    file, table = found(tmp_path), tmp_path / "staff.csv"
    with running(file) as client:
        members = (PLANTED, Told(name="=cmd()", samples=(ToldSample(date=date(2021, 4, 25)),)))
        assert client.command(StaffImport(members=members), by="mei").ok
        assert kiosk("staff", "export", table, "--config", file, "--by", "mei").returncode == 0
        assert table.stat().st_mode & 0o077 == 0
        before = client.staff(by="mei").staff
        done = kiosk("staff", "import", table, "--config", file, "--by", "mei")
        assert (done.returncode, done.stdout) == (0, "2 members imported\n")
        assert client.staff(by="mei").staff == before
        table.write_text("name,doses\nA,2021-04-01\nB,soon\n", encoding="utf-8")
        done = kiosk("staff", "import", table, "--config", file, "--by", "mei")
        assert done.returncode == 2
        assert done.stderr == "kiosk staff: Line 3: the cell “doses” cannot be read\n"
        assert client.staff(by="mei").staff == before
        done = kiosk("staff", "export", table, "--config", file, "--by", "anna")
        assert done.returncode == 2
        assert "Only a manager" in done.stderr
    done = kiosk("staff", "export", "-", "--config", file, "--by", "mei")
    assert done.returncode == 2
    assert "start it: kiosk door" in done.stderr


def test_a_log_from_before_the_register_gets_its_table(
    tmp_path: Path,
) -> None:
    file = tmp_path / "log.sqlite"
    fill(store := open_log(file), 3)
    store.close()
    with closing(sqlite3.connect(file)) as old, old:
        for table in ("staff", "node", "checkpoint", "contradiction", "state"):
            old.execute(f"DROP TABLE {table}")
        old.execute("PRAGMA user_version = 1")
    store = open_log(file)
    assert (store.length, store.staff()) == (3, {})
    changed = Draft(at=at(), entry=StaffChanged(by="mei"), staff={"s1": "{}", "s2": None})
    store.append([changed], expected_index=3)
    assert store.staff() == {"s1": "{}", "s2": None}
    with pytest.raises(LogGapError):
        store.append([changed.model_copy(update={"staff": {"s1": None}})], expected_index=3)
    assert store.staff()["s1"] == "{}"
    store.close()


def test_the_register_is_answered_to_managers_only(tmp_path: Path) -> None:
    with running(found(tmp_path)) as client:
        for by in ("anna", "supra", ""):
            with pytest.raises(DoorRefusedError) as error:
                client.staff(by=by)
            assert error.value.answer.error in {"manager_needed", "sign_in_needed"}
