"""The thread that brings the log to central.

Rules:

* It sends what central lacks, in order, through a read-only connection of its own; it never writes. That central has
  the first n entries is handed to the one writer.
* A failure is tried again after a pause that doubles to a minute; new entries end the wait for work, not that pause.
* Central is behind what it acknowledged (it was restored from a backup): everything from its head on is sent again.
* Central holds another entry than ours (``conflict``), or more than ours (``ahead``: this log was lost or restored):
  replication halts until a person has looked and the door is started again, and what contradicts the log is handed to the
  writer to be kept. What central has said it holds is compared entry by entry, never skipped.
* Before something is sent, the writer is asked once to sign the log; the newest checkpoint goes with each exchange. What central hands out (co-signature, certificate) goes to the writer.
"""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from kiosk.store import Contradiction, StoredCheckpoint, StoreError, StoreReader
from kiosk.sync.client import Answer, CentralClient, Conflict, Gap, Offer, Taken
from kiosk.sync.errors import RejectedError, SyncError
from kiosk.sync.evidence import Evidence

log = logging.getLogger(__name__)

#: A batch: leaves, and bytes before base64. Central takes 1,000 leaves and 4 MB.
BATCH_LEAVES = 500
BATCH_BYTES = 1_500_000
#: Seconds: the first pause after a failure, the longest, and how often an idle kiosk asks how central stands.
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
ASK_EVERY_S = 60.0
#: Seconds that a batch waits for the checkpoint that it asked for.
SIGNING_S = 0.5


@dataclass(frozen=True)
class SyncStatus:
    """How replication stands."""

    #: Entries that central lacks.
    waiting: int
    #: How many of the first entries central has.
    acknowledged: int
    #: When central last answered as it should (the system's clock), and the same in monotonic seconds.
    last_success: datetime | None
    last_success_mono: float | None
    #: Null, or the code of a `SyncError` or `StoreError`, or ``conflict`` or ``ahead``.
    error: str | None
    #: The error in a sentence, for the log and for `kiosk doctor`.
    detail: str | None
    #: Nothing is sent any more until a person has looked.
    halted: bool


class Central(Protocol):
    """What the replicator needs of `CentralClient`."""

    def send(self, offer: Offer) -> Answer:
        """Offer leaves, or ask how things stand."""


