"""When the log is signed: soon after a day is opened, a zone closed or an export taken, when asked, else once a minute.

Nothing is signed twice. To be used in the writer's own thread, between two commits: the door never waits for a signature.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime

from kiosk.ledger.notes import Signer
from kiosk.store.checkpoints import StoredCheckpoint
from kiosk.store.errors import LogContradictedError, StoreError
from kiosk.store.writer import Store

log = logging.getLogger(__name__)

#: Seconds between two checkpoints that nobody asked for.
EVERY_S = 60.0


class Notary:
    """Signs one log.

    Args:
        store: the log.
        signer: the kiosk's key.
        on_contradicted: told, once, that the log is not what was signed before.
        now: the real time.
        mono: the monotonic clock, in seconds.
    """

    def __init__(
        self,
        store: Store,
        signer: Signer,
        on_contradicted: Callable[[LogContradictedError], None],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._signer = signer
        self._on_contradicted = on_contradicted
        self._now = now
        self._mono = mono
        self._last = -math.inf
        self._contradicted = False

    def tick(self) -> None:
        """Sign if it is time; to be called often."""
        if self._store.signed < self._store.length and (
            self._store.marked or self._mono() - self._last >= EVERY_S
        ):
            self.sign()

    def sign(self) -> StoredCheckpoint | None:
        """Sign the log as it stands; None where there is nothing to sign, or it cannot be signed."""
        if self._contradicted:
            return None
        self._last = self._mono()
        try:
            return self._store.checkpoint(self._signer, now=self._now())
        except LogContradictedError as error:
            self._contradicted = True
            log.critical("the log cannot be trusted and is not signed: %s", error)
            self._on_contradicted(error)
        except StoreError as error:
            log.warning("the log could not be signed yet: %s", error)
        return None
