"""The program ``central``."""

from __future__ import annotations

import argparse
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from central import (
    certificates,
    checkpoints,
    enrolment,
    inspector_verbs,
    keys,
    personal_verbs,
    private_files,
    replicas,
    retention,
    sealing_keys,
    succession,
    verify_page,
)
from central.app import make_app
from central.errors import CentralError
from central.schema import open_database
from kiosk import __version__, discreet
from kiosk.errors import KioskError
from kiosk.ledger.keyfiles import load_note_key
from kiosk.ledger.notes import NoteKey


def main(argv: list[str] | None = None) -> int:
    """Run one verb. 0 when it did its work, 2 with one line on stderr when its input cannot be used."""
    if argv is None:
        discreet.begin()
    args = _parser().parse_args(argv)
    discreet.log_to_stderr(logging.INFO, "%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        result: int = args.run(args)
    except KioskError as error:
        print(f"central {args.command}: {error}", file=sys.stderr)
        return 2
    return result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="central", description="The servers that kiosks sync to.")
    parser.add_argument("--version", action="version", version=f"central {__version__}")
    verbs = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--data", type=Path, required=True, metavar="DIR", help="central's own folder")
    shared.add_argument(
        "--database", metavar="URL", help="a SQLAlchemy URL (default: a SQLite file in the folder)"
    )

    init = verbs.add_parser("init", parents=[shared], help="make the folder and the health authority's keys")
    init.add_argument(
        "--public", type=Path, metavar="FILE", help="write the public sealing key there as well"
    )
    init.add_argument(
        "--name",
        default=keys.NAME,
        help="what the keys for certificates and co-signatures are called (default: %(default)s)",
    )
    init.set_defaults(run=_init)

    serve = verbs.add_parser("serve", parents=[shared], help="take the logs of kiosks")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    serve.add_argument(
        "--port", type=int, default=8600, help="0 lets the system choose (default: %(default)s)"
    )
    serve.add_argument(
        "--at",
        metavar="TIME",
        help="for a demo: sealed data is kept by a clock that stands at this time now, as the kiosk's does",
    )
    serve.set_defaults(run=_serve)

    enrol = verbs.add_parser("enrol", parents=[shared], help="let a kiosk send; again for a new token")
    enrol.add_argument("kiosk", help="the kiosk's id in its venue file")
    enrol.add_argument("--token-file", type=Path, metavar="FILE", help="write the token there, not to stdout")
    enrol.add_argument(
        "--key", metavar="KEY", help="the kiosk's public key, or its file (log-public.key beside its log)"
    )
    enrol.add_argument(
        "--new-key", action="store_true", help="forget its key: the next that comes with its token counts"
    )
    enrol.add_argument(
        "--replaces",
        metavar="OLD",
        help="it takes the place of this kiosk, whose box is lost; the break is put on record",
    )
    _add_certificate_arguments(enrol, required=False)
    enrol.set_defaults(run=_enrol)

    certify = verbs.add_parser("certify", parents=[shared], help="vouch for a kiosk's key")
    certify.add_argument("kiosk", help="the kiosk's id")
    _add_certificate_arguments(certify, required=True)
    certify.set_defaults(run=_certify)

    log = verbs.add_parser("log", parents=[shared], help="what is kept of a kiosk's log")
    log.add_argument("kiosk", help="the kiosk's id")
    log.set_defaults(run=_log)
    personal_verbs.add(verbs, shared, _open)
    inspector_verbs.add(verbs, shared, _open)
    verify_page.add(verbs)
    return parser


