"""The catalogues and the templates say the same: no text is missing, none is left over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kiosk.texts import catalogue
from kiosk.web.language import marked

WEB = Path(__file__).parents[2] / "kiosk" / "web"
SOURCES = "\n".join(
    file.read_text(encoding="utf-8")
    for pattern in ("**/*.html", "**/*.py")
    for file in sorted(WEB.glob(pattern))
)


#: Names of views and files, which look the same.
ENDPOINTS = {"page", "fragment", "changes", "do", "pair", "unpair", "aim", "language", "js", "secret"} | {
    f"form_{what}" for what in ("hand", "page", "save", "back", "done")
}
ENDPOINTS |= {"leave", "css", "top", "note", "day", "days", "download", "device", "device_open"}


@pytest.mark.parametrize("area", ["web", "display", "desk", "inspect"])
def test_every_text_is_used(area: str) -> None:
    whole = set(re.findall(rf"['\"]{area}\.([a-z_0-9.]+)['\"]", SOURCES))
    parts = set(re.findall(rf"['\"]{area}\.([a-z_0-9.]+[._])['\"] ~", SOURCES))
    parts |= {"error."} if area == "web" else set()
    parts |= {"field."} if area == "desk" else set()
    # ``display.<state>.<part>``: the state comes first.
    tails = set(re.findall(rf"'{area}\.' ~ \w+ ~ '\.([a-z]+)'", SOURCES))
    unused = {
        key
        for key in catalogue(area)
        if key not in whole
        and not any(key.startswith(part) for part in parts)
        and key.rpartition(".")[2] not in tails
    }
    assert unused == set()


@pytest.mark.parametrize("area", ["web", "display", "desk", "inspect"])
def test_every_text_that_is_asked_for_is_there(area: str) -> None:
    whole = set(re.findall(rf"['\"]{area}\.([a-z_0-9.]+[a-z0-9])['\"](?! ~)", SOURCES))
    assert whole - set(catalogue(area)) - ENDPOINTS == set()


def test_no_template_speaks_by_itself() -> None:
    for file in sorted(WEB.glob("templates/**/*.html")):
        source = file.read_text(encoding="utf-8")
        plain = re.sub(r"{% block body_class %}[\w ]+|{#.*?#}|{%.*?%}|{{.*?}}", " ", source, flags=re.DOTALL)
        # What a person types into a terminal is the same in every language.
        plain = re.sub(r"<code>.*?</code>", " ", plain, flags=re.DOTALL)
        # Tags, the attributes that a macro puts into one, entities.
        plain = re.sub(r"<[^>]*>|aria-[a-z]+=\"[^\"]*\"|&\w+;", " ", plain, flags=re.DOTALL)
        words = set(re.findall(r"[A-Za-z]{2,}|[\u4e00-\u9fff]+", plain)) - {
            "DEMO",
            "kiosk",
            "account",
            "NAME",
            "role",
            "supervisor",
            "config",
            "FILE",
        }
        assert words == set(), file.name


def test_no_page_carries_script_or_style_in_itself() -> None:
    for file in sorted(WEB.glob("templates/**/*.html")):
        source = file.read_text(encoding="utf-8")
        assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?! src=)|javascript:|https?://", source), (
            file.name
        )


def test_nothing_is_fetched_from_elsewhere() -> None:
    for file in sorted((WEB / "static").iterdir()):
        source = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "//" not in re.sub(r"^\s*//.*$|\s// .*$", "", source, flags=re.MULTILINE), file.name


def test_a_text_within_a_text_is_escaped_once() -> None:
    inner = marked("proofs.staff_malformed", "en")
    assert "code&#39;s" in inner
    assert marked("desk.customer.proofs", "en", proofs=inner) == marked(
        "desk.customer.proofs", "en", proofs=inner.unescape()
    )
    assert marked("desk.customer.proofs", "en", proofs="<b>") == "Verified: &lt;b&gt;"
