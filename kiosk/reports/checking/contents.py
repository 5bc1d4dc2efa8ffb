"""What belongs into an export (ADR 20): the table of its files, the manifest, and the proofs about its entries."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, Never

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk.errors import KioskError
from kiosk.ledger.leaf import canonical
from kiosk.ledger.notes import from_base64
from kiosk.strict_json import DoubleKeyError, once
from kiosk.texts import Language

MANIFEST, PROOF, CHECKPOINT = "manifest.json", "log/proof.json", "log/checkpoint.note"
ENTRIES, CHECKPOINTS, COSIGNED = "log/entries.jsonl", "log/checkpoints.txt", "log/cosigned.note"
CERTIFICATE, KEY, STATE, REPORT = "log/certificate.note", "log/key.txt", "log/state.json", "report.pdf"
INSTRUMENTS = "instruments/"

#: The files that the manifest lists, in their order; instruments stand between.
LISTED = (
    *("README.txt", REPORT, "people.csv", "entries.csv", "staff.csv", INSTRUMENTS),
    *(ENTRIES, CHECKPOINTS, COSIGNED, CERTIFICATE, KEY, STATE),
)
#: What stands behind them, in this order.
BEHIND = (
    MANIFEST,
    *(f"log/{leaf}.{kind}" for leaf in ("download", "before", "after") for kind in ("json", "tlog-proof")),
    *(CHECKPOINT, PROOF),
)
MAY_BE_ABSENT = frozenset({REPORT, INSTRUMENTS, CHECKPOINTS, COSIGNED, CERTIFICATE, *BEHIND[1:7]})

MAX_MANIFEST = 1024 * 1024
_INSTRUMENT = re.compile(r"instruments/[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.yaml")
_HASHES = 64 * 2
_HASH = 32


class NotCanonicalError(KioskError, ValueError):
    """Not JSON in its canonical form (RFC 8785); ``code`` says how far it got."""

    code: ClassVar[str] = "not_json"


class DuplicateKeyError(NotCanonicalError):
    """Two programs would read two things in it."""

    code: ClassVar[str] = "duplicate_key"


class OtherFormError(NotCanonicalError):
    """JSON, but not as it is hashed."""

    code: ClassVar[str] = "not_canonical"


class FormError(KioskError, ValueError):
    """Canonical JSON that does not say what belongs there; ``where`` is the field."""

    code: ClassVar[str] = "form"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ListedFile(_Model):
    """A file as the manifest has it."""

    name: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)


class Manifest(_Model):
    """What an export is of, and every file in it."""

    v: Literal[1]
    kiosk: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]
    #: Days, both included.
    first: date = Field(strict=False)
    last: date = Field(strict=False)
    #: Indices of the entries, ``end`` excluded.
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    files: tuple[ListedFile, ...] = Field(strict=False)
    language: Language
    made_at: str
    program: str

    @property
    def folder(self) -> str:
        """What the name of every member begins with."""
        return f"venue-kiosk_{self.kiosk}_{self.first}_{self.last}/"


@dataclass(frozen=True)
class Proofs:
    """What ``log/proof.json`` holds."""

    range: tuple[bytes, ...]
    consistency: tuple[bytes, ...] | None


def read_manifest(data: bytes) -> Manifest:
    """The manifest.

    Raises:
        NotCanonicalError: not in canonical form.
        FormError: it lacks something, or says what cannot be.
    """
    value = read_canonical(data)
    try:
        manifest = Manifest.model_validate(value)
    except ValidationError as error:
        raise FormError("is no manifest", where=_place(error)) from error
    # Dates have many forms, days here one.
    if value["first"] != manifest.first.isoformat() or value["last"] != manifest.last.isoformat():
        raise FormError("is no manifest", where="first, last")
    if manifest.last < manifest.first or manifest.end < manifest.start:
        raise FormError("is no manifest", where="first, last, start, end")
    return manifest


def read_proofs(data: bytes) -> Proofs:
    """The proofs.

    Raises:
        NotCanonicalError: not in canonical form.
        FormError: not two lists of hashes.
    """
    value = read_canonical(data)
    if not isinstance(value, dict) or set(value) != {"consistency", "range", "v"} or repr(value["v"]) != "1":
        raise FormError("is no file of proofs", where="v")
    joined = value["consistency"]
    return Proofs(
        _hashes(value["range"], "range"), None if joined is None else _hashes(joined, "consistency")
    )


def rank(name: str) -> int | None:
    """The place of a file's name in the table; None for one that is not in it."""
    if _INSTRUMENT.fullmatch(name):
        return LISTED.index(INSTRUMENTS)
    order = (*LISTED, *BEHIND)
    return order.index(name) if name in order and name != INSTRUMENTS else None


def out_of_order(names: Sequence[str]) -> str | None:
    """The first of the names that does not stand where the table has it."""
    highest = -1
    for name in names:
        place = rank(name)
        if place is not None and place < highest:
            return name
        highest = max(highest, -1 if place is None else place)
    return None


def read_canonical(data: bytes) -> Any:
    """JSON that has just the bytes of its canonical form; no fractions, as nothing of ours has any.

    Raises:
        NotCanonicalError: not that, in one of three ways.
    """
    try:
        value = _decode(data.decode())
    except (ValueError, RecursionError) as error:
        raise NotCanonicalError("is not JSON") from error
    try:
        same = canonical(value) == data
    except (ValueError, RecursionError):
        same = False
    if not same:
        # Two of one key lose one on the way, so only here can there be any.
        try:
            json.loads(data.decode(), object_pairs_hook=once)
        except DoubleKeyError as error:
            raise DuplicateKeyError("has a key twice") from error
        raise OtherFormError("is not in canonical form")
    return value


def _no_fractions(_text: str) -> Never:
    raise ValueError("has a fraction in it")


_decode = json.JSONDecoder(parse_float=_no_fractions, parse_constant=_no_fractions).decode


def _hashes(value: Any, field: str) -> tuple[bytes, ...]:
    if not isinstance(value, list) or len(value) > _HASHES:
        raise FormError("is no list of hashes", where=field)
    hashes = [from_base64(item) if isinstance(item, str) else None for item in value]
    if any(item is None or len(item) != _HASH for item in hashes):
        raise FormError("is no list of hashes", where=field)
    return tuple(item for item in hashes if item is not None)


def _place(error: ValidationError) -> str:
    return ".".join(str(part) for part in error.errors()[0]["loc"]) or "manifest"
