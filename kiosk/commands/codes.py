"""``kiosk codes``: QR images of the demo's visitors, to hold up to a camera or to print."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path

import segno

from kiosk import HONG_KONG
from kiosk.commands.arguments import moment
from kiosk.demo.authority import Authority
from kiosk.demo.visitors import DemoVisitor, demo_visitors
from kiosk.errors import KioskError

#: The evening on which the demo lives: the first weekend of the "vaccine bubble".
DEMO_EVENING = datetime(2021, 5, 1, 18, 0, tzinfo=HONG_KONG)


class CodesError(KioskError):
    """The images cannot be written."""

    code = "cannot_write"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--authority",
        type=Path,
        default=Path("var/demo/authority"),
        metavar="DIR",
        help="the demo authority's key and key ring; made on first use (default: %(default)s)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("var/demo/codes"),
        metavar="DIR",
        help="where the images and index.json go (default: %(default)s)",
    )
    parser.add_argument(
        "--at",
        metavar="TIME",
        default=DEMO_EVENING.isoformat(),
        help="the evening of the visit, with its offset (default: %(default)s)",
    )


def run(args: argparse.Namespace) -> int:
    """Write an image for each visitor and the index of all, and print a line each."""
    authority = Authority.open(args.authority)
    visitors = demo_visitors(authority, moment(args.at))
    out: Path = args.out
    try:
        out.mkdir(parents=True, exist_ok=True)
        index = [_write(visitor, number, out) for number, visitor in enumerate(visitors, 1)]
        text = json.dumps(index, ensure_ascii=False, indent=1)
        (out / "index.json").write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise CodesError(
            f"cannot be written ({error.strerror})", where=str(out), mend="give another folder with --out"
        ) from error
    for entry in index:
        print(f"{out / entry['file']}\t{entry['kind']}\t{entry['name']}\t{entry['document']}")
    print(f"to check them: kiosk read --trust {authority.ring} --at {args.at} IMAGE", file=sys.stderr)
    return 0


def _write(visitor: DemoVisitor, number: int, out: Path) -> dict[str, str]:
    """The visitor's image, and their entry in the index."""
    file = f"{number:02}-{visitor.kind.replace('_', '-')}.png"
    # Bytes, not kanji: left alone, segno packs Chinese into Shift JIS, which readers give back as other characters.
    code = segno.make_qr(visitor.text, error="m", mode="byte", encoding="utf-8")
    code.save(str(out / file), scale=6, border=4)
    return {
        "file": file,
        "kind": visitor.kind,
        "name": visitor.name,
        "document": visitor.document,
        "text": visitor.text,
    }
