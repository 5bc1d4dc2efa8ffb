"""The gate's words: its codes as sentences in all three languages."""

from __future__ import annotations

from kiosk.gate.snapshot import Texts
from kiosk.texts import every_language


def refusal_words(code: str, **values: object) -> Texts:
    """Why a command was not carried out, and what to do instead.

    Raises:
        KeyError: the catalogue ``gate`` has no ``error.<code>``.
    """
    return every_language(f"gate.error.{code}", **values)
