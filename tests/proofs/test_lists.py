"""Trust lists: nothing without the pinned signature, dates, how they grow old, what is kept on disk, and what a crash leaves."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk import settings
from kiosk.proofs import durable_files, list_files, lists, recognise, rings, sources
from kiosk.proofs.holdings import Keeper, Places, load
from kiosk.proofs.lists import OlderListError
from kiosk.proofs.trust import DemoTrustError, TrustError, TrustStore
from tests.proofs import dcc
from tests.proofs.trust_lists import (
    NOW,
    OWN_SIGNER,
    SIGNER,
    TEST_SIGNER,
    body,
    certificate,
    entry,
    eu_file,
    own_file,
    public,
    signature,
    source,
    source_file,
)

VECTORS = Path(os.environ.get("KIOSK_VECTORS", Path(__file__).parents[2].parent / "shared" / "vectors"))
SNAPSHOT = VECTORS / "vci-directory" / "logs"
needs_vectors = pytest.mark.skipif(not SNAPSHOT.is_dir(), reason=f"no vectors at {VECTORS}: see the README")
KID = base64.b64encode(dcc.KID).decode()
DAY = timedelta(days=1)


@pytest.fixture
def eu(tmp_path):
    return source(tmp_path / "sources")


@pytest.fixture
def places(tmp_path):
    source_file(tmp_path / "sources")
    return Places(tmp_path / "data", production=True, sources=(tmp_path / "sources",))


def dated(day: str, *ders: bytes) -> bytes:
    return eu_file(
        *[entry(der, timestamp=f"2022-{day}T12:00:00Z", kid=KID) for der in ders or [certificate()]]
    )


# The EU's form


def test_a_certificate_of_the_list_is_verified_in_the_name_of_its_country(eu):
    held = lists.read(eu_file(entry(kid=KID, country="HK")), None, eu)
    proof = recognise(dcc.code().text, trust=TrustStore(held.keys), at=dcc.AT)
    assert proof.verified
    assert proof.issuer == "HK"


@pytest.mark.parametrize(
    "envelope", ["first line", "second file", "second file in DER", "an array", "a line more"]
)
def test_a_list_in_each_envelope(eu, envelope):
    array = json.dumps([entry()]).encode()
    content, second = {
        "first line": (eu_file(), None),
        "second file": (body(), signature(body())),
        "second file in DER": (body(), SIGNER.sign(body(), dcc.ec.ECDSA(dcc.hashes.SHA256()))),
        "an array": (array, signature(array) + b"\n"),
        "a line more": (eu_file() + b"\n", None),
    }[envelope]
    assert len(lists.read(content, second, eu).keys) == 1


@pytest.mark.parametrize(
    ("content", "second", "said"),
    [
        (body(), None, "no signature"),
        (json.dumps([entry()]).encode(), None, "no signature"),
        (eu_file(signer=TEST_SIGNER), None, "does not hold under the key that is pinned"),
        (eu_file().replace(b'"AT"', b'"HK"'), None, "does not hold"),
        (base64.b64encode(bytes(64)) + b"\n" + body(), None, "does not hold"),
        (b"\n" + body(), None, "does not hold"),
        (body(), b"", "does not hold"),
        (b"", None, "no signature"),
        (signature(b"{}") + b"\n{}", None, "no list of certificates"),
        (signature(b"[1]") + b"\n[1]", None, "no list of certificates"),
        (signature(b"x") + b"\nx", None, "no JSON"),
        (signature(b'{"a":1,"a":2}') + b'\n{"a":1,"a":2}', None, "a key stands twice"),
        (eu_file(entry(timestamp="lately")), None, "its age is not known"),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_list_of_the_pinned_signer_is_refused(eu, content, second, said):
    with pytest.raises(TrustError, match=said) as caught:
        lists.read(content, second, eu)
    assert caught.value.where == "eu"
    assert caught.value.mend


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"certificateType": "CSCA"}, "other_type"),
        ({"country": "Austria"}, "no_country"),
        ({"kid": ""}, "no_key_id"),
        ({"kid": 7}, "no_key_id"),
        ({"rawData": "AAAA"}, "no_certificate"),
        ({"rawData": None}, "no_certificate"),
        ({"thumbprint": "00"}, "other_thumbprint"),
        ({"thumbprint": ["x"]}, "other_thumbprint"),
        ({"rawData": base64.b64encode(certificate(dcc.ED)).decode(), "thumbprint": ""}, "other_key"),
    ],
)
def test_what_cannot_be_used_is_left_out_and_counted_and_the_rest_serves(eu, changes, reason):
    held = lists.read(eu_file(entry(), entry(**changes)), None, eu)
    assert len(held.keys) == 1
    assert held.left_out == ((reason, 1),)


def test_several_certificates_of_one_id_are_kept_and_one_that_stands_twice_once(eu):
    other = certificate(dcc.OTHER_EC)
    held = lists.read(eu_file(entry(kid=KID), entry(other, kid=KID), entry(kid=KID)), None, eu)
    assert len(held.keys) == 2
    trust = TrustStore(held.keys)
    for key in (dcc.EC, dcc.OTHER_EC):
        assert recognise(dcc.code(key=key).text, trust=trust, at=dcc.AT).verified


def test_what_a_certificate_may_vouch_for_and_until_when_comes_along(eu):
    tests_only = certificate(usages=("1.3.6.1.4.1.1847.2021.1.1",))
    held = lists.read(eu_file(entry(tests_only, kid=KID)), None, eu)
    proof = recognise(dcc.code().text, trust=TrustStore(held.keys), at=dcc.AT)
    assert proof.error == "wrong_key_usage"
    assert held.keys[0].valid_until == datetime(2031, 1, 1, tzinfo=UTC)


def test_its_date_is_the_newest_within_even_of_what_is_left_out(eu):
    newest = entry(timestamp="2022-05-30T00:00:00Z", certificateType="CSCA")
    assert lists.read(eu_file(entry(), newest), None, eu).issued_at == datetime(2022, 5, 30, tzinfo=UTC)


# The other forms


def own_source(folder, **changes):
    signers = [{"key": public(OWN_SIGNER), "source": "the test"}]
    return source(folder, "own", form="kiosk-list", signers=signers, **changes)


def test_our_own_list_carries_key_rings(tmp_path):
    held = lists.read(own_file(), None, own_source(tmp_path))
    assert held.issued_at == NOW
    assert recognise(dcc.code().text, trust=TrustStore(held.keys), at=dcc.AT).issuer == "Somebody"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (own_file(key=dcc.ED), "does not hold"),
        (own_file().replace(b"Somebody", b"Anybody!"), "does not hold"),
        (b"x", "does not hold"),
        (own_file({"issuer": "DEMO x", "demo": True, "keys": []}), "keys of a demo"),
    ],
    ids=["another signer", "changed", "nothing", "a demo's ring"],
)
def test_what_is_no_list_of_ours_is_refused(tmp_path, content, said):
    with pytest.raises(TrustError, match=said):
        lists.read(content, None, own_source(tmp_path))


def test_another_document_by_the_same_signer_is_no_list(tmp_path):
    said = b'{"kind": "something else", "version": 1}'
    content = base64.b64encode(OWN_SIGNER.sign(said)) + b"\n" + said
    with pytest.raises(TrustError, match="kind"):
        lists.read(content, None, own_source(tmp_path))


@needs_vectors
def test_the_shipped_source_takes_the_published_snapshot_of_the_vci_directory():
    content, second = ((SNAPSHOT / f"vci_snapshot.{end}").read_bytes() for end in ("json", "sig"))
    vci = sources.read(settings.SHIPPED / "trust" / "vci.yaml")
    held = lists.read(content, second, vci)
    assert len(held.keys) > 900
    assert len(held.revocations) == 6
    assert held.issued_at.year == 2026
    for wrong in (None, second[:-1] + bytes([second[-1] ^ 1])):
        with pytest.raises(TrustError):
            lists.read(content, wrong, vci)


# Sources


def test_the_shipped_sources_can_be_read_and_none_is_a_demos():
    found, faults = sources.load(settings.SHIPPED / "trust")
    assert faults == {}
    assert set(found) == {"eu", "vci"}
    for shipped in found.values():
        shipped.check(production=True)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"signers": []}, "at least 1"),
        ({"signers": [{"key": "AAAA", "source": "x"}]}, "signer's key is none"),
        ({"signers": [{"key_file": "gone.pem", "source": "x"}]}, "signer's key is none"),
        ({"signers": [{"source": "x"}]}, "either key or key_file"),
        ({"signers": [{"key": "AAAA", "source": ""}]}, "source"),
        ({"form": "other"}, "eu-list"),
        ({"life_days": 0}, "life_days"),
        ({"name": {"en": "x"}}, "exactly the languages"),
        ({"colour": "red"}, "unknown field"),
    ],
)
def test_a_fault_in_a_source_is_named_and_the_others_serve(tmp_path, changes, said):
    source_file(tmp_path, "good")
    file = source_file(tmp_path, "bad", **changes)
    found, faults = sources.load(tmp_path)
    assert set(found) == {"good"}
    assert said in str(faults["bad"])
    assert str(file) in str(faults["bad"])


def test_a_test_environments_list_is_never_one_of_production(tmp_path):
    marked = source(tmp_path, "acc", demo=True, signers=[{"key": public(TEST_SIGNER), "source": "x"}])
    with pytest.raises(DemoTrustError, match="demo or test keys"):
        marked.check(production=True)
    marked.check(production=False)
    held = lists.read(eu_file(signer=TEST_SIGNER), None, marked)
    assert all(key.demo and key.issuer.startswith(rings.DEMO_MARK) for key in held.keys)
    with pytest.raises(TrustError, match="does not hold"):
        lists.read(eu_file(signer=TEST_SIGNER), None, source(tmp_path))


# Age


@pytest.mark.parametrize(
    ("age", "state"),
    [
        (timedelta(0), "fresh"),
        (30 * DAY - timedelta(seconds=1), "fresh"),
        (30 * DAY, "stale"),
        (90 * DAY - timedelta(seconds=1), "stale"),
        (90 * DAY, "out"),
    ],
)
def test_a_list_is_fresh_then_stale_then_out_and_then_none_of_its_keys_counts(eu, age, state):
    held = lists.read(eu_file(entry(kid=KID)), None, eu)
    ring = TrustStore((dcc.trusted(dcc.OTHER_EC, key_ids=None),))
    now = held.issued_at + age
    answer = lists.in_force(ring, [held], now)
    assert [(standing.state, standing.days) for standing in answer.standings] == [(state, age.days)]
    proof = recognise(dcc.code().text, trust=answer.trust, at=dcc.AT)
    assert proof.verified == (state != "out")
    assert ring.keys[0] in answer.trust.keys


# On disk


def test_what_is_imported_is_verified_again_at_every_load(places):
    eu = places.source("eu")
    list_files.save(places.trust, eu, dated("05-20"), None, now=NOW)
    assert len(list_files.load(places.trust, eu).list.keys) == 1
    file = list_files.path(places.trust, "eu")
    kept = file.read_bytes()
    assert dated("05-20") in kept, "the octets as they came"
    for broken in (
        kept.replace(b'"AT"', b'"HK"'),
        kept[:-40],
        b"",
        b"\x00" * 99,
        kept[kept.index(b"\n") + 1 :],
    ):
        file.write_bytes(broken)
        with pytest.raises(TrustError) as caught:
            list_files.load(places.trust, eu)
        assert str(file) in str(caught.value)
        assert "kiosk trust import eu" in str(caught.value)


def test_a_changed_file_is_refused_by_name_and_the_others_serve(places, tmp_path):
    source_file(tmp_path / "sources", "other")
    for name in ("eu", "other"):
        list_files.save(places.trust, places.source(name), dated("05-20"), None, now=NOW)
    file = list_files.path(places.trust, "other")
    file.write_bytes(file.read_bytes().replace(b'"AT"', b'"HK"'))
    held = load(places, TrustStore(), NOW)
    assert [trust_list.source.id for trust_list in held.lists] == ["eu"]
    assert [broken.source for broken in held.broken] == ["other"]
    (tmp_path / "sources" / "eu.yaml").unlink()
    held = load(places, TrustStore(), NOW)
    assert {broken.source for broken in held.broken} == {"eu", "other"}
    assert held.judge(NOW).trust.keys == ()


def test_a_pin_that_is_taken_out_takes_its_list_with_it(places, tmp_path):
    list_files.save(places.trust, places.source("eu"), dated("05-20"), None, now=NOW)
    source_file(tmp_path / "sources", signers=[{"key": public(TEST_SIGNER), "source": "x"}])
    assert load(places, TrustStore(), NOW).lists == ()


def test_a_demos_list_in_the_folder_of_a_production_door_is_not_used(places, tmp_path):
    list_files.save(places.trust, places.source("eu"), dated("05-20"), None, now=NOW)
    source_file(tmp_path / "sources", demo=True)
    held = load(places, TrustStore(), NOW)
    assert held.lists == ()
    assert isinstance(held.broken[0].error, DemoTrustError)
    with pytest.raises(DemoTrustError):
        places.source("eu")


def test_an_older_list_is_refused_unless_a_manager_answers_for_it(places):
    eu = places.source("eu")
    list_files.save(places.trust, eu, dated("05-20"), None, now=NOW)
    list_files.save(places.trust, eu, dated("05-20"), None, now=NOW)
    with pytest.raises(OlderListError, match="older than the one held"):
        list_files.save(places.trust, eu, dated("05-19"), None, now=NOW)
    assert list_files.load(places.trust, eu).list.issued_at.day == 20
    list_files.save(places.trust, eu, dated("05-19"), None, now=NOW, older_by="mei")
    assert list_files.load(places.trust, eu).list.issued_at.day == 19
    assert b'"older_by":"mei"' in list_files.path(places.trust, "eu").read_bytes()


def test_a_list_dated_in_the_future_is_refused_whoever_answers_for_it(places):
    for older_by in (None, "mei"):
        with pytest.raises(TrustError, match="still to come"):
            list_files.save(
                places.trust, places.source("eu"), dated("06-03"), None, now=NOW, older_by=older_by
            )
    assert list_files.names(places.trust) == []


def test_a_damaged_list_does_not_hold_up_the_next(places):
    eu = places.source("eu")
    list_files.save(places.trust, eu, dated("05-20"), None, now=NOW)
    list_files.path(places.trust, "eu").write_bytes(b"rot")
    list_files.save(places.trust, eu, dated("05-19"), None, now=NOW)
    assert list_files.load(places.trust, eu).list.issued_at.day == 19


def test_a_dropped_list_is_gone_and_what_is_not_held_cannot_be_dropped(places):
    list_files.save(places.trust, places.source("eu"), dated("05-20"), None, now=NOW)
    list_files.drop(places.trust, "eu")
    assert load(places, TrustStore(), NOW).lists == ()
    for name in ("eu", "../eu", ""):
        with pytest.raises(TrustError, match="no list of it is held"):
            list_files.drop(places.trust, name)


#: The steps of a write, in the program's own words; each is where the power may go.
STEPS = ("os.fchmod", "os.fsync", "os.replace", "os.utime")


@pytest.mark.parametrize("step", STEPS)
def test_a_write_that_fails_at_any_step_leaves_the_old_list_or_the_new(places, monkeypatch, step):
    eu = places.source("eu")
    list_files.save(places.trust, eu, dated("05-20"), None, now=NOW)

    def broken(*_args, **_options):
        raise OSError(28, "No space left on device", str(places.trust))

    monkeypatch.setattr(f"kiosk.proofs.durable_files.{step}", broken)
    with pytest.raises(durable_files.DataFolderError, match="No space left"):
        list_files.save(places.trust, eu, dated("05-25"), None, now=NOW)
    monkeypatch.undo()
    expected = 25 if step == "os.utime" else 20
    assert list_files.load(places.trust, eu).list.issued_at.day == expected
    assert list(places.trust.glob(".*unfinished")) == []


_KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from kiosk.proofs import list_files, sources
step, folder, source, file, now = sys.argv[1:]
def die(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(os, step, die)
list_files.save(Path(folder), sources.read(Path(source)), Path(file).read_bytes(), None, now=datetime.fromisoformat(now))
"""


