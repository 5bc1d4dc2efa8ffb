"""What has been typed so far, and the venue document that comes of it.

The draft holds text as it was typed, right or wrong, so that going back and forth loses nothing. `document` makes
the plain data of a venue file from it, and tells which field each part came from, so that the complaints of
`kiosk.settings` can be shown where they belong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from kiosk.settings import Step
from kiosk.texts import LANGUAGES, Language

Loc = tuple[str | int, ...]

#: Rows of tables that a fresh area shows, and the most zones, rows and rooms that can be typed.
FIRST_ROWS = 2
MOST_ZONES = 8
MOST_ROWS = 12
MOST_ROOMS = 40
MOST_TABLES = 200
#: The venue's own steps at the door.
OWN_STEPS: tuple[Step, ...] = get_args(Step)
#: What the law may ask to know of a place, besides where it is: answered ``yes`` or ``no``.
FACTS = ("food_or_drink", "qualifies", "country_park")
PINS = ("relay_pin", "contact_pin", "exit_button_pin", "beam_outer_pin", "beam_inner_pin")


@dataclass(frozen=True)
class Places:
    """Where the set-up puts things: the venue file, and what it says of folders and sockets."""

    file: Path
    data: Path
    socket: Path | None = None

    @property
    def sealing_key(self) -> Path:
        """The health authority's public key."""
        return self.file.parent / "authority-sealing-key"

    def told(self, path: Path) -> str:
        """The path as the venue file says it: from its own folder where it lies in there."""
        folder = self.file.parent
        return str(path.relative_to(folder) if path.is_relative_to(folder) else path)

    @property
    def token(self) -> Path:
        """The secret by which central knows this kiosk."""
        return self.data / "keys" / "central-token"


@dataclass
class Draft:
    """Everything typed, by the names of the forms' fields; areas are counted from 0."""

    typed: dict[str, str] = field(default_factory=dict)
    #: Steps that were left by "continue" at least once.
    done: set[str] = field(default_factory=set)

    def get(self, name: str) -> str:
        """What was typed there, without blanks around it."""
        return self.typed.get(name, "").strip()

    def number(self, name: str, default: int, most: int) -> int:
        """A count of ours: how many zones, rows or rooms are shown."""
        text = self.typed.get(name, "")
        return min(int(text), most) if text.isascii() and text.isdigit() else default

    @property
    def zoned(self) -> bool:
        """Whether the premises are split into zones."""
        return self.get("areas") == "zones"

    def named(self, field: str) -> dict[Language, str]:
        """The names of a thing in the languages in which they were typed."""
        names = {language: self.get(f"{field}.name.{language}") for language in LANGUAGES}
        return {language: name for language, name in names.items() if name}

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.get(name) == "yes"

    @property
    def unofficial(self) -> bool:
        """Whether instruments count that are known from press reports only."""
        return self.ticked("unofficial")

    @property
    def zones(self) -> int:
        """How many zones are being described."""
        return max(1, self.number("zones", 2, MOST_ZONES))

    @property
    def areas(self) -> list[str]:
        """The prefixes of the fields of each area: ``zone.0`` …, or ``whole``."""
        return [f"zone.{number}" for number in range(self.zones)] if self.zoned else ["whole"]

    def rows(self, area: str) -> int:
        """How many rows of tables an area shows."""
        return max(1, self.number(f"{area}.rows", FIRST_ROWS, MOST_ROWS))

    def rooms(self, area: str) -> int:
        """How many rooms an area has."""
        return self.number(f"{area}.rooms", 0, MOST_ROOMS)


@dataclass
class Made:
    """The plain data of a venue file, and the field that each part of it came from."""

    data: dict[str, Any]
    fields: dict[Loc, str]

    def field_of(self, loc: Loc) -> str | None:
        """The field that the part of the document came from, or that of the nearest part above it."""
        path = loc
        while path:
            if path in self.fields:
                return self.fields[path]
            path = path[:-1]
        return None


def document(draft: Draft, places: Places) -> Made:
    """The venue document; what was left empty is left out, what is wrong stays as it was typed."""
    made = Made({}, {})
    for key in ("venue", "kiosk", "leavehomesafe_id"):
        _put(made, draft, key, (key,))
    if draft.get("leavehomesafe_id"):
        _put(made, draft, "leavehomesafe_type", ("leavehomesafe_type",))
    made.data["include_unofficial"] = draft.unofficial
    _names(made, draft, "name", ("name",))
    _premises(made, draft)
    made.data["admission"] = {"way": draft.get("way") or "staffed"}
    made.fields["admission",] = "way"
    made.fields["admission", "way"] = "way"
    if draft.get("way") == "unattended" and draft.zoned:
        _put(made, draft, "admission_zone", ("admission", "zone"))
    if steps := [step for step in OWN_STEPS if draft.ticked(f"steps.{step}")]:
        made.data["admission"]["steps"] = steps
    _door(made, draft)
    if draft.get("camera"):
        made.data["cameras"] = [{"name": "door", "source": draft.get("camera")}]
        made.fields["cameras",] = "camera"
    if draft.get("central_url"):
        made.data["central"] = {"url": draft.get("central_url"), "token_file": places.told(places.token)}
        made.fields["central",] = "central_url"
    made.data["data"] = places.told(places.data)
    made.data["sealing_key_file"] = places.told(places.sealing_key)
    if places.socket:
        made.data["socket"] = places.told(places.socket)
    return made


