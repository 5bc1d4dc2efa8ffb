"""The plain words from which an instrument's vocabulary is made."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
)

#: A paragraph of the instrument, as the instrument writes it: ``1(d)``.
Para = Annotated[StrictStr, Field(min_length=1)]
Number = Annotated[StrictInt, Field(ge=0)]
Positive = Annotated[StrictInt, Field(ge=1)]


def _true(value: bool) -> bool:  # noqa: FBT001 - pydantic calls it with the value
    if not value:
        raise ValueError("is either true or left out")
    return value


#: Something that is asked or is not mentioned: ``false`` would read as a rule of its own.
Asked = Annotated[StrictBool, AfterValidator(_true)]


def _share(value: object) -> Fraction:
    if isinstance(value, Fraction):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,4}/[1-9][0-9]{0,3}", value):
        raise ValueError('a share is written "2/3", in quotes')
    share = Fraction(value)
    if share > 1:
        raise ValueError("a share is at most the whole")
    return share


Share = Annotated[Fraction, BeforeValidator(_share)]


class Words(BaseModel):
    """The manners of an instrument's parts: frozen, no unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
