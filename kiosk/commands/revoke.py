"""``kiosk revoke``: lists of revoked proofs, imported from files, and the venue's own list; without a network."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from kiosk import settings
from kiosk.proofs import revocation, revocation_files, smart_health_card
from kiosk.proofs.holdings import Places, load
from kiosk.proofs.marks import Mark, mark
from kiosk.proofs.revocation import Batch, RevocationError
from kiosk.proofs.trust import TrustStore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the four verbs."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="import | add | remove | list")
    into = verbs.add_parser("import", help="take lists in; one of the same name replaces the one held")
    into.add_argument(
        "kind",
        choices=("eu", "shc", "hk"),
        help="batches of the EU's gateway, lists of SMART card issuers, references of Hong Kong's records a line each",
    )
    into.add_argument("files", type=Path, nargs="+", metavar="FILE")
    into.add_argument("--issuer", metavar="ADDRESS", help="with shc: the address of the cards' issuer")
    add = verbs.add_parser("add", help="put a proof on the venue's own list")
    remove = verbs.add_parser(
        "remove", help="make proofs valid again: drop a list, or take one off the venue's own"
    )
    remove.add_argument(
        "names", nargs="*", metavar="LIST", help="a list's name, as `kiosk revoke list` tells it"
    )
    show = verbs.add_parser("list", help="a line for each list")
    for verb in (add, remove):
        _add_marks(verb)
    for verb in (into, add, remove, show):
        settings.add_config_argument(verb)


def _add_marks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reference", help="the reference of a record of Hong Kong; - reads a line")
    parser.add_argument(
        "--uci", help="the unique certificate identifier of an EU certificate; - reads a line"
    )
    parser.add_argument("--uvci", help="the identifier of an ICAO seal (VDS-NC); - reads a line")
    parser.add_argument("--rid", help="the id of a SMART card; needs --issuer and --key-id; - reads a line")
    parser.add_argument("--issuer", metavar="ADDRESS", help="with --rid: the address of the card's issuer")
    parser.add_argument("--key-id", metavar="KID", help="with --rid: the id of the card's key")


def run(args: argparse.Namespace) -> int:
    """Import, add, remove or list."""
    places = Places.of(settings.load(settings.venue_file(args.config)))
    now = datetime.now(UTC)
    if args.verb == "import":
        batches = [_batch(args, file) for file in args.files]
        revocation_files.save(places.revocation, batches, now=now)
        for batch in batches:
            print(_told(batch, now))
    elif args.verb == "add":
        _add(places, _marks(args, needed=True), now)
    elif args.verb == "remove":
        _remove(places, args.names, _marks(args, needed=not args.names), now)
    else:
        _show(places, now)
    return 0


def _batch(args: argparse.Namespace, file: Path) -> Batch:
    content = _content(file)
    if args.kind == "eu":
        return revocation.eu_batch(content, name=file.stem, where=str(file))
    if args.kind == "shc":
        return revocation.shc_list(content, issuer=_issuer(args), where=str(file))
    try:
        return revocation.references(content.decode("utf-8-sig").splitlines(), name=file.stem)
    except UnicodeDecodeError as error:
        raise RevocationError("is not UTF-8", where=str(file), mend="give a reference a line") from error


def _issuer(args: argparse.Namespace) -> str:
    address: str = args.issuer or ""
    if not re.fullmatch(smart_health_card.ADDRESS, address):
        raise RevocationError(
            "the cards' issuer is missing, or no https address without a slash behind",
            where="--issuer",
            mend="give the address as it stands in the cards (iss)",
        )
    return address


def _marks(args: argparse.Namespace, *, needed: bool) -> list[tuple[str, Mark]]:
    """What was named on the command line, with the words for it."""
    named: list[tuple[str, Mark]] = []
    if args.reference:
        named.append(("reference", mark("hk-reference", "", _said(args.reference))))
    if args.uci:
        named.append(("UCI", mark("eu-uci", "", _said(args.uci))))
    if args.uvci:
        named.append(("UVCI", mark("certificate", "", _said(args.uvci))))
    if args.rid:
        if not args.key_id:
            raise RevocationError(
                "the id of the card's key is missing", where="--key-id", mend="it is the card's kid"
            )
        named.append(
            ("card", mark("shc-rid", revocation.shc_scope(_issuer(args), args.key_id), _said(args.rid)))
        )
    if needed and not named:
        raise RevocationError("nothing is named", mend="give --reference, --uci, --uvci or --rid")
    return named


def _said(value: str) -> str:
    """What was named; from a line of standard input where it should not stand in the list of processes."""
    if value != "-":
        return value
    line = sys.stdin.readline().strip()
    if not line:
        raise RevocationError("no line came", where="standard input", mend="give it a line of its own")
    return line


def _add(places: Places, marks: list[tuple[str, Mark]], now: datetime) -> None:
    for word, named in marks:
        is_new = revocation_files.add_own(places.revocation, named, now=now)
        print(f"the {word} {'is revoked here from now on' if is_new else 'was on the list already'}")


def _remove(places: Places, names: list[str], marks: list[tuple[str, Mark]], now: datetime) -> None:
    for name in names:
        revocation_files.drop(places.revocation, name)
        print(f"{name}: dropped; its proofs are valid again")
    for word, named in marks:
        if not revocation_files.remove_own(places.revocation, named, now=now):
            raise RevocationError(
                f"the {word} is not on the venue's own list",
                mend="if another list names it, only that list can take it back: kiosk revoke list",
            )
        print(f"the {word} is no longer revoked by this venue")


def _show(places: Places, now: datetime) -> None:
    held, faults = revocation_files.load(places.revocation)
    for kept in sorted(held, key=lambda kept: kept.batch.name):
        print(_told(kept.batch, now))
    for trust_list in load(places, TrustStore(), now).lists:
        for batch in trust_list.revocations:
            print(f"{_told(batch, now)}, from the trust list {trust_list.source.id}")
    for fault in faults:
        print(f"NOT USED: {fault}")


def _told(batch: Batch, now: datetime) -> str:
    parts = [f"{batch.name}: {len(batch)} entries ({batch.kind})"]
    if batch.number is not None:
        parts.append(f"number {batch.number}")
    if batch.expires_at is not None:
        gone = batch.expires_at < now
        parts.append(f"{'EXPIRED' if gone else 'counts until'} {batch.expires_at:%Y-%m-%d}")
    return ", ".join(parts)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise RevocationError(
            f"cannot be read ({error.strerror})", where=str(file), mend="check the path"
        ) from error
