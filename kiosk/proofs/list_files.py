"""Trust lists on disk: ``<data>/trust``, a file for each source.

A file is a line of JSON about the import, then the list's octets as they came. The signature that came with them stands in
that line, so that list and signature are swapped in one step. At every load the signature is verified anew under the pinned key.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from kiosk.proofs import durable_files, lists
from kiosk.proofs.lists import Source, TrustList
from kiosk.proofs.trust import TrustError

FOLDER = "trust"

_SUFFIX = ".list"
#: No list is longer, in octets: the EU's is about 2 MB.
LONGEST = 64 * 1024 * 1024
_AGAIN = "import it again: kiosk trust import {source} FILE"


class _Head(BaseModel):
    """What is known of an import; nothing is believed because of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    list: Literal[1] = 1
    source: str
    imported_at: AwareDatetime
    #: Base64 of the second file, where there was one.
    signature: str | None = None
    #: The manager who answered for an older list.
    older_by: str | None = None


@dataclass(frozen=True)
class Held:
    """A list of the folder."""

    list: TrustList
    imported_at: datetime


def path(folder: Path, source: str) -> Path:
    """Where the list of a source is kept."""
    return folder / f"{source}{_SUFFIX}"


def names(folder: Path) -> list[str]:
    """The sources of which something is held, whether it can be read or not."""
    return sorted(file.stem for file in folder.glob(f"*{_SUFFIX}"))


def load(folder: Path, source: Source) -> Held:
    """The list of ``source``, its signature verified anew.

    Raises:
        TrustError: the file cannot be read, or has changed since the import.
    """
    file = path(folder, source.id)
    again = _AGAIN.format(source=source.id)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise TrustError(f"cannot be read ({error.strerror})", where=str(file), mend=again) from error
    line, _, octets = content.partition(b"\n")
    try:
        head = _Head.model_validate_json(line)
        signature = base64.b64decode(head.signature, validate=True) if head.signature is not None else None
    except (ValidationError, binascii.Error) as error:
        raise TrustError("has been changed", where=str(file), mend=again) from error
    try:
        return Held(lists.read(octets, signature, source), head.imported_at)
    except TrustError as error:
        raise type(error)(
            f"has been changed, or its source: {error.what}", where=str(file), mend=again
        ) from error


def save(
    folder: Path,
    source: Source,
    content: bytes,
    signature: bytes | None,
    *,
    now: datetime,
    older_by: str | None = None,
) -> TrustList:
    """Verify a list and let it take the place of the one held; the answer is the list.

    Args:
        folder: ``<data>/trust``; made where it is missing.
        source: whose list it is.
        content: the list's octets.
        signature: the octets of the second file, where there is one.
        now: the real time, aware.
        older_by: the manager who answers for a list older than the one held.

    Raises:
        TrustError: it is not to be believed, or older than the one held; that one goes on.
        DataFolderError: the folder cannot be written.
    """
    if len(content) > LONGEST:
        raise TrustError(f"has more than {LONGEST} octets", where=source.id, mend="give the list alone")
    new = lists.read(content, signature, source)
    with durable_files.writing(folder):
        lists.check_date(new, _held(folder, source) if older_by is None else None, now)
        head = _Head(
            source=source.id,
            imported_at=now,
            signature=base64.b64encode(signature).decode() if signature is not None else None,
            older_by=older_by,
        )
        durable_files.put(
            path(folder, source.id), (head.model_dump_json(exclude_none=True).encode(), b"\n", content)
        )
    return new


def drop(folder: Path, source: str) -> None:
    """Take away the list of a source, whether it can be read or not.

    Raises:
        TrustError: there is none.
        DataFolderError: the folder cannot be written.
    """
    file = path(folder, source)
    if source not in names(folder):
        held = ", ".join(names(folder)) or "none"
        raise TrustError(f"no list of it is held (held: {held})", where=source, mend="check the name")
    with durable_files.writing(folder):
        durable_files.remove(file)


def _held(folder: Path, source: Source) -> TrustList | None:
    """The list that is held; one that cannot be read is none."""
    try:
        return load(folder, source).list
    except TrustError:
        return None
