"""``kiosk trust``: the trust lists of a venue, imported from files, without a network."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from kiosk import settings
from kiosk.accounts import Accounts
from kiosk.errors import KioskError
from kiosk.proofs import list_files, sources
from kiosk.proofs.holdings import Places
from kiosk.proofs.lists import TrustList
from kiosk.proofs.trust import TrustError

#: Why a part of a list is not used (`kiosk.proofs.eu_list`, `kiosk.proofs.vci`).
_WORDS = {
    "other_type": "no signer of certificates",
    "no_country": "no country",
    "no_key_id": "no key id",
    "no_certificate": "no certificate that can be read",
    "other_thumbprint": "another certificate than the list says",
    "other_key": "a kind of key that signs no such proofs",
    "address": "no https address",
    "other_use": "a key for something else",
    "no_key": "no key of P-256",
    "other_key_id": "a key under another name than its own",
    "no_list": "a list of revoked cards that is none",
    "foreign_list": "a list for another issuer's key",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the three verbs."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="import | list | drop")
    into = verbs.add_parser("import", help="verify a list and use it from now on, in place of the one held")
    into.add_argument("source", metavar="SOURCE", help="whose list it is: a file of config/trust, by name")
    into.add_argument("file", type=Path, metavar="FILE")
    into.add_argument(
        "signature",
        type=Path,
        nargs="?",
        metavar="SIGNATURE",
        help="its signature, where that is a second file",
    )
    into.add_argument(
        "--older-by", metavar="NAME", help="take a list older than the one held; NAME is a manager's sign-in"
    )
    show = verbs.add_parser("list", help="a line for each list: how it stands and until when it counts")
    drop = verbs.add_parser("drop", help="stop using the list of a source")
    drop.add_argument("source", metavar="SOURCE")
    for verb in (into, show, drop):
        settings.add_config_argument(verb)


def run(args: argparse.Namespace) -> int:
    """Import, list or drop."""
    places = Places.of(settings.load(settings.venue_file(args.config)))
    if args.verb == "import":
        _import(args, places)
    elif args.verb == "drop":
        list_files.drop(places.trust, args.source)
        print(f"{args.source}: dropped; its keys no longer count")
    else:
        _show(places)
    return 0


def _import(args: argparse.Namespace, places: Places) -> None:
    now = datetime.now(UTC)
    if args.older_by is not None:
        _require_manager(places.data, args.older_by)
    new = list_files.save(
        places.trust,
        places.source(args.source),
        _content(args.file),
        _content(args.signature) if args.signature else None,
        now=now,
        older_by=args.older_by,
    )
    print(told(new, now))


def _show(places: Places) -> None:
    now = datetime.now(UTC)
    known, faults = sources.load(*places.sources)
    held = list_files.names(places.trust)
    for name in sorted({*known, *held, *faults}):
        try:
            if name in held:
                source = places.source(name)
                print(told(list_files.load(places.trust, source).list, now))
            elif name in faults:
                print(f"{name}: NOT USABLE: {faults[name]}")
            else:
                print(f"{name}: none held ({known[name].name['en']})")
        except KioskError as error:
            print(f"{name}: NOT USED: {error}")


def told(held: TrustList, now: datetime) -> str:
    """A line about a list."""
    state = {
        "fresh": f"fresh, stale from {held.stale_from:%Y-%m-%d}",
        "stale": f"STALE: import a newer one before {held.out_from:%Y-%m-%d}, or its keys no longer count",
        "out": f"OUT since {held.out_from:%Y-%m-%d}: its keys do not count; import a newer one",
    }[held.state(now)]
    line = f"{held.source.id}: {len(held.keys)} keys, issued {held.issued_at:%Y-%m-%d} ({held.days(now)} days ago), {state}"
    if held.left_out:
        number = sum(count for _, count in held.left_out)
        reasons = ", ".join(f"{_WORDS.get(reason, reason)}: {count}" for reason, count in held.left_out)
        line += f"; {number} left out ({reasons})"
    return line


def _require_manager(data: Path, name: str) -> None:
    account = Accounts(data / "accounts.json").account(name)
    if account is None or account.role != "manager":
        raise TrustError(f"{name!r} is no manager here", where="--older-by", mend="name a manager's sign-in")


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise TrustError(
            f"cannot be read ({error.strerror})", where=str(file), mend="check the path"
        ) from error
