"""What several verbs understand alike on the command line."""

from __future__ import annotations

from datetime import date, datetime

from kiosk.errors import KioskError

_MEND = "write it like 2021-05-01T19:30:00+08:00"


class MomentError(KioskError, ValueError):
    """A time cannot be used as it was written."""

    code = "bad_time"


def moment(text: str, where: str = "--at") -> datetime:
    """An aware time from ISO 8601 with its offset; ``where`` it stands is told where it is none.

    Raises:
        MomentError: it is no time, or nobody can say in which time zone.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise MomentError(f"{text!r} is no time", where=where, mend=_MEND) from error
    if time.utcoffset() is None:
        raise MomentError(f"{text!r} has no offset", where=where, mend=_MEND)
    return time


def day(text: str, where: str) -> date:
    """A day from ``YYYY-MM-DD``; ``where`` it stands is told where it is none.

    Raises:
        MomentError: it is no day.
    """
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise MomentError(f"{text!r} is no day", where=where, mend="write it like 2021-05-01")
    return found
