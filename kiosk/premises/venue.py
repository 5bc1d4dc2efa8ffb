"""The venue's file as the law is asked about it."""

from __future__ import annotations

from datetime import time

from pydantic import ValidationError

from kiosk import law
from kiosk.errors import SettingsError
from kiosk.settings import Settings


def _clock(value: time | None) -> str | None:
    return value.strftime("%H:%M") if value else None


def venue_facts(settings: Settings) -> law.Premises:
    """The venue as the law is asked about it.

    Raises:
        SettingsError: its part ``premises`` is not what the law can be asked about.
    """
    said = settings.premises
    try:
        return law.Premises.model_validate(
            {
                "kind": said.kind,
                "capacity": said.capacity,
                "mode": said.mode,
                "zones": [
                    {"id": zone.id, "mode": zone.mode, "capacity": zone.capacity} for zone in said.zones
                ],
                "staff": [member.model_dump() for member in said.staff],
                "setting": said.setting,
                "opens_at": _clock(said.opens_at),
                "closes_at": _clock(said.closes_at),
                "limits": said.limits,
                "food_or_drink": said.food_or_drink,
                "qualifies": said.qualifies,
                "country_park": said.country_park,
            }
        )
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False)[0]
        name = ".".join(("premises", *(str(part) for part in first["loc"])))
        raise SettingsError(
            f"{name}: {first['msg']}", mend="correct the value in the venue file"
        ) from problem
