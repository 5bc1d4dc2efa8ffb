"""``kiosk read`` and ``kiosk codes``: images and lines in, a JSON line out for each."""

from __future__ import annotations

import base64
import io
import json
import os
import sys
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
import segno

from kiosk.cli import main
from kiosk.proofs import lhs_poster, recognise, rings
from tests.proofs.records import KEY, MUST_FAIL, public_der, record

KEYS = ["source", "format", "verified", "error", "issuer", "facts"]
TRUST = [base64.b64encode(public_der(KEY)).decode()]
VECTORS = Path(os.environ.get("KIOSK_VECTORS", Path(__file__).parents[2].parent / "shared" / "vectors"))
POSTER = lhs_poster.encode(lhs_poster.Poster(id="gxr8l5A6", name_en="", name_zh="良田體育館", type="IMPORT"))


def qr(text, file):
    segno.make_qr(text, error="m", mode="byte", encoding="utf-8").save(str(file), scale=5)
    return str(file)


@pytest.fixture
def read(capsys, monkeypatch):
    def run(*arguments, lines=()):
        raw = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        status = main(["read", *map(str, arguments)])
        captured = capsys.readouterr()
        answers = [json.loads(line) for line in captured.out.splitlines()]
        assert all(list(answer) == KEYS for answer in answers)
        return status, answers, captured.err

    return run


@pytest.fixture(scope="module")
def evening(tmp_path_factory):
    folder = tmp_path_factory.mktemp("codes")
    assert main(["codes", "--authority", str(folder / "authority"), "--out", str(folder / "out")]) == 0
    index = json.loads((folder / "out" / "index.json").read_text(encoding="utf-8"))
    return folder, index


EXPECTED = {
    # kind: error, doses, what else the record is of
    "vaccinated": (None, 2, set()),
    "one_dose": (None, 1, set()),
    "no_dose": (None, 0, set()),
    "recovered": (None, 1, {"recovered"}),
    "forged": ("bad_signature", 2, set()),
    "altered": ("bad_signature", 1, set()),
    "unknown_version": ("cannot_verify", 2, set()),
    "tested": (None, 0, {"tests"}),
    "exempt": (None, 0, {"exemption"}),
    "receipt": (None, 0, {"venue"}),
    "health_green": (None, 0, {"health_colour"}),
    "health_amber": (None, 0, {"health_colour"}),
    "health_red": (None, 0, {"health_colour"}),
    "inspector": (None, 0, {"badge"}),
}


_SAID = ("recovered", "tests", "exemption", "venue", "health_colour", "badge")


def test_each_demo_visitor_is_read_back_from_the_image_as_what_they_are(evening, read):
    folder, index = evening
    images = [folder / "out" / entry["file"] for entry in index]
    ring = folder / "authority" / "keyring.yaml"
    status, answers, _ = read("--trust", ring, "--at", "2021-05-01T18:30:00+08:00", *images)
    assert status == 0
    assert [answer["source"] for answer in answers] == [str(image) for image in images]
    for entry, answer in zip(index, answers, strict=True):
        facts = answer["facts"]
        of = {name for name in _SAID if facts[name]}
        assert (answer["error"], len(facts["doses"]), of) == EXPECTED[entry["kind"]], entry
        assert answer["verified"] is (answer["error"] is None)
        assert answer["issuer"] == ("DEMO authority" if answer["verified"] else None)
        if entry["kind"] not in {"receipt", "inspector"}:
            assert facts["document"].startswith("****")
            assert facts["document"][-6:] == entry["document"][-6:]
        assert all("2021-03-01" <= dose["date"] <= "2021-04-30" for dose in facts["doses"])


def test_the_demo_has_every_kind_of_visitor_and_several_who_are_vaccinated(evening):
    _, index = evening
    kinds = Counter(entry["kind"] for entry in index)
    assert set(kinds) == set(EXPECTED)
    assert kinds["vaccinated"] >= 3
    assert (
        len({entry["document"] for entry in index}) == len({entry["name"] for entry in index}) == len(index)
    )


def test_without_the_demo_ring_no_demo_record_is_verified(evening, read):
    folder, index = evening
    _, answers, _ = read(*(folder / "out" / entry["file"] for entry in index))
    assert not any(answer["verified"] for answer in answers)


def test_the_altered_record_was_genuine_before_it_was_altered(evening):
    folder, index = evening
    trust = rings.load(folder / "authority" / "keyring.yaml", production=False)
    text = next(entry["text"] for entry in index if entry["kind"] == "altered")
    from kiosk.commands.codes import DEMO_EVENING

    assert recognise(text.replace("|27-03-2021|", "|24-04-2021|"), trust=trust, at=DEMO_EVENING).verified


def test_lines_of_text_and_images_are_answered_in_order(read, tmp_path):
    image = qr(record(), tmp_path / "a.png")
    lines = [
        {"text": record(), "trust": TRUST},
        b"",
        {"image": image, "trust": TRUST, "at": "2021-04-30T10:29:59+08:00"},
        {"text": POSTER},
        {"text": MUST_FAIL},
        {"text": "\ud800"},
    ]
    status, answers, error = read("-", lines=lines)
    assert (status, error) == (0, "")
    assert [(a["source"], a["format"], a["error"]) for a in answers] == [
        ("-:1", "hk-vac", None),
        (image, "hk-vac", "not_yet_valid"),
        ("-:4", "lhs-poster", None),
        ("-:5", "hk-vac", "bad_signature"),
        ("-:6", "unknown", "unknown_format"),
    ]


