"""The archive of an export has one form only, every ZIP program reads it, and it is there whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import io
import shutil
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.reports.archive import Archive, ArchiveError, whole

NAMES = st.from_regex(r"[a-z]{1,8}(/[a-z0-9.-]{1,12})?", fullmatch=True)
CONTENTS = st.dictionaries(
    NAMES, st.binary(max_size=300) | st.binary(min_size=64, max_size=64).map(lambda b: b * 5000)
)
_END = 22 + 64


def written(contents: dict[str, bytes], folder: Path) -> bytes:
    stream = io.BytesIO()
    archive = Archive(stream, folder, "top")
    for name, content in contents.items():
        packer = archive.packer()
        for start in range(0, len(content), 7919):
            packer.write(content[start : start + 7919])
        archive.add(name, packer.packed())
    archive.seal()
    return stream.getvalue()


@given(contents=CONTENTS)
def test_another_program_reads_what_was_written(contents: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(written(contents, Path("/tmp")))) as found:
        assert found.testzip() is None
        assert {name: found.read(f"top/{name}") for name in contents} == contents
        assert found.namelist() == [f"top/{name}" for name in contents]


@given(contents=CONTENTS)
def test_every_header_is_as_the_form_demands(contents: dict[str, bytes]) -> None:
    data = written(contents, Path("/tmp"))
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        for info in found.infolist():
            assert (info.flag_bits, info.create_version, info.extract_version) == (0x0800, 20, 20)
            assert (info.create_system, info.external_attr >> 16) == (3, 0o100644)
            assert (info.date_time, info.extra, info.comment) == ((1980, 1, 1, 0, 0, 0), b"", b"")
            assert info.compress_type == (zipfile.ZIP_DEFLATED if info.file_size else zipfile.ZIP_STORED)
        assert found.comment == hashlib.sha256(data[:-_END]).hexdigest().encode()


def test_the_same_content_always_makes_the_same_bytes(tmp_path: Path) -> None:
    contents = {"a.txt": b"abc" * 100_000, "b/c.csv": b"", "d": b"x"}
    assert written(contents, tmp_path) == written(contents, tmp_path)


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
def test_info_zip_finds_nothing_wrong(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    file.write_bytes(written({"a.txt": b"abc" * 100_000, "b/c.csv": b"", "d": b"x"}, tmp_path))
    done = subprocess.run(["unzip", "-t", file], capture_output=True, text=True, check=False, timeout=60)
    assert "No errors detected" in done.stdout, done.stdout + done.stderr


def test_what_is_packed_leaves_no_file_behind(tmp_path: Path) -> None:
    packer = Archive(io.BytesIO(), tmp_path, "top").packer()
    packer.write(bytes(range(256)) * 4096)
    for line in hashlib.shake_256(b"noise").digest(1 << 20).splitlines(keepends=True):
        packer.write(line)
    packer.packed()
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_there_whole_and_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    file.write_bytes(b"older")
    with whole(file) as stream:
        stream.write(b"newer")
        assert file.read_bytes() == b"older"
    assert file.read_bytes() == b"newer"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), ValueError("no"), OSError(errno.ENOSPC, "No space left")]
)
def test_of_one_that_fails_nothing_is_left_and_what_was_there_stays(
    tmp_path: Path, error: BaseException
) -> None:
    file = tmp_path / "a.zip"
    file.write_bytes(b"older")

    def fail() -> None:
        with whole(file) as stream:
            stream.write(b"newer")
            raise error

    with pytest.raises(ArchiveError if isinstance(error, OSError) else type(error)):
        fail()
    assert file.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [file]
