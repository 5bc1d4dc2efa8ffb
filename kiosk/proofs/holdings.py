"""Everything that a venue judges proofs by: key rings, trust lists, lists of revoked proofs; loaded, watched, swapped.

* What is broken is named and left out; the rest serves. Only key rings, which stand in the venue's settings, stop a start.
* The folders are looked at once a second. A change is loaded beside what serves, and swapped in as one reference, so that
  a code is judged by the old or by the new, never by half of each.
* Lists grow old by the real clock: the same look lets one that is out go.
* What a list takes back goes on counting when the list itself is out.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kiosk.errors import KioskError
from kiosk.proofs import durable_files, list_files, lists, revocation_files, sources
from kiosk.proofs.lists import Source, Standing, TrustList
from kiosk.proofs.revocation import Revocations, newest
from kiosk.proofs.trust import TrustError, TrustStore
from kiosk.settings import Settings

log = logging.getLogger(__name__)

#: Seconds between two looks.
LOOK_S = 1.0


@dataclass(frozen=True)
class Places:
    """Where a venue's lists are."""

    #: The venue's data folder.
    data: Path
    production: bool
    #: Folders of sources.
    sources: tuple[Path, ...]

    @classmethod
    def of(cls, settings: Settings) -> Places:
        """Those of the venue with these settings."""
        return cls(settings.data, settings.production, settings.trust_sources)

    @property
    def trust(self) -> Path:
        """The folder of trust lists."""
        return self.data / list_files.FOLDER

    @property
    def revocation(self) -> Path:
        """The folder of lists of revoked proofs."""
        return self.data / revocation_files.FOLDER

    def source(self, name: str) -> Source:
        """The source called ``name``, if this door may use it.

        Raises:
            KioskError: there is none, its file is broken, or it is a demo's and the door is in production.
        """
        found, faults = sources.load(*self.sources)
        if name not in found:
            known = ", ".join(sorted(found)) or "none"
            raise faults.get(name) or TrustError(
                f"is no source of trust lists (known: {known})", where=name, mend="check the name"
            )
        found[name].check(production=self.production)
        return found[name]


@dataclass(frozen=True)
class BrokenList:
    """A trust list that cannot be used."""

    #: The name of its source.
    source: str
    #: The source, where it is known.
    known: Source | None
    error: KioskError


@dataclass(frozen=True)
class Report:
    """How the lists stand, for people."""

    standings: tuple[Standing, ...]
    broken: tuple[BrokenList, ...]
    #: How many proofs are known to be revoked.
    revoked: int
    #: Why files of revoked proofs cannot be used; each a sentence.
    unread: tuple[str, ...]


@dataclass(frozen=True)
class Holdings:
    """What is held at one moment."""

    rings: TrustStore
    lists: tuple[TrustList, ...]
    broken: tuple[BrokenList, ...]
    revoked: Revocations
    unread: tuple[str, ...]

    def judge(self, now: datetime) -> Judge:
        """What codes are judged by at ``now`` (aware, the real clock's)."""
        in_force = lists.in_force(self.rings, self.lists, now)
        report = Report(in_force.standings, self.broken, len(self.revoked), self.unread)
        return Judge(in_force.trust, self.revoked, report)


@dataclass(frozen=True)
class Judge:
    """What a code is judged by: the keys that count, the proofs that are revoked, and how the lists stand."""

    trust: TrustStore
    revoked: Revocations
    report: Report


def load(places: Places, rings: TrustStore, now: datetime) -> Holdings:
    """Everything that is held; broken files are named, never raised.

    Args:
        places: where it is.
        rings: the keys of the venue's key rings.
        now: the real time, aware; batches that have expired by then are left out.
    """
    found, faults = sources.load(*places.sources)
    held: list[TrustList] = []
    broken: list[BrokenList] = []
    for name in list_files.names(places.trust):
        source = found.get(name)
        try:
            if source is None:
                raise faults.get(name) or TrustError(
                    "is of no source that is known here", where=name, mend=f"kiosk trust drop {name}"
                )
            source.check(production=places.production)
            held.append(list_files.load(places.trust, source).list)
        except KioskError as error:
            broken.append(BrokenList(name, source, error))
    batches, unread = revocation_files.load(places.revocation)
    every = [batch for trust_list in held for batch in trust_list.revocations]
    every += [kept.batch for kept in batches if not kept.has_expired(now)]
    return Holdings(
        rings, tuple(held), tuple(broken), Revocations(newest(every)), tuple(str(error) for error in unread)
    )


class Keeper:
    """Holds what codes are judged by, and keeps it up to date. `judge` may be read from any thread.

    Args:
        places: where it is.
        rings: the keys of the venue's key rings.
        changed: told of each report that differs from the one before, from the keeper's own thread.
        clock: the real time, aware.
    """

    def __init__(
        self,
        places: Places,
        rings: TrustStore,
        changed: Callable[[Report], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._places = places
        self._rings = rings
        self._changed = changed
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lists", daemon=True)
        self._stamp = self._stamps()
        self._holdings = load(places, rings, clock())
        self.judge = self._holdings.judge(clock())

    def start(self) -> None:
        """Begin to look."""
        self._changed(self.judge.report)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Take in what has changed since the last look."""
        now = self._clock()
        stamp = self._stamps()
        if stamp != self._stamp:
            # The stamp is from before the load: what comes while we load is seen at the next look.
            self._holdings = load(self._places, self._rings, now)
            self._stamp = stamp
            log.info("trust lists and lists of revoked proofs have been loaded anew")
        elif lists.standings(self._holdings.lists, now) == self.judge.report.standings:
            return
        self.judge = self._holdings.judge(now)
        self._changed(self.judge.report)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_S):
            try:
                self.look()
            except Exception:
                # The old lists serve on; the next look tries again.
                log.exception("the trust lists could not be looked at")

    def _stamps(self) -> tuple[int, int]:
        return durable_files.stamp(self._places.trust), durable_files.stamp(self._places.revocation)
