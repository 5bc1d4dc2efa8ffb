"""The authority's key changes: entries say which key sealed them, and what was sealed before opens as before."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.gate.commands import VisitorRegister
from kiosk.ledger import sealing
from kiosk.ledger.leaf import parse_leaf
from kiosk.store import StoreReader
from tests.service.test_door_service import door, until
from tests.service.test_list_commands import Venue
from tests.service.venues import found_venue

OLD, NEW = sealing.generate(), sealing.generate()
PREMISES = {"kind": "catering", "mode": "B", "capacity": 40}


def public(key: sealing.OpeningKey, made: date | None = None) -> str:
    return sealing.public_text(key.public_key(), made)


def name_of(key: sealing.OpeningKey) -> str:
    return sealing.key_id(key.public_key())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    venue = found_venue(tmp_path, premises=PREMISES)
    (tmp_path / "sealing.pub").write_text(public(OLD, date(2021, 4, 1)))
    (tmp_path / "new.pub").write_text(public(NEW, date(2021, 6, 1)))
    return venue


def let_in(file: Path, name: str, at: str) -> str:
    """One visitor registers; the id of the key that the door says it seals to."""
    with door(file, "--at", at) as (process, client):
        before = until(client, lambda s: True)
        assert before.sealing_key
        assert client.command(VisitorRegister(name=name, contact="61239876"), by=None).ok
        until(client, lambda s: s.inside == before.inside + 1)
        process.terminate()
        assert process.wait(30) == 0
    return before.sealing_key.id


def test_a_new_key_counts_from_the_next_start_on(file: Path, tmp_path: Path) -> None:
    assert let_in(file, "Wong Mei Mei", "2021-05-01T19:30:00+08:00") == name_of(OLD)
    words = ["install", str(tmp_path / "new.pub"), "--id", name_of(NEW).upper(), "--config", str(file)]
    assert main(["sealing-key", *words]) == 0
    assert let_in(file, "Lee Ka Yan", "2021-05-01T20:30:00+08:00") == name_of(NEW)
    with StoreReader(tmp_path / "data" / "log.sqlite") as reader:
        sealed = [leaf for leaf in reader.leaves(0, limit=1000, max_bytes=10**7) if leaf.ciphertext]
        started = [entry.entry.sealing_key for entry in reader.read() if entry.entry.type == "started"]
    assert started == [name_of(OLD), name_of(NEW)]
    assert [parse_leaf(leaf.leaf).sealed_to for leaf in sealed] == [name_of(OLD), name_of(NEW)]
    for key, leaf, name in zip((OLD, NEW), sealed, ("Wong Mei Mei", "Lee Ka Yan"), strict=True):
        [person] = sealing.unseal(key, leaf.ciphertext or b"", "test-1", leaf.index).registrations
        assert person
        assert person.name == name


def test_the_doctor_and_the_command_tell_id_and_age(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sealing-key", "show", "--config", str(file)]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{name_of(OLD)}, made 2021-04-01, ")
    main(["doctor", "--config", str(file), "--at", "2021-05-01T19:30:00+08:00"])
    assert (
        f"sealing key: the health authority's key {name_of(OLD)}, made on 2021-04-01"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("content", "id_", "said"),
    [
        (public(NEW), name_of(OLD), "is the key "),
        (public(NEW).replace(name_of(NEW), name_of(OLD)), name_of(NEW), "a letter is wrong"),
        (public(NEW).replace("id:", "it:"), name_of(NEW), "no key file has"),
        (public(NEW) + "made: May Day\n", name_of(NEW), "no date"),
        ("private " + public(NEW), name_of(NEW), "a private key where a public one belongs"),
        ("", name_of(NEW), "not 32 bytes"),
    ],
)
def test_a_key_that_is_not_the_authoritys_is_not_installed(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, id_: str, said: str
) -> None:
    (tmp_path / "new.pub").write_text(content)
    before = (tmp_path / "sealing.pub").read_text()
    words = ["install", str(tmp_path / "new.pub"), "--id", id_, "--config", str(file)]
    assert main(["sealing-key", *words]) == 2
    assert said in capsys.readouterr().err
    assert (tmp_path / "sealing.pub").read_text() == before


def test_a_file_with_the_key_alone_is_a_key_file_too(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(public(OLD).splitlines()[0])
    held = sealing.read_public_key(tmp_path / "key")
    assert (held.id, held.made, held.days(date(2021, 5, 1))) == (name_of(OLD), None, None)
    (tmp_path / "key").write_text(public(OLD, date(2021, 4, 1)))
    assert sealing.read_public_key(tmp_path / "key").days(date(2021, 5, 1)) == 30


def test_what_identifies_a_certificate_need_not_stand_in_the_list_of_processes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sources").mkdir()
    venue = Venue(tmp_path, capsys)
    monkeypatch.setattr("sys.stdin", io.StringIO("URN:UVCI:01:HK:ABC123#7\n"))
    assert venue("revoke", "add", "--uci", "-")[0] == 0
    status, said = venue("revoke", "add", "--uci", "URN:UVCI:01:HK:ABC123#7")
    assert status == 0
    assert "was on the list already" in said
    assert venue("revoke", "add", "--uci", "-")[0] == 2
