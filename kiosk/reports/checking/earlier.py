"""A checkpoint that somebody took from the kiosk earlier: whether this export is of the same history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kiosk.ledger.checkpoint import Checkpoint, origin_of
from kiosk.ledger.notes import Note, NoteError, parse_note
from kiosk.ledger.tree import EMPTY_ROOT
from kiosk.reports.checking.contents import Manifest
from kiosk.reports.checking.findings import Findings, Place
from kiosk.reports.checking.signed import Keys

#: What stands in a fault's place of a file.
FILE = "--checkpoint"
#: ``same``: the export goes on from it · ``fault``: it does not, or cannot be compared for one · ``before`` and ``behind``: it
#: is of a time before or behind the export's entries, which cannot tell.
Outcome = Literal["same", "fault", "before", "behind"]


@dataclass(frozen=True)
class Compared:
    """What became of one earlier checkpoint."""

    size: int
    outcome: Outcome


@dataclass(frozen=True)
class Earlier:
    """An earlier checkpoint, not yet believed."""

    checkpoint: Checkpoint
    note: Note

    def compare(
        self,
        keys: Keys,
        roots: Mapping[int, bytes],
        checkpoint: Checkpoint | None,
        manifest: Manifest,
        findings: Findings,
    ) -> Compared:
        """Whether the export's history has it.

        Args:
            keys: of the export.
            roots: of the export's tree at the sizes that are known.
            checkpoint: of the export, where it is in order.
            manifest: of the export.
            findings: where faults go.
        """
        size, place = self.checkpoint.size, Place("checkpoint", self.checkpoint.size)
        fault = self._signature(keys)
        if fault is None and checkpoint is not None:
            known = {0: EMPTY_ROOT, checkpoint.size: checkpoint.root, **roots}
            if size > checkpoint.size:
                fault = "earlier_longer"
            elif size not in known:
                return Compared(size, "before" if size < manifest.start else "behind")
            elif known[size] != self.checkpoint.root:
                fault = "earlier_contradicts"
        if fault is not None:
            findings.add(
                fault, FILE, place, size=checkpoint.size if checkpoint else 0, last=size - 1, kiosk=keys.kiosk
            )
        return Compared(size, "fault" if fault is not None or checkpoint is None else "same")

    def _signature(self, keys: Keys) -> str | None:
        if self.checkpoint.origin != origin_of(keys.kiosk):
            return "earlier_other_kiosk"
        if keys.key is None:
            return None
        lines = [line for line in self.note.signatures if keys.key.made(line)]
        if not lines:
            return "earlier_other_key"
        try:
            for line in lines:
                keys.key.verify(self.note.text, line)
        except NoteError:
            return "earlier_signature"
        return None


def read_earlier(data: bytes) -> Earlier:
    """A checkpoint as it was photographed, copied or saved: with other ends of lines, or without the last one.

    Raises:
        NoteError: no signed note.
        CheckpointError: no checkpoint.
    """
    text = data.replace(b"\r\n", b"\n").strip() + b"\n"
    note = parse_note(text)
    return Earlier(Checkpoint.parse(note.text), note)
