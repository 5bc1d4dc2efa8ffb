"""Exports that are not what they say: by somebody without a key, and by an owner who has the kiosk's."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from kiosk.ledger.certificate import Certificate
from kiosk.ledger.checkpoint import origin_of
from kiosk.ledger.entries import Exit
from kiosk.ledger.notes import COSIGNATURE, Signer
from kiosk.ledger.proof import inclusion_proof
from kiosk.ledger.tlog_proof import TlogProof
from tests.reports import forge
from tests.reports.forge import Files, Log, Making, Piece, altered, archive, evenings, pieces_of

ENTRIES = "log/entries.jsonl"
GOOD = Making()

OTHER_LOG = Signer.generate(origin_of(forge.KIOSK))
OTHER_WITNESS = Signer.generate("venue-central/witness", COSIGNATURE)
OTHER_AUTHORITY = Signer.generate("venue-central/authority")


@dataclass(frozen=True)
class Forgery:
    """A file, the page's verdict, and the fault that has to be among those that it tells (and in which file)."""

    name: str
    make: Callable[[], bytes]
    fault: str
    file: str = ""


def changed(index: int, change: Callable[[dict[str, Any]], None], log: Log | None = None) -> Log:
    """A log in which one leaf is another, and all that follows from it."""
    made = (log or evenings()).copy()
    made.leaves[index] = altered(made.leaves[index], change)
    return made


