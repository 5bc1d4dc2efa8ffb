"""``kiosk web``: the service that shows the pages."""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk import settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    settings.add_config_argument(parser)
    parser.add_argument(
        "--pair-link-file",
        type=Path,
        metavar="FILE",
        help="write a link there that pairs the kiosk's own browser, good once",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from kiosk.web.serve import serve

    file = settings.venue_file(args.config)
    serve(settings.load(file), pair_link_file=args.pair_link_file, venue_file=file.resolve())
    return 0
