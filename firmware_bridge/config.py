"""How a door is wired, as the venue's settings say it. Pins are numbered as the chip does (BCM), not the header."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from firmware_bridge.osdp.config import OsdpConfig
from firmware_bridge.times import DoorwayConfig

#: GPIO 0 and 1 belong to the identification memory of add-on boards; the header ends with 27.
Pin = Annotated[int, Field(ge=2, le=27)]


class GpioConfig(DoorwayConfig):
    """The pins of one door and its times.

    Every input is pulled up by the Pi and switched to ground. ``…_active_low`` says which level means that the
    thing *is so*: the button pressed, the beam broken, the door open.
    """

    relay_pin: Pin
    #: Most cheap relay boards are on while their input is low.
    relay_active_low: bool = False

    contact_pin: Pin | None = None
    #: A reed switch to ground is closed (low) while the door is shut, so an open door reads high.
    contact_active_low: bool = False

    exit_button_pin: Pin | None = None
    exit_button_active_low: bool = True

    beam_outer_pin: Pin | None = None
    beam_inner_pin: Pin | None = None
    beam_active_low: bool = True

    @field_validator(
        "relay_pin", "contact_pin", "exit_button_pin", "beam_outer_pin", "beam_inner_pin", mode="after"
    )
    @classmethod
    def _one_use_each(cls, pin: int | None, info: ValidationInfo) -> int | None:
        for name, other in info.data.items():
            if pin is not None and name.endswith("_pin") and other == pin:
                raise ValueError(f"pin {pin} is already the {name}; give each its own")
        return pin

    @property
    def counts_entries(self) -> bool:
        """Two beams, or the one that is said to count people in."""
        return self._both_beams or (self._any_beam and self.single_beam_counts == "in")

    @property
    def counts_exits(self) -> bool:
        """Two beams, or the one that is said to count people out."""
        return self._both_beams or (self._any_beam and self.single_beam_counts == "out")

    @property
    def _both_beams(self) -> bool:
        return self.beam_outer_pin is not None and self.beam_inner_pin is not None

    @property
    def _any_beam(self) -> bool:
        return self.beam_outer_pin is not None or self.beam_inner_pin is not None


class DoorConfig(BaseModel):
    """Which form of door this is, and what that form needs.

    ``kind``: ``gpio`` drives a relay from the Pi's own pins; ``mock`` is the same on pins that only a simulator
    sees; ``osdp`` is a door whose lock and inputs hang on readers on an RS-485 line; ``none`` is a venue without
    lock or sensor.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["gpio", "mock", "osdp", "none"] = "none"
    gpio: Annotated[GpioConfig | None, Field(validate_default=True)] = None
    osdp: Annotated[OsdpConfig | None, Field(validate_default=True)] = None
    #: The library that drives the pins, named outright: left to choose, it has chosen wrong on a Pi 5.
    pin_factory: Literal["lgpio", "rpigpio", "pigpio", "native"] = "lgpio"
    #: Where the simulator of a ``mock`` door listens: ``tcp:HOST:PORT`` or ``unix:PATH``. None: nobody watches.
    simulator: Annotated[str, Field(pattern=r"^(tcp:[^:]+:\d+|unix:.+)$")] | None = None

    @field_validator("gpio", mode="after")
    @classmethod
    def _wired(cls, gpio: GpioConfig | None, info: ValidationInfo) -> GpioConfig | None:
        if gpio is None and info.data.get("kind") in {"gpio", "mock"}:
            raise ValueError(f"a door of the kind {info.data['kind']} needs its pins here")
        return gpio

    @field_validator("osdp", mode="after")
    @classmethod
    def _on_a_line(cls, osdp: OsdpConfig | None, info: ValidationInfo) -> OsdpConfig | None:
        if osdp is None and info.data.get("kind") == "osdp":
            raise ValueError("a door of the kind osdp needs its line and readers here")
        return osdp

    def beside(self, folder: Path) -> DoorConfig:
        """The same with its files counted from ``folder``, where the settings lie."""
        return self.model_copy(update={"osdp": self.osdp.beside(folder)}) if self.osdp else self
