"""Follows an export's entries from the first to the last: leaf by leaf into the tree, and past every checkpoint within."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal

from kiosk.ledger.checkpoint import Checkpoint
from kiosk.ledger.leaf import MAX_LEAF, leaf_hash
from kiosk.ledger.proof import ProofError, RangeCheck
from kiosk.reports.checking.contents import CHECKPOINTS, ENTRIES, Manifest
from kiosk.reports.checking.findings import Findings, Place
from kiosk.reports.checking.leaves import Leaves
from kiosk.reports.checking.listed import Files
from kiosk.reports.checking.members import lines
from kiosk.reports.checking.signed import Keys, Signed, checkpoints_within

_NO_MORE: Final = "no more"


class Course:
    """The way along the entries, and what was learnt on it."""

    def __init__(
        self,
        files: Files,
        manifest: Manifest,
        keys: Keys,
        findings: Findings,
        *,
        sizes: frozenset[int],
        keep: frozenset[int],
    ) -> None:
        """Prepare.

        Args:
            files: of the export.
            manifest: of the export.
            keys: that may have signed checkpoints within.
            findings: where faults go.
            sizes: at which the tree's root is wanted.
            keep: indices of entries that are wanted.
        """
        self._files = files
        self._manifest = manifest
        self._findings = findings
        self._sizes = sizes
        self._within: Iterator[Signed] = iter(())
        if files.has(CHECKPOINTS):
            self._within = checkpoints_within(
                files.pieces(CHECKPOINTS), keys, manifest.start, manifest.end, findings
            )
        self._next: Signed | Literal["no more"] | None = None
        self._keys = keys
        self.leaves = Leaves(manifest, findings, keep)
        #: The root at each size that was wanted and lies within, and wherever else it is shown; the time of the last entry.
        self.roots: dict[int, bytes] = {}
        self.times: dict[int, datetime | None] = {}
        #: The newest checkpoint within that central co-signed while the certificate held.
        self.cosigned: Signed | None = None
        #: How many checkpoints within another key of the kiosk's name signed.
        self.other_key = 0
        #: Whether every entry was there, and all led to the checkpoint.
        self.proved = False

    def follow(self, check: RangeCheck | None, checkpoint: Checkpoint | None) -> None:
        """Take every entry; without ``check`` only what each says by itself is looked at."""
        size = self._manifest.start
        for raw in self._raw():
            if size == self._manifest.end:
                # However many more there are: a line takes longer to read than to write.
                self._findings.add("more_entries", ENTRIES, wanted=size - self._manifest.start)
                break
            self.leaves.take(raw)
            size += 1
            if check is not None:
                check.append(leaf_hash(raw))
                self._look_at(size, check)
        # What is left over cannot be compared, but read.
        for _ in self._within:
            pass
        self._conclude(size, check, checkpoint)

    def _look_at(self, size: int, check: RangeCheck) -> None:
        """What was signed or asked for at this size."""
        if size in self._sizes:
            self.roots[size] = check.root()
            self.times[size] = self.leaves.at
        if self._next is None:
            self._next = next(self._within, _NO_MORE)
        if isinstance(self._next, Signed) and self._next.checkpoint.size == size:
            self._compare(self._next, check.root())
            self._next = None

    def _conclude(self, size: int, check: RangeCheck | None, checkpoint: Checkpoint | None) -> None:
        found, wanted = size - self._manifest.start, self._manifest.end - self._manifest.start
        if found != wanted:
            self._findings.add("count", ENTRIES, found=found, wanted=wanted)
        elif not found:
            self.proved = checkpoint is not None
        elif check is not None and checkpoint is not None:
            try:
                check.finish(checkpoint.root)
                self.proved = True
                self.roots |= check.roots_beside()
            except ProofError:
                self._findings.add("entries_root", ENTRIES, size=checkpoint.size)

    def _raw(self) -> Iterator[bytes]:
        for line in lines(self._files.pieces(ENTRIES), MAX_LEAF):
            if not line.endswith(b"\n"):
                self._findings.add("no_newline", ENTRIES)
            yield line.removesuffix(b"\n")

    def _compare(self, within: Signed, root: bytes) -> None:
        size = within.checkpoint.size
        if within.checkpoint.root != root:
            self._findings.add("within_contradicts", CHECKPOINTS, Place("checkpoint", size), last=size - 1)
            return
        if within.by_another_key:
            self.other_key += 1
        if within.cosigned_at is not None and self._keys.covers(within.cosigned_at):
            self.cosigned = within
            self.times[size] = self.leaves.at
