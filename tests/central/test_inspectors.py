"""Badges and the list that central issues, believed by a kiosk that was given its keys, and by no other."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from central.cli import main
from central.inspectors import KEY_FILE, MOST_DAYS
from kiosk.cli import main as kiosk
from kiosk.proofs import inspector_badge, inspector_files, rings
from kiosk.proofs.holdings import Places
from kiosk.proofs.inspector_files import Inspectors
from kiosk.proofs.model import Proof
from kiosk.proofs.trust import TrustError
from kiosk.scanning.decode import decode_file
from tests.service.venues import found_venue

PIN = "73015599"


class Authority:
    """Central in a folder, and a kiosk's folder that has its keys."""

    def __init__(self, folder: Path, name: str = "venue-central") -> None:
        self.data = folder / "central"
        assert main(["init", "--data", str(self.data), "--name", name]) == 0
        self.folder = folder
        self.badge = folder / "badge.txt"
        self.list = folder / "inspectors.list"
        self.ring = folder / "ring.yaml"
        source = folder / "sources" / "authority.yaml"
        assert self("trust", "--ring", str(self.ring), "--source", str(source)) == 0
        self.places = Places(folder / "kiosk", production=True, sources=(source.parent,))

    def __call__(self, verb: str, *arguments: str) -> int:
        return main(["inspectors", verb, *arguments, "--data", str(self.data)])

    def add(self, number: str = "FEHD-1", *more: str) -> int:
        words = ["--name", "CHAN Tai Man", "--department", "FEHD", "-o", str(self.badge), *more]
        return self("add", number, *words)

    def read(self, at: datetime | None = None) -> Proof:
        trust = rings.load(self.ring, production=True)
        return inspector_badge.read(self.badge.read_text().strip(), trust=trust, at=at or datetime.now(UTC))

    def publish(self) -> Inspectors:
        """Write the list and let the kiosk import it."""
        assert self("write", "-o", str(self.list)) == 0
        inspector_files.save(self.places, self.list.read_bytes(), now=datetime.now(UTC))
        return Inspectors(self.places)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PIN}\n" * 9))
    return Authority(tmp_path)


def test_a_kiosk_with_the_authoritys_keys_believes_badge_list_and_pin(authority: Authority) -> None:
    assert authority.add("FEHD-1", "--pin-stdin") == 0
    proof = authority.read()
    assert (proof.verified, proof.facts.badge.number, proof.facts.badge.department) == (
        True,
        "FEHD-1",
        "FEHD",
    )
    inspectors = authority.publish()
    assert inspectors.knows("FEHD-1")
    assert inspectors.check("FEHD-1", PIN)
    assert not inspectors.check("FEHD-1", PIN[::-1])


def test_a_badge_ends_by_itself(authority: Authority) -> None:
    assert authority.add("FEHD-1", "--pin-stdin", "--days", "2") == 0
    assert authority.read(datetime.now(UTC) + timedelta(days=1)).verified
    assert authority.read(datetime.now(UTC) + timedelta(days=2)).error == "expired"


@pytest.mark.parametrize("form", ["png", "svg"])
def test_the_badge_is_a_picture_that_a_camera_reads(authority: Authority, form: str, tmp_path: Path) -> None:
    drawn = tmp_path / f"badge.{form}"
    assert authority.add("FEHD-1", "--pin-stdin", "-o", str(drawn)) == 0
    if form == "svg":
        assert drawn.read_bytes().startswith(b"<?xml")
        return
    assert decode_file(drawn).texts == (authority.badge.read_text().strip(),)


