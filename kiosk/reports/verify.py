"""Judges an export: the ten steps of ADR 20, each with all that is wrong.

Nothing is believed that a key or a hash does not show. What cannot be looked at because something before it is broken is left
out, so that each fault is told once. Entries stream: memory does not grow with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from kiosk.ledger.checkpoint import Checkpoint
from kiosk.ledger.notes import MAX_NOTE, NoteKey
from kiosk.ledger.proof import ProofError, RangeCheck, verify_consistency
from kiosk.reports.checking import contents
from kiosk.reports.checking.contents import FormError, Manifest, NotCanonicalError, Proofs
from kiosk.reports.checking.course import Course
from kiosk.reports.checking.earlier import Compared, Earlier, read_earlier
from kiosk.reports.checking.findings import Fault, Findings
from kiosk.reports.checking.listed import Files
from kiosk.reports.checking.neighbours import Download, Neighbours, Whole, read_neighbours
from kiosk.reports.checking.signed import Keys, NotSignedError, Signed, read_keys
from kiosk.reports.checking.unpack import Archive, Progress, UnusableExportError

Status = Literal["genuine", "unproved", "faulty"]
#: Why a file without a fault is not genuine.
Unproved = Literal["no_authority", "no_certificate", "no_download", "earlier_elsewhere"]

_T = TypeVar("_T")


@dataclass(frozen=True)
class Cosigned:
    """What central said that it holds, and when."""

    #: Entries, from the log's first on; the last of them is ``size - 1``.
    size: int
    #: By the witness's clock.
    at: datetime
    #: When the last of them was written, where it is in the export.
    entry_at: datetime | None


@dataclass(frozen=True)
class Claims:
    """What an export says, as far as its proofs carry it."""

    kiosk: str
    #: By the certificate.
    venue: str | None
    first: date
    last: date
    #: Indices of the entries, ``end`` excluded.
    start: int
    end: int
    made_at: str
    #: Entries of the log under the export's checkpoint.
    size: int
    cosigned: Cosigned | None
    whole: Whole
    download: Download | None
    #: What the entry of the inspector's sign-in says, where it is in the export.
    inspector: dict[str, Any] | None
    #: Checkpoints within that another key of the kiosk's name signed: its key was changed.
    other_key: int
    #: Whether the entries were followed to the checkpoint, one by one.
    proved: bool
    #: SHA-256, in hex, of the manifest: whoever opens the file again sees whether it is still the one that was judged.
    manifest: str

    @property
    def entries(self) -> int:
        """How many."""
        return self.end - self.start

    @property
    def beyond(self) -> int:
        """How many of them central has not co-signed."""
        cosigned = self.cosigned.size if self.cosigned else 0
        return self.end - max(self.start, min(self.end, cosigned))


@dataclass(frozen=True)
class Verdict:
    """What is to be thought of an export."""

    status: Status
    faults: tuple[Fault, ...]
    #: Why it is not genuine, though nothing is wrong with it.
    unproved: tuple[Unproved, ...]
    #: None where too much is wrong to say; where there are faults, nothing in it is shown.
    claims: Claims | None
    earlier: tuple[Compared, ...]


def _silent(_done: int, _all: int) -> None:
    pass


def verify(
    file: Path, authority: NoteKey | None, earlier: Sequence[bytes] = (), progress: Progress = _silent
) -> Verdict:
    """Judge the export in ``file``.

    Args:
        file: the ZIP.
        authority: the key of whoever vouches for kiosks; without it an export is unproved at best.
        earlier: checkpoints, signed notes, that somebody took from this kiosk before.
        progress: called with how much of how much is done.

    Raises:
        UnusableExportError: it cannot be read, or is no ZIP.
        NoteError, CheckpointError: something in ``earlier`` is no checkpoint.
    """
    taken = [read_earlier(data) for data in earlier]
    findings = Findings()
    try:
        with file.open("rb") as stream:
            archive = Archive(stream, findings, progress)
            return _Verification(Files(archive, findings), findings, authority, taken).verdict()
    except OSError as error:
        raise UnusableExportError(
            f"cannot be read ({error.strerror})", where=str(file), mend="check the name and permissions"
        ) from error
    except UnusableExportError as error:
        raise UnusableExportError(error.what, where=str(file), mend="name the ZIP of an export") from error


class _Verification:
    """The steps; they stand in the order in which one needs what another found."""

    def __init__(
        self, files: Files, findings: Findings, authority: NoteKey | None, earlier: Sequence[Earlier]
    ) -> None:
        self._files = files
        self._findings = findings
        self._authority = authority
        self._earlier = earlier

    def verdict(self) -> Verdict:
        """All of it."""
        manifest = self._read(contents.MANIFEST, contents.MAX_MANIFEST, contents.read_manifest)
        if manifest is None:
            if not self._files.has(contents.MANIFEST):
                self._findings.add("missing_file", contents.MANIFEST)
            self._files.look_through()
            return Verdict("faulty", self._findings.faults(), (), None, ())
        self._files.demand(manifest)
        keys = self._keys(manifest)
        checkpoint = self._checkpoint(keys)
        proofs = self._read(contents.PROOF, MAX_NOTE, contents.read_proofs)
        newest = self._newest(keys)
        around = read_neighbours(self._files, manifest, checkpoint, self._findings)
        course = self._course(manifest, keys, newest, around)
        course.follow(self._range(manifest, checkpoint, proofs), checkpoint)
        around.demand_order(course.leaves, self._findings)
        cosigned = self._cosigned(keys, checkpoint, proofs, newest, course)
        self._files.look_through()
        compared = tuple(
            earlier.compare(keys, course.roots, checkpoint, manifest, self._findings)
            for earlier in self._earlier
        )
        if checkpoint is None:
            return Verdict("faulty", self._findings.faults(), (), None, compared)
        claims = _claims(manifest, keys, checkpoint, cosigned, around, course)
        return self._judge(keys, claims, compared)

    def _judge(self, keys: Keys, claims: Claims, compared: tuple[Compared, ...]) -> Verdict:
        faults = self._findings.faults()
        if faults:
            return Verdict("faulty", faults, (), claims, compared)
        wanting: tuple[tuple[Unproved, bool], ...] = (
            ("no_authority", self._authority is None),
            ("no_certificate", keys.certificate is None),
            ("no_download", claims.download is None),
            ("earlier_elsewhere", any(found.outcome != "same" for found in compared)),
        )
        unproved = tuple(why for why, lacks in wanting if lacks)
        # The one way to a good end: every reason against it was asked for by name.
        genuine = keys.vouched and claims.proved and not unproved
        return Verdict("genuine" if genuine else "unproved", (), unproved, claims, compared)

    def _read(self, name: str, limit: int, read: Callable[[bytes], _T]) -> _T | None:
        data = self._files.whole(name, limit)
        if data is None:
            return None
        try:
            return read(data)
        except FormError as error:
            self._findings.add("form", name, field=error.where or "")
        except NotCanonicalError as error:
            self._findings.add(error.code, name)
        return None

    def _keys(self, manifest: Manifest) -> Keys:
        key, certificate = (
            self._files.whole(name, MAX_NOTE) for name in (contents.KEY, contents.CERTIFICATE)
        )
        return read_keys(manifest.kiosk, key, certificate, self._authority, self._findings)

    def _checkpoint(self, keys: Keys) -> Checkpoint | None:
        data = self._files.whole(contents.CHECKPOINT, MAX_NOTE)
        signed = self._open(contents.CHECKPOINT, data, keys)
        if signed is None or keys.key is None:
            return None
        if not signed.by_kiosk:
            self._findings.add("not_the_kiosks", contents.CHECKPOINT)
            return None
        # What the manifest does not cover has nothing in it that could be otherwise.
        if self._files.has("log/download.json") and len(signed.signatures) != 1:
            self._findings.add("more_signatures", contents.CHECKPOINT)
        return signed.checkpoint

    def _newest(self, keys: Keys) -> Signed | None:
        """The newest checkpoint that central co-signed, as far as its signatures tell."""
        data = self._files.whole(contents.COSIGNED, MAX_NOTE)
        signed = self._open(contents.COSIGNED, data, keys)
        if signed is None or keys.witness is None:
            return signed
        if signed.cosigned_at is None:
            self._findings.add("not_cosigned", contents.COSIGNED, witness=keys.witness.name)
        elif not keys.covers(signed.cosigned_at) and keys.certificate is not None:
            self._findings.add(
                "cosigned_outside",
                contents.COSIGNED,
                day=signed.cosigned_at.date().isoformat(),
                first=keys.certificate.first.isoformat(),
                last=keys.certificate.last.isoformat(),
            )
        return signed

    def _open(self, name: str, data: bytes | None, keys: Keys) -> Signed | None:
        if data is None:
            return None
        try:
            return keys.open(data)
        except NotSignedError as error:
            self._findings.add(error.why, name)
            return None

    def _course(self, manifest: Manifest, keys: Keys, newest: Signed | None, around: Neighbours) -> Course:
        sizes = {earlier.checkpoint.size for earlier in self._earlier}
        if newest is not None:
            sizes.add(newest.checkpoint.size)
        session = around.download.session if around.download else None
        return Course(
            self._files,
            manifest,
            keys,
            self._findings,
            sizes=frozenset(sizes),
            keep=frozenset() if session is None else frozenset({session}),
        )

    def _range(
        self, manifest: Manifest, checkpoint: Checkpoint | None, proofs: Proofs | None
    ) -> RangeCheck | None:
        if proofs is None or checkpoint is None:
            return None
        if manifest.start == manifest.end:
            if proofs.range:
                self._findings.add("form", contents.PROOF, field="range")
            return None
        try:
            return RangeCheck(manifest.start, manifest.end, checkpoint.size, proofs.range)
        except ProofError:
            self._findings.add("form", contents.PROOF, field="range")
            return None

    def _cosigned(
        self,
        keys: Keys,
        checkpoint: Checkpoint | None,
        proofs: Proofs | None,
        newest: Signed | None,
        course: Course,
    ) -> Cosigned | None:
        """What central is shown to have co-signed at last."""
        if checkpoint is not None and proofs is not None:
            joined = self._joined(checkpoint, proofs.consistency, newest)
            if joined and newest is not None:
                course.roots[newest.checkpoint.size] = newest.checkpoint.root
        known = [
            Cosigned(found.checkpoint.size, found.cosigned_at, course.times.get(found.checkpoint.size))
            for found in (newest, course.cosigned)
            if found is not None and found.cosigned_at is not None and keys.covers(found.cosigned_at)
        ]
        return max(known, key=lambda found: found.size, default=None)

    def _joined(
        self, checkpoint: Checkpoint, consistency: tuple[bytes, ...] | None, newest: Signed | None
    ) -> bool:
        """Whether the co-signed checkpoint is shown to be a beginning of the export's."""
        if newest is None or newest.checkpoint.size == checkpoint.size:
            unread = newest is None and self._files.has(contents.COSIGNED)
            if consistency is not None and not unread:
                self._findings.add("form", contents.PROOF, field="consistency")
            if newest is not None and newest.checkpoint.root != checkpoint.root:
                self._findings.add("cosigned_contradicts", contents.COSIGNED, size=newest.checkpoint.size)
                return False
            return True
        size = newest.checkpoint.size
        if not 0 < size < checkpoint.size:
            self._findings.add("cosigned_longer", contents.COSIGNED, size=size, ours=checkpoint.size)
            return False
        if consistency is None:
            self._findings.add("form", contents.PROOF, field="consistency")
            return False
        try:
            verify_consistency(size, newest.checkpoint.root, checkpoint.size, checkpoint.root, consistency)
        except ProofError:
            self._findings.add("cosigned_contradicts", contents.COSIGNED, size=size)
            return False
        return True


def _claims(
    manifest: Manifest,
    keys: Keys,
    checkpoint: Checkpoint,
    cosigned: Cosigned | None,
    around: Neighbours,
    course: Course,
) -> Claims:
    session = around.download.session if around.download else None
    return Claims(
        kiosk=manifest.kiosk,
        venue=keys.certificate.venue if keys.certificate else None,
        first=manifest.first,
        last=manifest.last,
        start=manifest.start,
        end=manifest.end,
        made_at=manifest.made_at,
        size=checkpoint.size,
        cosigned=cosigned,
        whole=around.whole,
        download=around.download,
        inspector=None if session is None else course.leaves.kept.get(session),
        other_key=course.other_key,
        proved=course.proved,
        manifest=around.manifest,
    )
