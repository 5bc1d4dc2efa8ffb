"""``kiosk read``: read codes and verify them, without a door."""

from __future__ import annotations

import argparse
import codecs
import io
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from kiosk import HONG_KONG, settings, strict_json
from kiosk.commands.arguments import moment
from kiosk.errors import KioskError
from kiosk.proofs import Revoked, holdings, recognise, rings
from kiosk.proofs.model import Proof, refused
from kiosk.proofs.trust import TrustStore
from kiosk.scanning.decode import NotAnImageError, decode_file

#: A key ring, or a folder of key rings, that takes the place of the project's own.
KEYRINGS = "KIOSK_KEYRINGS"

_OWN_KEYRINGS = Path(__file__).parents[2] / "config" / "keyrings"
_STANDARD_INPUT = "-"


class ReadError(KioskError):
    """The input cannot be used."""

    code = "unusable_input"


class Line(BaseModel):
    """A line of standard input: a text or an image, and what it is to be judged by."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    text: str | None = None
    image: str | None = None
    at: str | None = None
    #: Base64 DER certificates or public keys, which take the place of the trust store.
    trust: list[str] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Line:
        if (self.text is None) == (self.image is None):
            raise ValueError("give either text or image")
        return self


@dataclass(frozen=True)
class Judge:
    """The keys and the time that a code is judged by; without a time, now."""

    trust: TrustStore
    at: datetime | None
    revoked: Revoked | None = None

    def text(self, text: str) -> Proof:
        """What a text proves."""
        at = self.at or datetime.now(HONG_KONG)
        return recognise(text, trust=self.trust, at=at, revoked=self.revoked)

    def image(self, path: str, where: str) -> Proof:
        """What the code in an image proves; of several codes, the one that proves most.

        Raises:
            ReadError: there is no such file, or it is no image.
        """
        try:
            found = decode_file(Path(path))
        except NotAnImageError as error:
            raise ReadError(error.what, where=where, mend=error.mend) from error
        except ValueError as error:  # a path that no file system can hold
            raise ReadError("is no path of a file", where=where, mend="check the path") from error
        if not found.texts:
            return refused(None, "unreadable" if found.undecoded else "no_code_found")
        return max(map(self.text, found.texts), key=lambda proof: (proof.verified, proof.format != "unknown"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--trust",
        action="append",
        type=Path,
        default=[],
        metavar="PATH",
        help="a key ring (YAML), a folder of them, or a public key or certificate (DER, PEM, base64); may be given "
        f"several times, and takes the place of the project's key rings (or of {KEYRINGS})",
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="judge as the door of this venue does: by its key rings, its trust lists and what is revoked there",
    )
    parser.add_argument(
        "--at", metavar="TIME", help="judge at this time, such as 2021-05-01T19:30+08:00 (default: now)"
    )
    parser.add_argument(
        "sources", nargs="+", metavar="SOURCE", help="an image file, or - for JSON Lines with text or image"
    )


def run(args: argparse.Namespace) -> int:
    """Print a JSON line for every source."""
    judge = _judge(args)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file name may hold bytes that are no character; JSON's own escape carries them.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    for source in args.sources:
        answers = _lines(judge) if source == _STANDARD_INPUT else [(source, judge.image(source, source))]
        for name, proof in answers:
            print(json.dumps(proof.as_json(name), ensure_ascii=False), flush=True)
    return 0


def _judge(args: argparse.Namespace) -> Judge:
    at = moment(args.at) if args.at is not None else None
    if args.config is None:
        paths = args.trust or [Path(os.environ.get(KEYRINGS) or _OWN_KEYRINGS)]
        return Judge(rings.load(*paths, production=False), at)
    if args.trust:
        raise ReadError("--trust and --config exclude each other", mend="leave one of them out")
    venue, now = settings.load(args.config), datetime.now(UTC)
    keys = rings.load(*venue.keyrings, production=venue.production)
    by = holdings.load(holdings.Places.of(venue), keys, now).judge(now)
    return Judge(by.trust, at, by.revoked)


def _lines(judge: Judge) -> Iterator[tuple[str, Proof]]:
    for number, raw in enumerate(sys.stdin.buffer, 1):
        line = raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw
        if line.strip():
            yield _line(line, f"{_STANDARD_INPUT}:{number}", judge)


def _line(raw: bytes, where: str, judge: Judge) -> tuple[str, Proof]:
    line = _parse(raw, where)
    if line.trust is not None:
        judge = replace(judge, trust=_store(tuple(line.trust), where))
    if line.at is not None:
        judge = replace(judge, at=moment(line.at, where))
    if line.image is not None:
        return line.image, judge.image(line.image, f"{where}: {line.image}")
    return where, judge.text(line.text or "")


def _parse(raw: bytes, where: str) -> Line:
    try:
        return Line.model_validate(strict_json.loads(raw))
    except ValidationError as error:
        fault = error.errors()[0]
        what = ".".join(map(str, fault["loc"])) or "the line"
        said = fault["msg"].removeprefix("Value error, ")
        raise ReadError(f"{what}: {said}", where=where, mend="give text or image, and at or trust") from error
    except ValueError as error:
        mend = "give one object a line, every key once, in UTF-8"
        raise ReadError("is not JSON", where=where, mend=mend) from error


@lru_cache(maxsize=64)
def _parsed(keys: tuple[str, ...]) -> TrustStore:
    return rings.from_base64(keys)


def _store(keys: tuple[str, ...], where: str) -> TrustStore:
    try:
        return _parsed(keys)
    except KioskError as error:
        raise ReadError(f"{error.where}: {error.what}", where=where, mend=error.mend) from error
