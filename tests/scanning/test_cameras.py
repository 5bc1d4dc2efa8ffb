"""Real processes that look at real files, streams and a simulated network camera."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import cv2
import numpy as np
import pytest

from kiosk.demo.render import code_image, damage, frames
from kiosk.scanning.child import Scanner
from kiosk.scanning.messages import Alive, CameraState, Ended, Preview, Reading, Unreadable, parse_line
from tests.scanning.hearing import PATIENCE_S, Heard


@contextmanager
def looking(source, *arguments):
    """`kiosk camera` on ``source``; yields the process."""
    command = [sys.executable, "-m", "kiosk.cli", "camera", *arguments, "--", str(source)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def messages(source, *arguments):
    """Everything that `kiosk camera` says of a source that ends."""
    with looking(source, *arguments) as process:
        said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    parsed = [parse_line(line) for line in said.splitlines()]
    assert None not in parsed
    return parsed


def events(said):
    return [
        what.text if isinstance(what, Reading) else what.kind
        for what in said
        if not isinstance(what, Alive | Preview)
    ]


class NetworkCamera:
    """The simulated camera in its own process."""

    def __init__(self, port=0):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kiosk.demo.camera", "--port", str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        ready = self.wait("ready")
        self.port = ready["port"]
        self.url = f"http://127.0.0.1:{ready['port']}{ready['path']}"

    def tell(self, **order):
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def wait(self, event):
        for line in self.process.stdout:
            if (answer := json.loads(line))["event"] == event:
                return answer
        raise AssertionError(f"the simulated camera ended before {event}")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def network_camera():
    camera = NetworkCamera()
    yield camera
    camera.kill()


@pytest.fixture
def scanner():
    """Makes a scanner that is stopped at the end; gives it and what it says."""
    made = []

    def make(source, **options):
        heard = Heard()
        made.append(Scanner("door", source, heard, **options))
        made[-1].start()
        return made[-1], heard

    yield make
    for one in made:
        one.stop()


def write(path, image):
    cv2.imwrite(str(path), image)


def test_a_folder_of_images_is_shown_once_in_the_order_of_names(tmp_path):
    write(tmp_path / "2.png", code_image("second 復必泰"))
    write(tmp_path / "1.png", code_image("first"))
    write(tmp_path / "3.png", damage(code_image("X" * 200)))
    write(tmp_path / "4.png", code_image("first"))
    (tmp_path / "notes.txt").write_text("no image")
    said = messages(tmp_path, "--every", "0", "--name", "side")
    assert events(said) == ["camera", "first", "second 復必泰", "unreadable", "first", "end"]
    assert {message.name for message in said} == {"side"}


def test_a_broken_image_is_told_and_the_next_is_shown(tmp_path):
    (tmp_path / "1.png").write_bytes(b"broken")
    write(tmp_path / "2.png", code_image("after"))
    said = messages(tmp_path, "--every", "0")
    assert events(said) == ["camera", "camera", "after", "end"]
    assert "1.png" in next(message for message in said if isinstance(message, CameraState)).why


def test_a_watched_folder_shows_what_appears_later(tmp_path):
    with looking(tmp_path, "--follow", "--every", "0") as process:
        assert isinstance(parse_line(process.stdout.readline()), Alive)
        write(tmp_path / "late.png", code_image("late"))
        found = next(m for m in map(parse_line, process.stdout) if isinstance(m, Reading))
        assert found.text == "late"


def test_a_video_counts_a_code_that_is_shown_for_seconds_once(tmp_path):
    film = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 12, (1280, 720))
    for text in ("one", "two"):
        for picture in frames(text, seconds=1.5):
            film.write(picture)
    film.release()
    assert events(messages(tmp_path / "film.avi")) == ["camera", "one", "two", "end"]


@pytest.mark.parametrize("content", [None, b"no video"], ids=["missing", "no video"])
def test_what_is_no_source_is_refused_in_one_line(tmp_path, content):
    file = tmp_path / "film.mp4"
    if content:
        file.write_bytes(content)
    with looking(file) as process:
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    assert said.decode().count("\n") == 1
    assert str(file) in said.decode()


def test_a_device_that_is_not_there_is_a_lost_camera_not_an_error(scanner):
    _, heard = scanner("/dev/video-that-is-not-there")
    assert heard.wait(CameraState).state == "lost"


def test_the_process_ends_when_its_reader_goes_away(tmp_path):
    with looking(tmp_path, "--follow") as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(PATIENCE_S) == 0


def test_a_code_held_up_to_a_network_camera_counts_once_and_small_pictures_come(scanner, network_camera):
    _, heard = scanner(network_camera.url, preview=True)
    assert heard.wait(CameraState).up
    network_camera.tell(show="HKSARG|VAC|復必泰|" + "x" * 400, seconds=2.5)
    reading = heard.wait(Reading)
    begun = network_camera.wait("begun")["mono"]
    ended = network_camera.wait("ended")["mono"]
    assert begun <= reading.mono <= ended
    network_camera.tell(show="the next", seconds=2.0)
    heard.wait(Reading, lambda message: message.text == "the next")
    assert heard.texts() == ["HKSARG|VAC|復必泰|" + "x" * 400, "the next"]
    small = cv2.imdecode(np.frombuffer(heard.wait(Preview).jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert small.shape == (180, 320, 3)


def test_a_damaged_code_held_up_for_long_is_called_unreadable_once(scanner, network_camera):
    _, heard = scanner(network_camera.url)
    heard.wait(CameraState)
    network_camera.tell(show="X" * 300, seconds=6.0, damaged=True)
    network_camera.wait("ended")
    heard.wait(Unreadable)
    heard.wait(Alive)
    assert sum(isinstance(message, Unreadable) for message in heard.everything) == 1
    assert heard.texts() == []


def test_a_network_camera_that_is_pulled_out_is_told_and_comes_back_by_itself(scanner, network_camera):
    _, heard = scanner(network_camera.url)
    assert heard.wait(CameraState).up
    network_camera.tell(off=True)
    lost = heard.wait(CameraState)
    assert (lost.state, bool(lost.why)) == ("lost", True)
    network_camera.tell(on=True)
    assert heard.wait(CameraState).up
    network_camera.tell(show="back again", seconds=2.5)
    assert heard.wait(Reading).text == "back again"


def test_a_camera_that_freezes_is_lost_until_it_moves_again(scanner, network_camera):
    _, heard = scanner(network_camera.url)
    assert heard.wait(CameraState).up
    network_camera.process.send_signal(signal.SIGSTOP)
    assert heard.wait(CameraState).state == "lost"
    network_camera.process.send_signal(signal.SIGCONT)
    assert heard.wait(CameraState).up


def test_a_camera_whose_machine_dies_comes_back_with_it(scanner):
    first = NetworkCamera()
    _, heard = scanner(first.url)
    assert heard.wait(CameraState).up
    first.kill()
    assert heard.wait(CameraState).state == "lost"
    second = NetworkCamera(first.port)
    try:
        assert heard.wait(CameraState).up
    finally:
        second.kill()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hanging"])
def test_a_process_that_dies_or_hangs_is_started_again(scanner, network_camera, number):
    one, heard = scanner(network_camera.url)
    assert heard.wait(CameraState).up
    first = one.pid
    os.kill(first, number)
    assert heard.wait(CameraState).state == "lost"
    assert heard.wait(CameraState).up
    assert one.pid != first
    assert one.tally.starts == 2


def test_lines_that_are_no_messages_are_counted_and_dropped(scanner, monkeypatch):
    lines = r"""