def _add_certificate_arguments(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument(
        "--venue", required=required, metavar="ID", help="the venue's id: certify the key for it"
    )
    parser.add_argument(
        "--days",
        type=int,
        default=certificates.VALID_DAYS,
        help="for how long the certificate holds (default: %(default)s)",
    )
    parser.add_argument(
        "--certificate-file", type=Path, metavar="FILE", help="write the certificate there as well"
    )


def _init(args: argparse.Namespace) -> int:
    args.data.mkdir(mode=0o750, parents=True, exist_ok=True)
    key = sealing_keys.found(args.data, personal_verbs.today())
    sealing_keys.publish(key, args.data, args.public)
    keys.make(args.data, args.name)
    _open(args)
    print(key.public_text, end="")
    return 0


def _serve(args: argparse.Namespace) -> int:
    from central.server import serve

    engine = _open(args)
    # A folder of an older program has no keys of ours yet.
    keys.make(args.data)
    # Before anything is served: after weeks switched off, much may be due.
    keeper = retention.Keeper(engine, personal_verbs.clock(args.at))
    keeper.start()
    app = make_app(engine, witness=keys.witness(args.data), authority=keys.authority_key(args.data))
    serve(app, args.host, args.port)
    return 0


def _enrol(args: argparse.Namespace) -> int:
    engine, now = _open(args), datetime.now(UTC)
    key = None if args.key is None else _key(args.key)
    old = succession.demand_replaceable(engine, args.kiosk, args.replaces) if args.replaces else None
    token = enrolment.enrol(engine, args.kiosk, now=now, key=key, new_key=args.new_key)
    if old is not None:
        made = succession.record(engine, args.kiosk, args.replaces, old, now=now)
        print(made.venue_lines, end="")
    if args.venue is not None:
        _issue(engine, args, now)
    if args.token_file is None:
        print(token)
    else:
        private_files.write(args.token_file, f"{token}\n".encode("ascii"))
    return 0


def _certify(args: argparse.Namespace) -> int:
    note = _issue(_open(args), args, datetime.now(UTC))
    print(note, end="")
    return 0


def _issue(engine: Engine, args: argparse.Namespace, now: datetime) -> str:
    note = certificates.issue(
        engine,
        args.kiosk,
        venue=args.venue,
        authority=keys.authority(args.data),
        witness=keys.witness(args.data).key,
        now=now,
        days=args.days,
    )
    if args.certificate_file is not None:
        args.certificate_file.write_text(note, encoding="utf-8")
    return note


def _key(given: str) -> NoteKey:
    file = Path(given)
    return load_note_key(file) if file.exists() else NoteKey.parse(given)


def _log(args: argparse.Namespace) -> int:
    found = replicas.summary(_open(args), args.kiosk)
    if found is None:
        raise CentralError(
            f"no kiosk {args.kiosk!r} is enrolled", where=str(args.data), mend="`central enrol` it"
        )
    received = found.head.last_received_at
    print(f"{args.kiosk}: {found.head.next} entries, root {found.head.root_text}")
    print(f"last received: {received.isoformat(timespec='seconds') if received else 'never'}")
    for kind, count in found.by_type:
        print(f"{count:8} {kind}")
    if found.last:
        print("last: " + ", ".join(f"{index} {kind}" for index, kind in found.last))
    if found.incidents:
        print(f"CONFLICTS: {found.incidents} leaves were offered that differ from those that are kept")
    for line in succession.breaks(_open(args), args.kiosk):
        print(line)
    for before, visits in retention.erased(_open(args), args.kiosk):
        print(f"erased: what {visits} visits before {before} had sealed")
    standing = checkpoints.standing(_open(args), args.kiosk)
    print(f"key: {standing.key or 'none yet'}")
    if standing.key is not None:
        print(f"fingerprint: {standing.key.fingerprint}")
    if standing.last is not None:
        signed = "co-signed" if standing.last.cosignature else "not co-signed"
        print(f"last checkpoint: {standing.last.size} entries, {signed}")
    for kind, detail, at in standing.contradictions:
        print(f"CONTRADICTION {at.isoformat(timespec='seconds')} {kind}: {detail}")
    return 0


def _open(args: argparse.Namespace) -> Engine:
    if not args.data.is_dir():
        raise CentralError("there is no such folder", where=str(args.data), mend="`central init` makes it")
    return open_database(args.database or f"sqlite:///{args.data.resolve() / 'central.sqlite'}")


if __name__ == "__main__":
    sys.exit(main())