def _put(made: Made, draft: Draft, name: str, loc: Loc) -> None:
    """Put a field's text at ``loc``, unless nothing was typed; either way its complaints belong to the field."""
    made.fields[loc] = name
    if not draft.get(name):
        return
    at: Any = made.data
    for part in loc[:-1]:
        at = at.setdefault(part, {}) if isinstance(part, str) else at[part]
    at[loc[-1]] = draft.get(name)


def _names(made: Made, draft: Draft, name: str, loc: Loc) -> None:
    for language in LANGUAGES:
        _put(made, draft, f"{name}.{language}", (*loc, language))


def _premises(made: Made, draft: Draft) -> None:
    premises = made.data["premises"] = {}
    for key in ("kind", "capacity", "setting", "opens_at", "closes_at"):
        _put(made, draft, key, ("premises", key))
    for key in FACTS:
        if draft.get(key):
            premises[key] = draft.ticked(key)
    _limits(made, draft)
    if not draft.zoned:
        _put(made, draft, "whole.mode", ("premises", "mode"))
        _inside(made, draft, "whole", ("premises",))
        return
    premises["zones"] = [{} for _ in draft.areas]
    made.fields["premises", "zones"] = "zones"
    for number, area in enumerate(draft.areas):
        loc: Loc = ("premises", "zones", number)
        for key in ("id", "mode", "capacity"):
            _put(made, draft, f"{area}.{key}", (*loc, key))
        _names(made, draft, f"{area}.name", (*loc, "name"))
        _inside(made, draft, area, loc)


def _limits(made: Made, draft: Draft) -> None:
    """What other directions say, for kinds whose limits the law leaves to them."""
    limits: dict[str, Any] = {}
    for key in ("capacity_percent", "table"):
        made.fields["premises", "limits", key] = f"limits.{key}"
        if text := draft.get(f"limits.{key}"):
            limits[key] = int(text) if text.isascii() and text.isdigit() else text
    hours = [draft.get("limits.from"), draft.get("limits.until")]
    made.fields["premises", "limits", "hours"] = "limits.from"
    if any(hours):
        limits["hours"] = hours
    if limits:
        made.data["premises"]["limits"] = limits


def _inside(made: Made, draft: Draft, area: str, loc: Loc) -> None:
    """Tables and rooms of an area; tables count on through all of it: ``D1-1``, ``D1-2``."""
    at: Any = made.data
    for part in loc:
        at = at[part]
    zone = "" if area == "whole" else f"{draft.get(f'{area}.id')}-"
    rooms: list[dict[str, Any]] = []
    for number in range(draft.rooms(area)):
        field = f"{area}.room.{number}"
        made.fields[*loc, "rooms", number, "places"] = f"{field}.places"
        holds = draft.get(f"{field}.places")
        rooms.append(
            {
                "id": f"{zone}R{number + 1}",
                "name": draft.named(field),
                **({"places": holds} if holds else {}),
            }
        )
    tables: list[dict[str, Any]] = []
    for number in range(draft.rows(area)):
        field = f"{area}.row.{number}"
        for table in _tables(draft, field, [room["id"] for room in rooms]):
            made.fields[*loc, "tables", len(tables)] = f"{field}.seats"
            tables.append({"id": f"{zone or 'T'}{len(tables) + 1}", **table})
    if rooms:
        at["rooms"] = rooms
    if tables:
        at["tables"] = tables


def _tables(draft: Draft, field: str, rooms: list[str]) -> Iterator[dict[str, Any]]:
    """The tables of a row: seats, what they are called where that was typed, and the room that they stand in."""
    count, seats = draft.get(f"{field}.count"), draft.get(f"{field}.seats")
    if not (count and seats and count.isascii() and count.isdigit()):
        return
    names = draft.named(field)
    room = draft.number(f"{field}.room", len(rooms), len(rooms))
    for number in range(1, min(int(count), MOST_TABLES) + 1):
        table: dict[str, Any] = {}
        if names:
            each = f" {number}" if int(count) > 1 else ""
            table["name"] = {language: f"{name}{each}" for language, name in names.items()}
        table["seats"] = seats
        if room < len(rooms):
            table["room"] = rooms[room]
        yield table


def _door(made: Made, draft: Draft) -> None:
    kind = draft.get("door") or "none"
    made.data["door"] = {"kind": kind}
    made.fields["door",] = "door"
    if kind != "gpio":
        return
    made.data["door"]["gpio"] = {}
    for pin in PINS:
        _put(made, draft, f"pin.{pin}", ("door", "gpio", pin))
