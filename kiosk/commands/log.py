"""``kiosk log``: days of the log as a file that proves itself; what such a file proves; and its report, made anew."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk import settings
from kiosk.commands import log_verify
from kiosk.commands.arguments import day
from kiosk.commands.progress import Progress
from kiosk.texts import LANGUAGES

if TYPE_CHECKING:
    from kiosk.exporting import Made, Order

#: A shell's status of what a signal ended: this, and the signal's number.
_ENDED_BY = 128


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of every verb."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="export | verify | report")
    out = verbs.add_parser(
        "export", help="write a ZIP with entries, tables, report and proofs; the log says so"
    )
    out.add_argument(
        "--from", dest="first", required=True, metavar="DATE", help="the first day (Hong Kong's)"
    )
    out.add_argument("--to", dest="last", required=True, metavar="DATE", help="the last day, included")
    out.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.zip")
    out.add_argument("--language", choices=LANGUAGES, default="en", help="of report and tables (default: en)")
    who = out.add_mutually_exclusive_group()
    who.add_argument("--by", metavar="NAME", help="a manager's sign-in name, for the log")
    who.add_argument("--session", type=int, metavar="N", help="the number of an inspector's open session")
    settings.add_config_argument(out)
    log_verify.add_arguments(
        verbs.add_parser("verify", help="say what an export proves; needs nothing of this box")
    )
    log_verify.add_report_arguments(
        verbs.add_parser("report", help="make the report anew from what an export proves, as a PDF")
    )


def run(args: argparse.Namespace) -> int:
    """Do what the verb says."""
    match args.verb:
        case "verify":
            return log_verify.run(args)
        case "report":
            return log_verify.run_report(args)
        case _:
            return _export(args)


def _export(args: argparse.Namespace) -> int:
    from kiosk import exporting

    venue = settings.load(settings.venue_file(args.config))
    first, last = day(args.first, "--from"), day(args.last, "--to")
    order = exporting.Order(first, last, args.language, session=args.session, by=args.by)
    # Whoever ends it, such as the pages, finds nothing half done: no draft, no process that goes on.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(_ENDED_BY + number))
    with Progress("exporting") as progress:
        made = exporting.make(venue, order, args.output, progress=progress)
    if made.without_report is not None:
        print(f"without report.pdf: {made.without_report}", file=sys.stderr)
    print(_told(order, made))
    return 0


def _told(order: Order, made: Made) -> str:
    count = made.end - made.start
    entries = f"{count} entries" if count else "no entries"
    said = f"wrote {made.file}: {entries} of {order.first} to {order.last}, {made.people} people admitted"
    if made.entry is None:
        return f"{said}; the log takes no more entries, so it says nothing of this export"
    return f"{said}; the log says so in entry {made.entry}"
