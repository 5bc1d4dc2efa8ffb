"""Sentences about a form's own fields."""

from __future__ import annotations

from kiosk.gate.snapshot import Texts
from kiosk.texts import LANGUAGES, catalogue, text


def check_field(field: str) -> Texts:
    """Which field to look at, in words; a field without a name of its own is just "the form"."""
    key = f"field.{field}"
    name = key if key in catalogue("desk") else "field.form"
    return {
        language: text("desk.check_field", language, field=text(f"desk.{name}", language))
        for language in LANGUAGES
    }
