"""Values as issuers really write them: partial dates, times where a date belongs, blanks behind, numbers for codes.

Read so that nothing is granted that the issuer did not say: of several meanings the one that grants least, on Hong
Kong's clock. What has no meaning at all is refused.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Any, Literal

from kiosk import HONG_KONG

#: The longest text that is looked at, in characters; names are up to 80 in the schemas.
_LONGEST = 300
#: Control, format, surrogate, private and line-breaking characters: they can hide or reorder what staff read.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ].+", re.ASCII)
_NOT_SAID = {None, "00"}
_LAST_MONTH = 12


def words(value: Any) -> str:
    """``value`` as a text that can be shown: hidden characters left out, blanks single; no text is no words.

    Raises:
        ValueError: it is longer than any real one.
    """
    if not isinstance(value, str):
        return ""
    if len(value) > _LONGEST:
        raise ValueError(f"a text of more than {_LONGEST} characters")
    if not value.isprintable():  # quick, and true of nearly all
        value = "".join(
            " " if character.isspace() else character
            for character in value
            if character.isspace() or unicodedata.category(character) not in _HIDDEN
        )
    return " ".join(value.split())


def code(value: Any) -> str:
    """A code of a value set: blanks around it are none of it, and figures may stand as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else words(value)


def count(value: Any) -> int:
    """A whole number from 0 to 99, such as of doses; a decimal point with nothing behind it is forgiven.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 99 or value % 1:  # noqa: PLR2004 -- as said above
        raise ValueError("not a number of doses")
    return int(value)


def day(value: Any, *, missing: Literal["first", "last"]) -> date:
    """The day that ``value`` names; where the day or the month is not said, the first or the last that it may be.

    A time with an offset counts on Hong Kong's day, one without on its own.

    Raises:
        ValueError: it names none.
    """
    if isinstance(value, datetime):
        return _hong_kong(value).date()
    if isinstance(value, date):
        return value
    text = value.strip() if isinstance(value, str) else ""
    if match := _DATE.fullmatch(text):
        return _within(*match.groups(), missing=missing)
    if _MOMENT.fullmatch(text):
        return _hong_kong(_time(text)).date()
    raise ValueError("not a date")


def partial_date(value: Any) -> str | None:
    """A date of birth as far as it is known: to the day, the month or the year; None where nothing is known of it."""
    text = value.strip() if isinstance(value, str) else ""
    match = _DATE.fullmatch(text)
    try:
        if match is None:
            return day(value, missing="first").isoformat()
        year, month, day_ = match.groups()
        _within(year, month, day_, missing="first")
    except ValueError:
        return None
    if month in _NOT_SAID:
        return year
    return f"{year}-{month}" if day_ in _NOT_SAID else text


def moment(value: Any) -> datetime:
    """The moment that ``value`` names; without an offset it is on Hong Kong's clock, without a time its day's first.

    Raises:
        ValueError: it names none.
    """
    if isinstance(value, str) and _MOMENT.fullmatch(value.strip()):
        value = _time(value.strip())
    if isinstance(value, datetime):
        return _hong_kong(value)
    first = day(value, missing="first")
    return datetime(first.year, first.month, first.day, tzinfo=HONG_KONG)


def timestamp(value: Any) -> datetime:
    """The moment that ``value`` names in seconds since 1970, with decimals or without.

    Raises:
        ValueError: it names none.
    """
    if isinstance(value, datetime):
        return _hong_kong(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("not seconds since 1970")
    try:
        return datetime.fromtimestamp(value, HONG_KONG)
    except (OverflowError, OSError) as error:
        raise ValueError("a moment that no calendar has") from error


def _time(text: str) -> datetime:
    """A time as ISO 8601 or RFC 3339 write it; the latter allows small letters."""
    return datetime.fromisoformat(text.upper())


def _hong_kong(time: datetime) -> datetime:
    if time.utcoffset() is None:
        return time.replace(tzinfo=HONG_KONG)
    try:
        return time.astimezone(HONG_KONG)
    except OverflowError as error:
        raise ValueError("a moment that no calendar has") from error


def _within(year: str, month: str | None, day_: str | None, *, missing: Literal["first", "last"]) -> date:
    if month in _NOT_SAID:
        return date(int(year), 1, 1) if missing == "first" else date(int(year), _LAST_MONTH, 31)
    number = int(month or 0)
    if day_ in _NOT_SAID:
        first = date(int(year), number, 1)
        return first if missing == "first" else first + timedelta(monthrange(int(year), number)[1] - 1)
    return date(int(year), number, int(day_ or 0))
