"""Relays, lamps and what their orders say, with clocks of their own. Pure: orders and times in, movements out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from firmware_bridge.osdp_reader.events import BuzzerSet, LampSet, OutputMoved, OutputOrdered, ReaderEvent

_OUT_BYTES, _LED_BYTES, _BUZ_BYTES = 4, 14, 5
_SOUND = 2


class WrongLengthError(ValueError):
    """The data of a command do not have the length that the specification gives."""


class UnableError(ValueError):
    """The order is for a thing that is not here, or for something that it cannot do."""


@dataclass(frozen=True, slots=True)
class OutOrder:
    """One record of OUT: ``for_s`` counts for the control codes 5 and 6 only."""

    output: int
    control: int
    for_s: float


def out_orders(data: bytes) -> list[OutOrder]:
    """The records of an OUT command; raises `WrongLengthError`."""
    return [OutOrder(record[0], record[1], _tenths(record[2:4])) for record in _records(data, _OUT_BYTES)]


class Outputs:
    """The relays. What is on for a while goes off by this clock, whatever becomes of the panel."""

    def __init__(self, number: int) -> None:
        self._for_good = [False] * number
        self._timed: list[tuple[bool, float] | None] = [None] * number

    @property
    def levels(self) -> list[bool]:
        """How each stands."""
        return [
            good if timed is None else timed[0]
            for good, timed in zip(self._for_good, self._timed, strict=True)
        ]

    @property
    def due(self) -> float:
        """When the next one moves by itself."""
        return min((timed[1] for timed in self._timed if timed), default=math.inf)

    def tick(self, now: float) -> list[ReaderEvent]:
        """Let go what has had its time."""
        before = self.levels
        self._timed = [None if timed and timed[1] <= now else timed for timed in self._timed]
        return self._moved(before, now, by_itself=True)

    def obey(self, orders: list[OutOrder], now: float) -> list[ReaderEvent]:
        """Carry out all orders of one command, or none of them: raises `UnableError`."""
        for order in orders:
            # A time of zero means for ever to some and nothing to others. A door is not opened on that.
            endless = order.control in {5, 6} and not order.for_s
            if order.output >= len(self._timed) or order.control > 6 or endless:  # noqa: PLR2004 - the last code
                raise UnableError
        before = self.levels
        for order in orders:
            self._obey(order, now)
        told = [OutputOrdered(now, order.output, order.control, order.for_s) for order in orders]
        return [*told, *self._moved(before, now, by_itself=False)]

    def _obey(self, order: OutOrder, now: float) -> None:
        which = order.output
        match order.control:
            case 1 | 2:
                self._for_good[which], self._timed[which] = order.control == 2, None  # noqa: PLR2004 - as the case
            case 3 | 4:
                self._for_good[which] = order.control == 4  # noqa: PLR2004 - as the case
            case 5 | 6:
                self._timed[which] = (order.control == 5, now + order.for_s)  # noqa: PLR2004 - as the case

    def _moved(self, before: list[bool], now: float, *, by_itself: bool) -> list[ReaderEvent]:
        return [
            OutputMoved(now, number, on, by_itself)
            for number, (was, on) in enumerate(zip(before, self.levels, strict=True))
            if was is not on
        ]


class Lamp:
    """The one lamp: what it shows for good, and what it shows for a while."""

    def __init__(self) -> None:
        self._for_good = LampSet(0, 0, 0, 0, 0, 0, 0)
        self._until: float | None = None

    @property
    def due(self) -> float:
        """When it changes by itself."""
        return math.inf if self._until is None else self._until

    def tick(self, now: float) -> list[ReaderEvent]:
        """Go back to what it shows for good, where the time has come."""
        if now < self.due:
            return []
        self._until = None
        return [replace(self._for_good, mono=now)]

    def obey(self, data: bytes, now: float) -> list[ReaderEvent]:
        """Carry out the records of a LED command; raises `WrongLengthError`, `UnableError`."""
        records = list(_records(data, _LED_BYTES))
        if any(record[0] or record[1] or record[2] > 2 or record[9] > 1 for record in records):  # noqa: PLR2004 - codes
            raise UnableError
        return [event for record in records for event in self._obey(record, now)]

    def _obey(self, record: bytes, now: float) -> Iterator[ReaderEvent]:
        if record[9] == 1:
            self._for_good = self._shown(record[10:14], now, 0)
            if self._until is None:
                yield self._for_good
        if record[2] == 1 and self._until is not None:
            self._until = None
            yield replace(self._for_good, mono=now)
        elif record[2] == 2:  # noqa: PLR2004 - for a while
            for_s = _tenths(record[7:9])
            self._until = now + for_s if for_s else math.inf
            yield self._shown(record[3:7], now, for_s)

    def _shown(self, times_and_colours: bytes, now: float, for_s: float) -> LampSet:
        on, off, on_colour, off_colour = times_and_colours
        return LampSet(now, 0, on_colour, off_colour, on / 10, off / 10, for_s)


def buzzed(data: bytes, now: float) -> list[ReaderEvent]:
    """What a BUZ command says; raises `WrongLengthError`, `UnableError`."""
    if len(data) != _BUZ_BYTES:
        raise WrongLengthError
    reader, tone, on, off, times = data
    if reader or tone > _SOUND:
        raise UnableError
    return [BuzzerSet(now, tone == _SOUND, on / 10, off / 10, times)]


def _records(data: bytes, size: int) -> Iterator[bytes]:
    if not data or len(data) % size:
        raise WrongLengthError
    return (data[at : at + size] for at in range(0, len(data), size))


def _tenths(low_first: bytes) -> float:
    # Divided rather than multiplied: 30 tenths are 3 seconds, not 3.0000000000000004.
    return int.from_bytes(low_first, "little") / 10
