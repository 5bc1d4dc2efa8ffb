"""Real processes that listen to real ports and pipes: whatever a module sends or types, whenever it is plugged in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import base45
import pytest

from kiosk.demo.authority import Authority
from kiosk.demo.visitors import demo_visitors
from kiosk.scanning.child import HandScanner
from kiosk.scanning.framing import MAX_CODE_BYTES
from kiosk.scanning.keyboard import EVIOCGRAB, Keyboard
from kiosk.scanning.messages import CameraState, Reading, Unreadable
from kiosk.settings import KeyboardScannerSettings, SerialScannerSettings
from tests.scanning.hearing import PATIENCE_S, Heard
from tests.scanning.modules import Module
from tests.scanning.typist import KEYS, events, strokes, tap

#: A pause that no loaded machine makes by itself: what waits for it shows that something else ended the code.
NEVER_MS = 10_000

#: As long as a certificate, with all the signs that one has.
CERTIFICATE = "HC1:" + base45.b45encode(bytes(range(256)) * 2).decode()


@pytest.fixture(scope="module")
def proofs(tmp_path_factory):
    authority = Authority.open(tmp_path_factory.mktemp("authority"))
    people = demo_visitors(authority, datetime(2021, 5, 1, 11, 30, tzinfo=UTC))
    return {person.kind: person.text for person in people}


@pytest.fixture
def module(tmp_path):
    made = Module(tmp_path)
    yield made
    made.close()


@pytest.fixture
def listening():
    """Starts a scanner that is stopped at the end; gives it and what it says."""
    made = []

    def start(settings):
        heard = Heard()
        made.append(HandScanner(settings, heard))
        made[-1].start()
        return made[-1], heard

    yield start
    for one in made:
        one.stop()


def serial(module, **options):
    return SerialScannerSettings(name="gm65", kind="serial", port=str(module.port), **options)


def typing(pipe, **options):
    return KeyboardScannerSettings(name="typist", kind="keyboard", device=str(pipe), **options)


def is_up(message):
    return message.up


def is_lost(message):
    return not message.up


def test_records_and_certificates_come_through_whole_whatever_ends_them(module, listening, proofs):
    _, heard = listening(serial(module, idle_ms=NEVER_MS))
    heard.wait(CameraState, is_up)
    record = proofs["vaccinated"]
    before = datetime.now(UTC)
    for start in range(0, len(CERTIFICATE), 61):
        module.send(CERTIFICATE[start : start + 61].encode())
    module.send(b"\r\n")
    reading = heard.wait(Reading)
    assert (reading.name, reading.text) == ("gm65", CERTIFICATE)
    assert before <= reading.at <= datetime.now(UTC)
    module.send("\ufeff".encode() + record.encode() + b"\t" + b"shc:/5676\n" + b"\xff\x00\xfe\r")
    assert [heard.wait(Reading).text for _ in range(3)] == ["\ufeff" + record, "shc:/5676", "\xff\x00\xfe"]


def test_a_code_that_nothing_ends_is_ended_by_the_silence_after_it(module, listening, proofs):
    _, heard = listening(serial(module))
    heard.wait(CameraState, is_up)
    module.send(b"GM65 without an end")
    assert heard.wait(Reading).text == "GM65 without an end"


def test_what_is_too_long_is_told_as_unreadable_and_the_next_code_is_read(module, listening):
    _, heard = listening(serial(module, idle_ms=NEVER_MS))
    heard.wait(CameraState, is_up)
    module.send(b"x" * (MAX_CODE_BYTES + 1) + b"\r")
    heard.wait(Unreadable)
    module.send(b"the next\r")
    heard.wait(Reading)
    assert heard.texts() == ["the next"]


def test_a_module_that_sends_the_same_again_and_again_is_heard_once(module, listening):
    _, heard = listening(serial(module))
    heard.wait(CameraState, is_up)
    module.send(b"same\rsame\r\nsame\tother\r")
    heard.wait(Reading, lambda message: message.text == "other")
    assert heard.texts() == ["same", "other"]


def test_a_module_is_unplugged_in_the_middle_of_a_code_and_plugged_in_again(module, listening):
    scanner, heard = listening(serial(module, idle_ms=NEVER_MS))
    heard.wait(CameraState, is_up)
    module.send(b"half of a co")
    module.unplug()
    assert heard.wait(CameraState, is_lost).why in {"was unplugged", "is not plugged in"}
    module.plug_in()
    heard.wait(CameraState, is_up)
    module.send(b"whole\r")
    assert heard.wait(Reading).text == "whole"
    assert heard.texts() == ["whole"]
    assert scanner.tally.starts == 1, "one process saw it all"


def test_a_module_that_comes_late_is_found(module, listening):
    module.unplug()
    _, heard = listening(serial(module))
    assert heard.wait(CameraState).why == "is not plugged in"
    module.plug_in()
    heard.wait(CameraState, is_up)


def test_a_port_that_another_program_has_is_told(module, listening):
    first, heard = listening(serial(module))
    heard.wait(CameraState, is_up)
    _, also = listening(serial(module))
    assert also.wait(CameraState).why == "another program has it"
    first.stop()
    also.wait(CameraState, is_up)


def test_a_process_that_is_killed_is_started_again(module, listening):
    scanner, heard = listening(serial(module))
    heard.wait(CameraState, is_up)
    os.kill(scanner.pid, signal.SIGKILL)
    heard.wait(CameraState, is_lost)
    heard.wait(CameraState, is_up)
    module.send(b"again\r")
    assert heard.wait(Reading).text == "again"


@pytest.fixture
def pipe(tmp_path):
    """A named pipe that stands for an input device, and its far end."""
    path = tmp_path / "scanner-event-kbd"
    os.mkfifo(path)
    end = os.open(path, os.O_RDWR)
    yield path, end
    os.close(end)


def test_a_certificate_that_is_typed_comes_through_whole(pipe, listening):
    path, end = pipe
    _, heard = listening(typing(path, idle_ms=NEVER_MS))
    heard.wait(CameraState, is_up)
    for capitals, keypad, ending in ((False, False, "KEY_ENTER"), (True, True, "KEY_KPENTER")):
        lock = tap("KEY_CAPSLOCK") if capitals else []
        text = CERTIFICATE[capitals:]
        moves = [*lock, *strokes(text, capitals=capitals, keypad=keypad), *tap(ending), *lock]
        os.write(end, events(moves))
        assert heard.wait(Reading).text == text


def test_a_typed_code_without_an_end_is_ended_by_the_silence_after_it(pipe, listening):
    path, end = pipe
    _, heard = listening(typing(path))
    heard.wait(CameraState, is_up)
    os.write(end, events(strokes("shc:/5676")))
    assert heard.wait(Reading).text == "shc:/5676"


def test_keys_that_the_kernel_lost_make_a_code_unreadable_not_another_one(pipe, listening):
    path, end = pipe
    _, heard = listening(typing(path, idle_ms=NEVER_MS))
    heard.wait(CameraState, is_up)
    dropped = b"".join((events([])[:0], bytes(18), b"\x03\x00", bytes(4)))
    os.write(end, events(strokes("HC1:6B")) + dropped + events([*strokes("FNX"), *tap("KEY_ENTER")]))
    heard.wait(Unreadable)
    os.write(end, events([*strokes("next"), *tap("KEY_ENTER")]))
    heard.wait(Reading)
    assert heard.texts() == ["next"]


def test_what_is_no_keyboard_is_not_listened_to(module, tmp_path, listening):
    (tmp_path / "a-file").write_bytes(events(strokes("typed by a file")))
    for device in (module.port, tmp_path / "a-file"):
        _, heard = listening(typing(device))
        assert heard.wait(CameraState).why == "is no keyboard"


def test_the_program_ends_with_its_reader(module):
    command = [sys.executable, "-m", "kiosk.cli", "scanner", "serial", str(module.port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(PATIENCE_S) == 0


def test_the_grab_is_asked_for_as_the_kernel_names_it():
    assert EVIOCGRAB == 0x40044590


@pytest.mark.skipif(
    not os.access("/dev/uinput", os.W_OK), reason="this machine has no /dev/uinput to make a keyboard with"
)
def test_a_keyboard_that_the_kernel_knows_is_grabbed_and_read(listening):
    from tests.scanning.made_keyboard import MadeKeyboard

    with MadeKeyboard(set(KEYS.values())) as made:
        _, heard = listening(typing(made.device, idle_ms=NEVER_MS))
        heard.wait(CameraState, is_up)
        with pytest.raises(OSError, match="busy"):
            Keyboard(str(made.device))
        made.move([*strokes("HC1:6B$/%*+-.: aZ"), *tap("KEY_ENTER")])
        assert heard.wait(Reading).text == "HC1:6B$/%*+-.: aZ"
    heard.wait(CameraState, is_lost)
    assert not Path(made.device).exists()
