"""Who may sign in, and how often one may guess."""

from __future__ import annotations

import io
import re
import stat
from pathlib import Path

import pytest

from kiosk import settings
from kiosk.accounts import FIRST_WAIT_S, FREE_TRIES, LONGEST_WAIT_S, Accounts, AccountsError, WeakSecretError
from kiosk.cli import main
from tests.web.conftest import PASSWORD, PIN


class Clock:
    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(tmp_path: Path, made_accounts: bytes, clock: Clock) -> Accounts:
    file = tmp_path / "accounts.json"
    file.write_bytes(made_accounts)
    return Accounts(file, clock)


def test_there_is_no_account_until_somebody_makes_one(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path / "accounts.json")
    assert accounts.empty()
    assert accounts.check_password("admin", "admin") is None


def test_the_right_password_opens_and_no_other(accounts: Accounts) -> None:
    found = accounts.check_password("anna", PASSWORD)
    assert found
    assert (found.name, found.role) == ("anna", "staff")
    assert accounts.check_password("anna", PASSWORD + " ") is None
    assert accounts.check_password("Anna", PASSWORD) is None


def test_a_pin_is_a_supervisors_only(accounts: Accounts) -> None:
    found = accounts.check_pin("supra", PIN)
    assert found
    assert found.role == "supervisor"
    assert accounts.check_pin("supra", "000000") is None
    assert accounts.check_pin("anna", PIN) is None
    assert accounts.check_pin("nobody", PIN) is None


def test_secrets_are_kept_as_hashes_in_a_file_that_others_cannot_read(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "accounts.json"
    Accounts(file).save("kim", "manager", PASSWORD, PIN)
    text = file.read_text()
    assert PASSWORD not in text
    assert PIN not in text
    assert text.count("$argon2id$") == 2
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [found.name for found in file.parent.iterdir()] == ["accounts.json"]


@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_after_five_wrong_tries_even_the_right_password_waits(
    accounts: Accounts, clock: Clock, name: str
) -> None:
    for _ in range(FREE_TRIES):
        assert accounts.password_wait(name) == 0
        assert accounts.check_password(name, "wrong wrong wrong") is None
    assert accounts.password_wait(name) == FIRST_WAIT_S
    assert accounts.check_password(name, PASSWORD) is None
    clock.now += FIRST_WAIT_S
    assert accounts.password_wait(name) == 0
    assert bool(accounts.check_password(name, PASSWORD)) == (name == "anna")


def test_each_further_wrong_try_waits_longer_up_to_a_bound(accounts: Accounts, clock: Clock) -> None:
    waits = []
    for _ in range(FREE_TRIES + 7):
        clock.now += accounts.pin_wait("supra")
        accounts.check_pin("supra", "111222")
        waits.append(accounts.pin_wait("supra"))
    assert waits[: FREE_TRIES + 2] == [0, 0, 0, 0, FIRST_WAIT_S, 2 * FIRST_WAIT_S, 4 * FIRST_WAIT_S]
    assert waits[-1] == LONGEST_WAIT_S


def test_tries_while_waiting_do_not_count_and_a_right_one_forgets_them(
    accounts: Accounts, clock: Clock
) -> None:
    for _ in range(FREE_TRIES + 20):
        accounts.check_password("anna", "wrong wrong wrong")
    assert accounts.password_wait("anna") == FIRST_WAIT_S
    clock.now += FIRST_WAIT_S
    assert accounts.check_password("anna", PASSWORD)
    assert accounts.check_password("anna", "wrong wrong wrong") is None
    assert accounts.password_wait("anna") == 0


def test_one_name_locked_out_leaves_the_others_alone_and_pins_apart(accounts: Accounts) -> None:
    for _ in range(FREE_TRIES):
        accounts.check_password("supra", "wrong wrong wrong")
    assert accounts.check_password("anna", PASSWORD)
    assert accounts.check_pin("supra", PIN)


def test_a_changed_file_counts_at_once_in_another_process(accounts: Accounts) -> None:
    other = Accounts(accounts.path)
    stamp = accounts.account("anna")
    other.save("anna", "manager", "an entirely new phrase", PIN)
    assert accounts.check_password("anna", PASSWORD) is None
    assert accounts.check_password("anna", "an entirely new phrase")
    assert accounts.account("anna") != stamp
    other.remove("anna")
    assert accounts.account("anna") is None


def test_a_broken_file_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "accounts.json"
    file.write_text('{"version": 1, "accounts": {"x": {"role": "king"}}}')
    with pytest.raises(AccountsError, match="make the accounts anew"):
        Accounts(file).check_password("x", "y")


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "aaaaaaaaaaaa",
        "1234567890",
        "0987654321",
        "abababababab",
        "password123",
        "qwertyuiop",
        "anna2021!!",
        "Welcome2021",
    ],
)
def test_a_password_that_would_be_guessed_is_refused(accounts: Accounts, password: str) -> None:
    with pytest.raises(WeakSecretError):
        accounts.save("anna", "staff", password)


@pytest.mark.parametrize(
    "pin", ["12345", "123456", "654321", "000000", "121212", "123123", "12345a", "１２３４５９", ""]
)
def test_a_pin_that_would_be_guessed_is_refused(accounts: Accounts, pin: str) -> None:
    with pytest.raises(WeakSecretError):
        accounts.save("supra", "supervisor", None, pin)


def test_a_supervisor_needs_a_pin_and_loses_it_with_the_role(accounts: Accounts) -> None:
    with pytest.raises(AccountsError, match="needs a PIN"):
        accounts.save("anna", "supervisor", None)
    accounts.save("supra", "staff", None)
    assert accounts.check_pin("supra", PIN) is None
    with pytest.raises(AccountsError, match="needs a PIN"):
        accounts.save("supra", "manager", None)


def test_the_command_reads_secrets_from_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n{PIN}\n"))
    given = [
        "account",
        "mei",
        "--role",
        "manager",
        "--data",
        str(tmp_path),
        "--password-stdin",
        "--pin-stdin",
    ]
    assert main(given) == 0
    said = capsys.readouterr()
    assert PASSWORD not in said.out + said.err
    accounts = Accounts(tmp_path / "accounts.json")
    assert accounts.check_password("mei", PASSWORD)
    assert accounts.check_pin("mei", PIN)
    assert main(["account", "mei", "--data", str(tmp_path), "--remove"]) == 0
    assert accounts.empty()


def test_the_command_takes_the_folder_from_the_venue_file_that_all_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    demo = settings.SHIPPED / "venues" / "demo.yaml"
    written = re.sub(r"(?m)^data: .*$", "data: log", demo.read_text(encoding="utf-8"))
    (tmp_path / "venue.yaml").write_text(written, encoding="utf-8")
    monkeypatch.setenv("KIOSK_CONFIG", str(tmp_path / "venue.yaml"))
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert main(["account", "mei", "--role", "staff", "--password-stdin"]) == 0
    assert str(tmp_path / "log") in capsys.readouterr().out
    assert Accounts(tmp_path / "log" / "accounts.json").check_password("mei", PASSWORD)


def test_the_command_says_in_one_line_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert main(["account", "mei", "--role", "staff", "--data", str(tmp_path), "--password-stdin"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "at least 10 characters" in said
    assert not (tmp_path / "accounts.json").exists()
