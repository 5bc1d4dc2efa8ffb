"""The verbs of ``central inspectors``: add, badge, revoke, list, write, trust."""

from __future__ import annotations

import argparse
import getpass
import io
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import segno
from sqlalchemy import Engine

from central import inspectors, keys, private_files
from central.errors import CentralError
from kiosk import HONG_KONG

Open = Callable[[argparse.Namespace], Engine]

_SCALE, _BORDER = 8, 4


def add(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser, open_: Open
) -> None:
    """Declare them."""
    inspectors_ = verbs.add_parser("inspectors", help="badges of inspectors, and the list that kiosks import")
    what = inspectors_.add_subparsers(dest="what", required=True, metavar="VERB")

    badged = argparse.ArgumentParser(add_help=False)
    badged.add_argument(
        "number", help="the inspector's number, which stands on the badge and in kiosks' logs"
    )
    badged.add_argument(
        "--days",
        type=int,
        default=inspectors.MOST_DAYS,
        help="for how long the badge holds (default: %(default)s, which is the most)",
    )
    badged.add_argument(
        "-o",
        "--out",
        type=Path,
        action="append",
        required=True,
        metavar="FILE",
        help="the badge's code as .png, .svg or .txt; may be given again",
    )
    badged.add_argument(
        "--at", metavar="TIME", help="for a demo: the badge holds from this time on, and not from now"
    )

    new = what.add_parser("add", parents=[shared, badged], help="a badge and a PIN; again for another PIN")
    new.add_argument("--name", required=True, help="who it is, as the badge says")
    new.add_argument("--department", required=True, help="whose inspector, as the badge and kiosks' logs say")
    pin = new.add_mutually_exclusive_group()
    pin.add_argument("--pin-stdin", action="store_true", help="read the PIN from standard input")
    pin.add_argument("--make-pin", action="store_true", help="make a PIN and print it, this once")
    new.set_defaults(run=lambda args: _add(args, open_(args)))

    again = what.add_parser(
        "badge", parents=[shared, badged], help="another badge for somebody who is in the list; the PIN stays"
    )
    again.set_defaults(run=lambda args: _badge(args, open_(args)))

    gone = what.add_parser("revoke", parents=[shared], help="leave somebody out of the list from now on")
    gone.add_argument("number", help="the inspector's number")
    gone.set_defaults(run=lambda args: _revoke(args, open_(args)))

    listed = what.add_parser("list", parents=[shared], help="who has a badge, and until when")
    listed.set_defaults(run=lambda args: _list(open_(args)))

    written = what.add_parser(
        "write", parents=[shared], help="the signed list that kiosks import: kiosk inspectors import FILE"
    )
    written.add_argument("-o", "--out", type=Path, required=True, metavar="FILE")
    written.set_defaults(run=lambda args: _write(args, open_(args)))

    trust = what.add_parser("trust", parents=[shared], help="what kiosks need to believe badges and lists")
    trust.add_argument("--ring", type=Path, metavar="FILE", help="the key ring (YAML), for `keyrings`")
    trust.add_argument(
        "--source", type=Path, metavar="FILE", help="the source (YAML), for a folder under `trust_sources`"
    )
    trust.set_defaults(run=_trust)


def _add(args: argparse.Namespace, engine: Engine) -> int:
    said = inspectors.said(args.number, args.name, args.department)
    _demand_usable(args)
    pin = inspectors.new_pin() if args.make_pin else _pin(from_stdin=args.pin_stdin)
    inspectors.add(engine, said, pin, now=datetime.now(UTC))
    _issue(args, engine)
    if args.make_pin:
        print(f"PIN {pin}: give it to the inspector by another way than the badge; it is kept nowhere")
    print("kiosks know it once they have the new list: central inspectors write")
    return 0


def _badge(args: argparse.Namespace, engine: Engine) -> int:
    _demand_usable(args)
    _issue(args, engine)
    return 0


def _issue(args: argparse.Namespace, engine: Engine) -> None:
    text = inspectors.issue(
        engine,
        args.number,
        inspectors.signing_key(args.data),
        issuer=_issuer(args.data),
        days=args.days,
        at=_time(args.at),
    )
    for file in args.out:
        private_files.write(file, _pictured(text, file))
        print(f"{args.number}: badge for {args.days} days in {file}")


def _revoke(args: argparse.Namespace, engine: Engine) -> int:
    inspectors.revoke(engine, args.number, now=datetime.now(UTC))
    print(f"{args.number} is in no list from now on; kiosks know it once they have a new one")
    return 0


def _list(engine: Engine) -> int:
    for one in inspectors.known(engine):
        until = one.badge_until.astimezone(HONG_KONG)
        state = (
            f"REVOKED {one.revoked_at.astimezone(HONG_KONG):%Y-%m-%d %H:%M}"
            if one.revoked_at
            else f"badge until {until:%Y-%m-%d %H:%M}"
        )
        print(f"{one.number}  {one.name}, {one.department}  {state}")
    return 0


def _write(args: argparse.Namespace, engine: Engine) -> int:
    content, count = inspectors.signed_list(engine, inspectors.signing_key(args.data), now=datetime.now(UTC))
    private_files.write(args.out, content)
    print(f"{args.out}: inspectors {count}; at the kiosk: kiosk inspectors import FILE")
    return 0


def _trust(args: argparse.Namespace) -> int:
    if not args.data.is_dir():
        raise CentralError("there is no such folder", where=str(args.data), mend="`central init` makes it")
    if args.ring is None and args.source is None:
        raise CentralError("nothing is to be written", mend="give --ring, --source or both")
    key, issuer = inspectors.signing_key(args.data), _issuer(args.data)
    made = ((args.ring, inspectors.key_ring), (args.source, inspectors.source))
    for file, make in made:
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(make(key, issuer), encoding="utf-8")
            print(file)
    return 0


def _issuer(data: Path) -> str:
    """Who issues, in the name of the authority's key."""
    return keys.authority(data).key.name


def _demand_usable(args: argparse.Namespace) -> None:
    """Nobody is added whose badge could then not be made."""
    inspectors.demand_days(args.days)
    _time(args.at)
    for file in args.out:
        if file.suffix not in {".png", ".svg", ".txt"}:
            raise CentralError("is no form of a badge", where=str(file), mend="name it .png, .svg or .txt")


def _pictured(text: str, file: Path) -> bytes:
    if file.suffix == ".txt":
        return f"{text}\n".encode("ascii")
    drawn = io.BytesIO()
    code = segno.make_qr(text, error="m")
    code.save(drawn, kind=file.suffix.removeprefix("."), scale=_SCALE, border=_BORDER)
    return drawn.getvalue()


def _pin(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().strip()
    if not sys.stdin.isatty():
        raise CentralError("there is no terminal to ask on", mend="use --pin-stdin or --make-pin")
    first = getpass.getpass("PIN (6 to 12 digits): ")
    if getpass.getpass("PIN again: ") != first:
        raise CentralError("the two are not the same", mend="try once more")
    return first


def _time(said: str | None) -> datetime:
    if said is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise CentralError(
            f"{said!r} is no time", where="--at", mend="write it like 2021-05-01T19:30:00+08:00"
        )
    return at