def test_whoever_is_revoked_is_in_the_next_list_no_more_and_gets_no_badge(
    authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    authority.add("FEHD-1", "--pin-stdin")
    authority.add("FEHD-2", "--pin-stdin")
    authority.publish()
    assert authority("revoke", "FEHD-1") == 0
    inspectors = authority.publish()
    assert (inspectors.knows("FEHD-1"), inspectors.knows("FEHD-2")) == (False, True)
    assert authority("badge", "FEHD-1", "-o", str(authority.badge)) == 2
    assert authority("revoke", "FEHD-1") == 2
    capsys.readouterr()
    authority("list")
    lines = capsys.readouterr().out.splitlines()
    assert "REVOKED" in lines[0]
    assert "badge until" in lines[1]
    assert authority.add("FEHD-1", "--pin-stdin") == 0, "added again, they are in the list again"
    assert authority.publish().knows("FEHD-1")


def test_another_badge_leaves_the_pin_as_it_is(authority: Authority) -> None:
    authority.add("FEHD-1", "--pin-stdin")
    first = authority.badge.read_text()
    assert authority("badge", "FEHD-1", "-o", str(authority.badge)) == 0
    assert authority.badge.read_text() != first
    assert authority.read().verified
    assert authority.publish().check("FEHD-1", PIN)


def test_a_pin_that_is_made_is_printed_once_and_stands_nowhere(
    authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert authority.add("FEHD-1", "--make-pin") == 0
    pin = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("PIN")).split()[1][
        :-1
    ]
    assert authority.publish().check("FEHD-1", pin)
    files = [file for file in authority.folder.rglob("*") if file.is_file()]
    assert authority.badge in files
    assert [file for file in files if pin.encode() in file.read_bytes()] == []


def test_a_revoked_verifier_is_kept_nowhere(authority: Authority) -> None:
    authority.add("FEHD-1", "--pin-stdin")
    authority("revoke", "FEHD-1")
    with closing(sqlite3.connect(authority.data / "central.sqlite")) as raw:
        assert raw.execute("SELECT verifier FROM inspector").fetchall() == [(None,)]


@pytest.mark.parametrize(
    "words",
    [
        ("add", "fehd 1", "--name", "C", "--department", "D", "-o", "b.txt", "--make-pin"),
        ("add", "F-1", "--name", "C", "--department", "D", "-o", "b.gif", "--make-pin"),
        ("add", "F-1", "--name", "C", "--department", "D", "-o", "b.txt", "--make-pin", "--days", "0"),
        ("add", "F-1", "--name", "C", "--department", "D", "-o", "b.txt", "--make-pin", "--days", str(MOST_DAYS + 1)),
        ("add", "F-1", "--name", "C", "--department", "D", "-o", "b.txt", "--make-pin", "--at", "noon"),
        ("add", "F-1", "--name", "C", "--department", "D", "-o", "b.txt"),
        ("badge", "F-1", "-o", "b.txt"),
        ("revoke", "F-1"),
        ("trust",),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_in_a_line_and_adds_nobody(
    words: tuple[str, ...], authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert authority(*words) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    authority("list")
    assert capsys.readouterr().out == ""


def test_a_bad_pin_adds_nobody(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("12345\n"))
    assert authority.add("FEHD-1", "--pin-stdin") == 2
    assert not authority.badge.exists()


def test_another_authoritys_badge_and_list_count_for_nothing(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    other.add("FEHD-1", "--pin-stdin")
    other("write", "-o", str(other.list))
    authority.badge.write_text(other.badge.read_text())
    assert authority.read().error == "unknown_issuer"
    with pytest.raises(TrustError):
        inspector_files.save(authority.places, other.list.read_bytes(), now=datetime.now(UTC))


def test_a_demos_keys_say_so_and_a_door_in_production_refuses_them(tmp_path: Path) -> None:
    demo = Authority(tmp_path, "DEMO-central")
    assert yaml.safe_load(demo.ring.read_text())["demo"] is True
    with pytest.raises(TrustError):
        rings.load(demo.ring, production=True)
    demo.add("FEHD-1", "--make-pin")
    demo("write", "-o", str(demo.list))
    with pytest.raises(TrustError):
        inspector_files.save(demo.places, demo.list.read_bytes(), now=datetime.now(UTC))


def test_key_badge_and_list_are_for_their_owners_eyes(authority: Authority) -> None:
    authority.add("FEHD-1", "--pin-stdin")
    authority.publish()
    for file in (authority.data / KEY_FILE, authority.badge, authority.list):
        assert file.stat().st_mode & 0o077 == 0, file


def test_a_kiosk_imports_the_list_by_its_command(
    authority: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority.add("FEHD-1", "--pin-stdin")
    authority("write", "-o", str(authority.list))
    venue = found_venue(tmp_path, trust_sources=[str(authority.places.sources[0])])
    capsys.readouterr()
    assert kiosk(["inspectors", "import", str(authority.list), "--config", str(venue)]) == 0
    assert capsys.readouterr().out.startswith("1 inspectors, issued ")
