"""The exports that the program makes, judged: genuine as they are, found out however they are changed, and others agree."""

from __future__ import annotations

import base64
import json
import random
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from tlog_scales.signing import Vkey, VkeySet
from tlog_scales.tlog import Checkpoint, ConsistencyProof, InclusionProof

from kiosk import exporting
from kiosk.cli import main
from kiosk.commands import progress
from kiosk.exporting import Order
from kiosk.law import load_instruments
from kiosk.ledger.entries import Continues, Draft, Erased, InspectorSignedIn
from kiosk.ledger.leaf import leaf_hash
from kiosk.reports.anew import AnewError, make_anew
from kiosk.reports.verify import Verdict, verify
from kiosk.store import StoreReader
from tests.reports import boxes
from tests.reports.boxes import MAY_1, Box, admission, busy_day, moment, started, three_days
from tests.store.logs import person

MAY_2, MAY_3 = (MAY_1 + timedelta(days=days) for days in (1, 2))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Box:
    """A box whose log nobody changes but by exports, and names the instrument as it is."""
    folder = tmp_path_factory.mktemp("house")
    plain = boxes.opened
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            boxes, "opened", lambda day: plain(day).model_copy(update={"instrument_digest": in_force()})
        )
        box = three_days(folder)
    box.certify()
    return box


def in_force() -> str:
    found = load_instruments(Path(__file__).parents[2] / "config" / "instruments").on(MAY_1)
    assert found is not None
    return found.digest


@pytest.fixture(scope="module")
def notes(house: Box) -> list[bytes]:
    """The checkpoints that are there before anything is exported."""
    with StoreReader(house.data / "log.sqlite") as reader:
        return [item.note for item in reader.checkpoints(0, reader.length)]


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """A box whose log the test changes."""
    box = three_days(tmp_path)
    box.certify()
    return box


def export(box: Box, first: date, last: date, name: str = "out.zip") -> Path:
    return exporting.make(box.settings, Order(first, last), box.folder / name).file


@pytest.fixture
def taken(house: Box, notes: list[bytes], tmp_path: Path) -> Callable[[date, date], Path]:
    """A file of its own with an export of some days, made once."""

    def taken(first: date, last: date) -> Path:
        made = house.folder / f"{first}-{last}.zip"
        if not made.exists():
            export(house, first, last, made.name)
        return Path(shutil.copy(made, tmp_path / "out.zip"))

    return taken


def judged(box: Box, file: Path, *earlier: bytes) -> Verdict:
    return verify(file, box.authority.key, earlier)


def genuine(box: Box, file: Path) -> Verdict:
    verdict = judged(box, file)
    assert (verdict.status, verdict.faults, verdict.unproved) == ("genuine", (), ())
    assert verdict.claims is not None
    return verdict


