"""``kiosk staff``: the register of staff as a CSV file, out of the running door and back into it.

Both go through the door's socket: the door is the only one who writes, and it looks up that ``--by`` is a manager.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kiosk import settings
from kiosk.errors import KioskError
from kiosk.gate.commands import StaffImport
from kiosk.gate.protocol import DoorClient, DoorRefusedError
from kiosk.staff import spreadsheet


class StaffFileError(KioskError):
    """The file cannot be read or written."""

    code = "bad_staff_file"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of both verbs."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="export | import")
    out = verbs.add_parser("export", help="write the register to a CSV file (- = standard output)")
    into = verbs.add_parser("import", help="add and change members from a CSV file: all of them or none")
    for verb in (out, into):
        verb.add_argument("file", metavar="FILE")
        settings.add_config_argument(verb)
        verb.add_argument("--by", required=True, metavar="NAME", help="the sign-in name of a manager")


def run(args: argparse.Namespace) -> int:
    """Export or import."""
    venue = settings.load(settings.venue_file(args.config))
    door = DoorClient(venue.socket_path)
    book = door.staff(by=args.by)
    if args.verb == "export":
        _write(args.file, spreadsheet.written(book.staff))
        return 0
    rows = spreadsheet.read(_read(args.file))
    rows.check(book.staff, by=args.by, on=book.today)
    answer = door.command(StaffImport(members=rows.told), by=args.by)
    if not answer.ok:
        raise DoorRefusedError(answer)
    print(f"{len(rows.told)} members imported")
    return 0


def _read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise StaffFileError(
            f"cannot be read ({error.strerror})", where=name, mend="check the path"
        ) from error


def _write(name: str, content: bytes) -> None:
    if name == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        file = Path(name)
        # It names people: for whoever asked for it alone.
        file.touch(mode=0o600)
        file.write_bytes(content)
    except OSError as error:
        raise StaffFileError(
            f"cannot be written ({error.strerror})", where=name, mend="check the path"
        ) from error
