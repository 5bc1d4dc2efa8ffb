"""An export of a box at which no door runs: what is in it, what of it is proved, and what cannot be exported."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk import exporting
from kiosk.accounts import Accounts
from kiosk.cli import main
from kiosk.decommission import decommission
from kiosk.exporting import Order
from kiosk.law import load_instruments
from kiosk.ledger.entries import Downloaded, Exit
from kiosk.ledger.leaf import canonical, leaf_hash
from kiosk.ledger.tlog_proof import parse_tlog_proof
from kiosk.premises import fold
from kiosk.premises.kept import loads
from kiosk.reports import beside, export, proving
from kiosk.reports.verify import Verdict, verify
from kiosk.store import StoreReader
from kiosk.texts import LANGUAGES, Language
from tests.reports.boxes import MAY_1, Box, busy_day, moment, started, three_days

KIOSK = Path(sys.executable).parent / "kiosk"
MAY_2, MAY_3 = (MAY_1 + timedelta(days=days) for days in (1, 2))


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return three_days(tmp_path)


@dataclass(frozen=True)
class Export:
    """What lies in a file, by name."""

    file: Path
    members: dict[str, bytes]

    @property
    def manifest(self) -> dict[str, Any]:
        return dict(json.loads(self.members["manifest.json"]))

    def table(self, name: str) -> list[list[str]]:
        text = self.members[f"{name}.csv"].decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def opened(file: Path) -> Export:
    with zipfile.ZipFile(file) as found:
        return Export(file, {name.partition("/")[2]: found.read(name) for name in found.namelist()})


def make(box: Box, first: date, last: date | None = None, **others: Any) -> Export:
    made = exporting.make(box.settings, Order(first, last or first, **others), box.folder / "out.zip")
    assert box.litter() == ["out.zip"]
    return opened(made.file)


def command(box: Box, *words: str) -> int:
    return main(["log", "export", *words, "-o", str(box.folder / "out.zip"), "--config", str(box.file)])


def days_of(leaves: bytes) -> set[str]:
    return {json.loads(line)["at"][:10] for line in leaves.splitlines()}


def judged(box: Box, found: Export) -> Verdict:
    return verify(found.file, box.authority.key)


def test_an_export_of_a_certified_kiosk_is_genuine_and_says_up_to_where_central_vouches(box: Box) -> None:
    box.certify()
    verdict = judged(box, make(box, MAY_1, MAY_2))
    assert (verdict.status, verdict.faults) == ("genuine", ())
    assert verdict.claims is not None
    assert verdict.claims.cosigned is not None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("first", "last"), [(MAY_1, MAY_1), (MAY_2, MAY_2), (MAY_1, MAY_3), (MAY_3, MAY_3)])
def test_it_has_just_the_entries_of_its_days_with_their_neighbours(
    box: Box, first: date, last: date, language: Language
) -> None:
    found = make(box, first, last, language=language)
    assert judged(box, found).faults == ()
    manifest = found.manifest
    span = (last - first).days + 1
    assert days_of(found.members["log/entries.jsonl"]) == {
        (first + timedelta(days=number)).isoformat() for number in range(span)
    }
    with StoreReader(box.data / "log.sqlite") as reader:
        leaves = list(reader.proved_leaves(manifest["start"], manifest["end"]))
        whole = list(reader.read())
    assert found.members["log/entries.jsonl"] == b"".join(leaf + b"\n" for leaf in leaves)
    assert ("log/before.json" in found.members) == (first > MAY_1)
    assert ("log/after.json" in found.members) == (last < MAY_3)
    assert loads(found.members["log/state.json"]) == fold(whole[: manifest["start"]])


def test_the_list_of_files_has_every_file_with_its_digest_and_the_log_has_the_lists(box: Box) -> None:
    found = make(box, MAY_1, MAY_2, by=None)
    manifest = found.manifest
    names = [one["name"] for one in manifest["files"]]
    listed = {one["name"]: (one["size"], one["sha256"]) for one in manifest["files"]}
    assert found.members["manifest.json"] == canonical(manifest)
    assert names == list(found.members)[: len(names)]
    for name, described in listed.items():
        content = found.members[name]
        assert described == (len(content), hashlib.sha256(content).hexdigest())
    proof = parse_tlog_proof(found.members["log/download.tlog-proof"])
    leaf = found.members["log/download.json"]
    checkpoint = proof.verify(leaf_hash(leaf), box.signer.key)
    assert proof.note == found.members["log/checkpoint.note"]
    with StoreReader(box.data / "log.sqlite") as reader:
        (recorded,) = reader.read(proof.index, 1)
        assert checkpoint.root == reader.root(checkpoint.size)
    assert isinstance(recorded.entry, Downloaded)
    assert recorded.entry.manifest == hashlib.sha256(found.members["manifest.json"]).hexdigest()
    assert (recorded.entry.start, recorded.entry.end) == (manifest["start"], manifest["end"])


def test_the_instruments_are_those_in_force_on_the_days_as_the_kiosk_has_them(box: Box) -> None:
    found = make(box, MAY_1)
    names = [name for name in found.members if name.startswith("instruments/")]
    wanted = [
        one
        for one in load_instruments(box.settings.instruments)
        if one.in_force.first <= MAY_1 <= one.in_force.last
    ]
    assert names == [f"instruments/{one.id}.yaml" for one in wanted]
    assert names
    for one in wanted:
        assert hashlib.sha256(found.members[f"instruments/{one.id}.yaml"]).hexdigest() == one.digest


def test_reasons_that_look_like_formulas_are_text_in_the_tables(tmp_path: Path) -> None:
    box = three_days(tmp_path, reason='=HYPERLINK("http://x.test")')
    rows = make(box, MAY_1).table("entries")
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert any("=FEHD" in cell for row in rows for cell in row)


def test_what_was_undone_later_the_same_day_stands_in_the_row_of_the_admission(box: Box) -> None:
    rows = make(box, MAY_2).table("people")
    assert any("taken back by mei" in cell for row in rows for cell in row)


def test_a_day_without_entries_is_an_export_that_says_so(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.write([(moment(MAY_1, 11), started()), (moment(MAY_3, 11), started())])
    found = make(box, MAY_2)
    assert judged(box, found).faults == ()
    assert found.members["log/entries.jsonl"] == b""
    assert found.manifest["start"] == found.manifest["end"] == 1
    assert json.loads(found.members["log/proof.json"])["range"] == []
    assert {"log/before.json", "log/after.json"} <= set(found.members)
    assert "no entry of these days" in found.members["README.txt"].decode()
    assert [len(found.table(name)) for name in ("people", "entries", "staff")] == [1, 1, 1]


def test_an_export_is_an_entry_of_the_next_one(box: Box) -> None:
    make(box, MAY_3)
    found = make(box, MAY_3)
    (row,) = [row for row in found.table("entries") if row[3] == "downloaded"]
    assert "command line" in row[4]
    assert judged(box, found).faults == ()


def test_the_same_days_may_be_taken_twice_and_neither_file_is_the_other(box: Box) -> None:
    assert make(box, MAY_1).manifest["made_at"] <= make(box, MAY_1).manifest["made_at"]
    with StoreReader(box.data / "log.sqlite") as reader:
        taken = [one.entry for one in reader.of_types("downloaded", start=0, end=reader.length)]
    assert len(taken) == 2


def test_a_manager_is_named_and_nobody_else_may_be(box: Box, capsys: pytest.CaptureFixture[str]) -> None:
    accounts = Accounts(box.data / "accounts.json")
    accounts.save("lam", "manager", "correct horse battery staple 71", "495817")
    accounts.save("mei", "staff", "correct horse battery staple 71", "381729")
    days = ("--from", "2021-05-01", "--to", "2021-05-01")
    assert command(box, *days, "--by", "lam") == 0
    assert command(box, *days, "--by", "mei") == 2
    assert "mei is no manager" in capsys.readouterr().err
    with StoreReader(box.data / "log.sqlite") as reader:
        (taken,) = reader.of_types("downloaded", start=0, end=reader.length)
    assert isinstance(taken.entry, Downloaded)
    assert taken.entry.by == "lam"


def test_a_demos_export_is_dated_by_the_demos_own_clock_and_a_real_ones_by_the_real(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "demo").mkdir()
    demo, real = three_days(tmp_path / "demo"), Box(tmp_path / "real")
    real.write([(moment(MAY_1, 11), started(shifted=False))])
    assert make(demo, MAY_1).manifest["made_at"].startswith("2021-05-03T21:00:00.000+08:00")
    assert make(real, MAY_1).manifest["made_at"] > "2026"


def test_it_has_the_report_in_the_chosen_language(box: Box) -> None:
    found = make(box, MAY_1, MAY_2, language="zh-Hant")
    assert found.members["report.pdf"].startswith(b"%PDF-")
    assert "report.pdf" in found.members["README.txt"].decode()


def test_without_what_a_pdf_takes_there_is_an_export_without_a_report(
    box: Box, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order_of = beside.order_of

    def elsewhere(*args: Any) -> Any:
        order = order_of(*args)
        assert order is not None
        return order.model_copy(update={"instruments": box.folder / "nowhere"})

    monkeypatch.setattr(export, "order_of", elsewhere)
    assert command(box, "--from", "2021-05-01", "--to", "2021-05-01") == 0
    assert "without report.pdf: " in capsys.readouterr().err
    found = opened(box.folder / "out.zip")
    assert "report.pdf" not in found.members
    assert judged(box, found).faults == ()


# Without a key, or without leave to write


def test_of_a_box_out_of_service_the_entries_are_proved_and_nothing_more_is_claimed(box: Box) -> None:
    box.certify()
    decommission(box.settings, by="lam", leave_unsent=True, log_to=None, keep_log=True)
    length = _length(box)
    found = make(box, MAY_1, MAY_3)
    assert _length(box) == length
    assert "log/download.json" not in found.members
    assert "report.pdf" not in found.members
    assert "is no entry of its log" in found.members["README.txt"].decode().replace("\n", " ")
    verdict = judged(box, found)
    assert verdict.faults == ()
    assert verdict.unproved == ("no_download",)


def test_a_key_that_is_gone_is_not_made_anew(box: Box) -> None:
    (box.data / "keys" / "log-signing.key").unlink()
    found = make(box, MAY_1)
    assert judged(box, found).faults == ()
    assert not (box.data / "keys" / "log-signing.key").exists()
    assert "log/download.json" not in found.members


def test_what_was_never_signed_is_left_out_where_nothing_can_be_signed(box: Box) -> None:
    store = box.store()
    from kiosk.ledger.entries import Draft

    store.append(
        [Draft(at=moment(MAY_3, 22), entry=Exit(people=1, source="beam"))], expected_index=store.length
    )
    length = store.length
    store.close()
    (box.data / "keys" / "log-signing.key").unlink()
    found = make(box, MAY_3)
    assert found.manifest["end"] == length - 1
    assert judged(box, found).faults == ()


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("unshare") is None, reason="only root mounts")
def test_a_disk_kept_as_evidence_is_exported_as_it_lies(
    box: Box, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The box's folder is mounted read-only, in a world of this program's own."""
    target = tmp_path_factory.mktemp("target") / "out.zip"
    mounting = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    own_world = ("unshare", "-m", "sh", "-c", mounting, box.folder)
    days = ("--from", "2021-05-01", "--to", "2021-05-02")
    done = subprocess.run(
        [*own_world, KIOSK, "log", "export", *days, "-o", target, "--config", box.file],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip("this machine lets nobody mount")
    assert (done.returncode, done.stderr) == (0, "")
    assert "the log takes no more entries" in done.stdout
    assert verify(target, box.authority.key).faults == ()


# What cannot be exported


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "2021-05-02", "--to", "2021-05-01"), "the last day is before the first"),
        (
            ("--from", "2021-05-01", "--to", "2021-05-04"),
            "2021-05-04: lies in the future: export up to 2021-05-03",
        ),
        (("--from", "2021-04-01", "--to", "2021-04-30"), "lies before the log: the log begins on 2021-05-01"),
        (("--from", "yesterday", "--to", "2021-05-01"), "--from: 'yesterday' is no day"),
        (("--from", "2021-05-01", "--to", "2021-02-30"), "--to: '2021-02-30' is no day"),
        (("--from", "20210501", "--to", "2021-05-01"), "--from: '20210501' is no day"),
        (
            ("--from", "2021-05-01", "--to", "2021-05-01", "--session", "3"),
            "the door service does not answer",
        ),
    ],
)
def test_what_cannot_be_exported_is_one_line_and_leaves_nothing(
    box: Box, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    length = _length(box)
    assert command(box, *words) == 2
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1
    assert box.litter() == []
    assert _length(box) == length


def test_a_range_that_begins_before_the_log_has_what_there_is(box: Box) -> None:
    found = make(box, date(2021, 4, 1), MAY_1)
    assert found.manifest["start"] == 0
    assert judged(box, found).faults == ()


def test_without_a_log_or_a_folder_there_is_no_export(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box = Box(tmp_path)
    days = ("--from", "2021-05-01", "--to", "2021-05-01")
    assert command(box, *days) == 2
    box.store().close()
    assert command(box, *days) == 2
    box.write([(moment(MAY_1, 11), started())])
    nowhere = str(tmp_path / "no" / "such" / "out.zip")
    assert main(["log", "export", *days, "-o", nowhere, "--config", str(box.file)]) == 2
    lost, empty, folder = capsys.readouterr().err.splitlines()
    assert "is gone" in lost
    assert "the log is empty" in empty
    assert f"{nowhere}: cannot be written (No such file or directory)" in folder
    assert box.litter() == []


def test_where_the_disk_is_full_nothing_is_left_and_the_log_says_nothing(box: Box) -> None:
    """The system lets the program write no larger file than this, as a full disk would."""
    chance = random.Random(1)
    names = [f"{chance.getrandbits(160):040x}" for _ in range(2000)]
    at = moment(MAY_3, 22)
    length = box.write([(at, Exit(people=1, source="staff", zone="premises", by=name)) for name in names])

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64_000, 64_000))

    days = ("--from", "2021-05-01", "--to", "2021-05-03")
    done = subprocess.run(
        [KIOSK, "log", "export", *days, "-o", box.folder / "out.zip", "--config", box.file],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=small,
    )
    assert done.returncode == 2
    assert "cannot be written (File too large)" in done.stderr
    assert box.litter() == []
    assert _length(box) == length