import sys, time
out = sys.stdout.buffer
out.write(b'{"kind":"code","name":"door"}\nnonsense\n\xff\xfe\n' + b"x" * 300_000 + b"\n")
out.write(b'{"kind":"code","name":"door","text":"good","at":"2021-05-01T12:00:00Z","mono":1.5,"more":1}\n')
out.flush()
time.sleep(60)
"""
    heard = Heard()
    one = Scanner("door", 0, heard)
    one._command = [sys.executable, "-c", lines]
    one.start()
    try:
        assert heard.wait(Reading).text == "good"
        assert one.tally.bad_lines >= 4
        assert len(heard.everything) == 1
    finally:
        one.stop()


def test_a_recording_that_is_through_is_a_camera_that_is_lost_and_stays_so(tmp_path, scanner):
    write(tmp_path / "only.png", code_image("only"))
    one, heard = scanner(tmp_path / "only.png")
    heard.wait(Ended)
    assert heard.wait(CameraState).state == "lost"
    assert (one.tally.starts, heard.texts()) == (1, ["only"])


def test_a_listener_that_stumbles_does_not_stop_the_camera(tmp_path):
    write(tmp_path / "1.png", code_image("one"))
    taken = threading.Event()

    def stumble(message):
        if isinstance(message, Ended):
            taken.set()
        raise RuntimeError("not now")

    one = Scanner("door", tmp_path / "1.png", stumble)
    one.start()
    try:
        assert taken.wait(PATIENCE_S)
    finally:
        one.stop()


def test_stopping_ends_the_process(scanner, network_camera):
    one, heard = scanner(network_camera.url)
    heard.wait(CameraState)
    process = one.pid
    one.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
