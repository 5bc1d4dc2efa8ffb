"""Trust lists: keys of many issuers that one signer vouches for, with a date of issue and a life. Pure.

Three forms: the EU's list of certificates (`eu_list`), the VCI directory's signed snapshot (`vci`), and our own
(`kiosk_list`). A `Source` says which form, whose signature, and how long a list may be used:

1. A list counts only under a key that is pinned in its source. So the list of a test environment, whose signer is another, is never
   one of production, whatever it is called.
2. It is *fresh* while it is younger than its life, *stale* until its grace is over too, then *out*: none of its keys counts.
3. Age is counted from the date of issue by the real clock, which comes in as an aware time: the law's clock may be shifted for a demo.
4. A list that is older than the one held is refused: somebody may be bringing back a key that was withdrawn.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from kiosk.proofs import eu_list, kiosk_list, vci
from kiosk.proofs.revocation import Batch
from kiosk.proofs.rings import DEMO_MARK
from kiosk.proofs.trust import DemoTrustError, TrustedKey, TrustError, TrustStore
from kiosk.texts import Language

Form = Literal["eu-list", "vci-snapshot", "kiosk-list"]
State = Literal["fresh", "stale", "out"]

#: A list may be dated ahead of our clock by as much; clocks differ.
_AHEAD = timedelta(hours=24)


class OlderListError(TrustError):
    """The list is older than the one held."""

    code = "older_list"


@dataclass(frozen=True)
class Source:
    """Where lists of one kind come from, and what we believe of it."""

    #: Its name in commands and files.
    id: str
    #: As staff read it.
    name: dict[Language, str]
    form: Form
    #: The keys under any of which a list counts.
    signers: tuple[PublicKeyTypes, ...]
    life: timedelta
    grace: timedelta
    demo: bool = False

    def check(self, *, production: bool) -> None:
        """Whether its lists may be used at this door.

        Raises:
            DemoTrustError: it is a demo's or test's, and the door is in production.
        """
        if production and self.demo:
            raise DemoTrustError(
                "is a source of demo or test keys, and this door is in production",
                where=self.id,
                mend="import the list of a production source",
            )


@dataclass(frozen=True)
class TrustList:
    """A list whose signature holds."""

    source: Source
    #: The pinned key that signed it: the start of its SHA-256 in hexadecimal.
    signer: str
    issued_at: datetime
    keys: tuple[TrustedKey, ...]
    #: What the list itself takes back.
    revocations: tuple[Batch, ...] = ()
    #: How much of it is not used, by reason.
    left_out: tuple[tuple[str, int], ...] = ()

    @property
    def stale_from(self) -> datetime:
        """When its life ends."""
        return self.issued_at + self.source.life

    @property
    def out_from(self) -> datetime:
        """When its grace ends: from here on its keys do not count."""
        return self.stale_from + self.source.grace

    def state(self, now: datetime) -> State:
        """How it stands at ``now`` (aware, the real clock's)."""
        if now < self.stale_from:
            return "fresh"
        return "stale" if now < self.out_from else "out"

    def days(self, now: datetime) -> int:
        """Its age in whole days."""
        return max(0, (now - self.issued_at).days)


@dataclass(frozen=True)
class Standing:
    """How one list stands."""

    list: TrustList
    state: State
    #: Age in whole days.
    days: int


@dataclass(frozen=True)
class InForce:
    """The keys that count now, and how each list stands."""

    trust: TrustStore
    standings: tuple[Standing, ...]


def read(content: bytes, signature: bytes | None, source: Source) -> TrustList:
    """The list in ``content``, which one of the source's signers signed; ``signature`` where it came in a file of its own.

    Raises:
        TrustError: no signer's signature holds, or it is no list of that form.
    """
    fault: TrustError | None = None
    for key in source.signers:
        try:
            return _dated(_marked(_READERS[source.form](content, signature, key, source)))
        except TrustError as error:
            fault = fault or type(error)(error.what, where=source.id, mend=error.mend)
    raise fault or TrustError("has no signer", where=source.id, mend="pin one in its source")


def check_date(new: TrustList, held: TrustList | None, now: datetime) -> None:
    """Whether ``new`` may take the place of ``held``, by their dates.

    Raises:
        OlderListError: it is older.
        TrustError: it is dated in the future.
    """
    if new.issued_at > now + _AHEAD:
        raise TrustError(
            f"is dated {new.issued_at:%Y-%m-%d %H:%M %Z}, which is still to come",
            where=new.source.id,
            mend="set the clock of this machine, or get the list again",
        )
    if held is not None and new.issued_at < held.issued_at:
        raise OlderListError(
            f"is of {new.issued_at:%Y-%m-%d %H:%M %Z}, older than the one held ({held.issued_at:%Y-%m-%d %H:%M %Z})",
            where=new.source.id,
            mend="get a newer one, or let a manager answer for it: --older-by NAME",
        )


def standings(lists: Iterable[TrustList], now: datetime) -> tuple[Standing, ...]:
    """How each list stands at ``now`` (aware, the real clock's)."""
    return tuple(Standing(held, held.state(now), held.days(now)) for held in lists)


def in_force(rings: TrustStore, lists: Iterable[TrustList], now: datetime) -> InForce:
    """The keys of rings and of all lists that are not out at ``now`` (aware, the real clock's)."""
    stand = standings(lists, now)
    keys = [key for standing in stand if standing.state != "out" for key in standing.list.keys]
    return InForce(TrustStore((*rings.keys, *keys)), stand)


def fingerprint(key: PublicKeyTypes) -> str:
    """The start of the SHA-256 of a key, in hexadecimal, for people to compare."""
    info = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(info).hexdigest()[:16]


def _eu(content: bytes, signature: bytes | None, key: PublicKeyTypes, source: Source) -> TrustList:
    said = eu_list.read(content, signature, key)
    return TrustList(source, fingerprint(key), said.issued_at, said.keys, left_out=_counted(said.left_out))


def _vci(content: bytes, signature: bytes | None, key: PublicKeyTypes, source: Source) -> TrustList:
    if signature is None:
        raise TrustError(
            "comes with a signature in a second file, which is missing",
            mend="give vci_snapshot.json and vci_snapshot.sig",
        )
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TrustError("its signer's key is on no elliptic curve", mend="correct the source")
    said = vci.read_snapshot(content, signature, key)
    reasons = _counted(part.reason for part in said.left_out)
    return TrustList(source, fingerprint(key), said.issued_at, said.keys, said.revocations, reasons)


def _ours(content: bytes, signature: bytes | None, key: PublicKeyTypes, source: Source) -> TrustList:
    said = kiosk_list.read(content, signature, key, demo=source.demo)
    return TrustList(source, fingerprint(key), said.issued_at, said.keys)


_READERS = {"eu-list": _eu, "vci-snapshot": _vci, "kiosk-list": _ours}


def _counted(reasons: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(reasons).items()))


def _dated(said: TrustList) -> TrustList:
    """The list, if its life and grace end within the calendar."""
    try:
        _ = said.out_from
    except OverflowError as error:
        raise TrustError(
            f"is dated {said.issued_at:%Y-%m-%d}, which cannot be", mend="get the list again"
        ) from error
    return said


def _marked(said: TrustList) -> TrustList:
    """The list of a demo's source, every key of which says so."""
    if not said.source.demo:
        return said
    keys = tuple(
        key if key.demo else replace(key, demo=True, issuer=f"{DEMO_MARK} {key.issuer}") for key in said.keys
    )
    return replace(said, keys=keys)
