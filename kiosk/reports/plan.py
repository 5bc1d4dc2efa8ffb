"""The floor plan of zones as a drawing: what the settings know of the premises, not to scale, black on white."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil

from kiosk.reports.notice import Area, Notice
from kiosk.settings import Names, RoomSettings, TableSettings
from kiosk.texts import every_language

_WIDTH = 1000
_ROW = 640
_HEAD = 210
_PER_ROW = 3
_GAP = 16
#: The least share of a row that a zone takes, so that its words fit.
_LEAST = 0.3


def floor_plan(notice: Notice) -> str:
    """An inline SVG: each zone with mode, capacity, limit and tables; the entrance below."""
    rows = [notice.areas[i : i + _PER_ROW] for i in range(0, len(notice.areas), _PER_ROW)]
    row_height = _ROW if len(rows) == 1 else 400 if len(rows) == 2 else 320  # noqa: PLR2004 - one, two, more rows
    if not any(area.tables or area.rooms for area in notice.areas):
        row_height = _HEAD
    height = len(rows) * (row_height + _GAP) + 70
    label = escape(_join("notices.plan"), quote=True)
    parts = [
        (
            f'<svg class="plan" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
            f'aria-label="{label}" font-family="inherit" fill="#000">'
        )
    ]
    for number, row in enumerate(rows):
        top = number * (row_height + _GAP) + 4
        for area, (left, width) in zip(row, _widths(row), strict=True):
            parts += _area(area, left, top, width, row_height)
    parts += _entrance(height)
    return "".join([*parts, "</svg>"])


def _widths(row: tuple[Area, ...]) -> Iterator[tuple[float, float]]:
    """Left edge and width of each zone in a row, by capacity, none too narrow for its words."""
    whole = sum(area.capacity for area in row)
    shares = [max(area.capacity / whole, _LEAST) for area in row]
    room = _WIDTH - 8 - _GAP * (len(row) - 1)
    left = 4.0
    for share in shares:
        width = room * share / sum(shares)
        yield left, width
        left += width + _GAP


def _area(area: Area, left: float, top: float, width: float, height: float) -> Iterator[str]:
    yield (
        f'<rect x="{left:.0f}" y="{top:.0f}" width="{width:.0f}" height="{height:.0f}" rx="10" fill="#fff" '
        f'stroke="#000" stroke-width="5"/>'
    )
    x, room = left + 20, width - 40
    if area.mode:
        yield (
            f'<text x="{left + width - 24:.0f}" y="{top + 84:.0f}" font-size="84" font-weight="800" '
            f'text-anchor="end">{escape(area.mode)}</text>'
        )
        room -= 80
    zh, en = area.name.get("zh-Hant", area.id), area.name.get("en", area.id)
    yield _text(x, top + 50, zh, 40, room, weight=800)
    yield _text(x, top + 86, en, 26, room, weight=600)
    limit = every_language("notices.plan_limit", limit=area.limit) if area.limit is not None else None
    capacity = every_language("notices.plan_capacity", capacity=area.capacity)
    room = width - 40
    if limit:
        yield _text(x, top + 134, f"{limit['zh-Hant']}  {limit['en']}", 32, room, weight=800)
    yield _text(x, top + 172, f"{capacity['zh-Hant']}  {capacity['en']}", 22, room)
    yield f'<path d="M{left:.0f} {top + 190:.0f}h{width:.0f}" stroke="#000" stroke-width="2"/>'
    yield from _furniture(area, left, top + _HEAD, width, height - _HEAD - 16)


def _furniture(area: Area, left: float, top: float, width: float, height: float) -> Iterator[str]:
    """Rooms with their tables above, the other tables below; where no table stands in a room, all in one grid."""
    inside = {room.id: [table for table in area.tables if table.room == room.id] for room in area.rooms}
    loose = [table for table in area.tables if table.room is None]
    box = _Box(left + 12, top, width - 24, height)
    if not any(inside.values()):
        things: list[RoomSettings | TableSettings] = [*area.rooms, *loose]
        for thing, cell in zip(things, box.cells(len(things)), strict=True):
            yield _room(thing, cell) if isinstance(thing, RoomSettings) else _table(thing, cell)
        return
    # A room weighs as much as its tables and its name; what stands in none takes the rest.
    weight = sum(len(tables) + 1 for tables in inside.values())
    upper, lower = box.split(weight / (weight + len(loose)))
    for room, cell in zip(area.rooms, upper.cells(len(area.rooms)), strict=True):
        yield _room(room, cell, inside[room.id])
    for table, cell in zip(loose, lower.cells(len(loose)), strict=True):
        yield _table(table, cell)


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        return self.left + self.width / 2, self.top + self.height / 2

    @property
    def size(self) -> float:
        return min(self.width, self.height)

    def split(self, share: float) -> tuple[_Box, _Box]:
        """The upper part, which takes ``share`` of the height, and the lower one."""
        upper = self.height * share
        return (
            _Box(self.left, self.top, self.width, upper),
            _Box(self.left, self.top + upper, self.width, self.height - upper),
        )

    def cells(self, count: int) -> Iterator[_Box]:
        """So many equal cells, in rows, as near to squares as they can be."""
        if not count:
            return
        columns = max(range(1, count + 1), key=lambda n: min(self.width / n, self.height / ceil(count / n)))
        width, height = self.width / columns, self.height / ceil(count / columns)
        for number in range(count):
            yield _Box(
                self.left + width * (number % columns), self.top + height * (number // columns), width, height
            )


def _line(size: float) -> str:
    return f'fill="#fff" stroke="#000" stroke-width="{min(5.0, max(1.5, size / 40)):.1f}"'


def _room(room: RoomSettings, cell: _Box, tables: Sequence[TableSettings] = ()) -> str:
    """A box with a door, and the tables that stand there."""
    x, y = cell.middle
    half_w = cell.width / 2 - cell.size * 0.06 if tables else cell.size * 0.42
    half_h = cell.height / 2 - cell.size * 0.06 if tables else cell.size * 0.42
    door = min(half_w, half_h) * 0.5
    shape = (
        f'<path d="M{x - door / 2:.1f} {y + half_h:.1f}H{x - half_w:.1f}v{-2 * half_h:.1f}h{2 * half_w:.1f}'
        f'v{2 * half_h:.1f}H{x + door / 2:.1f}" {_line(cell.size)}/>'
    )
    said = _named(room.name, room.id), every_language("notices.plan_room", seats=room.places)["zh-Hant"]
    if not tables:
        return shape + _words([*said[0], said[1]], x, y, half_h * 1.5, half_w * 1.7)
    head, rest = _Box(x - half_w, y - half_h, 2 * half_w, 2 * half_h * 0.94).split(0.26)
    told = "  ".join((*said[0], said[1]))
    words = _text(x, head.middle[1] + 8, told, head.height * 0.5, half_w * 1.85, weight=700, anchor="middle")
    cells = zip(tables, rest.cells(len(tables)), strict=True)
    return shape + words + "".join(_table(table, place) for table, place in cells)


def _table(table: TableSettings, cell: _Box) -> str:
    """Round up to four seats, and long above."""
    x, y = cell.middle
    half = cell.size * 0.42
    if table.seats > 4:  # noqa: PLR2004 - the size at which a table stops being round
        shape = (
            f'<rect x="{x - half:.1f}" y="{y - half * 0.8:.1f}" width="{2 * half:.1f}" height="{1.6 * half:.1f}" '
            f'rx="{half * 0.2:.1f}" {_line(cell.size)}/>'
        )
    else:
        shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{half:.1f}" {_line(cell.size)}/>'
    seats = every_language("notices.plan_seats", seats=table.seats)["zh-Hant"]
    # Staff know a table by its id, so that stands on the plan whatever it is called.
    if table.name:
        return shape + _words([*_named(table.name, table.id), table.id, seats], x, y, half * 1.4, half * 1.6)
    return shape + _words([table.id, seats], x, y, half * 1.15, half * 1.6)


def _named(name: Names | None, key: str) -> list[str]:
    """A name as the plan says it, in Chinese and in English, or the key of what has none."""
    said = dict.fromkeys(name[code] for code in ("zh-Hant", "en") if name and code in name)
    return list(said) or [key]


def _words(lines: Sequence[str], x: float, y: float, height: float, room: float) -> str:
    """Lines around a middle, the first one larger."""
    sizes = [1.25, *([0.95] * (len(lines) - 1))]
    unit = height / (sum(sizes) * 1.15)
    at = y - height / 2
    drawn = ""
    for number, (line, size) in enumerate(zip(lines, sizes, strict=True)):
        at += size * unit * 1.15
        drawn += _text(
            x,
            at - size * unit * 0.25,
            line,
            size * unit,
            room,
            weight=400 if number else 700,
            anchor="middle",
        )
    return drawn


def _entrance(height: float) -> Iterator[str]:
    middle = _WIDTH / 2
    yield f'<path d="M{middle} {height - 62}l22 30h-44z"/>'
    yield _text(middle, height - 8, _join("notices.plan_entrance"), 24, 900, weight=700, anchor="middle")


def _join(key: str) -> str:
    said = every_language(key)
    return "  ".join(dict.fromkeys((said["zh-Hant"], said["zh-Hans"], said["en"])))


def _text(
    x: float, y: float, text: str, size: float, room: float, *, weight: int = 400, anchor: str = "start"
) -> str:
    """Text that is made smaller where it would not fit into ``room``."""
    wide = sum(1.0 if ord(char) > 0x2E7F else 0.66 for char in text) * size  # noqa: PLR2004 - where Chinese begins
    size = size * min(1.0, room / wide) if wide else size
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.1f}" font-weight="{weight}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )
