"""The reader in a process of its own, on a real pseudo-terminal, under somebody else's panel."""

from __future__ import annotations

import os
import pty
import select
import stat
import subprocess
import sys
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import osdp
import pytest

from firmware_bridge.osdp_reader import ReaderBench, ReaderProcess
from firmware_bridge.osdp_reader.client import ReaderControlError
from firmware_bridge.osdp_reader.events import (
    BuzzerSet,
    ChannelEnded,
    ChannelOpened,
    KeyStored,
    LampSet,
    Refused,
)
from firmware_bridge.osdp_reader.frames import Receiver, build
from tests.firmware_bridge.osdp_reader import libosdp_panel
from tests.firmware_bridge.osdp_reader.libosdp_panel import ADDRESS, KEY, PATIENCE_S, LibosdpPanel


def written_key(folder: Path, key: bytes = KEY) -> Path:
    path = folder / "reader.key"
    path.write_text(key.hex(), encoding="ascii")
    path.chmod(0o600)
    return path


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[ReaderProcess]:
    with ReaderProcess(tmp_path, address=ADDRESS, key_file=written_key(tmp_path)) as made:
        yield made


@pytest.fixture
def bench(reader: ReaderProcess) -> Iterator[ReaderBench]:
    with ReaderBench(reader.control, stride_s=0.01) as made:
        yield made


@pytest.fixture
def panel(reader: ReaderProcess, bench: ReaderBench) -> Iterator[LibosdpPanel]:
    with LibosdpPanel(reader.port) as made:
        assert made.secure()
        yield made


def test_it_is_known_to_another_panel_by_name_and_abilities(panel: LibosdpPanel, bench: ReaderBench) -> None:
    assert (panel.identity().serial_number, panel.identity().vendor_code) == (1, 0x4B56)
    assert panel.able(osdp.Capability.OutputControl)[1] == 2
    assert panel.able(osdp.Capability.ContactStatusMonitoring)[1] == 4
    assert [opened.factory_key for opened in bench.events(ChannelOpened)] == [False]


def test_a_pulse_of_another_panel_opens_the_door_once_and_ends_by_itself(
    panel: LibosdpPanel, bench: ReaderBench
) -> None:
    assert panel.pulse(0, 3)
    assert bench.wait_for(lambda it: len(it.writes) == 2, PATIENCE_S)
    opened, fell = bench.writes
    assert (opened.on, fell.on, fell.by_itself) == (True, False, True)
    assert fell.mono - opened.mono >= 0.3
    assert (bench.releases, bench.openings, bench.unlocked) == (1, 1, False)


def test_lamp_and_buzzer_do_as_another_panel_says(panel: LibosdpPanel, bench: ReaderBench) -> None:
    lamp = {"reader": 0, "led_number": 0, "on_count": 1, "off_count": 0, "off_color": 0}
    assert panel.do(osdp.Command.LED, **lamp, control_code=1, on_color=1, timer_count=0, temporary=False)
    assert panel.do(osdp.Command.LED, **lamp, control_code=2, on_color=2, timer_count=1, temporary=True)
    assert panel.do(osdp.Command.Buzzer, reader=0, control_code=2, on_count=1, off_count=1, rep_count=2)
    assert bench.wait_for(lambda it: len(it.events(LampSet)) == 3 and bool(it.events(BuzzerSet)), PATIENCE_S)
    assert [shown.on_colour for shown in bench.events(LampSet)] == [1, 2, 1]
    assert (bench.events(BuzzerSet)[0].sounding, bench.events(BuzzerSet)[0].times) == (True, 2)


def test_another_panel_hears_of_cards_keys_inputs_and_the_case(
    panel: LibosdpPanel, bench: ReaderBench
) -> None:
    bench.hold_up_card(bytes.fromhex("12345640"), 26)
    bench.press_keys("12#")
    bench.person_passes_in()
    bench.set_case(open_=True)
    assert panel.until(lambda: len(panel.events(osdp.Event.Status)) == 7)
    (card,) = panel.events(osdp.Event.CardRead)
    assert (card["length"], card["data"]) == (26, bytes.fromhex("12345640"))
    assert panel.events(osdp.Event.KeyPress)[0]["data"] == b"12\r"
    *inputs, case = [(told["type"], told["report"]) for told in panel.events(osdp.Event.Status)]
    assert [tuple(report) for _, report in inputs] == [
        (1, 0, 0, 0),
        (1, 0, 1, 0),
        (1, 0, 1, 1),
        (1, 0, 0, 1),
        (1, 0, 0, 0),
        (0, 0, 0, 0),
    ]
    assert case == (osdp.StatusReportType.Local, bytes((1, 0)))


