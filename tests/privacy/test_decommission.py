"""A box that goes out of service leaves nothing readable of persons; a new one goes on, and the break is plain."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from central.cli import main as central_main
from kiosk.store import StoreReader
from tests.central.servers import CentralServer, kept
from tests.privacy.houses import AT, MANAGER, PASSWORD, PROGRAMS, House, register
from tests.service.test_door_service import until


@pytest.fixture
def central(tmp_path: Path) -> Iterator[CentralServer]:
    server = CentralServer(tmp_path / "central")
    server.start()
    yield server
    server.kill()


def entries(log: Path) -> list[str]:
    with StoreReader(log) as reader:
        return [entry.entry.type for entry in reader.read()]


def left(house: House) -> set[str]:
    return {path.name for path in house.data.rglob("*")}


def staff_in_the_register(house: House) -> None:
    with closing(sqlite3.connect(house.data / "log.sqlite")) as raw, raw:
        raw.execute("INSERT INTO staff (id, document) VALUES ('s1', '{\"name\": \"Zebedee Underhay\"}')")


@pytest.mark.parametrize("keep", [True, False])
def test_central_has_the_log_and_nothing_of_persons_is_left(
    tmp_path: Path, central: CentralServer, *, keep: bool
) -> None:
    house = House(tmp_path / "box", central)
    with house.open() as client:
        register(client, "Wong Mei Mei", "61239876")
    staff_in_the_register(house)
    token = (house.folder / "token").read_text()
    secret = next(iter(kept(central.data, "box-1").ciphertexts.values()))
    done = house.decommission("--log", "keep" if keep else "destroy")
    assert done.returncode == 0, done.stderr
    assert "box-1 is out of service" in done.stdout
    assert "flash card may keep" in done.stdout
    log = kept(central.data, "box-1").leaves
    assert b'"type":"decommissioned"' in log[-1][1]
    assert f'"by":"{MANAGER}"'.encode() in log[-1][1]
    assert left(house) == ({"log.sqlite", "log-public.key"} if keep else set())
    assert not (house.folder / "token").exists()
    for path in house.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for gone in (b"Underhay", token.encode(), b"argon2", secret[:24], secret[-24:]):
                assert gone not in content, (path, gone)
    if keep:
        assert entries(house.data / "log.sqlite")[-1] == "decommissioned"
        again = house.run("door", "--at", AT)
        assert again.returncode == 2
        assert "taken out of service" in again.stderr


def test_the_log_moves_to_a_folder_with_what_it_is_verified_with(
    tmp_path: Path, central: CentralServer
) -> None:
    house = House(tmp_path / "box", central)
    with house.open() as client:
        register(client, "Wong Mei Mei", "61239876")
    target = tmp_path / "archive"
    assert house.decommission("--log", target).returncode == 0
    assert {path.name for path in target.iterdir()} == {"log.sqlite", "log-public.key"}
    assert entries(target / "log.sqlite")[-1] == "decommissioned"
    assert left(house) == set()


def test_nothing_is_destroyed_while_central_lacks_entries_unless_told_so_by_name(
    tmp_path: Path, central: CentralServer
) -> None:
    house = House(tmp_path / "box", central)
    central.kill()
    with house.open() as client:
        answer = client.command(_registration(), by=None)
        assert answer.ok
        until(client, lambda s: s.inside == 1)
    before = left(house) | {"log.sqlite-wal"}
    refused = house.decommission("--log", "destroy")
    assert refused.returncode == 2
    assert "central lacks" in refused.stderr
    assert "nothing has been destroyed" in refused.stderr
    assert before - {"log.sqlite-wal", "log.sqlite-shm"} <= left(house)
    assert "decommissioned" not in entries(house.data / "log.sqlite")
    assert house.decommission("--log", "keep", "--unsent", "another").returncode == 2
    done = house.decommission("--log", "keep", "--unsent", "box-1")
    assert done.returncode == 0, done.stderr
    with StoreReader(house.data / "log.sqlite") as reader:
        *_, last = reader.read()
        assert last.entry.unsent == reader.length - 1
        assert last.entry.visits == 1
        assert all(leaf.ciphertext is None for leaf in reader.leaves(0, limit=1000, max_bytes=10**7))


def _registration():  # type: ignore[no-untyped-def]
    from kiosk.gate.commands import VisitorRegister

    return VisitorRegister(name="Wong Mei Mei", contact="61239876")


@pytest.mark.parametrize(
    ("words", "password", "said"),
    [
        (["--log", "destroy"], "a wrong phrase", "no manager signs in"),
        (["--log", "{tmp}"], PASSWORD, "is there already"),
    ],
)
def test_who_may_not_or_cannot_destroys_nothing(
    tmp_path: Path, central: CentralServer, words: list[str], password: str, said: str
) -> None:
    house = House(tmp_path / "box", central)
    with house.open():
        pass
    done = house.decommission(*[word.format(tmp=tmp_path) for word in words], password=password)
    assert done.returncode == 2
    assert said in done.stderr
    assert {"log.sqlite", "accounts.json", "log-signing.key"} <= left(house)


def test_a_running_door_is_not_taken_apart(tmp_path: Path, central: CentralServer) -> None:
    house = House(tmp_path / "box", central)
    with house.open() as client:
        done = house.decommission("--log", "destroy")
        assert done.returncode == 2
        assert "another door service writes this log" in done.stderr
        until(client, lambda s: True)


def central_says(central: CentralServer, kiosk: str) -> str:
    command = [PROGRAMS / "central", "log", kiosk, "--data", central.data]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def test_a_new_box_under_the_old_id_is_not_taken_for_the_old_one(
    tmp_path: Path, central: CentralServer
) -> None:
    old = House(tmp_path / "old", central)
    with old.open() as client:
        register(client, "Wong Mei Mei", "61239876")
    before = kept(central.data, "box-1").leaves
    new = House(tmp_path / "new", central)
    with new.open("2021-05-02T12:00:00+08:00") as client:
        until(client, lambda s: s.sync.error in {"conflict", "ahead", "other_key", "fork"})
    assert kept(central.data, "box-1").leaves == before
    assert "CONTRADICTION" in central_says(central, "box-1")


def test_a_new_box_takes_the_venues_name_and_goes_on_with_the_break_in_plain_view(
    tmp_path: Path, central: CentralServer, capsys: pytest.CaptureFixture[str]
) -> None:
    old = House(tmp_path / "old", central)
    with old.open() as client:
        register(client, "Wong Mei Mei", "61239876")
    # The card dies; nothing of it can be read any more.
    capsys.readouterr()
    token = tmp_path / "new-token"
    words = [
        "enrol",
        "box-1b",
        "--replaces",
        "box-1",
        "--data",
        str(central.data),
        "--token-file",
        str(token),
    ]
    assert central_main(words) == 0
    said = yaml.safe_load(capsys.readouterr().out)
    known = len(kept(central.data, "box-1").leaves)
    assert said["continues"]["entries"] == known
    assert central_main(words) == 2, "a box is replaced once"
    new = House(tmp_path / "new", central, kiosk="box-1b", **said)
    (new.folder / "token").write_text(token.read_text())
    with new.open("2021-05-02T12:00:00+08:00") as client:
        register(client, "Lee Ka Yan", "91234567")
    with StoreReader(new.data / "log.sqlite") as reader:
        first = next(reader.read()).entry
    assert (first.type, first.kiosk, first.entries) == ("continues", "box-1", known)
    told = central_says(central, "box-1b")
    assert f"BREAK: continues box-1 after {known} entries" in told
    assert "its first entry says so" in told
    assert f"BREAK: replaced by box-1b after {known} entries" in central_says(central, "box-1")
    # The old box comes back to life: it is let in no more, and goes on at its own door all the same.
    with old.open("2021-05-02T13:00:00+08:00") as client:
        until(client, lambda s: s.sync.error == "unauthorised")
    assert len(kept(central.data, "box-1").leaves) == known


def test_a_new_box_that_hides_the_break_is_told_by_central(
    tmp_path: Path, central: CentralServer, capsys: pytest.CaptureFixture[str]
) -> None:
    old = House(tmp_path / "old", central)
    with old.open() as client:
        register(client, "Wong Mei Mei", "61239876")
    token = tmp_path / "token"
    words = ["--replaces", "box-1", "--data", str(central.data), "--token-file", str(token)]
    assert central_main(["enrol", "box-1b", *words]) == 0
    assert "it has sent nothing yet" in central_says(central, "box-1b")
    new = House(tmp_path / "new", central, kiosk="box-1c")
    new.file.write_text(new.file.read_text().replace("box-1c", "box-1b"))
    (new.folder / "token").write_text(token.read_text())
    with new.open() as client:
        until(client, lambda s: s.sync.configured and s.sync.since and s.sync.waiting == 0)
    assert "ITS FIRST ENTRY DOES NOT SAY SO" in central_says(central, "box-1b")
