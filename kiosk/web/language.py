"""The reader's language, and texts in it."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Request
from markupsafe import Markup

from kiosk.texts import LANGUAGES, Language, text

COOKIE = "language"
#: What the languages call themselves.
OWN_NAMES: dict[Language, str] = {"en": "English", "zh-Hant": "繁體", "zh-Hans": "简体"}
#: For the ``lang`` attribute, by which a browser picks glyphs and a voice.
TAGS: dict[Language, str] = {"en": "en", "zh-Hant": "zh-Hant-HK", "zh-Hans": "zh-Hans"}
_SIMPLIFIED = ("zh-hans", "zh-cn", "zh-sg", "zh-my")


def known(code: str | None) -> Language | None:
    """The language with this code, if we speak it."""
    return next((language for language in LANGUAGES if language == code), None)


def of(request: Request) -> Language:
    """The language that the reader chose, or that their browser asks for; else English."""
    return known(request.cookies.get(COOKIE)) or best(request.accept_languages.values())


def best(wanted: Iterable[str]) -> Language:
    """The first of the wanted languages that we speak. Chinese without a script is Traditional here."""
    for code in wanted:
        plain = code.lower().replace("_", "-")
        if plain.startswith(_SIMPLIFIED):
            return "zh-Hans"
        if plain.split("-")[0] in {"zh", "yue"}:
            return "zh-Hant"
        if plain.split("-")[0] == "en":
            return "en"
    return "en"


def marked(key: str, language: Language, **values: object) -> Markup:
    """A text as HTML: escaped once, with its values in it, of which some may be such texts themselves."""
    plain = {name: value.unescape() if isinstance(value, Markup) else value for name, value in values.items()}
    return Markup.escape(text(key, language, **plain))