def files(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def test_any_byte_of_a_real_export_that_is_turned_over_is_found(
    house: Box, taken: Callable[[date, date], Path]
) -> None:
    file = taken(MAY_1, MAY_2)
    genuine(house, file)
    data = file.read_bytes()
    chance = random.Random(7)
    for place in chance.sample(range(len(data)), 400):
        bad = bytearray(data)
        bad[place] ^= 1 << chance.randrange(8)
        file.write_bytes(bad)
        assert judged(house, file).status == "faulty", f"byte {place}"


def test_two_exports_of_one_box_cannot_be_mixed(box: Box) -> None:
    """Members of one beside members of the other: each pair is caught, though all are true."""
    from tests.reports.forge import Piece, archive

    one, other = (files(export(box, MAY_1, MAY_2, name)) for name in ("one.zip", "other.zip"))
    folder = f"venue-kiosk_test-1_{MAY_1}_{MAY_2}/"
    file = box.folder / "mixed.zip"
    for name in one:
        if one[name] != other[name]:
            mixed = one | {name: other[name]}
            file.write_bytes(archive([Piece(folder + each, content) for each, content in mixed.items()]))
            assert judged(box, file).status == "faulty", name


def test_of_erased_days_the_export_still_verifies(box: Box) -> None:
    store = box.store()
    store.append(
        [Draft(at=moment(MAY_3, 22), entry=admission("P9"), personal=person())], expected_index=store.length
    )
    later = MAY_3 + timedelta(days=40)
    visits = store.due(later)
    assert visits == 1
    gone = Draft(at=moment(later, 3), entry=Erased(before=later, visits=visits), erase_before=later)
    store.append([gone], expected_index=store.length)
    store.clear()
    store.checkpoint(box.signer, now=datetime.now(UTC))
    store.close()
    file = export(box, MAY_1, MAY_3)
    assert b'"sealed":' in files(file)["log/entries.jsonl"]
    claims = genuine(box, file).claims
    assert claims is not None
    assert claims.whole == "whole"


def test_a_log_that_goes_on_where_another_was_lost_verifies_from_its_first_entry(tmp_path: Path) -> None:
    box = Box(tmp_path)
    root = base64.b64encode(bytes(32)).decode()
    box.write(
        [
            (moment(MAY_1, 11), Continues(kiosk="old-1", entries=812, root=root)),
            (moment(MAY_1, 11), started()),
            *busy_day(MAY_1),
        ]
    )
    box.certify()
    file = export(box, MAY_1, MAY_1)
    assert genuine(box, file).status == "genuine"
    assert b'"type":"continues"' in files(file)["log/entries.jsonl"].splitlines()[0]


def test_what_is_claimed_is_what_is_proved_and_no_more(
    house: Box, taken: Callable[[date, date], Path]
) -> None:
    claims = genuine(house, taken(MAY_1, MAY_3)).claims
    assert claims is not None
    assert (claims.venue, claims.whole) == ("test-venue", "running")
    assert claims.cosigned is not None
    assert claims.cosigned.size < claims.end
    assert claims.beyond == claims.end - claims.cosigned.size
    assert claims.cosigned.entry_at is not None
    assert claims.cosigned.entry_at.date() == MAY_2
    whole = genuine(house, taken(MAY_1, MAY_1)).claims
    assert whole is not None
    assert (whole.whole, whole.beyond) == ("whole", 0)


def test_who_took_it_away_is_told_by_the_entry_of_their_sign_in(box: Box) -> None:
    session = box.write([(moment(MAY_3, 22), InspectorSignedIn(how="badge", department="FEHD", number="B7"))])
    # The session is over with the door; the entry says who it was all the same.
    order = Order(MAY_3, MAY_3, session=session - 1)

    def record(entry: Any) -> int:
        return box.write([(moment(MAY_3, 23), entry)]) - 1

    file = box.folder / "out.zip"
    exporting.export.make(
        box.settings, order, file, now=moment(MAY_3, 23), record=record, tell=lambda _entry: "x"
    )
    claims = genuine(box, file).claims
    assert claims is not None
    assert claims.inspector is not None
    assert (claims.inspector["department"], claims.inspector["number"]) == ("FEHD", "B7")


def test_every_checkpoint_that_was_ever_signed_is_of_the_same_history(
    house: Box, notes: list[bytes], taken: Callable[[date, date], Path]
) -> None:
    """Whatever somebody photographed: inside the days it agrees, and outside nothing is claimed."""
    verdict = judged(house, taken(MAY_2, MAY_2), *notes)
    assert verdict.faults == ()
    assert {item.outcome for item in verdict.earlier} == {"same", "behind"}
    everything = judged(house, taken(MAY_1, MAY_3), *notes)
    assert {item.outcome for item in everything.earlier} == {"same"}
    assert everything.status == "genuine"


# A second opinion


def checkpoint_of(note: bytes) -> Checkpoint:
    return Checkpoint.from_text(note.decode())


def signers(note: bytes, *keys: object) -> set[str]:
    """Whose signatures another program finds on it."""
    found = checkpoint_of(note)
    known = VkeySet(*(Vkey.from_string(str(key)) for key in keys))
    return {vkey.name for vkey, _ in known.verify(found.signatures, found)}


def test_another_programs_reader_of_notes_agrees_with_what_is_exported(
    house: Box, taken: Callable[[date, date], Path]
) -> None:
    found = files(taken(MAY_1, MAY_3))
    key, witness = house.signer.key, house.witness.key
    note = found["log/checkpoint.note"]
    assert signers(note, key, witness) == {key.name}
    assert signers(found["log/cosigned.note"], key, witness) == {key.name, witness.name}
    for each in found["log/checkpoints.txt"].split(b"---\n"):
        assert key.name in signers(each, key)
    assert signers(note.replace(b"\n5", b"\n6", 1), key) in (set(), {key.name})
    cut = note.split(b"\n")
    assert signers(b"\n".join([cut[0], str(int(cut[1]) + 1).encode(), *cut[2:]]), key) == set()
    proof = json.loads(found["log/proof.json"])
    old, new = checkpoint_of(found["log/cosigned.note"]), checkpoint_of(note)
    joined = [base64.b64decode(item) for item in proof["consistency"]]
    ConsistencyProof(old.size, new.size, joined).check(old.root_hash, new.root_hash)


@pytest.mark.parametrize("which", ["download", "before", "after"])
def test_another_programs_proofs_of_inclusion_agree_with_the_exported(
    house: Box, taken: Callable[[date, date], Path], which: str
) -> None:
    found = files(taken(MAY_2, MAY_2))
    leaf, text = found[f"log/{which}.json"], found[f"log/{which}.tlog-proof"]
    head, _, note = text.partition(b"\n\n")
    title, index, *path = head.decode().split("\n")
    assert title == "c2sp.org/tlog-proof@v1"
    assert signers(note, house.signer.key) == {house.signer.key.name}
    checkpoint = checkpoint_of(note)
    nodes = [base64.b64decode(item) for item in path]
    place = int(index.removeprefix("index "))
    assert place == json.loads(leaf)["index"]
    proof = InclusionProof(place, checkpoint.size, nodes)
    proof.check(leaf_hash(leaf), checkpoint.root_hash)
    with pytest.raises(Exception, match="root_hash"):
        proof.check(leaf_hash(leaf + b" "), checkpoint.root_hash)


# The command


@pytest.fixture
def authority(house: Box, tmp_path: Path) -> Path:
    file = tmp_path / "authority-public.key"
    file.write_text(f"{house.authority.key}\n")
    return file


def say(*words: object) -> int:
    return main(["log", "verify", *map(str, words)])


def test_it_exits_0_for_a_genuine_export_alone(
    house: Box, taken: Callable[[date, date], Path], authority: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = taken(MAY_1, MAY_2)
    for key in (authority, house.authority.key):
        assert say(file, "--authority", key) == 0
        said = capsys.readouterr().out
        assert said.startswith("out.zip: genuine\n")
        assert "The last entry that central has co-signed is" in said or "co-signed all" in said
    assert say(file) == 1
    assert "consistent, origin unproved" in capsys.readouterr().out
    assert say(file, "--authority", house.witness.key) == 1
    assert "not to be trusted" in capsys.readouterr().out
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    assert say(file, "--authority", authority) == 1
    said = capsys.readouterr().out
    assert said.startswith("out.zip: not to be trusted\n")
    assert "- the archive: its seal does not fit" in said
    assert "genuine" not in said


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
def test_every_verdict_is_told_in_every_language(
    notes: list[bytes],
    taken: Callable[[date, date], Path],
    authority: Path,
    language: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = taken(MAY_1, MAY_2)
    words = []
    for number, note in enumerate(notes):
        (file.parent / f"{number}.note").write_bytes(note)
        words += ["--checkpoint", file.parent / f"{number}.note"]
    say(file, "--authority", authority, "--language", language, *words)
    say(file, "--language", language)
    file.write_bytes(file.read_bytes()[:-1000])
    say(file, "--language", language)
    said = capsys.readouterr().out
    sentences = [line for line in said.splitlines() if line.strip()]
    assert len(sentences) > 15
    assert not [line for line in sentences if line.isascii()]


def test_a_checkpoint_is_taken_from_a_file_or_as_the_text_of_its_code(
    notes: list[bytes],
    taken: Callable[[date, date], Path],
    authority: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = taken(MAY_1, MAY_3)
    note = notes[0].decode()
    photographed = tmp_path / "photographed.txt"
    # As it comes out of another program: other ends of lines, and none behind the last.
    photographed.write_bytes(note.removesuffix("\n").replace("\n", "\r\n").encode())
    assert say(file, "--authority", authority, "--checkpoint", photographed, "--checkpoint", note) == 0
    assert capsys.readouterr().out.count("this file goes on from it") == 2


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["nowhere.zip"], "nowhere.zip: cannot be read (No such file or directory)"),
        (["."], "cannot be read (Is a directory)"),
        (["{none}"], "is not a ZIP archive"),
        (["{empty}"], "is not a ZIP archive"),
        (["{good}", "--authority", "nowhere.key"], "nowhere.key: cannot be read"),
        (["{good}", "--authority", "a+b+c"], "is not a key of the form"),
        (["{good}", "--authority", "{none}"], "is not a key of the form"),
        (["{good}", "--checkpoint", "nowhere.note"], "nowhere.note: cannot be read"),
        (["{good}", "--checkpoint", "{none}"], "is not a text, an empty line and signature lines"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_exit_2(
    house: Box,
    taken: Callable[[date, date], Path],
    words: list[str],
    wrong: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    good = taken(MAY_1, MAY_1)
    none, empty = house.folder / "none.txt", house.folder / "empty.zip"
    none.write_text("hello")
    empty.write_bytes(b"")
    assert say(*(word.format(good=good, none=none, empty=empty) for word in words)) == 2
    said = capsys.readouterr()
    assert wrong in said.err
    assert (said.err.count("\n"), said.out) == (1, "")


def test_what_takes_long_says_how_far_it_is(
    taken: Callable[[date, date], Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "_FIRST_S", 0.0)
    monkeypatch.setattr(progress, "_ELSEWHERE_S", 0.0)
    file = taken(MAY_1, MAY_3)
    assert say(file) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("verifying: ")
    assert said[-1].startswith("verifying: 9")
    shares = [int(line.split()[1]) for line in said]
    assert shares == sorted(shares)
    assert len(shares) > 5


# Memory


def test_memory_does_not_grow_with_the_entries(tmp_path: Path) -> None:
    """Ten times the entries, and less than a tenth of what they would take."""
    import tracemalloc

    from tests.reports import forge

    def held(parties: int) -> tuple[int, int]:
        log = forge.evenings(parties=parties)
        making = forge.Making(log=log, signed=(), cosigned=())
        file = forge.put(tmp_path, making.zip())
        weight = sum(map(len, log.leaves))
        tracemalloc.start()
        try:
            assert verify(file, forge.AUTHORITY.key).status == "genuine"
            return tracemalloc.get_traced_memory()[1], weight
        finally:
            tracemalloc.stop()

    small, _ = held(400)
    large, weight = held(8000)
    assert weight > 2_000_000
    assert large - small < weight / 10


def test_a_bomb_takes_no_memory(tmp_path: Path) -> None:
    import tracemalloc

    from tests.reports import forge

    packed = forge.deflated(bytes(300_000_000))
    pieces = [
        replace(piece, packed=packed) if piece.name.endswith(("people.csv", "entries.jsonl")) else piece
        for piece in forge.pieces_of(forge.Making())
    ]
    file = forge.put(tmp_path, forge.archive(pieces))
    del pieces, packed
    tracemalloc.start()
    try:
        verdict = verify(file, forge.AUTHORITY.key)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
    assert {"people.csv", "log/entries.jsonl"} <= {f.file for f in verdict.faults if f.code == "size"}


# The report, made anew


def pages(file: Path) -> str:
    document = pypdfium2.PdfDocument(file)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


def test_the_report_is_made_anew_from_the_proved_entries_alone(
    house: Box, taken: Callable[[date, date], Path], authority: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = taken(MAY_1, MAY_2)
    out = file.with_name("anew.pdf")
    words = ["log", "report", str(file), "-o", str(out), "--language", "en"]
    assert main([*words, "--authority", str(authority)]) == 0
    assert capsys.readouterr().out == f"out.zip: genuine\nwrote {out}\n"
    said = pages(out)
    assert "test-1" in said
    assert "regular guest" in said
    assert main(words) == 0
    assert "consistent, origin unproved" in capsys.readouterr().out


def test_of_an_export_that_is_not_to_be_trusted_no_report_is_made(
    taken: Callable[[date, date], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = taken(MAY_1, MAY_2)
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    out = file.with_name("anew.pdf")
    assert main(["log", "report", str(file), "-o", str(out)]) == 1
    assert "its seal does not fit" in capsys.readouterr().out
    assert not out.exists()


def test_an_export_that_is_another_once_it_was_judged_makes_no_report(
    house: Box, taken: Callable[[date, date], Path]
) -> None:
    file = taken(MAY_1, MAY_2)
    verdict = genuine(house, file)
    file.write_bytes(export(house, MAY_1, MAY_2, "second.zip").read_bytes())
    with pytest.raises(AnewError, match="was changed since it was judged"):
        make_anew(file, verdict, "en", file.with_name("anew.pdf"))


def test_an_export_with_another_text_of_the_law_than_its_entries_name_makes_no_report(box: Box) -> None:
    """Where no entry vouches for the files, the entries still say what the law said: by its digest."""
    file = export(box, MAY_1, MAY_2)
    verdict = genuine(box, file)
    carried = [name for name in files(file) if name.startswith("instruments/")]
    assert carried
    with pytest.raises(AnewError, match="another text of the instrument"):
        make_anew(file, verdict, "en", file.with_name("anew.pdf"))
