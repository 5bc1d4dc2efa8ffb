"""A batch is checked to the last leaf before anything is kept."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest

from central.batch import MAX_LEAVES, parse_batch
from central.errors import MalformedError
from kiosk.ledger.checkpoint import Checkpoint, origin_of
from kiosk.ledger.notes import COSIGNATURE, Note, Signer, sign_note
from tests.central.batches import KIOSK, body, leaf

AT = datetime(2021, 5, 1, 12, tzinfo=UTC)
SECRET = b"sealed by the kiosk"


def one(item: object) -> bytes:
    return json.dumps({"first": 0, "leaves": [item]}).encode()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_leaves_come_out_byte_for_byte_with_what_was_sealed() -> None:
    leaves = [leaf(4, sealed=SECRET), leaf(5, text="é陳"), leaf(6, kind="from_the_future")]
    batch = parse_batch(body(4, leaves, [SECRET]), KIOSK)
    assert batch.first == 4
    assert [item.leaf for item in batch.leaves] == leaves
    assert [item.ciphertext for item in batch.leaves] == [SECRET, None, None]
    assert [item.type for item in batch.leaves] == ["passage", "passage", "from_the_future"]


def test_a_leaf_whose_sealed_data_was_erased_is_taken_without_it() -> None:
    assert parse_batch(body(0, [leaf(0, sealed=SECRET)]), KIOSK).leaves[0].ciphertext is None


def test_a_leaf_that_central_does_not_understand_is_taken() -> None:
    odd = b' {"index": 0, "v": 77, "entry": [1, null], "kiosk": "hk-1", "later": {"deep": true}} '
    assert parse_batch(body(0, [odd]), KIOSK).leaves[0].leaf == odd


def test_what_else_a_later_kiosk_says_does_no_harm() -> None:
    data = {**json.loads(body(0, [leaf(0)])), "from_the_future": "…"}
    assert parse_batch(json.dumps(data).encode(), KIOSK).first == 0


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "body"),
        (b"\xff", "body"),
        (b"[" * 5000, "body"),
        (b"[]", "body"),
        (b'{"leaves":[]}', "first"),
        (b'{"first":-1,"leaves":[]}', "first"),
        (b'{"first":true,"leaves":[]}', "first"),
        (b'{"first":1e3,"leaves":[]}', "first"),
        (b'{"first":"0","leaves":[]}', "first"),
        (b'{"first":99999999999999999999,"leaves":[]}', "first"),
        (b'{"first":0}', "leaves"),
        (b'{"first":0,"leaves":{}}', "leaves"),
        (b'{"first":0,"leaves":[],"length":-1}', "length"),
        (b'{"first":0,"leaves":[],"length":"3"}', "length"),
        (b'{"first":4,"leaves":[],"length":3}', "length"),
        (b'{"first":0,"leaves":[],"certificate":7}', "certificate"),
        (body(0, [leaf(i) for i in range(MAX_LEAVES + 1)]), "leaves"),
        (one(None), "leaves[0]"),
        (one({}), "leaves[0].leaf"),
        (one({"leaf": "???"}), "leaves[0].leaf"),
        (one({"leaf": "é"}), "leaves[0].leaf"),
        (one({"leaf": b64(b"no json")}), "leaves[0]"),
        (one({"leaf": b64(leaf(1))}), "leaves[0]"),
        (one({"leaf": b64(leaf(0, kiosk="hk-2"))}), "leaves[0]"),
        (one({"leaf": b64(leaf(0, sealed=SECRET)), "sealed": 5}), "leaves[0].sealed"),
        (one({"leaf": b64(leaf(0, sealed=SECRET)), "sealed": b64(b"other")}), "leaves[0].sealed"),
        (one({"leaf": b64(leaf(0)), "sealed": b64(SECRET)}), "leaves[0].sealed"),
        (body(0, [leaf(0), leaf(1), leaf(3)]), "leaves[2]"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(data: bytes, where: str) -> None:
    with pytest.raises(MalformedError) as caught:
        parse_batch(data, KIOSK)
    assert caught.value.where == where


LOG = Signer.generate(origin_of(KIOSK))
NOTE = str(Checkpoint(origin_of(KIOSK), 1, bytes(32)).sign(LOG))


def asked(**said: object) -> bytes:
    return json.dumps({"first": 0, "leaves": [], **said}).encode()


def test_a_kiosk_that_only_asks_may_say_how_its_log_stands() -> None:
    batch = parse_batch(asked(length=1, checkpoint=NOTE, key=str(LOG.key), certificate="ab"), KIOSK)
    assert batch.offered is not None
    assert (batch.offered.checkpoint.size, batch.offered.key, batch.offered.note) == (1, LOG.key, NOTE)
    assert (batch.first, batch.end, batch.length, batch.certificate) == (0, 0, 1, "ab")
    assert parse_batch(asked(), KIOSK).offered is None


OTHER = Signer.generate(origin_of("hk-2"))
WITNESS = Signer.generate(origin_of(KIOSK), COSIGNATURE)


@pytest.mark.parametrize(
    ("note", "key"),
    [
        (7, str(LOG.key)),
        ("", str(LOG.key)),
        ("\ud800", str(LOG.key)),
        (NOTE, None),
        (NOTE, 7),
        (NOTE, "\ud800"),
        (NOTE, LOG.secret()),
        (NOTE, str(Signer.generate(origin_of(KIOSK)).key)),
        (NOTE.replace("\n1\n", "\n2\n"), str(LOG.key)),
        (str(Checkpoint(origin_of("hk-2"), 1, bytes(32)).sign(LOG)), str(LOG.key)),
        (str(Checkpoint(origin_of("hk-2"), 1, bytes(32)).sign(OTHER)), str(OTHER.key)),
        (str(sign_note("no checkpoint\n", LOG)), str(LOG.key)),
        (
            str(
                Note(
                    NOTE.partition("\n\n")[0] + "\n", (WITNESS.cosign(NOTE.partition("\n\n")[0] + "\n", AT),)
                )
            ),
            str(WITNESS.key),
        ),
    ],
)
def test_what_is_no_checkpoint_of_this_kiosk_by_that_key_is_refused(note: object, key: object) -> None:
    with pytest.raises(MalformedError) as caught:
        parse_batch(asked(checkpoint=note, key=key), KIOSK)
    assert caught.value.where in {"checkpoint", "key"}
    assert "PRIVATE" not in str(caught.value)
