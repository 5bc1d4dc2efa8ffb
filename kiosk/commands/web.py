"""``kiosk web``: the service that shows the pages."""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk import settings
from kiosk.errors import SettingsError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the venue file")
    parser.add_argument(
        "--pair-link-file",
        type=Path,
        metavar="FILE",
        help="write a link there that pairs the kiosk's own browser, good once",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from kiosk.web.serve import serve

    if not args.config.exists():
        raise SettingsError(
            "there is no venue file yet",
            where=str(args.config),
            mend=f"make one in the browser: kiosk setup --config {args.config}",
        )
    serve(settings.load(args.config), pair_link_file=args.pair_link_file)
    return 0