def content(name: str, change: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    """The file of that name changed, with seal and checksums made anew."""

    def make() -> bytes:
        return archive(
            [
                replace(piece, content=change(piece.content)) if piece.name.endswith(f"/{name}") else piece
                for piece in pieces_of(GOOD)
            ]
        )

    return make


def listed(name: str, change: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    """The same with the list of files made anew too; only the log still names the old one."""

    def make() -> bytes:
        files = GOOD.files()
        files[name] = change(files[name])
        manifest = json.loads(files["manifest.json"])
        for row in manifest["files"]:
            row["size"] = len(files[row["name"]])
            row["sha256"] = hashlib.sha256(files[row["name"]]).hexdigest()
        files["manifest.json"] = forge.canonical(manifest)
        return archive([Piece(GOOD.folder + one, data) for one, data in files.items()])

    return make


def owned(**changes: Any) -> Callable[[], bytes]:
    """By an owner: everything that follows is signed with the kiosk's key."""
    return lambda: GOOD.but(**changes).zip()


def in_files(name: str, change: Callable[[bytes], bytes]) -> Callable[[Files], None]:
    def do(files: Files) -> None:
        files[name] = change(files[name])

    return do


def piece(name: str, **fields: Any) -> Callable[[], bytes]:
    """One member's headers say something else."""

    def make() -> bytes:
        return archive(
            [replace(one, **fields) if one.name.endswith(f"/{name}") else one for one in pieces_of(GOOD)]
        )

    return make


def lines(change: Callable[[list[bytes]], Sequence[bytes]]) -> Callable[[bytes], bytes]:
    return lambda data: b"".join(change(data.splitlines(keepends=True)))


def swapped(rows: list[bytes]) -> list[bytes]:
    return [*rows[:4], rows[5], rows[4], *rows[6:]]


def later(rows: dict[str, Any]) -> None:
    rows["at"] = rows["at"].replace("T18", "T17")


def one_more(rows: dict[str, Any]) -> None:
    rows["entry"]["people"] = rows["entry"]["people"] * 2


def proofs(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    return lambda data: altered(data, change)


def drop_first(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda value: value[key].pop(0)


def turn(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda value: value[key].reverse()


def without(name: str) -> Callable[[], bytes]:
    return lambda: archive([one for one in pieces_of(GOOD) if not one.name.endswith(f"/{name}")])


def certified(**changes: Any) -> bytes:
    said = replace(forge.CERTIFICATE, **changes)
    return said.sign(forge.AUTHORITY).encode()


def forger() -> Making:
    """Everything is the forger's own, and all of it agrees."""
    certificate = Certificate(
        forge.KIOSK,
        "golden-harbour",
        OTHER_LOG.key,
        OTHER_WITNESS.key,
        forge.CERTIFICATE.first,
        forge.CERTIFICATE.last,
    )
    return GOOD.but(
        signer=OTHER_LOG, witness=OTHER_WITNESS, certificate=certificate.sign(OTHER_AUTHORITY).encode()
    )


def show(files: Files, which: str, index: int) -> None:
    """Another entry as a neighbour, with a proof that holds."""
    log = evenings()
    log.leaves.append(files["log/download.json"])
    proof = TlogProof(index, inclusion_proof(index, log.size, log.nodes), files["log/checkpoint.note"])
    files[f"log/{which}.json"] = log.leaves[index]
    files[f"log/{which}.tlog-proof"] = proof.encode()
    last = [(name, files.pop(name)) for name in ("log/checkpoint.note", "log/proof.json")]
    if which == "after":
        files.update(last)
    else:
        after = [(name, files.pop(name)) for name in [*files] if "/after" in name]
        files.update([*after, *last])


def with_report(files: Files) -> None:
    rest = dict(files)
    files.clear()
    files["README.txt"] = rest.pop("README.txt")
    files["report.pdf"] = b"%PDF-1.7 nobody vouches for it"
    files.update(rest)


#: A signature line of a key that nobody knows.
STRANGER = b"\xe2\x80\x94 x AAAAAAAAAAA=\n"
REWRITTEN = changed(10, one_more)
LATE = datetime(2023, 1, 1, tzinfo=UTC)
_START, _END = 8, 24
_CUT = range(_START, _END - 2)

WITHOUT_A_KEY = (
    Forgery("an entry is altered", content(ENTRIES, lambda data: data.replace(b"staff_saw", b"declared!", 1)), "manifest.digest", ENTRIES),
    Forgery("a table is replaced", content("people.csv", lambda data: data + b"2,\r\n"), "manifest.digest", "people.csv"),
    Forgery("a report is replaced", content("report.pdf", lambda _: b"%PDF of mine"), "manifest.digest", "report.pdf"),
    Forgery("a table and the list are replaced", listed("people.csv", lambda data: data + b"2,\r\n"), "download.manifest", "manifest.json"),
    Forgery("an entry and the list are replaced", listed(ENTRIES, lambda data: data.replace(b"staff_saw", b"declared!", 1)), "entries.root", ENTRIES),
    Forgery("an entry is dropped", listed(ENTRIES, lines(lambda rows: rows[:3] + rows[4:])), "entries.gap", ENTRIES),
    Forgery("the last entry is dropped", listed(ENTRIES, lines(lambda rows: rows[:-1])), "entries.count", ENTRIES),
    Forgery("an entry stands twice", listed(ENTRIES, lines(lambda rows: [*rows[:3], rows[2], *rows[3:]])), "entries.gap", ENTRIES),
    Forgery("two entries change places", listed(ENTRIES, lines(swapped)), "entries.gap", ENTRIES),
    Forgery("the last newline is missing", listed(ENTRIES, lambda data: data[:-1]), "entries.cut", ENTRIES),
    Forgery("blanks in an entry", listed(ENTRIES, lambda data: data.replace(b'"entry":', b'"entry": ', 1)), "leaf.form", ENTRIES),
    Forgery("a name that stands twice in an entry", listed(ENTRIES, lambda data: data.replace(b',"v":1}', b',"v":1,"v":1}', 1)), "leaf.form", ENTRIES),
    Forgery("an entry nested a thousand deep", listed(ENTRIES, lambda data: data.replace(b'"v":1}', b'"w":' + b"[" * 1000 + b"]" * 1000 + b"}", 1)), "leaf.form", ENTRIES),
    Forgery("an entry that is no UTF-8", listed(ENTRIES, lambda data: data.replace(b"mei", b"m\xffi", 1)), "leaf.form", ENTRIES),
    Forgery("half a surrogate pair in an entry", listed(ENTRIES, lambda data: data.replace(b"mei", b"m\\ud800i", 1)), "leaf.form", ENTRIES),
    Forgery("an endless line", listed(ENTRIES, lines(lambda rows: [b"[" * 3_000_000 + b"\n", *rows[1:]])), "leaf.form", ENTRIES),
    Forgery("a file is missing", without("staff.csv"), "zip.missing", "staff.csv"),
    Forgery("a proof is missing", without("log/after.tlog-proof"), "zip.missing", "log/after.tlog-proof"),
    Forgery("a file that may be absent is missing", without("log/cosigned.note"), "manifest.absent", "log/cosigned.note"),
    Forgery("the manifest is missing", without("manifest.json"), "zip.missing", "manifest.json"),
    Forgery("a file more", lambda: archive([*pieces_of(GOOD), Piece(f"{GOOD.folder}verify.html", b"<h1>Genuine</h1>")]), "zip.stranger", "verify.html"),
    Forgery("a way out of the folder", lambda: archive([*pieces_of(GOOD), Piece(f"{GOOD.folder}../x.csv", b"")]), "zip.stranger", "../x.csv"),
    Forgery("a file in another folder", lambda: archive([*pieces_of(GOOD), Piece("people.csv", b"")]), "zip.folder"),
    Forgery("a file twice", lambda: archive([*pieces_of(GOOD), pieces_of(GOOD)[-1]]), "zip.twice"),
    Forgery("files in another order", lambda: archive([pieces_of(GOOD)[1], pieces_of(GOOD)[0], *pieces_of(GOOD)[2:]]), "zip.order", "README.txt"),
    Forgery("another kiosk's folder", lambda: archive([replace(one, name=one.name.replace("hk-1", "hk-2", 1)) for one in pieces_of(GOOD)]), "manifest.folder", "manifest.json"),
    Forgery("a manifest with blanks", content("manifest.json", lambda data: data.replace(b'"v":1', b'"v": 1')), "manifest.form", "manifest.json"),
    Forgery("a manifest of a list", content("manifest.json", lambda _: b"[]"), "manifest.form", "manifest.json"),
    Forgery("the range's proof turned round", content("log/proof.json", proofs(turn("range"))), "entries.root", ENTRIES),
    Forgery("the range's proof too short", content("log/proof.json", proofs(drop_first("range"))), "proof.length", "log/proof.json"),
    Forgery("the co-signed proof turned round", content("log/proof.json", proofs(turn("consistency"))), "cosigned.differs", "log/cosigned.note"),
    Forgery("no co-signed proof", content("log/proof.json", proofs(lambda value: value.update(consistency=None))), "cosigned.differs", "log/cosigned.note"),
    Forgery("a proof's checkpoint is another", content("log/before.tlog-proof", lambda data: data[: data.index(b"\n\n") + 2] + GOOD.checkpoint(23)), "proof.note", "log/before.tlog-proof"),
    Forgery("a proof with more in it", content("log/before.tlog-proof", lambda data: data.replace(b"\nindex", b"\nextra AAAA\nindex")), "proof.form", "log/before.tlog-proof"),
    Forgery("a neighbour is altered", content("log/before.json", lambda data: data.replace(b"mei", b"mai")), "leaf.unproved", "log/before.json"),
    Forgery("an older checkpoint is shown", content("log/checkpoint.note", lambda _: GOOD.checkpoint(23)), "entries.beyond", ENTRIES),
    Forgery("the checkpoint is unsigned", content("log/checkpoint.note", lambda data: data[: data.index(b"\n\n") + 2] + STRANGER), "checkpoint.unsigned", "log/checkpoint.note"),
    Forgery("a signature more on the checkpoint", content("log/checkpoint.note", lambda data: data + STRANGER), "checkpoint.lines", "log/checkpoint.note"),
    Forgery("the checkpoint says another size", content("log/checkpoint.note", lambda data: data.replace(b"\n25\n", b"\n26\n")), "note.signature", "log/checkpoint.note"),
    Forgery("a checkpoint of another log", content("log/checkpoint.note", lambda _: GOOD.but(kiosk="hk-2").checkpoint(24)), "checkpoint.origin", "log/checkpoint.note"),
)  # fmt: skip

IN_THE_ARCHIVE = (
    Forgery("the end is cut off", lambda: GOOD.zip()[:-1], "zip.end"),
    Forgery("only the beginning is there", lambda: GOOD.zip()[:700], "zip.end"),
    Forgery("something stands behind it", lambda: GOOD.zip(suffix=b"x"), "zip.end"),
    Forgery("something stands before it", lambda: GOOD.zip(prefix=b"MZ"), "zip.end"),
    Forgery("something stands before it, and offsets know", lambda: GOOD.zip(prefix=b"MZ", shifted=True), "zip.place", "README.txt"),
    Forgery("something stands before the directory", lambda: GOOD.zip(before_directory=b"more"), "zip.gap"),
    Forgery("something stands between", piece("people.csv", gap=b"more"), "zip.place", "people.csv"),
    Forgery("a member that is not listed", piece("staff.csv", listed=False), "zip.place", "instruments/"),
    Forgery("another seal", lambda: GOOD.zip(seal=b"0" * 64), "seal"),
    Forgery("a seal in capitals", lambda: GOOD.zip(seal=GOOD.zip()[-64:].upper()), "seal"),
    Forgery("another count of members", lambda: GOOD.zip(end={"members": 3}), "zip.end"),
    Forgery("another disk", lambda: GOOD.zip(end={"disk": 1}), "zip.end"),
    Forgery("another name in front of the file", piece("people.csv", local_name=f"{GOOD.folder}peoplf.csv"), "zip.header", "people.csv"),
    Forgery("another size in front of the file", piece("people.csv", local={"size": 1}), "zip.header", "people.csv"),
    Forgery("an extra field in front of the file", piece("people.csv", local_extra=b"\x01\x00\x00\x00"), "zip.header", "people.csv"),
    Forgery("an extra field in the list", piece("people.csv", central_extra=b"\x01\x00\x00\x00"), "zip.form", "people.csv"),
    Forgery("a comment of a member", piece("people.csv", central_comment=b"trust me"), "zip.form", "people.csv"),
    Forgery("another date", piece("people.csv", central={"date": 0x22}, local={"date": 0x22}), "zip.form", "people.csv"),
    Forgery("a link", piece("people.csv", central={"external": 0o120777 << 16}), "zip.form", "people.csv"),
    Forgery("a data descriptor", piece("people.csv", central={"flags": 0x0808}, local={"flags": 0x0808}), "zip.form", "people.csv"),
    Forgery("another method", piece("people.csv", central={"method": 9}, local={"method": 9}), "zip.form", "people.csv"),
    Forgery("a checksum that is not the file's", piece("people.csv", central={"crc": 1}, local={"crc": 1}), "zip.crc", "people.csv"),
    Forgery("a bomb", piece("people.csv", packed=forge.deflated(bytes(50_000_000))), "zip.size", "people.csv"),
    Forgery("less than it says", piece("people.csv", packed=forge.deflated(b"")), "zip.size", "people.csv"),
    Forgery("deflate breaks off", piece("people.csv", packed=forge.deflated(b"x" * 100)[:-2]), "zip.deflate", "people.csv"),
    Forgery("something behind the deflated bytes", piece("people.csv", packed=forge.deflated(dict(GOOD.files())["people.csv"]) + b"more"), "zip.deflate", "people.csv"),
)  # fmt: skip

BY_THE_OWNER = (
    Forgery("entries other than those that are signed", owned(listed=in_files(ENTRIES, lambda data: data.replace(b"staff_saw", b"declared!", 1))), "entries.root", ENTRIES),
    Forgery("a log rewritten since central co-signed it", owned(log=REWRITTEN, listed=in_files("log/cosigned.note", lambda _: GOOD.checkpoint(19, cosigned=True))), "cosigned.differs", "log/cosigned.note"),
    Forgery("a log rewritten since it was signed", owned(log=REWRITTEN, cosigned=(4,), listed=in_files("log/checkpoints.txt", lambda _: GOOD.checkpoint(19))), "checkpoints.differs", "log/checkpoints.txt"),
    Forgery("a log that was set back", owned(cosigned=(4, 19), listed=in_files("log/cosigned.note", lambda _: GOOD.but(log=evenings(days=9)).checkpoint(50, cosigned=True))), "cosigned.longer", "log/cosigned.note"),
    Forgery("the end of the last day is left out", owned(range=_CUT), "neighbour.after", "log/after.json"),
    Forgery("the end is left out, and the next entry is shown", owned(range=_CUT, behind=lambda files: show(files, "after", _END - 2)), "neighbour.not_after", "log/after.json"),
    Forgery("the beginning of the first day is left out", owned(range=range(_START + 2, _END)), "neighbour.not_before", "log/before.json"),
    Forgery("the entry before is another", owned(behind=lambda files: show(files, "before", _START - 2)), "neighbour.not_before", "log/before.json"),
    Forgery("the entry of the download names other days", owned(entry=lambda entry: entry.model_copy(update={"first": entry.first - timedelta(days=1)})), "download.other", "log/download.json"),
    Forgery("the entry of the download names another list", owned(entry=lambda entry: entry.model_copy(update={"manifest": "0" * 64})), "download.manifest", "manifest.json"),
    Forgery("the entry of the download is another entry", owned(entry=lambda _: Exit(people=1, source="staff", zone="B1", by="mei")), "download.other", "log/download.json"),
    Forgery("a report without an entry", owned(keyless=True, listed=with_report), "download.report", "report.pdf"),
    Forgery("an entry of another kiosk", owned(log=changed(10, lambda leaf: leaf.update(kiosk="hk-2"))), "leaf.kiosk", ENTRIES),
    Forgery("an entry of a later version", owned(log=changed(10, lambda leaf: leaf.update(v=2))), "leaf.version", ENTRIES),
    Forgery("an entry without a time", owned(log=changed(10, lambda leaf: leaf.update(at="noon"))), "leaf.time", ENTRIES),
    Forgery("an entry on a day that there is not", owned(log=changed(10, lambda leaf: leaf.update(at="2021-02-30T12:00:00.000+08:00"))), "leaf.time", ENTRIES),
    Forgery("an entry earlier than the one before", owned(log=changed(12, later)), "entries.time", ENTRIES),
    Forgery("an entry with another's index", owned(log=changed(12, lambda leaf: leaf.update(index=13))), "entries.gap", ENTRIES),
    Forgery("the kiosk's key is another", owned(signer=OTHER_LOG), "certificate.other_key", "log/certificate.note"),
    Forgery("a certificate of another authority", owned(certificate=forge.CERTIFICATE.sign(OTHER_AUTHORITY).encode()), "certificate.other_authority", "log/certificate.note"),
    Forgery("a certificate of another kiosk", owned(certificate=replace(forge.CERTIFICATE, kiosk="hk-2", key=Signer.generate(origin_of("hk-2")).key).sign(forge.AUTHORITY).encode()), "certificate.other_key", "log/certificate.note"),
    Forgery("a certificate with another venue", owned(certificate=forge.NOTE.replace(b"golden", b"silver")), "note.signature", "log/certificate.note"),
    Forgery("a certificate that had run out", owned(cosigned_at=LATE), "cosigned.expired", "log/cosigned.note"),
    Forgery("a certificate that did not hold yet", owned(certificate=certified(first=forge.LAST + timedelta(days=9))), "cosigned.expired", "log/cosigned.note"),
    Forgery("another witness", owned(witness=OTHER_WITNESS), "cosigned.unsigned", "log/cosigned.note"),
    Forgery("no witness at all", owned(listed=in_files("log/cosigned.note", lambda _: GOOD.checkpoint(19))), "cosigned.unsigned", "log/cosigned.note"),
    Forgery("everything is the forger's own", lambda: forger().zip(), "certificate.other_authority", "log/certificate.note"),
    Forgery("a key that is no key", owned(listed=in_files("log/key.txt", lambda _: b"mine\n")), "key.form", "log/key.txt"),
    Forgery("a checkpoint that is not of these entries", owned(listed=in_files("log/checkpoints.txt", lambda _: GOOD.checkpoint(4))), "checkpoints.outside", "log/checkpoints.txt"),
    Forgery("checkpoints in another order", owned(listed=in_files("log/checkpoints.txt", lambda _: GOOD.checkpoint(15) + b"---\n" + GOOD.checkpoint(11))), "checkpoints.order", "log/checkpoints.txt"),
    Forgery("a checkpoint that cannot be read", owned(listed=in_files("log/checkpoints.txt", lambda data: data + b"---\nno\n")), "note.form", "log/checkpoints.txt"),
)  # fmt: skip

FORGERIES = (*WITHOUT_A_KEY, *IN_THE_ARCHIVE, *BY_THE_OWNER)
