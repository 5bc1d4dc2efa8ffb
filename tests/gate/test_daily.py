"""What is due once a day is done once a day, and not while the log cannot be written."""

from __future__ import annotations

from datetime import date, timedelta

from kiosk.gate.daily import ERASE_RETRY_S, Daily
from kiosk.gate.events import DataDue, Event, StateDue, StoreChanged
from kiosk.ledger.entries import StateKept
from kiosk.premises import fold
from kiosk.premises.kept import dumps, loads, name_of
from kiosk.store import StoreBusyError
from tests.gate.bench import NOON, OPEN_DOOR, Bench

TODAY = NOON.date()


class Sealed:
    """What there is to erase, and whether it can be."""

    def __init__(self, visits: int = 0) -> None:
        self.visits = visits
        self.busy = False

    def due(self, before: date) -> int:
        assert before == TODAY - timedelta(days=31)
        return self.visits

    def clear(self) -> None:
        if self.busy:
            raise StoreBusyError("somebody reads")


class Written:
    """A log that takes events, or does not."""

    def __init__(self) -> None:
        self.events: list[type[Event]] = []
        self.fails = False

    def __call__(self, event: Event) -> bool:
        self.events.append(type(event))
        return not self.fails


def test_a_state_is_kept_once_a_day_when_nothing_waits() -> None:
    daily, written = Daily(Sealed(), TODAY - timedelta(days=1)), Written()
    daily.look(NOON, 1.0, written, idle=False)
    assert written.events == []
    for _ in range(3):
        daily.look(NOON, 2.0, written, idle=True)
    assert written.events == [StateDue]


def test_a_state_of_today_is_enough_and_none_at_all_is_due_at_once() -> None:
    written = Written()
    Daily(Sealed(), TODAY).look(NOON, 1.0, written, idle=True)
    assert written.events == []
    Daily(Sealed(), None).look(NOON, 1.0, written, idle=True)
    assert written.events == [StateDue]


def test_what_could_not_be_written_is_tried_again() -> None:
    daily, written = Daily(Sealed(visits=2), None), Written()
    written.fails = True
    daily.look(NOON, 1.0, written, idle=True)
    assert written.events == [DataDue], "nothing more is asked of a log that fails"
    written.fails = False
    daily.look(NOON, 2.0, written, idle=True)
    daily.look(NOON, 3.0, written, idle=True)
    assert written.events == [DataDue, DataDue, StateDue]


def test_what_could_not_be_erased_is_tried_again_later_and_holds_nothing_else_up() -> None:
    sealed, written = Sealed(visits=1), Written()
    daily = Daily(sealed, None)
    sealed.busy = True
    for mono in (1.0, 2.0, ERASE_RETRY_S):
        daily.look(NOON, mono, written, idle=True)
    assert written.events == [DataDue, StateDue]
    sealed.busy = False
    for mono in (ERASE_RETRY_S + 1.0, ERASE_RETRY_S + 2.0, 9 * ERASE_RETRY_S):
        daily.look(NOON, mono, written, idle=True)
    assert written.events == [DataDue, StateDue, DataDue]


def test_what_is_kept_is_what_all_entries_before_add_up_to() -> None:
    bench = Bench(door=OPEN_DOOR)
    bench.do(StateDue(at=bench.at, mono=bench.mono))
    *before, last = bench.log
    assert isinstance(last.entry, StateKept)
    kept = dumps(fold(before))
    assert last.entry.state == name_of(kept)
    assert loads(kept).next_index == last.index


def test_without_a_log_nothing_is_kept() -> None:
    bench = Bench(door=OPEN_DOOR)
    bench.do(StoreChanged(at=bench.at, mono=bench.mono, failed="disk_full"))
    bench.do(StateDue(at=bench.at, mono=bench.mono))
    bench.do(StoreChanged(at=bench.at, mono=bench.mono, failed=None))
    assert not any(isinstance(item.entry, StateKept) for item in bench.log)