def test_another_panel_may_ask_how_inputs_and_outputs_stand(panel: LibosdpPanel, bench: ReaderBench) -> None:
    assert panel.do(osdp.Command.Output, output_no=1, control_code=2, timer_count=0)
    for kind in (osdp.StatusReportType.Input, osdp.StatusReportType.Output):
        assert panel.do(osdp.Command.Status, type=kind, nr_entries=0, report=b"")
    assert panel.until(lambda: len(panel.events(osdp.Event.Status)) == 2)
    assert [told["report"] for told in panel.events(osdp.Event.Status)] == [bytes(4), bytes((0, 1))]


def test_a_new_reader_takes_its_key_from_another_panel_and_keeps_it(tmp_path: Path) -> None:
    kept = tmp_path / "kept.key"
    reader = ReaderProcess(tmp_path, address=ADDRESS, key_file=kept)
    with (
        reader,
        ReaderBench(reader.control) as bench,
        LibosdpPanel(reader.port, flags=[osdp.LibFlag.InstallMode]),
    ):
        assert bench.wait_for(lambda it: len(it.events(ChannelOpened)) >= 2, PATIENCE_S)
        assert bench.events(KeyStored)
        assert [opened.factory_key for opened in bench.events(ChannelOpened)][:2] == [True, False]
    assert bytes.fromhex(kept.read_text(encoding="ascii")) == KEY
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with reader, ReaderBench(reader.control) as bench, LibosdpPanel(reader.port) as panel:
        assert panel.secure()
        assert [opened.factory_key for opened in bench.events(ChannelOpened)] == [False]


