"""From what the settings say to the door that does it."""

from __future__ import annotations

from firmware_bridge.config import DoorConfig
from firmware_bridge.interface import Door
from firmware_bridge.nothing import NoDoor


def make_door(config: DoorConfig) -> Door:
    """The door of the configured kind, not yet started; only that kind's libraries are imported."""
    if config.osdp is not None and config.kind == "osdp":
        from firmware_bridge.osdp.door import OsdpDoor

        return OsdpDoor(config.osdp)
    if config.gpio is None or config.kind == "none":
        return NoDoor()
    if config.kind == "mock":
        from firmware_bridge.mock import MockDoor

        return MockDoor(config.gpio, config.simulator)
    from firmware_bridge.gpio import GpioDoor, pin_factory

    return GpioDoor(config.gpio, lambda: pin_factory(config.pin_factory))
