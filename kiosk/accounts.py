"""Who may sign in: names, roles, passwords and PINs of staff, in one file that only this module writes.

The file holds argon2 hashes, never a password or a PIN. There is no account until somebody makes one
(``kiosk account``). The desk checks passwords here; the door service itself checks a supervisor's PIN.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import argon2
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk.errors import KioskError

Role = Literal["staff", "supervisor", "manager"]
#: Roles that hold a PIN and may decide against the machine.
SUPERVISING: tuple[Role, ...] = ("supervisor", "manager")

#: Wrong tries in a row before a name has to wait.
FREE_TRIES = 5
#: Seconds of the first wait; each further wrong try doubles it.
FIRST_WAIT_S = 30.0
#: The longest wait, in seconds: a guesser gets nowhere, and staff are not shut out for the evening.
LONGEST_WAIT_S = 900.0

_NAMES_REMEMBERED = 1000
_MIN_PASSWORD = 10
_MAX_PASSWORD = 200
_MIN_PIN = 6
_MAX_PIN = 12
_MIN_DISTINCT = 5
_COMMON = ("password", "qwerty", "asdfgh", "letmein", "iloveyou", "welcome", "kiosk", "hongkong")
_RUNS = ("0123456789012345", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$"

# A Pi has little memory to lend: 19 MiB and three passes, one check at a time (`_HASHING`).
_HASHER = argon2.PasswordHasher(time_cost=3, memory_cost=19 * 1024, parallelism=1)
_HASHING = threading.Lock()


class AccountsError(KioskError, ValueError):
    """The accounts cannot be read or written."""

    code = "bad_accounts"


class WeakSecretError(KioskError, ValueError):
    """A password or PIN that would be guessed."""

    code = "weak_secret"


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    password: str
    pin: str | None = None


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    accounts: dict[Annotated[str, Field(pattern=_NAME)], _Stored] = {}


@dataclass(frozen=True)
class Account:
    """A member of staff who has signed in."""

    name: str
    role: Role
    #: Changes with the password, so that a changed password ends every session that used the old one.
    stamp: str


class Accounts:
    """The accounts in ``path``, read again whenever the file changes. Thread-safe.

    Args:
        path: the file; it need not exist yet.
        clock: monotonic seconds, by which waits after wrong tries are measured.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._reading = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._file = _File()
        self._passwords = Tries(clock)
        self._pins = Tries(clock)

    @property
    def path(self) -> Path:
        """Where the accounts are kept."""
        return self._path

    def empty(self) -> bool:
        """Whether nobody can sign in yet."""
        return not self._read().accounts

    def account(self, name: str) -> Account | None:
        """The account called ``name``, whatever its password."""
        stored = self._read().accounts.get(name)
        return Account(name, stored.role, stored.password[-16:]) if stored else None

    def check_password(self, name: str, password: str) -> Account | None:
        """The account, if the password is right and the name need not wait; it takes as long either way."""
        stored = self._read().accounts.get(name)
        right = self._passwords.check(name, stored.password if stored else None, password)
        return self.account(name) if right else None

    def check_pin(self, name: str, pin: str) -> Account | None:
        """The account, if ``pin`` is the PIN of this supervisor or manager and the name need not wait."""
        stored = self._read().accounts.get(name)
        held = stored.pin if stored and stored.role in SUPERVISING else None
        return self.account(name) if self._pins.check(name, held, pin) else None

    def password_wait(self, name: str) -> float:
        """Seconds that ``name`` must still wait before a password is looked at; 0 if none."""
        return self._passwords.wait(name)

    def pin_wait(self, name: str) -> float:
        """Seconds that ``name`` must still wait before a PIN is looked at; 0 if none."""
        return self._pins.wait(name)

    def save(self, name: str, role: Role, password: str | None, pin: str | None = None) -> None:
        """Make or change an account; a password or PIN of None stays as it was.

        Raises:
            WeakSecretError: the password or PIN would be guessed.
            AccountsError: a new account lacks one that its role needs, or the file cannot be written.
        """
        if not re.match(_NAME, name):
            raise AccountsError(
                f"{name!r} cannot be a sign-in name", mend="use up to 32 letters, digits, dots and dashes"
            )
        if password is not None:
            check_password_strength(password, name)
        if pin is not None:
            check_pin_strength(pin)
        accounts = self._read().accounts
        old = accounts.get(name)
        hashed = _hash(password) if password is not None else old.password if old else None
        hashed_pin = _hash(pin) if pin is not None else old.pin if old else None
        if hashed is None:
            raise AccountsError(f"{name} has no password yet", mend="give one")
        if role in SUPERVISING and hashed_pin is None:
            raise AccountsError(f"a {role} needs a PIN", mend="give one of at least six digits")
        stored = _Stored(role=role, password=hashed, pin=hashed_pin if role in SUPERVISING else None)
        self._write(_File(accounts={**accounts, name: stored}))

    def names(self) -> tuple[Account, ...]:
        """Everybody who can sign in, by name."""
        accounts = self._read().accounts
        return tuple(
            Account(name, accounts[name].role, accounts[name].password[-16:]) for name in sorted(accounts)
        )

    def check_renewal(self, name: str, password: str | None, pin: str | None) -> None:
        """Whether a manager may give ``name`` this new password or PIN: to staff and supervisors, never to a manager.

        Raises:
            WeakSecretError: the password or PIN would be guessed.
            AccountsError: there is no such account, it is a manager's, or its role has no PIN.
        """
        found = self.account(name)
        if found is None or found.role == "manager" or (pin is not None and found.role not in SUPERVISING):
            raise AccountsError(
                f"{name!r} gets no such thing here", mend="run kiosk account on the kiosk itself"
            )
        if password is not None:
            check_password_strength(password, name)
        if pin is not None:
            check_pin_strength(pin)

    def renew(self, name: str, password: str | None, pin: str | None) -> None:
        """Give ``name`` a new password or PIN (None: it stays); whoever was locked out need not wait any more.

        Raises:
            WeakSecretError: the password or PIN would be guessed.
            AccountsError: see `check_renewal`, or the file cannot be written.
        """
        self.check_renewal(name, password, pin)
        found = self._read().accounts[name]
        self.save(name, found.role, password, pin)
        self.forget_tries(name)

    def forget_tries(self, name: str) -> None:
        """Whoever was locked out need not wait any more."""
        for tries in (self._passwords, self._pins):
            tries.count(name, right=True)

    def remove(self, name: str) -> None:
        """Take an account away; its sessions end."""
        accounts = dict(self._read().accounts)
        if accounts.pop(name, None) is None:
            raise AccountsError(f"there is no account {name!r}", where=str(self._path), mend="check the name")
        self._write(_File(accounts=accounts))

    def _read(self) -> _File:
        with self._reading:
            try:
                stat = self._path.stat()
                seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
                if seen != self._seen:
                    self._file = _File.model_validate_json(self._path.read_bytes())
                    self._seen = seen
            except FileNotFoundError:
                self._file, self._seen = _File(), None
            except (OSError, ValidationError) as error:
                raise AccountsError(
                    "the accounts cannot be read",
                    where=str(self._path),
                    mend="check who may read the file, or move it away and make the accounts anew",
                ) from error
            return self._file

    def _write(self, file: _File) -> None:
        folder = self._path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=folder, prefix=".accounts-")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as out:
                    out.write(file.model_dump_json(indent=1))
                    out.flush()
                    os.fchmod(out.fileno(), 0o640)
                    os.fsync(out.fileno())
                Path(name).replace(self._path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise AccountsError(
                f"the accounts cannot be written ({error.strerror})",
                where=str(self._path),
                mend="run it as the user that owns the data folder",
            ) from error


class Tries:
    """Wrong tries by name; names that do not exist are counted as well, so that nothing tells them apart.

    Args:
        clock: monotonic seconds, by which waits are measured.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, name: str) -> float:
        """Seconds that ``name`` must still wait before anything is looked at; 0 if none."""
        with self._lock:
            return max(0.0, self._wrong.get(name, (0, 0.0))[1] - self._clock())

    def check(self, name: str, held: str | None, given: str) -> bool:
        """Whether ``given`` opens the argon2 hash ``held`` (None: nothing does), and the name need not wait."""
        # One check at a time: the next guess of a crowd of parallel ones sees the count of the one before.
        with _HASHING:
            if self.wait(name) > 0:
                return False
            right = _verify(held or _dummy(), given) and held is not None
            self.count(name, right=right)
            return right

    def count(self, name: str, *, right: bool) -> None:
        """One more try was right, which forgets the wrong ones, or wrong."""
        with self._lock:
            wrong, _ = self._wrong.pop(name, (0, 0.0))
            if right:
                return
            wrong += 1
            over = wrong - FREE_TRIES
            wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**over) if over >= 0 else 0.0
            self._wrong[name] = (wrong, self._clock() + wait)
            while len(self._wrong) > _NAMES_REMEMBERED:
                self._wrong.popitem(last=False)


def _hash(secret: str) -> str:
    with _HASHING:
        return _HASHER.hash(secret)


def _verify(held: str, given: str) -> bool:
    try:
        return _HASHER.verify(held, given)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


@cache
def _dummy() -> str:
    """A hash that nothing opens, for names that do not exist."""
    return _HASHER.hash(os.urandom(16).hex())


def check_password_strength(password: str, name: str) -> None:
    """Refuse what is short, repeats itself, or is on every guesser's list.

    Raises:
        WeakSecretError: says which rule it breaks.
    """
    plain = password.lower()
    if len(password) < _MIN_PASSWORD:
        raise WeakSecretError("the password is too short", mend=f"use at least {_MIN_PASSWORD} characters")
    if len(password) > _MAX_PASSWORD:
        raise WeakSecretError("the password is too long", mend=f"use at most {_MAX_PASSWORD} characters")
    if len(set(plain)) < _MIN_DISTINCT:
        raise WeakSecretError("the password repeats a few characters", mend="use several words")
    rest = plain.replace(name.lower(), "")
    for word in _COMMON:
        rest = rest.replace(word, "")
    letters = re.sub(r"[\d\W_]", "", rest)
    if len(rest) < _MIN_PASSWORD - 2 and len(letters) < _MIN_DISTINCT:
        raise WeakSecretError(
            "the password is a name or a common word with little added", mend="use several words"
        )
    if any(plain in run or plain in run[::-1] for run in _RUNS):
        raise WeakSecretError("the password is a row of keys", mend="use several words")


def check_pin_strength(pin: str) -> None:
    """Refuse what is short, no number, a row, or a pattern that repeats.

    Raises:
        WeakSecretError: says which rule it breaks.
    """
    if not (pin.isascii() and pin.isdigit() and _MIN_PIN <= len(pin) <= _MAX_PIN):
        raise WeakSecretError(f"a PIN has {_MIN_PIN} to {_MAX_PIN} digits", mend="choose such a number")
    row = _RUNS[0]
    if pin in row or pin in row[::-1] or re.fullmatch(r"(\d{1,3})\1+", pin):
        raise WeakSecretError("the PIN is a row or repeats itself", mend="choose another number")
