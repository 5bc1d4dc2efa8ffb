"""``kiosk door``: the service that decides, writes and opens."""

from __future__ import annotations

import argparse
import logging

from kiosk import discreet, settings
from kiosk.commands.arguments import moment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    settings.add_config_argument(parser)
    parser.add_argument("--at", metavar="TIME", help="run the law's clock from this time (not in production)")
    parser.add_argument(
        "--pace",
        type=float,
        default=1.0,
        metavar="N",
        help="with --at: N seconds of the law in one real second",
    )
    parser.add_argument("--verbose", action="store_true", help="say more about what happens")


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from firmware_bridge import DoorConfig
    from kiosk.service import DoorService, Shift

    discreet.log_to_stderr(logging.DEBUG if args.verbose else logging.INFO)
    shift = Shift(moment(args.at) if args.at else None, args.pace)
    DoorService(settings.load(settings.venue_file(args.config), door=DoorConfig), shift).run()
    return 0
