"""What central refuses for good is seen at the door and in the log."""

from __future__ import annotations

import pytest

from kiosk.gate.commands import AlarmClear
from kiosk.gate.events import SyncChanged
from kiosk.gate.machine import REFUSED
from kiosk.gate.snapshot import SyncView
from kiosk.texts import text
from tests.gate.bench import Bench


@pytest.mark.parametrize("code", sorted(REFUSED))
def test_a_log_that_central_refuses_for_good_is_an_alarm_until_staff_clear_it(code: str) -> None:
    bench = Bench()

    def told(error: str | None, waiting: int = 0) -> list[tuple[str, str]]:
        sync = SyncView(configured=True, waiting=waiting, acknowledged=0, error=error, since=None)
        bench.do(SyncChanged(at=bench.at, mono=bench.mono, sync=sync))
        return [(alarm.kind, alarm.subject) for alarm in bench.snapshot.alarms]

    assert told("unreachable") == []
    assert told(code) == [("log_refused", code)]
    assert told(code, 1) == [("log_refused", code)]
    assert bench.command(AlarmClear(kind="log_refused", subject=code)).error is None
    assert told(code, 2) == [], "what staff have looked at is not said again"
    bench.start()
    assert told(code) == [("log_refused", code)], "but at the next start"
    bench.start()
    assert told(code) == [("log_refused", code)]
    written = [item.entry.type for item in bench.log if "alarm" in item.entry.type]
    assert written == ["alarm", "alarm_cleared", "alarm"]


@pytest.mark.parametrize("language", ["en", "zh-Hant", "zh-Hans"])
def test_the_desk_says_what_each_of_them_means(language: str) -> None:
    assert {"conflict", "ahead", "fork", "other_key"} == REFUSED
    said = {text(f"desk.sync.{code}", language) for code in REFUSED}
    assert len(said) == len(REFUSED)
