"""Opening hours: spans of minutes on the wall clock of Hong Kong, counted from midnight of the day in question.

A span that runs past midnight belongs to the day on which it began, for weekdays too. Ends are exclusive. Where two
rules or the licence bound the hours, all must agree. There is no summer time in Hong Kong, so minutes are minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from kiosk.law.facts import Premises, minutes
from kiosk.law.measures import DAY
from kiosk.law.rules import Rule
from kiosk.law.situation import Situation, applies

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Opening:
    """When the area may be open around the day in question.

    ``spans`` are in order and apart; ``para`` is the first rule's on hours, whose licence may narrow it;
    ``unknown`` names the fact without which nobody can tell.
    """

    para: str
    spans: tuple[Span, ...] = ()
    unknown: str | None = None

    def span_at(self, minute: float) -> Span | None:
        """The span that runs at that minute."""
        return next((span for span in self.spans if span[0] <= minute < span[1]), None)

    def next_start(self, minute: float) -> int | None:
        """The first minute after this one at which a span begins."""
        return next((start for start, _ in self.spans if start > minute), None)


def opening(seen: Situation, *, days_ahead: int = 1) -> Opening | None:
    """The hours from the day before to ``days_ahead`` after; None where no rule asks for any."""
    spans: list[Span] | None = None
    para = ""
    for rule in seen.rules.on("hours"):
        found = _spans(rule, seen, days_ahead)
        if found is None:
            continue
        if isinstance(found, str):
            return Opening(rule.para, unknown=found)
        if spans is None:
            spans, para = found, rule.para
        else:
            if _inside(spans, seen.minute) and not _inside(found, seen.minute):
                para = rule.para
            spans = _both(spans, found)
    if spans is None:
        return None
    if licence := _licence(seen.premises):
        spans = _both(spans, [_shift(licence, day) for day in range(-1, days_ahead + 1)])
    return Opening(para, tuple(_joined(spans)))


def _spans(rule: Rule, seen: Situation, days_ahead: int) -> list[Span] | str | None:
    """The spans that one rule allows, the name of the fact that it lacks, or None where it does not apply."""
    by_day = any(guard is not None and guard.days is not None for guard in (rule.when, rule.unless))
    if not by_day and not applies(rule, seen):
        return None
    span = _span(rule, seen.premises)
    if span is None:
        return None
    if isinstance(span, str):
        return span
    days = range(-1, days_ahead + 1)
    if not by_day:
        return [_shift(span, day) for day in days]
    return [
        _shift(span if applies(rule, seen, day=seen.today + timedelta(days=day)) else (0, DAY), day)
        for day in days
    ]


def _span(rule: Rule, premises: Premises) -> Span | str | None:
    if rule.hours is None:
        limits = premises.limits
        if limits is None or not limits.said:
            return "limits"
        if limits.hours is None:
            return _narrowed((0, DAY), premises) if premises.opens_at or premises.closes_at else None
        return _narrowed(_until_next(minutes(limits.hours[0]), minutes(limits.hours[1])), premises)
    start, end = rule.hours.start, rule.hours.end
    if start is None:
        if premises.opens_at is None:
            return "opens_at"
        start = minutes(premises.opens_at)
    if end is None:
        if premises.closes_at is None:
            return "closes_at"
        start, end = _until_next(start, minutes(premises.closes_at))
    return _narrowed((start, max(start, end)), premises)


def _until_next(start: int, clock: int) -> Span:
    """From ``start`` until the clock next shows ``clock``; a whole day where they are the same."""
    return start, clock if clock > start else clock + DAY


def _narrowed(span: Span, premises: Premises) -> Span:
    """A licence that names only one end moves that end of the law's hours, inwards only."""
    start, end = span
    if premises.opens_at is not None and premises.closes_at is None:
        start = max(start, minutes(premises.opens_at))
    if premises.closes_at is not None and premises.opens_at is None:
        end = min(end, _until_next(start, minutes(premises.closes_at))[1])
    return start, end


def _licence(premises: Premises) -> Span | None:
    if premises.opens_at is None or premises.closes_at is None:
        return None
    return _until_next(minutes(premises.opens_at), minutes(premises.closes_at))


def _shift(span: Span, days: int) -> Span:
    return span[0] + days * DAY, span[1] + days * DAY


def _inside(spans: list[Span], minute: float) -> bool:
    return any(start <= minute < end for start, end in spans)


def _both(one: list[Span], other: list[Span]) -> list[Span]:
    met = ((max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other)
    return sorted(span for span in met if span[0] < span[1])


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