def test_the_relay_falls_by_itself_when_the_panel_is_killed_in_the_pulse(
    reader: ReaderProcess, bench: ReaderBench
) -> None:
    command = [sys.executable, "-m", libosdp_panel.__name__, reader.port, "50"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killed:
        try:
            assert killed.stdout is not None and killed.stdout.readline() == "True\n"
        finally:
            killed.kill()
    assert bench.wait_for(lambda it: len(it.writes) == 2, PATIENCE_S)
    opened, fell = bench.writes
    assert (opened.on, fell.on, fell.by_itself) == (True, False, True)
    assert fell.mono - opened.mono >= 5.0


def test_a_recorded_session_played_to_a_restarted_reader_opens_nothing(reader: ReaderProcess) -> None:
    with ReaderBench(reader.control) as bench, LibosdpPanel(reader.port) as panel:
        assert panel.secure()
        assert panel.pulse(0, 3)
        assert bench.openings == 1
    reader.stop()
    with reader, ReaderBench(reader.control) as bench:
        line = os.open(reader.port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            for data in panel.port.written:
                ask(line, data)
            # It heard them, understood whose they were, and is there still.
            assert bench.wait_for(lambda it: bool(it.events(Refused)), PATIENCE_S)
            assert ask(line, build(ADDRESS, 0, 0x60)) == [0x40]
        finally:
            os.close(line)
        assert (bench.openings, bench.releases) == (0, 0)


def ask(line: int, data: bytes) -> list[int]:
    """The codes of the replies to one write, which is everything that one frame and its mark are."""
    os.write(line, data)
    receiver, found = Receiver(), []
    end = time.monotonic() + PATIENCE_S
    while not found and time.monotonic() < end:
        if select.select([line], [], [], 1.0)[0]:
            found = receiver.feed(os.read(line, 4096), 0.0)
    return [frame.code for frame in found]


def test_a_line_that_was_cut_is_used_again_once_it_is_mended(
    reader: ReaderProcess, bench: ReaderBench
) -> None:
    with LibosdpPanel(reader.port) as panel:
        assert panel.secure()
        bench.cut_line()
        assert bench.wait_for(lambda it: bool(it.events(ChannelEnded)), PATIENCE_S)
    bench.mend_line()
    # Another one, since libosdp parks a reader for minutes after a fault.
    with LibosdpPanel(reader.port) as panel:
        assert panel.secure()
        assert panel.pulse(0, 1)
    assert bench.openings == 1


def test_it_speaks_on_a_serial_device_that_is_there(tmp_path: Path) -> None:
    line, device = pty.openpty()
    try:
        tty.setraw(device)
        options = ("--port", os.ttyname(device))
        with (
            ReaderProcess(tmp_path, address=ADDRESS, options=options) as reader,
            ReaderBench(reader.control) as bench,
        ):
            assert ask(line, build(ADDRESS, 0, 0x68, bytes((0, 5, 1, 0)))) == [0x40]
            assert bench.wait_for(lambda it: len(it.writes) == 2, PATIENCE_S)
    finally:
        os.close(line)
        os.close(device)


def test_an_unplugged_reader_has_no_device_and_has_it_again_when_it_is_plugged_in(
    reader: ReaderProcess, bench: ReaderBench
) -> None:
    bench.unplug()
    assert not Path(reader.port).exists()
    bench.plug_in()
    with LibosdpPanel(reader.port) as panel:
        assert panel.secure()
        assert panel.pulse(0, 1)
    assert bench.openings == 1


def test_an_input_may_rest_high(tmp_path: Path) -> None:
    own = ("--inputs", "contact,fire", "--inverted", "fire")
    with (
        ReaderProcess(tmp_path, address=ADDRESS, key_file=written_key(tmp_path), options=own) as reader,
        ReaderBench(reader.control, inputs=("contact", "fire")) as bench,
        LibosdpPanel(reader.port) as panel,
    ):
        bench.set("fire", active=True)
        # No such wire here.
        bench.set("beam_outer", active=True)
        assert panel.until(lambda: len(panel.events(osdp.Event.Status)) == 2)
        assert [told["report"] for told in panel.events(osdp.Event.Status)] == [b"\0\1", b"\0\0"]


def test_with_the_supply_gone_the_relay_is_off(
    reader: ReaderProcess, panel: LibosdpPanel, bench: ReaderBench
) -> None:
    assert panel.do(osdp.Command.Output, output_no=0, control_code=2, timer_count=0)
    assert bench.wait_for(lambda it: it.unlocked, PATIENCE_S)
    reader.kill()
    assert bench.wait_for(lambda it: not it.connected, PATIENCE_S)
    assert not bench.unlocked
    with pytest.raises(ReaderControlError):
        bench.open_door()


def test_a_reader_does_not_outlive_a_killed_starter(tmp_path: Path) -> None:
    starter = (
        "import pathlib, sys, threading; from firmware_bridge.osdp_reader import ReaderProcess; "
        "ReaderProcess(pathlib.Path(sys.argv[1])).start(); print('up', flush=True); threading.Event().wait()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starter, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as killed:
        assert killed.stdout is not None and killed.stdout.readline() == "up\n"
        with ReaderBench(f"unix:{tmp_path / 'reader.sock'}") as bench:
            killed.kill()
            assert bench.wait_for(lambda it: not it.connected, PATIENCE_S)


def test_who_comes_later_learns_what_the_relay_did_before(
    reader: ReaderProcess, panel: LibosdpPanel, bench: ReaderBench
) -> None:
    assert panel.pulse(0, 1)
    assert bench.wait_for(lambda it: len(it.writes) == 2, PATIENCE_S)
    with ReaderBench(reader.control) as later:
        assert later.writes == bench.writes
        assert later.releases == 1


def test_wishes_that_cannot_be_granted_are_refused_and_do_no_harm(bench: ReaderBench) -> None:
    for wish in (
        {"set": "roof", "active": True},
        {"card": "zz", "bits": 8},
        {"card": "00", "bits": 26},
        {"keys": "A"},
        {},
    ):
        with pytest.raises(ReaderControlError, match="not granted"):
            bench.ask(**wish)
    bench.open_door()


def test_a_key_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    path = written_key(tmp_path)
    path.chmod(0o644)
    command = [sys.executable, "-m", "firmware_bridge.osdp_reader", "--key-file", str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"{path}: others may read it") and ended.stderr.count("\n") == 1
