"""Every sentence exists in every language, with the same values in it."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from kiosk import texts

HAN = re.compile(r"[\u3400-\u9fff]")
#: Traditional characters that Simplified writes otherwise, and the other way round: a sample that occurs in our texts.
TRADITIONAL = set("類區門處證請進開關間檢碼號記錄員設備個數連線時鐘確認離開")
SIMPLIFIED = set("类区门处证请进开关间检码号记录员设备个数连线时钟确认离开")


def entries() -> list[tuple[str, str]]:
    return [(name, key) for name in texts.catalogues() for key in texts.catalogue(name)]


def places(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


@pytest.mark.parametrize(("name", "key"), entries())
def test_each_text_takes_the_same_values_in_every_language(name: str, key: str) -> None:
    said = texts.catalogue(name)[key]
    assert len({frozenset(places(text)) for text in said.values()}) == 1, said
    assert all(text.strip() for text in said.values()), said


@pytest.mark.parametrize(("name", "key"), entries())
def test_traditional_and_simplified_are_what_they_say(name: str, key: str) -> None:
    said = texts.catalogue(name)[key]
    assert not set(said["zh-Hant"]) & (SIMPLIFIED - TRADITIONAL), said["zh-Hant"]
    assert not set(said["zh-Hans"]) & (TRADITIONAL - SIMPLIFIED), said["zh-Hans"]


def test_a_catalogue_that_lacks_a_language_is_refused(tmp_path, monkeypatch) -> None:
    (tmp_path / "short.yaml").write_text("hello: {en: Hello, zh-Hant: 你好}\n", encoding="utf-8")
    monkeypatch.setattr(texts, "_HERE", tmp_path)
    with pytest.raises(texts.DocumentError, match=r"short.yaml:1: 'hello' does not have exactly"):
        texts.catalogue("short")
