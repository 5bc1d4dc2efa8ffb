"""``kiosk osdp``: the readers on a door's line, while the door service is stopped."""

from __future__ import annotations

import argparse
from typing import ClassVar

from firmware_bridge import BridgeError, DoorConfig
from firmware_bridge.osdp.config import OsdpConfig
from firmware_bridge.osdp.technician import Found, install, look
from kiosk import settings
from kiosk.errors import KioskError


class OsdpError(KioskError):
    """The line or a reader is not as it should be."""

    code: ClassVar[str] = "osdp"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the two verbs."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="check | install")
    check = verbs.add_parser("check", help="who is on the line, and whether the channel is secure")
    new = verbs.add_parser("install", help="give a reader fresh from the factory a key of its own")
    new.add_argument("reader", metavar="READER", help="its name in the venue file")
    for verb in (check, new):
        settings.add_config_argument(verb)


def run(args: argparse.Namespace) -> int:
    """Look, or install. 0: all readers answer as they should; 1: one does not."""
    venue = settings.load(settings.venue_file(args.config), door=DoorConfig)
    config = venue.door.osdp if venue.door.kind == "osdp" else None
    if config is None:
        raise OsdpError("the door has no OSDP readers", where="door.kind", mend="see docs/wiring.md")
    try:
        return _install(config, args.reader) if args.verb == "install" else _check(config)
    except BridgeError as error:
        raise OsdpError(error.what, where=error.where, mend=error.mend) from error


def _install(config: OsdpConfig, name: str) -> int:
    if install(config, name):
        print(f"{name}: has its own key now, in {config.readers[name].key_file}. Keep a copy under lock.")
    else:
        print(f"{name}: has its own key already, and speaks through the secure channel")
    return 0


def _check(config: OsdpConfig) -> int:
    found = look(config)
    for name, one in found.items():
        print(f"{name} (address {config.readers[name].address}): {_described(one)}")
        for thing, at in config.inputs.items():
            if at.reader == name:
                print(f"  {thing}: {_stands(one, at.input, active_high=at.active_high)}")
        for what in sorted(one.alarms):
            print(f"  {_ALARMS[what]}")
    return 0 if all(one.secure is not None and not one.alarms for one in found.values()) else 1


_ALARMS = {
    "wrong_key": "it has another key: was it exchanged, or never installed?",
    "reply_in_clear": "a reply came in clear while the channel was secure",
    "reply_altered": "a reply was altered on its way",
}


def _described(one: Found) -> str:
    if one.secure is None:
        return "does not answer" if not one.alarms else "answers, but not through the secure channel"
    said = ["secure" if one.secure else "IN CLEAR: whoever reaches the cable opens the door"]
    if (who := one.identification) is not None:
        firmware = ".".join(map(str, who.firmware))
        said.append(
            f"maker {who.vendor}, model {who.model}.{who.version}, serial {who.serial}, firmware {firmware}"
        )
    if one.capabilities is not None:
        said.append(f"{_number(one, 1)} inputs, {_number(one, 2)} outputs")
    if one.status is not None and one.status.tampered:
        said.append("its case is open")
    if one.status is not None and one.status.power_failed:
        said.append("its power fails")
    return "; ".join(said)


def _number(one: Found, function: int) -> int:
    """How many a reader has (SIA OSDP 2.2, annex B: 1 contact status monitoring, 2 output control)."""
    able = one.capabilities.all if one.capabilities else ()
    return next((each.number for each in able if each.function == function), 0)


def _stands(one: Found, number: int, *, active_high: bool) -> str:
    if one.inputs is None or number >= len(one.inputs.active):
        return f"input {number} is not told"
    return f"input {number} is {'active' if one.inputs.active[number] is active_high else 'at rest'}"
