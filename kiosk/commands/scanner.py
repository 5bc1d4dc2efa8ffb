"""``kiosk scanner``: listen to a scanner and print its codes as JSON Lines (`kiosk.scanning.messages`).

The door starts one for each scanner. It ends when its reader goes away.
"""

from __future__ import annotations

import argparse
import contextlib

from kiosk.settings import DEFAULT_BAUD, KEYBOARD_IDLE_MS, SERIAL_IDLE_MS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    port = kinds.add_parser("serial", help="a module at a serial port, 8N1")
    port.add_argument("source", metavar="PORT", help="for instance /dev/ttyACM0, /dev/serial/by-id/…")
    port.add_argument(
        "--baud", type=int, default=DEFAULT_BAUD, help=f"bits a second (default: {DEFAULT_BAUD})"
    )
    keyboard = kinds.add_parser("keyboard", help="a scanner that types, US layout; nobody else gets its keys")
    keyboard.add_argument("source", metavar="DEVICE", help="for instance /dev/input/by-id/…-event-kbd")
    for kind, idle_ms in ((port, SERIAL_IDLE_MS), (keyboard, KEYBOARD_IDLE_MS)):
        kind.add_argument("--name", default="scanner", help="its name in the messages (default: scanner)")
        kind.add_argument(
            "--idle-ms",
            type=int,
            default=idle_ms,
            metavar="MS",
            help=f"a pause this long ends a code, as CR, LF and Tab do (default: {idle_ms})",
        )


def run(args: argparse.Namespace) -> int:
    """Listen until our reader goes away or we are stopped."""
    from kiosk.scanning.keyboard import Keyboard
    from kiosk.scanning.listening import Listener
    from kiosk.scanning.plugged import Device, plugged
    from kiosk.scanning.saying import end_with_reader, say
    from kiosk.scanning.serial_port import SerialPort

    def opened() -> Device:
        return SerialPort(args.source, args.baud) if args.kind == "serial" else Keyboard(args.source)

    end_with_reader()
    with contextlib.suppress(KeyboardInterrupt):
        Listener(args.name, say, max(0, args.idle_ms) / 1000).run(plugged(opened))
    return 0
