"""Lists of revoked proofs: what each source writes, when an entry counts, and how a proof becomes valid again."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.proofs.marks import MARK_OCTETS, Mark, MarkKind, mark
from kiosk.proofs.revocation import (
    Batch,
    RevocationError,
    Revocations,
    eu_batch,
    references,
    shc_list,
    shc_scope,
)

VECTORS = Path(os.environ.get("KIOSK_VECTORS", Path(__file__).parents[3] / "shared" / "vectors"))
MAY = datetime(2021, 5, 1, tzinfo=UTC)
KEY_ID = b"\x01\x02\x03\x04\x05\x06\x07\x08"


def eu(**changes: Any) -> str:
    batch = {
        "country": "AT",
        "expires": "2022-11-01T00:00:00Z",
        "kid": base64.b64encode(KEY_ID).decode(),
        "hashType": "UCI",
        "entries": [{"hash": base64.b64encode(mark("eu-uci", "", "URN:UVCI:01:AT:1#B").digest).decode()}],
    }
    return json.dumps(batch | changes)


def shc(**changes: Any) -> str:
    return json.dumps({"kid": "k1", "method": "rid", "ctr": 1, "rids": ["abc", "def.1619827200"]} | changes)


@pytest.mark.parametrize(
    ("word", "kind"), [("UCI", "eu-uci"), ("COUNTRYCODEUCI", "eu-country-uci"), ("SIGNATURE", "eu-signature")]
)
def test_the_three_kinds_of_hash_of_the_eu(word: str, kind: MarkKind) -> None:
    batch = eu_batch(eu(hashType=word), name="b1", where="b1.json")
    revoked = Revocations([batch])
    assert Mark(kind, KEY_ID.hex(), mark("eu-uci", "", "URN:UVCI:01:AT:1#B").digest) in revoked
    others: set[MarkKind] = {"eu-uci", "eu-country-uci", "eu-signature"} - {kind}  # type: ignore[arg-type]
    for other in others:
        assert Mark(other, KEY_ID.hex(), mark("eu-uci", "", "URN:UVCI:01:AT:1#B").digest) not in revoked


def test_a_hash_counts_for_its_key_or_for_every_key() -> None:
    searched = mark("eu-uci", "ffff", "URN:UVCI:01:AT:1#B")
    assert searched not in Revocations([eu_batch(eu(), name="b1", where="b1.json")])
    assert searched in Revocations([eu_batch(eu(kid="UNKNOWN_KID"), name="b1", where="b1.json")])


def test_a_longer_hash_counts_by_its_first_sixteen_octets() -> None:
    whole = hashlib.sha256(b"URN:UVCI:01:AT:1#B").digest()
    batch = eu_batch(eu(entries=[{"hash": base64.b64encode(whole).decode()}]), name="b1", where="b1.json")
    assert mark("eu-uci", KEY_ID.hex(), "URN:UVCI:01:AT:1#B") in Revocations([batch])


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"hashType": "OTHER"}, "hashType"),
        ({"country": "at"}, "country"),
        ({"expires": "soon"}, "expires"),
        ({"kid": "*"}, "base64"),
        ({"entries": [{"hash": "AAAA"}]}, "fewer than 16"),
        ({"entries": [{}]}, "entries.0.hash"),
    ],
)
def test_a_broken_batch_says_what_and_where(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(RevocationError, match=what) as raised:
        eu_batch(eu(**changes), name="b1", where="b1.json")
    assert "b1.json" in str(raised.value)


def test_an_id_with_a_time_revokes_only_what_is_older() -> None:
    revoked = Revocations([shc_list(shc(), issuer="https://i.example", where="k1.json")])
    scope = shc_scope("https://i.example", "k1")
    assert mark("shc-rid", scope, "abc", MAY + timedelta(days=9999)) in revoked
    assert mark("shc-rid", scope, "def", MAY - timedelta(seconds=1)) in revoked
    assert mark("shc-rid", scope, "def", MAY) not in revoked
    assert mark("shc-rid", scope, "def", None) in revoked
    assert mark("shc-rid", shc_scope("https://i.example", "k2"), "abc", MAY) not in revoked
    assert mark("shc-rid", shc_scope("https://other.example", "k1"), "abc", MAY) not in revoked


@pytest.mark.parametrize(
    "changes", [{"method": "x"}, {"ctr": 0}, {"rids": ["a.b"]}, {"rids": ["a."]}, {"rids": [1]}]
)
def test_a_broken_list_of_cards_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(RevocationError):
        shc_list(shc(**changes), issuer="https://i.example", where="k1.json")


@pytest.mark.parametrize("text", ["", "[]", "{", b"\xff", "[" * 5000, '{"kid": "a", "kid": "b"}'])
def test_what_is_no_list_is_refused(text: str | bytes) -> None:
    for read in (
        lambda: eu_batch(text, name="b", where="f"),
        lambda: shc_list(text, issuer="https://i.example", where="f"),
    ):
        with pytest.raises(RevocationError):
            read()


def test_references_of_hong_kong() -> None:
    revoked = Revocations([references(["# withdrawn on 1 May", "", " TC89C6@EHS \n"], name="ha")])
    assert mark("hk-reference", "", "TC89C6@EHS") in revoked
    assert mark("hk-reference", "", "# withdrawn on 1 May") not in revoked
    assert len(revoked) == 1


@pytest.mark.skipif(not VECTORS.is_dir(), reason=f"no vectors in {VECTORS}: set KIOSK_VECTORS")
def test_a_public_list_is_read() -> None:
    files = [
        file for file in (VECTORS / "smart-health-cards").rglob("*.json") if '"rids"' in file.read_text()
    ]
    assert files
    for file in files:
        batch = shc_list(
            file.read_text(), issuer="https://spec.smarthealth.cards/examples/issuer", where=str(file)
        )
        assert len(batch) == len(json.loads(file.read_text())["rids"])


digests = st.binary(min_size=MARK_OCTETS, max_size=MARK_OCTETS) | st.sampled_from(
    [bytes(16), bytes(15) + b"\x01", b"\x01" + bytes(15), b"\xff" * 16]
)


@given(st.lists(st.lists(digests, max_size=5), max_size=4), digests)
def test_it_holds_what_its_batches_hold(batches: list[list[bytes]], other: bytes) -> None:
    revoked = Revocations(Batch(str(n), "eu-uci", "", b"".join(held)) for n, held in enumerate(batches))
    held = {digest for batch in batches for digest in batch}
    for digest in held | {other}:
        assert (Mark("eu-uci", "aa", digest) in revoked) == (digest in held)


@given(
    st.lists(st.tuples(digests, st.none() | st.integers(0, 100)), max_size=12), digests, st.integers(0, 100)
)
def test_dates_stay_beside_their_ids(
    entries: list[tuple[bytes, int | None]], other: bytes, issued: int
) -> None:
    def batch(n: int, digest: bytes, before: int | None) -> Batch:
        return Batch(str(n), "shc-rid", "", digest, None if before is None else (before,))

    revoked = Revocations(batch(n, *entry) for n, entry in enumerate(entries))
    at = datetime.fromtimestamp(issued, UTC)
    for digest in {digest for digest, _ in entries} | {other}:
        expected = any(digest == held and (before is None or issued < before) for held, before in entries)
        assert (Mark("shc-rid", "", digest, at) in revoked) == expected


def test_a_proof_is_valid_again_when_its_batch_goes() -> None:
    one, other = (references([name], name=name) for name in ("one", "other"))
    assert mark("hk-reference", "", "one") in Revocations([one, other])
    assert mark("hk-reference", "", "one") not in Revocations([other])
