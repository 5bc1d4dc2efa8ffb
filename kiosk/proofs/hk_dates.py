"""Dates as Hong Kong's records write them, on Hong Kong's clock."""

from __future__ import annotations

import re
from datetime import date, datetime

from kiosk import HONG_KONG

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

#: The parts of a date's form, as Hong Kong's records are described: ``dd-MM-yyyy HH:mm``.
_PARTS = {
    "yyyy": "(?P<year>[0-9]{4})",
    "MMM": "(?P<name>[A-Za-z]{3})",
    "MM": "(?P<month>[0-9]{2})",
    "dd": "(?P<day>[0-9]{2})",
    "HH": "(?P<hour>[0-9]{2})",
    "mm": "(?P<minute>[0-9]{2})",
    "ss": "(?P<second>[0-9]{2})",
}
_DAY = "dd-MM-yyyy"
_MINUTE = ("dd-MM-yyyy HH:mm", "dd-MMM-yyyy HH:mm")


class RecordError(ValueError):
    """The text is not a record in the official layout."""


def moment(text: str, form: str) -> datetime:
    """The time that ``text`` writes in that form (``dd-MM-yyyy HH:mm``), on Hong Kong's clock; a form without hours: midnight.

    Raises:
        RecordError: it is written otherwise, or the calendar has no such day.
    """
    match = re.fullmatch(_pattern(form), text)
    if not match:
        raise RecordError(f"a date is not {form}")
    said = match.groupdict()
    name = said.pop("name", None)
    try:
        if name:
            said["month"] = f"{_MONTHS.index(name.title()) + 1}"
        return datetime(**{part: int(digits) for part, digits in said.items()}, tzinfo=HONG_KONG)
    except ValueError as error:
        raise RecordError("a date is not in the calendar") from error


def check_form(form: str) -> str:
    """``form``, once it is known to name a day.

    Raises:
        ValueError: it does not.
    """
    try:
        named = re.compile(_pattern(form)).groupindex.keys()
    except re.error as error:  # the same part twice
        raise ValueError("is no form of a date, such as dd-MM-yyyy HH:mm") from error
    if not {"year", "day"} <= named or not {"month", "name"} & named:
        raise ValueError("is no form of a date, such as dd-MM-yyyy HH:mm")
    return form


def _pattern(form: str) -> str:
    pieces = re.split(f"({'|'.join(_PARTS)})", form)
    return "".join(_PARTS.get(piece, re.escape(piece)) for piece in pieces)


def day(text: str) -> date:
    """The day that ``text`` writes as ``dd-MM-yyyy``.

    Raises:
        RecordError: it does not.
    """
    return moment(text, _DAY).date()


def day_text(written: date) -> str:
    """``dd-MM-yyyy``."""
    return f"{written.day:02}-{written.month:02}-{written.year:04}"


def minute(text: str) -> datetime:
    """The time of issue, ``dd-MM-yyyy HH:mm`` or ``dd-MMM-yyyy HH:mm``.

    Raises:
        RecordError: it is written otherwise.
    """
    figures, name = _MINUTE
    return moment(text, name if re.match("..-[A-Za-z]", text) else figures)


def minute_text(written: datetime) -> str:
    """``dd-MM-yyyy HH:mm`` on Hong Kong's clock."""
    here = written.astimezone(HONG_KONG)
    return f"{day_text(here)} {here:%H:%M}"
