"""One root for everything that can be wrong with a door; it stands on its own, as the whole package does."""

from __future__ import annotations

from typing import ClassVar


class BridgeError(Exception):
    """A door that cannot be used as it is set up: what is wrong, where, and the mend.

    ``code`` is stable: tests and translations hold on to it, never to the sentence.
    """

    code: ClassVar[str] = "door"

    def __init__(self, what: str, *, where: str | None = None, mend: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        """One line: ``where: what: mend``."""
        return ": ".join(part for part in (self.where, self.what, self.mend) if part)


class NoPinFactoryError(BridgeError, ImportError):
    """The library that should drive the pins is not on this machine, or finds no chip to drive."""

    code = "no_pin_factory"


class PinsError(BridgeError, OSError):
    """A pin could not be taken: in use by another program, or not open to this user."""

    code = "pins"


class AddressError(BridgeError, ValueError):
    """The address of a simulator cannot be read."""

    code = "address"
