"""The steps of the set-up: which fields each has, and what is wrong with what was typed there.

Most complaints come from the venue file's own model; they are said in the reader's language by what sort of fault
they are. What the model cannot know is asked here: the names in all languages, the accounts' rules, the law.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError, create_model

from firmware_bridge import DoorConfig
from kiosk.accounts import WeakSecretError, check_password_strength, check_pin_strength
from kiosk.errors import SettingsError
from kiosk.law import Instruments, ScenarioError
from kiosk.ledger import sealing
from kiosk.premises.venue import venue_facts
from kiosk.settings import Settings
from kiosk.texts import LANGUAGES, Language, catalogue, text
from kiosk.web.setup.draft import FACTS, MOST_TABLES, Draft, Loc, Made, Places, document

STEPS = ("names", "kind", "law", "zones", "tables", "hours", "door", "camera", "central", "manager", "check")

_VENUE = create_model("Settings", __base__=Settings, door=(DoorConfig, DoorConfig()))
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_KEY_BYTES = 32


@dataclass(frozen=True)
class Wrong:
    """A fault and its mend: ``key`` of the catalogue ``setup``, or what the model says where there is none."""

    field: str
    key: str
    said: str = ""

    def text(self, language: Language) -> str:
        """The fault in the reader's language."""
        known = f"wrong.{self.key}"
        if known in catalogue("setup"):
            return text(f"setup.{known}", language, said=self.said)
        return text("setup.wrong.other", language, said=self.said)


@dataclass(frozen=True)
class Checked:
    """All faults of a draft, and its settings where there are none in them."""

    wrong: tuple[Wrong, ...]
    settings: Settings | None
    made: Made

    def of(self, step: str) -> list[Wrong]:
        """Those to mend in that step."""
        return [one for one in self.wrong if step_of(one.field) == step]


def step_of(name: str) -> str:
    """The step that asks for a field."""
    for step, pattern in _FIELDS:
        if re.fullmatch(pattern, name):
            return step
    return "check"


_FIELDS: tuple[tuple[str, str], ...] = (
    ("names", r"name\..*|venue|kiosk"),
    ("kind", r"kind|capacity|setting"),
    ("law", r"unofficial|food_or_drink|qualifies|country_park"),
    ("tables", r"(zone\.\d+|whole)\.(rows|row\..*|rooms|room\..*)"),
    ("zones", r"areas|zones|zone\.\d+\..*|whole\.mode"),
    ("hours", r"opens_at|closes_at|limits\..*"),
    ("door", r"door|pin\..*|way|admission_zone|steps\..*"),
    ("camera", r"camera|leavehomesafe_id|leavehomesafe_type"),
    ("central", r"sealing_key|central_url|central_token"),
    ("manager", r"manager_.*"),
)


def check(draft: Draft, places: Places, instruments: Instruments) -> Checked:
    """Look at everything that was typed."""
    made = document(draft, places)
    wrong = list(_ours(draft, instruments))
    seen = {one.field for one in wrong}
    settings: Settings | None = None
    try:
        settings = _VENUE.model_validate(made.data)
    except ValidationError as problem:
        for item in problem.errors(include_url=False):
            fault = _fault(made, dict(item))
            if fault.field not in seen:
                seen.add(fault.field)
                wrong.append(fault)
    if settings is not None:
        wrong += [fault for fault in _law(settings, instruments) if fault.field not in seen]
    return Checked(tuple(wrong), settings, made)


def _fault(made: Made, item: dict[str, Any]) -> Wrong:
    loc: Loc = tuple(item["loc"])
    name = made.field_of(loc)
    said = str(item["msg"]).removeprefix("Value error, ")
    if name is None:
        name = next((field for part, field in _BROAD if part in said), "check")
    if item["type"] == "string_pattern_mismatch":
        return Wrong(name, _PATTERNS.get(name.rsplit(".", maxsplit=1)[-1], "ident"), said)
    return Wrong(name, str(item["type"]), said)


#: Faults of the whole part, by a word of theirs, and the field at which they are mended.
_BROAD = (
    ("two zones", "zone.0.id"),
    ("two tables", "zone.0.id"),
    ("admission.zone", "admission_zone"),
    ("central.url", "central_url"),
    ("zones", "zone.0.id"),
)
_PATTERNS = {
    "leavehomesafe_id": "leavehomesafe_id",
    "leavehomesafe_type": "leavehomesafe_type",
    "central_url": "url",
}


