"""``kiosk sealing-key``: the health authority's key to which visitors' details are sealed: see it, put a new one in its place."""

from __future__ import annotations

import argparse
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from kiosk import HONG_KONG, settings
from kiosk.ledger.sealing import PublicKey, SealingError, public_text, read_public_key


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    shared = argparse.ArgumentParser(add_help=False)
    settings.add_config_argument(shared)
    verbs.add_parser("show", parents=[shared], help="the key that is in use: its id and its age")
    install = verbs.add_parser("install", parents=[shared], help="seal to another key from the next start on")
    install.add_argument("file", type=Path, metavar="FILE", help="the authority's public key file")
    install.add_argument(
        "--id",
        required=True,
        help="the key's id, as the authority told it by another way than the file (a telephone, a letter)",
    )


def run(args: argparse.Namespace) -> int:
    """Show or replace the key."""
    file = settings.load(settings.venue_file(args.config)).sealing_key_file
    if args.verb == "install":
        _install(args.file, file, args.id.strip().lower())
    else:
        print(told(read_public_key(file)))
    return 0


def told(key: PublicKey) -> str:
    """A line about a key."""
    days = key.days(datetime.now(UTC).astimezone(HONG_KONG).date())
    return f"{key.id}, " + (f"made {key.made}, {days} days ago" if key.made else "its file gives no date")


def _install(source: Path, target: Path, expected: str) -> None:
    """Put the key of ``source`` in the place of that of ``target``, whole or not at all."""
    new = read_public_key(source)
    if new.id != expected:
        raise SealingError(
            f"is the key {new.id}, not {expected}",
            where=str(source),
            mend="ask the authority for the id once more; install nothing that it did not make",
        )
    old = read_public_key(target).id if target.exists() else None
    if old == new.id:
        print(f"{new.id} is in use already")
        return
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(public_text(new.key, new.made))
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except OSError as error:
        raise SealingError(
            f"cannot be replaced ({error.strerror})",
            where=str(target),
            mend="check the folder and your rights",
        ) from error
    print(
        f"{told(new)}: in use from the door's next start; what was sealed to {old or 'none'} stays as it is"
    )
