"""The log reaches central: every entry once, byte for byte, whatever happens on the way."""

from __future__ import annotations

import logging
import math
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from kiosk.store import Store, StoredLeaf, StoreReader
from kiosk.sync import (
    CentralClient,
    RejectedError,
    Replicator,
    SyncStatus,
    TokenError,
    UnauthorisedError,
    UnreachableError,
)
from kiosk.sync.client import Conflict, Gap, Offer, Taken
from kiosk.sync.replicator import ASK_EVERY_S, BATCH_LEAVES, Clock
from tests.central.servers import CentralServer, kept
from tests.store.logs import KIOSK, admission, erase, fill, leaving, open_log

NOW = datetime(2021, 5, 1, 12, tzinfo=UTC)


class Hands:
    """A clock that moves when told, and no luck."""

    def __init__(self) -> None:
        self.mono = 0.0
        self.clock = Clock(now=lambda: NOW, mono=lambda: self.mono, chance=lambda: 1.0)


class Rig:
    """A log, what the replicator said, and one replicator at a time."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "log.sqlite"
        self.store: Store = open_log(self.file)
        self.token = folder / "token"
        self.hands = Hands()
        self.statuses: list[SyncStatus] = []
        self.acknowledged: list[int] = []

    def replicator(
        self, url: str = "http://127.0.0.1:1", central: object = None, clock: Clock | None = None
    ) -> Replicator:
        return Replicator(
            self.file,
            kiosk=KIOSK,
            url=url,
            token_file=self.token,
            acknowledged=self.store.acknowledged,
            on_acknowledged=self.acknowledged.append,
            on_status=self.statuses.append,
            central=central,  # type: ignore[arg-type]
            clock=clock or self.hands.clock,
        )

    def leaves(self) -> list[StoredLeaf]:
        with StoreReader(self.file) as reader:
            return list(reader.leaves(0, limit=10**6, max_bytes=10**9))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.store.close()


@pytest.fixture
def central(tmp_path: Path, rig: Rig) -> Iterator[CentralServer]:
    server = CentralServer(tmp_path / "central")
    rig.token.write_text(server.enrol(KIOSK) + "\n")
    yield server
    server.kill()


def assert_replica(central: CentralServer, rig: Rig) -> None:
    found, ours = kept(central.data, KIOSK), rig.leaves()
    assert found.leaves == [(leaf.index, leaf.leaf) for leaf in ours]
    assert found.ciphertexts == {leaf.index: leaf.ciphertext for leaf in ours if leaf.ciphertext}


def drain(replicator: Replicator, steps: int = 50) -> None:
    """Step while there is something to do at once."""
    for _ in range(steps):
        if replicator.step() > 0:
            return
    raise AssertionError("there is always something to do")


class Scripted:
    """Central as a list of what it does next."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[int, int]] = []
        self.asked = 0

    def _next(self) -> object:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def send(self, offer: Offer) -> object:
        if offer.leaves:
            self.sent.append((offer.first, len(offer.leaves)))
        else:
            self.asked += 1
        return self._next()


# Over TCP to central as it is run


def test_everything_arrives_byte_for_byte_with_what_is_sealed(rig: Rig, central: CentralServer) -> None:
    fill(rig.store, 2 * BATCH_LEAVES + 7)
    replicator = rig.replicator(central.start())
    drain(replicator)
    assert_replica(central, rig)
    assert rig.acknowledged == [BATCH_LEAVES, 2 * BATCH_LEAVES, 2 * BATCH_LEAVES + 7]
    assert (rig.statuses[-1].waiting, rig.statuses[-1].error) == (0, None)
    assert rig.statuses[-1].last_success == NOW


def test_the_thread_sends_what_is_new_when_it_is_poked(rig: Rig, central: CentralServer) -> None:
    done = threading.Event()

    def acknowledged(count: int) -> None:
        if count == 30:
            done.set()

    replicator = rig.replicator(central.start(), clock=Clock())
    replicator._on_acknowledged = acknowledged
    replicator.start()
    for _ in range(30):
        rig.store.append([leaving()], expected_index=rig.store.length)
        replicator.poke()
    assert done.wait(30)
    replicator.stop()
    assert not replicator._thread.is_alive()
    assert_replica(central, rig)


