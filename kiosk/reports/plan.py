"""The floor plan of zones as a drawing: what the settings know of the premises, not to scale, black on white."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import ceil

from kiosk.reports.notice import Area, Notice
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
    things = [(room, seats, True) for room, seats in area.rooms] + [
        (table.id, table.seats, False) for table in area.tables
    ]
    if not things:
        return
    columns = max(
        range(1, len(things) + 1), key=lambda n: min((width - 24) / n, height / ceil(len(things) / n))
    )
    rows = ceil(len(things) / columns)
    cell_w, cell_h = (width - 24) / columns, height / rows
    size = min(cell_w, cell_h)
    for number, (name, seats, room) in enumerate(things):
        x = left + 12 + cell_w * (number % columns + 0.5)
        y = top + cell_h * (number // columns + 0.5)
        yield _thing(name, seats, x, y, size, room=room)


def _thing(name: str, seats: int, x: float, y: float, size: float, *, room: bool) -> str:
    """A table is round up to four seats and long above; a room is a square with a door."""
    half = size * 0.4
    line = f'fill="#fff" stroke="#000" stroke-width="{max(1.5, size / 40):.1f}"'
    if room:
        shape = f'<path d="M{x - half * 0.3:.1f} {y + half:.1f}H{x - half:.1f}v{-2 * half:.1f}h{2 * half:.1f}v{2 * half:.1f}h{-half * 0.5:.1f}" {line}/>'
    elif seats > 4:  # noqa: PLR2004 - the size at which a table stops being round
        shape = f'<rect x="{x - half:.1f}" y="{y - half * 0.75:.1f}" width="{2 * half:.1f}" height="{1.5 * half:.1f}" rx="{half * 0.2:.1f}" {line}/>'
    else:
        shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{half * 0.88:.1f}" {line}/>'
    words = _text(x, y - half * 0.02, name, half * 0.5, half * 1.5, weight=700, anchor="middle")
    told = every_language("notices.plan_room" if room else "notices.plan_seats", seats=seats)
    words += _text(x, y + half * 0.5, told["zh-Hant"], half * 0.4, half * 1.5, anchor="middle")
    return shape + words


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
