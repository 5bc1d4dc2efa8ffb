"""The door itself, behind one small interface; `make_door` is the way in. It imports nothing of the kiosk's."""

from __future__ import annotations

from firmware_bridge.config import DoorConfig, GpioConfig
from firmware_bridge.errors import BridgeError
from firmware_bridge.interface import (
    ContactChanged,
    Door,
    DoorEvent,
    ExitPressed,
    ForcedOpen,
    HeldOpen,
    HeldOpenEnded,
    LineAlarm,
    LinkLost,
    LinkUp,
    PassedIn,
    PassedOut,
    Released,
    Tampered,
    TamperEnded,
)
from firmware_bridge.making import make_door

__all__ = [
    "BridgeError",
    "ContactChanged",
    "Door",
    "DoorConfig",
    "DoorEvent",
    "ExitPressed",
    "ForcedOpen",
    "GpioConfig",
    "HeldOpen",
    "HeldOpenEnded",
    "LineAlarm",
    "LinkLost",
    "LinkUp",
    "PassedIn",
    "PassedOut",
    "Released",
    "TamperEnded",
    "Tampered",
    "make_door",
]
