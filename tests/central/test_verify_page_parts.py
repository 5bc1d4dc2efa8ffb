"""The parts of verify.html's script in Chromium: against public vectors, and against other implementations of the same rules."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from central import verify_page
from kiosk.ledger.notes import COSIGNATURE, Signer
from kiosk.ledger.proof import consistency_proof, inclusion_proof, range_proof
from kiosk.ledger.tree import Tree
from tests.central.inspecting import INSTALLED, WHY_NOT, chromium
from tests.ledger.test_proof import VECTORS, leaves, reader, vectors

pytestmark = [pytest.mark.browser, pytest.mark.skipif(not INSTALLED, reason=WHY_NOT)]

SOURCES = Path(verify_page.__file__).parent / "pages" / "verify"
Run = Callable[[str, Any], Any]

_HELPERS = """
const raw = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
"""


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """Runs an expression of ``given`` beside everything but the page itself."""
    source = _HELPERS + "".join(
        (SOURCES / f"{name}.js").read_text(encoding="utf-8") for name in verify_page.SCRIPTS if name != "page"
    )
    with chromium() as browser:
        page = browser.new_page(offline=True)

        def evaluate(expression: str, given: Any) -> Any:
            return page.evaluate(f"async (given) => {{ {source}\nreturn {expression}; }}", given)

        yield evaluate


def coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_hashes_are_those_of_hashlib_whole_and_in_pieces(run: Run) -> None:
    chance = random.Random(1)
    blocks = [chance.randbytes(size) for size in (*range(130), 1000, 4095, 4096, 65_537)]
    expected = [hashlib.sha256(block).hexdigest() for block in blocks]
    given = [coded(block) for block in blocks]
    assert run("given.map((block) => hex(sha256(raw(block))))", given) == expected
    in_pieces = """given.map((block) => {
      const [bytes, hash] = [raw(block), new Sha256()];
      for (let at = 0, step = 1; at < bytes.length; at += step, step = (step * 7) % 97) hash.update(bytes.subarray(at, at + step));
      return hex(hash.digest());
    })"""
    assert run(in_pieces, given) == expected


@pytest.mark.skipif(not VECTORS.is_dir(), reason=f"no vectors in {VECTORS}: set KIOSK_VECTORS")
def test_public_vectors_of_proofs_are_judged_as_they_say(run: Run) -> None:
    inclusion = [json.loads(file.read_text()) for file in vectors("inclusion")]
    consistency = [json.loads(file.read_text()) for file in vectors("consistency")]
    assert len(inclusion) + len(consistency) >= 190
    judge = """given.map((v) => v.leafHash !== undefined
      ? raw(v.leafHash).length === 32 && v.leafIdx >= 0
        && isIncluded(v.leafIdx, v.treeSize, raw(v.leafHash), (v.proof ?? []).map(raw), raw(v.root))
      : isConsistent(v.size1, raw(v.root1), v.size2, raw(v.root2), (v.proof ?? []).map(raw)))"""
    assert run(judge, inclusion) == [not vector["wantErr"] for vector in inclusion]
    # Of two trees of one size the page compares the roots themselves; a proof between them is none.
    apart = [vector for vector in consistency if vector["size1"] != vector["size2"]]
    assert run(judge, apart) == [not vector["wantErr"] for vector in apart]


def test_proofs_of_every_place_in_small_trees_hold_and_altered_ones_do_not(run: Run) -> None:
    hashes = leaves(21)
    included, consistent, ranges = [], [], []
    for size in range(1, 22):
        nodes, root = reader(hashes[:size]), coded(Tree(hashes[:size]).root())
        for index in range(size):
            path = [coded(node) for node in inclusion_proof(index, size, nodes)]
            included.append([index, size, coded(hashes[index]), path, root])
            for end in range(index + 1, size + 1):
                proof = [coded(node) for node in range_proof(index, end, size, nodes)]
                ranges.append([index, size, [coded(leaf) for leaf in hashes[index:end]], proof, root])
        for old in range(1, size):
            path = [coded(node) for node in consistency_proof(old, size, nodes)]
            consistent.append([old, coded(Tree(hashes[:old]).root()), size, root, path])
    every = "given.map(([index, size, leaf, path, root]) => isIncluded(index, size, raw(leaf), path.map(raw), raw(root)))"
    assert all(run(every, included))
    for wrong in (
        [[index, size, leaf, path[:-1], root] for index, size, leaf, path, root in included if path],
        [[index, size, leaf, [*path, root], root] for index, size, leaf, path, root in included],
        [[index, size, root if size > 1 else coded(bytes(32)), path, root] for index, size, leaf, path, root in included],
        [[index + size, size, leaf, path, root] for index, size, leaf, path, root in included],
    ):  # fmt: skip
        assert not any(run(every, wrong))
    joined = "given.map(([old, oldRoot, size, root, path]) => isConsistent(old, raw(oldRoot), size, raw(root), path.map(raw)))"
    assert all(run(joined, consistent))
    assert not any(run(joined, [[old, root, size, root, path] for old, _, size, root, path in consistent]))
    assert not any(run(joined, [[old, first, size, root, [*path, root]] for old, first, size, root, path in consistent]))  # fmt: skip
    whole = """given.map(([start, size, leaves, proof, root]) => {
      const row = new Row();
      const [left, right] = [widths(0, start), widths(start + leaves.length, size)];
      left.forEach((width) => row.push(width, raw(proof.shift())));
      leaves.forEach((leaf) => row.push(1, raw(leaf)));
      right.forEach((width) => row.push(width, raw(proof.shift())));
      return proof.length === 0 && row.size === size && same(row.root(), raw(root));
    })"""
    assert all(run(whole, ranges))


def test_canonical_json_is_that_of_rfc_8785(run: Run) -> None:
    chance = random.Random(2)
    signs = ["a", "é", "\u20ac", "\U0001f600", "\ufb33", '"', "\\", "/", "\x07", "\x7f", "\u2028", "1", ""]

    def value(depth: int) -> Any:
        kind = chance.randrange(7 if depth else 5)
        text = "".join(chance.choices(signs, k=3))
        simple = (None, True, chance.randrange(-(2**53) + 1, 2**53), text, text)
        if kind < 5:
            return simple[kind]
        if kind == 5:
            return [value(depth - 1) for _ in range(chance.randrange(4))]
        return {"".join(chance.choices(signs, k=2)): value(depth - 1) for _ in range(4)}

    values = [{"v": value(4)} for _ in range(300)]
    written = [rfc8785.dumps(one) for one in values]
    assert run("given.map((text) => canonicalObject(raw(text)))", [coded(text) for text in written]) == values
    loose = [json.dumps(one, sort_keys=True).encode() for one in values]
    assert run("given.map((text) => canonicalObject(raw(text)))", [coded(text) for text in loose]) == [None] * len(loose)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [b'{"a":1,"a":1}', b'{"a":1,"a":2}', b'{"b":1,"a":2}', b'{"a":1.0}', b'{"a":-0}', b'{"a":1e2}', b'{"a":9007199254740992}', b'{"a":1.5}',
     b'{"a":"\\ud800"}', b'{"a":"\\u0061"}', b'{"a":"\\/"}', b'{ "a":1}', b'{"a":1}\n', b'\xef\xbb\xbf{"a":1}', b'{"a":"\xff"}', b"[1]", b"1", b"null", b"",
     b'{"a":' + b"[" * 60_000, b'{"a":' + b"[" * 40 + b"]" * 40 + b"}"],
    ids=lambda text: text[:20].decode("latin-1"),
)  # fmt: skip
def test_json_in_any_other_form_is_refused(run: Run, text: bytes) -> None:
    assert run("canonicalObject(raw(given))", coded(text)) is None
    assert run("canonicalObject(raw(given))", coded(b'{"a":1}')) == {"a": 1}


def test_keys_and_notes_are_read_as_they_are_written(run: Run) -> None:
    for signer in (Signer.generate("a.example/log"), Signer.generate("W", COSIGNATURE)):
        found = run("(({ name, fingerprint, algorithm }) => [name, fingerprint, algorithm])(parseKey(given))", str(signer.key))  # fmt: skip
        assert found == [signer.key.name, signer.key.fingerprint, signer.key.algorithm]
        text = str(signer.key)
        for wrong in (
            "",
            text[:-1],
            text[1:],
            text.replace("+", " "),
            text.replace("+", "++", 1),
            signer.secret(),
        ):
            assert run("parseKey(given)", wrong) is None, wrong


def test_every_text_is_there_in_three_languages_and_takes_the_same_values(run: Run) -> None:
    texts: dict[str, list[str]] = run("WORDS", None)
    for key, said in texts.items():
        assert len(said) == 3, key
        assert all(said), key
        assert len({tuple(sorted(set(re.findall(r"\{[a-z]+\}", text)))) for text in said}) == 1, key
        if key != "file.digest":
            assert re.search("[\u4e00-\u9fff]", said[1] + "中" * key.startswith("file.bytes")), key
            assert not re.search("[\u4e00-\u9fff]", said[0]), key
    # What exists in one of the two scripts only, and is used in these texts.
    assert not re.search("[檔會處後與機應體驗證]", "".join(said[2] for said in texts.values()))
    assert not re.search("[档会处后与机应体验证]", "".join(said[1] for said in texts.values()))


def test_every_fault_has_its_words_and_every_word_is_used() -> None:
    sources = {name: (SOURCES / f"{name}.js").read_text(encoding="utf-8") for name in verify_page.SCRIPTS}
    keys = set(re.findall(r'^  "?([a-z_.]+)"?: \[', sources.pop("words"), re.MULTILINE))
    code = "\n".join(sources.values()) + (SOURCES / "verify.html").read_text(encoding="utf-8")
    used = set(re.findall(r'(?:Fault|Unusable|add|words|push)\("([a-z_]+\.[a-z_]+)"', code))
    assert used - keys == set()
    assert len(used) > 60
    # Those that are put together from two parts.
    parts = ("verdict.", "told.", "place.", "days.", "open.", "more")
    assert {key for key in keys if f'"{key}"' not in code and not key.startswith(parts)} == set()