def test_one_that_is_ended_leaves_nothing(box: Box) -> None:
    """It waits for its entry while somebody else is the writer; all of its first part is written by then."""
    store = box.store()
    days = ("--from", "2021-05-01", "--to", "2021-05-03")
    process = subprocess.Popen(
        [KIOSK, "log", "export", *days, "-o", box.folder / "out.zip", "--config", box.file]
    )
    try:
        end = time.monotonic() + 60
        while not any(part.stat().st_size for part in box.folder.glob(".out.zip.*.part")):
            assert time.monotonic() < end
            assert process.poll() is None
            time.sleep(0.02)
        process.terminate()
        assert process.wait(60) == 128 + signal.SIGTERM
    finally:
        process.kill()
        process.wait()
        store.close()
    assert box.litter() == []


def test_a_log_that_was_changed_is_not_exported(box: Box, capsys: pytest.CaptureFixture[str]) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(box.data / "log.sqlite")) as raw, raw:
        leaf = raw.execute("SELECT leaf FROM entry WHERE idx = 5").fetchone()[0].replace(b'"mei"', b'"lam"')
        raw.execute("UPDATE entry SET leaf = ?, leaf_hash = ? WHERE idx = 5", (leaf, leaf_hash(leaf)))
    assert command(box, "--from", "2021-05-01", "--to", "2021-05-03") == 2
    assert "its entries are not those under its tree" in capsys.readouterr().err
    assert box.litter() == []


