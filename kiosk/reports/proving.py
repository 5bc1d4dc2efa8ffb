"""What joins an export to the log: the checkpoint over its entry, the entry itself, its neighbours, and the proofs."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterable, Iterator

from kiosk.ledger.leaf import canonical
from kiosk.ledger.tlog_proof import TlogProof
from kiosk.reports.archive import Archive
from kiosk.reports.scope import ExportError, Scope
from kiosk.store import StoredCheckpoint, StoreReader

#: Seconds for which the log may take to sign an entry; it does within one.
SIGNED_WITHIN_S = 30.0
#: Seconds between two looks.
_LOOK_S = 0.05


def covering(reader: StoreReader, index: int) -> StoredCheckpoint:
    """The first checkpoint that is found to cover the entry of an export.

    Raises:
        ExportError: the log was not signed in time.
    """
    end = time.monotonic() + SIGNED_WITHIN_S
    while True:
        found = reader.checkpoint()
        if found is not None and found.size > index:
            return found
        if time.monotonic() >= end:
            raise ExportError(
                f"entry {index}, which says that it was taken, was not signed within {SIGNED_WITHIN_S:.0f} seconds",
                mend="look what the door says (kiosk doctor), and make the export again",
            )
        time.sleep(_LOOK_S)


def add_proofs(
    archive: Archive, reader: StoreReader, scope: Scope, checkpoint: StoredCheckpoint, index: int | None
) -> None:
    """Write everything that stands behind the list of files.

    Args:
        archive: of the export.
        reader: of the log.
        scope: what is exported.
        checkpoint: what it hangs on.
        index: of the entry about it; None where there is none.

    Raises:
        ExportError: its last day ended while it was made.
    """
    note = checkpoint.note if index is None else checkpoint.signed
    for name, at in _around(reader, scope, checkpoint, index):
        proof = TlogProof(at, reader.inclusion(at, checkpoint.size), note)
        archive.add_bytes(f"log/{name}.json", next(reader.proved_leaves(at, at + 1)))
        archive.add_bytes(f"log/{name}.tlog-proof", proof.encode())
    archive.add_bytes("log/checkpoint.note", note)
    stretch: tuple[bytes, ...] = ()
    if scope.start < scope.end:
        stretch = reader.range_proof(scope.start, scope.end, checkpoint.size)
    joined = None
    if scope.cosigned is not None and scope.cosigned.size != checkpoint.size:
        joined = _base64(reader.consistency(scope.cosigned.size, checkpoint.size))
    proofs = {"v": 1, "range": _base64(stretch), "consistency": joined}
    archive.add_bytes("log/proof.json", canonical(proofs))


def _around(
    reader: StoreReader, scope: Scope, checkpoint: StoredCheckpoint, index: int | None
) -> Iterator[tuple[str, int]]:
    """The entries that are proved one by one: by what they are called, and where they stand."""
    if index is not None:
        yield "download", index
    if scope.start:
        yield "before", scope.start - 1
    if _is_later(reader, scope, scope.end, checkpoint.size):
        yield "after", scope.end
    elif index is not None and _is_later(reader, scope, index, checkpoint.size):
        raise ExportError("the last day ended while the export was made", mend="make it again")


def _is_later(reader: StoreReader, scope: Scope, index: int, size: int) -> bool:
    """Whether there is such an entry under the checkpoint, and of a day after the last."""
    return index < size and next(reader.read(index, 1)).at.date() > scope.order.last


def _base64(hashes: Iterable[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in hashes]
