"""The occupancy of a zone on a day as a drawing: an inline SVG that pages and the printed report show alike.

* Plain presentation attributes: no style, no script, no ids, so it may stand on a page with a strict content security policy, as often
  as one likes, and in a PDF.
* Nothing hangs on colour alone: places taken are a line, people inside an area, the limit is dashed, a closing time dotted, and what
  is over the limit is hatched and has a mark with the number above the drawing.
* A user unit is a pixel at the width that is asked for; letters are never smaller than 12 of them. So pages draw for the width that
  they have (a phone: 340), and printing scales.
* Title and description say in words what is seen; `kiosk.reports.hourly` has the same as a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape

from kiosk.law import WHOLE
from kiosk.reports.drawing import INK, haloed, hatching, line, shape, wide, words
from kiosk.reports.figures import Over, Point, ZoneDay
from kiosk.reports.hourly import Hour, clock, closings, hours, limits, midnight, summary
from kiosk.texts import Language, text

__all__ = ["Hour", "hours", "summary", "svg"]

_SOFT, _GRID, _LINE, _AREA, _RED = "#46586a", "#dde3e9", "#0b4f9e", "#d5e3f3", "#a3121f"
_DAY = 24 * 3600
#: From this width on letters are a little larger, and hours are written out.
_WIDE, _SMALL = 480, 12
_LEAST_TICK_X, _LEAST_TICK_Y = 46, 30


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the plot is, and what its corners mean."""

    day: date
    begins: datetime
    until: datetime
    left: float
    top: float
    right: float
    bottom: float
    most: int
    size: float

    def x(self, at: datetime) -> float:
        share = (min(at, self.until) - self.begins).total_seconds() / _DAY
        return self.left + (self.right - self.left) * max(0.0, min(1.0, share))

    def y(self, people: float) -> float:
        return self.bottom - (self.bottom - self.top) * people / self.most


def svg(
    zone: ZoneDay,
    day: date,
    language: Language,
    *,
    width: int = 560,
    height: int = 300,
    name: str | None = None,
    font: str = "inherit",
) -> str:
    """The curve of ``zone`` on ``day``.

    Args:
        zone: what is drawn.
        day: its day.
        language: of the words.
        width: in pixels; the drawing scales, but its letters are made for this width.
        height: in pixels, the legend included.
        name: what the zone is called; its id otherwise.
        font: families, where the drawing does not stand on a page whose font it inherits.
    """
    title = text(
        "figures.curve.title",
        language,
        zone=name or (text("gate.premises", language) if zone.zone == WHOLE else zone.zone),
        day=text("figures.curve.day", language, day=day),
    )
    begins = midnight(day)
    until = min(zone.until or begins + timedelta(days=1), begins + timedelta(days=1))
    drawn = _empty(width, height, language) if not zone.curve or until <= begins else None
    return "".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
                f'role="img" font-family="{escape(font)}" font-size="{_size(width)}" fill="{INK}">'
                f"<title>{escape(title)}</title><desc>{escape(summary(zone, day, language))}</desc>"
                f'<rect width="{width}" height="{height}" fill="#fff"/>'
            ),
            *(drawn or _plot(zone, day, language, width, height, until)),
            "</svg>",
        ]
    )


def _size(width: int) -> int:
    return _SMALL + 1 if width >= _WIDE else _SMALL


def _empty(width: int, height: int, language: Language) -> list[str]:
    said = text("figures.curve.none", language)
    return [words(width / 2, height / 2, said, anchor="middle", fill=_SOFT)]


