"""The pages' view of the door: current, or nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.gate.protocol import DoorClient
from kiosk.web.feed import Feed, Streams, events
from kiosk.web.keys import KeyFileError, session_secret
from tests.web import scenes
from tests.web.conftest import wait_for
from tests.web.fake_door import FakeDoor


@pytest.fixture
def door(tmp_path: Path) -> FakeDoor:
    return FakeDoor(tmp_path / "door.sock", scenes.snapshot())


def test_a_door_that_goes_away_leaves_no_old_picture_and_comes_back_by_itself(door: FakeDoor) -> None:
    feed = Feed(DoorClient(door.path))
    feed.start()
    assert feed.view.snapshot is None
    door.start()
    wait_for(lambda: feed.view.snapshot)
    door.stop()
    wait_for(lambda: feed.view.snapshot is None)
    door.start()
    wait_for(lambda: feed.view.snapshot)
    feed.stop()
    door.stop()


def test_a_version_changes_with_what_can_be_seen_and_with_nothing_else(door: FakeDoor) -> None:
    feed = Feed(DoorClient(door.path))
    feed._publish(scenes.snapshot(at=scenes.AT))
    first = feed.view.version
    feed._publish(scenes.snapshot(at=scenes.AT + timedelta(seconds=59), number=8))
    assert feed.view.version == first
    feed._publish(scenes.snapshot(at=scenes.AT + timedelta(seconds=60)))
    second = feed.view.version
    assert second != first
    feed._publish(scenes.snapshot(at=scenes.AT + timedelta(seconds=60), inside=10))
    assert feed.view.version not in {first, second}


def test_versions_of_two_starts_never_meet(door: FakeDoor) -> None:
    assert Feed(DoorClient(door.path)).view.version != Feed(DoorClient(door.path)).view.version


def test_what_makes_no_sense_counts_as_no_answer(tmp_path: Path) -> None:
    class Odd:
        def watch(self):
            raise ValueError("not a snapshot")
            yield

    feed = Feed(Odd())
    feed._view = feed._view.__class__(scenes.snapshot(), "x")
    feed.start()
    wait_for(lambda: feed.view.snapshot is None)
    feed.stop()


def test_a_stream_says_the_version_and_nothing_of_the_visitor(door: FakeDoor) -> None:
    feed = Feed(DoorClient(door.path))
    feed._publish(scenes.DISPLAY["welcome"])
    stream = events(feed)
    assert next(stream) == "retry: 1500\n\n"
    assert next(stream) == f"event: changed\ndata: {feed.view.version}\n\n"
    feed._publish(scenes.DISPLAY["idle"])
    assert next(stream) == f"event: changed\ndata: {feed.view.version}\n\n"
    feed.stop()
    assert next(stream, None) is None


def test_streams_leave_room_for_those_who_are_known() -> None:
    streams = Streams(limit=3, guests=1)
    assert streams.take(guest=True)
    assert not streams.take(guest=True)
    assert streams.take(guest=False)
    assert streams.take(guest=False)
    assert not streams.take(guest=False)
    streams.give_back(guest=True)
    assert streams.take(guest=False)
    assert not streams.take(guest=True)


def test_the_secret_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    file = tmp_path / "new" / "web.secret"
    made = session_secret(file)
    assert len(made) == 32
    assert session_secret(file) == made
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        session_secret(file)
    file.chmod(0o600)
    file.write_bytes(b"short")
    with pytest.raises(KeyFileError, match="start again"):
        session_secret(file)
