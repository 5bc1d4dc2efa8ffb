"""``kiosk doctor``: a line a part of the set-up."""

from __future__ import annotations

import argparse

from kiosk import settings
from kiosk.commands.arguments import moment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    settings.add_config_argument(parser)
    parser.add_argument("--at", metavar="TIME", help="judge by the law of this time instead of now")


def run(args: argparse.Namespace) -> int:
    """0 when the door could serve, 1 when it could not."""
    from firmware_bridge import DoorConfig
    from kiosk.doctor import examine

    venue = settings.load(settings.venue_file(args.config), door=DoorConfig)
    fatal = False
    for finding in examine(venue, at=moment(args.at) if args.at else None):
        print(finding, flush=True)
        fatal |= finding.fatal and not finding.ok
    print("The door could not serve like this." if fatal else "The door can serve.")
    return int(fatal)
