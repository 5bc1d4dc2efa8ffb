"""Lists of revoked proofs on disk: ``<data>/revocation``, a file for each batch.

A file is a line of JSON about the batch, then 16 octets for each entry, then, where entries have dates, 8 octets for each.
So a million entries are 16 to 24 MB, and are read by looking at them where they are. A batch of the same name takes the old one's
place; one that is dropped makes its proofs valid again. Whoever may write the folder is believed: the EU's batches and the cards'
lists are fetched over ways that authenticate the server, and come without a signature of their own that we could pin.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from kiosk.proofs import durable_files
from kiosk.proofs.marks import MARK_OCTETS, Mark, MarkKind
from kiosk.proofs.revocation import ALWAYS, Batch, RevocationError

FOLDER = "revocation"

_SUFFIX = ".batch"
_LONGEST_HEAD = 4096
_DATE = np.dtype("<i8")
_OWN = "own"
_MEND = "import the batch again, or take the file away"


class _Head(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    batch: Literal[1] = 1
    name: str
    kind: MarkKind
    scope: str
    entries: int = Field(ge=0)
    dated: bool
    number: int | None = None
    expires_at: AwareDatetime | None = None
    imported_at: AwareDatetime
    #: SHA-256 of all that follows, in hexadecimal: shows damage, not forgery.
    sha256: str


@dataclass(frozen=True)
class Held:
    """A batch of the folder."""

    batch: Batch
    imported_at: datetime

    def has_expired(self, now: datetime) -> bool:
        """Whether all of its proofs have expired by themselves."""
        return self.batch.expires_at is not None and self.batch.expires_at < now


def load(folder: Path) -> tuple[tuple[Held, ...], tuple[RevocationError, ...]]:
    """All batches of ``folder``, and what is wrong with files that cannot be used; the rest serves."""
    held, faults = [], []
    for file in sorted(folder.glob(f"*{_SUFFIX}")):
        try:
            held.append(_load(file))
        except RevocationError as error:
            faults.append(error)
    return tuple(held), tuple(faults)


def save(folder: Path, batches: Iterable[Batch], *, now: datetime) -> None:
    """Put batches into ``folder``, each in place of the one of its name.

    Raises:
        RevocationError: a list's number is lower than that of the one held. Nothing is written.
        DataFolderError: the folder cannot be written.
    """
    given = list(batches)
    with durable_files.writing(folder):
        for batch in given:
            _check_number(batch, _path(folder, batch.name))
        for batch in given:
            _put(folder, batch, now)


def drop(folder: Path, name: str) -> None:
    """Take a batch away: its proofs are valid again.

    Raises:
        RevocationError: there is none of that name.
        DataFolderError: the folder cannot be written.
    """
    file = _path(folder, name)
    if not file.is_file():
        raise RevocationError("no batch of that name is held", where=name, mend="see: kiosk revoke list")
    with durable_files.writing(folder):
        durable_files.remove(file)


def add_own(folder: Path, mark: Mark, *, now: datetime) -> bool:
    """Put ``mark`` on the venue's own list; False where it stands there already.

    Raises:
        RevocationError: the list is damaged.
        DataFolderError: the folder cannot be written.
    """
    with durable_files.writing(folder):
        batch = _own(folder, mark)
        if mark.digest in _digests(batch):
            return False
        _put(folder, replace(batch, digests=bytes(batch.digests) + mark.digest), now)
    return True


def remove_own(folder: Path, mark: Mark, *, now: datetime) -> bool:
    """Take ``mark`` off the venue's own list; False where it does not stand there. Errors as in `add_own`."""
    with durable_files.writing(folder):
        batch = _own(folder, mark)
        left = [digest for digest in _digests(batch) if digest != mark.digest]
        if len(left) == len(batch):
            return False
        if left:
            _put(folder, replace(batch, digests=b"".join(left)), now)
        else:
            durable_files.remove(_path(folder, batch.name))
    return True


def _own(folder: Path, mark: Mark) -> Batch:
    """The venue's own batch of that kind and scope; hashes only, so that the file names nobody."""
    name = "/".join(filter(None, (_OWN, mark.kind, mark.scope)))
    file = _path(folder, name)
    return _load(file).batch if file.is_file() else Batch(name, mark.kind, mark.scope, b"")


def _digests(batch: Batch) -> list[bytes]:
    data = bytes(batch.digests)
    return [data[place : place + MARK_OCTETS] for place in range(0, len(data), MARK_OCTETS)]


def _path(folder: Path, name: str) -> Path:
    """Names hold addresses: a digest of them is a file's name anywhere."""
    return folder / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}{_SUFFIX}"


def _check_number(batch: Batch, file: Path) -> None:
    if batch.number is None or not file.is_file():
        return
    try:
        held = _load(file).batch
    except RevocationError:  # a damaged one holds nothing up
        return
    if held.number is not None and batch.number < held.number:
        raise RevocationError(
            f"its number {batch.number} is lower than that of the list held ({held.number})",
            where=batch.name,
            mend="get the newer list; to go back all the same, remove the one held first",
        )


def _put(folder: Path, batch: Batch, now: datetime) -> None:
    parts = [memoryview(batch.digests)]
    dates = None if batch.before is None else np.asarray(batch.before, dtype=_DATE)
    dated = dates is not None and bool((dates != ALWAYS).any())
    if dates is not None and dated:
        parts.append(memoryview(dates.tobytes()))
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    head = _Head(
        name=batch.name,
        kind=batch.kind,
        scope=batch.scope,
        entries=len(batch),
        dated=dated,
        number=batch.number,
        expires_at=batch.expires_at,
        imported_at=now,
        sha256=digest.hexdigest(),
    )
    line = head.model_dump_json(exclude_none=True).encode() + b"\n"
    durable_files.put(_path(folder, batch.name), (line, *parts))


def _load(file: Path) -> Held:
    try:
        with file.open("rb") as opened:
            # The pages are the system's, which takes them back where memory is short; the look-up copies what it needs.
            content = memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError) as error:  # ValueError: an empty file
        raise RevocationError(f"cannot be read ({error})", where=str(file), mend=_MEND) from error
    line, newline, _ = bytes(content[:_LONGEST_HEAD]).partition(b"\n")
    body = content[len(line) + len(newline) :]
    try:
        head = _Head.model_validate_json(line)
    except ValidationError as error:
        raise RevocationError("is damaged", where=str(file), mend=_MEND) from error
    octets = head.entries * MARK_OCTETS
    length = octets + (head.entries * _DATE.itemsize if head.dated else 0)
    if len(body) != length or hashlib.sha256(body).hexdigest() != head.sha256:
        raise RevocationError(f"is damaged ({head.name})", where=str(file), mend=_MEND)
    before = np.frombuffer(body[octets:], dtype=_DATE) if head.dated else None
    batch = Batch(
        head.name,
        head.kind,
        head.scope,
        body[:octets],
        before,
        number=head.number,
        expires_at=head.expires_at,
    )
    return Held(batch, head.imported_at)
