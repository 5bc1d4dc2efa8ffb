"""Who can sign in at a demo: one account of each role, and an inspector with badge and PIN.

The secrets are made anew with every run, and stand in one file of the demo's folder, ``sign-ins.txt``, for whoever plays.
The badge is signed by the demo authority, whose keys a door in production refuses.
"""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kiosk.accounts import Accounts, Role, WeakSecretError, check_pin_strength
from kiosk.gate.protocol import Pin

MANAGER, SUPERVISOR = "demo-manager", "demo-supervisor"
#: The inspector's number, name and department, as the badge says them.
INSPECTOR, INSPECTOR_NAME, DEPARTMENT = "DEMO-0417", "Demo inspector", "DEMO department"
FILE = "sign-ins.txt"
#: Where the demo authority keeps the sources of its lists, beside its key ring.
SOURCES = "sources"


class Central(Protocol):
    """Calls the program ``central``."""

    def __call__(self, *arguments: str, said: str | None = None) -> None:
        """Call a verb; ``said`` is its standard input."""


@dataclass(frozen=True)
class SignIns:
    """Names and secrets of one run."""

    staff: str
    password: str
    pin: str
    #: The PIN of the inspector's badge; None where the venue believes no list of the demo authority.
    badge_pin: str | None

    @classmethod
    def make(cls, staff: str, *, inspector: bool) -> SignIns:
        """Secrets that nobody has seen before."""
        password, pin, badge_pin = secrets.token_urlsafe(9), _pin(), _pin()
        return cls(staff, password, pin, badge_pin if inspector else None)

    @property
    def supervisor(self) -> Pin:
        """Who is called for an override."""
        return Pin(name=SUPERVISOR, pin=self.pin)

    def save(self, data: Path) -> None:
        """Make the accounts in a venue's data folder."""
        accounts = Accounts(data / "accounts.json")
        roles: tuple[tuple[str, Role, str | None], ...] = (
            (self.staff, "staff", None),
            (SUPERVISOR, "supervisor", self.pin),
            (MANAGER, "manager", self.pin),
        )
        for name, role, pin in roles:
            accounts.save(name, role, self.password, pin)

    def lines(self, badge: Path) -> tuple[str, ...]:
        """What whoever plays has to know; ``badge`` is the picture of the inspector's badge."""
        said = (
            f"staff               {self.staff} / {self.password}",
            f"a supervisor        {SUPERVISOR} / {self.password}   PIN {self.pin}",
            f"the manager         {MANAGER} / {self.password}   PIN {self.pin}",
        )
        if self.badge_pin is None:
            return said
        return (*said, f"an inspector        {badge}   PIN {self.badge_pin}")


def make_inspector(central: Central, home: Path, authority: Path, pin: str, *, at: str | None) -> Path:
    """Give the inspector a badge, and write the authority's list; the list's file.

    Args:
        central: the program.
        home: the demo's folder; ``inspector/badge.png`` is made there.
        authority: the demo authority's folder, for the source under which lists are believed.
        pin: of the badge.
        at: from when on the badge holds, where the law's clock is not the real one.
    """
    folder, held = home / "inspector", ("--data", str(home / "central"))
    folder.mkdir()
    badge = [word for form in ("png", "txt") for word in ("-o", str(folder / f"badge.{form}"))]
    who = ("--name", INSPECTOR_NAME, "--department", DEPARTMENT, "--pin-stdin")
    when = () if at is None else ("--at", at)
    central("inspectors", "add", INSPECTOR, *held, *who, *badge, *when, said=pin)
    central("inspectors", "trust", *held, "--source", str(authority / SOURCES / "demo-central.yaml"))
    written = folder / "inspectors.list"
    central("inspectors", "write", *held, "-o", str(written))
    return written


def _pin() -> str:
    while True:
        pin = f"{secrets.randbelow(10**8):08}"
        with contextlib.suppress(WeakSecretError):
            check_pin_strength(pin)
            return pin
