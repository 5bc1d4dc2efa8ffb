"""What the steps show besides what was typed: kinds and modes in the reader's words, and what the law makes of it."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from markupsafe import Markup

from kiosk import HONG_KONG
from kiosk.law import Instruments
from kiosk.reports.notice import Notice, make_notice
from kiosk.reports.plan import floor_plan
from kiosk.settings import Settings
from kiosk.web.context import reader
from kiosk.web.setup.draft import MOST_ROOMS, MOST_ROWS, MOST_ZONES, OWN_STEPS, PINS
from kiosk.web.setup.run import Setup, left_to_premises
from kiosk.web.setup.steps import STEPS, Checked, facts_asked, modes_of


def for_step(name: str, made: Setup, checked: Checked) -> dict[str, Any]:
    """What the template of a step needs besides what was typed."""
    made_by = {"kind": _for_kind, "law": _for_law, "zones": _for_zones}
    if name in made_by:
        return made_by[name](made)
    if name == "check":
        return _for_check(made, checked)
    return {
        "left": left_to_premises(made),
        "pins": PINS,
        "own_steps": OWN_STEPS,
        "most_rows": MOST_ROWS,
        "most_rooms": MOST_ROOMS,
    }


def _for_kind(made: Setup) -> dict[str, Any]:
    code = reader()
    kinds: dict[str, str] = {}
    for one in made.instruments:
        kinds.update({key: kind.name.text(code) for key, kind in one.kinds.items()})
    return {"kinds": kinds}


def _for_law(made: Setup) -> dict[str, Any]:
    code = reader()
    told = [(one.title.text(code), one.in_force.first, one.in_force.last, one.gazetted) for one in made.known]
    return {
        "official": [one for one in told if one[-1]],
        "unofficial": [one for one in told if not one[-1]],
        "facts": facts_asked(made.instruments, made.draft.get("kind")),
    }


def _for_zones(made: Setup) -> dict[str, Any]:
    modes = modes_of(made.instruments, made.draft.get("kind"))
    return {"modes": {key: name.text(reader()) for key, name in modes.items()}, "most": MOST_ZONES}


def _for_check(made: Setup, checked: Checked) -> dict[str, Any]:
    by_step = {one: [wrong.text(reader()) for wrong in checked.of(one)] for one in STEPS}
    notice = today = None
    if checked.settings is not None and not checked.wrong:
        now = made.clock().astimezone(HONG_KONG)
        notice, today = _law_of(checked.settings, made.instruments, now)
    return {
        "faults": {one: list(dict.fromkeys(said)) for one, said in by_step.items() if said},
        "notice": notice,
        "today": today,
        "plan": Markup(floor_plan(notice)) if notice else "",  # noqa: S704 - it escapes each text
        "file": made.places.file,
        "exists": made.places.file.exists(),
    }


def _law_of(settings: Settings, instruments: Instruments, now: datetime) -> tuple[Notice, bool]:
    """What the law makes of it today; without directions in force, what the latest made of it on their last day."""
    if instruments.in_force(now) is not None or not len(instruments):
        return make_notice(settings, instruments, now), True
    last = max(instruments, key=lambda one: one.in_force.last)
    noon = datetime.combine(last.in_force.last, time(12), HONG_KONG)
    return make_notice(settings, instruments, noon), False
