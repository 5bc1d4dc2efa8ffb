"""``kiosk law``: the law as tables, what is wrong with its files, and what changes from one instrument to another."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from kiosk import HONG_KONG
from kiosk.errors import DocumentError, KioskError
from kiosk.law import Instrument, InstrumentError, Instruments, load_instruments
from kiosk.law.changes import changes_sheet
from kiosk.law.checking import Findings, Gap, check_instruments
from kiosk.law.page import page
from kiosk.law.plain import plain
from kiosk.law.sheet import Sheet
from kiosk.law.tables import instrument_sheet
from kiosk.texts import LANGUAGES

_INSTRUMENTS = Path(__file__).parents[2] / "config" / "instruments"


class LawError(KioskError):
    """There is no such instrument, or what was asked cannot be shown."""

    code = "no_such_instrument"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of each of the three verbs."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="show | check | diff")
    show = verbs.add_parser(
        "show", help="print the tables of an instrument: each place, topic and value with its paragraph"
    )
    which = show.add_mutually_exclusive_group()
    which.add_argument("id", nargs="?", metavar="ID", help="the instrument; without one all that are in use")
    which.add_argument("--at", type=_day, metavar="DATE", help="the one in force on that day (YYYY-MM-DD)")
    _unofficial(show)
    _output(show)
    check = verbs.add_parser(
        "check", help="say what is wrong with the files, and which days have no instrument"
    )
    check.add_argument("--from", dest="first", type=_day, metavar="DATE", help="the first day to look at")
    check.add_argument("--to", dest="last", type=_day, metavar="DATE", help="the last day to look at")
    diff = verbs.add_parser("diff", help="say what changes for whom from one instrument to another")
    diff.add_argument("before", metavar="A", help="the earlier instrument")
    diff.add_argument("after", metavar="B", help="the later instrument")
    _output(diff)
    for verb in (show, check, diff):
        verb.add_argument(
            "--instruments",
            type=Path,
            default=Path(os.environ.get("KIOSK_INSTRUMENTS") or _INSTRUMENTS),
            metavar="DIR",
            help="the directory of instruments (default: $KIOSK_INSTRUMENTS, else those that come along)",
        )


def _unofficial(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--unofficial",
        action="store_true",
        help="also those that are known from press reports only; one that is named is shown anyway",
    )


def _output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--html", action="store_true", help="a page that needs nothing else, instead of text")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="default: %(default)s")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write there instead of printing")


def _day(text: str) -> date:
    """A date, or the Hong Kong date of a time."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date (YYYY-MM-DD)") from error
    return (moment.astimezone(HONG_KONG) if moment.tzinfo else moment).date()


def run(args: argparse.Namespace) -> int:
    """Do what the verb says; 1 where `check` finds a fault."""
    if args.verb == "check":
        return _check(args)
    instruments = _load(args.instruments)
    if args.verb == "diff":
        pair = (_named(instruments, args.before), _named(instruments, args.after))
        _write([changes_sheet(*pair, args.language)], args)
        return 0
    _write([instrument_sheet(one, args.language) for one in _chosen(instruments, args)], args)
    return 0


def _load(directory: Path) -> Instruments:
    try:
        return load_instruments(directory, include_unofficial=True)
    except DocumentError as error:
        raise InstrumentError("; ".join(str(error).splitlines())) from error


def _named(instruments: Instruments, name: str) -> Instrument:
    found = next((one for one in instruments if one.id == name), None)
    if found is None:
        known = ", ".join(one.id for one in instruments)
        raise LawError(f"there is no instrument {name!r}", mend=f"one of {known}" if known else None)
    return found


def _chosen(instruments: Instruments, args: argparse.Namespace) -> Sequence[Instrument]:
    if args.id is not None:
        return [_named(instruments, args.id)]
    in_use = [one for one in instruments if one.gazetted or args.unofficial]
    if args.at is None:
        if not in_use:
            raise LawError(f"there are no instruments in {args.instruments}", mend="check the path")
        return in_use
    found = instruments.on(args.at)
    if found is None:
        raise LawError(f"no instrument is in force on {args.at}", mend="kiosk law check shows the days")
    if found not in in_use:
        raise LawError(
            f"on {args.at} only {found.id} is in force, which is not the gazetted text",
            mend="add --unofficial to see it",
        )
    return [found]


def _write(sheets: Sequence[Sheet], args: argparse.Namespace) -> None:
    text = page(*sheets) if args.html else "\n\n".join(plain(sheet) for sheet in sheets)
    if args.output is None:
        print(text, end="")
        return
    try:
        args.output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise LawError(
            f"cannot be written ({error.strerror})", where=str(args.output), mend="check the path"
        ) from error


def _check(args: argparse.Namespace) -> int:
    if args.first is not None and args.last is not None and args.last < args.first:
        raise LawError("--to is before --from", mend="put the earlier day first")
    found = check_instruments(args.instruments, args.first, args.last)
    for line in _told(found):
        print(line)
    count = len(found.faults)
    print(f"{count} {'fault' if count == 1 else 'faults'}")
    return 1 if count else 0


def _told(found: Findings) -> list[str]:
    lines = [f"fault: {fault}" for fault in found.faults]
    for one in found.instruments:
        said = f"{one.id}: in force from {one.in_force.first} to {one.in_force.last} ({one.file.name})"
        lines.append(said if one.gazetted else f"{said}; not the gazetted text, off unless it is asked for")
    lines += [f"{one.id}: paragraphs that no value cites: {', '.join(paras)}" for one, paras in found.uncited]
    return lines + [_gap(gap) for gap in found.gaps]


def _gap(gap: Gap) -> str:
    days = gap.days
    said = f"no instrument from {days.first} to {days.last}: nobody may be admitted then"
    if not gap.unofficial:
        return said
    return f"{said}, unless {' and '.join(gap.unofficial)} are asked for, on their days"
