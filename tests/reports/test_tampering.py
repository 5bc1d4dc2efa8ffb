"""What an enemy may do to an export: each forgery is refused, and the verdict says which file and what is wrong with it."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.ledger.certificate import Certificate
from kiosk.ledger.checkpoint import Checkpoint, origin_of
from kiosk.ledger.entries import Downloaded, Exit, Started
from kiosk.ledger.notes import COSIGNATURE, Signer
from kiosk.reports.verify import Verdict, verify
from tests.reports import forge
from tests.reports.forge import (
    AUTHORITY,
    CERTIFICATE,
    FIRST,
    KIOSK,
    LAST,
    LOG,
    WITNESS,
    Files,
    Making,
    Piece,
    altered,
    archive,
    canonical,
    deflated,
    moment,
    pieces_of,
)

GOOD = Making()
LOGGED = GOOD.files()
ENTRIES, CHECKPOINTS = "log/entries.jsonl", "log/checkpoints.txt"

Found = tuple[str, str]


@pytest.fixture
def judge(tmp_path: Path) -> Callable[..., Verdict]:
    def judge(data: bytes, *earlier: bytes) -> Verdict:
        return verify(forge.put(tmp_path, data), AUTHORITY.key, earlier)

    return judge


def found(verdict: Verdict) -> set[Found]:
    return {(fault.code, fault.file) for fault in verdict.faults}


def demand(verdict: Verdict, *faults: Found) -> None:
    """Refused, for these reasons among others, each told in a line."""
    assert verdict.status == "faulty"
    assert set(faults) <= found(verdict), [fault.line() for fault in verdict.faults]
    assert all(fault.line().strip() and "\n" not in fault.line() for fault in verdict.faults)


def test_what_the_forgeries_below_are_made_of_is_genuine(judge: Callable[..., Verdict]) -> None:
    verdict = judge(GOOD.zip())
    assert (verdict.status, verdict.faults, verdict.unproved) == ("genuine", (), ())


# Whoever has the file, but no key: bytes


def sealed(data: bytes) -> bytes:
    """The archive with its seal made anew, as everybody can."""
    end = len(data) - 86
    return data[:-64] + hashlib.sha256(data[:end]).hexdigest().encode()


def lean(files: Files) -> None:
    for name in ("report.pdf", "instruments/2021-04-29.yaml"):
        del files[name]


#: What an export has at least: every byte of it is tried.
SMALL = GOOD.but(log=forge.evenings(parties=1), signed=(), cosigned=(), listed=lean)


def test_every_byte_of_an_export_that_is_turned_over_is_found(judge: Callable[..., Verdict]) -> None:
    data = SMALL.zip()
    assert judge(data).status == "genuine"
    chance = random.Random(5)
    for place in range(len(data)):
        bad = bytearray(data)
        bad[place] ^= 1 << chance.randrange(8) if place % 3 else chance.randrange(1, 256)
        verdict = judge(bytes(bad))
        assert verdict.status == "faulty", f"byte {place}"


def test_bytes_that_are_turned_over_under_a_new_seal_are_found_or_change_no_file(
    judge: Callable[..., Verdict], tmp_path: Path
) -> None:
    """Deflate can say one thing in several ways, as in the bits that fill up its last byte: then the files are the same."""
    data = GOOD.zip()
    chance = random.Random(6)
    for place in chance.sample(range(len(data) - 86), 1500):
        bad = bytearray(data)
        bad[place] ^= 1 << chance.randrange(8)
        if judge(sealed(bytes(bad))).status != "faulty":
            with zipfile.ZipFile(tmp_path / "export.zip") as archive:
                files = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
            assert files == LOGGED, f"byte {place}"


@pytest.mark.parametrize("left", [1, 4, 22, 85, 86, 87, 150, 1000, 3000])
def test_an_export_that_breaks_off_is_refused(judge: Callable[..., Verdict], left: int) -> None:
    demand(judge(GOOD.zip()[:-left]))
    demand(judge(GOOD.zip()[: max(4, left)]), ("no_end", ""))


def test_every_end_of_a_truncated_export_is_refused(judge: Callable[..., Verdict]) -> None:
    data = GOOD.zip()
    for length in range(4, len(data), 37):
        demand(judge(data[:length]))


# The same: the archive's form, under a seal that fits


def put(name: str, **changes: Any) -> list[Piece]:
    """The good members, one of them with something otherwise."""
    members = pieces_of(GOOD)
    assert any(piece.name.endswith(name) for piece in members)
    return [replace(piece, **changes) if piece.name.endswith(name) else piece for piece in members]


def content(name: str) -> bytes:
    return LOGGED[name]


FORMS: dict[str, tuple[Callable[[], bytes], Found]] = {
    "data in front": (lambda: GOOD.zip(prefix=b"MZ a program"), ("before_start", "")),
    "data in front, offsets to match": (
        lambda: archive(pieces_of(GOOD), prefix=b"MZ a program", shifted=True),
        ("stray", "README.txt"),
    ),
    "data behind": (lambda: GOOD.zip(suffix=b"and more"), ("after_end", "")),
    "a whole other archive behind": (lambda: GOOD.zip() + GOOD.but(by="x").zip(), ("before_start", "")),
    "data between members": (lambda: archive(put("people.csv", gap=b"hidden")), ("stray", "people.csv")),
    "data before the directory": (
        lambda: archive(pieces_of(GOOD), before_directory=b"hidden"),
        ("stray", ""),
    ),
    "a member that no directory lists": (
        lambda: archive(put("staff.csv", listed=False)),
        ("missing_file", "staff.csv"),
    ),
    "another seal": (lambda: GOOD.zip(seal=b"0" * 64), ("seal", "")),
    "a shorter seal": (lambda: GOOD.zip(seal=b"0" * 63, end={"comment_length": 63}), ("end_record", "")),
    "no seal": (lambda: GOOD.zip(seal=b"", end={"comment_length": 0}), ("end_record", "")),
    "another count": (lambda: GOOD.zip(end={"members": 5}), ("end_record", "")),
    "another count on this disk": (lambda: GOOD.zip(end={"here": 5}), ("end_record", "")),
    "a second disk": (lambda: GOOD.zip(end={"disk": 1}), ("end_record", "")),
    "a directory elsewhere": (lambda: GOOD.zip(end={"offset": 5}), ("end_record", "")),
    "a directory of another size": (lambda: GOOD.zip(end={"directory": 5}), ("end_record", "")),
    "a directory nowhere": (lambda: GOOD.zip(end={"directory": 5, "offset": 5}), ("no_directory", "")),
    "a local name that is another": (
        lambda: archive(put("people.csv", local_name=GOOD.folder + "xeople.csv")),
        ("header_local", "people.csv"),
    ),
    "an extra field in front": (
        lambda: archive(put("people.csv", local_extra=b"\1\0\2\0ab")),
        ("header_local", "people.csv"),
    ),
    "an extra field in the directory": (
        lambda: archive(put("people.csv", central_extra=b"\1\0\2\0ab")),
        ("header_central", "people.csv"),
    ),
    "a comment of a member": (
        lambda: archive(put("people.csv", central_comment=b"hello")),
        ("header_central", "people.csv"),
    ),
    "bytes behind what is compressed": (
        lambda: archive(put("people.csv", packed=deflated(content("people.csv")) + b"more")),
        ("after_deflate", "people.csv"),
    ),
    "compressed bytes that break off": (
        lambda: archive(put("people.csv", packed=deflated(content("people.csv"))[:-3])),
        ("breaks_off", "people.csv"),
    ),
    "compressed bytes that are none": (
        lambda: archive(put("people.csv", packed=b"\xff\xff\xff")),
        ("deflate", "people.csv"),
    ),
    "another method": (lambda: archive(put("people.csv", method=12)), ("header_central", "people.csv")),
    "a bomb": (
        lambda: archive(put("people.csv", packed=deflated(bytes(200_000_000)))),
        ("size", "people.csv"),
    ),
    "a bomb that says so": (
        lambda: archive(put("manifest.json", content=bytes(20_000_000))),
        ("too_large", "manifest.json"),
    ),
    "a member that reaches into the next": (
        lambda: archive(put("people.csv", central={"packed": 500}, local={"packed": 500})),
        ("overlap", "entries.csv"),
    ),
    "a member beyond the directory": (
        lambda: archive(put("log/proof.json", central={"packed": 10**6}, local={"packed": 10**6})),
        ("overlap", "log/proof.json"),
    ),
    "a name twice": (
        lambda: archive([*pieces_of(GOOD), Piece(GOOD.folder + "people.csv", b"others")]),
        ("duplicate", "people.csv"),
    ),
    "the same bytes under two names": (
        lambda: archive(
            [
                *pieces_of(GOOD)[:-1],
                replace(pieces_of(GOOD)[-1], central={"offset": 0}),
            ]
        ),
        ("header_local", "log/proof.json"),
    ),
    "members beyond number": (
        lambda: archive([Piece(f"{GOOD.folder}{'x' * 150}{number}", b"") for number in range(5000)]),
        ("too_many", ""),
    ),
    "no members at all": (lambda: archive([]), ("missing_file", "manifest.json")),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_archive_of_another_form_is_refused(judge: Callable[..., Verdict], form: str) -> None:
    make, fault = FORMS[form]
    demand(judge(make()), fault)


@pytest.mark.parametrize(
    ("where", "field"),
    [*(("local", field) for field in forge.LOCAL), *(("central", field) for field in forge.CENTRAL)],
)
def test_each_field_of_each_header_is_what_it_must_be(
    judge: Callable[..., Verdict], where: str, field: str
) -> None:
    right = {**pieces_of(GOOD)[2].fields(), "offset": 0}
    changed = {field: right.get(field, 0) + 1}
    verdict = judge(archive(put("people.csv", **{where: changed})))
    assert verdict.status == "faulty"
    assert {"header_local", "header_central"} & {
        fault.code for fault in verdict.faults if fault.file == "people.csv"
    }


# The same: files


def without(files: Files, *names: str) -> Files:
    assert set(names) <= set(files)
    return {name: data for name, data in files.items() if name not in names}


def zipped(files: Files, folder: str = GOOD.folder) -> bytes:
    return archive([Piece(folder + name, data) for name, data in files.items()])


JUDGED_BY = {"manifest.json", "log/checkpoint.note", "log/proof.json"}


@pytest.mark.parametrize("name", LOGGED)
def test_each_file_that_is_flipped_dropped_cut_or_another_is_named(
    judge: Callable[..., Verdict], name: str
) -> None:
    data = LOGGED[name]
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 1
    others = [
        bytes(flipped),
        data[:-1],
        data + b"\n",
        b"",
        GOOD.but(by="mei", cosigned=(4, 15)).files()[name],
    ]
    for other in others:
        if other != data:
            verdict = judge(zipped(LOGGED | {name: other}))
            demand(verdict)
            # What other files are judged by shows in them; a leaf that is another, in its proof.
            stems = {fault.file.rpartition(".")[0] for fault in verdict.faults}
            assert name.rpartition(".")[0] in stems or name in JUDGED_BY
    demand(judge(zipped(without(LOGGED, name))), ("missing_file", name))


def test_files_that_change_places_are_named(judge: Callable[..., Verdict]) -> None:
    swapped = LOGGED | {"people.csv": LOGGED["staff.csv"], "staff.csv": LOGGED["people.csv"]}
    demand(judge(zipped(swapped)), ("changed", "people.csv"), ("changed", "staff.csv"))
    names = list(LOGGED)
    names[2], names[3] = names[3], names[2]
    demand(judge(zipped({name: LOGGED[name] for name in names})), ("order", "people.csv"))
    names = [*list(LOGGED)[1:], "README.txt"]
    demand(judge(zipped({name: LOGGED[name] for name in names})), ("order", "README.txt"))


@pytest.mark.parametrize(
    "name", ["more.txt", "log/more.note", "instruments/../x.yaml", "log/\x1b[2Jx", "instruments/"]
)
def test_a_file_that_does_not_belong_there_is_named(judge: Callable[..., Verdict], name: str) -> None:
    verdict = judge(zipped(LOGGED | {name: b"hello"}))
    demand(verdict, ("unknown_file", name))
    assert all(fault.line().isprintable() for fault in verdict.faults)


def test_a_file_that_the_manifest_does_not_list_is_named(judge: Callable[..., Verdict]) -> None:
    more = {"instruments/2099-01-01.yaml": b"id: mine\n"}
    demand(judge(zipped(LOGGED | more)), ("unlisted_file", "instruments/2099-01-01.yaml"))


def test_members_in_another_folder_are_named(judge: Callable[..., Verdict]) -> None:
    demand(judge(zipped(LOGGED, "venue-kiosk_hk-2_2021-05-01_2021-05-02/")), ("folder", "README.txt"))
    members = pieces_of(GOOD)
    members[4] = replace(members[4], name="../" + members[4].name)
    demand(judge(archive(members)))


def lines_of(files: Files) -> list[bytes]:
    return files[ENTRIES].splitlines(keepends=True)


def test_entries_that_are_dropped_doubled_moved_or_cut_off_are_counted_and_placed(
    judge: Callable[..., Verdict],
) -> None:
    lines = lines_of(LOGGED)

    def judged(*those: bytes) -> Verdict:
        return judge(zipped(LOGGED | {ENTRIES: b"".join(those)}))

    demand(judged(*lines[:4], *lines[5:]), ("index", ENTRIES), ("count", ENTRIES), ("changed", ENTRIES))
    demand(judged(*lines[1:]), ("index", ENTRIES), ("count", ENTRIES))
    demand(judged(*lines[:-1]), ("count", ENTRIES), ("changed", ENTRIES))
    demand(judged(*lines, lines[-1]), ("more_entries", ENTRIES), ("changed", ENTRIES))
    demand(judged(*lines[:3], lines[4], lines[3], *lines[5:]), ("index", ENTRIES), ("entries_root", ENTRIES))
    demand(judged(*lines[:-1], lines[-1].removesuffix(b"\n")), ("no_newline", ENTRIES))
    verdict = judged(*lines[:4], lines[4].replace(b"staff_saw", b"declared"), *lines[5:])
    demand(verdict, ("entries_root", ENTRIES), ("within_contradicts", CHECKPOINTS))
    # The first checkpoint that does not follow says how far the entries are still good.
    first = next(fault for fault in verdict.faults if fault.code == "within_contradicts")
    assert first.place is not None
    assert first.place.number == 15


# The forger: a whole world of his own


FORGER = Signer.generate(origin_of(KIOSK))
FALSE_AUTHORITY = Signer.generate("venue-central/authority")
FALSE_WITNESS = Signer.generate("venue-central/witness", COSIGNATURE)


def issued(signer: Signer = AUTHORITY, **changes: Any) -> bytes:
    return replace(CERTIFICATE, **changes).sign(signer).encode()


def test_a_whole_consistent_export_with_a_key_of_the_forgers_own_is_never_genuine(
    judge: Callable[..., Verdict],
) -> None:
    mine = GOOD.but(signer=FORGER, witness=FALSE_WITNESS)
    demand(judge(mine.zip()), ("certificate_other_key", "log/certificate.note"))
    own = issued(FALSE_AUTHORITY, key=FORGER.key, witness=FALSE_WITNESS.key)
    demand(judge(mine.but(certificate=own).zip()), ("certificate_not_the_authoritys", "log/certificate.note"))
    bare = judge(mine.but(certificate=None).zip())
    assert (bare.status, bare.unproved) == ("unproved", ("no_certificate",))
    # His key, with the true one said to be it.
    demand(
        judge(mine.but(listed=lambda files: files.update({"log/key.txt": LOGGED["log/key.txt"]})).zip()),
        ("not_the_kiosks", "log/checkpoint.note"),
    )


def test_a_forger_who_names_his_key_like_the_true_authoritys_is_refused(
    judge: Callable[..., Verdict],
) -> None:
    """Key ids are four bytes only, and a name costs nothing: what counts is the signature."""
    note = issued(FALSE_AUTHORITY, key=FORGER.key).decode()
    text, _, line = note.rpartition("\n\u2014 ")
    name, code = line.split(" ")
    assert name == AUTHORITY.key.name
    blob = base64.b64decode(code)[4:]
    forged = f"{text}\n\u2014 {name} {base64.b64encode(AUTHORITY.key.key_id + blob).decode()}\n".encode()
    demand(
        judge(GOOD.but(signer=FORGER, certificate=forged).zip()),
        ("certificate_not_the_authoritys", "log/certificate.note"),
    )


def test_another_kiosks_certificate_is_refused(judge: Callable[..., Verdict]) -> None:
    other = Signer.generate(origin_of("hk-2"))
    certificate = Certificate("hk-2", "v", other.key, WITNESS.key, date(2021, 4, 1), date(2022, 3, 31))
    verdict = judge(GOOD.but(certificate=certificate.sign(AUTHORITY).encode()).zip())
    demand(verdict, ("certificate_other_kiosk", "log/certificate.note"))


@pytest.mark.parametrize(
    ("first", "last"), [(date(2021, 4, 1), date(2021, 5, 1)), (date(2021, 5, 3), date(2022, 5, 3))]
)
def test_a_certificate_that_did_not_hold_when_central_co_signed_is_refused(
    judge: Callable[..., Verdict], first: date, last: date
) -> None:
    verdict = judge(GOOD.but(certificate=issued(first=first, last=last)).zip())
    demand(verdict, ("cosigned_outside", "log/cosigned.note"))


def test_a_co_signature_by_another_witness_is_refused(judge: Callable[..., Verdict]) -> None:
    demand(judge(GOOD.but(witness=FALSE_WITNESS).zip()), ("not_cosigned", "log/cosigned.note"))


def test_a_certificate_that_is_none_is_refused(judge: Callable[..., Verdict]) -> None:
    for bad in (b"hello\n", issued().replace(b"golden", b"silver"), issued()[:-2]):
        verdict = judge(GOOD.but(certificate=bad).zip())
        assert verdict.status == "faulty"
        assert "log/certificate.note" in {fault.file for fault in verdict.faults}


# The owner: holds the kiosk's key, and can have the door sign whatever he writes


def rewritten() -> forge.Log:
    """The true log, but for one party on the first day that never was."""
    log = GOOD.log.copy()
    log.leaves[10] = altered(log.leaves[10], lambda leaf: leaf["entry"]["people"][0].update(lhs="declared"))
    return log


def test_entries_signed_anew_after_central_co_signed_them_are_refused(judge: Callable[..., Verdict]) -> None:
    """He owns the key and signs a new history; what central co-signed, he cannot."""
    true = {
        "log/cosigned.note": GOOD.checkpoint(19, cosigned=True),
    }
    forged = GOOD.but(log=rewritten(), listed=lambda files: files.update(true))
    demand(judge(forged.zip()), ("cosigned_contradicts", "log/cosigned.note"))
    older = b"---\n".join([GOOD.checkpoint(11), GOOD.checkpoint(15, cosigned=True)])
    forged = GOOD.but(
        log=rewritten(),
        cosigned=(),
        listed=lambda files: files.update({CHECKPOINTS: older}),
    )
    demand(judge(forged.zip()), ("within_contradicts", CHECKPOINTS))


def test_entries_that_nobody_co_signed_are_genuine_with_nothing_claimed_of_them(
    judge: Callable[..., Verdict],
) -> None:
    verdict = judge(GOOD.but(log=rewritten(), cosigned=(), signed=()).zip())
    assert verdict.status == "genuine"
    assert verdict.claims is not None
    assert (verdict.claims.cosigned, verdict.claims.beyond) == (None, verdict.claims.entries)


def test_a_co_signed_checkpoint_of_another_history_is_refused(judge: Callable[..., Verdict]) -> None:
    other = GOOD.but(log=rewritten()).checkpoint(19, cosigned=True)
    demand(
        judge(GOOD.but(listed=lambda files: files.update({"log/cosigned.note": other})).zip()),
        ("cosigned_contradicts", "log/cosigned.note"),
    )


def test_a_log_that_is_shorter_than_what_central_co_signed_is_refused(judge: Callable[..., Verdict]) -> None:
    """Yesterday's copy put back, with central's newest co-signature kept."""
    longer = GOOD.log.copy()
    for number in range(9):
        longer.add(moment(LAST, 23, number), Exit(people=1, source="beam"))
    newest = GOOD.but(log=longer).checkpoint(30, cosigned=True)
    demand(
        judge(GOOD.but(listed=lambda files: files.update({"log/cosigned.note": newest})).zip()),
        ("cosigned_longer", "log/cosigned.note"),
    )


def test_a_manifest_that_is_not_the_logged_one_is_refused(judge: Callable[..., Verdict]) -> None:
    """Somebody edits a table and writes a manifest that fits: the log knows another."""
    people = LOGGED["people.csv"].replace("阿美".encode(), b"nobody")
    manifest = json.loads(LOGGED["manifest.json"])
    row = next(row for row in manifest["files"] if row["name"] == "people.csv")
    row |= {"size": len(people), "sha256": hashlib.sha256(people).hexdigest()}
    forged = LOGGED | {"people.csv": people, "manifest.json": canonical(manifest)}
    verdict = judge(zipped(forged))
    demand(verdict, ("download_other_manifest", "log/download.json"))
    assert found(verdict) == {("download_other_manifest", "log/download.json")}
    # Without the entry it is no better than nobody's word for it, and never genuine.
    bare = without(forged, "log/download.json", "log/download.tlog-proof")
    demand(judge(zipped(bare)), ("report_unvouched", "report.pdf"))
    manifest["files"] = [row for row in manifest["files"] if row["name"] != "report.pdf"]
    bare = without(bare, "report.pdf") | {"manifest.json": canonical(manifest)}
    verdict = judge(zipped(bare))
    assert (verdict.status, verdict.unproved) == ("unproved", ("no_download",))


@pytest.mark.parametrize("days", [1, 7])
def test_first_entries_of_a_day_that_were_left_out_are_missed(
    judge: Callable[..., Verdict], days: int
) -> None:
    start = 8 + days
    short = GOOD.but(range=range(start, 24))
    demand(judge(short.zip()), ("before_same_day", "log/before.json"))

    def older(files: Files) -> None:
        """An entry of the day before stands in for the one just before."""
        made = GOOD.files()
        files |= {name: made[name] for name in ("log/before.json", "log/before.tlog-proof")}

    demand(judge(short.but(behind=older).zip()), ("neighbour_index", "log/before.json"))

    def none(files: Files) -> None:
        del files["log/before.json"], files["log/before.tlog-proof"]

    demand(judge(short.but(behind=none).zip()), ("before_missing", "log/before.json"))


@pytest.mark.parametrize("count", [1, 5])
def test_last_entries_of_a_day_that_were_left_out_are_missed(
    judge: Callable[..., Verdict], count: int
) -> None:
    log = GOOD.log.copy()
    log.add(moment(LAST + timedelta(days=1), 9), Exit(people=1, source="beam"))
    whole = GOOD.but(log=log)
    assert judge(whole.zip()).status == "genuine"
    short = whole.but(range=range(8, 24 - count))
    demand(judge(short.zip()), ("after_missing", "log/after.json"))

    def later(files: Files) -> None:
        files |= {name: data for name, data in whole.files().items() if "log/after" in name}

    demand(judge(short.but(behind=later).zip()), ("neighbour_index", "log/after.json"))


def test_an_after_of_the_same_day_is_refused(judge: Callable[..., Verdict]) -> None:
    def same_day(files: Files) -> None:
        made = GOOD.but(last=FIRST, range=range(8, 16)).files()
        files |= {name: data for name, data in made.items() if "log/after" in name}

    log = GOOD.log.copy()
    short = GOOD.but(log=log, range=range(8, 16), behind=same_day)
    demand(judge(short.zip()), ("after_same_day", "log/after.json"))


MANIFESTS: dict[str, tuple[Callable[[dict[str, Any]], Any], Found]] = {
    "a later version": (lambda m: m.update(v=2), ("form", "manifest.json")),
    "a field too many": (lambda m: m.update(more=1), ("form", "manifest.json")),
    "a field too few": (lambda m: m.pop("program"), ("form", "manifest.json")),
    "a day that is none": (lambda m: m.update(first="2021-05-32"), ("form", "manifest.json")),
    "a day in another form": (lambda m: m.update(first="2021-05-01T00:00:00"), ("form", "manifest.json")),
    "a size in words": (lambda m: m["files"][0].update(size="3"), ("form", "manifest.json")),
    "a name that is none": (lambda m: m.update(kiosk="../hk"), ("form", "manifest.json")),
    "ends before it begins": (lambda m: m.update(end=1), ("form", "manifest.json")),
    "another kiosk": (lambda m: m.update(kiosk="hk-2"), ("folder", "README.txt")),
    "a file twice": (lambda m: m["files"].append(m["files"][0]), ("listed_twice", "manifest.json")),
    "a file that is not there": (
        lambda m: m["files"].insert(6, {"name": "instruments/z.yaml", "size": 1, "sha256": "0" * 64}),
        ("missing_file", "instruments/z.yaml"),
    ),
    "itself": (
        lambda m: m["files"].append({"name": "manifest.json", "size": 1, "sha256": "0" * 64}),
        ("unknown_file", "manifest.json"),
    ),
    "files in another order": (lambda m: m["files"].reverse(), ("order", "log/key.txt")),
    "other entries": (lambda m: m.update(start=9), ("more_entries", ENTRIES)),
    "other days": (lambda m: m.update(first="2021-05-02"), ("other_day", ENTRIES)),
}


@pytest.mark.parametrize("change", MANIFESTS)
def test_a_manifest_that_says_what_cannot_be_is_refused(judge: Callable[..., Verdict], change: str) -> None:
    do, fault = MANIFESTS[change]
    demand(judge(GOOD.but(manifest=do).zip()), fault)


def test_files_that_are_not_in_canonical_form_are_refused(judge: Callable[..., Verdict]) -> None:
    for name in ("manifest.json", "log/proof.json"):
        value = json.loads(LOGGED[name])
        text = LOGGED[name].decode()
        forms = {
            "not_canonical": json.dumps(value).encode(),
            "duplicate_key": text.replace('"v":1', '"v":1,"v":1').encode(),
            "not_json": text.replace('"v":1', '"v":1.0').encode(),
        }
        for code, data in forms.items():
            demand(judge(zipped(LOGGED | {name: data})), (code, name))
        demand(judge(zipped(LOGGED | {name: b"[]"})), ("form", name))


def leaf_changes() -> dict[str, tuple[Callable[[bytes], bytes], str]]:
    def changed(**fields: Any) -> Callable[[bytes], bytes]:
        return lambda leaf: altered(leaf, lambda value: value.update(fields))

    return {
        "other spaces": (lambda leaf: leaf.replace(b'"index":', b'"index": '), "not_canonical"),
        "another order of keys": (lambda leaf: json.dumps(dict(reversed(json.loads(leaf).items())), separators=(",", ":")).encode(), "not_canonical"),
        "escaped signs": (lambda leaf: leaf.replace(b'"main"', b'"m\\u0061in"').replace(b'"B1"', b'"\\u00421"'), "not_canonical"),
        "a key twice": (lambda leaf: leaf.replace(b'{"at"', b'{"at":"2021-05-01T00:00:00.000+08:00","at"'), "duplicate_key"),
        "a key twice within": (lambda leaf: leaf.replace(b'"by":', b'"by":"a","by":'), "duplicate_key"),
        "a fraction": (changed(index=10.5), "not_json"),
        "a number beyond all": (changed(more=2**53 - 1) , "entries_root"),
        "no JSON": (lambda leaf: leaf[:-1], "not_json"),
        "no object": (lambda leaf: b"[1]", "no_leaf"),
        "deep": (lambda leaf: b"[" * 60_000, "not_json"),
        "long": (changed(more="x" * 70_000), "leaf_too_large"),
        "another kiosk": (changed(kiosk="hk-2"), "other_kiosk"),
        "another version": (changed(v=2), "leaf_version"),
        "another index": (changed(index=99), "index"),
        "no index": (changed(index="10"), "no_leaf"),
        "a day later": (changed(at="2021-05-02T18:01:00.000+08:00"), "time_goes_back"),
        "a time without zone": (changed(at="2021-05-01T18:01:00.000"), "no_time"),
        "the time of another zone": (changed(at="2021-05-01T10:01:00.000+00:00"), "no_time"),
        "a finer time": (changed(at="2021-05-01T18:01:00.000001+08:00"), "no_time"),
        "no time": (changed(at=None), "no_time"),
        "a day of none": (changed(at="2021-02-30T18:01:00.000+08:00"), "no_time"),
        "another month": (changed(at="2021-06-01T18:01:00.000+08:00"), "other_day"),
        "no entry": (changed(entry=None), "no_leaf"),
        "a digest that is none": (changed(sealed="00"), "no_leaf"),
    }  # fmt: skip


LEAVES = leaf_changes()


@pytest.mark.parametrize("change", LEAVES)
def test_a_leaf_that_is_not_as_leaves_are_is_refused_though_the_owner_signed_it(
    judge: Callable[..., Verdict], change: str
) -> None:
    do, code = LEAVES[change]
    log = GOOD.log.copy()
    log.leaves[10] = do(log.leaves[10])
    assert log.leaves[10] != GOOD.log.leaves[10]
    verdict = judge(GOOD.but(log=log).zip())
    if code == "entries_root":
        # Nothing is wrong with it: whoever has the key may have written so.
        assert verdict.status == "genuine"
        return
    demand(verdict, (code, ENTRIES))
    assert {fault.place.number for fault in verdict.faults if fault.place and fault.code == code} <= {
        10,
        11,
        100,
    }


def change_download(**fields: Any) -> Callable[[Downloaded], Downloaded]:
    return lambda entry: entry.model_copy(update=fields)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (change_download(first=FIRST - timedelta(days=1)), "download_other_range"),
        (change_download(last=LAST + timedelta(days=1)), "download_other_range"),
        (change_download(start=7), "download_other_range"),
        (change_download(end=25), "download_other_range"),
        (change_download(manifest="0" * 64), "download_other_manifest"),
        (lambda entry: Exit(people=1, source="beam"), "no_download"),
    ],
)
def test_an_entry_about_another_download_is_refused(
    judge: Callable[..., Verdict], change: Callable[[Downloaded], Any], code: str
) -> None:
    demand(judge(GOOD.but(entry=change).zip()), (code, "log/download.json"))


def test_an_entry_about_the_download_from_among_the_entries_is_refused(judge: Callable[..., Verdict]) -> None:
    """An entry that was there before the end cannot know of the file."""
    log = GOOD.log.copy()
    log.add(moment(LAST, 23), Exit(people=1, source="beam"))
    making = GOOD.but(log=log, at=moment(LAST, 23, 30))
    files = making.but(range=range(8, 25)).files()
    assert judge(making.but(range=range(8, 25)).zip()).status == "genuine"
    demand(judge(zipped(without(files, "log/proof.json") | {"log/proof.json": LOGGED["log/proof.json"]})))
    earlier = making.but(range=range(8, 25), manifest=lambda manifest: manifest.update(end=26))
    demand(judge(earlier.zip()), ("download_place", "log/download.json"))


def test_proofs_that_prove_nothing_are_refused(judge: Callable[..., Verdict]) -> None:
    other = GOOD.but(by="mei").files()
    for which in ("download", "before"):
        name = f"log/{which}.tlog-proof"
        demand(judge(zipped(LOGGED | {name: other[name]})), ("proof_other_checkpoint", name))
        head, _, note = LOGGED[name].partition(b"\n\n")
        lines = head.split(b"\n")
        shorter = b"\n".join(lines[:-1]) + b"\n\n" + note
        demand(judge(zipped(LOGGED | {name: shorter})), ("not_in_the_log", name))
        extra = b"\n".join([lines[0], b"extra aGVsbG8=", *lines[1:]]) + b"\n\n" + note
        demand(judge(zipped(LOGGED | {name: extra})), ("proof_form", name))
        elsewhere = LOGGED[name].replace(lines[1], b"index 3")
        demand(judge(zipped(LOGGED | {name: elsewhere})), ("not_in_the_log", name))
    proof = json.loads(LOGGED["log/proof.json"])
    for field, value in (
        ("range", proof["range"][:-1]),
        ("range", [*proof["range"], proof["range"][0]]),
        ("range", ["AAAA"]),
        ("range", None),
        ("range", ["AAAA"] * 1000),
        ("consistency", None),
        ("consistency", "x"),
        ("v", 2),
    ):
        verdict = judge(zipped(LOGGED | {"log/proof.json": canonical(proof | {field: value})}))
        demand(verdict, ("form", "log/proof.json"))
    swapped = canonical(proof | {"range": proof["range"][::-1]})
    demand(judge(zipped(LOGGED | {"log/proof.json": swapped})), ("entries_root", ENTRIES))
    swapped = canonical(proof | {"consistency": proof["consistency"][::-1]})
    demand(judge(zipped(LOGGED | {"log/proof.json": swapped})), ("cosigned_contradicts", "log/cosigned.note"))


def test_a_checkpoint_with_a_line_more_or_of_another_log_is_refused(judge: Callable[..., Verdict]) -> None:
    def replaced(note: bytes) -> Callable[[Files], None]:
        return lambda files: files.update({"log/checkpoint.note": note})

    size = 25
    good = Checkpoint(origin_of(KIOSK), size, bytes(32)).sign(LOG)
    other = Signer.generate(origin_of("hk-2"))
    cases = {
        "more_signatures": LOGGED["log/checkpoint.note"] + b"\xe2\x80\x94 somebody AAAAAAAA\n",
        "other_log": Checkpoint(origin_of("hk-2"), size, bytes(32)).sign(other).encode(),
        "not_the_kiosks": Checkpoint(origin_of(KIOSK), size, bytes(32)).sign(FORGER).encode(),
        "note_form": good.encode() + b"\n",
        "signature": good.encode().replace(f"\n{size}\n".encode(), b"\n26\n"),
    }
    for code, note in cases.items():
        demand(judge(GOOD.but(behind=replaced(note)).zip()), (code, "log/checkpoint.note"))


def test_checkpoints_within_that_are_of_nobody_out_of_place_or_none_are_refused(
    judge: Callable[..., Verdict],
) -> None:
    def judged(*notes: bytes) -> Verdict:
        return judge(GOOD.but(listed=lambda files: files.update({CHECKPOINTS: b"---\n".join(notes)})).zip())

    one, two = GOOD.checkpoint(11), GOOD.checkpoint(15)
    assert judged(one, two).status == "genuine"
    demand(judged(two, one), ("within_order", CHECKPOINTS))
    demand(judged(one, one), ("within_order", CHECKPOINTS))
    demand(judged(GOOD.checkpoint(8)), ("within_range", CHECKPOINTS))
    demand(judged(GOOD.but(log=GOOD.log).checkpoint(4)), ("within_range", CHECKPOINTS))
    demand(judged(one, b"hello\n"), ("note_form", CHECKPOINTS))
    demand(judged(one.replace(b"\n11\n", b"\n12\n")), ("signature", CHECKPOINTS))
    demand(judged(GOOD.but(kiosk="hk-2").checkpoint(11)), ("other_log", CHECKPOINTS))
    stranger = Signer.generate("somebody")
    theirs = Checkpoint(origin_of(KIOSK), 11, GOOD.log.root(11)).sign(stranger).encode()
    demand(judged(theirs), ("nobodys", CHECKPOINTS))
    demand(judged(GOOD.but(log=rewritten()).checkpoint(15)), ("within_contradicts", CHECKPOINTS))


def test_checkpoints_of_a_key_that_was_changed_since_are_of_the_same_history_and_told(
    judge: Callable[..., Verdict],
) -> None:
    """A key that was lost is replaced in order: what the old one signed is compared, and the change is told."""
    old = GOOD.but(signer=FORGER)

    def mixed(log: forge.Log) -> bytes:
        notes = [old.but(log=log).checkpoint(11), GOOD.checkpoint(15)]
        return GOOD.but(listed=lambda files: files.update({CHECKPOINTS: b"---\n".join(notes)})).zip()

    verdict = judge(mixed(GOOD.log))
    assert verdict.status == "genuine"
    assert verdict.claims is not None
    assert verdict.claims.other_key == 1
    demand(judge(mixed(rewritten())), ("within_contradicts", CHECKPOINTS))


# An earlier checkpoint


def test_an_earlier_checkpoint_that_the_history_no_longer_has_is_told(judge: Callable[..., Verdict]) -> None:
    """The owner restores a copy and goes on from it: what the inspector took before says so."""
    log = rewritten()
    taken = GOOD.checkpoint(15)
    assert judge(GOOD.zip(), taken).status == "genuine"
    forged = GOOD.but(log=log, cosigned=(), signed=()).zip()
    assert judge(forged).status == "genuine", "nothing in it tells"
    demand(judge(forged, taken), ("earlier_contradicts", "--checkpoint"))
    # From before the change, it knows nothing of it; of the checkpoint itself it does.
    assert judge(forged, GOOD.checkpoint(10)).status == "genuine"
    demand(judge(forged, GOOD.checkpoint(24)), ("earlier_contradicts", "--checkpoint"))


def test_a_log_cut_back_behind_an_earlier_checkpoint_is_told(judge: Callable[..., Verdict]) -> None:
    longer = GOOD.log.copy()
    for number in range(9):
        longer.add(moment(LAST, 23, number), Exit(people=1, source="beam"))
    demand(judge(GOOD.zip(), GOOD.but(log=longer).checkpoint(33)), ("earlier_longer", "--checkpoint"))


def test_an_earlier_checkpoint_with_another_key_of_another_kiosk_or_altered_is_told(
    judge: Callable[..., Verdict],
) -> None:
    """The owner swaps the key: even where the authority certifies the new one, the old signature is not of it."""
    demand(judge(GOOD.zip(), GOOD.but(signer=FORGER).checkpoint(15)), ("earlier_other_key", "--checkpoint"))
    new = GOOD.but(signer=FORGER, certificate=issued(key=FORGER.key))
    assert judge(new.zip()).status == "genuine"
    demand(judge(new.zip(), GOOD.checkpoint(15)), ("earlier_other_key", "--checkpoint"))
    other = GOOD.but(kiosk="hk-2", signer=Signer.generate(origin_of("hk-2")))
    demand(judge(GOOD.zip(), other.checkpoint(15)), ("earlier_other_kiosk", "--checkpoint"))
    moved = GOOD.checkpoint(15).replace(b"\n15\n", b"\n14\n")
    demand(judge(GOOD.zip(), moved), ("earlier_signature", "--checkpoint"))


def test_an_earlier_checkpoint_of_which_the_export_cannot_tell_keeps_it_from_being_genuine(
    judge: Callable[..., Verdict],
) -> None:
    log = GOOD.log.copy()
    for number in range(9):
        log.add(moment(LAST + timedelta(days=1), 9, number), Exit(people=1, source="beam"))
    verdict = judge(
        GOOD.but(log=log).zip(), GOOD.checkpoint(15), GOOD.checkpoint(3), GOOD.but(log=log).checkpoint(27)
    )
    assert (verdict.status, verdict.unproved) == ("unproved", ("earlier_elsewhere",))
    assert [(item.size, item.outcome) for item in verdict.earlier] == [
        (15, "same"),
        (3, "before"),
        (27, "behind"),
    ]


# Bounds


def test_of_faults_without_number_the_first_are_told_and_the_others_counted(
    judge: Callable[..., Verdict],
) -> None:
    log = forge.evenings(parties=400)
    log.leaves = [leaf.replace(b'"hk-1"', b'"hk-2"') for leaf in log.leaves]
    verdict = judge(Making(log=log, signed=range(500, 700), cosigned=()).zip())
    demand(verdict, ("other_kiosk", ENTRIES), ("more", ENTRIES))
    more = next(fault for fault in verdict.faults if fault.code == "more" and fault.file == ENTRIES)
    assert more.values["count"] == 804 - 10
    assert len(verdict.faults) < 50


def test_what_would_take_for_ever_is_not_begun(judge: Callable[..., Verdict]) -> None:
    """Lines and notes without number, and members that would inflate to a disk: each ends in a line."""
    many = b"\n" * 50_000_000
    demand(judge(zipped(LOGGED | {ENTRIES: LOGGED[ENTRIES] + many})), ("more_entries", ENTRIES))
    notes = b"---\n".join([GOOD.checkpoint(11)] * 20_000)
    demand(judge(zipped(LOGGED | {CHECKPOINTS: notes})), ("within_range", CHECKPOINTS))
    huge = {"size": 0xFFFF_FFF0}
    members = [replace(piece, local=huge, central=huge) for piece in pieces_of(GOOD)]
    demand(judge(archive(members)), ("too_large", "people.csv"), ("size", "README.txt"))


def test_a_manifest_that_cannot_be_read_is_told_with_all_that_else_is_broken(
    judge: Callable[..., Verdict],
) -> None:
    members = [
        replace(piece, packed=b"\xff") if piece.name.endswith(("manifest.json", "staff.csv")) else piece
        for piece in pieces_of(GOOD)
    ]
    verdict = judge(archive(members))
    demand(verdict, ("deflate", "manifest.json"), ("deflate", "staff.csv"))
    assert verdict.claims is None


def test_started_is_no_download(judge: Callable[..., Verdict]) -> None:
    entry = Started(
        version="1", demo=True, clock_shifted=False, has_lock=True, counts_entries=True, counts_exits=True
    )
    demand(judge(GOOD.but(entry=lambda _entry: entry).zip()), ("no_download", "log/download.json"))


def test_the_time_of_a_co_signature_is_signed(judge: Callable[..., Verdict]) -> None:
    note = LOGGED["log/cosigned.note"].decode()
    *head, line, _ = note.split("\n")
    dash, name, code = line.split(" ")
    raw = bytearray(base64.b64decode(code))
    raw[4:12] = int(datetime(2021, 6, 1, tzinfo=UTC).timestamp()).to_bytes(8, "big")
    forged = "\n".join([*head, f"{dash} {name} {base64.b64encode(raw).decode()}", ""]).encode()
    verdict = judge(GOOD.but(listed=lambda files: files.update({"log/cosigned.note": forged})).zip())
    demand(verdict, ("signature", "log/cosigned.note"))
