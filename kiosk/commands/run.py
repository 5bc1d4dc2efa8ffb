"""``kiosk run``: everything on one machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk.errors import SettingsError
from kiosk.settings import SHIPPED

VENUES = SHIPPED / "venues"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--venue", metavar="NAME", help="an example of config/venues (default: demo)", default="demo"
    )
    which.add_argument("--config", type=Path, metavar="FILE", help="a venue file of your own")
    parser.add_argument(
        "--quiet", action="store_true", help="do not play the evening; the system waits for you"
    )
    parser.add_argument(
        "--until-over",
        action="store_true",
        help="end with the evening: status 0 when it went as scripted, 1 when it did not",
    )


def venue_file(name: str) -> Path:
    """The example of that name.

    Raises:
        SettingsError: there is none; the names that there are stand in the message.
    """
    file = VENUES / f"{name}.yaml"
    if not file.is_file():
        names = ", ".join(sorted(f.stem for f in VENUES.glob("*.yaml") if ".evening" not in f.name))
        raise SettingsError(f"there is no venue {name!r}", where=str(VENUES), mend=f"choose one of: {names}")
    return file


def run(args: argparse.Namespace) -> int:
    """Start the lot and stay until told to stop."""
    from kiosk.demo.desk_machine import DeskMachine

    file = args.config or venue_file(args.venue)
    script = file.with_suffix(".evening.yaml")
    return DeskMachine(
        file, script if script.is_file() else None, play=not args.quiet, until_over=args.until_over
    ).run()