def _plot(
    zone: ZoneDay, day: date, language: Language, width: int, height: int, until: datetime
) -> Iterator[str]:
    size = _size(width)
    bound = limits(zone, day)
    own = [over for over in zone.over if over.room is None]
    top = max([point.taken for point in zone.curve] + [limit or 0 for _, limit in bound] + [4])
    most = -(-top * 6 // 5)
    left = wide(str(most), size) + 12
    legend = list(_legend(zone, day, language, width - left - 4, size))
    frame = _Frame(
        day=day,
        begins=midnight(day),
        until=until,
        left=left,
        top=2.0 * size + 16,
        right=width - (1.7 if size > _SMALL else 1.0) * size,
        bottom=height - 2.2 * size - len(legend) * 1.7 * size - 2,
        most=most,
        size=size,
    )
    yield from _axes(frame)
    yield shape(_steps(frame, zone.curve, "inside", close=True), fill=_AREA)
    for over in own:
        yield from _hatched(frame, zone.curve, over)
    yield from _limit_lines(frame, bound)
    closed = closings(zone, day)
    for at in closed:
        yield line(frame.x(at), frame.top - 4, frame.x(at), frame.bottom, stroke=INK, width=1.5, dash="1 4")
    yield shape(_steps(frame, zone.curve, "taken", close=False), stroke=_LINE, width=2)
    yield from _top_words(frame, zone, own, closed, language)
    yield from _words(frame, zone, bound, language)
    for number, row in enumerate(legend):
        yield f'<g transform="translate({frame.left:.1f} {height - (len(legend) - number - 0.5) * 1.7 * size:.1f})">{row}</g>'


def _axes(frame: _Frame) -> Iterator[str]:
    """A grid of people and hours, with Hong Kong's time below."""
    room = (frame.bottom - frame.top) / frame.most
    steps = (base * 10**power for power in range(6) for base in (1, 2, 5))
    step = next((step for step in steps if step * room >= _LEAST_TICK_Y), frame.most)
    for people in range(0, frame.most + 1, step):
        y = frame.y(people)
        yield line(frame.left, y, frame.right, y, stroke=_SOFT if people == 0 else _GRID, width=1)
        yield words(frame.left - 6, y + frame.size * 0.35, str(people), anchor="end", fill=_SOFT)
    hour = (frame.right - frame.left) / 24
    every = next(every for every in (1, 2, 3, 4, 6, 12, 24) if every * hour >= _LEAST_TICK_X or every == 24)  # noqa: PLR2004 - hours
    for number in range(25):
        x, marked = frame.left + number * hour, number % every == 0
        if marked and number > 0:
            yield line(x, frame.top, x, frame.bottom, stroke=_GRID, width=1)
        yield line(x, frame.bottom, x, frame.bottom + (5 if marked else 2.5), stroke=_SOFT, width=1)
        if marked:
            said = f"{number:02}:00" if frame.size > _SMALL else f"{number:02}"
            yield words(x, frame.bottom + 6 + frame.size, said, anchor="middle", fill=_SOFT)


def _steps(frame: _Frame, curve: tuple[Point, ...], what: str, *, close: bool) -> str:
    """The path of a step curve up to where it is known; closed along the axis for an area."""
    x0 = frame.x(curve[0].at)
    parts = [f"M{x0:.1f} {frame.bottom:.1f}"] if close else []
    last = None
    for number, point in enumerate(curve):
        people = getattr(point, what)
        if people == last:
            continue
        x, y = frame.x(point.at), frame.y(people)
        parts.append(f"H{x:.1f}V{y:.1f}" if number or close else f"M{x:.1f} {y:.1f}")
        last = people
    parts.append(f"H{frame.x(frame.until):.1f}" + (f"V{frame.bottom:.1f}Z" if close else ""))
    return "".join(parts)


def _hatched(frame: _Frame, curve: tuple[Point, ...], over: Over) -> Iterator[str]:
    """What of the people inside is above the limit, with strokes across, drawn one by one: no pattern needs an id so."""
    floor = frame.y(over.limit)
    strokes: list[str] = []
    outline: list[str] = []
    for left, right, people in _spans(curve, over):
        if people <= over.limit:
            continue
        x1, x2, y = frame.x(left), max(frame.x(right), frame.x(left) + 0.8), frame.y(people)
        outline.append(f"M{x1:.1f} {floor:.1f}V{y:.1f}H{x2:.1f}V{floor:.1f}Z")
        strokes += hatching(x1, x2, y, floor)
    if outline:
        yield shape("".join(outline), fill="#f6d9dc")
        yield shape("".join(strokes), stroke=_RED, width=1.2)


def _spans(curve: tuple[Point, ...], over: Over) -> Iterator[tuple[datetime, datetime, int]]:
    for number, point in enumerate(curve):
        later = curve[number + 1].at if number + 1 < len(curve) else over.last
        left, right = max(point.at, over.first), min(later, over.last)
        if left < right:
            yield left, right, point.inside


def _limit_lines(frame: _Frame, bound: tuple[tuple[datetime, int | None], ...]) -> Iterator[str]:
    for number, (at, limit) in enumerate(bound):
        if limit is None:
            continue
        end = frame.x(bound[number + 1][0]) if number + 1 < len(bound) else frame.right
        yield line(frame.x(at), frame.y(limit), end, frame.y(limit), stroke=_RED, width=2, dash="7 4")


def _words(
    frame: _Frame, zone: ZoneDay, bound: tuple[tuple[datetime, int | None], ...], language: Language
) -> Iterator[str]:
    """Each limit by name above its line, on the side where the curve is farther away; then the peak, clear of them."""
    boxes: list[_Box] = []
    lines: list[_Box] = []
    for number, (at, limit) in enumerate(bound):
        if limit is None:
            continue
        left, y = frame.x(at), frame.y(limit)
        right = frame.x(bound[number + 1][0]) if number + 1 < len(bound) else frame.right
        lines.append((left, y - 2, right, y + 2))
        said = text("figures.curve.limit", language, n=limit)
        room = wide(said, frame.size, bold=True) + 6
        if right - left < room and number:
            continue
        x, base = _limit_place(frame, zone.curve, left, right, y, room)
        boxes.append((x, base - frame.size, x + room, base + 3))
        yield haloed(x, base, said, fill=_RED)
    if zone.peak is None:
        return
    said = text("figures.curve.peak", language, n=zone.peak.taken, time=clock(zone.peak.at, frame.day))
    x, y = frame.x(zone.peak.at), frame.y(zone.peak.taken)
    yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#fff" stroke="{_LINE}" stroke-width="2"/>'
    room = wide(said, frame.size, bold=True)
    x = min(max(x - room / 2, frame.left + 3), frame.right - room)
    y = min(y - 9, frame.bottom - 12)
    while y > frame.top + frame.size and any(
        _meet(box, (x, y - frame.size, x + room, y + 3)) for box in boxes + lines
    ):
        y -= 2
    yield haloed(x, y, said, fill=_LINE)


def _limit_place(
    frame: _Frame, curve: tuple[Point, ...], left: float, right: float, y: float, room: float
) -> tuple[float, float]:
    """Where the name of a limit stands best: above either end of its line, or before it, where nobody was yet."""
    places = [(left + 4, y - 6), (right - room, y - 6)]
    if left - room - 4 > frame.left:
        places.append((left - room, y + frame.size * 0.35))
    return min(places, key=lambda place: _highest(frame, curve, place[0], place[0] + room))


#: Left, top, right and bottom.
_Box = tuple[float, float, float, float]


def _meet(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _highest(frame: _Frame, curve: tuple[Point, ...], left: float, right: float) -> int:
    found = 0
    for number, point in enumerate(curve):
        later = frame.x(curve[number + 1].at) if number + 1 < len(curve) else frame.x(frame.until)
        if frame.x(point.at) <= right and later >= left:
            found = max(found, point.taken)
    return found


def _top_words(
    frame: _Frame, zone: ZoneDay, own: list[Over], closed: tuple[datetime, ...], language: Language
) -> Iterator[str]:
    """Above the plot: when it closed and up to when is told, and, below these, marks where it was over its limit."""
    row = _Row(frame, frame.size + 1)
    for at in closed:
        yield row.put(
            frame.x(at), text("figures.curve.closed", language, time=clock(at, frame.day)), fill=INK
        )
    if zone.until is not None:
        x = frame.x(frame.until)
        yield line(x, frame.top, x, frame.bottom, stroke=_SOFT, width=1, dash="4 3")
        said = text("figures.curve.until", language, time=clock(zone.until, frame.day))
        yield row.put(x, said, fill=_SOFT)
    marks = _Row(frame, frame.top - 8)
    for over in sorted(own, key=lambda one: one.limit - one.most):
        x = frame.x(over.worst_at)
        said = text("figures.curve.over", language, n=over.most - over.limit) + ("?" if over.doubt else "")
        if put := marks.put(x, said, fill=_RED, weight=700):
            yield put
            yield shape(f"M{x - 5:.1f} {frame.top - 6:.1f}h10l-5 7z", fill=_RED)


class _Row:
    """Words in one line above the plot, each over its place as far as there is room for it."""

    def __init__(self, frame: _Frame, y: float) -> None:
        self._frame, self._y = frame, y
        self._taken: list[tuple[float, float]] = []

    def put(self, x: float, said: str, *, fill: str, weight: int = 400) -> str:
        """The words, or nothing where others stand already."""
        half = wide(said, self._frame.size) / 2 + 2
        x = min(max(x, half), self._frame.right + 10 - half)
        if any(x - half < right and x + half > left for left, right in self._taken):
            return ""
        self._taken.append((x - half, x + half))
        return words(x, self._y, said, anchor="middle", fill=fill, weight=weight)


def _legend(zone: ZoneDay, day: date, language: Language, room: float, size: float) -> Iterator[str]:
    """Rows of samples with their names."""
    samples = [
        ("taken", line(0, -4, 22, -4, stroke=_LINE, width=2)),
        ("inside", f'<rect x="0" y="-10" width="22" height="11" fill="{_AREA}"/>'),
    ]
    if any(limit is not None for _, limit in limits(zone, day)):
        samples.append(("limit", line(0, -4, 22, -4, stroke=_RED, width=2, dash="7 4")))
    if any(over.room is None for over in zone.over):
        box = '<rect x="0" y="-10" width="22" height="11" fill="#f6d9dc"/>'
        samples.append(("over", box + shape("".join(hatching(0, 22, -10, 1)), stroke=_RED, width=1.2)))
    row, x = "", 0.0
    for name, sample in samples:
        said = text(f"figures.legend.{name}", language)
        takes = 28 + wide(said, size)
        if row and x + takes > room:
            yield row
            row, x = "", 0.0
        row += f'<g transform="translate({x:.1f} 0)">{sample}{words(28, 0, said, fill=_SOFT)}</g>'
        x += takes + 16
    yield row
