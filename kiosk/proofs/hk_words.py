"""How an issuer words its test records: data of the key ring, for what Hong Kong's words and dates are is not known.

What the words do not name grants nothing and accuses nobody: a result that is neither ``negative`` nor ``positive``, a date in
another form, a platform that is none of those listed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from kiosk.proofs.hk_dates import RecordError, check_form, moment

Method = Literal["pcr", "antigen", "unknown"]


def _folded(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_fold(word) for word in words)


def _fold(word: str) -> str:
    return " ".join(word.split()).casefold()


_Words = Annotated[tuple[str, ...], AfterValidator(_folded)]


class TestWords(BaseModel):
    """The words and dates of an issuer's test records; case and blanks do not count."""

    __test__ = False  # pytest takes every Test… for tests

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: The forms of its dates, such as ``dd-MM-yyyy HH:mm``; a form without hours is for a day.
    dates: tuple[Annotated[str, AfterValidator(check_form)], ...] = ()
    negative: _Words = ()
    positive: _Words = ()
    #: Words of the field "platform".
    pcr: _Words = ()
    antigen: _Words = ()

    @model_validator(mode="after")
    def _each_means_one_thing(self) -> Self:
        if {*self.negative} & {*self.positive} or {*self.pcr} & {*self.antigen}:
            raise ValueError("a word has two meanings")
        return self

    def moment(self, text: str) -> datetime | None:
        """The time that ``text`` writes in one of the forms, midnight where it names a day; None: in none of them."""
        for form in self.dates:
            try:
                return moment(text, form)
            except RecordError:
                continue
        return None

    def is_negative(self, result: str) -> bool | None:
        """Whether the result is negative; None: the word is not known."""
        word = _fold(result)
        return True if word in self.negative else False if word in self.positive else None

    def method(self, platform: str) -> Method:
        """How the sample was tested."""
        word = _fold(platform)
        return "pcr" if word in self.pcr else "antigen" if word in self.antigen else "unknown"
