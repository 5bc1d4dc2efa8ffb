from __future__ import annotations

import importlib.util
import os
import struct
import sys
import zlib
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kiosk.demo.render import Look, Room, Showing, code_image, damage, held_up
from kiosk.scanning import decode as module
from kiosk.scanning import zbar
from kiosk.scanning.decode import NotAnImageError, decode, decode_file
from kiosk.scanning.image import gray

ROOT = Path(__file__).parents[2]
VECTORS = Path(os.environ.get("KIOSK_VECTORS", ROOT.parent / "shared" / "vectors"))
needs_vectors = pytest.mark.skipif(
    not (VECTORS / "qr-photos").is_dir(),
    reason=f"no vectors in {VECTORS}: name their folder in KIOSK_VECTORS",
)

WORDS = "HKSARG|VAC|3.00|1|TC89C64721831101_CVCC19@EHS|****987(6)|CHAN, T** M**|復必泰"
RECORD = (
    "HKSARG|VAC|3.00|1|TC89C64721831101_CVCC19@EHS|****987(6)|CHAN, T** M**|01-03-2021|Comirnaty COVID-19 mRNA "
    "Vaccine (BNT162b2) Concentrate|復必泰新冠疫苗||"
    "|29-03-2021|Comirnaty COVID-19 mRNA Vaccine (BNT162b2) "
    "Concentrate|復必泰新冠疫苗|||29-03-2021 13:41|MEUCIQD" + "x7Q" * 40
)


def test_a_dense_record_with_chinese_is_read_from_every_second_picture_of_a_phone_at_the_door():
    room, showing = Room(), Showing(RECORD, 2.5)
    seen = [decode(showing.frame(room, number / 12), budget_s=0.06).texts for number in range(30)]
    assert set(seen) <= {(), (RECORD,)}
    assert seen.count((RECORD,)) >= 15


@pytest.mark.parametrize(
    ("look", "stage"),
    [
        (Look(), "plain"),
        (Look(blur=2.8, size=440), "sharp"),
        (Look(blur=2.0, grain=14, light=0.3), "large"),
        (Look(blur=2.4, size=330), "crisp"),
    ],
    ids=["held well", "out of focus", "dark and noisy", "far and soft"],
)
def test_a_stage_reads_what_those_before_it_could_not(look, stage):
    text = (WORDS * 20)[:300]
    (code,) = decode(held_up(code_image(text), look, Room(look.grain))).codes
    assert (code.text, code.stage) == (text, stage)


def test_without_time_only_the_first_stage_runs():
    picture = held_up(code_image((WORDS * 20)[:300]), Look(blur=2.8), Room())
    assert decode(picture, budget_s=0.0).codes == ()
    assert decode(picture).codes


def test_corners_stand_around_the_code_clockwise_from_its_top_left():
    scene = np.full((400, 500), 255, np.uint8)
    code = code_image("corners", scale=4, border=0)
    side = code.shape[0]
    scene[100 : 100 + side, 200 : 200 + side] = code
    (found,) = decode(scene).codes
    expected = [(200, 100), (200 + side, 100), (200 + side, 100 + side), (200, 100 + side)]
    assert np.abs(np.array(found.corners) - expected).max() <= 4


def test_two_codes_in_one_picture_are_both_read():
    picture = np.hstack([code_image("one", scale=6), code_image("two", scale=6)])
    assert set(decode(picture).texts) == {"one", "two"}


def test_light_on_dark_is_read():
    assert decode(255 - code_image("dark mode")).texts == ("dark mode",)


def picture_of(content, **options):
    code = segno.make_qr(content, **options)
    modules = np.pad(
        np.array([[0 if bit else 255 for bit in row] for row in code.matrix], np.uint8),
        4,
        constant_values=255,
    )
    return np.kron(modules, np.ones((6, 6), np.uint8))


