"""``kiosk doctor``: a line a part of the set-up."""

from __future__ import annotations

import argparse
import sys

from kiosk import settings
from kiosk.commands.arguments import moment

#: Entries; fewer are looked at in a second or so.
_LONG = 50_000


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
    for finding in examine(venue, at=moment(args.at) if args.at else None, progress=_say_how_far):
        print(finding, flush=True)
        fatal |= finding.fatal and not finding.ok
    print("The door could not serve like this." if fatal else "The door can serve.")
    return int(fatal)


def _say_how_far(done: int, of: int) -> None:
    """For the patient: on a terminal, while a long log is looked at."""
    if of >= _LONG and sys.stderr.isatty():
        print(f"\r        log: {done:,} of {of:,} entries ", end="\n" if done == of else "", file=sys.stderr)
