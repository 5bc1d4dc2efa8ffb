"""Settings that cannot be, pins that fail, and the library under the pins."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from gpiozero.pins.mock import MockFactory, MockPin
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from firmware_bridge import BridgeError, LinkLost, LinkUp, Released, make_door
from firmware_bridge.config import DoorConfig, GpioConfig
from firmware_bridge.gpio import GpioDoor, pin_factory
from tests.firmware_bridge.rigs import FULL, Heard, until

PINS = ["relay_pin", "contact_pin", "exit_button_pin", "beam_outer_pin", "beam_inner_pin"]


@given(st.permutations(PINS), st.integers(2, 27))
def test_a_pin_that_is_used_twice_is_refused_by_name(order: list[str], pin: int) -> None:
    settings = {"relay_pin": 2 if pin != 2 else 3, order[0]: pin, order[1]: pin}
    with pytest.raises(ValidationError) as refused:
        DoorConfig.model_validate({"kind": "gpio", "gpio": settings})
    (fault,) = refused.value.errors()
    first, second = sorted(order[:2], key=PINS.index)
    assert fault["loc"] == ("gpio", second)
    assert f"already the {first}" in fault["msg"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("relay_pin", 28),
        ("relay_pin", 1),
        ("contact_pin", -1),
        ("exit_button_pin", "seven"),
        ("pulse_s", 0),
        ("pulse_s", 3600),
        ("debounce_ms", -1),
        ("held_open_s", 0),
        ("single_beam_counts", "both"),
        ("rellay_pin", 4),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        DoorConfig.model_validate({"kind": "mock", "gpio": {"relay_pin": 17} | {key: value}})
    assert [fault["loc"] for fault in refused.value.errors()] == [("gpio", key)]


def test_the_example_of_the_manual_is_a_door() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "wiring.md").read_text(encoding="utf-8")
    examples = [yaml.safe_load(part.split("```")[0]) for part in manual.split("```yaml")[1:]]
    pins, line = [example["door"] for example in examples if "door" in example]
    assert DoorConfig.model_validate(line).osdp is not None
    config = DoorConfig.model_validate(pins)
    assert config.gpio is not None
    assert config.gpio.counts_entries
    # The manual names every time that can be set, with what it is unless set, but for the beams' distance.
    assert config.gpio == GpioConfig(
        **{k: v for k, v in pins["gpio"].items() if "pin" in k}, passage_window_s=0
    )


@pytest.mark.parametrize("kind", ["gpio", "mock"])
def test_a_door_with_hardware_needs_its_pins(kind: str) -> None:
    with pytest.raises(ValidationError, match="needs its pins") as refused:
        DoorConfig.model_validate({"kind": kind})
    assert refused.value.errors()[0]["loc"] == ("gpio",)


def test_a_machine_without_pins_says_what_to_do() -> None:
    door = make_door(DoorConfig(kind="gpio", gpio=GpioConfig(relay_pin=17), pin_factory="rpigpio"))
    with pytest.raises(BridgeError, match="kind: mock on a desk") as refused:
        door.start(Heard())
    assert refused.value.code == "no_pin_factory"
    door.close()


def test_pins_that_another_program_has_taken_are_given_back_and_said() -> None:
    class TakenPin(MockPin):
        def _set_function(self, value: str) -> None:
            if value == "output":
                raise OSError("GPIO busy")
            super()._set_function(value)

    door = GpioDoor(FULL, lambda: MockFactory(pin_class=TakenPin))
    with pytest.raises(BridgeError, match="GPIO busy") as refused:
        door.start(Heard())
    assert refused.value.code == "pins"
    door.close()


class LoosePin(MockPin):
    """A pin whose chip may go away."""

    loose = False

    def _set_state(self, value: bool) -> None:
        if LoosePin.loose:
            raise OSError("no such device")
        super()._set_state(value)

    def _get_state(self) -> bool:
        if LoosePin.loose:
            raise OSError("no such device")
        return bool(super()._get_state())


def test_pins_that_fail_are_a_lost_link_that_comes_back_and_never_an_exception(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    factory = MockFactory(pin_class=LoosePin)
    door, heard = GpioDoor(GpioConfig(relay_pin=17, pulse_s=0.2), lambda: factory), Heard()
    door.start(heard)
    relay = factory.pin(17)
    monkeypatch.setattr(LoosePin, "loose", True)
    door.release(1)
    assert "no such device" in heard.wait(LinkLost).why
    monkeypatch.setattr(LoosePin, "loose", False)
    heard.wait(LinkUp)
    assert not relay.state
    assert heard.of(Released) == []
    door.release(2)
    assert heard.wait(Released).ticket == 2
    assert until(lambda: not relay.state)
    door.close()


def test_a_relay_that_cannot_be_switched_off_is_tried_until_it_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    factory = MockFactory(pin_class=LoosePin)
    door, heard = GpioDoor(GpioConfig(relay_pin=17, pulse_s=0.2), lambda: factory), Heard()
    door.start(heard)
    relay = factory.pin(17)
    door.release(1)
    heard.wait(Released)
    monkeypatch.setattr(LoosePin, "loose", True)
    heard.wait(LinkLost)
    monkeypatch.setattr(LoosePin, "loose", False)
    heard.wait(LinkUp)
    assert not relay.state
    door.close()


def test_an_edge_that_the_library_lost_is_seen_all_the_same() -> None:
    factory = MockFactory()
    door, heard = GpioDoor(FULL, lambda: factory), Heard()
    factory.pin(22).drive_low()
    door.start(heard)
    # The wire moves and no callback comes.
    button = factory.pin(23)
    button._change_state(False)
    assert until(lambda: bool(factory.pin(17).state))
    door.close()


class FakeLgpio(ModuleType):
    """As much of the library as gpiozero's pins need; remembers the levels at which lines were claimed."""

    SET_PULL_NONE, SET_PULL_UP, SET_PULL_DOWN = 128, 32, 64
    BOTH_EDGES, RISING_EDGE, FALLING_EDGE = 3, 1, 2

    def __init__(self) -> None:
        super().__init__("lgpio")
        self.levels: list[tuple[str, int]] = []
        self.level = 1

    def gpiochip_open(self, chip: int) -> int:
        return 1

    def gpiochip_close(self, handle: int) -> None: ...

    def gpio_claim_input(self, handle: int, line: int, flags: int = 0) -> None: ...

    def gpio_claim_output(self, handle: int, line: int, level: int = 0, flags: int = 0) -> None:
        self.gpio_write(handle, line, level)

    def gpio_get_mode(self, handle: int, line: int) -> int:
        return 2

    def gpio_read(self, handle: int, line: int) -> int:
        return self.level

    def gpio_write(self, handle: int, line: int, level: int) -> None:
        self.level = int(level)
        self.levels.append(("GPIO", self.level))


def test_an_active_low_relay_does_not_blip_when_the_door_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    lgpio = FakeLgpio()
    monkeypatch.setitem(sys.modules, "lgpio", lgpio)
    for name in ("gpiozero.pins.lgpio", "firmware_bridge.steady_lgpio"):
        # Imported anew on the fake, and forgotten with it.
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
        del sys.modules[name]
    monkeypatch.setattr("gpiozero.pins.local.get_pi_revision", lambda: 0xC04170)
    config = GpioConfig(relay_pin=17, relay_active_low=True, pulse_s=0.2)
    door, heard = GpioDoor(config, lambda: pin_factory("lgpio")), Heard()
    door.start(heard)
    assert {level for _, level in lgpio.levels} == {1}
    door.release(1)
    heard.wait(Released)
    assert lgpio.level == 0
    assert until(lambda: lgpio.level == 1)
    door.close()
