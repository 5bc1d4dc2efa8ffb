"""``kiosk inspectors``: the authority's list of inspectors, whose PINs this kiosk can check; without a network."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from kiosk import settings
from kiosk.proofs import inspector_files
from kiosk.proofs.holdings import Places
from kiosk.proofs.inspector_files import Held
from kiosk.proofs.trust import TrustError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the three verbs."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="import | list | drop")
    into = verbs.add_parser("import", help="verify a list and use it from now on, in place of the one held")
    into.add_argument("file", type=Path, metavar="FILE")
    show = verbs.add_parser("list", help="how many inspectors the list has, and until when it counts")
    drop = verbs.add_parser("drop", help="hold no list: a badge alone then opens no session")
    for verb in (into, show, drop):
        settings.add_config_argument(verb)


def run(args: argparse.Namespace) -> int:
    """Import, list or drop."""
    places = Places.of(settings.load(settings.venue_file(args.config)))
    now = datetime.now(UTC)
    if args.verb == "import":
        try:
            content = args.file.read_bytes()
        except OSError as error:
            raise TrustError(
                f"cannot be read ({error.strerror})", where=str(args.file), mend="check the path"
            ) from error
        print(_told(inspector_files.save(places, content, now=now), now))
    elif args.verb == "drop":
        inspector_files.drop(places)
        print("dropped; an inspector is let in by a manager alone")
    else:
        held = inspector_files.load(places)
        print(_told(held, now) if held else "none held: an inspector is let in by a manager alone")
    return 0


def _told(held: Held, now: datetime) -> str:
    """A line about the list."""
    until = held.counts_until
    state = (
        f"counts until {until:%Y-%m-%d}" if now < until else f"OUT since {until:%Y-%m-%d}: import a newer one"
    )
    return (
        f"{len(held.list.verifiers)} inspectors, issued {held.list.issued_at:%Y-%m-%d}, "
        f"signed by {held.source.id}, {state}"
    )
