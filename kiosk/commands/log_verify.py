"""``kiosk log verify`` and ``kiosk log report``: judge an export; make the report anew from what it proves."""

from __future__ import annotations

import argparse
from pathlib import Path

from kiosk.commands.progress import Progress
from kiosk.ledger.keyfiles import load_note_key
from kiosk.ledger.notes import MAX_NOTE, NoteError, NoteKey
from kiosk.reports import verdict
from kiosk.reports.verify import Verdict, verify
from kiosk.texts import LANGUAGES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``verify``."""
    parser.add_argument("file", type=Path, metavar="FILE.zip", help="the export")
    add_judging(parser)
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="of the verdict (default: en)")


def add_judging(parser: argparse.ArgumentParser) -> None:
    """Declare by what an export is judged."""
    parser.add_argument(
        "--authority",
        metavar="KEY",
        help="the key of the authority that vouches for kiosks: authority-public.key of central, or the text in it",
    )
    parser.add_argument(
        "--checkpoint",
        metavar="FILE",
        action="append",
        default=[],
        help="a checkpoint that you took from this kiosk before, such as the text of its QR code; may be given several times",
    )


def run(args: argparse.Namespace) -> int:
    """Judge; 0 only for a genuine export."""
    found = judged(args)
    print("\n".join(verdict.lines(found, args.file.name, args.language)))
    return 0 if found.status == "genuine" else 1


def add_report_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``report``."""
    parser.add_argument("file", type=Path, metavar="FILE.zip", help="the export")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.pdf")
    add_judging(parser)
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="of the report (default: en)")


def run_report(args: argparse.Namespace) -> int:
    """Judge, and make the report anew from what is proved; nothing of an export that has faults."""
    from kiosk.reports.anew import make_anew

    found = judged(args)
    said = verdict.lines(found, args.file.name, args.language)
    if found.status == "faulty":
        print("\n".join(said))
        return 1
    make_anew(args.file, found, args.language, args.output)
    print(said[0])
    print(f"wrote {args.output}")
    return 0


def judged(args: argparse.Namespace) -> Verdict:
    """The verdict on the file of ``args``, with progress on standard error where it takes long.

    Raises:
        KioskError: the file, the key or a checkpoint cannot be used.
    """
    authority = None if args.authority is None else read_authority(args.authority)
    earlier = [_checkpoint(name) for name in args.checkpoint]
    with Progress("verifying") as progress:
        return verify(args.file, authority, earlier, progress)


def read_authority(given: str) -> NoteKey:
    """The authority's key, out of a file or as its text.

    Raises:
        NoteError: neither.
    """
    if given.count("+") > 1 and not Path(given).exists():
        return NoteKey.parse(given.strip())
    return load_note_key(Path(given))


def _checkpoint(given: str) -> bytes:
    """A checkpoint out of a file, or the text of its code itself, which has several lines."""
    if "\n" in given:
        return given.encode()
    try:
        with Path(given).open("rb") as stream:
            return stream.read(MAX_NOTE + 1)
    except OSError as error:
        raise NoteError(
            f"cannot be read ({error.strerror})", where=given, mend="check the name and permissions"
        ) from error
