"""The program ``kiosk``: one verb a module in `kiosk.commands`, imported only when it is called."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from typing import Protocol, cast

from kiosk import __version__, discreet
from kiosk.errors import KioskError

#: Verb -> what it does, in the order in which people meet them.
COMMANDS = {
    "run": "start everything on one machine: door, pages and, for a demo, central and simulated people",
    "door": "the service that decides, writes and opens",
    "web": "the service that shows the pages",
    "setup": "make the venue file in the browser, at the first start",
    "notices": "the floor plan and the notices that hang at the entrance, as a page or a PDF",
    "doctor": "check the set-up, a line a part",
    "account": "make or change the sign-in of a member of staff",
    "staff": "the register of staff as a CSV file, out of the door and into it",
    "log": "exports of the log: make one, verify one, make its report anew",
    "sealing-key": "the authority's key to which visitors' details are sealed: show it, install another",
    "decommission": "take a kiosk out of service: a last entry, then nothing readable of persons is left",
    "decide": "ask the law: scenarios in, decisions out",
    "law": "the law as tables, what is wrong with its files, what changes between two of them",
    "trust": "trust lists: import one from a file, see how they stand, drop one",
    "revoke": "proofs that were taken back: import lists, keep the venue's own, undo",
    "inspectors": "the authority's list of inspectors, whose PINs this kiosk can check: import it, see how it stands",
    "osdp": "a door's OSDP readers, while the door service is stopped: who is there, give one its key",
    "read": "read and verify codes without a door",
    "codes": "make QR images of demo visitors",
    "camera": "read a camera and print what it sees as JSON Lines",
    "scanner": "listen to a scanner that is no camera and print its codes as JSON Lines",
}


class _Command(Protocol):
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""

    def run(self, args: argparse.Namespace) -> int:
        """Do the work; the exit status."""


def _command(name: str) -> _Command:
    return cast("_Command", import_module(f"kiosk.commands.{name.replace('-', '_')}"))


def main(argv: list[str] | None = None) -> int:
    """Run one verb. 0 when it did its work, 2 with one line on stderr when its input cannot be used."""
    if argv is None:
        discreet.begin()
        argv = sys.argv[1:]
    parser = argparse.ArgumentParser(prog="kiosk", description="The door of a venue in Hong Kong.")
    parser.add_argument("--version", action="version", version=f"kiosk {__version__}")
    verbs = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen = next((word for word in argv if not word.startswith("-")), None)
    for name, help_text in COMMANDS.items():
        verb = verbs.add_parser(name, help=help_text, description=f"{help_text[0].upper()}{help_text[1:]}.")
        if name == chosen:
            _command(name).add_arguments(verb)
    args = parser.parse_args(argv)
    try:
        return _command(args.command).run(args)
    except KioskError as error:
        print(f"kiosk {args.command}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of our output went away (``| head``): not an error of ours, and nothing more to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