@dataclass(frozen=True)
class Clock:
    """The times that replication goes by, and how much of a pause is chance (0 to 1)."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    mono: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random


class Replicator:
    """Brings one kiosk's log to central, in a thread of its own from `start` to `stop`.

    Args:
        path: the log's database.
        kiosk: the kiosk's id.
        url: central's address.
        token_file: holds the bearer token.
        acknowledged: how many of the first entries central had when last heard.
        on_acknowledged: told how many of the first entries central has; called in the thread.
        on_status: told when anything of the status changes; called in the thread.
        evidence: how the log is signed; without it entries go unsigned.
        central: instead of HTTP, for tests.
        clock: instead of the real one, for tests.
    """

    def __init__(
        self,
        path: Path,
        *,
        kiosk: str,
        url: str,
        token_file: Path,
        acknowledged: int,
        on_acknowledged: Callable[[int], None],
        on_status: Callable[[SyncStatus], None],
        evidence: Evidence | None = None,
        central: Central | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._path = path
        self._central: Central = central or CentralClient(url, kiosk, token_file)
        self._clock = clock or Clock()
        self._on_acknowledged = on_acknowledged
        self._on_status = on_status
        self._evidence = evidence
        self._asked_to_sign = False
        #: The size of the last checkpoint that central has judged.
        self._judged = 0
        self._reader: StoreReader | None = None
        self._next = acknowledged
        self._acknowledged = acknowledged
        self._length = acknowledged
        self._failures = 0
        self._halted = False
        self._error: tuple[str, str] | None = None
        self._success: tuple[datetime, float] | None = None
        self._told: SyncStatus | None = None
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="replicator", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def poke(self) -> None:
        """There are new entries; from any thread."""
        self._wake.set()

    def stop(self, timeout: float = 2.0) -> None:
        """End, waiting ``timeout`` seconds at most for an exchange under way; central makes sense of either half."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def step(self) -> float:
        """One exchange, if there is reason for one; the seconds to wait before the next."""
        if self._halted:
            return math.inf
        try:
            pause = self._exchange(self._open())
        except (SyncError, StoreError) as error:
            pause = self._failed(error.code, str(error))
        except Exception as error:
            # A fault of ours must not end replication unnoticed.
            log.exception("replication failed")
            pause = self._failed("sync_failed", type(error).__name__)
        self._tell()
        return pause

    def _open(self) -> StoreReader:
        if self._reader is None:
            self._reader = StoreReader(self._path)
        return self._reader

    def _exchange(self, reader: StoreReader) -> float:
        self._length = reader.length
        checkpoint = reader.checkpoint() if self._evidence else None
        idle = self._idle_for(checkpoint)
        if idle > 0:
            return idle
        if self._wants_signing(checkpoint):
            return SIGNING_S
        offer = self._offer(reader, checkpoint)
        answer = self._central.send(offer)
        self._asked_to_sign = False
        return self._answered(offer, answer)

    def _idle_for(self, checkpoint: StoredCheckpoint | None) -> float:
        """Seconds until there is reason for an exchange; none while there is something to send."""
        if self._next < self._length or self._success is None:
            return 0.0
        if checkpoint is not None and self._next >= checkpoint.size > self._judged:
            return 0.0
        return self._success[1] + ASK_EVERY_S - self._clock.mono()

    def _wants_signing(self, checkpoint: StoredCheckpoint | None) -> bool:
        """Ask the writer, once for each exchange, to sign what is new."""
        if self._evidence is None or self._asked_to_sign or not self._length:
            return False
        if checkpoint is not None and checkpoint.size >= self._length:
            return False
        self._asked_to_sign = True
        self._evidence.sign()
        return True

    def _offer(self, reader: StoreReader, checkpoint: StoredCheckpoint | None) -> Offer:
        leaves = (
            reader.leaves(self._next, limit=BATCH_LEAVES, max_bytes=BATCH_BYTES)
            if self._next < self._length
            else ()
        )
        # The door goes on writing: what was read just now may be longer than the length before it.
        self._length = max(self._length, self._next + len(leaves))
        if self._evidence is None:
            return Offer(self._next, leaves, self._length)
        return Offer(
            self._next,
            leaves,
            self._length,
            checkpoint,
            self._evidence.key,
            self._evidence.certificate(),
        )

    def _answered(self, offer: Offer, answer: Answer) -> float:
        match answer:
            case Taken(next=central_next) if central_next >= offer.end:
                self._succeeded()
                # Not on to central's head: what lies between has not been compared with ours.
                self._next = offer.end
                self._acknowledge(offer.end)
                self._hand_over(offer, answer)
                return self._halt_if_ahead(central_next)
            case Gap(next=central_next) if central_next < offer.first:
                log.warning("central is behind: it has %d entries, not %d", central_next, offer.first)
                self._succeeded()
                self._next, self._judged = central_next, 0
                return 0.0
            case Conflict(kind=kind, detail=detail, known=known):
                return self._halt(kind, detail, offer, known)
            case _:
                raise RejectedError(
                    f"central's answer to entries {offer.first} to {offer.end - 1} makes no sense: {answer}"
                )

    def _hand_over(self, offer: Offer, answer: Taken) -> None:
        if self._evidence is None:
            return
        checkpoint = offer.checkpoint
        if checkpoint is not None and answer.next >= checkpoint.size:
            self._judged = max(self._judged, checkpoint.size)
            if checkpoint.cosignature is None and answer.cosigned is not None:
                self._evidence.cosigned(*answer.cosigned)
        if answer.certificate is not None:
            self._evidence.certified(answer.certificate)

    def _halt_if_ahead(self, central_next: int) -> float:
        if central_next > self._length:
            return self._halt(
                "ahead",
                f"central holds {central_next} entries of this kiosk, its own log only {self._length}",
            )
        return 0.0 if self._next < self._length else ASK_EVERY_S

    def _acknowledge(self, count: int) -> None:
        if count > self._acknowledged:
            self._acknowledged = count
            self._on_acknowledged(count)

    def _succeeded(self) -> None:
        self._success = self._clock.now(), self._clock.mono()
        self._failures, self._error = 0, None

    def _halt(self, code: str, detail: str, offer: Offer | None = None, known: str = "") -> float:
        log.critical("replication has halted: %s", detail)
        if self._evidence is not None:
            ours = offer.checkpoint.note.decode() if offer and offer.checkpoint else ""
            self._evidence.contradicted(Contradiction(self._clock.now(), code, detail, ours, known))
        self._halted, self._error = True, (code, detail)
        return math.inf

    def _failed(self, code: str, detail: str) -> float:
        if self._error is None or self._error[0] != code:
            log.warning("replication waits: %s", detail)
        self._error = code, detail
        self._failures += 1
        self._close_reader()
        longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self._failures - 1, 16))
        # Half of it by chance, so that a whole city's kiosks do not come back at once.
        return longest * (0.5 + self._clock.chance() / 2)

    def _tell(self) -> None:
        status = SyncStatus(
            waiting=max(0, self._length - self._next),
            acknowledged=self._acknowledged,
            last_success=self._success[0] if self._success else None,
            last_success_mono=self._success[1] if self._success else None,
            error=self._error[0] if self._error else None,
            detail=self._error[1] if self._error else None,
            halted=self._halted,
        )
        if status != self._told:
            self._told = status
            self._on_status(status)

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._wake.clear()
                self._wait(self.step())
        finally:
            self._close_reader()

    def _wait(self, seconds: float) -> None:
        deadline = self._clock.mono() + seconds
        while not self._stopping.is_set() and (left := deadline - self._clock.mono()) > 0:
            woken = self._wake.wait(min(left, 3600.0))
            self._wake.clear()
            if woken and not self._failures and not self._halted:
                return
            if woken:
                self._look()

    def _look(self) -> None:
        """While central cannot be reached: tell how much waits by now."""
        try:
            self._length = self._open().length
        except StoreError:
            self._close_reader()
        self._tell()

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