def _ours(draft: Draft, instruments: Instruments) -> Iterator[Wrong]:
    """What the venue file's model does not ask."""
    for name in ["name", *(f"{area}.name" for area in draft.areas if draft.zoned)]:
        yield from _names(draft, name)
    kinds = {kind: one for instrument in instruments for kind, one in instrument.kinds.items()}
    kind = draft.get("kind")
    if kind not in kinds:
        yield Wrong("kind", "choose")
    elif modes := modes_of(instruments, kind):
        for area in draft.areas:
            if draft.get(f"{area}.mode") not in modes:
                yield Wrong(f"{area}.mode", "choose")
    for fact in facts_asked(instruments, kind):
        if draft.get(fact) not in {"yes", "no"}:
            yield Wrong(fact, "choose")
    yield from _capacities(draft)
    for area in draft.areas:
        yield from _furniture(draft, area)
    yield from _central(draft)
    yield from _manager(draft)


def _names(draft: Draft, name: str) -> Iterator[Wrong]:
    """Visitors and staff read it in their own language: none may be missing."""
    for language in LANGUAGES:
        if not draft.get(f"{name}.{language}"):
            yield Wrong(f"{name}.{language}", "missing")


def facts_asked(instruments: Instruments, kind: str) -> tuple[str, ...]:
    """What any of them asks to know of such a place, besides where it is."""
    kinds = [one.kinds[kind] for one in instruments if kind in one.kinds]
    rules = [
        rule
        for one in kinds
        for held in (one.rules, *(mode.rules for mode in (one.modes or {}).values()))
        for rule in held
    ]
    guards = [guard for rule in rules for guard in (rule.when, rule.unless) if guard is not None]
    return tuple(fact for fact in FACTS if any(getattr(guard, fact) is not None for guard in guards))


def modes_of(instruments: Instruments, kind: str) -> dict[str, Any]:
    """The modes that a kind has in any instrument, newest words first."""
    modes: dict[str, Any] = {}
    for instrument in reversed(instruments.all):
        known = instrument.kinds.get(kind)
        for name, mode in (known.modes or {}).items() if known else ():
            modes.setdefault(name, mode.name)
    return dict(sorted(modes.items()))


def _capacities(draft: Draft) -> Iterator[Wrong]:
    """The zones together hold no more than the premises."""
    whole, parts = draft.get("capacity"), [draft.get(f"{area}.capacity") for area in draft.areas]
    if not draft.zoned or not all(part.isascii() and part.isdigit() for part in (whole, *parts)):
        return
    if sum(map(int, parts)) > int(whole):
        yield Wrong(f"{draft.areas[-1]}.capacity", "zones_sum", whole)


def _furniture(draft: Draft, area: str) -> Iterator[Wrong]:
    total = 0
    for row in range(draft.rows(area)):
        name = f"{area}.row.{row}"
        count, seats = draft.get(f"{name}.count"), draft.get(f"{name}.seats")
        if seats and not count:
            yield Wrong(f"{name}.count", "missing")
        if count and not (count.isascii() and count.isdigit() and 0 < int(count) <= MOST_TABLES):
            yield Wrong(f"{name}.count", "table_count", str(MOST_TABLES))
        elif count:
            total += int(count)
            if not seats:
                yield Wrong(f"{name}.seats", "missing")
        if draft.named(name):
            yield from _names(draft, f"{name}.name")
    if total > MOST_TABLES:
        yield Wrong(f"{area}.row.0.count", "table_count", str(MOST_TABLES))
    for room in range(draft.rooms(area)):
        yield from _names(draft, f"{area}.room.{room}.name")


def _central(draft: Draft) -> Iterator[Wrong]:
    key = draft.get("sealing_key")
    if not key:
        yield Wrong("sealing_key", "sealing_key")
    else:
        try:
            sealing.pasted_public_key(key)
        except ValueError:
            yield Wrong("sealing_key", "sealing_key")
    if draft.get("central_url") and not draft.get("central_token"):
        yield Wrong("central_token", "missing")
    if draft.get("central_token") and not draft.get("central_url"):
        yield Wrong("central_url", "missing")


def _manager(draft: Draft) -> Iterator[Wrong]:
    name, password, pin = (
        draft.get("manager_name"),
        draft.typed.get("manager_password", ""),
        draft.get("manager_pin"),
    )
    if not name:
        yield Wrong("manager_name", "missing")
    elif not _NAME.fullmatch(name):
        yield Wrong("manager_name", "account_name")
    try:
        check_password_strength(password, name)
    except WeakSecretError as error:
        yield Wrong("manager_password", "password", f"{error.what}: {error.mend}")
    else:
        if draft.typed.get("manager_again", "") != password:
            yield Wrong("manager_again", "not_same")
    try:
        check_pin_strength(pin)
    except WeakSecretError as error:
        yield Wrong("manager_pin", "pin", f"{error.what}: {error.mend}")


def _law(settings: Settings, instruments: Instruments) -> Iterator[Wrong]:
    try:
        instruments.require_known(venue_facts(settings))
    except SettingsError as error:
        where = "limits.from" if "limits" in error.what else "kind"
        yield Wrong(where, "other", error.what)
    except ScenarioError as error:
        yield Wrong("kind", "other", error.what)
