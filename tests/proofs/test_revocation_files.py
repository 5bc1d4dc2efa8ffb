"""Lists of revoked proofs on disk: replaced and dropped whole, damage named, and a million entries in little memory."""

from __future__ import annotations

import base64
import json
import os
import tracemalloc
from datetime import UTC, datetime, timedelta

import pytest

from kiosk.proofs import revocation_files
from kiosk.proofs.holdings import Places, load
from kiosk.proofs.marks import MARK_OCTETS, Mark, mark
from kiosk.proofs.revocation import (
    Batch,
    RevocationError,
    Revocations,
    eu_batch,
    newest,
    references,
    shc_list,
    shc_scope,
)
from kiosk.proofs.trust import TrustStore

NOW = datetime(2022, 6, 1, 12, 0, tzinfo=UTC)
ISSUER = "https://issuer.example"
SCOPE = shc_scope(ISSUER, "k1")
KEY_ID = b"\x01\x02\x03\x04\x05\x06\x07\x08"


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path / "data", production=True, sources=())


def revoked(places, now=NOW) -> Revocations:
    held = load(places, TrustStore(), now)
    assert held.unread == ()
    return held.revoked


def eu(*names: str, name="b1", expires="2023-01-01T00:00:00Z") -> Batch:
    said = {
        "country": "AT",
        "expires": expires,
        "kid": base64.b64encode(KEY_ID).decode(),
        "hashType": "UCI",
        "entries": [{"hash": base64.b64encode(mark("eu-uci", "", uci).digest).decode()} for uci in names],
    }
    return eu_batch(json.dumps(said), name=name, where=name)


def shc(*rids: str, number: int = 1) -> Batch:
    said = {"kid": "k1", "method": "rid", "ctr": number, "rids": list(rids)}
    return shc_list(json.dumps(said), issuer=ISSUER, where="k1.json")


def uci(name: str) -> Mark:
    return mark("eu-uci", KEY_ID.hex(), name)


def card(rid: str, issued_at: datetime | None = None) -> Mark:
    return mark("shc-rid", SCOPE, rid, issued_at)


def test_a_batch_is_kept_as_it_was_told(places):
    told = [eu("a", "b"), shc("x", "y.1654000000", number=7), references(["r"], name="ha")]
    revocation_files.save(places.revocation, told, now=NOW)
    held, faults = revocation_files.load(places.revocation)
    assert faults == ()
    kept = {one.batch.name: one.batch for one in held}
    for batch in told:
        again = kept[batch.name]
        assert (again.kind, again.scope, again.number, again.expires_at) == (
            batch.kind,
            batch.scope,
            batch.number,
            batch.expires_at,
        )
        assert bytes(again.digests) == bytes(batch.digests)
        before = None if again.before is None else tuple(int(date) for date in again.before)
        assert before == batch.before
    assert all(one.imported_at == NOW for one in held)


def test_what_is_imported_is_revoked_and_dated_entries_only_what_is_older(places):
    revocation_files.save(places.revocation, [eu("a"), shc("x", "y.1654000000")], now=NOW)
    found = revoked(places)
    assert uci("a") in found
    assert uci("b") not in found
    assert card("x", NOW) in found
    moment = datetime.fromtimestamp(1654000000, UTC)
    assert card("y", moment - timedelta(seconds=1)) in found
    assert card("y", moment) not in found


def test_a_batch_that_comes_again_replaces_the_old_one(places):
    revocation_files.save(places.revocation, [eu("a", "b"), eu("c", name="b2")], now=NOW)
    revocation_files.save(places.revocation, [eu("b", "d")], now=NOW)
    found = revoked(places)
    assert [uci(name) in found for name in "abcd"] == [False, True, True, True]


def test_a_batch_that_is_dropped_makes_its_proofs_valid_again(places):
    revocation_files.save(places.revocation, [eu("a"), eu("c", name="b2")], now=NOW)
    revocation_files.drop(places.revocation, "eu/AT/b1")
    found = revoked(places)
    assert uci("a") not in found
    assert uci("c") in found
    with pytest.raises(RevocationError, match="no batch of that name"):
        revocation_files.drop(places.revocation, "eu/AT/b1")


def test_a_batch_counts_until_it_expires(places):
    revocation_files.save(places.revocation, [eu("a", expires="2022-07-01T00:00:00Z")], now=NOW)
    assert uci("a") in revoked(places)
    assert uci("a") not in revoked(places, datetime(2022, 7, 2, tzinfo=UTC))