def test_the_writers_place_is_not_taken_while_somebody_else_has_it(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_WRITTEN_WITHIN_S", 0.5)
    store = box.store()
    try:
        with pytest.raises(exporting.DoorUnreachableError):
            exporting.make(box.settings, Order(MAY_1, MAY_1), box.folder / "out.zip")
    finally:
        store.close()
    assert box.litter() == []


def test_a_log_that_grows_meanwhile_changes_nothing_in_what_was_begun(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries come while those of the days are read, and again before the export's own."""
    grown: list[int] = []
    packed = export._Making._sheets

    def sheets(self: Any, progress: Callable[[int, int], None]) -> Any:
        grown.append(box.write([(moment(MAY_3, 21, 30), Exit(people=1, source="beam"))]))
        made = packed(self, progress)
        grown.append(box.write([(moment(MAY_3, 21, 31), Exit(people=1, source="beam"))]))
        return made

    monkeypatch.setattr(export._Making, "_sheets", sheets)
    before = _length(box)
    found = make(box, MAY_1, MAY_3)
    assert grown == [before + 1, before + 2]
    assert found.manifest["end"] == before
    assert judged(box, found).faults == ()


def test_a_day_that_ends_while_it_is_exported_is_not_taken_for_whole(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = export._Making._sheets

    def sheets(self: Any, progress: Callable[[int, int], None]) -> Any:
        made = packed(self, progress)
        box.write([(moment(MAY_3, 23), Exit(people=1, source="beam")), *busy_day(MAY_3 + timedelta(days=1))])
        return made

    monkeypatch.setattr(export._Making, "_sheets", sheets)
    with pytest.raises(exporting.ExportError, match="ended while the export was made"):
        make(box, MAY_1, MAY_3)
    assert box.litter() == []


def test_a_log_that_is_not_signed_in_time_ends_the_export(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "SIGNED_WITHIN_S", 0.1)
    monkeypatch.setattr(exporting._Recorder, "__call__", lambda _self, _entry: 10**6)
    with pytest.raises(exporting.ExportError, match="was not signed within"):
        make(box, MAY_1)
    assert box.litter() == []


def _length(box: Box) -> int:
    with StoreReader(box.data / "log.sqlite") as reader:
        return reader.length
