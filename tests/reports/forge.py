"""Makes exports by the letter of ADR 20, without the program's own exporter, and any forgery of one."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import rfc8785

from kiosk import HONG_KONG
from kiosk.ledger.certificate import Certificate
from kiosk.ledger.checkpoint import Checkpoint, origin_of
from kiosk.ledger.entries import (
    Admission,
    AnyEntry,
    DayOpened,
    Downloaded,
    Draft,
    Evidence,
    Exit,
    InspectorSignedIn,
)
from kiosk.ledger.leaf import leaf_bytes, leaf_hash
from kiosk.ledger.notes import COSIGNATURE, Signer
from kiosk.ledger.proof import consistency_proof, inclusion_proof, range_proof
from kiosk.ledger.tlog_proof import TlogProof
from kiosk.ledger.tree import Tree

KIOSK = "hk-1"
LOG = Signer.generate(origin_of(KIOSK))
WITNESS = Signer.generate("venue-central/witness", COSIGNATURE)
AUTHORITY = Signer.generate("venue-central/authority")
CERTIFICATE = Certificate(KIOSK, "golden-harbour", LOG.key, WITNESS.key, date(2021, 4, 1), date(2022, 3, 31))
FIRST, LAST = date(2021, 5, 1), date(2021, 5, 2)

Files = dict[str, bytes]


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=HONG_KONG)


MADE = moment(LAST + timedelta(days=1), 10)
NOTE = CERTIFICATE.sign(AUTHORITY).encode()


def admission(number: int) -> Admission:
    return Admission(
        party=f"p-{number}",
        zone="B1",
        people=(Evidence(lhs="staff_saw", document_seen=number % 2 == 0),),
        way="staffed",
        by="mei" if number % 3 else "阿美",
        waits_for_passage=False,
        instrument="2021-04-29",
    )


class Log:
    """Leaves, and what follows from them."""

    def __init__(self, kiosk: str = KIOSK) -> None:
        self.kiosk = kiosk
        self.leaves: list[bytes] = []
        self.times: list[datetime] = []

    def add(self, at: datetime, entry: AnyEntry) -> int:
        self.leaves.append(leaf_bytes(self.kiosk, len(self.leaves), Draft(at=at, entry=entry), None))
        self.times.append(at)
        return len(self.leaves) - 1

    def copy(self) -> Log:
        log = Log(self.kiosk)
        log.leaves, log.times = self.leaves.copy(), self.times.copy()
        return log

    @property
    def size(self) -> int:
        return len(self.leaves)

    def nodes(self, level: int, index: int) -> bytes:
        below = self.leaves[index << level : (index + 1) << level]
        assert len(below) == 1 << level
        return Tree(map(leaf_hash, below)).root()

    def root(self, size: int) -> bytes:
        return Tree(map(leaf_hash, self.leaves[:size])).root()

    def days(self, first: date, last: date) -> range:
        inside = [index for index, at in enumerate(self.times) if first <= at.date() <= last]
        start = next((i for i, at in enumerate(self.times) if at.date() >= first), self.size)
        return range(start, start + len(inside))


def evenings(*, first: date = FIRST - timedelta(days=1), days: int = 3, parties: int = 6) -> Log:
    """Some evenings: by default the one before the days of the export, and both of them."""
    log = Log()
    for number in range(days):
        day = first + timedelta(days=number)
        log.add(
            moment(day, 12),
            DayOpened(instrument="2021-04-29", instrument_digest=None, way="staffed", zones=()),
        )
        for party in range(parties):
            log.add(moment(day, 18) + timedelta(seconds=party), admission(log.size))
        log.add(moment(day, 22), Exit(people=parties + 1, source="staff", zone="B1", by="mei"))
    return log


@dataclass(frozen=True)
class Making:
    """How an export is made; whoever holds the kiosk's key can have any of it otherwise."""

    log: Log = field(default_factory=evenings)
    first: date = FIRST
    last: date = LAST
    #: When it is made; the entry ``downloaded`` is of that time.
    at: datetime = MADE
    kiosk: str = KIOSK
    signer: Signer = LOG
    certificate: bytes | None = NOTE
    witness: Signer = WITNESS
    #: Sizes of signed checkpoints, and of those that central co-signed.
    signed: Sequence[int] = (4, 11, 15, 19, 23)
    cosigned: Sequence[int] = (4, 15, 19)
    cosigned_at: datetime = datetime(2021, 5, 2, 15, tzinfo=UTC)
    #: Who takes it away: of an inspector's session, or by name.
    session: int | None = None
    by: str | None = None
    #: Which entries, where not those of the days.
    range: range | None = None
    #: Entries that come between the end of the export and the download.
    meanwhile: Sequence[AnyEntry] = ()
    #: Changes to the listed files before the manifest is made, to the manifest, to the entry and to what stands behind.
    listed: Callable[[Files], None] = lambda _files: None
    manifest: Callable[[dict[str, Any]], None] = lambda _manifest: None
    entry: Callable[[Downloaded], AnyEntry] = lambda entry: entry
    behind: Callable[[Files], None] = lambda _files: None
    #: Without the entry: a box whose key is no more.
    keyless: bool = False

    def but(self, **changes: Any) -> Making:
        return replace(self, **changes)

    def checkpoint(self, size: int, *, cosigned: bool = False, log: Log | None = None) -> bytes:
        """The note at a size."""
        note = Checkpoint(origin_of(self.kiosk), size, (log or self.log).root(size)).sign(self.signer)
        return (note.signed(self.witness.cosign(note.text, self.cosigned_at)) if cosigned else note).encode()

    def files(self) -> Files:
        """Every file, by its name without the folder, in the order of the archive."""
        log, days = self.log.copy(), self.range or self.log.days(self.first, self.last)
        start, end = days.start, days.stop
        listed = self._listed(log, start, end)
        self.listed(listed)
        manifest = {
            "v": 1,
            "kiosk": self.kiosk,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "start": start,
            "end": end,
            "language": "en",
            "made_at": self.at.isoformat(timespec="milliseconds"),
            "program": "0.1.0",
            "files": [
                {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
                for name, content in listed.items()
            ],
        }
        self.manifest(manifest)
        files = listed | {"manifest.json": rfc8785.dumps(manifest)}
        for entry in self.meanwhile:
            log.add(self.at - timedelta(seconds=1), entry)
        if not self.keyless:
            digest = hashlib.sha256(files["manifest.json"]).hexdigest()
            entry = Downloaded(
                first=self.first,
                last=self.last,
                start=start,
                end=end,
                manifest=digest,
                session=self.session,
                by=self.by,
            )
            log.add(self.at, self.entry(entry))
        behind = self._behind(log, start, end)
        self.behind(behind)
        return files | behind

    def _listed(self, log: Log, start: int, end: int) -> Files:
        files = {
            "README.txt": b"What this is.\n",
            "report.pdf": b"%PDF-1.7 a report",
            "people.csv": "\ufeffNo.,By\r\n1,阿美\r\n".encode(),
            "entries.csv": b"\xef\xbb\xbfEntry\r\n",
            "staff.csv": b"\xef\xbb\xbfDate\r\n",
            "instruments/2021-04-29.yaml": b"id: 2021-04-29\n",
            "log/entries.jsonl": b"".join(leaf + b"\n" for leaf in log.leaves[start:end]),
            "log/checkpoints.txt": b"---\n".join(
                self.checkpoint(size, cosigned=size in self.cosigned)
                for size in self.signed
                if start < size <= end
            ),
            "log/cosigned.note": self.checkpoint(max(self.cosigned), cosigned=True) if self.cosigned else b"",
            "log/certificate.note": self.certificate or b"",
            "log/key.txt": f"{self.signer.key}\n".encode(),
            "log/state.json": b'{"v":1}',
        }
        if self.keyless:
            del files["report.pdf"]
        absent = ("log/checkpoints.txt", "log/cosigned.note", "log/certificate.note")
        return {name: content for name, content in files.items() if content or name not in absent}

    def _behind(self, log: Log, start: int, end: int) -> Files:
        size, files = log.size, {}
        note = self.checkpoint(size, log=log)

        def prove(which: str, index: int) -> None:
            files[f"log/{which}.json"] = log.leaves[index]
            path = inclusion_proof(index, size, log.nodes)
            files[f"log/{which}.tlog-proof"] = TlogProof(index, path, note).encode()

        if not self.keyless:
            prove("download", size - 1)
        if start:
            prove("before", start - 1)
        if end < size and log.times[end].date() > self.last:
            prove("after", end)
        newest = max(self.cosigned, default=size)
        joined = consistency_proof(newest, size, log.nodes) if newest < size else None
        files["log/checkpoint.note"] = note
        files["log/proof.json"] = proofs(
            range_proof(start, end, size, log.nodes) if start < end else (), joined
        )
        return files

    @property
    def folder(self) -> str:
        return f"venue-kiosk_{self.kiosk}_{self.first}_{self.last}/"

    def zip(self, **changes: Any) -> bytes:
        """The archive."""
        return archive(
            [Piece(self.folder + name, content) for name, content in self.files().items()], **changes
        )


def proofs(stretch: Sequence[bytes], joined: Sequence[bytes] | None) -> bytes:
    def coded(hashes: Sequence[bytes]) -> list[str]:
        return [base64.b64encode(item).decode() for item in hashes]

    return rfc8785.dumps(
        {"v": 1, "range": coded(stretch), "consistency": None if joined is None else coded(joined)}
    )


# The archive

LOCAL = ("version", "flags", "method", "time", "date", "crc", "packed", "size", "name_length", "extra_length")
CENTRAL = (
    *("made_by", *LOCAL, "comment_length"),
    *("disk", "internal", "external", "offset"),
)
END = ("disk", "first_disk", "here", "members", "directory", "offset", "comment_length")


@dataclass(frozen=True)
class Piece:
    """A member, and what its headers say otherwise than they should."""

    name: str
    content: bytes
    method: int = 8
    #: Compressed bytes in place of those of the content.
    packed: bytes | None = None
    local: dict[str, int] = field(default_factory=dict)
    central: dict[str, int] = field(default_factory=dict)
    local_name: str | None = None
    local_extra: bytes = b""
    central_extra: bytes = b""
    central_comment: bytes = b""
    #: Bytes in front of its header.
    gap: bytes = b""
    #: In the directory, but not there; or there, but not in the directory.
    listed: bool = True

    def data(self) -> bytes:
        if self.packed is not None:
            return self.packed
        return deflated(self.content) if self.method == 8 else self.content

    def fields(self) -> dict[str, int]:
        return {
            "version": 20,
            "flags": 0x0800,
            "method": self.method,
            "time": 0,
            "date": 0x21,
            "crc": zlib.crc32(self.content),
            "packed": len(self.data()),
            "size": len(self.content),
            "name_length": len(self.name.encode()),
        }


def archive(
    pieces: Sequence[Piece],
    *,
    prefix: bytes = b"",
    suffix: bytes = b"",
    before_directory: bytes = b"",
    end: dict[str, int] | None = None,
    seal: bytes | None = None,
    shifted: bool = False,
) -> bytes:
    """A ZIP. ``shifted``: offsets know of the prefix, as some tools write them."""
    body = bytearray(prefix)
    directory = bytearray()
    base = 0 if shifted else len(prefix)
    for piece in pieces:
        body += piece.gap
        offset = len(body) - base
        local_name = (piece.local_name or piece.name).encode()
        local = {**piece.fields(), "name_length": len(local_name), "extra_length": len(piece.local_extra)}
        local |= piece.local
        body += b"PK\x03\x04" + struct.pack("<5H3I2H", *(local[name] for name in LOCAL))
        body += local_name + piece.local_extra + piece.data()
        central = {
            **piece.fields(),
            "made_by": 3 << 8 | 20,
            "extra_length": len(piece.central_extra),
            "comment_length": len(piece.central_comment),
            "disk": 0,
            "internal": 0,
            "external": 0o100644 << 16,
            "offset": offset,
        }
        central |= piece.central
        if piece.listed:
            directory += b"PK\x01\x02" + struct.pack("<6H3I5H2I", *(central[name] for name in CENTRAL))
            directory += piece.name.encode() + piece.central_extra + piece.central_comment
    body += before_directory
    count = sum(piece.listed for piece in pieces)
    said = {
        "disk": 0,
        "first_disk": 0,
        "here": count,
        "members": count,
        "directory": len(directory),
        "offset": len(body) - base,
        "comment_length": 64,
    } | (end or {})
    body += directory
    comment = hashlib.sha256(body).hexdigest().encode() if seal is None else seal
    return (
        bytes(body) + b"PK\x05\x06" + struct.pack("<4H2IH", *(said[name] for name in END)) + comment + suffix
    )


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


def pieces_of(making: Making) -> list[Piece]:
    """Members, to be tampered with by somebody who has no key."""
    return [Piece(making.folder + name, content) for name, content in making.files().items()]


def put(folder: Path, data: bytes) -> Path:
    file = folder / "export.zip"
    file.write_bytes(data)
    return file


def canonical(value: Any) -> bytes:
    return rfc8785.dumps(value)


def altered(leaf: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """A leaf as its owner would have liked it."""
    value = json.loads(leaf)
    change(value)
    return rfc8785.dumps(value)


def signed_in(log: Log, at: datetime) -> int:
    return log.add(at, InspectorSignedIn(how="badge", department="FEHD", number="B-12"))
