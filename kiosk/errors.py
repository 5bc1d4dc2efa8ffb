"""One root for every error that a person may have to act on."""

from __future__ import annotations

from typing import ClassVar


class KioskError(Exception):
    """Something that a person has to mend: what is wrong, where, and what to do.

    ``code`` is stable: tests, logs and translations hold on to it, never to the sentence.
    """

    code: ClassVar[str] = "error"

    def __init__(self, what: str, *, where: str | None = None, mend: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        """One line: ``where: what: mend``."""
        return ": ".join(part for part in (self.where, self.what, self.mend) if part)


class DocumentError(KioskError, ValueError):
    """A YAML document of ours is not what its schema says; ``where`` is ``file:line``."""

    code = "bad_document"


class SettingsError(DocumentError):
    """The venue's settings cannot be used as they stand."""

    code = "bad_settings"