def test_an_entry_written_while_a_batch_is_read_does_not_make_central_look_ahead(
    rig: Rig, central: CentralServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(rig.store, 7)
    read = StoreReader.leaves

    def one_more_in_between(reader: StoreReader, *args: Any, **kwargs: Any) -> Any:
        if rig.store.length == 7:
            fill(rig.store, 1)
        return read(reader, *args, **kwargs)

    monkeypatch.setattr(StoreReader, "leaves", one_more_in_between)
    drain(rig.replicator(central.start()))
    assert rig.statuses[-1].error is None
    assert_replica(central, rig)


def test_a_lost_acknowledgement_doubles_nothing(rig: Rig, central: CentralServer) -> None:
    url = central.start()
    fill(rig.store, 40)
    drain(rig.replicator(url))
    # The door died before it wrote the acknowledgement down: it begins from nothing.
    assert rig.store.acknowledged == 0
    fill(rig.store, 5)
    drain(rig.replicator(url))
    assert_replica(central, rig)


def test_erased_personal_data_does_not_hold_up_the_log(rig: Rig, central: CentralServer) -> None:
    fill(rig.store, 9)
    assert erase(rig.store, admission(0).at.date().replace(month=7)) == 3
    drain(rig.replicator(central.start()))
    assert kept(central.data, KIOSK).ciphertexts == {}
    assert_replica(central, rig)


def test_central_restored_from_a_backup_gets_the_rest_again(rig: Rig, central: CentralServer) -> None:
    fill(rig.store, 30)
    url = central.start()
    drain(rig.replicator(url))
    central.end()
    backup = central.data / "central.sqlite"
    shutil.copy(backup, central.data / "backup")
    central.start()
    fill(rig.store, 50)
    replicator = rig.replicator(url)
    drain(replicator)
    rig.store.acknowledge(80)
    central.end()
    shutil.copy(central.data / "backup", backup)
    central.start()
    # Found when there is something new …
    rig.store.append([leaving()], expected_index=80)
    drain(replicator)
    assert_replica(central, rig)
    central.end()
    shutil.copy(central.data / "backup", backup)
    central.start()
    # … and when there is not, before long.
    rig.hands.mono += ASK_EVERY_S
    drain(replicator)
    assert_replica(central, rig)
    assert rig.statuses[-1].waiting == 0


def test_a_log_that_differs_halts_loudly(
    rig: Rig, central: CentralServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = central.start()
    fill(rig.store, 10)
    drain(rig.replicator(url))
    before = kept(central.data, KIOSK).leaves
    # The same kiosk on an empty disk: its entries are others under the same indices.
    (tmp_path / "new").mkdir()
    fresh = Rig(tmp_path / "new")
    fresh.token = rig.token
    fresh.store.append([leaving(4)], expected_index=0)
    replicator = fresh.replicator(url)
    with caplog.at_level(logging.CRITICAL):
        assert replicator.step() == math.inf
    assert (fresh.statuses[-1].error, fresh.statuses[-1].halted) == ("conflict", True)
    assert "at 0" in (fresh.statuses[-1].detail or "")
    assert caplog.records
    assert replicator.step() == math.inf
    assert fresh.acknowledged == []
    assert kept(central.data, KIOSK).leaves == before
    assert kept(central.data, KIOSK).incidents == [0]


def test_a_log_restored_from_a_backup_is_noticed_before_it_differs(
    rig: Rig, central: CentralServer, tmp_path: Path
) -> None:
    url = central.start()
    fill(rig.store, 10)
    rig.store.close()
    (tmp_path / "old").mkdir()
    shutil.copy(rig.file, tmp_path / "old" / "log.sqlite")
    rig.store = open_log(rig.file)
    fill(rig.store, 10)
    drain(rig.replicator(url))
    old = Rig(tmp_path / "old")
    old.token = rig.token
    drain(old.replicator(url))
    assert (old.statuses[-1].error, old.statuses[-1].halted) == ("ahead", True)


def test_a_new_token_needs_no_restart(rig: Rig, central: CentralServer) -> None:
    url = central.start()
    fill(rig.store, 3)
    good = rig.token.read_text()
    rig.token.write_text("stolen and changed")
    replicator = rig.replicator(url)
    for spoil, code in ((lambda: None, "unauthorised"), (rig.token.unlink, "no_token")):
        spoil()
        assert 0 < replicator.step() < math.inf
        assert rig.statuses[-1].error == code
    rig.token.write_text("")
    replicator.step()
    assert rig.statuses[-1].error == "no_token"
    rig.token.write_text(good)
    drain(replicator)
    assert rig.statuses[-1].error is None
    assert_replica(central, rig)


@pytest.mark.crash
def test_central_killed_again_and_again_loses_and_doubles_nothing(rig: Rig, central: CentralServer) -> None:
    url = central.start()
    chance = random.Random(31)
    replicator = rig.replicator(url)
    for _ in range(8):
        for _ in range(6):
            fill(rig.store, 300)
        killer = threading.Timer(chance.uniform(0.0, 0.25), central.kill)
        killer.start()
        while killer.is_alive() or central._process:
            replicator.step()
        killer.join()
        replicator.step()
        central.start()
    drain(replicator)
    assert_replica(central, rig)
    assert rig.acknowledged == sorted(set(rig.acknowledged))
    assert rig.acknowledged[-1] == rig.store.length


@pytest.mark.crash
def test_the_kiosk_killed_between_append_and_acknowledgement_loses_and_doubles_nothing(
    rig: Rig, central: CentralServer
) -> None:
    url = central.start()
    rig.store.close()
    script = f"""
import queue
from pathlib import Path
from kiosk.sync import Replicator
from tests.store.logs import KIOSK, admission, open_log, person
store = open_log(Path({str(rig.file)!r}))
heard = queue.SimpleQueue()
replicator = Replicator(Path({str(rig.file)!r}), kiosk=KIOSK, url={url!r}, token_file=Path({str(rig.token)!r}),
    acknowledged=store.acknowledged, on_acknowledged=heard.put, on_status=lambda status: None)
replicator.start()
while True:
    store.append([admission(store.length, personal=person())], expected_index=store.length)
    replicator.poke()
    while not heard.empty():
        store.acknowledge(heard.get())
    print(store.length, flush=True)
"""
    chance = random.Random(7)
    for _ in range(6):
        with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as door:
            assert door.stdout
            for _ in range(chance.randrange(1, 120)):
                door.stdout.readline()
            door.send_signal(signal.SIGKILL)
    rig.store = open_log(rig.file)
    assert rig.store.acknowledged <= len(kept(central.data, KIOSK).leaves) <= rig.store.length
    drain(rig.replicator(url))
    assert_replica(central, rig)


# Against answers that central as it is never gives


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (UnreachableError("no"), "unreachable"),
        (UnauthorisedError("no"), "unauthorised"),
        (RejectedError("no"), "rejected"),
        (Taken(4), "rejected"),
        (Gap(0), "rejected"),
        (Gap(7), "rejected"),
        (ZeroDivisionError("a fault of ours"), "sync_failed"),
    ],
)
def test_after_any_failure_nothing_counts_as_sent_and_it_is_tried_again(
    rig: Rig, answer: object, code: str
) -> None:
    fill(rig.store, 5)
    central = Scripted(answer, Taken(5))
    replicator = rig.replicator(central=central)
    assert 0 < replicator.step() <= 1.0
    assert (rig.statuses[-1].error, rig.statuses[-1].waiting, rig.statuses[-1].halted) == (code, 5, False)
    assert rig.acknowledged == []
    replicator.step()
    assert central.sent == [(0, 5), (0, 5)]
    assert (rig.acknowledged, rig.statuses[-1].error) == ([5], None)


