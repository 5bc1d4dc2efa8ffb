"""``kiosk account``: the sign-in of one member of staff. Secrets are asked for, never given as arguments."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import get_args

from kiosk import settings
from kiosk.accounts import SUPERVISING, Accounts, AccountsError, Role

FILE = "accounts.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("name", metavar="NAME", help="the sign-in name")
    parser.add_argument("--role", choices=get_args(Role), help="what the person may do")
    settings.add_config_argument(parser)
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="the venue's data folder, in place of a venue file"
    )
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    parser.add_argument(
        "--pin-stdin", action="store_true", help="read the PIN from standard input, after the password"
    )
    parser.add_argument("--remove", action="store_true", help="take the account away")


def run(args: argparse.Namespace) -> int:
    """Make, change or remove the account."""
    folder: Path = args.data or settings.load(settings.venue_file(args.config)).data
    accounts = Accounts(folder / FILE)
    if args.remove:
        accounts.remove(args.name)
        print(f"{args.name} can no longer sign in ({folder})")
        return 0
    if args.role is None:
        raise AccountsError("the role is missing", where="--role", mend=f"one of {', '.join(get_args(Role))}")
    from_stdin = args.password_stdin or args.pin_stdin
    password = _line("password") if args.password_stdin else None if from_stdin else _ask("Password")
    pin = _line("PIN") if args.pin_stdin else None
    if not from_stdin and args.role in SUPERVISING:
        pin = _ask("PIN (digits)")
    accounts.save(args.name, args.role, password, pin)
    print(f"{args.name} can sign in as {args.role} ({folder})")
    return 0


def _line(what: str) -> str:
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise AccountsError(f"no {what} came", where="standard input", mend="give it a line of its own")
    return line


def _ask(what: str) -> str:
    if not sys.stdin.isatty():
        raise AccountsError("there is no terminal to ask on", mend="use --password-stdin")
    first = getpass.getpass(f"{what}: ")
    if getpass.getpass(f"{what} again: ") != first:
        raise AccountsError("the two are not the same", mend="try once more")
    return first
