"""The verbs of ``central`` that deal with personal data: erase, unseal, sealing-key."""

from __future__ import annotations

import argparse
import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from central import retention, sealing_keys, unsealing
from central.errors import CentralError
from kiosk import HONG_KONG

log = logging.getLogger(__name__)

Open = Callable[[argparse.Namespace], Engine]


def add(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser, open_: Open
) -> None:
    """Declare them."""
    erase = verbs.add_parser(
        "erase", parents=[shared], help="erase sealed data of visits 31 days ago; `serve` does it by itself"
    )
    erase.set_defaults(run=lambda args: _erase(open_(args)))

    key = verbs.add_parser("sealing-key", help="the keys to which kiosks seal personal data")
    what = key.add_subparsers(dest="what", required=True, metavar="VERB")
    listed = what.add_parser("list", parents=[shared], help="the keys, the newest last")
    listed.set_defaults(run=_list)
    new = what.add_parser("new", parents=[shared], help="make another, for kiosks to seal to from now on")
    new.add_argument("--public", type=Path, metavar="FILE", help="write its public half there as well")
    new.set_defaults(run=_new)

    unseal = verbs.add_parser(
        "unseal",
        parents=[shared],
        help="open what a kiosk sealed on a day, for contact tracing; it is recorded",
    )
    unseal.add_argument("kiosk", help="the kiosk's id")
    unseal.add_argument("--day", required=True, metavar="DATE", help="the day of the visits, in Hong Kong")
    unseal.add_argument("--by", required=True, metavar="NAME", help="who opens it")
    unseal.add_argument("--why", required=True, metavar="TEXT", help="why: the number of the case")
    unseal.add_argument(
        "--private",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a private key that is kept elsewhere than in the folder; may be given again",
    )
    unseal.set_defaults(run=lambda args: _unseal(args, open_(args)))


def today() -> date:
    """Hong Kong's date."""
    return datetime.now(UTC).astimezone(HONG_KONG).date()


def clock(at: str | None) -> Callable[[], datetime]:
    """The law's clock: the real one, or one that stands at ``at`` (ISO 8601 with its offset) now.

    Raises:
        CentralError: it is no such time.
    """
    if at is None:
        return lambda: datetime.now(UTC)
    try:
        start = datetime.fromisoformat(at)
    except ValueError:
        start = datetime.min  # noqa: DTZ901 - only to be refused in the next line
    if start.tzinfo is None:
        raise CentralError(f"{at!r} is no time", where="--at", mend="write it like 2021-05-01T19:30:00+08:00")
    log.warning("sealed data is kept by a clock that was set by hand: %s", start.isoformat())
    began = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - began)


def _erase(engine: Engine) -> int:
    print(f"erased: the sealed data of {retention.erase(engine, now=datetime.now(UTC))} visits")
    return 0


def _list(args: argparse.Namespace) -> int:
    keys = sealing_keys.held(args.data)
    for key in keys:
        print(f"{key.id}  made {key.made or 'unknown'}  {key.file}{'  in use' if key is keys[-1] else ''}")
    return 0


def _new(args: argparse.Namespace) -> int:
    key = sealing_keys.renew(args.data, today())
    sealing_keys.publish(key, args.data, args.public)
    print(key.public_text, end="")
    return 0


def _unseal(args: argparse.Namespace, engine: Engine) -> int:
    try:
        day = date.fromisoformat(args.day)
    except ValueError as error:
        raise CentralError(f"{args.day!r} is no date", where="--day", mend="write 2021-05-01") from error
    asked = unsealing.Asked(args.kiosk, day, args.by, args.why)
    keys = sealing_keys.held(args.data, tuple(args.private))
    for found in unsealing.open_day(engine, asked, keys, now=datetime.now(UTC)):
        line = {
            "kiosk": args.kiosk,
            "index": found.index,
            "at": found.at.isoformat() if found.at else None,
            "key": found.key,
            "registrations": [each and each.model_dump() for each in found.registrations],
        }
        print(json.dumps(line, ensure_ascii=False))
    return 0
