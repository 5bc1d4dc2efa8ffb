"""Whatever kiosks send in whatever order, a log is kept once, whole and byte for byte."""

from __future__ import annotations

import base64
import logging
import shutil
import tempfile
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Engine, select

from central import enrolment, replicas
from central import schema as tables
from central.replicas import Conflict, Gap, Taken, take
from central.schema import open_database
from kiosk.ledger.leaf import leaf_hash
from kiosk.ledger.tree import Tree
from tests.central.batches import KIOSK, batch, leaf

NOW = datetime(2021, 5, 1, 12, tzinfo=UTC)


def database(folder: Path) -> Engine:
    engine = open_database(f"sqlite:///{folder / 'central.sqlite'}")
    enrolment.enrol(engine, KIOSK, now=NOW)
    return engine


def stored(engine: Engine, kiosk: str = KIOSK) -> list[tuple[int, bytes]]:
    with engine.begin() as connection:
        rows = connection.execute(
            select(tables.leaf.c.idx, tables.leaf.c.leaf)
            .where(tables.leaf.c.kiosk == kiosk)
            .order_by(tables.leaf.c.idx)
        )
        return [(index, data) for index, data in rows]


class AnyOrder(RuleBasedStateMachine):
    """A kiosk that sends, repeats, skips and contradicts itself, against a plain list of what it said first."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.engine = database(self.folder)
        self.log: list[bytes] = []
        self.conflicts: set[tuple[int, bytes]] = set()

    def teardown(self) -> None:
        self.engine.dispose()
        shutil.rmtree(self.folder)

    @rule(back=st.integers(0, 5), count=st.integers(1, 6))
    def send(self, back: int, count: int) -> None:
        """New entries, with some that central has already before them."""
        first = max(0, len(self.log) - back)
        leaves = self.log[first:] + [leaf(len(self.log) + i) for i in range(count)]
        assert take(self.engine, KIOSK, batch(first, leaves), now=NOW) == Taken(first + len(leaves))
        self.log = self.log[:first] + leaves

    @precondition(lambda self: self.log)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        first = data.draw(st.integers(0, len(self.log) - 1))
        end = data.draw(st.integers(first + 1, len(self.log)))
        assert take(self.engine, KIOSK, batch(first, self.log[first:end]), now=NOW) == Taken(len(self.log))

    @rule(beyond=st.integers(1, 4), count=st.integers(1, 3))
    def send_beyond(self, beyond: int, count: int) -> None:
        first = len(self.log) + beyond
        offered = batch(first, [leaf(first + i) for i in range(count)])
        assert take(self.engine, KIOSK, offered, now=NOW) == Gap(len(self.log))

    @precondition(lambda self: self.log)
    @rule(data=st.data(), more=st.integers(0, 3))
    def contradict(self, data: st.DataObject, more: int) -> None:
        """One entry in the middle differs; what is new behind it must not be taken either."""
        first = data.draw(st.integers(0, len(self.log) - 1))
        wrong = data.draw(st.integers(first, len(self.log) - 1))
        leaves = self.log[first:] + [leaf(len(self.log) + i) for i in range(more)]
        leaves[wrong - first] = leaf(wrong, text="otherwise")
        assert take(self.engine, KIOSK, batch(first, leaves), now=NOW) == Conflict(wrong)
        self.conflicts.add((wrong, leaves[wrong - first]))

    @invariant()
    def what_is_kept_is_what_was_sent_first(self) -> None:
        assert stored(self.engine) == list(enumerate(self.log))
        head = replicas.head_of(self.engine, KIOSK)
        assert head is not None
        assert head.next == len(self.log)
        assert head.root == Tree(leaf_hash(data) for data in self.log).root()

    @invariant()
    def every_contradiction_is_kept_once(self) -> None:
        with self.engine.begin() as connection:
            rows = connection.execute(select(tables.incident.c.idx, tables.incident.c.offered)).all()
        assert sorted((index, data) for index, data in rows) == sorted(self.conflicts)


AnyOrder.TestCase.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
test_any_order_of_sending = AnyOrder.TestCase


def test_a_contradiction_is_said_loudly(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    engine = database(tmp_path)
    take(engine, KIOSK, batch(0, [leaf(0)]), now=NOW)
    with caplog.at_level(logging.CRITICAL):
        assert take(engine, KIOSK, batch(0, [leaf(0, text="no")]), now=NOW) == Conflict(0)
    assert [(record.levelname, KIOSK in record.getMessage()) for record in caplog.records] == [
        ("CRITICAL", True)
    ]


def test_kiosks_do_not_meet(tmp_path: Path) -> None:
    engine = database(tmp_path)
    enrolment.enrol(engine, "hk-2", now=NOW)
    take(engine, KIOSK, batch(0, [leaf(0), leaf(1)]), now=NOW)
    take(engine, "hk-2", batch(0, [leaf(0, kiosk="hk-2")]), now=NOW)
    assert [index for index, _ in stored(engine)] == [0, 1]
    assert stored(engine, "hk-2") == [(0, leaf(0, kiosk="hk-2"))]


def test_the_same_batch_from_many_sides_at_once_is_kept_once(tmp_path: Path) -> None:
    engine = database(tmp_path)
    leaves = [leaf(i) for i in range(120)]
    answers: list[object] = []

    def send_all() -> None:
        answers.extend(
            take(engine, KIOSK, batch(first, leaves[first : first + 10]), now=NOW)
            for first in range(0, 120, 10)
        )

    threads = [threading.Thread(target=send_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4 * 12
    assert all(isinstance(answer, Taken) for answer in answers)
    assert stored(engine) == list(enumerate(leaves))


def test_the_time_of_receipt_is_kept(tmp_path: Path) -> None:
    engine = database(tmp_path)
    take(engine, KIOSK, batch(0, [leaf(0)]), now=NOW)
    with engine.begin() as connection:
        assert connection.execute(select(tables.leaf.c.received_at)).scalar_one() == NOW
    head = replicas.head_of(engine, KIOSK)
    assert head is not None
    assert head.last_received_at == NOW


def test_a_log_at_a_glance(tmp_path: Path) -> None:
    engine = database(tmp_path)
    take(engine, KIOSK, batch(0, [leaf(i) for i in range(15)]), now=NOW)
    found = replicas.summary(engine, KIOSK, last=3)
    assert found is not None
    assert found.head.next == 15
    assert base64.b64decode(found.head.root_text) == found.head.root
    assert found.by_type == (("passage", 15),)
    assert found.last == ((12, "passage"), (13, "passage"), (14, "passage"))
    assert replicas.summary(engine, "nobody") is None
