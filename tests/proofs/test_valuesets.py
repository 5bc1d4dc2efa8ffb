"""What codes mean: as the eHealth Network publishes it, in files that are checked when they are read."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kiosk.errors import DocumentError
from kiosk.proofs import valuesets

VECTORS = (
    Path(os.environ.get("KIOSK_VECTORS", Path(__file__).parents[2].parent / "shared" / "vectors"))
    / "dcc-valuesets"
)
EU = valuesets.load("eu")


def published(name):
    values = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))["valueSetValues"]
    return {code: value["display"].removesuffix(" (deprecated)") for code, value in values.items()}


@pytest.mark.skipif(not VECTORS.is_dir(), reason=f"no vectors at {VECTORS}: see the README")
@pytest.mark.parametrize(
    ("ours", "name"),
    [
        ("products", "vaccine-medicinal-product"),
        ("kinds", "vaccine-prophylaxis"),
        ("makers", "vaccine-mah-manf"),
        ("diseases", "disease-agent-targeted"),
    ],
)
def test_our_words_are_those_that_are_published(ours, name):
    assert getattr(EU, ours) == published(name)


@pytest.mark.skipif(not VECTORS.is_dir(), reason=f"no vectors at {VECTORS}: see the README")
def test_results_and_methods_are_told_apart_as_published():
    assert {
        code: {"negative": "Not detected", "positive": "Detected"}[word] for code, word in EU.results.items()
    } == (published("test-result"))
    words = {"pcr": "Nucleic acid amplification with probe detection", "antigen": "Rapid immunoassay"}
    assert {code: words[word] for code, word in EU.methods.items()} == published("test-type")


def test_a_product_is_named_by_the_first_thing_that_is_said_of_it():
    assert EU.product("EU/1/20/1528", "1119349007", "ORG-100030215") == "Comirnaty"
    assert EU.product("", "1119349007", "ORG-100030215") == "SARS-CoV-2 mRNA vaccine"
    assert EU.product("", "", "ORG-100030215") == "Biontech Manufacturing GmbH"
    assert EU.product("", "", "") == ""
    assert EU.product("X-1", "1119349007") == "X-1"


def test_every_family_is_read_and_says_where_it_is_from():
    families = sorted(file.stem for file in Path(valuesets.__file__).parent.glob("*.yaml"))
    assert "eu" in families
    for family in families:
        assert valuesets.load(family).source


def test_an_unknown_family_is_said_to_be_missing():
    with pytest.raises(DocumentError, match="cannot be read"):
        valuesets.load("none")