@pytest.mark.crash
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_any_step_leaves_the_old_list_or_the_new(places, tmp_path, step):
    eu = places.source("eu")
    list_files.save(places.trust, eu, dated("05-20"), None, now=NOW)
    (tmp_path / "new").write_bytes(dated("05-25"))
    arguments = [step.removeprefix("os."), places.trust, tmp_path / "sources" / "eu.yaml", tmp_path / "new"]
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, *map(str, arguments), NOW.isoformat()], timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL
    held = load(places, TrustStore(), NOW)
    assert held.broken == ()
    assert held.lists[0].issued_at.day == (25 if step == "os.utime" else 20)
    # The next writer clears away what was left, and goes on.
    list_files.save(places.trust, eu, dated("05-26"), None, now=NOW)
    assert sorted(path.name for path in places.trust.iterdir()) == [".lock", "eu.list"]


# The keeper


def test_the_keeper_takes_in_what_changes_and_tells(places):
    told, now = [], [NOW]
    keeper = Keeper(places, TrustStore(), told.append, clock=lambda: now[0])
    keeper.look()
    assert told == []
    before = keeper.judge
    list_files.save(places.trust, places.source("eu"), dated("05-20"), None, now=NOW)
    keeper.look()
    assert before.trust.keys == (), "what was handed out does not change"
    assert [standing.state for standing in told[-1].standings] == ["fresh"]
    keeper.look()
    assert len(told) == 1
    for days, state in ((25, "stale"), (90, "out")):
        now[0] = NOW + days * DAY
        keeper.look()
        assert told[-1].standings[0].state == state
    assert keeper.judge.trust.keys == ()
    list_files.drop(places.trust, "eu")
    keeper.look()
    assert told[-1].standings == ()


def test_two_changes_within_one_tick_of_the_clock_are_two(places):
    stamps = set()
    for day in range(10, 20):
        list_files.save(places.trust, places.source("eu"), dated(f"05-{day}"), None, now=NOW)
        stamps.add(durable_files.stamp(places.trust))
    assert len(stamps) == 10