@pytest.mark.parametrize(
    ("content", "options", "text"),
    [
        ("復必泰", {"mode": "byte", "encoding": "utf-8"}, "復必泰"),
        ("復必泰", {"mode": "kanji"}, "復必泰"),
        ("汉字", {"mode": "hanzi"}, "汉字"),
        ("é§ü", {"mode": "byte", "encoding": "latin-1"}, "é§ü"),
        ("\ufeffHKSARG|復", {"mode": "byte", "encoding": "utf-8"}, "\ufeffHKSARG|復"),
        (bytes(range(256)), {}, bytes(range(256)).decode("latin-1")),
    ],
    ids=["utf-8", "kanji", "hanzi", "latin-1", "byte-order mark", "every byte"],
)
def test_text_keeps_every_character_and_binary_every_byte(content, options, text):
    (code,) = decode(picture_of(content, **options)).codes
    assert code.text == text
    if isinstance(content, bytes):
        assert code.payload == content


@given(st.binary(min_size=1, max_size=120))
@settings(max_examples=60, deadline=None)
def test_both_decoders_hand_over_the_same_bytes(payload):
    picture = picture_of(payload, mode="byte")
    assert decode(picture).codes[0].payload == payload
    assert [code.payload for code in zbar.read(picture)] == [payload]


def test_something_like_a_code_that_does_not_decode_is_noticed():
    room = Room()
    broken = decode(held_up(damage(code_image("X" * 300)), Look(), room))
    assert (broken.codes, broken.undecoded) == ((), True)
    assert not decode(room.with_grain(room.empty, 1)).undecoded


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))))
@settings(max_examples=100, deadline=None)
def test_no_image_makes_the_decoders_raise(image):
    decode(image)


def test_a_decoder_that_raises_counts_as_one_that_found_nothing(monkeypatch):
    def stumble(_):
        raise cv2.error("odd code")

    monkeypatch.setattr(module, "_plain", stumble)
    (code,) = decode(code_image("still read")).codes
    assert (code.text, code.stage) == ("still read", "sharp")


def test_transparent_paper_is_white_and_sixteen_bits_are_enough(tmp_path):
    code = code_image("see through")
    clear = np.zeros((*code.shape, 4), np.uint8)
    clear[:, :, 3] = 255 - code
    cv2.imwrite(str(tmp_path / "clear.png"), clear)
    cv2.imwrite(str(tmp_path / "deep.png"), code.astype(np.uint16) * 257)
    assert decode_file(tmp_path / "clear.png").texts == ("see through",)
    assert decode_file(tmp_path / "deep.png").texts == ("see through",)


def enormous_png():
    """A PNG of a few bytes that claims 100,000 x 100,000 pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file"),
        (b"", "not an image"),
        (b"HKSARG|VAC", "not an image"),
        (b"\x89PNG\r\n\x1a\n broken", "not an image"),
        (enormous_png(), "not an image"),
    ],
    ids=["missing", "empty", "text", "broken", "claims to be enormous"],
)
def test_a_file_that_is_no_image_says_so(tmp_path, content, says):
    file = tmp_path / "code.png"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(NotAnImageError, match=says) as error:
        decode_file(file)
    assert error.value.where == str(file)


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 1000)
    (tmp_path / "large.png").write_bytes(b"x" * 1001)
    with pytest.raises(NotAnImageError, match="larger"):
        decode_file(tmp_path / "large.png")


def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_scanning", ROOT / "bench" / "scanning.py")
    made = importlib.util.module_from_spec(spec)
    sys.modules["bench_scanning"] = made
    spec.loader.exec_module(made)
    return made


@needs_vectors
def test_the_stages_find_more_than_each_decoder_alone():
    program = bench()
    found = dict.fromkeys(program.DECODERS, 0)
    for _, pictures in program.sets(every=9, looks=("out of focus", "far and soft")):
        for name, decoder in program.DECODERS.items():
            # All the time in the world: what counts here is what is found, on however slow a machine.
            reader = (lambda image: decode(image).texts) if name == "ours" else decoder
            found[name] += program.score(reader, pictures).found
    ours = found.pop("ours")
    assert all(ours > alone for alone in found.values()), (ours, found)


@needs_vectors
def test_every_vector_as_it_is_gives_its_text():
    program = bench()
    for folder in ("qr-photos", "dcc-images"):
        for sample in program.samples(folder):
            texts = decode(gray(sample.image)).texts
            assert sample.text in texts if sample.text is not None else texts, sample.name
