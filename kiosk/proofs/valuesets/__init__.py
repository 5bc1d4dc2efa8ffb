"""What codes in proofs mean: vaccines, makers, tests, results, diseases.

A family of formats has one YAML file beside this module (`load`). Codes are quoted there, for most look like numbers.
A code that is not in a list is no fault: lists grow, and an unknown product's code stands for its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from kiosk import documents

_HERE = Path(__file__).parent


class ValueSets(BaseModel):
    """The codes of one family of formats, each list from code to meaning. A list that the family lacks is empty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Where the codes are published, and as of when.
    source: str = Field(min_length=1)
    #: Vaccines by trade name, as staff read them.
    products: Mapping[str, str] = {}
    #: Kinds of vaccine, for records that name no product.
    kinds: Mapping[str, str] = {}
    #: Makers or holders of the marketing authorisation.
    makers: Mapping[str, str] = {}
    #: Kinds of test.
    methods: Mapping[str, Literal["pcr", "antigen"]] = {}
    results: Mapping[str, Literal["negative", "positive"]] = {}
    #: Diseases or their agents; all of them are COVID-19, and codes of others are not listed.
    diseases: Mapping[str, str] = {}

    def product(self, product: str, kind: str = "", maker: str = "") -> str:
        """The words for a vaccine: its product, where that is blank its kind, then its maker; an unknown code is its own word."""
        for code, words in ((product, self.products), (kind, self.kinds), (maker, self.makers)):
            if code:
                return words.get(code, code)
        return ""


@cache
def load(family: str) -> ValueSets:
    """The value sets in ``family.yaml``.

    Raises:
        DocumentError: the file is missing or broken.
    """
    return documents.check(documents.load(_HERE / f"{family}.yaml"), ValueSets)
