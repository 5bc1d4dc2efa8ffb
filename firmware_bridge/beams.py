"""Two light beams across a doorway, and which way a person went. Pure: changes in, passages out.

A body breaks each beam for a while: one *break* each, with a beginning and an end.

1. Somebody went *in* when a break of the outer beam began and ended before that of the inner beam did; *out* the
   other way round. The passage is over, and counts, when the second beam clears. How long it took says nothing:
   a person may linger.
2. The two breaks overlap, or, where the beams are so far apart that a person fits between them, the second begins
   within the *passage window* after the first has ended.
3. A break inside the other one is somebody who looked in, or out, and turned back: nobody passed.
4. A break belongs to one passage. So two people close behind each other count as two, though both beams are
   never clear between them.
5. In doubt a person is inside. Who has gone in as far as to clear the outer beam and the inner one counts as in,
   whatever the outer beam sees meanwhile (a second person, or the same one turning round). Who has gone out as far,
   while somebody is in the inner beam again, has not left until the outer beam clears after that one.

What two beams cannot tell: two people side by side, or with no light between them, are one break.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Beam(StrEnum):
    """Which of the two."""

    OUTER = "outer"
    INNER = "inner"

    @property
    def other(self) -> Beam:
        """The one that a passage meets before or after this one."""
        return Beam.INNER if self is Beam.OUTER else Beam.OUTER


class Way(StrEnum):
    """The way that a person went."""

    IN = "in"
    OUT = "out"


@dataclass(slots=True)
class _Break:
    start: float
    end: float | None = None


class TwoBeams:
    """Both beams of one doorway; the rules are the module's. ``window_s`` is the passage window in seconds."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        #: Breaks that may still become half of a passage, oldest first; only the last may be going on.
        self._breaks: dict[Beam, list[_Break]] = {Beam.OUTER: [], Beam.INNER: []}

    def change(self, beam: Beam, mono: float, *, broken: bool) -> Way | None:
        """A beam broke or cleared at ``mono`` (debounced, in the order of time): the passage that this completes."""
        if broken:
            self._forget(mono)
            self._breaks[beam].append(_Break(mono))
            return None
        second = self._going_on(beam)
        if second is None:
            # It was already broken when we began to look: half a passage proves nothing.
            return None
        second.end = mono
        turned_back = self._turned_back(beam, second)
        first = self._overlapping(beam, second)
        if first is None and not turned_back:
            first = self._before(beam, second)
        if first is None:
            return None
        self._passed(first, second)
        if beam is Beam.INNER:
            return Way.IN
        return None if self._turned_back_inside(second) else Way.OUT

    def _going_on(self, beam: Beam) -> _Break | None:
        last = self._breaks[beam][-1:]
        return last[0] if last and last[0].end is None else None

    def _turned_back(self, beam: Beam, around: _Break) -> bool:
        """Breaks inside another one are explained by it, and it by them: neither is the half of a passage any more."""
        others = self._breaks[beam.other]
        inside = [one for one in others if one.end is not None and one.start > around.start]
        self._breaks[beam.other] = [one for one in others if one not in inside]
        if inside and not self._going_on(beam.other):
            self._breaks[beam].remove(around)
        return bool(inside)

    def _overlapping(self, beam: Beam, second: _Break) -> _Break | None:
        """The oldest break of the other beam that ``second`` completes and that it overlaps."""
        others = self._breaks[beam.other]
        return next(
            (one for one in others if one.end is not None and one.start <= second.start <= one.end),
            None,
        )

    def _before(self, beam: Beam, second: _Break) -> _Break | None:
        """The oldest break of the other beam that ended within the window before ``second`` began.

        That is not enough while somebody stands in the other beam again: more likely those two belong together.
        """
        if self._going_on(beam.other):
            return None
        since = second.start - self._window_s
        others = self._breaks[beam.other]
        return next((one for one in others if one.end is not None and since <= one.end < second.start), None)

    def _passed(self, first: _Break, second: _Break) -> None:
        """Forget both halves and, where they overlap, all that came before: beams this close show no gaps."""
        overlap = first.end is not None and first.end >= second.start
        for beam in Beam:
            self._breaks[beam] = [
                one
                for one in self._breaks[beam]
                if one is not first and one is not second and not (overlap and one.start < first.start)
            ]

    def _turned_back_inside(self, outer: _Break) -> bool:
        inner = self._going_on(Beam.INNER)
        return inner is not None and inner.start > outer.start

    def _forget(self, now: float) -> None:
        """Drop the breaks that no passage can need any more: nothing going on overlaps them."""
        since = min([one.start for beam in Beam if (one := self._going_on(beam))], default=now)
        for beam in Beam:
            self._breaks[beam] = [
                one
                for one in self._breaks[beam]
                if one.end is None or one.end + self._window_s >= since or one.end >= since
            ]


class OneBeam:
    """A single beam: whoever breaks it and lets it clear has gone the one ``way``."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._broken = False

    def change(self, beam: Beam, mono: float, *, broken: bool) -> Way | None:  # noqa: ARG002 - as `TwoBeams.change`
        """As `TwoBeams.change`; a beam that was already broken at the start counts nobody."""
        was, self._broken = self._broken, broken
        return self._way if was and not broken else None
