"""The list of inspectors on disk, and the check of a PIN against it: ``<data>/inspectors``, one file, as it came.

* It counts under the keys that are pinned for our own trust lists (sources of the form ``kiosk-list``), for as long as
  such a source lets a list live, by the real clock. At every load the signature is verified anew.
* A list older than the one held is refused: somebody may be bringing back a PIN that was withdrawn.
* After wrong PINs a badge's number has to wait, whether the list has it or not.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.accounts import Tries
from kiosk.errors import KioskError
from kiosk.proofs import durable_files, inspector_list, sources
from kiosk.proofs.holdings import Places
from kiosk.proofs.inspector_list import InspectorList
from kiosk.proofs.lists import OlderListError, Source
from kiosk.proofs.trust import TrustError

log = logging.getLogger(__name__)

FOLDER = "inspectors"
#: No list is longer, in octets.
LONGEST = 8 * 1024 * 1024

_FILE = "inspectors.list"
_AHEAD = timedelta(hours=24)
_AGAIN = "import it again: kiosk inspectors import FILE"


@dataclass(frozen=True)
class Held:
    """The list that is held, and whose it is."""

    list: InspectorList
    source: Source

    @property
    def counts_until(self) -> datetime:
        """From then on no PIN of it counts."""
        return self.list.issued_at + self.source.life + self.source.grace


def signers(places: Places) -> tuple[Source, ...]:
    """The sources whose signers may sign a list of inspectors for this door."""
    found, _ = sources.load(*places.sources)
    return tuple(
        source
        for source in found.values()
        if source.form == "kiosk-list" and not (places.production and source.demo)
    )


def load(places: Places) -> Held | None:
    """The list that is held, its signature verified anew; None where there is none.

    Raises:
        TrustError: it cannot be read, or has been changed.
    """
    file = _path(places)
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise TrustError(f"cannot be read ({error.strerror})", where=str(file), mend=_AGAIN) from error
    try:
        return _read(content, signers(places))
    except TrustError as error:
        raise TrustError(error.what, where=str(file), mend=_AGAIN) from error


def save(places: Places, content: bytes, *, now: datetime) -> Held:
    """Verify a list and let it take the place of the one held.

    Args:
        places: the venue's.
        content: the file's octets.
        now: the real time, aware.

    Raises:
        TrustError: it is not to be believed, or older than the one held; that one goes on.
        DataFolderError: the folder cannot be written.
    """
    if len(content) > LONGEST:
        raise TrustError(f"has more than {LONGEST} octets", mend="give the list alone")
    new = _read(content, signers(places))
    if new.list.issued_at > now + _AHEAD:
        raise TrustError(
            "is dated in the future", mend="set the clock of this machine, or get the list again"
        )
    with durable_files.writing(_path(places).parent):
        try:
            held = load(places)
        except TrustError:
            held = None
        if held is not None and new.list.issued_at < held.list.issued_at:
            raise OlderListError(
                f"is of {new.list.issued_at:%Y-%m-%d %H:%M %Z}, older than the one held "
                f"({held.list.issued_at:%Y-%m-%d %H:%M %Z})",
                mend="get a newer one",
            )
        durable_files.put(_path(places), (content,))
    return new


def drop(places: Places) -> None:
    """Hold no list any more.

    Raises:
        TrustError: there is none.
        DataFolderError: the folder cannot be written.
    """
    if not _path(places).is_file():
        raise TrustError("no list of inspectors is held", mend="nothing is to be done")
    with durable_files.writing(_path(places).parent):
        durable_files.remove(_path(places))


def _path(places: Places) -> Path:
    return places.data / FOLDER / _FILE


def _read(content: bytes, known: Iterable[Source]) -> Held:
    fault: TrustError | None = None
    for source in known:
        for key in source.signers:
            try:
                return Held(inspector_list.read(content, key), source)
            except TrustError as error:
                fault = fault or error
    raise fault or TrustError(
        "no key is pinned for lists of our own", mend="add a source of the form kiosk-list to trust_sources"
    )


class Inspectors:
    """Checks PINs of badges by the list that is held at that moment. Thread-safe.

    Args:
        places: the venue's.
        clock: the real time, aware.
        mono: monotonic seconds, by which waits after wrong PINs are measured.
    """

    def __init__(
        self,
        places: Places,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        self._places = places
        self._clock = clock
        self._tries = Tries(mono)
        self._lock = threading.Lock()
        self._stamp: int | None = None
        self._held: Held | None = None

    def knows(self, number: str) -> bool:
        """Whether the list has a PIN for the badge with this number."""
        return number in self._verifiers()

    def check(self, number: str, pin: str) -> bool:
        """Whether ``pin`` belongs to the badge, and its number need not wait; it takes as long either way."""
        return self._tries.check(number, self._verifiers().get(number), pin)

    def _verifiers(self) -> dict[str, str]:
        with self._lock:
            stamp = durable_files.stamp(self._places.data / FOLDER)
            if stamp != self._stamp:
                try:
                    self._held = load(self._places)
                except KioskError as error:
                    log.warning("the list of inspectors is not used: %s", error)
                    self._held = None
                self._stamp = stamp
            held = self._held
        if held is None or self._clock() >= held.counts_until:
            return {}
        return dict(held.list.verifiers)
