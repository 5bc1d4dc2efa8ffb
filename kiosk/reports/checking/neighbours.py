"""The entries around an export's own: the one before, the one behind, and the one that says who took it away."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kiosk.errors import KioskError
from kiosk.ledger.checkpoint import Checkpoint
from kiosk.ledger.entries import Downloaded
from kiosk.ledger.leaf import MAX_LEAF, LeafError, leaf_hash, parse_recorded
from kiosk.ledger.notes import MAX_NOTE
from kiosk.ledger.proof import verify_inclusion
from kiosk.ledger.tlog_proof import parse_tlog_proof
from kiosk.reports.checking.contents import CHECKPOINT, MANIFEST, MAX_MANIFEST, REPORT, Manifest
from kiosk.reports.checking.findings import Findings
from kiosk.reports.checking.leaves import Leaves, ReadLeaf, read_leaf
from kiosk.reports.checking.listed import Files

#: ``whole``: all entries of the days · ``running``: the last day was not over · ``signed_so_far``: what follows was not signed.
Whole = Literal["whole", "running", "signed_so_far"]
_PROOF = MAX_NOTE + 8 * 1024


@dataclass(frozen=True)
class Download:
    """Who took the export away, by its entry in the log."""

    index: int
    at: datetime
    by: str | None
    #: The inspector's session: the index of the entry that says who it was.
    session: int | None


@dataclass(frozen=True)
class Neighbours:
    """What was found around the export's entries."""

    before: ReadLeaf | None
    after: ReadLeaf | None
    download: Download | None
    whole: Whole
    #: SHA-256, in hex, of the manifest that the download vouches for.
    manifest: str

    def demand_order(self, leaves: Leaves, findings: Findings) -> None:
        """Times do not go back from one to the next."""
        before = self.before.at if self.before else None
        after = self.after.at if self.after else None
        inside = leaves.began_at or after
        if before and inside and inside < before:
            findings.add("time_goes_back", "log/before.json")
        last = leaves.at or before
        for name, at in (
            ("log/after.json", after),
            ("log/download.json", self.download and self.download.at),
        ):
            if last and at and at < last:
                findings.add("time_goes_back", name)


class _Around:
    """Reads them, one after the other."""

    def __init__(
        self, files: Files, manifest: Manifest, checkpoint: Checkpoint | None, findings: Findings
    ) -> None:
        self._files = files
        self._manifest = manifest
        self._checkpoint = checkpoint
        self._findings = findings
        self._note = files.whole(CHECKPOINT, MAX_NOTE)
        self._digest = hashlib.sha256(files.whole(MANIFEST, MAX_MANIFEST) or b"").hexdigest()

    def read(self) -> Neighbours:
        download = self._download()
        before = self._before()
        after = self._proved("after")
        return Neighbours(
            before, after[1] if after else None, download, self._whole(after, download), self._digest
        )

    def _proved(self, which: str) -> tuple[bytes, ReadLeaf] | None:
        """A leaf with its proof. None where neither is there."""
        leaf_file, proof_file = f"log/{which}.json", f"log/{which}.tlog-proof"
        for there, absent in ((leaf_file, proof_file), (proof_file, leaf_file)):
            if self._files.has(there) and not self._files.has(absent):
                self._findings.add("missing_file", absent)
        raw, proof = self._files.whole(leaf_file, MAX_LEAF), self._files.whole(proof_file, _PROOF)
        leaf = None
        if raw is not None:
            leaf = read_leaf(raw, self._manifest.kiosk, self._findings, leaf_file, None)
        if raw is None or leaf is None:
            return None
        if proof is not None and leaf.index is not None and self._checkpoint is not None:
            self._prove(raw, leaf.index, proof, proof_file, self._checkpoint)
        return raw, leaf

    def _prove(self, raw: bytes, index: int, data: bytes, file: str, checkpoint: Checkpoint) -> None:
        try:
            proof = parse_tlog_proof(data)
            if proof.note != self._note:
                self._findings.add("proof_other_checkpoint", file)
                return
            if proof.encode() != data:
                self._findings.add("proof_form", file)
                return
            if proof.index == index:
                verify_inclusion(index, checkpoint.size, leaf_hash(raw), proof.path, checkpoint.root)
                return
        except KioskError:
            pass
        self._findings.add("not_in_the_log", file, index=index)

    def _before(self) -> ReadLeaf | None:
        manifest, findings = self._manifest, self._findings
        found = self._proved("before")
        file = "log/before.json"
        if found is None:
            if manifest.start and not self._files.has(file):
                findings.add("before_missing", file, index=manifest.start - 1)
            return None
        _, leaf = found
        if not manifest.start:
            findings.add("before_unexpected", file)
        elif leaf.index != manifest.start - 1:
            findings.add(
                "neighbour_index",
                file,
                index=-1 if leaf.index is None else leaf.index,
                wanted=manifest.start - 1,
            )
        elif leaf.at and leaf.day >= manifest.first.isoformat():
            findings.add("before_same_day", file, day=leaf.day)
        return leaf

    def _whole(self, after: tuple[bytes, ReadLeaf] | None, download: Download | None) -> Whole:
        """Whether nothing of the last day was left out behind the export's entries."""
        manifest, findings, file = self._manifest, self._findings, "log/after.json"
        last = manifest.last.isoformat()
        if after is not None:
            _, leaf = after
            if leaf.index != manifest.end:
                findings.add(
                    "neighbour_index",
                    file,
                    index=-1 if leaf.index is None else leaf.index,
                    wanted=manifest.end,
                )
            elif leaf.at and leaf.day <= last:
                findings.add("after_same_day", file, day=leaf.day)
            return "whole"
        if download is not None:
            over = _day(download.at) > last
            # The entry about the download may itself be the one behind.
            if over and download.index > manifest.end and not self._files.has(file):
                findings.add("after_missing", file, index=manifest.end)
            return "whole" if over else "running"
        if self._checkpoint and manifest.end < self._checkpoint.size and not self._files.has(file):
            findings.add("after_missing", file, index=manifest.end)
        return "signed_so_far"

    def _download(self) -> Download | None:
        manifest, findings, file = self._manifest, self._findings, "log/download.json"
        found = self._proved("download")
        if found is None:
            if not self._files.has(file) and self._files.has(REPORT):
                findings.add("report_unvouched", REPORT)
            return None
        raw, leaf = found
        try:
            entry = parse_recorded(raw).entry
        except LeafError:
            entry = None
        if not isinstance(entry, Downloaded) or leaf.index is None or leaf.at is None:
            findings.add("no_download", file)
            return None
        if self._digest != entry.manifest:
            findings.add("download_other_manifest", file)
        said = (entry.first, entry.last, entry.start, entry.end)
        if said != (manifest.first, manifest.last, manifest.start, manifest.end):
            findings.add("download_other_range", file)
        if leaf.index < manifest.end:
            findings.add("download_place", file, index=leaf.index)
        return Download(leaf.index, leaf.at, entry.by, entry.session)


def read_neighbours(
    files: Files, manifest: Manifest, checkpoint: Checkpoint | None, findings: Findings
) -> Neighbours:
    """Read the entries around the export's own, and tell what is wrong with them.

    Args:
        files: of the export.
        manifest: of the export.
        checkpoint: the export's, where it is in order; without it nothing is proved.
        findings: where faults go.
    """
    return _Around(files, manifest, checkpoint, findings).read()


def _day(at: datetime) -> str:
    return at.date().isoformat()
