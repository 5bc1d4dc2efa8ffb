"""``python -m firmware_bridge.osdp_reader``: a reader on a line, until it is told to stop."""

from __future__ import annotations

import argparse
import functools
import logging
import signal
import sys
from pathlib import Path

from firmware_bridge.address import Address
from firmware_bridge.errors import BridgeError
from firmware_bridge.osdp_reader.keyfile import keep_key, read_key
from firmware_bridge.osdp_reader.peripheral import Peripheral
from firmware_bridge.osdp_reader.service import Service
from firmware_bridge.osdp_reader.wire import PtyWire, SerialWire, Wire

_INPUTS = "contact,exit_button,beam_outer,beam_inner"


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _address(text: str) -> int:
    number = int(text)
    if not 0 <= number < 0x7F:  # noqa: PLR2004 - 127 means all readers of a line
        raise ValueError
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m firmware_bridge.osdp_reader", description=__doc__)
    parser.add_argument(
        "--port", default="pty", help="a serial device; pty: one of its own, whose name is printed"
    )
    parser.add_argument("--link", type=Path, help="a name for the pseudo-terminal that stays the same")
    parser.add_argument("--baud", type=int, default=9600, help="of a serial device")
    parser.add_argument("--address", type=_address, default=0, help="its address on the line, 0 to 126")
    parser.add_argument("--key-file", type=Path, help="where it keeps the key that the panel gives it")
    parser.add_argument("--control", help="unix:PATH or tcp:HOST:PORT: where people, doors and tests come in")
    parser.add_argument("--outputs", type=int, default=2, help="how many relays it has")
    parser.add_argument("--inputs", type=_names, default=_names(_INPUTS), help=f"their names ({_INPUTS})")
    parser.add_argument("--inverted", type=_names, default=[], help="those that read 0 while they are active")
    parser.add_argument("--until-eof", action="store_true", help="stop when the standard input ends")
    return parser


def _make(args: argparse.Namespace) -> Service:
    key = read_key(args.key_file) if args.key_file else None
    peripheral = Peripheral(
        args.address,
        key,
        inputs=len(args.inputs),
        outputs=args.outputs,
        keep_key=functools.partial(keep_key, args.key_file) if args.key_file else lambda _key: None,
    )
    control = Address.parse(args.control) if args.control else None
    wire: Wire = PtyWire(args.link) if args.port == "pty" else SerialWire(args.port, args.baud)
    try:
        lifeline = sys.stdin.fileno() if args.until_eof else None
        service = Service(peripheral, wire, control, args.inputs, args.inverted, lifeline)
    except BridgeError:
        wire.unplug()
        raise
    print(wire.panel_port or args.port, flush=True)
    return service


def main() -> int:
    """Run it; 2 where it cannot be set up so."""
    logging.basicConfig(format="%(name)s: %(message)s")
    args = _parser().parse_args()
    try:
        service = _make(args)
    except BridgeError as error:
        print(error, file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: service.stop())
    service.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
