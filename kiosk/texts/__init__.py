"""Every sentence that a visitor or a member of staff reads, in the three languages of Hong Kong.

A catalogue is one YAML file beside this module: ``key: {en: …, zh-Hant: …, zh-Hans: …}``, with ``{name}`` places
for values. The key ``law.over_capacity`` is ``over_capacity`` in ``law.yaml``. ADR 0003 says why not gettext.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, get_args

from kiosk import documents
from kiosk.errors import DocumentError

Language = Literal["en", "zh-Hant", "zh-Hans"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_HERE = Path(__file__).parent


@cache
def catalogue(name: str) -> dict[str, dict[Language, str]]:
    """The texts of one catalogue, checked: every key speaks every language.

    Raises:
        DocumentError: a language is missing, or one is there that we do not speak.
    """
    document = documents.load(_HERE / f"{name}.yaml")
    for key, texts in (document.data or {}).items():
        if (
            not isinstance(texts, dict)
            or set(texts) != set(LANGUAGES)
            or not all(isinstance(t, str) for t in texts.values())
        ):
            raise DocumentError(
                f"{key!r} does not have exactly the languages {', '.join(LANGUAGES)}",
                where=document.where((key,)),
                mend="write all of them",
            )
    return document.data or {}


def catalogues() -> list[str]:
    """The names of all catalogues."""
    return sorted(file.stem for file in _HERE.glob("*.yaml"))


def text(key: str, language: Language, **values: object) -> str:
    """The text for ``key`` (``catalogue.name``) with ``values`` filled in.

    Raises:
        KeyError: there is no such text, or a value that it needs was not given.
    """
    name, _, rest = key.partition(".")
    return catalogue(name)[rest][language].format(**values)


def every_language(key: str, **values: object) -> dict[Language, str]:
    """The text for ``key`` in every language, for a screen that shows several at once."""
    return {language: text(key, language, **values) for language in LANGUAGES}