def test_the_number_of_a_cards_list_never_goes_back_and_then_nothing_is_written(places):
    revocation_files.save(places.revocation, [shc("x", number=5)], now=NOW)
    with pytest.raises(RevocationError, match=r"number 4 is lower .* \(5\)"):
        revocation_files.save(places.revocation, [eu("a"), shc("y", number=4)], now=NOW)
    assert card("x") in revoked(places)
    assert uci("a") not in revoked(places)
    revocation_files.save(places.revocation, [shc("x", "y", number=5)], now=NOW)
    assert card("y") in revoked(places)
    revocation_files.drop(places.revocation, f"shc/{SCOPE}")
    revocation_files.save(places.revocation, [shc("z", number=4)], now=NOW)
    assert card("x") not in revoked(places)


def test_of_a_list_that_comes_by_two_ways_the_newer_counts():
    found = Revocations(newest([shc("x", "gone", number=1), shc("x", number=2), eu("a")]))
    assert card("x") in found
    assert card("gone") not in found
    assert uci("a") in found


def test_the_venues_own_list_holds_hashes_and_takes_them_back(places):
    mine, other = mark("hk-reference", "", "TC89C6@EHS"), mark("eu-uci", "", "URN:UVCI:01:AT:1#B")
    for named in (mine, other):
        assert revocation_files.add_own(places.revocation, named, now=NOW)
        assert not revocation_files.add_own(places.revocation, named, now=NOW)
    revocation_files.add_own(places.revocation, mark("hk-reference", "", "second"), now=NOW)
    found = revoked(places)
    assert mine in found
    assert mark("eu-uci", "any key", "URN:UVCI:01:AT:1#B") in found
    for file in places.revocation.iterdir():
        assert b"TC89C6" not in file.read_bytes()
    assert revocation_files.remove_own(places.revocation, mine, now=NOW)
    assert not revocation_files.remove_own(places.revocation, mine, now=NOW)
    found = revoked(places)
    assert mine not in found
    assert mark("hk-reference", "", "second") in found
    assert revocation_files.remove_own(places.revocation, other, now=NOW)
    assert len(revocation_files.load(places.revocation)[0]) == 1, "an empty list leaves no file"


def test_a_damaged_file_is_named_and_the_others_serve(places):
    revocation_files.save(places.revocation, [eu("a"), shc("x.5", "y")], now=NOW)
    files = sorted(places.revocation.glob("*.batch"))
    for file in files:
        kept = file.read_bytes()
        for broken in (b"", b"\n", kept[:-1], kept + b"x", kept[:-1] + bytes([kept[-1] ^ 1]), b"{" + kept):
            file.write_bytes(broken)
            held, faults = revocation_files.load(places.revocation)
            assert len(held) == 1
            assert [str(file) in str(fault) for fault in faults] == [True]
        file.write_bytes(kept)
    assert revocation_files.load(places.revocation)[1] == ()


def test_a_damaged_list_does_not_hold_up_the_next(places):
    revocation_files.save(places.revocation, [shc("x", number=5)], now=NOW)
    for file in places.revocation.glob("*.batch"):
        file.write_bytes(b"rot")
    revocation_files.save(places.revocation, [shc("y", number=4)], now=NOW)
    assert card("y") in revoked(places)


def test_a_failed_write_leaves_what_was_there(places, monkeypatch):
    revocation_files.save(places.revocation, [eu("a")], now=NOW)

    def broken(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kiosk.proofs.durable_files.os.replace", broken)
    with pytest.raises(Exception, match="No space left"):
        revocation_files.save(places.revocation, [eu("b")], now=NOW)
    monkeypatch.undo()
    assert uci("a") in revoked(places)
    assert uci("b") not in revoked(places)


@pytest.mark.parametrize("dated", [False, True])
def test_a_million_entries_take_no_more_than_32_megabytes_while_they_are_loaded(places, dated):
    each, batches = 10_000, 100
    dates = range(1_600_000_000, 1_600_000_000 + each) if dated else None
    told = [Batch(f"eu/AT/{n}", "eu-uci", "", os.urandom(each * MARK_OCTETS), dates) for n in range(batches)]
    revocation_files.save(places.revocation, told, now=NOW)
    sample = [bytes(batch.digests[:MARK_OCTETS]) for batch in told]
    del told
    tracemalloc.start()
    try:
        found = revoked(places)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found) == each * batches
    assert most <= 32 * 1024 * 1024
    assert all(Mark("eu-uci", "any", digest) in found for digest in sample)
    assert Mark("eu-uci", "any", bytes(MARK_OCTETS)) not in found