def test_a_byte_order_mark_and_ends_of_lines_of_other_systems_are_forgiven(read):
    line = json.dumps({"text": record(), "trust": TRUST}).encode() + b"\r"
    status, answers, _ = read("-", lines=[b"\xef\xbb\xbf" + line, b"\r", line])
    assert (status, [(a["source"], a["verified"]) for a in answers]) == (0, [("-:1", True), ("-:3", True)])


def test_a_key_of_a_line_counts_for_that_line_alone(read):
    _, answers, _ = read(
        "-", lines=[{"text": record(), "trust": TRUST}, {"text": record()}, {"text": record(), "trust": []}]
    )
    assert [answer["error"] for answer in answers] == [None, "bad_signature", "cannot_verify"]


def test_the_keyrings_of_the_environment_take_the_place_of_our_own(read, monkeypatch, tmp_path):
    key = tmp_path / "key.b64"
    key.write_text(TRUST[0])
    monkeypatch.setenv("KIOSK_KEYRINGS", str(key))
    assert read("-", lines=[{"text": record()}])[1][0]["verified"]


def test_an_image_without_a_code_and_one_that_does_not_decode_are_told_apart(read, tmp_path):
    blank = str(tmp_path / "blank.png")
    cv2.imwrite(blank, np.full((300, 300), 255, np.uint8))
    spoilt = qr(record(), tmp_path / "spoilt.png")
    pixels = cv2.imread(spoilt, cv2.IMREAD_GRAYSCALE)
    side = pixels.shape[0]
    noise = np.random.default_rng(1).integers(0, 2, (side // 2, side // 2), np.uint8) * 255
    pixels[side // 4 : side // 4 + side // 2, side // 4 : side // 4 + side // 2] = noise
    cv2.imwrite(spoilt, pixels)
    status, answers, _ = read(blank, spoilt)
    assert status == 0
    assert [(a["format"], a["verified"], a["error"]) for a in answers] == [
        (None, False, "no_code_found"),
        (None, False, "unreadable"),
    ]


def test_of_several_codes_in_one_image_the_one_that_proves_most_is_told(read, tmp_path):
    images = [
        cv2.imread(qr(text, tmp_path / f"{n}.png"), cv2.IMREAD_GRAYSCALE)
        for n, text in enumerate(("x", record()))
    ]
    height = max(image.shape[0] for image in images)
    padded = [
        cv2.copyMakeBorder(image, 0, height - image.shape[0], 20, 20, cv2.BORDER_CONSTANT, value=255)
        for image in images
    ]
    both = str(tmp_path / "both.png")
    cv2.imwrite(both, np.hstack(padded))
    _, answers, _ = read("-", lines=[{"image": both, "trust": TRUST}])
    assert [answer["verified"] for answer in answers] == [True]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "-:2: is not JSON"),
        (b"\xff", "-:2: is not JSON"),
        (b"[" * 100_000, "-:2: is not JSON"),
        (b'{"text": "x", "text": "y"}', "-:2: is not JSON"),
        (b'{"text": NaN}', "-:2: is not JSON"),
        (b"\xef\xbb\xbf{}", "-:2: is not JSON"),  # a byte-order mark is the first line's alone
        (b"[]", "-:2: the line"),
        ({}, "-:2: the line: give either text or image"),
        ({"text": "x", "image": "y"}, "-:2: the line: give either text or image"),
        ({"text": 1}, "-:2: text"),
        ({"text": "x", "when": "now"}, "-:2: when"),
        ({"text": "x", "at": "2021-05-01T19:30:00"}, "-:2: '2021-05-01T19:30:00'"),
        ({"text": "x", "trust": ["AAAA"]}, "-:2: trust 1"),
        ({"text": "x", "trust": "AAAA"}, "-:2: trust"),
        ({"image": "/nowhere.png"}, "-:2: /nowhere.png"),
        ({"image": "a\0b"}, "-:2: a"),
    ],
)
def test_a_line_that_cannot_be_used_ends_the_run_and_is_named(read, line, said):
    status, answers, error = read("-", lines=[{"text": "x"}, line, {"text": "x"}])
    assert (status, len(answers)) == (2, 1)
    assert error.startswith(f"kiosk read: {said}")
    assert error.count("\n") == 1


def test_a_source_that_is_no_image_is_named(read, tmp_path):
    text = tmp_path / "a.txt"
    text.write_text("no image")
    for source in (text, tmp_path / "gone.png", tmp_path):
        status, _, error = read(source)
        assert status == 2
        assert error.startswith(f"kiosk read: {source}: ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--at", "yesterday"), "--at: 'yesterday' is no time: write it like 2021-05-01T19:30:00+08:00"),
        (("--at", "2021-05-01T19:30"), "--at: '2021-05-01T19:30' has no offset"),
        (("--trust", "/nowhere"), "/nowhere"),
    ],
)
def test_a_wrong_option_ends_the_run(read, arguments, said):
    status, _, error = read(*arguments, "-")
    assert status == 2
    assert error.startswith("kiosk read: ")
    assert said in error


def test_codes_that_cannot_be_written_are_named(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["codes", "--authority", str(tmp_path / "a"), "--out", str(tmp_path / "file")]) == 2
    assert str(tmp_path / "file") in capsys.readouterr().err


@pytest.mark.skipif(
    not (VECTORS / "dcc-images" / "HK").is_dir(), reason=f"no vectors at {VECTORS}: see the README"
)
def test_certificates_of_issuers_that_we_do_not_know_are_read_and_prove_nothing(read):
    images = sorted((VECTORS / "dcc-images" / "HK").rglob("*.png"))
    assert len(images) == 3
    status, answers, _ = read(*images)
    assert status == 0
    assert {(a["format"], a["error"], a["facts"]["name"]) for a in answers} == {
        ("eu-dcc", "unknown_issuer", "Chuk, Kin Hong")
    }
