"""One entry's proof as one text, for checking offline (c2sp.org/tlog-proof).

::

    c2sp.org/tlog-proof@v1
    index 73894
    gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
    …

    (the checkpoint, a signed note)
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from kiosk.ledger.checkpoint import Checkpoint, open_checkpoint
from kiosk.ledger.notes import NoteKey, from_base64
from kiosk.ledger.proof import ProofError, verify_inclusion

_TITLE = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,15})")


@dataclass(frozen=True)
class TlogProof:
    """That an entry is in the log at ``index``, under a checkpoint."""

    index: int
    #: From the leaf's sibling up.
    path: tuple[bytes, ...]
    #: The checkpoint, a signed note.
    note: bytes

    def encode(self) -> bytes:
        """The text."""
        hashes = (base64.b64encode(node).decode() for node in self.path)
        head = "".join(f"{line}\n" for line in (_TITLE, f"index {self.index}", *hashes))
        return head.encode() + b"\n" + self.note

    def verify(self, leaf_hash: bytes, *keys: NoteKey) -> Checkpoint:
        """The checkpoint, signed by one of ``keys``, under which the leaf with that hash stands.

        Raises:
            NoteError: it is not signed by any of them.
            CheckpointError: it is no checkpoint.
            ProofError: the leaf does not stand under it.
        """
        checkpoint, _ = open_checkpoint(self.note, *keys)
        verify_inclusion(self.index, checkpoint.size, leaf_hash, self.path, checkpoint.root)
        return checkpoint


def parse_tlog_proof(data: bytes) -> TlogProof:
    """Read such a text; extra data in it is passed over, as nobody signed it.

    Raises:
        ProofError: not one.
    """
    head, cut, note = data.partition(b"\n\n")
    try:
        title, *lines = head.decode().split("\n")
    except UnicodeDecodeError as error:
        raise ProofError("is not UTF-8") from error
    if title != _TITLE or not cut:
        raise ProofError("is not a proof for offline checks")
    if lines and lines[0].startswith("extra "):
        del lines[0]
    index = _INDEX.fullmatch(lines[0]) if lines else None
    path = [from_base64(line) for line in lines[1:]]
    if index is None or None in path:
        raise ProofError("has no index, or a line that is not base64")
    return TlogProof(int(index[1]), tuple(node for node in path if node is not None), note)
