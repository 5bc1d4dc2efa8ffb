"""The authority's list of inspectors: what makes it count, what makes it count no more, and PINs against it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import argon2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.accounts import FREE_TRIES
from kiosk.cli import main
from kiosk.proofs import inspector_files, inspector_list, kiosk_list, strict_base64
from kiosk.proofs.holdings import Places
from kiosk.proofs.inspector_files import Inspectors
from kiosk.proofs.lists import OlderListError
from kiosk.proofs.trust import TrustError
from tests.proofs.trust_lists import OWN_SIGNER, own_file, public, source_file
from tests.service.venues import found_venue

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PIN = "730155"
VERIFIER = inspector_list.verifier(PIN)
LIFE = timedelta(days=90)  # of the source: 30 days of life, 60 of grace


def made(*numbers: str, issued_at: datetime = NOW, key: Ed25519PrivateKey = OWN_SIGNER) -> bytes:
    return inspector_list.write(dict.fromkeys(numbers or ("A-1",), VERIFIER), issued_at=issued_at, key=key)


def forged(**changes: object) -> bytes:
    """A list that is signed, whatever it says."""
    said = {
        "kind": inspector_list.KIND,
        "version": 1,
        "issued_at": NOW.isoformat(),
        "inspectors": [{"number": "A-1", "verifier": VERIFIER}],
    } | changes
    body = json.dumps(said).encode()
    return strict_base64.encode(OWN_SIGNER.sign(body)).encode() + b"\n" + body


@pytest.fixture
def places(tmp_path: Path) -> Places:
    signers = [{"key": public(OWN_SIGNER), "source": "the test"}]
    source_file(tmp_path / "sources", "ours", form="kiosk-list", signers=signers)
    return Places(tmp_path / "data", production=True, sources=(tmp_path / "sources",))


def test_what_was_written_is_read_and_opens_to_its_pin_alone(places: Places) -> None:
    inspector_files.save(places, made("A-1", "B-2"), now=NOW)
    inspectors = Inspectors(places, clock=lambda: NOW)
    assert inspectors.knows("A-1")
    assert not inspectors.knows("C-3")
    assert inspectors.check("B-2", PIN)
    assert not inspectors.check("B-2", "730156")
    assert not inspectors.check("C-3", PIN)


def test_no_pin_stands_in_the_list() -> None:
    assert PIN.encode() not in made()
    for bad in ("12345", "1234567890123", "73015a", ""):
        with pytest.raises(ValueError, match="6 to 12 digits"):
            inspector_list.verifier(bad)


def test_a_list_of_another_hand_or_of_another_kind_is_none(places: Places) -> None:
    altered = made().replace(b"A-1", b"A-2")
    ring_list = own_file()
    for content in (made(key=Ed25519PrivateKey.generate()), altered, b"", b"\n", ring_list):
        with pytest.raises(TrustError):
            inspector_files.save(places, content, now=NOW)
    with pytest.raises(TrustError):
        kiosk_list.read(made(), None, OWN_SIGNER.public_key(), demo=False)
    assert inspector_files.load(places) is None


TOO_DEAR = argon2.PasswordHasher(time_cost=1, memory_cost=65 * 1024, parallelism=1).hash(PIN)
TOO_CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PIN)
OTHER_KIND = argon2.PasswordHasher(type=argon2.Type.I, memory_cost=19 * 1024).hash(PIN)


@pytest.mark.parametrize(
    "inspectors",
    [
        [{"number": "A-1", "verifier": TOO_DEAR}],
        [{"number": "A-1", "verifier": TOO_CHEAP}],
        [{"number": "A-1", "verifier": OTHER_KIND}],
        [{"number": "A-1", "verifier": PIN}],
        [{"number": "a 1", "verifier": VERIFIER}],
        [{"number": "A-1", "verifier": VERIFIER, "name": "WONG"}],
        [{"number": "A-1", "verifier": VERIFIER}] * 2,
    ],
    ids=["dear", "cheap", "argon2i", "no hash", "number", "name", "twice"],
)
def test_what_a_signed_list_may_not_say_is_named_without_what_it_said(
    places: Places, inspectors: list[dict[str, str]]
) -> None:
    with pytest.raises(TrustError, match="inspectors") as caught:
        inspector_files.save(places, forged(inspectors=inspectors), now=NOW)
    assert PIN not in str(caught.value)
    assert "WONG" not in str(caught.value)


def test_an_older_list_does_not_bring_back_a_pin_and_one_of_tomorrow_is_refused(places: Places) -> None:
    inspector_files.save(places, made("A-1"), now=NOW)
    with pytest.raises(OlderListError):
        inspector_files.save(places, made("B-2", issued_at=NOW - timedelta(seconds=1)), now=NOW)
    with pytest.raises(TrustError, match="future"):
        inspector_files.save(places, made("B-2", issued_at=NOW + timedelta(days=2)), now=NOW)
    assert not Inspectors(places, clock=lambda: NOW).knows("B-2")
    inspector_files.save(places, made("B-2", issued_at=NOW + timedelta(seconds=1)), now=NOW)
    assert Inspectors(places, clock=lambda: NOW).knows("B-2")


def test_a_list_that_is_too_old_opens_nothing(places: Places) -> None:
    inspector_files.save(places, made(), now=NOW)
    assert Inspectors(places, clock=lambda: NOW + LIFE - timedelta(seconds=1)).check("A-1", PIN)
    assert not Inspectors(places, clock=lambda: NOW + LIFE).check("A-1", PIN)


def test_a_list_is_taken_up_dropped_and_found_altered_without_a_restart(places: Places) -> None:
    inspectors = Inspectors(places, clock=lambda: NOW)
    assert not inspectors.knows("A-1")
    inspector_files.save(places, made(), now=NOW)
    assert inspectors.knows("A-1")
    inspector_files.drop(places)
    assert not inspectors.knows("A-1")
    inspector_files.save(places, made(), now=NOW)
    file = places.data / inspector_files.FOLDER / "inspectors.list"
    content = file.read_bytes()
    file.unlink()  # what replaces it changes the folder, as an editor's saving does
    file.write_bytes(content.replace(b"A-1", b"A-2"))
    assert not inspectors.knows("A-2")


def test_wrong_pins_make_the_number_wait_whether_it_is_on_the_list_or_not(places: Places) -> None:
    now = [0.0]
    inspector_files.save(places, made(), now=NOW)
    inspectors = Inspectors(places, clock=lambda: NOW, mono=lambda: now[0])
    for number in ("A-1", "C-3"):
        for _ in range(FREE_TRIES):
            assert not inspectors.check(number, "000111")
    assert not inspectors.check("A-1", PIN)
    now[0] += 30
    assert inspectors.check("A-1", PIN)


def test_a_demos_signer_signs_no_list_for_a_door_in_production(places: Places, tmp_path: Path) -> None:
    signers = [{"key": public(OWN_SIGNER), "source": "the test"}]
    source_file(tmp_path / "sources", "ours", form="kiosk-list", signers=signers, demo=True)
    with pytest.raises(TrustError):
        inspector_files.save(places, made(), now=NOW)
    demo = Places(places.data, production=False, sources=places.sources)
    assert inspector_files.save(demo, made(), now=NOW).source.demo


def test_the_command_imports_lists_and_drops(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    signers = [{"key": public(OWN_SIGNER), "source": "the test"}]
    source_file(tmp_path / "sources", "ours", form="kiosk-list", signers=signers)
    file = found_venue(tmp_path, trust_sources=["sources"])
    given = tmp_path / "list"
    given.write_bytes(made("A-1", "B-2", issued_at=datetime.now(UTC)))

    def kiosk(*words: str) -> tuple[int, str]:
        status = main(["inspectors", *words, "--config", str(file)])
        said = capsys.readouterr()
        return status, said.out + said.err

    assert kiosk("list") == (0, "none held: an inspector is let in by a manager alone\n")
    status, said = kiosk("import", str(given))
    assert status == 0
    assert said.startswith("2 inspectors, issued ")
    assert kiosk("list") == (0, said)
    assert kiosk("drop")[0] == 0
    for words in (("drop",), ("import", str(tmp_path / "nothing")), ("import", str(file))):
        status, said = kiosk(*words)
        assert status == 2
        assert len(said.splitlines()) == 1