def test_pauses_double_to_a_minute_and_begin_anew_after_success(rig: Rig) -> None:
    fill(rig.store, 1)
    central = Scripted(*[UnreachableError("no")] * 9, Taken(1), UnreachableError("no"))
    replicator = rig.replicator(central=central)
    assert [replicator.step() for _ in range(9)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert replicator.step() > 0
    fill(rig.store, 1)
    assert replicator.step() == 1


def test_half_of_a_pause_is_chance(rig: Rig) -> None:
    fill(rig.store, 1)
    clock = Clock(now=lambda: NOW, mono=lambda: 0.0, chance=lambda: 0.0)
    replicator = rig.replicator(central=Scripted(UnreachableError("no"), UnreachableError("no")), clock=clock)
    assert [replicator.step(), replicator.step()] == [0.5, 1.0]


def test_what_central_says_it_has_is_compared_not_skipped(rig: Rig) -> None:
    fill(rig.store, BATCH_LEAVES + 20)
    # Central already has more than the first batch: whether the rest is ours is not known yet.
    central = Scripted(Taken(BATCH_LEAVES + 10), Conflict("conflict", f"at {BATCH_LEAVES + 3}"))
    replicator = rig.replicator(central=central)
    assert replicator.step() == 0
    assert rig.acknowledged == [BATCH_LEAVES]
    assert replicator.step() == math.inf
    assert central.sent == [(0, BATCH_LEAVES), (BATCH_LEAVES, 20)]
    assert rig.acknowledged == [BATCH_LEAVES]


def test_an_idle_kiosk_asks_now_and_then(rig: Rig) -> None:
    central = Scripted(Taken(0), Taken(0), Taken(1))
    replicator = rig.replicator(central=central)
    assert replicator.step() == ASK_EVERY_S
    assert (replicator.step(), central.asked) == (ASK_EVERY_S, 1)
    rig.hands.mono += ASK_EVERY_S
    assert (replicator.step(), central.asked) == (ASK_EVERY_S, 2)
    rig.hands.mono += ASK_EVERY_S
    assert replicator.step() == math.inf
    assert rig.statuses[-1].error == "ahead"


def test_new_entries_do_not_cut_a_pause_short_but_are_counted(rig: Rig) -> None:
    told: list[SyncStatus] = []
    failed, counted = threading.Event(), threading.Event()

    def status(now: SyncStatus) -> None:
        told.append(now)
        failed.set()
        if now.waiting == 3:
            counted.set()

    rig.store.append([leaving()], expected_index=0)
    central = Scripted(UnreachableError("no"))
    # The clock stands still: the pause after the failure never ends.
    replicator = rig.replicator(central=central)
    replicator._on_status = status
    replicator.start()
    assert failed.wait(30)
    for _ in range(2):
        rig.store.append([leaving()], expected_index=rig.store.length)
        replicator.poke()
    assert counted.wait(30)
    replicator.stop(timeout=30)
    assert not replicator._thread.is_alive()
    assert central.sent == [(0, 1)]
    assert {now.error for now in told} == {"unreachable"}


def test_a_log_that_goes_away_is_said_and_tried_again(rig: Rig, tmp_path: Path) -> None:
    fill(rig.store, 2)
    central = Scripted(Taken(2), Taken(2), Taken(2))
    replicator = rig.replicator(central=central)
    drain(replicator)
    rig.file.rename(tmp_path / "elsewhere")
    assert replicator.step() == 1
    assert rig.statuses[-1].error == "store_lost"
    (tmp_path / "elsewhere").rename(rig.file)
    assert replicator.step() > 1
    assert len(central.answers) == 2


# The client by itself


def serving(handle: Callable[[BaseHTTPRequestHandler], None]) -> HTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            handle(self)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            handle(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def url_of(server: HTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def client_of(tmp_path: Path) -> Callable[[str], CentralClient]:
    (tmp_path / "token").write_text("secret")
    return lambda url: CentralClient(url, KIOSK, tmp_path / "token", timeout_s=5)


OFFER = Offer(0, (StoredLeaf(0, b"{}", None),), 1)


def test_the_token_is_never_carried_to_another_address(client_of: Callable[[str], CentralClient]) -> None:
    visited: list[str] = []

    def note(request: BaseHTTPRequestHandler) -> None:
        visited.append(request.headers.get("Authorization", ""))
        request.send_response(200)
        request.end_headers()
        request.wfile.write(b'{"next": 1}')

    thief = serving(note)

    def redirect(request: BaseHTTPRequestHandler) -> None:
        request.send_response(307)
        request.send_header("Location", url_of(thief) + request.path)
        request.end_headers()

    honest = serving(redirect)
    with pytest.raises(RejectedError, match="307"):
        client_of(url_of(honest)).send(OFFER)
    assert visited == []
    # The thief does answer whoever comes.
    assert client_of(url_of(thief)).send(OFFER) == Taken(1)
    assert visited == ["Bearer secret"]
    for server in (honest, thief):
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "content", "error"),
    [
        (200, b"", RejectedError),
        (200, b"<html>sign in to the hotel's network</html>", RejectedError),
        (200, b"[1]", RejectedError),
        (200, b'{"next": -1}', RejectedError),
        (200, b'{"next": true}', RejectedError),
        (200, b'{"next": "5"}', RejectedError),
        (400, b'{"error": "malformed", "what": "leaves[0]: odd"}', RejectedError),
        (404, b"", RejectedError),
        (200, b'{"next": 1, "cosigned": {"size": 1, "line": "no line"}}', RejectedError),
        (200, b'{"next": 1, "cosigned": {"size": "x", "line": ""}}', RejectedError),
        (200, b'{"next": 1, "cosigned": [1]}', RejectedError),
        (409, b'{"error": "gap"}', RejectedError),
        (409, b'{"error": "ahead"}', RejectedError),
        (409, b'{"error": "else", "next": 3}', RejectedError),
        (401, b"", UnauthorisedError),
        (500, b"", UnreachableError),
        (503, b'{"error": "unavailable"}', UnreachableError),
    ],
)
def test_every_odd_answer_is_an_error_with_a_name(
    client_of: Callable[[str], CentralClient], status: int, content: bytes, error: type[Exception]
) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.end_headers()
        request.wfile.write(content)

    server = serving(answer)
    with pytest.raises(error) as caught:
        client_of(url_of(server)).send(OFFER)
    assert "secret" not in str(caught.value)
    server.shutdown()
    server.server_close()


def test_nobody_at_the_address_is_unreachable(client_of: Callable[[str], CentralClient]) -> None:
    for url in ("http://127.0.0.1:1", "http://nowhere.invalid", "https://127.0.0.1:1"):
        with pytest.raises(UnreachableError):
            client_of(url).send(OFFER)


@pytest.mark.parametrize("content", ["", "  \n", "two\nlines", "caf\u00e9"])
def test_a_token_file_without_a_token_is_said(tmp_path: Path, content: str) -> None:
    (tmp_path / "token").write_text(content, encoding="utf-8")
    with pytest.raises(TokenError) as caught:
        CentralClient("http://127.0.0.1:1", KIOSK, tmp_path / "token").send(OFFER)
    assert caught.value.where == str(tmp_path / "token")
