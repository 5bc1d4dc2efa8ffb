"""From a posted form to a command of the gate.

Fields are called as the command's own. Three shapes differ: ``table.<id>`` holds how many sit at a table, ``dose``
comes once for each date, and a recount comes as ``zone`` and ``count``. A button may carry several fields at once
in ``set``, written like a query.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl

from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from kiosk import HONG_KONG
from kiosk.errors import KioskError
from kiosk.gate.commands import COMMAND, AnyCommand, LogDownload

_OURS = {"csrf_token", "command_id", "form", "set", "pin_name", "pin", "step", "n"}
#: Fields that mean "none" when they are left empty.
_OPTIONAL = {"age", "banquet", "party", "room", "table", "time", "zone"}


class FormError(KioskError, ValueError):
    """A form was filled in so that no command comes of it; ``field`` is the one to look at."""

    code = "bad_form"

    def __init__(self, field: str) -> None:
        super().__init__("the form cannot be used", where=field, mend="check the field")
        self.field = field


def command_from(form: MultiDict[str, str]) -> AnyCommand:
    """The command that the form asks for.

    Raises:
        FormError: a field is missing or is not what it should be.
    """
    fields = [(key, value.strip()) for key, value in form.items(multi=True) if key not in _OURS]
    fields += parse_qsl(form.get("set", ""), keep_blank_values=True)
    data: dict[str, Any] = {
        key: None if key in _OPTIONAL and not value else value
        for key, value in fields
        if key != "dose" and not key.startswith("table.")
    }
    do = data.get("do")
    if do in {"party.tables", "party.move"}:
        data["tables"] = _tables(fields)
    if do == "customer.record":
        data["doses"] = _doses(fields)
    if do == "recount":
        data["inside"] = {data.pop("zone", None) or "": data.pop("count", None)}
    if do == "clock.confirm":
        data["time"] = _time(data.get("time"))
    try:
        command = COMMAND.validate_python(data)
    except ValidationError as error:
        places = [str(part) for part in error.errors()[0]["loc"][1:]]
        raise FormError(places[0] if places else "do") from error
    if isinstance(command, LogDownload):
        # What an export consists of is for the program that makes it to say, and not for a browser.
        raise FormError("do")
    return command


def _tables(fields: list[tuple[str, str]]) -> list[dict[str, str]]:
    shares = [(key.removeprefix("table."), value) for key, value in fields if key.startswith("table.")]
    return [{"table": table, "people": people} for table, people in shares if people not in {"", "0"}]


def _doses(fields: list[tuple[str, str]]) -> list[str]:
    try:
        return [date.fromisoformat(value).isoformat() for key, value in fields if key == "dose" and value]
    except ValueError as error:
        raise FormError("doses") from error


def _time(value: str | None) -> str | None:
    """What a browser's date-and-time field says, as Hong Kong time."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise FormError("time") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=HONG_KONG)).isoformat()
