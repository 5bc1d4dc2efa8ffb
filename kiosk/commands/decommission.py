"""``kiosk decommission``: a box goes out of service, and nothing readable of persons is left on it."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from kiosk import settings
from kiosk.accounts import Accounts
from kiosk.decommission import DecommissionError, decommission

_KEEP, _DESTROY = "keep", "destroy"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    settings.add_config_argument(parser)
    parser.add_argument("--by", required=True, metavar="NAME", help="a manager's sign-in name")
    parser.add_argument(
        "--log",
        required=True,
        metavar="keep|destroy|FOLDER",
        help="what becomes of the log: it stays, it goes, or it moves to a folder that is not there yet",
    )
    parser.add_argument(
        "--unsent",
        metavar="KIOSK",
        help="the kiosk's id, to go on although central lacks entries; they are lost with the log",
    )
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")


def run(args: argparse.Namespace) -> int:
    """Check who asks, and do it."""
    venue = settings.load(settings.venue_file(args.config))
    if args.unsent is not None and args.unsent != venue.kiosk:
        raise DecommissionError(
            f"this is the kiosk {venue.kiosk}", where="--unsent", mend="name it, to be sure"
        )
    _check(Accounts(venue.data / "accounts.json"), args.by, from_stdin=args.password_stdin)
    done = decommission(
        venue,
        by=args.by,
        leave_unsent=args.unsent is not None,
        log_to=None if args.log in {_KEEP, _DESTROY} else Path(args.log),
        keep_log=args.log == _KEEP,
    )
    print(f"{venue.kiosk} is out of service: {done.entries} entries, sealed data of {done.visits} destroyed")
    if done.unsent:
        print(f"central lacks {done.unsent} entries")
    print(f"{done.destroyed} files overwritten and removed in {venue.data}")
    print("A flash card may keep old blocks that no file shows: destroy it, unless its disk was encrypted.")
    return 0


def _check(accounts: Accounts, name: str, *, from_stdin: bool) -> None:
    account = accounts.account(name)
    password = sys.stdin.readline().rstrip("\r\n") if from_stdin else getpass.getpass(f"Password of {name}: ")
    checked = accounts.check_password(name, password)
    if account is None or checked is None or checked.role != "manager":
        raise DecommissionError(
            "no manager signs in by that name and password", where="--by", mend="a manager has to do it"
        )
