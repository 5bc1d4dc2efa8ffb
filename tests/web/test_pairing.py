"""Which screens are ours."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kiosk.web.pairing import CODE_S, Pairing, PairingError


class Clock:
    now = 10.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pairing(tmp_path: Path, clock: Clock) -> Pairing:
    return Pairing(tmp_path / "displays.json", clock)


def test_staff_type_the_code_and_the_display_that_shows_it_is_ours(pairing: Pairing) -> None:
    nonce, code = pairing.ask(None, "10.0.0.7")
    other, _ = pairing.ask(None, "10.0.0.8")
    assert len(code) == 6
    assert pairing.collect(nonce) is None
    assert pairing.approve(code) == "10.0.0.7"
    assert pairing.collect(other) is None
    cookie = pairing.collect(nonce)
    assert pairing.knows(cookie)
    assert pairing.collect(nonce) is None


def test_a_display_keeps_its_code_while_it_is_good(pairing: Pairing, clock: Clock) -> None:
    nonce, code = pairing.ask(None, "a")
    assert pairing.ask(nonce, "a") == (nonce, code)
    clock.now += CODE_S
    assert pairing.approve(code) is None
    again, _ = pairing.ask(nonce, "a")
    assert again != nonce


def test_a_crowd_that_asks_for_codes_is_forgotten(pairing: Pairing) -> None:
    _, first = pairing.ask(None, "a")
    for _ in range(50):
        pairing.ask(None, "b")
    assert pairing.approve(first) is None
    assert len(pairing._pending) <= 12


def test_nothing_else_is_known(pairing: Pairing) -> None:
    for cookie in (None, "", "x", pairing.ask(None, "a")[0]):
        assert not pairing.knows(cookie)


def test_the_own_browser_link_is_good_once_and_its_successor_takes_its_place(pairing: Pairing) -> None:
    token = pairing.make_own_token()
    assert pairing.redeem("guess", "b") is None
    first = pairing.redeem(token, "127.0.0.1")
    assert pairing.knows(first)
    assert pairing.redeem(token, "127.0.0.1") is None
    second = pairing.redeem(pairing.make_own_token(), "127.0.0.1")
    assert pairing.knows(second)
    assert not pairing.knows(first)


def test_pairing_outlasts_a_restart_until_it_is_ended(pairing: Pairing, tmp_path: Path) -> None:
    cookie = pairing.redeem(pairing.make_own_token(), "127.0.0.1")
    file = tmp_path / "displays.json"
    assert cookie
    assert cookie not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = Pairing(file)
    assert again.knows(cookie)
    assert again.remove(again.displays[0].id)
    assert not again.knows(cookie)
    assert not Pairing(file).knows(cookie)


def test_a_broken_file_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "displays.json"
    file.write_text("[]")
    with pytest.raises(PairingError, match="pair them anew"):
        Pairing(file)
