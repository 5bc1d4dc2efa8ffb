"""Whoever plays with a demo: sign-ins, the inspector's badge, and codes held up to the simulated camera."""

from __future__ import annotations

import io
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import segno

from central.cli import main
from kiosk.accounts import Accounts
from kiosk.demo.authority import Authority
from kiosk.demo.hand_held import HandHeld
from kiosk.demo.sign_ins import INSPECTOR, MANAGER, SUPERVISOR, SignIns, make_inspector
from kiosk.errors import KioskError
from kiosk.proofs import inspector_badge, inspector_files, rings
from kiosk.proofs.holdings import Places
from kiosk.proofs.inspector_files import Inspectors
from kiosk.proofs.trust import TrustError

EVENING = datetime.fromisoformat("2021-05-01T21:24:00+08:00")


def test_a_demo_has_an_account_of_each_role(tmp_path: Path) -> None:
    signs = SignIns.make("anna", inspector=True)
    signs.save(tmp_path)
    accounts = Accounts(tmp_path / "accounts.json")
    roles = {name: accounts.account(name).role for name in ("anna", SUPERVISOR, MANAGER)}
    assert roles == {"anna": "staff", SUPERVISOR: "supervisor", MANAGER: "manager"}
    assert accounts.check_password(MANAGER, signs.password)
    assert accounts.check_pin(SUPERVISOR, signs.supervisor.pin)
    assert any("badge.png" in line for line in signs.lines(tmp_path / "badge.png"))


def test_every_demo_has_secrets_of_its_own() -> None:
    made = [SignIns.make("anna", inspector=True) for _ in range(20)]
    assert len({one.password for one in made}) == len({(one.pin, one.badge_pin) for one in made}) == 20


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A demo's folder with authority, central, and the inspector's badge for the evening."""
    authority = Authority.open(tmp_path / "authority")
    held = ["--data", str(tmp_path / "central")]
    assert main(["init", *held, "--name", "DEMO-central"]) == 0
    shutil.copy(authority.folder / "codes.pem", tmp_path / "central" / "codes-private.pem")

    def central(*arguments: str, said: str | None = None) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(said or ""))
        assert main([*arguments]) == 0

    make_inspector(central, tmp_path, authority.folder, "73015599", at=EVENING.isoformat())
    return tmp_path


def test_the_demos_badge_and_pin_open_at_the_demo_and_nowhere_else(demo: Path) -> None:
    text = (demo / "inspector" / "badge.txt").read_text().strip()
    trust = rings.load(demo / "authority" / "keyring.yaml", production=False)
    proof = inspector_badge.read(text, trust=trust, at=EVENING)
    assert (proof.verified, proof.demo, proof.facts.badge.number) == (True, True, INSPECTOR)
    written = (demo / "inspector" / "inspectors.list").read_bytes()
    places = Places(demo / "kiosk", production=False, sources=(demo / "authority" / "sources",))
    inspector_files.save(places, written, now=datetime.now(UTC))
    assert Inspectors(places).check(INSPECTOR, "73015599")
    production = Places(demo / "other", production=True, sources=places.sources)
    with pytest.raises(TrustError):
        inspector_files.save(production, written, now=datetime.now(UTC))
    with pytest.raises(KioskError):
        rings.load(demo / "authority" / "keyring.yaml", production=True)


class Camera:
    def __init__(self) -> None:
        self.shown: list[str] = []

    def show(self, text: str, seconds: float) -> None:
        assert seconds > 0
        self.shown.append(text)


@pytest.fixture
def hand(tmp_path: Path) -> tuple[HandHeld, Camera, list[str]]:
    camera, said = Camera(), list[str]()
    return HandHeld(tmp_path, camera, said.append), camera, said


def test_a_picture_laid_into_the_folder_is_held_up_once(
    hand: tuple[HandHeld, Camera, list[str]], tmp_path: Path
) -> None:
    held, camera, _ = hand
    segno.make_qr("VKB1:HELLO").save(str(tmp_path / "badge.png"), scale=8)
    held.look()
    assert camera.shown == [], "it may still be on its way into the folder"
    held.look()
    held.look()
    assert camera.shown == ["VKB1:HELLO"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "content"), [("a.png", b"no picture"), ("a.txt", b"VKB1:HELLO")])
def test_what_holds_no_code_is_told_and_shown_to_nobody(
    name: str, content: bytes, hand: tuple[HandHeld, Camera, list[str]], tmp_path: Path
) -> None:
    held, camera, said = hand
    (tmp_path / name).write_bytes(content)
    held.look()
    held.look()
    assert (camera.shown, len(said)) == ([], 1)
    assert name in said[0]
