"""A curve in words and as a table, for whoever cannot see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kiosk import HONG_KONG
from kiosk.reports.figures import Over, ZoneDay
from kiosk.texts import Language, text

_HOUR = timedelta(hours=1)
#: So many stretches over the limit are told in words.
_SAID = 5


@dataclass(frozen=True, slots=True)
class Hour:
    """The most of one hour: people, and the least limit that held in it; None where nothing is known or nothing limits."""

    first: datetime
    taken: int | None
    inside: int | None
    limit: int | None
    #: Whether it was over its limit at any time in it.
    over: bool

    def span(self, language: Language) -> str:
        """The hour on the clock."""
        last = (self.first.hour + 1) % 25
        return text("figures.hours.span", language, first=f"{self.first:%H:%M}", last=f"{last:02}:00")


def midnight(day: date) -> datetime:
    """The first moment of a day in Hong Kong."""
    return datetime(day.year, day.month, day.day, tzinfo=HONG_KONG)


def clock(at: datetime, day: date) -> str:
    """Hong Kong's time on ``day``; its end is 24:00."""
    here = at.astimezone(HONG_KONG)
    return f"{here:%H:%M}" if here.date() <= day else "24:00"


def hours(zone: ZoneDay, day: date) -> tuple[Hour, ...]:
    """The twenty-four hours of the day."""
    begins = midnight(day)
    until = zone.until or begins + timedelta(days=1)
    return tuple(_hour(zone, begins + number * _HOUR, until) for number in range(24))


def _hour(zone: ZoneDay, first: datetime, until: datetime) -> Hour:
    last = first + _HOUR
    points = [
        point
        for number, point in enumerate(zone.curve)
        if first <= point.at < last
        or (point.at < first and (number + 1 == len(zone.curve) or zone.curve[number + 1].at > first))
    ]
    known = bool(points) and first < until
    limits = [
        ruled.rules.limit
        for number, ruled in enumerate(zone.rules)
        if ruled.at < last
        and (number + 1 == len(zone.rules) or zone.rules[number + 1].at > first)
        and ruled.rules is not None
        and ruled.rules.limit is not None
    ]
    return Hour(
        first=first,
        taken=max(point.taken for point in points) if known else None,
        inside=max(point.inside for point in points) if known else None,
        limit=min(limits, default=None),
        over=any(over.first < last and over.last > first for over in zone.over),
    )


def limits(zone: ZoneDay, day: date) -> tuple[tuple[datetime, int | None], ...]:
    """From when on which limit held, one after the other; two alike are one."""
    begins, found = midnight(day), list[tuple[datetime, int | None]]()
    for ruled in zone.rules:
        limit = ruled.rules.limit if ruled.rules else None
        if not found or found[-1][1] != limit:
            found.append((max(begins, ruled.at), limit))
    return tuple(found)


def closings(zone: ZoneDay, day: date) -> tuple[datetime, ...]:
    """When admission ended on the day: by the rules, or as the log says where these do not."""
    begins = midnight(day)
    ends = min(zone.until or begins + timedelta(days=1), begins + timedelta(days=1))
    found: list[datetime] = []
    for number, ruled in enumerate(zone.rules):
        closes = ruled.rules.closes_at if ruled.rules else None
        later = zone.rules[number + 1].at if number + 1 < len(zone.rules) else ends
        if closes is not None and begins < closes < ends and closes <= later:
            found.append(closes)
    for point in zone.closed:
        if all(abs(point.at - closes) > timedelta(minutes=5) for closes in found):
            found.append(point.at)
    return tuple(sorted(set(found)))


def summary(zone: ZoneDay, day: date, language: Language) -> str:
    """The curve in a few sentences."""
    if not zone.curve:
        return text("figures.curve.none", language)
    said: list[str] = []
    if zone.peak is not None:
        said.append(_say("peak", language, n=zone.peak.taken, time=clock(zone.peak.at, day)))
    bound = limits(zone, day)
    for number, (at, limit) in enumerate(bound):
        if limit is not None:
            key = "limit" if len(bound) == 1 or not number else "limit_from"
            said.append(_say(key, language, n=limit, **({"time": clock(at, day)} if number else {})))
    if all(limit is None for _, limit in bound):
        said.append(_say("no_limit", language))
    elif not zone.over:
        said.append(_say("not_over", language))
    said += [_over(over, day, language) for over in zone.over[:_SAID]]
    if len(zone.over) > _SAID:
        said.append(_say("more_over", language, n=len(zone.over) - _SAID))
    said += [_say("closed", language, time=clock(at, day)) for at in closings(zone, day)]
    if zone.until is not None:
        said.append(_say("until", language, time=clock(zone.until, day)))
    return (" " if language == "en" else "").join(said)


def _over(over: Over, day: date, language: Language) -> str:
    said = _say(
        "over_room" if over.room else "over",
        language,
        first=clock(over.first, day),
        last=clock(over.last, day),
        most=over.most,
        n=over.most - over.limit,
        **({"room": over.room} if over.room else {}),
    )
    if over.doubt is None:
        return said
    return (" " if language == "en" else "").join((said, text(f"figures.doubt.{over.doubt}", language)))


def _say(key: str, language: Language, **values: object) -> str:
    return text(f"figures.said.{key}", language, **values)
