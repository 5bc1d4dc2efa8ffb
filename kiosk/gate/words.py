"""The gate's words: its codes as sentences in all three languages."""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.gate.snapshot import Texts
from kiosk.ledger.entries import Step
from kiosk.texts import LANGUAGES, every_language, text


def sentence(key: str, **values: object) -> Texts:
    """The text for ``key`` in every language; a value that is itself a text is told in the same language."""
    return {
        language: text(
            key,
            language,
            **{name: value[language] if isinstance(value, dict) else value for name, value in values.items()},
        )
        for language in LANGUAGES
    }


def refusal_words(code: str, **values: object) -> Texts:
    """Why a command was not carried out, and what to do instead.

    Raises:
        KeyError: the catalogue ``gate`` has no ``error.<code>``.
    """
    steps = values.get("steps")
    if isinstance(steps, list | tuple):
        values = {**values, "steps": step_names(steps)}
    return sentence(f"gate.error.{code}", **values)


def step_names(steps: Iterable[Step]) -> Texts:
    """The venue's own steps as a list in words."""
    names = [every_language(f"gate.step.{step}") for step in steps]
    return {
        language: (", " if language == "en" else "、").join(name[language] for name in names)
        for language in LANGUAGES
    }
