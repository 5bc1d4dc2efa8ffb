"""Where inputs start from: seeds of our own making (``fuzz/seeds``), and public vectors where they are there."""

from __future__ import annotations

import json
import os
import zlib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "seeds"
VECTORS = Path(os.environ.get("KIOSK_VECTORS", Path(__file__).parents[2] / "shared" / "vectors"))

#: Of each folder of vectors as many, so that a start stays short.
_MOST = 60


@cache
def seeds(target: str) -> tuple[bytes, ...]:
    """The seeds of a target, in the order of their names."""
    return tuple(file.read_bytes() for file in sorted((FOLDER / target).iterdir()))


@cache
def starts(target: str) -> tuple[bytes, ...]:
    """The seeds of a target, and what of the public vectors fits it."""
    return (*seeds(target), *_VECTORS.get(target, lambda: ())())


@cache
def _certificates() -> tuple[str, ...]:
    """Texts of EU certificates, evenly out of all countries."""
    files = sorted((VECTORS / "dgc-testdata").rglob("*.json"))
    said = [json.loads(file.read_text(encoding="utf-8")) for file in files[:: max(1, len(files) // _MOST)]]
    return tuple(one["PREFIX"] for one in said if one.get("PREFIX", "").startswith("HC1:"))


def _texts() -> tuple[bytes, ...]:
    cards = [
        file.read_bytes().strip()
        for file in sorted((VECTORS / "smart-health-cards").rglob("*.txt"))
        if file.read_bytes().startswith(b"shc:/")
    ]
    return (*(text.encode() for text in _certificates()), *cards, *_seals())


def _seals() -> tuple[bytes, ...]:
    return tuple(file.read_bytes().strip() for file in sorted((VECTORS / "vds-nc").rglob("*.txt")))


def _cose() -> tuple[bytes, ...]:
    return tuple(inner for text in _certificates() if (inner := _unwrapped(text)))


def _claims() -> tuple[bytes, ...]:
    from kiosk.proofs import cose

    found = []
    for data in _cose():
        try:
            found.append(cose.parse(data).payload)
        except ValueError:
            continue
    return tuple(found)


def _unwrapped(text: str) -> bytes:
    from kiosk.proofs import strict_base45

    try:
        return zlib.decompress(strict_base45.decode(text.removeprefix("HC1:")))
    except (ValueError, zlib.error):
        return b""


_VECTORS = {"text": _texts, "cose": _cose, "eu-claims": _claims, "seals": _seals}
