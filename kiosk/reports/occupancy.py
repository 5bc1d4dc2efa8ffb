"""The curves of a day: how many were in each zone and in the whole premises, and which rules bound them then."""

from __future__ import annotations

from copy import copy
from datetime import datetime, timedelta

from kiosk.law import WHOLE
from kiosk.ledger.entries import Closed, DayOpened, ZoneRules
from kiosk.premises import Premises
from kiosk.reports.counting import Count, Counts
from kiosk.reports.figures import Over, Point, Rules, ZoneDay

#: A curve of more points is thinned.
MOST_POINTS = 400
#: Of each such span only the highest points and the last are kept.
THINNED_TO = timedelta(minutes=5)
#: With so many points a curve is thinned while it is still being made, so that memory stays flat.
_TOO_MANY = 8 * MOST_POINTS


class Curve:
    """One zone while its day is being told."""

    def __init__(self, zone: str, start: datetime) -> None:
        self.zone = zone
        self._start = start
        self._points: list[Point] = []
        self._rules: list[Rules] = []
        self._closed: list[Point] = []
        self._last: tuple[int, int] | None = None
        self._peak: Point | None = None
        self._thinned = False

    def copy(self, zone: str) -> Curve:
        """The same so far, under another name."""
        made = copy(self)
        made.zone = zone
        made._points, made._rules, made._closed = [*self._points], [*self._rules], []  # noqa: SLF001 - of its own class
        return made

    def add(self, at: datetime, count: Count) -> None:
        """The figures from ``at`` on."""
        now = count.taken, count.inside
        if now == self._last:
            return
        self._last = now
        point = Point(at, *now)
        self._points.append(point)
        if self._peak is None or point.taken > self._peak.taken:
            self._peak = point
        if len(self._points) > _TOO_MANY:
            self._points, self._thinned = thin(self._points, self._start), True

    def bind(self, at: datetime, instrument: str | None, rules: ZoneRules | None) -> None:
        """The rules from ``at`` on."""
        last = self._rules[-1] if self._rules else None
        if last is None or (last.instrument, last.rules) != (instrument, rules):
            self._rules.append(Rules(at, instrument, rules))

    def close(self, at: datetime, inside: int) -> None:
        """Admission ended at ``at``, with so many inside."""
        self._closed.append(Point(at, self._last[0] if self._last else inside, inside))

    def told(self, *, entries: bool, until: datetime | None, over: tuple[Over, ...]) -> ZoneDay:
        """The day of the zone; ``entries``: whether there were any at all."""
        many = self._thinned or len(self._points) > MOST_POINTS
        return ZoneDay(
            zone=self.zone,
            curve=tuple(thin(self._points, self._start) if many else self._points),
            rules=tuple(self._rules),
            peak=self._peak if entries else None,
            closed=tuple(self._closed),
            over=over,
            until=until,
        )


def thin(points: list[Point], start: datetime) -> list[Point]:
    """The first point, and of each span the highest taken, the highest inside and the last: no rise and no end is lost."""
    kept = points[:1]
    span: list[Point] = []
    number = None
    for point in points[1:]:
        its = (point.at - start) // THINNED_TO
        if its != number:
            kept += _telling(span)
            span, number = [], its
        span.append(point)
    return kept + _telling(span)


def _telling(span: list[Point]) -> list[Point]:
    if not span:
        return []
    telling = {
        id(span[-1]),
        id(max(span, key=lambda point: point.taken)),
        id(max(span, key=lambda point: point.inside)),
    }
    return [point for point in span if id(point) in telling]


class Occupancy:
    """All curves of one day, from what carried over from the day before."""

    def __init__(self, start: datetime, premises: Premises, counts: Counts) -> None:
        self._start = start
        self._zones: dict[str, Curve] = {}
        #: From when on there are several zones; before, the only one is the whole.
        self._whole: Curve | None = None
        if premises.rules is not None:
            self._bind(start, premises.rules)
            self.count(start, counts)

    def opened(self, at: datetime, opened: DayOpened, counts: Counts) -> None:
        """Rules were written; zones that they name no more have nobody and no rules from here on."""
        self._bind(at, opened)
        self.count(at, counts)

    def count(self, at: datetime, counts: Counts) -> None:
        """Figures changed."""
        for zone, count in counts.zones.items():
            self._curve(zone).add(at, count)
        if self._whole is not None:
            self._whole.add(at, counts.whole)

    def closed(self, at: datetime, entry: Closed) -> None:
        """Admission to a zone ended."""
        if entry.zone in self._zones:
            self._zones[entry.zone].close(at, entry.inside)

    def told(
        self, *, entries: bool, until: datetime | None, over: dict[str, tuple[Over, ...]]
    ) -> tuple[tuple[ZoneDay, ...], ZoneDay | None]:
        """The zones, and the whole premises where there was more than one."""
        zones = tuple(
            curve.told(entries=entries, until=until, over=over.get(zone, ()))
            for zone, curve in self._zones.items()
        )
        if self._whole is None:
            return zones, None
        return zones, self._whole.told(entries=entries, until=until, over=over.get("", ()))

    def _curve(self, zone: str) -> Curve:
        if zone not in self._zones:
            self._zones[zone] = Curve(zone, self._start)
        return self._zones[zone]

    def _bind(self, at: datetime, opened: DayOpened) -> None:
        named = {rules.zone: rules for rules in opened.zones}
        if self._whole is None and len(named) > 1:
            only = next(iter(self._zones.values()), None)
            self._whole = Curve(WHOLE, self._start) if only is None else only.copy(WHOLE)
        for zone, rules in named.items():
            self._curve(zone).bind(at, opened.instrument, rules)
        for zone, curve in self._zones.items():
            if zone not in named:
                curve.bind(at, opened.instrument, None)
                curve.add(at, Count(0, 0, 0))
        if self._whole is not None:
            self._whole.bind(at, opened.instrument, whole_rules(opened))


def whole_rules(opened: DayOpened) -> ZoneRules:
    """What binds all zones together: the sum of their limits where each has one, open until the last closes."""
    limits = [rules.limit for rules in opened.zones if rules.limit is not None]
    closings = [rules.closes_at for rules in opened.zones if rules.closes_at is not None]
    return ZoneRules(
        zone=WHOLE,
        mode=None,
        capacity=sum(rules.capacity for rules in opened.zones),
        limit=sum(limits) if limits and len(limits) == len(opened.zones) else None,
        table=None,
        closes_at=max(closings, default=None),
    )
